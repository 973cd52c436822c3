// RUN: msa-opt %s -split-input-file -verify-diagnostics

// One case or more for each numbered constraint of roles and rings (R1 to R3); turns (R4) are in pingpong-invalid.mlir.

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %i = arith.constant 0 : i32
  // expected-error @+1 {{(R1) holds a tile or i32, not 'f32'}}
  msa_gpu.ring @x holds f32 slots 1 copies 1
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %i = arith.constant 0 : i32
  // expected-error @+1 {{(R1) has 1 to 8 slots, and 1 copy or one a warpgroup}}
  msa_gpu.ring @x holds !msa_gpu.tile<64, 64, bf16, pitch = 64> slots 9 copies 1
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %i = arith.constant 0 : i32
  // expected-error @+1 {{(R1) has 1 to 8 slots, and 1 copy or one a warpgroup}}
  msa_gpu.ring @x holds !msa_gpu.tile<64, 64, bf16, pitch = 64> slots 0 copies 1
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %i = arith.constant 0 : i32
  // expected-error @+1 {{(R1) has 1 to 8 slots, and 1 copy or one a warpgroup}}
  msa_gpu.ring @x holds !msa_gpu.tile<64, 64, bf16, pitch = 64> slots 1 copies 3
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %i = arith.constant 0 : i32
  // expected-error @+1 {{(R1) has one copy where it holds numbers}}
  msa_gpu.ring @x holds i32 slots 1 copies 2
}

// -----

// expected-error @+1 {{expects parent op 'msa_gpu.kernel'}}
msa_gpu.ring @x holds i32 slots 1 copies 1

// -----

