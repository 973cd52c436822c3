// RUN: msa-opt %s -split-input-file -verify-diagnostics

// One case or more for each numbered constraint of tile programs (K1, G1 to G4), and for what the verifiers of the other
// operations say.

// expected-error @+1 {{(K1) has no results}}
msa_gpu.kernel @k() -> i32 attributes {warpgroups = 1 : i64} {
  %c = arith.constant 0 : i32
}

// -----

// expected-error @+1 {{(K1) of pingpong has 2 or 3 warpgroups, and no mma}}
msa_gpu.kernel @k() attributes {pingpong, warpgroups = 1 : i64} {
  %c = arith.constant 0 : i32
}

// -----

// expected-error @+1 {{(K1) of pingpong has 2 or 3 warpgroups, and no mma}}
msa_gpu.kernel @k() attributes {pingpong, mma, warpgroups = 2 : i64} {
  %c = arith.constant 0 : i32
}

// -----

// expected-error @+1 {{(K1) has 1 to 3 warpgroups}}
msa_gpu.kernel @k() attributes {warpgroups = 0 : i64} {
  %c = arith.constant 0 : i32
}

// -----

// expected-error @+1 {{(K1) has 1 to 3 warpgroups}}
msa_gpu.kernel @k() attributes {warpgroups = 4 : i64} {
  %c = arith.constant 0 : i32
}

// -----

// expected-error @+1 {{(K1) has 1 to 3 warpgroups}}
msa_gpu.kernel @k() attributes {warpgroups = -1 : i64} {
  %c = arith.constant 0 : i32
}

// -----

// expected-error @+1 {{requires attribute 'warpgroups'}}
msa_gpu.kernel @k() {
  %c = arith.constant 0 : i32
}

// -----

// expected-error @+1 {{(K1) takes maps and memrefs, not 'i32'}}
msa_gpu.kernel @k(%x: i32) attributes {warpgroups = 1 : i64} {
  %c = arith.constant 0 : i32
}

// -----

// expected-error @+1 {{(K1) takes maps before memrefs}}
msa_gpu.kernel @k(%x: memref<4xf32>, %y: !msa_gpu.map<64, 64, f16>) attributes {warpgroups = 1 : i64} {
  %c = arith.constant 0 : i32
}

// -----

func.func @f() {
  // expected-error @+1 {{symbol's parent must have the SymbolTable trait}}
  msa_gpu.kernel @k() attributes {warpgroups = 1 : i64} {
  %c = arith.constant 0 : i32
  }
  return
}

// -----

// expected-error @+1 {{region with 1 blocks}}
msa_gpu.kernel @k() attributes {warpgroups = 1 : i64}

// -----

func.func @f(%n: i32) {
  // expected-error @+1 {{stands directly in a kernel}}
  msa_gpu.for_tiles %n {
  ^bb0(%tile: i32):
  }
  return
}

// -----

msa_gpu.kernel @k() attributes {warpgroups = 1 : i64} {
  %n = arith.constant 4 : i32
  // expected-error @+1 {{(G11) has a body with an argument of type i32 and the inits}}
  msa_gpu.for_tiles %n {
  }
}

// -----

msa_gpu.kernel @k() attributes {warpgroups = 1 : i64} {
  %n = arith.constant 4 : i32
  // expected-error @+1 {{(G11) has a body with an argument of type i32 and the inits}}
  msa_gpu.for_tiles %n init(%n : i32) {
  ^bb0(%tile: i32, %before: f32):
    msa_gpu.next %tile : i32
  } last {
  ^bb0(%before: i32):
  }
}

// -----

msa_gpu.kernel @k() attributes {warpgroups = 1 : i64} {
  %n = arith.constant 4 : i32
  // expected-error @+1 {{(G11) has a body that ends in 'msa_gpu.next' with values of the inits' types}}
  msa_gpu.for_tiles %n init(%n : i32) {
  ^bb0(%tile: i32, %before: i32):
  } last {
  ^bb0(%before: i32):
  }
}

// -----

msa_gpu.kernel @k() attributes {warpgroups = 1 : i64} {
  %n = arith.constant 4 : i32
  // expected-error @+1 {{(G11) has a body that ends in 'msa_gpu.next' with values of the inits' types}}
  msa_gpu.for_tiles %n init(%n : i32) {
  ^bb0(%tile: i32, %before: i32):
    msa_gpu.next %tile, %tile : i32, i32
  } last {
  ^bb0(%before: i32):
  }
}

// -----

