// RUN: msa-opt %s -convert-msa-gpu-to-nvvm -split-input-file -verify-diagnostics | FileCheck %s

// A kernel takes maps by value, pointers, and the number of tiles; it is bound to its threads. Barriers get their
// arrivals (1 of who fills, 4 warps of each warpgroup that reads), roles are branches on the warpgroup, and registers go
// from the copying warpgroup to the others: as many as the launch leaves, or none where one warpgroup computes.

// CHECK-LABEL: llvm.func @roles1(
// CHECK-SAME: !llvm.ptr {llvm.align = 64 : i64, llvm.byval = !llvm.array<16 x i64>, nvvm.grid_constant}, %{{.*}}: !llvm.ptr, %{{.*}}: i64)
// CHECK-SAME: attributes {msa.waits, nvvm.kernel, nvvm.maxntid = array<i32: 256>, nvvm.minctasm = 1 : i32}
// CHECK: llvm.inline_asm has_side_effects asm_dialect = att "griddepcontrol.launch_dependents;", "~{memory}"
// CHECK: "mbarrier.init.shared::cta.b64 [$0], 1;"
// CHECK: "mbarrier.init.shared::cta.b64 [$0], 4;"
// CHECK: nvvm.fence.mbarrier.init
// CHECK: nvvm.barrier
// CHECK-NEXT: llvm.inline_asm has_side_effects asm_dialect = att "griddepcontrol.wait;", "~{memory}"
// CHECK-NOT: nvvm.setmaxregister
// CHECK: scf.if
// CHECK: llvm.atomicrmw uinc_wrap
// CHECK: "st.shared.b32
// CHECK: mbarrier.arrive.expect_tx.shared::cta.b64 _, [$0], 8192;
// CHECK: cp.async.bulk.tensor.5d.shared::cluster.global.mbarrier::complete_tx::bytes
// CHECK: } else {
// CHECK-NOT: nvvm.setmaxregister
// CHECK: mbarrier.try_wait.parity
// CHECK: @p ld.shared.b32
// CHECK: nvvm.shfl.sync {{ ?}}idx
// CHECK: mbarrier.try_wait.parity
// CHECK: @p mbarrier.arrive
// CHECK: cp.async.bulk.wait_group 0;
// CHECK: llvm.return
msa_gpu.kernel @roles1(%m: !msa_gpu.map<64, 64, bf16>, %c: memref<1xi32>) attributes {warpgroups = 1 : i64, shared = 8256 : i64} {
  msa_gpu.ring @q holds !msa_gpu.tile<64, 64, bf16, pitch = 64> slots 1 copies 1 {barriers = 8192 : i64, shared = 0 : i64}
  msa_gpu.ring @n holds i32 slots 2 copies 1 {barriers = 8208 : i64, shared = 8240 : i64}
  msa_gpu.roles producer {
    %i = arith.constant 0 : i32
    %tile = msa_gpu.draw %c of %i : memref<1xi32>
    msa_gpu.publish @n[%i], %tile
    msa_gpu.fill_slot @q[%i, %i], %m[%i, %i, %i] : !msa_gpu.map<64, 64, bf16>
  } consumer {
    %i = arith.constant 0 : i32
    %tile = msa_gpu.fetch @n[%i]
    %q = msa_gpu.acquire @q[%i] : !msa_gpu.tile<64, 64, bf16, pitch = 64>
    msa_gpu.release @q[%i]
  }
}

