//===- Passes.td - Conversions between levels --------------*- tablegen -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_CONVERSION_PASSES_TD
#define MSA_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def MSADecompose : Pass<"msa-decompose"> {
  let summary = "Replace msa operations by the linalg that they mean";
  let description = [{
    Every op but `msa.attend` becomes linalg, tensor, arith and math on the same
    shapes. `msa.attend` is left to `msa-tile-attend`, unless `dense` is set: then
    it becomes all scores, one softmax and a product. That dense form is the
    meaning of the op, the oracle that other paths are tested against; its memory
    grows with queries x keys, so no compilation pipeline sets `dense`. With `scores`
    = n that form is taken where one head has at most n scores: so few that they are
    one tile, which many threads can share. Keys are transposed there first, so that
    neighbouring threads read neighbouring memory.

    Before:
    ```mlir
    %o, %m, %l = msa.online_attend ins(%q, %k, %v : ...) outs(%o0, %m0, %l0 : ...)
        {transposed, base2} -> ...
    ```
    After:
    ```mlir
    %s = linalg.matmul ins(%k, %q : ...) outs(%zero : ...)
    %m1 = linalg.generic ... arith.maxnumf ...   // running maximum
    %p = linalg.generic ... math.exp2 ...        // in place of the scores
    %o = linalg.generic ...                      // %o0 * alpha + v^T p
    ```
  }];
  let options = [
    Option<"dense", "dense", "bool", "false",
           "Decompose msa.attend too, densely (the oracle)">,
    Option<"scores", "scores", "int64_t", "0",
           "Decompose msa.attend densely where a head has at most so many scores">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect"
  ];
  let statistics = [
    Statistic<"numDecomposed", "ops-decomposed", "Operations replaced">
  ];
}

def MSAKernelsToGPU : Pass<"msa-kernels-to-gpu", "::mlir::ModuleOp"> {
  let summary = "Make kernels over tiles kernels over threads";
  let description = [{
    Every kernel moves into a `gpu.module`; one thread computes one tile. What a
    tile needs as scratch is the thread's local memory. This is the path that is
    right on every GPU; it does not use tensor cores.

    With `dependent-launch` (for sm_90 and later) a kernel lets the next one
    begin before it ends, and itself waits for the one before: legal because
    every thread of every kernel waits before it uses memory
    (include/msa/Conversion/DependentLaunch.h).

    Before:
    ```mlir
    func.func private @k(%x: memref<..>, %begin: index, %end: index) { scf.for ... }
    ```
    After:
    ```mlir
    gpu.module @kernels {
      gpu.func @k(%x: memref<..>, %tiles: index) kernel {
        %t = blockIdx * 128 + threadIdx
        scf.if %t < %tiles { ... }
    ```
  }];
  let options = [
    Option<"blockSize", "block-size", "int64_t", "128", "Threads of a block">,
    Option<"dependentLaunch", "dependent-launch", "bool", "false",
           "Kernels may be launched before the one before them has ended">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::gpu::GPUDialect", "::mlir::LLVM::LLVMDialect", "::mlir::scf::SCFDialect"];
  let statistics = [
    Statistic<"numKernels", "kernels", "Kernels converted">
  ];
}

def MSAScheduleAttend : Pass<"msa-schedule-attend"> {
  let summary = "Choose schedules of tensor-core kernels for attention";
  let description = [{
    Every `msa.attend` that a tensor-core kernel can compute becomes a
    `msa_gpu.attend` with the schedule of the default table; for one in half
    precision that none can, a remark says why. It is marked as a dispatch of
    its own.

    A module's attribute `msa_gpu.schedules` (class of shape -> schedule, as
    msa-compile reads it from a file, docs/Tuning.md) comes before the table;
    `msa-tune-gemm` does the same for products. A schedule that breaks a constraint of `msa_gpu.attend` is not taken: a warning
    says which one and what fits.

    With at most 16 queries under a band, the query heads of a KV head are rows of
    one tile (`stacked`), legal because no row of attention needs another and they
    see the same keys. Where streams and KV heads are too few to occupy the GPU,
    blocks share the keys of each (`splits`, chosen from the number of both, of
    key tiles and of multiprocessors), and a `msa_gpu.merge` joins what they
    leave: legal as `msa.merge` is, since a softmax over all keys is the mean of
    those over shares of them, weighted with the exponentials of their lse; the
    partial results stay in f32.

    With `mma`, schedules are for GPUs from sm_80 on, and patterns that list key
    tiles and heads that are no multiple of 64 columns are left to the generic
    path, in a model for GPUs of both kinds too: a remark says so of GPUs before
    sm_90a, and with `beside-hopper` of what both lack once.

    Before:
    ```mlir
    %out, %lse = msa.attend ins(%q, %k, %v : tensor<1x16x4096x128xbf16>, ..) pattern(#msa.causal) ..
    ```
    After:
    ```mlir
    %0:3 = msa_gpu.attend ins(%q, %k, %v : ..) outs(..) pattern(#msa.causal)
        schedule(<warpgroups = 3, keys = 128, ..>) {msa.dispatch} ..
    ```
  }];
  let options = [
    Option<"listClasses", "list-classes", "bool", "false",
           "Say the class of each operation's shape and its schedule, in remarks">,
    Option<"mma", "mma", "bool", "false", "For mma.sync, on GPUs from sm_80 on">,
    Option<"besideHopper", "beside-hopper", "bool", "false",
           "With mma: leave remarks about what sm_90a has no kernel for either to the pass for it">
  ];
  let dependentDialects = ["::mlir::msa_gpu::MSAGPUDialect", "::mlir::tensor::TensorDialect"];
  let statistics = [Statistic<"numScheduled", "scheduled", "Operations with a schedule">];
}

