// RUN: msa-opt %s | msa-opt | FileCheck %s
// RUN: msa-opt %s -mlir-print-op-generic | msa-opt | FileCheck %s
// RUN: msa-opt %s -emit-bytecode | msa-opt | FileCheck %s

// Every op with all it can have, through text, generic form and bytecode.

// CHECK-LABEL: func.func @attend
func.func @attend(%q: tensor<2x4x8x16xf16>, %k: tensor<2x2x8x16xf16>, %v: tensor<2x2x8x12xf16>,
    %wk: tensor<2x2x5x16xf16>, %wv: tensor<2x2x5x12xf16>, %bk: tensor<2x2x3x16xf16>, %bv: tensor<2x2x3x12xf16>,
    %bias: tensor<4xf32>, %p: tensor<2xi64>, %docs: tensor<2x13xi32>, %blocks: tensor<2x2x2x4xi32>) {
  // CHECK: msa.attend ins(%{{[a-z0-9_]+}}, %{{[a-z0-9_]+}}, %{{[a-z0-9_]+}} : tensor<2x4x8x16xf16>
  // CHECK-SAME: window(%{{[a-z0-9_]+}}, %{{[a-z0-9_]+}} : tensor<2x2x5x16xf16>, tensor<2x2x5x12xf16>)
  // CHECK-SAME: bank(%{{[a-z0-9_]+}}, %{{[a-z0-9_]+}} : tensor<2x2x3x16xf16>, tensor<2x2x3x12xf16>) bias(%{{[a-z0-9_]+}} : tensor<4xf32>)
  // CHECK-SAME: position(%{{[a-z0-9_]+}} : tensor<2xi64>) length(%{{[a-z0-9_]+}} : tensor<2xi64>)
  // CHECK-SAME: documents(%{{[a-z0-9_]+}} : tensor<2x13xi32>) blocks(%{{[a-z0-9_]+}} : tensor<2x2x2x4xi32>)
  // CHECK-SAME: pattern(#msa.all<#msa.any<#msa.blocks<4>, #msa.global<2>, #msa.random<count = 1, size = 4, span = 3, seed = 9>, #msa.strided<8>, #msa.window<left = 3, dilation = 2>>, #msa.causal, #msa.document>)
  // CHECK-SAME: scale(2.500000e-01)
  // CHECK-SAME: score {
  %o, %l = msa.attend ins(%q, %k, %v : tensor<2x4x8x16xf16>, tensor<2x2x8x16xf16>, tensor<2x2x8x12xf16>)
    window(%wk, %wv : tensor<2x2x5x16xf16>, tensor<2x2x5x12xf16>) bank(%bk, %bv : tensor<2x2x3x16xf16>, tensor<2x2x3x12xf16>)
    bias(%bias : tensor<4xf32>) position(%p : tensor<2xi64>) length(%p : tensor<2xi64>)
    documents(%docs : tensor<2x13xi32>) blocks(%blocks : tensor<2x2x2x4xi32>)
    pattern(#msa.all<#msa.causal, #msa.document, #msa.any<#msa.blocks<4>, #msa.window<left = 3, dilation = 2>, #msa.strided<8>, #msa.global<2>, #msa.random<count = 1, size = 4, span = 3, seed = 9>>>)
    scale(0.25) score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      %t = math.tanh %s : f32
      // CHECK: msa.yield
      msa.yield %t : f32
    } -> tensor<2x4x8x12xf16>, tensor<2x4x8xf32>
  return
}

