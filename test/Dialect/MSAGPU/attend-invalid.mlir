// RUN: msa-opt %s -split-input-file -verify-diagnostics

// One case or more for each numbered constraint of msa_gpu.attend.

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: memref<1x2x8x64xbf16>, %v: tensor<1x2x8x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A1) takes tensors or memrefs, not both}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, memref<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.causal) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x2x8x64xbf16>, %v: tensor<1x2x8x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A1) has three results on tensors, none on memrefs}}
  msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.causal) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x2x8x64xbf16>, %v: tensor<1x2x8x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A1) has results of the types of its outs}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.causal) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x9xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A1) takes one query, key, value, out, lse and counter}}
  %0:3 = "msa_gpu.attend"(%q, %q, %q, %q, %l, %c) {operandSegmentSizes = array<i32: 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1>,
      pattern = #msa.causal, scale = 0.125 : f64, schedule = #msa_gpu.schedule<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>}
      : (tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) -> (tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>)
  return
}

// -----

func.func @f(%q: tensor<1x2x8x112xbf16>, %k: tensor<1x2x8x112xbf16>, %v: tensor<1x2x8x112xbf16>, %o: tensor<1x2x8x112xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A2) has head dimensions 64, 80, 96, 128 or 256, got 112}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x112xbf16>, tensor<1x2x8x112xbf16>, tensor<1x2x8x112xbf16>)
      outs(%o, %l, %c : tensor<1x2x8x112xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.causal) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<1x2x8x112xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x3x8x64xbf16>, %v: tensor<1x3x8x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A2) has query heads that are no multiple of KV heads}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x3x8x64xbf16>, tensor<1x3x8x64xbf16>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.causal) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x0x8x64xbf16>, %v: tensor<1x0x8x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A2) has static sizes from 1 to 2^31 - 1}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x0x8x64xbf16>, tensor<1x0x8x64xbf16>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.causal) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x2x?x64xbf16>, %v: tensor<1x2x?x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A2) has static sizes from 1 to 2^31 - 1}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x?x64xbf16>, tensor<1x2x?x64xbf16>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.causal) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x2x2147483648x64xbf16>, %v: tensor<1x2x2147483648x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A2) has static sizes from 1 to 2^31 - 1}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x2147483648x64xbf16>, tensor<1x2x2147483648x64xbf16>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.causal) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x2x8x64xf16>, %v: tensor<1x2x8x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A2) has a key of the wrong type}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x8x64xf16>, tensor<1x2x8x64xbf16>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.causal) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x2x8x64xbf16>, %v: tensor<1x2x9x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A2) has a value of the wrong type}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x9x64xbf16>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.causal) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x2x8x64xbf16>, %v: tensor<1x2x8x64xbf16>, %o: tensor<1x2x9x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A2) has an out of the wrong type}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>)
      outs(%o, %l, %c : tensor<1x2x9x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.causal) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<1x2x9x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x2x8x64xbf16>, %v: tensor<1x2x8x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>, %w: tensor<1x2x5x64xbf16>, %u: tensor<1x2x6x64xbf16>) {
  // expected-error @+1 {{(A2) has a window_value of the wrong type}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>) window(%w, %u : tensor<1x2x5x64xbf16>, tensor<1x2x6x64xbf16>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.causal) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x2x8x64xbf16>, %v: tensor<1x2x8x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>, %w: tensor<2x2x5x64xbf16>) {
  // expected-error @+1 {{(A2) has a bank_key of the wrong type}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>) bank(%w, %w : tensor<2x2x5x64xbf16>, tensor<2x2x5x64xbf16>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.causal) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x2x8x64xbf16>, %v: tensor<1x2x8x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>, %w: tensor<2xf32>) {
  // expected-error @+1 {{(A2) has parts whose key, value or bias is missing}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>) bias(%w : tensor<2xf32>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.causal) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x2x8x64xbf16>, %v: tensor<1x2x8x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>, %w: tensor<1x2x5x64xbf16>, %b: tensor<3xf32>) {
  // expected-error @+1 {{(A2) has a bias of the wrong size}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>) bank(%w, %w : tensor<1x2x5x64xbf16>, tensor<1x2x5x64xbf16>) bias(%b : tensor<3xf32>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.causal) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x2x8x64xbf16>, %v: tensor<1x2x8x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>, %n: tensor<2xi64>) {
  // expected-error @+1 {{(A2) has position, length or offset of the wrong size}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>) position(%n : tensor<2xi64>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.causal) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x2x8x64xbf16>, %v: tensor<1x2x8x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>, %n: tensor<2xi64>) {
  // expected-error @+1 {{(A2) has position, length or offset of the wrong size}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>) length(%n : tensor<2xi64>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.causal) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x2x8x64xbf16>, %v: tensor<1x2x8x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>, %n: tensor<2xi64>) {
  // expected-error @+1 {{(A2) has position, length or offset of the wrong size}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>) offset(%n : tensor<2xi64>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.causal) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x2x8x64xbf16>, %v: tensor<1x2x8x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x9xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A2) has an lse of the wrong shape}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x9xf32>, tensor<1xi32>) pattern(#msa.causal) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x9xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x2x8x64xbf16>, %v: tensor<1x2x8x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A3) has documents and blocks exactly where the pattern reads them}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.document) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x2x8x64xbf16>, %v: tensor<1x2x8x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>, %d: tensor<1x8xi32>) {
  // expected-error @+1 {{(A3) has documents and blocks exactly where the pattern reads them}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>) documents(%d : tensor<1x8xi32>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.causal) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x2x8x64xbf16>, %v: tensor<1x2x8x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A3) has documents and blocks exactly where the pattern reads them}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.blocks<64>) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x2x8x64xbf16>, %v: tensor<1x2x8x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>, %d: tensor<1x2x1x3xi32>) {
  // expected-error @+1 {{(A3) has documents and blocks exactly where the pattern reads them}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>) blocks(%d : tensor<1x2x1x3xi32>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.causal) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x2x8x64xbf16>, %v: tensor<1x2x8x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>, %d: tensor<1x9xi32>) {
  // expected-error @+1 {{(A3) has documents of the wrong shape}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>) documents(%d : tensor<1x9xi32>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.document) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x2x8x64xbf16>, %v: tensor<1x2x8x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>, %d: tensor<1x1x1x3xi32>) {
  // expected-error @+1 {{(A3) has blocks of the wrong shape}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>) blocks(%d : tensor<1x1x1x3xi32>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.blocks<64>) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x2x8x64xbf16>, %v: tensor<1x2x8x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>, %d: tensor<2x2x1x3xi32>) {
  // expected-error @+1 {{(A3) has blocks of the wrong shape}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>) blocks(%d : tensor<2x2x1x3xi32>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.blocks<64>) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x2x8x64xbf16>, %v: tensor<1x2x8x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A7) can not overlap}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.strided<4>) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, overlap = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x2x8x64xbf16>, %v: tensor<1x2x8x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A8) packs heads that differ in their keys}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.causal) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, packs = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x4x8x64xbf16>, %k: tensor<1x2x8x64xbf16>, %v: tensor<1x2x8x64xbf16>, %o: tensor<1x4x8x64xbf16>, %l: tensor<1x4x8xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A8) packs heads that differ in their keys}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x4x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>)
      outs(%o, %l, %c : tensor<1x4x8x64xbf16>, tensor<1x4x8xf32>, tensor<1xi32>) pattern(#msa.random<count = 2, size = 64, span = 8>) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, packs = true>) -> tensor<1x4x8x64xbf16>, tensor<1x4x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x2x8x64xbf16>, %v: tensor<1x2x8x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A3) has a scale between 2^-64 and 2^64}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.causal) scale(0.0)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x2x8x64xbf16>, %v: tensor<1x2x8x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A3) has a scale between 2^-64 and 2^64}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.causal) scale(-1.0)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x2x8x64xbf16>, %v: tensor<1x2x8x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A3) has a scale between 2^-64 and 2^64}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.causal) scale(0x7FF0000000000000)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x2x8x64xbf16>, %v: tensor<1x2x8x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A3) has a scale between 2^-64 and 2^64}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.causal) scale(0x7FF8000000000000)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x2x8x64xbf16>, %v: tensor<1x2x8x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A3) has a scale between 2^-64 and 2^64}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.causal) scale(1.0e-30)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x128xbf16>, %k: tensor<1x2x8x128xbf16>, %v: tensor<1x2x8x128xbf16>, %o: tensor<1x2x8x128xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A4) needs 623616 bytes of shared memory, more than the 232448 of a block; this fits: #msa_gpu.schedule<warpgroups = 3, keys = 128, stages = 2}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x128xbf16>, tensor<1x2x8x128xbf16>, tensor<1x2x8x128xbf16>)
      outs(%o, %l, %c : tensor<1x2x8x128xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.causal) scale(0.125)
      schedule(<warpgroups = 3, keys = 128, stages = 8, rescale = lazy, skip = true, half = true, persistent = true>) -> tensor<1x2x8x128xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x128xbf16>, %k: tensor<1x2x8x128xbf16>, %v: tensor<1x2x8x128xbf16>, %o: tensor<1x2x8x128xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A5) needs 196 registers for fragments, more than 160; this fits: #msa_gpu.schedule<warpgroups = 3, keys = 128, stages = 1}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x128xbf16>, tensor<1x2x8x128xbf16>, tensor<1x2x8x128xbf16>)
      outs(%o, %l, %c : tensor<1x2x8x128xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.causal) scale(0.125)
      schedule(<warpgroups = 3, keys = 176, stages = 1, rescale = lazy, skip = true, half = false, persistent = false>) -> tensor<1x2x8x128xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x2x8x64xbf16>, %v: tensor<1x2x8x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<2xi32>) {
  // expected-error @+1 {{(A6) has a counter of one element}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<2xi32>) pattern(#msa.causal) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<2xi32>
  return
}

