//===- TileAttend.cpp - Attention as tiles with online softmax ------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One task of the parallel loop is one tile of queries of one head. It packs
// its queries once, transposed (queries in the last dimension: vector lanes on
// a CPU, a thread each on a GPU) and scaled, and then takes the same
// accumulator past the bank, the window and the segment, which is what makes
// their softmax joint without concatenating them.
//
// For each of these parts the pattern gives key ranges; they become block loops
// that visit no block twice, skip blocks the rule calls empty, and mask only
// those it does not call full. Ranges are rounded outwards to whole blocks: the
// mask, not the range, decides what is kept.
//
// Products of pairs take values turned. That is a loop of its own before, whose
// result all tiles of queries read, where there are several: turning a block
// costs half of what a tile of queries does with it.
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSA/Transforms/TileAttend.h"

#include "msa/Dialect/MSA/Utils/LinalgBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::msa;

static constexpr double kLog2e = 1.44269504088896340735992468100;

/// The maximum that an accumulator starts from: finite, so that no difference
/// of infinities arises, and below every score that counts.
static constexpr double kLeastMax = -1e30;

namespace {

/// Where the keys of one part come from.
struct Part {
  Value key, value;
  Value turned; ///< The values in blocks, Dv x keys each, or null.
  int64_t rows = 0;
  PatternAttrInterface pattern;      ///< Null: every key (bank).
  PatternValue position;             ///< Absolute position of row 0.
  PatternValue validBegin, validEnd; ///< Rows that exist.
  Value bias;
};

class AttendTiler {
public:
  AttendTiler(OpBuilder &b, AttendOp op, const AttendTiling &tiling,
              AttendTilingStatistics &statistics)
      : b(b), op(op), loc(op.getLoc()), tiling(tiling), stats(statistics) {}

  SmallVector<Value> run();

private:
  using Carried = SmallVector<Value, 3>; // acc, max, sum

  IRPatternBuilder rules(OpBuilder &at);
  Value loadRow(Value vector, int64_t otherwise);
  Value rowSlice(Value tensor, Value head, Value begin, int64_t rows);
  double queryScale();
  Value packQueries();
  Value turn(Value rows);
  Value turnAhead(Value values);
  Carried walk(const Part &part, Carried carried);
  Carried walkBlocks(const Part &part, ArrayRef<KeyRange> blocks,
                     Carried carried);
  Carried visit(OpBuilder &at, const Part &part, Value block, Value wanted,
                bool isTail, Carried carried);
  PatternTile tile(OpBuilder &at, const Part &part, PatternValue firstRow,
                   PatternValue lastRow);

  OpBuilder &b;
  AttendOp op;
  Location loc;
  const AttendTiling &tiling;
  AttendTilingStatistics &stats;

  Value batch, head, keyHead, firstQuery; ///< Of the task; index.
  Value position, offset, length;         ///< Of the stream; index.
  Value queries;                          ///< Packed, D x Q or in pairs.
  PatternValue queryBegin, queryEnd;      ///< Absolute.
};

} // namespace

IRPatternBuilder AttendTiler::rules(OpBuilder &at) {
  IRPatternBuilder pb(at, loc);
  pb.documents = op.getDocuments();
  if (pb.documents)
    pb.documentOrigin = arith::SubIOp::create(
        at, loc, position,
        arith::ConstantIndexOp::create(at, loc, op.getWindow()));
  pb.blocks = op.getBlocks();
  pb.segmentOrigin = position;
  pb.batch = batch;
  pb.keyHead = keyHead;
  return pb;
}

/// Element `batch` of an optional 1-D i64 operand as an index.
Value AttendTiler::loadRow(Value vector, int64_t otherwise) {
  if (!vector)
    return arith::ConstantIndexOp::create(b, loc, otherwise);
  Value number = tensor::ExtractOp::create(b, loc, vector, batch);
  return arith::IndexCastOp::create(b, loc, b.getIndexType(), number);
}

