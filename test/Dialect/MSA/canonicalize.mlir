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

// -----

// A window that ends at each query itself reaches no key before the segment.
// CHECK-LABEL: func.func @unseen_window
// CHECK: msa.attend
// CHECK-NOT: window(%
// CHECK: return
func.func @unseen_window(%q: tensor<1x1x8x4xf32>, %w: tensor<1x1x4x4xf32>) -> tensor<1x1x8x4xf32> {
  %o, %l = msa.attend ins(%q, %q, %q : tensor<1x1x8x4xf32>, tensor<1x1x8x4xf32>, tensor<1x1x8x4xf32>)
    window(%w, %w : tensor<1x1x4x4xf32>, tensor<1x1x4x4xf32>)
    pattern(#msa.window<left = 0>) scale(0.5) -> tensor<1x1x8x4xf32>, tensor<1x1x8xf32>
  return %o : tensor<1x1x8x4xf32>
}

// -----

// With a reach of one it does.
// CHECK-LABEL: func.func @seen_window
// CHECK: window(%
func.func @seen_window(%q: tensor<1x1x8x4xf32>, %w: tensor<1x1x4x4xf32>) -> tensor<1x1x8x4xf32> {
  %o, %l = msa.attend ins(%q, %q, %q : tensor<1x1x8x4xf32>, tensor<1x1x8x4xf32>, tensor<1x1x8x4xf32>)
    window(%w, %w : tensor<1x1x4x4xf32>, tensor<1x1x4x4xf32>)
    pattern(#msa.window<left = 1>) scale(0.5) -> tensor<1x1x8x4xf32>, tensor<1x1x8xf32>
  return %o : tensor<1x1x8x4xf32>
}

// -----

// A bias of zero is none; minus five is one.
// CHECK-LABEL: func.func @bank_bias
// CHECK: msa.attend
// CHECK-NOT: bias(
// CHECK: msa.attend
// CHECK-SAME: bias(
func.func @bank_bias(%q: tensor<1x1x8x4xf32>) -> (tensor<1x1x8x4xf32>, tensor<1x1x8x4xf32>) {
  %zero = arith.constant dense<0.0> : tensor<1xf32>
  %five = arith.constant dense<-5.0> : tensor<1xf32>
  %a, %la = msa.attend ins(%q, %q, %q : tensor<1x1x8x4xf32>, tensor<1x1x8x4xf32>, tensor<1x1x8x4xf32>)
    bank(%q, %q : tensor<1x1x8x4xf32>, tensor<1x1x8x4xf32>) bias(%zero : tensor<1xf32>)
    pattern(#msa.causal) scale(0.5) -> tensor<1x1x8x4xf32>, tensor<1x1x8xf32>
  %b, %lb = msa.attend ins(%q, %q, %q : tensor<1x1x8x4xf32>, tensor<1x1x8x4xf32>, tensor<1x1x8x4xf32>)
    bank(%q, %q : tensor<1x1x8x4xf32>, tensor<1x1x8x4xf32>) bias(%five : tensor<1xf32>)
    pattern(#msa.causal) scale(0.5) -> tensor<1x1x8x4xf32>, tensor<1x1x8xf32>
  return %a, %b : tensor<1x1x8x4xf32>, tensor<1x1x8x4xf32>
}

// -----

// Nothing moves past an empty segment; a segment of unknown or some length does.
// CHECK-LABEL: func.func @empty_carry
// CHECK-SAME: (%[[W:.*]]: tensor<2x4x4xf32>, %[[S:.*]]: tensor<2x8x4xf32>)
// CHECK-NOT: msa.carry
// CHECK: %[[N:.*]] = msa.carry
// CHECK: return %[[W]], %[[N]]
func.func @empty_carry(%w: tensor<2x4x4xf32>, %s: tensor<2x8x4xf32>) -> (tensor<2x4x4xf32>, tensor<2x4x4xf32>) {
  %none = arith.constant dense<[0, -1]> : tensor<2xi64>
  %some = arith.constant dense<[0, 1]> : tensor<2xi64>
  %a = msa.carry %w, %s length(%none : tensor<2xi64>) : tensor<2x4x4xf32>, tensor<2x8x4xf32>
  %b = msa.carry %w, %s length(%some : tensor<2xi64>) : tensor<2x4x4xf32>, tensor<2x8x4xf32>
  return %a, %b : tensor<2x4x4xf32>, tensor<2x4x4xf32>
}

// -----

// The same for a bank; a positive length forbids nothing and is dropped.
// CHECK-LABEL: func.func @bank_lengths
// CHECK-SAME: (%[[B:[a-z0-9]+]]: tensor<1x2x4xf32>
// CHECK: %[[N:.*]] = msa.bank_write
// CHECK-NOT: length(
// CHECK: return %[[B]], %[[N]]
func.func @bank_lengths(%b: tensor<1x2x4xf32>, %c: tensor<1x2x4xf32>, %w: tensor<4x4xf32>, %z: tensor<4xf32>)
    -> (tensor<1x2x4xf32>, tensor<1x2x4xf32>) {
  %none = arith.constant dense<0> : tensor<1xi64>
  %some = arith.constant dense<3> : tensor<1xi64>
  %x = msa.bank_write %b, %c gate(#msa.gru<perSlot = false>)
    weights(%w, %w, %z, %w, %w, %z, %w, %w, %z : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4xf32>)
    length(%none : tensor<1xi64>) : tensor<1x2x4xf32>, tensor<1x2x4xf32> -> tensor<1x2x4xf32>
  %y = msa.bank_write %b, %c gate(#msa.gru<perSlot = false>)
    weights(%w, %w, %z, %w, %w, %z, %w, %w, %z : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4xf32>)
    length(%some : tensor<1xi64>) : tensor<1x2x4xf32>, tensor<1x2x4xf32> -> tensor<1x2x4xf32>
  return %x, %y : tensor<1x2x4xf32>, tensor<1x2x4xf32>
}