// -----

// No tile is cut on the right, so that a query tile far behind the keys has none to begin with.
func.func @f(%q: tensor<1x2x64x64xbf16>, %o: tensor<1x2x64x64xbf16>, %l: tensor<1x2x64xf32>, %c: tensor<1xi32>, %n: tensor<1xi64>) {
  // expected-error @+1 {{(A7) can not overlap}}
  %0:3 = msa_gpu.attend ins(%q, %q, %q : tensor<1x2x64x64xbf16>, tensor<1x2x64x64xbf16>, tensor<1x2x64x64xbf16>) offset(%n : tensor<1xi64>)
      outs(%o, %l, %c : tensor<1x2x64x64xbf16>, tensor<1x2x64xf32>, tensor<1xi32>) pattern(#msa.window<left = 100, right = 4000000000>) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, overlap = true>) -> tensor<1x2x64x64xbf16>, tensor<1x2x64xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x1024x64xbf16>, %k: tensor<1x2x64x64xbf16>, %o: tensor<1x2x1024x64xbf16>, %l: tensor<1x2x1024xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A7) can not overlap}}
  %0:3 = msa_gpu.attend ins(%q, %k, %k : tensor<1x2x1024x64xbf16>, tensor<1x2x64x64xbf16>, tensor<1x2x64x64xbf16>)
      outs(%o, %l, %c : tensor<1x2x1024x64xbf16>, tensor<1x2x1024xf32>, tensor<1xi32>) pattern(#msa.window<left = 100, right = 4000000000>) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, overlap = true>) -> tensor<1x2x1024x64xbf16>, tensor<1x2x1024xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{requires attribute 'schedule'}}
  %0:3 = "msa_gpu.attend"(%q, %q, %q, %q, %l, %c) {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1>,
      pattern = #msa.causal, scale = 0.125 : f64}
      : (tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) -> (tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>)
  return
}

// -----

func.func @f(%q: tensor<2x4x1x64xbf16>, %k: tensor<2x2x8x64xbf16>, %o: tensor<2x4x1x64xbf16>, %l: tensor<2x4x1xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A9) stacks heads under a pattern that is no band}}
  %0:3 = msa_gpu.attend ins(%q, %k, %k : tensor<2x4x1x64xbf16>, tensor<2x2x8x64xbf16>, tensor<2x2x8x64xbf16>)
      outs(%o, %l, %c : tensor<2x4x1x64xbf16>, tensor<2x4x1xf32>, tensor<1xi32>) pattern(#msa.random<count = 1, size = 8, span = 1>) scale(0.125)
      schedule(<warpgroups = 1, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, stacked = true>) -> tensor<2x4x1x64xbf16>, tensor<2x4x1xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<2x4x1x64xbf16>, %k: tensor<2x2x8x64xbf16>, %o: tensor<6x4x1x64xbf16>, %l: tensor<6x4x1xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A10) has an out of the wrong type 'tensor<6x4x1x64xbf16>'}}
  %0:3 = msa_gpu.attend ins(%q, %k, %k : tensor<2x4x1x64xbf16>, tensor<2x2x8x64xbf16>, tensor<2x2x8x64xbf16>)
      outs(%o, %l, %c : tensor<6x4x1x64xbf16>, tensor<6x4x1xf32>, tensor<1xi32>) pattern(#msa.full) scale(0.125)
      schedule(<warpgroups = 1, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, stacked = true, splits = 3>) -> tensor<6x4x1x64xbf16>, tensor<6x4x1xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<2x4x1x64xbf16>, %k: tensor<2x2x8x64xbf16>, %o: tensor<2x4x1x64xf32>, %l: tensor<2x4x1xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A10) has an out of the wrong type 'tensor<2x4x1x64xf32>'}}
  %0:3 = msa_gpu.attend ins(%q, %k, %k : tensor<2x4x1x64xbf16>, tensor<2x2x8x64xbf16>, tensor<2x2x8x64xbf16>)
      outs(%o, %l, %c : tensor<2x4x1x64xf32>, tensor<2x4x1xf32>, tensor<1xi32>) pattern(#msa.full) scale(0.125)
      schedule(<warpgroups = 1, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, stacked = true, splits = 3>) -> tensor<2x4x1x64xf32>, tensor<2x4x1xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<2x4x1x64xbf16>, %k: tensor<2x2x8x64xbf16>, %o: tensor<6x4x1x64xf32>, %l: tensor<2x4x1xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A2) has an lse of the wrong shape}}
  %0:3 = msa_gpu.attend ins(%q, %k, %k : tensor<2x4x1x64xbf16>, tensor<2x2x8x64xbf16>, tensor<2x2x8x64xbf16>)
      outs(%o, %l, %c : tensor<6x4x1x64xf32>, tensor<2x4x1xf32>, tensor<1xi32>) pattern(#msa.full) scale(0.125)
      schedule(<warpgroups = 1, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, stacked = true, splits = 3>) -> tensor<6x4x1x64xf32>, tensor<2x4x1xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<2x4x1x64xbf16>, %k: tensor<2x2x8x64xbf16>, %o: tensor<2x4x1x64xf32>, %l: tensor<2x4x1xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A2) has an out of the wrong type 'tensor<2x4x1x64xf32>'}}
  %0:3 = msa_gpu.attend ins(%q, %k, %k : tensor<2x4x1x64xbf16>, tensor<2x2x8x64xbf16>, tensor<2x2x8x64xbf16>)
      outs(%o, %l, %c : tensor<2x4x1x64xf32>, tensor<2x4x1xf32>, tensor<1xi32>) pattern(#msa.full) scale(0.125)
      schedule(<warpgroups = 1, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, stacked = true>) -> tensor<2x4x1x64xf32>, tensor<2x4x1xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<16384x128x1x64xbf16>, %k: tensor<16384x2x8x64xbf16>, %o: tensor<1048576x128x1x64xf32>, %l: tensor<1048576x128x1xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A10) has more than 2^30 elements of partial results}}
  %0:3 = msa_gpu.attend ins(%q, %k, %k : tensor<16384x128x1x64xbf16>, tensor<16384x2x8x64xbf16>, tensor<16384x2x8x64xbf16>)
      outs(%o, %l, %c : tensor<1048576x128x1x64xf32>, tensor<1048576x128x1xf32>, tensor<1xi32>) pattern(#msa.full) scale(0.125)
      schedule(<warpgroups = 1, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, stacked = true, splits = 64>) -> tensor<1048576x128x1x64xf32>, tensor<1048576x128x1xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<2x4x9x64xbf16>, %k: tensor<2x2x8x64xbf16>, %o: tensor<2x4x9x64xbf16>, %l: tensor<2x4x9xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A11) has an out of the wrong type 'tensor<2x4x9x64xbf16>'}}
  %0:3 = msa_gpu.attend ins(%q, %k, %k : tensor<2x4x9x64xbf16>, tensor<2x2x8x64xbf16>, tensor<2x2x8x64xbf16>)
      outs(%o, %l, %c : tensor<2x4x9x64xbf16>, tensor<2x4x9xf32>, tensor<1xi32>) token_major pattern(#msa.full) scale(0.125)
      schedule(<warpgroups = 1, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<2x4x9x64xbf16>, tensor<2x4x9xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<2x4x9x64xbf16>, %k: tensor<2x2x8x64xbf16>, %o: tensor<2x9x4x64xbf16>, %l: tensor<2x4x9xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A2) has an out of the wrong type 'tensor<2x9x4x64xbf16>'}}
  %0:3 = msa_gpu.attend ins(%q, %k, %k : tensor<2x4x9x64xbf16>, tensor<2x2x8x64xbf16>, tensor<2x2x8x64xbf16>)
      outs(%o, %l, %c : tensor<2x9x4x64xbf16>, tensor<2x4x9xf32>, tensor<1xi32>) pattern(#msa.full) scale(0.125)
      schedule(<warpgroups = 1, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<2x9x4x64xbf16>, tensor<2x4x9xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<2x4x9x64xbf16>, %k: tensor<2x2x8x64xbf16>, %o: tensor<2x9x4x64xbf16>, %l: tensor<2x9x4xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A2) has an lse of the wrong shape}}
  %0:3 = msa_gpu.attend ins(%q, %k, %k : tensor<2x4x9x64xbf16>, tensor<2x2x8x64xbf16>, tensor<2x2x8x64xbf16>)
      outs(%o, %l, %c : tensor<2x9x4x64xbf16>, tensor<2x9x4xf32>, tensor<1xi32>) token_major pattern(#msa.full) scale(0.125)
      schedule(<warpgroups = 1, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>) -> tensor<2x9x4x64xbf16>, tensor<2x9x4xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<2x4x3x64xbf16>, %k: tensor<2x4x8x64xbf16>, %o: tensor<6x3x4x64xf32>, %l: tensor<6x4x3xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A11) has a token_major out of partial results or of stacked heads of several queries}}
  %0:3 = msa_gpu.attend ins(%q, %k, %k : tensor<2x4x3x64xbf16>, tensor<2x4x8x64xbf16>, tensor<2x4x8x64xbf16>)
      outs(%o, %l, %c : tensor<6x3x4x64xf32>, tensor<6x4x3xf32>, tensor<1xi32>) token_major pattern(#msa.full) scale(0.125)
      schedule(<warpgroups = 1, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, stacked = true, splits = 3>) -> tensor<6x3x4x64xf32>, tensor<6x4x3xf32>, tensor<1xi32>
  return
}

