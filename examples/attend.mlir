// A step takes four tokens; they attend to themselves and to the four before
// them, which the session keeps as state.
func.func @step(%q: tensor<1x1x4x8xf32> {msa.name = "q"},
                %k: tensor<1x1x4x8xf32> {msa.name = "k"},
                %v: tensor<1x1x4x8xf32> {msa.name = "v"},
                %position: tensor<1xi64> {msa.name = "position"},
                %keys: tensor<1x1x4x8xf32> {msa.state = "keys"},
                %values: tensor<1x1x4x8xf32> {msa.state = "values"})
    -> (tensor<1x1x4x8xf32> {msa.name = "out"},
        tensor<1x1x4x8xf32> {msa.state = "keys"},
        tensor<1x1x4x8xf32> {msa.state = "values"}) {
  %out, %lse = msa.attend
      ins(%q, %k, %v : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>)
      window(%keys, %values : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>)
      position(%position : tensor<1xi64>)
      pattern(#msa.window<left = 4>) scale(0.35355339059327379)
      -> tensor<1x1x4x8xf32>, tensor<1x1x4xf32>
  %new_keys = msa.carry %keys, %k : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
  %new_values = msa.carry %values, %v : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
  return %out, %new_keys, %new_values
      : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
}
