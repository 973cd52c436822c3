//===- Lanes.h - Elements side by side, and sums of rows --*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_LIB_CODEGEN_TILE_LANES_H
#define MSA_LIB_CODEGEN_TILE_LANES_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::msa {

/// Whether the op has parallel loops only and reads all operands at their
/// numbers.
bool isPointwise(linalg::LinalgOp op);

/// Whether the op's elements along loop `lane` lie side by side in all operands
/// that it walks there, and its body computes them alike, without
/// gathers.
bool hasLanes(linalg::LinalgOp op, unsigned lane);

/// The sum (or greatest element) of each row that the pointwise op, and nothing
/// else, is computed from beside the row's elements: long rows, and many, which
/// a warp each can sum and then compute. What msa-rows-to-warps takes; null
/// where there is none.
linalg::GenericOp rowSumOf(linalg::LinalgOp op);

/// The loop along which the op reads views of one tensor that are shifted
/// against each other: neighbours along it read the same elements.
std::optional<unsigned> overlappingLoop(linalg::LinalgOp op);

} // namespace mlir::msa

#endif // MSA_LIB_CODEGEN_TILE_LANES_H
