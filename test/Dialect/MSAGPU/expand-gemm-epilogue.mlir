// RUN: msa-opt %s -split-input-file -msa-gpu-expand-gemm -canonicalize -cse | FileCheck %s --enable-var-scope

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>

// A residual that is a part of a wider buffer, and a value a row and stream: rows of both streams are one sequence, since
// those of the residual are. exp is a power of two, the quotient no call. The residual is a caller's, so it may lie anywhere.

// CHECK-LABEL: msa_gpu.kernel @sums_0(
// CHECK-SAME: %[[R:[^:]*]]: memref<400x1024xbf16>, %[[S:[^:]*]]: memref<2x200xf32>, %{{[^:]*}}: memref<2x200x512xbf16>)
// CHECK: %[[LOG2E:.*]] = arith.constant 1.442695
// CHECK: msa_gpu.for_tiles
// CHECK: %[[ACC:.*]] = msa_gpu.wait 0
// CHECK: %[[RE:.*]] = msa_gpu.read %[[R]][%[[ROW:.*]], %[[ZERO:.*]], %{{.*}}] column %[[COLUMN:.*]] {batch_stride = 204800 : i64, columns = 512 : i64, head_stride = 0 : i64, offset = 512 : i64, row_stride = 1024 : i64, rows = 400 : i64} : memref<400x1024xbf16> -> !msa_gpu.fragment<64, 256, f32>
// CHECK: %[[SE:.*]] = msa_gpu.read %[[S]][%[[ROW]], %{{.*}}, %{{.*}}] column %[[COLUMN]] {aligned, batch_stride = 200 : i64, columns = 512 : i64, head_stride = 0 : i64, offset = 0 : i64, row_stride = 1 : i64, rows = 400 : i64} : memref<2x200xf32> -> !msa_gpu.rows<f32>
// CHECK: %[[Y:.*]] = msa_gpu.map %[[ACC]], %[[RE]], %[[SE]] :
// CHECK-NEXT: ^bb0(%[[A:.*]]: f32, %[[B:.*]]: f32, %[[C:.*]]: f32):
// CHECK-NEXT: %[[T:.*]] = arith.mulf %[[C]], %[[LOG2E]] : f32
// CHECK-NEXT: %[[E:.*]] = msa_gpu.exp2 %[[T]]
// CHECK-NEXT: %[[Q:.*]] = msa_gpu.div %[[A]], %[[E]]
// CHECK-NEXT: %[[SUM:.*]] = arith.addf %[[Q]], %[[B]] : f32
// CHECK-NEXT: msa_gpu.yield %[[SUM]] : f32
// CHECK: %[[P:.*]] = msa_gpu.pack %[[Y]]
// CHECK: msa_gpu.store %[[P]]
func.func @caller(%a: memref<2x200x64xbf16>, %b: memref<64x512xbf16>, %r: memref<400x1024xbf16>, %s: memref<2x200xf32> {msa.constant = "s"},
    %o: memref<2x200x512xbf16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  call @sums_0(%a, %b, %r, %s, %o, %c0, %c1) : (memref<2x200x64xbf16>, memref<64x512xbf16>, memref<400x1024xbf16>, memref<2x200xf32>,
      memref<2x200x512xbf16>, index, index) -> ()
  return
}
func.func private @sums_0(%a: memref<2x200x64xbf16>, %b: memref<64x512xbf16>, %r: memref<400x1024xbf16>, %s: memref<2x200xf32>,
    %o: memref<2x200x512xbf16>, %begin: index, %end: index) attributes {msa.kernel = 1 : i64} {
  %part = memref.subview %r[0, 512] [400, 512] [1, 1] : memref<400x1024xbf16> to memref<400x512xbf16, strided<[1024, 1], offset: 512>>
  %streams = memref.expand_shape %part [[0, 1], [2]] output_shape [2, 200, 512]
      : memref<400x512xbf16, strided<[1024, 1], offset: 512>> into memref<2x200x512xbf16, strided<[204800, 1024, 1], offset: 512>>
  msa_gpu.gemm "bmk,kn->bmn" ins(%a, %b : memref<2x200x64xbf16>, memref<64x512xbf16>) outs(%o : memref<2x200x512xbf16>) schedule(#s)
      extras(["bmn", "bm"] : %streams, %s : memref<2x200x512xbf16, strided<[204800, 1024, 1], offset: 512>>, memref<2x200xf32>) epilogue {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %e = math.exp %z : f32
    %q = arith.divf %x, %e : f32
    %sum = arith.addf %q, %y : f32
    msa_gpu.yield %sum : f32
  }
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, persistent = true>

// Heads of 128 columns that are apart, two a tile; tables repeat every 64 columns and for every stream, so that rows of
// streams stay apart. The second out is stored first, as it is.

// CHECK-LABEL: msa_gpu.kernel @rotated_0(
// CHECK-SAME: !msa_gpu.map<128, 64, f16>, %{{[^:]*}}: !msa_gpu.map<64, 256, f16, head = 128>, %[[O:[^:]*]]: !msa_gpu.map<64, 256, f16, head = 128>, %[[P:[^:]*]]: !msa_gpu.map<64, 256, f16, head = 128>,
// CHECK: %[[ACC:.*]] = msa_gpu.wait 0
// CHECK: %[[H:.*]] = msa_gpu.pack %[[ACC]]
// CHECK: msa_gpu.store %[[H]], %[[P]][
// CHECK: %[[T:.*]] = msa_gpu.rotate %[[ACC]] {group = 128 : i64}
// CHECK: %[[C:.*]] = msa_gpu.read %{{.*}}[%{{.*}}, %{{.*}}, %[[STREAM:.*]]] column %{{.*}} {aligned, batch_stride = 0 : i64, columns = 512 : i64, head_stride = 0 : i64, offset = 0 : i64, row_stride = 64 : i64, rows = 200 : i64, wrap = 64 : i64}
// CHECK: %[[B:.*]] = msa_gpu.read %{{.*}}[%{{.*}}, %{{.*}}, %[[STREAM]]] column %{{.*}} {aligned, batch_stride = 0 : i64, columns = 512 : i64, head_stride = 128 : i64, offset = 0 : i64, row_stride = 0 : i64, rows = 200 : i64}
// CHECK: msa_gpu.map %[[ACC]], %[[T]], %[[C]], %[[B]]
// CHECK: msa_gpu.store %{{.*}}, %[[O]][
func.func private @rotated_0(%a: memref<2x200x64xf16>, %b: memref<4x64x128xf16>, %cos: memref<200x64xf32>, %bias: memref<4x128xf16>,
    %o: memref<2x4x200x128xf16>, %p: memref<2x4x200x128xf16>, %begin: index, %end: index) attributes {msa.kernel = 1 : i64} {
  msa_gpu.gemm "bmk,hkn->bhmn" ins(%a, %b : memref<2x200x64xf16>, memref<4x64x128xf16>) outs(%o, %p : memref<2x4x200x128xf16>, memref<2x4x200x128xf16>)
      schedule(#s) extras(["mp", "hn"] : %cos, %bias : memref<200x64xf32>, memref<4x128xf16>) rotate(128) epilogue {
  ^bb0(%x: f32, %t: f32, %c: f32, %d: f32):
    %y = arith.mulf %t, %c : f32
    %z = arith.addf %y, %d : f32
    %w = arith.addf %z, %x : f32
    msa_gpu.yield %w : f32
  }
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 128, depth = 64, stages = 4, staged = 1, group = 16, cluster = 1, persistent = true>

// One bias for all heads, side by side: it begins again every 64 columns. f32 keeps exact quotients.

// CHECK-LABEL: msa_gpu.kernel @shared_0(
// CHECK: msa_gpu.read %{{.*}} {aligned, batch_stride = 0 : i64, columns = 192 : i64, head_stride = 0 : i64, offset = 0 : i64, row_stride = 0 : i64, rows = 200 : i64, wrap = 64 : i64}
// CHECK: arith.divf
func.func private @shared_0(%a: memref<200x64xf16>, %b: memref<3x64x64xf16>, %bias: memref<64xf16>, %o: memref<200x3x64xf32>,
    %begin: index, %end: index) attributes {msa.kernel = 1 : i64} {
  msa_gpu.gemm "mk,hkn->mhn" ins(%a, %b : memref<200x64xf16>, memref<3x64x64xf16>) outs(%o : memref<200x3x64xf32>)
      schedule(#s) extras(["n"] : %bias : memref<64xf16>) epilogue {
  ^bb0(%x: f32, %d: f32):
    %z = arith.divf %x, %d : f32
    msa_gpu.yield %z : f32
  }
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 128, depth = 64, stages = 4, staged = 1, group = 16, cluster = 1, persistent = true>

// Heads of 72 columns would be one sequence, but for a bias that they share: tiles keep to a head.

// CHECK-LABEL: msa_gpu.kernel @narrow_0(
// CHECK: %[[TILES:.*]] = arith.constant 6 : i32
// CHECK: msa_gpu.for_tiles %[[TILES]]
// CHECK: msa_gpu.read %{{.*}} {aligned, batch_stride = 0 : i64, columns = 72 : i64, head_stride = 0 : i64, offset = 0 : i64, row_stride = 0 : i64, rows = 200 : i64}
func.func private @narrow_0(%a: memref<200x64xf16>, %b: memref<3x72x64xf16>, %bias: memref<72xf16>, %o: memref<200x3x72xf16>,
    %begin: index, %end: index) attributes {msa.kernel = 1 : i64} {
  msa_gpu.gemm "mk,hnk->mhn" ins(%a, %b : memref<200x64xf16>, memref<3x72x64xf16>) outs(%o : memref<200x3x72xf16>)
      schedule(#s) extras(["n"] : %bias : memref<72xf16>) epilogue {
  ^bb0(%x: f32, %d: f32):
    %z = arith.addf %x, %d : f32
    msa_gpu.yield %z : f32
  }
  return
}

// -----

#s = #msa_gpu.gemm_schedule<warpgroups = 2, columns = 64, depth = 64, stages = 4, staged = 1, group = 16, cluster = 1, persistent = true>

// Heads of 40 columns that lie side by side in the result, not in the extra: a tile is of one head, and ends with it. What
// it holds behind column 40 must not reach the next head, so the result is stored by heads too.

// CHECK-LABEL: msa_gpu.kernel @beside_0(
// CHECK: msa_gpu.read %{{[^ ]*}}[%[[ROW:[0-9a-z_]+]], %[[HEAD:[0-9a-z_]+]], %[[B:[0-9a-z_]+]]] column %[[NONE:[0-9a-z_]+]] {batch_stride = 0 : i64, columns = 40 : i64
// CHECK: msa_gpu.store %{{[^,]*}}, %{{[^ ]*}}[%[[ROW]], %[[HEAD]], %[[B]]] column %[[NONE]] {
// CHECK: #msa_gpu.tensor_map<buffer = 3, element = bf16, offset = 0, sizes = [40, 65, 3, 1], strides = [120, 40, 120],
func.func @caller(%a: memref<65x72xbf16>, %b: memref<3x40x72xbf16>, %r: memref<40xbf16>, %o: memref<65x3x40xbf16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  call @beside_0(%a, %b, %r, %o, %c0, %c1) : (memref<65x72xbf16>, memref<3x40x72xbf16>, memref<40xbf16>, memref<65x3x40xbf16>, index, index) -> ()
  return
}
func.func private @beside_0(%a: memref<65x72xbf16>, %b: memref<3x40x72xbf16>, %r: memref<40xbf16>, %o: memref<65x3x40xbf16>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.gemm "mk,hnk->mhn" ins(%a, %b : memref<65x72xbf16>, memref<3x40x72xbf16>) outs(%o : memref<65x3x40xbf16>) schedule(#s)
      extras(["n"] : %r : memref<40xbf16>) epilogue {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    msa_gpu.yield %p : f32
  }
  return
}
