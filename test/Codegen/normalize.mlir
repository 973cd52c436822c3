// RUN: msa-opt %s -split-input-file -pass-pipeline="builtin.module(func.func(msa-normalize))" | FileCheck %s
// RUN: msa-opt %s -split-input-file -pass-pipeline="builtin.module(func.func(msa-normalize{max-unroll=1}))" | FileCheck %s --check-prefix=KEEP

// CHECK-LABEL: func.func @elementwise
// CHECK: linalg.generic
// CHECK: arith.addf %{{.*}}, %{{.*}} : f32
// CHECK-NOT: arith.addf %{{.*}} : tensor
func.func @elementwise(%x: tensor<8xf32>, %y: tensor<8xf32>) -> tensor<8xf32> {
  %r = arith.addf %x, %y : tensor<8xf32>
  return %r : tensor<8xf32>
}

// -----

// CHECK-LABEL: func.func @softmax
// CHECK-NOT: linalg.softmax
// CHECK: math.exp
func.func @softmax(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %e = tensor.empty() : tensor<4x8xf32>
  %r = linalg.softmax dimension(1) ins(%x : tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %r : tensor<4x8xf32>
}

// -----

// CHECK-LABEL: func.func @reshape
// CHECK: %[[FLAT:.*]] = tensor.collapse_shape %{{.*}} {{\[}}[0, 1]]
// CHECK: tensor.expand_shape %[[FLAT]] {{\[}}[0, 1]] output_shape [8, 3]
func.func @reshape(%x: tensor<4x6xf32>) -> tensor<8x3xf32> {
  %s = arith.constant dense<[8, 3]> : tensor<2xi64>
  %r = tensor.reshape %x(%s) : (tensor<4x6xf32>, tensor<2xi64>) -> tensor<8x3xf32>
  return %r : tensor<8x3xf32>
}

// -----

// A loop with few iterations: straight code. With more, it stays and carries its
// tensor in place.
// CHECK-LABEL: func.func @loop
// CHECK-NOT: scf.for
// CHECK-COUNT-3: linalg.exp
// CHECK-NOT: linalg.exp
// KEEP-LABEL: func.func @loop
// KEEP: scf.for {{.*}} iter_args(%[[A:.*]] = %{{.*}})
// KEEP: %[[N:.*]] = linalg.exp
// KEEP: %[[P:.*]] = bufferization.materialize_in_destination %[[N]] in %[[A]]
// KEEP: scf.yield %[[P]]
func.func @loop(%x: tensor<8xf32>) -> tensor<8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %e = tensor.empty() : tensor<8xf32>
  %r = scf.for %i = %c0 to %c3 step %c1 iter_args(%a = %x) -> tensor<8xf32> {
    %n = linalg.exp ins(%a : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
    scf.yield %n : tensor<8xf32>
  }
  return %r : tensor<8xf32>
}

// -----

// Carried tensors that change places are saved before one is overwritten.
// CHECK-LABEL: func.func @swap
// CHECK: scf.for {{.*}} iter_args(%[[A:.*]] = %{{.*}}, %[[B:.*]] = %{{.*}})
// CHECK: %[[SB:.*]] = bufferization.alloc_tensor() copy(%[[B]])
// CHECK: %[[SA:.*]] = bufferization.alloc_tensor() copy(%[[A]])
// CHECK: bufferization.materialize_in_destination %[[SB]] in %[[A]]
// CHECK: bufferization.materialize_in_destination %[[SA]] in %[[B]]
func.func @swap(%x: tensor<8xf32>, %y: tensor<8xf32>, %n: index) -> (tensor<8xf32>, tensor<8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x, %b = %y) -> (tensor<8xf32>, tensor<8xf32>) {
    scf.yield %b, %a : tensor<8xf32>, tensor<8xf32>
  }
  return %r#0, %r#1 : tensor<8xf32>, tensor<8xf32>
}

// -----

// CHECK-LABEL: func.func @branch
// CHECK: %[[PLACE:.*]] = bufferization.alloc_tensor()
// CHECK-COUNT-2: bufferization.materialize_in_destination %{{.*}} in %[[PLACE]]
func.func @branch(%x: tensor<8xf32>, %c: i1) -> tensor<8xf32> {
  %r = scf.if %c -> tensor<8xf32> {
    %t = math.exp %x : tensor<8xf32>
    scf.yield %t : tensor<8xf32>
  } else {
    scf.yield %x : tensor<8xf32>
  }
  return %r : tensor<8xf32>
}
