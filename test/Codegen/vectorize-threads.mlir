// RUN: msa-opt %s -msa-vectorize-threads -canonicalize | FileCheck %s -enable-var-scope

// Whose buffers the runtime allocates (%t, and the state): vectors, and no
// question. Rows of 32 and columns that are multiples of 8: 16 bytes.

// CHECK-LABEL: func.func private @inner(
// CHECK-SAME: %[[X:.*]]: memref<64x32xbf16>, %[[Y:.*]]: memref<64x32xbf16>,
// CHECK-NOT: scf.if
// CHECK: %[[XV:.*]] = memref.subview %[[X]]
// CHECK: %[[V:.*]] = vector.load %[[XV]][%{{.*}}] {alignment = 16 : i64} : {{.*}}, vector<8xbf16>
// CHECK: %[[S:.*]] = arith.addf %[[V]], %[[V]] : vector<8xbf16>
// CHECK: vector.store %[[S]], %{{.*}} {alignment = 16 : i64}
// CHECK-NOT: linalg

// A caller's buffer may lie anywhere: its address decides, and the other form
// claims nothing.

// CHECK-LABEL: func.func private @outer(
// CHECK-SAME: %[[X:.*]]: memref<64x32xbf16>, %[[Y:.*]]: memref<64x32xbf16>,
// CHECK-DAG: %[[C15:.*]] = arith.constant 15 : index
// CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
// CHECK: %[[P:.*]] = memref.extract_aligned_pointer_as_index %[[X]]
// CHECK-NOT: memref.extract_aligned_pointer_as_index
// CHECK: %[[R:.*]] = arith.andi %[[P]], %[[C15]]
// CHECK: %[[IS:.*]] = arith.cmpi eq, %[[R]], %[[C0]]
// CHECK: scf.if %[[IS]]
// CHECK: vector.load {{.*}} {alignment = 16 : i64}
// CHECK: vector.store {{.*}} {alignment = 16 : i64}
// CHECK: else
// CHECK: vector.load
// CHECK-NOT: alignment
// CHECK: vector.store
// CHECK-NOT: alignment
// CHECK: return

// Columns that begin at 4 are multiples of 4 only: 8 bytes. Rows of 31 begin
// anywhere.

// CHECK-LABEL: func.func private @shifted(
// CHECK: vector.load {{.*}} {alignment = 8 : i64} : {{.*}}, vector<8xbf16>
// CHECK-LABEL: func.func private @odd_rows(
// CHECK: vector.load {{.*}} vector<8xbf16>
// CHECK-NOT: alignment
// CHECK: return

// A named operation, and one operand that is the same for all lanes.

// CHECK-LABEL: func.func private @named(
// CHECK: memref.load
// CHECK: vector.broadcast
// CHECK: arith.mulf {{.*}} : vector<4xf32>
// CHECK: arith.addf {{.*}} : vector<4xf32>
// CHECK-NOT: linalg

// A boolean is a byte in memory and a bit in a vector.

// CHECK-LABEL: func.func private @booleans(
// CHECK-NOT: vector
// CHECK: linalg.generic

// What the body reads, too, at the lanes' numbers behind the tile's begin, of a
// row that it computes; the caller's buffer decides, not the number beside it.

// CHECK-LABEL: func.func private @moved(
// CHECK-SAME: %[[X:.*]]: memref<64x32xbf16>, %[[Y:.*]]: memref<64x32xbf16>, %[[N:[a-z0-9]*]]: memref<1xindex>
// CHECK: %[[J:.*]] = arith.muli %{{.*}}, %{{.*}} : index
// CHECK: memref.extract_aligned_pointer_as_index %[[X]]
// CHECK-NOT: memref.extract_aligned_pointer_as_index
// CHECK: %[[ROW:.*]] = memref.load %[[N]]
// CHECK: vector.load %[[X]][%[[ROW]], %[[J]]] {alignment = 16 : i64} : {{.*}}, vector<8xbf16>
// CHECK: else
// CHECK-NOT: alignment
// CHECK: return

// Numbers of lanes in arithmetic are a constant and where the tile begins: not
// every target has vector.step.

