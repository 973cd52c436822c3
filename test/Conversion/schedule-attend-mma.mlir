// RUN: msa-opt %s -msa-schedule-attend=mma=true -split-input-file -verify-diagnostics | FileCheck %s -enable-var-scope

// For mma.sync: the same for every band; what lists key tiles is left to the generic path.

// CHECK-LABEL: @causal128
func.func @causal128(%q: tensor<1x2x512x128xbf16>) -> (tensor<1x2x512x128xbf16>, tensor<1x2x512xf32>) {
  // CHECK: msa_gpu.attend
  // CHECK-SAME: schedule(<warpgroups = 1, keys = 64, stages = 1, rescale = lazy, skip = false, half = false, persistent = false, mma = true, rows = 128>)
  // CHECK-SAME: {msa.dispatch}
  %o, %l = msa.attend ins(%q, %q, %q : tensor<1x2x512x128xbf16>, tensor<1x2x512x128xbf16>, tensor<1x2x512x128xbf16>) pattern(#msa.causal) scale(0.125) -> tensor<1x2x512x128xbf16>, tensor<1x2x512xf32>
  return %o, %l : tensor<1x2x512x128xbf16>, tensor<1x2x512xf32>
}

// Few queries are not stacked.
// CHECK-LABEL: @few
func.func @few(%q: tensor<1x2x1x64xf16>, %k: tensor<1x2x512x64xf16>) -> (tensor<1x2x1x64xf16>, tensor<1x2x1xf32>) {
  // CHECK: msa_gpu.attend
  // CHECK-SAME: mma = true
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x1x64xf16>, tensor<1x2x512x64xf16>, tensor<1x2x512x64xf16>) pattern(#msa.window<left = 99>) scale(0.125) -> tensor<1x2x1x64xf16>, tensor<1x2x1xf32>
  return %o, %l : tensor<1x2x1x64xf16>, tensor<1x2x1xf32>
}

// CHECK-LABEL: @wide
func.func @wide(%q: tensor<1x2x512x256xf16>) -> (tensor<1x2x512x256xf16>, tensor<1x2x512xf32>) {
  // CHECK: msa_gpu.attend
  // CHECK-SAME: schedule(<warpgroups = 2, keys = 32, stages = 1, rescale = lazy, skip = false, half = false, persistent = false, mma = true>)
  %o, %l = msa.attend ins(%q, %q, %q : tensor<1x2x512x256xf16>, tensor<1x2x512x256xf16>, tensor<1x2x512x256xf16>) pattern(#msa.full) scale(0.125) -> tensor<1x2x512x256xf16>, tensor<1x2x512xf32>
  return %o, %l : tensor<1x2x512x256xf16>, tensor<1x2x512xf32>
}

// CHECK-LABEL: @documents
func.func @documents(%q: tensor<1x2x512x64xf16>, %d: tensor<1x512xi32>) -> (tensor<1x2x512x64xf16>, tensor<1x2x512xf32>) {
  // CHECK: msa.attend
  // expected-remark @+1 {{no tensor-core kernel before sm_90a for this pattern, which lists key tiles; generic GPU code is used, which is slow}}
  %o, %l = msa.attend ins(%q, %q, %q : tensor<1x2x512x64xf16>, tensor<1x2x512x64xf16>, tensor<1x2x512x64xf16>) documents(%d : tensor<1x512xi32>) pattern(#msa.document) scale(0.125) -> tensor<1x2x512x64xf16>, tensor<1x2x512xf32>
  return %o, %l : tensor<1x2x512x64xf16>, tensor<1x2x512xf32>
}

// CHECK-LABEL: @columns80
func.func @columns80(%q: tensor<1x2x512x80xf16>) -> (tensor<1x2x512x80xf16>, tensor<1x2x512xf32>) {
  // CHECK: msa.attend
  // expected-remark @+1 {{no tensor-core kernel before sm_90a for this head dimension 80; generic GPU code is used, which is slow}}
  %o, %l = msa.attend ins(%q, %q, %q : tensor<1x2x512x80xf16>, tensor<1x2x512x80xf16>, tensor<1x2x512x80xf16>) pattern(#msa.full) scale(0.125) -> tensor<1x2x512x80xf16>, tensor<1x2x512xf32>
  return %o, %l : tensor<1x2x512x80xf16>, tensor<1x2x512xf32>
}

// What sm_90a has no kernel for either.
// CHECK-LABEL: @columns112
func.func @columns112(%q: tensor<1x2x512x112xf16>) -> (tensor<1x2x512x112xf16>, tensor<1x2x512xf32>) {
  // CHECK: msa.attend
  // expected-remark @+1 {{no tensor-core kernel for this head dimension 112; generic GPU code is used, which is slow}}
  %o, %l = msa.attend ins(%q, %q, %q : tensor<1x2x512x112xf16>, tensor<1x2x512x112xf16>, tensor<1x2x512x112xf16>) pattern(#msa.full) scale(0.125) -> tensor<1x2x512x112xf16>, tensor<1x2x512xf32>
  return %o, %l : tensor<1x2x512x112xf16>, tensor<1x2x512xf32>
}