def MSAScheduleGemm : Pass<"msa-schedule-gemm"> {
  let summary = "Choose schedules of tensor-core kernels for products of matrices";
  let description = [{
    Every contraction of linalg on 16-bit floats that a tensor-core kernel can
    compute becomes a `msa_gpu.gemm` with the schedule of the default table; for
    one that none can, a remark says why. It is marked as a dispatch of its own.

    Sums are kept in f32 and rounded once, which is what the language asks for
    (docs/spec.md, numerics).

    Before:
    ```mlir
    %0 = linalg.fill ins(%zero : bf16) outs(%empty : tensor<4096x6144xbf16>) -> ..
    %1 = linalg.matmul ins(%x, %w : tensor<4096x2048xbf16>, tensor<2048x6144xbf16>) outs(%0 : ..) -> ..
    ```
    After:
    ```mlir
    %1 = msa_gpu.gemm "mk,kn->mn" ins(%x, %w : ..) outs(%empty : ..)
        schedule(<warpgroups = 2, columns = 256, ..>) {msa.dispatch} ..
    ```
  }];
  let options = [
    Option<"clusters", "clusters", "bool", "false", "Let pairs of blocks copy for one another">,
    Option<"remarks", "remarks", "bool", "true", "Say why a contraction has no tensor-core kernel">
  ];
  let dependentDialects = ["::mlir::msa_gpu::MSAGPUDialect", "::mlir::tensor::TensorDialect"];
  let statistics = [Statistic<"numScheduled", "scheduled", "Operations with a schedule">];
}

