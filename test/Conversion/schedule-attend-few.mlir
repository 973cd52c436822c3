// RUN: msa-opt %s -msa-schedule-attend -split-input-file | FileCheck %s

// Few queries: how many blocks share the keys of a KV head, by the number of streams and KV heads, and of keys.

// CHECK-LABEL: @one
func.func @one(%q: tensor<1x32x1x128xbf16>, %k: tensor<1x8x2048x128xbf16>) -> (tensor<1x32x1x128xbf16>, tensor<1x32x1xf32>) {
  // CHECK-DAG: %[[P:.*]] = tensor.empty() : tensor<16x32x1x128xf32>
  // CHECK-DAG: %[[PL:.*]] = tensor.empty() : tensor<16x32x1xf32>
  // CHECK: %[[A:.*]]:3 = msa_gpu.attend
  // CHECK-SAME: outs(%[[P]], %[[PL]], %{{[^ ,]*}} :
  // CHECK-SAME: schedule(<warpgroups = 1, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = false, stacked = true, splits = 16>) {msa.dispatch}
  // CHECK: %[[M:.*]]:2 = msa_gpu.merge ins(%[[A]]#0, %[[A]]#1 :
  // CHECK-SAME: {msa.dispatch} -> tensor<1x32x1x128xbf16>, tensor<1x32x1xf32>
  // CHECK: return %[[M]]#0, %[[M]]#1
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x32x1x128xbf16>, tensor<1x8x2048x128xbf16>, tensor<1x8x2048x128xbf16>) pattern(#msa.full) scale(0.125) -> tensor<1x32x1x128xbf16>, tensor<1x32x1xf32>
  return %o, %l : tensor<1x32x1x128xbf16>, tensor<1x32x1xf32>
}

// As many KV heads as multiprocessors can take, four times: nothing is shared.

// CHECK-LABEL: @many
func.func @many(%q: tensor<64x32x1x128xbf16>, %k: tensor<64x8x2048x128xbf16>) -> (tensor<64x32x1x128xbf16>, tensor<64x32x1xf32>) {
  // CHECK: %[[A:.*]]:3 = msa_gpu.attend
  // CHECK-SAME: schedule(<warpgroups = 1, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, stacked = true>) {msa.dispatch} -> tensor<64x32x1x128xbf16>
  // CHECK-NOT: msa_gpu.merge
  // CHECK: return %[[A]]#0, %[[A]]#1
  %o, %l = msa.attend ins(%q, %k, %k : tensor<64x32x1x128xbf16>, tensor<64x8x2048x128xbf16>, tensor<64x8x2048x128xbf16>) pattern(#msa.full) scale(0.125) -> tensor<64x32x1x128xbf16>, tensor<64x32x1xf32>
  return %o, %l : tensor<64x32x1x128xbf16>, tensor<64x32x1xf32>
}

// Whole rounds of 132: 64 x 33.

// CHECK-LABEL: @long
func.func @long(%q: tensor<8x32x1x128xbf16>, %k: tensor<8x8x131072x128xbf16>) -> (tensor<8x32x1x128xbf16>, tensor<8x32x1xf32>) {
  // CHECK: msa_gpu.attend
  // CHECK-SAME: schedule(<warpgroups = 1, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, stacked = true, splits = 33>)
  %o, %l = msa.attend ins(%q, %k, %k : tensor<8x32x1x128xbf16>, tensor<8x8x131072x128xbf16>, tensor<8x8x131072x128xbf16>) pattern(#msa.full) scale(0.125) -> tensor<8x32x1x128xbf16>, tensor<8x32x1xf32>
  return %o, %l : tensor<8x32x1x128xbf16>, tensor<8x32x1xf32>
}

// A window is as many key tiles as it keeps.

// CHECK-LABEL: @window
func.func @window(%q: tensor<1x8x16x64xf16>, %k: tensor<1x8x100000x64xf16>) -> (tensor<1x8x16x64xf16>, tensor<1x8x16xf32>) {
  // CHECK: msa_gpu.attend
  // CHECK-SAME: schedule(<warpgroups = 1, keys = 128, stages = 6, rescale = lazy, skip = false, half = false, persistent = false, stacked = true, splits = 5>)
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x8x16x64xf16>, tensor<1x8x100000x64xf16>, tensor<1x8x100000x64xf16>) pattern(#msa.window<left = 500>) scale(0.125) -> tensor<1x8x16x64xf16>, tensor<1x8x16xf32>
  return %o, %l : tensor<1x8x16x64xf16>, tensor<1x8x16xf32>
}

// CHECK-LABEL: @wide
func.func @wide(%q: tensor<1x2x1x256xbf16>, %k: tensor<1x2x64x256xbf16>) -> (tensor<1x2x1x256xbf16>, tensor<1x2x1xf32>) {
  // CHECK: msa_gpu.attend
  // CHECK-SAME: schedule(<warpgroups = 1, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = false, stacked = true>)
  // CHECK-NOT: msa_gpu.merge
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x1x256xbf16>, tensor<1x2x64x256xbf16>, tensor<1x2x64x256xbf16>) pattern(#msa.full) scale(0.125) -> tensor<1x2x1x256xbf16>, tensor<1x2x1xf32>
  return %o, %l : tensor<1x2x1x256xbf16>, tensor<1x2x1xf32>
}

// Neither many queries nor a rule that lists its keys.

// CHECK-LABEL: @more
func.func @more(%q: tensor<1x8x17x64xbf16>, %k: tensor<1x8x1000x64xbf16>) -> (tensor<1x8x17x64xbf16>, tensor<1x8x17xf32>) {
  // CHECK: msa_gpu.attend
  // CHECK-NOT: stacked
  // CHECK: return
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x8x17x64xbf16>, tensor<1x8x1000x64xbf16>, tensor<1x8x1000x64xbf16>) pattern(#msa.full) scale(0.125) -> tensor<1x8x17x64xbf16>, tensor<1x8x17xf32>
  return %o, %l : tensor<1x8x17x64xbf16>, tensor<1x8x17xf32>
}

// CHECK-LABEL: @listed
func.func @listed(%q: tensor<1x8x4x64xbf16>, %k: tensor<1x8x1000x64xbf16>) -> (tensor<1x8x4x64xbf16>, tensor<1x8x4xf32>) {
  // CHECK: msa_gpu.attend
  // CHECK-NOT: stacked
  // CHECK: return
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x8x4x64xbf16>, tensor<1x8x1000x64xbf16>, tensor<1x8x1000x64xbf16>) pattern(#msa.random<count = 1, size = 128, span = 7>) scale(0.125) -> tensor<1x8x4x64xbf16>, tensor<1x8x4xf32>
  return %o, %l : tensor<1x8x4x64xbf16>, tensor<1x8x4xf32>
}