// CHECK-LABEL: llvm.func @roles2(
// CHECK-SAME: !llvm.ptr {llvm.align = 64 : i64, llvm.byval = !llvm.array<16 x i64>, nvvm.grid_constant}, %{{.*}}: !llvm.ptr, %{{.*}}: i64)
// CHECK-SAME: attributes {msa.waits, nvvm.kernel, nvvm.maxntid = array<i32: 384>, nvvm.minctasm = 1 : i32}
// CHECK: llvm.inline_asm has_side_effects asm_dialect = att "griddepcontrol.launch_dependents;", "~{memory}"
// CHECK: "mbarrier.init.shared::cta.b64 [$0], 1;"
// CHECK: "mbarrier.init.shared::cta.b64 [$0], 8;"
// CHECK: nvvm.fence.mbarrier.init
// CHECK: nvvm.barrier
// CHECK-NEXT: llvm.inline_asm has_side_effects asm_dialect = att "griddepcontrol.wait;", "~{memory}"
// CHECK: scf.if
// CHECK: nvvm.setmaxregister decrease 24
// CHECK: llvm.atomicrmw uinc_wrap
// CHECK: "st.shared.b32
// CHECK: mbarrier.arrive.expect_tx.shared::cta.b64 _, [$0], 8192;
// CHECK: cp.async.bulk.tensor.5d.shared::cluster.global.mbarrier::complete_tx::bytes
// CHECK: } else {
// CHECK: nvvm.setmaxregister increase 240
// CHECK: mbarrier.try_wait.parity
// CHECK: @p ld.shared.b32
// CHECK: nvvm.shfl.sync {{ ?}}idx
// CHECK: mbarrier.try_wait.parity
// CHECK: @p mbarrier.arrive
// CHECK: cp.async.bulk.wait_group 0;
// CHECK: llvm.return
msa_gpu.kernel @roles2(%m: !msa_gpu.map<64, 64, bf16>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64, shared = 8256 : i64} {
  msa_gpu.ring @q holds !msa_gpu.tile<64, 64, bf16, pitch = 64> slots 1 copies 1 {barriers = 8192 : i64, shared = 0 : i64}
  msa_gpu.ring @n holds i32 slots 2 copies 1 {barriers = 8208 : i64, shared = 8240 : i64}
  msa_gpu.roles producer {
    %i = arith.constant 0 : i32
    %tile = msa_gpu.draw %c of %i : memref<1xi32>
    msa_gpu.publish @n[%i], %tile
    msa_gpu.fill_slot @q[%i, %i], %m[%i, %i, %i] : !msa_gpu.map<64, 64, bf16>
  } consumer {
    %i = arith.constant 0 : i32
    %tile = msa_gpu.fetch @n[%i]
    %q = msa_gpu.acquire @q[%i] : !msa_gpu.tile<64, 64, bf16, pitch = 64>
    msa_gpu.release @q[%i]
  }
}

// CHECK-LABEL: llvm.func @roles3(
// CHECK-SAME: !llvm.ptr {llvm.align = 64 : i64, llvm.byval = !llvm.array<16 x i64>, nvvm.grid_constant}, %{{.*}}: !llvm.ptr, %{{.*}}: i64)
// CHECK-SAME: attributes {msa.waits, nvvm.kernel, nvvm.maxntid = array<i32: 512>, nvvm.minctasm = 1 : i32}
// CHECK: llvm.inline_asm has_side_effects asm_dialect = att "griddepcontrol.launch_dependents;", "~{memory}"
// CHECK: "mbarrier.init.shared::cta.b64 [$0], 1;"
// CHECK: "mbarrier.init.shared::cta.b64 [$0], 12;"
// CHECK: nvvm.fence.mbarrier.init
// CHECK: nvvm.barrier
// CHECK-NEXT: llvm.inline_asm has_side_effects asm_dialect = att "griddepcontrol.wait;", "~{memory}"
// CHECK: scf.if
// CHECK: nvvm.setmaxregister decrease 32
// CHECK: llvm.atomicrmw uinc_wrap
// CHECK: "st.shared.b32
// CHECK: mbarrier.arrive.expect_tx.shared::cta.b64 _, [$0], 8192;
// CHECK: cp.async.bulk.tensor.5d.shared::cluster.global.mbarrier::complete_tx::bytes
// CHECK: } else {
// CHECK: nvvm.setmaxregister increase 160
// CHECK: mbarrier.try_wait.parity
// CHECK: @p ld.shared.b32
// CHECK: nvvm.shfl.sync {{ ?}}idx
// CHECK: mbarrier.try_wait.parity
// CHECK: @p mbarrier.arrive
// CHECK: cp.async.bulk.wait_group 0;
// CHECK: llvm.return
msa_gpu.kernel @roles3(%m: !msa_gpu.map<64, 64, bf16>, %c: memref<1xi32>) attributes {warpgroups = 3 : i64, shared = 8256 : i64} {
  msa_gpu.ring @q holds !msa_gpu.tile<64, 64, bf16, pitch = 64> slots 1 copies 1 {barriers = 8192 : i64, shared = 0 : i64}
  msa_gpu.ring @n holds i32 slots 2 copies 1 {barriers = 8208 : i64, shared = 8240 : i64}
  msa_gpu.roles producer {
    %i = arith.constant 0 : i32
    %tile = msa_gpu.draw %c of %i : memref<1xi32>
    msa_gpu.publish @n[%i], %tile
    msa_gpu.fill_slot @q[%i, %i], %m[%i, %i, %i] : !msa_gpu.map<64, 64, bf16>
  } consumer {
    %i = arith.constant 0 : i32
    %tile = msa_gpu.fetch @n[%i]
    %q = msa_gpu.acquire @q[%i] : !msa_gpu.tile<64, 64, bf16, pitch = 64>
    msa_gpu.release @q[%i]
  }
}

