//===- Strided.cpp - Every stride-th key
//------------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSA/IR/MSA.h"

using namespace mlir;
using namespace mlir::msa;

#include "PatternLimits.h"

LogicalResult StridedAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  int64_t stride) {
  return verifyPatternSize(emitError, "P3", "stride", stride, 1);
}

PatternValue StridedAttr::keeps(PatternBuilder &b,
                                const PatternPoint &point) const {
  return b.equal(b.mod(point.key, getStride()), b.constant(getStride() - 1));
}

// No multiple of the stride in (keyBegin, keyEnd].
PatternValue StridedAttr::isEmpty(PatternBuilder &b,
                                  const PatternTile &tile) const {
  return b.equal(b.floorDiv(tile.keyBegin, getStride()),
                 b.floorDiv(tile.keyEnd, getStride()));
}

PatternValue StridedAttr::isFull(PatternBuilder &b, const PatternTile &) const {
  return b.truth(getStride() == 1);
}

void StridedAttr::keyRanges(PatternBuilder &, const PatternTile &tile,
                            SmallVectorImpl<KeyRange> &ranges) const {
  ranges.push_back({tile.keyBegin, tile.keyEnd});
}
