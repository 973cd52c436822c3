// RUN: msa-opt %s -msa-schedule-attend -split-input-file -verify-diagnostics | FileCheck %s

// The default table: by head dimension, and whether the pattern cuts tiles on both sides.

// CHECK-LABEL: @causal64
func.func @causal64(%q: tensor<1x2x512x64xbf16>, %k: tensor<1x2x512x64xbf16>) -> (tensor<1x2x512x64xbf16>, tensor<1x2x512xf32>) {
  // CHECK: msa_gpu.attend
  // CHECK-SAME: pattern(#msa.causal)
  // CHECK-SAME: schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, overlap = true, ahead = true>)
  // CHECK-SAME: {msa.dispatch}
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>) pattern(#msa.causal) scale(0.125) -> tensor<1x2x512x64xbf16>, tensor<1x2x512xf32>
  return %o, %l : tensor<1x2x512x64xbf16>, tensor<1x2x512xf32>
}

// CHECK-LABEL: @full64
func.func @full64(%q: tensor<1x2x512x64xf16>, %k: tensor<1x2x512x64xf16>) -> (tensor<1x2x512x64xf16>, tensor<1x2x512xf32>) {
  // CHECK: msa_gpu.attend
  // CHECK-SAME: schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, overlap = true, ahead = true>)
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x512x64xf16>, tensor<1x2x512x64xf16>, tensor<1x2x512x64xf16>) pattern(#msa.full) scale(0.125) -> tensor<1x2x512x64xf16>, tensor<1x2x512xf32>
  return %o, %l : tensor<1x2x512x64xf16>, tensor<1x2x512xf32>
}

// CHECK-LABEL: @window64
func.func @window64(%q: tensor<1x2x512x64xbf16>, %k: tensor<1x2x512x64xbf16>) -> (tensor<1x2x512x64xbf16>, tensor<1x2x512xf32>) {
  // CHECK: msa_gpu.attend
  // CHECK-SAME: schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = always, skip = true, half = true, persistent = true, ahead = true>)
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>) pattern(#msa.window<left = 255>) scale(0.125) -> tensor<1x2x512x64xbf16>, tensor<1x2x512xf32>
  return %o, %l : tensor<1x2x512x64xbf16>, tensor<1x2x512xf32>
}

// CHECK-LABEL: @offset64
func.func @offset64(%q: tensor<1x2x512x64xbf16>, %k: tensor<1x2x512x64xbf16>, %n: tensor<1xi64>) -> (tensor<1x2x512x64xbf16>, tensor<1x2x512xf32>) {
  // CHECK: msa_gpu.attend
  // CHECK-SAME: offset(
  // CHECK-SAME: schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = always, skip = false, half = false, persistent = true, ahead = true>)
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>) offset(%n : tensor<1xi64>) pattern(#msa.causal) scale(0.125) -> tensor<1x2x512x64xbf16>, tensor<1x2x512xf32>
  return %o, %l : tensor<1x2x512x64xbf16>, tensor<1x2x512xf32>
}

// CHECK-LABEL: @length64
func.func @length64(%q: tensor<1x2x512x64xbf16>, %k: tensor<1x2x512x64xbf16>, %n: tensor<1xi64>) -> (tensor<1x2x512x64xbf16>, tensor<1x2x512xf32>) {
  // CHECK: msa_gpu.attend
  // CHECK-SAME: length(
  // CHECK-SAME: schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = always, skip = false, half = false, persistent = true, ahead = true>)
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>) length(%n : tensor<1xi64>) pattern(#msa.causal) scale(0.125) -> tensor<1x2x512x64xbf16>, tensor<1x2x512xf32>
  return %o, %l : tensor<1x2x512x64xbf16>, tensor<1x2x512xf32>
}

