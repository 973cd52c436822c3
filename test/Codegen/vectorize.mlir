// RUN: msa-opt %s -pass-pipeline="builtin.module(func.func(msa-vectorize{width=8 registers=16}))" | FileCheck %s
// RUN: msa-opt %s -pass-pipeline="builtin.module(func.func(msa-vectorize{width=16 registers=32}))" | FileCheck %s --check-prefix=WIDE
// RUN: not msa-opt %s -pass-pipeline="builtin.module(func.func(msa-vectorize{width=3}))" 2>&1 | FileCheck %s --check-prefix=BAD

// The fill and the products share one loop: accumulators are carried in
// registers.

// CHECK-LABEL: func.func @product
// CHECK-NOT: linalg
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<8xf32>
// CHECK: vector.fma
// CHECK: vector.store
// WIDE: vector.fma {{.*}} : vector<16xf32>
// BAD: error: msa-vectorize: width must be a power of two
func.func @product(%a: memref<32x64xf32>, %b: memref<64x64xf32>, %c: memref<32x64xf32>) {
  %z = arith.constant 0.0 : f32
  linalg.fill ins(%z : f32) outs(%c : memref<32x64xf32>)
  linalg.matmul ins(%a, %b : memref<32x64xf32>, memref<64x64xf32>) outs(%c : memref<32x64xf32>)
  return
}
