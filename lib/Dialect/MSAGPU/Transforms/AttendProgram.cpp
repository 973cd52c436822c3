//===- AttendProgram.cpp - Attention as a tile program -----------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// With i the query's row, j the key's and `base` the distance of their first
// rows' positions, a band of `left` and `right` keeps row i's keys
//
//   max(validBegin, base + i - left) <= j < min(validEnd, base + i + right + 1)
//
// so every key tile is cut on the left, cut on the right, or whole, unless the
// band is narrow or ends of the valid keys move: then both bounds are compared.
// Of every stride-th key only, row r is key stride r + stride - 1, of which
// floor(x / stride) come before key x.
//
//===----------------------------------------------------------------------===//

#include "AttendWriter.h"
#include "PatternRest.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::msa_gpu;

static constexpr double kLn2 = 0.693147180559945309417232121458;

/// Positions further away than any row of a tensor is: what stands for no bound
/// and what `offset` is clamped to, so that sums stay in 32 bits.
static constexpr int64_t kFar = int64_t(1) << 30;

static int64_t queryTiles(AttendOp op) {
  return llvm::divideCeil(op.getQueries(), op.getSchedule().getQueries());
}

int64_t msa_gpu::tilesOf(AttendOp op) {
  if (op.getSchedule().getStacked())
    return stackedTiles(op) * op.getSchedule().getSplits() * op.getMatrices() *
           op.getBatch();
  return queryTiles(op) * op.getQueryHeads() / op.getSchedule().getHeads() *
         op.getBatch();
}

Value AttendWriter::load(Value memref, Value index) {
  Value at = arith::IndexCastOp::create(b, loc, b.getIndexType(), index);
  return memref::LoadOp::create(b, loc, memref, at);
}

/// Query tiles of a head whose lists name fewer blocks than others' because
/// there are no more before them: the last that are worked on, of all heads, so
/// that the multiprocessors end at about the same time. The keys of all of them
/// are few enough for the cache.
static int64_t shortTiles(AttendOp op) {
  int64_t block = op.getPatternAttr().listedBlockSize();
  if (!block || !op.getBlocks() || stridedBandsOf(op))
    return 0;
  PatternRest rest(op.getPatternAttr());
  if (rest.isUnion || rest.bounds().right != 0 || op.getOffset())
    return 0;
  int64_t entries = cast<ShapedType>(op.getBlocks().getType()).getDimSize(3);
  int64_t tiles =
      llvm::divideCeil(entries * block, op.getSchedule().getQueries());
  return tiles < queryTiles(op) ? tiles : 0;
}

/// Heads in groups whose keys and values fit the cache; within a group query
/// tiles from the last, which have most keys under a causal pattern.
void AttendWriter::decode(Value tile) {
  if (schedule.getStacked())
    return decodeStacked(tile);
  TileBuilder t = at();
  int64_t packed = schedule.getHeads();
  int64_t perStream = op.getQueryHeads() / packed;
  int64_t heads = perStream * op.getBatch(), group = heads;
  int64_t share = op.getQueryHeads() / op.getKeyHeads() / packed;
  int64_t bytes = (op.getLocalKeys() + op.getSlots() + op.getWindow()) * d * 4;
  int64_t most = listsKeyTiles(op) ? kListedCacheBytes : kCacheBytes;
  while (group > 1 &&
         (heads % group || llvm::divideCeilSigned(group, share) * bytes > most))
    --group;
  int64_t tiles = queryTiles(op), late = shortTiles(op), early = tiles - late;
  Value rest = t.rem(tile, early * group);
  Value number = t.sub(t.i32(tiles - 1), t.div(rest, group));
  Value both =
      t.add(t.mul(t.div(tile, early * group), group), t.rem(rest, group));
  if (late) {
    Value from = t.add(tile, -heads * early);
    Value isLate = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge,
                                         from, t.i32(0));
    number = arith::SelectOp::create(
        b, loc, isLate, t.sub(t.i32(late - 1), t.div(from, heads)), number);
    both = arith::SelectOp::create(b, loc, isLate, t.rem(from, heads), both);
  }
  batch = t.div(both, perStream);
  head = t.rem(both, perStream);
  keyHead = t.div(head, share);
  if (packed > 1)
    head = t.add(t.mul(head, packed), warpgroup);
  firstRow = t.mul(number, schedule.getQueries());
  lastRow = t.add(
      t.min(t.add(firstRow, schedule.getQueries()), t.i32(op.getQueries())),
      -1);
  ownRow = packed > 1 ? firstRow : t.add(firstRow, t.mul(warpgroup, rows));
}