// CHECK-LABEL: @fewer_keys64
func.func @fewer_keys64(%q: tensor<1x2x512x64xbf16>, %k: tensor<1x2x100x64xbf16>) -> (tensor<1x2x512x64xbf16>, tensor<1x2x512xf32>) {
  // CHECK: msa_gpu.attend
  // CHECK-SAME: schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = always, skip = false, half = false, persistent = true, ahead = true>)
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x512x64xbf16>, tensor<1x2x100x64xbf16>, tensor<1x2x100x64xbf16>) pattern(#msa.causal) scale(0.125) -> tensor<1x2x512x64xbf16>, tensor<1x2x512xf32>
  return %o, %l : tensor<1x2x512x64xbf16>, tensor<1x2x512xf32>
}

// CHECK-LABEL: @causal128
func.func @causal128(%q: tensor<1x2x512x128xbf16>, %k: tensor<1x2x512x128xbf16>) -> (tensor<1x2x512x128xbf16>, tensor<1x2x512xf32>) {
  // CHECK: msa_gpu.attend
  // CHECK-SAME: schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>)
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x512x128xbf16>, tensor<1x2x512x128xbf16>, tensor<1x2x512x128xbf16>) pattern(#msa.causal) scale(0.125) -> tensor<1x2x512x128xbf16>, tensor<1x2x512xf32>
  return %o, %l : tensor<1x2x512x128xbf16>, tensor<1x2x512xf32>
}

// CHECK-LABEL: @window128
func.func @window128(%q: tensor<1x2x512x128xf16>, %k: tensor<1x2x512x128xf16>) -> (tensor<1x2x512x128xf16>, tensor<1x2x512xf32>) {
  // CHECK: msa_gpu.attend
  // CHECK-SAME: schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = lazy, skip = true, half = true, persistent = true>)
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x512x128xf16>, tensor<1x2x512x128xf16>, tensor<1x2x512x128xf16>) pattern(#msa.window<left = 255>) scale(0.125) -> tensor<1x2x512x128xf16>, tensor<1x2x512xf32>
  return %o, %l : tensor<1x2x512x128xf16>, tensor<1x2x512xf32>
}

// Rows that end within a panel take the room of whole ones: 80 and 96 columns are as 128.

// CHECK-LABEL: @causal80
func.func @causal80(%q: tensor<1x2x512x80xbf16>, %k: tensor<1x2x512x80xbf16>) -> (tensor<1x2x512x80xbf16>, tensor<1x2x512xf32>) {
  // CHECK: msa_gpu.attend
  // CHECK-SAME: schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>)
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x512x80xbf16>, tensor<1x2x512x80xbf16>, tensor<1x2x512x80xbf16>) pattern(#msa.causal) scale(0.125) -> tensor<1x2x512x80xbf16>, tensor<1x2x512xf32>
  return %o, %l : tensor<1x2x512x80xbf16>, tensor<1x2x512xf32>
}

// CHECK-LABEL: @window96
func.func @window96(%q: tensor<1x2x512x96xf16>, %k: tensor<1x2x512x96xf16>) -> (tensor<1x2x512x96xf16>, tensor<1x2x512xf32>) {
  // CHECK: msa_gpu.attend
  // CHECK-SAME: schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = lazy, skip = true, half = true, persistent = true>)
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x512x96xf16>, tensor<1x2x512x96xf16>, tensor<1x2x512x96xf16>) pattern(#msa.window<left = 255>) scale(0.125) -> tensor<1x2x512x96xf16>, tensor<1x2x512xf32>
  return %o, %l : tensor<1x2x512x96xf16>, tensor<1x2x512xf32>
}

