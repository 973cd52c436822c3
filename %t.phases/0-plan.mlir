module {
  func.func @step(%arg0: memref<4xf32>, %arg1: memref<4xf32> {msa.result}) attributes {msa.arena = 0 : i64} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    call @step_0(%arg0, %arg1, %c0, %c1) : (memref<4xf32>, memref<4xf32>, index, index) -> ()
    return
  }
  func.func private @step_0(%arg0: memref<4xf32>, %arg1: memref<4xf32>, %arg2: index, %arg3: index) attributes {msa.kernel = 1 : i64} {
    %c1 = arith.constant 1 : index
    scf.for %arg4 = %arg2 to %arg3 step %c1 {
      linalg.add ins(%arg0, %arg0 : memref<4xf32>, memref<4xf32>) outs(%arg1 : memref<4xf32>)
    }
    return
  }
}
