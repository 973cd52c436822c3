//===- AttendChained.cpp - Query tiles that follow without a gap -------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// With overlap the weights of a key tile are multiplied with its values while
// the scores of the next are computed. Here the last one of a query tile waits
// for the scores of the next query tile's first: a multiprocessor's list of key
// tiles is one, over all query tiles it has, and the tensor cores neither wait
// for the end of one nor multiply zeros at the beginning of another. What a
// query tile left is carried to the next: its accumulator, maxima, sums and
// weights, where the values of these are, and its number, for the result.
//
// Legal because a list is never empty: one that names no key tile stands for
// one past the last key, of which the mask keeps nothing. So every query tile
// has a first visit, in which the one before is finished, and the block's last
// is finished behind the loop.
//
//===----------------------------------------------------------------------===//

#include "AttendWriter.h"
#include "PatternRest.h"

#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using namespace mlir::msa_gpu;

/// A row past every key that a visit can name.
static constexpr int64_t kPastKeys = kNowhere - 1024;

namespace {
/// What query tiles and visits carry.
enum Left : unsigned {
  kAcc,
  kMax,
  kSum,
  kWeights,
  kValueRow,
  kValueHead,
  kValueStream,    ///< Of the weights' values.
  kTile,           ///< Between query tiles: whose these are; -1: nobody's.
  kIsFirst = kTile ///< Between visits: 1 before the first.
};
} // namespace

/// The values of other keys than a list's would come from other tensors. Tiles
/// of a union are of three kinds: their lists have no registers left for this,
/// and neither have their masks.
bool AttendWriter::chains() {
  return schedule.getOverlap() && listsKeyTiles(op) && !args.windowKey &&
         !args.bankKey && !PatternRest(op.getPatternAttr()).isUnion;
}

void AttendWriter::chain(Value count, Value counter) {
  TileBuilder t = at();
  Carried left = ofNothing();
  auto weights = FragmentType::get(b.getContext(), rows, keys, f32);
  left.push_back(pack(FillOp::create(b, loc, weights, t.real(0)).getResult()));
  for (int64_t number : {kNowhere, int64_t(0), int64_t(0), int64_t(-1)})
    left.push_back(t.i32(number));
  auto tiles = ForTilesOp::create(b, loc, count, counter, false, left);
  OpBuilder::InsertionGuard guard(b);

  SmallVector<Type> types = {i32};
  llvm::append_range(types, ValueRange(left).getTypes());
  Block *body = b.createBlock(&tiles.getBody(), {}, types,
                              SmallVector<Location>(types.size(), loc));
  NextOp::create(
      b, loc,
      chainTile(body->getArgument(0), body->getArguments().drop_front()));

  Block *last =
      b.createBlock(&tiles.getLast(), {}, ArrayRef(types).drop_front(),
                    SmallVector<Location>(types.size() - 1, loc));
  ValueRange from = last->getArguments();
  warpgroup = WarpgroupOp::create(b, loc, i32);
  keyHead = from[kValueHead];
  batch = from[kValueStream];
  Value v = loadTile(args.value, from[kValueRow], "v");
  Value acc =
      ProductOp::create(b, loc, accType, from[kWeights], v, from[kAcc], false);
  finishLeft(from[kTile], {acc, from[kMax], from[kSum]});
}

/// One query tile: what it leaves, of what the one before left.
SmallVector<Value> AttendWriter::chainTile(Value tile, ValueRange left) {
  enter(tile);
  Part part = parts().front();
  if (part.isSettled)
    bound(part);
  SmallVector<Value> inits(left);
  inits[kIsFirst] = at().i32(1);
  auto visits = VisitsOp::create(
      b, loc, ValueRange(inits).getTypes(), "visits", kVisitSlots,
      b.getDenseI64ArrayAttr({kPastKeys, kCutTile}), inits);
  {
    OpBuilder::InsertionGuard guard(b);
    b.createBlock(&visits.getList());
    listTiles(part);
    chainVisit(part, visits, left[kTile]);
  }
  SmallVector<Value> now(visits.getResults());
  now[kTile] = tile;
  return now;
}

