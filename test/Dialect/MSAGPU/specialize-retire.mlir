// RUN: msa-opt %s -split-input-file -verify-diagnostics -pass-pipeline='builtin.module(gpu.module(msa_gpu.kernel(msa-gpu-specialize)))' | FileCheck %s

!tile = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!map = !msa_gpu.map<64, 64, bf16>
!sum = !msa_gpu.pending<64, 64, f32>

// A product stays under way into the next iteration, and so does the use of its
// tiles: what the loop carries is the number of that use. Tiles are given back
// where they are retired, which is once per use.

// CHECK-LABEL: msa_gpu.kernel @ahead
// CHECK: producer
// CHECK: msa_gpu.fill_slot @a[%[[U:[a-z0-9_]+]], %
// CHECK: %[[NEXT:[a-z0-9_]+]] = arith.addi %[[U]],
// CHECK: msa_gpu.fill_slot @b[%[[U]], %
// CHECK: scf.for {{.*}} iter_args(%[[V:[a-z0-9_]+]] = %[[NEXT]])
// CHECK: msa_gpu.fill_slot @a[%[[V]],
// CHECK: msa_gpu.fill_slot @b[%[[V]],
// CHECK: consumer
// CHECK: scf.for {{.*}} iter_args(%[[U:[a-z0-9_]+]] = %
// CHECK: msa_gpu.acquire @a[%[[U]]]
// CHECK: msa_gpu.acquire @b[%[[U]]]
// CHECK-NOT: msa_gpu.release
// CHECK: %[[LOOP:[a-z0-9_]+]]:4 = scf.for {{.*}} iter_args(%{{[a-z0-9_]+}} = %{{[a-z0-9_]+}}, %[[A:[a-z0-9_]+]] = %[[U]], %[[B:[a-z0-9_]+]] = %[[U]], %[[V:[a-z0-9_]+]] = %
// CHECK: msa_gpu.acquire @a[%[[V]]]
// CHECK: msa_gpu.acquire @b[%[[V]]]
// CHECK: msa_gpu.issue
// CHECK: msa_gpu.wait 1
// CHECK-NEXT: msa_gpu.release @a[%[[A]]]
// CHECK-NEXT: msa_gpu.release @b[%[[B]]]
// CHECK: scf.yield %{{[a-z0-9_]+}}, %[[V]], %[[V]], %
// CHECK: msa_gpu.wait 0 : %[[LOOP]]#0
// CHECK-NEXT: msa_gpu.release @a[%[[LOOP]]#1]
// CHECK-NEXT: msa_gpu.release @b[%[[LOOP]]#2]
// CHECK-NOT: msa_gpu.release
gpu.module @kernels {
  msa_gpu.kernel @ahead(%x: !map, %y: !map, %out: !map) attributes {warpgroups = 1} {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c9 = arith.constant 9 : i32
    msa_gpu.for_tiles %c9 strided {
    ^bb0(%tile: i32):
      %a0 = msa_gpu.load %x[%tile, %c0, %c0] column %c0 ring("a", 4) : !map -> !tile
      %b0 = msa_gpu.load %y[%c0, %c0, %c0] column %tile ring("b", 4) : !map -> !tile
      %s0 = msa_gpu.issue %a0, %b0 : !tile, !tile -> <64, 64, f32>
      %r:3 = scf.for %k = %c1 to %c9 step %c1 iter_args(%s = %s0, %a = %a0, %b = %b0) -> (!sum, !tile, !tile) : i32 {
        %an = msa_gpu.load %x[%tile, %c0, %c0] column %k ring("a", 4) : !map -> !tile
        %bn = msa_gpu.load %y[%k, %c0, %c0] column %tile ring("b", 4) : !map -> !tile
        %p = msa_gpu.issue %an, %bn acc(%s : !sum) : !tile, !tile -> <64, 64, f32>
        %w = msa_gpu.wait 1 : %p : (!sum) -> !sum
        msa_gpu.retire %a : !tile
        msa_gpu.retire %b : !tile
        scf.yield %w, %an, %bn : !sum, !tile, !tile
      }
      %f = msa_gpu.wait 0 : %r#0 : (!sum) -> !msa_gpu.fragment<64, 64, f32>
      msa_gpu.retire %r#1 : !tile
      msa_gpu.retire %r#2 : !tile
      %o = msa_gpu.pack %f : <64, 64, f32> -> <64, 64, bf16>
      msa_gpu.store %o, %out[%tile, %c0, %c0] column %tile {staged = 1 : i64} : !msa_gpu.operand<64, 64, bf16>, <64, 64, bf16>
    }
  }
}

// -----

!tile = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!map = !msa_gpu.map<64, 64, bf16>
!sum = !msa_gpu.pending<64, 64, f32>

// One that the loop does not hand on would never be given back.

gpu.module @kernels {
  msa_gpu.kernel @lost(%x: !map, %y: !map) attributes {warpgroups = 1} {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c9 = arith.constant 9 : i32
    msa_gpu.for_tiles %c9 {
    ^bb0(%tile: i32):
      // expected-error @+1 {{a product that a loop hands on reads a tile that it does not: the tile must be handed on, and retired}}
      %a0 = msa_gpu.load %x[%tile, %c0, %c0] ring("a", 4) : !map -> !tile
      %b0 = msa_gpu.load %y[%c0, %c0, %c0] ring("b", 4) : !map -> !tile
      %s0 = msa_gpu.issue %a0, %b0 : !tile, !tile -> <64, 64, f32>
      %r = scf.for %k = %c1 to %c9 step %c1 iter_args(%s = %s0) -> (!sum) : i32 {
        %w = msa_gpu.wait 1 : %s : (!sum) -> !sum
        scf.yield %w : !sum
      }
      %f = msa_gpu.wait 0 : %r : (!sum) -> !msa_gpu.fragment<64, 64, f32>
    }
  }
}
