//===- LinalgBuilders.cpp - Short forms for building linalg ---------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSA/Utils/LinalgBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::msa;

Value LinalgBuilder::empty(ArrayRef<int64_t> shape, Type elementType) {
  return tensor::EmptyOp::create(b, loc, shape, elementType);
}

Value LinalgBuilder::real(Type type, double number) {
  return arith::ConstantOp::create(b, loc, b.getFloatAttr(type, number));
}

Value LinalgBuilder::index(int64_t number) {
  return arith::ConstantIndexOp::create(b, loc, number);
}

Value LinalgBuilder::fill(Value tensor, double number) {
  Type type = cast<RankedTensorType>(tensor.getType()).getElementType();
  return linalg::FillOp::create(b, loc, real(type, number), tensor)
      .getResult(0);
}

Value LinalgBuilder::full(ArrayRef<int64_t> shape, Type elementType,
                          double number) {
  return fill(empty(shape, elementType), number);
}

Value LinalgBuilder::generic(ArrayRef<AffineMap> maps, ValueRange inputs,
                             Value init, Body body) {
  unsigned loops = maps.front().getNumDims();
  llvm::SmallBitVector isParallel(loops);
  for (AffineExpr expr : maps.back().getResults())
    isParallel.set(cast<AffineDimExpr>(expr).getPosition());
  SmallVector<utils::IteratorType> iterators;
  for (unsigned i = 0; i < loops; ++i)
    iterators.push_back(isParallel[i] ? utils::IteratorType::parallel
                                      : utils::IteratorType::reduction);
  return linalg::GenericOp::create(
             b, loc, init.getType(), inputs, init, maps, iterators,
             [&](OpBuilder &nested, Location nestedLoc, ValueRange args) {
               Value result = body(nested, nestedLoc, args);
               linalg::YieldOp::create(nested, nestedLoc, result);
             })
      .getResult(0);
}

Value LinalgBuilder::generic(unsigned loops, ArrayRef<Input> inputs, Value init,
                             Dims dims, Body body) {
  auto map = [&](Dims operandDims) {
    SmallVector<AffineExpr> exprs;
    for (int64_t d : operandDims)
      exprs.push_back(b.getAffineDimExpr(d));
    return AffineMap::get(loops, 0, exprs, b.getContext());
  };
  SmallVector<AffineMap> maps;
  SmallVector<Value> values;
  for (const Input &input : inputs) {
    maps.push_back(map(input.dims));
    values.push_back(input.value);
  }
  maps.push_back(map(dims));
  return generic(maps, values, init, body);
}

Value LinalgBuilder::convert(OpBuilder &b, Location loc, Value value,
                             Type type) {
  unsigned from = value.getType().getIntOrFloatBitWidth();
  unsigned to = type.getIntOrFloatBitWidth();
  if (value.getType() == type)
    return value;
  if (from < to)
    return arith::ExtFOp::create(b, loc, type, value);
  if (from > to)
    return arith::TruncFOp::create(b, loc, type, value);
  Value wide = arith::ExtFOp::create(b, loc, b.getF32Type(), value);
  return arith::TruncFOp::create(b, loc, type, wide);
}

Value LinalgBuilder::convertTensor(Value tensor, Type elementType) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (type.getElementType() == elementType)
    return tensor;
  SmallVector<int64_t> dims =
      llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
  return generic(type.getRank(), {{tensor, dims}},
                 empty(type.getShape(), elementType), dims,
                 [&](OpBuilder &nested, Location l, ValueRange args) {
                   return convert(nested, l, args[0], elementType);
                 });
}