func.func @f() {
  // expected-error @+1 {{expects parent op 'msa_gpu.kernel'}}
  msa_gpu.roles producer {
  ^bb0:
  } consumer {
  ^bb0:
  }
  return
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %i = arith.constant 0 : i32
  // expected-error @+1 {{has regions without arguments}}
  msa_gpu.roles producer {
  ^bb0(%a: i32):
  } consumer {
  ^bb0:
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %i = arith.constant 0 : i32
  // expected-error @+1 {{region with 1 blocks}}
  "msa_gpu.roles"() ({}, {}) : () -> ()
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %i = arith.constant 0 : i32
  msa_gpu.ring @x holds !msa_gpu.tile<64, 64, bf16, pitch = 64> slots 1 copies 1
  msa_gpu.roles producer {
  ^bb0:
  } consumer {
    // expected-error @+1 {{(R2) stands in the producer of roles}}
    msa_gpu.fill_slot @x[%i, %i], %qs[%i, %i, %i] : !msa_gpu.map<64, 64, bf16>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %i = arith.constant 0 : i32
  msa_gpu.ring @x holds i32 slots 1 copies 1
  msa_gpu.roles producer {
  ^bb0:
  } consumer {
    // expected-error @+1 {{(R2) stands in the producer of roles}}
    msa_gpu.publish @x[%i], %i
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %i = arith.constant 0 : i32
  msa_gpu.ring @x holds !msa_gpu.tile<64, 64, bf16, pitch = 64> slots 1 copies 1
  msa_gpu.roles producer {
  ^bb0:
  } consumer {
    // expected-error @+1 {{(R2) stands in the producer of roles}}
    %d = msa_gpu.draw %c of %i : memref<1xi32>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %i = arith.constant 0 : i32
  msa_gpu.ring @x holds !msa_gpu.tile<64, 64, bf16, pitch = 64> slots 1 copies 1
  msa_gpu.roles producer {
    // expected-error @+1 {{(R2) stands in the consumer of roles}}
    %a = msa_gpu.acquire @x[%i] : !msa_gpu.tile<64, 64, bf16, pitch = 64>
  } consumer {
  ^bb0:
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %i = arith.constant 0 : i32
  msa_gpu.ring @x holds !msa_gpu.tile<64, 64, bf16, pitch = 64> slots 1 copies 1
  msa_gpu.roles producer {
    // expected-error @+1 {{(R2) stands in the consumer of roles}}
    msa_gpu.release @x[%i]
  } consumer {
  ^bb0:
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %i = arith.constant 0 : i32
  msa_gpu.ring @x holds i32 slots 1 copies 1
  msa_gpu.roles producer {
    // expected-error @+1 {{(R2) stands in the consumer of roles}}
    %n = msa_gpu.fetch @x[%i]
  } consumer {
  ^bb0:
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %i = arith.constant 0 : i32
  // expected-error @+1 {{(R2) stands in the producer of roles}}
  %d = msa_gpu.draw %c of %i : memref<1xi32>
}

// -----

func.func @f(%n: i32) {
  // expected-error @+1 {{(R2) stands in the consumer of roles}}
  msa_gpu.release @x[%n]
  return
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %i = arith.constant 0 : i32
  msa_gpu.ring @x holds i32 slots 1 copies 1
  msa_gpu.roles producer {
    // expected-error @+1 {{(R3) names no ring of its kernel: @y}}
    msa_gpu.fill_slot @y[%i, %i], %qs[%i, %i, %i] : !msa_gpu.map<64, 64, bf16>
  } consumer {
  ^bb0:
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %i = arith.constant 0 : i32
  msa_gpu.ring @x holds i32 slots 1 copies 1
  msa_gpu.roles producer {
    // expected-error @+1 {{(R3) names no ring of its kernel: @y}}
    msa_gpu.publish @y[%i], %i
  } consumer {
  ^bb0:
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %i = arith.constant 0 : i32
  msa_gpu.ring @x holds i32 slots 1 copies 1
  msa_gpu.roles producer {
  ^bb0:
  } consumer {
    // expected-error @+1 {{(R3) names no ring of its kernel: @y}}
    %a = msa_gpu.acquire @y[%i] : !msa_gpu.tile<64, 64, bf16, pitch = 64>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %i = arith.constant 0 : i32
  msa_gpu.ring @x holds i32 slots 1 copies 1
  msa_gpu.roles producer {
  ^bb0:
  } consumer {
    // expected-error @+1 {{(R3) names no ring of its kernel: @y}}
    msa_gpu.release @y[%i]
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %i = arith.constant 0 : i32
  msa_gpu.ring @x holds i32 slots 1 copies 1
  msa_gpu.roles producer {
  ^bb0:
  } consumer {
    // expected-error @+1 {{(R3) names no ring of its kernel: @y}}
    %n = msa_gpu.fetch @y[%i]
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %i = arith.constant 0 : i32
  msa_gpu.ring @x holds i32 slots 1 copies 1
  msa_gpu.roles producer {
    // expected-error @+1 {{(R3) copies '!msa_gpu.tile<64, 64, bf16, pitch = 64>' into a ring of 'i32'}}
    msa_gpu.fill_slot @x[%i, %i], %qs[%i, %i, %i] : !msa_gpu.map<64, 64, bf16>
  } consumer {
  ^bb0:
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %i = arith.constant 0 : i32
  msa_gpu.ring @x holds !msa_gpu.tile<64, 64, bf16, pitch = 64> slots 1 copies 1
  msa_gpu.roles producer {
    // expected-error @+1 {{(R3) takes a ring of numbers, not of}}
    msa_gpu.publish @x[%i], %i
  } consumer {
  ^bb0:
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %i = arith.constant 0 : i32
  msa_gpu.ring @x holds i32 slots 1 copies 1
  msa_gpu.roles producer {
  ^bb0:
  } consumer {
    // expected-error @+1 {{(R3) takes '!msa_gpu.tile<64, 64, bf16, pitch = 64>' from a ring of 'i32'}}
    %a = msa_gpu.acquire @x[%i] : !msa_gpu.tile<64, 64, bf16, pitch = 64>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %i = arith.constant 0 : i32
  msa_gpu.ring @x holds !msa_gpu.tile<64, 64, bf16, pitch = 64> slots 1 copies 1
  msa_gpu.roles producer {
  ^bb0:
  } consumer {
    // expected-error @+1 {{(R3) takes a ring of numbers, not of}}
    %n = msa_gpu.fetch @x[%i]
  }
}
