// RUN: msa-opt %s -msa-decompose -split-input-file | FileCheck %s --enable-var-scope

// What is rounded to 16 bits takes one division a row.
// CHECK-LABEL: func.func @narrow
// CHECK-SAME: %[[ACC:.*]]: tensor<4x8xf32>, %[[MAX:.*]]: tensor<8xf32>, %[[SUM:.*]]: tensor<8xf32>
// CHECK: %[[INVERSE:.*]] = linalg.generic {{.*}}["parallel"]} ins(%[[SUM]]
// CHECK: %{{.*}} = arith.divf %{{.*}}, %{{.*}} : f32
// CHECK: linalg.generic {{.*}} ins(%[[ACC]], %[[SUM]], %[[INVERSE]]
// CHECK: arith.mulf
// CHECK: arith.select
// CHECK: arith.truncf %{{.*}} : f32 to bf16
// CHECK-NOT: arith.divf
// CHECK: return
func.func @narrow(%acc: tensor<4x8xf32>, %max: tensor<8xf32>, %sum: tensor<8xf32>) -> (tensor<8x4xbf16>, tensor<8xf32>) {
  %o, %l = msa.finalize ins(%acc, %max, %sum : tensor<4x8xf32>, tensor<8xf32>, tensor<8xf32>) {base2, transposed} -> tensor<8x4xbf16>, tensor<8xf32>
  return %o, %l : tensor<8x4xbf16>, tensor<8xf32>
}

// -----

// CHECK-LABEL: func.func @wide
// CHECK-SAME: %[[ACC:.*]]: tensor<4x8xf32>, %[[MAX:.*]]: tensor<8xf32>, %[[SUM:.*]]: tensor<8xf32>
// CHECK: linalg.generic {{.*}} ins(%[[ACC]], %[[SUM]] :
// CHECK: arith.divf
// CHECK-NOT: arith.divf
// CHECK: return
func.func @wide(%acc: tensor<4x8xf32>, %max: tensor<8xf32>, %sum: tensor<8xf32>) -> (tensor<8x4xf32>, tensor<8xf32>) {
  %o, %l = msa.finalize ins(%acc, %max, %sum : tensor<4x8xf32>, tensor<8xf32>, tensor<8xf32>) {base2, transposed} -> tensor<8x4xf32>, tensor<8xf32>
  return %o, %l : tensor<8x4xf32>, tensor<8xf32>
}