msa_gpu.kernel @k() attributes {warpgroups = 1 : i64} {
  %n = arith.constant 4 : i32
  // expected-error @+1 {{(G11) has a body that ends in 'msa_gpu.next' with values of the inits' types}}
  msa_gpu.for_tiles %n {
  ^bb0(%tile: i32):
    msa_gpu.next
  }
}

// -----

msa_gpu.kernel @k() attributes {warpgroups = 1 : i64} {
  %n = arith.constant 4 : i32
  // expected-error @+1 {{(G11) has a last region with the inits as arguments, just where there are some}}
  msa_gpu.for_tiles %n init(%n : i32) {
  ^bb0(%tile: i32, %before: i32):
    msa_gpu.next %tile : i32
  }
}

// -----

msa_gpu.kernel @k() attributes {warpgroups = 1 : i64} {
  %n = arith.constant 4 : i32
  // expected-error @+1 {{(G11) has a last region with the inits as arguments, just where there are some}}
  msa_gpu.for_tiles %n init(%n : i32) {
  ^bb0(%tile: i32, %before: i32):
    msa_gpu.next %tile : i32
  } last {
  ^bb0(%before: f32):
  }
}

// -----

msa_gpu.kernel @k() attributes {warpgroups = 1 : i64} {
  %n = arith.constant 4 : i32
  // expected-error @+1 {{(G11) has a last region with the inits as arguments, just where there are some}}
  msa_gpu.for_tiles %n {
  ^bb0(%tile: i32):
  } last {
  ^bb0():
  }
}

// -----

msa_gpu.kernel @k(%m: !msa_gpu.map<64, 64, bf16>) attributes {warpgroups = 1 : i64} {
  %n = arith.constant 4 : i32
  %t = builtin.unrealized_conversion_cast %n : i32 to !msa_gpu.pending<64, 64, f32>
  // expected-error @+1 {{(G11) carries neither tiles nor products under way}}
  msa_gpu.for_tiles %n init(%t : !msa_gpu.pending<64, 64, f32>) {
  ^bb0(%tile: i32, %before: !msa_gpu.pending<64, 64, f32>):
    msa_gpu.next %before : !msa_gpu.pending<64, 64, f32>
  } last {
  ^bb0(%before: !msa_gpu.pending<64, 64, f32>):
  }
}

// -----

