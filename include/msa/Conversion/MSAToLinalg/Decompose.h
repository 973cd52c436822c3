//===- Decompose.h - msa operations as plain linalg -------------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each function builds what an op means out of linalg, tensor, arith, math and
// scf before the op and returns the values of its results; the op stays.
//
//===----------------------------------------------------------------------===//

#ifndef MSA_CONVERSION_MSATOLINALG_DECOMPOSE_H
#define MSA_CONVERSION_MSATOLINALG_DECOMPOSE_H

#include "msa/Dialect/MSA/IR/MSA.h"

namespace mlir::msa {

/// Dense meaning: all scores at once. The oracle; memory grows with N x M.
/// `transposeKeys` reads keys from a copy in which keys are the last dimension.
SmallVector<Value> decomposeDense(OpBuilder &builder, AttendOp op,
                                  bool transposeKeys = false);

SmallVector<Value> decompose(OpBuilder &builder, OnlineAttendOp op);
SmallVector<Value> decompose(OpBuilder &builder, FinalizeOp op);
SmallVector<Value> decompose(OpBuilder &builder, MergeOp op);
SmallVector<Value> decompose(OpBuilder &builder, BankWriteOp op);
SmallVector<Value> decompose(OpBuilder &builder, CarryOp op);
SmallVector<Value> decompose(OpBuilder &builder, RopeOp op);
SmallVector<Value> decompose(OpBuilder &builder, ShortConvOp op);

/// cos and sin of a rotation as rows x pairs constants in f32 or f64.
std::pair<Value, Value> rotationTables(OpBuilder &b, RopeOp op, int64_t rows,
                                       Type f);

/// Inlines a score region at the builder's insertion point.
Value inlineScore(OpBuilder &builder, Region &region, ValueRange arguments);

} // namespace mlir::msa

#endif // MSA_CONVERSION_MSATOLINALG_DECOMPOSE_H
