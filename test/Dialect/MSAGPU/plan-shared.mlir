// RUN: msa-opt %s -pass-pipeline='builtin.module(msa_gpu.kernel(msa-gpu-plan-shared))' -split-input-file -verify-diagnostics | FileCheck %s

// Slots of tiles first, each warpgroup's own where there are copies, at multiples of 1024 bytes; then what each warpgroup
// writes; then two barriers a slot; then the small slots.

// CHECK-LABEL: msa_gpu.kernel @all
// CHECK-SAME: shared = 67720 : i64
// CHECK: msa_gpu.ring @n holds i32 slots 2 copies 1 {barriers = 67584 : i64, shared = 67712 : i64}
// CHECK: msa_gpu.ring @q holds !msa_gpu.tile<64, 64, bf16, pitch = 64> slots 1 copies 2 {barriers = 67616 : i64, shared = 0 : i64}
// CHECK: msa_gpu.ring @k holds !msa_gpu.tile<64, 128, bf16, pitch = 64> slots 2 copies 1 {barriers = 67648 : i64, shared = 16384 : i64}
// CHECK: msa_gpu.ring @v holds !msa_gpu.tile<8, 64, bf16, pitch = 8> slots 2 copies 1 {barriers = 67680 : i64, shared = 49152 : i64}
// CHECK: msa_gpu.store {{.*}} {shared = 51200 : i64}
msa_gpu.kernel @all(%m: !msa_gpu.map<64, 64, bf16>) attributes {warpgroups = 2 : i64} {
  msa_gpu.ring @n holds i32 slots 2 copies 1
  msa_gpu.ring @q holds !msa_gpu.tile<64, 64, bf16, pitch = 64> slots 1 copies 2
  msa_gpu.ring @k holds !msa_gpu.tile<64, 128, bf16, pitch = 64> slots 2 copies 1
  msa_gpu.ring @v holds !msa_gpu.tile<8, 64, bf16, pitch = 8> slots 2 copies 1
  msa_gpu.roles producer {
    %i = arith.constant 0 : i32
  } consumer {
    %i = arith.constant 0 : i32
    %x = arith.constant 0.0 : f32
    %f = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 64, f32>
    %p = msa_gpu.pack %f : !msa_gpu.fragment<64, 64, f32> -> !msa_gpu.operand<64, 64, bf16>
    msa_gpu.store %p, %m[%i, %i, %i] : !msa_gpu.operand<64, 64, bf16>, !msa_gpu.map<64, 64, bf16>
  }
}

// -----

// expected-error @+1 {{needs 262400 bytes of shared memory, more than the 232448 of a block}}
msa_gpu.kernel @much() attributes {warpgroups = 2 : i64} {
  msa_gpu.ring @k holds !msa_gpu.tile<128, 64, bf16, pitch = 128> slots 8 copies 2
}

// -----

// Stores of as many panels with as many slots share those: here the first and the third.

// CHECK-LABEL: msa_gpu.kernel @stores
// CHECK-SAME: shared = 49152 : i64
// CHECK: msa_gpu.store {{.*}} column {{.*}} {shared = 0 : i64, staged = 1 : i64}
// CHECK: msa_gpu.store {{.*}} column {{.*}} {shared = 16384 : i64, staged = 2 : i64}
// CHECK: msa_gpu.store {{.*}} column {{.*}} {shared = 0 : i64, staged = 1 : i64}
msa_gpu.kernel @stores(%m: !msa_gpu.map<64, 128, bf16>) attributes {warpgroups = 2 : i64} {
  msa_gpu.roles producer {
    %i = arith.constant 0 : i32
  } consumer {
    %i = arith.constant 0 : i32
    %x = arith.constant 0.0 : f32
    %f = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 128, f32>
    %p = msa_gpu.pack %f : !msa_gpu.fragment<64, 128, f32> -> !msa_gpu.operand<64, 128, bf16>
    msa_gpu.store %p, %m[%i, %i, %i] column %i {staged = 1 : i64} : !msa_gpu.operand<64, 128, bf16>, !msa_gpu.map<64, 128, bf16>
    msa_gpu.store %p, %m[%i, %i, %i] column %i {staged = 2 : i64} : !msa_gpu.operand<64, 128, bf16>, !msa_gpu.map<64, 128, bf16>
    msa_gpu.store %p, %m[%i, %i, %i] column %i {staged = 1 : i64} : !msa_gpu.operand<64, 128, bf16>, !msa_gpu.map<64, 128, bf16>
  }
}