/// tensor[batch, head, begin : begin + rows, :] as a rows x C tensor.
Value AttendTiler::rowSlice(Value tensor, Value head, Value begin,
                            int64_t rows) {
  auto type = cast<RankedTensorType>(tensor.getType());
  int64_t channels = type.getDimSize(3);
  auto result = RankedTensorType::get({rows, channels}, type.getElementType());
  SmallVector<OpFoldResult> offsets = {batch, head, begin, b.getIndexAttr(0)};
  SmallVector<OpFoldResult> sizes = {b.getIndexAttr(1), b.getIndexAttr(1),
                                     b.getIndexAttr(rows),
                                     b.getIndexAttr(channels)};
  SmallVector<OpFoldResult> strides(4, b.getIndexAttr(1));
  return tensor::ExtractSliceOp::create(b, loc, result, tensor, offsets, sizes,
                                        strides);
}

/// Rows [begin, begin + size) of a part's tensor, padded with zeros to `rows`.
static Value paddedSlice(OpBuilder &b, Location loc, Value tensor, Value batch,
                         Value head, Value begin, OpFoldResult size,
                         int64_t rows) {
  auto type = cast<RankedTensorType>(tensor.getType());
  int64_t channels = type.getDimSize(3);
  int64_t staticSize = getConstantIntValue(size).value_or(ShapedType::kDynamic);
  auto sliceType =
      RankedTensorType::get({staticSize, channels}, type.getElementType());
  SmallVector<OpFoldResult> offsets = {batch, head, begin, b.getIndexAttr(0)};
  SmallVector<OpFoldResult> sizes = {b.getIndexAttr(1), b.getIndexAttr(1), size,
                                     b.getIndexAttr(channels)};
  SmallVector<OpFoldResult> strides(4, b.getIndexAttr(1));
  Value slice = tensor::ExtractSliceOp::create(b, loc, sliceType, tensor,
                                               offsets, sizes, strides);
  Value sizeValue = getValueOrCreateConstantIndexOp(b, loc, size);
  Value high = arith::SubIOp::create(
      b, loc, arith::ConstantIndexOp::create(b, loc, rows), sizeValue);
  OpFoldResult highPad = high;
  if (staticSize != ShapedType::kDynamic)
    highPad = b.getIndexAttr(rows - staticSize);
  Value zero = LinalgBuilder(b, loc).real(type.getElementType(), 0.0);
  SmallVector<OpFoldResult> low(2, b.getIndexAttr(0));
  SmallVector<OpFoldResult> up = {highPad, b.getIndexAttr(0)};
  return tensor::PadOp::create(
      b, loc, RankedTensorType::get({rows, channels}, type.getElementType()),
      slice, low, up, zero);
}

/// A matrix with its rows as columns.
Value AttendTiler::turn(Value rows) {
  auto type = cast<RankedTensorType>(rows.getType());
  LinalgBuilder lb(b, loc);
  return lb.generic(
      2, {{rows, {1, 0}}},
      lb.empty({type.getDimSize(1), type.getDimSize(0)}, type.getElementType()),
      {0, 1}, [](OpBuilder &, Location, ValueRange args) { return args[0]; });
}

/// A part's values as blocks that the key loop takes one at a time: batch x
/// heads x blocks x Dv x keys, with zeros behind the last row.
Value AttendTiler::turnAhead(Value values) {
  LinalgBuilder lb(b, loc);
  auto type = cast<RankedTensorType>(values.getType());
  int64_t keys = tiling.keys, rows = type.getDimSize(2);
  int64_t channels = type.getDimSize(3);
  int64_t whole = rows / keys, tail = rows % keys;
  Value turned = lb.empty({type.getDimSize(0), type.getDimSize(1),
                           whole + (tail != 0), channels, keys},
                          type.getElementType());
  auto blocks = [&](int64_t count, int64_t first, int64_t size) {
    if (count == 0)
      return;
    SmallVector<OpFoldResult> bounds = {b.getIndexAttr(type.getDimSize(0)),
                                        b.getIndexAttr(type.getDimSize(1)),
                                        b.getIndexAttr(count)};
    auto forall =
        scf::ForallOp::create(b, loc, bounds, ValueRange{turned}, std::nullopt);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(forall.getBody());
    batch = forall.getInductionVars()[0];
    Value row = forall.getInductionVars()[1];
    IRPatternBuilder pb(b, loc);
    Value block = pb.plus(pb.wrap(forall.getInductionVars()[2]), first).value;
    Value begin = pb.mul(pb.wrap(block), pb.constant(keys)).value;
    Value result =
        turn(size == keys ? rowSlice(values, row, begin, keys)
                          : paddedSlice(b, loc, values, batch, row, begin,
                                        b.getIndexAttr(size), keys));
    b.setInsertionPointToEnd(forall.getTerminator().getBody());
    OpFoldResult i0 = b.getIndexAttr(0), i1 = b.getIndexAttr(1);
    tensor::ParallelInsertSliceOp::create(
        b, loc, result, forall.getRegionOutArgs()[0],
        ArrayRef<OpFoldResult>{batch, row, block, i0, i0},
        ArrayRef<OpFoldResult>{i1, i1, i1, b.getIndexAttr(channels),
                               b.getIndexAttr(keys)},
        ArrayRef<OpFoldResult>{i1, i1, i1, i1, i1});
    turned = forall.getResult(0);
  };
  blocks(whole, 0, keys);
  blocks(tail != 0, whole, tail);
  ++stats.turnedAhead;
  return turned;
}

