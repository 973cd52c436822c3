//===- VectorizeElementwise.cpp - Loops of vectors over elements ----------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
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

using namespace mlir;
using namespace mlir::msa;

Value mlir::msa::constantIndex(OpBuilder &b, Location loc, int64_t n) {
  return arith::ConstantIndexOp::create(b, loc, n);
}

void mlir::msa::loopNest(OpBuilder &b, Location loc, ArrayRef<int64_t> sizes,
                         ArrayRef<int64_t> which, SmallVector<Value> &ivs,
                         llvm::function_ref<void()> body, bool unrolled) {
  if (which.empty())
    return body();
  int64_t loop = which.front();
  if (sizes[loop] == 1 || unrolled) {
    for (int64_t i = 0; i < sizes[loop]; ++i) {
      ivs[loop] = constantIndex(b, loc, i);
      loopNest(b, loc, sizes, which.drop_front(), ivs, body, unrolled);
    }
    return;
  }
  auto op = scf::ForOp::create(b, loc, constantIndex(b, loc, 0),
                               constantIndex(b, loc, sizes[loop]),
                               constantIndex(b, loc, 1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(op.getBody());
  ivs[loop] = op.getInductionVar();
  loopNest(b, loc, sizes, which.drop_front(), ivs, body);
}

void mlir::msa::laneLoop(
    OpBuilder &b, Location loc, int64_t size, int64_t lanes, int64_t unroll,
    llvm::function_ref<void(ArrayRef<Value> at, int64_t lanes)> body) {
  int64_t done = 0;
  unroll = std::max<int64_t>(1, std::min(unroll, size / lanes));
  // Steps of unroll * lanes, then of lanes, then of 1.
  std::pair<int64_t, int64_t> shapes[] = {{lanes, unroll}, {lanes, 1}, {1, 1}};
  for (auto [width, count] : shapes) {
    int64_t step = width * count;
    int64_t end = done + (size - done) / step * step;
    if (end == done)
      continue;
    auto emit = [&](Value start) {
      SmallVector<Value> at = {start};
      for (int64_t i = 1; i < count; ++i)
        at.push_back(arith::AddIOp::create(b, loc, start,
                                           constantIndex(b, loc, i * width)));
      body(at, width);
    };
    if (end - done == step) {
      emit(constantIndex(b, loc, done));
    } else {
      auto op = scf::ForOp::create(b, loc, constantIndex(b, loc, done),
                                   constantIndex(b, loc, end),
                                   constantIndex(b, loc, step));
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(op.getBody());
      emit(op.getInductionVar());
    }
    done = end;
  }
}

/// All operands of the op at a place, broadcast where they are uniform.
static SmallVector<Value> loadAll(OpBuilder &b, linalg::GenericOp op,
                                  ArrayRef<AffineMap> maps,
                                  const Place &place) {
  SmallVector<Value> values;
  for (auto [operand, map] : llvm::zip(op->getOperands(), maps))
    values.push_back(loadAt(b, op.getLoc(), operand, map, place));
  return values;
}

LogicalResult mlir::msa::vectorizeElementwise(OpBuilder &b,
                                              linalg::GenericOp op,
                                              const VectorShape &shape) {
  Location loc = op.getLoc();
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  if (op.getNumReductionLoops() != 0 || sizes.empty() ||
      llvm::any_of(sizes, ShapedType::isDynamic))
    return failure();
  AffineMap out = maps.back();
  if (out.getNumResults() == 0 || !isa<AffineDimExpr>(out.getResults().back()))
    return failure();
  int64_t lane = out.getDimPosition(out.getNumResults() - 1);
  if (sizes[lane] < shape.width)
    return failure();
  for (auto [operand, map] : llvm::zip(op->getOperands(), maps))
    if (isa<MemRefType>(operand.getType()) &&
        !isLaneReadable(map, lane, operand))
      return failure();
  if (!isLaneBody(op, lane))
    return failure();
  SmallVector<int64_t> outer;
  for (int64_t d = 0, e = sizes.size(); d < e; ++d)
    if (d != lane)
      outer.push_back(d);
  SmallVector<Value> ivs(sizes.size());
  unsigned inputs = op.getNumDpsInputs();
  auto body = [&] {
    laneLoop(b, loc, sizes[lane], shape.width, 4,
             [&](ArrayRef<Value> at, int64_t lanes) {
               for (Value start : at) {
                 Place place{ivs, lane, lanes};
                 place.ivs[lane] = start;
                 SmallVector<Value> results =
                     emitBody(b, op, loadAll(b, op, maps, place), place);
                 for (auto [i, value] : llvm::enumerate(results))
                   storeAt(b, loc, value, op->getOperand(inputs + i),
                           maps[inputs + i], place);
               }
             });
  };
  loopNest(b, loc, sizes, outer, ivs, body, shape.unrolled);
  return success();
}

/// The elementwise op that computes the reduction's only input: its values can
/// be summed as they are written, without reading them back.
static linalg::GenericOp reducedProducer(linalg::GenericOp op, int64_t lane) {
  if (op.getNumDpsInputs() != 1)
    return nullptr;
  OpOperand *input = op.getDpsInputOperand(0);
  if (!op.getMatchingIndexingMap(input).isIdentity())
    return nullptr;
  auto producer =
      dyn_cast_or_null<linalg::GenericOp>(findProducer(op, input->get()));
  if (!producer || !isLaneBody(producer, lane))
    return nullptr;
  for (auto [operand, map] :
       llvm::zip(producer->getOperands(), producer.getIndexingMapsArray()))
    if (isa<MemRefType>(operand.getType()) &&
        !isLaneReadable(map, lane, operand))
      return nullptr;
  return producer;
}

/// The reduction's combining operation: `acc op x` with acc used nowhere else.
static Operation *combiner(linalg::GenericOp op, Value &other) {
  Operation *last = combinerOf(op);
  if (!last)
    return nullptr;
  Value acc = op.getBody()->getArguments().back();
  other = last->getOperand(last->getOperand(0) == acc ? 1 : 0);
  return last;
}

LogicalResult
mlir::msa::vectorizeReduction(OpBuilder &b, linalg::GenericOp op,
                              const VectorShape &shape,
                              SmallVectorImpl<Operation *> &absorbed) {
  Location loc = op.getLoc();
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  if (op.getNumReductionLoops() == 0 || op.getNumDpsInits() != 1 ||
      llvm::any_of(sizes, ShapedType::isDynamic))
    return failure();
  AffineMap out = maps.back();
  if (!out.isProjectedPermutation() || out.getNumResults() == 0)
    return failure();
  int64_t lane = out.getDimPosition(out.getNumResults() - 1);
  if (sizes[lane] < shape.width)
    return failure();
  for (auto [operand, map] : llvm::zip(op->getOperands(), maps))
    if (!isa<MemRefType>(operand.getType()) ||
        !isLaneReadable(map, lane, operand))
      return failure();
  if (!isLaneBody(op, lane))
    return failure();
  SmallVector<int64_t> outer, reductions;
  for (auto [d, kind] : llvm::enumerate(op.getIteratorTypesArray())) {
    if (kind == utils::IteratorType::reduction)
      reductions.push_back(d);
    else if (static_cast<int64_t>(d) != lane)
      outer.push_back(d);
  }
  if (reductions.size() != 1)
    return failure();
  int64_t reduction = reductions.front();
  linalg::GenericOp producer = reducedProducer(op, lane);
  if (producer)
    absorbed.push_back(producer);
  SmallVector<Value> ivs(sizes.size());
  Value init = op.getDpsInits()[0];
  // A sum starts from zero and what was there before is added last: partial
  // sums of blocks round less than one long sum does.
  Value other;
  Operation *combine = combiner(op, other);
  bool isSum = isa_and_nonnull<arith::AddFOp>(combine);
  // A maximum may be taken in any order: where few vectors lie side by side,
  // two rows at a time, since each waits for the one before.
  auto maximum = dyn_cast_or_null<arith::MaxNumFOp>(combine);
  Value zero;
  if (isSum)
    zero = arith::ConstantOp::create(
        b, loc, b.getFloatAttr(combine->getResult(0).getType(), 0.0));
  loopNest(b, loc, sizes, outer, ivs, [&] {
    laneLoop(
        b, loc, sizes[lane], shape.width, 4,
        [&](ArrayRef<Value> at, int64_t lanes) {
          SmallVector<Value> accumulators;
          SmallVector<Place> places;
          int64_t rows =
              maximum && at.size() <= 2 && sizes[reduction] % 2 == 0 ? 2 : 1;
          for (int64_t row = 0; row < rows; ++row)
            for (Value start : at) {
              Place place{ivs, lane, lanes};
              place.ivs[lane] = start;
              places.push_back(place);
              accumulators.push_back(isSum ? asLanes(b, loc, zero, lanes)
                                           : loadAt(b, loc, init, out, place));
            }
          auto loop = scf::ForOp::create(
              b, loc, constantIndex(b, loc, 0),
              constantIndex(b, loc, sizes[reduction]),
              constantIndex(b, loc, rows), accumulators,
              [&](OpBuilder &nested, Location, Value iv, ValueRange carried) {
                SmallVector<Value> next;
                for (auto [i, acc] : llvm::enumerate(carried)) {
                  Place here = places[i];
                  here.ivs[reduction] =
                      i < at.size()
                          ? iv
                          : arith::AddIOp::create(
                                nested, loc, iv, constantIndex(nested, loc, 1));
                  SmallVector<Value> arguments;
                  if (producer) {
                    SmallVector<AffineMap> maps =
                        producer.getIndexingMapsArray();
                    Value x =
                        asLanes(nested, loc,
                                emitBody(nested, producer,
                                         loadAll(nested, producer, maps, here),
                                         here)[0],
                                lanes);
                    storeAt(nested, loc, x, producer.getDpsInits()[0],
                            maps.back(), here);
                    arguments.push_back(x);
                  } else {
                    for (OpOperand *input : op.getDpsInputOperands())
                      arguments.push_back(
                          loadAt(nested, loc, input->get(),
                                 op.getMatchingIndexingMap(input), here));
                  }
                  arguments.push_back(acc);
                  next.push_back(
                      asLanes(nested, loc,
                              emitBody(nested, op, arguments, here)[0], lanes));
                }
                scf::YieldOp::create(nested, loc, next);
              });
          for (auto [i, place] :
               llvm::enumerate(ArrayRef(places).take_front(at.size()))) {
            Value value = loop.getResult(i), sum = value;
            if (rows == 2)
              sum = arith::MaxNumFOp::create(b, loc, value,
                                             loop.getResult(at.size() + i),
                                             maximum.getFastmath());
            if (isSum)
              sum = arith::AddFOp::create(
                  b, loc, loadAt(b, loc, init, out, place), value);
            storeAt(b, loc, sum, init, out, place);
          }
        });
  });
  return success();
}

LogicalResult mlir::msa::vectorizeRowReduction(OpBuilder &b,
                                               linalg::GenericOp op,
                                               const VectorShape &shape) {
  Location loc = op.getLoc();
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  if (op.getNumReductionLoops() != 1 || op.getNumDpsInits() != 1 ||
      llvm::any_of(sizes, ShapedType::isDynamic))
    return failure();
  SmallVector<unsigned> reductions;
  op.getReductionDims(reductions);
  int64_t lane = reductions.front(), size = sizes[lane];
  if (size % shape.width != 0)
    return failure();
  for (OpOperand *input : op.getDpsInputOperands())
    if (!isa<MemRefType>(input->get().getType()) ||
        !isLaneReadable(op.getMatchingIndexingMap(input), lane, input->get()))
      return failure();
  Value other;
  Operation *combine = combiner(op, other);
  if (!combine || !isLaneBody(op, lane))
    return failure();
  bool isSum = isa<arith::AddFOp>(combine);
  Type element = combine->getResult(0).getType();
  double neutral = isSum ? 0.0 : -std::numeric_limits<double>::infinity();
  SmallVector<int64_t> outer;
  for (int64_t d = 0, e = sizes.size(); d < e; ++d)
    if (d != lane)
      outer.push_back(d);
  SmallVector<Value> ivs(sizes.size());
  Value init = op.getDpsInits()[0];
  auto type = VectorType::get({shape.width}, element);
  // Partial sums in the lanes of one vector; joined in a fixed order.
  loopNest(b, loc, sizes, outer, ivs, [&] {
    Value start = arith::ConstantOp::create(
        b, loc, DenseElementsAttr::get(type, b.getFloatAttr(element, neutral)));
    auto loop = scf::ForOp::create(
        b, loc, constantIndex(b, loc, 0), constantIndex(b, loc, size),
        constantIndex(b, loc, shape.width), start,
        [&](OpBuilder &nested, Location, Value iv, ValueRange carried) {
          Place place{ivs, lane, shape.width};
          place.ivs[lane] = iv;
          SmallVector<Value> arguments;
          for (OpOperand *input : op.getDpsInputOperands())
            arguments.push_back(loadAt(nested, loc, input->get(),
                                       op.getMatchingIndexingMap(input),
                                       place));
          arguments.push_back(carried[0]);
          Value next =
              asLanes(nested, loc, emitBody(nested, op, arguments, place)[0],
                      shape.width);
          scf::YieldOp::create(nested, loc, next);
        });
    Place scalar{ivs, lane, 1};
    Value old = loadAt(b, loc, init, maps.back(), scalar);
    Value joined = vector::ReductionOp::create(
        b, loc,
        isSum ? vector::CombiningKind::ADD : vector::CombiningKind::MAXNUMF,
        loop.getResult(0), old,
        isSum ? arith::FastMathFlags::reassoc : arith::FastMathFlags::nnan);
    storeAt(b, loc, joined, init, maps.back(), scalar);
  });
  return success();
}
