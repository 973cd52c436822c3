// RUN: msa-opt %s -msa-schedule-attend -msa-decompose -msa-entry-to-destination -eliminate-empty-tensors -one-shot-bufferize -canonicalize | FileCheck %s

// Results are written where the caller wants them, operands are read where they are, state that is updated afterwards
// too; nothing is copied.

// CHECK-LABEL: func.func @step
// CHECK-SAME: %[[Q:[^:]*]]: memref<1x2x256x128xbf16>, %[[K:[^:]*]]: memref<1x2x256x128xbf16>, %[[W:[^:]*]]: memref<1x2x64x128xbf16> {msa.state = "w"}
// CHECK-SAME: %[[O:[^:]*]]: memref<1x2x256x128xbf16> {msa.result}, %[[L:[^:]*]]: memref<1x2x256xf32> {msa.result}
// CHECK-NOT: memref.copy
// CHECK: %[[C:.*]] = memref.alloc() {{.*}} : memref<1xi32>
// CHECK-NOT: memref.alloc
// CHECK: msa_gpu.attend ins(%[[Q]], %[[K]], %[[K]] :
// CHECK-SAME: window(%[[W]], %[[W]] :
// CHECK-SAME: outs(%[[O]], %[[L]], %[[C]] :
// CHECK-SAME: pattern(#msa.window<left = 64>) scale(1.250000e-01) schedule(
// CHECK-SAME: {msa.dispatch}
// CHECK-NOT: memref.copy
// CHECK-NOT: memref.alloc
// CHECK: linalg.generic {{.*}} outs(%[[W]] :
// CHECK-NOT: memref.copy
// CHECK: return
func.func @step(%q: tensor<1x2x256x128xbf16>, %k: tensor<1x2x256x128xbf16>, %w: tensor<1x2x64x128xbf16> {msa.state = "w"})
    -> (tensor<1x2x256x128xbf16>, tensor<1x2x256xf32>, tensor<1x2x64x128xbf16> {msa.state = "w"}) {
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x256x128xbf16>, tensor<1x2x256x128xbf16>, tensor<1x2x256x128xbf16>)
      window(%w, %w : tensor<1x2x64x128xbf16>, tensor<1x2x64x128xbf16>) pattern(#msa.window<left = 64>) scale(0.125)
      -> tensor<1x2x256x128xbf16>, tensor<1x2x256xf32>
  %n = msa.carry %w, %k : tensor<1x2x64x128xbf16>, tensor<1x2x256x128xbf16>
  return %o, %l, %n : tensor<1x2x256x128xbf16>, tensor<1x2x256xf32>, tensor<1x2x64x128xbf16>
}

// The heads of a projection, as a view of its rows: read through it.
// CHECK-LABEL: func.func @view
// CHECK-SAME: %[[X:[^:]*]]: memref<1x256x256xbf16>
// CHECK-NOT: memref.copy
// CHECK: %[[V:.*]] = memref.expand_shape %[[X]]
// CHECK-NOT: memref.copy
// CHECK: msa_gpu.attend ins(%[[V]], %[[V]], %[[V]] :
// CHECK-NOT: memref.copy
// CHECK: return
func.func @view(%x: tensor<1x256x256xbf16>) -> tensor<1x1x256x256xbf16> {
  %q = tensor.expand_shape %x [[0, 1], [2], [3]] output_shape [1, 1, 256, 256] : tensor<1x256x256xbf16> into tensor<1x1x256x256xbf16>
  %o, %l = msa.attend ins(%q, %q, %q : tensor<1x1x256x256xbf16>, tensor<1x1x256x256xbf16>, tensor<1x1x256x256xbf16>)
      pattern(#msa.causal) scale(0.0625) -> tensor<1x1x256x256xbf16>, tensor<1x1x256xf32>
  return %o : tensor<1x1x256x256xbf16>
}