/// What queries carry into the scores of local keys.
double AttendTiler::queryScale() {
  double scale = op.getScale().convertToDouble();
  // The region wants natural scores; see OnlineAttendOp.
  return op.getScore().empty() ? scale * kLog2e : scale;
}

/// The task's queries as D x Q, with everything folded in that scales scores.
Value AttendTiler::packQueries() {
  LinalgBuilder lb(b, loc);
  int64_t total = op.getQueries(), q = tiling.queries;
  Value rows;
  if (total % q == 0) {
    rows = rowSlice(op.getQuery(), head, firstQuery, q);
  } else {
    Value left = arith::SubIOp::create(b, loc, lb.index(total), firstQuery);
    Value size = arith::MinSIOp::create(b, loc, left, lb.index(q));
    rows = paddedSlice(b, loc, op.getQuery(), batch, head, firstQuery, size, q);
  }
  if (tiling.pairs) { // as they are: rounding a scaled query would cost bits
    Type element = cast<RankedTensorType>(rows.getType()).getElementType();
    int64_t half = op.getHeadDim() / 2;
    rows = tensor::ExpandShapeOp::create(
        b, loc, RankedTensorType::get({q, half, 2}, element), rows,
        ArrayRef<ReassociationIndices>{{0}, {1, 2}});
    return lb.generic(
        3, {{rows, {1, 0, 2}}}, lb.empty({half, q, 2}, element), {0, 1, 2},
        [](OpBuilder &, Location, ValueRange args) { return args[0]; });
  }
  double scale = queryScale();
  Type f = op.getScoreType();
  return lb.generic(
      2, {{rows, {1, 0}}}, lb.empty({op.getHeadDim(), q}, f), {0, 1},
      [&](OpBuilder &nested, Location l, ValueRange args) -> Value {
        Value x = LinalgBuilder::convert(nested, l, args[0], f);
        return arith::MulFOp::create(nested, l, x,
                                     LinalgBuilder(nested, l).real(f, scale));
      });
}

PatternTile AttendTiler::tile(OpBuilder &at, const Part &part,
                              PatternValue firstRow, PatternValue lastRow) {
  IRPatternBuilder pb = rules(at);
  PatternTile result;
  result.queryBegin = queryBegin;
  result.queryEnd = queryEnd;
  result.keyBegin = pb.add(part.position, firstRow);
  result.keyEnd = pb.add(part.position, lastRow);
  result.head = pb.wrap(head);
  return result;
}

