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
#include "KernelPatternBuilder.h"
#include "OnlineSoftmax.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::msa_gpu;

static constexpr double kLog2e = 1.44269504088896340735992468100;
static constexpr double kLn2 = 0.693147180559945309417232121458;

/// Kinds of listed key tiles: kept whole; cut by the band or, where the rest
/// does not keep all or nothing, by the rule; kept whole up to the last key.
static constexpr int64_t kWholeTile = 0, kCutTile = 1, kEndedTile = 2;

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
  return queryTiles(op) * op.getQueryHeads() / op.getSchedule().getHeads() *
         op.getBatch();
}

namespace {

enum class Cut { None, Left, Right, Both, Valid, Rule };

/// A pattern as a band and a rest, joined or intersected.
struct Rule {
  bool isUnion = false;
  msa::PatternAttrInterface band; ///< Null where no member is one.
  SmallVector<msa::PatternAttrInterface> rest;

  explicit Rule(msa::PatternAttrInterface pattern) {
    auto any = dyn_cast<msa::AnyAttr>(pattern);
    auto all = dyn_cast<msa::AllAttr>(pattern);
    isUnion = static_cast<bool>(any);
    SmallVector<Attribute> bands;
    ArrayRef<Attribute> members = any   ? any.getMembers()
                                  : all ? all.getMembers()
                                        : ArrayRef<Attribute>();
    for (Attribute attr : members) {
      auto member = cast<msa::PatternAttrInterface>(attr);
      if (member.band())
        bands.push_back(member);
      else
        rest.push_back(member);
    }
    if (members.empty())
      rest.push_back(pattern);
    if (!bands.empty())
      band = cast<msa::PatternAttrInterface>(
          any ? msa::AnyAttr::of(pattern.getContext(), bands)
              : msa::AllAttr::of(pattern.getContext(), bands));
  }
};

/// Keys of one origin.
struct Part {
  Value key, value; ///< Maps.
  int64_t rows = 0;
  bool isBank = false;
  bool isListed = false; ///< Kept by a rule that is no band,
  bool isSettled = false; ///< whose rest keeps all or nothing of each tile,
  Value position;        ///< and then its row 0's position, index.
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
  /// Accumulator, maximum, sum; with overlap also the weights and the value
  /// tile that are still to be multiplied.
  using Carried = SmallVector<Value, 5>;

