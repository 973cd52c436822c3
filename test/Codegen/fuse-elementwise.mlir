// RUN: msa-opt %s -pass-pipeline="builtin.module(func.func(msa-fuse-elementwise))" | FileCheck %s

#row = affine_map<(i, j) -> (i)>
#id1 = affine_map<(i) -> (i)>
#id2 = affine_map<(i, j) -> (i, j)>

// A producer that reads what it overwrites is not repeated along j: its result
// would be an output of a loop that runs over the same element again.

// CHECK-LABEL: func.func @in_place
// CHECK-COUNT-2: linalg.generic
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @in_place(%m: tensor<8xf32>, %x: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %c = arith.constant 2.0 : f32
  %a = linalg.generic {indexing_maps = [#id1], iterator_types = ["parallel"]} outs(%m : tensor<8xf32>) {
  ^bb0(%out: f32):
    %v = arith.mulf %out, %c : f32
    linalg.yield %v : f32
  } -> tensor<8xf32>
  %e = tensor.empty() : tensor<8x16xf32>
  %b = linalg.generic {indexing_maps = [#row, #id2, #id2], iterator_types = ["parallel", "parallel"]}
      ins(%a, %x : tensor<8xf32>, tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%in: f32, %y: f32, %out: f32):
    %v = arith.subf %y, %in : f32
    linalg.yield %v : f32
  } -> tensor<8x16xf32>
  return %b : tensor<8x16xf32>
}

// One that only writes is.

// CHECK-LABEL: func.func @written
// CHECK-COUNT-1: linalg.generic
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @written(%m: tensor<8xf32>, %x: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %c = arith.constant 2.0 : f32
  %ea = tensor.empty() : tensor<8xf32>
  %a = linalg.generic {indexing_maps = [#id1, #id1], iterator_types = ["parallel"]} ins(%m : tensor<8xf32>) outs(%ea : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %v = arith.mulf %in, %c : f32
    linalg.yield %v : f32
  } -> tensor<8xf32>
  %e = tensor.empty() : tensor<8x16xf32>
  %b = linalg.generic {indexing_maps = [#row, #id2, #id2], iterator_types = ["parallel", "parallel"]}
      ins(%a, %x : tensor<8xf32>, tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%in: f32, %y: f32, %out: f32):
    %v = arith.subf %y, %in : f32
    linalg.yield %v : f32
  } -> tensor<8x16xf32>
  return %b : tensor<8x16xf32>
}
