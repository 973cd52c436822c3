// RUN: msa-opt %s -convert-msa-gpu-to-nvvm -split-input-file | FileCheck %s

// Blocks of a cluster copy for one another: each brings half of the rows to the same place in both, told at the barrier
// there; a slot is empty once 4 warps of 2 warpgroups of 2 blocks have given it back, one lane for each block. No block
// begins before the others' barriers are there, none ends before they are done with its own. Registers as the kernel says.

// CHECK-LABEL: llvm.func @cluster(
// CHECK-SAME: nvvm.cluster_dim = array<i32: 2, 1, 1>
// CHECK: "mbarrier.init.shared::cta.b64 [$0], 1;"
// CHECK: "mbarrier.init.shared::cta.b64 [$0], 16;"
// CHECK: nvvm.fence.mbarrier.init
// CHECK: %[[RANK:.*]] = llvm.inline_asm {{.*}} "mov.u32 $0, %cluster_ctarank;"
// CHECK: barrier.cluster.arrive; barrier.cluster.wait;
// CHECK-NOT: nvvm.barrier
// CHECK: griddepcontrol.wait;
// CHECK: nvvm.setmaxregister decrease 72
// CHECK: mbarrier.arrive.expect_tx.shared::cta.b64 _, [$0], 16384;
// CHECK: arith.muli %[[RANK]], %
// CHECK-COUNT-2: cp.async.bulk.tensor.4d.shared::cluster.global.mbarrier::complete_tx::bytes.multicast::cluster [$0], [$1, {$2, $3, $4, $5}], [$6], $7;
// CHECK: nvvm.setmaxregister increase 216
// CHECK: mapa.shared::cluster.u32 a, $0, $1; @p mbarrier.arrive.shared::cluster.b64 _, [a];
// CHECK: cp.async.bulk.wait_group 0;
// CHECK: barrier.cluster.arrive; barrier.cluster.wait;
// CHECK: llvm.return
msa_gpu.kernel @cluster(%m: !msa_gpu.map<32, 128, bf16>) attributes {warpgroups = 2 : i64, cluster = 2 : i64, registers = 216 : i64, shared = 32800 : i64} {
  msa_gpu.ring @b holds !msa_gpu.tile<64, 128, bf16, pitch = 64> slots 2 copies 1 spread {barriers = 32768 : i64, shared = 0 : i64}
  msa_gpu.roles producer {
    %i = arith.constant 0 : i32
    msa_gpu.fill_slot @b[%i, %i], %m[%i, %i, %i] column %i : !msa_gpu.map<32, 128, bf16>
  } consumer {
    %i = arith.constant 0 : i32
    %b = msa_gpu.acquire @b[%i] : !msa_gpu.tile<64, 128, bf16, pitch = 64>
    msa_gpu.release @b[%i]
  }
}

// -----

// A tile whose rows are the depth, from shared memory: the right side is said to be transposed there, a step is 16 rows
// of 128 bytes further, panels are 64 rows apart. What is under way goes round a loop in its registers.

// CHECK-LABEL: llvm.func @under_way(
// CHECK: llvm.inline_asm has_side_effects {{.*}}wgmma.fence.sync.aligned; add.s64 a, $32, 0; add.s64 b, $33, 0; wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 {{.*}}, a, b, z, 1, 1, 0, 1; add.s64 a, $32, 2; add.s64 b, $33, 128; wgmma{{.*}}, a, b, o, 1, 1, 0, 1; add.s64 a, $32, 4; add.s64 b, $33, 256;
// CHECK: scf.for {{.*}} iter_args(
// CHECK: wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 {{.*}}, a, b, o, 1, 1, 0, 1;
// CHECK: wgmma.wait_group.sync.aligned 1;
// CHECK: scf.yield
// CHECK: wgmma.wait_group.sync.aligned 0;
// In one slot panels follow each other, each once the one before it has been read. Of heads of 128 columns side by side
// a column gives the head and the column in it.
// CHECK: cp.async.bulk.wait_group.read 0;
// CHECK: bar.sync
// CHECK-COUNT-8: st.shared.v2.f32 [$0], {$1, $2};
// CHECK: fence.proxy.async.shared::cta;
// CHECK: bar.sync
// CHECK-DAG: arith.divui
// CHECK-DAG: arith.remui
// CHECK: cp.async.bulk.tensor.4d.global.shared::cta.bulk_group [$0, {$2, $3, $4, $5}], [$1];
// CHECK: cp.async.bulk.commit_group;
// CHECK: cp.async.bulk.wait_group.read 0;
// CHECK: cp.async.bulk.tensor.4d.global.shared::cta.bulk_group
msa_gpu.kernel @under_way(%x: !msa_gpu.map<64, 64, bf16>, %y: !msa_gpu.map<64, 64, f32, head = 128>) attributes {warpgroups = 1 : i64, shared = 24608 : i64} {
  msa_gpu.ring @a holds !msa_gpu.tile<64, 64, bf16, pitch = 64> slots 2 copies 1 {barriers = 24576 : i64, shared = 0 : i64}
  msa_gpu.roles producer {
    %i = arith.constant 0 : i32
  } consumer {
    %i = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %many = arith.constant 7 : i32
    %a = msa_gpu.acquire @a[%i] : !msa_gpu.tile<64, 64, bf16, pitch = 64>
    %s = msa_gpu.issue %a, %a : !msa_gpu.tile<64, 64, bf16, pitch = 64>, !msa_gpu.tile<64, 64, bf16, pitch = 64> -> !msa_gpu.pending<64, 64, f32>
    %r = scf.for %k = %one to %many step %one iter_args(%t = %s) -> (!msa_gpu.pending<64, 64, f32>) : i32 {
      %p = msa_gpu.issue %a, %a acc(%t : !msa_gpu.pending<64, 64, f32>) : !msa_gpu.tile<64, 64, bf16, pitch = 64>, !msa_gpu.tile<64, 64, bf16, pitch = 64> -> !msa_gpu.pending<64, 64, f32>
      %w = msa_gpu.wait 1 : %p : (!msa_gpu.pending<64, 64, f32>) -> !msa_gpu.pending<64, 64, f32>
      scf.yield %w : !msa_gpu.pending<64, 64, f32>
    }
    %f = msa_gpu.wait 0 : %r : (!msa_gpu.pending<64, 64, f32>) -> !msa_gpu.fragment<64, 64, f32>
    msa_gpu.release @a[%i]
    %column = arith.muli %many, %many : i32
    msa_gpu.store %f, %y[%i, %i, %i] column %column {shared = 16384 : i64, staged = 1 : i64} : !msa_gpu.fragment<64, 64, f32>, !msa_gpu.map<64, 64, f32, head = 128>
  }
}
