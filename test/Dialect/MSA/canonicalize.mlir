// RUN: msa-opt %s -canonicalize -split-input-file | FileCheck %s

// Operands that say nothing go away; patterns are flattened, sorted, simplified.

// CHECK-LABEL: func.func @idle_operands
func.func @idle_operands(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>) -> tensor<1x2x8x4xf32> {
  // CHECK-NOT: position
  // CHECK-NOT: length
  // CHECK-NOT: offset
  // CHECK: pattern(#msa.any<#msa.causal, #msa.global<2>, #msa.window<left = 3>>)
  %c0 = arith.constant dense<0> : tensor<1xi64>
  %c8 = arith.constant dense<8> : tensor<1xi64>
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>)
    position(%c0 : tensor<1xi64>) length(%c8 : tensor<1xi64>) offset(%c0 : tensor<1xi64>)
    pattern(#msa.any<#msa.window<left = 3>, #msa.any<#msa.global<2>, #msa.window<left = 3>>, #msa.all<#msa.causal, #msa.full>>)
    scale(0.5) -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return %o : tensor<1x2x8x4xf32>
}

// -----

// CHECK-LABEL: func.func @real_operands
func.func @real_operands(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>) -> tensor<1x2x8x4xf32> {
  // CHECK: position(%{{.*}}) length(%{{.*}}) offset(
  %c1 = arith.constant dense<1> : tensor<1xi64>
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>)
    position(%c1 : tensor<1xi64>) length(%c1 : tensor<1xi64>) offset(%c1 : tensor<1xi64>)
    pattern(#msa.strided<2>) scale(0.5) -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return %o : tensor<1x2x8x4xf32>
}

// -----

// CHECK: a = #msa.full
// CHECK-SAME: b = #msa.causal
// CHECK-SAME: c = #msa.causal
// CHECK-SAME: d = #msa.any<#msa.causal, #msa.global<1>, #msa.strided<4>>
func.func @combinations() attributes {
  a = #msa.any<#msa.full, #msa.causal>, b = #msa.all<#msa.causal>, c = #msa.all<#msa.causal, #msa.full>,
  d = #msa.any<#msa.global<1>, #msa.any<#msa.causal, #msa.strided<4>>, #msa.causal>} {
  return
}