/// Takes the accumulator past one key block if `wanted` (null: always).
AttendTiler::Carried AttendTiler::visit(OpBuilder &at, const Part &part,
                                        Value block, Value wanted, bool isTail,
                                        Carried carried) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(at.getInsertionBlock(), at.getInsertionPoint());
  int64_t keys = tiling.keys;
  IRPatternBuilder pb = rules(b);
  PatternValue first = pb.mul(pb.wrap(block), pb.constant(keys));
  int64_t tailRows = part.rows % keys;
  PatternValue last = isTail ? pb.constant(part.rows) : pb.plus(first, keys);

  // Masks are needed where the rule is partial or rows do not exist.
  PatternValue whole = pb.both(pb.lessEqual(part.validBegin, first),
                               pb.lessEqual(last, part.validEnd));
  if (isTail)
    whole = pb.truth(false);
  if (part.pattern) {
    PatternTile t = tile(b, part, first, last);
    if (!part.pattern.rangesAreTight()) {
      Value nonEmpty = pb.negate(part.pattern.isEmpty(pb, t)).value;
      wanted = wanted ? b.createOrFold<arith::AndIOp>(loc, wanted, nonEmpty)
                      : nonEmpty;
    }
    whole = pb.both(whole, part.pattern.isFull(pb, t));
  }
  auto step = [&](OpBuilder &, Location) -> Carried {
    LinalgBuilder lb(b, loc);
    auto rowsOf = [&](Value tensor) {
      if (!isTail)
        return rowSlice(tensor, keyHead, first.value, keys);
      return paddedSlice(b, loc, tensor, batch, keyHead, first.value,
                         b.getIndexAttr(tailRows), keys);
    };
    Value k = rowsOf(part.key), v;
    if (part.turned) {
      int64_t channels = op.getValueDim();
      OpFoldResult i0 = b.getIndexAttr(0), i1 = b.getIndexAttr(1);
      v = tensor::ExtractSliceOp::create(
          b, loc,
          RankedTensorType::get(
              {channels, keys},
              cast<RankedTensorType>(part.turned.getType()).getElementType()),
          part.turned, ArrayRef<OpFoldResult>{batch, keyHead, block, i0, i0},
          ArrayRef<OpFoldResult>{i1, i1, i1, b.getIndexAttr(channels),
                                 b.getIndexAttr(keys)},
          ArrayRef<OpFoldResult>{i1, i1, i1, i1, i1});
    } else {
      v = rowsOf(part.value);
      if (tiling.pairs)
        v = turn(v);
    }
    std::optional<bool> isWhole = pb.known(whole);
    bool never = isWhole && *isWhole; // never masked
    Value masked = isWhole ? Value() : pb.negate(whole).value;
    PatternAttrInterface pattern = part.pattern;
    if (!pattern)
      pattern = FullAttr::get(b.getContext());
    if (never) {
      ++stats.unmaskedLoops;
      pattern = {};
    }
    bool hasRegion = !op.getScore().empty() && part.pattern;
    Value keyStart = pb.add(part.position, first).value;
    Value beginRow = pb.sub(part.validBegin, first).value;
    Value endRow = pb.sub(part.validEnd, first).value;
    // The region is for local keys; the bank's scores only change base.
    double scale = !op.getScore().empty() && !part.pattern ? kLog2e : 1.0;
    if (tiling.pairs)
      scale *= queryScale();
    Value bias = part.bias;
    bool needsHead = pattern || hasRegion;
    auto online = OnlineAttendOp::create(
        b, loc,
        TypeRange{carried[0].getType(), carried[1].getType(),
                  carried[2].getType()},
        queries, k, v, bias, never ? Value() : masked,
        needsHead ? queryBegin.value : Value(), needsHead ? keyStart : Value(),
        pattern ? beginRow : Value(), pattern ? endRow : Value(),
        needsHead ? batch : Value(), needsHead ? head : Value(),
        needsHead ? position : Value(),
        pattern && pattern.usesDocuments() ? op.getDocuments() : Value(),
        pattern && pattern.usesDocuments() ? pb.documentOrigin : Value(),
        pattern && pattern.listedBlockSize() ? op.getBlocks() : Value(),
        carried[0], carried[1], carried[2], pattern, b.getF64FloatAttr(scale),
        b.getI64IntegerAttr(op.getQueryHeads() / op.getKeyHeads()),
        b.getUnitAttr(), b.getUnitAttr(),
        tiling.pairs ? b.getUnitAttr() : UnitAttr());
    if (hasRegion) {
      IRMapping mapping;
      op.getScore().cloneInto(&online.getScore(), mapping);
    }
    return Carried(online.getResults());
  };
  if (!wanted)
    return step(b, loc);
  auto ifOp = scf::IfOp::create(
      b, loc, wanted,
      [&](OpBuilder &nested, Location l) {
        OpBuilder::InsertionGuard inner(b);
        b.setInsertionPoint(nested.getInsertionBlock(),
                            nested.getInsertionPoint());
        Carried result = step(b, l);
        scf::YieldOp::create(b, l, result);
      },
      [&](OpBuilder &nested, Location l) {
        scf::YieldOp::create(nested, l, carried);
      });
  return Carried(ifOp.getResults());
}

