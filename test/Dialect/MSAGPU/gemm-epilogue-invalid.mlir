// RUN: msa-opt %s -split-input-file -verify-diagnostics

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>

func.func @result_types(%a: tensor<64x64xf16>, %b: tensor<64x64xf16>, %o: tensor<64x64xf16>) {
  // expected-error @+1 {{(M1) has one result of the type of each out on tensors, none on memrefs}}
  %0 = msa_gpu.gemm "mk,kn->mn" ins(%a, %b : tensor<64x64xf16>, tensor<64x64xf16>) outs(%o, %o : tensor<64x64xf16>, tensor<64x64xf16>) schedule(#s) -> tensor<64x64xf16>
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>

func.func @two_outs(%a: memref<64x64xf16>, %b: memref<64x64xf16>, %o: memref<64x64xf16>) {
  // expected-error @+1 {{(M5) has one out, or with an epilogue two, got 2}}
  msa_gpu.gemm "mk,kn->mn" ins(%a, %b : memref<64x64xf16>, memref<64x64xf16>) outs(%o, %o : memref<64x64xf16>, memref<64x64xf16>) schedule(#s)
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>

func.func @unlike_outs(%a: memref<64x64xf16>, %b: memref<64x64xf16>, %o: memref<64x64xf16>, %p: memref<64x64xf32>) {
  // expected-error @+1 {{(M5) has outs of one shape and element type, not 'memref<64x64xf16>' and 'memref<64x64xf32>'}}
  msa_gpu.gemm "mk,kn->mn" ins(%a, %b : memref<64x64xf16>, memref<64x64xf16>) outs(%o, %p : memref<64x64xf16>, memref<64x64xf32>) schedule(#s)
      epilogue {
  ^bb0(%x: f32):
    msa_gpu.yield %x : f32
  }
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>

func.func @no_epilogue(%a: memref<64x64xf16>, %b: memref<64x64xf16>, %o: memref<64x64xf16>) {
  // expected-error @+1 {{(M5) needs an epilogue for extras and rotate}}
  msa_gpu.gemm "mk,kn->mn" ins(%a, %b : memref<64x64xf16>, memref<64x64xf16>) outs(%o : memref<64x64xf16>) schedule(#s)
      extras(["mn"] : %o : memref<64x64xf16>)
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>

func.func @forms(%a: memref<64x64xf16>, %b: memref<64x64xf16>, %o: memref<64x64xf16>) {
  // expected-error @+1 {{(M6) has one form an extra}}
  msa_gpu.gemm "mk,kn->mn" ins(%a, %b : memref<64x64xf16>, memref<64x64xf16>) outs(%o : memref<64x64xf16>) schedule(#s)
      extras(["mn", "n"] : %o : memref<64x64xf16>) epilogue {
  ^bb0(%x: f32, %y: f32):
    msa_gpu.yield %x : f32
  }
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>

func.func @rank(%a: memref<64x64xf16>, %b: memref<64x64xf16>, %o: memref<64x64xf16>) {
  // expected-error @+1 {{(M6) has "n" for 'memref<64x64xf16>'}}
  msa_gpu.gemm "mk,kn->mn" ins(%a, %b : memref<64x64xf16>, memref<64x64xf16>) outs(%o : memref<64x64xf16>) schedule(#s)
      extras(["n"] : %o : memref<64x64xf16>) epilogue {
  ^bb0(%x: f32, %y: f32):
    msa_gpu.yield %x : f32
  }
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>

func.func @letter(%a: memref<64x64xf16>, %b: memref<64x64xf16>, %o: memref<64x64xf16>) {
  // expected-error @+1 {{(M6) has 'k' in the wrong place of "mk"}}
  msa_gpu.gemm "mk,kn->mn" ins(%a, %b : memref<64x64xf16>, memref<64x64xf16>) outs(%o : memref<64x64xf16>) schedule(#s)
      extras(["mk"] : %o : memref<64x64xf16>) epilogue {
  ^bb0(%x: f32, %y: f32):
    msa_gpu.yield %x : f32
  }
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>

func.func @twice(%a: memref<64x64xf16>, %b: memref<64x64xf16>, %o: memref<64x64xf16>) {
  // expected-error @+1 {{(M6) has 'n' in the wrong place of "nn"}}
  msa_gpu.gemm "mk,kn->mn" ins(%a, %b : memref<64x64xf16>, memref<64x64xf16>) outs(%o : memref<64x64xf16>) schedule(#s)
      extras(["nn"] : %o : memref<64x64xf16>) epilogue {
  ^bb0(%x: f32, %y: f32):
    msa_gpu.yield %x : f32
  }
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>

func.func @no_rotation(%a: memref<64x64xf16>, %b: memref<64x64xf16>, %o: memref<64x64xf16>, %t: memref<64x32xf32>) {
  // expected-error @+1 {{(M6) has 'p' in the wrong place of "mp"}}
  msa_gpu.gemm "mk,kn->mn" ins(%a, %b : memref<64x64xf16>, memref<64x64xf16>) outs(%o : memref<64x64xf16>) schedule(#s)
      extras(["mp"] : %t : memref<64x32xf32>) epilogue {
  ^bb0(%x: f32, %y: f32):
    msa_gpu.yield %x : f32
  }
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>

func.func @sizes(%a: memref<64x64xf16>, %b: memref<64x64xf16>, %o: memref<64x64xf16>, %t: memref<32xf32>) {
  // expected-error @+1 {{(M6) has two sizes for 'n', 32 in 'memref<32xf32>'}}
  msa_gpu.gemm "mk,kn->mn" ins(%a, %b : memref<64x64xf16>, memref<64x64xf16>) outs(%o : memref<64x64xf16>) schedule(#s)
      extras(["n"] : %t : memref<32xf32>) epilogue {
  ^bb0(%x: f32, %y: f32):
    msa_gpu.yield %x : f32
  }
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>

func.func @order(%a: memref<64x64xf16>, %b: memref<64x64xf16>, %o: memref<64x64xf16>) {
  // expected-error @+1 {{(M6) has n or p last, and h with n only, not "nm"}}
  msa_gpu.gemm "mk,kn->mn" ins(%a, %b : memref<64x64xf16>, memref<64x64xf16>) outs(%o : memref<64x64xf16>) schedule(#s)
      extras(["nm"] : %o : memref<64x64xf16>) epilogue {
  ^bb0(%x: f32, %y: f32):
    msa_gpu.yield %x : f32
  }
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>

func.func @head_alone(%a: memref<64x64xf16>, %b: memref<2x64x64xf16>, %o: memref<2x64x64xf16>, %t: memref<2xf32>) {
  // expected-error @+1 {{(M6) has n or p last, and h with n only, not "h"}}
  msa_gpu.gemm "mk,hkn->hmn" ins(%a, %b : memref<64x64xf16>, memref<2x64x64xf16>) outs(%o : memref<2x64x64xf16>) schedule(#s)
      extras(["h"] : %t : memref<2xf32>) epilogue {
  ^bb0(%x: f32, %y: f32):
    msa_gpu.yield %x : f32
  }
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 192, depth = 64, stages = 4, staged = 1, group = 16, cluster = 1, persistent = true>

func.func @rotation(%a: memref<64x64xf16>, %b: memref<64x128xf16>, %o: memref<64x128xf16>) {
  // expected-error @+1 {{(M7) rotates groups of 16 i columns that divide n and a tile's columns, not 128}}
  msa_gpu.gemm "mk,kn->mn" ins(%a, %b : memref<64x64xf16>, memref<64x128xf16>) outs(%o : memref<64x128xf16>) schedule(#s)
      rotate(128) epilogue {
  ^bb0(%x: f32, %y: f32):
    msa_gpu.yield %x : f32
  }
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>

func.func @arguments(%a: memref<64x64xf16>, %b: memref<64x64xf16>, %o: memref<64x64xf16>) {
  // expected-error @+1 {{(M8) has an epilogue with 3 arguments of f32}}
  msa_gpu.gemm "mk,kn->mn" ins(%a, %b : memref<64x64xf16>, memref<64x64xf16>) outs(%o : memref<64x64xf16>) schedule(#s)
      extras(["mn"] : %o : memref<64x64xf16>) rotate(32) epilogue {
  ^bb0(%x: f32, %y: f32):
    msa_gpu.yield %x : f32
  }
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>

func.func @yields(%a: memref<64x64xf16>, %b: memref<64x64xf16>, %o: memref<64x64xf16>) {
  // expected-error @+1 {{(M8) has an epilogue that yields f32}}
  msa_gpu.gemm "mk,kn->mn" ins(%a, %b : memref<64x64xf16>, memref<64x64xf16>) outs(%o : memref<64x64xf16>) schedule(#s)
      epilogue {
  ^bb0(%x: f32):
    %i = arith.constant true
    msa_gpu.yield %i : i1
  }
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>

func.func @body(%a: memref<64x64xf16>, %b: memref<64x64xf16>, %o: memref<64x64xf16>) {
  msa_gpu.gemm "mk,kn->mn" ins(%a, %b : memref<64x64xf16>, memref<64x64xf16>) outs(%o : memref<64x64xf16>) schedule(#s)
      epilogue {
  ^bb0(%x: f32):
    // expected-error @+1 {{(M8) is nothing that an epilogue computes}}
    %y = math.tanh %x : f32
    msa_gpu.yield %y : f32
  }
  return
}

// -----

func.func @half(%a: memref<64x64xf16>, %b: memref<64x64xf16>, %o: memref<64x64xf16>) {
  msa_gpu.gemm "mk,kn->mn" ins(%a, %b : memref<64x64xf16>, memref<64x64xf16>) outs(%o : memref<64x64xf16>)
      schedule(<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>) epilogue {
  ^bb0(%x: f32):
    // expected-error @+1 {{(M8) is nothing that an epilogue computes}}
    %y = arith.truncf %x : f32 to f16
    %z = arith.extf %y : f16 to f32
    msa_gpu.yield %z : f32
  }
  return
}
