// RUN: msa-opt %s -split-input-file -verify-diagnostics

// One case or more for each numbered constraint of the attributes, and for each limit of the types.

// expected-error @+1 {{(L1) block must be a multiple of 32 from 32 to 1024, got 0}}
#a = #msa_gpu.launch<block = 0, shared = 0, cluster = 1, persistent = true, cleared = 0>

// -----

// expected-error @+1 {{(L1) block must be a multiple of 32 from 32 to 1024, got 31}}
#a = #msa_gpu.launch<block = 31, shared = 0, cluster = 1, persistent = true, cleared = 0>

// -----

// expected-error @+1 {{(L1) block must be a multiple of 32 from 32 to 1024, got 48}}
#a = #msa_gpu.launch<block = 48, shared = 0, cluster = 1, persistent = true, cleared = 0>

// -----

// expected-error @+1 {{(L1) block must be a multiple of 32 from 32 to 1024, got 1056}}
#a = #msa_gpu.launch<block = 1056, shared = 0, cluster = 1, persistent = true, cleared = 0>

// -----

// expected-error @+1 {{(L1) block must be a multiple of 32 from 32 to 1024, got -32}}
#a = #msa_gpu.launch<block = -32, shared = 0, cluster = 1, persistent = true, cleared = 0>

// -----

// expected-error @+1 {{(L2) shared must lie in [0, 232448], got 232449}}
#a = #msa_gpu.launch<block = 128, shared = 232449, cluster = 1, persistent = true, cleared = 0>

// -----

// expected-error @+1 {{(L2) shared must lie in [0, 232448], got -1}}
#a = #msa_gpu.launch<block = 128, shared = -1, cluster = 1, persistent = true, cleared = 0>

// -----

// expected-error @+1 {{(L3) cluster must be 1, 2, 4 or 8, got 0}}
#a = #msa_gpu.launch<block = 128, shared = 0, cluster = 0, persistent = true, cleared = 0>

// -----

// expected-error @+1 {{(L3) cluster must be 1, 2, 4 or 8, got 3}}
#a = #msa_gpu.launch<block = 128, shared = 0, cluster = 3, persistent = true, cleared = 0>

// -----

// expected-error @+1 {{(L3) cluster must be 1, 2, 4 or 8, got 16}}
#a = #msa_gpu.launch<block = 128, shared = 0, cluster = 16, persistent = true, cleared = 0>

// -----

// expected-error @+1 {{(L4) cleared must be a multiple of 4 from 0 to 4096, got -4}}
#a = #msa_gpu.launch<block = 128, shared = 0, cluster = 1, persistent = true, cleared = -4>

// -----

// expected-error @+1 {{(L4) cleared must be a multiple of 4 from 0 to 4096, got 2}}
#a = #msa_gpu.launch<block = 128, shared = 0, cluster = 1, persistent = true, cleared = 2>

// -----

// expected-error @+1 {{(L4) cleared must be a multiple of 4 from 0 to 4096, got 4100}}
#a = #msa_gpu.launch<block = 128, shared = 0, cluster = 1, persistent = true, cleared = 4100>

// -----

// expected-error @+1 {{(T1) element must be f16, bf16 or f32}}
#a = #msa_gpu.tensor_map<buffer = 0, element = i32, offset = 0, sizes = [64, 8], strides = [64], box = [64, 8], swizzle = 128>

// -----

// expected-error @+1 {{(T1) buffer and offset must not be negative}}
#a = #msa_gpu.tensor_map<buffer = -1, element = bf16, offset = 0, sizes = [64, 8], strides = [64], box = [64, 8], swizzle = 128>

// -----

// expected-error @+1 {{(T1) buffer and offset must not be negative}}
#a = #msa_gpu.tensor_map<buffer = 0, element = bf16, offset = -8, sizes = [64, 8], strides = [64], box = [64, 8], swizzle = 128>

// -----

// expected-error @+1 {{(T2) expected 2 to 5 sizes, as many box sizes and one stride less, got 1, 1 and 1}}
#a = #msa_gpu.tensor_map<buffer = 0, element = bf16, offset = 0, sizes = [64], strides = [64], box = [64], swizzle = 128>

