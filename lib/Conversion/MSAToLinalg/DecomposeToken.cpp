//===- DecomposeToken.cpp - rope and short_conv ---------------------------===//
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

#include <cmath>
#include <tuple>

using namespace mlir;
using namespace mlir::msa;

static SmallVector<OpFoldResult> attrs(OpBuilder &b,
                                       ArrayRef<int64_t> numbers) {
  return getAsIndexOpFoldResult(b.getContext(), numbers);
}

std::pair<Value, Value> mlir::msa::rotationTables(OpBuilder &b, RopeOp op,
                                                  int64_t rows, Type f) {
  int64_t pairs = op.getRotary() / 2, start = op.getStart();
  auto type = RankedTensorType::get({rows, pairs}, f);
  SmallVector<double> cosines(rows * pairs), sines(rows * pairs);
  for (int64_t pair = 0; pair < pairs; ++pair) {
    auto [frequency, amplitude] = op.getFrequency(pair);
    for (int64_t row = 0; row < rows; ++row) {
      double angle = static_cast<double>(start + row) * frequency;
      cosines[row * pairs + pair] = amplitude * std::cos(angle);
      sines[row * pairs + pair] = amplitude * std::sin(angle);
    }
  }
  auto table = [&](ArrayRef<double> wide) -> Value {
    if (f.isF64())
      return arith::ConstantOp::create(b, op.getLoc(),
                                       DenseElementsAttr::get(type, wide));
    SmallVector<float> narrow(wide.begin(), wide.end());
    return arith::ConstantOp::create(
        b, op.getLoc(), DenseElementsAttr::get(type, ArrayRef<float>(narrow)));
  };
  return {table(cosines), table(sines)};
}

SmallVector<Value> mlir::msa::decompose(OpBuilder &builder, RopeOp op) {
  Location loc = op.getLoc();
  LinalgBuilder lb(builder, loc);
  auto type = cast<RankedTensorType>(op.getInput().getType());
  Type element = type.getElementType();
  Type f = element.isF64() ? element : Type(builder.getF32Type());
  int64_t rotary = op.getRotary(), pairs = rotary / 2;
  int64_t channels = type.getDimSize(3), tokens = type.getDimSize(2);
  int64_t rows = op.getOffset() ? op.getLimit() : tokens;
  Value cosTable, sinTable;
  std::tie(cosTable, sinTable) = rotationTables(builder, op, rows, f);

  // The two halves of every pair, each a dense or strided slice.
  SmallVector<int64_t> shape(type.getShape());
  shape[3] = pairs;
  auto half = RankedTensorType::get(shape, element);
  int64_t stride = op.getInterleaved() ? 2 : 1;
  auto offsets = [&](int64_t which) {
    return attrs(builder,
                 {0, 0, 0, op.getInterleaved() ? which : which * pairs});
  };
  SmallVector<OpFoldResult> sizes = attrs(builder, shape);
  SmallVector<OpFoldResult> strides = attrs(builder, {1, 1, 1, stride});
  auto read = [&](int64_t which) -> Value {
    return tensor::ExtractSliceOp::create(builder, loc, half, op.getInput(),
                                          offsets(which), sizes, strides);
  };
  Value x0 = read(0), x1 = read(1);
  // Each part is computed in its place of the result.
  Value result = lb.empty(type.getShape(), element);
  auto rotate = [&](int64_t which) {
    Value place = tensor::ExtractSliceOp::create(
        builder, loc, half, result, offsets(which), sizes, strides);
    SmallVector<LinalgBuilder::Input> inputs = {{x0, {0, 1, 2, 3}},
                                                {x1, {0, 1, 2, 3}}};
    if (!op.getOffset()) {
      inputs.push_back({cosTable, {2, 3}});
      inputs.push_back({sinTable, {2, 3}});
    }
    Value rotated = lb.generic(
        4, inputs, place, {0, 1, 2, 3},
        [&](OpBuilder &b, Location l, ValueRange args) -> Value {
          Value cos, sin;
          if (op.getOffset()) {
            IRPatternBuilder pb(b, l);
            Value batch = linalg::IndexOp::create(b, l, 0);
            Value n = linalg::IndexOp::create(b, l, 2);
            Value pair = linalg::IndexOp::create(b, l, 3);
            Value start =
                tensor::ExtractOp::create(b, l, op.getOffset(), batch);
            start = arith::IndexCastOp::create(b, l, b.getIndexType(), start);
            PatternValue first = pb.min(pb.max(pb.wrap(start), pb.constant(0)),
                                        pb.constant(rows - tokens));
            PatternValue row = pb.add(first, pb.wrap(n));
            cos = tensor::ExtractOp::create(b, l, cosTable,
                                            ValueRange{row.value, pair});
            sin = tensor::ExtractOp::create(b, l, sinTable,
                                            ValueRange{row.value, pair});
          } else {
            cos = args[2];
            sin = args[3];
          }
          Value a = LinalgBuilder::convert(b, l, args[0], f);
          Value c = LinalgBuilder::convert(b, l, args[1], f);
          Value result;
          if (which == 0)
            result =
                arith::SubFOp::create(b, l, arith::MulFOp::create(b, l, a, cos),
                                      arith::MulFOp::create(b, l, c, sin));
          else
            result =
                arith::AddFOp::create(b, l, arith::MulFOp::create(b, l, c, cos),
                                      arith::MulFOp::create(b, l, a, sin));
          return LinalgBuilder::convert(b, l, result, element);
        });
    result = tensor::InsertSliceOp::create(builder, loc, rotated, result,
                                           offsets(which), sizes, strides);
  };
  rotate(0);
  rotate(1);
  if (rotary < channels) {
    SmallVector<int64_t> restShape(type.getShape());
    restShape[3] = channels - rotary;
    auto restOffsets = attrs(builder, {0, 0, 0, rotary});
    auto restSizes = attrs(builder, restShape);
    auto ones = attrs(builder, {1, 1, 1, 1});
    auto restType = RankedTensorType::get(restShape, element);
    Value rest = tensor::ExtractSliceOp::create(
        builder, loc, restType, op.getInput(), restOffsets, restSizes, ones);
    Value place = tensor::ExtractSliceOp::create(builder, loc, restType, result,
                                                 restOffsets, restSizes, ones);
    rest = lb.generic(4, {{rest, {0, 1, 2, 3}}}, place, {0, 1, 2, 3},
                      [](OpBuilder &, Location, ValueRange args) -> Value {
                        return args[0];
                      });
    result = tensor::InsertSliceOp::create(builder, loc, rest, result,
                                           restOffsets, restSizes, ones);
  }
  return {result};
}

