//===- PatternShapeTest.cpp - What kernels make of patterns ---------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tensor-core kernels visit some patterns as bands of every stride-th key, take
// granules as kept wholly or not, and ask block lists entry by entry. Each is
// held against `keeps` on random patterns.
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSA/IR/PatternBands.h"

#include "support/Random.h"

#include "mlir/IR/MLIRContext.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace mlir::msa;
using msa_test::Random;

namespace {

class PatternShape : public ::testing::Test {
protected:
  PatternShape() { context.loadDialect<MSADialect>(); }

  /// Of bands and strides, or of anything.
  Attribute pattern(unsigned depth, bool onlyBands) {
    if (depth != 0 && !random.oneIn(3)) {
      SmallVector<Attribute> members;
      for (int64_t n = random.in(2, 3); n > 0; --n)
        members.push_back(pattern(depth - 1, onlyBands));
      return random.oneIn(2) ? AnyAttr::of(&context, members)
                             : AllAttr::of(&context, members);
    }
    switch (random.in(0, onlyBands ? 3 : 7)) {
    case 0:
      return CausalAttr::get(&context);
    case 1:
      return WindowAttr::get(&context, random.in(0, 12),
                             random.oneIn(2) ? 0 : random.in(0, 9), 1);
    case 2:
    case 3:
      return StridedAttr::get(&context, random.of<int64_t>({1, 2, 3, 4, 6}));
    case 4:
      return GlobalAttr::get(&context, random.in(1, 9));
    case 5:
      return RandomAttr::get(&context, random.in(1, 3), random.in(1, 8), 5, 7);
    case 6:
      return DocumentAttr::get(&context);
    default:
      return BlocksAttr::get(&context, 4);
    }
  }

  static bool keeps(PatternBuilder &b, Attribute pattern, int64_t i,
                    int64_t j) {
    return cast<PatternAttrInterface>(pattern)
               .keeps(b, {b.constant(i), b.constant(j), b.constant(3)})
               .number != 0;
  }

  MLIRContext context;
  Random random{20260311};
};

bool isIn(const PatternBand &band, int64_t i, int64_t j) {
  return (!band.left || j >= i - *band.left) &&
         (!band.right || j <= i + *band.right);
}

} // namespace

TEST_F(PatternShape, StridedBandsKeepTheSame) {
  ConstPatternBuilder b;
  int found = 0, beside = 0, alone = 0;
  for (int n = 0; n < 3000; ++n) {
    Attribute attr = pattern(random.in(0, 3), /*onlyBands=*/true);
    auto bands = stridedBands(cast<PatternAttrInterface>(attr));
    if (!bands)
      continue;
    ++found;
    beside += bands->every && !bands->strided.empty();
    alone += !bands->every;
    for (int64_t i = 0; i < 30; ++i)
      for (int64_t j = 0; j < 40; ++j) {
        int64_t times = bands->every && isIn(*bands->every, i, j);
        for (const PatternBand &band : bands->strided)
          times += isIn(band, i, j) && j % bands->stride == bands->stride - 1;
        std::string text;
        llvm::raw_string_ostream(text) << attr;
        ASSERT_EQ(times, keeps(b, attr, i, j))
            << text << ": query " << i << " key " << j;
      }
  }
  EXPECT_GE(found, 500);
  EXPECT_GE(beside, 200);
  EXPECT_GE(alone, 200);
}

TEST_F(PatternShape, BandsAloneHaveNoStride) {
  for (Attribute attr : {Attribute(CausalAttr::get(&context)),
                         Attribute(WindowAttr::get(&context, 5, 2, 1)),
                         Attribute(GlobalAttr::get(&context, 4)),
                         AnyAttr::of(&context, {StridedAttr::get(&context, 2),
                                                StridedAttr::get(&context, 3)}),
                         AllAttr::of(&context, {StridedAttr::get(&context, 2),
                                                GlobalAttr::get(&context, 3)})})
    EXPECT_FALSE(stridedBands(cast<PatternAttrInterface>(attr)));
}

TEST_F(PatternShape, GranulesAreKeptWhollyOrNot) {
  int granular = 0, kept = 0, dropped = 0;
  for (int n = 0; n < 4000; ++n) {
    Attribute attr = pattern(0, /*onlyBands=*/false);
    int64_t size = cast<PatternAttrInterface>(attr).granularity();
    if (size == 0)
      continue;
    ++granular;
    ConstPatternBuilder b;
    // Block lists count from the segment.
    bool isListed = cast<PatternAttrInterface>(attr).listedBlockSize() != 0;
    SmallVector<int32_t> blocks;
    for (int64_t e = 0; e < 12; ++e)
      blocks.push_back(random.in(-1, 4));
    b.blocks = blocks;
    b.slots = 2;
    b.blockOrigin = isListed ? random.in(0, 9) : 0;
    int64_t query = b.blockOrigin + size * random.in(isListed ? -2 : 0, 4);
    int64_t key = b.blockOrigin + size * random.in(isListed ? -2 : 0, 4);
    bool first = keeps(b, attr, query, key);
    ++(first ? kept : dropped);
    for (int64_t i = query; i < query + size; ++i)
      for (int64_t j = key; j < key + size; ++j)
        ASSERT_EQ(keeps(b, attr, i, j), first) << i << " " << j;
  }
  EXPECT_GE(granular, 500);
  EXPECT_GE(kept, 100);
  EXPECT_GE(dropped, 100);
}

TEST_F(PatternShape, ListsAreKeptEntryByEntry) {
  int listed = 0;
  for (int n = 0; n < 3000; ++n) {
    Attribute attr = pattern(random.in(0, 3), /*onlyBands=*/false);
    if (cast<PatternAttrInterface>(attr).listedBlockSize() == 0)
      continue;
    ++listed;
    SmallVector<int32_t> documents, list;
    for (int64_t p = 0; p < 30; ++p)
      documents.push_back(p / 7);
    for (int64_t e = 0; e < 3; ++e)
      list.push_back(random.in(-1, 9));
    ConstPatternBuilder b;
    b.documents = documents;
    b.slots = list.size();
    b.blocks = list;
    for (int64_t i = 0; i < 30; ++i)
      for (int64_t j = 0; j < 30; ++j) {
        b.slots = list.size(), b.blocks = list;
        bool whole = keeps(b, attr, i, j), any = false;
        b.slots = 1;
        for (size_t e = 0; e < list.size(); ++e) {
          b.blocks = ArrayRef<int32_t>(list).slice(e, 1);
          any |= keeps(b, attr, i, j);
        }
        ASSERT_EQ(whole, any) << "query " << i << " key " << j;
      }
  }
  EXPECT_GE(listed, 500);
}
