// RUN: msa-opt %s -pass-pipeline='builtin.module(msa_gpu.kernel(msa-gpu-pipeline))' -split-input-file | FileCheck %s -enable-var-scope
// RUN: msa-opt %s -pass-pipeline='builtin.module(msa_gpu.kernel(msa-gpu-pipeline,canonicalize,cse,msa-gpu-plan-shared))' -split-input-file | FileCheck %s --check-prefix=PLAN -enable-var-scope

// Legal because a slot is filled anew only behind a barrier that stands after its last reader: the wait at which the other
// tile of the loop is first read. With one slot each, values are copied while scores are multiplied and the next keys while
// weights are; a turn that does not exist copies nothing, but its group is committed all the same, so that waits count alike.

!m = !msa_gpu.map<64, 64, bf16, layout = <buffer = 0, element = bf16, offset = 0, sizes = [64, 256, 1, 2, 1],
                  strides = [64, 64, 16384, 32768], box = [64, 64, 1, 1, 1], swizzle = 128>>
!t = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!s = !msa_gpu.fragment<64, 64, f32>

// CHECK-LABEL: msa_gpu.kernel @attend
// CHECK: msa_gpu.ring @q holds !msa_gpu.tile<64, 64, bf16, pitch = 64> slots 1 copies 2
// CHECK: msa_gpu.ring @k holds !msa_gpu.tile<64, 64, bf16, pitch = 64> slots 1 copies 1
// CHECK: msa_gpu.ring @v holds !msa_gpu.tile<64, 64, bf16, pitch = 64> slots 1 copies 1
// CHECK-NOT: msa_gpu.for_tiles
// CHECK: %[[TILE:.*]] = msa_gpu.block
// CHECK: msa_gpu.copy %[[M:.*]][%[[TILE]], %{{.*}}, %{{.*}}] to @q
// CHECK-NEXT: msa_gpu.commit
// CHECK-NEXT: %[[Q:.*]] = msa_gpu.slot @q
// CHECK: scf.if
// CHECK: msa_gpu.copy %[[M]][%{{.*}}, %{{.*}}, %{{.*}}] to @k
// CHECK: msa_gpu.commit
// CHECK-NOT: msa_gpu.await
// CHECK: scf.for %[[I:[^ ]*]] = %[[LOW:[^ ]*]] to %[[HIGH:[^ ]*]] step
// CHECK: msa_gpu.await 0
// CHECK: %[[HAS:.*]] = arith.cmpi slt, %[[I]], %[[HIGH]]
// CHECK-NEXT: scf.if %[[HAS]]
// CHECK: %[[ROW:.*]] = arith.muli %[[I]]
// CHECK-NEXT: msa_gpu.copy %[[M]][%[[ROW]], %{{.*}}, %{{.*}}] to @v
// CHECK: msa_gpu.commit
// CHECK: %[[K:.*]] = msa_gpu.slot @k
// CHECK-NEXT: msa_gpu.product %[[Q]], %[[K]] transposed
// CHECK: msa_gpu.await 0
// CHECK: %[[LATER:.*]] = arith.addi %[[I]]
// CHECK: arith.cmpi slt, %[[LATER]], %[[HIGH]]
// CHECK: %[[ROW:.*]] = arith.muli %[[LATER]]
// CHECK-NEXT: msa_gpu.copy %[[M]][%[[ROW]], %{{.*}}, %{{.*}}] to @k
// CHECK: msa_gpu.commit
// CHECK: %[[V:.*]] = msa_gpu.slot @v
// CHECK-NEXT: msa_gpu.product %{{.*}}, %[[V]] acc

// A second loop's first copy waits until all have read what the first loop left; so does the store, which lies where tiles
// were.
// CHECK: msa_gpu.await 0
// CHECK: scf.if
// CHECK: to @k
// CHECK: scf.for
// CHECK: msa_gpu.await 0
// CHECK: msa_gpu.await 0
// CHECK: }
// CHECK: msa_gpu.await 0
// CHECK-NEXT: msa_gpu.store
// CHECK-NOT: msa_gpu.await

