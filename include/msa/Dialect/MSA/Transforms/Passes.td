//===- Passes.td - Passes within the msa dialect -----------*- tablegen -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSA_TRANSFORMS_PASSES_TD
#define MSA_DIALECT_MSA_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def MSATileAttend : Pass<"msa-tile-attend"> {
  let summary = "Tile attention with an online softmax over the kept key tiles";
  let description = [{
    Each `msa.attend` becomes one `scf.forall` over (batch, head, query tile).
    Its body packs the queries once, then takes one accumulator past the bank,
    the window and the segment by `msa.online_attend`, visiting the key tiles
    that the pattern's ranges reach: empty tiles are skipped, full ones are not
    masked. Nothing of size queries x keys exists, and no concatenation of the
    three sources.

    Before:
    ```mlir
    %o, %lse = msa.attend ins(%q, %k, %v : ...) bank(%bk, %bv : ...)
        pattern(#msa.window<left = 1024>) scale(0.125) -> ...
    ```
    After:
    ```mlir
    %o, %lse = scf.forall (%b, %h, %t) in (1, 8, 512) shared_outs(...) {
      %qt = linalg.generic ...                        // D x 32, scaled
      %bank:3 = scf.for %j = 0 to 16 ... { msa.online_attend ... }
      %local:3 = scf.for %j = %lo to %hi ... { msa.online_attend masked(%p) ... }
      %out, %l = msa.finalize ins(%local#0, %local#1, %local#2 : ...) ...
      scf.forall.in_parallel { tensor.parallel_insert_slice ... }
    }
    ```
  }];
  let options = [
    Option<"queries", "queries", "int64_t", "32",
           "Queries of a tile: vector lanes on a CPU, 1 for a GPU thread">,
    Option<"keys", "keys", "int64_t", "64", "Keys of a tile">,
    Option<"pairQueries", "pair-queries", "int64_t", "64",
           "Queries of a tile of pair-keys">,
    Option<"pairKeys", "pair-keys", "int64_t", "0",
           "Keys of a tile of bf16 whose products take pairs, as matrix units of "
           "CPUs do; 0: none">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"
  ];
  let statistics = [
    Statistic<"numTiled", "attend-tiled", "Attention operations tiled">,
    Statistic<"numKeyLoops", "key-loops", "Loops over key tiles">,
    Statistic<"numTailTiles", "tail-tiles", "Key tiles that are not whole">,
    Statistic<"numUnmasked", "unmasked", "Tile bodies that never mask">,
    Statistic<"numPairs", "in-pairs", "Attention operations on matrix units">,
    Statistic<"numTurned", "turned", "Tensors of values turned before">
  ];
}

def MSAFuse : Pass<"msa-fuse"> {
  let summary = "Join attention ops, and read windows and banks where they are";
  let description = [{
    * `msa.merge` of attention over local keys with attention over a bank becomes
      one `msa.attend` with a bank: one softmax, one pass over the queries.
    * `msa.attend` over `tensor.concat(window, segment)` reads the two where they
      are; no concatenated copy of keys or values is made. Needs `offset` to be
      the window's constant size, and neither a score region nor a block list,
      which count from `position`.

    Before:
    ```mlir
    %a, %al = msa.attend ins(%q, %k, %v : ...) pattern(#msa.causal) scale(0.125) -> ...
    %b, %bl = msa.attend ins(%q, %bk, %bv : ...) pattern(#msa.full) scale(0.125) -> ...
    %o, %l = msa.merge ins(%a, %al, %b, %bl : ...)
    ```
    After:
    ```mlir
    %o, %l = msa.attend ins(%q, %k, %v : ...) bank(%bk, %bv : ...)
        pattern(#msa.causal) scale(0.125) -> ...
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
  let statistics = [
    Statistic<"numBanks", "banks-joined", "Merges that became a bank operand">,
    Statistic<"numWindows", "windows-split", "Concatenations that became a window operand">
  ];
}

def MSACheckLinear : Pass<"msa-check-linear"> {
  let summary = "Reject uses of session state after its update";
  let description = [{
    The bank and the carried windows are linear values: once `msa.bank_write` or
    `msa.carry` made the new value, the old one must not be read any more.
    Bufferization would keep it alive by a silent allocation and a full copy, and
    the state would no longer be updated in place. The same holds for two updates
    of one value, for a state argument of an entry that is returned as another
    state, and for views of the old value.

    ```mlir
    %new = msa.bank_write %bank, %c ...      // note: updated here
    %k = linalg.matmul ins(%bank, %w ...)    // error: use of state after its update
    ```
  }];
  let statistics = [
    Statistic<"numUpdates", "updates", "Updates of state checked">
  ];
}

#endif // MSA_DIALECT_MSA_TRANSFORMS_PASSES_TD
