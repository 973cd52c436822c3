//===- AttendLists.cpp - Key tiles that a rule lists -------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A rule that is no band says which ranges of keys a query tile may keep; the
// key tiles that touch them are listed, each from the first range that holds
// it. A block list is asked entry by entry, in loops: rules have no negation,
// so a pair is kept by a list just where it is kept by one of its entries
// alone. Hence a tile is empty where it is for every entry, full where it is
// for one, and the ranges of the entries together hold every kept key.
//
//===----------------------------------------------------------------------===//

#include "AttendWriter.h"
#include "PatternRest.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using namespace mlir::msa_gpu;
using Val = msa::PatternValue;

/// Lists of so many entries are compared at once, not one by one in a loop.
static constexpr int64_t kShortList = 32;

KernelPatternBuilder AttendWriter::rules(OpBuilder &at, Location where) {
  KernelPatternBuilder pb(at, where);
  pb.isNarrow = isNarrow;
  pb.documents = args.documents;
  pb.blocks = args.blocks;
  pb.segmentOrigin = origin;
  if (args.documents)
    pb.documentOrigin = pb.plus(pb.wrap(origin), -op.getWindow()).value;
  pb.batch = batch; // cast where they are read
  pb.keyHead = keyHead;
  if (args.blocks)
    pb.pastBlocks = llvm::divideCeil(op.getLocalKeys(),
                                     op.getPatternAttr().listedBlockSize());
  return pb;
}

/// A 32-bit number as rules compute with it.
Value AttendWriter::ruleNumber(OpBuilder &at, Location where, Value x) {
  if (isNarrow)
    return x;
  return arith::IndexCastOp::create(at, where, at.getIndexType(), x);
}

/// In a map's body: whether its element, of a tile from key `start` on, is
/// kept.
Value AttendWriter::keptByRule(OpBuilder &at, Location where, const Part &part,
                               Value start) {
  auto place = PlaceOp::create(at, where, i32, i32);
  KernelPatternBuilder pb = rules(at, where);
  TileBuilder t(at, where);
  Value row = t.add(place.getRow(), ownRow);
  Value key = t.add(place.getColumn(), start);
  auto position = [&](Value first, Value number) {
    return pb.add(pb.wrap(first), pb.wrap(ruleNumber(at, where, number)));
  };
  msa::PatternPoint point{position(queryBegin, row),
                          position(part.position, key),
                          pb.wrap(ruleNumber(at, where, head))};
  Val kept = op.getPatternAttr().keeps(pb, point);
  Val exists = pb.both(pb.lessEqual(pb.wrap(part.validBegin), pb.wrap(key)),
                       pb.less(pb.wrap(key), pb.wrap(part.validEnd)));
  return pb.both(kept, exists).value;
}

namespace {

/// Writes the list of one part's tiles. Positions are of the rules' integers,
/// rows and numbers of tiles and entries always of 32 bits.
class TileLister {
public:
  TileLister(KernelPatternBuilder &pb, AttendOp op, const Part &part)
      : pb(pb), rows(pb), b(pb.builder), loc(pb.loc),
        pattern(op.getPatternAttr()), rule(pattern), isSettled(part.isSettled),
        keys(op.getSchedule().getKeys()), entries(pb.listedBlocks()) {
    rows.isNarrow = true;
  }

  Val position;          ///< Of row 0.
  Val begin, end;        ///< Rows that exist.
  msa::PatternTile tile; ///< The query tile against all of them.

  void run();

private:
  using Ranges = SmallVector<msa::KeyRange>;
  using Slot = std::optional<Val>; ///< Number of an entry; nullopt: of any.

  Val holds(ArrayRef<msa::KeyRange> ranges, Val number);
  Ranges rangesOf();
  Ranges ofEntry(Val slot);
  Val forEntry(Val slot, function_ref<Val()> ask);
  Val anyEntry(Val count, function_ref<Val()> ask);
  Val asked(Slot slot, function_ref<Val()> ask);
  Val isRepeated(Val slot);
  void listEntries(ArrayRef<msa::KeyRange> fixed);
  void listRange(const msa::KeyRange &range, Slot slot,
                 function_ref<Val(Val)> isSeen);

