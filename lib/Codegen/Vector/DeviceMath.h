//===- DeviceMath.h - Functions that a GPU has instructions for --*- C++
//-*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_LIB_CODEGEN_VECTOR_DEVICEMATH_H
#define MSA_LIB_CODEGEN_VECTOR_DEVICEMATH_H

#include "mlir/IR/PatternMatch.h"

namespace mlir::msa {

/// Divisions of f32 that need no exact quotient: by 1 + exp(x), and by one
/// number for all lanes. Has to see exp, so it comes before patterns that
/// expand it.
void relaxDivisions(Operation *root);

/// exp2, exp and tanh of f32 by ex2.approx and rcp.approx; bf16 to f32 by a
/// shift.
void populateDeviceMathPatterns(RewritePatternSet &patterns,
                                PatternBenefit benefit);

} // namespace mlir::msa

#endif // MSA_LIB_CODEGEN_VECTOR_DEVICEMATH_H
