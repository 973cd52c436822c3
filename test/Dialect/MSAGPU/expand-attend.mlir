// RUN: msa-opt %s -split-input-file -msa-gpu-expand-attend | FileCheck %s

// The loops over key tiles and what each compares: bounds only where the pattern, or the keys' end, cuts a tile.

// Tiles that the diagonal cuts, then whole ones; their maps; a counter to draw from.
// CHECK-LABEL: msa_gpu.kernel @causal_0(
// CHECK-SAME: %[[Q:[^:]*]]: !msa_gpu.map<64, 128, bf16>, %[[O:[^:]*]]: !msa_gpu.map<64, 128, bf16>, %[[K:[^:]*]]: !msa_gpu.map<128, 128, bf16>, %[[V:[^:]*]]: !msa_gpu.map<128, 128, bf16>
// CHECK-SAME: %[[LSE:[^:]*]]: memref<1x2x512xf32>, %[[COUNTER:[^:]*]]: memref<1xi32>) attributes {warpgroups = 3 : i64}
// CHECK: %[[COUNT:.*]] = arith.constant 6 : i32
// CHECK: msa_gpu.for_tiles %[[COUNT]] counter(%[[COUNTER]] : memref<1xi32>)
// CHECK: msa_gpu.load %[[Q]]{{.*}} ring("q", 1) per_warpgroup
// CHECK: scf.for
// CHECK: msa_gpu.band %{{[^ ]*}} to %
// CHECK-NOT: scf.for
// CHECK: msa_gpu.product %{{.*}} acc(
// CHECK: scf.yield
// CHECK: scf.for
// CHECK-NOT: msa_gpu.band
// CHECK: msa_gpu.product %{{.*}} acc(
// CHECK: scf.yield
// CHECK-NOT: scf.for
// CHECK: msa_gpu.store %
// CHECK: msa_gpu.store_rows %
func.func private @causal_0(%q: memref<1x2x512x128xbf16>, %k: memref<1x2x512x128xbf16>, %v: memref<1x2x512x128xbf16>, %o: memref<1x2x512x128xbf16>, %l: memref<1x2x512xf32>, %c: memref<1xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %v : memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>)
      outs(%o, %l, %c : memref<1x2x512x128xbf16>, memref<1x2x512xf32>, memref<1xi32>) pattern(#msa.causal) scale(0.125) schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}
func.func @causal(%q: memref<1x2x512x128xbf16>, %k: memref<1x2x512x128xbf16>, %v: memref<1x2x512x128xbf16>, %o: memref<1x2x512x128xbf16>, %l: memref<1x2x512xf32>, %c: memref<1xi32>) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  call @causal_0(%q, %k, %v, %o, %l, %c, %zero, %one) : (memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512xf32>, memref<1xi32>, index, index) -> ()
  return
}

// -----

// Nothing is cut.
// CHECK-LABEL: msa_gpu.kernel @full_0(
// CHECK: scf.for
// CHECK-NOT: msa_gpu.band
// CHECK: msa_gpu.product %{{.*}} acc(
// CHECK: scf.yield
// CHECK-NOT: scf.for
// CHECK: msa_gpu.store %
// CHECK: msa_gpu.store_rows %
func.func private @full_0(%q: memref<1x2x512x128xbf16>, %k: memref<1x2x512x128xbf16>, %v: memref<1x2x512x128xbf16>, %o: memref<1x2x512x128xbf16>, %l: memref<1x2x512xf32>, %c: memref<1xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %v : memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>)
      outs(%o, %l, %c : memref<1x2x512x128xbf16>, memref<1x2x512xf32>, memref<1xi32>) pattern(#msa.full) scale(0.125) schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}
func.func @full(%q: memref<1x2x512x128xbf16>, %k: memref<1x2x512x128xbf16>, %v: memref<1x2x512x128xbf16>, %o: memref<1x2x512x128xbf16>, %l: memref<1x2x512xf32>, %c: memref<1xi32>) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  call @full_0(%q, %k, %v, %o, %l, %c, %zero, %one) : (memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512xf32>, memref<1xi32>, index, index) -> ()
  return
}

// -----

// The last keys are no whole tile.
// CHECK-LABEL: msa_gpu.kernel @full_tail_0(
// CHECK: scf.for
// CHECK: msa_gpu.band %{{[^ ]*}} to %
// CHECK-NOT: scf.for
// CHECK: msa_gpu.product %{{.*}} acc(
// CHECK: scf.yield
// CHECK: scf.for
// CHECK-NOT: msa_gpu.band
// CHECK: msa_gpu.product %{{.*}} acc(
// CHECK: scf.yield
// CHECK-NOT: scf.for
// CHECK: msa_gpu.store %
// CHECK: msa_gpu.store_rows %
func.func private @full_tail_0(%q: memref<1x2x512x128xbf16>, %k: memref<1x2x500x128xbf16>, %v: memref<1x2x500x128xbf16>, %o: memref<1x2x512x128xbf16>, %l: memref<1x2x512xf32>, %c: memref<1xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %v : memref<1x2x512x128xbf16>, memref<1x2x500x128xbf16>, memref<1x2x500x128xbf16>)
      outs(%o, %l, %c : memref<1x2x512x128xbf16>, memref<1x2x512xf32>, memref<1xi32>) pattern(#msa.full) scale(0.125) schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}
func.func @full_tail(%q: memref<1x2x512x128xbf16>, %k: memref<1x2x500x128xbf16>, %v: memref<1x2x500x128xbf16>, %o: memref<1x2x512x128xbf16>, %l: memref<1x2x512xf32>, %c: memref<1xi32>) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  call @full_tail_0(%q, %k, %v, %o, %l, %c, %zero, %one) : (memref<1x2x512x128xbf16>, memref<1x2x500x128xbf16>, memref<1x2x500x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512xf32>, memref<1xi32>, index, index) -> ()
  return
}