  TileBuilder at() { return TileBuilder(b, loc); }
  Value load(Value memref, Value index);
  void decode(Value tile);
  SmallVector<Part> parts();
  void bound(Part &part);
  Carried walk(Part part, Carried carried);
  Carried list(Part part, Carried carried);
  KernelPatternBuilder rules(OpBuilder &at, Location where);
  Value toIndex(OpBuilder &at, Location where, Value x) {
    return arith::IndexCastOp::create(at, where, at.getIndexType(), x);
  }
  Carried choose(Value condition, Carried carried,
                 function_ref<Carried()> then, function_ref<Carried()> otherwise);
  Carried loop(const Part &part, Value begin, Value end, Cut cut,
               Carried carried);
  Carried visit(const Part &part, Value firstKey, Cut cut, Carried carried);
  std::pair<Value, Value> loadTiles(const Part &part, Value firstKey);
  Value adjust(const Part &part, Value scores, Value start, Cut cut);
  OnlineSoftmax soften(Value scores, Value max, Value sum, Cut cut);
  Value pack(Value weights);
  Carried begin(const Part &part, Value firstKey, Cut cut, Carried carried);
  Carried advance(const Part &part, Value firstKey, Cut cut, Carried carried);
  Carried end(Carried carried);
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
  Value queryBegin;        ///< With a rule: position of query row 0, index.
  Value origin;            ///< and of the segment, index.
  double factor = 0;       ///< Scores to powers of two.
  bool begun = false;      ///< With overlap: the pipeline has been filled.
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
  int64_t packed = schedule.getHeads();
  int64_t perStream = op.getQueryHeads() / packed;
  int64_t heads = perStream * op.getBatch(), group = heads;
  int64_t share = op.getQueryHeads() / op.getKeyHeads() / packed;
  int64_t bytes = (op.getLocalKeys() + op.getSlots() + op.getWindow()) * d * 4;
  while (group > 1 && (heads % group ||
                       llvm::divideCeil(group, share) * bytes > kCacheBytes))
    --group;
  int64_t tiles = queryTiles(op);
  Value rest = t.rem(tile, tiles * group);
  Value number = t.sub(t.i32(tiles - 1), t.div(rest, group));
  Value both =
      t.add(t.mul(t.div(tile, tiles * group), group), t.rem(rest, group));
  batch = t.div(both, perStream);
  head = t.rem(both, perStream);
  keyHead = t.div(head, share);
  if (packed > 1)
    head = t.add(t.mul(head, packed), warpgroup);
  firstRow = t.mul(number, schedule.getQueries());
  lastRow = t.add(
      t.min(t.add(firstRow, schedule.getQueries()), t.i32(op.getQueries())),
      -1);
  ownRow = packed > 1 ? firstRow : t.add(firstRow, t.mul(warpgroup, 64));
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
  Rule rule(op.getPatternAttr());
  msa::PatternBand band;
  if (known)
    band = *known;
  else if (rule.band)
    band = *rule.band.band();
  // Tiles start at multiples of their sizes only where rows are positions.
  bool isSettled = !args.position && !args.offset && !args.windowKey;
  for (msa::PatternAttrInterface member : rule.rest) {
    int64_t size = member.granularity();
    isSettled &= size && size % schedule.getQueries() == 0 && size % keys == 0;
  }
  auto index = [&](Value memref) -> Value {
    if (!memref)
      return arith::ConstantIndexOp::create(b, loc, 0);
    return arith::IndexCastOp::create(b, loc, b.getIndexType(),
                                      load(memref, batch));
  };
  Value position;
  if (!known) {
    position = index(args.position);
    queryBegin = arith::AddIOp::create(b, loc, position, index(args.offset));
    origin = position;
  }
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
  segment.isListed = !known;
  segment.isSettled = !known && isSettled;
  segment.position = position;
  segment.hasLeft = band.left.has_value();
  segment.hasRight = band.right || args.length || segment.rows % keys;
  segment.hasBoth = segment.hasLeft && segment.hasRight && !isWide;
  result.push_back(segment);
  if (args.windowKey) {
    Part window = segment;
    window.key = args.windowKey;
    window.value = args.windowValue;
    window.rows = op.getWindow();
    if (!known)
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

/// What the pattern and the bias make of raw scores.
Value AttendWriter::adjust(const Part &part, Value scores, Value start,
                           Cut cut) {
  TileBuilder t = at();
  if (cut == Cut::Rule)
    return t.map(
        scores.getType(), scores,
        [&](OpBuilder &b, Location loc, ValueRange x) -> Value {
          auto place = PlaceOp::create(b, loc, b.getI32Type(), b.getI32Type());
          KernelPatternBuilder pb = rules(b, loc);
          Value row = arith::AddIOp::create(b, loc, place.getRow(), ownRow);
          Value key = arith::AddIOp::create(b, loc, place.getColumn(), start);
          msa::PatternPoint point;
          point.query = pb.add(pb.wrap(queryBegin),
                               pb.wrap(toIndex(b, loc, row)));
          point.key = pb.add(pb.wrap(part.position),
                             pb.wrap(toIndex(b, loc, key)));
          point.head = pb.wrap(toIndex(b, loc, head));
          Value kept = op.getPatternAttr().keeps(pb, point).value;
          auto within = [&](arith::CmpIPredicate predicate, Value bound) {
            Value yes = arith::CmpIOp::create(b, loc, predicate, key, bound);
            kept = arith::AndIOp::create(b, loc, kept, yes);
          };
          within(arith::CmpIPredicate::sge, part.validBegin);
          within(arith::CmpIPredicate::slt, part.validEnd);
          Value none = TileBuilder(b, loc).real(
              -std::numeric_limits<float>::infinity());
          return arith::SelectOp::create(b, loc, kept, x[0], none);
        });
  if (cut == Cut::Valid) {
    auto rows = [&](Value bound) -> Value {
      return FillOp::create(b, loc, t.rowsOf(i32), t.sub(bound, start));
    };
    return BandOp::create(b, loc, scores, Value(), rows(part.validEnd));
  }
  if (cut != Cut::None) {
    auto columns = [&](Value bound) {
      return t.map(t.rowsOf(i32), bound,
                   [&](OpBuilder &b, Location loc, ValueRange x) -> Value {
                     return arith::SubIOp::create(b, loc, x[0], start);
                   });
    };
    scores = BandOp::create(b, loc, scores,
                            cut == Cut::Right ? Value() : columns(part.from),
                            cut == Cut::Left ? Value() : columns(part.to));
  }
  if (!part.isBank || !args.bankBias)
    return scores;
  // Added to scaled scores, so divided by what raw ones are scaled with.
  Value bias = load(args.bankBias, head);
  Value raw = arith::MulFOp::create(b, loc, bias, t.real(kLog2e / factor));
  return t.map(scores.getType(), scores,
               [&](OpBuilder &b, Location loc, ValueRange x) -> Value {
                 return arith::AddFOp::create(b, loc, x[0], raw);
               });
}

OnlineSoftmax AttendWriter::soften(Value scores, Value max, Value sum,
                                   Cut cut) {
  TileBuilder t = at();
  OnlineSoftmaxOptions options;
  options.factor = factor;
  options.lazy = schedule.getRescale() == Rescale::lazy;
  options.guarded = cut != Cut::None;
  return onlineSoftmax(t, scores, max, sum, options);
}

Value AttendWriter::pack(Value weights) {
  auto type = cast<FragmentType>(weights.getType());
  return PackOp::create(
      b, loc,
      OperandType::get(b.getContext(), 64, type.getColumns(), op.getElement()),
      weights);
}

/// The accumulator past `count` keys from row `within` of a tile on.
AttendWriter::Carried AttendWriter::multiply(const Part &part, Value k, Value v,
                                             Value firstKey, int64_t count,
                                             Value within, Cut cut,
                                             Carried carried) {
  TileBuilder t = at();
  auto scoreType = FragmentType::get(b.getContext(), 64, count, f32);
  Value s = ProductOp::create(b, loc, scoreType, queries,
                              slice(k, count, within), Value(), true);
  s = adjust(part, s, t.add(firstKey, within), cut);
  OnlineSoftmax step = soften(s, carried[1], carried[2], cut);
  Value acc = rescale(t, carried[0], step);
  acc = ProductOp::create(b, loc, accType, pack(step.weights),
                          slice(v, count, within), acc, false);
  return {acc, step.max, step.sum};
}

/// With overlap: the first key tile of all. Its values are multiplied while the
/// next tile's scores are.
AttendWriter::Carried AttendWriter::begin(const Part &part, Value firstKey,
                                          Cut cut, Carried carried) {
  auto [k, v] = loadTiles(part, firstKey);
  auto scoreType = FragmentType::get(b.getContext(), 64, keys, f32);
  Value s = ProductOp::create(b, loc, scoreType, queries, k, Value(), true);
  s = adjust(part, s, firstKey, cut);
  OnlineSoftmax step = soften(s, carried[1], carried[2], cut);
  // The accumulator is 0 whatever it would be multiplied with.
  return {carried[0], step.max, step.sum, pack(step.weights), v};
}

/// With overlap: scores of this tile, accumulator past the one before.
AttendWriter::Carried AttendWriter::advance(const Part &part, Value firstKey,
                                            Cut cut, Carried carried) {
  TileBuilder t = at();
  auto [k, v] = loadTiles(part, firstKey);
  auto scoreType = FragmentType::get(b.getContext(), 64, keys, f32);
  auto pending = [&](FragmentType type) {
    return PendingType::get(b.getContext(), 64, type.getColumns(), f32);
  };
  Value scores =
      IssueOp::create(b, loc, pending(scoreType), queries, k, Value(), true);
  Value out = IssueOp::create(b, loc, pending(accType), carried[3], carried[4],
                              carried[0], false);
  Value s = WaitOp::create(b, loc, TypeRange{scoreType}, 1, ValueRange{scores})
                .getResult(0);
  s = adjust(part, s, firstKey, cut);
  OnlineSoftmax step = soften(s, carried[1], carried[2], cut);
  // The packed weights replace those that the product under way reads.
  auto done = WaitOp::create(b, loc, TypeRange{accType, scoreType}, 0,
                             ValueRange{out, step.weights});
  Value acc = rescale(t, done.getResult(0), step);
  return {acc, step.max, step.sum, pack(done.getResult(1)), v};
}

/// With overlap: past the last tile.
AttendWriter::Carried AttendWriter::end(Carried carried) {
  Value acc = ProductOp::create(b, loc, accType, carried[3], carried[4],
                                carried[0], false);
  return {acc, carried[1], carried[2]};
}

/// They come before any condition: all warpgroups share them.
std::pair<Value, Value> AttendWriter::loadTiles(const Part &part,
                                                Value firstKey) {
  auto tileType = TileType::get(b.getContext(), keys, d, op.getElement(), keys);
  int64_t stages = schedule.getStages();
  Value k = LoadOp::create(b, loc, tileType, part.key, firstKey, keyHead, batch,
                           "k", stages, false);
  Value v = LoadOp::create(b, loc, tileType, part.value, firstKey, keyHead,
                           batch, "v", stages, false);
  return {k, v};
}

AttendWriter::Carried
AttendWriter::choose(Value condition, Carried carried,
                     function_ref<Carried()> then,
                     function_ref<Carried()> otherwise) {
  auto ifOp = scf::IfOp::create(b, loc, ValueRange(carried).getTypes(),
                                condition, /*withElse=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(ifOp.thenBlock());
  scf::YieldOp::create(b, loc, then());
  b.setInsertionPointToEnd(ifOp.elseBlock());
  scf::YieldOp::create(b, loc, otherwise());
  return Carried(ifOp.getResults());
}

KernelPatternBuilder AttendWriter::rules(OpBuilder &at, Location where) {
  KernelPatternBuilder pb(at, where);
  pb.documents = args.documents;
  pb.blocks = args.blocks;
  pb.segmentOrigin = origin;
  if (args.documents)
    pb.documentOrigin =
        pb.plus(pb.wrap(origin), -op.getWindow()).value;
  if (args.documents || args.blocks)
    pb.batch = toIndex(at, where, batch);
  if (args.blocks)
    pb.keyHead = toIndex(at, where, keyHead);
  return pb;
}

/// Key tiles that the rule lists. Ranges may overlap: each tile is visited from
/// the first that holds it.
AttendWriter::Carried AttendWriter::list(Part part, Carried carried) {
  if (part.isSettled) {
    bound(part);
    part.hasLeft = part.hasRight = true;
  }
  Rule rule(op.getPatternAttr());
  auto visits = VisitsOp::create(b, loc, ValueRange(carried).getTypes(),
                                 "visits", 4, carried);
  OpBuilder::InsertionGuard guard(b);
  b.createBlock(&visits.getList());
  KernelPatternBuilder pb = rules(b, loc);
  auto position = [&](Value base, Value row) {
    return pb.add(pb.wrap(base), pb.wrap(toIndex(b, loc, row)));
  };
  msa::PatternTile all;
  all.queryBegin = position(queryBegin, firstRow);
  all.queryEnd = pb.plus(position(queryBegin, lastRow), 1);
  all.keyBegin = position(part.position, part.validBegin);
  all.keyEnd = position(part.position, part.validEnd);
  // Heads are packed only where the rule does not differ between them.
  all.head = pb.wrap(toIndex(b, loc, schedule.getPacks() ? at().i32(0) : head));
  SmallVector<msa::KeyRange> ranges;
  msa::PatternAttrInterface pattern = op.getPatternAttr();
  pattern.keyRanges(pb, all, ranges);
  auto begin = pb.wrap(toIndex(b, loc, part.validBegin)),
       end = pb.wrap(toIndex(b, loc, part.validEnd));
  for (msa::KeyRange &range : ranges) { // positions to tiles, outwards
    msa::PatternValue from =
        pb.max(pb.sub(range.begin, pb.wrap(part.position)), begin);
    msa::PatternValue to =
        pb.min(pb.sub(range.end, pb.wrap(part.position)), end);
    msa::PatternValue none = pb.lessEqual(to, from);
    range.begin = pb.floorDiv(from, keys);
    range.end = pb.choose(none, range.begin, pb.ceilDiv(to, keys));
  }
  Value one = arith::ConstantIndexOp::create(b, loc, 1);
  for (auto [number, range] : llvm::enumerate(ranges)) {
    auto loop = scf::ForOp::create(b, loc, range.begin.value, range.end.value,
                                   one);
    OpBuilder::InsertionGuard inLoop(b);
    b.setInsertionPointToStart(loop.getBody());
    msa::PatternValue tile = pb.wrap(loop.getInductionVar());
    msa::PatternValue wanted = pb.truth(true);
    for (const msa::KeyRange &earlier :
         ArrayRef<msa::KeyRange>(ranges).take_front(number))
      wanted = pb.both(wanted, pb.either(pb.less(tile, earlier.begin),
                                         pb.lessEqual(earlier.end, tile)));
    msa::PatternValue first = pb.mul(tile, pb.constant(keys));
    msa::PatternValue last = pb.plus(first, keys);
    msa::PatternTile own = all;
    own.keyBegin = pb.add(pb.wrap(part.position), first);
    own.keyEnd = pb.add(pb.wrap(part.position), last);
    msa::PatternValue exists =
        pb.both(pb.lessEqual(begin, first), pb.lessEqual(last, end));
    msa::PatternValue whole, restKept = pb.truth(!rule.isUnion);
    if (part.isSettled) {
      // The rest keeps all of the tile or nothing: what it says of one pair.
      msa::PatternPoint point{own.queryBegin, own.keyBegin, own.head};
      for (msa::PatternAttrInterface member : rule.rest) {
        msa::PatternValue kept = member.keeps(pb, point);
        restKept = rule.isUnion ? pb.either(restKept, kept)
                                : pb.both(restKept, kept);
      }
      msa::PatternValue some = pb.truth(!rule.isUnion), full = some;
      if (rule.band) {
        some = pb.negate(rule.band.isEmpty(pb, own));
        full = rule.band.isFull(pb, own);
      }
      wanted = pb.both(wanted, rule.isUnion ? pb.either(restKept, some)
                                            : pb.both(restKept, some));
      whole = rule.isUnion ? pb.either(restKept, full) : full;
    } else {
      if (!pattern.rangesAreTight())
        wanted = pb.both(wanted, pb.negate(pattern.isEmpty(pb, own)));
      whole = pattern.isFull(pb, own);
    }
    auto ifOp = scf::IfOp::create(b, loc, wanted.value, /*withElse=*/false);
    b.setInsertionPointToStart(ifOp.thenBlock());
    msa::PatternValue kind = pb.constant(kCutTile);
    if (part.isSettled && rule.isUnion)
      kind = pb.choose(restKept, pb.constant(kEndedTile), kind);
    kind = pb.choose(pb.both(whole, exists), pb.constant(kWholeTile), kind);
    Value row = arith::IndexCastOp::create(b, loc, i32, first.value);
    VisitOp::create(b, loc, row,
                    arith::IndexCastOp::create(b, loc, i32, kind.value));
  }

  SmallVector<Type> types = {i32, i32};
  llvm::append_range(types, ValueRange(carried).getTypes());
  Block *body = b.createBlock(&visits.getBody(), {}, types,
                              SmallVector<Location>(types.size(), loc));
  Value firstKey = body->getArgument(0);
  Carried state(body->getArguments().drop_front(2));
  Value k, v;
  std::tie(k, v) = loadTiles(part, firstKey);
  auto isKind = [&](int64_t kind) -> Value {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                 body->getArgument(1), at().i32(kind));
  };
  auto step = [&](Cut cut) {
    return [&, cut]() -> Carried {
      return multiply(part, k, v, firstKey, keys, at().i32(0), cut, state);
    };
  };
  bool ends = part.isSettled && rule.isUnion &&
              (part.rows % keys || args.length);
  Carried next = choose(
      isKind(kWholeTile), state, step(Cut::None), [&]() -> Carried {
        if (!part.isSettled)
          return step(Cut::Rule)();
        if (!ends)
          return step(Cut::Both)();
        return choose(isKind(kEndedTile), state, step(Cut::Valid),
                      step(Cut::Both));
      });
  NextOp::create(b, loc, next);
  return Carried(visits.getResults());
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
  StoreOp::create(b, loc, pack(out), args.out, ownRow, head, batch,
                  IntegerAttr());
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
  begun = false;
  Carried carried = {
      FillOp::create(b, loc, accType, t.real(0)),
      FillOp::create(b, loc, rowsType,
                     t.real(-std::numeric_limits<float>::infinity())),
      FillOp::create(b, loc, sumType, t.real(0))};
  for (Part &part : parts())
    carried = walk(part, carried);
  if (schedule.getOverlap())
    carried = end(carried);
  finish(body->getArgument(0), carried);
}

void msa_gpu::writeAttend(OpBuilder &builder, AttendOp op,
                          const AttendArguments &arguments) {
  AttendWriter(builder, op, arguments).run();
}
