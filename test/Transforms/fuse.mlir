// RUN: msa-opt %s -msa-fuse -canonicalize -split-input-file | FileCheck %s

// CHECK-LABEL: func.func @bank
// CHECK-SAME: (%[[Q:.*]]: tensor<1x2x8x4xf32>, %[[K:.*]]: tensor<1x2x8x4xf32>, %[[B:.*]]: tensor<1x2x5x4xf32>)
func.func @bank(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %b: tensor<1x2x5x4xf32>) -> (tensor<1x2x8x4xf32>, tensor<1x2x8xf32>) {
  // CHECK: %[[O:.*]], %[[L:.*]] = msa.attend ins(%[[Q]], %[[K]], %[[K]] : {{.*}}) bank(%[[B]], %[[B]] : {{.*}}) pattern(#msa.causal)
  // CHECK-NOT: msa.merge
  // CHECK: return %[[O]], %[[L]]
  %o0, %l0 = msa.attend ins(%q, %k, %k : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) pattern(#msa.causal) scale(0.5) -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  %o1, %l1 = msa.attend ins(%q, %b, %b : tensor<1x2x8x4xf32>, tensor<1x2x5x4xf32>, tensor<1x2x5x4xf32>) pattern(#msa.full) scale(0.5) -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  %o, %l = msa.merge ins(%o1, %l1, %o0, %l0 : tensor<1x2x8x4xf32>, tensor<1x2x8xf32>)
  return %o, %l : tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
}

// -----

// Another scale is another softmax.
// CHECK-LABEL: func.func @scales_differ
// CHECK: msa.merge
func.func @scales_differ(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %b: tensor<1x2x5x4xf32>) -> tensor<1x2x8x4xf32> {
  %o0, %l0 = msa.attend ins(%q, %k, %k : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) pattern(#msa.causal) scale(0.5) -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  %o1, %l1 = msa.attend ins(%q, %b, %b : tensor<1x2x8x4xf32>, tensor<1x2x5x4xf32>, tensor<1x2x5x4xf32>) pattern(#msa.full) scale(0.25) -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  %o, %l = msa.merge ins(%o1, %l1, %o0, %l0 : tensor<1x2x8x4xf32>, tensor<1x2x8xf32>)
  return %o : tensor<1x2x8x4xf32>
}

// -----

// CHECK-LABEL: func.func @window
// CHECK-SAME: %[[W:[a-z0-9]+]]: tensor<1x2x3x4xf32>, %[[P:[a-z0-9]+]]: tensor<1xi64>
func.func @window(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %w: tensor<1x2x3x4xf32>, %p: tensor<1xi64>) -> tensor<1x2x8x4xf32> {
  // CHECK-NOT: tensor.concat
  // CHECK: %[[NP:.*]] = linalg.add ins(%[[P]], %{{.*}} : tensor<1xi64>, tensor<1xi64>)
  // CHECK: msa.attend {{.*}} window(%[[W]], %[[W]] : {{.*}}) position(%[[NP]]
  %off = arith.constant dense<3> : tensor<1xi64>
  %kk = tensor.concat dim(2) %w, %k : (tensor<1x2x3x4xf32>, tensor<1x2x8x4xf32>) -> tensor<1x2x11x4xf32>
  %o, %l = msa.attend ins(%q, %kk, %kk : tensor<1x2x8x4xf32>, tensor<1x2x11x4xf32>, tensor<1x2x11x4xf32>) position(%p : tensor<1xi64>) offset(%off : tensor<1xi64>) pattern(#msa.causal) scale(0.5) -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return %o : tensor<1x2x8x4xf32>
}
