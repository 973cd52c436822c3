// RUN: msa-opt %s -split-input-file -msa-schedule-gemm -msa-fuse-epilogue -canonicalize | FileCheck %s --enable-var-scope

// A named operation, in the type of both; the sum is of f32.

// CHECK-LABEL: @residual
// CHECK-SAME: %[[X:[^:]*]]: tensor<512x256xbf16>, %[[W:[^:]*]]: tensor<256x512xbf16>, %[[R:[^:]*]]: tensor<512x512xbf16>
// CHECK-NOT: linalg
// CHECK: %[[Y:.*]] = msa_gpu.gemm "mk,kn->mn" ins(%[[X]], %[[W]] : {{.*}} extras(["mn"] : %[[R]] : tensor<512x512xbf16>) epilogue {
// CHECK-NEXT: ^bb0(%[[P:.*]]: f32, %[[E:.*]]: f32):
// CHECK-NEXT: %[[S:.*]] = arith.addf %[[E]], %[[P]] : f32
// CHECK-NEXT: msa_gpu.yield %[[S]] : f32
// CHECK-NEXT: } {msa.dispatch} -> tensor<512x512xbf16>
// CHECK-NEXT: return %[[Y]]
func.func @residual(%x: tensor<512x256xbf16>, %w: tensor<256x512xbf16>, %r: tensor<512x512xbf16>) -> tensor<512x512xbf16> {
  %zero = arith.constant 0.0 : bf16
  %empty = tensor.empty() : tensor<512x512xbf16>
  %init = linalg.fill ins(%zero : bf16) outs(%empty : tensor<512x512xbf16>) -> tensor<512x512xbf16>
  %p = linalg.matmul ins(%x, %w : tensor<512x256xbf16>, tensor<256x512xbf16>) outs(%init : tensor<512x512xbf16>) -> tensor<512x512xbf16>
  %y = linalg.add ins(%r, %p : tensor<512x512xbf16>, tensor<512x512xbf16>) outs(%empty : tensor<512x512xbf16>) -> tensor<512x512xbf16>
  return %y : tensor<512x512xbf16>
}

// -----

// A value a row, one a column, an activation; behind a reshape that adds a dimension of size 1. Roundings in between are
// left out, constants become f32.

#id = affine_map<(b, i, j) -> (b, i, j)>
#row = affine_map<(b, i, j) -> (b, i)>
#column = affine_map<(b, i, j) -> (j)>
// CHECK-LABEL: @activation
// CHECK-SAME: %[[S:[^:]*]]: tensor<1x512xf32>, %[[B:[^:]*]]: tensor<256xf16>
// CHECK-NOT: linalg
// CHECK: %[[Y:.*]] = msa_gpu.gemm "mk,kn->mn" {{.*}} extras(["1m", "n"] : %[[S]], %[[B]] : tensor<1x512xf32>, tensor<256xf16>) epilogue {
// CHECK-NEXT: ^bb0(%[[P:.*]]: f32, %[[SE:.*]]: f32, %[[BE:.*]]: f32):
// CHECK: %[[HALF:.*]] = arith.constant 5.000000e-01 : f32
// CHECK: %[[SCALED:.*]] = arith.mulf %[[P]], %[[SE]] : f32
// CHECK: %[[SUM:.*]] = arith.addf %[[SCALED]], %[[BE]] : f32
// CHECK: %[[E:.*]] = math.exp %[[SUM]] : f32
// CHECK: %[[IS:.*]] = arith.cmpf ogt, %[[E]], %[[HALF]] : f32
// CHECK: %[[LAST:.*]] = arith.select %[[IS]], %[[E]], %[[HALF]] : f32
// CHECK: msa_gpu.yield %[[LAST]] : f32
// CHECK: -> tensor<512x256xf16>
// CHECK: tensor.expand_shape %[[Y]] {{\[\[}}0, 1], [2]{{\]}}
func.func @activation(%x: tensor<512x256xf16>, %w: tensor<256x256xf16>, %s: tensor<1x512xf32>, %b: tensor<256xf16>) -> tensor<1x512x256xf16> {
  %zero = arith.constant 0.0 : f32
  %half = arith.constant 0.5 : f16
  %empty = tensor.empty() : tensor<512x256xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<512x256xf32>) -> tensor<512x256xf32>
  %p = linalg.matmul ins(%x, %w : tensor<512x256xf16>, tensor<256x256xf16>) outs(%init : tensor<512x256xf32>) -> tensor<512x256xf32>
  %e = tensor.expand_shape %p [[0, 1], [2]] output_shape [1, 512, 256] : tensor<512x256xf32> into tensor<1x512x256xf32>
  %o = tensor.empty() : tensor<1x512x256xf16>
  %y = linalg.generic {indexing_maps = [#id, #row, #column, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%e, %s, %b : tensor<1x512x256xf32>, tensor<1x512xf32>, tensor<256xf16>) outs(%o : tensor<1x512x256xf16>) {
  ^bb0(%a: f32, %f: f32, %g: f16, %u: f16):
    %scaled = arith.mulf %a, %f : f32
    %narrow = arith.truncf %scaled : f32 to f16
    %sum = arith.addf %narrow, %g : f16
    %power = math.exp %sum : f16
    %is = arith.cmpf ogt, %power, %half : f16
    %last = arith.select %is, %power, %half : f16
    linalg.yield %last : f16
  } -> tensor<1x512x256xf16>
  return %y : tensor<1x512x256xf16>
}

