//===- Window.cpp - Keys around the query
//-----------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSA/IR/MSA.h"

using namespace mlir;
using namespace mlir::msa;

#include "PatternLimits.h"

LogicalResult WindowAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 int64_t left, int64_t right,
                                 int64_t dilation) {
  if (failed(verifyPatternSize(emitError, "P1", "left", left, 0)) ||
      failed(verifyPatternSize(emitError, "P1", "right", right, 0)))
    return failure();
  return verifyPatternSize(emitError, "P2", "dilation", dilation, 1);
}

PatternValue WindowAttr::keeps(PatternBuilder &b,
                               const PatternPoint &point) const {
  PatternValue distance = b.sub(point.query, point.key);
  PatternValue kept = b.both(b.lessEqual(distance, b.constant(getLeft())),
                             b.lessEqual(b.constant(-getRight()), distance));
  if (getDilation() == 1)
    return kept;
  return b.both(kept, b.equal(b.mod(distance, getDilation()), b.constant(0)));
}

// The last key lies left of the first query's window, or the first key right of
// the last query's.
PatternValue WindowAttr::isEmpty(PatternBuilder &b,
                                 const PatternTile &tile) const {
  PatternValue before =
      b.lessEqual(b.plus(tile.keyEnd, getLeft()), tile.queryBegin);
  PatternValue after =
      b.lessEqual(b.plus(tile.queryEnd, getRight()), tile.keyBegin);
  return b.either(before, after);
}

PatternValue WindowAttr::isFull(PatternBuilder &b,
                                const PatternTile &tile) const {
  if (getDilation() != 1)
    return b.truth(false);
  PatternValue left =
      b.lessEqual(b.plus(tile.queryEnd, -1 - getLeft()), tile.keyBegin);
  PatternValue right =
      b.lessEqual(tile.keyEnd, b.plus(tile.queryBegin, getRight() + 1));
  return b.both(left, right);
}

void WindowAttr::keyRanges(PatternBuilder &b, const PatternTile &tile,
                           SmallVectorImpl<KeyRange> &ranges) const {
  ranges.push_back({b.max(tile.keyBegin, b.plus(tile.queryBegin, -getLeft())),
                    b.min(tile.keyEnd, b.plus(tile.queryEnd, getRight()))});
}

bool WindowAttr::rangesAreTight() const { return true; }
bool WindowAttr::isCausal() const { return getRight() == 0; }

std::optional<PatternBand> WindowAttr::band() const {
  if (getDilation() != 1)
    return std::nullopt;
  return PatternBand{getLeft(), getRight()};
}
