// RUN: msa-opt %s -pass-pipeline="builtin.module(func.func(msa-vectorize{width=16 registers=32 amx=true}))" -split-input-file | FileCheck %s --enable-var-scope
// RUN: msa-opt %s -pass-pipeline="builtin.module(func.func(msa-vectorize{width=16 registers=32}))" -split-input-file | FileCheck %s --check-prefix=WITHOUT
// RUN: not msa-opt %s -pass-pipeline="builtin.module(func.func(msa-vectorize{width=8 amx=true}))" -split-input-file 2>&1 | FileCheck %s --check-prefix=WIDTH

// WIDTH: amx needs width 16
// WITHOUT-NOT: amx.tile
// WITHOUT-NOT: avx512bf16

#a = affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>
#b = affine_map<(d0, d1, d2, d3) -> (d2, d1, d3)>
#c = affine_map<(d0, d1, d2, d3) -> (d0, d1)>

// A block of 2 x 2 sums, zero as its fill says; three steps of 16 pairs, each tile used twice.
// CHECK-LABEL: func.func @product
// CHECK-NOT: linalg
// CHECK: scf.for
// CHECK: scf.for
// CHECK-COUNT-4: amx.tile_zero : !amx.tile<16x16xf32>
// CHECK-NOT: amx.tile_zero
// CHECK-COUNT-3: amx.tile_load {{.*}} into !amx.tile<16x32xbf16>
// CHECK-COUNT-2: amx.tile_mulf
// CHECK-COUNT-1: amx.tile_load
// CHECK-COUNT-2: amx.tile_mulf
// CHECK-COUNT-3: amx.tile_load
// CHECK-COUNT-2: amx.tile_mulf
// CHECK-COUNT-1: amx.tile_load
// CHECK-COUNT-2: amx.tile_mulf
// CHECK-COUNT-3: amx.tile_load
// CHECK-COUNT-2: amx.tile_mulf
// CHECK-COUNT-1: amx.tile_load
// CHECK-COUNT-2: amx.tile_mulf
// CHECK-COUNT-4: amx.tile_store
// CHECK-NOT: amx.tile_
// CHECK: return
func.func @product(%x: memref<64x48x2xbf16>, %y: memref<48x128x2xbf16>, %z: memref<64x128xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%z : memref<64x128xf32>)
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %y : memref<64x48x2xbf16>, memref<48x128x2xbf16>) outs(%z : memref<64x128xf32>) {
  ^bb0(%u: bf16, %v: bf16, %w: f32):
    %0 = arith.extf %u : bf16 to f32
    %1 = arith.extf %v : bf16 to f32
    %2 = arith.mulf %0, %1 : f32
    %3 = arith.addf %w, %2 : f32
    linalg.yield %3 : f32
  }
  return
}

// -----

#a = affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>
#b = affine_map<(d0, d1, d2, d3) -> (d2, d1, d3)>
#c = affine_map<(d0, d1, d2, d3) -> (d0, d1)>

// Two steps of 16 pairs: the right side's four tiles are loaded once for all rows, which come one tile at a time.
// CHECK-LABEL: func.func @resident
// CHECK: scf.for
// CHECK-COUNT-4: amx.tile_load {{.*}} into !amx.tile<16x32xbf16>
// CHECK-COUNT-2: amx.tile_zero
// CHECK-COUNT-1: amx.tile_load
// CHECK-COUNT-2: amx.tile_mulf
// CHECK-COUNT-1: amx.tile_load
// CHECK-COUNT-2: amx.tile_mulf
// CHECK-COUNT-2: amx.tile_store
// CHECK-COUNT-2: amx.tile_zero
// CHECK-COUNT-1: amx.tile_load
// CHECK-COUNT-2: amx.tile_mulf
// CHECK-COUNT-1: amx.tile_load
// CHECK-COUNT-2: amx.tile_mulf
// CHECK-COUNT-2: amx.tile_store
// CHECK-NOT: amx.tile_
// CHECK: return
func.func @resident(%x: memref<32x32x2xbf16>, %y: memref<32x128x2xbf16>, %z: memref<32x128xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%z : memref<32x128xf32>)
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %y : memref<32x32x2xbf16>, memref<32x128x2xbf16>) outs(%z : memref<32x128xf32>) {
  ^bb0(%u: bf16, %v: bf16, %w: f32):
    %0 = arith.extf %u : bf16 to f32
    %1 = arith.extf %v : bf16 to f32
    %2 = arith.mulf %0, %1 : f32
    %3 = arith.addf %w, %2 : f32
    linalg.yield %3 : f32
  }
  return
}

// -----

#a = affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>
#b = affine_map<(d0, d1, d2, d3) -> (d2, d1, d3)>
#c = affine_map<(d0, d1, d2, d3) -> (d0, d1)>

