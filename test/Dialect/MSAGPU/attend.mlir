// RUN: msa-opt %s | msa-opt | FileCheck %s
// RUN: msa-opt %s -mlir-print-op-generic | msa-opt | FileCheck %s
// RUN: msa-opt %s -emit-bytecode | msa-opt | FileCheck %s

// On tensors with every operand, and on buffers with those that must be there.

// CHECK-LABEL: @everything
// CHECK: msa_gpu.attend ins(%{{[^ ,]*}}, %{{[^ ,]*}}, %{{[^ ,]*}} : tensor<2x8x100x64xf16>, tensor<2x2x100x64xf16>, tensor<2x2x100x64xf16>)
// CHECK-SAME: window(%{{[^ ,]*}}, %{{[^ ,]*}} : tensor<2x2x32x64xf16>, tensor<2x2x32x64xf16>)
// CHECK-SAME: bank(%{{[^ ,]*}}, %{{[^ ,]*}} : tensor<2x2x5x64xf16>, tensor<2x2x5x64xf16>)
// CHECK-SAME: bias(%{{[^ ,]*}} : tensor<8xf32>) position(%{{[^ ,]*}} : tensor<2xi64>)
// CHECK-SAME: length(%{{[^ ,]*}} : tensor<2xi64>) offset(%{{[^ ,]*}} : tensor<2xi64>)
// CHECK-SAME: outs(%{{[^ ,]*}}, %{{[^ ,]*}}, %{{[^ ,]*}} : tensor<2x8x100x64xf16>, tensor<2x8x100xf32>, tensor<1xi32>)
// CHECK-SAME: pattern(#msa.window<left = 31>) scale(1.250000e-01)
// CHECK-SAME: schedule(<warpgroups = 2, keys = 128, stages = 3, rescale = always, skip = true, half = true, persistent = false>)
// CHECK-SAME: {msa.dispatch} -> tensor<2x8x100x64xf16>, tensor<2x8x100xf32>, tensor<1xi32>
func.func @everything(%q: tensor<2x8x100x64xf16>, %kv: tensor<2x2x100x64xf16>, %w: tensor<2x2x32x64xf16>,
    %b: tensor<2x2x5x64xf16>, %bias: tensor<8xf32>, %n: tensor<2xi64>, %lse: tensor<2x8x100xf32>,
    %counter: tensor<1xi32>) -> tensor<2x8x100x64xf16> {
  %0:3 = msa_gpu.attend
      ins(%q, %kv, %kv : tensor<2x8x100x64xf16>, tensor<2x2x100x64xf16>, tensor<2x2x100x64xf16>)
      window(%w, %w : tensor<2x2x32x64xf16>, tensor<2x2x32x64xf16>)
      bank(%b, %b : tensor<2x2x5x64xf16>, tensor<2x2x5x64xf16>) bias(%bias : tensor<8xf32>)
      position(%n : tensor<2xi64>) length(%n : tensor<2xi64>) offset(%n : tensor<2xi64>)
      outs(%q, %lse, %counter : tensor<2x8x100x64xf16>, tensor<2x8x100xf32>, tensor<1xi32>)
      pattern(#msa.window<left = 31>) scale(0.125)
      schedule(<warpgroups = 2, keys = 128, stages = 3, rescale = always, skip = true, half = true, persistent = false>)
      {msa.dispatch} -> tensor<2x8x100x64xf16>, tensor<2x8x100xf32>, tensor<1xi32>
  return %0#0 : tensor<2x8x100x64xf16>
}

// CHECK-LABEL: @buffers
// CHECK: msa_gpu.attend ins(%{{[^ ,]*}}, %{{[^ ,]*}}, %{{[^ ,]*}} : memref<1x1x1x256xbf16>, memref<1x1x7x256xbf16>, memref<1x1x7x256xbf16>)
// CHECK-SAME: outs(%{{[^ ,]*}}, %{{[^ ,]*}}, %{{[^ ,]*}} : memref<1x1x1x256xbf16>, memref<1x1x1xf32>, memref<1xi32>)
// CHECK-SAME: pattern(#msa.full)
// CHECK-SAME: rescale = lazy
// CHECK-NOT: ->
// CHECK: return
func.func @buffers(%q: memref<1x1x1x256xbf16>, %k: memref<1x1x7x256xbf16>, %lse: memref<1x1x1xf32>,
    %counter: memref<1xi32>) {
  msa_gpu.attend ins(%q, %k, %k : memref<1x1x1x256xbf16>, memref<1x1x7x256xbf16>, memref<1x1x7x256xbf16>)
      outs(%q, %lse, %counter : memref<1x1x1x256xbf16>, memref<1x1x1xf32>, memref<1xi32>)
      pattern(#msa.full) scale(0.0625)
      schedule(<warpgroups = 1, keys = 64, stages = 1, rescale = lazy, skip = false, half = false, persistent = true>)
  return
}

// CHECK-LABEL: @attributes
// CHECK-SAME: a = #msa_gpu.launch<block = 512, shared = 229600, cluster = 2, persistent = true, cleared = 4>
// CHECK-SAME: b = #msa_gpu.tensor_map<buffer = 1, element = bf16, offset = 64, sizes = [64, 4096, 2, 16], strides = [128, 64, 524288], box = [64, 128, 2, 1], swizzle = 128>
// CHECK-SAME: c = #msa_gpu.tensor_map<buffer = 0, element = f32, offset = 0, sizes = [4, 5], strides = [8], box = [4, 1], swizzle = 0>
// CHECK-SAME: d = #msa_gpu.schedule<warpgroups = 3, keys = 176, stages = 8, rescale = always, skip = true, half = false, persistent = false>
func.func private @attributes() attributes {
  a = #msa_gpu.launch<block = 512, shared = 229600, cluster = 2, persistent = true, cleared = 4>,
  b = #msa_gpu.tensor_map<buffer = 1, element = bf16, offset = 64, sizes = [64, 4096, 2, 16],
                          strides = [128, 64, 524288], box = [64, 128, 2, 1], swizzle = 128>,
  c = #msa_gpu.tensor_map<buffer = 0, element = f32, offset = 0, sizes = [4, 5], strides = [8], box = [4, 1],
                          swizzle = 0>,
  d = #msa_gpu.schedule<warpgroups = 3, keys = 176, stages = 8, rescale = always, skip = true, half = false,
                        persistent = false>}

// Heads as rows, keys in three shares, whose results are joined.
// CHECK-LABEL: @splits
// CHECK: %[[P:.*]]:3 = msa_gpu.attend
// CHECK-SAME: schedule(<warpgroups = 1, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true, stacked = true, splits = 3>)
// CHECK-SAME: -> tensor<6x4x1x64xf32>, tensor<6x4x1xf32>, tensor<1xi32>
// CHECK: msa_gpu.merge ins(%[[P]]#0, %[[P]]#1 : tensor<6x4x1x64xf32>, tensor<6x4x1xf32>)
// CHECK-SAME: outs(%{{[^ ,]*}}, %{{[^ ,]*}} : tensor<2x4x1x64xbf16>, tensor<2x4x1xf32>) -> tensor<2x4x1x64xbf16>, tensor<2x4x1xf32>
func.func @splits(%q: tensor<2x4x1x64xbf16>, %k: tensor<2x2x900x64xbf16>, %p: tensor<6x4x1x64xf32>, %pl: tensor<6x4x1xf32>,
    %lse: tensor<2x4x1xf32>, %counter: tensor<1xi32>) -> tensor<2x4x1x64xbf16> {
  %0:3 = msa_gpu.attend ins(%q, %k, %k : tensor<2x4x1x64xbf16>, tensor<2x2x900x64xbf16>, tensor<2x2x900x64xbf16>)
      outs(%p, %pl, %counter : tensor<6x4x1x64xf32>, tensor<6x4x1xf32>, tensor<1xi32>)
      pattern(#msa.full) scale(0.125)
      schedule(<warpgroups = 1, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true,
                stacked = true, splits = 3>)
      -> tensor<6x4x1x64xf32>, tensor<6x4x1xf32>, tensor<1xi32>
  %1:2 = msa_gpu.merge ins(%0#0, %0#1 : tensor<6x4x1x64xf32>, tensor<6x4x1xf32>)
      outs(%q, %lse : tensor<2x4x1x64xbf16>, tensor<2x4x1xf32>) -> tensor<2x4x1x64xbf16>, tensor<2x4x1xf32>
  return %1#0 : tensor<2x4x1x64xbf16>
}

// Results token by token, of attention and of a join.

// CHECK-LABEL: @tokens
// CHECK: msa_gpu.attend ins(
// CHECK-SAME: outs(%{{[^ ,]*}}, %{{[^ ,]*}}, %{{[^ ,]*}} : tensor<2x90x4x64xbf16>, tensor<2x4x90xf32>, tensor<1xi32>) token_major pattern(
// CHECK: msa_gpu.merge ins(
// CHECK-SAME: outs(%{{[^ ,]*}}, %{{[^ ,]*}} : memref<2x3x4x64xbf16>, memref<2x4x3xf32>) token_major
// CHECK: return
func.func @tokens(%q: tensor<2x4x90x64xbf16>, %k: tensor<2x2x900x64xbf16>, %o: tensor<2x90x4x64xbf16>, %l: tensor<2x4x90xf32>, %c: tensor<1xi32>,
    %p: memref<6x4x3x64xf32>, %pl: memref<6x4x3xf32>, %j: memref<2x3x4x64xbf16>, %jl: memref<2x4x3xf32>) -> tensor<2x90x4x64xbf16> {
  %0:3 = msa_gpu.attend ins(%q, %k, %k : tensor<2x4x90x64xbf16>, tensor<2x2x900x64xbf16>, tensor<2x2x900x64xbf16>)
      outs(%o, %l, %c : tensor<2x90x4x64xbf16>, tensor<2x4x90xf32>, tensor<1xi32>) token_major pattern(#msa.full) scale(0.125)
      schedule(<warpgroups = 2, keys = 64, stages = 2, rescale = lazy, skip = false, half = false, persistent = true>)
      -> tensor<2x90x4x64xbf16>, tensor<2x4x90xf32>, tensor<1xi32>
  msa_gpu.merge ins(%p, %pl : memref<6x4x3x64xf32>, memref<6x4x3xf32>)
      outs(%j, %jl : memref<2x3x4x64xbf16>, memref<2x4x3xf32>) token_major
  return %0#0 : tensor<2x90x4x64xbf16>
}