// -----

// A wide window: tiles are cut on one side or the other.
// CHECK-LABEL: msa_gpu.kernel @window_0(
// CHECK: scf.for
// CHECK: msa_gpu.band %{{[^ ]*}} to %
// CHECK-NOT: scf.for
// CHECK: msa_gpu.product %{{.*}} acc(
// CHECK: scf.yield
// CHECK: scf.for
// CHECK: msa_gpu.band %{{[^ ]*}} from %{{[^ ]*}} : !msa_gpu.rows<i32> :
// CHECK-NOT: scf.for
// CHECK: msa_gpu.product %{{.*}} acc(
// CHECK: scf.yield
// CHECK: scf.for
// CHECK-NOT: msa_gpu.band
// CHECK: msa_gpu.product %{{.*}} acc(
// CHECK: scf.yield
// CHECK-NOT: scf.for
// CHECK: msa_gpu.store %
// CHECK: msa_gpu.store_rows %
func.func private @window_0(%q: memref<1x2x1024x128xbf16>, %k: memref<1x2x1024x128xbf16>, %v: memref<1x2x1024x128xbf16>, %o: memref<1x2x1024x128xbf16>, %l: memref<1x2x1024xf32>, %c: memref<1xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %v : memref<1x2x1024x128xbf16>, memref<1x2x1024x128xbf16>, memref<1x2x1024x128xbf16>)
      outs(%o, %l, %c : memref<1x2x1024x128xbf16>, memref<1x2x1024xf32>, memref<1xi32>) pattern(#msa.window<left = 511>) scale(0.125) schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}
func.func @window(%q: memref<1x2x1024x128xbf16>, %k: memref<1x2x1024x128xbf16>, %v: memref<1x2x1024x128xbf16>, %o: memref<1x2x1024x128xbf16>, %l: memref<1x2x1024xf32>, %c: memref<1xi32>) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  call @window_0(%q, %k, %v, %o, %l, %c, %zero, %one) : (memref<1x2x1024x128xbf16>, memref<1x2x1024x128xbf16>, memref<1x2x1024x128xbf16>, memref<1x2x1024x128xbf16>, memref<1x2x1024xf32>, memref<1xi32>, index, index) -> ()
  return
}

// -----

// A narrow one can cut a tile on both sides.
// CHECK-LABEL: msa_gpu.kernel @narrow_0(
// CHECK: scf.for
// CHECK: msa_gpu.band %{{[^ ]*}} from %{{[^ ]*}} : !msa_gpu.rows<i32> to %
// CHECK-NOT: scf.for
// CHECK: msa_gpu.product %{{.*}} acc(
// CHECK: scf.yield
// CHECK: scf.for
// CHECK: msa_gpu.band %{{[^ ]*}} from %{{[^ ]*}} : !msa_gpu.rows<i32> to %
// CHECK-NOT: scf.for
// CHECK: msa_gpu.product %{{.*}} acc(
// CHECK: scf.yield
// CHECK: scf.for
// CHECK-NOT: msa_gpu.band
// CHECK: msa_gpu.product %{{.*}} acc(
// CHECK: scf.yield
// CHECK-NOT: scf.for
// CHECK: msa_gpu.store %
// CHECK: msa_gpu.store_rows %
func.func private @narrow_0(%q: memref<1x2x512x128xbf16>, %k: memref<1x2x512x128xbf16>, %v: memref<1x2x512x128xbf16>, %o: memref<1x2x512x128xbf16>, %l: memref<1x2x512xf32>, %c: memref<1xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %v : memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>)
      outs(%o, %l, %c : memref<1x2x512x128xbf16>, memref<1x2x512xf32>, memref<1xi32>) pattern(#msa.window<left = 5>) scale(0.125) schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}
func.func @narrow(%q: memref<1x2x512x128xbf16>, %k: memref<1x2x512x128xbf16>, %v: memref<1x2x512x128xbf16>, %o: memref<1x2x512x128xbf16>, %l: memref<1x2x512xf32>, %c: memref<1xi32>) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  call @narrow_0(%q, %k, %v, %o, %l, %c, %zero, %one) : (memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512xf32>, memref<1xi32>, index, index) -> ()
  return
}

// -----

