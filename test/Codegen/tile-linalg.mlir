// RUN: msa-opt %s -split-input-file -pass-pipeline="builtin.module(func.func(msa-tile-linalg{depth=128}))" | FileCheck %s
// RUN: msa-opt %s -split-input-file -pass-pipeline="builtin.module(func.func(msa-tile-linalg{threads=true}))" | FileCheck %s --check-prefix=THREAD

// A product and the elementwise op that reads it: one loop, and the product is
// computed once. Its panel of columns is packed, its reduction in blocks.
// CHECK-LABEL: func.func @epilogue
// CHECK: = scf.forall
// CHECK-NOT: = scf.forall
// CHECK: scf.for %{{.*}} = %{{.*}} to %{{.*}} step %{{.*}} iter_args
// CHECK: bufferization.alloc_tensor() copy(%{{.*}}) : tensor<128x64xf32>
// CHECK: linalg.generic
// CHECK: linalg.add
// CHECK-NOT: = scf.forall
// CHECK: return
// One element is one thread's work.
// THREAD-LABEL: func.func @epilogue
// THREAD: scf.forall (%{{.*}}, %{{.*}}) in (256, 128)
// THREAD: scf.forall (%{{.*}}, %{{.*}}) in (256, 128)
func.func @epilogue(%x: tensor<256x512xf32>, %w: tensor<512x128xf32>, %r: tensor<256x128xf32>) -> tensor<256x128xf32> {
  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<256x128xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<256x128xf32>) -> tensor<256x128xf32>
  %p = linalg.matmul ins(%x, %w : tensor<256x512xf32>, tensor<512x128xf32>) outs(%f : tensor<256x128xf32>) -> tensor<256x128xf32>
  %y = linalg.add ins(%r, %p : tensor<256x128xf32>, tensor<256x128xf32>) outs(%e : tensor<256x128xf32>) -> tensor<256x128xf32>
  return %y : tensor<256x128xf32>
}

// -----

// Rows of a reduction are spread over tiles.
// CHECK-LABEL: func.func @row_sums
// CHECK: scf.forall (%{{.*}}) = (0) to (1024) step (32)
func.func @row_sums(%x: tensor<1024x512xf32>) -> tensor<1024xf32> {
  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1024xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<1024xf32>) -> tensor<1024xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
    ins(%x : tensor<1024x512xf32>) outs(%f : tensor<1024xf32>) {
  ^bb0(%a: f32, %o: f32):
    %b = arith.addf %o, %a : f32
    linalg.yield %b : f32
  } -> tensor<1024xf32>
  return %s : tensor<1024xf32>
}

// -----

// Nothing to spread: left as it is, serial work of one kernel.
// CHECK-LABEL: func.func @sum
// CHECK-NOT: = scf.forall
// CHECK: linalg.reduce
func.func @sum(%x: tensor<16xf32>, %i: tensor<f32>) -> tensor<f32> {
  %s = linalg.reduce { arith.addf } ins(%x : tensor<16xf32>) outs(%i : tensor<f32>) dimensions = [0]
  return %s : tensor<f32>
}