  /// Between the integers of rows and of positions.
  Val toRow(Val number) {
    return pb.isNarrow ? number : cast(number, b.getI32Type());
  }
  Val toPosition(Val row) {
    return pb.isNarrow ? row : cast(row, b.getIndexType());
  }
  Val cast(Val x, Type type) {
    return pb.wrap(b.createOrFold<arith::IndexCastOp>(loc, type, x.value));
  }

  KernelPatternBuilder &pb;
  KernelPatternBuilder rows;
  OpBuilder &b;
  Location loc;
  msa::PatternAttrInterface pattern;
  PatternRest rule;
  bool isSettled;
  int64_t keys;
  int64_t entries;             ///< Of each block list; 0: there are none.
  SmallVector<bool> isOfEntry; ///< Of the ranges of a list of one entry.
};

} // namespace

/// Whether a value is computed from what a buffer holds.
static bool comesFrom(Value value, Value buffer) {
  SmallVector<Value> values = {value};
  llvm::SmallPtrSet<Operation *, 16> seen;
  while (!values.empty()) {
    Operation *def = values.pop_back_val().getDefiningOp();
    if (!def || !seen.insert(def).second)
      continue;
    if (auto load = dyn_cast<memref::LoadOp>(def);
        load && load.getMemRef() == buffer)
      return true;
    llvm::append_range(values, def->getOperands());
  }
  return false;
}

/// Whether a key tile lies in one of the ranges.
Val TileLister::holds(ArrayRef<msa::KeyRange> ranges, Val number) {
  Val found = pb.truth(false);
  for (const msa::KeyRange &range : ranges)
    found = pb.either(found, pb.both(rows.lessEqual(range.begin, number),
                                     rows.less(number, range.end)));
  return found;
}

/// The rule's ranges in numbers of key tiles, rounded outwards.
TileLister::Ranges TileLister::rangesOf() {
  Ranges ranges;
  pattern.keyRanges(pb, tile, ranges);
  for (msa::KeyRange &range : ranges) {
    Val first = toPosition(begin), last = toPosition(end);
    Val from = pb.max(pb.sub(range.begin, position), first);
    Val to = pb.min(pb.sub(range.end, position), last);
    Val none = pb.lessEqual(to, from);
    range.begin = toRow(pb.floorDiv(from, keys));
    range.end = rows.choose(none, range.begin, toRow(pb.ceilDiv(to, keys)));
  }
  return ranges;
}

/// The ranges that differ between entries, of this one.
TileLister::Ranges TileLister::ofEntry(Val slot) {
  llvm::SaveAndRestore<Value> entry(pb.slot, slot.value);
  Ranges own;
  for (auto [range, isOne] : llvm::zip(rangesOf(), isOfEntry))
    if (isOne)
      own.push_back(range);
  return own;
}

/// A question about the list of this entry alone.
Val TileLister::forEntry(Val slot, function_ref<Val()> ask) {
  llvm::SaveAndRestore<Value> entry(pb.slot, slot.value);
  return ask();
}

/// Whether it is so for one of the first entries.
Val TileLister::anyEntry(Val count, function_ref<Val()> ask) {
  auto loop = scf::ForOp::create(b, loc, rows.constant(0).value, count.value,
                                 rows.constant(1).value, pb.truth(false).value);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(loop.getBody());
  Val own = forEntry(pb.wrap(loop.getInductionVar()), ask);
  Val found = pb.either(pb.wrap(loop.getRegionIterArg(0)), own);
  scf::YieldOp::create(b, loc, found.value);
  return pb.wrap(loop.getResult(0));
}

/// Whether it is so for an entry or for any; without block lists, at all.
Val TileLister::asked(Slot slot, function_ref<Val()> ask) {
  if (entries == 0)
    return ask();
  return slot ? forEntry(*slot, ask) : anyEntry(rows.constant(entries), ask);
}

/// Whether an entry is that of an earlier number too.
Val TileLister::isRepeated(Val slot) {
  Val block = pb.floorDiv(pb.sub(tile.queryBegin, pb.origin()),
                          pattern.listedBlockSize());
  auto entry = [&]() { return pb.listedBlock(block, 0); };
  Val own = forEntry(slot, entry);
  auto isOwn = [&]() { return pb.equal(own, entry()); };
  if (entries > kShortList)
    return anyEntry(slot, isOwn);
  // All of them, so that their reads do not wait for one another: copies of
  // keys wait for this.
  Val found = pb.truth(false);
  for (int64_t number = 0; number + 1 < entries; ++number) {
    Val other = rows.constant(number);
    found = pb.either(found,
                      pb.both(rows.less(other, slot), forEntry(other, isOwn)));
  }
  return found;
}

