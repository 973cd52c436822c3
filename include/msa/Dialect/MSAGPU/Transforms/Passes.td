//===- Passes.td - Transformations of tile programs --------*- tablegen -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSAGPU_TRANSFORMS_PASSES_TD
#define MSA_DIALECT_MSAGPU_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def MSAGPUExpandAttend : Pass<"msa-gpu-expand-attend", "::mlir::ModuleOp"> {
  let summary = "Write scheduled attention as a tile program";
  let description = [{
    A kernel that holds a `msa_gpu.attend` becomes a declaration, which says how
    it is launched, and a `msa_gpu.kernel` in the module of kernels: the loop
    over tiles of queries, and in it the loops over tiles of keys - those that
    the pattern cuts on the right, those that it cuts on the left, those that it
    keeps whole - of the segment, the window and the bank, all on one carried
    accumulator (online softmax, arXiv 1805.02867).

    Tiles of keys are aligned to the first key, and the cut ones come first: the
    diagonal gives every row a finite maximum early, whole tiles need no mask.
    Whole ones of all parts come last, where their loops can be joined
    (`msa-gpu-join-loops`); with mma each part has its own behind its cut ones.

    Before:
    ```mlir
    func.func private @k(%q: memref<..>, ..) { msa_gpu.attend ins(%q, ..) .. }
    ```
    After:
    ```mlir
    func.func private @k(memref<..>, ..) attributes {msa_gpu.launch = .., msa_gpu.maps = ..}
    gpu.module @kernels {
      msa_gpu.kernel @k(%q: !msa_gpu.map<..>, ..) { msa_gpu.for_tiles .. { .. } }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect", "::mlir::msa_gpu::MSAGPUDialect", "::mlir::scf::SCFDialect"];
  let statistics = [Statistic<"numKernels", "kernels", "Kernels written">];
}

def MSAGPUExpandGemm : Pass<"msa-gpu-expand-gemm", "::mlir::ModuleOp"> {
  let summary = "Write scheduled products as tile programs";
  let description = [{
    A kernel that holds a `msa_gpu.gemm` becomes a declaration, which says how it
    is launched, and a `msa_gpu.kernel`: the loop over tiles of the result, and
    in it the loop over steps of what is summed.

    Dimensions that lie side by side in memory are one to the kernel: streams
    with one right side are further rows, heads further columns. Where heads are
    apart, tiles still span them: a copy brings 64 columns, which lie in one
    head. What is past the end of a matrix is read as zero and not written, so
    sizes need not be multiples of tiles.

    An epilogue is a map over the accumulators, its extras reads of fragments.
    exp becomes a power of two with PTX ex2.approx, whose error is below what
    rounding to 16 bits leaves.

    Before:
    ```mlir
    func.func private @k(%a: memref<..>, ..) { msa_gpu.gemm "mk,kn->mn" ins(%a, ..) .. }
    ```
    After:
    ```mlir
    func.func private @k(memref<..>, ..) attributes {msa_gpu.launch = .., msa_gpu.maps = ..}
    gpu.module @kernels {
      msa_gpu.kernel @k(%a: !msa_gpu.map<..>, ..) { msa_gpu.for_tiles .. { .. } }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::msa_gpu::MSAGPUDialect", "::mlir::scf::SCFDialect"];
  let statistics = [Statistic<"numKernels", "kernels", "Kernels written">];
}

def MSAGPUExpandMerge : Pass<"msa-gpu-expand-merge", "::mlir::ModuleOp"> {
  let summary = "Write joins of partial attention as one-thread kernels";
  let description = [{
    The kernel of a `msa_gpu.merge` gets a tile for each element of the result:
    a thread reads that element of all shares and their lse, and adds them in the
    order of the shares. Legal because no element needs another.

    Before:
    ```mlir
    func.func private @k(%partial: memref<..>, .., %begin: index, %end: index) attributes {msa.kernel = 1} {
      scf.for %i = %begin to %end step %c1 { msa_gpu.merge ins(%partial, ..) outs(..) }
    ```
    After:
    ```mlir
    func.func private @k(..) attributes {msa.kernel = 4096} {
      scf.for %i = %begin to %end step %c1 {
        %d = arith.remui %i, %c128 .. memref.load %partial[..] .. memref.store %y, %out[..] }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
  let statistics = [Statistic<"numKernels", "kernels", "Kernels written">];
}

def MSAGPUFoldTranspose : Pass<"msa-gpu-fold-transpose"> {
  let summary = "Let attention store its result token by token";
  let description = [{
    A product over all heads of a token reads attention's result with its heads
    side by side. Where a copy that brings it into that order, and reshapes that
    only add or drop dimensions of size 1, are all that use the result, the
    `msa_gpu.attend` or `msa_gpu.merge` stores it so (`token_major`), and the copy
    goes.

    Legal because the kernel stores its tiles through a tensor map, which takes
    any distances of rows and heads. Left alone: stacked heads of several queries,
    whose rows would not be equally far apart.

    Before:
    ```mlir
    %0:3 = msa_gpu.attend ins(..) outs(%e, .. : tensor<1x16x4096x128xbf16>, ..) .. {msa.dispatch}
    %1 = linalg.transpose ins(%0#0 : tensor<1x16x4096x128xbf16>) outs(..) permutation = [0, 2, 1, 3]
    ```
    After:
    ```mlir
    %1:3 = msa_gpu.attend ins(..) outs(%e, .. : tensor<1x4096x16x128xbf16>, ..) token_major .. {msa.dispatch}
    ```
  }];
  let dependentDialects = ["::mlir::msa_gpu::MSAGPUDialect", "::mlir::tensor::TensorDialect"];
  let statistics = [Statistic<"numFolded", "folded", "Copies that are gone">];
}

def MSAGPUPlaceCounters : Pass<"msa-gpu-place-counters", "::mlir::ModuleOp"> {
  let summary = "Give counters a place of their own, which no other buffer has";
  let description = [{
    What a kernel draws its tiles from has to be zero when it starts, and the
    kernel leaves it so. All such buffers of an entry move to the end of the
    arena, which the runtime clears once: clearing each before its kernel would
    stand between two kernels, of which the second could not be launched early
    then (include/msa/Conversion/DependentLaunch.h).

    Legal because no other buffer of the arena lies there, so each is still zero
    when its only kernel starts the next time; and because a counter holds nothing before or after its kernel, so that one
    which several kernels share can be one for each.

    Before:
    ```mlir
    func.func @step(..) attributes {msa.arena = 512 : i64} {
      %counter = memref.alloc() {msa.offset = 256 : i64} : memref<1xi32>
      call @k(.., %counter, %begin, %end)
    func.func private @k(..) attributes {msa_gpu.launch = #msa_gpu.launch<.., cleared = 4>, ..}
    ```
    After:
    ```mlir
    func.func @step(..) attributes {msa.arena = 576 : i64, msa.cleared = 64 : i64} {
      %counter = memref.alloc() {msa.offset = 512 : i64} : memref<1xi32>
    ```
  }];
  let statistics = [Statistic<"numCounters", "counters", "Counters placed">];
}

def MSAGPUSpecialize : Pass<"msa-gpu-specialize", "::mlir::msa_gpu::KernelOp"> {
  let summary = "Split a tile program into a copying and a computing role";
  let description = [{
    The program is cloned twice. The producer keeps the loads and the scalar
    code and control flow that they need; a load becomes the filling of a slot.
    The consumers keep everything else; a tile is waited for at its first use
    and given back after its last. Uses of a ring are counted along the control
    flow of each role. A loop over tiles that draws from a counter does so in
    the producer, which publishes the numbers in a ring of their own.

    Legal because both roles run the same scalar code on the same values, so
    they agree on every bound and condition that loads depend on, and because
    every use of a ring is filled, acquired and released once, in order:
    conditionals that only some warpgroups take must not hold loads, and where
    one holds a tile's uses, the other branch acquires and releases it too. A
    tile that a loop hands on is carried as the number of its use; where products
    under way read it, `retire` says where it is given back.

    Before:
    ```mlir
    scf.for .. { %k = msa_gpu.load %map[..] ring("k", 2) ; .. msa_gpu.product %q, %k .. }
    ```
    After:
    ```mlir
    msa_gpu.ring "k" holds !msa_gpu.tile<..> slots 2 copies 1
    msa_gpu.roles producer { scf.for .. { msa_gpu.fill_slot @k[%use, ..] .. } }
    consumer { scf.for .. { %k = msa_gpu.acquire @k[%use] ; .. ; msa_gpu.release @k[%use] } }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect"];
}

def MSAGPUJoinLoops : Pass<"msa-gpu-join-loops", "::mlir::msa_gpu::KernelOp"> {
  let summary = "Make loops of one body that follow one another one loop";
  let description = [{
    In the consumer of a kernel that is split into roles: two `scf.for` of which the
    second takes on all that the first leaves, and whose bodies are the same and do
    not ask for the turn's number, become one loop of the turns of both. Whole key
    tiles of a segment, of a window and of a bank are such: only the copying role
    knows where a tile comes from. The code is shorter by a body, for the
    instruction cache and for the assembler.

    Legal because the turns of both loops come in the same order and do the same.
    The first loop moves to the second's place, so what stands between must neither
    use its results nor have effects. That turns are counted in 32 bits is no
    matter: each turn works on a key tile, of which the rows of two tensors, 32 bits
    each, have fewer.

    Before:
    ```mlir
    %a = scf.for %i = %b0 to %e0 step %c1 iter_args(%x = %init) { body(%x) }
    %c = scf.for %i = %b1 to %e1 step %c1 iter_args(%x = %a) { body(%x) }
    ```
    After:
    ```mlir
    // turns = max(%e0 - %b0, 0) + max(%e1 - %b1, 0)
    %c = scf.for %i = %c0 to %turns step %c1 iter_args(%x = %init) { body(%x) }
    ```
  }];
  let statistics = [Statistic<"numJoined", "joined", "Loops joined with the one before them">];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def MSAGPUPingpong : Pass<"msa-gpu-pingpong", "::mlir::msa_gpu::KernelOp"> {
  let summary = "Let warpgroups take turns to issue products";
  let description = [{
    In kernels of `pingpong` that are split into roles: the products that the
    consumers issue between two waits are put between `take_turn` and `pass_turn`.
    Without, warpgroups that issue at the same time get their scores at the same
    time, and the tensor cores wait while all of them compute weights.

    Legal because turns order the issue of products of different warpgroups, which
    share no registers, and because all warpgroups take the same number of turns:
    they run the same program, and what decides whether they come to a product is
    computed from neither tiles nor the warpgroup's number (R4). Who has the turn
    waits for the copying role alone, and that for slots of tiles that the others
    multiplied in their turns before this one: these they give back without another.

    Before:
    ```mlir
    %k = msa_gpu.acquire @k[..] ; %s = msa_gpu.issue %q, %k ..
    %v = msa_gpu.acquire @v[..] ; %o = msa_gpu.issue %p, %v .. ; msa_gpu.wait 1 for %s ..
    ```
    After:
    ```mlir
    %k = msa_gpu.acquire @k[..] ; msa_gpu.take_turn ; %s = msa_gpu.issue %q, %k ..
    %v = msa_gpu.acquire @v[..] ; %o = msa_gpu.issue %p, %v .. ; msa_gpu.pass_turn ; msa_gpu.wait 1 for %s ..
    ```
  }];
  let statistics = [Statistic<"numTurns", "turns", "Pairs of take_turn and pass_turn">];
}

def MSAGPUPipeline : Pass<"msa-gpu-pipeline", "::mlir::msa_gpu::KernelOp"> {
  let summary = "Start the loads of a kernel of mma ahead of their use";
  let description = [{
    In kernels of `mma` the computing threads copy. A load becomes the start of a
    copy, as many turns of its loop before its use as its ring has slots; where the
    tile is first read, threads wait for their copies and for one another. The loop
    over tiles becomes the block's one tile.

    Legal because loads at most read, places of loads follow from the turn alone,
    and a slot is filled anew only behind a barrier that all threads reach after
    they have read it: the next point at which tiles of the loop are first read. In
    front of a further loop and of the first store, which takes the place of tiles
    in shared memory, such a barrier is added. All threads reach all barriers:
    they stand in no conditional, and loops around them have bounds that do not
    depend on the warpgroup (G1).

    Before:
    ```mlir
    scf.for %i = .. { %k = msa_gpu.load %map[%row, ..] ring("k", 1) ; .. msa_gpu.product %q, %k ..
                      %v = msa_gpu.load .. ring("v", 1) ; .. msa_gpu.product %p, %v .. }
    ```
    After:
    ```mlir
    msa_gpu.copy %map[..] to @k[%c0] ; msa_gpu.commit
    scf.for %i = .. {
      msa_gpu.await 0 ; msa_gpu.copy .. to @v[%c0] ; msa_gpu.commit
      %k = msa_gpu.slot @k[%c0] ; .. msa_gpu.product %q, %k ..
      msa_gpu.await 0 ; scf.if .. { msa_gpu.copy .. to @k[%c0] } ; msa_gpu.commit
      %v = msa_gpu.slot @v[%c0] ; .. msa_gpu.product %p, %v .. }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect"];
}

def MSAGPUPlanShared : Pass<"msa-gpu-plan-shared", "::mlir::msa_gpu::KernelOp"> {
  let summary = "Give rings, barriers and staged output their shared memory";
  let description = [{
    Slots first, at multiples of 1024 bytes, which the 128-byte swizzle repeats
    with; then the barriers and the small slots. The total goes to the kernel; it
    is at most what its declaration's launch asks for, which was counted from the
    schedule (include/msa/Dialect/MSAGPU/IR/Budget.h).

    In a kernel of `mma` there are no barriers, and the staged output takes the
    place of the tiles, which `msa-gpu-pipeline` has waited for.
  }];
}

#endif // MSA_DIALECT_MSAGPU_TRANSFORMS_PASSES_TD
