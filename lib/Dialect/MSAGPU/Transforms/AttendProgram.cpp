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
//
//===----------------------------------------------------------------------===//

#include "AttendProgram.h"
#include "TileBuilder.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::msa_gpu;

static constexpr double kLog2e = 1.44269504088896340735992468100;
static constexpr double kLn2 = 0.693147180559945309417232121458;

/// Positions further away than any row of a tensor is: what stands for no bound
/// and what `offset` is clamped to, so that sums stay in 32 bits.
static constexpr int64_t kFar = int64_t(1) << 30;

/// Key and value tiles of this many bytes stay in the L2 cache while the query
/// tiles of a group of heads pass over them.
static constexpr int64_t kCacheBytes = int64_t(32) << 20;

static int64_t queryTiles(AttendOp op) {
  return llvm::divideCeil(op.getQueries(), op.getSchedule().getQueries());
}

int64_t msa_gpu::tilesOf(AttendOp op) {
  return queryTiles(op) * op.getQueryHeads() * op.getBatch();
}

namespace {

enum class Cut { None, Left, Right, Both };

/// Keys of one origin.
struct Part {
  Value key, value; ///< Maps.
  int64_t rows = 0;
  bool isBank = false;
  Value base; ///< Position of query row 0 - of key row 0.
  std::optional<int64_t> left, right;
  Value validBegin, validEnd;             ///< Rows that exist.
  bool hasLeft = false, hasRight = false; ///< Tiles can be cut there,
  bool hasBoth = false;                   ///< one on both sides.
  Value from, to;                         ///< Rows: the bounds above, or null.
  Value leastFrom, mostTo;                ///< Of this warpgroup's rows.
};

class AttendWriter {
public:
  AttendWriter(OpBuilder &b, AttendOp op, const AttendArguments &arguments)
      : b(b), loc(op.getLoc()), op(op), args(arguments),
        schedule(op.getSchedule()), d(op.getHeadDim()),
        keys(schedule.getKeys()), f32(b.getF32Type()),
        i32(b.getIntegerType(32)),
        accType(FragmentType::get(b.getContext(), 64, d, f32)),
        rowsType(RowsType::get(b.getContext(), f32, false)),
        sumType(RowsType::get(b.getContext(), f32, true)) {}

  void run();

private:
  using Carried = SmallVector<Value, 3>; // accumulator, maximum, sum

  TileBuilder at() { return TileBuilder(b, loc); }
  Value load(Value memref, Value index);
  void decode(Value tile);
  SmallVector<Part> parts();
  void bound(Part &part);
  Carried walk(Part part, Carried carried);
  Carried loop(const Part &part, Value begin, Value end, Cut cut,
               Carried carried);
  Carried visit(const Part &part, Value firstKey, Cut cut, Carried carried);
  Carried multiply(const Part &part, Value k, Value v, Value firstKey,
                   int64_t count, Value within, Cut cut, Carried carried);
  Value sees(const Part &part, Value firstKey, int64_t count, Cut cut);
  Value slice(Value tile, int64_t count, Value within);
  void finish(Value tile, Carried carried);

  OpBuilder &b;
  Location loc;
  AttendOp op;
  const AttendArguments &args;
  ScheduleAttr schedule;
  int64_t d, keys;
  Type f32, i32;
  FragmentType accType;
  RowsType rowsType, sumType;

  // Of the tile that the body works on.
  Value warpgroup, batch, head, keyHead;
  Value firstRow, lastRow; ///< Of the tile's real queries.
  Value ownRow;            ///< First row of this warpgroup.
  Value queries;           ///< Tile.
  double factor = 0;       ///< Scores to powers of two.
};

} // namespace

Value AttendWriter::load(Value memref, Value index) {
  Value at = arith::IndexCastOp::create(b, loc, b.getIndexType(), index);
  return memref::LoadOp::create(b, loc, memref, at);
}