void TileLister::listRange(const msa::KeyRange &range, Slot slot,
                           function_ref<Val(Val)> isSeen) {
  auto loop = scf::ForOp::create(b, loc, range.begin.value, range.end.value,
                                 rows.constant(1).value);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Val number = pb.wrap(loop.getInductionVar());
  Val first = rows.mul(number, rows.constant(keys));
  Val last = rows.plus(first, keys);
  msa::PatternTile own = tile;
  own.keyBegin = pb.add(position, toPosition(first));
  own.keyEnd = pb.plus(own.keyBegin, keys);
  Val wanted = pb.negate(isSeen(number));
  Val exists = pb.both(rows.lessEqual(begin, first), rows.lessEqual(last, end));
  Val whole, restKept;
  if (isSettled) {
    // The rest keeps all of the tile or nothing: what it says of one pair.
    msa::PatternPoint point{own.queryBegin, own.keyBegin, own.head};
    restKept = asked(slot, [&]() {
      Val kept = pb.truth(!rule.isUnion);
      for (msa::PatternAttrInterface member : rule.rest)
        kept = rule.isUnion ? pb.either(kept, member.keeps(pb, point))
                            : pb.both(kept, member.keeps(pb, point));
      return kept;
    });
    Val some = pb.truth(!rule.isUnion), full = some;
    if (rule.band) {
      some = pb.negate(rule.band.isEmpty(pb, own));
      full = rule.band.isFull(pb, own);
    }
    wanted = pb.both(wanted, rule.isUnion ? pb.either(restKept, some)
                                          : pb.both(restKept, some));
    whole = rule.isUnion ? pb.either(restKept, full) : full;
  } else {
    if (!pattern.rangesAreTight())
      wanted = pb.both(wanted, asked(std::nullopt, [&]() {
                         return pb.negate(pattern.isEmpty(pb, own));
                       }));
    whole = asked(std::nullopt, [&]() { return pattern.isFull(pb, own); });
  }
  auto ifOp = scf::IfOp::create(b, loc, wanted.value, /*withElse=*/false);
  b.setInsertionPointToStart(ifOp.thenBlock());
  Val kind = rows.constant(kCutTile);
  if (isSettled && rule.isUnion)
    kind = rows.choose(restKept, rows.constant(kEndedTile), kind);
  kind = rows.choose(pb.both(whole, exists), rows.constant(kWholeTile), kind);
  VisitOp::create(b, loc, first.value, kind.value);
}

/// The tiles of each entry that no fixed range and no earlier entry holds.
void TileLister::listEntries(ArrayRef<msa::KeyRange> fixed) {
  auto loop =
      scf::ForOp::create(b, loc, rows.constant(0).value,
                         rows.constant(entries).value, rows.constant(1).value);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Val slot = pb.wrap(loop.getInductionVar());
  if (isSettled) {
    // Blocks are whole tiles: two entries share some only if they are equal.
    auto ifOp = scf::IfOp::create(b, loc, pb.negate(isRepeated(slot)).value,
                                  /*withElse=*/false);
    b.setInsertionPointToStart(ifOp.thenBlock());
  }
  Ranges own = ofEntry(slot);
  for (auto [number, range] : llvm::enumerate(own))
    listRange(range, slot, [&, number = number](Val tile) {
      Val seen = pb.either(holds(fixed, tile),
                           holds(ArrayRef(own).take_front(number), tile));
      if (isSettled)
        return seen;
      return pb.either(seen, anyEntry(slot, [&]() {
                         return holds(ofEntry(pb.wrap(pb.slot)), tile);
                       }));
    });
}

void TileLister::run() {
  Ranges fixed;
  if (entries == 0) {
    fixed = rangesOf();
  } else {
    llvm::SaveAndRestore<Value> entry(pb.slot, rows.constant(0).value);
    for (const msa::KeyRange &range : rangesOf()) {
      isOfEntry.push_back(comesFrom(range.begin.value, pb.blocks) ||
                          comesFrom(range.end.value, pb.blocks));
      if (!isOfEntry.back())
        fixed.push_back(range);
    }
  }
  for (auto [number, range] : llvm::enumerate(fixed))
    listRange(range, std::nullopt, [&, number = number](Val tile) {
      return holds(ArrayRef(fixed).take_front(number), tile);
    });
  if (entries != 0)
    listEntries(fixed);
}

