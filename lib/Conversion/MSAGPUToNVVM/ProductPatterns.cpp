//===- ProductPatterns.cpp - Products on tensor cores ------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tiles lie in panels of 64 columns, 128 bytes a row. Seen from a product of
// depth 16, a tile whose rows are the product's columns (B^T, as keys are) is
// "K-major": a step of depth 16 is 32 bytes further in the panel, and after
// four steps in the next one. A tile whose rows are the depth (B, as values
// are) is "MN-major": a step is 16 rows further, and the leading offset leads
// from panel to panel. Eight rows, 1024 bytes, are the stride in both. Of a
// last panel that is cut a product reads what is there: as many steps of depth
// 16, or as many groups of 8 columns, as the tile has.
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::msa_gpu;

static constexpr int64_t kRow = 128, kEightRows = 8 * kRow;

/// Step s of a K-major tile, in units of 16 bytes.
static int64_t kMajorStep(int64_t s, TileType tile) {
  return s % 4 * 2 + s / 4 * (tile.getPitch() * kRow / 16);
}

namespace {

struct SlicePattern : TilePattern<SliceOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(SliceOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Ptx ptx(rewriter, op.getLoc());
    rewriter.replaceOp(op, ptx.add(adaptor.getTile().front(),
                                   ptx.mul(adaptor.getFirst().front(), kRow)));
    return success();
  }
};

/// Starts a product; the accumulators may not be touched before a wait.
template <typename Op>
SmallVector<Value> issue(Ptx &ptx, Op op,
                         typename TilePattern<Op>::Adaptor adaptor) {
  TileType b = op.getB().getType();
  bool transposed = op.getTransposed();
  int64_t columns = op.getResult().getType().getColumns();
  int64_t depth = transposed ? b.getColumns() : b.getRows();
  auto a = dyn_cast<TileType>(op.getA().getType());
  SmallVector<Ptx::Step> steps;
  for (int64_t s = 0; s < depth / 16; ++s)
    steps.push_back({a ? kMajorStep(s, a) : 0,
                     transposed ? kMajorStep(s, b) : s * 16 * kRow / 16});
  Value right =
      ptx.descriptor(adaptor.getB().front(),
                     transposed ? 16 : b.getPitch() * kRow, kEightRows);
  if (!a)
    return ptx.productRegisters(adaptor.getAcc(), adaptor.getA(), right,
                                columns, b.getElement(), transposed, steps);
  Value left = ptx.descriptor(adaptor.getA().front(), 16, kEightRows);
  return ptx.productShared(adaptor.getAcc(), left, right, columns,
                           b.getElement(), transposed, steps);
}

/// A product and its wait: what the program says is synchronous.
struct ProductPattern : TilePattern<ProductOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(ProductOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Ptx ptx(rewriter, op.getLoc());
    rewriter.replaceOpWithMultiple(
        op, {ptx.waitProducts(0, issue(ptx, op, adaptor))});
    return success();
  }
};

struct IssuePattern : TilePattern<IssueOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(IssueOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Ptx ptx(rewriter, op.getLoc());
    rewriter.replaceOpWithMultiple(op, {issue(ptx, op, adaptor)});
    return success();
  }
};

struct WaitPattern : TilePattern<WaitOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(WaitOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    SmallVector<Value> values;
    for (ValueRange part : adaptor.getValues())
      llvm::append_range(values, part);
    SmallVector<Value> waited =
        Ptx(rewriter, op.getLoc()).waitProducts(op.getUnderWay(), values);
    SmallVector<SmallVector<Value>> results;
    auto *next = waited.begin();
    for (ValueRange part : adaptor.getValues()) {
      results.emplace_back(next, next + part.size());
      next += part.size();
    }
    rewriter.replaceOpWithMultiple(op, std::move(results));
    return success();
  }
};

struct ComputedPattern : TilePattern<ComputedOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(ComputedOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Ptx(rewriter, op.getLoc()).computed(adaptor.getRows());
    rewriter.eraseOp(op);
    return success();
  }
};

} // namespace

void msa_gpu::addProductPatterns(RewritePatternSet &patterns,
                                 const TypeConverter &converter,
                                 const Frame &frame) {
  patterns.add<SlicePattern>(converter, patterns.getContext(), frame);
  if (!frame.mma)
    patterns.add<ProductPattern, IssuePattern, WaitPattern, ComputedPattern>(
        converter, patterns.getContext(), frame);
}