// -----

// expected-error @+1 {{(T2) expected 2 to 5 sizes, as many box sizes and one stride less, got 2, 3 and 1}}
#a = #msa_gpu.tensor_map<buffer = 0, element = bf16, offset = 0, sizes = [64, 8], strides = [64], box = [64, 8, 1], swizzle = 128>

// -----

// expected-error @+1 {{(T2) expected 2 to 5 sizes, as many box sizes and one stride less, got 2, 2 and 2}}
#a = #msa_gpu.tensor_map<buffer = 0, element = bf16, offset = 0, sizes = [64, 8], strides = [64, 64], box = [64, 8], swizzle = 128>

// -----

// expected-error @+1 {{(T2) sizes must lie in [1, 2^31), got 0}}
#a = #msa_gpu.tensor_map<buffer = 0, element = bf16, offset = 0, sizes = [64, 0], strides = [64], box = [64, 8], swizzle = 128>

// -----

// expected-error @+1 {{(T2) sizes must lie in [1, 2^31), got 2147483648}}
#a = #msa_gpu.tensor_map<buffer = 0, element = bf16, offset = 0, sizes = [64, 2147483648], strides = [64], box = [64, 8], swizzle = 128>

// -----

// expected-error @+1 {{(T3) box sizes must lie in [1, 256], got 0}}
#a = #msa_gpu.tensor_map<buffer = 0, element = bf16, offset = 0, sizes = [64, 8], strides = [64], box = [64, 0], swizzle = 128>

// -----

// expected-error @+1 {{(T3) box sizes must lie in [1, 256], got 257}}
#a = #msa_gpu.tensor_map<buffer = 0, element = bf16, offset = 0, sizes = [64, 8], strides = [64], box = [64, 257], swizzle = 128>

// -----

// expected-error @+1 {{(T4) strides must be positive, below 2^40 bytes and multiples of 16 bytes, got 0}}
#a = #msa_gpu.tensor_map<buffer = 0, element = bf16, offset = 0, sizes = [64, 8], strides = [0], box = [64, 8], swizzle = 128>

// -----

// expected-error @+1 {{(T4) strides must be positive, below 2^40 bytes and multiples of 16 bytes, got 4}}
#a = #msa_gpu.tensor_map<buffer = 0, element = bf16, offset = 0, sizes = [64, 8], strides = [4], box = [64, 8], swizzle = 128>

// -----

// expected-error @+1 {{(T4) strides must be positive, below 2^40 bytes and multiples of 16 bytes, got 549755813888}}
#a = #msa_gpu.tensor_map<buffer = 0, element = bf16, offset = 0, sizes = [64, 8], strides = [549755813888], box = [64, 8], swizzle = 128>

// -----

// expected-error @+1 {{(T4) offset must be a multiple of 16 bytes, got 4}}
#a = #msa_gpu.tensor_map<buffer = 0, element = bf16, offset = 4, sizes = [64, 8], strides = [64], box = [64, 8], swizzle = 128>

// -----

// expected-error @+1 {{(T4) offset must be a multiple of 16 bytes, got 9223372036854775800}}
#a = #msa_gpu.tensor_map<buffer = 0, element = bf16, offset = 9223372036854775800, sizes = [64, 8], strides = [64], box = [64, 8], swizzle = 128>

// -----

// expected-error @+1 {{(T5) swizzle must be 0, 32, 64 or 128, got 16}}
#a = #msa_gpu.tensor_map<buffer = 0, element = bf16, offset = 0, sizes = [64, 8], strides = [64], box = [64, 8], swizzle = 16>

// -----

// expected-error @+1 {{(T5) a row of the box must have a multiple of 16 bytes and at most those of the swizzle, got 128}}
#a = #msa_gpu.tensor_map<buffer = 0, element = bf16, offset = 0, sizes = [64, 8], strides = [64], box = [64, 8], swizzle = 64>

// -----

