// RUN: msa-opt %s -convert-msa-gpu-to-nvvm -canonicalize -split-input-file | FileCheck %s -enable-var-scope

!m = !msa_gpu.map<64, 64, bf16, layout = <buffer = 0, element = bf16, offset = 64, sizes = [64, 100, 1, 2, 1],
                  strides = [128, 64, 12800, 25600], box = [64, 64, 1, 1, 1], swizzle = 128>>
!t = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!s = !msa_gpu.fragment<64, 64, f32>

// All threads compute: no maps, no barriers in shared memory, no registers handed over, nothing of sm_90. 64 rows of 8
// chunks by 128 threads are four copies each, zero past the end; where the buffer lies at no multiple of 16 bytes, elements
// are copied instead.

// CHECK-LABEL: llvm.func @attend(
// CHECK-SAME: %{{.*}}: !llvm.ptr, %{{.*}}: i64) attributes {nvvm.kernel, nvvm.maxntid = array<i32: 128>, nvvm.minctasm = 2 : i32}
// CHECK-NOT: griddepcontrol
// CHECK-NOT: mbarrier
// CHECK-NOT: nvvm.setmaxregister
// CHECK: scf.if
// CHECK-COUNT-4: "cp.async.cg.shared.global.L2::128B [$0], [$1], 16, $2;"
// CHECK-NOT: cp.async.cg
// CHECK: } else {
// CHECK: @p ld.global.b16 h0, [$1+0];
// CHECK-SAME: st.shared.v4.b32
// CHECK: "cp.async.commit_group;"
// CHECK: "cp.async.wait_group 0;"
// CHECK-NEXT: "bar.sync 0;"

// Scores: 4 steps of depth, each with one block of the left side and four of the right, of two products each. Rows of keys
// are columns, so blocks are not transposed. Each is read before the one before it is multiplied.
// CHECK-COUNT-2: "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {$0, $1, $2, $3}, [$4+0];"
// CHECK: "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {$0, $1, $2, $3}, [$4+2048];"
// CHECK-COUNT-32: "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
// CHECK-NOT: "mma.sync
// CHECK: "cvt.rn.bf16x2.f32
// Values: the left side is in registers, rows are the depth.
// CHECK: "ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {$0, $1, $2, $3}, [$4+0];"
// CHECK-COUNT-32: "mma.sync

// Results: pairs of elements, then 16 bytes.
// CHECK-COUNT-16: "st.shared.b32 [$0], $1;"
// CHECK: "bar.warp.sync -1;"
// CHECK: scf.if
// CHECK-COUNT-4: @p st.global.v4.b32 [$0]
// CHECK: } else {
// CHECK-COUNT-4: @p st.global.b16 [$0+0]
// CHECK: llvm.return
msa_gpu.kernel @attend(%x: memref<1x2x100x128xbf16>) attributes {mma, warpgroups = 1 : i64, shared = 16384 : i64} {
  msa_gpu.ring @q holds !msa_gpu.tile<64, 64, bf16, pitch = 64> slots 2 copies 1 {barriers = 16384 : i64, shared = 0 : i64}
  %m = msa_gpu.view %x : memref<1x2x100x128xbf16> -> !m
  %tile = msa_gpu.block
  %c0 = arith.constant 0 : i32
  msa_gpu.copy %m[%tile, %c0, %c0] to @q[%c0] : !m
  msa_gpu.commit
  msa_gpu.await 0
  %q = msa_gpu.slot @q[%c0] : !t
  %s = msa_gpu.product %q, %q transposed : !t, !t -> !s
  %p = msa_gpu.pack %s : !s -> !msa_gpu.operand<64, 64, bf16>
  %o = msa_gpu.product %p, %q : !msa_gpu.operand<64, 64, bf16>, !t -> !s
  %out = msa_gpu.pack %o : !s -> !msa_gpu.operand<64, 64, bf16>
  msa_gpu.store %out, %m[%tile, %c0, %c0] {shared = 0 : i64} : !msa_gpu.operand<64, 64, bf16>, !m
}

// -----

!t = !msa_gpu.tile<128, 64, f16, pitch = 128>
!s = !msa_gpu.fragment<128, 128, f32>

// 128 rows: a block of the right side is multiplied with two of the left one, 64 rows apart. Too much shared memory for two
// blocks at a time.
// CHECK-LABEL: llvm.func @halves(
// CHECK-SAME: nvvm.minctasm = 1 : i32
// CHECK: "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {$0, $1, $2, $3}, [$4+0];"
// CHECK: "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {$0, $1, $2, $3}, [$4+8192];"
// CHECK: "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {$0, $1, $2, $3}, [$4+0];"
// CHECK-COUNT-4: "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32
// CHECK: "ldmatrix
// CHECK-COUNT-124: "mma.sync
// CHECK-NOT: "mma.sync
// CHECK: nvvm.vote.sync
msa_gpu.kernel @halves(%x: memref<1xi32>) attributes {mma, warpgroups = 1 : i64, shared = 90000 : i64} {
  msa_gpu.ring @q holds !msa_gpu.tile<128, 64, f16, pitch = 128> slots 2 copies 1 {barriers = 32768 : i64, shared = 0 : i64}
  %c0 = arith.constant 0 : i32
  %q = msa_gpu.slot @q[%c0] : !t
  %s = msa_gpu.product %q, %q transposed : !t, !t -> !s
  %part = msa_gpu.reduce max %s : !s -> !msa_gpu.rows<f32, partial = true, count = 128>
  %most = msa_gpu.combine max %part : !msa_gpu.rows<f32, partial = true, count = 128> -> !msa_gpu.rows<f32, count = 128>
  %is = msa_gpu.map %most : (!msa_gpu.rows<f32, count = 128>) -> !msa_gpu.rows<i1, count = 128> {
  ^bb0(%y: f32):
    %none = arith.constant 0.0 : f32
    %z = arith.cmpf ogt, %y, %none : f32
    msa_gpu.yield %z : i1
  }
  %any = msa_gpu.any %is : !msa_gpu.rows<i1, count = 128>
}
