// RUN: msa-opt %s -msa-tile-attend="pair-queries=32 pair-keys=64" -split-input-file | FileCheck %s --enable-var-scope
// RUN: msa-opt %s -msa-tile-attend -split-input-file | FileCheck %s --check-prefix=PLAIN
// RUN: not msa-opt %s -msa-tile-attend="pair-keys=63" -split-input-file 2>&1 | FileCheck %s --check-prefix=ODD

// ODD: pair-keys be even and in [0, 4096], got 64 and 63
// PLAIN-NOT: pairs,

// Queries stay as they are and go into pairs of channels; the scale, with log2 e, is the op's.
// CHECK-LABEL: func.func @pairs
// CHECK: %[[ROWS:.*]] = tensor.extract_slice %{{.*}} : tensor<1x2x96x64xbf16> to tensor<32x64xbf16>
// CHECK: tensor.expand_shape %[[ROWS]] {{.*}} into tensor<32x32x2xbf16>
// CHECK: msa.online_attend ins(%{{.*}}, %{{.*}}, %{{.*}} : tensor<32x32x2xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>)
// CHECK-SAME: pairs, scale = 0.180336{{.*}} : f64, transposed
func.func @pairs(%q: tensor<1x2x96x64xbf16>) -> (tensor<1x2x96x64xbf16>, tensor<1x2x96xf32>) {
  %o, %l = msa.attend ins(%q, %q, %q : tensor<1x2x96x64xbf16>, tensor<1x2x96x64xbf16>, tensor<1x2x96x64xbf16>)
    pattern(#msa.causal) scale(0.125) -> tensor<1x2x96x64xbf16>, tensor<1x2x96xf32>
  return %o, %l : tensor<1x2x96x64xbf16>, tensor<1x2x96xf32>
}

// -----

// No whole tiles of 32 channels: as ever.
// CHECK-LABEL: func.func @narrow
// CHECK-NOT: pairs,
// CHECK: return
func.func @narrow(%q: tensor<1x2x96x40xbf16>) -> (tensor<1x2x96x40xbf16>, tensor<1x2x96xf32>) {
  %o, %l = msa.attend ins(%q, %q, %q : tensor<1x2x96x40xbf16>, tensor<1x2x96x40xbf16>, tensor<1x2x96x40xbf16>)
    pattern(#msa.causal) scale(0.125) -> tensor<1x2x96x40xbf16>, tensor<1x2x96xf32>
  return %o, %l : tensor<1x2x96x40xbf16>, tensor<1x2x96xf32>
}

// -----

// CHECK-LABEL: func.func @other_type
// CHECK-NOT: pairs,
// CHECK: return
func.func @other_type(%q: tensor<1x2x96x64xf16>) -> (tensor<1x2x96x64xf16>, tensor<1x2x96xf32>) {
  %o, %l = msa.attend ins(%q, %q, %q : tensor<1x2x96x64xf16>, tensor<1x2x96x64xf16>, tensor<1x2x96x64xf16>)
    pattern(#msa.causal) scale(0.125) -> tensor<1x2x96x64xf16>, tensor<1x2x96xf32>
  return %o, %l : tensor<1x2x96x64xf16>, tensor<1x2x96xf32>
}