// expected-error @+1 {{(T5) a row of the box must have a multiple of 16 bytes and at most those of the swizzle, got 8}}
#a = #msa_gpu.tensor_map<buffer = 0, element = bf16, offset = 0, sizes = [64, 8], strides = [64], box = [4, 8], swizzle = 128>

// -----

// expected-error @+1 {{(S1) warpgroups must lie in [1, 3], got 0}}
#a = #msa_gpu.schedule<warpgroups = 0, keys = 64, stages = 2, rescale = lazy, skip = true, half = false, persistent = true>

// -----

// expected-error @+1 {{(S1) warpgroups must lie in [1, 3], got 4}}
#a = #msa_gpu.schedule<warpgroups = 4, keys = 64, stages = 2, rescale = lazy, skip = true, half = false, persistent = true>

// -----

// expected-error @+1 {{(S1) warpgroups must lie in [1, 3], got -1}}
#a = #msa_gpu.schedule<warpgroups = -1, keys = 64, stages = 2, rescale = lazy, skip = true, half = false, persistent = true>

// -----

// expected-error @+1 {{(S2) keys must be a multiple of 16 from 16 to 256, got 0}}
#a = #msa_gpu.schedule<warpgroups = 1, keys = 0, stages = 2, rescale = lazy, skip = true, half = false, persistent = true>

// -----

// expected-error @+1 {{(S2) keys must be a multiple of 16 from 16 to 256, got 24}}
#a = #msa_gpu.schedule<warpgroups = 1, keys = 24, stages = 2, rescale = lazy, skip = true, half = false, persistent = true>

// -----

// expected-error @+1 {{(S2) keys must be a multiple of 16 from 16 to 256, got 272}}
#a = #msa_gpu.schedule<warpgroups = 1, keys = 272, stages = 2, rescale = lazy, skip = true, half = false, persistent = true>

// -----

// expected-error @+1 {{(S3) stages must lie in [1, 8], got 0}}
#a = #msa_gpu.schedule<warpgroups = 1, keys = 64, stages = 0, rescale = lazy, skip = true, half = false, persistent = true>

// -----

// expected-error @+1 {{(S3) stages must lie in [1, 8], got 9}}
#a = #msa_gpu.schedule<warpgroups = 1, keys = 64, stages = 9, rescale = lazy, skip = true, half = false, persistent = true>

// -----

// expected-error @+1 {{(S4) half needs skip and keys = 128}}
#a = #msa_gpu.schedule<warpgroups = 1, keys = 128, stages = 2, rescale = lazy, skip = false, half = true, persistent = true>

// -----

// expected-error @+1 {{(S4) half needs skip and keys = 128}}
#a = #msa_gpu.schedule<warpgroups = 1, keys = 64, stages = 2, rescale = lazy, skip = true, half = true, persistent = true>

// -----

// expected-error @+1 {{a fragment has 64 or 128 rows, got 32}}
func.func private @f(!msa_gpu.fragment<32, 64, f32>)

// -----

// expected-error @+1 {{elements of a fragment are f32 or i1}}
func.func private @f(!msa_gpu.fragment<64, 64, f16>)

// -----

// expected-error @+1 {{columns of a fragment must be a multiple of 8 up to 256, got 12}}
func.func private @f(!msa_gpu.fragment<64, 12, f32>)

// -----

// expected-error @+1 {{columns of a fragment must be a multiple of 8 up to 256, got 0}}
func.func private @f(!msa_gpu.fragment<64, 0, f32>)

// -----

// expected-error @+1 {{elements of a pending product are f32}}
func.func private @f(!msa_gpu.pending<64, 64, i1>)

// -----

// expected-error @+1 {{(S5) overlap excludes skip}}
#a = #msa_gpu.schedule<warpgroups = 1, keys = 64, stages = 2, rescale = lazy, skip = true, half = false, persistent = true, overlap = true>

// -----

