// RUN: msa-opt %s -pass-pipeline='builtin.module(msa_gpu.kernel(msa-gpu-specialize))' -split-input-file -verify-diagnostics

!q = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!qmap = !msa_gpu.map<64, 64, bf16>
// expected-error @+1 {{must have one loop over tiles to be split into roles}}
msa_gpu.kernel @none(%qs: !qmap) attributes {warpgroups = 1 : i64} {
  %count = arith.constant 7 : i32
}

// -----

// expected-error @+1 {{must have one loop over tiles to be split into roles}}
msa_gpu.kernel @two() attributes {warpgroups = 1 : i64} {
  %count = arith.constant 7 : i32
  msa_gpu.for_tiles %count {
  ^bb0(%tile: i32):
  }
  msa_gpu.for_tiles %count {
  ^bb0(%tile: i32):
  }
}

// -----

!q = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!qmap = !msa_gpu.map<64, 64, bf16>
msa_gpu.kernel @condition(%qs: !qmap) attributes {warpgroups = 1 : i64} {
  %count = arith.constant 7 : i32
  msa_gpu.for_tiles %count {
  ^bb0(%tile: i32):
    %first = arith.cmpi eq, %tile, %count : i32
    // expected-error @+1 {{a load must not depend on a condition}}
    scf.if %first {
      %q = msa_gpu.load %qs[%tile, %tile, %tile] ring("q", 2) : !qmap -> !q
    }
  }
}

// -----

!q = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!qmap = !msa_gpu.map<64, 64, bf16>
msa_gpu.kernel @otherwise(%qs: !qmap) attributes {warpgroups = 1 : i64} {
  %count = arith.constant 7 : i32
  msa_gpu.for_tiles %count {
  ^bb0(%tile: i32):
    %first = arith.cmpi eq, %tile, %count : i32
    %q = msa_gpu.load %qs[%tile, %tile, %tile] ring("q", 2) : !qmap -> !q
    // expected-error @+1 {{a condition around uses of tiles needs both branches}}
    scf.if %first {
      %s = msa_gpu.product %q, %q transposed : !q, !q -> !msa_gpu.fragment<64, 64, f32>
    }
  }
}

// -----

!q = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!qmap = !msa_gpu.map<64, 64, bf16>
msa_gpu.kernel @differs(%qs: !qmap) attributes {warpgroups = 1 : i64} {
  %count = arith.constant 7 : i32
  msa_gpu.for_tiles %count {
  ^bb0(%tile: i32):
    %a = msa_gpu.load %qs[%tile, %tile, %tile] ring("q", 2) : !qmap -> !q
    // expected-error @+1 {{differs from the others of its ring}}
    %b = msa_gpu.load %qs[%tile, %tile, %tile] ring("q", 3) : !qmap -> !q
  }
}

// -----

!q = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!qmap = !msa_gpu.map<64, 64, bf16>
msa_gpu.kernel @name(%qs: !qmap, %c: memref<1xi32>) attributes {warpgroups = 1 : i64} {
  %count = arith.constant 7 : i32
  msa_gpu.for_tiles %count counter(%c : memref<1xi32>) {
  ^bb0(%tile: i32):
    // expected-error @+1 {{the ring of the numbers of tiles is called tiles too}}
    %a = msa_gpu.load %qs[%tile, %tile, %tile] ring("tiles", 2) : !qmap -> !q
  }
}

// -----

!q = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!qmap = !msa_gpu.map<64, 64, bf16>
msa_gpu.kernel @taken(%qs: !qmap) attributes {warpgroups = 1 : i64} {
  %count = arith.constant 7 : i32
  msa_gpu.for_tiles %count {
  ^bb0(%tile: i32):
    // expected-error @+1 {{has a ring of tiles, q}}
    msa_gpu.visits ring("q", 2) list {
      msa_gpu.visit %tile, %tile
    } body {
    ^bb0(%row: i32, %kind: i32):
      %a = msa_gpu.load %qs[%row, %tile, %tile] ring("q", 2) : !qmap -> !q
      msa_gpu.next
    }
  }
}

// -----

msa_gpu.kernel @tiles(%c: memref<1xi32>) attributes {warpgroups = 1 : i64} {
  %count = arith.constant 7 : i32
  msa_gpu.for_tiles %count counter(%c : memref<1xi32>) {
  ^bb0(%tile: i32):
    // expected-error @+1 {{has a ring of tiles, tiles}}
    msa_gpu.visits ring("tiles", 2) list {
      msa_gpu.visit %tile, %tile
    } body {
    ^bb0(%row: i32, %kind: i32):
      msa_gpu.next
    }
  }
}

// -----

msa_gpu.kernel @slots() attributes {warpgroups = 1 : i64} {
  %count = arith.constant 7 : i32
  msa_gpu.for_tiles %count {
  ^bb0(%tile: i32):
    msa_gpu.visits ring("visits", 2) list {
      msa_gpu.visit %tile, %tile
    } body {
    ^bb0(%row: i32, %kind: i32):
      msa_gpu.next
    }
    // expected-error @+1 {{differs from the others of its ring}}
    msa_gpu.visits ring("visits", 3) list {
      msa_gpu.visit %tile, %tile
    } body {
    ^bb0(%row: i32, %kind: i32):
      msa_gpu.next
    }
  }
}

// -----

!q = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!qmap = !msa_gpu.map<64, 64, bf16>
msa_gpu.kernel @in_the_body(%qs: !qmap) attributes {warpgroups = 1 : i64} {
  %count = arith.constant 7 : i32
  msa_gpu.for_tiles %count {
  ^bb0(%tile: i32):
    msa_gpu.visits ring("visits", 2) list {
      msa_gpu.visit %tile, %tile
    } body {
    ^bb0(%row: i32, %kind: i32):
      %first = arith.cmpi eq, %tile, %count : i32
      // expected-error @+1 {{a load must not depend on a condition}}
      scf.if %first {
        %q = msa_gpu.load %qs[%row, %tile, %tile] ring("q", 2) : !qmap -> !q
      }
      msa_gpu.next
    }
  }
}
