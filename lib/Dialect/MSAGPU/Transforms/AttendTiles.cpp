//===- AttendTiles.cpp - Attention to one key tile
//--------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttendWriter.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::msa_gpu;

Value msa_gpu::rowsBefore(TileBuilder t, const Part &part, Value key) {
  if (part.stride == 1)
    return key;
  return t.div(t.max(key, t.i32(0)), part.stride);
}

/// The first key that each row keeps, or the one behind the last.
Value AttendWriter::edge(const Part &part, Value row, bool isLeft) {
  TileBuilder t = at();
  Type type = t.rowsOf(i32);
  std::optional<int64_t> side = isLeft ? part.left : part.right;
  Value valid = isLeft ? part.validBegin : part.validEnd;
  if (!side)
    return FillOp::create(b, loc, type, valid);
  Value from = t.add(part.first, isLeft ? -*side : *side + 1);
  if (schedule.getMma()) // else its sums with rows stay in registers
    from = AgainOp::create(b, loc, i32, from);
  Value keys =
      t.map(type, row, [&](OpBuilder &b, Location loc, ValueRange x) -> Value {
        Value key = arith::AddIOp::create(b, loc, x[0], from);
        return rowsBefore(TileBuilder(b, loc), part, key);
      });
  return t.map(type, keys,
               [&](OpBuilder &b, Location loc, ValueRange x) -> Value {
                 if (isLeft)
                   return arith::MaxSIOp::create(b, loc, x[0], valid);
                 return arith::MinSIOp::create(b, loc, x[0], valid);
               });
}

