module {
  func.func private @step_0(%arg0: memref<4xf32>, %arg1: memref<4xf32>, %arg2: index, %arg3: index) attributes {msa.kernel = 1 : i64} {
    %c4 = arith.constant 4 : index
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    scf.for %arg4 = %arg2 to %arg3 step %c1 {
      scf.for %arg5 = %c0 to %c4 step %c1 {
        %0 = memref.load %arg0[%arg5] : memref<4xf32>
        %1 = arith.addf %0, %0 : f32
        memref.store %1, %arg1[%arg5] : memref<4xf32>
      }
    }
    return
  }
}
