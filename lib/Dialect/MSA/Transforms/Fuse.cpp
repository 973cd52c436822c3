//===- Fuse.cpp - Attention ops into one ----------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSA/IR/MSA.h"
#include "msa/Dialect/MSA/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::msa {
#define GEN_PASS_DEF_MSAFUSE
#include "msa/Dialect/MSA/Transforms/Passes.h.inc"
} // namespace mlir::msa

using namespace mlir;
using namespace mlir::msa;

namespace {

/// The same attention with other sources of keys.
struct Sources {
  Value key, value, windowKey, windowValue, bankKey, bankValue, bankBias;
  Value position, offset;
  explicit Sources(AttendOp op)
      : key(op.getKey()), value(op.getValue()), windowKey(op.getWindowKey()),
        windowValue(op.getWindowValue()), bankKey(op.getBankKey()),
        bankValue(op.getBankValue()), bankBias(op.getBankBias()),
        position(op.getPosition()), offset(op.getOffset()) {}

  AttendOp rebuild(PatternRewriter &rewriter, Location loc, AttendOp op) const {
    auto fresh = AttendOp::create(
        rewriter, loc, op.getOut().getType(), op.getLse().getType(),
        op.getQuery(), key, value, windowKey, windowValue, bankKey, bankValue,
        bankBias, position, op.getLength(), offset, op.getDocuments(),
        op.getBlocks(), op.getPattern(), op.getScaleAttr());
    IRMapping mapping;
    op.getScore().cloneInto(&fresh.getScore(), mapping);
    return fresh;
  }
};

/// Whether all the op does is to attend to every key it is given.
bool isBankOnly(AttendOp op) {
  return isa<FullAttr>(op.getPattern()) && !op.getWindowKey() &&
         !op.getBankKey() && !op.getLength() && !op.getDocuments() &&
         !op.getBlocks() && op.getScore().empty();
}

struct JoinBank : OpRewritePattern<MergeOp> {
  JoinBank(MLIRContext *context, Pass::Statistic &count)
      : OpRewritePattern(context), count(count) {}

  LogicalResult matchAndRewrite(MergeOp op,
                                PatternRewriter &rewriter) const override {
    auto local = op.getA().getDefiningOp<AttendOp>();
    auto bank = op.getB().getDefiningOp<AttendOp>();
    if (!local || !bank)
      return failure();
    if (local.getBankKey() || !isBankOnly(bank))
      std::swap(local, bank);
    if (local == bank || local.getBankKey() || !isBankOnly(bank) ||
        local.getQuery() != bank.getQuery() ||
        local.getScale() != bank.getScale() || !local.getScore().empty())
      return failure();
    auto isOf = [&](AttendOp a, Value out, Value lse) {
      return a.getOut() == out && a.getLse() == lse;
    };
    if (!(isOf(local, op.getA(), op.getALse()) &&
          isOf(bank, op.getB(), op.getBLse())) &&
        !(isOf(bank, op.getA(), op.getALse()) &&
          isOf(local, op.getB(), op.getBLse())))
      return failure();
    Sources sources(local);
    sources.bankKey = bank.getKey();
    sources.bankValue = bank.getValue();
    ++count;
    rewriter.replaceOp(
        op, sources.rebuild(rewriter, op.getLoc(), local).getResults());
    return success();
  }
  Pass::Statistic &count;
};

/// The two parts of a concatenation along the rows of keys or values.
std::optional<std::pair<Value, Value>> rowParts(Value value) {
  auto concat = value.getDefiningOp<tensor::ConcatOp>();
  if (!concat || concat.getDim() != 2 || concat.getInputs().size() != 2)
    return std::nullopt;
  return std::make_pair(concat.getInputs()[0], concat.getInputs()[1]);
}

struct SplitWindow : OpRewritePattern<AttendOp> {
  SplitWindow(MLIRContext *context, Pass::Statistic &count)
      : OpRewritePattern(context), count(count) {}

  LogicalResult matchAndRewrite(AttendOp op,
                                PatternRewriter &rewriter) const override {
    auto keys = rowParts(op.getKey()), values = rowParts(op.getValue());
    if (!keys || !values || op.getWindowKey() || op.getLength() ||
        !op.getScore().empty() || op.getBlocks() || !op.getOffset())
      return failure();
    auto window = cast<RankedTensorType>(keys->first.getType());
    auto windowValue = cast<RankedTensorType>(values->first.getType());
    if (!window.hasStaticShape() || !windowValue.hasStaticShape() ||
        window.getDimSize(2) != windowValue.getDimSize(2))
      return failure();
    int64_t rows = window.getDimSize(2);
    DenseIntElementsAttr offset;
    if (!matchPattern(op.getOffset(), m_Constant(&offset)) ||
        llvm::any_of(offset.getValues<int64_t>(),
                     [&](int64_t x) { return x != rows; }))
      return failure();
    // Positions count from the segment now. A window before position 0 is cut
    // off, which can only happen here where `position` is negative.
    Sources sources(op);
    sources.key = keys->second;
    sources.value = values->second;
    sources.windowKey = keys->first;
    sources.windowValue = values->first;
    sources.offset = Value();
    Location loc = op.getLoc();
    auto type = cast<RankedTensorType>(op.getOffset().getType());
    Value shift = arith::ConstantOp::create(rewriter, loc,
                                            DenseElementsAttr::get(type, rows));
    if (sources.position) {
      Value empty = tensor::EmptyOp::create(rewriter, loc, type.getShape(),
                                            type.getElementType());
      shift = linalg::AddOp::create(rewriter, loc,
                                    ValueRange{sources.position, shift},
                                    ValueRange{empty})
                  .getResult(0);
    }
    sources.position = shift;
    ++count;
    rewriter.replaceOp(op, sources.rebuild(rewriter, loc, op).getResults());
    return success();
  }
  Pass::Statistic &count;
};

struct FusePass : msa::impl::MSAFuseBase<FusePass> {
  using Base::Base;
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<JoinBank>(&getContext(), numBanks);
    patterns.add<SplitWindow>(&getContext(), numWindows);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