// -----

// The product has another reader.

// CHECK-LABEL: @other_use
// CHECK: %[[P:.*]] = msa_gpu.gemm {{.*}} {msa.dispatch}
// CHECK: linalg.add ins(%{{.*}}, %[[P]] :
func.func @other_use(%x: tensor<512x256xbf16>, %w: tensor<256x512xbf16>, %r: tensor<512x512xbf16>) -> (tensor<512x512xbf16>, tensor<512x512xbf16>) {
  %zero = arith.constant 0.0 : bf16
  %empty = tensor.empty() : tensor<512x512xbf16>
  %init = linalg.fill ins(%zero : bf16) outs(%empty : tensor<512x512xbf16>) -> tensor<512x512xbf16>
  %p = linalg.matmul ins(%x, %w : tensor<512x256xbf16>, tensor<256x512xbf16>) outs(%init : tensor<512x512xbf16>) -> tensor<512x512xbf16>
  %y = linalg.add ins(%r, %p : tensor<512x512xbf16>, tensor<512x512xbf16>) outs(%empty : tensor<512x512xbf16>) -> tensor<512x512xbf16>
  return %y, %p : tensor<512x512xbf16>, tensor<512x512xbf16>
}

// -----

// An operand in another order, a product that is read in another order, a sum over its rows, arithmetic that no epilogue
// has, exp of what stays f32, and an index: all are left as they are.

#id = affine_map<(i, j) -> (i, j)>
#turned = affine_map<(i, j) -> (j, i)>
#row = affine_map<(i, j) -> (i)>
// CHECK-LABEL: @left
// CHECK-NOT: epilogue
// CHECK-COUNT-6: linalg.generic
func.func @left(%x: tensor<256x256xbf16>, %w: tensor<256x256xbf16>, %r: tensor<256x256xbf16>)
    -> (tensor<256x256xbf16>, tensor<256x256xbf16>, tensor<256xf32>, tensor<256x256xbf16>, tensor<256x256xf32>, tensor<256x256xbf16>) {
  %zero = arith.constant 0.0 : bf16
  %zerow = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<256x256xbf16>
  %emptyw = tensor.empty() : tensor<256x256xf32>
  %init = linalg.fill ins(%zero : bf16) outs(%empty : tensor<256x256xbf16>) -> tensor<256x256xbf16>
  %initw = linalg.fill ins(%zerow : f32) outs(%emptyw : tensor<256x256xf32>) -> tensor<256x256xf32>
  %p = linalg.matmul ins(%x, %w : tensor<256x256xbf16>, tensor<256x256xbf16>) outs(%init : tensor<256x256xbf16>) -> tensor<256x256xbf16>
  %a = linalg.generic {indexing_maps = [#id, #turned, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %r : tensor<256x256xbf16>, tensor<256x256xbf16>) outs(%empty : tensor<256x256xbf16>) {
  ^bb0(%u: bf16, %v: bf16, %o: bf16):
    %s = arith.addf %u, %v : bf16
    linalg.yield %s : bf16
  } -> tensor<256x256xbf16>
  %p1 = linalg.matmul ins(%w, %x : tensor<256x256xbf16>, tensor<256x256xbf16>) outs(%init : tensor<256x256xbf16>) -> tensor<256x256xbf16>
  %b = linalg.generic {indexing_maps = [#turned, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p1 : tensor<256x256xbf16>) outs(%empty : tensor<256x256xbf16>) {
  ^bb0(%u: bf16, %o: bf16):
    %s = arith.negf %u : bf16
    linalg.yield %s : bf16
  } -> tensor<256x256xbf16>
  %p2 = linalg.matmul ins(%x, %r : tensor<256x256xbf16>, tensor<256x256xbf16>) outs(%init : tensor<256x256xbf16>) -> tensor<256x256xbf16>
  %sums = tensor.empty() : tensor<256xf32>
  %start = linalg.fill ins(%zerow : f32) outs(%sums : tensor<256xf32>) -> tensor<256xf32>
  %c = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%p2 : tensor<256x256xbf16>) outs(%start : tensor<256xf32>) {
  ^bb0(%u: bf16, %o: f32):
    %wide = arith.extf %u : bf16 to f32
    %s = arith.addf %o, %wide : f32
    linalg.yield %s : f32
  } -> tensor<256xf32>
  %p3 = linalg.matmul ins(%r, %x : tensor<256x256xbf16>, tensor<256x256xbf16>) outs(%init : tensor<256x256xbf16>) -> tensor<256x256xbf16>
  %d = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p3 : tensor<256x256xbf16>) outs(%empty : tensor<256x256xbf16>) {
  ^bb0(%u: bf16, %o: bf16):
    %s = math.tanh %u : bf16
    linalg.yield %s : bf16
  } -> tensor<256x256xbf16>
  %p4 = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (k, j)>, affine_map<(i, j, k) -> (i, j)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<256x256xbf16>, tensor<256x256xbf16>) outs(%initw : tensor<256x256xf32>) {
  ^bb0(%u: bf16, %v: bf16, %o: f32):
    %uw = arith.extf %u : bf16 to f32
    %vw = arith.extf %v : bf16 to f32
    %t = arith.mulf %uw, %vw : f32
    %s = arith.addf %o, %t : f32
    linalg.yield %s : f32
  } -> tensor<256x256xf32>
  %e = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p4 : tensor<256x256xf32>) outs(%emptyw : tensor<256x256xf32>) {
  ^bb0(%u: f32, %o: f32):
    %s = math.exp %u : f32
    linalg.yield %s : f32
  } -> tensor<256x256xf32>
  %p5 = linalg.matmul ins(%w, %r : tensor<256x256xbf16>, tensor<256x256xbf16>) outs(%init : tensor<256x256xbf16>) -> tensor<256x256xbf16>
  %f = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p5 : tensor<256x256xbf16>) outs(%empty : tensor<256x256xbf16>) {
  ^bb0(%u: bf16, %o: bf16):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %is = arith.cmpi slt, %i, %j : index
    %s = arith.select %is, %u, %zero : bf16
    linalg.yield %s : bf16
  } -> tensor<256x256xbf16>
  return %a, %b, %c, %d, %e, %f : tensor<256x256xbf16>, tensor<256x256xbf16>, tensor<256xf32>, tensor<256x256xbf16>, tensor<256x256xf32>, tensor<256x256xbf16>
}