/// `blocks` are ranges of block numbers; they may overlap and be empty.
AttendTiler::Carried AttendTiler::walkBlocks(const Part &part,
                                             ArrayRef<KeyRange> blocks,
                                             Carried carried) {
  IRPatternBuilder pb = rules(b);
  LinalgBuilder lb(b, loc);
  int64_t fullBlocks = part.rows / tiling.keys;
  bool hasTail = part.rows % tiling.keys != 0;
  Value one = lb.index(1);
  ++stats.keyLoops;

  PatternValue tailWanted = pb.truth(false);
  for (const KeyRange &range : blocks)
    tailWanted = pb.either(
        tailWanted, pb.both(pb.less(range.begin, range.end),
                            pb.less(pb.constant(fullBlocks), range.end)));

  if (fullBlocks > 0 && blocks.size() == 1) {
    PatternValue end = pb.min(blocks[0].end, pb.constant(fullBlocks));
    auto loop = scf::ForOp::create(
        b, loc, blocks[0].begin.value, end.value, one, carried,
        [&](OpBuilder &nested, Location l, Value block, ValueRange args) {
          Carried next =
              visit(nested, part, block, Value(), false, Carried(args));
          scf::YieldOp::create(nested, l, next);
        });
    carried = Carried(loop.getResults());
  } else if (fullBlocks > 0) {
    // A table of the ranges, so that the body is emitted once.
    SmallVector<Value> bounds;
    for (const KeyRange &range : blocks) {
      bounds.push_back(range.begin.value);
      bounds.push_back(pb.min(range.end, pb.constant(fullBlocks)).value);
    }
    Value table = tensor::FromElementsOp::create(b, loc, bounds);
    int64_t count = blocks.size();
    auto at = [&](OpBuilder &nested, Value range, int64_t which) -> Value {
      Value two = arith::ConstantIndexOp::create(nested, loc, 2);
      Value i = arith::MulIOp::create(nested, loc, range, two);
      if (which)
        i = arith::AddIOp::create(nested, loc, i, one);
      return tensor::ExtractOp::create(nested, loc, table, i);
    };
    auto outer = scf::ForOp::create(
        b, loc, lb.index(0), lb.index(count), one, carried,
        [&](OpBuilder &nested, Location l, Value range, ValueRange args) {
          Value begin = at(nested, range, 0), end = at(nested, range, 1);
          auto inner = scf::ForOp::create(
              nested, l, begin, end, one, args,
              [&](OpBuilder &body, Location, Value block, ValueRange state) {
                // Wanted unless an earlier range held this block.
                Value yes = arith::ConstantIntOp::create(body, l, 1, 1);
                auto fresh = scf::ForOp::create(
                    body, l, arith::ConstantIndexOp::create(body, l, 0), range,
                    one, yes,
                    [&](OpBuilder &test, Location, Value earlier,
                        ValueRange flag) {
                      IRPatternBuilder t(test, l);
                      PatternValue inside = t.both(
                          t.lessEqual(t.wrap(at(test, earlier, 0)),
                                      t.wrap(block)),
                          t.less(t.wrap(block), t.wrap(at(test, earlier, 1))));
                      Value next =
                          t.both(t.wrap(flag[0]), t.negate(inside)).value;
                      scf::YieldOp::create(test, l, next);
                    });
                Carried next = visit(body, part, block, fresh.getResult(0),
                                     false, Carried(state));
                scf::YieldOp::create(body, l, next);
              });
          scf::YieldOp::create(nested, l, inner.getResults());
        });
    carried = Carried(outer.getResults());
  }

  if (!hasTail)
    return carried;
  ++stats.tailTiles;
  std::optional<bool> known = pb.known(tailWanted);
  if (known && !*known)
    return carried;
  return visit(b, part, lb.index(fullBlocks),
               known ? Value() : tailWanted.value, true, carried);
}