// PLAN-LABEL: msa_gpu.kernel @attend
// PLAN-SAME: shared = 32768
// PLAN: ring @q {{.*}} shared = 0 : i64}
// PLAN: ring @k {{.*}} shared = 16384
// PLAN: ring @v {{.*}} shared = 24576
// PLAN: msa_gpu.store {{.*}} {shared = 0 : i64}
msa_gpu.kernel @attend(%x: memref<1x2x256x64xbf16>) attributes {mma, warpgroups = 2 : i64} {
  %m = msa_gpu.view %x : memref<1x2x256x64xbf16> -> !m
  %count = arith.constant 4 : i32
  msa_gpu.for_tiles %count {
  ^bb0(%tile: i32):
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c64 = arith.constant 64 : i32
    %none = arith.constant 0.0 : f32
    %q = msa_gpu.load %m[%tile, %c0, %c0] ring("q", 1) per_warpgroup : !m -> !t
    %zero = msa_gpu.fill %none : f32 -> !s
    %first = scf.for %i = %c0 to %tile step %c1 iter_args(%acc = %zero) -> (!s) : i32 {
      %row = arith.muli %i, %c64 : i32
      %k = msa_gpu.load %m[%row, %c0, %c0] ring("k", 1) : !m -> !t
      %v = msa_gpu.load %m[%row, %c1, %c0] ring("v", 1) : !m -> !t
      %s = msa_gpu.product %q, %k transposed : !t, !t -> !s
      %p = msa_gpu.pack %s : !s -> !msa_gpu.operand<64, 64, bf16>
      %next = msa_gpu.product %p, %v acc(%acc : !s) : !msa_gpu.operand<64, 64, bf16>, !t -> !s
      scf.yield %next : !s
    }
    %all = scf.for %i = %tile to %count step %c1 iter_args(%acc = %first) -> (!s) : i32 {
      %row = arith.muli %i, %c64 : i32
      %k = msa_gpu.load %m[%row, %c0, %c0] ring("k", 1) : !m -> !t
      %v = msa_gpu.load %m[%row, %c1, %c0] ring("v", 1) : !m -> !t
      %s = msa_gpu.product %q, %k transposed : !t, !t -> !s
      %p = msa_gpu.pack %s : !s -> !msa_gpu.operand<64, 64, bf16>
      %next = msa_gpu.product %p, %v acc(%acc : !s) : !msa_gpu.operand<64, 64, bf16>, !t -> !s
      scf.yield %next : !s
    }
    %out = msa_gpu.pack %all : !s -> !msa_gpu.operand<64, 64, bf16>
    msa_gpu.store %out, %m[%tile, %c0, %c0] : !msa_gpu.operand<64, 64, bf16>, !m
  }
}

// -----

!m = !msa_gpu.map<64, 64, bf16, layout = <buffer = 0, element = bf16, offset = 0, sizes = [64, 256, 1, 2, 1],
                  strides = [64, 64, 16384, 32768], box = [64, 64, 1, 1, 1], swizzle = 128>>
!t = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!s = !msa_gpu.fragment<64, 64, f32>

// One tile a turn, in three slots: two are started before the loop, the next one in the slot of the turn before; what is
// read outside of loops is waited for where it is read.
// CHECK-LABEL: msa_gpu.kernel @one
// CHECK: to @q
// CHECK: msa_gpu.commit
// CHECK: msa_gpu.await 0
// CHECK-NEXT: %[[START:.*]] = msa_gpu.product
// CHECK: to @k[%[[C0:[a-z0-9_]*]]]
// CHECK: msa_gpu.commit
// CHECK: to @k[%[[C1:[a-z0-9_]*]]]
// CHECK: msa_gpu.commit
// CHECK: scf.for %[[I:[^ ]*]] = %[[LOW:[^ ]*]] to
// CHECK: %[[TURN:.*]] = arith.subi %[[I]], %[[LOW]]
// CHECK: msa_gpu.await 1
// CHECK: %[[LATER:.*]] = arith.addi %[[I]], %
// CHECK: arith.addi %[[TURN]]
// CHECK: %[[SLOT:.*]] = arith.remui
// CHECK: msa_gpu.copy %{{.*}}[%[[LATER]], %{{.*}}, %{{.*}}] to @k[%[[SLOT]]]
// CHECK: msa_gpu.commit
// CHECK: %[[OWN:.*]] = arith.remui %[[TURN]]
// CHECK-NEXT: %[[K:.*]] = msa_gpu.slot @k[%[[OWN]]]
// CHECK-NEXT: msa_gpu.product %[[K]], %[[K]] transposed
msa_gpu.kernel @one(%x: memref<1x2x256x64xbf16>) attributes {mma, warpgroups = 1 : i64} {
  %m = msa_gpu.view %x : memref<1x2x256x64xbf16> -> !m
  %count = arith.constant 4 : i32
  msa_gpu.for_tiles %count {
  ^bb0(%tile: i32):
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %q = msa_gpu.load %m[%tile, %c0, %c0] ring("q", 1) : !m -> !t
    %start = msa_gpu.product %q, %q transposed : !t, !t -> !s
    %all = scf.for %i = %c0 to %tile step %c1 iter_args(%acc = %start) -> (!s) : i32 {
      %k = msa_gpu.load %m[%i, %c0, %c0] ring("k", 3) : !m -> !t
      %next = msa_gpu.product %k, %k transposed acc(%acc : !s) : !t, !t -> !s
      scf.yield %next : !s
    }
  }
}

