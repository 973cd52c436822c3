// Vectors of i1 were loaded from memory as bits, where tensors hold a byte for each element: selections by a mask that
// lies in memory were silently wrong.
// RUN: msa-opt %s -pass-pipeline='builtin.module(msa-to-cpu,msa-kernels-to-llvm)' | FileCheck %s -enable-var-scope

// CHECK-NOT: llvm.load {{.*}} -> vector<8xi1>
// CHECK: %[[B:.*]] = llvm.load {{.*}} -> vector<8xi8>
// CHECK: llvm.trunc %[[B]] : vector<8xi8> to vector<8xi1>
// CHECK: %[[Z:.*]] = llvm.zext {{.*}} : vector<8xi1> to vector<8xi8>
// CHECK: llvm.store %[[Z]]
// CHECK-NOT: llvm.store {{.*}} : vector<8xi1>
func.func @select(%x: tensor<64xf32> {msa.name = "x"}, %m: tensor<64xi1> {msa.name = "m"})
    -> (tensor<64xf32> {msa.name = "y"}, tensor<64xi1> {msa.name = "n"}) {
  %e = tensor.empty() : tensor<64xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x, %m : tensor<64xf32>, tensor<64xi1>) outs(%e : tensor<64xf32>) {
    ^bb0(%a: f32, %b: i1, %o: f32):
      %n = arith.negf %a : f32
      %r = arith.select %b, %a, %n : f32
      linalg.yield %r : f32
  } -> tensor<64xf32>
  %f = tensor.empty() : tensor<64xi1>
  %z = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : tensor<64xf32>) outs(%f : tensor<64xi1>) {
    ^bb0(%a: f32, %o: i1):
      %c = arith.constant 0.0 : f32
      %r = arith.cmpf olt, %a, %c : f32
      linalg.yield %r : i1
  } -> tensor<64xi1>
  return %y, %z : tensor<64xf32>, tensor<64xi1>
}
