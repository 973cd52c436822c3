// RUN: msa-opt %s -msa-tile-attend="pair-queries=32 pair-keys=64" -split-input-file | FileCheck %s --enable-var-scope
// RUN: msa-opt %s -msa-tile-attend -split-input-file | FileCheck %s --check-prefix=PLAIN
// RUN: not msa-opt %s -msa-tile-attend="pair-keys=63" -split-input-file 2>&1 | FileCheck %s --check-prefix=ODD

// ODD: pair-keys be even and in [0, 4096], got 64 and 63
// PLAIN-NOT: pairs,

// Values are turned before, in blocks of keys, of which the last has zeros behind row 96; all three tiles of queries read
// them. Queries stay as they are and go into pairs of channels; the scale, with log2 e, is the op's.
// CHECK-LABEL: func.func @pairs
// CHECK: %[[WHOLE:.*]] = scf.forall (%{{.*}}, %{{.*}}, %{{.*}}) in (1, 2, 1) shared_outs(%{{.*}} = %{{.*}}) -> (tensor<1x2x2x64x64xbf16>)
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<64x64xbf16>)
// CHECK: %[[TURNED:.*]] = scf.forall (%{{.*}}, %{{.*}}, %{{.*}}) in (1, 2, 1) shared_outs(%{{.*}} = %[[WHOLE]])
// CHECK: tensor.pad %{{.*}} low[0, 0] high[32, 0]
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<64x64xbf16>)
// CHECK: scf.forall (%{{.*}}, %{{.*}}, %{{.*}}) in (1, 2, 3)
// CHECK: %[[ROWS:.*]] = tensor.extract_slice %{{.*}} : tensor<1x2x96x64xbf16> to tensor<32x64xbf16>
// CHECK: tensor.expand_shape %[[ROWS]] {{.*}} into tensor<32x32x2xbf16>
// CHECK: scf.for
// CHECK-NOT: linalg.generic
// CHECK: %[[V:.*]] = tensor.extract_slice %[[TURNED]]{{.*}} : tensor<1x2x2x64x64xbf16> to tensor<64x64xbf16>
// CHECK: msa.online_attend ins(%{{.*}}, %{{.*}}, %[[V]] : tensor<32x32x2xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>)
// CHECK-SAME: pairs, scale = 0.180336{{.*}} : f64, transposed
func.func @pairs(%q: tensor<1x2x96x64xbf16>) -> (tensor<1x2x96x64xbf16>, tensor<1x2x96xf32>) {
  %o, %l = msa.attend ins(%q, %q, %q : tensor<1x2x96x64xbf16>, tensor<1x2x96x64xbf16>, tensor<1x2x96x64xbf16>)
    pattern(#msa.causal) scale(0.125) -> tensor<1x2x96x64xbf16>, tensor<1x2x96xf32>
  return %o, %l : tensor<1x2x96x64xbf16>, tensor<1x2x96xf32>
}

// -----

// One tile of queries turns them itself.
// CHECK-LABEL: func.func @few
// CHECK: scf.forall (%{{.*}}, %{{.*}}, %{{.*}}) in (1, 2, 1)
// CHECK: %[[VALUES:.*]] = tensor.extract_slice %arg1{{.*}} to tensor<64x96xbf16>
// CHECK: %[[V:.*]] = linalg.generic {{.*}} ins(%[[VALUES]] : tensor<64x96xbf16>) outs(%{{.*}} : tensor<96x64xbf16>)
// CHECK: msa.online_attend ins(%{{.*}}, %{{.*}}, %[[V]] : tensor<32x32x2xbf16>, tensor<64x64xbf16>, tensor<96x64xbf16>)
// CHECK-NOT: scf.forall (
func.func @few(%q: tensor<1x2x32x64xbf16>, %v: tensor<1x2x64x96xbf16>, %k: tensor<1x2x64x64xbf16>) -> (tensor<1x2x32x96xbf16>, tensor<1x2x32xf32>) {
  %o, %l = msa.attend ins(%q, %k, %v : tensor<1x2x32x64xbf16>, tensor<1x2x64x64xbf16>, tensor<1x2x64x96xbf16>)
    pattern(#msa.full) scale(0.125) -> tensor<1x2x32x96xbf16>, tensor<1x2x32xf32>
  return %o, %l : tensor<1x2x32x96xbf16>, tensor<1x2x32xf32>
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
