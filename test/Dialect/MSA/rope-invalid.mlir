// RUN: msa-opt %s -split-input-file -verify-diagnostics

// One case for each numbered constraint of msa.rope, its patterns and gates.

func.func @f(%x: tensor<1x2x?x4xf32>) {
  // expected-error @+1 {{(C1)}}
  %y = msa.rope %x rotary(4) : tensor<1x2x?x4xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{(C2)}}
  %y = msa.rope %x rotary(3) : tensor<1x2x8x4xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{(C2)}}
  %y = msa.rope %x rotary(6) : tensor<1x2x8x4xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{(C3)}}
  %y = msa.rope %x rotary(4) {base = 1.0 : f64} : tensor<1x2x8x4xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{(C3)}}
  %y = msa.rope %x rotary(4) {factor = 0.5 : f64} : tensor<1x2x8x4xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{(C3)}}
  %y = msa.rope %x rotary(4) {scaling = #msa.rope_scaling<yarn>, factor = 2.0 : f64} : tensor<1x2x8x4xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x8x4xf32>, %o: tensor<1xi64>) {
  // expected-error @+1 {{(C4)}}
  %y = msa.rope %x offset(%o : tensor<1xi64>) rotary(4) : tensor<1x2x8x4xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{(C4)}}
  %y = msa.rope %x rotary(4) {start = 99999999 : i64} : tensor<1x2x8x4xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x8x4xf32>, %o: tensor<2xi64>) {
  // expected-error @+1 {{(C4)}}
  %y = msa.rope %x offset(%o : tensor<2xi64>) rotary(4) {limit = 8 : i64} : tensor<1x2x8x4xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x8x4xf32>) {
  // expected-error @+1 {{(C5)}}
  %y = msa.rope %x rotary(2) {scaling = #msa.rope_scaling<ntk>, factor = 2.0 : f64} : tensor<1x2x8x4xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x16777216x8xf32>) {
  // expected-error @+1 {{(C6) 16777216 positions of 2 channel pairs}}
  %y = msa.rope %x rotary(4) : tensor<1x2x16777216x8xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x8x4xf32>, %o: tensor<1xi64>) {
  // expected-error @+1 {{(C6) 16777216 positions}}
  %y = msa.rope %x offset(%o : tensor<1xi64>) rotary(4) {limit = 16777216 : i64} : tensor<1x2x8x4xf32>
  return
}
