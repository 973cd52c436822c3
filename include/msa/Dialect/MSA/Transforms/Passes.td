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
    Option<"keys", "keys", "int64_t", "64", "Keys of a tile">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"
  ];
  let statistics = [
    Statistic<"numTiled", "attend-tiled", "Attention operations tiled">,
    Statistic<"numKeyLoops", "key-loops", "Loops over key tiles">,
    Statistic<"numTailTiles", "tail-tiles", "Key tiles that are not whole">,
    Statistic<"numUnmasked", "unmasked", "Tile bodies that never mask">
  ];
}

#endif // MSA_DIALECT_MSA_TRANSFORMS_PASSES_TD
