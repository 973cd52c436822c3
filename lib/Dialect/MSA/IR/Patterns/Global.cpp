//===- Global.cpp - Tokens that see and are seen by all
//---------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSA/IR/MSA.h"

using namespace mlir;
using namespace mlir::msa;

#include "PatternLimits.h"

LogicalResult GlobalAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 int64_t count) {
  return verifyPatternSize(emitError, "P6", "count", count, 1);
}

PatternValue GlobalAttr::keeps(PatternBuilder &b,
                               const PatternPoint &point) const {
  PatternValue count = b.constant(getCount());
  return b.either(b.less(point.key, count), b.less(point.query, count));
}
PatternValue GlobalAttr::isEmpty(PatternBuilder &b,
                                 const PatternTile &tile) const {
  PatternValue count = b.constant(getCount());
  return b.both(b.lessEqual(count, tile.keyBegin),
                b.lessEqual(count, tile.queryBegin));
}
PatternValue GlobalAttr::isFull(PatternBuilder &b,
                                const PatternTile &tile) const {
  PatternValue count = b.constant(getCount());
  return b.either(b.lessEqual(tile.keyEnd, count),
                  b.lessEqual(tile.queryEnd, count));
}

// The global keys, and every key where the tile holds a global query.
void GlobalAttr::keyRanges(PatternBuilder &b, const PatternTile &tile,
                           SmallVectorImpl<KeyRange> &ranges) const {
  PatternValue count = b.constant(getCount());
  ranges.push_back({tile.keyBegin, b.min(tile.keyEnd, count)});
  PatternValue isGlobal = b.less(tile.queryBegin, count);
  ranges.push_back(
      {tile.keyBegin, b.choose(isGlobal, tile.keyEnd, tile.keyBegin)});
}
int64_t GlobalAttr::granularity() const { return getCount(); }
