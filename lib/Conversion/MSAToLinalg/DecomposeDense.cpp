//===- DecomposeDense.cpp - Dense meaning of attention --------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The oracle: every score of every part is computed, then masked, then one
// softmax over all of them. It shares nothing with the tiled path but the
// pattern's `keeps`.
//
//===----------------------------------------------------------------------===//

#include "msa/Conversion/MSAToLinalg/Decompose.h"
#include "msa/Dialect/MSA/Utils/LinalgBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::msa;

namespace {
/// Keys of one source: the bank, the window or the segment.
struct Part {
  Value key, value;
  bool isBank = false;
  int64_t shift = 0; ///< Row 0 stands at position + shift.
  bool hasLength = false;
};
} // namespace

static Value row(OpBuilder &b, Location loc, Value vector, Value batch,
                 int64_t otherwise) {
  if (!vector)
    return arith::ConstantIndexOp::create(b, loc, otherwise);
  Value number = tensor::ExtractOp::create(b, loc, vector, batch);
  return arith::IndexCastOp::create(b, loc, b.getIndexType(), number);
}

/// Score of one pair, -inf where it is not kept.
static Value scoreOf(OpBuilder &b, Location loc, AttendOp op, const Part &part,
                     Value dot, Type f) {
  LinalgBuilder lb(b, loc);
  Value s = arith::MulFOp::create(b, loc, dot,
                                  lb.real(f, op.getScale().convertToDouble()));
  Value batch = linalg::IndexOp::create(b, loc, 0);
  Value head = linalg::IndexOp::create(b, loc, 1);
  Value i = linalg::IndexOp::create(b, loc, 2);
  Value j = linalg::IndexOp::create(b, loc, 3);
  if (part.isBank) {
    if (!op.getBankBias())
      return s;
    Value bias = tensor::ExtractOp::create(b, loc, op.getBankBias(), head);
    return arith::AddFOp::create(b, loc, s,
                                 LinalgBuilder::convert(b, loc, bias, f));
  }
  IRPatternBuilder pb(b, loc);
  PatternValue position = pb.wrap(row(b, loc, op.getPosition(), batch, 0));
  PatternValue queryAt =
      pb.add(pb.wrap(row(b, loc, op.getOffset(), batch, 0)), pb.wrap(i));
  PatternValue keyAt = pb.plus(pb.wrap(j), part.shift);
  if (!op.getScore().empty())
    s = inlineScore(b, op.getScore(),
                    {s, batch, head, queryAt.value, keyAt.value});
  pb.documents = op.getDocuments();
  pb.documentOrigin = pb.plus(position, -op.getWindow()).value;
  pb.blocks = op.getBlocks();
  pb.segmentOrigin = position.value;
  pb.batch = batch;
  pb.keyHead =
      pb.floorDiv(pb.wrap(head), op.getQueryHeads() / op.getKeyHeads()).value;
  PatternPoint point;
  point.query = pb.add(position, queryAt);
  point.key = pb.add(position, keyAt);
  point.head = pb.wrap(head);
  PatternValue keep = op.getPatternAttr().keeps(pb, point);
  if (part.hasLength)
    keep = pb.both(keep,
                   pb.less(pb.wrap(j), pb.wrap(row(b, loc, op.getLength(),
                                                   batch, op.getLocalKeys()))));
  else
    keep = pb.both(keep, pb.lessEqual(pb.constant(0), point.key));
  Value none = lb.real(f, -std::numeric_limits<double>::infinity());
  return arith::SelectOp::create(b, loc, keep.value, s, none);
}

