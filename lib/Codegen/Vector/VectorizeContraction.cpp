//===- VectorizeContraction.cpp - Products in vector registers ------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A register tile is R rows by V vectors of accumulators, carried through the
// reduction loop. Half of the registers are accumulators: 4 x 2 of 16
// registers, 4 x 4 of 32. That hides the latency of the products, and few rows
// mean few row addresses. The loop is unrolled, since address arithmetic and
// the branch would cost as much as the products.
//
//===----------------------------------------------------------------------===//

#include "Producer.h"
#include "ScalarBody.h"
#include "VectorizeTiles.h"

#include "msa/Codegen/Contraction.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::msa;

namespace {
class ContractionEmitter {
public:
  ContractionEmitter(OpBuilder &b, linalg::LinalgOp op, const Contraction &c,
                     const VectorShape &shape)
      : b(b), op(op), loc(op.getLoc()), c(c), shape(shape),
        sizes(op.getStaticLoopRanges()), maps(op.getIndexingMapsArray()),
        rows(op.getDpsInputOperand(c.rows)->get()),
        columns(op.getDpsInputOperand(c.columns)->get()),
        out(op.getDpsInits()[0]), ivs(sizes.size()) {}

  LogicalResult check(SmallVectorImpl<Operation *> &absorbed);
  void emit();

private:
  void emitRows(Value column, int64_t vectors, int64_t lanes);
  void emitTile(Value row, int64_t count, Value column, int64_t vectors,
                int64_t lanes);
  Value start(const Place &place);

  OpBuilder &b;
  linalg::LinalgOp op;
  Location loc;
  Contraction c;
  const VectorShape &shape;
  SmallVector<int64_t> sizes;
  SmallVector<AffineMap> maps;
  Value rows, columns, out;
  SmallVector<Value> ivs;
  Operation *prologue = nullptr;
};
} // namespace

LogicalResult
ContractionEmitter::check(SmallVectorImpl<Operation *> &absorbed) {
  if (llvm::any_of(sizes, ShapedType::isDynamic) || sizes[c.n] < shape.width)
    return failure();
  Type f = cast<MemRefType>(out.getType()).getElementType();
  for (Value buffer : {rows, columns, out}) {
    auto type = dyn_cast<MemRefType>(buffer.getType());
    if (!type || type.getElementType() != f || !(f.isF32() || f.isF64()))
      return failure();
  }
  if (!isLaneReadable(maps[c.columns], c.n, columns) ||
      !isLaneReadable(maps[2], c.n, out))
    return failure();
  Operation *candidate = findProducer(op, out);
  if (auto generic = dyn_cast_or_null<linalg::GenericOp>(candidate)) {
    // Its loops are the dimensions of out, in order.
    int64_t lane = generic.getNumLoops() - 1;
    bool fits = isLaneBody(generic, lane);
    for (auto [operand, map] :
         llvm::zip(generic->getOperands(), generic.getIndexingMapsArray()))
      fits &= !isa<MemRefType>(operand.getType()) ||
              isLaneReadable(map, lane, operand);
    if (!fits)
      candidate = nullptr;
  }
  prologue = candidate;
  if (prologue)
    absorbed.push_back(prologue);
  return success();
}

/// What the product is added to at a place; null for zero.
Value ContractionEmitter::start(const Place &place) {
  if (auto fill = dyn_cast_or_null<linalg::FillOp>(prologue)) {
    if (matchPattern(fill.getInputs()[0], m_AnyZeroFloat()))
      return Value();
    return asLanes(b, loc, fill.getInputs()[0], place.lanes);
  }
  if (auto generic = dyn_cast_or_null<linalg::GenericOp>(prologue)) {
    Place own;
    own.lanes = place.lanes;
    own.laneLoop = generic.getNumLoops() - 1;
    for (AffineExpr expr : maps[2].getResults())
      own.ivs.push_back(place.ivs[cast<AffineDimExpr>(expr).getPosition()]);
    SmallVector<Value> arguments;
    for (auto [operand, map] :
         llvm::zip(generic->getOperands(), generic.getIndexingMapsArray()))
      arguments.push_back(loadAt(b, loc, operand, map, own));
    return asLanes(b, loc, emitBody(b, generic, arguments, own)[0],
                   place.lanes);
  }
  return loadAt(b, loc, out, maps[2], place);
}

