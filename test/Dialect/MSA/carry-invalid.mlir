// RUN: msa-opt %s -split-input-file -verify-diagnostics

// One case for each numbered constraint of msa.carry, its patterns and gates.

func.func @f(%w: tensor<1x3x4xf32>, %s: tensor<1x8x5xf32>) {
  // expected-error @+1 {{(C1)}}
  %x = msa.carry %w, %s : tensor<1x3x4xf32>, tensor<1x8x5xf32>
  return
}

// -----

func.func @f(%w: tensor<3x4xf32>, %s: tensor<8x4xf32>) {
  // expected-error @+1 {{(C1)}}
  %x = msa.carry %w, %s : tensor<3x4xf32>, tensor<8x4xf32>
  return
}

// -----

func.func @f(%w: tensor<1x3x4xf32>, %s: tensor<1x8x4xf32>, %l: tensor<2xi64>) {
  // expected-error @+1 {{(C2)}}
  %x = msa.carry %w, %s length(%l : tensor<2xi64>) : tensor<1x3x4xf32>, tensor<1x8x4xf32>
  return
}