// CHECK-LABEL: @causal256
func.func @causal256(%q: tensor<1x2x512x256xf16>, %k: tensor<1x2x512x256xf16>) -> (tensor<1x2x512x256xf16>, tensor<1x2x512xf32>) {
  // CHECK: msa_gpu.attend
  // CHECK-SAME: schedule(<warpgroups = 2, keys = 64, stages = 1, rescale = lazy, skip = false, half = false, persistent = true>)
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x512x256xf16>, tensor<1x2x512x256xf16>, tensor<1x2x512x256xf16>) pattern(#msa.causal) scale(0.125) -> tensor<1x2x512x256xf16>, tensor<1x2x512xf32>
  return %o, %l : tensor<1x2x512x256xf16>, tensor<1x2x512xf32>
}

// CHECK-LABEL: @window256
func.func @window256(%q: tensor<1x2x512x256xbf16>, %k: tensor<1x2x512x256xbf16>) -> (tensor<1x2x512x256xbf16>, tensor<1x2x512xf32>) {
  // CHECK: msa_gpu.attend
  // CHECK-SAME: schedule(<warpgroups = 2, keys = 64, stages = 1, rescale = lazy, skip = true, half = false, persistent = true>)
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x512x256xbf16>, tensor<1x2x512x256xbf16>, tensor<1x2x512x256xbf16>) pattern(#msa.window<left = 255>) scale(0.125) -> tensor<1x2x512x256xbf16>, tensor<1x2x512xf32>
  return %o, %l : tensor<1x2x512x256xbf16>, tensor<1x2x512xf32>
}

// CHECK-LABEL: @causal_and_window
func.func @causal_and_window(%q: tensor<1x2x512x128xbf16>, %k: tensor<1x2x512x128xbf16>) -> (tensor<1x2x512x128xbf16>, tensor<1x2x512xf32>) {
  // CHECK: msa_gpu.attend
  // CHECK-SAME: pattern(
  // CHECK-SAME: schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = lazy, skip = true, half = true, persistent = true>)
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x512x128xbf16>, tensor<1x2x512x128xbf16>, tensor<1x2x512x128xbf16>) pattern(#msa.all<#msa.causal, #msa.window<left = 63, right = 9>>) scale(0.125) -> tensor<1x2x512x128xbf16>, tensor<1x2x512xf32>
  return %o, %l : tensor<1x2x512x128xbf16>, tensor<1x2x512xf32>
}

