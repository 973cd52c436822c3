func.func @attend(%q: tensor<1x2x512x128xbf16> {msa.name = "q"}, %k: tensor<1x2x512x128xbf16> {msa.name = "k"})
    -> (tensor<1x2x512x128xbf16> {msa.name = "out"}, tensor<1x2x512xf32> {msa.name = "lse"}) {
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x512x128xbf16>, tensor<1x2x512x128xbf16>, tensor<1x2x512x128xbf16>)
      pattern(#msa.causal) scale(0.125) -> tensor<1x2x512x128xbf16>, tensor<1x2x512xf32>
  return %o, %l : tensor<1x2x512x128xbf16>, tensor<1x2x512xf32>
}