AttendTiler::Carried AttendTiler::walk(const Part &part, Carried carried) {
  IRPatternBuilder pb = rules(b);
  SmallVector<KeyRange> ranges;
  if (part.pattern) {
    PatternTile all = tile(b, part, part.validBegin, part.validEnd);
    part.pattern.keyRanges(pb, all, ranges);
    for (KeyRange &range : ranges) { // positions to rows, within the valid ones
      range.begin = pb.max(pb.sub(range.begin, part.position), part.validBegin);
      range.end = pb.min(pb.sub(range.end, part.position), part.validEnd);
    }
  } else {
    ranges.push_back({part.validBegin, part.validEnd});
  }
  for (KeyRange &range : ranges) { // rows to blocks, rounded outwards
    PatternValue none = pb.lessEqual(range.end, range.begin);
    PatternValue begin = pb.floorDiv(range.begin, tiling.keys);
    range.end = pb.choose(none, begin, pb.ceilDiv(range.end, tiling.keys));
    range.begin = begin;
  }
  return walkBlocks(part, ranges, carried);
}

SmallVector<Value> AttendTiler::run() {
  LinalgBuilder lb(b, loc);
  int64_t q = tiling.queries, total = op.getQueries();
  int64_t tiles = llvm::divideCeil(total, q);
  auto outType = cast<RankedTensorType>(op.getOut().getType());
  auto lseType = cast<RankedTensorType>(op.getLse().getType());
  Type f = op.getScoreType();
  Value outInit = lb.empty(outType.getShape(), outType.getElementType());
  Value lseInit = lb.empty(lseType.getShape(), lseType.getElementType());

  // Turned once, where more than one tile of queries reads them.
  Value turnedBank, turnedWindow, turnedSegment;
  if (tiling.pairs && tiles * op.getQueryHeads() > op.getKeyHeads()) {
    if (op.getBankValue())
      turnedBank = turnAhead(op.getBankValue());
    if (op.getWindowValue())
      turnedWindow = turnAhead(op.getWindowValue());
    turnedSegment = turnAhead(op.getValue());
  }

  SmallVector<OpFoldResult> bounds = {b.getIndexAttr(op.getBatch()),
                                      b.getIndexAttr(op.getQueryHeads()),
                                      b.getIndexAttr(tiles)};
  auto forall = scf::ForallOp::create(
      b, loc, bounds, ValueRange{outInit, lseInit}, std::nullopt);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(forall.getBody());
  batch = forall.getInductionVars()[0];
  head = forall.getInductionVars()[1];
  Value tileNumber = forall.getInductionVars()[2];
  // Under a causal pattern the last queries keep most keys: start with them.
  if (op.getPatternAttr().isCausal())
    tileNumber = arith::SubIOp::create(b, loc, lb.index(tiles - 1), tileNumber);
  IRPatternBuilder pb(b, loc);
  firstQuery = pb.mul(pb.wrap(tileNumber), pb.constant(q)).value;
  keyHead =
      pb.floorDiv(pb.wrap(head), op.getQueryHeads() / op.getKeyHeads()).value;
  position = loadRow(op.getPosition(), 0);
  offset = loadRow(op.getOffset(), 0);
  length = loadRow(op.getLength(), op.getLocalKeys());
  length = pb.min(pb.max(pb.wrap(length), pb.constant(0)),
                  pb.constant(op.getLocalKeys()))
               .value;
  queryBegin =
      pb.add(pb.add(pb.wrap(position), pb.wrap(offset)), pb.wrap(firstQuery));
  // The tile's end counts real queries only, so padding widens no range.
  PatternValue count = pb.constant(q);
  if (total % q != 0)
    count = pb.min(count, pb.sub(pb.constant(total), pb.wrap(firstQuery)));
  queryEnd = pb.add(queryBegin, count);
  queries = packQueries();

  Carried carried = {lb.full({op.getValueDim(), q}, f, 0.0),
                     lb.full({q}, f, kLeastMax), lb.full({q}, f, 0.0)};
  if (op.getBankKey()) {
    Part bank;
    bank.key = op.getBankKey();
    bank.value = op.getBankValue();
    bank.turned = turnedBank;
    bank.rows = op.getSlots();
    bank.position = pb.constant(0);
    bank.validBegin = pb.constant(0);
    bank.validEnd = pb.constant(bank.rows);
    if (op.getBankBias()) {
      Value bias = tensor::ExtractOp::create(b, loc, op.getBankBias(), head);
      bias = LinalgBuilder::convert(b, loc, bias, f);
      bank.bias = arith::MulFOp::create(b, loc, bias, lb.real(f, kLog2e));
    }
    carried = walk(bank, carried);
  }
  if (op.getWindowKey()) {
    Part window;
    window.key = op.getWindowKey();
    window.value = op.getWindowValue();
    window.turned = turnedWindow;
    window.rows = op.getWindow();
    window.pattern = op.getPatternAttr();
    window.position = pb.plus(pb.wrap(position), -window.rows);
    window.validBegin =
        pb.min(pb.max(pb.sub(pb.constant(0), window.position), pb.constant(0)),
               pb.constant(window.rows));
    window.validEnd = pb.constant(window.rows);
    carried = walk(window, carried);
  }
  Part segment;
  segment.key = op.getKey();
  segment.value = op.getValue();
  segment.turned = turnedSegment;
  segment.rows = op.getLocalKeys();
  segment.pattern = op.getPatternAttr();
  segment.position = pb.wrap(position);
  segment.validBegin = pb.constant(0);
  segment.validEnd = pb.wrap(length);
  carried = walk(segment, carried);

  auto tileOut =
      RankedTensorType::get({q, op.getValueDim()}, outType.getElementType());
  auto finalize = FinalizeOp::create(
      b, loc, TypeRange{tileOut, carried[1].getType()}, carried[0], carried[1],
      carried[2], /*transposed=*/true, /*base2=*/true);

  // Write back; a last tile that is not whole writes only its real rows.
  OpFoldResult rows = b.getIndexAttr(q);
  Value out = finalize.getOut(), lse = finalize.getLse();
  if (total % q != 0) {
    rows = count.value;
    out = tensor::ExtractSliceOp::create(
        b, loc, out,
        ArrayRef<OpFoldResult>{b.getIndexAttr(0), b.getIndexAttr(0)},
        ArrayRef<OpFoldResult>{rows, b.getIndexAttr(op.getValueDim())},
        ArrayRef<OpFoldResult>{b.getIndexAttr(1), b.getIndexAttr(1)});
    lse = tensor::ExtractSliceOp::create(
        b, loc, lse, ArrayRef<OpFoldResult>{b.getIndexAttr(0)},
        ArrayRef<OpFoldResult>{rows},
        ArrayRef<OpFoldResult>{b.getIndexAttr(1)});
  }
  b.setInsertionPointToEnd(forall.getTerminator().getBody());
  OpFoldResult i1 = b.getIndexAttr(1), i0 = b.getIndexAttr(0);
  tensor::ParallelInsertSliceOp::create(
      b, loc, out, forall.getRegionOutArgs()[0],
      ArrayRef<OpFoldResult>{batch, head, firstQuery, i0},
      ArrayRef<OpFoldResult>{i1, i1, rows, b.getIndexAttr(op.getValueDim())},
      ArrayRef<OpFoldResult>{i1, i1, i1, i1});
  tensor::ParallelInsertSliceOp::create(
      b, loc, lse, forall.getRegionOutArgs()[1],
      ArrayRef<OpFoldResult>{batch, head, firstQuery},
      ArrayRef<OpFoldResult>{i1, i1, rows}, ArrayRef<OpFoldResult>{i1, i1, i1});
  return SmallVector<Value>(forall.getResults());
}

bool mlir::msa::takesPairs(AttendOp op) {
  for (Value value :
       {op.getQuery(), op.getKey(), op.getValue(), op.getWindowKey(),
        op.getWindowValue(), op.getBankKey(), op.getBankValue()})
    if (value &&
        !cast<RankedTensorType>(value.getType()).getElementType().isBF16())
      return false;
  // Whole tiles of 32 channels: a tile of another shape takes a register of its
  // own, and there are eight.
  return op.getHeadDim() % 32 == 0 && op.getValueDim() % 32 == 0;
}

SmallVector<Value> mlir::msa::tileAttend(OpBuilder &builder, AttendOp op,
                                         const AttendTiling &tiling,
                                         AttendTilingStatistics &statistics) {
  return AttendTiler(builder, op, tiling, statistics).run();
}
