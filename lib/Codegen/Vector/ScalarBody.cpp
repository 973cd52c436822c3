//===- ScalarBody.cpp - A linalg body at one place or on lanes ------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScalarBody.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::msa;

static SmallVector<Value> indices(OpBuilder &b, Location loc, AffineMap map,
                                  const Place &place) {
  SmallVector<Value> result;
  for (AffineExpr expr : map.getResults()) {
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      result.push_back(place.ivs[dim.getPosition()]);
    else
      result.push_back(arith::ConstantIndexOp::create(
          b, loc, cast<AffineConstantExpr>(expr).getValue()));
  }
  return result;
}

bool mlir::msa::isLaneReadable(AffineMap map, int64_t laneLoop, Value buffer) {
  for (auto [i, expr] : llvm::enumerate(map.getResults())) {
    if (isa<AffineConstantExpr>(expr))
      continue;
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (!dim)
      return false;
    if (static_cast<int64_t>(dim.getPosition()) != laneLoop)
      continue;
    if (i + 1 != map.getNumResults())
      return false;
    auto type = cast<MemRefType>(buffer.getType());
    SmallVector<int64_t> strides;
    int64_t offset;
    if (failed(type.getStridesAndOffset(strides, offset)) ||
        strides.back() != 1)
      return false;
  }
  return true;
}

Value mlir::msa::asLanes(OpBuilder &b, Location loc, Value value,
                         int64_t lanes) {
  if (lanes == 1 || isa<VectorType>(value.getType()))
    return value;
  return vector::BroadcastOp::create(
      b, loc, VectorType::get({lanes}, value.getType()), value);
}

Value mlir::msa::loadAt(OpBuilder &b, Location loc, Value buffer, AffineMap map,
                        const Place &place) {
  if (!isa<MemRefType>(buffer.getType()))
    return buffer; // a scalar operand
  SmallVector<Value> at = indices(b, loc, map, place);
  if (place.lanes == 1 || !map.isFunctionOfDim(place.laneLoop))
    return memref::LoadOp::create(b, loc, buffer, at);
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  return vector::LoadOp::create(b, loc, VectorType::get({place.lanes}, element),
                                buffer, at);
}

void mlir::msa::storeAt(OpBuilder &b, Location loc, Value value, Value buffer,
                        AffineMap map, const Place &place) {
  SmallVector<Value> at = indices(b, loc, map, place);
  if (place.lanes == 1)
    memref::StoreOp::create(b, loc, value, buffer, at);
  else
    vector::StoreOp::create(b, loc, asLanes(b, loc, value, place.lanes), buffer,
                            at);
}

/// What an index is behind the lane's number, the same for all lanes: null for
/// nothing; failure where it is no such sum.
static FailureOr<Value> behindLane(Value index, int64_t laneLoop,
                                   const DenseSet<Value> &varying) {
  auto isLane = [&](Value value) {
    auto number = value.getDefiningOp<linalg::IndexOp>();
    return number && static_cast<int64_t>(number.getDim()) == laneLoop;
  };
  if (isLane(index))
    return Value();
  auto sum = index.getDefiningOp<arith::AddIOp>();
  if (!sum)
    return failure();
  for (auto [number, rest] : {std::make_pair(sum.getLhs(), sum.getRhs()),
                              std::make_pair(sum.getRhs(), sum.getLhs())})
    if (isLane(number) && !varying.contains(rest))
      return rest;
  return failure();
}

/// A load whose last index is the lane's number, or a number behind it:
/// consecutive lanes.
static bool isConsecutiveLoad(memref::LoadOp load, int64_t laneLoop,
                              const DenseSet<Value> &varying) {
  auto indexList = load.getIndices();
  if (indexList.empty() ||
      failed(behindLane(indexList.back(), laneLoop, varying)))
    return false;
  SmallVector<int64_t> strides;
  int64_t offset;
  if (failed(load.getMemRefType().getStridesAndOffset(strides, offset)) ||
      strides.back() != 1)
    return false;
  return llvm::none_of(indexList.drop_back(),
                       [&](Value v) { return varying.contains(v); });
}