// CHECK-LABEL: func.func @online
func.func @online(%q: tensor<4x8xf32>, %k: tensor<6x4xf32>, %acc: tensor<4x8xf32>, %m: tensor<8xf32>, %x: index, %p: i1, %b: f32) {
  // CHECK: msa.online_attend
  // CHECK-SAME: bias(%{{[a-z0-9_]+}} : f32) masked(%{{[a-z0-9_]+}}) at(%{{[a-z0-9_]+}}, %{{[a-z0-9_]+}}) keys(%{{[a-z0-9_]+}}, %{{[a-z0-9_]+}})
  // CHECK-SAME: pattern(#msa.causal) {base2, transposed}
  %r:3 = msa.online_attend ins(%q, %k, %k : tensor<4x8xf32>, tensor<6x4xf32>, tensor<6x4xf32>) bias(%b : f32) masked(%p)
    at(%x, %x) keys(%x, %x) outs(%acc, %m, %m : tensor<4x8xf32>, tensor<8xf32>, tensor<8xf32>)
    pattern(#msa.causal) {base2, transposed} -> tensor<4x8xf32>, tensor<8xf32>, tensor<8xf32>
  // CHECK: msa.finalize ins({{.*}}) {base2, transposed}
  %o, %l = msa.finalize ins(%r#0, %r#1, %r#2 : tensor<4x8xf32>, tensor<8xf32>, tensor<8xf32>) {base2, transposed} -> tensor<8x4xbf16>, tensor<8xf32>
  // CHECK: msa.merge ins(
  %e, %f = msa.merge ins(%o, %l, %o, %l : tensor<8x4xbf16>, tensor<8xf32>)
  return
}

// CHECK-LABEL: func.func @state
func.func @state(%m: tensor<1x3x4xf32>, %c: tensor<1x3x4xf32>, %w: tensor<4x4xf32>, %n: tensor<4x1xf32>, %b: tensor<4xf32>,
    %b1: tensor<1xf32>, %s: tensor<1x3xf32>, %len: tensor<1xi64>, %seg: tensor<1x9x4xf32>) {
  // CHECK: msa.bank_write %{{[a-z0-9_]+}}, %{{[a-z0-9_]+}} gate(#msa.lstm<stretch = 2.000000e-01 : f64>) weights(
  // CHECK-SAME: top 2 of(%{{[a-z0-9_]+}} : tensor<1x3xf32>) length(%{{[a-z0-9_]+}} : tensor<1xi64>)
  %x, %r = msa.bank_write %m, %c gate(#msa.lstm<stretch = 0.2>) weights(%n, %n, %b1, %n, %n, %b1, %w, %w, %b, %w, %w, %b :
    tensor<4x1xf32>, tensor<4x1xf32>, tensor<1xf32>, tensor<4x1xf32>, tensor<4x1xf32>, tensor<1xf32>,
    tensor<4x4xf32>, tensor<4x4xf32>, tensor<4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4xf32>)
    top 2 of(%s : tensor<1x3xf32>) length(%len : tensor<1xi64>) : tensor<1x3x4xf32>, tensor<1x3x4xf32> -> tensor<1x3x4xf32>, tensor<1x3x4xf32>
  // CHECK: msa.carry %{{[a-z0-9_]+}}, %{{[a-z0-9_]+}} length(%{{[a-z0-9_]+}} : tensor<1xi64>) : tensor<1x3x4xf32>, tensor<1x9x4xf32>
  %y = msa.carry %x, %seg length(%len : tensor<1xi64>) : tensor<1x3x4xf32>, tensor<1x9x4xf32>
  return
}

// CHECK-LABEL: func.func @tokens
func.func @tokens(%x: tensor<1x2x8x6xf32>, %o: tensor<1xi64>, %t: tensor<1x8x4xf32>, %c: tensor<1x2x4xf32>, %w: tensor<3x4xf32>) {
  // CHECK: msa.rope %{{[a-z0-9_]+}} offset(%{{[a-z0-9_]+}} : tensor<1xi64>) rotary(4)
  // CHECK-SAME: factor = 2.000000e+00 : f64
  // CHECK-SAME: scaling = #msa.rope_scaling<yarn>
  %y = msa.rope %x offset(%o : tensor<1xi64>) rotary(4) {interleaved, limit = 16 : i64, factor = 2.0 : f64, original = 32 : i64, scaling = #msa.rope_scaling<yarn>, start = -4 : i64} : tensor<1x2x8x6xf32>
  // CHECK: msa.short_conv %{{[a-z0-9_]+}}, %{{[a-z0-9_]+}}, %{{[a-z0-9_]+}} : tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<3x4xf32>
  %z = msa.short_conv %t, %c, %w : tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<3x4xf32>
  return
}

// CHECK-LABEL: func.func @online_attend_pairs
func.func @online_attend_pairs(%q: tensor<4x16x2xbf16>, %k: tensor<32x8xbf16>, %v: tensor<6x32xbf16>,
                               %acc: tensor<6x16xf32>, %max: tensor<16xf32>, %sum: tensor<16xf32>)
    -> (tensor<6x16xf32>, tensor<16xf32>, tensor<16xf32>) {
  // CHECK: msa.online_attend ins(%{{.*}}, %{{.*}}, %{{.*}} : tensor<4x16x2xbf16>, tensor<32x8xbf16>, tensor<6x32xbf16>)
  // CHECK-SAME: {base2, pairs, scale = 1.250000e-01 : f64, transposed}
  %0:3 = msa.online_attend ins(%q, %k, %v : tensor<4x16x2xbf16>, tensor<32x8xbf16>, tensor<6x32xbf16>)
      outs(%acc, %max, %sum : tensor<6x16xf32>, tensor<16xf32>, tensor<16xf32>)
      {base2, pairs, transposed, scale = 0.125 : f64} -> tensor<6x16xf32>, tensor<16xf32>, tensor<16xf32>
  return %0#0, %0#1, %0#2 : tensor<6x16xf32>, tensor<16xf32>, tensor<16xf32>
}
