//===- Document.cpp - Keys of the query's document
//--------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSA/IR/MSA.h"

using namespace mlir;
using namespace mlir::msa;

PatternValue DocumentAttr::keeps(PatternBuilder &b,
                                 const PatternPoint &point) const {
  return b.equal(b.queryDocument(point.query), b.keyDocument(point.key));
}

// Numbers never decrease along a row, so the ends bound a tile's documents.
PatternValue DocumentAttr::isEmpty(PatternBuilder &b,
                                   const PatternTile &tile) const {
  PatternValue queryFirst = b.queryDocument(tile.queryBegin);
  PatternValue queryLast = b.queryDocument(b.plus(tile.queryEnd, -1));
  PatternValue keyFirst = b.keyDocument(tile.keyBegin);
  PatternValue keyLast = b.keyDocument(b.plus(tile.keyEnd, -1));
  return b.either(b.less(keyLast, queryFirst), b.less(queryLast, keyFirst));
}

PatternValue DocumentAttr::isFull(PatternBuilder &b,
                                  const PatternTile &tile) const {
  PatternValue first = b.queryDocument(tile.queryBegin);
  PatternValue queryLast = b.queryDocument(b.plus(tile.queryEnd, -1));
  PatternValue keyFirst = b.keyDocument(tile.keyBegin);
  PatternValue keyLast = b.keyDocument(b.plus(tile.keyEnd, -1));
  return b.both(b.equal(first, queryLast),
                b.both(b.equal(first, keyFirst), b.equal(first, keyLast)));
}

void DocumentAttr::keyRanges(PatternBuilder &, const PatternTile &tile,
                             SmallVectorImpl<KeyRange> &ranges) const {
  ranges.push_back({tile.keyBegin, tile.keyEnd});
}
bool DocumentAttr::usesDocuments() const { return true; }
