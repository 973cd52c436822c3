// Adds its input to a total, which it returns and keeps.
func.func @step(%x: tensor<2x3xf32> {msa.name = "x"}, %total: tensor<2x3xf32> {msa.state = "total"})
    -> (tensor<2x3xf32> {msa.name = "y"}, tensor<2x3xf32> {msa.state = "total"}) {
  %e = tensor.empty() : tensor<2x3xf32>
  %y = linalg.add ins(%x, %total : tensor<2x3xf32>, tensor<2x3xf32>) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  return %y, %y : tensor<2x3xf32>, tensor<2x3xf32>
}
