//===- Passes.td - From tensors to kernels and plans -------*- tablegen -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_CODEGEN_PASSES_TD
#define MSA_CODEGEN_PASSES_TD

include "mlir/Pass/PassBase.td"

def MSAEntryToDestination : Pass<"msa-entry-to-destination", "::mlir::ModuleOp"> {
  let summary = "Turn an entry's tensors into buffers that its caller owns";
  let description = [{
    Every public function becomes one on buffers without results. An argument
    marked `msa.state` is read and written in place: the result of the same mark
    is materialized in it. Every other result gets a buffer argument at the end,
    marked `msa.result`. This runs before bufferization, which then finds out
    that new state can be formed in the old state's buffer.

    Before:
    ```mlir
    func.func @step(%x: tensor<4xf32>, %m: tensor<4xf32> {msa.state = "m"})
        -> (tensor<4xf32>, tensor<4xf32> {msa.state = "m"})
    ```
    After:
    ```mlir
    func.func @step(%x: memref<4xf32>, %m: memref<4xf32> {msa.state = "m"},
                    %y: memref<4xf32> {msa.result})
    ```
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect",
                           "::mlir::memref::MemRefDialect"];
}

def MSANormalize : Pass<"msa-normalize", "::mlir::func::FuncOp"> {
  let summary = "Bring tensor code to the forms that tiling and planning read";
  let description = [{
    * arith and math on tensors become linalg;
    * linalg ops that stand for several (softmax) become those;
    * a `tensor.reshape` between static shapes becomes views;
    * a loop that carries tensors and runs at most `max-unroll` times becomes
      straight code. Other loops and conditionals stay, as serial work of one
      kernel, and form their tensors in place.

    Before:
    ```mlir
    %r = arith.addf %x, %y : tensor<8xf32>
    ```
    After:
    ```mlir
    %r = linalg.generic ... ins(%x, %y : ...) outs(%x : ...) { arith.addf }
    ```
  }];
  let options = [
    Option<"maxUnroll", "max-unroll", "int64_t", "64",
           "Most iterations of a loop that is unrolled">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::bufferization::BufferizationDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
  let statistics = [
    Statistic<"numUnrolled", "loops-unrolled", "Loops unrolled">
  ];
}

def MSATileLinalg : Pass<"msa-tile-linalg", "::mlir::func::FuncOp"> {
  let summary = "Put every linalg operation of a function into a parallel loop";
  let description = [{
    Each linalg op at the top level of the function becomes one `scf.forall` over
    tiles of its parallel dimensions, elementwise producers that nobody else uses
    fused into it. On a CPU a contraction's tile is a block of rows times a panel
    of columns, and the panel of its second operand is packed first, so that the
    inner loops read it in order whatever the operand's layout is. A contraction
    of a size without a divisor for that (50257 columns) is cut in two. For a GPU
    (`threads`) one iteration is one thread's work: a few elements, in four rows
    where neighbouring rows read the same of a tensor; or, with `row-sums`, where a long row is summed and its elements are then computed from
    that (a norm), all of the row, which msa-rows-to-warps gives to a warp. A
    thread's sum over a long reduction is one of partial sums (`sum-block`), which
    round less: sqrt(k / b) and sqrt(b) steps of error where one sum has sqrt(k).

    Before:
    ```mlir
    %y = linalg.matmul ins(%x, %w : ...) outs(%zero : ...) -> tensor<1024x512xf32>
    ```
    After:
    ```mlir
    %y = scf.forall (%i, %j) = (0, 0) to (1024, 512) step (128, 32) ... {
      %panel = linalg.generic ...   // w[:, j : j + 32], packed
      %t = linalg.generic ...       // 128 x 32
    ```
  }];
  let options = [
    Option<"threads", "threads", "bool", "false",
           "One iteration is one GPU thread's work">,
    Option<"rowSums", "row-sums", "bool", "false",
           "With threads: one iteration is a row's sum and what is computed from it, for msa-rows-to-warps">,
    Option<"sumBlock", "sum-block", "int64_t", "0",
           "With threads: most products of a contraction that one partial sum takes; 0: all">,
    Option<"lanes", "lanes", "int64_t", "64", "Columns of a contraction's tile">,
    Option<"depth", "depth", "int64_t", "128",
           "Most steps of a reduction between two packed panels">,
    Option<"rows", "rows", "int64_t", "1024", "Most rows of a contraction's tile">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::bufferization::BufferizationDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect", "::mlir::affine::AffineDialect"];
  let statistics = [
    Statistic<"numTiled", "linalg-tiled", "Operations tiled">,
    Statistic<"numCut", "contractions-cut",
              "Contractions cut in two because a size has no good divisor">,
    Statistic<"numFused", "producers-fused", "Producers fused into tiles">
  ];
}

def MSAFuseElementwise : Pass<"msa-fuse-elementwise", "::mlir::func::FuncOp"> {
  let summary = "Fuse elementwise linalg ops into their only consumer";
  let description = [{
    Upstream's elementwise fusion for producers with one use, without moving
    reshapes through contractions: a product over two reduced dimensions would
    no longer be recognised as one.

    Before:
    ```mlir
    %a = linalg.generic ... ins(%x) { addf }
    %b = linalg.generic ... ins(%a) { mulf }
    ```
    After:
    ```mlir
    %b = linalg.generic ... ins(%x) { addf, mulf }
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def MSAOutlineDispatches : Pass<"msa-outline-dispatches", "::mlir::ModuleOp"> {
  let summary = "Make every top-level parallel loop a kernel that the entry calls";
  let description = [{
    A kernel is a private function over whole buffers and a half-open range of
    tile numbers; tiles are numbered row-major over the loop's bounds. The entry
    keeps its allocations and calls each kernel with the range of all tiles, so
    the module stays executable as it is; a runtime splits the ranges over
    threads. Views are rebuilt inside the kernel. Top-level copies become kernels
    too. Scratch allocated inside a kernel becomes one stack slot.

    Before:
    ```mlir
    scf.forall (%i) in (512) { ... %x ... %y ... }
    ```
    After:
    ```mlir
    call @step_0(%x, %y, %c0, %c512) : (memref<..>, memref<..>, index, index) -> ()
    func.func private @step_0(%x: memref<..>, %y: memref<..>, %begin: index, %end: index)
    ```
  }];
  let options = [
    Option<"threads", "threads", "bool", "false",
           "Copies become loops over single elements, for GPU threads">,
    Option<"maxStack", "max-stack", "int64_t", "4194304",
           "Bytes of scratch that a kernel may keep on its stack">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::affine::AffineDialect", "::mlir::func::FuncDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
  let statistics = [
    Statistic<"numKernels", "kernels", "Kernels outlined">
  ];
}

def MSAMergeKernels : Pass<"msa-merge-kernels", "::mlir::ModuleOp"> {
  let summary = "Keep one of equal kernels";
  let description = [{
    The layers of a model differ in their buffers, not in their code. Kernels
    with equal bodies, types and tile counts become one; the dispatches of the
    others call it.

    Before:
    ```mlir
    call @step_0(%x, %a, %c0, %c8) : ...
    call @step_1(%a, %b, %c0, %c8) : ...   // the body of @step_1 is @step_0's
    ```
    After:
    ```mlir
    call @step_0(%x, %a, %c0, %c8) : ...
    call @step_0(%a, %b, %c0, %c8) : ...
    ```
  }];
  let statistics = [
    Statistic<"numMerged", "kernels-merged", "Kernels that equalled another">
  ];
}

def MSAJoinKernels : Pass<"msa-join-kernels", "::mlir::ModuleOp"> {
  let summary = "One kernel for threads that need not wait for one another";
  let description = [{
    For GPUs, whose small kernels take longer to begin and to end than to run. A
    kernel joins the last one before it that neither reads what it writes nor
    writes what it reads or writes, nor does any kernel between them; parts of
    a buffer that views of static places keep apart do not count. The threads
    of each begin with a block. Kernels with loops stay alone, since kernels
    that are joined share the number of registers.

    Before: `call @a(%x, %y, %c0, %c100)`, `call @b(%x, %z, %c0, %c64)`.
    After: `call @a_joined(%x, %y, %z, %c0, %c192)`, whose threads from 128 on
    are those of `@b`.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::scf::SCFDialect"];
  let statistics = [
    Statistic<"numJoined", "joined-kernels", "Kernels that share a launch">
  ];
}

def MSAPlanArena : Pass<"msa-plan-arena", "::mlir::ModuleOp"> {
  let summary = "Give every buffer of an entry a place in one arena";
  let description = [{
    Buffers that are never alive at the same time share bytes. The offset is an
    attribute of the allocation (`msa.offset`, a multiple of 64); the entry gets
    the arena's size (`msa.arena`).

    Before:
    ```mlir
    func.func @step(...) {
      %a = memref.alloc() : memref<64xf32>
      call @step_0(%x, %a, ...)
      %b = memref.alloc() : memref<64xf32>
      call @step_1(%a, %b, ...)
      %c = memref.alloc() : memref<64xf32>
      call @step_2(%b, %c, ...)
    ```
    After:
    ```mlir
    func.func @step(...) attributes {msa.arena = 512 : i64} {
      %a = memref.alloc() {msa.offset = 0 : i64} : memref<64xf32>
      %b = memref.alloc() {msa.offset = 256 : i64} : memref<64xf32>
      %c = memref.alloc() {msa.offset = 0 : i64} : memref<64xf32>
    ```
  }];
  let statistics = [
    Statistic<"numBytesBefore", "bytes-before", "Sum of all buffers">,
    Statistic<"numBytesAfter", "bytes-after", "Bytes of the arena">
  ];
}

def MSAVectorize : Pass<"msa-vectorize", "::mlir::func::FuncOp"> {
  let summary = "Lower linalg on small buffers to vector loops";
  let description = [{
    Runs after bufferization, on kernels. By kind of operation:

    * contraction: tiles of `rows` x `lanes` accumulators carried as vectors
      through the reduction loop; the operand without the lane dimension is read
      as scalar broadcasts, the other as vectors. A fill or an elementwise update
      of the output that stands just before it is applied to the accumulators
      instead;
    * with `amx`, a product of pairs of bf16 (msa.online_attend, `pairs`): blocks
      of 2 x 2 tiles, and the turning and pairing of its operands in registers;
    * elementwise: the body on vectors along the last dimension;
    * reduction of leading dimensions: vectors along the last, kept dimension;
    * anything else (strange layouts, gathers, sizes that are no multiple of a
      vector) goes to scalar loops, which are slower and as right.
  }];
  let options = [
    Option<"width", "width", "int64_t", "8", "f32 elements of a hardware vector">,
    Option<"registers", "registers", "int64_t", "16", "Vector registers">,
    Option<"amx", "amx", "bool", "false",
           "The CPU has AMX tiles for bf16, and AVX-512 with bf16">
  ];
  let dependentDialects = ["::mlir::amx::AMXDialect",
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect", "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
  let statistics = [
    Statistic<"numContractions", "contractions", "Contractions vectorized">,
    Statistic<"numMatrix", "on-matrix-units", "Of these, on tiles of AMX">,
    Statistic<"numElementwise", "elementwise", "Elementwise operations vectorized">,
    Statistic<"numReductions", "reductions", "Reductions vectorized">,
    Statistic<"numScalar", "scalar", "Operations left to scalar loops">
  ];
}

def MSAVectorizeThreads : Pass<"msa-vectorize-threads", "::mlir::ModuleOp"> {
  let summary = "Vectors for the few elements of one GPU thread";
  let description = [{
    Elementwise operations on 2, 4 or 8 elements that lie side by side read,
    compute and write vectors. An access is as wide, up to 16 bytes, as its
    place is known to be aligned: buffers that the runtime allocates are; for
    those that a caller brings, the kernel asks their addresses and has both
    forms. Of a few rows, what two read is read once, and all before the first
    is written.

    Before, in a kernel:
    ```mlir
    linalg.generic ... ins(%x : memref<1x8xbf16, ...>) outs(%y : memref<1x8xbf16, ...>)
    ```
    After:
    ```mlir
    %a = vector.load %x[%c0, %c0] {alignment = 16 : i64} : ..., vector<8xbf16>
    %b = arith.addf %a, %a : vector<8xbf16>
    vector.store %b, %y[%c0, %c0] {alignment = 16 : i64} : ..., vector<8xbf16>
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
    "::mlir::arith::ArithDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"];
  let statistics = [
    Statistic<"numVectorized", "vectorized", "Operations on vectors">
  ];
}

def MSARowsToWarps : Pass<"msa-rows-to-warps", "::mlir::ModuleOp"> {
  let summary = "A warp of GPU threads for each row that is summed";
  let description = [{
    A kernel whose tile is the sum, or the maximum, of one row of 256 elements
    or more gets 32 threads for each: lanes read vectors side by side, and what
    they have is joined by shuffles, in an order that does not change. Sums are
    in f32. Where the tile goes on to compute the row's elements from that, all
    lanes keep the sum and compute as they have read; rows that are no more than
    8 vectors a lane are read at once, and once.

    Before: `scf.for %row = %begin to %end` with one `linalg.generic` over a row.
    After: the kernel and its calls have 32 times as many tiles; tile / 32 is the
    row, tile % 32 the lane.
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
    "::mlir::arith::ArithDialect",
    "::mlir::gpu::GPUDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
  let statistics = [
    Statistic<"numRows", "row-kernels", "Kernels whose rows warps sum">
  ];
}

def MSAExpandMath : Pass<"msa-expand-math", "::mlir::func::FuncOp"> {
  let summary = "Expand exp2, exp, tanh, log, sin and others of f32 into polynomials";
  let description = [{
    Arithmetic only, so that all targets compute the same way and vectors stay
    vectors. exp2 and exp are within 2 ulp, exactly 0 below -126 (exponents of
    2), and keep NaN and infinities. f64 is left to libm; f16 and bf16 are
    computed in f32. maxnumf and minnumf without NaN become a comparison and a
    selection.

    With `freestanding` exp2, exp and tanh are PTX ex2.approx and rcp.approx,
    within 4 ulp (tanh: 6); f32 becomes bf16 by an instruction. A quotient by
    1 + exp(x) is one of rcp.approx; one by a number that all lanes share is a
    product with its reciprocal.
  }];
  let options = [
    Option<"avx512", "avx512", "bool", "false",
           "exp2 of 16 lanes by vreduceps and vscalefps; within 3e-6 with afn">,
    Option<"freestanding", "freestanding", "bool", "false",
           "Expand what a mathematical library would compute too: for devices "
           "that have none">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::math::MathDialect", "::mlir::vector::VectorDialect"];
}

def MSAByteBooleans : Pass<"msa-byte-booleans"> {
  let summary = "Read and write vectors of i1 as one byte each";
  let description = [{
    A tensor of i1 holds a byte for each element, as PyTorch and NumPy do. LLVM
    packs a vector of i1 into bits when it is loaded or stored, so such accesses
    become ones of i8 with a conversion. Scalar i1 takes a byte in LLVM, too.

    Before:
    ```mlir
    %m = llvm.load %p : !llvm.ptr -> vector<8xi1>
    ```
    After:
    ```mlir
    %b = llvm.load %p : !llvm.ptr -> vector<8xi8>
    %m = llvm.trunc %b : vector<8xi8> to vector<8xi1>
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def MSABitsOfBF16 : Pass<"msa-bits-of-bf16"> {
  let summary = "Move bf16 as integers of 16 bits";
  let description = [{
    Once all arithmetic is on f32, bf16 is only moved. Where a CPU has no
    registers of that type LLVM moves it as f32 between blocks and lanes, and
    calls a function of the compiler's library to come back, which a kernel is
    not linked with. So the type goes: each value is its bits. A module in which
    anything computes with bf16 is left as it is.

    Before:
    ```mlir
    ^bb1(%a: vector<8xbf16>):
      %b = llvm.bitcast %a : vector<8xbf16> to vector<8xi16>
    ```
    After:
    ```mlir
    ^bb1(%b: vector<8xi16>):
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // MSA_CODEGEN_PASSES_TD