// Nor is a wide one known to be cut on one side where the keys' end moves.
// CHECK-LABEL: msa_gpu.kernel @window_length_0(
// CHECK: scf.for
// CHECK: msa_gpu.band %{{[^ ]*}} from %{{[^ ]*}} : !msa_gpu.rows<i32> to %
// CHECK-NOT: scf.for
// CHECK: msa_gpu.product %{{.*}} acc(
// CHECK: scf.yield
// CHECK: scf.for
// CHECK: msa_gpu.band %{{[^ ]*}} from %{{[^ ]*}} : !msa_gpu.rows<i32> to %
// CHECK-NOT: scf.for
// CHECK: msa_gpu.product %{{.*}} acc(
// CHECK: scf.yield
// CHECK: scf.for
// CHECK-NOT: msa_gpu.band
// CHECK: msa_gpu.product %{{.*}} acc(
// CHECK: scf.yield
// CHECK-NOT: scf.for
// CHECK: msa_gpu.store %
// CHECK: msa_gpu.store_rows %
func.func private @window_length_0(%q: memref<1x2x1024x128xbf16>, %k: memref<1x2x1024x128xbf16>, %v: memref<1x2x1024x128xbf16>, %length: memref<1xi64>, %o: memref<1x2x1024x128xbf16>, %l: memref<1x2x1024xf32>, %c: memref<1xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %v : memref<1x2x1024x128xbf16>, memref<1x2x1024x128xbf16>, memref<1x2x1024x128xbf16>) length(%length : memref<1xi64>)
      outs(%o, %l, %c : memref<1x2x1024x128xbf16>, memref<1x2x1024xf32>, memref<1xi32>) pattern(#msa.window<left = 511>) scale(0.125) schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}
func.func @window_length(%q: memref<1x2x1024x128xbf16>, %k: memref<1x2x1024x128xbf16>, %v: memref<1x2x1024x128xbf16>, %length: memref<1xi64>, %o: memref<1x2x1024x128xbf16>, %l: memref<1x2x1024xf32>, %c: memref<1xi32>) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  call @window_length_0(%q, %k, %v, %length, %o, %l, %c, %zero, %one) : (memref<1x2x1024x128xbf16>, memref<1x2x1024x128xbf16>, memref<1x2x1024x128xbf16>, memref<1xi64>, memref<1x2x1024x128xbf16>, memref<1x2x1024xf32>, memref<1xi32>, index, index) -> ()
  return
}

// -----

// A bank is whole but for its tail; the whole tiles of both come last.
// CHECK-LABEL: msa_gpu.kernel @bank_0(
// CHECK: scf.for
// CHECK: msa_gpu.band %{{[^ ]*}} to %
// CHECK-NOT: scf.for
// CHECK: msa_gpu.product %{{.*}} acc(
// CHECK: scf.yield
// CHECK: scf.for
// CHECK: msa_gpu.band %{{[^ ]*}} to %
// CHECK-NOT: scf.for
// CHECK: msa_gpu.product %{{.*}} acc(
// CHECK: scf.yield
// CHECK: scf.for
// CHECK-NOT: msa_gpu.band
// CHECK: msa_gpu.product %{{.*}} acc(
// CHECK: scf.yield
// CHECK: scf.for
// CHECK-NOT: msa_gpu.band
// CHECK: msa_gpu.product %{{.*}} acc(
// CHECK: scf.yield
// CHECK-NOT: scf.for
// CHECK: msa_gpu.store %
// CHECK: msa_gpu.store_rows %
func.func private @bank_0(%q: memref<1x2x512x128xbf16>, %k: memref<1x2x512x128xbf16>, %v: memref<1x2x512x128xbf16>, %bk: memref<1x2x300x128xbf16>, %o: memref<1x2x512x128xbf16>, %l: memref<1x2x512xf32>, %c: memref<1xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %v : memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>)
      bank(%bk, %bk : memref<1x2x300x128xbf16>, memref<1x2x300x128xbf16>)
      outs(%o, %l, %c : memref<1x2x512x128xbf16>, memref<1x2x512xf32>, memref<1xi32>) pattern(#msa.causal) scale(0.125) schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}
func.func @bank(%q: memref<1x2x512x128xbf16>, %k: memref<1x2x512x128xbf16>, %v: memref<1x2x512x128xbf16>, %bk: memref<1x2x300x128xbf16>, %o: memref<1x2x512x128xbf16>, %l: memref<1x2x512xf32>, %c: memref<1xi32>) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  call @bank_0(%q, %k, %v, %bk, %o, %l, %c, %zero, %one) : (memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x300x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512xf32>, memref<1xi32>, index, index) -> ()
  return
}

// -----

// The bias is added in the bank's loops alone.
// CHECK-LABEL: msa_gpu.kernel @bias_0(
// CHECK: scf.for
// CHECK-NOT: memref.load
// CHECK: scf.for
// CHECK: memref.load %{{.*}} : memref<2xf32>
// CHECK: arith.addf
// CHECK: scf.for
// CHECK-NOT: memref.load
// CHECK: scf.for
// CHECK: memref.load %{{.*}} : memref<2xf32>
// CHECK: arith.addf
// CHECK-NOT: scf.for
// CHECK: msa_gpu.store %
// CHECK: msa_gpu.store_rows %
func.func private @bias_0(%q: memref<1x2x512x128xbf16>, %k: memref<1x2x512x128xbf16>, %v: memref<1x2x512x128xbf16>, %bk: memref<1x2x300x128xbf16>, %bias: memref<2xf32>, %o: memref<1x2x512x128xbf16>, %l: memref<1x2x512xf32>, %c: memref<1xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %v : memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>)
      bank(%bk, %bk : memref<1x2x300x128xbf16>, memref<1x2x300x128xbf16>) bias(%bias : memref<2xf32>)
      outs(%o, %l, %c : memref<1x2x512x128xbf16>, memref<1x2x512xf32>, memref<1xi32>) pattern(#msa.causal) scale(0.125) schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}
func.func @bias(%q: memref<1x2x512x128xbf16>, %k: memref<1x2x512x128xbf16>, %v: memref<1x2x512x128xbf16>, %bk: memref<1x2x300x128xbf16>, %bias: memref<2xf32>, %o: memref<1x2x512x128xbf16>, %l: memref<1x2x512xf32>, %c: memref<1xi32>) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  call @bias_0(%q, %k, %v, %bk, %bias, %o, %l, %c, %zero, %one) : (memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x300x128xbf16>, memref<2xf32>, memref<1x2x512x128xbf16>, memref<1x2x512xf32>, memref<1xi32>, index, index) -> ()
  return
}

