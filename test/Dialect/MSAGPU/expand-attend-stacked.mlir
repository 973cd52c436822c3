// RUN: msa-opt %s -split-input-file -msa-gpu-expand-attend -canonicalize -cse | FileCheck %s

// Two queries of four heads: eight rows of a KV head's matrix. Keys in three shares: 3 x 2 x 5 tiles; partial results are
// stored panel by panel, streams of a share behind those of the share before.

// CHECK-LABEL: msa_gpu.kernel @split_0(
// CHECK-SAME: %[[Q:[^:]*]]: !msa_gpu.map<64, 128, bf16>, %[[O:[^:]*]]: !msa_gpu.map<64, 128, f32>, %[[K:[^:]*]]: !msa_gpu.map<128, 128, bf16>, %[[V:[^:]*]]: !msa_gpu.map<128, 128, bf16>
// CHECK-SAME: %[[LSE:[^:]*]]: memref<15x8x2xf32>
// CHECK-SAME: warpgroups = 1 : i64
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0 : i32
// CHECK-DAG: %[[ONE:.*]] = arith.constant 1 : i32
// CHECK-DAG: %[[TWO:.*]] = arith.constant 2 : i32
// CHECK-DAG: %[[SPLITS:.*]] = arith.constant 3 : i32
// CHECK-DAG: %[[STREAMS:.*]] = arith.constant 5 : i32
// CHECK-DAG: %[[EIGHT:.*]] = arith.constant 8 : i32
// CHECK-DAG: %[[COUNT:.*]] = arith.constant 30 : i32
// CHECK: msa_gpu.for_tiles %[[COUNT]] counter(
// CHECK: ^bb0(%[[TILE:.*]]: i32):
// CHECK: %[[SPLIT:.*]] = arith.remui %[[TILE]], %[[SPLITS]]
// CHECK: %[[BOTH:.*]] = arith.divui %[[TILE]], %[[SPLITS]]
// CHECK: %[[BATCH:.*]] = arith.divui %[[BOTH]], %[[TWO]]
// CHECK: %[[HEAD:.*]] = arith.remui %[[BOTH]], %[[TWO]]
// CHECK: msa_gpu.load %[[Q]][%[[ZERO]], %[[HEAD]], %[[BATCH]]] ring("q", 2) per_warpgroup
// Share s of 8 tiles: from 8 s / 3 to below 8 (s + 1) / 3.
// CHECK: %[[FROM:.*]] = arith.muli %[[SPLIT]], %[[EIGHT]]
// CHECK: arith.divui %[[FROM]], %[[SPLITS]]
// CHECK: %[[NEXT:.*]] = arith.addi %[[SPLIT]], %[[ONE]]
// CHECK: %[[TO:.*]] = arith.muli %[[NEXT]], %[[EIGHT]]
// CHECK: arith.divui %[[TO]], %[[SPLITS]]
// CHECK: scf.for
// CHECK: msa_gpu.load %[[K]]{{.*}} ring("k", 2)
// CHECK: %[[AGAIN:.*]] = msa_gpu.again %[[TILE]]
// CHECK: %[[S:.*]] = arith.remui %[[AGAIN]], %[[SPLITS]]
// CHECK: %[[BEFORE:.*]] = arith.muli %[[S]], %[[STREAMS]]
// CHECK: %[[STREAM:.*]] = arith.addi %[[BEFORE]], %{{.*}}
// CHECK: msa_gpu.store %{{[^,]*}}, %[[O]][%[[ZERO]], %{{.*}}, %[[STREAM]]] {staged = 2 : i64} : !msa_gpu.fragment<64, 128, f32>
// CHECK: msa_gpu.store_rows %{{[^,]*}}, %[[LSE]][%{{.*}}] count(%[[EIGHT]])
// CHECK-LABEL: func.func private @split_0(
// CHECK-SAME: #msa_gpu.launch<block = 256, shared = 181248, cluster = 1, persistent = true, cleared = 4>
// CHECK-SAME: <buffer = 0, element = bf16, offset = 0, sizes = [64, 8, 2, 2, 5], strides = [128, 64, 1024, 2048], box = [64, 64, 2, 1, 1], swizzle = 128>
// CHECK-SAME: element = f32, offset = 0, sizes = [128, 8, 2, 15], strides = [128, 1024, 2048], box = [32, 64, 1, 1], swizzle = 128>
func.func private @split_0(%q: memref<5x8x2x128xbf16>, %k: memref<5x2x1024x128xbf16>, %v: memref<5x2x1024x128xbf16>, %o: memref<15x8x2x128xf32>, %l: memref<15x8x2xf32>, %c: memref<1xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %v : memref<5x8x2x128xbf16>, memref<5x2x1024x128xbf16>, memref<5x2x1024x128xbf16>)
      outs(%o, %l, %c : memref<15x8x2x128xf32>, memref<15x8x2xf32>, memref<1xi32>) pattern(#msa.full) scale(0.125) schedule(<warpgroups = 1, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, stacked = true, splits = 3>)
  return
}

