// RUN: msa-opt %s | msa-opt | FileCheck %s
// RUN: msa-opt %s -pass-pipeline='builtin.module(msa_gpu.kernel(msa-gpu-specialize))' | FileCheck %s --check-prefix=ROLES

// What a tile leaves is carried to the next, and what the last one left to the code behind the loop, by both roles: the
// producer has the scalars of it, that say what is loaded. A list that names nothing is one visit.

// CHECK-LABEL: msa_gpu.kernel @late
// CHECK: msa_gpu.for_tiles %{{.*}} counter(%{{.*}} : memref<1xi32>) init(%{{.*}}, %{{.*}} : !msa_gpu.fragment<64, 64, f32>, i32) {
// CHECK: ^bb0(%[[TILE:.*]]: i32, %[[LEFT:.*]]: !msa_gpu.fragment<64, 64, f32>, %[[BEFORE:.*]]: i32):
// CHECK:   %[[DONE:.*]]:2 = msa_gpu.visits ring("visits", 4) otherwise [640, 1] init(%[[LEFT]], %[[BEFORE]] :
// CHECK:   msa_gpu.next %[[DONE]]#0, %[[DONE]]#1 : !msa_gpu.fragment<64, 64, f32>, i32
// CHECK: } last {
// CHECK: ^bb0(%{{.*}}: !msa_gpu.fragment<64, 64, f32>, %{{.*}}: i32):

