// RUN: msa-opt %s -split-input-file -verify-diagnostics -msa-schedule-gemm | FileCheck %s --check-prefixes=CHECK,ALONE
// RUN: msa-opt %s -split-input-file -verify-diagnostics -msa-schedule-gemm=clusters=true | FileCheck %s --check-prefixes=CHECK,PAIRS

// A round of wide tiles that leaves few multiprocessors idle.

// CHECK-LABEL: @product
// CHECK-NOT: linalg.fill
// CHECK: msa_gpu.gemm "mk,kn->mn" ins(%{{.*}}, %{{.*}} : tensor<16384x2048xbf16>, tensor<2048x6144xbf16>)
// CHECK-SAME: schedule(<warpgroups = 2, columns = 256,
// ALONE-SAME: cluster = 1
// PAIRS-SAME: cluster = 2
// CHECK-SAME: {msa.dispatch}
func.func @product(%x: tensor<16384x2048xbf16>, %w: tensor<2048x6144xbf16>) -> tensor<16384x6144xbf16> {
  %zero = arith.constant 0.0 : bf16
  %empty = tensor.empty() : tensor<16384x6144xbf16>
  %init = linalg.fill ins(%zero : bf16) outs(%empty : tensor<16384x6144xbf16>) -> tensor<16384x6144xbf16>
  %y = linalg.matmul ins(%x, %w : tensor<16384x2048xbf16>, tensor<2048x6144xbf16>) outs(%init : tensor<16384x6144xbf16>) -> tensor<16384x6144xbf16>
  return %y : tensor<16384x6144xbf16>
}

// -----

// 192 tiles of 256 columns would be two rounds, the second half idle.

// CHECK-LABEL: @small
// CHECK: msa_gpu.gemm "mk,kn->mn"
// CHECK-SAME: columns = 192
func.func @small(%x: tensor<1024x2048xf16>, %w: tensor<2048x6144xf16>) -> tensor<1024x6144xf16> {
  %zero = arith.constant 0.0 : f16
  %empty = tensor.empty() : tensor<1024x6144xf16>
  %init = linalg.fill ins(%zero : f16) outs(%empty : tensor<1024x6144xf16>) -> tensor<1024x6144xf16>
  %y = linalg.matmul ins(%x, %w : tensor<1024x2048xf16>, tensor<2048x6144xf16>) outs(%init : tensor<1024x6144xf16>) -> tensor<1024x6144xf16>
  return %y : tensor<1024x6144xf16>
}

// -----

// One of a pair would have nothing to do.

// CHECK-LABEL: @odd
// CHECK: msa_gpu.gemm "mk,kn->mn"
// CHECK-SAME: cluster = 1
func.func @odd(%x: tensor<300x64xf16>, %w: tensor<64x64xf16>) -> tensor<300x64xf16> {
  %zero = arith.constant 0.0 : f16
  %empty = tensor.empty() : tensor<300x64xf16>
  %init = linalg.fill ins(%zero : f16) outs(%empty : tensor<300x64xf16>) -> tensor<300x64xf16>
  %y = linalg.matmul ins(%x, %w : tensor<300x64xf16>, tensor<64x64xf16>) outs(%init : tensor<300x64xf16>) -> tensor<300x64xf16>
  return %y : tensor<300x64xf16>
}

// -----

// A projection into heads, and the weights as PyTorch keeps them.

#x = affine_map<(h, n, c, i) -> (n, i)>
#w = affine_map<(h, n, c, i) -> (h, i, c)>
#l = affine_map<(h, n, c, i) -> (h, c, i)>
#o = affine_map<(h, n, c, i) -> (h, n, c)>

