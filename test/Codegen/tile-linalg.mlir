// RUN: msa-opt %s -split-input-file -pass-pipeline="builtin.module(func.func(msa-tile-linalg{depth=128}))" | FileCheck %s
// RUN: msa-opt %s -split-input-file -pass-pipeline="builtin.module(func.func(msa-tile-linalg{threads=true}))" | FileCheck %s --check-prefix=THREAD
// RUN: msa-opt %s -split-input-file -pass-pipeline="builtin.module(func.func(msa-tile-linalg{threads=true row-sums=true}))" | FileCheck %s --check-prefix=ROWS
// RUN: msa-opt %s -split-input-file -pass-pipeline="builtin.module(func.func(msa-tile-linalg{threads=true sum-block=64},canonicalize))" | FileCheck %s --check-prefix=SUMS

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

// -----

// A thread's 16 bytes of a result whose elements lie side by side; 4 where
// they are of f32.
// THREAD-LABEL: func.func @wide
// THREAD: scf.forall (%{{.*}}, %{{.*}}) = (0, 0) to (512, 1024) step (1, 8)
// THREAD: scf.forall (%{{.*}}, %{{.*}}) = (0, 0) to (512, 1024) step (1, 4)
func.func @wide(%x: tensor<512x1024xbf16>, %y: tensor<512x1024xf32>) -> (tensor<512x1024xbf16>, tensor<512x1024xf32>) {
  %e = tensor.empty() : tensor<512x1024xbf16>
  %a = linalg.add ins(%x, %x : tensor<512x1024xbf16>, tensor<512x1024xbf16>) outs(%e : tensor<512x1024xbf16>) -> tensor<512x1024xbf16>
  %f = tensor.empty() : tensor<512x1024xf32>
  %b = linalg.add ins(%y, %y : tensor<512x1024xf32>, tensor<512x1024xf32>) outs(%f : tensor<512x1024xf32>) -> tensor<512x1024xf32>
  return %a, %b : tensor<512x1024xbf16>, tensor<512x1024xf32>
}

// -----

// Few elements have a thread each. Rows of 1022 are even.
// THREAD-LABEL: func.func @few
// THREAD: scf.forall (%{{.*}}, %{{.*}}) in (16, 1024)
// THREAD: scf.forall (%{{.*}}, %{{.*}}) = (0, 0) to (512, 1022) step (1, 2)
func.func @few(%x: tensor<16x1024xbf16>, %y: tensor<512x1022xbf16>) -> (tensor<16x1024xbf16>, tensor<512x1022xbf16>) {
  %e = tensor.empty() : tensor<16x1024xbf16>
  %a = linalg.add ins(%x, %x : tensor<16x1024xbf16>, tensor<16x1024xbf16>) outs(%e : tensor<16x1024xbf16>) -> tensor<16x1024xbf16>
  %f = tensor.empty() : tensor<512x1022xbf16>
  %b = linalg.add ins(%y, %y : tensor<512x1022xbf16>, tensor<512x1022xbf16>) outs(%f : tensor<512x1022xbf16>) -> tensor<512x1022xbf16>
  return %a, %b : tensor<16x1024xbf16>, tensor<512x1022xbf16>
}

// -----

// What one operand has apart, or a body gathers, is no vector.
// THREAD-LABEL: func.func @apart
// THREAD: scf.forall (%{{.*}}, %{{.*}}) in (1024, 512)
// THREAD: scf.forall (%{{.*}}, %{{.*}}) in (512, 1024)
func.func @apart(%x: tensor<512x1024xbf16>, %y: tensor<1024xbf16>) -> (tensor<1024x512xbf16>, tensor<512x1024xbf16>) {
  %e = tensor.empty() : tensor<1024x512xbf16>
  %a = linalg.transpose ins(%x : tensor<512x1024xbf16>) outs(%e : tensor<1024x512xbf16>) permutation = [1, 0]
  %f = tensor.empty() : tensor<512x1024xbf16>
  %b = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} outs(%f : tensor<512x1024xbf16>) {
  ^bb0(%o: bf16):
    %j = linalg.index 1 : index
    %c1023 = arith.constant 1023 : index
    %k = arith.subi %c1023, %j : index
    %g = tensor.extract %y[%k] : tensor<1024xbf16>
    linalg.yield %g : bf16
  } -> tensor<512x1024xbf16>
  return %a, %b : tensor<1024x512xbf16>, tensor<512x1024xbf16>
}

