module attributes {gpu.container_module} {
  gpu.module @kernels {
    llvm.func @step_0(%arg0: !llvm.ptr, %arg1: !llvm.ptr, %arg2: i64) attributes {gpu.kernel, gpu.known_block_size = array<i32: 128, 1, 1>, nvvm.kernel, nvvm.maxntid = array<i32: 128, 1, 1>} {
      %0 = llvm.mlir.constant(128 : index) : i64
      %1 = nvvm.read.ptx.sreg.ctaid.x : i32
      %2 = llvm.sext %1 : i32 to i64
      %3 = nvvm.read.ptx.sreg.tid.x range <i32, 0, 128> : i32
      %4 = llvm.sext %3 : i32 to i64
      %5 = llvm.mul %2, %0 : i64
      %6 = llvm.add %5, %4 : i64
      %7 = llvm.icmp "slt" %6, %arg2 : i64
      llvm.cond_br %7, ^bb1, ^bb2
    ^bb1:  // pred: ^bb0
      %8 = llvm.getelementptr %arg0[%6] : (!llvm.ptr, i64) -> !llvm.ptr, f32
      %9 = llvm.load %8 : !llvm.ptr -> f32
      %10 = llvm.fadd %9, %9 : f32
      %11 = llvm.getelementptr %arg1[%6] : (!llvm.ptr, i64) -> !llvm.ptr, f32
      llvm.store %10, %11 : f32, !llvm.ptr
      llvm.br ^bb2
    ^bb2:  // 2 preds: ^bb0, ^bb1
      llvm.return
    }
  }
}