/// Heads in groups whose keys and values fit the cache; within a group query
/// tiles from the last, which have most keys under a causal pattern.
void AttendWriter::decode(Value tile) {
  TileBuilder t = at();
  int64_t heads = op.getQueryHeads() * op.getBatch(), group = heads;
  int64_t share = op.getQueryHeads() / op.getKeyHeads();
  int64_t bytes = (op.getLocalKeys() + op.getSlots() + op.getWindow()) * d * 4;
  while (group > 1 && (heads % group ||
                       llvm::divideCeil(group, share) * bytes > kCacheBytes))
    --group;
  int64_t tiles = queryTiles(op);
  Value rest = t.rem(tile, tiles * group);
  Value number = t.sub(t.i32(tiles - 1), t.div(rest, group));
  Value both =
      t.add(t.mul(t.div(tile, tiles * group), group), t.rem(rest, group));
  batch = t.div(both, op.getQueryHeads());
  head = t.rem(both, op.getQueryHeads());
  keyHead = t.div(head, share);
  firstRow = t.mul(number, schedule.getQueries());
  lastRow = t.add(
      t.min(t.add(firstRow, schedule.getQueries()), t.i32(op.getQueries())),
      -1);
  ownRow = t.add(firstRow, t.mul(warpgroup, 64));
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
  msa::PatternBand band = *op.getPatternAttr().band();
  // No row of a tensor is that far away.
  for (auto *side : {&band.left, &band.right})
    if (*side && **side >= kFar)
      side->reset();
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
  segment.hasLeft = band.left.has_value();
  segment.hasRight = band.right || args.length || segment.rows % keys;
  segment.hasBoth = segment.hasLeft && segment.hasRight && !isWide;
  result.push_back(segment);
  if (args.windowKey) {
    Part window = segment;
    window.key = args.windowKey;
    window.value = args.windowValue;
    window.rows = op.getWindow();
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

/// Bounds of this warpgroup's rows.
void AttendWriter::bound(Part &part) {
  TileBuilder t = at();
  Value row = RowIndexOp::create(b, loc, t.rowsOf(i32));
  Value first = t.add(part.base, ownRow);
  auto shifted = [&](Value from) {
    return t.map(t.rowsOf(i32), row,
                 [&](OpBuilder &b, Location loc, ValueRange x) -> Value {
                   return arith::AddIOp::create(b, loc, x[0], from);
                 });
  };
  auto limit = [&](Value rows, Value bound, bool isLeast) {
    return t.map(t.rowsOf(i32), rows,
                 [&](OpBuilder &b, Location loc, ValueRange x) -> Value {
                   if (isLeast)
                     return arith::MaxSIOp::create(b, loc, x[0], bound);
                   return arith::MinSIOp::create(b, loc, x[0], bound);
                 });
  };
  part.leastFrom = part.validBegin;
  part.mostTo = part.validEnd;
  if (part.left) {
    Value least = t.add(first, -*part.left);
    part.from = limit(shifted(least), part.validBegin, true);
    part.leastFrom = t.max(part.validBegin, least);
  } else {
    part.from = FillOp::create(b, loc, t.rowsOf(i32), part.validBegin);
  }
  if (part.right) {
    Value end = t.add(first, *part.right + 1);
    part.to = limit(shifted(end), part.validEnd, false);
    part.mostTo = t.min(part.validEnd, t.add(end, 63));
  } else {
    part.to = FillOp::create(b, loc, t.rowsOf(i32), part.validEnd);
  }
}

/// Whether any row of this warpgroup keeps any of these keys.
Value AttendWriter::sees(const Part &part, Value firstKey, int64_t count,
                         Cut cut) {
  TileBuilder t = at();
  Value right = t.less(firstKey, part.mostTo);
  Value left = t.less(part.leastFrom, t.add(firstKey, count));
  if (cut == Cut::Right)
    return right;
  if (cut == Cut::Left)
    return left;
  return arith::AndIOp::create(b, loc, left, right);
}

Value AttendWriter::slice(Value tile, int64_t count, Value within) {
  auto whole = cast<TileType>(tile.getType());
  if (count == whole.getRows())
    return tile;
  auto part = TileType::get(b.getContext(), count, whole.getColumns(),
                            whole.getElement(), whole.getPitch());
  return SliceOp::create(b, loc, part, tile, within);
}

/// Online softmax over `count` keys from row `within` of a tile on.
AttendWriter::Carried AttendWriter::multiply(const Part &part, Value k, Value v,
                                             Value firstKey, int64_t count,
                                             Value within, Cut cut,
                                             Carried carried) {
  TileBuilder t = at();
  Value acc = carried[0], max = carried[1], sum = carried[2];
  auto scoreType = FragmentType::get(b.getContext(), 64, count, f32);
  Value s = ProductOp::create(b, loc, scoreType, queries,
                              slice(k, count, within), Value(), true);
  if (cut != Cut::None) {
    Value start = t.add(firstKey, within);
    auto columns = [&](Value bound) {
      return t.map(t.rowsOf(i32), bound,
                   [&](OpBuilder &b, Location loc, ValueRange x) -> Value {
                     return arith::SubIOp::create(b, loc, x[0], start);
                   });
    };
    s = BandOp::create(b, loc, s,
                       cut == Cut::Right ? Value() : columns(part.from),
                       cut == Cut::Left ? Value() : columns(part.to));
  }
  if (part.isBank && args.bankBias) {
    // Added to scaled scores, so divided by what raw ones are scaled with.
    Value bias = load(args.bankBias, head);
    Value raw = arith::MulFOp::create(b, loc, bias, t.real(kLog2e / factor));
    s = t.map(scoreType, s,
              [&](OpBuilder &b, Location loc, ValueRange x) -> Value {
                return arith::AddFOp::create(b, loc, x[0], raw);
              });
  }
  Value scale = t.real(factor);
  Value least = t.real(-std::numeric_limits<float>::infinity());
  Value tileMax =
      CombineOp::create(b, loc, rowsType, Reduction::max,
                        ReduceOp::create(b, loc, sumType, Reduction::max, s));
  Value newMax = t.map(rowsType, {max, tileMax},
                       [](OpBuilder &b, Location loc, ValueRange x) -> Value {
                         return arith::MaxNumFOp::create(b, loc, x[0], x[1]);
                       });
  Value grows;
  if (schedule.getRescale() == Rescale::lazy) {
    Value grown =
        t.map(t.rowsOf(b.getI1Type()), {newMax, max},
              [&](OpBuilder &b, Location loc, ValueRange x) -> Value {
                Value by = arith::MulFOp::create(
                    b, loc, arith::SubFOp::create(b, loc, x[0], x[1]), scale);
                Value limit = TileBuilder(b, loc).real(8.0);
                return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT,
                                             by, limit);
              });
    grows = AnyOp::create(b, loc, b.getI1Type(), grown);
    newMax = t.map(rowsType, {newMax, max},
                   [&](OpBuilder &b, Location loc, ValueRange x) -> Value {
                     return arith::SelectOp::create(b, loc, grows, x[0], x[1]);
                   });
  }
  // A row that has kept no key yet has -inf here: any finite number will do.
  Value shift = t.map(
      rowsType, newMax, [&](OpBuilder &b, Location loc, ValueRange x) -> Value {
        Value by = arith::MulFOp::create(b, loc, x[0], scale);
        if (cut == Cut::None)
          return arith::NegFOp::create(b, loc, by);
        Value none = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ,
                                           x[0], least);
        by = arith::SelectOp::create(b, loc, none, TileBuilder(b, loc).real(0),
                                     by);
        return arith::NegFOp::create(b, loc, by);
      });
  auto power = [&](OpBuilder &b, Location loc, ValueRange x) -> Value {
    Value exponent = math::FmaOp::create(b, loc, x[0], scale, x[1]);
    return Exp2Op::create(b, loc, exponent);
  };
  Value weights = t.map(scoreType, {s, shift}, power);
  Value tileSum = ReduceOp::create(b, loc, sumType, Reduction::add, weights);
  // Exactly 1 where nothing is rescaled: a rounded quotient of equal numbers
  // would change the sum a little with every tile. What stays in registers
  // around the condition decides whether they suffice, so it is this alone.
  Value alpha = t.map(rowsType, {max, shift},
                      [&](OpBuilder &b, Location loc, ValueRange x) -> Value {
                        Value ratio = power(b, loc, x);
                        if (!grows)
                          return ratio;
                        return arith::SelectOp::create(
                            b, loc, grows, ratio, TileBuilder(b, loc).real(1));
                      });
  sum = t.map(sumType, {sum, alpha, tileSum},
              [](OpBuilder &b, Location loc, ValueRange x) -> Value {
                return math::FmaOp::create(b, loc, x[0], x[1], x[2]);
              });
  auto rescale = [&]() -> Value {
    return at().map(accType, {acc, alpha},
                    [](OpBuilder &b, Location loc, ValueRange x) -> Value {
                      return arith::MulFOp::create(b, loc, x[0], x[1]);
                    });
  };
  if (grows) {
    auto ifOp = scf::IfOp::create(b, loc, TypeRange{accType}, grows,
                                  /*withElse=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(ifOp.thenBlock());
    scf::YieldOp::create(b, loc, rescale());
    b.setInsertionPointToEnd(ifOp.elseBlock());
    scf::YieldOp::create(b, loc, acc);
    acc = ifOp.getResult(0);
  } else {
    acc = rescale();
  }
  Value packed = PackOp::create(
      b, loc, OperandType::get(b.getContext(), 64, count, op.getElement()),
      weights);
  acc = ProductOp::create(b, loc, accType, packed, slice(v, count, within), acc,
                          false);
  return {acc, newMax, sum};
}

/// One key tile. Its loads come before any condition: all warpgroups share
/// them.
AttendWriter::Carried AttendWriter::visit(const Part &part, Value firstKey,
                                          Cut cut, Carried carried) {
  auto tileType = TileType::get(b.getContext(), keys, d, op.getElement(), keys);
  int64_t stages = schedule.getStages();
  Value k = LoadOp::create(b, loc, tileType, part.key, firstKey, keyHead, batch,
                           "k", stages, false);
  Value v = LoadOp::create(b, loc, tileType, part.value, firstKey, keyHead,
                           batch, "v", stages, false);
  auto whole = [&]() -> Carried {
    return multiply(part, k, v, firstKey, keys, at().i32(0), cut, carried);
  };
  auto choose = [&](Value condition, function_ref<Carried()> then,
                    function_ref<Carried()> otherwise) -> Carried {
    auto ifOp = scf::IfOp::create(b, loc, ValueRange(carried).getTypes(),
                                  condition, /*withElse=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(ifOp.thenBlock());
    scf::YieldOp::create(b, loc, then());
    b.setInsertionPointToEnd(ifOp.elseBlock());
    scf::YieldOp::create(b, loc, otherwise());
    return Carried(ifOp.getResults());
  };
  if (cut == Cut::None || !schedule.getSkip() || part.isBank)
    return whole();
  auto some = [&]() -> Carried {
    if (!schedule.getHalf() || cut == Cut::Both)
      return whole();
    // Of the two halves the far one may be out of sight.
    int64_t far = cut == Cut::Right ? 64 : 0;
    Value seen = sees(part, at().add(firstKey, far), 64, cut);
    return choose(seen, whole, [&]() -> Carried {
      return multiply(part, k, v, firstKey, 64, at().i32(64 - far), cut,
                      carried);
    });
  };
  return choose(sees(part, firstKey, keys, cut), some,
                [&]() -> Carried { return carried; });
}

/// Key tiles end - 1 down to begin.
AttendWriter::Carried AttendWriter::loop(const Part &part, Value begin,
                                         Value end, Cut cut, Carried carried) {
  TileBuilder t = at();
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
  TileBuilder t = at();
  bound(part);
  auto floor = [&](Value rows) { return t.div(rows, keys); };
  auto ceil = [&](Value rows) { return t.div(t.add(rows, keys - 1), keys); };
  // What any, and what every, row of the tile keeps.
  auto first = [&](Value row) -> Value {
    if (!part.left)
      return part.validBegin;
    return t.max(part.validBegin, t.add(t.add(part.base, row), -*part.left));
  };
  auto end = [&](Value row) -> Value {
    if (!part.right)
      return part.validEnd;
    Value limit = t.add(t.add(part.base, row), *part.right + 1);
    return t.max(t.min(part.validEnd, limit), t.i32(0));
  };
  Value low = floor(first(firstRow)), top = ceil(end(lastRow));
  top = t.max(low, top);
  Value wholeLow = t.min(ceil(first(lastRow)), top);
  Value wholeTop = t.max(floor(end(firstRow)), wholeLow);
  wholeTop = t.min(wholeTop, top);
  if (part.hasRight)
    carried = loop(part, wholeTop, top, part.hasBoth ? Cut::Both : Cut::Right,
                   carried);
  if (part.hasLeft)
    carried = loop(part, low, wholeLow, part.hasBoth ? Cut::Both : Cut::Left,
                   carried);
  return loop(part, wholeLow, wholeTop, Cut::None, carried);
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
  Value packed = PackOp::create(
      b, loc, OperandType::get(b.getContext(), 64, d, op.getElement()), out);
  StoreOp::create(b, loc, packed, args.out, ownRow, head, batch, IntegerAttr());
  Value matrix = t.add(t.mul(batch, op.getQueryHeads()), head);
  auto wide = [&](Value x) -> Value {
    return arith::ExtUIOp::create(b, loc, b.getI64Type(), x);
  };
  Value first = arith::AddIOp::create(
      b, loc,
      arith::MulIOp::create(
          b, loc, wide(matrix),
          arith::ConstantIntOp::create(b, loc, op.getQueries(), 64)),
      wide(ownRow));
  StoreRowsOp::create(b, loc, lse, args.lse, first,
                      t.sub(t.i32(op.getQueries()), ownRow));
}

void AttendWriter::run() {
  factor = op.getScale().convertToDouble() * kLog2e;
  Value counter = schedule.getPersistent() ? args.counter : Value();
  auto tiles = ForTilesOp::create(b, loc, at().i32(tilesOf(op)), counter);
  OpBuilder::InsertionGuard guard(b);
  Block *body = b.createBlock(&tiles.getBody(), {}, i32, loc);
  warpgroup = WarpgroupOp::create(b, loc, i32);
  decode(body->getArgument(0));
  auto queryType = TileType::get(b.getContext(), 64, d, op.getElement(), 64);
  queries = LoadOp::create(b, loc, queryType, args.query, ownRow, head, batch,
                           "q", 1, true);
  TileBuilder t = at();
  Carried carried = {
      FillOp::create(b, loc, accType, t.real(0)),
      FillOp::create(b, loc, rowsType,
                     t.real(-std::numeric_limits<float>::infinity())),
      FillOp::create(b, loc, sumType, t.real(0))};
  for (Part &part : parts())
    carried = walk(part, carried);
  finish(body->getArgument(0), carried);
}

void msa_gpu::writeAttend(OpBuilder &builder, AttendOp op,
                          const AttendArguments &arguments) {
  AttendWriter(builder, op, arguments).run();
}
