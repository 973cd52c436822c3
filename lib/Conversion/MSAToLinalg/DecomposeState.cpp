//===- DecomposeState.cpp - bank_write and carry --------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Conversion/MSAToLinalg/Decompose.h"
#include "msa/Dialect/MSA/Utils/LinalgBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::msa;

/// x W (+ bias) for x: B x K x d, W: d x c, accumulated in `f`.
static Value project(LinalgBuilder &lb, Value x, Value weight, Value bias,
                     Type f) {
  auto xType = cast<RankedTensorType>(x.getType());
  auto wType = cast<RankedTensorType>(weight.getType());
  SmallVector<int64_t> shape = {xType.getDimSize(0), xType.getDimSize(1),
                                wType.getDimSize(1)};
  // Loops (b, k, c, i).
  Value product = lb.generic(
      4, {{x, {0, 1, 3}}, {weight, {3, 2}}}, lb.full(shape, f, 0.0), {0, 1, 2},
      [&](OpBuilder &b, Location l, ValueRange args) -> Value {
        Value m = arith::MulFOp::create(
            b, l, LinalgBuilder::convert(b, l, args[0], f),
            LinalgBuilder::convert(b, l, args[1], f));
        return arith::AddFOp::create(b, l, args[2], m);
      });
  if (!bias)
    return product;
  return lb.generic(
      3, {{product, {0, 1, 2}}, {bias, {2}}}, lb.empty(shape, f), {0, 1, 2},
      [&](OpBuilder &b, Location l, ValueRange args) -> Value {
        return arith::AddFOp::create(b, l, args[0],
                                     LinalgBuilder::convert(b, l, args[1], f));
      });
}

/// Whether slot k of stream b is among the `slots` of highest score: fewer
/// than `slots` others come before it. As f32 0 or 1 of shape B x K.
static Value chooseSlots(LinalgBuilder &lb, BankWriteOp op) {
  auto type = cast<RankedTensorType>(op.getScores().getType());
  Type f = type.getElementType();
  Value scores = op.getScores();
  // Loops (b, k, other). A NaN score comes before nothing and after all.
  Value rank = lb.generic(
      3, {{scores, {0, 1}}, {scores, {0, 2}}}, lb.full(type.getShape(), f, 0.0),
      {0, 1}, [&](OpBuilder &b, Location l, ValueRange args) -> Value {
        LinalgBuilder inner(b, l);
        Value k = linalg::IndexOp::create(b, l, 1);
        Value other = linalg::IndexOp::create(b, l, 2);
        Value above = arith::CmpFOp::create(b, l, arith::CmpFPredicate::OGT,
                                            args[1], args[0]);
        Value equal = arith::CmpFOp::create(b, l, arith::CmpFPredicate::OEQ,
                                            args[1], args[0]);
        Value lower =
            arith::CmpIOp::create(b, l, arith::CmpIPredicate::slt, other, k);
        Value before = arith::OrIOp::create(
            b, l, above, arith::AndIOp::create(b, l, equal, lower));
        Value one = arith::SelectOp::create(b, l, before, inner.real(f, 1.0),
                                            inner.real(f, 0.0));
        return arith::AddFOp::create(b, l, args[2], one);
      });
  double slots = static_cast<double>(*op.getSlots());
  return lb.generic(
      2, {{rank, {0, 1}}, {scores, {0, 1}}}, lb.empty(type.getShape(), f),
      {0, 1}, [&](OpBuilder &b, Location l, ValueRange args) -> Value {
        LinalgBuilder inner(b, l);
        Value chosen = arith::CmpFOp::create(b, l, arith::CmpFPredicate::OLT,
                                             args[0], inner.real(f, slots));
        Value ordered = arith::CmpFOp::create(b, l, arith::CmpFPredicate::ORD,
                                              args[1], args[1]);
        return arith::SelectOp::create(
            b, l, arith::AndIOp::create(b, l, chosen, ordered),
            inner.real(f, 1.0), inner.real(f, 0.0));
      });
}