// -----

// Keys of the carried window before position 0 are not there; the position is clamped to the window, the length to
// the segment, the offset so that sums fit 32 bits.
// CHECK-LABEL: msa_gpu.kernel @carried_0(
// CHECK: msa_gpu.load {{.*}} per_warpgroup
// CHECK: %[[FAR:.*]] = memref.load %{{.*}} : memref<1xi64>
// CHECK: arith.constant -1073741824 : i64
// CHECK: arith.maxsi %[[FAR]]
// CHECK: arith.constant 1073741824 : i64
// CHECK: arith.minsi
// CHECK: %[[N:.*]] = memref.load %{{.*}} : memref<1xi64>
// CHECK: arith.maxsi %[[N]]
// CHECK: arith.constant 512 : i64
// CHECK: arith.minsi
// CHECK: %[[P:.*]] = memref.load %{{.*}} : memref<1xi64>
// CHECK: arith.maxsi %[[P]]
// CHECK: arith.constant 100 : i64
// CHECK: arith.minsi
// CHECK: scf.for
// CHECK: msa_gpu.band %{{[^ ]*}} from %{{[^ ]*}} : !msa_gpu.rows<i32> to %
// CHECK-NOT: scf.for
// CHECK: msa_gpu.product %{{.*}} acc(
// CHECK: scf.yield
// CHECK: scf.for
// CHECK: msa_gpu.band %{{[^ ]*}} from %{{[^ ]*}} : !msa_gpu.rows<i32> to %
// CHECK-NOT: scf.for
// CHECK: msa_gpu.product %{{.*}} acc(
// CHECK: scf.yield
// CHECK: scf.for
// CHECK: msa_gpu.band %{{[^ ]*}} from %{{[^ ]*}} : !msa_gpu.rows<i32> to %
// CHECK-NOT: scf.for
// CHECK: msa_gpu.product %{{.*}} acc(
// CHECK: scf.yield
// CHECK: scf.for
// CHECK: msa_gpu.band %{{[^ ]*}} from %{{[^ ]*}} : !msa_gpu.rows<i32> to %
// CHECK-NOT: scf.for
// CHECK: msa_gpu.product %{{.*}} acc(
// CHECK: scf.yield
// CHECK: scf.for
// CHECK-NOT: msa_gpu.band
// CHECK: msa_gpu.product %{{.*}} acc(
// CHECK: scf.yield
// CHECK: scf.for
// CHECK-NOT: msa_gpu.band
// CHECK: msa_gpu.product %{{.*}} acc(
// CHECK: scf.yield
// CHECK-NOT: scf.for
// CHECK: msa_gpu.store %
// CHECK: msa_gpu.store_rows %
func.func private @carried_0(%q: memref<1x2x512x128xbf16>, %k: memref<1x2x512x128xbf16>, %v: memref<1x2x512x128xbf16>, %wk: memref<1x2x100x128xbf16>, %position: memref<1xi64>, %length: memref<1xi64>, %offset: memref<1xi64>, %o: memref<1x2x512x128xbf16>, %l: memref<1x2x512xf32>, %c: memref<1xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %v : memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>)
      window(%wk, %wk : memref<1x2x100x128xbf16>, memref<1x2x100x128xbf16>) position(%position : memref<1xi64>) length(%length : memref<1xi64>) offset(%offset : memref<1xi64>)
      outs(%o, %l, %c : memref<1x2x512x128xbf16>, memref<1x2x512xf32>, memref<1xi32>) pattern(#msa.window<left = 99>) scale(0.125) schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}
func.func @carried(%q: memref<1x2x512x128xbf16>, %k: memref<1x2x512x128xbf16>, %v: memref<1x2x512x128xbf16>, %wk: memref<1x2x100x128xbf16>, %position: memref<1xi64>, %length: memref<1xi64>, %offset: memref<1xi64>, %o: memref<1x2x512x128xbf16>, %l: memref<1x2x512xf32>, %c: memref<1xi32>) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  call @carried_0(%q, %k, %v, %wk, %position, %length, %offset, %o, %l, %c, %zero, %one) : (memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x100x128xbf16>, memref<1xi64>, memref<1xi64>, memref<1xi64>, memref<1x2x512x128xbf16>, memref<1x2x512xf32>, memref<1xi32>, index, index) -> ()
  return
}

// -----

