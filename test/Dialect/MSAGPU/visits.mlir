// RUN: msa-opt %s | msa-opt | FileCheck %s
// RUN: msa-opt %s -pass-pipeline='builtin.module(msa_gpu.kernel(msa-gpu-specialize))' | FileCheck %s --check-prefix=ROLES

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>

msa_gpu.kernel @listed(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles counter(%c : memref<1xi32>) {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    %none = arith.constant 0.0 : f32
    %start = msa_gpu.fill %none : f32 -> !acc
    %sum = msa_gpu.visits ring("visits", 4) init(%start : !acc) list {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c4 = arith.constant 4 : index
      %c64 = arith.constant 64 : i32
      %list = arith.index_cast %tile : i32 to index
      scf.for %i = %c0 to %c4 step %c1 {
        %block = memref.load %lists[%list, %i] : memref<8x4xi32>
        %is = arith.cmpi sge, %block, %zero : i32
        scf.if %is {
          %row = arith.muli %block, %c64 : i32
          msa_gpu.visit %row, %zero
        }
      }
    } body {
    ^bb0(%row: i32, %kind: i32, %acc: !acc):
      %k = msa_gpu.load %ks[%row, %zero, %zero] ring("k", 2) : !msa_gpu.map<64, 64, bf16> -> !k
      %s = msa_gpu.product %k, %k transposed : !k, !k -> !acc
      %masked = msa_gpu.map %s, %acc : (!acc, !acc) -> !acc {
      ^bb1(%x: f32, %y: f32):
        %i, %j = msa_gpu.place
        %at = arith.addi %j, %row : i32
        %after = arith.cmpi sgt, %at, %i : i32
        %z = arith.select %after, %x, %y : f32
        msa_gpu.yield %z : f32
      }
      msa_gpu.next %masked : !acc
    } -> !acc
  }
}

// CHECK-LABEL: msa_gpu.kernel @listed
// CHECK: %[[SUM:.*]] = msa_gpu.visits ring("visits", 4) init(%{{.*}} : !msa_gpu.fragment<64, 64, f32>) list {
// CHECK:   scf.for
// CHECK:     scf.if
// CHECK:       msa_gpu.visit %{{.*}}, %{{.*}}
// CHECK: } body {
// CHECK: ^bb0(%[[ROW:.*]]: i32, %{{.*}}: i32, %{{.*}}: !msa_gpu.fragment<64, 64, f32>):
// CHECK:   msa_gpu.load %{{.*}}[%[[ROW]], %{{.*}}] ring("k", 2)
// CHECK:   %{{.*}}, %{{.*}} = msa_gpu.place
// CHECK:   msa_gpu.next %{{.*}} : !msa_gpu.fragment<64, 64, f32>
// CHECK: } -> !msa_gpu.fragment<64, 64, f32>

// The producer runs the list: it publishes a visit, then copies what the body loads; uses of both rings are counted
// through loops and conditions. A negative number ends the list.
// ROLES-LABEL: msa_gpu.kernel @listed
// ROLES-DAG: msa_gpu.ring @k holds !msa_gpu.tile<64, 64, bf16, pitch = 64> slots 2 copies 1
// ROLES-DAG: msa_gpu.ring @visits holds i32 slots 4 copies 1
// ROLES-DAG: msa_gpu.ring @tiles holds i32 slots 2 copies 1
// ROLES: msa_gpu.roles producer {
// ROLES:   scf.while
// ROLES:   %[[USES:.*]]:2 = scf.for %{{.*}} = %{{.*}} iter_args(%[[K:.*]] = %{{.*}}, %[[V:.*]] = %{{.*}}) -> (i32, i32)
// ROLES:     memref.load
// ROLES:     %[[IF:.*]]:2 = scf.if %{{.*}} -> (i32, i32) {
// ROLES:       %[[R:.*]] = arith.muli
// ROLES:       %[[SHIFTED:.*]] = arith.shli %[[R]]
// ROLES:       %[[WHAT:.*]] = arith.ori %[[SHIFTED]]
// ROLES:       msa_gpu.publish @visits[%[[V]]], %[[WHAT]]
// ROLES:       %[[V1:.*]] = arith.addi %[[V]]
// ROLES:       %[[K1:.*]] = arith.addi %[[K]]
// ROLES:       msa_gpu.fill_slot @k[%[[K]], %{{.*}}], %{{.*}}[%[[R]],
// ROLES:       scf.yield %[[K1]], %[[V1]] : i32, i32
// ROLES:     } else {
// ROLES:       scf.yield %[[K]], %[[V]] : i32, i32
// ROLES:     }
// ROLES:     scf.yield %[[IF]]#0, %[[IF]]#1 : i32, i32
// ROLES:   %[[END:.*]] = arith.constant -1 : i32
// ROLES:   msa_gpu.publish @visits[%[[USES]]#1], %[[END]]
// The consumers know nothing of the list.
// ROLES: } consumer {
// ROLES-NOT: memref.load
// ROLES:   scf.while (%[[TURN:.*]] = %{{.*}}, %{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}) : (i32, !msa_gpu.fragment<64, 64, f32>, i32)
// ROLES:     %[[GOT:.*]] = msa_gpu.fetch @visits[%[[TURN]]]
// ROLES:     %[[LIVE:.*]] = arith.cmpi sge, %[[GOT]]
// ROLES:     scf.condition(%[[LIVE]]) %[[GOT]]
// ROLES:   ^bb0(%[[GOT2:.*]]: i32, %{{.*}}: i32, %{{.*}}: !msa_gpu.fragment<64, 64, f32>, %[[USE:.*]]: i32):
// ROLES:     arith.shrui %[[GOT2]]
// ROLES:     %[[TILE:.*]] = msa_gpu.acquire @k[%[[USE]]]
// ROLES:     msa_gpu.product %[[TILE]], %[[TILE]]
// ROLES:     msa_gpu.release @k[%[[USE]]]
// ROLES-NOT: memref.load