// -----

// A body that reads rows at a computed place reads their elements side by side.
// Columns at a computed place, or the lanes' numbers as rows, are gathers.
// THREAD-LABEL: func.func @moved
// THREAD: scf.forall (%{{.*}}, %{{.*}}) = (0, 0) to (512, 1024) step (1, 8)
// THREAD: scf.forall (%{{.*}}, %{{.*}}) in (512, 1024)
func.func @moved(%x: tensor<2048x1024xbf16>, %n: tensor<1xi64>) -> (tensor<512x1024xbf16>, tensor<512x1024xbf16>) {
  %e = tensor.empty() : tensor<512x1024xbf16>
  %a = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} outs(%e : tensor<512x1024xbf16>) {
  ^bb0(%o: bf16):
    %c0 = arith.constant 0 : index
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %l = tensor.extract %n[%c0] : tensor<1xi64>
    %m = arith.index_cast %l : i64 to index
    %k = arith.addi %i, %m : index
    %g = tensor.extract %x[%k, %j] : tensor<2048x1024xbf16>
    linalg.yield %g : bf16
  } -> tensor<512x1024xbf16>
  %b = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} outs(%e : tensor<512x1024xbf16>) {
  ^bb0(%o: bf16):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %g = tensor.extract %x[%j, %i] : tensor<2048x1024xbf16>
    linalg.yield %g : bf16
  } -> tensor<512x1024xbf16>
  return %a, %b : tensor<512x1024xbf16>, tensor<512x1024xbf16>
}

// -----

