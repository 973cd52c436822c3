// RUN: msa-opt %s -msa-rows-to-warps -canonicalize | FileCheck %s -enable-var-scope

// 64 rows: 2048 threads. A lane reads 8 elements at every 256th, all before it
// sums the first, and all lanes join what they have; one writes it. The fill is
// its, too: those of the others could come after it.

// CHECK-LABEL: func.func @step(
// CHECK-DAG: %[[N:.*]] = arith.constant 2048 : index
// CHECK-DAG: %[[M:.*]] = arith.constant 64 : index
// CHECK: call @squares(%{{.*}}, %{{.*}}, %{{.*}}, %[[N]])
// CHECK: call @short(%{{.*}}, %{{.*}}, %{{.*}}, %[[M]])
// CHECK: call @product(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %[[N]])
// CHECK: call @named(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %[[N]])

// CHECK-LABEL: func.func private @squares(
// CHECK-SAME: %[[X:.*]]: memref<64x512xbf16>, %[[Y:.*]]: memref<64xf32>, %[[BEGIN:.*]]: index, %[[END:.*]]: index
// CHECK-SAME: msa.kernel = 2048 : i64
// CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG: %[[C8:.*]] = arith.constant 8 : index
// CHECK-DAG: %[[C32:.*]] = arith.constant 32 : index
// CHECK: scf.for %[[T:.*]] = %[[BEGIN]] to %[[END]]
// CHECK: %[[ROW:.*]] = arith.divui %[[T]], %[[C32]]
// CHECK: %[[LANE:.*]] = arith.remui %[[T]], %[[C32]]
// CHECK: %[[XV:.*]] = memref.subview %[[X]][%[[ROW]], 0] [1, 512]
// CHECK-NOT: linalg.fill
// CHECK: %[[A0:.*]] = arith.muli %[[LANE]], %[[C8]]
// CHECK: vector.load %[[XV]][%{{.*}}, %[[A0]]] {alignment = 16 : i64} : {{.*}}, vector<8xbf16>
// CHECK: %[[N1:.*]] = arith.addi %[[LANE]], %[[C32]]
// CHECK: %[[A1:.*]] = arith.muli %[[N1]], %[[C8]]
// CHECK: vector.load %[[XV]][%{{.*}}, %[[A1]]] {alignment = 16 : i64} : {{.*}}, vector<8xbf16>
// CHECK-NOT: vector.load
// CHECK: %[[SUM0:.*]] = arith.addf {{.*}} : vector<8xf32>
// CHECK: %[[SUM:.*]] = arith.addf %[[SUM0]], {{.*}} : vector<8xf32>
// CHECK: %[[ONE:.*]] = vector.reduction <add>, %[[SUM]]
// CHECK: gpu.shuffle xor %[[ONE]], %{{.*}}, %{{.*}} : f32
// CHECK-COUNT-4: gpu.shuffle xor
// CHECK-NOT: gpu.shuffle
// CHECK: %[[IS:.*]] = arith.cmpi eq, %[[LANE]], %[[C0]]
// CHECK: scf.if %[[IS]]
// CHECK: linalg.fill
// CHECK: memref.store

// Shorter rows stay one thread's.

// CHECK-LABEL: func.func private @short(
// CHECK-SAME: msa.kernel = 64 : i64
// CHECK-NOT: gpu.shuffle
// CHECK: linalg.generic

// A product with one column: its elements lie side by side, whatever the shape
// says.

// CHECK-LABEL: func.func private @product(
// CHECK-SAME: %{{.*}}: memref<64x512xbf16>, %[[W:.*]]: memref<512x1xbf16>
// CHECK: memref.collapse_shape %[[W]] {{\[\[}}0, 1]]
// CHECK: vector.load
// CHECK: vector.load
// CHECK: gpu.shuffle

// CHECK-LABEL: func.func private @named(
// CHECK-SAME: msa.kernel = 2048 : i64
// CHECK: vector.load {{.*}} vector<4xf32>
// CHECK: gpu.shuffle

// More steps than registers are for: one after the other.

