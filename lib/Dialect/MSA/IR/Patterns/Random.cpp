//===- Random.cpp - Random key blocks
//---------------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSA/IR/MSA.h"

using namespace mlir;
using namespace mlir::msa;

#include "PatternLimits.h"

LogicalResult RandomAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 int64_t count, int64_t size, int64_t span,
                                 int64_t seed) {
  if (failed(verifyPatternSize(emitError, "P4", "count", count, 1, 64)) ||
      failed(verifyPatternSize(emitError, "P5", "size", size, 1)))
    return failure();
  return verifyPatternSize(emitError, "P5", "span", span, 1);
}

/// Key block that draw t of a query block names: the documented hash.
static PatternValue draw(PatternBuilder &b, RandomAttr attr, PatternValue head,
                         PatternValue block, int64_t t) {
  auto c = [&](uint64_t n) { return b.constant(static_cast<int64_t>(n)); };
  PatternValue mix = c(0xD6E8FEB86659FD93ull);
  uint64_t start =
      static_cast<uint64_t>(attr.getSeed()) * 0x9E3779B97F4A7C15ull +
      static_cast<uint64_t>(t) * 0xD6E8FEB86659FD93ull;
  PatternValue x = b.add(c(start), b.mul(head, c(0xBF58476D1CE4E5B9ull)));
  x = b.add(x, b.mul(block, c(0x94D049BB133111EBull)));
  for (int round = 0; round < 2; ++round)
    x = b.mul(b.bitXor(x, b.shiftRight(x, 32)), mix);
  x = b.shiftRight(b.bitXor(x, b.shiftRight(x, 32)), 1);
  return b.mod(x, attr.getSpan());
}

PatternValue RandomAttr::keeps(PatternBuilder &b,
                               const PatternPoint &point) const {
  PatternValue queryBlock = b.floorDiv(point.query, getSize());
  PatternValue keyBlock = b.floorDiv(point.key, getSize());
  PatternValue kept = b.truth(false);
  for (int64_t t = 0; t < getCount(); ++t)
    kept = b.either(
        kept, b.equal(keyBlock, draw(b, *this, point.head, queryBlock, t)));
  return kept;
}

/// Whether all queries of the tile lie in one query block.
static PatternValue oneBlock(PatternBuilder &b, int64_t size,
                             const PatternTile &tile) {
  return b.equal(b.floorDiv(tile.queryBegin, size),
                 b.floorDiv(b.plus(tile.queryEnd, -1), size));
}

// Exact for tiles within one query block; a tile across several says "don't
// know".
PatternValue RandomAttr::isEmpty(PatternBuilder &b,
                                 const PatternTile &tile) const {
  PatternValue block = b.floorDiv(tile.queryBegin, getSize());
  PatternValue first = b.floorDiv(tile.keyBegin, getSize());
  PatternValue last = b.floorDiv(b.plus(tile.keyEnd, -1), getSize());
  PatternValue empty = oneBlock(b, getSize(), tile);
  for (int64_t t = 0; t < getCount(); ++t) {
    PatternValue drawn = draw(b, *this, tile.head, block, t);
    empty = b.both(empty, b.either(b.less(drawn, first), b.less(last, drawn)));
  }
  return empty;
}

PatternValue RandomAttr::isFull(PatternBuilder &b,
                                const PatternTile &tile) const {
  PatternValue block = b.floorDiv(tile.queryBegin, getSize());
  PatternValue first = b.floorDiv(tile.keyBegin, getSize());
  PatternValue last = b.floorDiv(b.plus(tile.keyEnd, -1), getSize());
  PatternValue hit = b.truth(false);
  for (int64_t t = 0; t < getCount(); ++t)
    hit = b.either(hit, b.equal(first, draw(b, *this, tile.head, block, t)));
  return b.both(b.both(oneBlock(b, getSize(), tile), b.equal(first, last)),
                hit);
}

// One range a draw where the tile lies in one query block; else everything.
void RandomAttr::keyRanges(PatternBuilder &b, const PatternTile &tile,
                           SmallVectorImpl<KeyRange> &ranges) const {
  PatternValue block = b.floorDiv(tile.queryBegin, getSize());
  PatternValue one = oneBlock(b, getSize(), tile);
  for (int64_t t = 0; t < getCount(); ++t) {
    PatternValue begin =
        b.mul(draw(b, *this, tile.head, block, t), b.constant(getSize()));
    PatternValue end = b.plus(begin, getSize());
    ranges.push_back({b.choose(one, b.max(begin, tile.keyBegin), tile.keyBegin),
                      b.choose(one, b.min(end, tile.keyEnd), tile.keyEnd)});
  }
}
bool RandomAttr::usesHead() const { return true; }
int64_t RandomAttr::comparisons(int64_t) const { return getCount(); }
int64_t RandomAttr::granularity() const { return getSize(); }
