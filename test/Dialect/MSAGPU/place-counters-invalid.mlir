// RUN: msa-opt %s -msa-gpu-place-counters -split-input-file -verify-diagnostics

#launch = #msa_gpu.launch<block = 128, shared = 0, cluster = 1, persistent = true, cleared = 4>
func.func private @drawn(memref<1xi32>, index, index) attributes {msa_gpu.launch = #launch}
func.func @argument(%counter: memref<1xi32>) {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{passes a counter that is no scratch of the entry}}
  call @drawn(%counter, %c0, %c0) : (memref<1xi32>, index, index) -> ()
  return
}

// -----

#launch = #msa_gpu.launch<block = 128, shared = 0, cluster = 1, persistent = true, cleared = 4>
func.func private @drawn(index, index) attributes {msa_gpu.launch = #launch}
func.func @none() {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{passes a counter that is no scratch of the entry}}
  call @drawn(%c0, %c0) : (index, index) -> ()
  return
}

// -----

#launch = #msa_gpu.launch<block = 128, shared = 0, cluster = 1, persistent = true, cleared = 4>
func.func private @drawn(memref<?xi32>, index, index) attributes {msa_gpu.launch = #launch}
func.func @dynamic(%n: index) {
  %c0 = arith.constant 0 : index
  %counter = memref.alloc(%n) : memref<?xi32>
  // expected-error @+1 {{passes a counter that is no scratch of the entry}}
  call @drawn(%counter, %c0, %c0) : (memref<?xi32>, index, index) -> ()
  return
}
