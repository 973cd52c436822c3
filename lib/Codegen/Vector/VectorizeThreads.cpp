//===- VectorizeThreads.cpp - Vectors of one GPU thread ----------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReuseLoads.h"
#include "ThreadAlignment.h"
#include "VectorizeTiles.h"

#include "msa/Codegen/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::msa {
#define GEN_PASS_DEF_MSAVECTORIZETHREADS
#include "msa/Codegen/Passes.h.inc"
} // namespace mlir::msa

using namespace mlir;
using namespace mlir::msa;

/// Rows of a thread's tile, whose vectors are computed one after the other.
static constexpr int64_t kMostRows = 4;

/// Elements that the op computes side by side, in one row or a few; 1 where it
/// is no work for vectors.
static int64_t lanesOf(linalg::LinalgOp op) {
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  AffineMap out = op.getIndexingMapsArray().back();
  if (op.getNumReductionLoops() != 0 || out.getNumResults() == 0 ||
      !isa<AffineDimExpr>(out.getResults().back()))
    return 1;
  unsigned lane = out.getDimPosition(out.getNumResults() - 1);
  int64_t rows = 1;
  for (auto [d, size] : llvm::enumerate(sizes))
    if (d != lane) {
      if (ShapedType::isDynamic(size) || size > kMostRows)
        return 1;
      rows *= size;
    }
  if (rows > kMostRows)
    return 1;
  return llvm::is_contained({2, 4, 8}, sizes[lane]) ? sizes[lane] : 1;
}

/// Tiles add where they begin to the numbers of their loops: sums, which bodies
/// on lanes are computed from.
static void expandIndices(IRRewriter &b, linalg::GenericOp op) {
  SmallVector<affine::AffineApplyOp> applied(
      op.getBody()->getOps<affine::AffineApplyOp>());
  for (affine::AffineApplyOp apply : applied) {
    b.setInsertionPoint(apply);
    auto sums =
        affine::expandAffineMap(b, apply.getLoc(), apply.getAffineMap(),
                                SmallVector<Value>(apply.getMapOperands()));
    if (sums)
      b.replaceOp(apply, *sums);
  }
}

/// The operands, and the buffers that the body reads.
static SmallVector<Value> buffersOf(linalg::GenericOp op) {
  SmallVector<Value> buffers(op->getOperands());
  for (memref::LoadOp load : op.getBody()->getOps<memref::LoadOp>())
    buffers.push_back(load.getMemRef());
  return buffers;
}

namespace {
struct VectorizeThreadsPass
    : msa::impl::MSAVectorizeThreadsBase<VectorizeThreadsPass> {
  using Base::Base;

  void runOnKernel(func::FuncOp kernel) {
    DenseSet<Value> aligned = alignedBuffers(kernel);
    SmallVector<linalg::LinalgOp> ops;
    kernel.walk([&](linalg::LinalgOp op) { ops.push_back(op); });
    IRRewriter b(&getContext());
    for (linalg::LinalgOp named : ops) {
      VectorShape shape;
      shape.width = lanesOf(named);
      shape.unrolled = true;
      if (shape.width == 1 ||
          !llvm::all_of(named->getOperandTypes(), hasWideElements))
        continue;
      b.setInsertionPoint(named);
      auto op = dyn_cast<linalg::GenericOp>(named.getOperation());
      if (!op) {
        FailureOr<linalg::GenericOp> generic =
            linalg::generalizeNamedOp(b, named);
        if (failed(generic))
          continue;
        op = *generic;
        b.setInsertionPoint(op);
      }
      expandIndices(b, op);
      b.setInsertionPoint(op);
      if (failed(emitAligned(
              b, op.getLoc(), buffersOf(op), aligned, [&](OpBuilder &inner) {
                if (failed(vectorizeElementwise(inner, op, shape)))
                  return failure();
                reuseLoads(*inner.getInsertionBlock());
                storeLast(*inner.getInsertionBlock());
                return success();
              })))
        continue;
      op.erase();
      ++numVectorized;
    }
  }

  void runOnOperation() override {
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (func->hasAttr("msa.kernel") && !func.isExternal())
        runOnKernel(func);
  }
};
} // namespace
