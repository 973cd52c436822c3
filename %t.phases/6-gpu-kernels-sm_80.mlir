module {
  func.func private @step_0(%arg0: memref<4xf32>, %arg1: memref<4xf32>, %arg2: index, %arg3: index) attributes {msa.kernel = 4 : i64} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    scf.for %arg4 = %arg2 to %arg3 step %c1 {
      %subview = memref.subview %arg0[%arg4] [1] [1] : memref<4xf32> to memref<1xf32, strided<[1], offset: ?>>
      %subview_0 = memref.subview %arg1[%arg4] [1] [1] : memref<4xf32> to memref<1xf32, strided<[1], offset: ?>>
      %0 = memref.load %subview[%c0] : memref<1xf32, strided<[1], offset: ?>>
      %1 = arith.addf %0, %0 : f32
      memref.store %1, %subview_0[%c0] : memref<1xf32, strided<[1], offset: ?>>
    }
    return
  }
}