// ROLES-LABEL: msa_gpu.kernel @late
// ROLES: %[[ROW0:.*]] = arith.constant 0 : i32
// ROLES: %[[START:.*]] = msa_gpu.fill
// ROLES: msa_gpu.roles producer {
// ROLES:   %[[LOOP:.*]]:5 = scf.while ({{.*}}, %{{[^ ]*}} = %[[ROW0]]) : (i32, i32, i32, i32, i32)
// ROLES:   ^bb0(%{{[^:]*}}: i32, %{{[^:]*}}: i32, %[[K:[^:]*]]: i32, %[[V:[^:]*]]: i32, %[[BEFORE:[^:]*]]: i32):
// ROLES:     %[[ROW:.*]] = memref.load
// ROLES:     %[[LIST:.*]]:3 = scf.if %{{.*}} -> (i32, i32, i32) {
// ROLES:       msa_gpu.publish @visits[%[[V]]]
// ROLES:       msa_gpu.fill_slot @k[%[[K]], %{{[^]]*}}], %{{[^[]*}}[%[[BEFORE]],
// ROLES:       scf.yield %{{.*}}, %{{.*}}, %[[ROW]] : i32, i32, i32
// ROLES:     } else {
// ROLES:       scf.yield %[[K]], %[[V]], %[[BEFORE]]
// ROLES:     %[[NONE:.*]] = arith.cmpi eq, %[[LIST]]#1, %[[V]]
// ROLES:     %[[ALL:.*]]:3 = scf.if %[[NONE]] -> (i32, i32, i32) {
// ROLES:       %[[PAST:.*]] = arith.constant 640 : i32
// ROLES:       msa_gpu.publish @visits[%[[LIST]]#1]
// ROLES:       msa_gpu.fill_slot @k[%[[LIST]]#0, %{{[^]]*}}], %{{[^[]*}}[%[[LIST]]#2,
// ROLES:       scf.yield %{{.*}}, %{{.*}}, %[[PAST]] : i32, i32, i32
// ROLES:     } else {
// ROLES:       scf.yield %[[LIST]]#0, %[[LIST]]#1, %[[LIST]]#2
// ROLES:     msa_gpu.publish @visits[%[[ALL]]#1]
// ROLES:     scf.yield %{{.*}}, %{{.*}}, %[[ALL]]#0, %{{.*}}, %[[ALL]]#2 :
// ROLES:   msa_gpu.fill_slot @k[%[[LOOP]]#2, %{{[^]]*}}], %{{[^[]*}}[%[[LOOP]]#4,
// ROLES: } consumer {
// ROLES:   %[[MINE:.*]]:6 = scf.while ({{.*}}, %{{[^ ]*}} = %[[START]], %{{[^ ]*}} = %[[ROW0]])
// ROLES:     msa_gpu.fetch @tiles
// ROLES:     msa_gpu.fetch @visits
// ROLES:     msa_gpu.acquire @k
// ROLES:     msa_gpu.product
// ROLES:     msa_gpu.release @k
// ROLES:   %[[LAST:.*]] = msa_gpu.acquire @k[%[[MINE]]#2]
// ROLES:   msa_gpu.product %[[LAST]], %[[LAST]] transposed acc(%[[MINE]]#4 :
// ROLES:   msa_gpu.release @k[%[[MINE]]#2]
// ROLES:   memref.store
!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @late(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8xi32>, %c: memref<1xi32>, %out: memref<8xf32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  %zero = arith.constant 0 : i32
  %none = arith.constant 0.0 : f32
  %start = msa_gpu.fill %none : f32 -> !acc
  msa_gpu.for_tiles %tiles counter(%c : memref<1xi32>) init(%start, %zero : !acc, i32) {
  ^bb0(%tile: i32, %left: !acc, %before: i32):
    %done:2 = msa_gpu.visits ring("visits", 4) otherwise [640, 1] init(%left, %before : !acc, i32) list {
      %at = arith.index_cast %tile : i32 to index
      %row = memref.load %lists[%at] : memref<8xi32>
      %is = arith.cmpi sge, %row, %zero : i32
      scf.if %is {
        msa_gpu.visit %row, %zero
      }
    } body {
    ^bb0(%row: i32, %kind: i32, %acc: !acc, %last: i32):
      %k = msa_gpu.load %ks[%last, %zero, %zero] ring("k", 2) : !msa_gpu.map<64, 64, bf16> -> !k
      %s = msa_gpu.product %k, %k transposed acc(%acc : !acc) : !k, !k -> !acc
      msa_gpu.next %s, %row : !acc, i32
    } -> !acc, i32
    msa_gpu.next %done#0, %done#1 : !acc, i32
  } last {
  ^bb0(%left: !acc, %before: i32):
    %k = msa_gpu.load %ks[%before, %zero, %zero] ring("k", 2) : !msa_gpu.map<64, 64, bf16> -> !k
    %s = msa_gpu.product %k, %k transposed acc(%left : !acc) : !k, !k -> !acc
    %one = arith.constant 1.0 : f32
    %c0 = arith.constant 0 : index
    memref.store %one, %out[%c0] : memref<8xf32>
  }
}

