// RUN: msa-opt %s -split-input-file -verify-diagnostics

// One case for each numbered constraint of msa.attend, its patterns and gates.

func.func @f(%q: tensor<1x2x?x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{(C1)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x?x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>)  pattern(#msa.causal) scale(0.5)  -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x0x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{(C1)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x0x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>)  pattern(#msa.causal) scale(0.5)  -> tensor<1x2x0x4xf32>, tensor<1x2x0xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x4294967296x4xf32>, %v: tensor<1x2x4294967296x4xf32>) {
  // expected-error @+1 {{(C1)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<1x2x4294967296x4xf32>, tensor<1x2x4294967296x4xf32>)  pattern(#msa.causal) scale(0.5)  -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf16>, %v: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{(C2)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf16>, tensor<1x2x8x4xf32>)  pattern(#msa.causal) scale(0.5)  -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{(C2)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>)  pattern(#msa.causal) scale(0.5)  -> tensor<1x2x8x4xf32>, tensor<1x2x8xf64>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<2x2x8x4xf32>, %v: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{(C3)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<2x2x8x4xf32>, tensor<1x2x8x4xf32>)  pattern(#msa.causal) scale(0.5)  -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x3x8x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{(C4)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x3x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>)  pattern(#msa.causal) scale(0.5)  -> tensor<1x3x8x4xf32>, tensor<1x3x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x1x8x4xf32>) {
  // expected-error @+1 {{(C4)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x1x8x4xf32>)  pattern(#msa.causal) scale(0.5)  -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x6xf32>, %v: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{(C5)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<1x2x8x6xf32>, tensor<1x2x8x4xf32>)  pattern(#msa.causal) scale(0.5)  -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x2x9x4xf32>) {
  // expected-error @+1 {{(C6)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x9x4xf32>)  pattern(#msa.causal) scale(0.5)  -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x2x8x4xf32>, %b: tensor<2xf32>) {
  // expected-error @+1 {{(C7)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) bias(%b : tensor<2xf32>) pattern(#msa.causal) scale(0.5)  -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x2x8x4xf32>, %bk: tensor<1x2x3x4xf32>, %b: tensor<3xf32>) {
  // expected-error @+1 {{(C7)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) bank(%bk, %bk : tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>) bias(%b : tensor<3xf32>) pattern(#msa.causal) scale(0.5)  -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x2x8x4xf32>, %p: tensor<2xi64>) {
  // expected-error @+1 {{(C8)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) position(%p : tensor<2xi64>) pattern(#msa.causal) scale(0.5)  -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x2x8x4xf32>, %p: tensor<3xi64>) {
  // expected-error @+1 {{(C8)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) length(%p : tensor<3xi64>) pattern(#msa.causal) scale(0.5)  -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{(C9)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>)  pattern(#msa.document) scale(0.5)  -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x2x8x4xf32>, %d: tensor<1x7xi32>) {
  // expected-error @+1 {{(C9)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) documents(%d : tensor<1x7xi32>) pattern(#msa.document) scale(0.5)  -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x2x8x4xf32>, %d: tensor<1x8xi32>) {
  // expected-error @+1 {{(C9)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) documents(%d : tensor<1x8xi32>) pattern(#msa.causal) scale(0.5)  -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{(C10)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>)  pattern(#msa.blocks<4>) scale(0.5)  -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x2x8x4xf32>, %t: tensor<1x2x1x3xi32>) {
  // expected-error @+1 {{(C10)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) blocks(%t : tensor<1x2x1x3xi32>) pattern(#msa.blocks<4>) scale(0.5)  -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x2x8x4xf32>, %t: tensor<1x2x2x2000xi32>) {
  // expected-error @+1 {{(C14)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) blocks(%t : tensor<1x2x2x2000xi32>) pattern(#msa.blocks<4>) scale(0.5)  -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{(C11)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>)  pattern(#msa.causal) scale(0.5)  -> tensor<1x2x8x5xf32>, tensor<1x2x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{(C11)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>)  pattern(#msa.causal) scale(0.5)  -> tensor<1x2x8x4xf32>, tensor<1x2x9xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{(C12)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>)  pattern(#msa.causal) scale(0x7FF0000000000000)  -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{(C13)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>)  pattern(#msa.causal) scale(0.5) score {
  ^bb0(%s: f64, %b: index, %h: index, %i: index, %j: index):
    msa.yield %s : f64
  } -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{(P1)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>)  pattern(#msa.window<left = -1>) scale(0.5)  -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{(P2)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>)  pattern(#msa.window<left = 1, dilation = 0>) scale(0.5)  -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{(P3)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>)  pattern(#msa.strided<0>) scale(0.5)  -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{(P4)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>)  pattern(#msa.random<count = 0, size = 4, span = 2>) scale(0.5)  -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{(P5)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>)  pattern(#msa.random<count = 1, size = 0, span = 2>) scale(0.5)  -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{(P6)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>)  pattern(#msa.global<0>) scale(0.5)  -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{(P7)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>)  pattern(#msa.blocks<2097152>) scale(0.5)  -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{(P8)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>)  pattern(#msa.any<#msa.blocks<4>, #msa.blocks<8>>) scale(0.5)  -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{(P8)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>)  pattern(#msa.all<>) scale(0.5)  -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{unknown}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>)  pattern(#msa.nonsense) scale(0.5)  -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{(P1)}}
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>)  pattern(#msa.window<left = 2199023255552>) scale(0.5)  -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x8x4xf32>, %b: tensor<1x2x2x512xi32>) {
  // expected-error @+1 {{(C14) the pattern takes 513 comparisons a pair}}
  %o, %l = msa.attend ins(%q, %q, %q : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) blocks(%b : tensor<1x2x2x512xi32>) pattern(#msa.any<#msa.blocks<4>, #msa.causal>) scale(1.0) -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return
}