/// Values of the body that differ between lanes.
static DenseSet<Value> varyingValues(linalg::GenericOp op, int64_t laneLoop) {
  DenseSet<Value> varying;
  Block *body = op.getBody();
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  for (auto [arg, map] : llvm::zip(body->getArguments(), maps))
    if (map.isFunctionOfDim(laneLoop) ||
        arg.getArgNumber() >= op.getNumDpsInputs())
      varying.insert(arg);
  for (Operation &nested : body->without_terminator()) {
    bool is = llvm::any_of(nested.getOperands(),
                           [&](Value v) { return varying.contains(v); });
    if (auto index = dyn_cast<linalg::IndexOp>(nested))
      is = static_cast<int64_t>(index.getDim()) == laneLoop;
    if (is)
      for (Value result : nested.getResults())
        varying.insert(result);
  }
  return varying;
}

bool mlir::msa::isLaneBody(linalg::GenericOp op, int64_t laneLoop) {
  DenseSet<Value> varying = varyingValues(op, laneLoop);
  for (Operation &nested : op.getBody()->without_terminator()) {
    if (nested.getNumRegions() != 0)
      return false;
    if (nested.getNumResults() != 1 || isa<linalg::IndexOp>(nested))
      continue;
    if (!varying.contains(nested.getResult(0)))
      continue;
    if (auto load = dyn_cast<memref::LoadOp>(nested)) {
      if (!isConsecutiveLoad(load, laneLoop, varying))
        return false;
      continue;
    }
    if (!OpTrait::hasElementwiseMappableTraits(&nested))
      return false;
  }
  return true;
}

SmallVector<Value> mlir::msa::emitBody(OpBuilder &b, linalg::GenericOp op,
                                       ValueRange arguments,
                                       const Place &place) {
  Location loc = op.getLoc();
  int64_t lanes = place.lanes;
  IRMapping mapping;
  mapping.map(op.getBody()->getArguments(), arguments);
  DenseSet<Value> varying = varyingValues(op, place.laneLoop);
  auto isVector = [&](Value v) {
    return isa<VectorType>(mapping.lookupOrDefault(v).getType());
  };
  for (Operation &nested : op.getBody()->without_terminator()) {
    if (auto index = dyn_cast<linalg::IndexOp>(nested)) {
      Value iv = place.ivs[index.getDim()];
      if (lanes > 1 && static_cast<int64_t>(index.getDim()) == place.laneLoop) {
        auto type = VectorType::get({lanes}, b.getIndexType());
        // A constant, which every target has; not all have vector.step.
        SmallVector<APInt> numbers;
        for (int64_t i = 0; i < lanes; ++i)
          numbers.push_back(APInt(IndexType::kInternalStorageBitWidth, i));
        Value step = arith::ConstantOp::create(
            b, loc, DenseElementsAttr::get(type, numbers));
        iv = arith::AddIOp::create(b, loc, step, asLanes(b, loc, iv, lanes));
      }
      mapping.map(index.getResult(), iv);
      continue;
    }
    bool onLanes = lanes > 1 && llvm::any_of(nested.getOperands(), isVector);
    if (auto load = dyn_cast<memref::LoadOp>(nested); load && onLanes) {
      SmallVector<Value> at;
      for (Value i : load.getIndices().drop_back())
        at.push_back(mapping.lookupOrDefault(i));
      Value start = place.ivs[place.laneLoop];
      if (Value rest =
              *behindLane(load.getIndices().back(), place.laneLoop, varying))
        start =
            arith::AddIOp::create(b, loc, start, mapping.lookupOrDefault(rest));
      at.push_back(start);
      mapping.map(load.getResult(),
                  vector::LoadOp::create(
                      b, loc,
                      VectorType::get({lanes}, load.getResult().getType()),
                      mapping.lookupOrDefault(load.getMemRef()), at));
      continue;
    }
    if (!onLanes) {
      b.clone(nested, mapping);
      continue;
    }
    SmallVector<Value> operands;
    for (Value operand : nested.getOperands())
      operands.push_back(
          asLanes(b, loc, mapping.lookupOrDefault(operand), lanes));
    SmallVector<Type> types;
    for (Type type : nested.getResultTypes())
      types.push_back(VectorType::get({lanes}, type));
    Operation *clone = b.create(loc, nested.getName().getIdentifier(), operands,
                                types, nested.getAttrs());
    mapping.map(nested.getResults(), clone->getResults());
  }
  SmallVector<Value> results;
  for (Value value : op.getBody()->getTerminator()->getOperands())
    results.push_back(mapping.lookupOrDefault(value));
  return results;
}