// A norm: one iteration is a row, its sum and then its elements. Not where the
// sum is needed elsewhere too, rows are few, or nothing says so.
// ROWS-LABEL: func.func @norm
// ROWS: scf.forall (%{{.*}}) in (1024)
// ROWS: linalg.fill
// ROWS: %[[SUM:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]
// ROWS: linalg.generic {{.*}} ins(%{{.*}}, %[[SUM]] : tensor<1x512xbf16>, tensor<1xf32>)
// ROWS-LABEL: func.func @kept
// ROWS-COUNT-3: scf.forall
// ROWS-LABEL: func.func @few_rows
// ROWS-COUNT-2: scf.forall
// THREAD-LABEL: func.func @norm
// THREAD-COUNT-2: scf.forall
#row = affine_map<(i, j) -> (i)>
#all = affine_map<(i, j) -> (i, j)>
func.func @norm(%x: tensor<1024x512xbf16>) -> tensor<1024x512xbf16> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1024xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<1024xf32>) -> tensor<1024xf32>
  %s = linalg.generic {indexing_maps = [#all, #row], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<1024x512xbf16>) outs(%i : tensor<1024xf32>) {
  ^bb0(%a: bf16, %acc: f32):
    %w = arith.extf %a : bf16 to f32
    %m = arith.mulf %w, %w : f32
    %y = arith.addf %acc, %m : f32
    linalg.yield %y : f32
  } -> tensor<1024xf32>
  %o = tensor.empty() : tensor<1024x512xbf16>
  %n = linalg.generic {indexing_maps = [#all, #row, #all], iterator_types = ["parallel", "parallel"]} ins(%x, %s : tensor<1024x512xbf16>, tensor<1024xf32>) outs(%o : tensor<1024x512xbf16>) {
  ^bb0(%a: bf16, %t: f32, %b: bf16):
    %w = arith.extf %a : bf16 to f32
    %q = arith.divf %w, %t : f32
    %y = arith.truncf %q : f32 to bf16
    linalg.yield %y : bf16
  } -> tensor<1024x512xbf16>
  return %n : tensor<1024x512xbf16>
}
func.func @kept(%x: tensor<1024x512xf32>) -> (tensor<1024x512xf32>, tensor<1024xf32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1024xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<1024xf32>) -> tensor<1024xf32>
  %s = linalg.generic {indexing_maps = [#all, #row], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<1024x512xf32>) outs(%i : tensor<1024xf32>) {
  ^bb0(%a: f32, %acc: f32):
    %y = arith.addf %acc, %a : f32
    linalg.yield %y : f32
  } -> tensor<1024xf32>
  %o = tensor.empty() : tensor<1024x512xf32>
  %n = linalg.generic {indexing_maps = [#all, #row, #all], iterator_types = ["parallel", "parallel"]} ins(%x, %s : tensor<1024x512xf32>, tensor<1024xf32>) outs(%o : tensor<1024x512xf32>) {
  ^bb0(%a: f32, %t: f32, %b: f32):
    %q = arith.divf %a, %t : f32
    linalg.yield %q : f32
  } -> tensor<1024x512xf32>
  %f = tensor.empty() : tensor<1024xf32>
  %l = linalg.exp ins(%s : tensor<1024xf32>) outs(%f : tensor<1024xf32>) -> tensor<1024xf32>
  return %n, %l : tensor<1024x512xf32>, tensor<1024xf32>
}
func.func @few_rows(%x: tensor<16x512xf32>) -> tensor<16x512xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<16xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<16xf32>) -> tensor<16xf32>
  %s = linalg.generic {indexing_maps = [#all, #row], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<16x512xf32>) outs(%i : tensor<16xf32>) {
  ^bb0(%a: f32, %acc: f32):
    %y = arith.addf %acc, %a : f32
    linalg.yield %y : f32
  } -> tensor<16xf32>
  %o = tensor.empty() : tensor<16x512xf32>
  %n = linalg.generic {indexing_maps = [#all, #row, #all], iterator_types = ["parallel", "parallel"]} ins(%x, %s : tensor<16x512xf32>, tensor<16xf32>) outs(%o : tensor<16x512xf32>) {
  ^bb0(%a: f32, %t: f32, %b: f32):
    %q = arith.divf %a, %t : f32
    linalg.yield %q : f32
  } -> tensor<16x512xf32>
  return %n : tensor<16x512xf32>
}

// -----

// A long sum of one thread: partial sums of 64 products each, from zero, added one after the other. Not a short one, nor
// one over elements that lie side by side on both sides, which a warp takes.
// SUMS-LABEL: func.func @long_sum
// SUMS: scf.forall
// SUMS: %[[ALL:.*]] = scf.for %{{.*}} = %{{.*}} to %c384{{.*}} step %c64{{.*}} iter_args(%[[SUM:.*]] = %{{.*}}) -> (tensor<1x1xf32>)
// SUMS: %[[ZERO:.*]] = linalg.fill
// SUMS: %[[PART:.*]] = linalg.matmul ins(%{{.*}}, %{{.*}} : tensor<1x64xf32>, tensor<64x1xf32>) outs(%[[ZERO]]
// SUMS: %[[NEXT:.*]] = linalg.generic {{.*}} ins(%[[PART]] : tensor<1x1xf32>) outs(%[[SUM]]
// SUMS: scf.yield %[[NEXT]]
// SUMS-LABEL: func.func @short_sum
// SUMS-NOT: scf.for %
// SUMS-LABEL: func.func @beside
// SUMS-NOT: scf.for %
// SUMS-LABEL: func.func @one_column
// SUMS-NOT: scf.for %
// SUMS: return
func.func @long_sum(%x: tensor<8x384xf32>, %w: tensor<384x16xf32>, %o: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %y = linalg.matmul ins(%x, %w : tensor<8x384xf32>, tensor<384x16xf32>) outs(%o : tensor<8x16xf32>) -> tensor<8x16xf32>
  return %y : tensor<8x16xf32>
}
func.func @short_sum(%x: tensor<8x64xf32>, %w: tensor<64x16xf32>, %o: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %y = linalg.matmul ins(%x, %w : tensor<8x64xf32>, tensor<64x16xf32>) outs(%o : tensor<8x16xf32>) -> tensor<8x16xf32>
  return %y : tensor<8x16xf32>
}
func.func @beside(%x: tensor<8x384xf32>, %w: tensor<16x384xf32>, %o: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %y = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (j, k)>, affine_map<(i, j, k) -> (i, j)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<8x384xf32>, tensor<16x384xf32>) outs(%o : tensor<8x16xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %c, %m : f32
    linalg.yield %s : f32
  } -> tensor<8x16xf32>
  return %y : tensor<8x16xf32>
}
func.func @one_column(%x: tensor<8x384xf32>, %w: tensor<384x1xf32>, %o: tensor<8x1xf32>) -> tensor<8x1xf32> {
  %y = linalg.matmul ins(%x, %w : tensor<8x384xf32>, tensor<384x1xf32>) outs(%o : tensor<8x1xf32>) -> tensor<8x1xf32>
  return %y : tensor<8x1xf32>
}

// -----

// Neighbouring rows read the same rows of %x: a thread takes four.

// THREAD-LABEL: func.func @shifted_rows(
// THREAD: scf.forall {{.*}} = (0, 0) to (1024, 2048) step (4, 8)
// THREAD: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<4x8xbf16>, tensor<4x8xbf16>) outs(%{{.*}} : tensor<4x8xbf16>)

// Of 1023 rows no four come out even.

// THREAD-LABEL: func.func @odd_rows(
// THREAD: scf.forall {{.*}} = (0, 0) to (1023, 2048) step (1, 8)
func.func @shifted_rows(%x: tensor<1025x2048xbf16>) -> tensor<1024x2048xbf16> {
  %a = tensor.extract_slice %x[0, 0] [1024, 2048] [1, 1] : tensor<1025x2048xbf16> to tensor<1024x2048xbf16>
  %b = tensor.extract_slice %x[1, 0] [1024, 2048] [1, 1] : tensor<1025x2048xbf16> to tensor<1024x2048xbf16>
  %e = tensor.empty() : tensor<1024x2048xbf16>
  %g = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%a, %b : tensor<1024x2048xbf16>, tensor<1024x2048xbf16>) outs(%e : tensor<1024x2048xbf16>) {
  ^bb0(%p: bf16, %q: bf16, %o: bf16):
    %s = arith.addf %p, %q : bf16
    linalg.yield %s : bf16
  } -> tensor<1024x2048xbf16>
  return %g : tensor<1024x2048xbf16>
}
func.func @odd_rows(%x: tensor<1024x2048xbf16>) -> tensor<1023x2048xbf16> {
  %a = tensor.extract_slice %x[0, 0] [1023, 2048] [1, 1] : tensor<1024x2048xbf16> to tensor<1023x2048xbf16>
  %b = tensor.extract_slice %x[1, 0] [1023, 2048] [1, 1] : tensor<1024x2048xbf16> to tensor<1023x2048xbf16>
  %e = tensor.empty() : tensor<1023x2048xbf16>
  %g = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%a, %b : tensor<1023x2048xbf16>, tensor<1023x2048xbf16>) outs(%e : tensor<1023x2048xbf16>) {
  ^bb0(%p: bf16, %q: bf16, %o: bf16):
    %s = arith.addf %p, %q : bf16
    linalg.yield %s : bf16
  } -> tensor<1023x2048xbf16>
  return %g : tensor<1023x2048xbf16>
}