void AttendWriter::chainVisit(const Part &part, VisitsOp visits,
                              Value tileBefore) {
  SmallVector<Type> types = {i32, i32};
  llvm::append_range(types, visits.getInits().getTypes());
  Block *body = b.createBlock(&visits.getBody(), {}, types,
                              SmallVector<Location>(types.size(), loc));
  Value firstKey = body->getArgument(0), kind = body->getArgument(1);
  ValueRange left = body->getArguments().drop_front(2);
  Value k = loadTile(part.key, firstKey, "k");
  Value v;
  {
    llvm::SaveAndRestore<Value> ofHead(keyHead, left[kValueHead]);
    llvm::SaveAndRestore<Value> ofStream(batch, left[kValueStream]);
    v = loadTile(part.value, left[kValueRow], "v");
  }
  Carried state(left.take_front(kWeights + 1));
  Value isFirst = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne,
                                        left[kIsFirst], at().i32(0));
  SmallVector<Value> next(choose(
      isFirst, state,
      [&]() { return take(part, k, v, firstKey, kind, state, tileBefore); },
      [&]() {
        return byKind(part, kind, state, [&](Cut cut) {
          return follow(part, k, v, firstKey, cut, state);
        });
      }));
  next.append({firstKey, keyHead, batch, at().i32(0)});
  NextOp::create(b, loc, next);
}

/// The first visit: scores of its key tile, the last product of the query tile
/// before, and the end of that.
AttendWriter::Carried AttendWriter::take(const Part &part, Value k, Value v,
                                         Value firstKey, Value kind,
                                         Carried left, Value tileBefore) {
  Carried none = ofNothing();
  Step step =
      beside(part, k, v, left, none[kMax], none[kSum], Cut::Rule,
             [&](Value s) { return adjustByKind(part, s, firstKey, kind); });
  Value weights = pack(step.softmax.weights);
  finishLeft(tileBefore, {step.acc, left[kMax], left[kSum]});
  // A zero that is known before the end of the tile would take the registers
  // that the accumulator has until then, and that would be copied while the
  // product is under way, for which the assembler waits at once.
  Value zero = arith::BitcastOp::create(
      b, loc, f32, AgainOp::create(b, loc, i32, at().i32(0)));
  return {FillOp::create(b, loc, accType, zero), step.softmax.max,
          step.softmax.sum, weights};
}

/// Masks scores by the visit's kind without a branch, over which no product
/// could stay under way.
Value AttendWriter::adjustByKind(const Part &part, Value scores, Value firstKey,
                                 Value kind) {
  TileBuilder t = at();
  Value isWhole = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, kind,
                                        t.i32(kWholeTile));
  if (!part.isSettled)
    return t.map(scores.getType(), scores,
                 [&](OpBuilder &b, Location loc, ValueRange x) -> Value {
                   Value none = TileBuilder(b, loc).real(
                       -std::numeric_limits<float>::infinity());
                   Value kept = arith::OrIOp::create(
                       b, loc, isWhole, keptByRule(b, loc, part, firstKey));
                   return arith::SelectOp::create(b, loc, kept, x[0], none);
                 });
  // Bounds of a whole tile's rows cut nothing.
  auto chosen = [&](Value bound, int64_t far) {
    return t.map(t.rowsOf(i32), bound,
                 [&](OpBuilder &b, Location loc, ValueRange x) -> Value {
                   return arith::SelectOp::create(b, loc, isWhole, t.i32(far),
                                                  x[0]);
                 });
  };
  Part own = part;
  own.to = chosen(part.to, kNowhere);
  own.from = chosen(part.from, -kNowhere);
  return adjust(own, scores, firstKey, part.hasLeft ? Cut::Both : Cut::Right);
}

/// Finishes a query tile, where there is one; what is known of the one that the
/// body works on stays.
void AttendWriter::finishLeft(Value tile, Carried carried) {
  Value exists = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, tile,
                                       at().i32(0));
  auto ifOp = scf::IfOp::create(b, loc, exists, /*withElse=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(ifOp.thenBlock());
  llvm::SaveAndRestore<Value> w(warpgroup), s(batch), h(head), kh(keyHead),
      f(firstRow), l(lastRow), o(ownRow);
  finish(tile, carried);
}