void AttendWriter::listTiles(const Part &part) {
  KernelPatternBuilder pb = rules(b, loc);
  auto number = [&](Value x) { return pb.wrap(ruleNumber(b, loc, x)); };
  Val queries = pb.wrap(queryBegin);
  TileLister lister(pb, op, part);
  lister.position = pb.wrap(part.position);
  lister.begin = pb.wrap(part.validBegin);
  lister.end = pb.wrap(part.validEnd);
  lister.tile.queryBegin = pb.add(queries, number(firstRow));
  lister.tile.queryEnd = pb.plus(pb.add(queries, number(lastRow)), 1);
  lister.tile.keyBegin = pb.add(lister.position, number(part.validBegin));
  lister.tile.keyEnd = pb.add(lister.position, number(part.validEnd));
  // Heads are packed only where the rule does not differ between them.
  lister.tile.head = number(schedule.getPacks() ? at().i32(0) : head);
  lister.run();
}

AttendWriter::Carried AttendWriter::list(Part part, Carried carried) {
  if (part.isSettled)
    bound(part);
  // With overlap the weights of a visit are multiplied in the next, when its
  // values come. Before the first there are none, and no row of a tensor is as
  // far away: copied are zeros.
  bool overlaps = schedule.getOverlap();
  if (overlaps) {
    auto weights = FragmentType::get(b.getContext(), 64, keys, f32);
    carried.push_back(
        pack(FillOp::create(b, loc, weights, at().real(0)).getResult()));
    carried.push_back(at().i32(kNowhere));
  }
  auto visits =
      VisitsOp::create(b, loc, ValueRange(carried).getTypes(), "visits",
                       kVisitSlots, DenseI64ArrayAttr(), carried);
  writeVisit(part, visits);
  carried = Carried(visits.getResults());
  if (!overlaps)
    return carried;
  Value v = loadTile(part.value, carried[4], "v");
  Value acc =
      ProductOp::create(b, loc, accType, carried[3], v, carried[0], false);
  return {acc, carried[1], carried[2]};
}

/// What a visit's kind says its scores are masked with.
AttendWriter::Carried AttendWriter::byKind(const Part &part, Value kind,
                                           Carried carried,
                                           function_ref<Carried(Cut)> step) {
  auto isKind = [&](int64_t which) -> Value {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, kind,
                                 at().i32(which));
  };
  // What cuts a tile: of a band that only ends, its end.
  Cut cut = !part.isSettled ? Cut::Rule : part.hasLeft ? Cut::Both : Cut::Right;
  bool ends = part.isSettled && PatternRest(op.getPatternAttr()).isUnion &&
              (part.rows % keys || args.length);
  return choose(
      isKind(kWholeTile), carried, [&]() { return step(Cut::None); },
      [&]() -> Carried {
        if (!ends)
          return step(cut);
        return choose(
            isKind(kEndedTile), carried, [&]() { return step(Cut::Valid); },
            [&]() { return step(cut); });
      });
}

/// The list of a part's key tiles, and what is done with each.
void AttendWriter::writeVisit(const Part &part, VisitsOp visits) {
  OpBuilder::InsertionGuard guard(b);
  b.createBlock(&visits.getList());
  listTiles(part);

  SmallVector<Type> types = {i32, i32};
  llvm::append_range(types, visits.getInits().getTypes());
  Block *body = b.createBlock(&visits.getBody(), {}, types,
                              SmallVector<Location>(types.size(), loc));
  Value firstKey = body->getArgument(0);
  Carried state(body->getArguments().drop_front(2));
  bool overlaps = schedule.getOverlap();
  Value k = loadTile(part.key, firstKey, "k");
  Value v =
      loadTile(part.value, overlaps ? state.pop_back_val() : firstKey, "v");
  Carried next =
      byKind(part, body->getArgument(1), state, [&](Cut cut) -> Carried {
        if (overlaps)
          return follow(part, k, v, firstKey, cut, state);
        return multiply(part, k, v, firstKey, keys, at().i32(0), cut, state);
      });
  if (overlaps)
    next.push_back(firstKey);
  NextOp::create(b, loc, next);
}
