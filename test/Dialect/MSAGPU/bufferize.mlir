// RUN: msa-opt %s -msa-schedule-attend -msa-decompose -msa-schedule-gemm -msa-entry-to-destination -eliminate-empty-tensors -one-shot-bufferize -canonicalize | FileCheck %s

// Results are written where the caller wants them, operands are read where they are, state that is updated afterwards
// too; nothing is copied.

// CHECK-LABEL: func.func @step
// CHECK-SAME: %[[Q:[^:]*]]: memref<1x2x256x128xbf16>, %[[K:[^:]*]]: memref<1x2x256x128xbf16>, %[[W:[^:]*]]: memref<1x2x64x128xbf16> {msa.state = "w"}
// CHECK-SAME: %[[O:[^:]*]]: memref<1x2x256x128xbf16> {msa.result}, %[[L:[^:]*]]: memref<1x2x256xf32> {msa.result}
// CHECK-NOT: memref.copy
// CHECK: %[[C:.*]] = memref.alloc() {{.*}} : memref<1xi32>
// CHECK-NOT: memref.alloc
// CHECK: msa_gpu.attend ins(%[[Q]], %[[K]], %[[K]] :
// CHECK-SAME: window(%[[W]], %[[W]] :
// CHECK-SAME: outs(%[[O]], %[[L]], %[[C]] :
// CHECK-SAME: pattern(#msa.window<left = 64>) scale(1.250000e-01) schedule(
// CHECK-SAME: {msa.dispatch}
// CHECK-NOT: memref.copy
// CHECK-NOT: memref.alloc
// CHECK: linalg.generic {{.*}} outs(%[[W]] :
// CHECK-NOT: memref.copy
// CHECK: return
func.func @step(%q: tensor<1x2x256x128xbf16>, %k: tensor<1x2x256x128xbf16>, %w: tensor<1x2x64x128xbf16> {msa.state = "w"})
    -> (tensor<1x2x256x128xbf16>, tensor<1x2x256xf32>, tensor<1x2x64x128xbf16> {msa.state = "w"}) {
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x256x128xbf16>, tensor<1x2x256x128xbf16>, tensor<1x2x256x128xbf16>)
      window(%w, %w : tensor<1x2x64x128xbf16>, tensor<1x2x64x128xbf16>) pattern(#msa.window<left = 64>) scale(0.125)
      -> tensor<1x2x256x128xbf16>, tensor<1x2x256xf32>
  %n = msa.carry %w, %k : tensor<1x2x64x128xbf16>, tensor<1x2x256x128xbf16>
  return %o, %l, %n : tensor<1x2x256x128xbf16>, tensor<1x2x256xf32>, tensor<1x2x64x128xbf16>
}

