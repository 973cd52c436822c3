module {
  func.func @step(%arg0: memref<4xf32>, %arg1: memref<4xf32> {msa.result}) attributes {msa.arena = 0 : i64} {
    %c0 = arith.constant 0 : index
    %c4 = arith.constant 4 : index
    call @step_0(%arg0, %arg1, %c0, %c4) : (memref<4xf32>, memref<4xf32>, index, index) -> ()
    return
  }
  func.func private @step_0(%arg0: memref<4xf32>, %arg1: memref<4xf32>, %arg2: index, %arg3: index) attributes {msa.kernel = 4 : i64} {
    %c1 = arith.constant 1 : index
    scf.for %arg4 = %arg2 to %arg3 step %c1 {
      %subview = memref.subview %arg0[%arg4] [1] [1] : memref<4xf32> to memref<1xf32, strided<[1], offset: ?>>
      %subview_0 = memref.subview %arg0[%arg4] [1] [1] : memref<4xf32> to memref<1xf32, strided<[1], offset: ?>>
      %subview_1 = memref.subview %arg1[%arg4] [1] [1] : memref<4xf32> to memref<1xf32, strided<[1], offset: ?>>
      linalg.add ins(%subview, %subview_0 : memref<1xf32, strided<[1], offset: ?>>, memref<1xf32, strided<[1], offset: ?>>) outs(%subview_1 : memref<1xf32, strided<[1], offset: ?>>)
    }
    return
  }
}
