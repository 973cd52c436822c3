// RUN: msa-opt %s -split-input-file -verify-diagnostics

!map = !msa_gpu.map<64, 64, bf16, head = 128>

gpu.module @kernels {
  msa_gpu.kernel @heads_without_column(%x: !map) attributes {warpgroups = 1} {
    %c0 = arith.constant 0 : i32
    msa_gpu.for_tiles %c0 {
    ^bb0(%tile: i32):
      // expected-error @+1 {{(G1) needs a column where heads lie side by side}}
      %a = msa_gpu.load %x[%tile, %c0, %c0] ring("a", 4) : !map -> !msa_gpu.tile<64, 64, bf16, pitch = 64>
    }
  }
}

// -----

gpu.module @kernels {
  msa_gpu.kernel @part_of_a_panel(%x: !msa_gpu.map<64, 96, bf16>) attributes {warpgroups = 1} {
    %c0 = arith.constant 0 : i32
    msa_gpu.for_tiles %c0 {
    ^bb0(%tile: i32):
      // expected-error @+1 {{(G1) gives whole panels from a column on, not '!msa_gpu.tile<64, 96, bf16, pitch = 64>'}}
      %a = msa_gpu.load %x[%tile, %c0, %c0] column %c0 ring("a", 4) : <64, 96, bf16> -> <64, 96, bf16, pitch = 64>
    }
  }
}

// -----

gpu.module @kernels {
  msa_gpu.kernel @own_column(%x: !msa_gpu.map<64, 64, bf16>) attributes {warpgroups = 2} {
    %c0 = arith.constant 0 : i32
    msa_gpu.for_tiles %c0 {
    ^bb0(%tile: i32):
      %w = msa_gpu.warpgroup
      // expected-error @+1 {{(G1) is common to all warpgroups, so its place must not depend on one}}
      %a = msa_gpu.load %x[%tile, %c0, %c0] column %w ring("a", 4) : <64, 64, bf16> -> <64, 64, bf16, pitch = 64>
    }
  }
}

// -----

// expected-error @+1 {{columns of a head must be a multiple of 64, got 80}}
!map = !msa_gpu.map<64, 64, bf16, head = 80>

// -----

func.func @other_sum(%a: !msa_gpu.tile<64, 64, bf16, pitch = 64>, %s: !msa_gpu.pending<64, 128, f32>) {
  // expected-error @+1 {{(G3) adds to what it gives, got '!msa_gpu.pending<64, 128, f32>'}}
  %0 = msa_gpu.issue %a, %a acc(%s : !msa_gpu.pending<64, 128, f32>) : !msa_gpu.tile<64, 64, bf16, pitch = 64>, <64, 64, bf16, pitch = 64> -> <64, 64, f32>
  return
}

// -----

// Past a wait for all nothing is under way.

func.func @done(%s: !msa_gpu.pending<64, 128, f32>) {
  // expected-error @+1 {{(G5) gives '!msa_gpu.pending<64, 128, f32>' as '!msa_gpu.pending<64, 128, f32>'}}
  %0 = msa_gpu.wait 0 : %s : (!msa_gpu.pending<64, 128, f32>) -> !msa_gpu.pending<64, 128, f32>
  return
}

// -----

func.func @begun(%s: !msa_gpu.fragment<64, 128, f32>) {
  // expected-error @+1 {{(G5) gives '!msa_gpu.fragment<64, 128, f32>' as '!msa_gpu.pending<64, 128, f32>'}}
  %0 = msa_gpu.wait 1 : %s : (!msa_gpu.fragment<64, 128, f32>) -> !msa_gpu.pending<64, 128, f32>
  return
}

// -----

func.func @heads(%x: !msa_gpu.fragment<64, 64, f32>, %m: !msa_gpu.map<64, 64, f32, head = 64>, %i: i32) {
  // expected-error @+1 {{(G6) needs a column where heads lie side by side}}
  msa_gpu.store %x, %m[%i, %i, %i] : !msa_gpu.fragment<64, 64, f32>, <64, 64, f32, head = 64>
  return
}

// -----

