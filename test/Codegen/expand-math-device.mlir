// RUN: msa-opt %s -msa-expand-math=freestanding=true -canonicalize | FileCheck %s -enable-var-scope

// One instruction a lane; results below 2^-126 are 0.

// CHECK-LABEL: func.func @power(
// CHECK-SAME: %[[X:.*]]: vector<2xf32>
// CHECK: %[[A:.*]] = vector.extract %[[X]][0]
// CHECK: %[[PA:.*]] = llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz"(%[[A]]) : (f32) -> f32
// CHECK: %[[B:.*]] = vector.extract %[[X]][1]
// CHECK: %[[PB:.*]] = llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz"(%[[B]])
// CHECK: %[[Y:.*]] = vector.from_elements %[[PA]], %[[PB]]
// CHECK-NEXT: return %[[Y]]
func.func @power(%x: vector<2xf32>) -> vector<2xf32> {
  %y = math.exp2 %x : vector<2xf32>
  return %y : vector<2xf32>
}

// What rounding x log2 e has lost is put back.

// CHECK-LABEL: func.func @exponential(
// CHECK-SAME: %[[X:.*]]: f32
// CHECK: %[[T:.*]] = arith.mulf %[[X]], %[[LOG2E:.*]] : f32
// CHECK: %[[N:.*]] = arith.negf %[[T]]
// CHECK: %[[L:.*]] = math.fma %[[X]], %[[LOG2E]], %[[N]]
// CHECK: %[[M:.*]] = math.fma %[[X]], %{{.*}}, %[[L]]
// CHECK: %[[P:.*]] = llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz"(%[[T]])
// CHECK: %[[D:.*]] = arith.mulf %[[M]]
// CHECK: %[[E:.*]] = math.fma %[[P]], %[[D]], %[[P]]
// CHECK: arith.cmpf ogt
// CHECK: %[[Y:.*]] = arith.select %{{.*}}, %[[P]], %[[E]]
// CHECK: return %[[Y]]
func.func @exponential(%x: f32) -> f32 {
  %y = math.exp %x : f32
  return %y : f32
}

// 1 / (1 + exp): no exact quotient. Another quotient stays.

// CHECK-LABEL: func.func @logistic(
// CHECK-SAME: %[[X:.*]]: f32, %[[Z:.*]]: f32
// CHECK: %[[E:.*]] = arith.select
// CHECK: %[[Q:.*]] = math.fma %[[E]], %[[QUARTER:.*]], %[[QUARTER]]
// CHECK: %[[R:.*]] = llvm.call_intrinsic "llvm.nvvm.rcp.approx.ftz.f"(%[[Q]])
// CHECK: %[[Y:.*]] = arith.mulf %[[R]], %[[QUARTER]]
// CHECK: arith.divf %[[Y]], %[[Z]]
func.func @logistic(%x: f32, %z: f32) -> f32 {
  %one = arith.constant 1.0 : f32
  %e = math.exp %x : f32
  %d = arith.addf %e, %one : f32
  %y = arith.divf %one, %d : f32
  %q = arith.divf %y, %z : f32
  return %q : f32
}

// One exact quotient for all lanes; lanes of their own keep theirs.

// CHECK-LABEL: func.func @uniform(
// CHECK-SAME: %[[X:.*]]: vector<4xf32>, %[[S:.*]]: f32, %[[Z:.*]]: vector<4xf32>
// CHECK: %[[R:.*]] = arith.divf %{{.*}}, %[[S]] : f32
// CHECK: %[[ALL:.*]] = vector.broadcast %[[R]]
// CHECK: %[[Y:.*]] = arith.mulf %[[X]], %[[ALL]]
// CHECK: arith.divf %[[Y]], %[[Z]] : vector<4xf32>
func.func @uniform(%x: vector<4xf32>, %s: f32, %z: vector<4xf32>) -> vector<4xf32> {
  %b = vector.broadcast %s : f32 to vector<4xf32>
  %y = arith.divf %x, %b : vector<4xf32>
  %q = arith.divf %y, %z : vector<4xf32>
  return %q : vector<4xf32>
}

// tanh in one power and one reciprocal; bf16 becomes f32 by a shift, and is left
// to an instruction on the way back.

// CHECK-LABEL: func.func @narrow(
// CHECK-SAME: %[[X:.*]]: bf16
// CHECK: %[[I:.*]] = arith.bitcast %[[X]] : bf16 to i16
// CHECK: %[[W:.*]] = arith.extui %[[I]]
// CHECK: arith.shli %[[W]]
// CHECK: llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz"
// CHECK: llvm.call_intrinsic "llvm.nvvm.rcp.approx.ftz.f"
// CHECK-NOT: divf
// CHECK: arith.truncf %{{.*}} : f32 to bf16
func.func @narrow(%x: bf16) -> bf16 {
  %y = math.tanh %x : bf16
  return %y : bf16
}
