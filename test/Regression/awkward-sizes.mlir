// Sizes without a divisor that makes a good tile: 50257 columns were one tile of the whole matrix, which no stack
// holds, and a prime number of rows were tiles of one row.
// RUN: msa-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(msa-tile-linalg))' | FileCheck %s -enable-var-scope
// RUN: msa-opt %s -split-input-file -msa-to-cpu -o /dev/null

// CHECK-LABEL: func @columns
// CHECK: %[[A:.*]] = scf.forall {{.*}} step (64, 64)
// CHECK: %[[P:.*]] = tensor.insert_slice %[[A]]
// CHECK: scf.forall
// CHECK: tensor<64x17xf32>
func.func @columns(%x: tensor<64x96xf32>, %w: tensor<96x50257xf32>) -> tensor<64x50257xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<64x50257xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<64x50257xf32>) -> tensor<64x50257xf32>
  %y = linalg.matmul ins(%x, %w : tensor<64x96xf32>, tensor<96x50257xf32>) outs(%i : tensor<64x50257xf32>) -> tensor<64x50257xf32>
  return %y : tensor<64x50257xf32>
}

// -----

// CHECK-LABEL: func @rows
// CHECK: scf.forall
// CHECK: tensor<64x128xf32>
// CHECK: scf.forall
// CHECK: tensor<61x
func.func @rows(%x: tensor<1021x128xf32>, %w: tensor<128x64xf32>) -> tensor<1021x64xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1021x64xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<1021x64xf32>) -> tensor<1021x64xf32>
  %y = linalg.matmul ins(%x, %w : tensor<1021x128xf32>, tensor<128x64xf32>) outs(%i : tensor<1021x64xf32>) -> tensor<1021x64xf32>
  return %y : tensor<1021x64xf32>
}