// -----

// Rows in two tiles; each row's query bounds its keys, each row's head has its bias; nothing is shared.

// CHECK-LABEL: msa_gpu.kernel @rows_0(
// CHECK-DAG: %[[QUERIES:.*]] = arith.constant 10 : i32
// CHECK-DAG: %[[LAST:.*]] = arith.constant 7 : i32
// CHECK-DAG: %[[SIXTYFOUR:.*]] = arith.constant 64 : i32
// CHECK-DAG: %[[TWO:.*]] = arith.constant 2 : i32
// CHECK: msa_gpu.for_tiles %[[TWO]] {
// CHECK: %[[T:.*]] = arith.remui %{{.*}}, %[[TWO]]
// CHECK: %[[OWN:.*]] = arith.muli %[[T]], %[[SIXTYFOUR]]
// CHECK: msa_gpu.load %{{.*}}[%[[OWN]],
// CHECK: msa_gpu.map %{{.*}} : (!msa_gpu.rows<i32>) -> !msa_gpu.rows<i32> {
// CHECK: ^bb0(%[[R:.*]]: i32):
// CHECK: %[[ROW:.*]] = arith.addi %[[R]], %[[OWN]]
// CHECK: arith.remui %[[ROW]], %[[QUERIES]]
// CHECK: msa_gpu.map %{{.*}} : (!msa_gpu.rows<i32>) -> !msa_gpu.rows<f32> {
// CHECK: ^bb0(%[[R:.*]]: i32):
// CHECK: %[[ROW:.*]] = arith.addi %[[R]], %[[OWN]]
// CHECK: %[[H:.*]] = arith.divui %[[ROW]], %[[QUERIES]]
// CHECK: arith.minsi %[[H]], %[[LAST]]
// CHECK: memref.load
// CHECK: msa_gpu.load %{{.*}} ring("k", 6)
// CHECK: msa_gpu.store %{{.*}} : !msa_gpu.operand<64, 64, f16>
// CHECK-LABEL: func.func private @rows_0(
// CHECK-SAME: persistent = false, cleared = 0>
// CHECK-SAME: sizes = [64, 80, 1, 1, 1]
func.func private @rows_0(%q: memref<1x8x10x64xf16>, %k: memref<1x1x40x64xf16>, %o: memref<1x8x10x64xf16>, %l: memref<1x8x10xf32>, %c: memref<1xi32>, %bias: memref<8xf32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %k : memref<1x8x10x64xf16>, memref<1x1x40x64xf16>, memref<1x1x40x64xf16>)
      bank(%k, %k : memref<1x1x40x64xf16>, memref<1x1x40x64xf16>) bias(%bias : memref<8xf32>)
      outs(%o, %l, %c : memref<1x8x10x64xf16>, memref<1x8x10xf32>, memref<1xi32>) pattern(#msa.causal) scale(0.125) schedule(<warpgroups = 1, keys = 128, stages = 6, rescale = lazy, skip = false, half = false, persistent = false, stacked = true>)
  return
}

// -----

// Token by token, with one head to a KV head: rows of a matrix are as far apart as tokens.

// CHECK-LABEL: func.func private @tokens_0(
// CHECK-SAME: <buffer = 0, element = bf16, offset = 0, sizes = [64, 3, 1, 8, 2], strides = [64, 64, 192, 1536], box = [64, 64, 1, 1, 1], swizzle = 128>
// CHECK-SAME: <buffer = 2, element = bf16, offset = 0, sizes = [64, 3, 1, 8, 2], strides = [512, 64, 64, 1536], box = [64, 64, 1, 1, 1], swizzle = 128>
func.func private @tokens_0(%q: memref<2x8x3x64xbf16>, %k: memref<2x8x40x64xbf16>, %o: memref<2x3x8x64xbf16>, %l: memref<2x8x3xf32>, %c: memref<1xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %k : memref<2x8x3x64xbf16>, memref<2x8x40x64xbf16>, memref<2x8x40x64xbf16>)
      outs(%o, %l, %c : memref<2x3x8x64xbf16>, memref<2x8x3xf32>, memref<1xi32>) token_major pattern(#msa.full) scale(0.125) schedule(<warpgroups = 1, keys = 128, stages = 6, rescale = lazy, skip = false, half = false, persistent = true, stacked = true>)
  return
}