// Query heads share a KV head: head h reads KV head h / 4.
// CHECK-LABEL: msa_gpu.kernel @shared_0(
// CHECK: arith.remui
// CHECK: arith.remui
// CHECK: %[[HEAD:.*]] = arith.remui
// CHECK: %[[KV:.*]] = arith.divui %[[HEAD]], %c4_i32{{(_[0-9]+)?}} : i32
// CHECK: msa_gpu.load %{{[^[]*}}[%{{[^,]*}}, %[[HEAD]], %{{[^]]*}}] ring("q", 1)
// CHECK: msa_gpu.load %{{[^[]*}}[%{{[^,]*}}, %[[KV]], %{{[^]]*}}] ring("k", 2)
// CHECK: msa_gpu.load %{{[^[]*}}[%{{[^,]*}}, %[[KV]], %{{[^]]*}}] ring("v", 2)
// CHECK-NOT: scf.for
// CHECK: msa_gpu.store %
// CHECK: msa_gpu.store_rows %
func.func private @shared_0(%q: memref<1x8x192x128xbf16>, %k: memref<1x2x128x128xbf16>, %v: memref<1x2x128x128xbf16>, %o: memref<1x8x192x128xbf16>, %l: memref<1x8x192xf32>, %c: memref<1xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %v : memref<1x8x192x128xbf16>, memref<1x2x128x128xbf16>, memref<1x2x128x128xbf16>)
      outs(%o, %l, %c : memref<1x8x192x128xbf16>, memref<1x8x192xf32>, memref<1xi32>) pattern(#msa.full) scale(0.125) schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}
func.func @shared(%q: memref<1x8x192x128xbf16>, %k: memref<1x2x128x128xbf16>, %v: memref<1x2x128x128xbf16>, %o: memref<1x8x192x128xbf16>, %l: memref<1x8x192xf32>, %c: memref<1xi32>) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  call @shared_0(%q, %k, %v, %o, %l, %c, %zero, %one) : (memref<1x8x192x128xbf16>, memref<1x2x128x128xbf16>, memref<1x2x128x128xbf16>, memref<1x8x192x128xbf16>, memref<1x8x192xf32>, memref<1xi32>, index, index) -> ()
  return
}

// -----

// With skip a warpgroup steps over cut tiles that its own rows do not see; loads come before.
// CHECK-LABEL: msa_gpu.kernel @skip_0(
// CHECK: scf.for
// CHECK: msa_gpu.load {{.*}} ring("v", 2)
// CHECK: scf.if %{{.*}} -> (!msa_gpu.fragment<64, 128, f32>, !msa_gpu.rows<f32>, !msa_gpu.rows<f32, partial = true>)
// CHECK-NOT: msa_gpu.slice
// CHECK: } else {
// CHECK-NEXT: scf.yield
// CHECK: scf.for
// CHECK: scf.if
// CHECK: } else {
// CHECK-NEXT: scf.yield
// CHECK: scf.for
// CHECK-NOT: scf.for
// CHECK: msa_gpu.store %
// CHECK: msa_gpu.store_rows %
func.func private @skip_0(%q: memref<1x2x1024x128xbf16>, %k: memref<1x2x1024x128xbf16>, %v: memref<1x2x1024x128xbf16>, %o: memref<1x2x1024x128xbf16>, %l: memref<1x2x1024xf32>, %c: memref<1xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %v : memref<1x2x1024x128xbf16>, memref<1x2x1024x128xbf16>, memref<1x2x1024x128xbf16>)
      outs(%o, %l, %c : memref<1x2x1024x128xbf16>, memref<1x2x1024xf32>, memref<1xi32>) pattern(#msa.window<left = 511>) scale(0.125) schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = lazy, skip = true, half = false, persistent = true>)
  return
}
func.func @skip(%q: memref<1x2x1024x128xbf16>, %k: memref<1x2x1024x128xbf16>, %v: memref<1x2x1024x128xbf16>, %o: memref<1x2x1024x128xbf16>, %l: memref<1x2x1024xf32>, %c: memref<1xi32>) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  call @skip_0(%q, %k, %v, %o, %l, %c, %zero, %one) : (memref<1x2x1024x128xbf16>, memref<1x2x1024x128xbf16>, memref<1x2x1024x128xbf16>, memref<1x2x1024x128xbf16>, memref<1x2x1024xf32>, memref<1xi32>, index, index) -> ()
  return
}

// -----

// With half it multiplies 64 keys where it sees no more: the lower ones of the diagonal, the upper ones of the far end.
// CHECK-LABEL: msa_gpu.kernel @half_0(
// CHECK: scf.for
// CHECK: scf.if
// CHECK: scf.if
// CHECK: } else {
// CHECK: %[[LOW:.*]] = arith.constant 0 : i32
// CHECK: msa_gpu.slice %{{.*}}[%[[LOW]]] : <128, 128, bf16, pitch = 128> -> <64, 128, bf16, pitch = 128>
// CHECK: msa_gpu.slice %{{.*}}[%[[LOW]]]
// CHECK: scf.for
// CHECK: scf.if
// CHECK: scf.if
// CHECK: } else {
// CHECK: %[[HIGH:.*]] = arith.constant 64 : i32
// CHECK: msa_gpu.slice %{{.*}}[%[[HIGH]]]
// CHECK: msa_gpu.slice %{{.*}}[%[[HIGH]]]
// CHECK: scf.for
// CHECK-NOT: scf.for
// CHECK: msa_gpu.store %
// CHECK: msa_gpu.store_rows %
func.func private @half_0(%q: memref<1x2x1024x128xbf16>, %k: memref<1x2x1024x128xbf16>, %v: memref<1x2x1024x128xbf16>, %o: memref<1x2x1024x128xbf16>, %l: memref<1x2x1024xf32>, %c: memref<1xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %v : memref<1x2x1024x128xbf16>, memref<1x2x1024x128xbf16>, memref<1x2x1024x128xbf16>)
      outs(%o, %l, %c : memref<1x2x1024x128xbf16>, memref<1x2x1024xf32>, memref<1xi32>) pattern(#msa.window<left = 511>) scale(0.125) schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = lazy, skip = true, half = true, persistent = true>)
  return
}
func.func @half(%q: memref<1x2x1024x128xbf16>, %k: memref<1x2x1024x128xbf16>, %v: memref<1x2x1024x128xbf16>, %o: memref<1x2x1024x128xbf16>, %l: memref<1x2x1024xf32>, %c: memref<1xi32>) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  call @half_0(%q, %k, %v, %o, %l, %c, %zero, %one) : (memref<1x2x1024x128xbf16>, memref<1x2x1024x128xbf16>, memref<1x2x1024x128xbf16>, memref<1x2x1024x128xbf16>, memref<1x2x1024xf32>, memref<1xi32>, index, index) -> ()
  return
}

