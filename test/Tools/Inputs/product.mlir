func.func @product(%x: tensor<512x256xbf16> {msa.name = "x"}, %w: tensor<256x512xbf16> {msa.name = "w"})
    -> (tensor<512x512xbf16> {msa.name = "y"}) {
  %zero = arith.constant 0.0 : bf16
  %empty = tensor.empty() : tensor<512x512xbf16>
  %init = linalg.fill ins(%zero : bf16) outs(%empty : tensor<512x512xbf16>) -> tensor<512x512xbf16>
  %y = linalg.matmul ins(%x, %w : tensor<512x256xbf16>, tensor<256x512xbf16>) outs(%init : tensor<512x512xbf16>) -> tensor<512x512xbf16>
  return %y : tensor<512x512xbf16>
}
