//===- AttendProgram.h - Attention as a tile program -------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_LIB_DIALECT_MSAGPU_TRANSFORMS_ATTENDPROGRAM_H
#define MSA_LIB_DIALECT_MSAGPU_TRANSFORMS_ATTENDPROGRAM_H

#include "msa/Dialect/MSAGPU/IR/Legality.h"
#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"

namespace mlir::msa_gpu {

/// The arguments of a kernel that computes an AttendOp; null where the op has
/// no such operand.
struct AttendArguments {
  Value query, out; ///< Maps of 64 rows.
  Value key, value, windowKey, windowValue, bankKey, bankValue; ///< Maps.
  /// Maps of every stride-th key; null also where there is none so many keys
  /// on.
  Value stridedKey, stridedValue;
  Value lse, counter, bankBias, position, length, offset; ///< Memrefs.
  Value documents, blocks;                                ///< Memrefs.
};

/// Tiles of 64 rows of a KV head whose query heads are stacked.
int64_t stackedTiles(AttendOp op);

/// Tiles that the loop of such a kernel counts.
int64_t tilesOf(AttendOp op);

/// Writes the loop over tiles at the builder's place.
void writeAttend(OpBuilder &builder, AttendOp op,
                 const AttendArguments &arguments);

} // namespace mlir::msa_gpu

#endif // MSA_LIB_DIALECT_MSAGPU_TRANSFORMS_ATTENDPROGRAM_H