// -----

// One query of four heads to a KV head: rows of a matrix are heads, whatever the order.

// CHECK-LABEL: func.func private @token_0(
// CHECK-SAME: <buffer = 0, element = bf16, offset = 0, sizes = [64, 4, 1, 2, 3], strides = [64, 64, 256, 512], box = [64, 64, 1, 1, 1], swizzle = 128>
// CHECK-SAME: <buffer = 2, element = bf16, offset = 0, sizes = [64, 4, 1, 2, 3], strides = [64, 64, 256, 512], box = [64, 64, 1, 1, 1], swizzle = 128>
func.func private @token_0(%q: memref<3x8x1x64xbf16>, %k: memref<3x2x40x64xbf16>, %o: memref<3x1x8x64xbf16>, %l: memref<3x8x1xf32>, %c: memref<1xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %k : memref<3x8x1x64xbf16>, memref<3x2x40x64xbf16>, memref<3x2x40x64xbf16>)
      outs(%o, %l, %c : memref<3x1x8x64xbf16>, memref<3x8x1xf32>, memref<1xi32>) token_major pattern(#msa.full) scale(0.125) schedule(<warpgroups = 1, keys = 128, stages = 6, rescale = lazy, skip = false, half = false, persistent = true, stacked = true>)
  return
}

// -----

// Rows of 80 columns: maps of whole rows, copied a panel of 64 columns after the other. Partial results have 32 columns a
// panel: three, the last of which is half there, all in shared memory at a time: 24 KiB in place of 16.

// CHECK-LABEL: msa_gpu.kernel @narrow_0(
// CHECK-SAME: %[[Q:[^:]*]]: !msa_gpu.map<64, 80, f16>, %[[O:[^:]*]]: !msa_gpu.map<64, 80, f32>, %[[K:[^:]*]]: !msa_gpu.map<128, 80, f16>
// CHECK: msa_gpu.load %[[Q]][{{[^]]*}}] ring("q", 2) per_warpgroup : <64, 80, f16> -> <64, 80, f16, pitch = 64>
// CHECK: msa_gpu.load %[[K]][{{[^]]*}}] ring("k", 2) : <128, 80, f16> -> <128, 80, f16, pitch = 128>
// CHECK: msa_gpu.product %{{.*}} transposed : !msa_gpu.tile<64, 80, f16, pitch = 64>, <128, 80, f16, pitch = 128> -> <64, 128, f32>
// CHECK: msa_gpu.product %{{.*}} acc({{.*}}) : !msa_gpu.operand<64, 128, f16>, <128, 80, f16, pitch = 128> -> <64, 80, f32>
// CHECK: msa_gpu.store %{{[^,]*}}, %[[O]][{{[^]]*}}] {staged = 3 : i64} : !msa_gpu.fragment<64, 80, f32>
// CHECK-LABEL: func.func private @narrow_0(
// CHECK-SAME: shared = 189440,
// CHECK-SAME: <buffer = 0, element = f16, offset = 0, sizes = [80, 4, 2, 3], strides = [80, 320, 640], box = [64, 64, 1, 1], swizzle = 128>
// CHECK-SAME: <buffer = 2, element = f32, offset = 0, sizes = [80, 4, 2, 6], strides = [80, 320, 640], box = [32, 64, 1, 1], swizzle = 128>
// CHECK-SAME: <buffer = 1, element = f16, offset = 0, sizes = [80, 300, 2, 3], strides = [80, 24000, 48000], box = [64, 128, 1, 1], swizzle = 128>
func.func private @narrow_0(%q: memref<3x8x1x80xf16>, %k: memref<3x2x300x80xf16>, %o: memref<6x8x1x80xf32>, %l: memref<6x8x1xf32>, %c: memref<1xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %k : memref<3x8x1x80xf16>, memref<3x2x300x80xf16>, memref<3x2x300x80xf16>)
      outs(%o, %l, %c : memref<6x8x1x80xf32>, memref<6x8x1xf32>, memref<1xi32>) pattern(#msa.full) scale(0.125) schedule(<warpgroups = 1, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, stacked = true, splits = 2>)
  return
}
