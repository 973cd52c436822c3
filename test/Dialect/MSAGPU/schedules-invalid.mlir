// RUN: msa-opt %s -split-input-file -verify-diagnostics

// One case or more for each numbered constraint of the attribute msa_gpu.schedules.

// expected-error @+1 {{(C1) msa_gpu.schedules is a dictionary on a builtin.module}}
module attributes {msa_gpu.schedules = [1]} {}

// -----

// expected-error @+1 {{(C1) msa_gpu.schedules is a dictionary on a builtin.module}}
func.func private @f() attributes {msa_gpu.schedules = {}}

// -----

#p = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 128, depth = 64, stages = 6, staged = 2, group = 12, cluster = 1, persistent = true>
// expected-error @+1 {{(C2) "merge bf16" names no operation with schedules: those are attend and gemm}}
module attributes {msa_gpu.schedules = {"merge bf16" = #p}} {}

// -----

#a = #msa_gpu.schedule<warpgroups = 2, keys = 64, stages = 3, rescale = lazy, skip = false, half = false, persistent = true>
// A pattern is missing.
// expected-error @+1 {{(C2) "attend bf16 d=128 batch=1 heads=2/2 queries=512 keys=512 window=0 bank=0" is no class of msa_gpu.attend}}
module attributes {msa_gpu.schedules = {"attend bf16 d=128 batch=1 heads=2/2 queries=512 keys=512 window=0 bank=0" = #a}} {}

// -----

#a = #msa_gpu.schedule<warpgroups = 2, keys = 64, stages = 3, rescale = lazy, skip = false, half = false, persistent = true>
// A key of no such name.
// expected-error @+1 {{(C2) "attend bf16 d=128 batch=1 heads=2/2 queries=512 keys=512 window=0 slots=0 #msa.causal" is no class}}
module attributes {msa_gpu.schedules = {"attend bf16 d=128 batch=1 heads=2/2 queries=512 keys=512 window=0 slots=0 #msa.causal" = #a}} {}

// -----

#p = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 128, depth = 64, stages = 6, staged = 2, group = 12, cluster = 1, persistent = true>
// f32 is no element type of tensor cores.
// expected-error @+1 {{(C2) "gemm mk,kn->mn f32->f32 m=4096 n=6144 k=2048" is no class of msa_gpu.gemm}}
module attributes {msa_gpu.schedules = {"gemm mk,kn->mn f32->f32 m=4096 n=6144 k=2048" = #p}} {}

// -----

#p = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 128, depth = 64, stages = 6, staged = 2, group = 12, cluster = 1, persistent = true>
// Something behind the class.
// expected-error @+1 {{(C2) "gemm mk,kn->mn bf16->bf16 m=4096 n=6144 k=2048 and more" is no class of msa_gpu.gemm}}
module attributes {msa_gpu.schedules = {"gemm mk,kn->mn bf16->bf16 m=4096 n=6144 k=2048 and more" = #p}} {}

// -----

#p = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 128, depth = 64, stages = 6, staged = 2, group = 12, cluster = 1, persistent = true>
// What is left out is left out whole.
// expected-error @+1 {{(C2) "gemm mk,kn->mn bf16->bf16 m=4096 n=6144 k=2048 h=" is no class of msa_gpu.gemm}}
module attributes {msa_gpu.schedules = {"gemm mk,kn->mn bf16->bf16 m=4096 n=6144 k=2048 h=" = #p}} {}

// -----

#p = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 128, depth = 64, stages = 6, staged = 2, group = 12, cluster = 1, persistent = true>
// Nothing reads i8 beside a product.
// expected-error @+1 {{(C2) "gemm mk,kn->mn bf16->bf16 m=4096 n=6144 k=2048 epilogue n:f32 mn:i8" is no class of msa_gpu.gemm}}
module attributes {msa_gpu.schedules = {"gemm mk,kn->mn bf16->bf16 m=4096 n=6144 k=2048 epilogue n:f32 mn:i8" = #p}} {}

// -----

#a = #msa_gpu.schedule<warpgroups = 2, keys = 64, stages = 3, rescale = lazy, skip = false, half = false, persistent = true>
// expected-error @+1 {{(C3) "gemm mk,kn->mn bf16->bf16 m=4096 n=6144 k=2048" takes a #msa_gpu.gemm_schedule, not #msa_gpu.schedule<}}
module attributes {msa_gpu.schedules = {"gemm mk,kn->mn bf16->bf16 m=4096 n=6144 k=2048" = #a}} {}

// -----

// expected-error @+1 {{(C3) "attend bf16 d=128 batch=1 heads=2/2 queries=512 keys=512 window=0 bank=0 #msa.causal" takes a #msa_gpu.schedule, not 3 : i64}}
module attributes {msa_gpu.schedules = {"attend bf16 d=128 batch=1 heads=2/2 queries=512 keys=512 window=0 bank=0 #msa.causal" = 3}} {}
