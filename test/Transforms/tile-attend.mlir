// RUN: msa-opt %s -msa-tile-attend="queries=4 keys=4" | FileCheck %s
// RUN: not msa-opt %s -msa-tile-attend="queries=0" 2>&1 | FileCheck %s --check-prefix=BAD

// One parallel loop; bank and local keys are loops of their own on one carried
// state, and nothing of size queries x keys is made.

// CHECK-LABEL: func.func @window_bank
func.func @window_bank(%q: tensor<1x2x64x8xf32>, %k: tensor<1x2x64x8xf32>, %b: tensor<1x2x8x8xf32>) -> tensor<1x2x64x8xf32> {
  // CHECK: scf.forall
  // CHECK: %[[BANK:.*]]:3 = scf.for
  // CHECK: msa.online_attend
  // CHECK: scf.for {{.*}} iter_args(%{{.*}} = %[[BANK]]#0, %{{.*}} = %[[BANK]]#1, %{{.*}} = %[[BANK]]#2)
  // CHECK: msa.online_attend {{.*}} masked
  // CHECK: msa.finalize
  // CHECK-NOT: 64x64
  // CHECK-NOT: tensor.concat
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x64x8xf32>, tensor<1x2x64x8xf32>, tensor<1x2x64x8xf32>) bank(%b, %b : tensor<1x2x8x8xf32>, tensor<1x2x8x8xf32>) pattern(#msa.window<left = 7>) scale(0.5) -> tensor<1x2x64x8xf32>, tensor<1x2x64xf32>
  return %o : tensor<1x2x64x8xf32>
}

// BAD: error: msa-tile-attend: queries must lie in [1, 1024]
