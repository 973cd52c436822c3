//===- FuseElementwise.cpp - Elementwise ops into consumers ---------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Codegen/InPlace.h"
#include "msa/Codegen/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::msa {
#define GEN_PASS_DEF_MSAFUSEELEMENTWISE
#include "msa/Codegen/Passes.h.inc"
} // namespace mlir::msa

using namespace mlir;

/// A producer that reads what its result overwrites would do so once for each
/// point of the consumer's loops that its result has no dimension for.
static bool rereadsInit(linalg::LinalgOp producer, linalg::LinalgOp consumer,
                        OpOperand *operand) {
  bool reads = llvm::any_of(producer.getDpsInitsMutable(), [&](OpOperand &o) {
    return producer.payloadUsesValueFromOperand(&o);
  });
  return reads && !consumer.getMatchingIndexingMap(operand).isPermutation();
}

namespace {
struct FuseElementwisePass
    : msa::impl::MSAFuseElementwiseBase<FuseElementwisePass> {
  using Base::Base;
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    linalg::populateElementwiseOpsFusionPatterns(
        patterns, [](OpOperand *operand) {
          Operation *producer = operand->get().getDefiningOp();
          auto consumer = dyn_cast<linalg::LinalgOp>(operand->getOwner());
          auto linalgOp = dyn_cast_or_null<linalg::LinalgOp>(producer);
          return producer && producer->hasOneUse() && linalgOp && consumer &&
                 !msa::readsOverwritten(linalgOp, consumer) &&
                 !rereadsInit(linalgOp, consumer, operand);
        });
    linalg::GenericOp::getCanonicalizationPatterns(patterns, &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
