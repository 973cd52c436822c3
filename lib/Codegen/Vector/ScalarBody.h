//===- ScalarBody.h - A linalg body at one place or on lanes ----*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_LIB_CODEGEN_VECTOR_SCALARBODY_H
#define MSA_LIB_CODEGEN_VECTOR_SCALARBODY_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::msa {

/// Where a body is emitted: the loops' induction variables, and how many lanes
/// run along the lane loop from its induction variable on (1: scalars).
struct Place {
  SmallVector<Value> ivs;
  int64_t laneLoop = -1;
  int64_t lanes = 1;
};

/// The element or the vector of lanes of an operand at a place. Uniform along
/// the lanes where the map does not read the lane loop (a scalar then).
Value loadAt(OpBuilder &b, Location loc, Value buffer, AffineMap map,
             const Place &place);
void storeAt(OpBuilder &b, Location loc, Value value, Value buffer,
             AffineMap map, const Place &place);

/// Whether the map reads the lane loop only as its last result, so that lanes
/// are consecutive in a buffer whose last stride is 1, or not at all.
bool isLaneReadable(AffineMap map, int64_t laneLoop, Value buffer);

/// `value` as a vector of lanes (broadcast where it is a scalar).
Value asLanes(OpBuilder &b, Location loc, Value value, int64_t lanes);

/// Whether `emitBody` can run the body on lanes of the loop.
bool isLaneBody(linalg::GenericOp op, int64_t laneLoop);

/// Emits the body for the block arguments given and returns what it yields.
SmallVector<Value> emitBody(OpBuilder &b, linalg::GenericOp op,
                            ValueRange arguments, const Place &place);

} // namespace mlir::msa

#endif // MSA_LIB_CODEGEN_VECTOR_SCALARBODY_H
