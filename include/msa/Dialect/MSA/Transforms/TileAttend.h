//===- TileAttend.h - Attention as tiles with online softmax ----*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSA_TRANSFORMS_TILEATTEND_H
#define MSA_DIALECT_MSA_TRANSFORMS_TILEATTEND_H

#include "msa/Dialect/MSA/IR/MSA.h"

namespace mlir::msa {

struct AttendTiling {
  int64_t queries = 32; ///< Queries of a tile: vector lanes, or 1 a thread.
  int64_t keys = 64;    ///< Keys of a tile.
  bool pairs = false;   ///< Products take pairs of bf16; see OnlineAttendOp.
};

/// Counts of what was emitted, for the pass's statistics.
struct AttendTilingStatistics {
  int64_t keyLoops = 0, tailTiles = 0, unmaskedLoops = 0, turnedAhead = 0;
};

/// Whether products of pairs on matrix units serve the op: bf16, and head
/// dimensions that are multiples of 32.
bool takesPairs(AttendOp op);

/// Replaces the op by an scf.forall over (batch, head, query tile) whose body
/// walks the key tiles that the pattern keeps, behind loops that turn values
/// where the products take them turned. Returns out and lse.
SmallVector<Value> tileAttend(OpBuilder &builder, AttendOp op,
                              const AttendTiling &tiling,
                              AttendTilingStatistics &statistics);

} // namespace mlir::msa

#endif // MSA_DIALECT_MSA_TRANSFORMS_TILEATTEND_H