// Everything that msa.attend takes goes over; the results take the places of its own.
// CHECK-LABEL: @everything
// CHECK-SAME: %[[Q:[^:]*]]: tensor<2x8x100x64xbf16>, %[[K:[^:]*]]: tensor<2x2x100x64xbf16>, %[[V:[^:]*]]: tensor<2x2x100x64xbf16>
// CHECK-SAME: %[[W:[^:]*]]: tensor<2x2x32x64xbf16>, %[[B:[^:]*]]: tensor<2x2x5x64xbf16>, %[[BIAS:[^:]*]]: tensor<8xf32>
// CHECK-SAME: %[[P:[^:]*]]: tensor<2xi64>, %[[N:[^:]*]]: tensor<2xi64>, %[[O:[^:]*]]: tensor<2xi64>
func.func @everything(%q: tensor<2x8x100x64xbf16>, %k: tensor<2x2x100x64xbf16>, %v: tensor<2x2x100x64xbf16>, %w: tensor<2x2x32x64xbf16>,
    %b: tensor<2x2x5x64xbf16>, %bias: tensor<8xf32>, %p: tensor<2xi64>, %n: tensor<2xi64>, %offset: tensor<2xi64>)
    -> (tensor<2x8x100x64xbf16>, tensor<2x8x100xf32>) {
  // CHECK-DAG: %[[OUT:.*]] = tensor.empty() : tensor<2x8x100x64xbf16>
  // CHECK-DAG: %[[LSE:.*]] = tensor.empty() : tensor<2x8x100xf32>
  // CHECK-DAG: %[[COUNTER:.*]] = tensor.empty() : tensor<1xi32>
  // CHECK: %[[R:.*]]:3 = msa_gpu.attend ins(%[[Q]], %[[K]], %[[V]] :
  // CHECK-SAME: window(%[[W]], %[[W]] :
  // CHECK-SAME: bank(%[[B]], %[[B]] :
  // CHECK-SAME: bias(%[[BIAS]] : tensor<8xf32>) position(%[[P]] : tensor<2xi64>) length(%[[N]] : tensor<2xi64>) offset(%[[O]] : tensor<2xi64>)
  // CHECK-SAME: outs(%[[OUT]], %[[LSE]], %[[COUNTER]] :
  // CHECK-SAME: pattern(#msa.window<left = 31>) scale(2.500000e-01)
  %o, %l = msa.attend ins(%q, %k, %v : tensor<2x8x100x64xbf16>, tensor<2x2x100x64xbf16>, tensor<2x2x100x64xbf16>)
      window(%w, %w : tensor<2x2x32x64xbf16>, tensor<2x2x32x64xbf16>) bank(%b, %b : tensor<2x2x5x64xbf16>, tensor<2x2x5x64xbf16>)
      bias(%bias : tensor<8xf32>) position(%p : tensor<2xi64>) length(%n : tensor<2xi64>) offset(%offset : tensor<2xi64>)
      pattern(#msa.window<left = 31>) scale(0.25) -> tensor<2x8x100x64xbf16>, tensor<2x8x100xf32>
  // CHECK: return %[[R]]#0, %[[R]]#1
  return %o, %l : tensor<2x8x100x64xbf16>, tensor<2x8x100xf32>
}

// -----

// What has no kernel stays; in half precision a remark says why.

// CHECK-LABEL: @f32
// CHECK: msa.attend
func.func @f32(%q: tensor<1x2x512x64xf32>, %v: tensor<1x2x512x64xf32>) -> tensor<1x2x512x64xf32> {
  %o, %l = msa.attend ins(%q, %q, %v : tensor<1x2x512x64xf32>, tensor<1x2x512x64xf32>, tensor<1x2x512x64xf32>) pattern(#msa.causal) scale(0.125) -> tensor<1x2x512x64xf32>, tensor<1x2x512xf32>
  return %o : tensor<1x2x512x64xf32>
}

// -----

// CHECK-LABEL: @f64
// CHECK: msa.attend
func.func @f64(%q: tensor<1x2x512x64xf64>, %v: tensor<1x2x512x64xf64>) -> tensor<1x2x512x64xf64> {
  %o, %l = msa.attend ins(%q, %q, %v : tensor<1x2x512x64xf64>, tensor<1x2x512x64xf64>, tensor<1x2x512x64xf64>) pattern(#msa.causal) scale(0.125) -> tensor<1x2x512x64xf64>, tensor<1x2x512xf64>
  return %o : tensor<1x2x512x64xf64>
}

// -----

// CHECK-LABEL: @value_dim
// CHECK: msa.attend
func.func @value_dim(%q: tensor<1x2x512x64xbf16>, %v: tensor<1x2x512x128xbf16>) -> tensor<1x2x512x128xbf16> {
  // expected-remark @+1 {{no tensor-core kernel for this head dimensions of query and value that differ; generic GPU code is used, which is slow}}
  %o, %l = msa.attend ins(%q, %q, %v : tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>, tensor<1x2x512x128xbf16>) pattern(#msa.causal) scale(0.125) -> tensor<1x2x512x128xbf16>, tensor<1x2x512xf32>
  return %o : tensor<1x2x512x128xbf16>
}

// -----

// CHECK-LABEL: @dim112
// CHECK: msa.attend
func.func @dim112(%q: tensor<1x2x512x112xbf16>, %v: tensor<1x2x512x112xbf16>) -> tensor<1x2x512x112xbf16> {
  // expected-remark @+1 {{no tensor-core kernel for this head dimension 112; generic GPU code is used, which is slow}}
  %o, %l = msa.attend ins(%q, %q, %v : tensor<1x2x512x112xbf16>, tensor<1x2x512x112xbf16>, tensor<1x2x512x112xbf16>) pattern(#msa.causal) scale(0.125) -> tensor<1x2x512x112xbf16>, tensor<1x2x512xf32>
  return %o : tensor<1x2x512x112xbf16>
}

// -----

// CHECK-LABEL: @dim512
// CHECK: msa.attend
func.func @dim512(%q: tensor<1x2x512x512xbf16>, %v: tensor<1x2x512x512xbf16>) -> tensor<1x2x512x512xbf16> {
  // expected-remark @+1 {{no tensor-core kernel for this head dimension 512; generic GPU code is used, which is slow}}
  %o, %l = msa.attend ins(%q, %q, %v : tensor<1x2x512x512xbf16>, tensor<1x2x512x512xbf16>, tensor<1x2x512x512xbf16>) pattern(#msa.causal) scale(0.125) -> tensor<1x2x512x512xbf16>, tensor<1x2x512xf32>
  return %o : tensor<1x2x512x512xbf16>
}

// -----

// Bands of every so-many-th key are bands; what a stream's position moves is listed.

// CHECK-LABEL: @strided
// CHECK: msa_gpu.attend
// CHECK-SAME: schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = always, skip = false, half = false, persistent = true, ahead = true>)
func.func @strided(%q: tensor<1x2x512x64xbf16>, %k: tensor<1x2x512x64xbf16>) -> tensor<1x2x512x64xbf16> {
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>) pattern(#msa.strided<4>) scale(0.125) -> tensor<1x2x512x64xbf16>, tensor<1x2x512xf32>
  return %o : tensor<1x2x512x64xbf16>
}

// -----

// CHECK-LABEL: @strided_window
// CHECK: msa_gpu.attend
// CHECK-SAME: schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = always, skip = true, half = true, persistent = true, ahead = true>)
func.func @strided_window(%q: tensor<1x2x512x64xbf16>, %k: tensor<1x2x512x64xbf16>) -> tensor<1x2x512x64xbf16> {
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>) pattern(#msa.all<#msa.causal, #msa.any<#msa.strided<4>, #msa.window<left = 100>>>) scale(0.125) -> tensor<1x2x512x64xbf16>, tensor<1x2x512xf32>
  return %o : tensor<1x2x512x64xbf16>
}

// -----

// CHECK-LABEL: @strided_position
// CHECK: msa_gpu.attend
// CHECK-SAME: schedule(<warpgroups = 2, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, overlap = true, ahead = true>)
func.func @strided_position(%q: tensor<1x2x512x64xbf16>, %k: tensor<1x2x512x64xbf16>, %n: tensor<1xi64>) -> tensor<1x2x512x64xbf16> {
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>) position(%n : tensor<1xi64>) pattern(#msa.strided<4>) scale(0.125) -> tensor<1x2x512x64xbf16>, tensor<1x2x512xf32>
  return %o : tensor<1x2x512x64xbf16>
}

// -----

// Rules that list key tiles: blocks are whole tiles, and small ones are shared by heads where they can be.

// CHECK-LABEL: @dilated
// CHECK: msa_gpu.attend
// CHECK-SAME: schedule(<warpgroups = 2, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, overlap = true, ahead = true>)
func.func @dilated(%q: tensor<1x2x512x64xbf16>, %k: tensor<1x2x512x64xbf16>) -> tensor<1x2x512x64xbf16> {
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>) pattern(#msa.window<left = 100, dilation = 2>) scale(0.125) -> tensor<1x2x512x64xbf16>, tensor<1x2x512xf32>
  return %o : tensor<1x2x512x64xbf16>
}

// -----

// CHECK-LABEL: @union
// CHECK: msa_gpu.attend
// CHECK-SAME: schedule(<warpgroups = 2, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, overlap = true, ahead = true>)
func.func @union(%q: tensor<1x2x512x64xbf16>, %k: tensor<1x2x512x64xbf16>) -> tensor<1x2x512x64xbf16> {
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>) pattern(#msa.any<#msa.window<left = 9>, #msa.global<4>>) scale(0.125) -> tensor<1x2x512x64xbf16>, tensor<1x2x512xf32>
  return %o : tensor<1x2x512x64xbf16>
}

// -----

// CHECK-LABEL: @blocks128
// CHECK: msa_gpu.attend
// CHECK-SAME: schedule(<warpgroups = 2, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, overlap = true, ahead = true>)
func.func @blocks128(%q: tensor<1x2x512x64xbf16>, %k: tensor<1x2x512x64xbf16>, %b: tensor<1x2x4x3xi32>) -> tensor<1x2x512x64xbf16> {
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>) blocks(%b : tensor<1x2x4x3xi32>) pattern(#msa.blocks<128>) scale(0.125) -> tensor<1x2x512x64xbf16>, tensor<1x2x512xf32>
  return %o : tensor<1x2x512x64xbf16>
}

// -----

// CHECK-LABEL: @blocks64
// CHECK: msa_gpu.attend
// CHECK-SAME: schedule(<warpgroups = 1, keys = 64, stages = 4, rescale = lazy, skip = false, half = false, persistent = true, ahead = true>)
func.func @blocks64(%q: tensor<1x2x512x64xbf16>, %k: tensor<1x2x512x64xbf16>, %b: tensor<1x2x8x3xi32>) -> tensor<1x2x512x64xbf16> {
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>) blocks(%b : tensor<1x2x8x3xi32>) pattern(#msa.blocks<64>) scale(0.125) -> tensor<1x2x512x64xbf16>, tensor<1x2x512xf32>
  return %o : tensor<1x2x512x64xbf16>
}

// -----

// CHECK-LABEL: @blocks64_packed
// CHECK: msa_gpu.attend
// CHECK-SAME: schedule(<warpgroups = 2, keys = 64, stages = 4, rescale = lazy, skip = false, half = false, persistent = true, packs = true, ahead = true>)
func.func @blocks64_packed(%q: tensor<1x4x512x64xbf16>, %k: tensor<1x2x512x64xbf16>, %b: tensor<1x2x8x3xi32>) -> tensor<1x4x512x64xbf16> {
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x4x512x64xbf16>, tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>) blocks(%b : tensor<1x2x8x3xi32>) pattern(#msa.blocks<64>) scale(0.125) -> tensor<1x4x512x64xbf16>, tensor<1x4x512xf32>
  return %o : tensor<1x4x512x64xbf16>
}

// -----

// CHECK-LABEL: @heads_differ
// CHECK: msa_gpu.attend
// CHECK-SAME: schedule(<warpgroups = 1, keys = 64, stages = 4, rescale = lazy, skip = false, half = false, persistent = true, ahead = true>)
func.func @heads_differ(%q: tensor<1x4x512x64xbf16>, %k: tensor<1x2x512x64xbf16>, %b: tensor<1x2x8x3xi32>) -> tensor<1x4x512x64xbf16> {
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x4x512x64xbf16>, tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>) blocks(%b : tensor<1x2x8x3xi32>) pattern(#msa.any<#msa.blocks<64>, #msa.random<count = 1, size = 64, span = 8>>) scale(0.125) -> tensor<1x4x512x64xbf16>, tensor<1x4x512xf32>
  return %o : tensor<1x4x512x64xbf16>
}

// -----

// CHECK-LABEL: @documents256
// CHECK: msa_gpu.attend
// CHECK-SAME: schedule(<warpgroups = 2, keys = 64, stages = 1, rescale = lazy, skip = false, half = false, persistent = true>)
func.func @documents256(%q: tensor<1x2x512x256xbf16>, %k: tensor<1x2x512x256xbf16>, %d: tensor<1x512xi32>) -> tensor<1x2x512x256xbf16> {
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x512x256xbf16>, tensor<1x2x512x256xbf16>, tensor<1x2x512x256xbf16>) documents(%d : tensor<1x512xi32>) pattern(#msa.document) scale(0.125) -> tensor<1x2x512x256xbf16>, tensor<1x2x512xf32>
  return %o : tensor<1x2x512x256xbf16>
}

// -----

// CHECK-LABEL: @score
// CHECK: msa.attend
func.func @score(%q: tensor<1x2x512x64xbf16>, %v: tensor<1x2x512x64xbf16>) -> tensor<1x2x512x64xbf16> {
  // expected-remark @+1 {{no tensor-core kernel for this score region; generic GPU code is used, which is slow}}
  %o, %l = msa.attend ins(%q, %q, %v : tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>) pattern(#msa.causal) scale(0.125) score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %y = math.tanh %s : f32
    msa.yield %y : f32
  } -> tensor<1x2x512x64xbf16>, tensor<1x2x512xf32>
  return %o : tensor<1x2x512x64xbf16>
}

// -----

// CHECK-LABEL: @tiny_scale
// CHECK: msa.attend
func.func @tiny_scale(%q: tensor<1x2x512x64xbf16>, %v: tensor<1x2x512x64xbf16>) -> tensor<1x2x512x64xbf16> {
  // expected-remark @+1 {{no tensor-core kernel for this scale below 2^-64 or above 2^64; generic GPU code is used, which is slow}}
  %o, %l = msa.attend ins(%q, %q, %v : tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>) pattern(#msa.causal) scale(1.0e-30) -> tensor<1x2x512x64xbf16>, tensor<1x2x512xf32>
  return %o : tensor<1x2x512x64xbf16>
}

// -----

// CHECK-LABEL: @no_scale
// CHECK: msa.attend
func.func @no_scale(%q: tensor<1x2x512x64xbf16>, %v: tensor<1x2x512x64xbf16>) -> tensor<1x2x512x64xbf16> {
  // expected-remark @+1 {{no tensor-core kernel for this scale below 2^-64 or above 2^64; generic GPU code is used, which is slow}}
  %o, %l = msa.attend ins(%q, %q, %v : tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>) pattern(#msa.causal) scale(0.0) -> tensor<1x2x512x64xbf16>, tensor<1x2x512xf32>
  return %o : tensor<1x2x512x64xbf16>
}

// -----

// CHECK-LABEL: @negative_scale
// CHECK: msa.attend
func.func @negative_scale(%q: tensor<1x2x512x64xbf16>, %v: tensor<1x2x512x64xbf16>) -> tensor<1x2x512x64xbf16> {
  // expected-remark @+1 {{no tensor-core kernel for this scale below 2^-64 or above 2^64; generic GPU code is used, which is slow}}
  %o, %l = msa.attend ins(%q, %q, %v : tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>) pattern(#msa.causal) scale(-0.5) -> tensor<1x2x512x64xbf16>, tensor<1x2x512xf32>
  return %o : tensor<1x2x512x64xbf16>
}

// -----

// CHECK-LABEL: @rows
// CHECK: msa.attend
func.func @rows(%q: tensor<1x2x268435456x64xbf16>, %v: tensor<1x2x268435456x64xbf16>) -> tensor<1x2x268435456x64xbf16> {
  // expected-remark @+1 {{no tensor-core kernel for this number of rows; generic GPU code is used, which is slow}}
  %o, %l = msa.attend ins(%q, %q, %v : tensor<1x2x268435456x64xbf16>, tensor<1x2x268435456x64xbf16>, tensor<1x2x268435456x64xbf16>) pattern(#msa.causal) scale(0.125) -> tensor<1x2x268435456x64xbf16>, tensor<1x2x268435456xf32>
  return %o : tensor<1x2x268435456x64xbf16>
}

// -----

// CHECK-LABEL: @far
// CHECK: msa.attend
func.func @far(%q: tensor<1x2x512x64xbf16>, %v: tensor<1x2x512x64xbf16>, %n: tensor<1xi64>) -> tensor<1x2x512x64xbf16> {
  // expected-remark @+1 {{no tensor-core kernel for this band as wide as that, with an offset; generic GPU code is used, which is slow}}
  %o, %l = msa.attend ins(%q, %q, %v : tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>) offset(%n : tensor<1xi64>) pattern(#msa.window<left = 268435456>) scale(0.125) -> tensor<1x2x512x64xbf16>, tensor<1x2x512xf32>
  return %o : tensor<1x2x512x64xbf16>
}

// -----

// Many tiles of three warpgroups would leave a third of the multiprocessors idle: two, and those overlap.
// CHECK-LABEL: @slots
// CHECK: msa_gpu.attend
// CHECK-SAME: schedule(<warpgroups = 2, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, overlap = true, ahead = true>)
func.func @slots(%q: tensor<1x16x1024x128xbf16>, %k: tensor<1x16x4096x128xbf16>, %n: tensor<1xi64>) -> tensor<1x16x1024x128xbf16> {
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x16x1024x128xbf16>, tensor<1x16x4096x128xbf16>, tensor<1x16x4096x128xbf16>) length(%n : tensor<1xi64>) pattern(#msa.full) scale(0.125) -> tensor<1x16x1024x128xbf16>, tensor<1x16x1024xf32>
  return %o : tensor<1x16x1024x128xbf16>
}

// -----

// And where the last round of three would be short: 352 tiles of three are 2.7 rounds of 132, 512 of two 3.9.
// CHECK-LABEL: @segment
// CHECK: msa_gpu.attend
// CHECK-SAME: schedule(<warpgroups = 2, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, overlap = true, ahead = true>)
func.func @segment(%q: tensor<1x16x4096x128xbf16>, %n: tensor<1xi64>) -> tensor<1x16x4096x128xbf16> {
  %o, %l = msa.attend ins(%q, %q, %q : tensor<1x16x4096x128xbf16>, tensor<1x16x4096x128xbf16>, tensor<1x16x4096x128xbf16>) length(%n : tensor<1xi64>) pattern(#msa.window<left = 1023>) scale(0.125) -> tensor<1x16x4096x128xbf16>, tensor<1x16x4096xf32>
  return %o : tensor<1x16x4096x128xbf16>
}

// -----

// Without looking what each warpgroup sees windows lose a little: not where both have full rounds.
// CHECK-LABEL: @long
// CHECK: msa_gpu.attend
// CHECK-SAME: schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = lazy, skip = true, half = true, persistent = true>)
func.func @long(%q: tensor<1x16x131072x128xbf16>) -> tensor<1x16x131072x128xbf16> {
  %o, %l = msa.attend ins(%q, %q, %q : tensor<1x16x131072x128xbf16>, tensor<1x16x131072x128xbf16>, tensor<1x16x131072x128xbf16>) pattern(#msa.window<left = 1023>) scale(0.125) -> tensor<1x16x131072x128xbf16>, tensor<1x16x131072xf32>
  return %o : tensor<1x16x131072x128xbf16>
}

// -----

// Listed tiles in front of a bank do not overlap.
// CHECK-LABEL: @listed_bank
// CHECK: msa_gpu.attend
// CHECK-SAME: schedule(<warpgroups = 2, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, ahead = true>)
func.func @listed_bank(%q: tensor<1x2x512x64xbf16>, %k: tensor<1x2x512x64xbf16>, %d: tensor<1x512xi32>) -> tensor<1x2x512x64xbf16> {
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>) bank(%k, %k : tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>) documents(%d : tensor<1x512xi32>) pattern(#msa.document) scale(0.125) -> tensor<1x2x512x64xbf16>, tensor<1x2x512xf32>
  return %o : tensor<1x2x512x64xbf16>
}
