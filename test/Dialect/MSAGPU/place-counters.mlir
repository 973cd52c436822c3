// RUN: msa-opt %s -msa-gpu-place-counters -split-input-file | FileCheck %s -enable-var-scope

// Counters move behind the arena, at multiples of 64, each for one kernel alone; what else lies there stays.

// CHECK-LABEL: func.func @step(
// CHECK-SAME: attributes {msa.arena = 384 : i64, msa.cleared = 192 : i64}
// CHECK-DAG: %[[X:.*]] = memref.alloc() {msa.offset = 0 : i64} : memref<16xf32>
// CHECK-DAG: %[[OWN:.*]] = memref.alloc() {msa.offset = 192 : i64} : memref<1xi32>
// CHECK-DAG: %[[SHARED:.*]] = memref.alloc() {msa.offset = 64 : i64} : memref<1xi32>
// CHECK: call @drawn(%[[X]], %[[OWN]],
// CHECK: %[[SECOND:.*]] = memref.alloc() {msa.offset = 256 : i64} : memref<1xi32>
// CHECK: call @drawn(%[[X]], %[[SECOND]],
// CHECK: call @fixed(%[[X]], %[[SHARED]],
// CHECK: %[[THIRD:.*]] = memref.alloc() {msa.offset = 320 : i64} : memref<1xi32>
// CHECK: call @drawn(%[[X]], %[[THIRD]],
func.func private @drawn(memref<16xf32>, memref<1xi32>, index, index) attributes {msa_gpu.launch = #msa_gpu.launch<block = 128, shared = 0, cluster = 1, persistent = true, cleared = 4>}
func.func private @fixed(memref<16xf32>, memref<1xi32>, index, index) attributes {msa_gpu.launch = #msa_gpu.launch<block = 128, shared = 0, cluster = 1, persistent = false, cleared = 0>}
func.func @step() attributes {msa.arena = 130 : i64} {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %x = memref.alloc() {msa.offset = 0 : i64} : memref<16xf32>
  %own = memref.alloc() {msa.offset = 128 : i64} : memref<1xi32>
  %shared = memref.alloc() {msa.offset = 64 : i64} : memref<1xi32>
  call @drawn(%x, %own, %c0, %c8) : (memref<16xf32>, memref<1xi32>, index, index) -> ()
  call @drawn(%x, %shared, %c0, %c8) : (memref<16xf32>, memref<1xi32>, index, index) -> ()
  call @fixed(%x, %shared, %c0, %c8) : (memref<16xf32>, memref<1xi32>, index, index) -> ()
  call @drawn(%x, %shared, %c0, %c8) : (memref<16xf32>, memref<1xi32>, index, index) -> ()
  return
}

// -----

// Without counters nothing is cleared.

// CHECK-LABEL: func.func @none(
// CHECK-SAME: attributes {msa.arena = 64 : i64} {
// CHECK: memref.alloc() {msa.offset = 0 : i64}
func.func private @fixed(memref<1xi32>, index, index) attributes {msa_gpu.launch = #msa_gpu.launch<block = 128, shared = 0, cluster = 1, persistent = false, cleared = 0>}
func.func private @thread(memref<1xi32>, index, index)
func.func @none() attributes {msa.arena = 64 : i64} {
  %c0 = arith.constant 0 : index
  %x = memref.alloc() {msa.offset = 0 : i64} : memref<1xi32>
  call @fixed(%x, %c0, %c0) : (memref<1xi32>, index, index) -> ()
  call @thread(%x, %c0, %c0) : (memref<1xi32>, index, index) -> ()
  return
}
