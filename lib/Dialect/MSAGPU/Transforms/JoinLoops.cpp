//===- JoinLoops.cpp - Consecutive loops of one body as one ------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"
#include "msa/Dialect/MSAGPU/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace mlir::msa_gpu {
#define GEN_PASS_DEF_MSAGPUJOINLOOPS
#include "msa/Dialect/MSAGPU/Transforms/Passes.h.inc"
} // namespace mlir::msa_gpu

using namespace mlir;
using namespace mlir::msa_gpu;

/// Whether each turn does the same, and one follows the other by 1.
static bool countsOnly(scf::ForOp loop) {
  return loop.getInductionVar().use_empty() &&
         loop.getInductionVar().getType().isInteger(32) &&
         !loop.getUnsignedCmp() && isConstantIntValue(loop.getStep(), 1) &&
         loop.getNumResults() != 0;
}

/// Whether `second` goes on where `first` ends, and nobody else does.
static bool goesOn(scf::ForOp first, scf::ForOp second) {
  if (!llvm::equal(second.getInitArgs(), first.getResults()))
    return false;
  return llvm::all_of(first.getResults(),
                      [&](Value result) { return result.hasOneUse(); });
}

/// Whether `first`, which stands before it in its block, may move past what is
/// between.
static bool mayMeet(scf::ForOp first, scf::ForOp second) {
  for (Operation *op = first->getNextNode(); op != second;
       op = op->getNextNode())
    if (!isMemoryEffectFree(op))
      return false;
  return true;
}

static bool sameBody(scf::ForOp first, scf::ForOp second) {
  return OperationEquivalence::isRegionEquivalentTo(
      &first.getRegion(), &second.getRegion(),
      OperationEquivalence::Flags::IgnoreLocations);
}

/// Turns of a loop of step 1.
static Value turns(OpBuilder &b, scf::ForOp loop) {
  Location loc = loop.getLoc();
  Value turns = b.createOrFold<arith::SubIOp>(loc, loop.getUpperBound(),
                                              loop.getLowerBound());
  return b.createOrFold<arith::MaxSIOp>(
      loc, turns, arith::ConstantIntOp::create(b, loc, 0, 32));
}

/// `second` becomes the turns of both.
static void join(scf::ForOp first, scf::ForOp second) {
  OpBuilder b(second);
  Location loc = second.getLoc();
  Value before = turns(b, first), behind = turns(b, second);
  second.setLowerBound(arith::ConstantIntOp::create(b, loc, 0, 32));
  second.setUpperBound(b.createOrFold<arith::AddIOp>(loc, before, behind));
  second.getInitArgsMutable().assign(first.getInitArgs());
  first.erase();
}

namespace {
struct JoinLoopsPass : msa_gpu::impl::MSAGPUJoinLoopsBase<JoinLoopsPass> {
  using Base::Base;

  void runOnOperation() override {
    for (auto roles : getOperation().getOps<RolesOp>()) {
      SmallVector<scf::ForOp> loops;
      roles.getConsumer().walk([&](scf::ForOp loop) { loops.push_back(loop); });
      for (scf::ForOp second : loops) {
        auto first = second.getInitArgs().empty()
                         ? scf::ForOp()
                         : second.getInitArgs()[0].getDefiningOp<scf::ForOp>();
        if (!first || first->getBlock() != second->getBlock() ||
            !countsOnly(first) || !countsOnly(second) ||
            !goesOn(first, second) || !mayMeet(first, second) ||
            !sameBody(first, second))
          continue;
        join(first, second);
        ++numJoined;
      }
    }
  }
};
} // namespace
