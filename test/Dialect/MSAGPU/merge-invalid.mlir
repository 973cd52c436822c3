// RUN: msa-opt %s -split-input-file -verify-diagnostics

// One case or more for each numbered constraint of msa_gpu.merge.

func.func @f(%p: tensor<4x2x3x64xf32>, %pl: memref<4x2x3xf32>, %o: tensor<2x2x3x64xbf16>, %l: tensor<2x2x3xf32>) {
  // expected-error @+1 {{(J1) takes tensors or memrefs, not both}}
  %0:2 = msa_gpu.merge ins(%p, %pl : tensor<4x2x3x64xf32>, memref<4x2x3xf32>) outs(%o, %l : tensor<2x2x3x64xbf16>, tensor<2x2x3xf32>) -> tensor<2x2x3x64xbf16>, tensor<2x2x3xf32>
  return
}

// -----

func.func @f(%p: tensor<4x2x3x64xf32>, %pl: tensor<4x2x3xf32>, %o: tensor<2x2x3x64xbf16>, %l: tensor<2x2x3xf32>) {
  // expected-error @+1 {{(J1) has two results on tensors, none on memrefs}}
  msa_gpu.merge ins(%p, %pl : tensor<4x2x3x64xf32>, tensor<4x2x3xf32>) outs(%o, %l : tensor<2x2x3x64xbf16>, tensor<2x2x3xf32>)
  return
}

// -----

func.func @f(%p: memref<4x2x3x64xf32>, %pl: memref<4x2x3xf32>, %o: memref<2x2x3x64xbf16>, %l: memref<2x2x3xf32>) {
  // expected-error @+1 {{(J1) has two results on tensors, none on memrefs}}
  %0 = msa_gpu.merge ins(%p, %pl : memref<4x2x3x64xf32>, memref<4x2x3xf32>) outs(%o, %l : memref<2x2x3x64xbf16>, memref<2x2x3xf32>) -> tensor<2x2x3xf32>
  return
}

// -----

func.func @f(%p: tensor<4x2x3x64xf32>, %pl: tensor<4x2x3xf32>, %o: tensor<2x2x3x64xbf16>, %l: tensor<2x2x3xf32>) {
  // expected-error @+1 {{(J1) has results of the types of its outs}}
  %0:2 = msa_gpu.merge ins(%p, %pl : tensor<4x2x3x64xf32>, tensor<4x2x3xf32>) outs(%o, %l : tensor<2x2x3x64xbf16>, tensor<2x2x3xf32>) -> tensor<2x2x3x64xf16>, tensor<2x2x3xf32>
  return
}

// -----

func.func @f(%p: tensor<?x2x3x64xf32>, %pl: tensor<4x2x3xf32>, %o: tensor<2x2x3x64xbf16>, %l: tensor<2x2x3xf32>) {
  // expected-error @+1 {{(J2) has static sizes from 1 to 2^31 - 1}}
  %0:2 = msa_gpu.merge ins(%p, %pl : tensor<?x2x3x64xf32>, tensor<4x2x3xf32>) outs(%o, %l : tensor<2x2x3x64xbf16>, tensor<2x2x3xf32>) -> tensor<2x2x3x64xbf16>, tensor<2x2x3xf32>
  return
}

// -----

func.func @f(%p: tensor<4x2x3x64xf32>, %pl: tensor<4x2x3xf32>, %o: tensor<2x2x3x64xbf16>, %l: tensor<2x0x3xf32>) {
  // expected-error @+1 {{(J2) has static sizes from 1 to 2^31 - 1}}
  %0:2 = msa_gpu.merge ins(%p, %pl : tensor<4x2x3x64xf32>, tensor<4x2x3xf32>) outs(%o, %l : tensor<2x2x3x64xbf16>, tensor<2x0x3xf32>) -> tensor<2x2x3x64xbf16>, tensor<2x0x3xf32>
  return
}

// -----

func.func @f(%p: tensor<4x2x3x64xf32>, %pl: tensor<4x2x3xf32>, %o: tensor<2x2x3x64xbf16>, %l: tensor<2x2x4xf32>) {
  // expected-error @+1 {{(J2) has an lse of the wrong shape}}
  %0:2 = msa_gpu.merge ins(%p, %pl : tensor<4x2x3x64xf32>, tensor<4x2x3xf32>) outs(%o, %l : tensor<2x2x3x64xbf16>, tensor<2x2x4xf32>) -> tensor<2x2x3x64xbf16>, tensor<2x2x4xf32>
  return
}

