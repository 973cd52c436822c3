// RUN: msa-opt %s -pass-pipeline='builtin.module(msa_gpu.kernel(msa-gpu-specialize))' | FileCheck %s
// RUN: msa-opt %s -pass-pipeline='builtin.module(msa_gpu.kernel(msa-gpu-specialize,canonicalize,cse))' | msa-opt -o /dev/null

!q = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!k = !msa_gpu.tile<128, 64, bf16, pitch = 128>
!qmap = !msa_gpu.map<64, 64, bf16>
!kmap = !msa_gpu.map<128, 64, bf16>
!s = !msa_gpu.fragment<64, 128, f32>
!o = !msa_gpu.fragment<64, 64, f32>

// The producer draws tiles and publishes them; every warpgroup's own tile is filled for each of them, a common one once.
// k and v are loaded in turns, so that one number counts both, through the loop and from tile to tile.
// CHECK-LABEL: msa_gpu.kernel @attend
// CHECK-SAME: %[[Q:[^:]*]]: !msa_gpu.map<64, 64, bf16>, %[[K:[^:]*]]: !msa_gpu.map<128, 64, bf16>, %[[C:[^:]*]]: memref<1xi32>
// CHECK-DAG: msa_gpu.ring @q holds !msa_gpu.tile<64, 64, bf16, pitch = 64> slots 1 copies 2
// CHECK-DAG: msa_gpu.ring @k holds !msa_gpu.tile<128, 64, bf16, pitch = 128> slots 2 copies 1
// CHECK-DAG: msa_gpu.ring @v holds !msa_gpu.tile<128, 64, bf16, pitch = 128> slots 3 copies 1
// CHECK-DAG: msa_gpu.ring @tiles holds i32 slots 2 copies 1
// CHECK: msa_gpu.roles producer {
// CHECK: %[[FIRST:.*]] = msa_gpu.block
// CHECK: scf.while (%[[TILE:[^ ]*]] = %[[FIRST]], %[[TURN:[^ ]*]] = %{{[^,]*}}, %{{[^ ]*}} = %{{[^,]*}}, %{{[^ ]*}} = %{{[^)]*}})
// CHECK: msa_gpu.publish @tiles[%[[TURN]]], %[[TILE]]
// CHECK: ^bb0(%[[TILE:[^:]*]]: i32, %[[TURN:[^:]*]]: i32, %[[QUSE:[^:]*]]: i32, %[[KUSE:[^:]*]]: i32):
// CHECK: %[[DRAWN:.*]] = msa_gpu.draw %[[C]] of %{{.*}}
// CHECK: %[[ZERO:.*]] = arith.constant 0 : i32
// CHECK: msa_gpu.fill_slot @q[%[[QUSE]], %[[COPY0:[a-z0-9_#]+]]], %[[Q]][
// CHECK: msa_gpu.fill_slot @q[%[[QUSE]], %[[COPY1:[a-z0-9_#]+]]], %[[Q]][
// CHECK: %[[AFTER:.*]] = scf.for {{.*}} iter_args(%[[USE:.*]] = %[[KUSE]]) -> (i32)
// CHECK: msa_gpu.fill_slot @k[%[[USE]], %{{.*}}], %[[K]][
// CHECK: %[[NEXT:.*]] = arith.addi %[[USE]]
// CHECK: msa_gpu.fill_slot @v[%[[USE]], %{{.*}}], %[[K]][
// CHECK: scf.yield %[[NEXT]] : i32
// CHECK-NOT: msa_gpu.product
// CHECK-NOT: msa_gpu.store
// CHECK: scf.yield %[[DRAWN]], %{{.*}}, %{{.*}}, %[[AFTER]]

