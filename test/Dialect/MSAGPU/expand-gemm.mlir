// RUN: msa-opt %s -split-input-file -msa-gpu-expand-gemm -canonicalize | FileCheck %s

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>

// One product is under way while the next is issued; tiles are retired one step after they are read. Sizes are no
// multiples of tiles: 12 x 2 tiles, 4 steps; the maps know where the matrices end.

// CHECK-LABEL: msa_gpu.kernel @plain_0(
// CHECK-SAME: %[[A:[^:]*]]: !msa_gpu.map<128, 64, bf16>, %[[B:[^:]*]]: !msa_gpu.map<64, 256, bf16>, %[[O:[^:]*]]: !msa_gpu.map<64, 256, bf16>
// CHECK-SAME: warpgroups = 2 : i64
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0 : i32
// CHECK-DAG: %[[ONE:.*]] = arith.constant 1 : i32
// CHECK-DAG: %[[STEPS:.*]] = arith.constant 4 : i32
// CHECK-DAG: %[[TILES:.*]] = arith.constant 24 : i32
// CHECK: msa_gpu.for_tiles %[[TILES]] strided
// CHECK: %[[A0:.*]] = msa_gpu.load %[[A]][%[[ROW:.*]], %[[ZERO]], %{{.*}}] column %[[ZERO]] ring("a", 4)
// CHECK: %[[B0:.*]] = msa_gpu.load %[[B]][%[[ZERO]], %[[ZERO]], %[[ZERO]]] column %[[COLUMN:.*]] ring("b", 4)
// CHECK: %[[OWN:.*]] = msa_gpu.slice %[[A0]]
// CHECK: %[[S0:.*]] = msa_gpu.issue %[[OWN]], %[[B0]] :
// CHECK: %[[LOOP:.*]]:3 = scf.for %[[K:.*]] = %[[ONE]] to %[[STEPS]] step %[[ONE]] iter_args(%[[S:.*]] = %[[S0]], %[[AP:.*]] = %[[A0]], %[[BP:.*]] = %[[B0]])
// CHECK: %[[DEPTH:.*]] = arith.muli %[[K]],
// CHECK: %[[AN:.*]] = msa_gpu.load %[[A]][%[[ROW]], %[[ZERO]], %{{.*}}] column %[[DEPTH]] ring("a", 4)
// CHECK: %[[BN:.*]] = msa_gpu.load %[[B]][%[[DEPTH]], %[[ZERO]], %[[ZERO]]] column %[[COLUMN]] ring("b", 4)
// CHECK: msa_gpu.issue %{{.*}}, %[[BN]] acc(%[[S]] : !msa_gpu.pending<64, 256, f32>)
// CHECK: %[[W:.*]] = msa_gpu.wait 1
// CHECK: msa_gpu.retire %[[AP]]
// CHECK: msa_gpu.retire %[[BP]]
// CHECK: scf.yield %[[W]], %[[AN]], %[[BN]]
// CHECK: %[[F:.*]] = msa_gpu.wait 0 : %[[LOOP]]#0
// CHECK: msa_gpu.retire %[[LOOP]]#1
// CHECK: msa_gpu.retire %[[LOOP]]#2
// CHECK: %[[P:.*]] = msa_gpu.pack %[[F]]
// CHECK: msa_gpu.store %[[P]], %[[O]]{{.*}} column %{{.*}} {staged = 2 : i64}
// CHECK-LABEL: func.func private @plain_0(
// CHECK-SAME: #msa_gpu.launch<block = 384, shared = 230400, cluster = 1, persistent = true, cleared = 0>
// CHECK-SAME: sizes = [200, 1427, 1, 1], strides = [200, {{[0-9]+, [0-9]+}}], box = [64, 128, 1, 1]
// CHECK-SAME: sizes = [328, 200, 1, 1], strides = [328, {{[0-9]+, [0-9]+}}], box = [64, 64, 1, 1]
// CHECK-SAME: sizes = [328, 1427, 1, 1], strides = [328, {{[0-9]+, [0-9]+}}], box = [64, 64, 1, 1]
func.func private @plain_0(%a: memref<1427x200xbf16>, %b: memref<200x328xbf16>, %o: memref<1427x328xbf16>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.gemm "mk,kn->mn" ins(%a, %b : memref<1427x200xbf16>, memref<200x328xbf16>) outs(%o : memref<1427x328xbf16>) schedule(#s)
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 2, persistent = true>

// Heads that are apart, side by side for copies of 64 columns: two heads a tile. Both blocks of a cluster copy half of
// the rows of the right side; 11 rows of tiles become 12.

// CHECK-LABEL: msa_gpu.kernel @heads_0(
// CHECK-SAME: !msa_gpu.map<128, 64, bf16>, %{{.*}}: !msa_gpu.map<32, 256, bf16, head = 128>, %{{.*}}: !msa_gpu.map<64, 256, bf16, head = 128>
// CHECK-SAME: cluster = 2 : i64
// CHECK: %[[TILES:.*]] = arith.constant 96 : i32
// CHECK: msa_gpu.for_tiles %[[TILES]] strided
// CHECK: ring("b", 4) spread : <32, 256, bf16, head = 128> -> <64, 256, bf16, pitch = 64>
// CHECK-LABEL: func.func private @heads_0(
// CHECK-SAME: cluster = 2
// CHECK-SAME: sizes = [128, 2048, 16, 1], strides = [128, 262144, {{[0-9]+}}], box = [64, 32, 1, 1]
// CHECK-SAME: sizes = [128, 1400, 16, 1], strides = [128, 179200, {{[0-9]+}}], box = [64, 64, 1, 1]
func.func private @heads_0(%a: memref<1400x2048xbf16>, %b: memref<16x2048x128xbf16>, %o: memref<16x1400x128xbf16>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.gemm "mk,hkn->hmn" ins(%a, %b : memref<1400x2048xbf16>, memref<16x2048x128xbf16>) outs(%o : memref<16x1400x128xbf16>) schedule(#s)
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 64, depth = 64, stages = 4, staged = 1, group = 16, cluster = 1, persistent = true>

// Heads of 80 columns have tiles of their own, 8 x 2 of them; of the weights, whose heads follow each other, a tile has
// rows of the next head too, whose columns are not written.

// CHECK-LABEL: msa_gpu.kernel @odd_heads_0(
// CHECK-SAME: !msa_gpu.map<128, 64, f16>, %{{.*}}: !msa_gpu.map<64, 64, f16>, %{{.*}}: !msa_gpu.map<64, 64, f16>
// CHECK: %[[TILES:.*]] = arith.constant 128 : i32
// CHECK: msa_gpu.issue %{{.*}} transposed
// CHECK-LABEL: func.func private @odd_heads_0(
// CHECK-SAME: sizes = [640, 640, 1, 1], strides = [640,
// CHECK-SAME: sizes = [80, 1000, 8, 1], strides = [80, 80000,
func.func private @odd_heads_0(%a: memref<1000x640xf16>, %b: memref<8x80x640xf16>, %o: memref<8x1000x80xf16>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.gemm "mk,hnk->hmn" ins(%a, %b : memref<1000x640xf16>, memref<8x80x640xf16>) outs(%o : memref<8x1000x80xf16>) schedule(#s)
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 1, columns = 64, depth = 64, stages = 4, staged = 1, group = 16, cluster = 1, persistent = false>

// Streams with one right side are rows of one matrix: 192 of them. Results in f32 leave as they are, 32 columns a copy.

// CHECK-LABEL: msa_gpu.kernel @streams_0(
// CHECK: %[[TILES:.*]] = arith.constant 24 : i32
// CHECK: msa_gpu.for_tiles %[[TILES]] {
// CHECK-NOT: msa_gpu.slice
// CHECK-NOT: msa_gpu.pack
// CHECK: msa_gpu.store %{{.*}} : !msa_gpu.fragment<64, 64, f32>, <64, 64, f32>
// CHECK-LABEL: func.func private @streams_0(
// CHECK-SAME: block = 256, shared = {{[0-9]*}}, cluster = 1, persistent = false
// CHECK-SAME: sizes = [1024, 192, 1, 1]
// CHECK-SAME: sizes = [1024, 512, 1, 1]
// CHECK-SAME: element = f32, offset = 0, sizes = [512, 192, 1, 1], strides = [512, {{[0-9]+, [0-9]+}}], box = [32, 64, 1, 1]
func.func private @streams_0(%a: memref<64x3x1024xbf16>, %b: memref<512x1024xbf16>, %o: memref<64x3x512xf32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.gemm "bmk,nk->bmn" ins(%a, %b : memref<64x3x1024xbf16>, memref<512x1024xbf16>) outs(%o : memref<64x3x512xf32>) schedule(#s)
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 64, depth = 64, stages = 4, staged = 1, group = 16, cluster = 1, persistent = true>

// Heads that a projection merges: steps go on from head to head; where a head is no multiple of a step, each begins one.

// CHECK-LABEL: msa_gpu.kernel @merge_0(
// CHECK-SAME: !msa_gpu.map<128, 64, bf16, head = 128>
// CHECK-DAG: %[[ONE:.*]] = arith.constant 1 : i32
// CHECK-DAG: %[[STEPS:.*]] = arith.constant 32 : i32
// CHECK: scf.for %{{.*}} = %[[ONE]] to %[[STEPS]]
// CHECK-LABEL: msa_gpu.kernel @merge_80_0(
// CHECK-SAME: !msa_gpu.map<128, 64, bf16>
// CHECK-DAG: %[[ONE:.*]] = arith.constant 1 : i32
// CHECK-DAG: %[[STEPS:.*]] = arith.constant 16 : i32
// CHECK: scf.for %[[K:.*]] = %[[ONE]] to %[[STEPS]]
// CHECK: %[[HEAD:.*]] = arith.divui %[[K]],
// CHECK: %[[WITHIN:.*]] = arith.remui %[[K]],
// CHECK: %[[COLUMN:.*]] = arith.muli %[[WITHIN]],
// CHECK: msa_gpu.load %{{.*}}[%{{.*}}, %[[HEAD]], %{{.*}}] column %[[COLUMN]] ring("a", 4)
func.func private @merge_0(%a: memref<16x4096x128xbf16>, %b: memref<16x128x2048xbf16>, %o: memref<4096x2048xbf16>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.gemm "gmk,gkn->mn" ins(%a, %b : memref<16x4096x128xbf16>, memref<16x128x2048xbf16>) outs(%o : memref<4096x2048xbf16>) schedule(#s)
  return
}
func.func private @merge_80_0(%a: memref<8x1000x80xbf16>, %b: memref<8x80x640xbf16>, %o: memref<1000x640xbf16>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.gemm "gmk,gkn->mn" ins(%a, %b : memref<8x1000x80xbf16>, memref<8x80x640xbf16>) outs(%o : memref<1000x640xbf16>) schedule(#s)
  return
}