// CHECK-LABEL: func.func private @long(
// CHECK-DAG: %[[C8:.*]] = arith.constant 8 : index
// CHECK-DAG: %[[C256:.*]] = arith.constant 256 : index
// CHECK-DAG: %[[C4096:.*]] = arith.constant 4096 : index
// CHECK: %[[LANE:.*]] = arith.remui
// CHECK: %[[FIRST:.*]] = arith.muli %[[LANE]], %[[C8]]
// CHECK: %[[SUM:.*]] = scf.for %{{.*}} = %[[FIRST]] to %[[C4096]] step %[[C256]] iter_args({{.*}}) -> (vector<8xf32>)
// CHECK: vector.load {{.*}} {alignment = 16 : i64} : {{.*}}, vector<8xbf16>
// CHECK: %[[ONE:.*]] = vector.reduction <add>, %[[SUM]]
// CHECK: %[[FIRST:.*]] = arith.muli %[[LANE]], %[[C8]]
// CHECK: scf.for %{{.*}} = %[[FIRST]] to %[[C4096]] step %[[C256]]
// CHECK: vector.load {{.*}} {alignment = 16 : i64} : {{.*}}, vector<8xbf16>
// CHECK: vector.store {{.*}} {alignment = 16 : i64} : {{.*}}, vector<8xbf16>

// The sum is in bf16, whose every step rounds: left alone.

// CHECK-LABEL: func.func private @narrow(
// CHECK-NOT: gpu.shuffle
// CHECK: linalg.generic

// A norm: all lanes have the sum, and compute what they have read, without
// reading it again. Where the sum is in a buffer of all threads they do not.

// CHECK-LABEL: func.func private @norm(
// CHECK-SAME: %[[X:.*]]: memref<64x512xbf16>, %[[Y:.*]]: memref<64x512xbf16>, %[[BEGIN:.*]]: index, %[[END:.*]]: index
// CHECK-SAME: msa.kernel = 2048 : i64
// CHECK: %[[OWN:.*]] = memref.alloca() : memref<1xf32>
// CHECK: %[[LANE:.*]] = arith.remui
// CHECK: %[[X0:.*]] = vector.load {{.*}} {alignment = 16 : i64} : {{.*}}, vector<8xbf16>
// CHECK: %[[X1:.*]] = vector.load {{.*}} {alignment = 16 : i64} : {{.*}}, vector<8xbf16>
// CHECK-NOT: vector.load
// CHECK: vector.reduction <add>
// CHECK-COUNT-5: gpu.shuffle xor
// CHECK-NOT: arith.cmpi
// CHECK: linalg.fill
// CHECK: memref.store %{{.*}}, %[[OWN]]
// CHECK: memref.load %[[OWN]]
// CHECK: arith.extf %[[X0]]
// CHECK: arith.divf {{.*}} : vector<8xf32>
// CHECK: vector.store {{.*}} {alignment = 16 : i64} : {{.*}}, vector<8xbf16>
// CHECK: arith.extf %[[X1]]
// CHECK: arith.divf {{.*}} : vector<8xf32>
// CHECK: vector.store {{.*}} {alignment = 16 : i64} : {{.*}}, vector<8xbf16>
// CHECK-LABEL: func.func private @shared_sum(
// CHECK-NOT: gpu.shuffle
// CHECK: return

