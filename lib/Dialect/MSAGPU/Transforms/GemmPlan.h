//===- GemmPlan.h - How a product's operands are walked ----------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_LIB_DIALECT_MSAGPU_TRANSFORMS_GEMMPLAN_H
#define MSA_LIB_DIALECT_MSAGPU_TRANSFORMS_GEMMPLAN_H

#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"

namespace mlir::msa_gpu {

/// One operand as the copy engine sees it: a matrix of `rows` x `columns` for
/// each of `heads` and `batches`.
struct GemmSide {
  int64_t offset = 0;
  int64_t columns = 1, rows = 1, heads = 1, batches = 1;
  int64_t rowStride = 0, headStride = 0, batchStride = 0;
  MapType map; ///< Of a tile.

  TensorMapAttr tensorMap(function_ref<InFlightDiagnostic()> emitError,
                          int64_t buffer) const;
};

/// An extra operand of the epilogue as the kernel reads it: elements of its
/// buffer.
struct GemmExtra {
  bool isRows = false; ///< One value a row.
  int64_t offset = 0;
  int64_t rowStride = 0, headStride = 0, batchStride = 0;
  int64_t wrap = 0; ///< Columns of a head, where tiles span heads.
  bool isAligned = false;
};

/// The dimensions that a product's tiles walk, with those that lie side by side
/// in memory made one.
struct GemmPlan {
  GemmSide a, b;
  SmallVector<GemmSide, 2> outs;
  SmallVector<GemmExtra> extras;
  int64_t rows = 1, batches = 1; ///< Of the result.
  /// Columns: tiles of a flat sequence, heads included, or of each head (whose
  /// columns are then `columns`).
  int64_t heads = 1, columns = 1;
  /// What is summed: steps of a flat sequence, or of each of `groups` heads of
  /// a.
  int64_t groups = 1, depth = 1;

  int64_t rowTiles = 1, columnTiles = 1, steps = 1; ///< Per head and group.
  int64_t tiles() const { return rowTiles * columnTiles * heads * batches; }
};

/// Fails, with a message, where the layouts of the operands do not allow it.
FailureOr<GemmPlan> planGemm(GemmOp op);

} // namespace mlir::msa_gpu

#endif // MSA_LIB_DIALECT_MSAGPU_TRANSFORMS_GEMMPLAN_H