SmallVector<Part> AttendWriter::parts() {
  TileBuilder t = at();
  auto narrow = [&](Value wide, int64_t least, int64_t most) -> Value {
    auto bound = [&](int64_t x) {
      return arith::ConstantIntOp::create(b, loc, x, 64);
    };
    wide = b.createOrFold<arith::MaxSIOp>(loc, wide, bound(least));
    wide = b.createOrFold<arith::MinSIOp>(loc, wide, bound(most));
    return arith::TruncIOp::create(b, loc, i32, wide);
  };
  std::optional<msa::PatternBand> known = op.getPatternAttr().band();
  std::optional<msa::StridedBands> strided = stridedBandsOf(op);
  bool isListed = listsKeyTiles(op);
  msa::PatternBand band;
  if (strided)
    band = strided->every.value_or(msa::PatternBand());
  else
    band = known.value_or(PatternRest(op.getPatternAttr()).bounds());
  Value position;
  if (isListed) {
    isNarrow = rulesFitNarrow(op);
    auto number = [&](Value memref) -> Value {
      if (memref)
        return arith::IndexCastOp::create(b, loc, b.getIndexType(),
                                          load(memref, batch));
      KernelPatternBuilder pb(b, loc);
      pb.isNarrow = isNarrow;
      return pb.constant(0).value;
    };
    origin = position = number(args.position);
    queryBegin =
        b.createOrFold<arith::AddIOp>(loc, position, number(args.offset));
  }
  // No row of a tensor is as far away.
  auto near = [](std::optional<int64_t> side) {
    return side && *side >= kFar ? std::nullopt : side;
  };
  band = {near(band.left), near(band.right)};
  Value offset =
      args.offset ? narrow(load(args.offset, batch), -kFar, kFar) : t.i32(0);
  // Between the tiles that its two ends cut lies a whole one: the ends are far
  // apart, and those of the keys do not come between them.
  bool isWide = !args.offset && !args.length &&
                op.getQueries() <= op.getLocalKeys() &&
                (!band.left || *band.left >= schedule.getQueries() + 2 * keys);

  SmallVector<Part> result;
  Part segment;
  segment.key = args.key;
  segment.value = args.value;
  segment.rows = op.getLocalKeys();
  segment.base = offset;
  segment.left = band.left;
  segment.right = band.right;
  segment.validBegin = t.i32(0);
  segment.validEnd = args.length
                         ? narrow(load(args.length, batch), 0, segment.rows)
                         : t.i32(segment.rows);
  segment.isListed = isListed;
  segment.isSettled = isListed && restIsSettled(op);
  segment.position = position;
  segment.hasLeft = band.left.has_value();
  segment.hasRight = band.right || args.length || segment.rows % keys;
  segment.hasBoth = segment.hasLeft && segment.hasRight && !isWide;
  if (!strided || strided->every)
    result.push_back(segment);
  if (strided && args.stridedKey) {
    Part rows = segment;
    rows.key = args.stridedKey;
    rows.value = args.stridedValue;
    rows.stride = strided->stride;
    rows.rows = segment.rows / rows.stride;
    rows.validEnd = t.div(segment.validEnd, rows.stride);
    for (const msa::PatternBand &beside : strided->strided) {
      if (std::min(beside.left.value_or(0), beside.right.value_or(0)) <= -kFar)
        continue; // no row of a tensor is there
      rows.left = near(beside.left);
      rows.right = near(beside.right);
      rows.hasLeft = rows.left.has_value();
      rows.hasRight = rows.right || args.length || rows.rows % keys;
      rows.hasBoth = rows.hasLeft && rows.hasRight;
      result.push_back(rows);
    }
  }
  if (args.windowKey) {
    Part window = segment;
    window.key = args.windowKey;
    window.value = args.windowValue;
    window.rows = op.getWindow();
    if (isListed)
      window.position = b.createOrFold<arith::SubIOp>(
          loc, position, arith::ConstantIndexOp::create(b, loc, window.rows));
    window.base = t.add(offset, window.rows);
    // Keys before position 0 are not there.
    Value position = args.position
                         ? narrow(load(args.position, batch), 0, window.rows)
                         : t.i32(0);
    window.validBegin = t.sub(t.i32(window.rows), position);
    window.validEnd = t.i32(window.rows);
    window.hasLeft = true;
    window.hasRight = band.right || window.rows % keys;
    window.hasBoth = window.hasRight;
    result.push_back(window);
  }
  if (args.bankKey) {
    Part bank;
    bank.key = args.bankKey;
    bank.value = args.bankValue;
    bank.rows = op.getSlots();
    bank.isBank = true;
    bank.base = t.i32(0);
    bank.validBegin = t.i32(0);
    bank.validEnd = t.i32(bank.rows);
    bank.hasRight = bank.rows % keys;
    result.push_back(bank);
  }
  return result;
}

