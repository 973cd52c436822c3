//===- Normalize.cpp - The forms that tiling and planning read ------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Functions mix msa with linalg, tensor, arith, math and scf. What follows
// knows linalg at the top level of a function and tensors that are formed in
// place, so the rest is brought to that.
//
//===----------------------------------------------------------------------===//

#include "msa/Codegen/Passes.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::msa {
#define GEN_PASS_DEF_MSANORMALIZE
#include "msa/Codegen/Passes.h.inc"
} // namespace mlir::msa

using namespace mlir;

namespace {

/// linalg.softmax and the like, as the linalg.generic that they mean.
struct DecomposeAggregate
    : OpInterfaceRewritePattern<linalg::AggregatedOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;
  LogicalResult matchAndRewrite(linalg::AggregatedOpInterface op,
                                PatternRewriter &b) const override {
    b.setInsertionPoint(op);
    FailureOr<SmallVector<Value>> values = op.decomposeOperation(b);
    if (failed(values))
      return failure();
    b.replaceOp(op, *values);
    return success();
  }
};

/// A reshape between static shapes, through one dimension.
struct StaticReshape : OpRewritePattern<tensor::ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tensor::ReshapeOp op,
                                PatternRewriter &b) const override {
    auto from = dyn_cast<RankedTensorType>(op.getSource().getType());
    auto to = dyn_cast<RankedTensorType>(op.getType());
    if (!from || !to || !from.hasStaticShape() || !to.hasStaticShape() ||
        from.getNumElements() != to.getNumElements())
      return failure();
    auto all = [](RankedTensorType type) {
      SmallVector<ReassociationIndices> groups;
      if (type.getRank())
        groups.push_back(
            llvm::to_vector(llvm::seq<int64_t>(0, type.getRank())));
      return groups;
    };
    auto flat =
        RankedTensorType::get({from.getNumElements()}, from.getElementType());
    Value value = op.getSource();
    if (from.getRank() == 0)
      value = tensor::ExpandShapeOp::create(b, op.getLoc(), flat, value,
                                            ArrayRef<ReassociationIndices>());
    else if (from.getRank() != 1)
      value = tensor::CollapseShapeOp::create(b, op.getLoc(), flat, value,
                                              all(from));
    if (to.getRank() == 0)
      value = tensor::CollapseShapeOp::create(b, op.getLoc(), to, value,
                                              ArrayRef<ReassociationIndices>());
    else if (to.getRank() != 1)
      value = tensor::ExpandShapeOp::create(b, op.getLoc(), to, value, all(to));
    b.replaceOp(op, value);
    return success();
  }
};

struct NormalizePass : msa::impl::MSANormalizeBase<NormalizePass> {
  using Base::Base;

  /// A loop over tensors with few iterations becomes straight code, whose
  /// operations are kernels of their own.
  LogicalResult unroll() {
    SmallVector<scf::ForOp> loops;
    getOperation().walk([&](scf::ForOp loop) { loops.push_back(loop); });
    for (scf::ForOp loop : loops) {
      if (!carriesTensor(loop.getResultTypes()))
        continue;
      std::optional<llvm::APInt> count = loop.getStaticTripCount();
      if (!count || count->ugt(static_cast<uint64_t>(maxUnroll)))
        continue;
      if (failed(loopUnrollFull(loop)))
        return loop.emitError("msa-normalize: loop could not be unrolled");
      ++numUnrolled;
    }
    return success();
  }

  static bool carriesTensor(TypeRange types) {
    return llvm::any_of(types, [](Type t) { return isa<TensorType>(t); });
  }

  /// The next value of a carried tensor is formed in the tensor itself.
  static void yieldInPlace(scf::ForOp loop) {
    auto yield = cast<scf::YieldOp>(loop.getBody()->getTerminator());
    OpBuilder b(yield);
    SmallVector<Value> values(yield.getOperands());
    // What another carried value overwrites is saved first.
    for (auto [value, arg] : llvm::zip(values, loop.getRegionIterArgs()))
      if (isa<TensorType>(value.getType()) && value != arg &&
          llvm::is_contained(loop.getRegionIterArgs(), value))
        value = bufferization::AllocTensorOp::create(
            b, loop.getLoc(), cast<RankedTensorType>(value.getType()),
            ValueRange(), value);
    for (auto [value, arg] : llvm::zip(values, loop.getRegionIterArgs()))
      if (isa<TensorType>(value.getType()) && value != arg)
        value = bufferization::MaterializeInDestinationOp::create(
                    b, loop.getLoc(), value, arg)
                    .getResult();
    yield.getOperation()->setOperands(values);
  }

  /// Both branches form a tensor in the same place.
  static LogicalResult yieldInPlace(scf::IfOp op) {
    OpBuilder b(op);
    for (auto [i, result] : llvm::enumerate(op.getResults())) {
      auto type = dyn_cast<TensorType>(result.getType());
      if (!type)
        continue;
      auto ranked = dyn_cast<RankedTensorType>(type);
      if (!ranked || !ranked.hasStaticShape())
        return op.emitError("msa-normalize: a conditional must yield tensors "
                            "of static size");
      Value place = bufferization::AllocTensorOp::create(b, op.getLoc(), ranked,
                                                         ValueRange());
      for (Region *region : {&op.getThenRegion(), &op.getElseRegion()}) {
        Operation *yield = region->front().getTerminator();
        OpBuilder inner(yield);
        yield->setOperand(i,
                          bufferization::MaterializeInDestinationOp::create(
                              inner, op.getLoc(), yield->getOperand(i), place)
                              .getResult());
      }
    }
    return success();
  }

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    linalg::populateElementwiseToLinalgConversionPatterns(patterns);
    patterns.add<DecomposeAggregate, StaticReshape>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    if (failed(unroll()))
      return signalPassFailure();
    auto result = getOperation().walk([](Operation *op) {
      if (auto loop = dyn_cast<scf::ForOp>(op))
        if (carriesTensor(loop.getResultTypes()))
          yieldInPlace(loop);
      if (auto conditional = dyn_cast<scf::IfOp>(op))
        if (carriesTensor(conditional.getResultTypes()) &&
            failed(yieldInPlace(conditional)))
          return WalkResult::interrupt();
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace
