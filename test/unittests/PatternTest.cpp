//===- PatternTest.cpp - Patterns against brute force ---------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Random patterns, tiles and operands from a fixed seed. Three things are held
// against each other: a definition of each pattern written here from its
// documentation, `keeps` of the attribute, and what the attribute says of whole
// tiles (the laws in PatternInterface.td).
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSA/IR/MSA.h"

#include "support/Random.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/TypeSwitch.h"

#include <gtest/gtest.h>
#include <map>

using namespace mlir;
using namespace mlir::msa;
using msa_test::Random;

namespace {

//===----------------------------------------------------------------------===//
// Definitions, independent of the attributes' code
//===----------------------------------------------------------------------===//

/// What the operands `documents` and `blocks` hold.
struct Operands {
  std::vector<int32_t> documents, blocks;
  int64_t documentOrigin = 0, blockOrigin = 0, slots = 0;
};

int64_t floorOf(int64_t a, int64_t b) {
  return a >= 0 ? a / b : -((-a + b - 1) / b);
}

uint64_t documentedHash(uint64_t seed, uint64_t h, uint64_t b, uint64_t t) {
  uint64_t x = seed * 0x9E3779B97F4A7C15u + h * 0xBF58476D1CE4E5B9u +
               b * 0x94D049BB133111EBu + t * 0xD6E8FEB86659FD93u;
  x = (x ^ (x >> 32)) * 0xD6E8FEB86659FD93u;
  x = (x ^ (x >> 32)) * 0xD6E8FEB86659FD93u;
  return (x ^ (x >> 32)) >> 1;
}

/// Whether query i keeps key j.
bool defined(Attribute pattern, int64_t i, int64_t j, int64_t head,
             const Operands &operands) {
  if (isa<FullAttr>(pattern))
    return true;
  if (isa<CausalAttr>(pattern))
    return j <= i;
  if (auto a = dyn_cast<WindowAttr>(pattern)) {
    if (j < i - a.getLeft() || j > i + a.getRight())
      return false;
    return (i > j ? i - j : j - i) % a.getDilation() == 0;
  }
  if (auto a = dyn_cast<StridedAttr>(pattern))
    return j - floorOf(j, a.getStride()) * a.getStride() == a.getStride() - 1;
  if (auto a = dyn_cast<GlobalAttr>(pattern))
    return j < a.getCount() || i < a.getCount();
  if (auto a = dyn_cast<RandomAttr>(pattern)) {
    int64_t block = floorOf(i, a.getSize());
    for (int64_t t = 0; t < a.getCount(); ++t)
      if (floorOf(j, a.getSize()) ==
          static_cast<int64_t>(documentedHash(a.getSeed(), head, block, t) %
                               static_cast<uint64_t>(a.getSpan())))
        return true;
    return false;
  }
  if (isa<DocumentAttr>(pattern))
    return operands.documents[i - operands.documentOrigin] ==
           operands.documents[j - operands.documentOrigin];
  if (auto a = dyn_cast<BlocksAttr>(pattern)) {
    int64_t rows =
        operands.slots
            ? static_cast<int64_t>(operands.blocks.size()) / operands.slots
            : 0;
    int64_t row = floorOf(i - operands.blockOrigin, a.getSize());
    row = std::min(std::max<int64_t>(row, 0), rows - 1);
    int64_t block = floorOf(j - operands.blockOrigin, a.getSize());
    for (int64_t t = 0; t < operands.slots; ++t)
      if (block >= 0 && operands.blocks[row * operands.slots + t] == block)
        return true;
    return false;
  }
  if (auto a = dyn_cast<AnyAttr>(pattern)) {
    for (Attribute member : a.getMembers())
      if (defined(member, i, j, head, operands))
        return true;
    return false;
  }
  for (Attribute member : cast<AllAttr>(pattern).getMembers())
    if (!defined(member, i, j, head, operands))
      return false;
  return true;
}

//===----------------------------------------------------------------------===//
// Random patterns and tiles
//===----------------------------------------------------------------------===//

constexpr int64_t kLargest = int64_t(1) << 40;

/// Places around which tiles lie.
int64_t place(Random &random) {
  if (random.oneIn(2))
    return random.in(-8, 40);
  int64_t base =
      random.of<int64_t>({1 << 24, int64_t(1) << 31, int64_t(1) << 32, kLargest,
                          int64_t(1) << 53, int64_t(1) << 61});
  return base + random.in(-40, 40);
}

struct Generator {
  MLIRContext *context;
  Random &random;
  int64_t near;      ///< Where the tile lies.
  int64_t blockSize; ///< Of block lists in this pattern.

  int64_t size(int64_t small) {
    if (!random.oneIn(6))
      return random.in(1, small);
    return random.of<int64_t>({64, (1 << 24) + 1, int64_t(1) << 31,
                               (int64_t(1) << 36) - 1, kLargest - 1, kLargest});
  }
  /// A size whose multiples or whose end lie at the tile, where it may be one.
  int64_t sizeAt() {
    int64_t n = near + random.in(-20, 20);
    return n >= 1 && n <= kLargest ? n : size(30);
  }

  Attribute leaf(unsigned kind) {
    switch (kind) {
    case 0:
      return FullAttr::get(context);
    case 1:
      return CausalAttr::get(context);
    case 2:
      return WindowAttr::get(context, random.oneIn(8) ? 0 : size(24),
                             random.oneIn(2) ? 0 : size(24),
                             random.oneIn(3) ? size(7) : 1);
    case 3:
      return StridedAttr::get(context, random.oneIn(4) ? sizeAt() : size(24));
    case 4:
      return GlobalAttr::get(context, sizeAt());
    case 5: {
      // Blocks as large as to hold the tile, so that draws can hit it.
      int64_t blockOf = random.oneIn(2) ? sizeAt() : size(12);
      return RandomAttr::get(context, random.in(1, random.oneIn(8) ? 64 : 4),
                             blockOf, random.oneIn(9) ? size(1) : size(5),
                             random.in(-3, 3));
    }
    case 6:
      return DocumentAttr::get(context);
    default:
      return BlocksAttr::get(context, blockSize);
    }
  }

  Attribute pattern(unsigned depth) {
    if (depth == 0 || random.oneIn(2))
      return leaf(random.in(0, 7));
    SmallVector<Attribute> members;
    for (int64_t n = random.in(1, 4); n > 0; --n)
      members.push_back(pattern(depth - 1));
    return random.oneIn(2) ? AnyAttr::of(context, members)
                           : AllAttr::of(context, members);
  }
};

struct Tile {
  int64_t queryBegin, queryEnd, keyBegin, keyEnd, head;
};

Operands operandsOf(Random &random, const Tile &tile, int64_t blockSize) {
  Operands result;
  result.documentOrigin = std::min(tile.queryBegin, tile.keyBegin);
  int64_t end = std::max(tile.queryEnd, tile.keyEnd);
  int64_t slow = random.in(1, 30);
  int32_t document = random.in(-2, 5);
  for (int64_t p = result.documentOrigin; p < end; ++p) {
    result.documents.push_back(document);
    document += random.oneIn(slow) ? random.in(1, 3) : 0;
  }
  // The list's origin may lie left of the tile, within it or, for keys of the
  // carried window, right of it.
  result.blockOrigin = result.documentOrigin + random.in(-20, 20);
  result.slots = random.in(1, 4);
  int64_t last = floorOf(end - result.blockOrigin, blockSize);
  int64_t rows = std::max<int64_t>(
      1, floorOf(tile.queryEnd - result.blockOrigin, blockSize) + 1);
  for (int64_t n = rows * result.slots; n > 0; --n)
    result.blocks.push_back(random.oneIn(6)
                                ? random.of<int32_t>({-1, -2, 1 << 30})
                                : random.in(0, std::max<int64_t>(last, 1)));
  return result;
}

PatternTile asTile(PatternBuilder &b, const Tile &t) {
  return {b.constant(t.queryBegin), b.constant(t.queryEnd),
          b.constant(t.keyBegin), b.constant(t.keyEnd), b.constant(t.head)};
}

std::string text(Attribute attr) {
  std::string result;
  llvm::raw_string_ostream os(result);
  attr.print(os);
  return result;
}

const char *kindOf(Attribute attr) {
  if (auto window = dyn_cast<WindowAttr>(attr))
    return window.getDilation() == 1 ? "window" : "dilated";
  return llvm::TypeSwitch<Attribute, const char *>(attr)
      .Case([](FullAttr) { return "full"; })
      .Case([](CausalAttr) { return "causal"; })
      .Case([](StridedAttr) { return "strided"; })
      .Case([](GlobalAttr) { return "global"; })
      .Case([](RandomAttr) { return "random"; })
      .Case([](DocumentAttr) { return "document"; })
      .Case([](BlocksAttr) { return "blocks"; })
      .Case([](AnyAttr) { return "any"; })
      .Default([](Attribute) { return "all"; });
}

/// How often each thing happened, so that no law holds for want of cases.
struct Count {
  int tiles = 0, empty = 0, saidEmpty = 0, full = 0, saidFull = 0, partial = 0,
      tightBlocks = 0, narrower = 0, causal = 0;
};

class Patterns : public ::testing::Test {
protected:
  Patterns() { context.loadDialect<MSADialect, arith::ArithDialect>(); }
  MLIRContext context;
};

void setOperands(ConstPatternBuilder &b, const Operands &operands) {
  b.documents = operands.documents;
  b.documentOrigin = operands.documentOrigin;
  b.blocks = operands.blocks;
  b.slots = operands.slots;
  b.blockOrigin = operands.blockOrigin;
}

/// Holds every law on one tile.
void check(PatternAttrInterface pattern, const Tile &t,
           const Operands &operands, Random &random, Count &count) {
  ConstPatternBuilder b;
  setOperands(b, operands);
  auto keeps = [&](int64_t i, int64_t j, int64_t head) {
    return pattern.keeps(b, {b.constant(i), b.constant(j), b.constant(head)})
               .number != 0;
  };
  PatternTile tile = asTile(b, t);
  SmallVector<KeyRange> ranges;
  pattern.keyRanges(b, tile, ranges);
  int64_t kept = 0, covered = 0;
  for (int64_t j = t.keyBegin; j < t.keyEnd; ++j) {
    bool inRange = llvm::any_of(ranges, [&](const KeyRange &r) {
      return r.begin.number <= j && j < r.end.number;
    });
    covered += inRange;
    for (int64_t i = t.queryBegin; i < t.queryEnd; ++i) {
      bool keep = keeps(i, j, t.head);
      ASSERT_EQ(keep, defined(pattern, i, j, t.head, operands))
          << "query " << i << " key " << j;
      kept += keep;
      ASSERT_TRUE(!keep || inRange)
          << "key " << j << ", which query " << i << " keeps, is in no range";
      ASSERT_TRUE(!keep || !pattern.isCausal() || j <= i)
          << "causal, but query " << i << " keeps key " << j;
      ASSERT_TRUE(pattern.usesHead() || keep == keeps(i, j, t.head + 1))
          << "usesHead is wrong";
    }
  }
  for (const KeyRange &r : ranges)
    ASSERT_TRUE(r.begin.number >= r.end.number ||
                (r.begin.number >= t.keyBegin && r.end.number <= t.keyEnd))
        << "a range leaves the tile";

  int64_t pairs = (t.queryEnd - t.queryBegin) * (t.keyEnd - t.keyBegin);
  bool saysEmpty = pattern.isEmpty(b, tile).number != 0;
  bool saysFull = pattern.isFull(b, tile).number != 0;
  ASSERT_TRUE(!saysEmpty || kept == 0) << "isEmpty, but keeps " << kept;
  ASSERT_TRUE(!saysFull || kept == pairs)
      << "isFull, but keeps " << kept << " of " << pairs;

  // A key block that touches a tight range is not known to be empty.
  if (pattern.rangesAreTight()) {
    int64_t width = random.in(1, 8);
    for (int64_t j = t.keyBegin; j < t.keyEnd; j += width) {
      Tile sub = t;
      sub.keyBegin = j;
      sub.keyEnd = std::min(j + width, t.keyEnd);
      bool touches = llvm::any_of(ranges, [&](const KeyRange &r) {
        return r.begin.number < r.end.number && r.begin.number < sub.keyEnd &&
               sub.keyBegin < r.end.number;
      });
      if (!touches)
        continue;
      ++count.tightBlocks;
      ASSERT_EQ(pattern.isEmpty(b, asTile(b, sub)).number, 0)
          << "tight, but the block at " << j << " is empty";
    }
  }

  // What a pattern does not declare to read has no influence.
  Operands others = operands;
  if (!pattern.usesDocuments())
    for (int32_t &document : others.documents)
      document = random.in(0, 3);
  if (pattern.listedBlockSize() == 0)
    for (int32_t &block : others.blocks)
      block = random.in(-1, 3);
  setOperands(b, others);
  ASSERT_EQ(saysEmpty, pattern.isEmpty(b, tile).number != 0);
  ASSERT_EQ(saysFull, pattern.isFull(b, tile).number != 0);
  for (int n = 0; n < 4; ++n) {
    int64_t i = random.in(t.queryBegin, t.queryEnd - 1);
    int64_t j = random.in(t.keyBegin, t.keyEnd - 1);
    ASSERT_EQ(keeps(i, j, t.head), defined(pattern, i, j, t.head, operands))
        << "depends on an operand that it does not declare";
  }

  ++count.tiles;
  count.empty += kept == 0;
  count.saidEmpty += saysEmpty;
  count.full += kept == pairs;
  count.saidFull += saysFull;
  count.partial += kept != 0 && kept != pairs;
  count.narrower += covered < t.keyEnd - t.keyBegin;
  count.causal += pattern.isCausal();
}

Tile randomTile(Random &random, int64_t near) {
  Tile t;
  t.queryBegin = near + random.in(-4, 4);
  t.queryEnd = t.queryBegin + random.in(1, 12);
  t.keyBegin = t.queryBegin + random.in(-30, 14);
  t.keyEnd = t.keyBegin + random.in(1, 20);
  t.head = random.in(0, 40);
  return t;
}

std::string describe(Attribute pattern, const Tile &t) {
  return text(pattern) + " queries " + std::to_string(t.queryBegin) + " to " +
         std::to_string(t.queryEnd) + " keys " + std::to_string(t.keyBegin) +
         " to " + std::to_string(t.keyEnd) + " head " + std::to_string(t.head);
}

} // namespace

TEST_F(Patterns, LawsHoldOnRandomTiles) {
  Random random(20240607);
  std::map<std::string, Count> counts;
  for (int n = 0; n < 40000 && !HasFatalFailure(); ++n) {
    int64_t near = place(random);
    Generator generator{&context, random, near, 0};
    generator.blockSize = random.in(1, 12);
    // Every kind alone, and nests.
    Attribute attr = n % 2 ? generator.leaf(n / 2 % 8) : generator.pattern(3);
    Tile t = randomTile(random, near);
    SCOPED_TRACE(describe(attr, t));
    check(cast<PatternAttrInterface>(attr), t,
          operandsOf(random, t, generator.blockSize), random,
          counts[kindOf(attr)]);
  }
  std::printf("%-9s %6s %6s %6s %6s %6s %6s\n", "pattern", "tiles", "empty",
              "known", "full", "known", "part");
  for (auto &[kind, c] : counts)
    std::printf("%-9s %6d %6d %6d %6d %6d %6d\n", kind.c_str(), c.tiles,
                c.empty, c.saidEmpty, c.full, c.saidFull, c.partial);

  // Each law was put to the test by each kind that can break it.
  EXPECT_EQ(counts.size(), 11u);
  for (auto &[kind, c] : counts) {
    EXPECT_GE(c.tiles, 300) << kind;
    if (kind != "full") {
      EXPECT_GE(c.saidEmpty, 50) << kind;
      EXPECT_GE(c.partial, 50) << kind;
    }
    if (kind != "dilated") {
      EXPECT_GE(c.saidFull, 50) << kind;
    }
    // Of what is empty at least a part is seen, or nothing would be skipped.
    EXPECT_GE(4 * c.saidEmpty, c.empty) << kind;
  }
  for (const char *kind : {"causal", "window", "dilated"})
    EXPECT_GE(counts[kind].tightBlocks, 200) << kind;
  for (const char *kind :
       {"causal", "window", "global", "random", "blocks", "any", "all"})
    EXPECT_GE(counts[kind].narrower, 100) << kind;
  for (const char *kind : {"causal", "window", "any", "all"})
    EXPECT_GE(counts[kind].causal, 20) << kind;
  // Exact by their definition.
  for (const char *kind : {"causal", "window", "strided", "global"})
    EXPECT_EQ(counts[kind].saidEmpty, counts[kind].empty) << kind;
  for (const char *kind : {"causal", "window"})
    EXPECT_EQ(counts[kind].saidFull, counts[kind].full) << kind;
}

// The generated code asks the same questions with ops: on numbers they fold to
// what ConstPatternBuilder computes.
TEST_F(Patterns, GeneratedArithmeticAgrees) {
  Random random(17);
  int compared = 0, unfolded = 0;
  for (int n = 0; n < 1500 && !HasFatalFailure(); ++n) {
    int64_t near = place(random);
    Generator generator{&context, random, near, 4};
    auto pattern = cast<PatternAttrInterface>(n % 2 ? generator.leaf(n / 2 % 6)
                                                    : generator.pattern(2));
    if (pattern.usesDocuments() || pattern.listedBlockSize())
      continue;
    Tile t = randomTile(random, near);
    SCOPED_TRACE(describe(pattern, t));
    Location loc = UnknownLoc::get(&context);
    OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
    OpBuilder builder = OpBuilder::atBlockEnd(module->getBody());
    IRPatternBuilder ir(builder, loc);
    ConstPatternBuilder numbers;
    auto same = [&](PatternValue a, PatternValue b) {
      APInt value;
      if (!matchPattern(a.value, m_ConstantInt(&value))) {
        ++unfolded;
        return;
      }
      ++compared;
      int64_t got = value.getBitWidth() == 1 ? value.getZExtValue()
                                             : value.getSExtValue();
      ASSERT_EQ(got, b.number);
    };
    PatternTile a = asTile(ir, t), b = asTile(numbers, t);
    same(pattern.isEmpty(ir, a), pattern.isEmpty(numbers, b));
    same(pattern.isFull(ir, a), pattern.isFull(numbers, b));
    SmallVector<KeyRange> x, y;
    pattern.keyRanges(ir, a, x);
    pattern.keyRanges(numbers, b, y);
    ASSERT_EQ(x.size(), y.size());
    for (size_t r = 0; r < x.size(); ++r) {
      same(x[r].begin, y[r].begin);
      same(x[r].end, y[r].end);
    }
    for (int pair = 0; pair < 4; ++pair) {
      int64_t i = random.in(t.queryBegin, t.queryEnd - 1);
      int64_t j = random.in(t.keyBegin, t.keyEnd - 1);
      same(pattern.keeps(ir,
                         {ir.constant(i), ir.constant(j), ir.constant(t.head)}),
           pattern.keeps(numbers, {numbers.constant(i), numbers.constant(j),
                                   numbers.constant(t.head)}));
    }
  }
  std::printf("%d values compared, %d did not fold\n", compared, unfolded);
  EXPECT_GE(compared, 8000);
  EXPECT_EQ(unfolded, 0);
}

TEST_F(Patterns, EqualPatternsAreEqualAttributes) {
  Random random(5);
  int simplified = 0;
  for (int n = 0; n < 3000 && !HasFatalFailure(); ++n) {
    Generator generator{&context, random, random.in(0, 40), random.in(1, 9)};
    SmallVector<Attribute> members;
    for (int64_t k = random.in(1, 5); k > 0; --k)
      members.push_back(generator.pattern(2));
    auto holds = [&](auto of) {
      Attribute whole = of(members);
      ASSERT_TRUE(whole);
      SCOPED_TRACE(text(whole));
      // In any order, with repetitions, and in nested groups.
      SmallVector<Attribute> other(members);
      std::shuffle(other.begin(), other.end(), random.generator());
      EXPECT_EQ(whole, of(other));
      other.push_back(members[random.in(0, members.size() - 1)]);
      EXPECT_EQ(whole, of(other));
      size_t cut = random.in(1, members.size());
      SmallVector<Attribute> grouped = {
          of(ArrayRef<Attribute>(members).take_front(cut))};
      grouped.append(members.begin() + cut, members.end());
      EXPECT_EQ(whole, of(grouped));
      EXPECT_EQ(of(ArrayRef<Attribute>(members).take_front(1)), members[0]);
      EXPECT_EQ(of(ArrayRef<Attribute>(whole)), whole);
      // Text says all of it.
      EXPECT_EQ(parseAttribute(text(whole), &context), whole);
      simplified += isa<FullAttr>(whole);
    };
    holds(
        [&](ArrayRef<Attribute> list) { return AnyAttr::of(&context, list); });
    holds(
        [&](ArrayRef<Attribute> list) { return AllAttr::of(&context, list); });
  }
  EXPECT_GE(simplified, 50);
}

// Simplification keeps the meaning of the members as they were given.
TEST_F(Patterns, CombinationsMeanUnionAndIntersection) {
  Random random(11);
  int differing = 0;
  for (int n = 0; n < 4000 && !HasFatalFailure(); ++n) {
    int64_t near = place(random);
    Generator generator{&context, random, near, random.in(1, 9)};
    SmallVector<Attribute> members;
    for (int64_t k = random.in(1, 4); k > 0; --k)
      members.push_back(generator.pattern(2));
    Tile t = randomTile(random, near);
    Operands operands = operandsOf(random, t, generator.blockSize);
    auto any = cast<PatternAttrInterface>(AnyAttr::of(&context, members));
    auto all = cast<PatternAttrInterface>(AllAttr::of(&context, members));
    ConstPatternBuilder b;
    setOperands(b, operands);
    for (int pair = 0; pair < 20; ++pair) {
      int64_t i = random.in(t.queryBegin, t.queryEnd - 1);
      int64_t j = random.in(t.keyBegin, t.keyEnd - 1);
      auto keeps = [&](Attribute member) {
        return defined(member, i, j, t.head, operands);
      };
      bool some = llvm::any_of(members, keeps);
      bool every = llvm::all_of(members, keeps);
      PatternPoint point = {b.constant(i), b.constant(j), b.constant(t.head)};
      ASSERT_EQ(any.keeps(b, point).number != 0, some) << text(any);
      ASSERT_EQ(all.keeps(b, point).number != 0, every) << text(all);
      differing += some != every;
    }
    auto declares = [&](auto ask) {
      return llvm::any_of(members, [&](Attribute member) {
        return ask(cast<PatternAttrInterface>(member));
      });
    };
    // A member that was simplified away may have read an operand; nothing else
    // may appear.
    for (PatternAttrInterface whole : {any, all}) {
      EXPECT_TRUE(!whole.usesDocuments() ||
                  declares([](auto p) { return p.usesDocuments(); }));
      EXPECT_TRUE(!whole.usesHead() ||
                  declares([](auto p) { return p.usesHead(); }));
      int64_t size = whole.listedBlockSize();
      EXPECT_TRUE(size == 0 || size == generator.blockSize);
    }
  }
  EXPECT_GE(differing, 5000);
}
