//===- VerifyUtils.h - Checks shared by op verifiers ------------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_LIB_DIALECT_MSA_IR_OPS_VERIFYUTILS_H
#define MSA_LIB_DIALECT_MSA_IR_OPS_VERIFYUTILS_H

#include "msa/Dialect/MSA/IR/MSA.h"

namespace mlir::msa {

/// Static sizes from 1 to 2^31 - 1 without an encoding, and fewer than 2^47
/// elements, so that no byte offset overflows. Says which operand is wrong.
LogicalResult verifyShape(Operation *op, StringRef label, StringRef name,
                          Type type);

/// The dimension has the size wanted.
LogicalResult verifyDim(Operation *op, StringRef label, StringRef name,
                        Type type, unsigned dim, int64_t wanted, StringRef why);

/// The tensor has exactly this shape.
LogicalResult verifyExactShape(Operation *op, StringRef label, StringRef name,
                               Type type, ArrayRef<int64_t> shape);

/// A score region: one block of (score, batch, head, query, key) that yields a
/// score by scalar arithmetic without effects; it may use values from outside.
LogicalResult verifyScoreRegion(Operation *op, StringRef label, Region &region,
                                Type score);

/// A rule becomes code for each of its comparisons: there may be so many.
LogicalResult verifyComparisons(Operation *op, StringRef label,
                                PatternAttrInterface pattern, Value blocks);

/// f32, or f64 for f64.
FloatType accumulatorType(Type element);

inline RankedTensorType tensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

} // namespace mlir::msa

#endif // MSA_LIB_DIALECT_MSA_IR_OPS_VERIFYUTILS_H
