// RUN: msa-opt %s -split-input-file -msa-gpu-expand-attend | FileCheck %s

// Rules that are no band: lists of key tiles, and strided keys as rows of a view.

// Blocks that are whole tiles: each entry of the list that is not repeated, clamped to those past the keys, names
// tiles; of a tile that the band cuts only the band is compared. Positions are rows: all in 32 bits.
// CHECK-LABEL: msa_gpu.kernel @blocks(
// CHECK-SAME: %[[LISTS:[^:]*]]: memref<1x2x4x3xi32>, %{{[^:]*}}: memref<1xi32>)
// CHECK: msa_gpu.visits ring("visits", 4)
// CHECK: scf.for %[[SLOT:.*]] = %{{.*}} to %{{.*}} step %{{.*}} : i32 {
// CHECK:   %[[ENTRY:.*]] = memref.load %[[LISTS]]
// CHECK:   %[[LEAST:.*]] = arith.maxsi %[[ENTRY]], %{{.*}} : i32
// CHECK:   %[[ID:.*]] = arith.minsi %[[LEAST]], %{{.*}} : i32
// CHECK:   memref.load %[[LISTS]][%{{.*}}, %{{.*}}, %{{.*}}, %[[C0:.*]]]
// CHECK:   %[[EQUAL0:.*]] = arith.cmpi eq, %[[ID]], %{{.*}} : i32
// CHECK:   %[[EARLIER0:.*]] = arith.cmpi sgt, %[[SLOT]], %{{.*}} : i32
// CHECK:   %[[SAME0:.*]] = arith.andi %[[EARLIER0]], %[[EQUAL0]] : i1
// CHECK:   memref.load %[[LISTS]]
// CHECK:   %[[SAME1:.*]] = arith.andi
// CHECK:   %[[REPEATED:.*]] = arith.ori %[[SAME0]], %[[SAME1]] : i1
// CHECK-NOT: memref.load %[[LISTS]]
// CHECK:   %[[NEW:.*]] = arith.xori %[[REPEATED]]
// CHECK:   scf.if %[[NEW]] {
// CHECK:     scf.for %{{.*}} : i32 {
// CHECK:       scf.if
// CHECK:         msa_gpu.visit %{{.*}}, %{{.*}}
// CHECK-NOT: index_cast{{.*}}index to i32
// CHECK: } body {
// CHECK: ^bb0(%[[ROW:.*]]: i32, %[[KIND:.*]]: i32,
// CHECK:   msa_gpu.load %{{.*}}[%[[ROW]], {{.*}} ring("k", 2)
// CHECK:   %[[WHOLE:.*]] = arith.cmpi eq, %[[KIND]]
// CHECK:   scf.if %[[WHOLE]]
// CHECK-NOT: msa_gpu.band
// CHECK:   } else {
// CHECK:     msa_gpu.band %{{[^ ]*}} to %
// CHECK-NOT: msa_gpu.place
// CHECK:   msa_gpu.next
func.func private @blocks(%q: memref<1x2x512x64xbf16>, %k: memref<1x2x512x64xbf16>, %v: memref<1x2x512x64xbf16>, %o: memref<1x2x512x64xbf16>, %l: memref<1x2x512xf32>, %c: memref<1xi32>, %b: memref<1x2x4x3xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %v : memref<1x2x512x64xbf16>, memref<1x2x512x64xbf16>, memref<1x2x512x64xbf16>) blocks(%b : memref<1x2x4x3xi32>)
      outs(%o, %l, %c : memref<1x2x512x64xbf16>, memref<1x2x512xf32>, memref<1xi32>) pattern(#msa.all<#msa.causal, #msa.blocks<128>>) scale(0.125) schedule(<warpgroups = 2, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}

// -----

// Heads that share a list are packed: every warpgroup has the same 64 queries, of a head of its own.
// CHECK-LABEL: msa_gpu.kernel @packed(
// CHECK: msa_gpu.for_tiles
// CHECK: %[[GROUP:.*]] = msa_gpu.warpgroup
// CHECK: %[[HEAD:.*]] = arith.addi %{{.*}}, %[[GROUP]] : i32
// CHECK: %[[FIRST:.*]] = arith.muli %{{.*}}, %{{.*}} : i32
// CHECK: msa_gpu.load %{{.*}}[%[[FIRST]], %[[HEAD]], %{{.*}}] ring("q", 1) per_warpgroup
// CHECK: msa_gpu.visits
func.func private @packed(%q: memref<1x4x512x64xbf16>, %k: memref<1x2x512x64xbf16>, %v: memref<1x2x512x64xbf16>, %o: memref<1x4x512x64xbf16>, %l: memref<1x4x512xf32>, %c: memref<1xi32>, %b: memref<1x2x8x3xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %v : memref<1x4x512x64xbf16>, memref<1x2x512x64xbf16>, memref<1x2x512x64xbf16>) blocks(%b : memref<1x2x8x3xi32>)
      outs(%o, %l, %c : memref<1x4x512x64xbf16>, memref<1x4x512xf32>, memref<1xi32>) pattern(#msa.blocks<64>) scale(0.125) schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, packs = true>)
  return
}

// -----

// Blocks that are no whole tiles: a tile is empty or full by what all entries say, and is masked by the rule.
// CHECK-LABEL: msa_gpu.kernel @small_blocks(
// CHECK: msa_gpu.visits
// CHECK: scf.for %{{.*}} : i32 {
// CHECK:   scf.for %{{.*}} : i32 {
// CHECK:     scf.for %{{.*}} -> (i1)
// CHECK:     scf.for %{{.*}} -> (i1)
// CHECK:     scf.for %{{.*}} -> (i1)
// CHECK:     msa_gpu.visit
// CHECK: } body {
// CHECK-NOT: msa_gpu.band
// CHECK: } else {
// CHECK: msa_gpu.place
// CHECK-COUNT-3: memref.load
// CHECK: msa_gpu.next
func.func private @small_blocks(%q: memref<1x2x512x64xbf16>, %k: memref<1x2x512x64xbf16>, %v: memref<1x2x512x64xbf16>, %o: memref<1x2x512x64xbf16>, %l: memref<1x2x512xf32>, %c: memref<1xi32>, %b: memref<1x2x32x3xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %v : memref<1x2x512x64xbf16>, memref<1x2x512x64xbf16>, memref<1x2x512x64xbf16>) blocks(%b : memref<1x2x32x3xi32>)
      outs(%o, %l, %c : memref<1x2x512x64xbf16>, memref<1x2x512xf32>, memref<1xi32>) pattern(#msa.blocks<16>) scale(0.125) schedule(<warpgroups = 2, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}

// -----

// A union: tiles that the blocks keep are whole, up to the last key; others are the band's, and come first.
// CHECK-LABEL: msa_gpu.kernel @union_tail(
// CHECK: msa_gpu.visits
// CHECK: msa_gpu.visit
// CHECK: memref.load
// CHECK: msa_gpu.visit
// CHECK: } body {
// CHECK: scf.if
// CHECK-NOT: msa_gpu.band
// CHECK: } else {
// CHECK: scf.if
// CHECK: msa_gpu.band %{{[^ ]*}} to %
// CHECK: } else {
// CHECK: msa_gpu.band %{{[^ ]*}} from %{{[^ ]*}} : !msa_gpu.rows<i32> to %
// CHECK-NOT: msa_gpu.place
// CHECK: msa_gpu.next
func.func private @union_tail(%q: memref<1x2x500x64xbf16>, %k: memref<1x2x500x64xbf16>, %v: memref<1x2x500x64xbf16>, %o: memref<1x2x500x64xbf16>, %l: memref<1x2x500xf32>, %c: memref<1xi32>, %b: memref<1x2x4x3xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %v : memref<1x2x500x64xbf16>, memref<1x2x500x64xbf16>, memref<1x2x500x64xbf16>) blocks(%b : memref<1x2x4x3xi32>)
      outs(%o, %l, %c : memref<1x2x500x64xbf16>, memref<1x2x500xf32>, memref<1xi32>) pattern(#msa.any<#msa.blocks<128>, #msa.window<left = 100>>) scale(0.125) schedule(<warpgroups = 2, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}

// -----

// Positions of a stream do not fit 32 bits.
// CHECK-LABEL: msa_gpu.kernel @moved(
// CHECK: %[[AT:.*]] = memref.load %{{.*}} : memref<1xi64>
// CHECK: arith.index_cast %[[AT]] : i64 to index
// CHECK: msa_gpu.visits
// CHECK: } body {
// CHECK: msa_gpu.place
// CHECK: arith.remsi %{{.*}} : index
// CHECK: msa_gpu.next
func.func private @moved(%q: memref<1x2x512x64xbf16>, %k: memref<1x2x512x64xbf16>, %v: memref<1x2x512x64xbf16>, %o: memref<1x2x512x64xbf16>, %l: memref<1x2x512xf32>, %c: memref<1xi32>, %p: memref<1xi64>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %v : memref<1x2x512x64xbf16>, memref<1x2x512x64xbf16>, memref<1x2x512x64xbf16>) position(%p : memref<1xi64>)
      outs(%o, %l, %c : memref<1x2x512x64xbf16>, memref<1x2x512xf32>, memref<1xi32>) pattern(#msa.strided<48>) scale(0.125) schedule(<warpgroups = 2, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}

// -----

// Documents are read where tiles are cut.
// CHECK-LABEL: msa_gpu.kernel @document(
// CHECK: msa_gpu.visits
// CHECK: memref.load
// CHECK: msa_gpu.visit
// CHECK: } body {
// CHECK: msa_gpu.place
// CHECK-COUNT-2: memref.load
// CHECK: msa_gpu.next
func.func private @document(%q: memref<1x2x512x64xbf16>, %k: memref<1x2x512x64xbf16>, %v: memref<1x2x512x64xbf16>, %o: memref<1x2x512x64xbf16>, %l: memref<1x2x512xf32>, %c: memref<1xi32>, %d: memref<1x512xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %v : memref<1x2x512x64xbf16>, memref<1x2x512x64xbf16>, memref<1x2x512x64xbf16>) documents(%d : memref<1x512xi32>)
      outs(%o, %l, %c : memref<1x2x512x64xbf16>, memref<1x2x512xf32>, memref<1xi32>) pattern(#msa.document) scale(0.125) schedule(<warpgroups = 2, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}

// -----

// The hash of random blocks takes 64 bits; rows and numbers of tiles stay 32.
// CHECK-LABEL: msa_gpu.kernel @random(
// CHECK: msa_gpu.visits
// CHECK: arith.muli %{{.*}} : index
// CHECK: scf.for %{{.*}} : i32 {
// CHECK: msa_gpu.visit
// CHECK: scf.for %{{.*}} : i32 {
// CHECK: msa_gpu.visit
// CHECK-NOT: msa_gpu.visit
// CHECK: } body {
// CHECK-NOT: msa_gpu.place
// CHECK: msa_gpu.next
func.func private @random(%q: memref<1x2x512x64xbf16>, %k: memref<1x2x512x64xbf16>, %v: memref<1x2x512x64xbf16>, %o: memref<1x2x512x64xbf16>, %l: memref<1x2x512xf32>, %c: memref<1xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %v : memref<1x2x512x64xbf16>, memref<1x2x512x64xbf16>, memref<1x2x512x64xbf16>)
      outs(%o, %l, %c : memref<1x2x512x64xbf16>, memref<1x2x512xf32>, memref<1xi32>) pattern(#msa.random<count = 2, size = 128, span = 4>) scale(0.125) schedule(<warpgroups = 2, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}

// -----

// Every fourth key beside a window: loops over the window's tiles, and over the rows of a view that holds a
// fourth of the keys, as far as the window does not reach. Whole tiles come last.
// CHECK-LABEL: msa_gpu.kernel @strided(
// CHECK-SAME: %{{[^:]*}}: !msa_gpu.map<64, 64, bf16>, %{{[^:]*}}: !msa_gpu.map<64, 64, bf16>, %[[K:[^:]*]]: !msa_gpu.map<128, 64, bf16>, %[[V:[^:]*]]: !msa_gpu.map<128, 64, bf16>, %[[SK:[^:]*]]: !msa_gpu.map<128, 64, bf16>, %[[SV:[^:]*]]: !msa_gpu.map<128, 64, bf16>
// CHECK-NOT: msa_gpu.visits
// CHECK: scf.for
// CHECK: msa_gpu.load %[[K]]
// CHECK: msa_gpu.load %[[V]]
// CHECK: scf.for
// CHECK: msa_gpu.load %[[K]]
// CHECK: arith.divui %{{.*}} : i32
// CHECK: scf.for
// CHECK: msa_gpu.load %[[SK]]
// CHECK: msa_gpu.load %[[SV]]
// CHECK: msa_gpu.band %{{[^ ]*}} to %
// CHECK: scf.for
// CHECK-NOT: msa_gpu.band
// CHECK: msa_gpu.load %[[K]]
// CHECK: scf.for
// CHECK: msa_gpu.load %[[SK]]
// CHECK-NOT: msa_gpu.band
// CHECK-NOT: scf.for
// CHECK: msa_gpu.store %
// CHECK: func.func private @strided(
// CHECK-SAME: #msa_gpu.tensor_map<buffer = 1, element = bf16, offset = 0, sizes = [64, 512, 1, 2, 1], strides = [64, 64, 32768, 64], box = [64, 128, 1, 1, 1], swizzle = 128>
// CHECK-SAME: #msa_gpu.tensor_map<buffer = 1, element = bf16, offset = 192, sizes = [64, 128, 1, 2, 1], strides = [256, 64, 32768, 64], box = [64, 128, 1, 1, 1], swizzle = 128>
func.func private @strided(%q: memref<1x2x512x64xbf16>, %k: memref<1x2x512x64xbf16>, %v: memref<1x2x512x64xbf16>, %o: memref<1x2x512x64xbf16>, %l: memref<1x2x512xf32>, %c: memref<1xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %v : memref<1x2x512x64xbf16>, memref<1x2x512x64xbf16>, memref<1x2x512x64xbf16>)
      outs(%o, %l, %c : memref<1x2x512x64xbf16>, memref<1x2x512xf32>, memref<1xi32>) pattern(#msa.all<#msa.causal, #msa.any<#msa.strided<4>, #msa.window<left = 100>>>) scale(0.125) schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}

// -----

// No key so far on: only the window is left.
// CHECK-LABEL: msa_gpu.kernel @sparser(
// CHECK-SAME: %{{[^:]*}}: !msa_gpu.map<64, 64, bf16>, %{{[^:]*}}: !msa_gpu.map<64, 64, bf16>, %[[K:[^:]*]]: !msa_gpu.map<128, 64, bf16>, %[[V:[^:]*]]: !msa_gpu.map<128, 64, bf16>, %{{[^:]*}}: memref
// CHECK-NOT: msa_gpu.visits
// CHECK: msa_gpu.store %
func.func private @sparser(%q: memref<1x2x512x64xbf16>, %k: memref<1x2x512x64xbf16>, %v: memref<1x2x512x64xbf16>, %o: memref<1x2x512x64xbf16>, %l: memref<1x2x512xf32>, %c: memref<1xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %v : memref<1x2x512x64xbf16>, memref<1x2x512x64xbf16>, memref<1x2x512x64xbf16>)
      outs(%o, %l, %c : memref<1x2x512x64xbf16>, memref<1x2x512xf32>, memref<1xi32>) pattern(#msa.any<#msa.strided<1000>, #msa.window<left = 100>>) scale(0.125) schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}

// -----

// With overlap a visit multiplies the weights of the one before, whose values' place it carries; the first of a query
// tile those of the query tile before, which it finishes; the block's last query tile is finished behind all. Before the
// first the weights are zeros, as are the values, of keys past the end. A list that names nothing stands for one tile of
// keys past the end. What hides a product has no branches. Two tiles of queries.
// CHECK-LABEL: msa_gpu.kernel @overlapped(
// CHECK-DAG: %[[ZEROS:.*]] = msa_gpu.pack %{{.*}} : <64, 128, f32> -> <64, 128, bf16>
// CHECK-DAG: %[[NOWHERE:.*]] = arith.constant 536870912 : i32
// CHECK-DAG: %[[NOBODY:.*]] = arith.constant -1 : i32
// CHECK: msa_gpu.for_tiles %{{.*}} counter(%{{[^)]*}}) init(%{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}}, %[[ZEROS]], %[[NOWHERE]], %{{[^,]*}}, %{{[^,]*}}, %[[NOBODY]] :
// CHECK: ^bb0(%[[TILE:[^:]*]]: i32, %[[ACC0:[^:]*]]: {{[^%]*}}%[[MAX0:[^:]*]]: {{[^%]*}}%[[SUM0:[^:]*]]: {{[^%]*}}%[[WEIGHTS0:[^:]*]]: {{[^%]*}}%[[ROW0:[^:]*]]: i32, %[[HEAD0:[^:]*]]: i32, %[[STREAM0:[^:]*]]: i32, %[[TILE0:[^:]*]]: i32):
// CHECK: msa_gpu.load %{{.*}} ring("q", 2) per_warpgroup {evict_first}
// CHECK: %[[DONE:.*]]:8 = msa_gpu.visits ring("visits", 4) otherwise [536869888, 1] init(%[[ACC0]], %[[MAX0]], %[[SUM0]], %[[WEIGHTS0]], %[[ROW0]], %[[HEAD0]], %[[STREAM0]], %c1_i32{{[_0-9]*}} :
// CHECK: } body {
// CHECK: ^bb0(%[[ROW:[^:]*]]: i32, %{{[^:]*}}: i32, %[[ACC:[^:]*]]: {{[^%]*}}%[[MAX:[^:]*]]: {{[^%]*}}%[[SUM:[^:]*]]: {{[^%]*}}%[[WEIGHTS:[^:]*]]: {{[^%]*}}%[[BEFORE:[^:]*]]: i32, %[[HEAD:[^:]*]]: i32, %[[STREAM:[^:]*]]: i32, %[[FIRST:[^:]*]]: i32):
// CHECK:   %[[K:.*]] = msa_gpu.load %{{.*}}[%[[ROW]], %{{.*}} ring("k", 2)
// CHECK:   %[[V:.*]] = msa_gpu.load %{{.*}}[%[[BEFORE]], %[[HEAD]], %[[STREAM]]] ring("v", 2)
// CHECK:   %[[IS:.*]] = arith.cmpi ne, %[[FIRST]],
// CHECK:   scf.if %[[IS]]
// CHECK:     %[[S:.*]] = msa_gpu.issue %{{.*}}, %[[K]] transposed
// CHECK:     %[[O:.*]] = msa_gpu.issue %[[WEIGHTS]], %[[V]] acc(%[[ACC]]
// CHECK:     msa_gpu.wait 1 : %[[S]]
// CHECK-NOT: scf.if
// CHECK:     %[[LEFT:.*]]:2 = msa_gpu.wait 0 : %[[O]],
// CHECK:     %[[EXISTS:.*]] = arith.cmpi sge, %[[TILE0]],
// CHECK:     scf.if %[[EXISTS]] {
// CHECK:       msa_gpu.again %[[TILE0]]
// CHECK:       msa_gpu.combine add %[[SUM]]
// CHECK:       msa_gpu.store
// CHECK:     }
// CHECK:     msa_gpu.again
// CHECK:   } else {
// CHECK:     %[[S1:.*]] = msa_gpu.issue %{{.*}}, %[[K]] transposed
// CHECK:     %[[O1:.*]] = msa_gpu.issue %[[WEIGHTS]], %[[V]] acc(%[[ACC]]
// CHECK:     msa_gpu.wait 1 : %[[S1]]
// CHECK:     msa_gpu.computed
// CHECK:     msa_gpu.wait 0 : %[[O1]],
// CHECK:   msa_gpu.next %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %[[ROW]], %{{.*}}, %{{.*}}, %c0_i32{{[_0-9]*}} :
// CHECK: msa_gpu.next %[[DONE]]#0, %[[DONE]]#1, %[[DONE]]#2, %[[DONE]]#3, %[[DONE]]#4, %[[DONE]]#5, %[[DONE]]#6, %[[TILE]] :
// CHECK: } last {
// CHECK: ^bb0(%[[ACC1:[^:]*]]: {{[^%]*}}%{{[^:]*}}: {{[^%]*}}%{{[^:]*}}: {{[^%]*}}%[[WEIGHTS1:[^:]*]]: {{[^%]*}}%[[BEFORE1:[^:]*]]: i32, %[[HEAD1:[^:]*]]: i32, %[[STREAM1:[^:]*]]: i32, %[[TILE1:[^:]*]]: i32):
// CHECK: %[[V1:.*]] = msa_gpu.load %{{.*}}[%[[BEFORE1]], %[[HEAD1]], %[[STREAM1]]] ring("v", 2)
// CHECK: msa_gpu.product %[[WEIGHTS1]], %[[V1]] acc(%[[ACC1]]
// CHECK: scf.if
// CHECK: msa_gpu.again %[[TILE1]]
// CHECK: msa_gpu.store
func.func private @overlapped(%q: memref<1x2x512x64xbf16>, %k: memref<1x2x512x64xbf16>, %v: memref<1x2x512x64xbf16>, %o: memref<1x2x512x64xbf16>, %l: memref<1x2x512xf32>, %c: memref<1xi32>, %b: memref<1x2x4x3xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %v : memref<1x2x512x64xbf16>, memref<1x2x512x64xbf16>, memref<1x2x512x64xbf16>) blocks(%b : memref<1x2x4x3xi32>)
      outs(%o, %l, %c : memref<1x2x512x64xbf16>, memref<1x2x512xf32>, memref<1xi32>) pattern(#msa.all<#msa.causal, #msa.blocks<128>>) scale(0.125) schedule(<warpgroups = 2, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, overlap = true, ahead = true>)
  return
}

// -----

// Lists of two parts, of keys and of a carried window, end each: values of the one are not the other's.
// CHECK-LABEL: msa_gpu.kernel @with_window(
// CHECK: msa_gpu.for_tiles %{{.*}} counter(%{{[^)]*}}) {
// CHECK: %[[DONE:.*]]:5 = msa_gpu.visits ring("visits", 4) init(
// CHECK: %[[LAST:.*]] = msa_gpu.load %{{.*}}[%[[DONE]]#4, %{{.*}} ring("v", 2)
// CHECK: msa_gpu.product %[[DONE]]#3, %[[LAST]] acc(%[[DONE]]#0
// CHECK: msa_gpu.visits ring("visits", 4) init(
func.func private @with_window(%q: memref<1x2x512x64xbf16>, %k: memref<1x2x512x64xbf16>, %v: memref<1x2x512x64xbf16>, %w: memref<1x2x128x64xbf16>, %p: memref<1xi64>, %o: memref<1x2x512x64xbf16>, %l: memref<1x2x512xf32>, %c: memref<1xi32>, %b: memref<1x2x4x3xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %v : memref<1x2x512x64xbf16>, memref<1x2x512x64xbf16>, memref<1x2x512x64xbf16>) window(%w, %w : memref<1x2x128x64xbf16>, memref<1x2x128x64xbf16>)
      position(%p : memref<1xi64>) blocks(%b : memref<1x2x4x3xi32>)
      outs(%o, %l, %c : memref<1x2x512x64xbf16>, memref<1x2x512xf32>, memref<1xi32>) pattern(#msa.all<#msa.causal, #msa.blocks<128>>) scale(0.125) schedule(<warpgroups = 2, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, overlap = true, ahead = true>)
  return
}