// What a tile hands on says where the next loads from, and it is of the warpgroup.
msa_gpu.kernel @k(%m: !msa_gpu.map<64, 64, bf16>) attributes {warpgroups = 2 : i64} {
  %n = arith.constant 4 : i32
  msa_gpu.for_tiles %n init(%n : i32) {
  ^bb0(%tile: i32, %before: i32):
    // expected-error @+1 {{(G1) is common to all warpgroups, so its place must not depend on one}}
    %t = msa_gpu.load %m[%before, %n, %n] ring("a", 2) : !msa_gpu.map<64, 64, bf16> -> !msa_gpu.tile<64, 64, bf16, pitch = 64>
    %own = msa_gpu.warpgroup
    msa_gpu.next %own : i32
  } last {
  ^bb0(%before: i32):
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    // expected-error @+1 {{(G1) gives a tile as its map's}}
    %q = msa_gpu.load %qs[%i, %i, %i] ring("q", 1) : !msa_gpu.map<64, 64, bf16> -> !msa_gpu.tile<128, 64, bf16, pitch = 128>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    // expected-error @+1 {{(G1) has 1 to 8 slots, got 9}}
    %q = msa_gpu.load %qs[%i, %i, %i] ring("q", 9) : !msa_gpu.map<64, 64, bf16> -> !msa_gpu.tile<64, 64, bf16, pitch = 64>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    // expected-error @+1 {{(G1) has 1 to 8 slots, got 0}}
    %q = msa_gpu.load %qs[%i, %i, %i] ring("q", 0) : !msa_gpu.map<64, 64, bf16> -> !msa_gpu.tile<64, 64, bf16, pitch = 64>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    %w = msa_gpu.warpgroup
    %own = arith.muli %w, %i : i32
    // expected-error @+1 {{(G1) is common to all warpgroups}}
    %q = msa_gpu.load %qs[%own, %i, %i] ring("q", 1) : !msa_gpu.map<64, 64, bf16> -> !msa_gpu.tile<64, 64, bf16, pitch = 64>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    %w = msa_gpu.warpgroup
    %any = scf.for %j = %i to %t step %t iter_args(%a = %i) -> (i32) : i32 {
      %b = arith.addi %a, %w : i32
      scf.yield %b : i32
    }
    // expected-error @+1 {{(G1) is common to all warpgroups}}
    %q = msa_gpu.load %qs[%any, %i, %i] ring("q", 1) : !msa_gpu.map<64, 64, bf16> -> !msa_gpu.tile<64, 64, bf16, pitch = 64>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    %w = msa_gpu.warpgroup
    %first = arith.cmpi eq, %w, %i : i32
    %any = scf.if %first -> i32 {
      scf.yield %i : i32
    } else {
      scf.yield %t : i32
    }
    // expected-error @+1 {{(G1) is common to all warpgroups}}
    %q = msa_gpu.load %qs[%any, %i, %i] ring("q", 1) : !msa_gpu.map<64, 64, bf16> -> !msa_gpu.tile<64, 64, bf16, pitch = 64>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    %w = msa_gpu.warpgroup
    %any = scf.execute_region -> i32 {
      %b = arith.addi %i, %w : i32
      scf.yield %b : i32
    }
    // expected-error @+1 {{(G1) is common to all warpgroups}}
    %q = msa_gpu.load %qs[%any, %i, %i] ring("q", 1) : !msa_gpu.map<64, 64, bf16> -> !msa_gpu.tile<64, 64, bf16, pitch = 64>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    %w = msa_gpu.warpgroup
    %first = arith.cmpi eq, %w, %i : i32
    %any = scf.if %first -> i32 {
      scf.yield %i : i32
    } else {
      scf.yield %t : i32
    }
    // expected-error @+1 {{(G1) has a place that depends on the warpgroup by more than straight-line arithmetic}}
    %q = msa_gpu.load %qs[%any, %i, %i] ring("q", 1) per_warpgroup : !msa_gpu.map<64, 64, bf16> -> !msa_gpu.tile<64, 64, bf16, pitch = 64>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    %yes = arith.constant true
    %r = msa_gpu.fill %yes : i1 -> !msa_gpu.rows<i1>
    %any = msa_gpu.any %r : !msa_gpu.rows<i1>
    %p = arith.extui %any : i1 to i32
    // expected-error @+1 {{(G1) has a place that depends on what tiles hold}}
    %q = msa_gpu.load %qs[%p, %i, %i] ring("q", 1) : !msa_gpu.map<64, 64, bf16> -> !msa_gpu.tile<64, 64, bf16, pitch = 64>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    %w = msa_gpu.warpgroup
    scf.for %j = %i to %w step %t : i32 {
      // expected-error @+1 {{(G1) stands in a loop whose bounds depend on the warpgroup}}
      %q = msa_gpu.load %qs[%i, %i, %i] ring("q", 1) : !msa_gpu.map<64, 64, bf16> -> !msa_gpu.tile<64, 64, bf16, pitch = 64>
    }
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    %w = msa_gpu.warpgroup
    scf.for %j = %w to %t step %t : i32 {
      scf.for %l = %i to %t step %t : i32 {
        // expected-error @+1 {{(G1) stands in a loop whose bounds depend on the warpgroup}}
        %q = msa_gpu.load %qs[%i, %i, %i] ring("q", 1) : !msa_gpu.map<64, 64, bf16> -> !msa_gpu.tile<64, 64, bf16, pitch = 64>
      }
    }
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    // expected-error @+1 {{(G1) gives a tile that is read after it was handed on or retired}}
    %q = msa_gpu.load %qs[%i, %i, %i] ring("q", 1) : !msa_gpu.map<64, 64, bf16> -> !msa_gpu.tile<64, 64, bf16, pitch = 64>
    %last = scf.for %j = %i to %t step %t iter_args(%a = %q) -> (!msa_gpu.tile<64, 64, bf16, pitch = 64>) : i32 {
      scf.yield %a : !msa_gpu.tile<64, 64, bf16, pitch = 64>
    }
    %s = msa_gpu.product %q, %q transposed : !msa_gpu.tile<64, 64, bf16, pitch = 64>, !msa_gpu.tile<64, 64, bf16, pitch = 64> -> !msa_gpu.fragment<64, 64, f32>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    // expected-error @+1 {{(G1) gives a tile to a loop that carries one of the ring p too}}
    %q = msa_gpu.load %qs[%i, %i, %i] ring("q", 1) : !msa_gpu.map<64, 64, bf16> -> !msa_gpu.tile<64, 64, bf16, pitch = 64>
    %p = msa_gpu.load %qs[%i, %i, %i] ring("p", 1) : !msa_gpu.map<64, 64, bf16> -> !msa_gpu.tile<64, 64, bf16, pitch = 64>
    %last = scf.for %j = %i to %t step %t iter_args(%a = %q) -> (!msa_gpu.tile<64, 64, bf16, pitch = 64>) : i32 {
      scf.yield %p : !msa_gpu.tile<64, 64, bf16, pitch = 64>
    }
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    // expected-error @+1 {{(G1) gives a tile whose slice a loop hands on}}
    %q = msa_gpu.load %qs[%i, %i, %i] ring("q", 1) : !msa_gpu.map<64, 64, bf16> -> !msa_gpu.tile<64, 64, bf16, pitch = 64>
    %p = msa_gpu.slice %q[%i] : !msa_gpu.tile<64, 64, bf16, pitch = 64> -> !msa_gpu.tile<8, 64, bf16, pitch = 64>
    %last = scf.for %j = %i to %t step %t iter_args(%a = %p) -> (!msa_gpu.tile<8, 64, bf16, pitch = 64>) : i32 {
      scf.yield %a : !msa_gpu.tile<8, 64, bf16, pitch = 64>
    }
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    %yes = arith.constant true
    %q = scf.if %yes -> (!msa_gpu.tile<64, 64, bf16, pitch = 64>) {
      // expected-error @+1 {{(G1) gives a tile that leaves a conditional}}
      %a = msa_gpu.load %qs[%i, %i, %i] ring("q", 1) : !msa_gpu.map<64, 64, bf16> -> !msa_gpu.tile<64, 64, bf16, pitch = 64>
      scf.yield %a : !msa_gpu.tile<64, 64, bf16, pitch = 64>
    } else {
      %b = msa_gpu.load %qs[%i, %i, %i] ring("q", 1) : !msa_gpu.map<64, 64, bf16> -> !msa_gpu.tile<64, 64, bf16, pitch = 64>
      scf.yield %b : !msa_gpu.tile<64, 64, bf16, pitch = 64>
    }
  }
}