// -----

// In f32 a matrix beside the widest tile would take more registers than there are: a narrower tile.

// CHECK-LABEL: @wide
// CHECK: msa_gpu.gemm {{.*}} columns = 128, {{.*}} extras(["mn"] : %{{.*}} : tensor<4096x2048xf32>) epilogue
func.func @wide(%x: tensor<4096x2048xbf16>, %w: tensor<2048x2048xbf16>, %r: tensor<4096x2048xf32>) -> tensor<4096x2048xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<4096x2048xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<4096x2048xf32>) -> tensor<4096x2048xf32>
  %p = linalg.matmul ins(%x, %w : tensor<4096x2048xbf16>, tensor<2048x2048xbf16>) outs(%init : tensor<4096x2048xf32>) -> tensor<4096x2048xf32>
  %y = linalg.add ins(%r, %p : tensor<4096x2048xf32>, tensor<4096x2048xf32>) outs(%empty : tensor<4096x2048xf32>) -> tensor<4096x2048xf32>
  return %y : tensor<4096x2048xf32>
}

// -----

// In a loop the product would be computed for every step.

// CHECK-LABEL: @loop
// CHECK: msa_gpu.gemm {{.*}} {msa.dispatch}
// CHECK: scf.for
// CHECK: linalg.add
func.func @loop(%x: tensor<256x256xbf16>, %w: tensor<256x256xbf16>, %r: tensor<256x256xbf16>, %n: index) -> tensor<256x256xbf16> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : bf16
  %empty = tensor.empty() : tensor<256x256xbf16>
  %init = linalg.fill ins(%zero : bf16) outs(%empty : tensor<256x256xbf16>) -> tensor<256x256xbf16>
  %p = linalg.matmul ins(%x, %w : tensor<256x256xbf16>, tensor<256x256xbf16>) outs(%init : tensor<256x256xbf16>) -> tensor<256x256xbf16>
  %y = scf.for %i = %c0 to %n step %c1 iter_args(%s = %r) -> tensor<256x256xbf16> {
    %t = linalg.add ins(%s, %p : tensor<256x256xbf16>, tensor<256x256xbf16>) outs(%empty : tensor<256x256xbf16>) -> tensor<256x256xbf16>
    scf.yield %t : tensor<256x256xbf16>
  }
  return %y : tensor<256x256xbf16>
}
