// RUN: msa-opt %s -split-input-file -verify-diagnostics

// One case for each numbered constraint of msa.bank_write, its patterns and gates.

func.func @f(%m: tensor<1x3x4xf32>, %w: tensor<4x4xf32>, %n: tensor<4x1xf32>, %b4: tensor<4xf32>, %b1: tensor<1xf32>, %c: tensor<1x2x4xf32>) {
  // expected-error @+1 {{(C1)}}
  %x = msa.bank_write %m, %c gate(#msa.gru) weights(%w, %w, %b4, %n, %n, %b1, %w, %w, %b4 : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4xf32>, tensor<4x1xf32>, tensor<4x1xf32>, tensor<1xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4xf32>) : tensor<1x3x4xf32>, tensor<1x2x4xf32> -> tensor<1x3x4xf32>
  return
}

// -----

func.func @f(%m: tensor<1x3x4xf32>, %w: tensor<4x4xf32>, %n: tensor<4x1xf32>, %b4: tensor<4xf32>, %b1: tensor<1xf32>, %c: tensor<1x3x4xf32>) {
  // expected-error @+1 {{(C2)}}
  %x = msa.bank_write %m, %c gate(#msa.gru) weights(%w : tensor<4x4xf32>) : tensor<1x3x4xf32>, tensor<1x3x4xf32> -> tensor<1x3x4xf32>
  return
}

// -----

func.func @f(%m: tensor<1x3x4xf32>, %w: tensor<4x4xf32>, %n: tensor<4x1xf32>, %b4: tensor<4xf32>, %b1: tensor<1xf32>, %c: tensor<1x3x4xf32>) {
  // expected-error @+1 {{(C2)}}
  %x = msa.bank_write %m, %c gate(#msa.gru<perSlot = false>) weights(%w, %w, %b4, %n, %n, %b1, %w, %w, %b4 : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4xf32>, tensor<4x1xf32>, tensor<4x1xf32>, tensor<1xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4xf32>) : tensor<1x3x4xf32>, tensor<1x3x4xf32> -> tensor<1x3x4xf32>
  return
}

// -----

func.func @f(%m: tensor<1x3x4xf32>, %w: tensor<4x4xf32>, %n: tensor<4x1xf32>, %b4: tensor<4xf32>, %b1: tensor<1xf32>, %c: tensor<1x3x4xf32>, %sc: tensor<1x3xf32>) {
  // expected-error @+1 {{(C3)}}
  %x = msa.bank_write %m, %c gate(#msa.gru) weights(%w, %w, %b4, %n, %n, %b1, %w, %w, %b4 : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4xf32>, tensor<4x1xf32>, tensor<4x1xf32>, tensor<1xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4xf32>) top 4 of(%sc : tensor<1x3xf32>) : tensor<1x3x4xf32>, tensor<1x3x4xf32> -> tensor<1x3x4xf32>
  return
}

// -----

func.func @f(%m: tensor<1x3x4xf32>, %w: tensor<4x4xf32>, %n: tensor<4x1xf32>, %b4: tensor<4xf32>, %b1: tensor<1xf32>, %c: tensor<1x3x4xf32>, %sc: tensor<1x3xf32>) {
  // expected-error @+1 {{(C3)}}
  %x = msa.bank_write %m, %c gate(#msa.gru) weights(%w, %w, %b4, %n, %n, %b1, %w, %w, %b4 : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4xf32>, tensor<4x1xf32>, tensor<4x1xf32>, tensor<1xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4xf32>) top 0 of(%sc : tensor<1x3xf32>) : tensor<1x3x4xf32>, tensor<1x3x4xf32> -> tensor<1x3x4xf32>
  return
}

// -----

func.func @f(%m: tensor<1x3x4xf32>, %w: tensor<4x4xf32>, %n: tensor<4x1xf32>, %b4: tensor<4xf32>, %b1: tensor<1xf32>, %c: tensor<1x3x4xf32>, %len: tensor<2xi64>) {
  // expected-error @+1 {{(C4)}}
  %x = msa.bank_write %m, %c gate(#msa.gru) weights(%w, %w, %b4, %n, %n, %b1, %w, %w, %b4 : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4xf32>, tensor<4x1xf32>, tensor<4x1xf32>, tensor<1xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4xf32>) length(%len : tensor<2xi64>) : tensor<1x3x4xf32>, tensor<1x3x4xf32> -> tensor<1x3x4xf32>
  return
}

// -----

func.func @f(%m: tensor<1x3x4xf32>, %w: tensor<4x4xf32>, %n: tensor<4x1xf32>, %b4: tensor<4xf32>, %b1: tensor<1xf32>, %c: tensor<1x3x4xf32>) {
  // expected-error @+1 {{(C5)}}
  %x, %r = msa.bank_write %m, %c gate(#msa.gru) weights(%w, %w, %b4, %n, %n, %b1, %w, %w, %b4 : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4xf32>, tensor<4x1xf32>, tensor<4x1xf32>, tensor<1xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4xf32>) : tensor<1x3x4xf32>, tensor<1x3x4xf32> -> tensor<1x3x4xf32>, tensor<1x3x4xf32>
  return
}

// -----

func.func @f(%m: tensor<1x3x4xf32>, %w: tensor<4x4xf32>, %n: tensor<4x1xf32>, %b4: tensor<4xf32>, %b1: tensor<1xf32>, %c: tensor<1x3x4xf32>) {
  // expected-error @+1 {{(G1)}}
  %x = msa.bank_write %m, %c gate(#msa.gru<stretch = 2.0>) weights(%w, %w, %b4, %n, %n, %b1, %w, %w, %b4 : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4xf32>, tensor<4x1xf32>, tensor<4x1xf32>, tensor<1xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4xf32>) : tensor<1x3x4xf32>, tensor<1x3x4xf32> -> tensor<1x3x4xf32>
  return
}

// -----

func.func @f(%m: tensor<1x3x4xf32>, %w: tensor<4x4xf32>, %n: tensor<4x1xf32>, %b4: tensor<4xf32>, %b1: tensor<1xf32>, %c: tensor<1x3x4xf32>) {
  // expected-error @+1 {{(G2)}}
  %x = msa.bank_write %m, %c gate(#msa.lstm<forgetBias = 0x7FF0000000000000 : f64>) weights(%w, %w, %b4, %n, %n, %b1, %w, %w, %b4 : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4xf32>, tensor<4x1xf32>, tensor<4x1xf32>, tensor<1xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4xf32>) : tensor<1x3x4xf32>, tensor<1x3x4xf32> -> tensor<1x3x4xf32>
  return
}

// -----

func.func @f(%m: tensor<1x3x4xf32>, %w: tensor<4x4xf32>, %n: tensor<4x1xf32>, %b4: tensor<4xf32>, %b1: tensor<1xf32>) {
  // expected-error @+1 {{unknown}}
  %x = msa.bank_write %m, %m gate(#msa.highway) weights(%w, %w, %b4, %n, %n, %b1, %w, %w, %b4 : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4xf32>, tensor<4x1xf32>, tensor<4x1xf32>, tensor<1xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4xf32>) : tensor<1x3x4xf32>, tensor<1x3x4xf32> -> tensor<1x3x4xf32>
  return
}

// -----

func.func @f(%m: tensor<1x0x4xf32>, %w: tensor<4x4xf32>, %n: tensor<4x1xf32>, %b4: tensor<4xf32>, %b1: tensor<1xf32>, %z: i1) {
  // expected-error @+1 {{(C1)}}
  %x = msa.bank_write %m, %m gate(#msa.gru) weights(%w, %w, %b4, %n, %n, %b1, %w, %w, %b4 : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4xf32>, tensor<4x1xf32>, tensor<4x1xf32>, tensor<1xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4xf32>) : tensor<1x0x4xf32>, tensor<1x0x4xf32> -> tensor<1x0x4xf32>
  return
}

// -----

// Ranks are counted in f32.
func.func @f(%m: tensor<1x16777217x4xf32>, %w: tensor<4x4xf32>, %n: tensor<4x1xf32>, %b: tensor<4xf32>, %b1: tensor<1xf32>, %s: tensor<1x16777217xf32>) {
  // expected-error @+1 {{(C3) routing takes at most 2^24 slots, got 16777217}}
  %x = msa.bank_write %m, %m gate(#msa.gru) weights(%w, %w, %b, %n, %n, %b1, %w, %w, %b : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4xf32>, tensor<4x1xf32>, tensor<4x1xf32>, tensor<1xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4xf32>)
    top 3 of (%s : tensor<1x16777217xf32>) : tensor<1x16777217x4xf32>, tensor<1x16777217x4xf32> -> tensor<1x16777217x4xf32>
  return
}