// expected-error @+1 {{(S6) stacked needs one warpgroup, without skip, overlap and packs}}
func.func private @f() attributes {a = #msa_gpu.schedule<warpgroups = 2, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, stacked = true>}

// -----

// expected-error @+1 {{(S6) stacked needs one warpgroup, without skip, overlap and packs}}
func.func private @f() attributes {a = #msa_gpu.schedule<warpgroups = 1, keys = 128, stages = 2, rescale = lazy, skip = true, half = false, persistent = true, stacked = true>}

// -----

// expected-error @+1 {{(S6) stacked needs one warpgroup, without skip, overlap and packs}}
func.func private @f() attributes {a = #msa_gpu.schedule<warpgroups = 1, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, overlap = true, stacked = true>}

// -----

// expected-error @+1 {{(S6) stacked needs one warpgroup, without skip, overlap and packs}}
func.func private @f() attributes {a = #msa_gpu.schedule<warpgroups = 1, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, packs = true, stacked = true>}

// -----

// expected-error @+1 {{(S7) splits must lie in [1, 64], and be 1 unless stacked, got 2}}
func.func private @f() attributes {a = #msa_gpu.schedule<warpgroups = 1, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, splits = 2>}

// -----

// expected-error @+1 {{(S7) splits must lie in [1, 64], and be 1 unless stacked, got 0}}
func.func private @f() attributes {a = #msa_gpu.schedule<warpgroups = 1, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, stacked = true, splits = 0>}

// -----

// expected-error @+1 {{(S7) splits must lie in [1, 64], and be 1 unless stacked, got 65}}
func.func private @f() attributes {a = #msa_gpu.schedule<warpgroups = 1, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, stacked = true, splits = 65>}

// -----

// expected-error @+1 {{(S8) ahead needs persistent, and excludes stacked}}
func.func private @f() attributes {a = #msa_gpu.schedule<warpgroups = 1, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = false, ahead = true>}

// -----

// expected-error @+1 {{(S8) ahead needs persistent, and excludes stacked}}
func.func private @f() attributes {a = #msa_gpu.schedule<warpgroups = 1, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, stacked = true, ahead = true>}

// -----

// expected-error @+1 {{an operand has 64 or 128 rows, got 8}}
func.func private @f(!msa_gpu.operand<8, 64, f16>)

// -----

// expected-error @+1 {{elements of an operand are f16 or bf16}}
func.func private @f(!msa_gpu.operand<64, 64, f32>)

// -----

// expected-error @+1 {{columns of an operand must be a multiple of 16 up to 256, got 8}}
func.func private @f(!msa_gpu.operand<64, 8, f16>)

// -----

// expected-error @+1 {{elements of rows are f32, i32 or i1}}
func.func private @f(!msa_gpu.rows<i64>)

// -----

// expected-error @+1 {{elements of a tile are f16 or bf16}}
func.func private @f(!msa_gpu.tile<64, 64, f32, pitch = 64>)

// -----

// expected-error @+1 {{rows of a tile must be a multiple of 8 up to 256, got 4}}
func.func private @f(!msa_gpu.tile<4, 64, f16, pitch = 64>)

// -----

// expected-error @+1 {{pitch of a tile must be a multiple of 8 up to 256, got 264}}
func.func private @f(!msa_gpu.tile<64, 64, f16, pitch = 264>)

// -----

// expected-error @+1 {{a tile of pitch 32 can not have 64 rows}}
func.func private @f(!msa_gpu.tile<64, 64, f16, pitch = 32>)

// -----

// expected-error @+1 {{columns of a tile must be a multiple of 16 up to 256, got 72}}
func.func private @f(!msa_gpu.tile<64, 72, f16, pitch = 64>)

// -----

// expected-error @+1 {{elements of a map are f16, bf16 or f32}}
func.func private @f(!msa_gpu.map<64, 64, i8>)

// -----

// expected-error @+1 {{rows of a map must be a multiple of 8 up to 256, got 512}}
func.func private @f(!msa_gpu.map<512, 64, f16>)

// -----

// expected-error @+1 {{columns of a map must be a multiple of 16 up to 256, got 72}}
func.func private @f(!msa_gpu.map<64, 72, f16>)
