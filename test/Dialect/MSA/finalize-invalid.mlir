// RUN: msa-opt %s -split-input-file -verify-diagnostics

// One case for each numbered constraint of msa.finalize, its patterns and gates.

func.func @f(%a: tensor<8x4xf16>, %m: tensor<8xf16>) {
  // expected-error @+1 {{(C1)}}
  %o, %l = msa.finalize ins(%a, %m, %m : tensor<8x4xf16>, tensor<8xf16>, tensor<8xf16>) -> tensor<8x4xf16>, tensor<8xf16>
  return
}

// -----

func.func @f(%a: tensor<8x4xf32>, %m: tensor<8xf32>) {
  // expected-error @+1 {{(C2)}}
  %o, %l = msa.finalize ins(%a, %m, %m : tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<4x8xf32>, tensor<8xf32>
  return
}