// CHECK-LABEL: @heads
// CHECK: msa_gpu.gemm "mk,hkn->hmn"
// CHECK: msa_gpu.gemm "mk,hnk->hmn"
func.func @heads(%x: tensor<4096x2048xbf16>, %w: tensor<16x2048x128xbf16>, %l: tensor<16x128x2048xbf16>)
    -> (tensor<16x4096x128xbf16>, tensor<16x4096x128xbf16>) {
  %zero = arith.constant 0.0 : bf16
  %empty = tensor.empty() : tensor<16x4096x128xbf16>
  %init = linalg.fill ins(%zero : bf16) outs(%empty : tensor<16x4096x128xbf16>) -> tensor<16x4096x128xbf16>
  %y = linalg.generic {indexing_maps = [#x, #w, #o], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<4096x2048xbf16>, tensor<16x2048x128xbf16>) outs(%init : tensor<16x4096x128xbf16>) {
    ^bb0(%a: bf16, %b: bf16, %c: bf16):
      %m = arith.mulf %a, %b : bf16
      %s = arith.addf %c, %m : bf16
      linalg.yield %s : bf16
    } -> tensor<16x4096x128xbf16>
  %z = linalg.generic {indexing_maps = [#x, #l, #o], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%x, %l : tensor<4096x2048xbf16>, tensor<16x128x2048xbf16>) outs(%init : tensor<16x4096x128xbf16>) {
    ^bb0(%a: bf16, %b: bf16, %c: bf16):
      %m = arith.mulf %a, %b : bf16
      %s = arith.addf %c, %m : bf16
      linalg.yield %s : bf16
    } -> tensor<16x4096x128xbf16>
  return %y, %z : tensor<16x4096x128xbf16>, tensor<16x4096x128xbf16>
}

// -----

// Streams: with one right side, and with one each.

#x = affine_map<(b, n, c, i) -> (b, n, i)>
#w = affine_map<(b, n, c, i) -> (c, i)>
#o = affine_map<(b, n, c, i) -> (b, n, c)>

// CHECK-LABEL: @streams
// CHECK: msa_gpu.gemm "bmk,nk->bmn"
// CHECK: msa_gpu.gemm "bmk,bkn->bmn"
func.func @streams(%x: tensor<3x100x64xbf16>, %w: tensor<256x64xbf16>, %v: tensor<3x64x256xbf16>)
    -> (tensor<3x100x256xbf16>, tensor<3x100x256xbf16>) {
  %zero = arith.constant 0.0 : bf16
  %empty = tensor.empty() : tensor<3x100x256xbf16>
  %init = linalg.fill ins(%zero : bf16) outs(%empty : tensor<3x100x256xbf16>) -> tensor<3x100x256xbf16>
  %y = linalg.generic {indexing_maps = [#x, #w, #o], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<3x100x64xbf16>, tensor<256x64xbf16>) outs(%init : tensor<3x100x256xbf16>) {
    ^bb0(%a: bf16, %b: bf16, %c: bf16):
      %m = arith.mulf %a, %b : bf16
      %s = arith.addf %c, %m : bf16
      linalg.yield %s : bf16
    } -> tensor<3x100x256xbf16>
  %z = linalg.batch_matmul ins(%x, %v : tensor<3x100x64xbf16>, tensor<3x64x256xbf16>) outs(%init : tensor<3x100x256xbf16>) -> tensor<3x100x256xbf16>
  return %y, %z : tensor<3x100x256xbf16>, tensor<3x100x256xbf16>
}

// -----

// CHECK-LABEL: @unaligned
// CHECK: linalg.matmul
func.func @unaligned(%x: tensor<64x64xbf16>, %w: tensor<64x60xbf16>) -> tensor<64x60xbf16> {
  %zero = arith.constant 0.0 : bf16
  %empty = tensor.empty() : tensor<64x60xbf16>
  %init = linalg.fill ins(%zero : bf16) outs(%empty : tensor<64x60xbf16>) -> tensor<64x60xbf16>
  // expected-remark @+1 {{no tensor-core kernel for this last dimension: it is no multiple of 8 elements; generic GPU code is used, which is slow}}
  %y = linalg.matmul ins(%x, %w : tensor<64x64xbf16>, tensor<64x60xbf16>) outs(%init : tensor<64x60xbf16>) -> tensor<64x60xbf16>
  return %y : tensor<64x60xbf16>
}

// -----

// CHECK-LABEL: @onto
// CHECK: linalg.matmul
func.func @onto(%x: tensor<64x64xbf16>, %w: tensor<64x64xbf16>, %c: tensor<64x64xbf16>) -> tensor<64x64xbf16> {
  // expected-remark @+1 {{no tensor-core kernel for this accumulation onto a value}}
  %y = linalg.matmul ins(%x, %w : tensor<64x64xbf16>, tensor<64x64xbf16>) outs(%c : tensor<64x64xbf16>) -> tensor<64x64xbf16>
  return %y : tensor<64x64xbf16>
}

// -----

// f32 products have no tensor-core kernel, and nobody expects one.

// CHECK-LABEL: @single
// CHECK: linalg.matmul
func.func @single(%x: tensor<64x64xf32>, %w: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<64x64xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<64x64xf32>) -> tensor<64x64xf32>
  %y = linalg.matmul ins(%x, %w : tensor<64x64xf32>, tensor<64x64xf32>) outs(%init : tensor<64x64xf32>) -> tensor<64x64xf32>
  return %y : tensor<64x64xf32>
}