// -----

// What the verifier walks need not be valid yet.
msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>) attributes {warpgroups = 1 : i64} {
  // expected-error @+2 {{operand #0 does not dominate this use}}
  // expected-note @+1 {{operand defined here (op in the same block)}}
  %a = arith.addi %a, %a : i32
  %q = msa_gpu.load %qs[%a, %a, %a] ring("q", 1) : !msa_gpu.map<64, 64, bf16> -> !msa_gpu.tile<64, 64, bf16, pitch = 64>
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    %k = msa_gpu.load %ks[%i, %i, %i] ring("k", 2) : !msa_gpu.map<128, 64, bf16> -> !msa_gpu.tile<128, 64, bf16, pitch = 128>
    // expected-error @+1 {{(G2) takes rows of}}
    %s = msa_gpu.slice %k[%i] : !msa_gpu.tile<128, 64, bf16, pitch = 128> -> !msa_gpu.tile<64, 128, bf16, pitch = 128>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    %k = msa_gpu.load %ks[%i, %i, %i] ring("k", 2) : !msa_gpu.map<128, 64, bf16> -> !msa_gpu.tile<128, 64, bf16, pitch = 128>
    // expected-error @+1 {{(G2) takes rows of}}
    %s = msa_gpu.slice %k[%i] : !msa_gpu.tile<128, 64, bf16, pitch = 128> -> !msa_gpu.tile<64, 64, f16, pitch = 128>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    %k = msa_gpu.load %ks[%i, %i, %i] ring("k", 2) : !msa_gpu.map<128, 64, bf16> -> !msa_gpu.tile<128, 64, bf16, pitch = 128>
    // expected-error @+1 {{(G2) takes rows of}}
    %s = msa_gpu.slice %k[%i] : !msa_gpu.tile<128, 64, bf16, pitch = 128> -> !msa_gpu.tile<64, 64, bf16, pitch = 64>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    %k = msa_gpu.load %ks[%i, %i, %i] ring("k", 2) : !msa_gpu.map<128, 64, bf16> -> !msa_gpu.tile<128, 64, bf16, pitch = 128>
    // expected-error @+1 {{(G3) multiplies 64 rows, got 128}}
    %s = msa_gpu.product %k, %k transposed : !msa_gpu.tile<128, 64, bf16, pitch = 128>, !msa_gpu.tile<128, 64, bf16, pitch = 128> -> !msa_gpu.fragment<64, 128, f32>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    %x = arith.constant 0.0 : f32
    %q = msa_gpu.load %qs[%i, %i, %i] ring("q", 1) : !msa_gpu.map<64, 64, bf16> -> !msa_gpu.tile<64, 64, bf16, pitch = 64>
    %f = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 64, f32>
    %p = msa_gpu.pack %f : !msa_gpu.fragment<64, 64, f32> -> !msa_gpu.operand<64, 64, f16>
    // expected-error @+1 {{(G3) multiplies one element type}}
    %s = msa_gpu.product %p, %q : !msa_gpu.operand<64, 64, f16>, !msa_gpu.tile<64, 64, bf16, pitch = 64> -> !msa_gpu.fragment<64, 64, f32>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    %x = arith.constant 0.0 : f32
    %k = msa_gpu.load %ks[%i, %i, %i] ring("k", 2) : !msa_gpu.map<128, 64, bf16> -> !msa_gpu.tile<128, 64, bf16, pitch = 128>
    %f = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 64, f32>
    %p = msa_gpu.pack %f : !msa_gpu.fragment<64, 64, f32> -> !msa_gpu.operand<64, 64, bf16>
    // expected-error @+1 {{(G3) has inner sizes 64 and 128}}
    %s = msa_gpu.product %p, %k : !msa_gpu.operand<64, 64, bf16>, !msa_gpu.tile<128, 64, bf16, pitch = 128> -> !msa_gpu.fragment<64, 64, f32>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    %q = msa_gpu.load %qs[%i, %i, %i] ring("q", 1) : !msa_gpu.map<64, 64, bf16> -> !msa_gpu.tile<64, 64, bf16, pitch = 64>
    %k = msa_gpu.load %ks[%i, %i, %i] ring("k", 2) : !msa_gpu.map<128, 64, bf16> -> !msa_gpu.tile<128, 64, bf16, pitch = 128>
    // expected-error @+1 {{(G3) gives f32 in 128 columns}}
    %s = msa_gpu.product %q, %k transposed : !msa_gpu.tile<64, 64, bf16, pitch = 64>, !msa_gpu.tile<128, 64, bf16, pitch = 128> -> !msa_gpu.fragment<64, 64, f32>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    %x = arith.constant 0.0 : f32
    %q = msa_gpu.load %qs[%i, %i, %i] ring("q", 1) : !msa_gpu.map<64, 64, bf16> -> !msa_gpu.tile<64, 64, bf16, pitch = 64>
    %f = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 128, f32>
    // expected-error @+1 {{(G3) adds to what it gives}}
    %s = msa_gpu.product %q, %q transposed acc(%f : !msa_gpu.fragment<64, 128, f32>) : !msa_gpu.tile<64, 64, bf16, pitch = 64>, !msa_gpu.tile<64, 64, bf16, pitch = 64> -> !msa_gpu.fragment<64, 64, f32>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    %q = msa_gpu.load %qs[%i, %i, %i] ring("q", 1) : !msa_gpu.map<64, 64, bf16> -> !msa_gpu.tile<64, 64, bf16, pitch = 64>
    // expected-error @+1 {{(G3) gives f32 in 64 columns}}
    %s = msa_gpu.issue %q, %q transposed : !msa_gpu.tile<64, 64, bf16, pitch = 64>, !msa_gpu.tile<64, 64, bf16, pitch = 64> -> !msa_gpu.pending<64, 128, f32>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    %q = msa_gpu.load %qs[%i, %i, %i] ring("q", 1) : !msa_gpu.map<64, 64, bf16> -> !msa_gpu.tile<64, 64, bf16, pitch = 64>
    // expected-error @+1 {{(G3) has a product under way that is taken twice}}
    %s = msa_gpu.issue %q, %q transposed : !msa_gpu.tile<64, 64, bf16, pitch = 64>, !msa_gpu.tile<64, 64, bf16, pitch = 64> -> !msa_gpu.pending<64, 64, f32>
    %f = msa_gpu.wait 0 : %s : (!msa_gpu.pending<64, 64, f32>) -> !msa_gpu.fragment<64, 64, f32>
    %last = scf.for %j = %i to %t step %t iter_args(%a = %s) -> (!msa_gpu.pending<64, 64, f32>) : i32 {
      scf.yield %a : !msa_gpu.pending<64, 64, f32>
    }
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    %q = msa_gpu.load %qs[%i, %i, %i] ring("q", 1) : !msa_gpu.map<64, 64, bf16> -> !msa_gpu.tile<64, 64, bf16, pitch = 64>
    // expected-error @+1 {{(G3) gives what only waits, products and loops can take}}
    %s = msa_gpu.issue %q, %q transposed : !msa_gpu.tile<64, 64, bf16, pitch = 64>, !msa_gpu.tile<64, 64, bf16, pitch = 64> -> !msa_gpu.pending<64, 64, f32>
    %yes = arith.constant true
    %last = scf.if %yes -> (!msa_gpu.pending<64, 64, f32>) {
      scf.yield %s : !msa_gpu.pending<64, 64, f32>
    } else {
      scf.yield %s : !msa_gpu.pending<64, 64, f32>
    }
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    %q = msa_gpu.load %qs[%i, %i, %i] ring("q", 1) : !msa_gpu.map<64, 64, bf16> -> !msa_gpu.tile<64, 64, bf16, pitch = 64>
    %s = msa_gpu.issue %q, %q transposed : !msa_gpu.tile<64, 64, bf16, pitch = 64>, !msa_gpu.tile<64, 64, bf16, pitch = 64> -> !msa_gpu.pending<64, 64, f32>
    // expected-error @+1 {{(G5) leaves 0 to 7 products under way, not 8}}
    %f = msa_gpu.wait 8 : %s : (!msa_gpu.pending<64, 64, f32>) -> !msa_gpu.fragment<64, 64, f32>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    %q = msa_gpu.load %qs[%i, %i, %i] ring("q", 1) : !msa_gpu.map<64, 64, bf16> -> !msa_gpu.tile<64, 64, bf16, pitch = 64>
    %s = msa_gpu.issue %q, %q transposed : !msa_gpu.tile<64, 64, bf16, pitch = 64>, !msa_gpu.tile<64, 64, bf16, pitch = 64> -> !msa_gpu.pending<64, 64, f32>
    // expected-error @+1 {{(G5) gives one fragment for each operand}}
    %f:2 = msa_gpu.wait 0 : %s : (!msa_gpu.pending<64, 64, f32>) -> (!msa_gpu.fragment<64, 64, f32>, !msa_gpu.fragment<64, 64, f32>)
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    %q = msa_gpu.load %qs[%i, %i, %i] ring("q", 1) : !msa_gpu.map<64, 64, bf16> -> !msa_gpu.tile<64, 64, bf16, pitch = 64>
    %s = msa_gpu.issue %q, %q transposed : !msa_gpu.tile<64, 64, bf16, pitch = 64>, !msa_gpu.tile<64, 64, bf16, pitch = 64> -> !msa_gpu.pending<64, 64, f32>
    // expected-error @+1 {{(G5) gives '!msa_gpu.pending<64, 64, f32>' as '!msa_gpu.fragment<64, 128, f32>'}}
    %f = msa_gpu.wait 0 : %s : (!msa_gpu.pending<64, 64, f32>) -> !msa_gpu.fragment<64, 128, f32>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %x = arith.constant 0.0 : f32
    %f = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 64, f32>
    %g = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 128, f32>
    %r = msa_gpu.fill %x : f32 -> !msa_gpu.rows<f32>
    %p = msa_gpu.fill %x : f32 -> !msa_gpu.rows<f32, partial = true>
    // expected-error @+1 {{(G4) has one argument an operand}}
    %m = msa_gpu.map %f : (!msa_gpu.fragment<64, 64, f32>) -> !msa_gpu.fragment<64, 64, f32> {
      msa_gpu.yield %x : f32
    }
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %x = arith.constant 0.0 : f32
    %f = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 64, f32>
    %g = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 128, f32>
    %r = msa_gpu.fill %x : f32 -> !msa_gpu.rows<f32>
    %p = msa_gpu.fill %x : f32 -> !msa_gpu.rows<f32, partial = true>
    // expected-error @+1 {{(G4) has an argument of 'i32' for}}
    %m = msa_gpu.map %f : (!msa_gpu.fragment<64, 64, f32>) -> !msa_gpu.fragment<64, 64, f32> {
    ^bb0(%a: i32):
      msa_gpu.yield %x : f32
    }
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %x = arith.constant 0.0 : f32
    %f = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 64, f32>
    %g = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 128, f32>
    %r = msa_gpu.fill %x : f32 -> !msa_gpu.rows<f32>
    %p = msa_gpu.fill %x : f32 -> !msa_gpu.rows<f32, partial = true>
    // expected-error @+1 {{(G4) has fragments of one shape}}
    %m = msa_gpu.map %f, %g : (!msa_gpu.fragment<64, 64, f32>, !msa_gpu.fragment<64, 128, f32>) -> !msa_gpu.fragment<64, 64, f32> {
    ^bb0(%a: f32, %b: f32):
      msa_gpu.yield %x : f32
    }
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    %x = arith.constant 0.0 : f32
    %f = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 64, f32>
    %g = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 128, f32>
    %r = msa_gpu.fill %x : f32 -> !msa_gpu.rows<f32>
    %p = msa_gpu.fill %x : f32 -> !msa_gpu.rows<f32, partial = true>
    // expected-error @+1 {{(G4) yields an element of its result}}
    %m = msa_gpu.map %f : (!msa_gpu.fragment<64, 64, f32>) -> !msa_gpu.fragment<64, 64, f32> {
    ^bb0(%a: f32):
      msa_gpu.yield %i : i32
    }
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %x = arith.constant 0.0 : f32
    %f = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 64, f32>
    %g = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 128, f32>
    %r = msa_gpu.fill %x : f32 -> !msa_gpu.rows<f32>
    %p = msa_gpu.fill %x : f32 -> !msa_gpu.rows<f32, partial = true>
    // expected-error @+1 {{(G4) gives a fragment where it takes one}}
    %m = msa_gpu.map %r : (!msa_gpu.rows<f32>) -> !msa_gpu.fragment<64, 64, f32> {
    ^bb0(%a: f32):
      msa_gpu.yield %a : f32
    }
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %x = arith.constant 0.0 : f32
    %f = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 64, f32>
    %g = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 128, f32>
    %r = msa_gpu.fill %x : f32 -> !msa_gpu.rows<f32>
    %p = msa_gpu.fill %x : f32 -> !msa_gpu.rows<f32, partial = true>
    // expected-error @+1 {{(G4) gives rows, partial where it takes partial ones}}
    %m = msa_gpu.map %p : (!msa_gpu.rows<f32, partial = true>) -> !msa_gpu.rows<f32> {
    ^bb0(%a: f32):
      msa_gpu.yield %a : f32
    }
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %x = arith.constant 0.0 : f32
    %f = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 64, f32>
    %g = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 128, f32>
    %r = msa_gpu.fill %x : f32 -> !msa_gpu.rows<f32>
    %p = msa_gpu.fill %x : f32 -> !msa_gpu.rows<f32, partial = true>
    // expected-error @+1 {{(G4) gives rows, partial where it takes partial ones}}
    %m = msa_gpu.map %f : (!msa_gpu.fragment<64, 64, f32>) -> !msa_gpu.rows<f32> {
    ^bb0(%a: f32):
      msa_gpu.yield %a : f32
    }
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %x = arith.constant 0.0 : f32
    %f = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 64, f32>
    %g = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 128, f32>
    %r = msa_gpu.fill %x : f32 -> !msa_gpu.rows<f32>
    %p = msa_gpu.fill %x : f32 -> !msa_gpu.rows<f32, partial = true>
    %m = msa_gpu.map %r : (!msa_gpu.rows<f32>) -> !msa_gpu.rows<f32> {
    ^bb0(%a: f32):
      %n = arith.constant 0 : index
      // expected-error @+1 {{(G4) is no scalar arithmetic that at most reads}}
      memref.store %a, %rows[%n] : memref<4096xf32>
      msa_gpu.yield %a : f32
    }
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %x = arith.constant 0.0 : f32
    %yes = arith.constant true
    %f = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 64, f32>
    %g = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 128, f32>
    %r = msa_gpu.fill %x : f32 -> !msa_gpu.rows<f32>
    %p = msa_gpu.fill %x : f32 -> !msa_gpu.rows<f32, partial = true>
    %b = msa_gpu.fill %yes : i1 -> !msa_gpu.rows<i1>
    %m = msa_gpu.map %r : (!msa_gpu.rows<f32>) -> !msa_gpu.rows<f32> {
    ^bb0(%a: f32):
      // expected-error @+1 {{(G4) is no scalar arithmetic that at most reads}}
      %any = msa_gpu.any %b : !msa_gpu.rows<i1>
      msa_gpu.yield %a : f32
    }
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %x = arith.constant 0.0 : f32
    %f = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 64, f32>
    %g = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 128, f32>
    %r = msa_gpu.fill %x : f32 -> !msa_gpu.rows<f32>
    %p = msa_gpu.fill %x : f32 -> !msa_gpu.rows<f32, partial = true>
    // expected-error @+1 {{expects a non-empty block}}
    %m = msa_gpu.map %r : (!msa_gpu.rows<f32>) -> !msa_gpu.rows<f32> {
    ^bb0(%a: f32):
    }
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %x = arith.constant 0.0 : f32
    // expected-error @+1 {{fills with 'f32', not 'i32'}}
    %f = msa_gpu.fill %x : f32 -> !msa_gpu.rows<i32>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %x = arith.constant 0.0 : f32
    %f = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 64, f32>
    // expected-error @+1 {{gives partial rows of f32}}
    %m = msa_gpu.reduce max %f : !msa_gpu.fragment<64, 64, f32> -> !msa_gpu.rows<f32>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %yes = arith.constant true
    %f = msa_gpu.fill %yes : i1 -> !msa_gpu.fragment<64, 64, i1>
    // expected-error @+1 {{gives partial rows of f32}}
    %m = msa_gpu.reduce max %f : !msa_gpu.fragment<64, 64, i1> -> !msa_gpu.rows<i1, partial = true>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %x = arith.constant 0.0 : f32
    %f = msa_gpu.fill %x : f32 -> !msa_gpu.rows<f32>
    // expected-error @+1 {{makes partial rows of f32 whole}}
    %m = msa_gpu.combine add %f : !msa_gpu.rows<f32> -> !msa_gpu.rows<f32>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %x = arith.constant 0.0 : f32
    %f = msa_gpu.fill %x : f32 -> !msa_gpu.rows<f32>
    // expected-error @+1 {{takes rows of i1}}
    %m = msa_gpu.any %f : !msa_gpu.rows<f32>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %yes = arith.constant true
    %f = msa_gpu.fill %yes : i1 -> !msa_gpu.fragment<64, 64, i1>
    // expected-error @+1 {{takes and gives one fragment of f32}}
    %m = msa_gpu.band %f : !msa_gpu.fragment<64, 64, i1>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %x = arith.constant 0.0 : f32
    %f = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 64, f32>
    %r = msa_gpu.fill %x : f32 -> !msa_gpu.rows<f32>
    // expected-error @+1 {{has bounds that are whole rows of i32}}
    %m = msa_gpu.band %f to %r : !msa_gpu.rows<f32> : !msa_gpu.fragment<64, 64, f32>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %x = arith.constant 0.0 : f32
    %f = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 64, f32>
    // expected-error @+1 {{takes one fragment}}
    %m = "msa_gpu.band"(%f, %f) {operandSegmentSizes = array<i32: 2, 0, 0>} : (!msa_gpu.fragment<64, 64, f32>, !msa_gpu.fragment<64, 64, f32>) -> !msa_gpu.fragment<64, 64, f32>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %x = arith.constant 0.0 : f32
    %f = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 64, f32>
    // expected-error @+1 {{keeps the shape of a fragment of f32}}
    %p = msa_gpu.pack %f : !msa_gpu.fragment<64, 64, f32> -> !msa_gpu.operand<64, 128, bf16>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    %x = arith.constant 0.0 : f32
    %f = msa_gpu.fill %x : f32 -> !msa_gpu.fragment<64, 64, f32>
    %p = msa_gpu.pack %f : !msa_gpu.fragment<64, 64, f32> -> !msa_gpu.operand<64, 64, bf16>
    // expected-error @+1 {{writes rows as its map has them}}
    msa_gpu.store %p, %ks[%i, %i, %i] : !msa_gpu.operand<64, 64, bf16>, !msa_gpu.map<128, 64, bf16>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    %wide = arith.constant 0 : i64
    %r = msa_gpu.fill %i : i32 -> !msa_gpu.rows<i32>
    // expected-error @+1 {{writes whole rows to a dense buffer of their type}}
    msa_gpu.store_rows %r, %rows[%wide] count(%i) : !msa_gpu.rows<i32>, memref<4096xf32>
  }
}

// -----

msa_gpu.kernel @k(%qs: !msa_gpu.map<64, 64, bf16>, %ks: !msa_gpu.map<128, 64, bf16>, %rows: memref<4096xf32>, %c: memref<1xi32>) attributes {warpgroups = 2 : i64} {
  %t = arith.constant 4 : i32
  msa_gpu.for_tiles %t {
  ^bb0(%tile: i32):
    %i = arith.constant 0 : i32
    %x = arith.constant 0.0 : f32
    %wide = arith.constant 0 : i64
    %r = msa_gpu.fill %x : f32 -> !msa_gpu.rows<f32, partial = true>
    // expected-error @+1 {{writes whole rows to a dense buffer of their type}}
    msa_gpu.store_rows %r, %rows[%wide] count(%i) : !msa_gpu.rows<f32, partial = true>, memref<4096xf32>
  }
}

// -----

func.func @f(%x: f32) {
  // expected-error @+1 {{expects parent op to be one of 'msa_gpu.gemm, msa_gpu.map'}}
  msa_gpu.yield %x : f32
}
