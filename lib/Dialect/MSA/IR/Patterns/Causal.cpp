//===- Causal.cpp - Keys up to the query
//------------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSA/IR/MSA.h"

using namespace mlir;
using namespace mlir::msa;

PatternValue CausalAttr::keeps(PatternBuilder &b,
                               const PatternPoint &point) const {
  return b.lessEqual(point.key, point.query);
}
PatternValue CausalAttr::isEmpty(PatternBuilder &b,
                                 const PatternTile &tile) const {
  return b.lessEqual(tile.queryEnd, tile.keyBegin);
}
PatternValue CausalAttr::isFull(PatternBuilder &b,
                                const PatternTile &tile) const {
  return b.lessEqual(tile.keyEnd, b.plus(tile.queryBegin, 1));
}
void CausalAttr::keyRanges(PatternBuilder &b, const PatternTile &tile,
                           SmallVectorImpl<KeyRange> &ranges) const {
  ranges.push_back({tile.keyBegin, b.min(tile.keyEnd, tile.queryEnd)});
}
bool CausalAttr::rangesAreTight() const { return true; }
bool CausalAttr::isCausal() const { return true; }

std::optional<PatternBand> CausalAttr::band() const {
  return PatternBand{std::nullopt, 0};
}