// A consumer fetches the number; it waits for a tile before its first use and gives it back behind its last.
// CHECK: } consumer {
// CHECK: scf.while
// CHECK: %[[FETCHED:.*]] = msa_gpu.fetch @tiles
// CHECK: arith.cmpi slt, %[[FETCHED]]
// CHECK-NOT: msa_gpu.draw
// CHECK: %[[QT:.*]] = msa_gpu.acquire @q[%[[QUSE:[a-z0-9_#]+]]]
// CHECK: scf.for {{.*}} iter_args(%{{[^ ]*}} = %{{[^,]*}}, %[[USE:.*]] = %{{.*}}) -> (!msa_gpu.fragment<64, 64, f32>, i32)
// CHECK: %[[KT:.*]] = msa_gpu.acquire @k[%[[USE]]]
// CHECK-NEXT: %[[S:.*]] = msa_gpu.product %[[QT]], %[[KT]] transposed
// CHECK-NEXT: msa_gpu.release @k[%[[USE]]]
// CHECK-NEXT: msa_gpu.pack %[[S]]
// CHECK-NEXT: %[[VT:.*]] = msa_gpu.acquire @v[%[[USE]]]
// CHECK-NEXT: msa_gpu.product %{{.*}}, %[[VT]] acc
// CHECK-NEXT: msa_gpu.release @v[%[[USE]]]
// CHECK-NEXT: scf.yield
// CHECK: }
// CHECK-NEXT: msa_gpu.release @q[%[[QUSE]]]
// CHECK: msa_gpu.store
msa_gpu.kernel @attend(%qs: !qmap, %ks: !kmap, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %count = arith.constant 7 : i32
  msa_gpu.for_tiles %count counter(%c : memref<1xi32>) {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %c64 = arith.constant 64 : i32
    %x = arith.constant 0.0 : f32
    %w = msa_gpu.warpgroup
    %up = arith.muli %w, %c64 : i32
    %row = arith.addi %tile, %up : i32
    %q = msa_gpu.load %qs[%row, %zero, %zero] ring("q", 1) per_warpgroup : !qmap -> !q
    %acc = msa_gpu.fill %x : f32 -> !o
    %out = scf.for %i = %zero to %tile step %one iter_args(%a = %acc) -> (!o) : i32 {
      %k = msa_gpu.load %ks[%i, %zero, %zero] ring("k", 2) : !kmap -> !k
      %v = msa_gpu.load %ks[%i, %zero, %zero] ring("v", 3) : !kmap -> !k
      %s = msa_gpu.product %q, %k transposed : !q, !k -> !s
      %p = msa_gpu.pack %s : !s -> !msa_gpu.operand<64, 128, bf16>
      %b = msa_gpu.product %p, %v acc(%a : !o) : !msa_gpu.operand<64, 128, bf16>, !k -> !o
      scf.yield %b : !o
    }
    %h = msa_gpu.pack %out : !o -> !msa_gpu.operand<64, 64, bf16>
    %again = msa_gpu.again %row
    msa_gpu.store %h, %qs[%again, %zero, %zero] : !msa_gpu.operand<64, 64, bf16>, !qmap
  }
}

// Without a counter a block has the tile of its number. A slot that nobody reads goes round all the same.
// CHECK-LABEL: msa_gpu.kernel @unused
// CHECK-NOT: msa_gpu.ring @tiles
// CHECK: msa_gpu.roles producer {
// CHECK: %[[B:.*]] = msa_gpu.block
// CHECK: msa_gpu.fill_slot @q[%{{.*}}], %{{[^[]*}}[%[[B]],
// CHECK: } consumer {
// CHECK: msa_gpu.acquire @q[%[[USE:[a-z0-9_#]+]]]
// CHECK-NEXT: msa_gpu.release @q[%[[USE]]]
msa_gpu.kernel @unused(%qs: !qmap) attributes {warpgroups = 1 : i64} {
  %count = arith.constant 7 : i32
  msa_gpu.for_tiles %count {
  ^bb0(%tile: i32):
    %q = msa_gpu.load %qs[%tile, %tile, %tile] ring("q", 2) : !qmap -> !q
  }
}