// CHECK-LABEL: func.func private @numbers(
// CHECK: %[[LANES:.*]] = arith.constant dense<[0, 1, 2, 3, 4, 5, 6, 7]> : vector<8xindex>
// CHECK: arith.addi %{{.*}}, %[[LANES]] : vector<8xindex>
// CHECK: arith.cmpi slt
// CHECK-NOT: vector.step
// CHECK: return

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
!m = memref<64x32xbf16>
!part = memref<1x8xbf16, strided<[32, 1], offset: ?>>
func.func @step(%x: !m, %s: !m {msa.state = "s"}, %o: memref<64x31xbf16> {msa.state = "o"}, %f: memref<64x32xf32> {msa.state = "f"}, %r: memref<64xf32> {msa.state = "r"}, %k: memref<64x32xi1> {msa.state = "k"}, %w: memref<65x32xbf16> {msa.state = "w"}) {
  %c0 = arith.constant 0 : index
  %n = arith.constant 256 : index
  %m = arith.constant 192 : index
  %t = memref.alloc() : !m
  call @outer(%x, %t, %c0, %n) : (!m, !m, index, index) -> ()
  call @inner(%t, %s, %c0, %n) : (!m, !m, index, index) -> ()
  call @shifted(%t, %s, %c0, %m) : (!m, !m, index, index) -> ()
  call @odd_rows(%o, %s, %c0, %m) : (memref<64x31xbf16>, !m, index, index) -> ()
  call @named(%f, %r, %c0, %n) : (memref<64x32xf32>, memref<64xf32>, index, index) -> ()
  call @numbers(%s, %c0, %n) : (!m, index, index) -> ()
  %l = memref.alloc() : memref<1xindex>
  call @moved(%x, %s, %l, %c0, %n) : (!m, !m, memref<1xindex>, index, index) -> ()
  call @booleans(%k, %c0, %n) : (memref<64x32xi1>, index, index) -> ()
  call @rows(%w, %s, %c0, %m) : (memref<65x32xbf16>, !m, index, index) -> ()
  call @rows_in_place(%w, %c0, %m) : (memref<65x32xbf16>, index, index) -> ()
  return
}
func.func private @inner(%x: !m, %y: !m, %begin: index, %end: index) attributes {msa.kernel = 256 : i64} {
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  scf.for %t = %begin to %end step %c1 {
    %i = arith.divui %t, %c4 : index
    %r = arith.remui %t, %c4 : index
    %j = arith.muli %r, %c8 : index
    %xv = memref.subview %x[%i, %j] [1, 8] [1, 1] : !m to !part
    %yv = memref.subview %y[%i, %j] [1, 8] [1, 1] : !m to !part
    linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%xv : !part) outs(%yv : !part) {
    ^bb0(%a: bf16, %o: bf16):
      %b = arith.addf %a, %a : bf16
      linalg.yield %b : bf16
    }
  }
  return
}
func.func private @outer(%x: !m, %y: !m, %begin: index, %end: index) attributes {msa.kernel = 256 : i64} {
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  scf.for %t = %begin to %end step %c1 {
    %i = arith.divui %t, %c4 : index
    %r = arith.remui %t, %c4 : index
    %j = arith.muli %r, %c8 : index
    %xv = memref.subview %x[%i, %j] [1, 8] [1, 1] : !m to !part
    %yv = memref.subview %y[%i, %j] [1, 8] [1, 1] : !m to !part
    linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%xv : !part) outs(%yv : !part) {
    ^bb0(%a: bf16, %o: bf16):
      %b = arith.addf %a, %a : bf16
      linalg.yield %b : bf16
    }
  }
  return
}
func.func private @shifted(%x: !m, %y: !m, %begin: index, %end: index) attributes {msa.kernel = 192 : i64} {
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  scf.for %t = %begin to %end step %c1 {
    %i = arith.divui %t, %c3 : index
    %r = arith.remui %t, %c3 : index
    %j = affine.apply affine_map<(d) -> (d * 8 + 4)>(%r)
    %k = affine.apply affine_map<(d) -> (d * 8)>(%r)
    %xv = memref.subview %x[%i, %j] [1, 8] [1, 1] : !m to !part
    %yv = memref.subview %y[%i, %k] [1, 8] [1, 1] : !m to !part
    linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%xv : !part) outs(%yv : !part) {
    ^bb0(%a: bf16, %o: bf16):
      linalg.yield %a : bf16
    }
  }
  return
}
func.func private @odd_rows(%x: memref<64x31xbf16>, %y: !m, %begin: index, %end: index) attributes {msa.kernel = 192 : i64} {
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c8 = arith.constant 8 : index
  scf.for %t = %begin to %end step %c1 {
    %i = arith.divui %t, %c3 : index
    %r = arith.remui %t, %c3 : index
    %j = arith.muli %r, %c8 : index
    %xv = memref.subview %x[%i, %j] [1, 8] [1, 1] : memref<64x31xbf16> to memref<1x8xbf16, strided<[31, 1], offset: ?>>
    linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%xv : memref<1x8xbf16, strided<[31, 1], offset: ?>>) outs(%xv : memref<1x8xbf16, strided<[31, 1], offset: ?>>) {
    ^bb0(%a: bf16, %o: bf16):
      %b = arith.addf %a, %a : bf16
      linalg.yield %b : bf16
    }
  }
  return
}
func.func private @named(%x: memref<64x32xf32>, %r: memref<64xf32>, %begin: index, %end: index) attributes {msa.kernel = 256 : i64} {
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c4 = arith.constant 4 : index
  scf.for %t = %begin to %end step %c1 {
    %i = arith.divui %t, %c8 : index
    %q = arith.remui %t, %c8 : index
    %j = arith.muli %q, %c4 : index
    %xv = memref.subview %x[%i, %j] [1, 4] [1, 1] : memref<64x32xf32> to memref<1x4xf32, strided<[32, 1], offset: ?>>
    %rv = memref.subview %r[%i] [1] [1] : memref<64xf32> to memref<1xf32, strided<[1], offset: ?>>
    linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]} ins(%xv, %rv : memref<1x4xf32, strided<[32, 1], offset: ?>>, memref<1xf32, strided<[1], offset: ?>>) outs(%xv : memref<1x4xf32, strided<[32, 1], offset: ?>>) {
    ^bb0(%a: f32, %s: f32, %o: f32):
      %b = arith.mulf %a, %s : f32
      linalg.yield %b : f32
    }
    linalg.add ins(%xv, %xv : memref<1x4xf32, strided<[32, 1], offset: ?>>, memref<1x4xf32, strided<[32, 1], offset: ?>>) outs(%xv : memref<1x4xf32, strided<[32, 1], offset: ?>>)
  }
  return
}
func.func private @booleans(%x: memref<64x32xi1>, %begin: index, %end: index) attributes {msa.kernel = 256 : i64} {
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  scf.for %t = %begin to %end step %c1 {
    %i = arith.divui %t, %c4 : index
    %r = arith.remui %t, %c4 : index
    %j = arith.muli %r, %c8 : index
    %xv = memref.subview %x[%i, %j] [1, 8] [1, 1] : memref<64x32xi1> to memref<1x8xi1, strided<[32, 1], offset: ?>>
    linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%xv : memref<1x8xi1, strided<[32, 1], offset: ?>>) outs(%xv : memref<1x8xi1, strided<[32, 1], offset: ?>>) {
    ^bb0(%a: i1, %o: i1):
      %b = arith.ori %a, %o : i1
      linalg.yield %b : i1
    }
  }
  return
}
func.func private @moved(%x: !m, %y: !m, %n: memref<1xindex>, %begin: index, %end: index) attributes {msa.kernel = 256 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  scf.for %t = %begin to %end step %c1 {
    %i = arith.divui %t, %c4 : index
    %r = arith.remui %t, %c4 : index
    %j = arith.muli %r, %c8 : index
    %yv = memref.subview %y[%i, %j] [1, 8] [1, 1] : !m to !part
    linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]} outs(%yv : !part) {
    ^bb0(%o: bf16):
      %row = memref.load %n[%c0] : memref<1xindex>
      %lane = linalg.index 1 : index
      %k = affine.apply affine_map<(d0)[s0] -> (d0 + s0)>(%lane)[%j]
      %a = memref.load %x[%row, %k] : !m
      linalg.yield %a : bf16
    }
  }
  return
}
func.func private @numbers(%y: !m, %begin: index, %end: index) attributes {msa.kernel = 256 : i64} {
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  %c20 = arith.constant 20 : index
  %zero = arith.constant 0.0 : bf16
  scf.for %t = %begin to %end step %c1 {
    %i = arith.divui %t, %c4 : index
    %r = arith.remui %t, %c4 : index
    %j = arith.muli %r, %c8 : index
    %yv = memref.subview %y[%i, %j] [1, 8] [1, 1] : !m to !part
    linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]} outs(%yv : !part) {
    ^bb0(%o: bf16):
      %lane = linalg.index 1 : index
      %k = affine.apply affine_map<(d0)[s0] -> (d0 + s0)>(%lane)[%j]
      %is = arith.cmpi slt, %k, %c20 : index
      %a = arith.select %is, %o, %zero : bf16
      linalg.yield %a : bf16
    }
  }
  return
}