// Tiles that the number of blocks leads to.
// ROLES-LABEL: msa_gpu.kernel @strided
// ROLES: producer
// ROLES: %[[LOOP:.*]]:3 = scf.for {{.*}} iter_args(%{{[^ ]*}} = %{{[^,]*}}, %{{[^ ]*}} = %{{[^,]*}}, %[[BEFORE:[^ ]*]] = %{{[^)]*}}) -> (i32, i32, i32)
// ROLES:   msa_gpu.fill_slot @k[%{{[^]]*}}], %{{[^[]*}}[%[[BEFORE]],
// ROLES: msa_gpu.fill_slot @k[%[[LOOP]]#0, %{{[^]]*}}], %{{[^[]*}}[%[[LOOP]]#2,
// ROLES: consumer
// ROLES: %[[MINE:.*]]:4 = scf.for
// ROLES: msa_gpu.acquire @k[%[[MINE]]#0]
// ROLES: msa_gpu.product {{.*}} acc(%[[MINE]]#2 :
msa_gpu.kernel @strided(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8xi32>, %c: memref<1xi32>, %out: memref<8xf32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  %zero = arith.constant 0 : i32
  %none = arith.constant 0.0 : f32
  %start = msa_gpu.fill %none : f32 -> !acc
  msa_gpu.for_tiles %tiles strided init(%start, %zero : !acc, i32) {
  ^bb0(%tile: i32, %left: !acc, %before: i32):
    %done:2 = msa_gpu.visits ring("visits", 4) otherwise [640, 1] init(%left, %before : !acc, i32) list {
      %at = arith.index_cast %tile : i32 to index
      %row = memref.load %lists[%at] : memref<8xi32>
      %is = arith.cmpi sge, %row, %zero : i32
      scf.if %is {
        msa_gpu.visit %row, %zero
      }
    } body {
    ^bb0(%row: i32, %kind: i32, %acc: !acc, %last: i32):
      %k = msa_gpu.load %ks[%last, %zero, %zero] ring("k", 2) : !msa_gpu.map<64, 64, bf16> -> !k
      %s = msa_gpu.product %k, %k transposed acc(%acc : !acc) : !k, !k -> !acc
      msa_gpu.next %s, %row : !acc, i32
    } -> !acc, i32
    msa_gpu.next %done#0, %done#1 : !acc, i32
  } last {
  ^bb0(%left: !acc, %before: i32):
    %k = msa_gpu.load %ks[%before, %zero, %zero] ring("k", 2) : !msa_gpu.map<64, 64, bf16> -> !k
    %s = msa_gpu.product %k, %k transposed acc(%left : !acc) : !k, !k -> !acc
    %one = arith.constant 1.0 : f32
    %c0 = arith.constant 0 : index
    memref.store %one, %out[%c0] : memref<8xf32>
  }
}

// One tile a block: what it left is finished behind it.
// ROLES-LABEL: msa_gpu.kernel @one
// ROLES: producer
// ROLES: %[[ALL:.*]]:3 = scf.if
// ROLES: %[[ALL:.*]]:3 = scf.if
// ROLES: msa_gpu.fill_slot @k[%[[ALL]]#0, %{{[^]]*}}], %{{[^[]*}}[%[[ALL]]#2,
// ROLES: consumer
// ROLES: %[[MINE:.*]]:5 = scf.while
// ROLES: msa_gpu.acquire @k[%[[MINE]]#4]
// ROLES: msa_gpu.product {{.*}} acc(%[[MINE]]#2 :
msa_gpu.kernel @one(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8xi32>, %c: memref<1xi32>, %out: memref<8xf32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  %zero = arith.constant 0 : i32
  %none = arith.constant 0.0 : f32
  %start = msa_gpu.fill %none : f32 -> !acc
  msa_gpu.for_tiles %tiles  init(%start, %zero : !acc, i32) {
  ^bb0(%tile: i32, %left: !acc, %before: i32):
    %done:2 = msa_gpu.visits ring("visits", 4) otherwise [640, 1] init(%left, %before : !acc, i32) list {
      %at = arith.index_cast %tile : i32 to index
      %row = memref.load %lists[%at] : memref<8xi32>
      %is = arith.cmpi sge, %row, %zero : i32
      scf.if %is {
        msa_gpu.visit %row, %zero
      }
    } body {
    ^bb0(%row: i32, %kind: i32, %acc: !acc, %last: i32):
      %k = msa_gpu.load %ks[%last, %zero, %zero] ring("k", 2) : !msa_gpu.map<64, 64, bf16> -> !k
      %s = msa_gpu.product %k, %k transposed acc(%acc : !acc) : !k, !k -> !acc
      msa_gpu.next %s, %row : !acc, i32
    } -> !acc, i32
    msa_gpu.next %done#0, %done#1 : !acc, i32
  } last {
  ^bb0(%left: !acc, %before: i32):
    %k = msa_gpu.load %ks[%before, %zero, %zero] ring("k", 2) : !msa_gpu.map<64, 64, bf16> -> !k
    %s = msa_gpu.product %k, %k transposed acc(%left : !acc) : !k, !k -> !acc
    %one = arith.constant 1.0 : f32
    %c0 = arith.constant 0 : index
    memref.store %one, %out[%c0] : memref<8xf32>
  }
}