// -----

// A product is one block of instructions, from the fence to the end of its group, and its wait, through which the
// accumulators pass. 128 columns of depth: eight steps.
// CHECK-LABEL: llvm.func @product(
// CHECK-COUNT-1: wgmma.fence
// CHECK-SAME: wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 {$0, $1, $2, $3}, a, b, z, 1, 1, 0, 0;
// CHECK-SAME: wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 {$0, $1, $2, $3}, a, b, o, 1, 1, 0, 0;
// CHECK-SAME: wgmma.commit_group.sync.aligned; }", "=f,=f,=f,=f,l,l"
// CHECK: "wgmma.wait_group.sync.aligned 0;", "=f,=f,=f,=f,0,1,2,3"
// CHECK-SAME: -> !llvm.struct<(f32, f32, f32, f32)>
// A left side from registers, added to an accumulator: not transposed, so the right side is as its rows are.
// CHECK: wgmma.fence
// CHECK-SAME: wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16
// CHECK-SAME: b, o, 1, 1, 1;
// CHECK-SAME: wgmma.commit_group
// CHECK: wgmma.wait_group.sync.aligned 0;
// Started apart: the first wait leaves one under way.
// CHECK: wgmma.fence
// CHECK-NOT: wgmma.wait_group
// CHECK: wgmma.fence
// CHECK: wgmma.wait_group.sync.aligned 1;
// CHECK: wgmma.wait_group.sync.aligned 0;
msa_gpu.kernel @product() attributes {warpgroups = 1 : i64, shared = 49184 : i64} {
  msa_gpu.ring @q holds !msa_gpu.tile<64, 128, f16, pitch = 64> slots 1 copies 1 {barriers = 49152 : i64, shared = 0 : i64}
  msa_gpu.ring @k holds !msa_gpu.tile<8, 128, f16, pitch = 8> slots 1 copies 1 {barriers = 49168 : i64, shared = 16384 : i64}
  msa_gpu.ring @v holds !msa_gpu.tile<16, 64, f16, pitch = 16> slots 1 copies 1 {barriers = 49184 : i64, shared = 32768 : i64}
  msa_gpu.roles producer {
    %i = arith.constant 0 : i32
  } consumer {
    %i = arith.constant 0 : i32
    %x = arith.constant 0.0 : f32
    %q = msa_gpu.acquire @q[%i] : !msa_gpu.tile<64, 128, f16, pitch = 64>
    %k = msa_gpu.acquire @k[%i] : !msa_gpu.tile<8, 128, f16, pitch = 8>
    %v = msa_gpu.acquire @v[%i] : !msa_gpu.tile<16, 64, f16, pitch = 16>
    %s = msa_gpu.product %q, %k transposed : !msa_gpu.tile<64, 128, f16, pitch = 64>, !msa_gpu.tile<8, 128, f16, pitch = 8> -> !msa_gpu.fragment<64, 8, f32>
    %w = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 16, f32>
    %p = msa_gpu.pack %w : !msa_gpu.fragment<64, 16, f32> -> !msa_gpu.operand<64, 16, f16>
    %acc = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 64, f32>
    %o = msa_gpu.product %p, %v acc(%acc : !msa_gpu.fragment<64, 64, f32>) : !msa_gpu.operand<64, 16, f16>, !msa_gpu.tile<16, 64, f16, pitch = 16> -> !msa_gpu.fragment<64, 64, f32>
    %a = msa_gpu.issue %q, %k transposed : !msa_gpu.tile<64, 128, f16, pitch = 64>, !msa_gpu.tile<8, 128, f16, pitch = 8> -> !msa_gpu.pending<64, 8, f32>
    %b = msa_gpu.issue %q, %k transposed : !msa_gpu.tile<64, 128, f16, pitch = 64>, !msa_gpu.tile<8, 128, f16, pitch = 8> -> !msa_gpu.pending<64, 8, f32>
    %fa = msa_gpu.wait 1 : %a : (!msa_gpu.pending<64, 8, f32>) -> !msa_gpu.fragment<64, 8, f32>
    %fb = msa_gpu.wait 0 : %b : (!msa_gpu.pending<64, 8, f32>) -> !msa_gpu.fragment<64, 8, f32>
  }
}