func.func @other_columns(%x: !msa_gpu.fragment<64, 80, f32>, %m: !msa_gpu.map<64, 128, f32>, %i: i32) {
  // expected-error @+1 {{(G6) writes rows as its map has them, not '!msa_gpu.fragment<64, 80, f32>'}}
  msa_gpu.store %x, %m[%i, %i, %i] column %i : !msa_gpu.fragment<64, 80, f32>, <64, 128, f32>
  return
}

// -----

func.func @part_of_a_panel(%x: !msa_gpu.operand<64, 80, f16>, %m: !msa_gpu.map<64, 80, f16>, %i: i32) {
  // expected-error @+1 {{(G6) writes panels of 64 columns from a column on, not '!msa_gpu.operand<64, 80, f16>'}}
  msa_gpu.store %x, %m[%i, %i, %i] column %i : !msa_gpu.operand<64, 80, f16>, <64, 80, f16>
  return
}

// -----

func.func @part_of_a_panel_f32(%x: !msa_gpu.fragment<64, 80, f32>, %m: !msa_gpu.map<64, 80, f32>, %i: i32) {
  // expected-error @+1 {{(G6) writes panels of 32 columns from a column on, not '!msa_gpu.fragment<64, 80, f32>'}}
  msa_gpu.store %x, %m[%i, %i, %i] column %i : !msa_gpu.fragment<64, 80, f32>, <64, 80, f32>
  return
}

// -----

func.func @staged_at_once(%x: !msa_gpu.operand<64, 128, bf16>, %m: !msa_gpu.map<64, 128, bf16>, %i: i32) {
  // expected-error @+1 {{(G6) can not stage 1 panels of '!msa_gpu.operand<64, 128, bf16>'}}
  msa_gpu.store %x, %m[%i, %i, %i] {staged = 1 : i64} : !msa_gpu.operand<64, 128, bf16>, <64, 128, bf16>
  return
}

// -----

func.func @staged_partial(%x: !msa_gpu.fragment<64, 80, f32>, %m: !msa_gpu.map<64, 80, f32>, %i: i32) {
  // expected-error @+1 {{(G6) can not stage 2 panels of '!msa_gpu.fragment<64, 80, f32>'}}
  msa_gpu.store %x, %m[%i, %i, %i] {staged = 2 : i64} : !msa_gpu.fragment<64, 80, f32>, <64, 80, f32>
  return
}

// -----

func.func @staged(%x: !msa_gpu.operand<64, 192, bf16>, %m: !msa_gpu.map<64, 192, bf16>, %i: i32) {
  // expected-error @+1 {{(G6) can not stage 2 panels of '!msa_gpu.operand<64, 192, bf16>'}}
  msa_gpu.store %x, %m[%i, %i, %i] column %i {staged = 2 : i64} : !msa_gpu.operand<64, 192, bf16>, <64, 192, bf16>
  return
}

// -----

gpu.module @kernels {
  msa_gpu.kernel @both(%c: memref<1xi32>) attributes {warpgroups = 1} {
    %c9 = arith.constant 9 : i32
    // expected-error @+1 {{draws its tiles from a counter or strides over them}}
    msa_gpu.for_tiles %c9 counter(%c : memref<1xi32>) strided {
    ^bb0(%tile: i32):
    }
  }
}

// -----

msa_gpu.kernel @computed(%from: !msa_gpu.map<64, 64, f16>) attributes {warpgroups = 1} {
  %r = msa_gpu.row_index : !msa_gpu.rows<i32>
  // expected-error @+1 {{(G10) takes rows of f32}}
  msa_gpu.computed %r : !msa_gpu.rows<i32>
}

// -----

msa_gpu.kernel @fill_part_of_a_panel(%m: !msa_gpu.map<64, 80, bf16>) attributes {warpgroups = 1} {
  %i = arith.constant 0 : i32
  msa_gpu.ring @x holds !msa_gpu.tile<64, 80, bf16, pitch = 64> slots 1 copies 1
  msa_gpu.roles producer {
    // expected-error @+1 {{(R3) copies whole panels from a column on, not 80 columns}}
    msa_gpu.fill_slot @x[%i, %i], %m[%i, %i, %i] column %i : !msa_gpu.map<64, 80, bf16>
  } consumer {
  ^bb0:
  }
}