// -----

// Rescaled with every tile: nothing asks how far the maximum grew.
// CHECK-LABEL: msa_gpu.kernel @always_0(
// CHECK: scf.for
// CHECK-NOT: msa_gpu.any
// CHECK: scf.for
// CHECK-NOT: msa_gpu.any
// CHECK-NOT: scf.for
// CHECK: msa_gpu.store %
// CHECK: msa_gpu.store_rows %
func.func private @always_0(%q: memref<1x2x512x128xbf16>, %k: memref<1x2x512x128xbf16>, %v: memref<1x2x512x128xbf16>, %o: memref<1x2x512x128xbf16>, %l: memref<1x2x512xf32>, %c: memref<1xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %v : memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>)
      outs(%o, %l, %c : memref<1x2x512x128xbf16>, memref<1x2x512xf32>, memref<1xi32>) pattern(#msa.causal) scale(0.125) schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = always, skip = false, half = false, persistent = true>)
  return
}
func.func @always(%q: memref<1x2x512x128xbf16>, %k: memref<1x2x512x128xbf16>, %v: memref<1x2x512x128xbf16>, %o: memref<1x2x512x128xbf16>, %l: memref<1x2x512xf32>, %c: memref<1xi32>) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  call @always_0(%q, %k, %v, %o, %l, %c, %zero, %one) : (memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512xf32>, memref<1xi32>, index, index) -> ()
  return
}

// -----

// Without a counter each block has the tile of its number.
// CHECK-LABEL: msa_gpu.kernel @once_0(
// CHECK: msa_gpu.for_tiles %{{[^ ]*}} {
// CHECK: scf.for
// CHECK-NOT: msa_gpu.band
// CHECK: msa_gpu.product %{{.*}} acc(
// CHECK: scf.yield
// CHECK-NOT: scf.for
// CHECK: msa_gpu.store %
// CHECK: msa_gpu.store_rows %
func.func private @once_0(%q: memref<1x2x512x128xbf16>, %k: memref<1x2x512x128xbf16>, %v: memref<1x2x512x128xbf16>, %o: memref<1x2x512x128xbf16>, %l: memref<1x2x512xf32>, %c: memref<1xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %v : memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>)
      outs(%o, %l, %c : memref<1x2x512x128xbf16>, memref<1x2x512xf32>, memref<1xi32>) pattern(#msa.full) scale(0.125) schedule(<warpgroups = 1, keys = 64, stages = 3, rescale = lazy, skip = false, half = false, persistent = false>)
  return
}
func.func @once(%q: memref<1x2x512x128xbf16>, %k: memref<1x2x512x128xbf16>, %v: memref<1x2x512x128xbf16>, %o: memref<1x2x512x128xbf16>, %l: memref<1x2x512xf32>, %c: memref<1xi32>) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  call @once_0(%q, %k, %v, %o, %l, %c, %zero, %one) : (memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512xf32>, memref<1xi32>, index, index) -> ()
  return
}

// -----

// With overlap the scores of a tile and the values of the one before are under way together.
// CHECK-LABEL: msa_gpu.kernel @overlap_0(
// CHECK: msa_gpu.product {{.*}} transposed
// CHECK: %[[P:.*]] = msa_gpu.pack
// CHECK: scf.for {{.*}} !msa_gpu.operand<64, 128, bf16>, !msa_gpu.tile<128, 64, bf16, pitch = 128>)
// CHECK: %[[S:.*]] = msa_gpu.issue {{.*}} transposed
// CHECK: %[[A:.*]] = msa_gpu.issue
// CHECK: msa_gpu.wait 1 : %[[S]]
// CHECK: msa_gpu.reduce add
// CHECK: %[[SUM:.*]] = msa_gpu.map {{.*}} -> !msa_gpu.rows<f32, partial = true>
// CHECK: msa_gpu.computed %[[SUM]]
// CHECK: msa_gpu.wait 0 : %[[A]]
// CHECK: scf.yield
// CHECK: msa_gpu.product
// CHECK-NOT: scf.for
// CHECK: msa_gpu.store %
// CHECK: msa_gpu.store_rows %
func.func private @overlap_0(%q: memref<1x2x512x64xbf16>, %k: memref<1x2x512x64xbf16>, %v: memref<1x2x512x64xbf16>, %o: memref<1x2x512x64xbf16>, %l: memref<1x2x512xf32>, %c: memref<1xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %v : memref<1x2x512x64xbf16>, memref<1x2x512x64xbf16>, memref<1x2x512x64xbf16>)
      outs(%o, %l, %c : memref<1x2x512x64xbf16>, memref<1x2x512xf32>, memref<1xi32>) pattern(#msa.causal) scale(0.125) schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = always, skip = false, half = false, persistent = true, overlap = true>)
  return
}
func.func @overlap(%q: memref<1x2x512x64xbf16>, %k: memref<1x2x512x64xbf16>, %v: memref<1x2x512x64xbf16>, %o: memref<1x2x512x64xbf16>, %l: memref<1x2x512xf32>, %c: memref<1xi32>) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  call @overlap_0(%q, %k, %v, %o, %l, %c, %zero, %one) : (memref<1x2x512x64xbf16>, memref<1x2x512x64xbf16>, memref<1x2x512x64xbf16>, memref<1x2x512x64xbf16>, memref<1x2x512xf32>, memref<1xi32>, index, index) -> ()
  return
}