SmallVector<Value> mlir::msa::decomposeDense(OpBuilder &builder, AttendOp op,
                                             bool transposeKeys) {
  Location loc = op.getLoc();
  LinalgBuilder lb(builder, loc);
  Type f = op.getScoreType();
  int64_t batch = op.getBatch(), heads = op.getQueryHeads(),
          queries = op.getQueries(), group = heads / op.getKeyHeads();
  SmallVector<Part> parts;
  if (op.getBankKey())
    parts.push_back({op.getBankKey(), op.getBankValue(), true, 0, false});
  if (op.getWindowKey())
    parts.push_back({op.getWindowKey(), op.getWindowValue(), false,
                     -op.getWindow(), false});
  parts.push_back({op.getKey(), op.getValue(), false, 0, true});

  MLIRContext *context = builder.getContext();
  auto dim = [&](unsigned i) { return getAffineDimExpr(i, context); };
  auto map = [&](ArrayRef<AffineExpr> exprs) {
    return AffineMap::get(5, 0, exprs, context);
  };
  AffineExpr kvHead = dim(1).floorDiv(group);
  auto multiplyAdd = [&](OpBuilder &b, Location l, ValueRange args) -> Value {
    Value x = LinalgBuilder::convert(b, l, args[0], f);
    Value y = LinalgBuilder::convert(b, l, args[1], f);
    return arith::AddFOp::create(b, l, args[2],
                                 arith::MulFOp::create(b, l, x, y));
  };
  Value max = lb.full({batch, heads, queries}, f,
                      -std::numeric_limits<double>::infinity());
  SmallVector<Value> scores;
  for (const Part &part : parts) {
    int64_t keys = cast<RankedTensorType>(part.key.getType()).getDimSize(2);
    Value key = part.key;
    SmallVector<AffineExpr> keyAt = {dim(0), kvHead, dim(3), dim(4)};
    if (transposeKeys) {
      auto type = cast<RankedTensorType>(key.getType());
      Value empty = lb.empty(
          {type.getDimSize(0), type.getDimSize(1), type.getDimSize(3), keys},
          type.getElementType());
      key = linalg::TransposeOp::create(builder, loc, key, empty,
                                        ArrayRef<int64_t>{0, 1, 3, 2})
                ->getResult(0);
      std::swap(keyAt[2], keyAt[3]);
    }
    // Loops (b, h, i, j, c).
    Value s =
        lb.generic({map({dim(0), dim(1), dim(2), dim(4)}), map(keyAt),
                    map({dim(0), dim(1), dim(2), dim(3)})},
                   {op.getQuery(), key},
                   lb.full({batch, heads, queries, keys}, f, 0), multiplyAdd);
    s = lb.generic(4, {}, s, {0, 1, 2, 3},
                   [&](OpBuilder &b, Location l, ValueRange args) {
                     return scoreOf(b, l, op, part, args.back(), f);
                   });
    scores.push_back(s);
    max = lb.generic(4, {{s, {0, 1, 2, 3}}}, max, {0, 1, 2},
                     [](OpBuilder &b, Location l, ValueRange args) -> Value {
                       return arith::MaximumFOp::create(b, l, args[0], args[1]);
                     });
  }
  // A row without keys has maximum -inf; 0 instead makes its weights exp(-inf).
  max = lb.generic(
      3, {}, max, {0, 1, 2},
      [&](OpBuilder &b, Location l, ValueRange args) -> Value {
        LinalgBuilder inner(b, l);
        Value none = arith::CmpFOp::create(
            b, l, arith::CmpFPredicate::OEQ, args[0],
            inner.real(f, -std::numeric_limits<double>::infinity()));
        return arith::SelectOp::create(b, l, none, inner.real(f, 0.0), args[0]);
      });
  Value sum = lb.full({batch, heads, queries}, f, 0.0);
  Value acc = lb.full({batch, heads, queries, op.getValueDim()}, f, 0.0);
  for (auto [part, s] : llvm::zip_equal(parts, scores)) {
    Value weights =
        lb.generic(4, {{max, {0, 1, 2}}}, s, {0, 1, 2, 3},
                   [](OpBuilder &b, Location l, ValueRange args) -> Value {
                     return math::ExpOp::create(
                         b, l, arith::SubFOp::create(b, l, args[1], args[0]));
                   });
    sum = lb.generic(4, {{weights, {0, 1, 2, 3}}}, sum, {0, 1, 2},
                     [](OpBuilder &b, Location l, ValueRange args) -> Value {
                       return arith::AddFOp::create(b, l, args[0], args[1]);
                     });
    // Loops (b, h, i, c, j).
    acc = lb.generic({map({dim(0), dim(1), dim(2), dim(4)}),
                      map({dim(0), kvHead, dim(4), dim(3)}),
                      map({dim(0), dim(1), dim(2), dim(3)})},
                     {weights, part.value}, acc, multiplyAdd);
  }
  auto finalize = FinalizeOp::create(
      builder, loc, TypeRange{op.getOut().getType(), op.getLse().getType()},
      acc, max, sum, /*transposed=*/false, /*base2=*/false);
  builder.setInsertionPoint(finalize);
  SmallVector<Value> results = decompose(builder, finalize);
  finalize.erase();
  return results;
}