!x = memref<64x512xbf16>
!row = memref<1x512xbf16, strided<[512, 1], offset: ?>>
!wide = memref<64x4096xbf16>
!wide_row = memref<1x4096xbf16, strided<[4096, 1], offset: ?>>
!one = memref<1xf32, strided<[1], offset: ?>>
#id = affine_map<(i, k) -> (i, k)>
#out = affine_map<(i, k) -> (i)>
func.func @step(%x: !x {msa.state = "x"}, %s: memref<64x128xbf16> {msa.state = "s"}, %w: memref<512x1xbf16> {msa.state = "w"}, %n: memref<64xbf16> {msa.state = "n"}, %f: memref<64x512xf32> {msa.state = "f"}, %v: memref<512x1xf32> {msa.state = "v"}, %l: !wide {msa.state = "l"}) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %a = memref.alloc() : memref<64xf32>
  call @squares(%x, %a, %c0, %c64) : (!x, memref<64xf32>, index, index) -> ()
  call @short(%s, %a, %c0, %c64) : (memref<64x128xbf16>, memref<64xf32>, index, index) -> ()
  call @product(%x, %w, %a, %c0, %c64) : (!x, memref<512x1xbf16>, memref<64xf32>, index, index) -> ()
  %b = memref.alloc() : memref<64x1xf32>
  call @named(%f, %v, %b, %c0, %c64) : (memref<64x512xf32>, memref<512x1xf32>, memref<64x1xf32>, index, index) -> ()
  %m = memref.alloc() : !wide
  call @long(%l, %m, %c0, %c64) : (!wide, !wide, index, index) -> ()
  call @narrow(%x, %n, %c0, %c64) : (!x, memref<64xbf16>, index, index) -> ()
  %y = memref.alloc() : !x
  call @norm(%x, %y, %c0, %c64) : (!x, !x, index, index) -> ()
  call @shared_sum(%x, %y, %a, %c0, %c64) : (!x, !x, memref<64xf32>, index, index) -> ()
  return
}
func.func private @squares(%x: !x, %y: memref<64xf32>, %begin: index, %end: index) attributes {msa.kernel = 64 : i64} {
  %c1 = arith.constant 1 : index
  %z = arith.constant 0.0 : f32
  scf.for %i = %begin to %end step %c1 {
    %xv = memref.subview %x[%i, 0] [1, 512] [1, 1] : !x to !row
    %yv = memref.subview %y[%i] [1] [1] : memref<64xf32> to !one
    linalg.fill ins(%z : f32) outs(%yv : !one)
    linalg.generic {indexing_maps = [#id, #out], iterator_types = ["parallel", "reduction"]} ins(%xv : !row) outs(%yv : !one) {
    ^bb0(%a: bf16, %s: f32):
      %f = arith.extf %a : bf16 to f32
      %m = arith.mulf %f, %f : f32
      %t = arith.addf %s, %m : f32
      linalg.yield %t : f32
    }
  }
  return
}
func.func private @short(%x: memref<64x128xbf16>, %y: memref<64xf32>, %begin: index, %end: index) attributes {msa.kernel = 64 : i64} {
  %c1 = arith.constant 1 : index
  scf.for %i = %begin to %end step %c1 {
    %xv = memref.subview %x[%i, 0] [1, 128] [1, 1] : memref<64x128xbf16> to memref<1x128xbf16, strided<[128, 1], offset: ?>>
    %yv = memref.subview %y[%i] [1] [1] : memref<64xf32> to !one
    linalg.generic {indexing_maps = [#id, #out], iterator_types = ["parallel", "reduction"]} ins(%xv : memref<1x128xbf16, strided<[128, 1], offset: ?>>) outs(%yv : !one) {
    ^bb0(%a: bf16, %s: f32):
      %f = arith.extf %a : bf16 to f32
      %t = arith.addf %s, %f : f32
      linalg.yield %t : f32
    }
  }
  return
}
func.func private @product(%x: !x, %w: memref<512x1xbf16>, %y: memref<64xf32>, %begin: index, %end: index) attributes {msa.kernel = 64 : i64} {
  %c1 = arith.constant 1 : index
  scf.for %i = %begin to %end step %c1 {
    %xv = memref.subview %x[%i, 0] [1, 512] [1, 1] : !x to !row
    %yv = memref.subview %y[%i] [1] [1] : memref<64xf32> to !one
    %y2 = memref.expand_shape %yv [[0, 1]] output_shape [1, 1] : !one into memref<1x1xf32, strided<[1, 1], offset: ?>>
    linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (k, j)>, affine_map<(i, j, k) -> (i, j)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%xv, %w : !row, memref<512x1xbf16>) outs(%y2 : memref<1x1xf32, strided<[1, 1], offset: ?>>) {
    ^bb0(%a: bf16, %b: bf16, %s: f32):
      %f = arith.extf %a : bf16 to f32
      %g = arith.extf %b : bf16 to f32
      %m = arith.mulf %f, %g : f32
      %t = arith.addf %s, %m : f32
      linalg.yield %t : f32
    }
  }
  return
}
func.func private @named(%x: memref<64x512xf32>, %w: memref<512x1xf32>, %y: memref<64x1xf32>, %begin: index, %end: index) attributes {msa.kernel = 64 : i64} {
  %c1 = arith.constant 1 : index
  scf.for %i = %begin to %end step %c1 {
    %xv = memref.subview %x[%i, 0] [1, 512] [1, 1] : memref<64x512xf32> to memref<1x512xf32, strided<[512, 1], offset: ?>>
    %yv = memref.subview %y[%i, 0] [1, 1] [1, 1] : memref<64x1xf32> to memref<1x1xf32, strided<[1, 1], offset: ?>>
    linalg.matmul ins(%xv, %w : memref<1x512xf32, strided<[512, 1], offset: ?>>, memref<512x1xf32>) outs(%yv : memref<1x1xf32, strided<[1, 1], offset: ?>>)
  }
  return
}
func.func private @long(%x: !wide, %y: !wide, %begin: index, %end: index) attributes {msa.kernel = 64 : i64} {
  %c1 = arith.constant 1 : index
  %z = arith.constant 0.0 : f32
  %sum = memref.alloca() : memref<1xf32>
  scf.for %i = %begin to %end step %c1 {
    %xv = memref.subview %x[%i, 0] [1, 4096] [1, 1] : !wide to !wide_row
    %yv = memref.subview %y[%i, 0] [1, 4096] [1, 1] : !wide to !wide_row
    linalg.fill ins(%z : f32) outs(%sum : memref<1xf32>)
    linalg.generic {indexing_maps = [#id, #out], iterator_types = ["parallel", "reduction"]} ins(%xv : !wide_row) outs(%sum : memref<1xf32>) {
    ^bb0(%a0: bf16, %s: f32):
      %f = arith.extf %a0 : bf16 to f32
      %t = arith.addf %s, %f : f32
      linalg.yield %t : f32
    }
    linalg.generic {indexing_maps = [#id, #out, #id], iterator_types = ["parallel", "parallel"]} ins(%xv, %sum : !wide_row, memref<1xf32>) outs(%yv : !wide_row) {
    ^bb0(%a0: bf16, %s: f32, %o: bf16):
      %f = arith.extf %a0 : bf16 to f32
      %t = arith.divf %f, %s : f32
      %u = arith.truncf %t : f32 to bf16
      linalg.yield %u : bf16
    }
  }
  return
}
func.func private @narrow(%x: !x, %y: memref<64xbf16>, %begin: index, %end: index) attributes {msa.kernel = 64 : i64} {
  %c1 = arith.constant 1 : index
  scf.for %i = %begin to %end step %c1 {
    %xv = memref.subview %x[%i, 0] [1, 512] [1, 1] : !x to !row
    %yv = memref.subview %y[%i] [1] [1] : memref<64xbf16> to memref<1xbf16, strided<[1], offset: ?>>
    linalg.generic {indexing_maps = [#id, #out], iterator_types = ["parallel", "reduction"]} ins(%xv : !row) outs(%yv : memref<1xbf16, strided<[1], offset: ?>>) {
    ^bb0(%a: bf16, %s: bf16):
      %t = arith.addf %s, %a : bf16
      linalg.yield %t : bf16
    }
  }
  return
}
func.func private @norm(%x: !x, %y: !x, %begin: index, %end: index) attributes {msa.kernel = 64 : i64} {
  %c1 = arith.constant 1 : index
  %z = arith.constant 0.0 : f32
  %sum = memref.alloca() : memref<1xf32>
  scf.for %i = %begin to %end step %c1 {
    %xv = memref.subview %x[%i, 0] [1, 512] [1, 1] : !x to !row
    %yv = memref.subview %y[%i, 0] [1, 512] [1, 1] : !x to !row
    linalg.fill ins(%z : f32) outs(%sum : memref<1xf32>)
    linalg.generic {indexing_maps = [#id, #out], iterator_types = ["parallel", "reduction"]} ins(%xv : !row) outs(%sum : memref<1xf32>) {
    ^bb0(%a0: bf16, %s: f32):
      %f = arith.extf %a0 : bf16 to f32
      %t = arith.addf %s, %f : f32
      linalg.yield %t : f32
    }
    linalg.generic {indexing_maps = [#id, #out, #id], iterator_types = ["parallel", "parallel"]} ins(%xv, %sum : !row, memref<1xf32>) outs(%yv : !row) {
    ^bb0(%a0: bf16, %s: f32, %o: bf16):
      %f = arith.extf %a0 : bf16 to f32
      %t = arith.divf %f, %s : f32
      %u = arith.truncf %t : f32 to bf16
      linalg.yield %u : bf16
    }
  }
  return
}

func.func private @shared_sum(%x: !x, %y: !x, %a: memref<64xf32>, %begin: index, %end: index) attributes {msa.kernel = 64 : i64} {
  %c1 = arith.constant 1 : index
  %z = arith.constant 0.0 : f32
  scf.for %i = %begin to %end step %c1 {
    %xv = memref.subview %x[%i, 0] [1, 512] [1, 1] : !x to !row
    %yv = memref.subview %y[%i, 0] [1, 512] [1, 1] : !x to !row
    %sum = memref.subview %a[%i] [1] [1] : memref<64xf32> to !one
    linalg.fill ins(%z : f32) outs(%sum : !one)
    linalg.generic {indexing_maps = [#id, #out], iterator_types = ["parallel", "reduction"]} ins(%xv : !row) outs(%sum : !one) {
    ^bb0(%a0: bf16, %s: f32):
      %f = arith.extf %a0 : bf16 to f32
      %t = arith.addf %s, %f : f32
      linalg.yield %t : f32
    }
    linalg.generic {indexing_maps = [#id, #out, #id], iterator_types = ["parallel", "parallel"]} ins(%xv, %sum : !row, !one) outs(%yv : !row) {
    ^bb0(%a0: bf16, %s: f32, %o: bf16):
      %f = arith.extf %a0 : bf16 to f32
      %t = arith.divf %f, %s : f32
      %u = arith.truncf %t : f32 to bf16
      linalg.yield %u : bf16
    }
  }
  return
}