// What is there is added to, and the last block may be one tile high.
// CHECK-LABEL: func.func @onto
// CHECK-COUNT-4: amx.tile_load {{.*}} into !amx.tile<16x16xf32>
// CHECK-COUNT-2: amx.tile_load {{.*}} into !amx.tile<16x16xf32>
// CHECK-NOT: into !amx.tile<16x16xf32>
func.func @onto(%x: memref<48x48x2xbf16>, %y: memref<48x32x2xbf16>, %z: memref<48x32xf32>) {
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %y : memref<48x48x2xbf16>, memref<48x32x2xbf16>) outs(%z : memref<48x32xf32>) {
  ^bb0(%u: bf16, %v: bf16, %w: f32):
    %0 = arith.extf %u : bf16 to f32
    %1 = arith.extf %v : bf16 to f32
    %2 = arith.mulf %0, %1 : f32
    %3 = arith.addf %w, %2 : f32
    linalg.yield %3 : f32
  }
  return
}

// -----

#a = affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>
#b = affine_map<(d0, d1, d2, d3) -> (d2, d1, d3)>
#c = affine_map<(d0, d1, d2, d3) -> (d0, d1)>

// No whole tiles: scalar loops.
// CHECK-LABEL: func.func @odd
// CHECK-NOT: amx.tile
// CHECK: return
func.func @odd(%x: memref<48x15x2xbf16>, %y: memref<15x32x2xbf16>, %z: memref<48x32xf32>) {
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %y : memref<48x15x2xbf16>, memref<15x32x2xbf16>) outs(%z : memref<48x32xf32>) {
  ^bb0(%u: bf16, %v: bf16, %w: f32):
    %0 = arith.extf %u : bf16 to f32
    %1 = arith.extf %v : bf16 to f32
    %2 = arith.mulf %0, %1 : f32
    %3 = arith.addf %w, %2 : f32
    linalg.yield %3 : f32
  }
  return
}

// -----

#s = affine_map<(d0, d1, d2) -> (d0, d2, d1)>
#r = affine_map<(d0, d1, d2) -> (d1)>
#p = affine_map<(d0, d1, d2) -> (d0, d1, d2)>

// Weights of two keys are rounded by one instruction; their sum is of what was not rounded.
// CHECK-LABEL: func.func @weights
// CHECK: scf.for
// CHECK: %[[SUM:.*]]:2 = scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}) -> (vector<16xf32>, vector<16xf32>)
// CHECK: %[[X:.*]] = math.exp2 %{{.*}} : vector<16xf32>
// CHECK: arith.addf %{{.*}}, %[[X]] : vector<16xf32>
// CHECK: %[[Y:.*]] = math.exp2 %{{.*}} : vector<16xf32>
// CHECK: arith.addf %{{.*}}, %[[Y]] : vector<16xf32>
// CHECK: %[[BOTH:.*]] = llvm.call_intrinsic "llvm.x86.avx512bf16.cvtne2ps2bf16.512"(%[[Y]], %[[X]])
// CHECK: %[[PAIRS:.*]] = vector.shuffle %[[BOTH]], %[[BOTH]] [0, 16, 1, 17,
// CHECK: vector.store %[[PAIRS]], %{{.*}} : memref<8x32x2xbf16>, vector<32xbf16>
// CHECK: vector.store %[[SUM]]#0, %{{.*}} : memref<32xf32>, vector<16xf32>
func.func @weights(%scores: memref<8x2x32xf32>, %max: memref<32xf32>, %out: memref<8x32x2xbf16>, %sum: memref<32xf32>) {
  linalg.generic {indexing_maps = [#s, #r, #p, #r], iterator_types = ["reduction", "parallel", "reduction"]}
      ins(%scores, %max : memref<8x2x32xf32>, memref<32xf32>) outs(%out, %sum : memref<8x32x2xbf16>, memref<32xf32>) {
  ^bb0(%x: f32, %m: f32, %o: bf16, %s: f32):
    %0 = arith.subf %x, %m : f32
    %1 = math.exp2 %0 : f32
    %2 = arith.truncf %1 : f32 to bf16
    %3 = arith.addf %s, %1 : f32
    linalg.yield %2, %3 : bf16, f32
  }
  return
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#turned = affine_map<(d0, d1) -> (d1, d0)>

// Two squares of 16 x 16 pairs, 64 exchanges each, and 32 rows of what is even and odd.
// CHECK-LABEL: func.func @turn
// CHECK-COUNT-128: vector.shuffle {{.*}} : vector<16xi32>, vector<16xi32>
// CHECK-COUNT-32: vector.shuffle {{.*}} : vector<32xi16>, vector<32xi16>
// CHECK-NOT: vector.shuffle
func.func @turn(%x: memref<64x32xbf16>, %y: memref<32x64xbf16>) {
  linalg.generic {indexing_maps = [#turned, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<64x32xbf16>) outs(%y : memref<32x64xbf16>) {
  ^bb0(%u: bf16, %v: bf16):
    linalg.yield %u : bf16
  }
  return
}

// -----

#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#turned = affine_map<(d0, d1, d2) -> (d1, d0, d2)>

// CHECK-LABEL: func.func @turn_pairs
// CHECK-COUNT-64: vector.shuffle {{.*}} : vector<16xi32>, vector<16xi32>
// CHECK-NOT: vector.shuffle
func.func @turn_pairs(%x: memref<32x16x2xbf16>, %y: memref<16x32x2xbf16>) {
  linalg.generic {indexing_maps = [#turned, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : memref<32x16x2xbf16>) outs(%y : memref<16x32x2xbf16>) {
  ^bb0(%u: bf16, %v: bf16):
    linalg.yield %u : bf16
  }
  return
}
