// RUN: msa-opt %s -split-input-file -msa-schedule-gemm -msa-fuse-rope -canonicalize -mlir-elide-elementsattrs-if-larger=8 | FileCheck %s --enable-var-scope

// The only reader: one out.

// CHECK-LABEL: @queries
// CHECK-DAG: %[[COS:.*]] = arith.constant dense_resource<__elided__> : tensor<200x64xf32>
// CHECK-DAG: %[[SIN:.*]] = arith.constant dense_resource<__elided__> : tensor<200x64xf32>
// CHECK: %[[Y:.*]] = msa_gpu.gemm "mk,hkn->hmn" {{.*}} outs(%{{.*}} : tensor<4x200x128xbf16>) {{.*}} extras(["mp", "mp"] : %{{.*}}, %{{.*}} : tensor<200x64xf32>, tensor<200x64xf32>) rotate(128) epilogue {
// CHECK-NEXT: ^bb0(%[[P:.*]]: f32, %[[O:.*]]: f32, %[[C:.*]]: f32, %[[S:.*]]: f32):
// CHECK-NEXT: %[[PC:.*]] = arith.mulf %[[P]], %[[C]] : f32
// CHECK-NEXT: %[[OS:.*]] = arith.mulf %[[O]], %[[S]] : f32
// CHECK-NEXT: %[[R:.*]] = arith.addf %[[PC]], %[[OS]] : f32
// CHECK-NEXT: msa_gpu.yield %[[R]] : f32
// CHECK-NEXT: } {msa.dispatch} -> tensor<4x200x128xbf16>
// CHECK-NOT: msa.rope
// CHECK: %[[E:.*]] = tensor.expand_shape %[[Y]]
// CHECK: return %[[E]]
func.func @queries(%x: tensor<200x256xbf16>, %w: tensor<4x256x128xbf16>) -> tensor<1x4x200x128xbf16> {
  %zero = arith.constant 0.0 : bf16
  %empty = tensor.empty() : tensor<4x200x128xbf16>
  %init = linalg.fill ins(%zero : bf16) outs(%empty : tensor<4x200x128xbf16>) -> tensor<4x200x128xbf16>
  %p = linalg.generic {indexing_maps = [affine_map<(h, i, j, k) -> (i, k)>, affine_map<(h, i, j, k) -> (h, k, j)>, affine_map<(h, i, j, k) -> (h, i, j)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<200x256xbf16>, tensor<4x256x128xbf16>) outs(%init : tensor<4x200x128xbf16>) {
  ^bb0(%u: bf16, %v: bf16, %o: bf16):
    %t = arith.mulf %u, %v : bf16
    %s = arith.addf %o, %t : bf16
    linalg.yield %s : bf16
  } -> tensor<4x200x128xbf16>
  %q = tensor.expand_shape %p [[0, 1], [2], [3]] output_shape [1, 4, 200, 128] : tensor<4x200x128xbf16> into tensor<1x4x200x128xbf16>
  %r = msa.rope %q rotary(128) : tensor<1x4x200x128xbf16>
  return %r : tensor<1x4x200x128xbf16>
}

// -----

// Keys are carried as they are, too: two outs.

// CHECK-LABEL: @keys
// CHECK: %[[Y:.*]]:2 = msa_gpu.gemm "mk,hkn->hmn" {{.*}} outs(%{{.*}}, %{{.*}} : tensor<4x200x128xbf16>, tensor<4x200x128xbf16>) {{.*}} rotate(128) epilogue {
// CHECK: } {msa.dispatch} -> tensor<4x200x128xbf16>, tensor<4x200x128xbf16>
// CHECK-NOT: msa.rope
// CHECK: %[[R:.*]] = tensor.expand_shape %[[Y]]#0
// CHECK: %[[P:.*]] = tensor.expand_shape %[[Y]]#1
// CHECK: %[[W:.*]] = msa.carry %{{.*}}, %[[P]]
// CHECK: return %[[R]], %[[W]]
func.func @keys(%x: tensor<200x256xbf16>, %w: tensor<4x256x128xbf16>, %window: tensor<1x4x32x128xbf16>) -> (tensor<1x4x200x128xbf16>, tensor<1x4x32x128xbf16>) {
  %zero = arith.constant 0.0 : bf16
  %empty = tensor.empty() : tensor<4x200x128xbf16>
  %init = linalg.fill ins(%zero : bf16) outs(%empty : tensor<4x200x128xbf16>) -> tensor<4x200x128xbf16>
  %p = linalg.generic {indexing_maps = [affine_map<(h, i, j, k) -> (i, k)>, affine_map<(h, i, j, k) -> (h, k, j)>, affine_map<(h, i, j, k) -> (h, i, j)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<200x256xbf16>, tensor<4x256x128xbf16>) outs(%init : tensor<4x200x128xbf16>) {
  ^bb0(%u: bf16, %v: bf16, %o: bf16):
    %t = arith.mulf %u, %v : bf16
    %s = arith.addf %o, %t : bf16
    linalg.yield %s : bf16
  } -> tensor<4x200x128xbf16>
  %q = tensor.expand_shape %p [[0, 1], [2], [3]] output_shape [1, 4, 200, 128] : tensor<4x200x128xbf16> into tensor<1x4x200x128xbf16>
  %r = msa.rope %q rotary(128) {start = 5 : i64} : tensor<1x4x200x128xbf16>
  %c = msa.carry %window, %q : tensor<1x4x32x128xbf16>, tensor<1x4x200x128xbf16>
  return %r, %c : tensor<1x4x200x128xbf16>, tensor<1x4x32x128xbf16>
}

// -----

// Tiles of 192 columns, which the table would choose, cut heads.

// CHECK-LABEL: @whole_heads
// CHECK: msa_gpu.gemm {{.*}} columns = {{128|256}}, {{.*}} rotate(128)
func.func @whole_heads(%x: tensor<4096x256xbf16>, %w: tensor<6x256x128xbf16>) -> tensor<1x6x4096x128xbf16> {
  %zero = arith.constant 0.0 : bf16
  %empty = tensor.empty() : tensor<6x4096x128xbf16>
  %init = linalg.fill ins(%zero : bf16) outs(%empty : tensor<6x4096x128xbf16>) -> tensor<6x4096x128xbf16>
  %p = linalg.generic {indexing_maps = [affine_map<(h, i, j, k) -> (i, k)>, affine_map<(h, i, j, k) -> (h, k, j)>, affine_map<(h, i, j, k) -> (h, i, j)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<4096x256xbf16>, tensor<6x256x128xbf16>) outs(%init : tensor<6x4096x128xbf16>) {
  ^bb0(%u: bf16, %v: bf16, %o: bf16):
    %t = arith.mulf %u, %v : bf16
    %s = arith.addf %o, %t : bf16
    linalg.yield %s : bf16
  } -> tensor<6x4096x128xbf16>
  %q = tensor.expand_shape %p [[0, 1], [2], [3]] output_shape [1, 6, 4096, 128] : tensor<6x4096x128xbf16> into tensor<1x6x4096x128xbf16>
  %r = msa.rope %q rotary(128) : tensor<1x6x4096x128xbf16>
  return %r : tensor<1x6x4096x128xbf16>
}

// -----

// No tile has whole heads of 80 columns.

// CHECK-LABEL: @left
// CHECK-NOT: epilogue
// CHECK: msa.rope
func.func @left(%x: tensor<200x256xbf16>, %w: tensor<3x256x80xbf16>) -> tensor<1x3x200x80xbf16> {
  %zero = arith.constant 0.0 : bf16
  %empty = tensor.empty() : tensor<3x200x80xbf16>
  %init = linalg.fill ins(%zero : bf16) outs(%empty : tensor<3x200x80xbf16>) -> tensor<3x200x80xbf16>
  %p = linalg.generic {indexing_maps = [affine_map<(h, i, j, k) -> (i, k)>, affine_map<(h, i, j, k) -> (h, k, j)>, affine_map<(h, i, j, k) -> (h, i, j)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<200x256xbf16>, tensor<3x256x80xbf16>) outs(%init : tensor<3x200x80xbf16>) {
  ^bb0(%u: bf16, %v: bf16, %o: bf16):
    %t = arith.mulf %u, %v : bf16
    %s = arith.addf %o, %t : bf16
    linalg.yield %s : bf16
  } -> tensor<3x200x80xbf16>
  %q = tensor.expand_shape %p [[0, 1], [2], [3]] output_shape [1, 3, 200, 80] : tensor<3x200x80xbf16> into tensor<1x3x200x80xbf16>
  %r = msa.rope %q rotary(80) : tensor<1x3x200x80xbf16>
  return %r : tensor<1x3x200x80xbf16>
}

// -----

// Pairs that are neighbours, a part of the channels, positions that are not known.

// CHECK-LABEL: @kinds
// CHECK-NOT: epilogue
// CHECK-COUNT-3: msa.rope
func.func @kinds(%x: tensor<200x256xbf16>, %w: tensor<4x256x128xbf16>, %offset: tensor<1xi64>) -> (tensor<1x4x200x128xbf16>, tensor<1x4x200x128xbf16>, tensor<1x4x200x128xbf16>) {
  %zero = arith.constant 0.0 : bf16
  %empty = tensor.empty() : tensor<4x200x128xbf16>
  %init = linalg.fill ins(%zero : bf16) outs(%empty : tensor<4x200x128xbf16>) -> tensor<4x200x128xbf16>
  %p = linalg.generic {indexing_maps = [affine_map<(h, i, j, k) -> (i, k)>, affine_map<(h, i, j, k) -> (h, k, j)>, affine_map<(h, i, j, k) -> (h, i, j)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<200x256xbf16>, tensor<4x256x128xbf16>) outs(%init : tensor<4x200x128xbf16>) {
  ^bb0(%u: bf16, %v: bf16, %o: bf16):
    %t = arith.mulf %u, %v : bf16
    %s = arith.addf %o, %t : bf16
    linalg.yield %s : bf16
  } -> tensor<4x200x128xbf16>
  %q = tensor.expand_shape %p [[0, 1], [2], [3]] output_shape [1, 4, 200, 128] : tensor<4x200x128xbf16> into tensor<1x4x200x128xbf16>
  %a = msa.rope %q rotary(128) {interleaved} : tensor<1x4x200x128xbf16>
  %b = msa.rope %q rotary(64) : tensor<1x4x200x128xbf16>
  %c = msa.rope %q offset(%offset : tensor<1xi64>) rotary(128) {limit = 400 : i64} : tensor<1x4x200x128xbf16>
  return %a, %b, %c : tensor<1x4x200x128xbf16>, tensor<1x4x200x128xbf16>, tensor<1x4x200x128xbf16>
}