/// Bounds of this warpgroup's rows.
void AttendWriter::bound(Part &part) {
  TileBuilder t = at();
  // With mma the loops have no registers left for eight bounds a thread.
  bool isStacked = schedule.getStacked(), isEarly = !schedule.getMma();
  Value row;
  if (isEarly)
    row = isStacked ? queryRows() : RowIndexOp::create(b, loc, t.rowsOf(i32));
  part.first = isStacked ? part.base : t.add(part.base, ownRow);
  if (isStacked && part.isBank && args.bankBias)
    part.bias = stackedBias();
  part.leastFrom = part.validBegin;
  part.mostTo = part.validEnd;
  if (isEarly)
    part.from = edge(part, row, true);
  if (part.left)
    part.leastFrom = t.max(part.validBegin,
                           rowsBefore(t, part, t.add(part.first, -*part.left)));
  if (isEarly)
    part.to = edge(part, row, false);
  if (part.right) {
    Value last = t.add(t.add(part.first, *part.right + 1), rows - 1);
    part.mostTo = t.min(part.validEnd, rowsBefore(t, part, last));
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

/// What the pattern, and with three warpgroups the bias, make of raw scores.
Value AttendWriter::adjust(const Part &part, Value scores, Value start,
                           Cut cut) {
  TileBuilder t = at();
  if (cut == Cut::Rule)
    return t.map(scores.getType(), scores,
                 [&](OpBuilder &b, Location loc, ValueRange x) -> Value {
                   Value none = TileBuilder(b, loc).real(
                       -std::numeric_limits<float>::infinity());
                   return arith::SelectOp::create(
                       b, loc, keptByRule(b, loc, part, start), x[0], none);
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
    Value from = part.from, to = part.to;
    if (!from) {
      Value row = RowIndexOp::create(b, loc, t.rowsOf(i32));
      from = edge(part, row, true);
      to = edge(part, row, false);
    }
    scores = BandOp::create(b, loc, scores,
                            cut == Cut::Right ? Value() : columns(from),
                            cut == Cut::Left ? Value() : columns(to));
  }
  Value bias = biasesScores() ? biasOf(part) : Value();
  if (!bias)
    return scores;
  return t.map(scores.getType(), {scores, bias},
               [](OpBuilder &b, Location loc, ValueRange x) -> Value {
                 return arith::AddFOp::create(b, loc, x[0], x[1]);
               });
}

/// What is added to a bank's raw scores, in rows; null for none.
Value AttendWriter::biasOf(const Part &part) {
  if (!part.isBank || !args.bankBias || part.bias)
    return part.bias;
  // Added to scaled scores, so divided by what raw ones are scaled with.
  TileBuilder t = at();
  Value bias = load(args.bankBias, head);
  Value raw = arith::MulFOp::create(b, loc, bias, t.real(kLog2e / factor));
  return FillOp::create(b, loc, t.rowsOf(f32), raw);
}

OnlineSoftmax AttendWriter::soften(const Part &part, Value scores, Value max,
                                   Value sum, Cut cut) {
  TileBuilder t = at();
  OnlineSoftmaxOptions options;
  options.factor = factor;
  options.lazy = schedule.getRescale() == Rescale::lazy;
  options.guarded = cut != Cut::None;
  if (!biasesScores())
    options.bias = biasOf(part);
  return onlineSoftmax(t, scores, max, sum, options);
}

Value AttendWriter::pack(Value weights) {
  auto type = cast<FragmentType>(weights.getType());
  return PackOp::create(b, loc,
                        OperandType::get(b.getContext(), rows,
                                         type.getColumns(), op.getElement()),
                        weights);
}

/// The accumulator past `count` keys from row `within` of a tile on.
AttendWriter::Carried AttendWriter::multiply(const Part &part, Value k, Value v,
                                             Value firstKey, int64_t count,
                                             Value within, Cut cut,
                                             Carried carried) {
  TileBuilder t = at();
  auto scoreType = FragmentType::get(b.getContext(), rows, count, f32);
  Value s = ProductOp::create(b, loc, scoreType, queries,
                              slice(k, count, within), Value(), true);
  s = adjust(part, s, t.add(firstKey, within), cut);
  OnlineSoftmax step = soften(part, s, carried[1], carried[2], cut);
  Value weights;
  if (packsEarly())
    weights = pack(step.weights);
  Value acc = rescale(t, carried[0], step);
  if (!weights)
    weights = pack(step.weights);
  acc = ProductOp::create(b, loc, accType, weights, slice(v, count, within),
                          acc, false);
  return {acc, step.max, step.sum};
}

/// With overlap: the first key tile of all. Its values are multiplied while the
/// next tile's scores are.
AttendWriter::Carried AttendWriter::begin(const Part &part, Value firstKey,
                                          Cut cut, Carried carried) {
  auto [k, v] = loadTiles(part, firstKey);
  auto scoreType = FragmentType::get(b.getContext(), rows, keys, f32);
  Value s = ProductOp::create(b, loc, scoreType, queries, k, Value(), true);
  s = adjust(part, s, firstKey, cut);
  OnlineSoftmax step = soften(part, s, carried[1], carried[2], cut);
  // The accumulator is 0 whatever it would be multiplied with.
  return {carried[0], step.max, step.sum, pack(step.weights), v};
}

/// With overlap: scores of this tile, accumulator past the one before.
AttendWriter::Carried AttendWriter::advance(const Part &part, Value firstKey,
                                            Cut cut, Carried carried) {
  auto [k, v] = loadTiles(part, firstKey);
  Carried next = follow(part, k, carried[4], firstKey, cut, carried);
  next.push_back(v);
  return next;
}

/// Scores of key tile `k` while the weights `left` are multiplied with `v`.
AttendWriter::Step AttendWriter::beside(const Part &part, Value k, Value v,
                                        const Carried &left, Value max,
                                        Value sum, Cut cut,
                                        function_ref<Value(Value)> mask) {
  auto scoreType = FragmentType::get(b.getContext(), rows, keys, f32);
  auto pending = [&](FragmentType type) {
    return PendingType::get(b.getContext(), rows, type.getColumns(), f32);
  };
  Value scores =
      IssueOp::create(b, loc, pending(scoreType), queries, k, Value(), true);
  Value out =
      IssueOp::create(b, loc, pending(accType), left[3], v, left[0], false);
  Value s = WaitOp::create(b, loc, TypeRange{scoreType}, 1, ValueRange{scores})
                .getResult(0);
  Step step;
  step.softmax = soften(part, mask(s), max, sum, cut);
  // While the weights are computed, that is; the sum needs them all.
  ComputedOp::create(b, loc, step.softmax.sum);
  // The packed weights replace those that the product under way reads.
  auto done = WaitOp::create(b, loc, TypeRange{accType, scoreType}, 0,
                             ValueRange{out, step.softmax.weights});
  step.acc = done.getResult(0);
  step.softmax.weights = done.getResult(1);
  return step;
}

/// A further key tile of the query tile that the weights before are of.
AttendWriter::Carried AttendWriter::follow(const Part &part, Value k, Value v,
                                           Value firstKey, Cut cut,
                                           Carried carried) {
  TileBuilder t = at();
  Step step = beside(part, k, v, carried, carried[1], carried[2], cut,
                     [&](Value s) { return adjust(part, s, firstKey, cut); });
  const OnlineSoftmax &softmax = step.softmax;
  Value acc = rescale(t, step.acc, softmax);
  return {acc, softmax.max, softmax.sum, pack(softmax.weights)};
}

/// With overlap: past the last tile.
AttendWriter::Carried AttendWriter::end(Carried carried) {
  Value acc = ProductOp::create(b, loc, accType, carried[3], carried[4],
                                carried[0], false);
  return {acc, carried[1], carried[2]};
}

Value AttendWriter::loadTile(Value map, Value firstKey, StringRef ring) {
  auto tileType = TileType::get(b.getContext(), keys, d, op.getElement(), keys);
  return LoadOp::create(b, loc, tileType, map, firstKey, keyHead, batch, ring,
                        schedule.getStages(), false);
}

/// They come before any condition: all warpgroups share them.
std::pair<Value, Value> AttendWriter::loadTiles(const Part &part,
                                                Value firstKey) {
  Value k = loadTile(part.key, firstKey, "k");
  return {k, loadTile(part.value, firstKey, "v")};
}

AttendWriter::Carried AttendWriter::choose(Value condition, Carried carried,
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
