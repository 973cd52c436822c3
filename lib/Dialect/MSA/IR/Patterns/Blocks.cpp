//===- Blocks.cpp - Key blocks listed at run time
//---------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSA/IR/MSA.h"

using namespace mlir;
using namespace mlir::msa;

#include "PatternLimits.h"

LogicalResult BlocksAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 int64_t size) {
  return verifyPatternSize(emitError, "P7", "size", size, 1, 1 << 20);
}

static PatternValue blockOf(PatternBuilder &b, int64_t size,
                            PatternValue position) {
  return b.floorDiv(b.sub(position, b.origin()), size);
}

PatternValue BlocksAttr::keeps(PatternBuilder &b,
                               const PatternPoint &point) const {
  PatternValue queryBlock = blockOf(b, getSize(), point.query);
  PatternValue keyBlock = blockOf(b, getSize(), point.key);
  PatternValue kept = b.truth(false);
  for (int64_t t = 0, e = b.listedBlocks(); t < e; ++t)
    kept = b.either(kept, b.equal(keyBlock, b.listedBlock(queryBlock, t)));
  // A negative key block is a carried key: padding must not match it.
  return b.both(kept, b.lessEqual(b.constant(0), keyBlock));
}

PatternValue BlocksAttr::isEmpty(PatternBuilder &b,
                                 const PatternTile &tile) const {
  PatternValue block = blockOf(b, getSize(), tile.queryBegin);
  PatternValue last = blockOf(b, getSize(), b.plus(tile.queryEnd, -1));
  PatternValue keyFirst =
      b.max(blockOf(b, getSize(), tile.keyBegin), b.constant(0));
  PatternValue keyLast = blockOf(b, getSize(), b.plus(tile.keyEnd, -1));
  PatternValue empty = b.equal(block, last);
  for (int64_t t = 0, e = b.listedBlocks(); t < e; ++t) {
    PatternValue listed = b.listedBlock(block, t);
    empty = b.both(empty,
                   b.either(b.less(listed, keyFirst), b.less(keyLast, listed)));
  }
  return empty;
}

PatternValue BlocksAttr::isFull(PatternBuilder &b,
                                const PatternTile &tile) const {
  PatternValue block = blockOf(b, getSize(), tile.queryBegin);
  PatternValue last = blockOf(b, getSize(), b.plus(tile.queryEnd, -1));
  PatternValue keyFirst = blockOf(b, getSize(), tile.keyBegin);
  PatternValue keyLast = blockOf(b, getSize(), b.plus(tile.keyEnd, -1));
  PatternValue hit = b.truth(false);
  for (int64_t t = 0, e = b.listedBlocks(); t < e; ++t)
    hit = b.either(hit, b.equal(keyFirst, b.listedBlock(block, t)));
  PatternValue aligned =
      b.both(b.equal(block, last), b.equal(keyFirst, keyLast));
  return b.both(b.both(aligned, hit), b.lessEqual(b.constant(0), keyFirst));
}

// One range an entry where the tile lies in one query block; else everything.
void BlocksAttr::keyRanges(PatternBuilder &b, const PatternTile &tile,
                           SmallVectorImpl<KeyRange> &ranges) const {
  PatternValue block = blockOf(b, getSize(), tile.queryBegin);
  PatternValue one =
      b.equal(block, blockOf(b, getSize(), b.plus(tile.queryEnd, -1)));
  for (int64_t t = 0, e = b.listedBlocks(); t < e; ++t) {
    PatternValue listed = b.listedBlock(block, t);
    // Negative entries are padding: an empty range at the front.
    PatternValue padding = b.less(listed, b.constant(0));
    PatternValue begin =
        b.add(b.mul(listed, b.constant(getSize())), b.origin());
    PatternValue end = b.choose(padding, begin, b.plus(begin, getSize()));
    ranges.push_back({b.choose(one, b.max(begin, tile.keyBegin), tile.keyBegin),
                      b.choose(one, b.min(end, tile.keyEnd), tile.keyEnd)});
  }
}
int64_t BlocksAttr::listedBlockSize() const { return getSize(); }
int64_t BlocksAttr::comparisons(int64_t listed) const { return listed; }
int64_t BlocksAttr::granularity() const { return getSize(); }