// -----

// The function is a declaration; its buffers keep their order but for the counter, which is last.
// CHECK-LABEL: func.func private @order_0(memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512xf32>, memref<1xi32>, index, index)
// CHECK-SAME: msa_gpu.launch = #msa_gpu.launch<block = 512, shared = {{[0-9]+}}, cluster = 1, persistent = true, cleared = 4>
// CHECK-SAME: msa_gpu.maps = [
// CHECK-SAME: #msa_gpu.tensor_map<buffer = 0, element = bf16, offset = 0, sizes = [64, 512, 2, 2, 1], strides = [128, 64, 65536, 128], box = [64, 64, 2, 1, 1], swizzle = 128>
// CHECK-SAME: #msa_gpu.tensor_map<buffer = 1, element = bf16, offset = 0, sizes = [64, 512, 2, 2, 1], strides = [128, 64, 65536, 128], box = [64, 64, 2, 1, 1], swizzle = 128>
// CHECK-SAME: #msa_gpu.tensor_map<buffer = 0, element = bf16, offset = 0, sizes = [64, 512, 2, 2, 1], strides = [128, 64, 65536, 128], box = [64, 128, 2, 1, 1], swizzle = 128>
// CHECK-SAME: #msa_gpu.tensor_map<buffer = 0,
// CHECK-LABEL: func.func @order
// CHECK-SAME: %[[C:[^:]*]]: memref<1xi32>, %[[Q:[^:]*]]: memref<1x2x512x128xbf16>, %[[O:[^:]*]]: memref<1x2x512x128xbf16>, %[[L:[^:]*]]: memref<1x2x512xf32>
// CHECK-DAG: %[[BEGIN:.*]] = arith.constant 0 : index
// CHECK-DAG: %[[TILES:.*]] = arith.constant 6 : index
// CHECK: call @order_0(%[[Q]], %[[O]], %[[L]], %[[C]], %[[BEGIN]], %[[TILES]])
func.func private @order_0(%c: memref<1xi32>, %q: memref<1x2x512x128xbf16>, %o: memref<1x2x512x128xbf16>, %l: memref<1x2x512xf32>,
    %begin: index, %end: index) attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %q, %q : memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>)
      outs(%o, %l, %c : memref<1x2x512x128xbf16>, memref<1x2x512xf32>, memref<1xi32>) pattern(#msa.causal) scale(0.125)
      schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}
func.func @order(%c: memref<1xi32>, %q: memref<1x2x512x128xbf16>, %o: memref<1x2x512x128xbf16>, %l: memref<1x2x512xf32>) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  call @order_0(%c, %q, %o, %l, %zero, %one)
      : (memref<1xi32>, memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512xf32>, index, index) -> ()
  return
}

// -----

// Results token by token: rows of a head are as far apart as tokens of all heads. The tile program is the same.

