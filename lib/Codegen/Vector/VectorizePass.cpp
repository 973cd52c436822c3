//===- VectorizePass.cpp - Chooses loops for each linalg op ---------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorizeTiles.h"

#include "msa/Codegen/Passes.h"

#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::msa {
#define GEN_PASS_DEF_MSAVECTORIZE
#include "msa/Codegen/Passes.h.inc"
} // namespace mlir::msa

using namespace mlir;
using namespace mlir::msa;

namespace {
struct VectorizePass : msa::impl::MSAVectorizeBase<VectorizePass> {
  using Base::Base;

  /// Copies and named ops in the form that the emitters read.
  void normalize(IRRewriter &rewriter) {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (isa<memref::CopyOp>(op) ||
          (isa<linalg::LinalgOp>(op) &&
           !isa<linalg::GenericOp, linalg::FillOp>(op)))
        ops.push_back(op);
    });
    for (Operation *op : ops) {
      rewriter.setInsertionPoint(op);
      if (auto copy = dyn_cast<memref::CopyOp>(op)) {
        auto type = cast<MemRefType>(copy.getTarget().getType());
        AffineMap identity = rewriter.getMultiDimIdentityMap(type.getRank());
        SmallVector<utils::IteratorType> loops(type.getRank(),
                                               utils::IteratorType::parallel);
        linalg::GenericOp::create(
            rewriter, copy.getLoc(), ValueRange{copy.getSource()},
            ValueRange{copy.getTarget()},
            ArrayRef<AffineMap>{identity, identity}, loops,
            [](OpBuilder &b, Location loc, ValueRange args) {
              linalg::YieldOp::create(b, loc, args[0]);
            });
        rewriter.eraseOp(copy);
        continue;
      }
      (void)linalg::generalizeNamedOp(rewriter, cast<linalg::LinalgOp>(op));
    }
  }

  void runOnOperation() override {
    if (width < 2 || !llvm::isPowerOf2_64(width) || registers < 8 ||
        (amx && width != 16)) {
      getOperation().emitError("msa-vectorize: width must be a power of two, "
                               "registers at least 8, and amx needs width 16");
      return signalPassFailure();
    }
    IRRewriter rewriter(&getContext());
    normalize(rewriter);
    VectorShape shape{width, registers};
    SmallVector<linalg::LinalgOp> ops;
    getOperation().walk([&](linalg::LinalgOp op) { ops.push_back(op); });
    // Ops that a later one absorbs are erased before their turn comes.
    SmallPtrSet<Operation *, 16> absorbedOps;
    for (linalg::LinalgOp op : llvm::reverse(ops)) {
      if (absorbedOps.contains(op))
        continue;
      rewriter.setInsertionPoint(op);
      SmallVector<Operation *> absorbed;
      bool onUnit = amx && succeeded(matrixProduct(rewriter, op, absorbed));
      numMatrix += onUnit;
      if (onUnit ||
          succeeded(vectorizeContraction(rewriter, op, shape, absorbed))) {
        ++numContractions;
        for (Operation *other : absorbed) {
          absorbedOps.insert(other);
          rewriter.eraseOp(other);
        }
        rewriter.eraseOp(op);
        continue;
      }
      if (auto fill = dyn_cast<linalg::FillOp>(op.getOperation())) {
        FailureOr<linalg::GenericOp> generic =
            linalg::generalizeNamedOp(rewriter, fill);
        if (succeeded(generic)) {
          op = *generic;
          rewriter.setInsertionPoint(op);
        }
      }
      auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
      if (generic &&
          ((amx && succeeded(vectorizePairs(rewriter, generic))) ||
           succeeded(vectorizeElementwise(rewriter, generic, shape)) ||
           succeeded(vectorizeTranspose(rewriter, generic, shape)))) {
        ++numElementwise;
        rewriter.eraseOp(op);
        continue;
      }
      if (generic &&
          (succeeded(vectorizeReduction(rewriter, generic, shape, absorbed)) ||
           succeeded(vectorizeRowReduction(rewriter, generic, shape)))) {
        ++numReductions;
        for (Operation *other : absorbed) {
          absorbedOps.insert(other);
          rewriter.eraseOp(other);
        }
        rewriter.eraseOp(op);
        continue;
      }
      ++numScalar;
      if (failed(linalg::linalgOpToLoops(rewriter, op))) {
        op.emitError("msa-vectorize: no loops for this operation");
        return signalPassFailure();
      }
      rewriter.eraseOp(op);
    }
  }
};
} // namespace