// -----

func.func @f(%q: tensor<2x4x3x64xbf16>, %k: tensor<2x2x8x64xbf16>, %o: tensor<2x3x4x64xbf16>, %l: tensor<2x4x3xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A11) has a token_major out of partial results or of stacked heads of several queries}}
  %0:3 = msa_gpu.attend ins(%q, %k, %k : tensor<2x4x3x64xbf16>, tensor<2x2x8x64xbf16>, tensor<2x2x8x64xbf16>)
      outs(%o, %l, %c : tensor<2x3x4x64xbf16>, tensor<2x4x3xf32>, tensor<1xi32>) token_major pattern(#msa.full) scale(0.125)
      schedule(<warpgroups = 1, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, stacked = true>) -> tensor<2x3x4x64xbf16>, tensor<2x4x3xf32>, tensor<1xi32>
  return
}

// -----

// Where key tiles are listed the pipeline may start with nothing, but not before a bank.
func.func @f(%q: tensor<1x2x8x64xbf16>, %k: tensor<1x2x8x64xbf16>, %v: tensor<1x2x8x64xbf16>, %o: tensor<1x2x8x64xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>, %d: tensor<1x8xi32>) {
  // expected-error @+1 {{(A7) can not overlap}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>) bank(%k, %v : tensor<1x2x8x64xbf16>, tensor<1x2x8x64xbf16>) documents(%d : tensor<1x8xi32>)
      outs(%o, %l, %c : tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.document) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, overlap = true>) -> tensor<1x2x8x64xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

