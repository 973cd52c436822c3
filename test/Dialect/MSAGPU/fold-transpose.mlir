// RUN: msa-opt %s -split-input-file -msa-schedule-attend -msa-gpu-fold-transpose | FileCheck %s --enable-var-scope

// A copy of two streams' results; the product's reshape is not in the way.

// CHECK-LABEL: @streams(
// CHECK: %[[E:.*]] = tensor.empty() : tensor<2x256x8x64xbf16>
// CHECK: %[[A:.*]]:3 = msa_gpu.attend ins(
// CHECK-SAME: outs(%[[E]], %{{[^ ,]*}}, %{{[^ ,]*}} : tensor<2x256x8x64xbf16>, tensor<2x8x256xf32>, tensor<1xi32>) token_major pattern(
// CHECK-SAME: {msa.dispatch} -> tensor<2x256x8x64xbf16>, tensor<2x8x256xf32>, tensor<1xi32>
// CHECK-NOT: linalg
// CHECK: %[[Y:.*]] = tensor.collapse_shape %[[A]]#0 {{\[}}[0, 1], [2, 3]] : tensor<2x256x8x64xbf16> into tensor<512x512xbf16>
// CHECK: return %[[Y]], %[[A]]#1
func.func @streams(%q: tensor<2x8x256x64xbf16>) -> (tensor<512x512xbf16>, tensor<2x8x256xf32>) {
  %o, %l = msa.attend ins(%q, %q, %q : tensor<2x8x256x64xbf16>, tensor<2x8x256x64xbf16>, tensor<2x8x256x64xbf16>)
      pattern(#msa.causal) scale(0.125) -> tensor<2x8x256x64xbf16>, tensor<2x8x256xf32>
  %e = tensor.empty() : tensor<2x256x8x64xbf16>
  %t = linalg.transpose ins(%o : tensor<2x8x256x64xbf16>) outs(%e : tensor<2x256x8x64xbf16>) permutation = [0, 2, 1, 3]
  %y = tensor.collapse_shape %t [[0, 1], [2, 3]] : tensor<2x256x8x64xbf16> into tensor<512x512xbf16>
  return %y, %l : tensor<512x512xbf16>, tensor<2x8x256xf32>
}

// -----

// One stream, whose dimension is dropped before the copy, which is a loop over the source's order.

// CHECK-LABEL: @stream(
// CHECK: %[[A:.*]]:3 = msa_gpu.attend ins(
// CHECK-SAME: token_major {{.*}} -> tensor<1x256x8x64xbf16>, tensor<1x8x256xf32>, tensor<1xi32>
// CHECK-NOT: linalg
// CHECK: %[[Y:.*]] = tensor.collapse_shape %[[A]]#0 {{\[}}[0, 1], [2], [3]] : tensor<1x256x8x64xbf16> into tensor<256x8x64xbf16>
// CHECK: return %[[Y]]
func.func @stream(%q: tensor<1x8x256x64xbf16>) -> tensor<256x8x64xbf16> {
  %o, %l = msa.attend ins(%q, %q, %q : tensor<1x8x256x64xbf16>, tensor<1x8x256x64xbf16>, tensor<1x8x256x64xbf16>)
      pattern(#msa.causal) scale(0.125) -> tensor<1x8x256x64xbf16>, tensor<1x8x256xf32>
  %c = tensor.collapse_shape %o [[0, 1], [2], [3]] : tensor<1x8x256x64xbf16> into tensor<8x256x64xbf16>
  %e = tensor.empty() : tensor<256x8x64xbf16>
  %t = linalg.generic {indexing_maps = [affine_map<(h, n, d) -> (h, n, d)>, affine_map<(h, n, d) -> (n, h, d)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%c : tensor<8x256x64xbf16>) outs(%e : tensor<256x8x64xbf16>) {
  ^bb0(%x: bf16, %y: bf16):
    linalg.yield %x : bf16
  } -> tensor<256x8x64xbf16>
  return %t : tensor<256x8x64xbf16>
}

// -----

// Partial results of several queries: what joins them takes the order.

// CHECK-LABEL: @joined(
// CHECK: %[[E:.*]] = tensor.empty() : tensor<1x3x32x64xf16>
// CHECK: %[[M:.*]]:2 = msa_gpu.merge ins(%{{.*}}#0, %{{.*}}#1 : tensor<[[S:.*]]x32x3x64xf32>, tensor<[[S]]x32x3xf32>)
// CHECK-SAME: outs(%[[E]], %{{[^ ,]*}} : tensor<1x3x32x64xf16>, tensor<1x32x3xf32>) token_major {msa.dispatch} -> tensor<1x3x32x64xf16>, tensor<1x32x3xf32>
// CHECK-NOT: linalg
// CHECK: return %[[M]]#0
func.func @joined(%q: tensor<1x32x3x64xf16>, %k: tensor<1x8x2048x64xf16>) -> tensor<1x3x32x64xf16> {
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x32x3x64xf16>, tensor<1x8x2048x64xf16>, tensor<1x8x2048x64xf16>)
      pattern(#msa.full) scale(0.125) -> tensor<1x32x3x64xf16>, tensor<1x32x3xf32>
  %e = tensor.empty() : tensor<1x3x32x64xf16>
  %t = linalg.transpose ins(%o : tensor<1x32x3x64xf16>) outs(%e : tensor<1x3x32x64xf16>) permutation = [0, 2, 1, 3]
  return %t : tensor<1x3x32x64xf16>
}

// -----

// One query, whose heads are rows of a tile, or one head: the copy moves nothing.

// CHECK-LABEL: @query(
// CHECK: %[[A:.*]]:3 = msa_gpu.attend ins(
// CHECK-SAME: token_major
// CHECK-SAME: stacked = true
// CHECK-NOT: linalg
// CHECK: return %[[A]]#0 : tensor<64x1x32x64xf16>
func.func @query(%q: tensor<64x32x1x64xf16>, %k: tensor<64x8x2048x64xf16>) -> tensor<64x1x32x64xf16> {
  %o, %l = msa.attend ins(%q, %k, %k : tensor<64x32x1x64xf16>, tensor<64x8x2048x64xf16>, tensor<64x8x2048x64xf16>)
      pattern(#msa.full) scale(0.125) -> tensor<64x32x1x64xf16>, tensor<64x32x1xf32>
  %e = tensor.empty() : tensor<64x1x32x64xf16>
  %t = linalg.transpose ins(%o : tensor<64x32x1x64xf16>) outs(%e : tensor<64x1x32x64xf16>) permutation = [0, 2, 1, 3]
  return %t : tensor<64x1x32x64xf16>
}

// CHECK-LABEL: @head(
// CHECK: %[[A:.*]]:3 = msa_gpu.attend ins(
// CHECK-SAME: token_major
// CHECK-NOT: linalg
// CHECK: return %[[A]]#0 : tensor<2x300x1x64xf16>
func.func @head(%q: tensor<2x1x300x64xf16>) -> tensor<2x300x1x64xf16> {
  %o, %l = msa.attend ins(%q, %q, %q : tensor<2x1x300x64xf16>, tensor<2x1x300x64xf16>, tensor<2x1x300x64xf16>)
      pattern(#msa.full) scale(0.125) -> tensor<2x1x300x64xf16>, tensor<2x1x300xf32>
  %e = tensor.empty() : tensor<2x300x1x64xf16>
  %t = linalg.transpose ins(%o : tensor<2x1x300x64xf16>) outs(%e : tensor<2x300x1x64xf16>) permutation = [0, 2, 1, 3]
  return %t : tensor<2x300x1x64xf16>
}

// -----

// Stacked heads of several queries stay: rows of a tile would not be equally far apart. With one head to a KV head
// they are.

// CHECK-LABEL: @stacked(
// CHECK: msa_gpu.attend ins(
// CHECK-NOT: token_major
// CHECK: linalg.transpose
func.func @stacked(%q: tensor<64x32x2x64xf16>, %k: tensor<64x8x2048x64xf16>) -> tensor<64x2x32x64xf16> {
  %o, %l = msa.attend ins(%q, %k, %k : tensor<64x32x2x64xf16>, tensor<64x8x2048x64xf16>, tensor<64x8x2048x64xf16>)
      pattern(#msa.full) scale(0.125) -> tensor<64x32x2x64xf16>, tensor<64x32x2xf32>
  %e = tensor.empty() : tensor<64x2x32x64xf16>
  %t = linalg.transpose ins(%o : tensor<64x32x2x64xf16>) outs(%e : tensor<64x2x32x64xf16>) permutation = [0, 2, 1, 3]
  return %t : tensor<64x2x32x64xf16>
}

// CHECK-LABEL: @alone(
// CHECK: msa_gpu.attend ins(
// CHECK-SAME: token_major
// CHECK-SAME: stacked = true
// CHECK-NOT: linalg
// CHECK: return
func.func @alone(%q: tensor<64x8x2x64xf16>, %k: tensor<64x8x2048x64xf16>) -> tensor<64x2x8x64xf16> {
  %o, %l = msa.attend ins(%q, %k, %k : tensor<64x8x2x64xf16>, tensor<64x8x2048x64xf16>, tensor<64x8x2048x64xf16>)
      pattern(#msa.full) scale(0.125) -> tensor<64x8x2x64xf16>, tensor<64x8x2xf32>
  %e = tensor.empty() : tensor<64x2x8x64xf16>
  %t = linalg.transpose ins(%o : tensor<64x8x2x64xf16>) outs(%e : tensor<64x2x8x64xf16>) permutation = [0, 2, 1, 3]
  return %t : tensor<64x2x8x64xf16>
}

// -----

// Needed in its own order too; another order; more than a copy; into memory that is there: left.

// CHECK-LABEL: @twice(
// CHECK-NOT: token_major
// CHECK: linalg.transpose
func.func @twice(%q: tensor<2x8x256x64xbf16>) -> (tensor<2x256x8x64xbf16>, tensor<2x8x256x64xbf16>) {
  %o, %l = msa.attend ins(%q, %q, %q : tensor<2x8x256x64xbf16>, tensor<2x8x256x64xbf16>, tensor<2x8x256x64xbf16>)
      pattern(#msa.causal) scale(0.125) -> tensor<2x8x256x64xbf16>, tensor<2x8x256xf32>
  %e = tensor.empty() : tensor<2x256x8x64xbf16>
  %t = linalg.transpose ins(%o : tensor<2x8x256x64xbf16>) outs(%e : tensor<2x256x8x64xbf16>) permutation = [0, 2, 1, 3]
  return %t, %o : tensor<2x256x8x64xbf16>, tensor<2x8x256x64xbf16>
}

// CHECK-LABEL: @other(
// CHECK-NOT: token_major
// CHECK: linalg.transpose
func.func @other(%q: tensor<2x8x256x64xbf16>) -> tensor<256x2x8x64xbf16> {
  %o, %l = msa.attend ins(%q, %q, %q : tensor<2x8x256x64xbf16>, tensor<2x8x256x64xbf16>, tensor<2x8x256x64xbf16>)
      pattern(#msa.causal) scale(0.125) -> tensor<2x8x256x64xbf16>, tensor<2x8x256xf32>
  %e = tensor.empty() : tensor<256x2x8x64xbf16>
  %t = linalg.transpose ins(%o : tensor<2x8x256x64xbf16>) outs(%e : tensor<256x2x8x64xbf16>) permutation = [2, 0, 1, 3]
  return %t : tensor<256x2x8x64xbf16>
}

// Heads of two streams as one dimension: the streams would not be outermost.

// CHECK-LABEL: @both(
// CHECK-NOT: token_major
// CHECK: linalg.transpose
func.func @both(%q: tensor<2x8x256x64xbf16>) -> tensor<256x16x64xbf16> {
  %o, %l = msa.attend ins(%q, %q, %q : tensor<2x8x256x64xbf16>, tensor<2x8x256x64xbf16>, tensor<2x8x256x64xbf16>)
      pattern(#msa.causal) scale(0.125) -> tensor<2x8x256x64xbf16>, tensor<2x8x256xf32>
  %c = tensor.collapse_shape %o [[0, 1], [2], [3]] : tensor<2x8x256x64xbf16> into tensor<16x256x64xbf16>
  %e = tensor.empty() : tensor<256x16x64xbf16>
  %t = linalg.transpose ins(%c : tensor<16x256x64xbf16>) outs(%e : tensor<256x16x64xbf16>) permutation = [1, 0, 2]
  return %t : tensor<256x16x64xbf16>
}

// CHECK-LABEL: @more(
// CHECK-NOT: token_major
// CHECK: linalg.generic
func.func @more(%q: tensor<2x8x256x64xbf16>) -> tensor<2x256x8x64xbf16> {
  %o, %l = msa.attend ins(%q, %q, %q : tensor<2x8x256x64xbf16>, tensor<2x8x256x64xbf16>, tensor<2x8x256x64xbf16>)
      pattern(#msa.causal) scale(0.125) -> tensor<2x8x256x64xbf16>, tensor<2x8x256xf32>
  %e = tensor.empty() : tensor<2x256x8x64xbf16>
  %t = linalg.generic {indexing_maps = [affine_map<(b, n, h, d) -> (b, h, n, d)>, affine_map<(b, n, h, d) -> (b, n, h, d)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%o : tensor<2x8x256x64xbf16>) outs(%e : tensor<2x256x8x64xbf16>) {
  ^bb0(%x: bf16, %y: bf16):
    %n = arith.negf %x : bf16
    linalg.yield %n : bf16
  } -> tensor<2x256x8x64xbf16>
  return %t : tensor<2x256x8x64xbf16>
}

// CHECK-LABEL: @into(
// CHECK-NOT: token_major
// CHECK: linalg.transpose
func.func @into(%q: tensor<2x8x256x64xbf16>, %e: tensor<2x256x8x64xbf16>) -> tensor<2x256x8x64xbf16> {
  %o, %l = msa.attend ins(%q, %q, %q : tensor<2x8x256x64xbf16>, tensor<2x8x256x64xbf16>, tensor<2x8x256x64xbf16>)
      pattern(#msa.causal) scale(0.125) -> tensor<2x8x256x64xbf16>, tensor<2x8x256xf32>
  %t = linalg.transpose ins(%o : tensor<2x8x256x64xbf16>) outs(%e : tensor<2x256x8x64xbf16>) permutation = [0, 2, 1, 3]
  return %t : tensor<2x256x8x64xbf16>
}