def MSAFuseRope : Pass<"msa-fuse-rope"> {
  let summary = "Rotate products of matrices on tensor cores before they are stored";
  let description = [{
    A `msa.rope` of a `msa_gpu.gemm`, perhaps behind a reshape that only adds
    dimensions of size 1, becomes the product's epilogue with tables of cos and
    sin. What else reads the product reads its second out.

    Legal where rope rotates all n columns of a head by halves, at positions that
    are known: both elements of a pair are then in one tile, and row m of the
    tables is row m of the product. The rotation is of the f32 sums, not of the
    rounded product: one rounding less.

    Before:
    ```mlir
    %0 = msa_gpu.gemm "mk,hkn->hmn" ins(%x, %w : ..) outs(%empty : ..) .. -> tensor<16x4096x128xbf16>
    %q = tensor.expand_shape %0 [[0, 1], [2], [3]] ..
    %r = msa.rope %q rotary(128) : tensor<1x16x4096x128xbf16>
    ```
    After:
    ```mlir
    %0 = msa_gpu.gemm "mk,hkn->hmn" ins(%x, %w : ..) outs(%empty : ..) ..
        extras(["mp", "mp"] : %cos, %sin : ..) rotate(128) epilogue { .. } -> tensor<16x4096x128xbf16>
    %r = tensor.expand_shape %0 [[0, 1], [2], [3]] ..
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::msa_gpu::MSAGPUDialect",
    "::mlir::tensor::TensorDialect"];
  let statistics = [Statistic<"numFused", "fused", "Operations that became part of a product">];
}

def MSAFuseEpilogue : Pass<"msa-fuse-epilogue"> {
  let summary = "Let products of matrices on tensor cores do the elementwise work behind them";
  let description = [{
    An elementwise operation of linalg on a `msa_gpu.gemm` that nothing else reads
    becomes the product's epilogue, its other operands extras: sums with a
    residual, a bias, activations, scales.

    Legal because every element of the result is made of one element of the
    product, which the kernel has in registers when it is done; the other
    operands are read where they are, so they must have the product's order of
    dimensions or miss some. Arithmetic is that of f32: the product and what is
    between it and the result are not rounded, which is more exact.

    Before:
    ```mlir
    %0 = msa_gpu.gemm "mk,kn->mn" ins(%x, %w : ..) outs(%empty : ..) .. -> tensor<4096x2048xbf16>
    %y = linalg.add ins(%r, %0 : ..) outs(%other : ..) -> tensor<4096x2048xbf16>
    ```
    After:
    ```mlir
    %y = msa_gpu.gemm "mk,kn->mn" ins(%x, %w : ..) outs(%empty : ..) .. extras(["mn"] : %r : ..) epilogue {
    ^bb0(%sum: f32, %residual: f32):
      %all = arith.addf %residual, %sum : f32
      msa_gpu.yield %all : f32
    } -> tensor<4096x2048xbf16>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::msa_gpu::MSAGPUDialect",
    "::mlir::tensor::TensorDialect"];
  let statistics = [Statistic<"numFused", "fused", "Operations that became part of a product">];
}

def MSATuneGemm : Pass<"msa-tune-gemm", "::mlir::ModuleOp"> {
  let summary = "Give products of matrices on tensor cores schedules that were measured";
  let description = [{
    A `msa_gpu.gemm` of whose class of shape the module's attribute
    `msa_gpu.schedules` has a schedule (docs/Tuning.md) takes that one. It runs
    behind the fusing of epilogues, which are part of the class.

    Legal because a schedule says how a product is computed, not what: any that
    keeps the constraints of `msa_gpu.gemm` gives the same sums up to their order.
    One that breaks (M7), by which both elements of a rotated pair lie in one
    tile, is not taken: a warning says so, and the product keeps its own.

    Before:
    ```mlir
    module attributes {msa_gpu.schedules = {
        "gemm mk,kn->mn bf16->bf16 m=4096 n=6144 k=2048" = #msa_gpu.gemm_schedule<.. columns = 192, ..>}} {
      %0 = msa_gpu.gemm "mk,kn->mn" ins(%x, %w : ..) .. schedule(<.. columns = 256, ..>) ..
    ```
    After:
    ```mlir
      %0 = msa_gpu.gemm "mk,kn->mn" ins(%x, %w : ..) .. schedule(<.. columns = 192, ..>) ..
    ```
  }];
  let options = [
    Option<"listClasses", "list-classes", "bool", "false",
           "Say the class of each operation's shape and its schedule, in remarks">
  ];
  let dependentDialects = ["::mlir::msa_gpu::MSAGPUDialect"];
  let statistics = [Statistic<"numTuned", "tuned", "Operations with another schedule than before">];
}

def MSAConvertMSAGPUToNVVM : Pass<"convert-msa-gpu-to-nvvm"> {
  let summary = "Lower tile programs in roles to nvvm and llvm";
  let description = [{
    A kernel becomes a function of the llvm dialect. Roles are branches on the
    warpgroup, with registers moved from the copying to the computing ones;
    rings are barriers in shared memory; copies are done by the copy engine
    (TMA); fragments become scalars, two rows and columns / 2 values a thread;
    a product is one block of wgmma instructions and its wait, which the
    accumulators pass through, so that nothing that reads them can come before.
    A kernel may be launched before the one before it has ended: its threads wait
    for that after they have made the barriers
    (include/msa/Conversion/DependentLaunch.h).

    For sm_90a. Kernels of `mma` are for GPUs from sm_80 on: all threads compute,
    copies are theirs (cp.async; element by element where a buffer lies at no
    multiple of 16 bytes), products are blocks of mma.sync on what ldmatrix reads.

    Before:
    ```mlir
    msa_gpu.kernel @k(..) { msa_gpu.roles producer { .. } consumer { .. } }
    ```
    After:
    ```mlir
    llvm.func @k(%q: !llvm.ptr {llvm.byval = .., nvvm.grid_constant}, ..) attributes {nvvm.kernel, ..}
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::NVVM::NVVMDialect", "::mlir::scf::SCFDialect"];
}

#endif // MSA_CONVERSION_PASSES_TD
