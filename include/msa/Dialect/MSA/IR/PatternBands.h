//===- PatternBands.h - Rules that are bands of keys ------------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSA_IR_PATTERNBANDS_H
#define MSA_DIALECT_MSA_IR_PATTERNBANDS_H

#include "msa/Dialect/MSA/IR/MSA.h"

namespace mlir::msa {

/// Keys of a band, and those of some bands whose position is stride - 1 modulo
/// the stride. No two of the bands share a key, so that each kind of keys can
/// be visited on its own: the strided ones as the rows of a view.
struct StridedBands {
  std::optional<PatternBand> every; ///< Null: none.
  int64_t stride = 1;
  /// Two at most, left and right of `every`: there `right`, or `left`, is
  /// negative.
  SmallVector<PatternBand, 2> strided;
};

/// The rule as such bands; nullopt where it is not, or has no stride.
std::optional<StridedBands> stridedBands(PatternAttrInterface pattern);

} // namespace mlir::msa

#endif // MSA_DIALECT_MSA_IR_PATTERNBANDS_H
