// RUN: msa-opt %s -split-input-file -verify-diagnostics

// One case for each numbered constraint of msa.merge, its patterns and gates.

func.func @f(%a: tensor<8x4xf32>, %m: tensor<7xf32>) {
  // expected-error @+1 {{(C1)}}
  %o, %l = msa.merge ins(%a, %m, %a, %m : tensor<8x4xf32>, tensor<7xf32>)
  return
}

// -----

func.func @f(%a: tensor<8x4xf64>, %m: tensor<8xf32>) {
  // expected-error @+1 {{(C1)}}
  %o, %l = msa.merge ins(%a, %m, %a, %m : tensor<8x4xf64>, tensor<8xf32>)
  return
}
