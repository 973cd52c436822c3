// RUN: msa-opt %s -split-input-file -verify-diagnostics

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>

func.func @mixed_types(%a: tensor<64x64xf16>, %b: tensor<64x64xbf16>, %o: tensor<64x64xf16>) {
  // expected-error @+1 {{(M1) multiplies one element type, got 'tensor<64x64xbf16>'}}
  %0 = msa_gpu.gemm "mk,kn->mn" ins(%a, %b : tensor<64x64xf16>, tensor<64x64xbf16>) outs(%o : tensor<64x64xf16>) schedule(#s) -> tensor<64x64xf16>
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>

func.func @no_form(%a: tensor<64x64xf16>, %b: tensor<64x64xf16>, %o: tensor<64x64xf16>) {
  // expected-error @+1 {{(M2) has a form like "mk,kn->mn", not "mk,kn"}}
  %0 = msa_gpu.gemm "mk,kn" ins(%a, %b : tensor<64x64xf16>, tensor<64x64xf16>) outs(%o : tensor<64x64xf16>) schedule(#s) -> tensor<64x64xf16>
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>

func.func @rank(%a: tensor<64x64xf16>, %b: tensor<64x64xf16>, %o: tensor<64x64xf16>) {
  // expected-error @+1 {{(M2) has "bmk" for 'tensor<64x64xf16>'}}
  %0 = msa_gpu.gemm "bmk,kn->mn" ins(%a, %b : tensor<64x64xf16>, tensor<64x64xf16>) outs(%o : tensor<64x64xf16>) schedule(#s) -> tensor<64x64xf16>
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>

func.func @sizes(%a: tensor<64x32xf16>, %b: tensor<64x64xf16>, %o: tensor<64x64xf16>) {
  // expected-error @+1 {{(M2) has two sizes for 'k': 32 and 64}}
  %0 = msa_gpu.gemm "mk,kn->mn" ins(%a, %b : tensor<64x32xf16>, tensor<64x64xf16>) outs(%o : tensor<64x64xf16>) schedule(#s) -> tensor<64x64xf16>
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>

func.func @places(%a: tensor<2x64x64xf16>, %b: tensor<2x64x64xf16>, %o: tensor<2x64x64xf16>) {
  // expected-error @+1 {{(M2) has 'h' in the wrong places}}
  %0 = msa_gpu.gemm "hmk,hkn->hmn" ins(%a, %b : tensor<2x64x64xf16>, tensor<2x64x64xf16>) outs(%o : tensor<2x64x64xf16>) schedule(#s) -> tensor<2x64x64xf16>
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>

func.func @ones(%a: tensor<2x64x64xf16>, %b: tensor<64x64xf16>, %o: tensor<64x64xf16>) {
  // expected-error @+1 {{(M2) has '1' for a size of 1 only}}
  %0 = msa_gpu.gemm "1mk,kn->mn" ins(%a, %b : tensor<2x64x64xf16>, tensor<64x64xf16>) outs(%o : tensor<64x64xf16>) schedule(#s) -> tensor<64x64xf16>
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>

func.func @left_transposed(%a: tensor<64x64xf16>, %b: tensor<64x64xf16>, %o: tensor<64x64xf16>) {
  // expected-error @+1 {{(M3) has last dimensions k, n or k, and n}}
  %0 = msa_gpu.gemm "km,kn->mn" ins(%a, %b : tensor<64x64xf16>, tensor<64x64xf16>) outs(%o : tensor<64x64xf16>) schedule(#s) -> tensor<64x64xf16>
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>

func.func @apart(%a: tensor<64x64xf16>, %b: tensor<64x2x64xf16>, %o: tensor<2x64x64xf16>) {
  // expected-error @+1 {{(M3) has dimensions of b that are none to the kernel}}
  %0 = msa_gpu.gemm "mk,nhk->hmn" ins(%a, %b : tensor<64x64xf16>, tensor<64x2x64xf16>) outs(%o : tensor<2x64x64xf16>) schedule(#s) -> tensor<2x64x64xf16>
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>

func.func @unaligned(%a: tensor<64x64xf16>, %b: tensor<64x60xf16>, %o: tensor<64x60xf16>) {
  // expected-error @+1 {{(M4) has last dimensions that are multiples of 8 elements, not 'tensor<64x60xf16>'}}
  %0 = msa_gpu.gemm "mk,kn->mn" ins(%a, %b : tensor<64x64xf16>, tensor<64x60xf16>) outs(%o : tensor<64x60xf16>) schedule(#s) -> tensor<64x60xf16>
  return
}

// -----

// expected-error @+1 {{(N1) warpgroups must lie in [1, 3], got 4}}
#s = #msa_gpu.gemm_schedule<warpgroups = 4, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>

// -----

// expected-error @+1 {{(N2) columns must be 64, 128, 192 or 256, got 96}}
#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 96, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>

// -----

// expected-error @+1 {{(N3) depth must be 64 or 128 and stages lie in [2, 8], got 64 and 1}}
#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 1, staged = 2, group = 16, cluster = 1, persistent = true>

// -----

// expected-error @+1 {{(N4) staged must divide the 3 panels of a tile, got 2}}
#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 192, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>

// -----

// expected-error @+1 {{(N5) group must lie in [1, 1024] and be a multiple of cluster, got 0}}
#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 0, cluster = 1, persistent = true>

// -----

// Less is staged before a stage is given up.

// expected-error @+1 {{(N6) needs 263168 bytes of shared memory, more than the 232448 of a block; this fits: columns = 256, depth = 64, stages = 4, staged = 2}}
#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 4, group = 16, cluster = 1, persistent = true>

// -----

// What ptxas refuses: "Insufficient registers (128)".

// expected-error @+1 {{(N7) three warpgroups have registers for at most 192 columns, got 256}}
#s = #msa_gpu.gemm_schedule<warpgroups = 3, columns = 256, depth = 64, stages = 3, staged = 2, group = 16, cluster = 1, persistent = true>

// -----

// expected-error @+1 {{(N5) cluster must be 1 or 2, got 4}}
#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 4, persistent = true>

// -----

// expected-error @+1 {{(N5) group must lie in [1, 1024] and be a multiple of cluster, got 15}}
#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 15, cluster = 2, persistent = true>