// A second tile of queries has to fit too.
func.func @f(%q: tensor<1x2x8x128xbf16>, %k: tensor<1x2x8x128xbf16>, %v: tensor<1x2x8x128xbf16>, %o: tensor<1x2x8x128xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A4) needs 279552 bytes of shared memory, more than the 232448 of a block; this fits: #msa_gpu.schedule<warpgroups = 3, keys = 128, stages = 1, rescale = lazy, skip = false, half = false, persistent = true, ahead = true>}}
  %0:3 = msa_gpu.attend ins(%q, %k, %v : tensor<1x2x8x128xbf16>, tensor<1x2x8x128xbf16>, tensor<1x2x8x128xbf16>)
      outs(%o, %l, %c : tensor<1x2x8x128xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.causal) scale(0.125)
      schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, ahead = true>) -> tensor<1x2x8x128xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}

// -----

// Code for sm_80 runs on GPUs whose blocks have less.
func.func @f(%q: tensor<1x2x8x256xbf16>, %o: tensor<1x2x8x256xbf16>, %l: tensor<1x2x8xf32>, %c: tensor<1xi32>) {
  // expected-error @+1 {{(A4) needs 131072 bytes of shared memory, more than the 101376 of a block; this fits: #msa_gpu.schedule<warpgroups = 2, keys = 32, stages = 1}}
  %0:3 = msa_gpu.attend ins(%q, %q, %q : tensor<1x2x8x256xbf16>, tensor<1x2x8x256xbf16>, tensor<1x2x8x256xbf16>)
      outs(%o, %l, %c : tensor<1x2x8x256xbf16>, tensor<1x2x8xf32>, tensor<1xi32>) pattern(#msa.causal) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 1, rescale = lazy, skip = false, half = false, persistent = false, mma = true>) -> tensor<1x2x8x256xbf16>, tensor<1x2x8xf32>, tensor<1xi32>
  return
}