// Two lists go through one ring, one after the other.
// CHECK-LABEL: msa_gpu.kernel @twice
// ROLES-LABEL: msa_gpu.kernel @twice
// ROLES-COUNT-1: msa_gpu.ring @visits
// ROLES-NOT: msa_gpu.ring
// ROLES: msa_gpu.roles producer {
// ROLES:   %[[U0:.*]] = arith.constant 0 : i32
// ROLES:   msa_gpu.publish @visits[%[[U0]]], %{{.*}}
// ROLES:   %[[U1:.*]] = arith.addi %[[U0]]
// ROLES:   msa_gpu.publish @visits[%[[U1]]], %{{.*}}
msa_gpu.kernel @twice() attributes {warpgroups = 1 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    msa_gpu.visits ring("visits", 2) list {
      %nothing = arith.constant 5 : i32
    } body {
    ^bb0(%row: i32, %kind: i32):
      msa_gpu.next
    }
    msa_gpu.visits ring("visits", 2) list {
      %nothing = arith.constant 5 : i32
    } body {
    ^bb0(%row: i32, %kind: i32):
      msa_gpu.next
    }
  }
}

// A number that visits carry, here the row of the visit before: the producer hands it on through the list, since it
// says what is copied.
// CHECK-LABEL: msa_gpu.kernel @carries
// ROLES-LABEL: msa_gpu.kernel @carries
// ROLES: msa_gpu.roles producer {
// ROLES:   %[[FIRST:.*]] = arith.constant 99 : i32
// ROLES:   %[[R:.*]]:3 = scf.for %{{.*}} iter_args(%[[K:.*]] = %{{.*}}, %[[V:.*]] = %{{.*}}, %[[BEFORE:.*]] = %[[FIRST]]) -> (i32, i32, i32)
// ROLES:     %[[ROW:.*]] = arith.muli
// ROLES:     %[[IF:.*]]:3 = scf.if
// ROLES:       msa_gpu.publish @visits
// ROLES:       msa_gpu.fill_slot @k[%{{.*}}], %{{.*}}[%[[BEFORE]],
// ROLES:       scf.yield %{{.*}}, %{{.*}}, %[[ROW]]
// ROLES:     } else {
// ROLES:       scf.yield %{{.*}}, %{{.*}}, %[[BEFORE]]
// ROLES:     scf.yield %[[IF]]#0, %[[IF]]#1, %[[IF]]#2
// ROLES:   msa_gpu.fill_slot @k[%{{.*}}], %{{.*}}[%[[R]]#2,
// ROLES: } consumer {
// ROLES:   scf.while (%{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}) : (i32, !msa_gpu.fragment<64, 64, f32>, i32, i32)
msa_gpu.kernel @carries(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8xi32>) attributes {warpgroups = 1 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %first = arith.constant 99 : i32
    %zero = arith.constant 0 : i32
    %none = arith.constant 0.0 : f32
    %start = msa_gpu.fill %none : f32 -> !acc
    %sum, %last = msa_gpu.visits ring("visits", 4) init(%start, %first : !acc, i32) list {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c8 = arith.constant 8 : index
      %c64 = arith.constant 64 : i32
      scf.for %i = %c0 to %c8 step %c1 {
        %block = memref.load %lists[%i] : memref<8xi32>
        %row = arith.muli %block, %c64 : i32
        %is = arith.cmpi sge, %block, %zero : i32
        scf.if %is {
          msa_gpu.visit %row, %zero
        }
      }
    } body {
    ^bb0(%row: i32, %kind: i32, %acc: !acc, %before: i32):
      %k = msa_gpu.load %ks[%before, %zero, %zero] ring("k", 2) : !msa_gpu.map<64, 64, bf16> -> !k
      %s = msa_gpu.product %k, %k transposed acc(%acc : !acc) : !k, !k -> !acc
      msa_gpu.next %s, %row : !acc, i32
    } -> !acc, i32
    %k = msa_gpu.load %ks[%last, %zero, %zero] ring("k", 2) : !msa_gpu.map<64, 64, bf16> -> !k
    %s = msa_gpu.product %k, %k transposed acc(%sum : !acc) : !k, !k -> !acc
  }
}
