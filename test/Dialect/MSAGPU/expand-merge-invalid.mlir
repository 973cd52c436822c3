// RUN: msa-opt %s -split-input-file -msa-gpu-expand-merge -verify-diagnostics

func.func @f(%p: memref<4x2x1x64xf32>, %pl: memref<4x2x1xf32>, %o: memref<2x2x1x64xf16>, %l: memref<2x2x1xf32>) {
  // expected-error @+1 {{must be the work of a kernel}}
  msa_gpu.merge ins(%p, %pl : memref<4x2x1x64xf32>, memref<4x2x1xf32>) outs(%o, %l : memref<2x2x1x64xf16>, memref<2x2x1xf32>)
  return
}

// -----

func.func private @f(%p: memref<4x2x1x64xf32>, %pl: memref<4x2x1xf32>, %o: memref<2x2x1x64xf16>, %l: memref<2x2x1xf32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  // expected-error @+1 {{must stand in the loop of its kernel}}
  msa_gpu.merge ins(%p, %pl : memref<4x2x1x64xf32>, memref<4x2x1xf32>) outs(%o, %l : memref<2x2x1x64xf16>, memref<2x2x1xf32>)
  return
}