// A tile that a conditional alone reads is waited for, and given back, in both of its branches.
// CHECK-LABEL: msa_gpu.kernel @choice
// CHECK: } consumer {
// CHECK: %[[TWO:.*]] = msa_gpu.acquire @two[%[[U2:[a-z0-9_#]+]]]
// CHECK-NEXT: msa_gpu.product %[[TWO]]
// CHECK: scf.if
// CHECK-NEXT: %[[K:.*]] = msa_gpu.acquire @k[%[[U:[a-z0-9_#]+]]]
// CHECK-NEXT: %[[PART:.*]] = msa_gpu.slice %[[K]]
// CHECK-NEXT: msa_gpu.product %[[TWO]], %[[PART]]
// CHECK-NEXT: msa_gpu.release @k[%[[U]]]
// CHECK: } else {
// CHECK-NEXT: msa_gpu.acquire @k[%[[U]]]
// CHECK-NEXT: msa_gpu.release @k[%[[U]]]
// CHECK: }
// CHECK-NEXT: msa_gpu.release @two[%[[U2]]]
msa_gpu.kernel @choice(%qs: !qmap) attributes {warpgroups = 1 : i64} {
  %count = arith.constant 7 : i32
  msa_gpu.for_tiles %count {
  ^bb0(%tile: i32):
    %w = msa_gpu.warpgroup
    %x = arith.constant 0.0 : f32
    %few = arith.cmpi slt, %w, %tile : i32
    %k = msa_gpu.load %qs[%tile, %tile, %tile] ring("k", 2) : !qmap -> !q
    %two = msa_gpu.load %qs[%tile, %tile, %tile] ring("two", 2) : !qmap -> !q
    %s = msa_gpu.product %two, %two transposed : !q, !q -> !o
    %r = scf.if %few -> (!msa_gpu.fragment<64, 32, f32>) {
      %part = msa_gpu.slice %k[%tile] : !q -> !msa_gpu.tile<32, 64, bf16, pitch = 64>
      %a = msa_gpu.product %two, %part transposed : !q, !msa_gpu.tile<32, 64, bf16, pitch = 64> -> !msa_gpu.fragment<64, 32, f32>
      scf.yield %a : !msa_gpu.fragment<64, 32, f32>
    } else {
      %b = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 32, f32>
      scf.yield %b : !msa_gpu.fragment<64, 32, f32>
    }
  }
}

// Twice in one block, and in a loop between: each is a use of its own, in the order of the program. The loop's bounds are
// known, as where canonicalization takes away a loop of one iteration.
// CHECK-LABEL: msa_gpu.kernel @twice
// CHECK: msa_gpu.roles producer {
// CHECK: %[[U0:.*]] = arith.constant 0 : i32
// CHECK-DAG: msa_gpu.fill_slot @k[%[[U0]],
// CHECK-DAG: %[[U1:.*]] = arith.addi %[[U0]]
// CHECK: %[[U2:.*]] = scf.for {{.*}} iter_args(%[[U:.*]] = %[[U1]]) -> (i32)
// CHECK-DAG: msa_gpu.fill_slot @k[%[[U]],
// CHECK-DAG: %[[N:.*]] = arith.addi %[[U]]
// CHECK: scf.yield %[[N]] : i32
// CHECK: msa_gpu.fill_slot @k[%[[U2]],
// CHECK: } consumer {
// CHECK: msa_gpu.acquire @k[%[[V0:[a-z0-9_#]+]]]
// CHECK: msa_gpu.release @k[%[[V0]]]
// CHECK: %[[V2:.*]] = scf.for
// CHECK: msa_gpu.acquire @k[%[[V:[a-z0-9_#]+]]]
// CHECK: msa_gpu.release @k[%[[V]]]
// CHECK: msa_gpu.acquire @k[%[[V2]]]
// CHECK: msa_gpu.release @k[%[[V2]]]
msa_gpu.kernel @twice(%qs: !qmap) attributes {warpgroups = 1 : i64} {
  %count = arith.constant 7 : i32
  msa_gpu.for_tiles %count {
  ^bb0(%tile: i32):
    %a = msa_gpu.load %qs[%tile, %tile, %tile] ring("k", 2) : !qmap -> !q
    %s = msa_gpu.product %a, %a transposed : !q, !q -> !o
    scf.for %i = %tile to %count step %tile : i32 {
      %b = msa_gpu.load %qs[%i, %tile, %tile] ring("k", 2) : !qmap -> !q
      %u = msa_gpu.product %b, %b transposed : !q, !q -> !o
    }
    %c = msa_gpu.load %qs[%tile, %tile, %tile] ring("k", 2) : !qmap -> !q
    %t = msa_gpu.product %c, %c transposed : !q, !q -> !o
  }
}

