// RUN: msa-opt %s -split-input-file -verify-diagnostics -msa-gpu-expand-gemm

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 64, depth = 64, stages = 4, staged = 1, group = 16, cluster = 1, persistent = true>

func.func private @apart_0(%a: memref<64x64xbf16>, %b: memref<4x64x64xbf16, strided<[8192, 64, 1]>>, %o: memref<4x64x64xbf16>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  // expected-error @+1 {{a right side of a tensor-core product has heads that are apart in memory}}
  msa_gpu.gemm "mk,hnk->hmn" ins(%a, %b : memref<64x64xbf16>, memref<4x64x64xbf16, strided<[8192, 64, 1]>>) outs(%o : memref<4x64x64xbf16>) schedule(#s)
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 64, depth = 64, stages = 4, staged = 1, group = 16, cluster = 1, persistent = true>

func.func private @moves_0(%a: memref<64x64xbf16, strided<[64, 1], offset: ?>>, %b: memref<64x64xbf16>, %o: memref<64x64xbf16>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  // expected-error @+1 {{an operand of a tensor-core kernel must be a view at a static place with dense rows}}
  msa_gpu.gemm "mk,kn->mn" ins(%a, %b : memref<64x64xbf16, strided<[64, 1], offset: ?>>, memref<64x64xbf16>) outs(%o : memref<64x64xbf16>) schedule(#s)
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 64, depth = 64, stages = 4, staged = 1, group = 16, cluster = 1, persistent = true>

func.func private @stride_0(%a: memref<64x64xbf16, strided<[68, 1]>>, %b: memref<64x64xbf16>, %o: memref<64x64xbf16>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  // expected-error @+1 {{(T4) strides must be positive, below 2^40 bytes and multiples of 16 bytes, got 68}}
  msa_gpu.gemm "mk,kn->mn" ins(%a, %b : memref<64x64xbf16, strided<[68, 1]>>, memref<64x64xbf16>) outs(%o : memref<64x64xbf16>) schedule(#s)
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 64, depth = 64, stages = 4, staged = 1, group = 16, cluster = 1, persistent = true>

func.func @entry(%a: memref<64x64xbf16>, %b: memref<64x64xbf16>, %o: memref<64x64xbf16>) {
  // expected-error @+1 {{must be the work of a kernel}}
  msa_gpu.gemm "mk,kn->mn" ins(%a, %b : memref<64x64xbf16>, memref<64x64xbf16>) outs(%o : memref<64x64xbf16>) schedule(#s)
  return
}

// -----

func.func private @odd_0(%a: memref<64x64xf16>, %b: memref<64x64xf16>, %r: memref<64x65xf16>, %o: memref<64x64xf16>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  %part = memref.subview %r[0, 0] [64, 64] [1, 1] : memref<64x65xf16> to memref<64x64xf16, strided<[65, 1]>>
  // expected-error @+1 {{an extra of a product must have rows at even places, not at 65}}
  msa_gpu.gemm "mk,kn->mn" ins(%a, %b : memref<64x64xf16>, memref<64x64xf16>) outs(%o : memref<64x64xf16>)
      schedule(<warpgroups = 1, columns = 64, depth = 64, stages = 2, staged = 1, group = 1, cluster = 1, persistent = true>)
      extras(["mn"] : %part : memref<64x64xf16, strided<[65, 1]>>) epilogue {
  ^bb0(%x: f32, %y: f32):
    msa_gpu.yield %y : f32
  }
  return
}
