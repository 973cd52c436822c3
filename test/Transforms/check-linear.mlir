// RUN: msa-opt %s -msa-check-linear -split-input-file -verify-diagnostics

func.func @fine(%w: tensor<1x3x4xf32> {msa.state = "w"}, %s: tensor<1x8x4xf32>) -> (tensor<1x3x4xf32> {msa.state = "w"}, tensor<12xf32>) {
  %v = tensor.collapse_shape %w [[0, 1, 2]] : tensor<1x3x4xf32> into tensor<12xf32>
  %e = tensor.empty() : tensor<12xf32>
  %read = linalg.copy ins(%v : tensor<12xf32>) outs(%e : tensor<12xf32>) -> tensor<12xf32>
  %n = msa.carry %w, %s : tensor<1x3x4xf32>, tensor<1x8x4xf32>
  return %n, %read : tensor<1x3x4xf32>, tensor<12xf32>
}

// -----

func.func @read_after(%w: tensor<1x3x4xf32>, %s: tensor<1x8x4xf32>) -> (tensor<1x3x4xf32>, tensor<12xf32>) {
  // expected-note @+1 {{updated here}}
  %n = msa.carry %w, %s : tensor<1x3x4xf32>, tensor<1x8x4xf32>
  %v = tensor.collapse_shape %w [[0, 1, 2]] : tensor<1x3x4xf32> into tensor<12xf32>
  %e = tensor.empty() : tensor<12xf32>
  // expected-error @+1 {{use of state after its update}}
  %read = linalg.copy ins(%v : tensor<12xf32>) outs(%e : tensor<12xf32>) -> tensor<12xf32>
  return %n, %read : tensor<1x3x4xf32>, tensor<12xf32>
}

// -----

func.func @two_updates(%w: tensor<1x3x4xf32>, %s: tensor<1x8x4xf32>) -> (tensor<1x3x4xf32>, tensor<1x3x4xf32>) {
  // expected-note @+1 {{updated here}}
  %a = msa.carry %w, %s : tensor<1x3x4xf32>, tensor<1x8x4xf32>
  // expected-error @+1 {{use of state after its update}}
  %b = msa.carry %w, %s : tensor<1x3x4xf32>, tensor<1x8x4xf32>
  return %a, %b : tensor<1x3x4xf32>, tensor<1x3x4xf32>
}

// -----

func.func @through_itself(%w: tensor<1x3x4xf32>) -> tensor<1x3x4xf32> {
  // expected-error @+1 {{reads the state that it updates}}
  %a = msa.carry %w, %w : tensor<1x3x4xf32>, tensor<1x3x4xf32>
  return %a : tensor<1x3x4xf32>
}

// -----

func.func @swapped(%a: tensor<2xf32> {msa.state = "a"}, %b: tensor<2xf32> {msa.state = "b"}) -> (tensor<2xf32> {msa.state = "a"}, tensor<2xf32> {msa.state = "b"}) {
  // expected-error @+1 {{is returned as state}}
  return %b, %a : tensor<2xf32>, tensor<2xf32>
}