SmallVector<Value> mlir::msa::decompose(OpBuilder &builder, BankWriteOp op) {
  LinalgBuilder lb(builder, op.getLoc());
  GateAttrInterface gate = op.getGateAttr();
  auto type = cast<RankedTensorType>(op.getBank().getType());
  Type element = type.getElementType();
  Type f = element.isF64() ? element : Type(builder.getF32Type());
  unsigned count = gate.getProjections().size();

  // All projections are formed before the bank is overwritten in place.
  SmallVector<LinalgBuilder::Input> inputs;
  for (unsigned p = 0; p < count; ++p) {
    SmallVector<int64_t> dims = {0, 1, 2};
    Value fromCandidate = project(lb, op.getCandidate(), op.getWeights()[3 * p],
                                  op.getWeights()[3 * p + 2], f);
    inputs.push_back({fromCandidate, dims});
  }
  for (unsigned p = 0; p < count; ++p)
    inputs.push_back(
        {project(lb, op.getBank(), op.getWeights()[3 * p + 1], Value(), f),
         {0, 1, 2}});
  // One number per slot: column 0 of a K x 1 projection.
  SmallVector<AffineMap> maps;
  MLIRContext *context = builder.getContext();
  for (unsigned i = 0; i < inputs.size(); ++i) {
    AffineExpr column = gate.isPerSlot(i % count)
                            ? getAffineConstantExpr(0, context)
                            : getAffineDimExpr(2, context);
    maps.push_back(AffineMap::get(
        3, 0,
        {getAffineDimExpr(0, context), getAffineDimExpr(1, context), column},
        context));
  }
  Value chosen = op.getScores() ? chooseSlots(lb, op) : Value();
  if (chosen) {
    inputs.push_back({chosen, {0, 1}});
    maps.push_back(AffineMap::get(
        3, 0, {getAffineDimExpr(0, context), getAffineDimExpr(1, context)},
        context));
  }
  if (op.getLength()) {
    inputs.push_back({op.getLength(), {0}});
    maps.push_back(
        AffineMap::get(3, 0, {getAffineDimExpr(0, context)}, context));
  }
  SmallVector<Value> values;
  for (const LinalgBuilder::Input &input : inputs)
    values.push_back(input.value);

  SmallVector<Value> results;
  AffineMap identity = builder.getMultiDimIdentityMap(3);
  if (op.getRead()) {
    // Reads the old bank, so it comes before the write in place.
    SmallVector<AffineMap> readMaps = maps;
    SmallVector<Value> readValues = values;
    readMaps.push_back(identity);
    readValues.push_back(op.getBank());
    readMaps.push_back(identity);
    unsigned size = values.size();
    Value read =
        lb.generic(readMaps, readValues, lb.empty(type.getShape(), element),
                   [&](OpBuilder &b, Location l, ValueRange args) -> Value {
                     ValueRange halves = args.take_front(2 * count);
                     SmallVector<Value> next = gate.buildUpdate(
                         b, l, LinalgBuilder::convert(b, l, args[size], f),
                         halves.take_front(count), halves.drop_front(count));
                     return LinalgBuilder::convert(b, l, next[1], element);
                   });
    results.push_back(read);
  }
  maps.push_back(identity);
  Value written =
      lb.generic(maps, values, op.getBank(),
                 [&](OpBuilder &b, Location l, ValueRange args) -> Value {
                   Value old = args.back();
                   ValueRange halves = args.take_front(2 * count);
                   Value next = gate.buildUpdate(
                       b, l, LinalgBuilder::convert(b, l, old, f),
                       halves.take_front(count), halves.drop_front(count))[0];
                   next = LinalgBuilder::convert(b, l, next, element);
                   unsigned at = 2 * count;
                   if (chosen) {
                     Value is = arith::CmpFOp::create(
                         b, l, arith::CmpFPredicate::OEQ, args[at],
                         LinalgBuilder(b, l).real(args[at].getType(), 1.0));
                     next = arith::SelectOp::create(b, l, is, next, old);
                     ++at;
                   }
                   if (op.getLength()) {
                     Value zero = arith::ConstantIntOp::create(b, l, 0, 64);
                     Value any = arith::CmpIOp::create(
                         b, l, arith::CmpIPredicate::sgt, args[at], zero);
                     next = arith::SelectOp::create(b, l, any, next, old);
                   }
                   return next;
                 });
  results.insert(results.begin(), written);
  return results;
}

SmallVector<Value> mlir::msa::decompose(OpBuilder &builder, CarryOp op) {
  LinalgBuilder lb(builder, op.getLoc());
  auto windowType = cast<RankedTensorType>(op.getWindow().getType());
  auto segmentType = cast<RankedTensorType>(op.getSegment().getType());
  int64_t rank = windowType.getRank(), axis = rank - 2;
  int64_t window = windowType.getDimSize(axis);
  int64_t segment = segmentType.getDimSize(axis);
  SmallVector<int64_t> all = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  // Where no old row stays, none is read. Else rows move within one buffer, and
  // msa-entry-to-destination forms the new window aside.
  bool replaced = !op.getLength() && segment >= window;
  Value init = lb.empty(windowType.getShape(), windowType.getElementType());
  Value moved = lb.generic(
      rank, {}, init, all, [&](OpBuilder &b, Location l, ValueRange) -> Value {
        IRPatternBuilder pb(b, l);
        SmallVector<Value> at;
        for (int64_t d = 0; d < rank; ++d)
          at.push_back(linalg::IndexOp::create(b, l, d));
        PatternValue length = pb.constant(segment);
        if (op.getLength()) {
          Value n = tensor::ExtractOp::create(b, l, op.getLength(), at[0]);
          n = arith::IndexCastOp::create(b, l, b.getIndexType(), n);
          length =
              pb.min(pb.max(pb.wrap(n), pb.constant(0)), pb.constant(segment));
        }
        PatternValue row = pb.add(pb.wrap(at[axis]), length);
        PatternValue last = pb.constant(window - 1);
        // Both are read, at rows clamped into them; one is used.
        SmallVector<Value> old = at, fresh = at;
        old[axis] = pb.min(row, last).value;
        fresh[axis] = pb.min(pb.max(pb.plus(row, -window), pb.constant(0)),
                             pb.constant(segment - 1))
                          .value;
        Value enters = tensor::ExtractOp::create(b, l, op.getSegment(), fresh);
        if (replaced)
          return enters;
        Value stays = tensor::ExtractOp::create(b, l, op.getWindow(), old);
        return arith::SelectOp::create(b, l, pb.lessEqual(row, last).value,
                                       stays, enters);
      });
  return {moved};
}