// -----

!m = !msa_gpu.map<64, 64, bf16, layout = <buffer = 0, element = bf16, offset = 0, sizes = [64, 256, 1, 2, 1],
                  strides = [64, 64, 16384, 32768], box = [64, 64, 1, 1, 1], swizzle = 128>>
!t = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!s = !msa_gpu.fragment<64, 64, f32>

// Loops of one turn have been folded: what was theirs stands in a row, before a loop or behind one, in the same slots. Each
// copy into a slot that has been read stands behind a barrier that stands behind the reads; two in a row share one.
// CHECK-LABEL: msa_gpu.kernel @folded
// CHECK: to @k
// CHECK: to @v
// CHECK: msa_gpu.product
// CHECK: %[[FIRST:.*]] = msa_gpu.product
// CHECK-NEXT: msa_gpu.await 0
// CHECK-NOT: msa_gpu.product
// CHECK: to @k
// CHECK-NOT: msa_gpu.await
// CHECK: to @v
// CHECK: msa_gpu.product %{{.*}}, %{{.*}} acc(%[[FIRST]]
// CHECK: %[[SECOND:.*]] = msa_gpu.product
// CHECK-NOT: to @k
// CHECK: msa_gpu.await 0
// CHECK: to @k
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %[[SECOND]])
// CHECK: scf.yield %{{.*}} : !msa_gpu.fragment
// CHECK-NEXT: }
// CHECK-NOT: to @v
// CHECK: msa_gpu.await 0
// CHECK: to @v
msa_gpu.kernel @folded(%x: memref<1x2x256x64xbf16>) attributes {mma, warpgroups = 1 : i64} {
  %m = msa_gpu.view %x : memref<1x2x256x64xbf16> -> !m
  %count = arith.constant 4 : i32
  msa_gpu.for_tiles %count {
  ^bb0(%tile: i32):
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %k0 = msa_gpu.load %m[%tile, %c0, %c0] ring("k", 1) : !m -> !t
    %v0 = msa_gpu.load %m[%tile, %c0, %c0] ring("v", 1) : !m -> !t
    %s0 = msa_gpu.product %k0, %k0 transposed : !t, !t -> !s
    %s1 = msa_gpu.product %v0, %v0 transposed acc(%s0 : !s) : !t, !t -> !s
    %k1 = msa_gpu.load %m[%c0, %c0, %c0] ring("k", 1) : !m -> !t
    %v1 = msa_gpu.load %m[%c0, %c0, %c0] ring("v", 1) : !m -> !t
    %s2 = msa_gpu.product %k1, %k1 transposed acc(%s1 : !s) : !t, !t -> !s
    %s3 = msa_gpu.product %v1, %v1 transposed acc(%s2 : !s) : !t, !t -> !s
    %all = scf.for %i = %c0 to %tile step %c1 iter_args(%acc = %s3) -> (!s) : i32 {
      %k = msa_gpu.load %m[%i, %c0, %c0] ring("k", 1) : !m -> !t
      %v = msa_gpu.load %m[%i, %c0, %c0] ring("v", 1) : !m -> !t
      %a = msa_gpu.product %k, %k transposed acc(%acc : !s) : !t, !t -> !s
      %b = msa_gpu.product %v, %v transposed acc(%a : !s) : !t, !t -> !s
      scf.yield %b : !s
    }
    %v2 = msa_gpu.load %m[%c1, %c0, %c0] ring("v", 1) : !m -> !t
    %end = msa_gpu.product %v2, %v2 transposed acc(%all : !s) : !t, !t -> !s
  }
}

// -----

// Kernels with roles are left alone.
// CHECK-LABEL: msa_gpu.kernel @roles
// CHECK: msa_gpu.for_tiles
msa_gpu.kernel @roles() attributes {warpgroups = 1 : i64, shared = 0 : i64} {
  %count = arith.constant 4 : i32
  msa_gpu.for_tiles %count {
  ^bb0(%tile: i32):
  }
}
