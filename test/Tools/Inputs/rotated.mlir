func.func @queries(%x: tensor<200x256xbf16> {msa.name = "x"}, %w: tensor<4x256x128xbf16> {msa.name = "w"})
    -> (tensor<1x4x200x128xbf16> {msa.name = "q"}) {
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
