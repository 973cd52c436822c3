// RUN: msa-opt %s -msa-decompose="scores=128" | FileCheck %s

// 8 queries x 16 keys are 128 scores a head: all of them at once, from keys that
// lie transposed. 8 x 17 are more.

// CHECK-LABEL: func.func @few
// CHECK-NOT: msa.attend
// CHECK: linalg.transpose {{.*}}permutation = [0, 1, 3, 2]
// CHECK: linalg.generic
func.func @few(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %bk: tensor<1x2x8x4xf32>)
    -> (tensor<1x2x8x4xf32>, tensor<1x2x8xf32>) {
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>)
      bank(%bk, %bk : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>)
      pattern(#msa.causal) scale(0.5) -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return %o, %l : tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
}

// CHECK-LABEL: func.func @many
// CHECK: msa.attend
func.func @many(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %bk: tensor<1x2x9x4xf32>)
    -> (tensor<1x2x8x4xf32>, tensor<1x2x8xf32>) {
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>)
      bank(%bk, %bk : tensor<1x2x9x4xf32>, tensor<1x2x9x4xf32>)
      pattern(#msa.causal) scale(0.5) -> tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
  return %o, %l : tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
}
