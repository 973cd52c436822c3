// RUN: msa-opt %s -split-input-file -verify-diagnostics
// RUN: msa-opt %s -split-input-file -verify-diagnostics -mlir-print-op-generic

// Turns (R4): where they may stand, in pairs, and what decides whether a warpgroup comes to them. The schedule (S11).

// expected-error @+1 {{(S11) pingpong needs overlap, and two or three warpgroups}}
#a = #msa_gpu.schedule<warpgroups = 2, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, pingpong = true>

// -----

// expected-error @+1 {{(S11) pingpong needs overlap, and two or three warpgroups}}
#a = #msa_gpu.schedule<warpgroups = 1, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, overlap = true, pingpong = true>

// -----

func.func @nowhere() {
  // expected-error @+1 {{(R4) stands in the consumer of a kernel of pingpong}}
  msa_gpu.take_turn
  msa_gpu.pass_turn
  return
}

// -----

msa_gpu.kernel @not_said() attributes {warpgroups = 2 : i64} {
  msa_gpu.roles producer {
  ^bb0:
  } consumer {
    // expected-error @+1 {{(R4) stands in the consumer of a kernel of pingpong}}
    msa_gpu.take_turn
    msa_gpu.pass_turn
  }
}

// -----

msa_gpu.kernel @copies() attributes {pingpong, warpgroups = 2 : i64} {
  msa_gpu.roles producer {
    // expected-error @+1 {{(R4) stands in the consumer of a kernel of pingpong}}
    msa_gpu.take_turn
    msa_gpu.pass_turn
  } consumer {
  ^bb0:
  }
}

// -----

msa_gpu.kernel @taken() attributes {pingpong, warpgroups = 2 : i64} {
  msa_gpu.roles producer {
  ^bb0:
  } consumer {
    // expected-error @+1 {{(R4) has no pass_turn behind it in its block}}
    msa_gpu.take_turn
  }
}

// -----

msa_gpu.kernel @passed() attributes {pingpong, warpgroups = 2 : i64} {
  msa_gpu.roles producer {
  ^bb0:
  } consumer {
    // expected-error @+1 {{(R4) has no take_turn before it in its block}}
    msa_gpu.pass_turn
  }
}

// -----

msa_gpu.kernel @taken_twice() attributes {pingpong, warpgroups = 2 : i64} {
  msa_gpu.roles producer {
  ^bb0:
  } consumer {
    // expected-error @+1 {{(R4) has no pass_turn behind it in its block}}
    msa_gpu.take_turn
    msa_gpu.take_turn
    msa_gpu.pass_turn
  }
}

// -----

msa_gpu.kernel @passed_in_a_branch(%n: memref<1xi32>) attributes {pingpong, warpgroups = 2 : i64} {
  %zero = arith.constant 0 : i32
  %first = arith.constant 0 : index
  msa_gpu.roles producer {
  ^bb0:
  } consumer {
    %x = memref.load %n[%first] : memref<1xi32>
    %is = arith.cmpi eq, %x, %zero : i32
    // expected-error @+1 {{(R4) has no pass_turn behind it in its block}}
    msa_gpu.take_turn
    scf.if %is {
      msa_gpu.pass_turn
    }
  }
}

// -----

msa_gpu.kernel @of_one() attributes {pingpong, warpgroups = 2 : i64} {
  %zero = arith.constant 0 : i32
  msa_gpu.roles producer {
  ^bb0:
  } consumer {
    %own = msa_gpu.warpgroup
    %is = arith.cmpi eq, %own, %zero : i32
    scf.if %is {
      // expected-error @+1 {{(R4) depends on what differs between warpgroups}}
      msa_gpu.take_turn
      msa_gpu.pass_turn
    }
  }
}

// -----

msa_gpu.kernel @so_many() attributes {pingpong, warpgroups = 2 : i64} {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  msa_gpu.roles producer {
  ^bb0:
  } consumer {
    %own = msa_gpu.warpgroup
    scf.for %i = %zero to %own step %one : i32 {
      // expected-error @+1 {{(R4) depends on what differs between warpgroups}}
      msa_gpu.take_turn
      msa_gpu.pass_turn
    }
  }
}

// -----

// A value that a loop hands on becomes another for each warpgroup.
msa_gpu.kernel @while() attributes {pingpong, warpgroups = 2 : i64} {
  %zero = arith.constant 0 : i32
  msa_gpu.roles producer {
  ^bb0:
  } consumer {
    %own = msa_gpu.warpgroup
    %end = scf.while (%i = %zero) : (i32) -> i32 {
      %more = arith.cmpi slt, %i, %zero : i32
      scf.condition(%more) %i : i32
    } do {
    ^bb0(%i: i32):
      // expected-error @+1 {{(R4) depends on what differs between warpgroups}}
      msa_gpu.take_turn
      msa_gpu.pass_turn
      %next = arith.addi %i, %own : i32
      scf.yield %next : i32
    }
  }
}