// -----

// Rows that are computed before a wait: an instruction reads both of a thread's values, and never runs.
// CHECK-LABEL: llvm.func @ordered(
// CHECK: llvm.inline_asm has_side_effects asm_dialect = att "{ .reg .pred p; setp.eq.b32 p, $0, 2139095041; setp.eq.or.b32 p, $1, 2139095041, p; @p nanosleep.u32 0; }", "f,f" %{{.*}}, %{{.*}} : (f32, f32) -> ()
msa_gpu.kernel @ordered() attributes {warpgroups = 1 : i64, shared = 0 : i64} {
  msa_gpu.roles producer {
    %i = arith.constant 0 : i32
  } consumer {
    %one = arith.constant 1.0 : f32
    %sum = msa_gpu.fill %one : f32 -> !msa_gpu.rows<f32, partial = true>
    msa_gpu.computed %sum : !msa_gpu.rows<f32, partial = true>
  }
}

// -----

// Rows of 80 columns: two copies, of which the second has 16 columns and 48 of zeros, and counts them all: the slot has 2 x
// 64 x 128 bytes. Five steps of depth 16, the last of which starts the second panel, 512 units of 16 bytes further. As a
// right side whose rows are the depth, the panels are 8192 bytes apart: product and result have 80 columns. Of the second
// panel of the result each thread has 4 registers of 16: one stmatrix, beside four.

// CHECK-LABEL: llvm.func @part_of_a_panel(
// CHECK: mbarrier.arrive.expect_tx.shared::cta.b64 _, [$0], 16384;
// CHECK: cp.async.bulk.tensor.4d.shared::cluster.global
// CHECK-SAME: "r,l,r,r,r,r,r,~{memory}" %[[TO:[^,]*]], %{{[^,]*}}, %c0_i32{{[_0-9]*}},
// CHECK: %[[NEXT:.*]] = arith.addi %[[TO]], %c8192_i32{{[_0-9]*}} : i32
// CHECK: cp.async.bulk.tensor.4d.shared::cluster.global
// CHECK-SAME: "r,l,r,r,r,r,r,~{memory}" %[[NEXT]], %{{[^,]*}}, %c64_i32{{[_0-9]*}},
// CHECK-NOT: cp.async.bulk.tensor.4d.shared
// CHECK: add.s64 a, $32, 0; add.s64 b, $33, 0; wgmma.mma_async.sync.aligned.m64n64k16
// CHECK-SAME: add.s64 a, $32, 2; add.s64 b, $33, 2; wgmma
// CHECK-SAME: add.s64 a, $32, 4; add.s64 b, $33, 4; wgmma
// CHECK-SAME: add.s64 a, $32, 6; add.s64 b, $33, 6; wgmma
// CHECK-SAME: add.s64 a, $32, 512; add.s64 b, $33, 512; wgmma
// CHECK-NOT: add.s64
// Leading offset 8192 and stride 1024, in units of 16 bytes, with the swizzle: (1 << 62) + (64 << 32) + (512 << 16).
// CHECK: arith.constant 4611686293338849280 : i64
// CHECK: add.s64 b, $56, 0; wgmma.mma_async.sync.aligned.m64n80k16
// CHECK-SAME: add.s64 b, $56, 128; wgmma
// CHECK-SAME: add.s64 b, $56, 256; wgmma
// CHECK-SAME: add.s64 b, $56, 384; wgmma
// CHECK-SAME: b, o, 1, 1, 1; wgmma.commit_group
// CHECK: cp.async.bulk.wait_group.read 0;
// CHECK-COUNT-5: stmatrix.sync.aligned.m8n8.x4.shared.b16
// CHECK-NOT: stmatrix
// CHECK: fence.proxy.async.shared::cta;
// CHECK: cp.async.bulk.tensor.4d.global.shared::cta
// CHECK-SAME: "l,r,r,r,r,r,~{memory}" %{{[^,]*}}, %{{[^,]*}}, %c0_i32{{[_0-9]*}},
// CHECK: cp.async.bulk.tensor.4d.global.shared::cta
// CHECK-SAME: "l,r,r,r,r,r,~{memory}" %{{[^,]*}}, %{{[^,]*}}, %c64_i32{{[_0-9]*}},
// CHECK-NOT: cp.async.bulk.tensor.4d.global
// CHECK: cp.async.bulk.commit_group;
msa_gpu.kernel @part_of_a_panel(%m: !msa_gpu.map<64, 80, f16>) attributes {warpgroups = 1 : i64, shared = 32784 : i64} {
  msa_gpu.ring @q holds !msa_gpu.tile<64, 80, f16, pitch = 64> slots 1 copies 1 {barriers = 32768 : i64, shared = 0 : i64}
  msa_gpu.roles producer {
    %i = arith.constant 0 : i32
    msa_gpu.fill_slot @q[%i, %i], %m[%i, %i, %i] : !msa_gpu.map<64, 80, f16>
  } consumer {
    %i = arith.constant 0 : i32
    %q = msa_gpu.acquire @q[%i] : !msa_gpu.tile<64, 80, f16, pitch = 64>
    %s = msa_gpu.product %q, %q transposed : !msa_gpu.tile<64, 80, f16, pitch = 64>, !msa_gpu.tile<64, 80, f16, pitch = 64> -> !msa_gpu.fragment<64, 64, f32>
    %p = msa_gpu.pack %s : !msa_gpu.fragment<64, 64, f32> -> !msa_gpu.operand<64, 64, f16>
    %o = msa_gpu.product %p, %q : !msa_gpu.operand<64, 64, f16>, !msa_gpu.tile<64, 80, f16, pitch = 64> -> !msa_gpu.fragment<64, 80, f32>
    %r = msa_gpu.pack %o : !msa_gpu.fragment<64, 80, f32> -> !msa_gpu.operand<64, 80, f16>
    msa_gpu.store %r, %m[%i, %i, %i] {shared = 16384 : i64} : !msa_gpu.operand<64, 80, f16>, !msa_gpu.map<64, 80, f16>
  }
}

