// RUN: msa-opt %s "-msa-schedule-attend=mma=true beside-hopper=true" -verify-diagnostics | FileCheck %s

// In a model for sm_90a too the pass for it says what both lack: here only what GPUs before it do.

// CHECK-LABEL: @columns80
func.func @columns80(%q: tensor<1x2x512x80xf16>) -> (tensor<1x2x512x80xf16>, tensor<1x2x512xf32>) {
  // CHECK: msa.attend
  // expected-remark @+1 {{no tensor-core kernel before sm_90a for this head dimension 80; generic GPU code is used, which is slow}}
  %o, %l = msa.attend ins(%q, %q, %q : tensor<1x2x512x80xf16>, tensor<1x2x512x80xf16>, tensor<1x2x512x80xf16>) pattern(#msa.full) scale(0.125) -> tensor<1x2x512x80xf16>, tensor<1x2x512xf32>
  return %o, %l : tensor<1x2x512x80xf16>, tensor<1x2x512xf32>
}

// CHECK-LABEL: @columns112
func.func @columns112(%q: tensor<1x2x512x112xf16>) -> (tensor<1x2x512x112xf16>, tensor<1x2x512xf32>) {
  // CHECK: msa.attend
  %o, %l = msa.attend ins(%q, %q, %q : tensor<1x2x512x112xf16>, tensor<1x2x512x112xf16>, tensor<1x2x512x112xf16>) pattern(#msa.full) scale(0.125) -> tensor<1x2x512x112xf16>, tensor<1x2x512xf32>
  return %o, %l : tensor<1x2x512x112xf16>, tensor<1x2x512xf32>
}