/// One key tile.
AttendWriter::Carried AttendWriter::visit(const Part &part, Value firstKey,
                                          Cut cut, Carried carried) {
  if (schedule.getOverlap())
    return advance(part, firstKey, cut, carried);
  Value k, v;
  std::tie(k, v) = loadTiles(part, firstKey);
  auto whole = [&]() -> Carried {
    return multiply(part, k, v, firstKey, keys, at().i32(0), cut, carried);
  };
  if (cut == Cut::None || !schedule.getSkip() || part.isBank)
    return whole();
  auto some = [&]() -> Carried {
    if (!schedule.getHalf() || cut == Cut::Both)
      return whole();
    // Of the two halves the far one may be out of sight.
    int64_t far = cut == Cut::Right ? 64 : 0;
    Value seen = sees(part, at().add(firstKey, far), 64, cut);
    return choose(seen, carried, whole, [&]() -> Carried {
      return multiply(part, k, v, firstKey, 64, at().i32(64 - far), cut,
                      carried);
    });
  };
  return choose(sees(part, firstKey, keys, cut), carried, some,
                [&]() -> Carried { return carried; });
}

/// Key tiles end - 1 down to begin.
AttendWriter::Carried AttendWriter::loop(const Part &part, Value begin,
                                         Value end, Cut cut, Carried carried) {
  if (schedule.getOverlap() && !begun) {
    // (A7): this loop has a tile.
    begun = true;
    end = at().add(end, -1);
    carried = this->begin(part, at().mul(end, keys), cut, carried);
  }
  auto forOp = scf::ForOp::create(
      b, loc, begin, end, at().i32(1), carried,
      [&](OpBuilder &nested, Location l, Value, ValueRange) {});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(forOp.getBody());
  TileBuilder in = at();
  Value tile = in.sub(in.add(end, -1), in.sub(forOp.getInductionVar(), begin));
  Carried next =
      visit(part, in.mul(tile, keys), cut, Carried(forOp.getRegionIterArgs()));
  scf::YieldOp::create(b, loc, next);
  return Carried(forOp.getResults());
}

AttendWriter::Carried AttendWriter::walk(Part part, Carried carried) {
  if (part.isListed)
    return list(part, carried);
  TileBuilder t = at();
  bound(part);
  auto floor = [&](Value rows) { return t.div(rows, keys); };
  auto ceil = [&](Value rows) { return t.div(t.add(rows, keys - 1), keys); };
  // What any, and what every, row of the tile keeps.
  auto first = [&](Value row) -> Value {
    if (!part.left)
      return part.validBegin;
    Value least = t.add(t.add(part.base, row), -*part.left);
    return t.max(part.validBegin, rowsBefore(t, part, least));
  };
  auto end = [&](Value row) -> Value {
    if (!part.right)
      return part.validEnd;
    Value limit = t.add(t.add(part.base, row), *part.right + 1);
    limit = rowsBefore(t, part, limit);
    return t.max(t.min(part.validEnd, limit), t.i32(0));
  };
  Value low = floor(first(firstRow)), top = ceil(end(lastRow));
  top = t.max(low, top);
  Value wholeLow = t.min(ceil(first(lastRow)), top);
  Value wholeTop = t.max(floor(end(firstRow)), wholeLow);
  wholeTop = t.min(wholeTop, top);
  if (schedule.getOverlap() && !begun && part.hasRight) {
    // (A7): the pipeline starts with the last tile, which is masked even if
    // there is none or nothing cuts it.
    top = t.max(top, t.add(low, 1));
    wholeTop = t.min(wholeTop, t.add(top, -1));
    wholeLow = t.min(wholeLow, wholeTop);
  }
  if (schedule.getSplits() > 1) {
    auto [begin, end] = shareOf(low, top);
    auto within = [&](Value x) { return t.min(t.max(x, begin), end); };
    low = within(low);
    top = within(top);
    wholeLow = within(wholeLow);
    wholeTop = within(wholeTop);
  }
  if (part.hasRight)
    carried = loop(part, wholeTop, top, part.hasBoth ? Cut::Both : Cut::Right,
                   carried);
  if (part.hasLeft)
    carried = loop(part, low, wholeLow, part.hasBoth ? Cut::Both : Cut::Left,
                   carried);
  // Loops over whole tiles of all parts, one after another, can be one. The
  // pipeline is to start with the first part, which has a tile (A7).
  if (schedule.getMma() || (schedule.getOverlap() && !begun))
    return loop(part, wholeLow, wholeTop, Cut::None, carried);
  wholes.push_back({part, wholeLow, wholeTop});
  return carried;
}