// -----

// Partial results of 80 columns: three panels of 32, of 8 pairs of rows and columns a thread, of which the last has 4.

// CHECK-LABEL: llvm.func @partial(
// CHECK-COUNT-20: st.shared.v2.f32 [$0], {$1, $2};
// CHECK-NOT: st.shared.v2.f32
// CHECK: cp.async.bulk.tensor.4d.global.shared::cta
// CHECK-SAME: "l,r,r,r,r,r,~{memory}" %{{[^,]*}}, %{{[^,]*}}, %c0_i32{{[_0-9]*}},
// CHECK: cp.async.bulk.tensor.4d.global.shared::cta
// CHECK-SAME: "l,r,r,r,r,r,~{memory}" %{{[^,]*}}, %{{[^,]*}}, %c32_i32{{[_0-9]*}},
// CHECK: cp.async.bulk.tensor.4d.global.shared::cta
// CHECK-SAME: "l,r,r,r,r,r,~{memory}" %{{[^,]*}}, %{{[^,]*}}, %c64_i32{{[_0-9]*}},
// CHECK: cp.async.bulk.commit_group;
msa_gpu.kernel @partial(%m: !msa_gpu.map<64, 80, f32>) attributes {warpgroups = 1 : i64, shared = 24576 : i64} {
  msa_gpu.roles producer {
    %i = arith.constant 0 : i32
  } consumer {
    %i = arith.constant 0 : i32
    %x = arith.constant 0.0 : f32
    %f = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 80, f32>
    msa_gpu.store %f, %m[%i, %i, %i] {shared = 0 : i64, staged = 3 : i64} : !msa_gpu.fragment<64, 80, f32>, !msa_gpu.map<64, 80, f32>
  }
}

// -----