// Two rows of a thread, each the sum of two rows of %x: the one that both are
// computed from is read once, and all is read before anything is written.

// CHECK-LABEL: func.func private @rows(
// CHECK-SAME: %[[X:.*]]: memref<65x32xbf16>, %[[Y:.*]]: memref<64x32xbf16>,
// CHECK: %[[R0:.*]] = vector.load {{.*}} {alignment = 16 : i64} : {{.*}}, vector<8xbf16>
// CHECK: %[[R1:.*]] = vector.load {{.*}} {alignment = 16 : i64} : {{.*}}, vector<8xbf16>
// CHECK: %[[S0:.*]] = arith.addf %[[R0]], %[[R1]]
// CHECK-NOT: vector.store
// CHECK: %[[R2:.*]] = vector.load {{.*}} {alignment = 16 : i64} : {{.*}}, vector<8xbf16>
// CHECK-NOT: vector.load
// CHECK: %[[S1:.*]] = arith.addf %[[R1]], %[[R2]]
// CHECK: vector.store %[[S0]]
// CHECK: vector.store %[[S1]]

// In place nothing moves: what is written is read again.

// CHECK-LABEL: func.func private @rows_in_place(
// CHECK: vector.load
// CHECK: vector.load
// CHECK: vector.store
// CHECK: vector.load
// CHECK: vector.load
// CHECK: vector.store
// CHECK: return

