func.func @step(%x: tensor<1x8x4xf32>, %w: tensor<1x3x4xf32>, %q: tensor<1x2x8x4xf32>, %conv: tensor<3x4xf32>, %c: tensor<1x2x4xf32>)
    -> (tensor<1x3x4xf32>, tensor<1x2x8x4xf32>, tensor<1x3x4xf32>) {
  %y = msa.short_conv %x, %c, %conv : tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<3x4xf32>
  %r = msa.rope %q rotary(4) : tensor<1x2x8x4xf32>
  %o, %l = msa.attend ins(%r, %r, %q : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) pattern(#msa.causal) scale(0.5) -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  %a = msa.carry %w, %y : tensor<1x3x4xf32>, tensor<1x8x4xf32>
  %b = msa.carry %w, %x : tensor<1x3x4xf32>, tensor<1x8x4xf32>
  return %a, %o, %b : tensor<1x3x4xf32>, tensor<1x2x8x4xf32>, tensor<1x3x4xf32>
}
