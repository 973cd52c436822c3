// RUN: msa-opt %s -msa-to-cpu-plan | FileCheck %s

// Two equal layers: one set of kernels.

// CHECK: call @[[K:twice_[0-9]+]](
// CHECK: call @[[K]](
// CHECK: func.func private @[[K]](
// CHECK-NOT: func.func private
func.func @twice(%x: tensor<128x128xf32>, %w: tensor<128x128xf32>) -> tensor<128x128xf32> {
  %e = tensor.empty() : tensor<128x128xf32>
  %z = arith.constant 0.0 : f32
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<128x128xf32>) -> tensor<128x128xf32>
  %a = linalg.matmul ins(%x, %w : tensor<128x128xf32>, tensor<128x128xf32>) outs(%f : tensor<128x128xf32>) -> tensor<128x128xf32>
  %b = linalg.matmul ins(%a, %w : tensor<128x128xf32>, tensor<128x128xf32>) outs(%f : tensor<128x128xf32>) -> tensor<128x128xf32>
  return %b : tensor<128x128xf32>
}