AttendWriter::Carried AttendWriter::walkWholes(Carried carried) {
  for (const Wholes &tiles : wholes)
    carried = loop(tiles.part, tiles.begin, tiles.end, Cut::None, carried);
  return carried;
}

void AttendWriter::finish(Value tile, Carried carried) {
  TileBuilder t = at();
  // The loops over keys have no registers left for these.
  warpgroup = WarpgroupOp::create(b, loc, i32);
  decode(AgainOp::create(b, loc, i32, tile));
  Value sum = CombineOp::create(b, loc, rowsType, Reduction::add, carried[2]);
  auto isEmpty = [](OpBuilder &b, Location loc, Value x) -> Value {
    return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, x,
                                 TileBuilder(b, loc).real(0));
  };
  Value inverse = t.map(
      rowsType, sum, [&](OpBuilder &b, Location loc, ValueRange x) -> Value {
        Value r = RcpOp::create(b, loc, x[0]);
        return arith::SelectOp::create(b, loc, isEmpty(b, loc, x[0]),
                                       TileBuilder(b, loc).real(0), r);
      });
  Value out = t.map(accType, {carried[0], inverse},
                    [](OpBuilder &b, Location loc, ValueRange x) -> Value {
                      return arith::MulFOp::create(b, loc, x[0], x[1]);
                    });
  Value lse =
      t.map(rowsType, {carried[1], sum},
            [&](OpBuilder &b, Location loc, ValueRange x) -> Value {
              TileBuilder in(b, loc);
              Value log = Log2Op::create(b, loc, x[1]);
              Value all =
                  math::FmaOp::create(b, loc, x[0], in.real(factor), log);
              all = arith::MulFOp::create(b, loc, all, in.real(kLn2));
              return arith::SelectOp::create(
                  b, loc, isEmpty(b, loc, x[1]),
                  in.real(-std::numeric_limits<float>::infinity()), all);
            });
  Value stream = batch;
  if (schedule.getSplits() > 1)
    stream = t.add(t.mul(split, op.getBatch()), batch);
  storeOut(out, stream);
  Value matrix = t.add(t.mul(stream, op.getMatrices()), head);
  auto wide = [&](Value x) -> Value {
    return arith::ExtUIOp::create(b, loc, b.getI64Type(), x);
  };
  Value first = arith::AddIOp::create(
      b, loc,
      arith::MulIOp::create(
          b, loc, wide(matrix),
          arith::ConstantIntOp::create(b, loc, op.getRows(), 64)),
      wide(ownRow));
  StoreRowsOp::create(b, loc, lse, args.lse, first,
                      t.sub(t.i32(op.getRows()), ownRow));
}

/// What the work on a tile begins with.
void AttendWriter::enter(Value tile) {
  warpgroup = WarpgroupOp::create(b, loc, i32);
  decode(tile);
  auto queryType =
      TileType::get(b.getContext(), rows, d, op.getElement(), rows);
  auto load = LoadOp::create(b, loc, queryType, args.query, ownRow, head, batch,
                             "q", schedule.getQuerySlots(), true);
  // Keys and values are read again and again; queries only by splits.
  load.setEvictFirst(schedule.getSplits() == 1);
  queries = load;
  begun = false;
}

/// Of no key: accumulator, maximum, sum.
AttendWriter::Carried AttendWriter::ofNothing() {
  TileBuilder t = at();
  return {FillOp::create(b, loc, accType, t.real(0)),
          FillOp::create(b, loc, rowsType,
                         t.real(-std::numeric_limits<float>::infinity())),
          FillOp::create(b, loc, sumType, t.real(0))};
}

void AttendWriter::run() {
  factor = op.getScale().convertToDouble() * kLog2e;
  Value counter = schedule.getPersistent() ? args.counter : Value();
  Value count = at().i32(tilesOf(op));
  if (chains())
    return chain(count, counter);
  auto tiles = ForTilesOp::create(b, loc, count, counter);
  OpBuilder::InsertionGuard guard(b);
  Block *body = b.createBlock(&tiles.getBody(), {}, i32, loc);
  enter(body->getArgument(0));
  Carried carried = ofNothing();
  for (Part &part : parts())
    carried = walk(part, carried);
  carried = walkWholes(carried);
  if (begun)
    carried = end(carried);
  finish(body->getArgument(0), carried);
}

void msa_gpu::writeAttend(OpBuilder &builder, AttendOp op,
                          const AttendArguments &arguments) {
  AttendWriter(builder, op, arguments).run();
}