// CHECK-LABEL: msa_gpu.kernel @tokens_0(
// CHECK-SAME: %{{[^:]*}}: !msa_gpu.map<64, 128, bf16>, %[[O:[^:]*]]: !msa_gpu.map<64, 128, bf16>
// CHECK: msa_gpu.store %{{[^,]*}}, %[[O]][
// CHECK-LABEL: func.func private @tokens_0(
// CHECK-SAME: <buffer = 0, element = bf16, offset = 0, sizes = [64, 500, 2, 4, 3], strides = [128, 64, 64000, 256000], box = [64, 64, 2, 1, 1], swizzle = 128>
// CHECK-SAME: <buffer = 2, element = bf16, offset = 0, sizes = [64, 500, 2, 4, 3], strides = [512, 64, 128, 256000], box = [64, 64, 2, 1, 1], swizzle = 128>
func.func private @tokens_0(%q: memref<3x4x500x128xbf16>, %k: memref<3x2x512x128xbf16>, %o: memref<3x500x4x128xbf16>, %lse: memref<3x4x500xf32>, %counter: memref<1xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %k : memref<3x4x500x128xbf16>, memref<3x2x512x128xbf16>, memref<3x2x512x128xbf16>)
      outs(%o, %lse, %counter : memref<3x500x4x128xbf16>, memref<3x4x500xf32>, memref<1xi32>) token_major
      pattern(#msa.causal) scale(0.125) schedule(<warpgroups = 2, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}

// -----

// Rows that end within a panel of 64 columns: maps of whole rows, of which a box has one panel. What is past a row's 96
// columns is out of bounds, not the next row: it reads as zero and is not written. In shared memory a row has two panels.
// The strided keys' map starts at the last row of the first eight.

// CHECK-LABEL: msa_gpu.kernel @part_of_a_panel_0(
// CHECK-SAME: %[[Q:[^:]*]]: !msa_gpu.map<64, 96, bf16>, %[[O:[^:]*]]: !msa_gpu.map<64, 96, bf16>, %[[K:[^:]*]]: !msa_gpu.map<128, 96, bf16>
// CHECK: msa_gpu.load %[[Q]]
// CHECK-SAME: : <64, 96, bf16> -> <64, 96, bf16, pitch = 64>
// CHECK: msa_gpu.product %{{.*}} transposed : !msa_gpu.tile<64, 96, bf16, pitch = 64>, <128, 96, bf16, pitch = 128> -> <64, 128, f32>
// CHECK: msa_gpu.product %{{.*}} : !msa_gpu.operand<64, 128, bf16>, <128, 96, bf16, pitch = 128> -> <64, 96, f32>
// CHECK: msa_gpu.store %{{[^,]*}}, %[[O]][{{[^]]*}}] : !msa_gpu.operand<64, 96, bf16>, <64, 96, bf16>
// CHECK-LABEL: func.func private @part_of_a_panel_0(
// CHECK-SAME: shared = 230400,
// CHECK-SAME: <buffer = 0, element = bf16, offset = 0, sizes = [96, 500, 4, 3], strides = [96, 48000, 192000], box = [64, 64, 1, 1], swizzle = 128>
// CHECK-SAME: <buffer = 2, element = bf16, offset = 0, sizes = [96, 500, 4, 3], strides = [384, 96, 192000], box = [64, 64, 1, 1], swizzle = 128>
// CHECK-SAME: <buffer = 1, element = bf16, offset = 0, sizes = [96, 512, 2, 3], strides = [96, 49152, 98304], box = [64, 128, 1, 1], swizzle = 128>
// CHECK-SAME: <buffer = 1, element = bf16, offset = 672, sizes = [96, 64, 2, 3], strides = [768, 49152, 98304], box = [64, 128, 1, 1], swizzle = 128>
func.func private @part_of_a_panel_0(%q: memref<3x4x500x96xbf16>, %k: memref<3x2x512x96xbf16>, %o: memref<3x500x4x96xbf16>, %lse: memref<3x4x500xf32>, %counter: memref<1xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %k : memref<3x4x500x96xbf16>, memref<3x2x512x96xbf16>, memref<3x2x512x96xbf16>)
      outs(%o, %lse, %counter : memref<3x500x4x96xbf16>, memref<3x4x500xf32>, memref<1xi32>) token_major
      pattern(#msa.all<#msa.causal, #msa.any<#msa.strided<8>, #msa.window<left = 63>>>) scale(0.125) schedule(<warpgroups = 3, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}

// -----

// Overlap begins with the last tile of keys, if there is none with the one behind them: its mask keeps what there is. A
// bank's bias is added to the maxima and to the exponent's shift, not to the scores.
// CHECK-LABEL: msa_gpu.kernel @overlap_length(
// CHECK: %[[WIDE:.*]] = memref.load %{{.*}} : memref<1xi64>
// CHECK: %[[END:.*]] = arith.trunci
// CHECK: %[[TILES:.*]] = arith.divui
// CHECK: %[[BOUND:.*]] = arith.maxsi %[[TILES]], %
// CHECK: %[[TOP:.*]] = arith.maxsi %[[BOUND]], %c1_i32{{[_0-9]*}} : i32
// CHECK: %[[FIRST:.*]] = arith.addi %[[TOP]], %c-1_i32
// CHECK: %[[WHOLE:.*]] = arith.minsi %{{.*}}, %[[FIRST]] : i32
// CHECK: arith.minsi %{{.*}}, %[[WHOLE]] : i32
// CHECK: %[[BEGUN:.*]] = arith.addi %[[TOP]], %c-1_i32
// CHECK: %[[ROW:.*]] = arith.muli %[[BEGUN]], %c128_i32
// CHECK: msa_gpu.load %{{.*}}[%[[ROW]], {{.*}} ring("k", 2)
// CHECK: %[[S:.*]] = msa_gpu.product
// CHECK: msa_gpu.band %[[S]] to
// CHECK: scf.for %{{.*}} = %[[WHOLE]] to %[[BEGUN]]
// CHECK: scf.for
// CHECK: %[[SCALED:.*]] = memref.load %{{.*}} : memref<2xf32>
// CHECK: %[[RAW:.*]] = arith.mulf %[[SCALED]],
// CHECK: %[[BIAS:.*]] = msa_gpu.fill %[[RAW]] : f32 -> !msa_gpu.rows<f32>
// CHECK: %[[MAX:.*]] = msa_gpu.combine max
// CHECK: msa_gpu.map %[[MAX]], %[[BIAS]]
// CHECK: msa_gpu.map %[[BIAS]], %{{.*}} : (!msa_gpu.rows<f32>, !msa_gpu.rows<f32>)
// CHECK-NEXT: ^bb0
// CHECK-NEXT: math.fma
func.func private @overlap_length(%q: memref<1x2x128x128xbf16>, %k: memref<1x2x512x128xbf16>, %b: memref<1x2x128x128xbf16>, %bias: memref<2xf32>, %n: memref<1xi64>, %o: memref<1x2x128x128xbf16>, %l: memref<1x2x128xf32>, %c: memref<1xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %k : memref<1x2x128x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>) bank(%b, %b : memref<1x2x128x128xbf16>, memref<1x2x128x128xbf16>) bias(%bias : memref<2xf32>) length(%n : memref<1xi64>)
      outs(%o, %l, %c : memref<1x2x128x128xbf16>, memref<1x2x128xf32>, memref<1xi32>) pattern(#msa.full) scale(0.125) schedule(<warpgroups = 2, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, overlap = true>)
  return
}