// -----

func.func @f(%p: tensor<4x2x3x64xf32>, %pl: tensor<2x2x3xf32>, %o: tensor<2x2x3x64xbf16>, %l: tensor<2x2x3xf32>) {
  // expected-error @+1 {{(J2) has an lse of the wrong shape}}
  %0:2 = msa_gpu.merge ins(%p, %pl : tensor<4x2x3x64xf32>, tensor<2x2x3xf32>) outs(%o, %l : tensor<2x2x3x64xbf16>, tensor<2x2x3xf32>) -> tensor<2x2x3x64xbf16>, tensor<2x2x3xf32>
  return
}

// -----

func.func @f(%p: tensor<5x2x3x64xf32>, %pl: tensor<5x2x3xf32>, %o: tensor<2x2x3x64xbf16>, %l: tensor<2x2x3xf32>) {
  // expected-error @+1 {{(J2) has partial results of the wrong shape 'tensor<5x2x3x64xf32>' for 'tensor<2x2x3x64xbf16>'}}
  %0:2 = msa_gpu.merge ins(%p, %pl : tensor<5x2x3x64xf32>, tensor<5x2x3xf32>) outs(%o, %l : tensor<2x2x3x64xbf16>, tensor<2x2x3xf32>) -> tensor<2x2x3x64xbf16>, tensor<2x2x3xf32>
  return
}

// -----

func.func @f(%p: tensor<4x2x3x128xf32>, %pl: tensor<4x2x3xf32>, %o: tensor<2x2x3x64xbf16>, %l: tensor<2x2x3xf32>) {
  // expected-error @+1 {{(J2) has partial results of the wrong shape 'tensor<4x2x3x128xf32>' for 'tensor<2x2x3x64xbf16>'}}
  %0:2 = msa_gpu.merge ins(%p, %pl : tensor<4x2x3x128xf32>, tensor<4x2x3xf32>) outs(%o, %l : tensor<2x2x3x64xbf16>, tensor<2x2x3xf32>) -> tensor<2x2x3x64xbf16>, tensor<2x2x3xf32>
  return
}

// -----

func.func @f(%p: tensor<130x2x3x64xf32>, %pl: tensor<130x2x3xf32>, %o: tensor<2x2x3x64xbf16>, %l: tensor<2x2x3xf32>) {
  // expected-error @+1 {{(J2) has partial results of the wrong shape 'tensor<130x2x3x64xf32>' for 'tensor<2x2x3x64xbf16>'}}
  %0:2 = msa_gpu.merge ins(%p, %pl : tensor<130x2x3x64xf32>, tensor<130x2x3xf32>) outs(%o, %l : tensor<2x2x3x64xbf16>, tensor<2x2x3xf32>) -> tensor<2x2x3x64xbf16>, tensor<2x2x3xf32>
  return
}

// -----

func.func @f(%p: tensor<4x2x3x64xf32>, %pl: tensor<4x2x3xf32>, %o: tensor<2x2x3x64xbf16>, %l: tensor<2x2x3xf32>) {
  // expected-error @+1 {{(J2) has an lse of the wrong shape}}
  %0:2 = msa_gpu.merge ins(%p, %pl : tensor<4x2x3x64xf32>, tensor<4x2x3xf32>) outs(%o, %l : tensor<2x2x3x64xbf16>, tensor<2x2x3xf32>) token_major -> tensor<2x2x3x64xbf16>, tensor<2x2x3xf32>
  return
}

// -----

func.func @f(%p: tensor<4x3x2x64xf32>, %pl: tensor<4x3x2xf32>, %o: tensor<2x3x2x64xbf16>, %l: tensor<2x2x3xf32>) {
  // expected-error @+1 {{(J2) has partial results of the wrong shape 'tensor<4x3x2x64xf32>' for 'tensor<2x3x2x64xbf16>'}}
  %0:2 = msa_gpu.merge ins(%p, %pl : tensor<4x3x2x64xf32>, tensor<4x3x2xf32>) outs(%o, %l : tensor<2x3x2x64xbf16>, tensor<2x2x3xf32>) token_major -> tensor<2x3x2x64xbf16>, tensor<2x2x3xf32>
  return
}
