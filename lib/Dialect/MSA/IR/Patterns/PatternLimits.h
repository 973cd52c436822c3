//===- PatternLimits.h - Limits shared by pattern verifiers -----*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_LIB_DIALECT_MSA_IR_PATTERNS_PATTERNLIMITS_H
#define MSA_LIB_DIALECT_MSA_IR_PATTERNS_PATTERNLIMITS_H

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace mlir::msa {

/// No sum of a few sizes and a position can overflow 64 bits.
constexpr int64_t kMaxPatternSize = int64_t(1) << 40;

inline LogicalResult
verifyPatternSize(llvm::function_ref<InFlightDiagnostic()> emitError,
                  const char *label, const char *name, int64_t value,
                  int64_t least, int64_t most = kMaxPatternSize) {
  if (value >= least && value <= most)
    return success();
  return emitError() << "(" << label << ") " << name << " must lie in ["
                     << least << ", " << most << "], got " << value;
}

} // namespace mlir::msa

#endif // MSA_LIB_DIALECT_MSA_IR_PATTERNS_PATTERNLIMITS_H