// One comparison a bound and element, with a constant: eight columns are four elements a thread, in two rows.
// CHECK-LABEL: llvm.func @band(
// CHECK: %[[NONE:.*]] = arith.constant 0xFF800000 : f32
// CHECK: arith.cmpi sgt, %[[R0:.*]], %c0_i32
// CHECK-NEXT: arith.select
// CHECK: arith.cmpi sgt, %[[R0]], %c1_i32
// CHECK: arith.cmpi sgt, %[[R1:.*]], %c0_i32
// CHECK: arith.cmpi sgt, %[[R1]], %c1_i32
// CHECK-NOT: arith.cmpi sgt
// CHECK-NOT: arith.cmpi sle
// CHECK: arith.constant 0xFF800000 : f32
// CHECK-COUNT-4: arith.cmpi sgt
// CHECK-NOT: arith.cmpi sgt
// CHECK: llvm.return
msa_gpu.kernel @band() attributes {warpgroups = 1 : i64, shared = 0 : i64} {
  msa_gpu.roles producer {
    %i = arith.constant 0 : i32
  } consumer {
    %x = arith.constant 0.0 : f32
    %f = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 8, f32>
    %to = msa_gpu.row_index : !msa_gpu.rows<i32>
    %a = msa_gpu.band %f to %to : !msa_gpu.rows<i32> : !msa_gpu.fragment<64, 8, f32>
    %b = msa_gpu.band %f from %to : !msa_gpu.rows<i32> to %to : !msa_gpu.rows<i32> : !msa_gpu.fragment<64, 8, f32>
  }
}

// -----

// Fragments are scalars; a map's body is there once an element; reductions are within a thread, then over the four that
// share a row; two neighbours become one register of a product's left side.
// CHECK-LABEL: llvm.func @fragments(
// CHECK-COUNT-8: "ex2.approx.ftz.f32 $0, $1;"
// CHECK-NOT: ex2.approx
// CHECK-COUNT-4: nvvm.shfl.sync {{ ?}}bfly
// CHECK-NOT: nvvm.shfl.sync {{ ?}}bfly
// CHECK: nvvm.vote.sync {{ ?}}any
// CHECK-COUNT-4: "cvt.rn.bf16x2.f32 $0, $2, $1;"
// CHECK-NOT: cvt.rn.bf16x2
// CHECK: llvm.return
msa_gpu.kernel @fragments() attributes {warpgroups = 1 : i64, shared = 0 : i64} {
  msa_gpu.roles producer {
    %i = arith.constant 0 : i32
  } consumer {
    %x = arith.constant 0.0 : f32
    %f = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 16, f32>
    %e = msa_gpu.map %f : (!msa_gpu.fragment<64, 16, f32>) -> !msa_gpu.fragment<64, 16, f32> {
    ^bb0(%a: f32):
      %y = msa_gpu.exp2 %a
      msa_gpu.yield %y : f32
    }
    %part = msa_gpu.reduce add %e : !msa_gpu.fragment<64, 16, f32> -> !msa_gpu.rows<f32, partial = true>
    %sum = msa_gpu.combine add %part : !msa_gpu.rows<f32, partial = true> -> !msa_gpu.rows<f32>
    %some = msa_gpu.map %sum : (!msa_gpu.rows<f32>) -> !msa_gpu.rows<i1> {
    ^bb0(%a: f32):
      %z = arith.cmpf ogt, %a, %x : f32
      msa_gpu.yield %z : i1
    }
    %any = msa_gpu.any %some : !msa_gpu.rows<i1>
    %p = msa_gpu.pack %e : !msa_gpu.fragment<64, 16, f32> -> !msa_gpu.operand<64, 16, bf16>
  }
}

// -----

// expected-error @+1 {{must be split into roles and have its shared memory planned}}
msa_gpu.kernel @whole() attributes {warpgroups = 1 : i64} {
  %i = arith.constant 0 : i32
}

// -----

msa_gpu.kernel @unplanned() attributes {warpgroups = 1 : i64, shared = 0 : i64} {
  // expected-error @+1 {{has no place in shared memory yet}}
  msa_gpu.ring @n holds i32 slots 2 copies 1
  msa_gpu.roles producer {
    %i = arith.constant 0 : i32
  } consumer {
    %i = arith.constant 0 : i32
  }
}

// -----

msa_gpu.kernel @left(%c: memref<?x4xf32>) attributes {warpgroups = 1 : i64, shared = 0 : i64} {
  msa_gpu.roles producer {
    %i = arith.constant 0 : index
    // expected-error @+1 {{failed to legalize operation 'memref.load'}}
    %x = memref.load %c[%i, %i] : memref<?x4xf32>
  } consumer {
    %i = arith.constant 0 : i32
  }
}
