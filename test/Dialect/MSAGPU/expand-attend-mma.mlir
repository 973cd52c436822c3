// RUN: msa-opt %s -msa-gpu-expand-attend | FileCheck %s -enable-var-scope

// Without a copy engine: maps are views of buffers, with the layout in their type, and the launch has none; a block has one
// tile, of 128 queries, and no thread that only copies.

// CHECK-LABEL: msa_gpu.kernel @causal_0(
// CHECK-SAME: %[[Q:[^:]*]]: memref<1x2x512x128xbf16>, %[[K:[^:]*]]: memref<1x2x512x128xbf16>, %[[V:[^:]*]]: memref<1x2x512x128xbf16>, %[[O:[^:]*]]: memref<1x2x512x128xbf16>, %[[LSE:[^:]*]]: memref<1x2x512xf32>, %{{[^:]*}}: memref<1xi32>)
// CHECK-SAME: attributes {mma, warpgroups = 1 : i64}
// CHECK: %[[QS:.*]] = msa_gpu.view %[[Q]] : memref<1x2x512x128xbf16> -> <128, 128, bf16, layout = <buffer = 0, element = bf16, offset = 0, sizes = [64, 512, 2, 2, 1], strides = [128, 64, 65536, 128], box = [64, 128, 2, 1, 1], swizzle = 128>>
// CHECK: %[[OS:.*]] = msa_gpu.view %[[O]] : {{.*}} -> <128, 128, bf16, layout = <buffer = 3,
// CHECK: %[[KS:.*]] = msa_gpu.view %[[K]] : {{.*}} -> <64, 128, bf16, layout = <buffer = 1,
// CHECK: %[[TILES:.*]] = arith.constant 8 : i32
// CHECK: msa_gpu.for_tiles %[[TILES]] {
// CHECK: msa_gpu.load %[[QS]]{{.*}} ring("q", 1) per_warpgroup {evict_first} : {{.*}} -> <128, 128, bf16, pitch = 128>
// CHECK: scf.for
// CHECK: msa_gpu.load %[[KS]]{{.*}} ring("k", 1)
// CHECK: msa_gpu.product %{{.*}} transposed : {{.*}} -> <128, 64, f32>
// CHECK: msa_gpu.band %{{[^ ]*}} to %{{[^ ]*}} : !msa_gpu.rows<i32, count = 128>
// CHECK: msa_gpu.store %{{[^ ]*}}, %[[OS]]
// CHECK: func.func private @causal_0(
// CHECK-NOT: msa_gpu.maps
// CHECK-SAME: {msa_gpu.launch = #msa_gpu.launch<block = 128, shared = 65536, cluster = 1, persistent = false, cleared = 0>}
func.func private @causal_0(%q: memref<1x2x512x128xbf16>, %k: memref<1x2x512x128xbf16>, %v: memref<1x2x512x128xbf16>, %o: memref<1x2x512x128xbf16>, %l: memref<1x2x512xf32>, %c: memref<1xi32>, %begin: index, %end: index)
    attributes {msa.kernel = 1 : i64} {
  msa_gpu.attend ins(%q, %k, %v : memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>)
      outs(%o, %l, %c : memref<1x2x512x128xbf16>, memref<1x2x512xf32>, memref<1xi32>) pattern(#msa.causal) scale(0.125) schedule(<warpgroups = 1, keys = 64, stages = 1, rescale = lazy, skip = false, half = false, persistent = false, mma = true, rows = 128>)
  return
}
func.func @causal(%q: memref<1x2x512x128xbf16>, %k: memref<1x2x512x128xbf16>, %v: memref<1x2x512x128xbf16>, %o: memref<1x2x512x128xbf16>, %l: memref<1x2x512xf32>, %c: memref<1xi32>) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  call @causal_0(%q, %k, %v, %o, %l, %c, %zero, %one) : (memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512x128xbf16>, memref<1x2x512xf32>, memref<1xi32>, index, index) -> ()
  return
}
