// RUN: msa-opt %s | msa-opt | FileCheck %s
// RUN: msa-opt %s -mlir-print-op-generic | msa-opt | FileCheck %s
// RUN: msa-opt %s -emit-bytecode | msa-opt | FileCheck %s

// CHECK-LABEL: msa_gpu.kernel @program(
// CHECK-SAME: !msa_gpu.map<64, 128, f16>, %{{.*}}: !msa_gpu.map<128, 128, f16>, %{{.*}}: memref<1x8x4096xf32>, %{{.*}}: memref<1xi32>)
// CHECK-SAME: attributes {warpgroups = 3 : i64}
msa_gpu.kernel @program(%qs: !msa_gpu.map<64, 128, f16>, %ks: !msa_gpu.map<128, 128, f16>,
    %lse: memref<1x8x4096xf32>, %counter: memref<1xi32>) attributes {warpgroups = 3 : i64} {
  %count = arith.constant 4 : i32
  // CHECK: msa_gpu.for_tiles %{{.*}} counter(%{{.*}} : memref<1xi32>) {
  // CHECK-NEXT: ^bb0(%[[TILE:.*]]: i32):
  msa_gpu.for_tiles %count counter(%counter : memref<1xi32>) {
  ^bb0(%tile: i32):
    %x = arith.constant 1.5 : f32
    %yes = arith.constant true
    %i = arith.constant 7 : i32
    %wide = arith.constant 7 : i64
    // CHECK: %[[W:.*]] = msa_gpu.warpgroup
    %w = msa_gpu.warpgroup
    // CHECK: msa_gpu.again %[[W]]
    %again = msa_gpu.again %w
    // CHECK: %[[Q:.*]] = msa_gpu.load %{{.*}}[%[[W]], %{{.*}}, %{{.*}}] ring("q", 1) per_warpgroup : <64, 128, f16> -> <64, 128, f16, pitch = 64>
    %q = msa_gpu.load %qs[%w, %i, %i] ring("q", 1) per_warpgroup : !msa_gpu.map<64, 128, f16> -> !msa_gpu.tile<64, 128, f16, pitch = 64>
    // CHECK: %[[K:.*]] = msa_gpu.load %{{.*}}[%[[TILE]], %{{.*}}, %{{.*}}] ring("k", 2) : <128, 128, f16> -> <128, 128, f16, pitch = 128>
    %k = msa_gpu.load %ks[%tile, %i, %i] ring("k", 2) : !msa_gpu.map<128, 128, f16> -> !msa_gpu.tile<128, 128, f16, pitch = 128>
    // CHECK: %[[HALF:.*]] = msa_gpu.slice %[[K]][%{{.*}}] : <128, 128, f16, pitch = 128> -> <64, 128, f16, pitch = 128>
    %half = msa_gpu.slice %k[%i] : !msa_gpu.tile<128, 128, f16, pitch = 128> -> !msa_gpu.tile<64, 128, f16, pitch = 128>
    // CHECK: %[[S:.*]] = msa_gpu.product %[[Q]], %[[HALF]] transposed : !msa_gpu.tile<64, 128, f16, pitch = 64>, <64, 128, f16, pitch = 128> -> <64, 64, f32>
    %s = msa_gpu.product %q, %half transposed : !msa_gpu.tile<64, 128, f16, pitch = 64>, !msa_gpu.tile<64, 128, f16, pitch = 128> -> !msa_gpu.fragment<64, 64, f32>
    // CHECK: %[[P:.*]] = msa_gpu.pack %[[S]] : <64, 64, f32> -> <64, 64, f16>
    %p = msa_gpu.pack %s : !msa_gpu.fragment<64, 64, f32> -> !msa_gpu.operand<64, 64, f16>
    // CHECK: %[[ACC:.*]] = msa_gpu.fill %{{.*}} : f32 -> !msa_gpu.fragment<64, 128, f32>
    %acc = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 128, f32>
    // CHECK: msa_gpu.product %[[P]], %[[HALF]] acc(%[[ACC]] : !msa_gpu.fragment<64, 128, f32>) : !msa_gpu.operand<64, 64, f16>, <64, 128, f16, pitch = 128> -> <64, 128, f32>
    %o = msa_gpu.product %p, %half acc(%acc : !msa_gpu.fragment<64, 128, f32>) : !msa_gpu.operand<64, 64, f16>, !msa_gpu.tile<64, 128, f16, pitch = 128> -> !msa_gpu.fragment<64, 128, f32>
    // CHECK: %[[UNDER:.*]] = msa_gpu.issue %[[Q]], %[[HALF]] transposed : !msa_gpu.tile<64, 128, f16, pitch = 64>, <64, 128, f16, pitch = 128> -> <64, 64, f32>
    %under = msa_gpu.issue %q, %half transposed : !msa_gpu.tile<64, 128, f16, pitch = 64>, !msa_gpu.tile<64, 128, f16, pitch = 128> -> !msa_gpu.pending<64, 64, f32>
    // CHECK: msa_gpu.issue %[[P]], %[[HALF]] acc(%[[ACC]] : !msa_gpu.fragment<64, 128, f32>) : !msa_gpu.operand<64, 64, f16>, <64, 128, f16, pitch = 128> -> <64, 128, f32>
    %under2 = msa_gpu.issue %p, %half acc(%acc : !msa_gpu.fragment<64, 128, f32>) : !msa_gpu.operand<64, 64, f16>, !msa_gpu.tile<64, 128, f16, pitch = 128> -> !msa_gpu.pending<64, 128, f32>
    // CHECK: msa_gpu.wait 1 : %[[UNDER]], %[[S]] : (!msa_gpu.pending<64, 64, f32>, !msa_gpu.fragment<64, 64, f32>) -> (!msa_gpu.fragment<64, 64, f32>, !msa_gpu.fragment<64, 64, f32>)
    %done:2 = msa_gpu.wait 1 : %under, %s : (!msa_gpu.pending<64, 64, f32>, !msa_gpu.fragment<64, 64, f32>) -> (!msa_gpu.fragment<64, 64, f32>, !msa_gpu.fragment<64, 64, f32>)
    // CHECK: %[[ROW:.*]] = msa_gpu.row_index : <i32>
    %row = msa_gpu.row_index : !msa_gpu.rows<i32>
    // CHECK: msa_gpu.band %[[S]] : <64, 64, f32>
    %b0 = msa_gpu.band %s : !msa_gpu.fragment<64, 64, f32>
    // CHECK: msa_gpu.band %[[S]] from %[[ROW]] : !msa_gpu.rows<i32> : <64, 64, f32>
    %b1 = msa_gpu.band %s from %row : !msa_gpu.rows<i32> : !msa_gpu.fragment<64, 64, f32>
    // CHECK: msa_gpu.band %[[S]] to %[[ROW]] : !msa_gpu.rows<i32> : <64, 64, f32>
    %b2 = msa_gpu.band %s to %row : !msa_gpu.rows<i32> : !msa_gpu.fragment<64, 64, f32>
    // CHECK: msa_gpu.band %[[S]] from %[[ROW]] : !msa_gpu.rows<i32> to %[[ROW]] : !msa_gpu.rows<i32> : <64, 64, f32>
    %b3 = msa_gpu.band %s from %row : !msa_gpu.rows<i32> to %row : !msa_gpu.rows<i32> : !msa_gpu.fragment<64, 64, f32>
    // CHECK: %[[PART:.*]] = msa_gpu.reduce {{ ?}}max %[[S]] : <64, 64, f32> -> <f32, partial = true>
    %part = msa_gpu.reduce max %s : !msa_gpu.fragment<64, 64, f32> -> !msa_gpu.rows<f32, partial = true>
    // CHECK: msa_gpu.reduce {{ ?}}add %[[S]]
    %part2 = msa_gpu.reduce add %s : !msa_gpu.fragment<64, 64, f32> -> !msa_gpu.rows<f32, partial = true>
    // CHECK: %[[MAX:.*]] = msa_gpu.combine {{ ?}}max %[[PART]] : <f32, partial = true> -> <f32>
    %max = msa_gpu.combine max %part : !msa_gpu.rows<f32, partial = true> -> !msa_gpu.rows<f32>
    // CHECK: msa_gpu.map %[[S]], %[[MAX]] : (!msa_gpu.fragment<64, 64, f32>, !msa_gpu.rows<f32>) -> !msa_gpu.fragment<64, 64, f32> {
    %e = msa_gpu.map %s, %max : (!msa_gpu.fragment<64, 64, f32>, !msa_gpu.rows<f32>) -> !msa_gpu.fragment<64, 64, f32> {
    ^bb0(%a: f32, %m: f32):
      %d = arith.subf %a, %m : f32
      // CHECK: msa_gpu.exp2
      %y = msa_gpu.exp2 %d
      // CHECK: msa_gpu.log2
      %l = msa_gpu.log2 %y
      // CHECK: msa_gpu.rcp
      %r = msa_gpu.rcp %l
      // CHECK: msa_gpu.yield %{{.*}} : f32
      msa_gpu.yield %r : f32
    }
    // CHECK: %[[TRUE:.*]] = msa_gpu.fill %{{.*}} : i1 -> !msa_gpu.rows<i1>
    %trues = msa_gpu.fill %yes : i1 -> !msa_gpu.rows<i1>
    // CHECK: msa_gpu.any %[[TRUE]] : <i1>
    %any = msa_gpu.any %trues : !msa_gpu.rows<i1>
    %out = msa_gpu.pack %o : !msa_gpu.fragment<64, 128, f32> -> !msa_gpu.operand<64, 128, f16>
    // CHECK: msa_gpu.store %{{.*}}, %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}] {shared = 1024 : i64} : !msa_gpu.operand<64, 128, f16>, <64, 128, f16>
    msa_gpu.store %out, %qs[%again, %i, %i] {shared = 1024 : i64} : !msa_gpu.operand<64, 128, f16>, !msa_gpu.map<64, 128, f16>
    // CHECK: msa_gpu.store_rows %[[MAX]], %{{.*}}[%{{.*}}] count(%{{.*}}) : <f32>, memref<1x8x4096xf32>
    msa_gpu.store_rows %max, %lse[%wide] count(%i) : !msa_gpu.rows<f32>, memref<1x8x4096xf32>
  }
}

