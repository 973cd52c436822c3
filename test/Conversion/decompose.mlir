// RUN: msa-opt %s -msa-decompose | FileCheck %s
// RUN: msa-opt %s -msa-decompose="dense=true" | FileCheck %s

// No op of the dialect is left, and what is left are linalg, tensor, arith, math.

// CHECK-LABEL: func.func @ops
// CHECK-NOT: msa.rope
// CHECK-NOT: msa.short_conv
// CHECK-NOT: msa.carry
// CHECK-NOT: msa.merge
// CHECK: linalg.generic
func.func @ops(%x: tensor<1x2x8x4xf32>, %t: tensor<1x8x4xf32>, %c: tensor<1x2x4xf32>, %w: tensor<3x4xf32>, %l: tensor<1x2x8xf32>)
    -> (tensor<1x2x8x4xf32>, tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<1x2x8x4xf32>) {
  %y = msa.rope %x rotary(4) : tensor<1x2x8x4xf32>
  %z = msa.short_conv %t, %c, %w : tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<3x4xf32>
  %n = msa.carry %c, %t : tensor<1x2x4xf32>, tensor<1x8x4xf32>
  %o, %f = msa.merge ins(%x, %l, %y, %l : tensor<1x2x8x4xf32>, tensor<1x2x8xf32>)
  return %y, %z, %n, %o : tensor<1x2x8x4xf32>, tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<1x2x8x4xf32>
}