void ContractionEmitter::emitTile(Value row, int64_t count, Value column,
                                  int64_t vectors, int64_t lanes) {
  SmallVector<Place> places; // row-major: row r, vector v
  SmallVector<Value> rowAt(count), columnAt(vectors);
  for (int64_t r = 0; r < count; ++r)
    rowAt[r] = !row || r == 0 ? row
                              : Value(arith::AddIOp::create(
                                    b, loc, row, constantIndex(b, loc, r)));
  for (int64_t v = 0; v < vectors; ++v)
    columnAt[v] =
        v == 0 ? column
               : Value(arith::AddIOp::create(b, loc, column,
                                             constantIndex(b, loc, v * lanes)));
  // Every block of the reduction is summed from zero, and what was there before
  // is added last: partial sums of blocks round less than one long sum does.
  Type f = cast<MemRefType>(out.getType()).getElementType();
  Value zero = arith::ConstantOp::create(b, loc, b.getFloatAttr(f, 0.0));
  SmallVector<Value> accumulators;
  for (int64_t r = 0; r < count; ++r)
    for (int64_t v = 0; v < vectors; ++v) {
      Place place{ivs, c.n, lanes};
      place.ivs[c.n] = columnAt[v];
      if (c.m >= 0)
        place.ivs[c.m] = rowAt[r];
      places.push_back(place);
      accumulators.push_back(asLanes(b, loc, zero, lanes));
    }
  int64_t depth = sizes[c.k], unroll = 1;
  for (int64_t u : {8, 4, 2})
    if (depth % u == 0) {
      unroll = u;
      break;
    }
  auto step = [&](OpBuilder &nested, Value k, ValueRange carried) {
    SmallVector<Value> next(carried);
    for (int64_t u = 0; u < unroll; ++u) {
      Value at = u == 0 ? k
                        : Value(arith::AddIOp::create(
                              nested, loc, k, constantIndex(nested, loc, u)));
      SmallVector<Value> columnValues;
      for (int64_t v = 0; v < vectors; ++v) {
        Place place = places[v];
        place.ivs[c.k] = at;
        columnValues.push_back(
            loadAt(nested, loc, columns, maps[c.columns], place));
      }
      for (int64_t r = 0; r < count; ++r) {
        Place place = places[r * vectors];
        place.ivs[c.k] = at;
        place.lanes = 1;
        Value x = loadAt(nested, loc, rows, maps[c.rows], place);
        Value wide = asLanes(nested, loc, x, lanes);
        for (int64_t v = 0; v < vectors; ++v) {
          Value &acc = next[r * vectors + v];
          if (lanes > 1)
            acc =
                vector::FMAOp::create(nested, loc, wide, columnValues[v], acc);
          else
            acc = arith::AddFOp::create(
                nested, loc, acc,
                arith::MulFOp::create(nested, loc, x, columnValues[v]));
        }
      }
    }
    return next;
  };
  auto loop = scf::ForOp::create(
      b, loc, constantIndex(b, loc, 0), constantIndex(b, loc, depth),
      constantIndex(b, loc, unroll), accumulators,
      [&](OpBuilder &nested, Location, Value k, ValueRange carried) {
        scf::YieldOp::create(nested, loc, step(nested, k, carried));
      });
  for (auto [place, value] : llvm::zip(places, loop.getResults())) {
    Value sum = value;
    if (Value before = start(place))
      sum = arith::AddFOp::create(b, loc, before, value);
    storeAt(b, loc, sum, out, maps[2], place);
  }
}

void ContractionEmitter::emitRows(Value column, int64_t vectors,
                                  int64_t lanes) {
  if (c.m < 0)
    return emitTile(Value(), 1, column, vectors, lanes);
  int64_t total = sizes[c.m];
  int64_t most =
      std::max<int64_t>(shape.registers / 2 / std::max<int64_t>(vectors, 1), 1);
  // Prefer a count that divides the rows when it costs little.
  int64_t count = std::min(most, total);
  for (int64_t d = count; d * 3 >= count * 2; --d)
    if (total % d == 0) {
      count = d;
      break;
    }
  int64_t whole = total / count * count;
  if (whole == count) {
    emitTile(constantIndex(b, loc, 0), count, column, vectors, lanes);
  } else {
    auto loop = scf::ForOp::create(b, loc, constantIndex(b, loc, 0),
                                   constantIndex(b, loc, whole),
                                   constantIndex(b, loc, count));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    emitTile(loop.getInductionVar(), count, column, vectors, lanes);
  }
  if (whole != total)
    emitTile(constantIndex(b, loc, whole), total - whole, column, vectors,
             lanes);
}

void ContractionEmitter::emit() {
  SmallVector<int64_t> outer;
  for (AffineExpr expr : maps[2].getResults()) {
    int64_t d = cast<AffineDimExpr>(expr).getPosition();
    if (d != c.n && d != c.m)
      outer.push_back(d);
  }
  loopNest(b, loc, sizes, outer, ivs, [&] {
    laneLoop(b, loc, sizes[c.n], shape.width, shape.registers >= 32 ? 4 : 2,
             [&](ArrayRef<Value> at, int64_t lanes) {
               emitRows(at[0], at.size(), lanes);
             });
  });
}

LogicalResult
mlir::msa::vectorizeContraction(OpBuilder &b, linalg::LinalgOp op,
                                const VectorShape &shape,
                                SmallVectorImpl<Operation *> &absorbed) {
  std::optional<Contraction> c = matchContraction(op);
  if (!c)
    return failure();
  ContractionEmitter emitter(b, op, *c, shape);
  if (failed(emitter.check(absorbed)))
    return failure();
  emitter.emit();
  return success();
}