// Without a counter, without arguments.
// CHECK-LABEL: msa_gpu.kernel @plain() attributes {shared = 0 : i64, warpgroups = 1 : i64}
msa_gpu.kernel @plain() attributes {shared = 0 : i64, warpgroups = 1 : i64} {
  %count = arith.constant 4 : i32
  // CHECK: msa_gpu.for_tiles %{{[^ ]*}} {
  msa_gpu.for_tiles %count {
  ^bb0(%tile: i32):
  }
}

// CHECK-LABEL: msa_gpu.kernel @roles
msa_gpu.kernel @roles(%from: !msa_gpu.map<64, 64, bf16>, %counter: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  // CHECK: msa_gpu.ring @x holds !msa_gpu.tile<64, 64, bf16, pitch = 64> slots 2 copies 2{{$}}
  msa_gpu.ring @x holds !msa_gpu.tile<64, 64, bf16, pitch = 64> slots 2 copies 2
  // CHECK: msa_gpu.ring @n holds i32 slots 8 copies 1 {barriers = 32 : i64, shared = 16 : i64}
  msa_gpu.ring @n holds i32 slots 8 copies 1 {barriers = 32 : i64, shared = 16 : i64}
  // CHECK: msa_gpu.roles producer {
  msa_gpu.roles producer {
    %zero = arith.constant 0 : i32
    // CHECK: %[[BLOCK:.*]] = msa_gpu.block
    %tile = msa_gpu.block
    // CHECK: msa_gpu.publish @n[%[[ZERO:.*]]], %[[BLOCK]]
    msa_gpu.publish @n[%zero], %tile
    // CHECK: msa_gpu.fill_slot @x[%[[ZERO]], %[[ZERO]]], %{{.*}}[%[[ZERO]], %[[BLOCK]], %[[ZERO]]] : <64, 64, bf16>
    msa_gpu.fill_slot @x[%zero, %zero], %from[%zero, %tile, %zero] : !msa_gpu.map<64, 64, bf16>
    // CHECK: msa_gpu.draw %{{.*}} of %[[BLOCK]] : memref<1xi32>
    %next = msa_gpu.draw %counter of %tile : memref<1xi32>
  // CHECK: } consumer {
  } consumer {
    %zero = arith.constant 0 : i32
    // CHECK: msa_gpu.fetch @n[%[[USE:.*]]]
    %tile = msa_gpu.fetch @n[%zero]
    // CHECK: msa_gpu.acquire @x[%[[USE]]] : <64, 64, bf16, pitch = 64>
    %x = msa_gpu.acquire @x[%zero] : !msa_gpu.tile<64, 64, bf16, pitch = 64>
    // CHECK: msa_gpu.release @x[%[[USE]]]
    msa_gpu.release @x[%zero]
  }
}
