// RUN: msa-opt %s -split-input-file -verify-diagnostics

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    %none = arith.constant 0.0 : f32
    %start = msa_gpu.fill %none : f32 -> !acc
    // expected-error @+1 {{(G6) has 1 to 8 slots, got 0}}
    %r = msa_gpu.visits ring("visits", 0) init(%start : !acc) list {
      msa_gpu.visit %tile, %zero
    } body {
    ^bb0(%row: i32, %kind: i32, %acc: !acc):
      msa_gpu.next %acc : !acc
    } -> !acc
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    %none = arith.constant 0.0 : f32
    %start = msa_gpu.fill %none : f32 -> !acc
    // expected-error @+1 {{(G6) has 1 to 8 slots, got 9}}
    %r = msa_gpu.visits ring("visits", 9) init(%start : !acc) list {
      msa_gpu.visit %tile, %zero
    } body {
    ^bb0(%row: i32, %kind: i32, %acc: !acc):
      msa_gpu.next %acc : !acc
    } -> !acc
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    %none = arith.constant 0.0 : f32
    %start = msa_gpu.fill %none : f32 -> !acc
    // expected-error @+1 {{(G6) has a ring with a name}}
    %r = msa_gpu.visits ring("", 4) init(%start : !acc) list {
      msa_gpu.visit %tile, %zero
    } body {
    ^bb0(%row: i32, %kind: i32, %acc: !acc):
      msa_gpu.next %acc : !acc
    } -> !acc
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    %none = arith.constant 0.0 : f32
    %start = msa_gpu.fill %none : f32 -> !acc
    // expected-error @+1 {{(G6) has a list without arguments}}
    %r = msa_gpu.visits ring("visits", 4) init(%start : !acc) list {
    ^bb0(%a: i32):
      msa_gpu.visit %a, %zero
    } body {
    ^bb0(%row: i32, %kind: i32, %acc: !acc):
      msa_gpu.next %acc : !acc
    } -> !acc
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    %none = arith.constant 0.0 : f32
    %start = msa_gpu.fill %none : f32 -> !acc
    // expected-error @+1 {{(G6) has a body with two i32 and the inits}}
    %r = msa_gpu.visits ring("visits", 4) init(%start : !acc) list {
      msa_gpu.visit %tile, %zero
    } body {
    ^bb0(%row: i32, %acc: !acc):
      msa_gpu.next %acc : !acc
    } -> !acc
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    %none = arith.constant 0.0 : f32
    %start = msa_gpu.fill %none : f32 -> !acc
    // expected-error @+1 {{(G6) has a body with two i32 and the inits}}
    %r = msa_gpu.visits ring("visits", 4) init(%start : !acc) list {
      msa_gpu.visit %tile, %zero
    } body {
    ^bb0(%row: i32, %kind: i64, %acc: !acc):
      msa_gpu.next %acc : !acc
    } -> !acc
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    %none = arith.constant 0.0 : f32
    %start = msa_gpu.fill %none : f32 -> !acc
    // expected-error @+1 {{(G6) has a body with two i32 and the inits}}
    %r = msa_gpu.visits ring("visits", 4) init(%start : !acc) list {
      msa_gpu.visit %tile, %zero
    } body {
    ^bb0(%row: i32, %kind: i32, %acc: !msa_gpu.fragment<64, 128, f32>):
      msa_gpu.next %acc : !msa_gpu.fragment<64, 128, f32>
    } -> !acc
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    %none = arith.constant 0.0 : f32
    %start = msa_gpu.fill %none : f32 -> !acc
    // expected-error @+1 {{(G6) has a body with two i32 and the inits, and results of their types}}
    %r = msa_gpu.visits ring("visits", 4) init(%start : !acc) list {
      msa_gpu.visit %tile, %zero
    } body {
    ^bb0(%row: i32, %kind: i32, %acc: !acc):
      msa_gpu.next %acc : !acc
    } -> !msa_gpu.fragment<64, 128, f32>
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    %none = arith.constant 0.0 : f32
    %start = msa_gpu.fill %none : f32 -> !acc
    // expected-error @+1 {{(G6) has a body that ends in 'msa_gpu.next'}}
    %r = msa_gpu.visits ring("visits", 4) init(%start : !acc) list {
      msa_gpu.visit %tile, %zero
    } body {
    ^bb0(%row: i32, %kind: i32, %acc: !acc):
      msa_gpu.next
    } -> !acc
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    %none = arith.constant 0.0 : f32
    %start = msa_gpu.fill %none : f32 -> !acc
    // expected-error @+1 {{(G6) has a body that ends in 'msa_gpu.next'}}
    %r = msa_gpu.visits ring("visits", 4) init(%start : !acc) list {
      msa_gpu.visit %tile, %zero
    } body {
    ^bb0(%row: i32, %kind: i32, %acc: !acc):
      %b = arith.addi %row, %kind : i32
    } -> !acc
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    %none = arith.constant 0.0 : f32
    %start = msa_gpu.fill %none : f32 -> !acc
    // expected-error @+1 {{(G1) gives a tile that leaves a conditional}}
    %k = msa_gpu.load %ks[%zero, %zero, %zero] ring("k", 2) : !msa_gpu.map<64, 64, bf16> -> !k
    %r = msa_gpu.visits ring("visits", 4) init(%k : !k) list {
      msa_gpu.visit %tile, %zero
    } body {
    ^bb0(%row: i32, %kind: i32, %t: !k):
      msa_gpu.next %t : !k
    } -> !k
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    %none = arith.constant 0.0 : f32
    %start = msa_gpu.fill %none : f32 -> !acc
    %r = msa_gpu.visits ring("visits", 4) init(%start : !acc) list {
      // expected-error @+1 {{(G6) stands in a list, but is of tiles or differs between warpgroups}}
      %w = msa_gpu.warpgroup
      msa_gpu.visit %w, %zero
    } body {
    ^bb0(%row: i32, %kind: i32, %acc: !acc):
      msa_gpu.next %acc : !acc
    } -> !acc
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    %none = arith.constant 0.0 : f32
    %start = msa_gpu.fill %none : f32 -> !acc
    %r = msa_gpu.visits ring("visits", 4) init(%start : !acc) list {
      // expected-error @+1 {{(G6) stands in a list, but is of tiles or differs between warpgroups}}
      %k = msa_gpu.load %ks[%zero, %zero, %zero] ring("k", 2) : !msa_gpu.map<64, 64, bf16> -> !k
    } body {
    ^bb0(%row: i32, %kind: i32, %acc: !acc):
      msa_gpu.next %acc : !acc
    } -> !acc
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    %none = arith.constant 0.0 : f32
    %start = msa_gpu.fill %none : f32 -> !acc
    %r = msa_gpu.visits ring("visits", 4) init(%start : !acc) list {
      // expected-error @+1 {{(G6) stands in a list, but is of tiles or differs between warpgroups}}
      %f = msa_gpu.fill %none : f32 -> !acc
    } body {
    ^bb0(%row: i32, %kind: i32, %acc: !acc):
      msa_gpu.next %acc : !acc
    } -> !acc
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    %none = arith.constant 0.0 : f32
    %start = msa_gpu.fill %none : f32 -> !acc
    %r = msa_gpu.visits ring("visits", 4) init(%start : !acc) list {
      // expected-error @+1 {{(G6) stands in a list, but is of tiles or differs between warpgroups}}
      msa_gpu.visits ring("others", 4) list {
        msa_gpu.visit %tile, %zero
      } body {
      ^bb0(%row: i32, %kind: i32):
        msa_gpu.next
      }
    } body {
    ^bb0(%row: i32, %kind: i32, %acc: !acc):
      msa_gpu.next %acc : !acc
    } -> !acc
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    %none = arith.constant 0.0 : f32
    %start = msa_gpu.fill %none : f32 -> !acc
    %r = msa_gpu.visits ring("visits", 4) init(%start : !acc) list {
      %i = arith.constant 0 : index
      // expected-error @+1 {{(G6) stands in a list, but does more than to compute and to read}}
      memref.store %tile, %lists[%i, %i] : memref<8x4xi32>
    } body {
    ^bb0(%row: i32, %kind: i32, %acc: !acc):
      msa_gpu.next %acc : !acc
    } -> !acc
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    %none = arith.constant 0.0 : f32
    %start = msa_gpu.fill %none : f32 -> !acc
    %r = msa_gpu.visits ring("visits", 4) init(%start : !acc) list {
      %yes = arith.constant true
      scf.while : () -> () {
        scf.condition(%yes)
      } do {
        // expected-error @+1 {{(G6) stands in a list, but in something else than loops and conditionals}}
        msa_gpu.visit %tile, %zero
        scf.yield
      }
    } body {
    ^bb0(%row: i32, %kind: i32, %acc: !acc):
      msa_gpu.next %acc : !acc
    } -> !acc
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    %none = arith.constant 0.0 : f32
    %start = msa_gpu.fill %none : f32 -> !acc
    %w = msa_gpu.warpgroup
    %own = arith.addi %w, %tile : i32
    // expected-error @+1 {{(G6) has a list that depends on the warpgroup or on what tiles hold}}
    %r = msa_gpu.visits ring("visits", 4) init(%start : !acc) list {
      msa_gpu.visit %own, %zero
    } body {
    ^bb0(%row: i32, %kind: i32, %acc: !acc):
      msa_gpu.next %acc : !acc
    } -> !acc
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    %none = arith.constant 0.0 : f32
    %start = msa_gpu.fill %none : f32 -> !acc
    %i0 = arith.constant 0 : index
    %i1 = arith.constant 1 : index
    %w = msa_gpu.warpgroup
    %n = arith.index_cast %w : i32 to index
    scf.for %i = %i0 to %n step %i1 {
      // expected-error @+1 {{(G6) stands in a loop whose bounds depend on the warpgroup}}
      msa_gpu.visits ring("visits", 4) list {
        msa_gpu.visit %tile, %zero
      } body {
      ^bb0(%row: i32, %kind: i32):
        msa_gpu.next
      }
    }
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    %none = arith.constant 0.0 : f32
    %start = msa_gpu.fill %none : f32 -> !acc
    // expected-error @+1 {{stands in the list of 'msa_gpu.visits'}}
    msa_gpu.visit %tile, %zero
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    %none = arith.constant 0.0 : f32
    %start = msa_gpu.fill %none : f32 -> !acc
    %r = msa_gpu.visits ring("visits", 4) init(%start : !acc) list {
      msa_gpu.visit %tile, %zero
    } body {
    ^bb0(%row: i32, %kind: i32, %acc: !acc):
      // expected-error @+1 {{stands in the list of 'msa_gpu.visits'}}
      msa_gpu.visit %row, %kind
      msa_gpu.next %acc : !acc
    } -> !acc
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    %none = arith.constant 0.0 : f32
    %start = msa_gpu.fill %none : f32 -> !acc
    scf.for %i = %zero to %tile step %tile : i32 {
      // expected-error @+1 {{expects parent op to be one of 'msa_gpu.visits, msa_gpu.for_tiles'}}
      msa_gpu.next
    }
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    %none = arith.constant 0.0 : f32
    %start = msa_gpu.fill %none : f32 -> !acc
    %w = msa_gpu.warpgroup
    %r = msa_gpu.visits ring("visits", 4) init(%start : !acc) list {
      msa_gpu.visit %tile, %zero
    } body {
    ^bb0(%row: i32, %kind: i32, %acc: !acc):
      %at = arith.addi %row, %w : i32
      // expected-error @+1 {{(G1) is common to all warpgroups, so its place must not depend on one}}
      %k = msa_gpu.load %ks[%at, %zero, %zero] ring("k", 2) : !msa_gpu.map<64, 64, bf16> -> !k
      msa_gpu.next %acc : !acc
    } -> !acc
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    %none = arith.constant 0.0 : f32
    %start = msa_gpu.fill %none : f32 -> !acc
    %r = msa_gpu.visits ring("visits", 4) init(%zero : i32) list {
      msa_gpu.visit %tile, %zero
    } body {
    ^bb0(%row: i32, %kind: i32, %n: i32):
      // expected-error @+1 {{(G1) is common to all warpgroups, so its place must not depend on one}}
      %k = msa_gpu.load %ks[%n, %zero, %zero] ring("k", 2) : !msa_gpu.map<64, 64, bf16> -> !k
      %w = msa_gpu.warpgroup
      msa_gpu.next %w : i32
    } -> i32
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    %none = arith.constant 0.0 : f32
    %start = msa_gpu.fill %none : f32 -> !acc
    %r = msa_gpu.visits ring("visits", 4) init(%start : !acc) list {
      msa_gpu.visit %tile, %zero
    } body {
    ^bb0(%row: i32, %kind: i32, %acc: !acc):
      // expected-error @+1 {{(G1) gives a tile that leaves a conditional}}
      %k = msa_gpu.load %ks[%row, %zero, %zero] ring("k", 2) : !msa_gpu.map<64, 64, bf16> -> !k
      msa_gpu.next %k : !k
    } -> !acc
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    %none = arith.constant 0.0 : f32
    %start = msa_gpu.fill %none : f32 -> !acc
    %r = msa_gpu.fill %none : f32 -> !msa_gpu.rows<f32>
    // expected-error @+1 {{(G4) asks for the place of an element of a fragment, but gives rows}}
    %m = msa_gpu.map %r : (!msa_gpu.rows<f32>) -> !msa_gpu.rows<f32> {
    ^bb0(%x: f32):
      %i, %j = msa_gpu.place
      msa_gpu.yield %x : f32
    }
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    %none = arith.constant 0.0 : f32
    %start = msa_gpu.fill %none : f32 -> !acc
    // expected-error @+1 {{expects parent op 'msa_gpu.map'}}
    %i, %j = msa_gpu.place
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    // expected-error @+1 {{(G6) otherwise visits a row from 0 to 2^29 - 1 as of a kind from 0 to 3}}
    msa_gpu.visits ring("visits", 4) otherwise [536870912, 0] list {
      msa_gpu.visit %tile, %zero
    } body {
    ^bb0(%row: i32, %kind: i32):
      msa_gpu.next
    }
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    // expected-error @+1 {{(G6) otherwise visits a row from 0 to 2^29 - 1 as of a kind from 0 to 3}}
    msa_gpu.visits ring("visits", 4) otherwise [-1, 0] list {
      msa_gpu.visit %tile, %zero
    } body {
    ^bb0(%row: i32, %kind: i32):
      msa_gpu.next
    }
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    // expected-error @+1 {{(G6) otherwise visits a row from 0 to 2^29 - 1 as of a kind from 0 to 3}}
    msa_gpu.visits ring("visits", 4) otherwise [0, 4] list {
      msa_gpu.visit %tile, %zero
    } body {
    ^bb0(%row: i32, %kind: i32):
      msa_gpu.next
    }
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    // expected-error @+1 {{(G6) otherwise visits a row from 0 to 2^29 - 1 as of a kind from 0 to 3}}
    msa_gpu.visits ring("visits", 4) otherwise [0, -1] list {
      msa_gpu.visit %tile, %zero
    } body {
    ^bb0(%row: i32, %kind: i32):
      msa_gpu.next
    }
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    // expected-error @+1 {{(G6) otherwise visits a row from 0 to 2^29 - 1 as of a kind from 0 to 3}}
    msa_gpu.visits ring("visits", 4) otherwise [0] list {
      msa_gpu.visit %tile, %zero
    } body {
    ^bb0(%row: i32, %kind: i32):
      msa_gpu.next
    }
  }
}

// -----

!k = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!acc = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @k(%ks: !msa_gpu.map<64, 64, bf16>, %lists: memref<8x4xi32>) attributes {warpgroups = 2 : i64} {
  %tiles = arith.constant 8 : i32
  msa_gpu.for_tiles %tiles {
  ^bb0(%tile: i32):
    %zero = arith.constant 0 : i32
    // expected-error @+1 {{(G6) otherwise visits a row from 0 to 2^29 - 1 as of a kind from 0 to 3}}
    msa_gpu.visits ring("visits", 4) otherwise [0, 1, 2] list {
      msa_gpu.visit %tile, %zero
    } body {
    ^bb0(%row: i32, %kind: i32):
      msa_gpu.next
    }
  }
}
