//===- Full.cpp - Every key
//-------------------------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSA/IR/MSA.h"

using namespace mlir;
using namespace mlir::msa;

PatternValue FullAttr::keeps(PatternBuilder &b, const PatternPoint &) const {
  return b.truth(true);
}
PatternValue FullAttr::isEmpty(PatternBuilder &b, const PatternTile &) const {
  return b.truth(false);
}
PatternValue FullAttr::isFull(PatternBuilder &b, const PatternTile &) const {
  return b.truth(true);
}
void FullAttr::keyRanges(PatternBuilder &, const PatternTile &tile,
                         SmallVectorImpl<KeyRange> &ranges) const {
  ranges.push_back({tile.keyBegin, tile.keyEnd});
}
bool FullAttr::rangesAreTight() const { return true; }

std::optional<PatternBand> FullAttr::band() const { return PatternBand{}; }
