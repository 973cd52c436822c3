// RUN: msa-opt %s -msa-outline-dispatches="threads=true" | FileCheck %s

// What is marked as a dispatch is a kernel of its own; its neighbours, which no loop holds either, do not join it.

// CHECK-LABEL: func.func @step
// CHECK: call @step_0(
// CHECK: call @step_1(
// CHECK: call @step_2(
// CHECK: call @step_3(
// CHECK-NOT: call
// CHECK: return

// CHECK-LABEL: func.func private @step_3(
// CHECK: linalg.exp
// CHECK-LABEL: func.func private @step_2(
// CHECK-SAME: attributes {msa.kernel = 1 : i64}
// CHECK-NOT: linalg
// CHECK: msa_gpu.attend
// CHECK-NOT: msa.dispatch
// CHECK-NOT: msa_gpu.attend
// CHECK-LABEL: func.func private @step_1(
// CHECK-NOT: linalg
// CHECK: msa_gpu.attend
// CHECK-NOT: msa.dispatch
// CHECK-NOT: msa_gpu.attend
// CHECK-LABEL: func.func private @step_0(
// CHECK: linalg.add
// CHECK: linalg.mul
!x = memref<1x2x64x64xbf16>
!l = memref<1x2x64xf32>
func.func @step(%q: !x, %a: memref<16xf32>, %o: !x {msa.result}, %l: !l {msa.result}, %p: !x {msa.result}, %b: memref<16xf32> {msa.result}) {
  %c = memref.alloc() : memref<1xi32>
  %d = memref.alloc() : memref<1xi32>
  linalg.add ins(%a, %a : memref<16xf32>, memref<16xf32>) outs(%b : memref<16xf32>)
  linalg.mul ins(%a, %b : memref<16xf32>, memref<16xf32>) outs(%b : memref<16xf32>)
  msa_gpu.attend ins(%q, %q, %q : !x, !x, !x) outs(%o, %l, %c : !x, !l, memref<1xi32>) pattern(#msa.full) scale(0.125)
      schedule(<warpgroups = 1, keys = 64, stages = 1, rescale = lazy, skip = false, half = false, persistent = true>) {msa.dispatch}
  msa_gpu.attend ins(%o, %q, %q : !x, !x, !x) outs(%p, %l, %d : !x, !l, memref<1xi32>) pattern(#msa.full) scale(0.125)
      schedule(<warpgroups = 1, keys = 64, stages = 1, rescale = lazy, skip = false, half = false, persistent = true>) {msa.dispatch}
  linalg.exp ins(%b : memref<16xf32>) outs(%b : memref<16xf32>)
  return
}
