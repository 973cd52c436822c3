// RUN: msa-opt %s -split-input-file -verify-diagnostics

// One case for each numbered constraint of msa.short_conv, its patterns and gates.

func.func @f(%x: tensor<1x8x4xf32>, %c: tensor<1x1x4xf32>, %w: tensor<3x4xf32>) {
  // expected-error @+1 {{(C1)}}
  %y = msa.short_conv %x, %c, %w : tensor<1x8x4xf32>, tensor<1x1x4xf32>, tensor<3x4xf32>
  return
}

// -----

func.func @f(%x: tensor<1x8x4xf32>, %c: tensor<1x16x4xf32>, %w: tensor<17x4xf32>) {
  // expected-error @+1 {{(C2)}}
  %y = msa.short_conv %x, %c, %w : tensor<1x8x4xf32>, tensor<1x16x4xf32>, tensor<17x4xf32>
  return
}
