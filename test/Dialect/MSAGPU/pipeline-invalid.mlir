// RUN: msa-opt %s -pass-pipeline='builtin.module(msa_gpu.kernel(msa-gpu-pipeline))' -split-input-file -verify-diagnostics

!m = !msa_gpu.map<64, 64, bf16, layout = <buffer = 0, element = bf16, offset = 0, sizes = [64, 256, 1, 2, 1],
                  strides = [64, 64, 16384, 32768], box = [64, 64, 1, 1, 1], swizzle = 128>>
!t = !msa_gpu.tile<64, 64, bf16, pitch = 64>
msa_gpu.kernel @counter(%c: memref<1xi32>) attributes {mma, warpgroups = 1 : i64} {
  %count = arith.constant 4 : i32
  // expected-error @+1 {{of a kernel of mma gives each block one tile}}
  msa_gpu.for_tiles %count counter(%c : memref<1xi32>) {
  ^bb0(%tile: i32):
  }
}

// -----

!m = !msa_gpu.map<64, 64, bf16, layout = <buffer = 0, element = bf16, offset = 0, sizes = [64, 256, 1, 2, 1],
                  strides = [64, 64, 16384, 32768], box = [64, 64, 1, 1, 1], swizzle = 128>>
!t = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!s = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @slots(%x: memref<1x2x256x64xbf16>) attributes {mma, warpgroups = 1 : i64} {
  %m = msa_gpu.view %x : memref<1x2x256x64xbf16> -> !m
  %count = arith.constant 4 : i32
  msa_gpu.for_tiles %count {
  ^bb0(%tile: i32):
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    // expected-error @+1 {{one slot for tiles that are read all at once: nothing could be copied meanwhile}}
    scf.for %i = %c0 to %tile step %c1 : i32 {
      %k = msa_gpu.load %m[%i, %c0, %c0] ring("k", 1) : !m -> !t
      %v = msa_gpu.load %m[%i, %c1, %c0] ring("v", 1) : !m -> !t
      %s = msa_gpu.product %k, %v transposed : !t, !t -> !s
    }
  }
}

// -----

!m = !msa_gpu.map<64, 64, bf16, layout = <buffer = 0, element = bf16, offset = 0, sizes = [64, 256, 1, 2, 1],
                  strides = [64, 64, 16384, 32768], box = [64, 64, 1, 1, 1], swizzle = 128>>
!t = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!s = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @condition(%x: memref<1x2x256x64xbf16>) attributes {mma, warpgroups = 1 : i64} {
  %m = msa_gpu.view %x : memref<1x2x256x64xbf16> -> !m
  %count = arith.constant 4 : i32
  %true = arith.constant true
  msa_gpu.for_tiles %count {
  ^bb0(%tile: i32):
    %c0 = arith.constant 0 : i32
    scf.if %true {
      // expected-error @+1 {{stands in a condition or a loop}}
      %k = msa_gpu.load %m[%c0, %c0, %c0] ring("k", 2) : !m -> !t
    }
  }
}

// -----

!m = !msa_gpu.map<64, 64, bf16, layout = <buffer = 0, element = bf16, offset = 0, sizes = [64, 256, 1, 2, 1],
                  strides = [64, 64, 16384, 32768], box = [64, 64, 1, 1, 1], swizzle = 128>>
!t = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!s = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @step(%x: memref<1x2x256x64xbf16>) attributes {mma, warpgroups = 1 : i64} {
  %m = msa_gpu.view %x : memref<1x2x256x64xbf16> -> !m
  %count = arith.constant 4 : i32
  msa_gpu.for_tiles %count {
  ^bb0(%tile: i32):
    %c0 = arith.constant 0 : i32
    // expected-error @+1 {{loads stand in a loop with a step other than 1}}
    scf.for %i = %c0 to %tile step %count : i32 {
      %k = msa_gpu.load %m[%i, %c0, %c0] ring("k", 2) : !m -> !t
      %s = msa_gpu.product %k, %k transposed : !t, !t -> !s
    }
  }
}

// -----

!m = !msa_gpu.map<64, 64, bf16, layout = <buffer = 0, element = bf16, offset = 0, sizes = [64, 256, 1, 2, 1],
                  strides = [64, 64, 16384, 32768], box = [64, 64, 1, 1, 1], swizzle = 128>>
!t = !msa_gpu.tile<64, 64, bf16, pitch = 64>
!s = !msa_gpu.fragment<64, 64, f32>
msa_gpu.kernel @list(%x: memref<1x2x256x64xbf16>, %rows: memref<4xi32>) attributes {mma, warpgroups = 1 : i64} {
  %m = msa_gpu.view %x : memref<1x2x256x64xbf16> -> !m
  %count = arith.constant 4 : i32
  msa_gpu.for_tiles %count {
  ^bb0(%tile: i32):
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    // expected-error @+1 {{the place of a load does not follow from the turn alone}}
    scf.for %i = %c0 to %tile step %c1 : i32 {
      %at = arith.index_cast %i : i32 to index
      %row = memref.load %rows[%at] : memref<4xi32>
      %k = msa_gpu.load %m[%row, %c0, %c0] ring("k", 2) : !m -> !t
      %s = msa_gpu.product %k, %k transposed : !t, !t -> !s
    }
  }
}