func.func private @rows(%x: memref<65x32xbf16>, %y: memref<64x32xbf16>, %begin: index, %end: index) attributes {msa.kernel = 128 : i64} {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  %up = memref.subview %x[0, 0] [64, 32] [1, 1] : memref<65x32xbf16> to memref<64x32xbf16, strided<[32, 1]>>
  %down = memref.subview %x[1, 0] [64, 32] [1, 1] : memref<65x32xbf16> to memref<64x32xbf16, strided<[32, 1], offset: 32>>
  scf.for %t = %begin to %end step %c1 {
    %d = arith.divui %t, %c4 : index
    %r = arith.remui %t, %c4 : index
    %i = arith.muli %d, %c2 : index
    %j = arith.muli %r, %c8 : index
    %a = memref.subview %up[%i, %j] [2, 8] [1, 1] : memref<64x32xbf16, strided<[32, 1]>> to memref<2x8xbf16, strided<[32, 1], offset: ?>>
    %b = memref.subview %down[%i, %j] [2, 8] [1, 1] : memref<64x32xbf16, strided<[32, 1], offset: 32>> to memref<2x8xbf16, strided<[32, 1], offset: ?>>
    %o = memref.subview %y[%i, %j] [2, 8] [1, 1] : memref<64x32xbf16> to memref<2x8xbf16, strided<[32, 1], offset: ?>>
    linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]} ins(%a, %b : memref<2x8xbf16, strided<[32, 1], offset: ?>>, memref<2x8xbf16, strided<[32, 1], offset: ?>>) outs(%o : memref<2x8xbf16, strided<[32, 1], offset: ?>>) {
    ^bb0(%p: bf16, %q: bf16, %old: bf16):
      %s = arith.addf %p, %q : bf16
      linalg.yield %s : bf16
    }
  }
  return
}
func.func private @rows_in_place(%x: memref<65x32xbf16>, %begin: index, %end: index) attributes {msa.kernel = 4 : i64} {
  %c1 = arith.constant 1 : index
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  scf.for %t = %begin to %end step %c1 {
    %j = arith.muli %t, %c8 : index
    %a = memref.subview %x[0, %j] [2, 8] [1, 1] : memref<65x32xbf16> to memref<2x8xbf16, strided<[32, 1], offset: ?>>
    %o = memref.subview %x[1, %j] [2, 8] [1, 1] : memref<65x32xbf16> to memref<2x8xbf16, strided<[32, 1], offset: ?>>
    linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%a : memref<2x8xbf16, strided<[32, 1], offset: ?>>) outs(%o : memref<2x8xbf16, strided<[32, 1], offset: ?>>) {
    ^bb0(%p: bf16, %old: bf16):
      %s = arith.addf %p, %old : bf16
      linalg.yield %s : bf16
    }
  }
  return
}
