// RUN: msa-opt %s | msa-opt | FileCheck %s

// Classes of every form: what msa-compile --gpu-classes prints.

// CHECK: module attributes {msa_gpu.schedules = {
// CHECK-SAME: "attend bf16 d=128 batch=1 heads=2/2 queries=512 keys=512 window=0 bank=0 #msa.causal" = #msa_gpu.schedule<warpgroups = 2
// CHECK-SAME: "attend f16 d=64 batch=4 heads=16/4 queries=1 keys=4096 window=1024 bank=256 offset length #msa.window<left = 4, right = 0>" = #msa_gpu.schedule<
// CHECK-SAME: "gemm bgmk,gkn->bmn f16->f32 m=4096 n=2048 k=128 g=16 b=4 epilogue bmn:f32 n:f16" = #msa_gpu.gemm_schedule<
// CHECK-SAME: "gemm mk,hkn->hmn bf16->bf16 m=4096 n=128 k=2048 h=16 epilogue outs=2 rotate=128 mp:f32 mp:f32" = #msa_gpu.gemm_schedule<
// CHECK-SAME: "gemm mk,kn->mn bf16->bf16 m=4096 n=6144 k=2048" = #msa_gpu.gemm_schedule<
// CHECK-SAME: "gemm mk,kn->mn bf16->bf16 m=4096 n=6144 k=2048 epilogue" = #msa_gpu.gemm_schedule<
#a = #msa_gpu.schedule<warpgroups = 2, keys = 64, stages = 3, rescale = lazy, skip = false, half = false, persistent = true>
#p = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 128, depth = 64, stages = 6, staged = 2, group = 12, cluster = 1, persistent = true>
module attributes {msa_gpu.schedules = {
  "attend bf16 d=128 batch=1 heads=2/2 queries=512 keys=512 window=0 bank=0 #msa.causal" = #a,
  "attend f16 d=64 batch=4 heads=16/4 queries=1 keys=4096 window=1024 bank=256 offset length #msa.window<left = 4, right = 0>" = #a,
  "gemm bgmk,gkn->bmn f16->f32 m=4096 n=2048 k=128 g=16 b=4 epilogue bmn:f32 n:f16" = #p,
  "gemm mk,hkn->hmn bf16->bf16 m=4096 n=128 k=2048 h=16 epilogue outs=2 rotate=128 mp:f32 mp:f32" = #p,
  "gemm mk,kn->mn bf16->bf16 m=4096 n=6144 k=2048" = #p,
  "gemm mk,kn->mn bf16->bf16 m=4096 n=6144 k=2048 epilogue" = #p}} {}
