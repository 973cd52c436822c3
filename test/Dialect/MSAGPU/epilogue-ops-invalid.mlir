// RUN: msa-opt %s -split-input-file -verify-diagnostics

msa_gpu.kernel @strided(%x: memref<64x64xf16, strided<[128, 1]>>) attributes {warpgroups = 1 : i64} {
  %i = arith.constant 0 : i32
  // expected-error @+1 {{(G8) reads a dense static buffer, not 'memref<64x64xf16, strided<[128, 1]>>'}}
  %0 = msa_gpu.read %x[%i, %i, %i] column %i {offset = 0 : i64, row_stride = 128 : i64, head_stride = 0 : i64, batch_stride = 0 : i64,
      rows = 64 : i64, columns = 64 : i64} : memref<64x64xf16, strided<[128, 1]>> -> !msa_gpu.fragment<64, 64, f32>
}

// -----

msa_gpu.kernel @partial(%x: memref<64xf16>) attributes {warpgroups = 1 : i64} {
  %i = arith.constant 0 : i32
  // expected-error @+1 {{(G8) gives whole f32, not '!msa_gpu.rows<f32, partial = true>'}}
  %0 = msa_gpu.read %x[%i, %i, %i] column %i {offset = 0 : i64, row_stride = 1 : i64, head_stride = 0 : i64, batch_stride = 0 : i64,
      rows = 64 : i64, columns = 64 : i64} : memref<64xf16> -> !msa_gpu.rows<f32, partial = true>
}

// -----

msa_gpu.kernel @integers(%x: memref<64xf16>) attributes {warpgroups = 1 : i64} {
  %i = arith.constant 0 : i32
  // expected-error @+1 {{(G8) gives whole f32, not '!msa_gpu.rows<i32>'}}
  %0 = msa_gpu.read %x[%i, %i, %i] column %i {offset = 0 : i64, row_stride = 1 : i64, head_stride = 0 : i64, batch_stride = 0 : i64,
      rows = 64 : i64, columns = 64 : i64} : memref<64xf16> -> !msa_gpu.rows<i32>
}

// -----

msa_gpu.kernel @odd(%x: memref<64x65xf16>) attributes {warpgroups = 1 : i64} {
  %i = arith.constant 0 : i32
  // expected-error @+1 {{(G8) has places that are even and not negative, got 65}}
  %0 = msa_gpu.read %x[%i, %i, %i] column %i {offset = 0 : i64, row_stride = 65 : i64, head_stride = 0 : i64, batch_stride = 0 : i64,
      rows = 64 : i64, columns = 64 : i64} : memref<64x65xf16> -> !msa_gpu.fragment<64, 64, f32>
}

// -----

msa_gpu.kernel @negative(%x: memref<64xf16>) attributes {warpgroups = 1 : i64} {
  %i = arith.constant 0 : i32
  // expected-error @+1 {{(G8) has places that are even and not negative, got -1}}
  %0 = msa_gpu.read %x[%i, %i, %i] column %i {offset = 0 : i64, row_stride = -1 : i64, head_stride = 0 : i64, batch_stride = 0 : i64,
      rows = 64 : i64, columns = 64 : i64} : memref<64xf16> -> !msa_gpu.rows<f32>
}

// -----

msa_gpu.kernel @empty(%x: memref<64xf16>) attributes {warpgroups = 1 : i64} {
  %i = arith.constant 0 : i32
  // expected-error @+1 {{(G8) has sizes from 1 to 2^31 - 1, got 0}}
  %0 = msa_gpu.read %x[%i, %i, %i] column %i {offset = 0 : i64, row_stride = 1 : i64, head_stride = 0 : i64, batch_stride = 0 : i64,
      rows = 0 : i64, columns = 64 : i64} : memref<64xf16> -> !msa_gpu.rows<f32>
}

// -----

msa_gpu.kernel @columns(%x: memref<64x64xf16>) attributes {warpgroups = 1 : i64} {
  %i = arith.constant 0 : i32
  // expected-error @+1 {{(G8) has multiples of 8 columns, got 64 and 12}}
  %0 = msa_gpu.read %x[%i, %i, %i] column %i {offset = 0 : i64, row_stride = 64 : i64, head_stride = 0 : i64, batch_stride = 0 : i64,
      rows = 64 : i64, columns = 64 : i64, wrap = 12 : i64} : memref<64x64xf16> -> !msa_gpu.fragment<64, 64, f32>
}

// -----

msa_gpu.kernel @group() attributes {warpgroups = 1 : i64} {
  %x = arith.constant 0.0 : f32
  %0 = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 64, f32>
  // expected-error @+1 {{(G9) rotates groups of 16 n columns of f32, not 48 of '!msa_gpu.fragment<64, 64, f32>'}}
  %1 = msa_gpu.rotate %0 {group = 48 : i64} : !msa_gpu.fragment<64, 64, f32>
}

// -----

msa_gpu.kernel @conditions() attributes {warpgroups = 1 : i64} {
  %x = arith.constant true
  %0 = msa_gpu.fill %x : i1 -> !msa_gpu.fragment<64, 64, i1>
  // expected-error @+1 {{(G9) rotates groups of 16 n columns of f32, not 16 of '!msa_gpu.fragment<64, 64, i1>'}}
  %1 = msa_gpu.rotate %0 {group = 16 : i64} : !msa_gpu.fragment<64, 64, i1>
}