/// Rows [first, first + rows) of a short convolution's output, written to their
/// place in `result`. A tap that stays inside the input for all of them is a
/// view of it: rows after the first width - 1 are then an elementwise sum of
/// shifted views. The first rows also read `carried`, at one of two places that
/// the row chooses, so that the two are never joined in memory.
static Value convolveRows(LinalgBuilder &lb, ShortConvOp op,
                          ArrayRef<LinalgBuilder::Input> taps, int64_t first,
                          int64_t rows, Value result) {
  OpBuilder &builder = lb.b;
  Location loc = lb.loc;
  auto type = cast<RankedTensorType>(op.getInput().getType());
  Type element = type.getElementType();
  Type f = element.isF64() ? element : Type(builder.getF32Type());
  int64_t width = taps.size(), carried = width - 1;
  SmallVector<int64_t> shape(type.getShape());
  shape[1] = rows;
  auto rowsType = RankedTensorType::get(shape, element);
  auto sizes = attrs(builder, shape), ones = attrs(builder, {1, 1, 1});
  auto slice = [&](Value of, int64_t row) -> Value {
    return tensor::ExtractSliceOp::create(
        builder, loc, rowsType, of, attrs(builder, {0, row, 0}), sizes, ones);
  };
  // Tap t of row n reads row n + t of the carried rows followed by the input's.
  auto inInput = [&](int64_t t) { return first + t >= carried; };
  SmallVector<LinalgBuilder::Input> inputs(taps);
  for (int64_t t = 0; t < width; ++t)
    if (inInput(t))
      inputs.push_back({slice(op.getInput(), first + t - carried), {0, 1, 2}});
  Value value = lb.generic(
      3, inputs, slice(result, first), {0, 1, 2},
      [&](OpBuilder &b, Location l, ValueRange args) -> Value {
        IRPatternBuilder pb(b, l);
        ValueRange views = args.drop_front(width);
        Value sum;
        for (int64_t t = 0; t < width; ++t) {
          Value x;
          if (inInput(t)) {
            x = views.front();
            views = views.drop_front();
          } else {
            SmallVector<Value> old, fresh;
            for (int64_t d = 0; d < 3; ++d)
              old.push_back(linalg::IndexOp::create(b, l, d));
            fresh = old;
            PatternValue row = pb.plus(pb.wrap(old[1]), first + t);
            PatternValue last = pb.constant(carried - 1);
            // Both are read, at rows clamped into them; one is used.
            old[1] = pb.min(row, last).value;
            fresh[1] = pb.min(pb.max(pb.plus(row, -carried), pb.constant(0)),
                              pb.constant(type.getDimSize(1) - 1))
                           .value;
            x = arith::SelectOp::create(
                b, l, pb.lessEqual(row, last).value,
                tensor::ExtractOp::create(b, l, op.getCarried(), old),
                tensor::ExtractOp::create(b, l, op.getInput(), fresh));
          }
          Value term =
              arith::MulFOp::create(b, l, LinalgBuilder::convert(b, l, x, f),
                                    LinalgBuilder::convert(b, l, args[t], f));
          sum = sum ? Value(arith::AddFOp::create(b, l, sum, term)) : term;
        }
        return LinalgBuilder::convert(b, l, sum, element);
      });
  return tensor::InsertSliceOp::create(
      builder, loc, value, result, attrs(builder, {0, first, 0}), sizes, ones);
}

SmallVector<Value> mlir::msa::decompose(OpBuilder &builder, ShortConvOp op) {
  Location loc = op.getLoc();
  LinalgBuilder lb(builder, loc);
  auto type = cast<RankedTensorType>(op.getInput().getType());
  auto weightType = cast<RankedTensorType>(op.getWeight().getType());
  Type element = type.getElementType();
  int64_t tokens = type.getDimSize(1), channels = type.getDimSize(2),
          width = weightType.getDimSize(0);
  SmallVector<LinalgBuilder::Input> taps;
  for (int64_t t = 0; t < width; ++t)
    taps.push_back(
        {tensor::ExtractSliceOp::create(
             builder, loc, RankedTensorType::get({channels}, element),
             op.getWeight(), attrs(builder, {t, 0}),
             attrs(builder, {1, channels}), attrs(builder, {1, 1})),
         {2}});
  // The rest in whole groups of rows, which a thread of a GPU takes.
  int64_t head = std::min<int64_t>(tokens, llvm::alignTo(width - 1, 4));
  Value result =
      convolveRows(lb, op, taps, 0, head, lb.empty(type.getShape(), element));
  if (head < tokens)
    result = convolveRows(lb, op, taps, head, tokens - head, result);
  return {result};
}
