// RUN: msa-opt %s -msa-entry-to-destination -split-input-file -verify-diagnostics

// expected-error @+1 {{which is no argument of the function}}
func.func @no_such_state(%a: tensor<2xf32>) -> (tensor<2xf32> {msa.state = "s"}) {
  return %a : tensor<2xf32>
}

// -----

// expected-error @+1 {{comes in as}}
func.func @state_of_two_types(%a: tensor<2xf32> {msa.state = "s"}, %b: tensor<3xf32>) -> (tensor<3xf32> {msa.state = "s"}) {
  return %b : tensor<3xf32>
}

// -----

// expected-error @+1 {{two results are state}}
func.func @state_twice(%a: tensor<2xf32> {msa.state = "s"}) -> (tensor<2xf32> {msa.state = "s"}, tensor<2xf32> {msa.state = "s"}) {
  return %a, %a : tensor<2xf32>, tensor<2xf32>
}

// -----

func.func private @elsewhere(tensor<2xf32>) -> tensor<2xf32>
func.func @call(%a: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @+1 {{this call can not be part of an entry}}
  %b = call @elsewhere(%a) : (tensor<2xf32>) -> tensor<2xf32>
  return %b : tensor<2xf32>
}
