// RUN: msa-opt %s -pass-pipeline="builtin.module(func.func(msa-vectorize{width=16 registers=32}))" -split-input-file | FileCheck %s --enable-var-scope

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d1)>

// Two vectors side by side: two rows at a time, joined behind the loop.
// CHECK-LABEL: func.func @narrow_maximum
// CHECK: %[[TWO:.*]] = arith.constant 2 : index
// CHECK: %[[BEST:.*]]:4 = scf.for {{.*}} step %[[TWO]] iter_args(%[[A:.*]] = %{{.*}}, %[[B:.*]] = %{{.*}}, %[[C:.*]] = %{{.*}}, %[[D:.*]] = %{{.*}})
// CHECK: arith.maxnumf %{{.*}}, %[[A]] fastmath<nnan> : vector<16xf32>
// CHECK: arith.maxnumf %{{.*}}, %[[B]] fastmath<nnan> : vector<16xf32>
// CHECK: arith.maxnumf %{{.*}}, %[[C]] fastmath<nnan> : vector<16xf32>
// CHECK: arith.maxnumf %{{.*}}, %[[D]] fastmath<nnan> : vector<16xf32>
// CHECK: %[[LEFT:.*]] = arith.maxnumf %[[BEST]]#0, %[[BEST]]#2 fastmath<nnan> : vector<16xf32>
// CHECK: vector.store %[[LEFT]]
// CHECK: %[[RIGHT:.*]] = arith.maxnumf %[[BEST]]#1, %[[BEST]]#3 fastmath<nnan> : vector<16xf32>
// CHECK: vector.store %[[RIGHT]]
// CHECK-NOT: scf.for
// CHECK: return
func.func @narrow_maximum(%x: memref<64x32xf32>, %m: memref<32xf32>) {
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["reduction", "parallel"]}
      ins(%x : memref<64x32xf32>) outs(%m : memref<32xf32>) {
  ^bb0(%u: f32, %v: f32):
    %0 = arith.maxnumf %u, %v fastmath<nnan> : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d1)>

// An odd count of rows is taken one by one, and so is a sum, whose order is part of its bits.
// CHECK-LABEL: func.func @odd
// CHECK: %{{.*}}:2 = scf.for
// CHECK: %{{.*}}:2 = scf.for
// CHECK: return
func.func @odd(%x: memref<63x32xf32>, %m: memref<32xf32>, %y: memref<64x32xf32>, %s: memref<32xf32>) {
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["reduction", "parallel"]}
      ins(%x : memref<63x32xf32>) outs(%m : memref<32xf32>) {
  ^bb0(%u: f32, %v: f32):
    %0 = arith.maxnumf %u, %v fastmath<nnan> : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["reduction", "parallel"]}
      ins(%y : memref<64x32xf32>) outs(%s : memref<32xf32>) {
  ^bb0(%u: f32, %v: f32):
    %0 = arith.addf %v, %u : f32
    linalg.yield %0 : f32
  }
  return
}