// The heads of a projection, as a view of its rows: read through it.
// CHECK-LABEL: func.func @view
// CHECK-SAME: %[[X:[^:]*]]: memref<1x256x256xbf16>
// CHECK-NOT: memref.copy
// CHECK: %[[V:.*]] = memref.expand_shape %[[X]]
// CHECK-NOT: memref.copy
// CHECK: msa_gpu.attend ins(%[[V]], %[[V]], %[[V]] :
// CHECK-NOT: memref.copy
// CHECK: return
func.func @view(%x: tensor<1x256x256xbf16>) -> tensor<1x1x256x256xbf16> {
  %q = tensor.expand_shape %x [[0, 1], [2], [3]] output_shape [1, 1, 256, 256] : tensor<1x256x256xbf16> into tensor<1x1x256x256xbf16>
  %o, %l = msa.attend ins(%q, %q, %q : tensor<1x1x256x256xbf16>, tensor<1x1x256x256xbf16>, tensor<1x1x256x256xbf16>)
      pattern(#msa.causal) scale(0.0625) -> tensor<1x1x256x256xbf16>, tensor<1x1x256xf32>
  return %o : tensor<1x1x256x256xbf16>
}

// A part of a wider result that copies can reach: written where it is.
// CHECK-LABEL: func.func @beside
// CHECK-SAME: %[[Y:[^:]*]]: memref<64x128xbf16> {msa.result}
// CHECK: %[[P:.*]] = memref.subview %[[Y]][0, 64] [64, 64] [1, 1]
// CHECK-NOT: memref.alloc
// CHECK: msa_gpu.gemm {{.*}} outs(%[[P]] :
// CHECK-NOT: memref.alloc
// CHECK: return
func.func @beside(%x: tensor<64x64xbf16>, %w: tensor<64x64xbf16>) -> tensor<64x128xbf16> {
  %zero = arith.constant 0.0 : bf16
  %empty = tensor.empty() : tensor<64x64xbf16>
  %init = linalg.fill ins(%zero : bf16) outs(%empty : tensor<64x64xbf16>) -> tensor<64x64xbf16>
  %y = linalg.matmul ins(%x, %w : tensor<64x64xbf16>, tensor<64x64xbf16>) outs(%init : tensor<64x64xbf16>) -> tensor<64x64xbf16>
  %all = tensor.empty() : tensor<64x128xbf16>
  %base = linalg.fill ins(%zero : bf16) outs(%all : tensor<64x128xbf16>) -> tensor<64x128xbf16>
  %z = tensor.insert_slice %y into %base[0, 64] [64, 64] [1, 1] : tensor<64x64xbf16> into tensor<64x128xbf16>
  return %z : tensor<64x128xbf16>
}

// One that they can not, rows not being a multiple of 16 bytes apart: copied there.
// CHECK-LABEL: func.func @apart
// CHECK-SAME: %[[Y:[^:]*]]: memref<64x67xbf16> {msa.result}
// CHECK: %[[P:.*]] = memref.subview %[[Y]][0, 3] [64, 64] [1, 1]
// CHECK: %[[O:.*]] = memref.alloc() {{.*}} : memref<64x64xbf16>
// CHECK: msa_gpu.gemm {{.*}} outs(%[[O]] :
// CHECK: memref.copy %[[O]], %[[P]]
func.func @apart(%x: tensor<64x64xbf16>, %w: tensor<64x64xbf16>) -> tensor<64x67xbf16> {
  %zero = arith.constant 0.0 : bf16
  %empty = tensor.empty() : tensor<64x64xbf16>
  %init = linalg.fill ins(%zero : bf16) outs(%empty : tensor<64x64xbf16>) -> tensor<64x64xbf16>
  %y = linalg.matmul ins(%x, %w : tensor<64x64xbf16>, tensor<64x64xbf16>) outs(%init : tensor<64x64xbf16>) -> tensor<64x64xbf16>
  %all = tensor.empty() : tensor<64x67xbf16>
  %base = linalg.fill ins(%zero : bf16) outs(%all : tensor<64x67xbf16>) -> tensor<64x67xbf16>
  %z = tensor.insert_slice %y into %base[0, 3] [64, 64] [1, 1] : tensor<64x64xbf16> into tensor<64x67xbf16>
  return %z : tensor<64x67xbf16>
}

// Attention too, with the small operand that is a part of a larger one, and what it reads.
// CHECK-LABEL: func.func @parts
// CHECK-SAME: %[[Y:[^:]*]]: memref<1x2x65xf32> {msa.result}
// CHECK-DAG: %[[P:.*]] = memref.subview %[[Y]][0, 0, 1] [1, 2, 64] [1, 1, 1]
// CHECK-DAG: %[[Q:.*]] = memref.subview %{{.*}}[0, 0, 0, 3] [1, 2, 64, 64] [1, 1, 1, 1]
// CHECK: memref.copy %[[Q]], %[[D:.*]] :
// CHECK: msa_gpu.attend ins(%[[D]],
// CHECK-SAME: outs(%{{.*}}, %[[L:.*]], %{{.*}} : memref<1x2x64x64xbf16>, memref<1x2x64xf32>, memref<1xi32>)
// CHECK: memref.copy %[[L]], %[[P]]
func.func @parts(%x: tensor<1x2x64x67xbf16>, %k: tensor<1x2x64x64xbf16>) -> tensor<1x2x65xf32> {
  %q = tensor.extract_slice %x[0, 0, 0, 3] [1, 2, 64, 64] [1, 1, 1, 1] : tensor<1x2x64x67xbf16> to tensor<1x2x64x64xbf16>
  %o, %l = msa.attend ins(%q, %k, %k : tensor<1x2x64x64xbf16>, tensor<1x2x64x64xbf16>, tensor<1x2x64x64xbf16>)
      pattern(#msa.causal) scale(0.125) -> tensor<1x2x64x64xbf16>, tensor<1x2x64xf32>
  %one = arith.constant 1.0 : f32
  %all = tensor.empty() : tensor<1x2x65xf32>
  %base = linalg.fill ins(%one : f32) outs(%all : tensor<1x2x65xf32>) -> tensor<1x2x65xf32>
  %z = tensor.insert_slice %l into %base[0, 0, 1] [1, 2, 64] [1, 1, 1] : tensor<1x2x64xf32> into tensor<1x2x65xf32>
  return %z : tensor<1x2x65xf32>
}

// The heads of a few queries are rows of one matrix, which must be equally far apart: those of one query are, those of
// some of more queries are copied.
// CHECK-LABEL: func.func @few
// CHECK-SAME: %[[X:[^:]*]]: memref<1x4x8x64xbf16>
// CHECK: %[[ONE:.*]] = memref.subview %[[X]][0, 0, 0, 0] [1, 4, 1, 64]
// CHECK: %[[SOME:.*]] = memref.subview %[[X]][0, 0, 0, 0] [1, 4, 3, 64]
// CHECK-NOT: memref.copy
// CHECK: msa_gpu.attend ins(%[[ONE]],
// CHECK-NOT: memref.copy
// CHECK: %[[DENSE:.*]] = memref.alloc() {{.*}} : memref<1x4x3x64xbf16>
// CHECK: memref.copy %[[SOME]], %[[DENSE]]
// CHECK: msa_gpu.attend ins(%[[DENSE]],
// CHECK: return
func.func @few(%x: tensor<1x4x8x64xbf16>, %k: tensor<1x2x50x64xbf16>) -> (tensor<1x4x1x64xbf16>, tensor<1x4x3x64xbf16>) {
  %one = tensor.extract_slice %x[0, 0, 0, 0] [1, 4, 1, 64] [1, 1, 1, 1] : tensor<1x4x8x64xbf16> to tensor<1x4x1x64xbf16>
  %some = tensor.extract_slice %x[0, 0, 0, 0] [1, 4, 3, 64] [1, 1, 1, 1] : tensor<1x4x8x64xbf16> to tensor<1x4x3x64xbf16>
  %a, %al = msa.attend ins(%one, %k, %k : tensor<1x4x1x64xbf16>, tensor<1x2x50x64xbf16>, tensor<1x2x50x64xbf16>)
      pattern(#msa.full) scale(0.125) -> tensor<1x4x1x64xbf16>, tensor<1x4x1xf32>
  %b, %bl = msa.attend ins(%some, %k, %k : tensor<1x4x3x64xbf16>, tensor<1x2x50x64xbf16>, tensor<1x2x50x64xbf16>)
      pattern(#msa.full) scale(0.125) -> tensor<1x4x3x64xbf16>, tensor<1x4x3xf32>
  return %a, %b : tensor<1x4x1x64xbf16>, tensor<1x4x3x64xbf16>
}

// An epilogue goes along; what it reads is read where it is, in a part of a wider matrix too, but copied where its rows
// are at no multiple of 16 bytes.
// CHECK-LABEL: func.func @epilogue
// CHECK-SAME: %[[R:[^:]*]]: memref<64x200xbf16>
// CHECK: %[[PART:.*]] = memref.subview %[[R]][0, 8] [64, 64] [1, 1]
// CHECK: %[[ODD:.*]] = memref.subview %[[R]][0, 3] [64, 64] [1, 1]
// CHECK-NOT: memref.copy %[[PART]]
// CHECK: memref.copy %[[ODD]], %[[DENSE:.*]] :
// CHECK: msa_gpu.gemm {{.*}} extras(["mn", "mn"] : %[[PART]], %[[DENSE]] : {{.*}}) epilogue {
// CHECK-NEXT: ^bb0(%[[X:.*]]: f32, %[[Y:.*]]: f32, %[[Z:.*]]: f32):
// CHECK-NEXT: arith.addf %[[X]], %[[Y]] : f32
func.func @epilogue(%r: tensor<64x200xbf16>, %a: tensor<64x64xbf16>) -> tensor<64x64xbf16> {
  %part = tensor.extract_slice %r[0, 8] [64, 64] [1, 1] : tensor<64x200xbf16> to tensor<64x64xbf16>
  %odd = tensor.extract_slice %r[0, 3] [64, 64] [1, 1] : tensor<64x200xbf16> to tensor<64x64xbf16>
  %o = tensor.empty() : tensor<64x64xbf16>
  %0 = msa_gpu.gemm "mk,kn->mn" ins(%a, %a : tensor<64x64xbf16>, tensor<64x64xbf16>) outs(%o : tensor<64x64xbf16>)
      schedule(<warpgroups = 1, columns = 64, depth = 64, stages = 2, staged = 1, group = 1, cluster = 1, persistent = true>)
      extras(["mn", "mn"] : %part, %odd : tensor<64x64xbf16>, tensor<64x64xbf16>) epilogue {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %s = arith.addf %x, %y : f32
    %t = arith.mulf %s, %z : f32
    msa_gpu.yield %t : f32
  } -> tensor<64x64xbf16>
  return %0 : tensor<64x64xbf16>
}