// Rings whose loads do not take turns are counted apart.
// CHECK-LABEL: msa_gpu.kernel @apart
// CHECK: msa_gpu.roles producer {
// CHECK: scf.for {{.*}} iter_args(%[[A:[^ ]*]] = %{{[^,]*}}, %[[B:[^ ]*]] = %{{[^)]*}}) -> (i32, i32)
// CHECK: msa_gpu.fill_slot @a[%[[A]],
// CHECK: msa_gpu.fill_slot @b[%[[B]],
msa_gpu.kernel @apart(%qs: !qmap) attributes {warpgroups = 1 : i64} {
  %count = arith.constant 7 : i32
  msa_gpu.for_tiles %count {
  ^bb0(%tile: i32):
    %a = msa_gpu.load %qs[%tile, %tile, %tile] ring("a", 2) : !qmap -> !q
    scf.for %i = %tile to %count step %tile : i32 {
      %a2 = msa_gpu.load %qs[%i, %tile, %tile] ring("a", 2) : !qmap -> !q
      %b = msa_gpu.load %qs[%i, %tile, %tile] ring("b", 2) : !qmap -> !q
    }
  }
}

// What writes or computes on tiles is the consumers' work, within conditionals too; a load may follow `again`.
// CHECK-LABEL: msa_gpu.kernel @effects
// CHECK: msa_gpu.roles producer {
// CHECK-NOT: scf.if
// CHECK-NOT: msa_gpu.again
// CHECK: msa_gpu.fill_slot
// CHECK: } consumer {
// CHECK: scf.if
// CHECK: msa_gpu.store_rows
// CHECK: msa_gpu.again
msa_gpu.kernel @effects(%qs: !qmap, %lse: memref<64xf32>) attributes {warpgroups = 1 : i64} {
  %count = arith.constant 7 : i32
  %at = arith.constant 0 : i64
  msa_gpu.for_tiles %count {
  ^bb0(%tile: i32):
    %x = arith.constant 0.0 : f32
    %first = arith.cmpi eq, %tile, %count : i32
    %rows = msa_gpu.fill %x : f32 -> !msa_gpu.rows<f32>
    scf.if %first {
      msa_gpu.store_rows %rows, %lse[%at] count(%tile) : !msa_gpu.rows<f32>, memref<64xf32>
    }
    %again = msa_gpu.again %tile
    %q = msa_gpu.load %qs[%again, %tile, %tile] ring("q", 2) : !qmap -> !q
  }
}

// A tile that a loop hands on travels as the number of its use; its slot is given back where it is read.
// CHECK-LABEL: msa_gpu.kernel @carried
// CHECK: } consumer {
// CHECK: %[[LAST:.*]]:2 = scf.for {{.*}} iter_args(%[[USE:[^ ]*]] = %[[U0:[^,]*]], %[[NEXT:[^ ]*]] = %{{[^)]*}}) -> (i32, i32)
// CHECK: %[[V:.*]] = msa_gpu.acquire @v[%[[USE]]]
// CHECK: %[[S:.*]] = msa_gpu.issue %[[V]], %[[V]]
// CHECK: msa_gpu.wait 0 : %[[S]]
// CHECK: msa_gpu.release @v[%[[USE]]]
// CHECK: scf.yield %[[NEXT]],
// CHECK: msa_gpu.acquire @v[%[[LAST]]#0]
// CHECK: msa_gpu.release @v[%[[LAST]]#0]
msa_gpu.kernel @carried(%qs: !qmap) attributes {warpgroups = 1 : i64} {
  %count = arith.constant 7 : i32
  msa_gpu.for_tiles %count {
  ^bb0(%tile: i32):
    %v = msa_gpu.load %qs[%tile, %tile, %tile] ring("v", 2) : !qmap -> !q
    %last = scf.for %i = %tile to %count step %tile iter_args(%now = %v) -> (!q) : i32 {
      %s = msa_gpu.issue %now, %now transposed : !q, !q -> !msa_gpu.pending<64, 64, f32>
      %f = msa_gpu.wait 0 : %s : (!msa_gpu.pending<64, 64, f32>) -> !o
      %next = msa_gpu.load %qs[%i, %tile, %tile] ring("v", 2) : !qmap -> !q
      scf.yield %next : !q
    }
    %t = msa_gpu.product %last, %last transposed : !q, !q -> !o
  }
}
