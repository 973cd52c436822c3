// RUN: msa-opt %s -split-input-file -verify-diagnostics

// One case for each numbered constraint of msa.online_attend, its patterns and gates.

func.func @f(%q: tensor<8x4xf32>, %k: tensor<6x4xf32>, %acc: tensor<8x4xf32>, %m: tensor<8xf32>, %s: tensor<8xf32>, %x: index, %k3: tensor<1x6x4xf32>) {
  // expected-error @+1 {{(C1)}}
  %a:3 = msa.online_attend ins(%q, %k3, %k : tensor<8x4xf32>, tensor<1x6x4xf32>, tensor<6x4xf32>) outs(%acc, %m, %s : tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%q: tensor<8x4xf32>, %k: tensor<6x4xf32>, %acc: tensor<8x4xf32>, %m: tensor<8xf32>, %s: tensor<8xf32>, %x: index, %v: tensor<7x4xf32>) {
  // expected-error @+1 {{(C2)}}
  %a:3 = msa.online_attend ins(%q, %k, %v : tensor<8x4xf32>, tensor<6x4xf32>, tensor<7x4xf32>) outs(%acc, %m, %s : tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%q: tensor<8x4xf32>, %k: tensor<6x4xf32>, %acc: tensor<8x4xf32>, %m: tensor<8xf32>, %s: tensor<8xf32>, %x: index, %v: tensor<6x4xf16>) {
  // expected-error @+1 {{(C3)}}
  %a:3 = msa.online_attend ins(%q, %k, %v : tensor<8x4xf32>, tensor<6x4xf32>, tensor<6x4xf16>) outs(%acc, %m, %s : tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%q: tensor<8x4xf32>, %k: tensor<6x4xf32>, %acc: tensor<8x4xf32>, %m: tensor<8xf32>, %s: tensor<8xf32>, %x: index) {
  // expected-error @+1 {{(C4)}}
  %a:3 = msa.online_attend ins(%q, %k, %k : tensor<8x4xf32>, tensor<6x4xf32>, tensor<6x4xf32>) outs(%acc, %m, %s : tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>) pattern(#msa.causal) -> tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%q: tensor<8x4xf32>, %k: tensor<6x4xf32>, %acc: tensor<8x4xf32>, %m: tensor<8xf32>, %s: tensor<8xf32>, %x: index) {
  // expected-error @+1 {{(C4)}}
  %a:3 = msa.online_attend ins(%q, %k, %k : tensor<8x4xf32>, tensor<6x4xf32>, tensor<6x4xf32>) keys(%x, %x) outs(%acc, %m, %s : tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%q: tensor<8x4xf32>, %k: tensor<6x4xf32>, %acc: tensor<8x4xf32>, %m: tensor<8xf32>, %s: tensor<8xf32>, %x: index) {
  // expected-error @+1 {{(C5)}}
  %a:3 = msa.online_attend ins(%q, %k, %k : tensor<8x4xf32>, tensor<6x4xf32>, tensor<6x4xf32>) at(%x, %x) outs(%acc, %m, %s : tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>) pattern(#msa.random<count = 1, size = 4, span = 2>) -> tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%q: tensor<8x4xf32>, %k: tensor<6x4xf32>, %acc: tensor<8x4xf32>, %m: tensor<8xf32>, %s: tensor<8xf32>, %x: index) {
  // expected-error @+1 {{(C5)}}
  %a:3 = msa.online_attend ins(%q, %k, %k : tensor<8x4xf32>, tensor<6x4xf32>, tensor<6x4xf32>) at(%x, %x) outs(%acc, %m, %s : tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>) pattern(#msa.document) -> tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%q: tensor<8x4xf32>, %k: tensor<6x4xf32>, %acc: tensor<8x4xf32>, %m: tensor<8xf32>, %s: tensor<8xf32>, %x: index) {
  // expected-error @+1 {{(C6)}}
  %a:3 = msa.online_attend ins(%q, %k, %k : tensor<8x4xf32>, tensor<6x4xf32>, tensor<6x4xf32>) outs(%acc, %m, %s : tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<8x4xf32>, tensor<8xf32>, tensor<8xf64>
  return
}

// -----

func.func @f(%q: tensor<8x4xf32>, %k: tensor<6x4xf32>, %acc: tensor<8x4xf32>, %m: tensor<8xf32>, %s: tensor<8xf32>, %x: index) {
  // expected-error @+1 {{(C7)}}
  %a:3 = msa.online_attend ins(%q, %k, %k : tensor<8x4xf32>, tensor<6x4xf32>, tensor<6x4xf32>) outs(%acc, %m, %s : tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>) {scale = 0x7FF8000000000000 : f64} -> tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%q: tensor<8x4xf32>, %k: tensor<6x4xf32>, %acc: tensor<8x4xf32>, %m: tensor<8xf32>, %s: tensor<8xf32>, %x: index) {
  // expected-error @+1 {{(C8)}}
  %a:3 = msa.online_attend ins(%q, %k, %k : tensor<8x4xf32>, tensor<6x4xf32>, tensor<6x4xf32>) outs(%acc, %m, %s : tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>) score {
  ^bb0(%z: f32, %b: index, %h: index, %i: index, %j: index):
    msa.yield %z : f32
  } -> tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%q: tensor<8x4xf32>, %k: tensor<6x4xf32>, %acc: tensor<8x4xf32>, %m: tensor<8xf32>, %s: tensor<8xf32>, %x: index) {
  // expected-error @+1 {{(C9) the pattern takes 576 comparisons a pair}}
  %a:3 = msa.online_attend ins(%q, %k, %k : tensor<8x4xf32>, tensor<6x4xf32>, tensor<6x4xf32>) at(%x, %x) head(%x, %x) outs(%acc, %m, %s : tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>)
    pattern(#msa.any<#msa.random<count = 64, size = 4, span = 2, seed = 0>, #msa.random<count = 64, size = 4, span = 2, seed = 1>, #msa.random<count = 64, size = 4, span = 2, seed = 2>, #msa.random<count = 64, size = 4, span = 2, seed = 3>, #msa.random<count = 64, size = 4, span = 2, seed = 4>, #msa.random<count = 64, size = 4, span = 2, seed = 5>, #msa.random<count = 64, size = 4, span = 2, seed = 6>, #msa.random<count = 64, size = 4, span = 2, seed = 7>, #msa.random<count = 64, size = 4, span = 2, seed = 8>>) -> tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%q: tensor<4x8x2xbf16>, %k: tensor<6x8xbf16>, %v: tensor<16x6xbf16>, %acc: tensor<16x8xf32>, %m: tensor<8xf32>, %s: tensor<8xf32>) {
  // expected-error @+1 {{(C10) pairs needs transposed}}
  %a:3 = msa.online_attend ins(%q, %k, %v : tensor<4x8x2xbf16>, tensor<6x8xbf16>, tensor<16x6xbf16>) outs(%acc, %m, %s : tensor<16x8xf32>, tensor<8xf32>, tensor<8xf32>) {base2, pairs} -> tensor<16x8xf32>, tensor<8xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%q: tensor<4x8x2xbf16>, %k: tensor<1x6x8xbf16>, %v: tensor<16x6xbf16>, %acc: tensor<16x8xf32>, %m: tensor<8xf32>, %s: tensor<8xf32>) {
  // expected-error @+1 {{(C10) pairs needs a key and a value of rank 2}}
  %a:3 = msa.online_attend ins(%q, %k, %v : tensor<4x8x2xbf16>, tensor<1x6x8xbf16>, tensor<16x6xbf16>) outs(%acc, %m, %s : tensor<16x8xf32>, tensor<8xf32>, tensor<8xf32>) {transposed, base2, pairs} -> tensor<16x8xf32>, tensor<8xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%q: tensor<4x8x2xf16>, %k: tensor<6x8xbf16>, %v: tensor<16x6xbf16>, %acc: tensor<16x8xf32>, %m: tensor<8xf32>, %s: tensor<8xf32>) {
  // expected-error @+1 {{(C10) pairs needs bf16, got 'tensor<4x8x2xf16>'}}
  %a:3 = msa.online_attend ins(%q, %k, %v : tensor<4x8x2xf16>, tensor<6x8xbf16>, tensor<16x6xbf16>) outs(%acc, %m, %s : tensor<16x8xf32>, tensor<8xf32>, tensor<8xf32>) {transposed, base2, pairs} -> tensor<16x8xf32>, tensor<8xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%q: tensor<4x8x2xbf16>, %k: tensor<5x8xbf16>, %v: tensor<16x5xbf16>, %acc: tensor<16x8xf32>, %m: tensor<8xf32>, %s: tensor<8xf32>) {
  // expected-error @+1 {{(C10) pairs needs an even count of keys and channels, got 'tensor<5x8xbf16>'}}
  %a:3 = msa.online_attend ins(%q, %k, %v : tensor<4x8x2xbf16>, tensor<5x8xbf16>, tensor<16x5xbf16>) outs(%acc, %m, %s : tensor<16x8xf32>, tensor<8xf32>, tensor<8xf32>) {transposed, base2, pairs} -> tensor<16x8xf32>, tensor<8xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%q: tensor<4x8x2xbf16>, %k: tensor<6x7xbf16>, %v: tensor<16x6xbf16>, %acc: tensor<16x8xf32>, %m: tensor<8xf32>, %s: tensor<8xf32>) {
  // expected-error @+1 {{(C10) pairs needs an even count of keys and channels, got 'tensor<6x7xbf16>'}}
  %a:3 = msa.online_attend ins(%q, %k, %v : tensor<4x8x2xbf16>, tensor<6x7xbf16>, tensor<16x6xbf16>) outs(%acc, %m, %s : tensor<16x8xf32>, tensor<8xf32>, tensor<8xf32>) {transposed, base2, pairs} -> tensor<16x8xf32>, tensor<8xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%q: tensor<8x8xbf16>, %k: tensor<6x8xbf16>, %v: tensor<16x6xbf16>, %acc: tensor<16x8xf32>, %m: tensor<8xf32>, %s: tensor<8xf32>) {
  // expected-error @+1 {{(C10) with pairs the query must be 4 x N x 2, got 'tensor<8x8xbf16>'}}
  %a:3 = msa.online_attend ins(%q, %k, %v : tensor<8x8xbf16>, tensor<6x8xbf16>, tensor<16x6xbf16>) outs(%acc, %m, %s : tensor<16x8xf32>, tensor<8xf32>, tensor<8xf32>) {transposed, base2, pairs} -> tensor<16x8xf32>, tensor<8xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%q: tensor<3x8x2xbf16>, %k: tensor<6x8xbf16>, %v: tensor<16x6xbf16>, %acc: tensor<16x8xf32>, %m: tensor<8xf32>, %s: tensor<8xf32>) {
  // expected-error @+1 {{(C10) with pairs the query must be 4 x N x 2, got 'tensor<3x8x2xbf16>'}}
  %a:3 = msa.online_attend ins(%q, %k, %v : tensor<3x8x2xbf16>, tensor<6x8xbf16>, tensor<16x6xbf16>) outs(%acc, %m, %s : tensor<16x8xf32>, tensor<8xf32>, tensor<8xf32>) {transposed, base2, pairs} -> tensor<16x8xf32>, tensor<8xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%q: tensor<4x7x2xbf16>, %k: tensor<6x8xbf16>, %v: tensor<16x6xbf16>, %acc: tensor<16x8xf32>, %m: tensor<8xf32>, %s: tensor<8xf32>) {
  // expected-error @+1 {{(C2)}}
  %a:3 = msa.online_attend ins(%q, %k, %v : tensor<4x7x2xbf16>, tensor<6x8xbf16>, tensor<16x6xbf16>) outs(%acc, %m, %s : tensor<16x8xf32>, tensor<8xf32>, tensor<8xf32>) {transposed, base2, pairs} -> tensor<16x8xf32>, tensor<8xf32>, tensor<8xf32>
  return
}

// -----

// Values are turned there.
func.func @f(%q: tensor<4x8x2xbf16>, %k: tensor<6x8xbf16>, %v: tensor<6x16xbf16>, %acc: tensor<16x8xf32>, %m: tensor<8xf32>, %s: tensor<8xf32>) {
  // expected-error @+1 {{(C2) dimension 1 of value must be the keys = 6, got 16}}
  %a:3 = msa.online_attend ins(%q, %k, %v : tensor<4x8x2xbf16>, tensor<6x8xbf16>, tensor<6x16xbf16>) outs(%acc, %m, %s : tensor<16x8xf32>, tensor<8xf32>, tensor<8xf32>) {transposed, base2, pairs} -> tensor<16x8xf32>, tensor<8xf32>, tensor<8xf32>
  return
}
