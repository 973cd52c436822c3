// RUN: msa-opt %s -msa-to-cpu-plan | FileCheck %s
// RUN: msa-opt %s -msa-to-oracle | FileCheck %s --check-prefix=ORACLE

// State is updated in place: the only buffers are the entry's arguments, and no
// kernel allocates.

// CHECK-LABEL: func.func @step
// CHECK-SAME: (%[[W:.*]]: memref<1x3x4xf32> {msa.state = "w"}, %[[S:.*]]: memref<1x8x4xf32> {{.*}}, %[[OUT:.*]]: memref<1x8x4xf32> {{.*}}msa.result{{.*}})
// CHECK-NOT: memref.alloc()
// CHECK: call @step_0(
// CHECK-NOT: memref.copy
// CHECK: return
// ORACLE-LABEL: func.func @step
// ORACLE-NOT: linalg.
// ORACLE-NOT: msa.carry
func.func @step(%w: tensor<1x3x4xf32> {msa.state = "w"}, %s: tensor<1x8x4xf32> {msa.name = "s"})
    -> (tensor<1x3x4xf32> {msa.state = "w"}, tensor<1x8x4xf32> {msa.name = "twice"}) {
  %e = tensor.empty() : tensor<1x8x4xf32>
  %twice = linalg.add ins(%s, %s : tensor<1x8x4xf32>, tensor<1x8x4xf32>) outs(%e : tensor<1x8x4xf32>) -> tensor<1x8x4xf32>
  %n = msa.carry %w, %s : tensor<1x3x4xf32>, tensor<1x8x4xf32>
  return %n, %twice : tensor<1x3x4xf32>, tensor<1x8x4xf32>
}
