//===- PatternRest.h - Rules as a band and a rest ----------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_LIB_DIALECT_MSAGPU_TRANSFORMS_PATTERNREST_H
#define MSA_LIB_DIALECT_MSAGPU_TRANSFORMS_PATTERNREST_H

#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"

namespace mlir::msa_gpu {

/// A rule as a band and other rules, joined or intersected.
struct PatternRest {
  bool isUnion = false;
  msa::PatternAttrInterface band; ///< Null where no member is one.
  SmallVector<msa::PatternAttrInterface> rest;

  explicit PatternRest(msa::PatternAttrInterface pattern);
  /// The band's bounds; none where there is no band.
  msa::PatternBand bounds() const {
    return band ? *band.band() : msa::PatternBand();
  }
};

/// Whether the rest keeps all or nothing of every tile that the schedule makes.
bool restIsSettled(AttendOp op);

/// Whether all positions of the operation, and what its rule computes of them,
/// fit into 32 bits.
bool rulesFitNarrow(AttendOp op);

} // namespace mlir::msa_gpu

#endif // MSA_LIB_DIALECT_MSAGPU_TRANSFORMS_PATTERNREST_H
