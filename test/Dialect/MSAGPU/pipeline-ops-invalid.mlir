// RUN: msa-opt %s -split-input-file -verify-diagnostics

!m = !msa_gpu.map<64, 64, bf16, layout = <buffer = 0, element = bf16, offset = 0, sizes = [64, 256, 1, 2, 1],
                  strides = [64, 64, 16384, 32768], box = [64, 64, 1, 1, 1], swizzle = 128>>
msa_gpu.kernel @roles(%x: memref<1x2x256x64xbf16>) attributes {warpgroups = 1 : i64} {
  // expected-error @+1 {{(V1) stands in a kernel of mma}}
  %m = msa_gpu.view %x : memref<1x2x256x64xbf16> -> !m
}

// -----

msa_gpu.kernel @layout(%x: memref<1x2x256x64xbf16>) attributes {mma, warpgroups = 1 : i64} {
  // expected-error @+1 {{(V1) gives a map with a layout of the buffer's elements, not '!msa_gpu.map<64, 64, bf16>'}}
  %m = msa_gpu.view %x : memref<1x2x256x64xbf16> -> !msa_gpu.map<64, 64, bf16>
}

// -----

msa_gpu.kernel @place() attributes {warpgroups = 1 : i64} {
  // expected-error @+1 {{(P1) stands in a kernel of mma}}
  msa_gpu.commit
}

// -----

msa_gpu.kernel @ring() attributes {mma, warpgroups = 1 : i64} {
  %c0 = arith.constant 0 : i32
  // expected-error @+1 {{(P2) names no ring of its kernel: @x}}
  %t = msa_gpu.slot @x[%c0] : !msa_gpu.tile<64, 64, bf16, pitch = 64>
}

// -----

msa_gpu.kernel @tile() attributes {mma, warpgroups = 1 : i64} {
  msa_gpu.ring @x holds !msa_gpu.tile<64, 64, bf16, pitch = 64> slots 2 copies 1
  %c0 = arith.constant 0 : i32
  // expected-error @+1 {{(P2) takes a ring of '!msa_gpu.tile<64, 64, f16, pitch = 64>', not of '!msa_gpu.tile<64, 64, bf16, pitch = 64>'}}
  %t = msa_gpu.slot @x[%c0] : !msa_gpu.tile<64, 64, f16, pitch = 64>
}

// -----

msa_gpu.kernel @groups() attributes {mma, warpgroups = 1 : i64} {
  // expected-error @+1 {{(P3) leaves 0 to 63 groups under way, got 64}}
  msa_gpu.await 64
}

// -----

// expected-error @+1 {{(K1) of mma has 1 or 2 warpgroups, no cluster and no registers}}
msa_gpu.kernel @warpgroups() attributes {mma, warpgroups = 3 : i64} {
  %c0 = arith.constant 0 : i32
}

// -----

// expected-error @+1 {{(K1) of mma takes memrefs only}}
msa_gpu.kernel @maps(%m: !msa_gpu.map<64, 64, bf16>) attributes {mma, warpgroups = 1 : i64} {
  %c0 = arith.constant 0 : i32
}

// -----

// expected-error @+1 {{a map of 128 x 64 'bf16' can not lie as}}
func.func private @map(!msa_gpu.map<128, 64, bf16, layout = <buffer = 0, element = bf16, offset = 0, sizes = [64, 256, 1, 2, 1],
    strides = [64, 64, 16384, 32768], box = [64, 64, 1, 1, 1], swizzle = 128>>)

// -----

// expected-error @+1 {{rows are those of 64 or 128, got 32}}
func.func private @rows(!msa_gpu.rows<f32, count = 32>)

// -----

// expected-error @+1 {{(S9) mma needs one or two warpgroups and 32, 64 or 128 keys, and excludes skip, persistent, overlap, packs and stacked}}
#a = #msa_gpu.schedule<warpgroups = 1, keys = 64, stages = 1, rescale = lazy, skip = false, half = false, persistent = true, mma = true>

// -----

// expected-error @+1 {{(S9) mma needs one or two warpgroups and 32, 64 or 128 keys}}
#a = #msa_gpu.schedule<warpgroups = 1, keys = 48, stages = 1, rescale = lazy, skip = false, half = false, persistent = false, mma = true>

// -----

// expected-error @+1 {{(S10) rows is 64, or 128 with mma, got 128}}
#a = #msa_gpu.schedule<warpgroups = 1, keys = 64, stages = 1, rescale = lazy, skip = false, half = false, persistent = true, rows = 128>

// -----

!t = !msa_gpu.tile<128, 64, bf16, pitch = 128>
msa_gpu.kernel @halves(%m: !msa_gpu.map<128, 64, bf16>) attributes {warpgroups = 1 : i64} {
  %count = arith.constant 7 : i32
  msa_gpu.for_tiles %count {
  ^bb0(%tile: i32):
    %x = msa_gpu.load %m[%tile, %tile, %tile] ring("x", 1) : !msa_gpu.map<128, 64, bf16> -> !t
    // expected-error @+1 {{(G3) multiplies 64 rows, got 128}}
    %s = msa_gpu.product %x, %x transposed : !t, !t -> !msa_gpu.fragment<128, 128, f32>
  }
}

// -----

msa_gpu.kernel @count() attributes {mma, warpgroups = 1 : i64} {
  %none = arith.constant 0.0 : f32
  %x = msa_gpu.fill %none : f32 -> !msa_gpu.fragment<128, 64, f32>
  %r = msa_gpu.fill %none : f32 -> !msa_gpu.rows<f32>
  // expected-error @+1 {{(G4) has as many rows as its result, not '!msa_gpu.rows<f32>'}}
  %y = msa_gpu.map %x, %r : (!msa_gpu.fragment<128, 64, f32>, !msa_gpu.rows<f32>) -> !msa_gpu.fragment<128, 64, f32> {
  ^bb0(%a: f32, %b: f32):
    msa_gpu.yield %a : f32
  }
}
