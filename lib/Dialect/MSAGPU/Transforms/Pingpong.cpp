//===- Pingpong.cpp - Turns of warpgroups ------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"
#include "msa/Dialect/MSAGPU/Transforms/Passes.h"

namespace mlir::msa_gpu {
#define GEN_PASS_DEF_MSAGPUPINGPONG
#include "msa/Dialect/MSAGPU/Transforms/Passes.h.inc"
} // namespace mlir::msa_gpu

using namespace mlir;
using namespace mlir::msa_gpu;

namespace {
struct PingpongPass : msa_gpu::impl::MSAGPUPingpongBase<PingpongPass> {
  using Base::Base;

  /// The turns of one block: from the first issue behind a wait to the last
  /// before the next.
  void takeTurns(Block &block) {
    Operation *first = nullptr, *last = nullptr;
    auto close = [&]() {
      if (!first)
        return;
      OpBuilder b(first);
      TakeTurnOp::create(b, first->getLoc());
      b.setInsertionPointAfter(last);
      PassTurnOp::create(b, last->getLoc());
      ++numTurns;
      first = nullptr;
    };
    bool isTaken = false; // by the program itself
    for (Operation &op : llvm::make_early_inc_range(block)) {
      if (isa<TakeTurnOp, PassTurnOp>(op))
        isTaken = isa<TakeTurnOp>(op);
      if (isa<IssueOp>(op) && !isTaken) {
        first = first ? first : &op;
        last = &op;
      } else if (isa<WaitOp, TakeTurnOp>(op) || op.getNumRegions() != 0) {
        close();
      }
    }
    close();
  }

  void runOnOperation() override {
    KernelOp kernel = getOperation();
    if (!kernel.getPingpong())
      return;
    auto roles = llvm::to_vector(kernel.getOps<RolesOp>());
    if (roles.size() != 1) {
      kernel.emitOpError("must be split into roles to take turns");
      return signalPassFailure();
    }
    roles.front().getConsumer().walk([&](Block *block) { takeTurns(*block); });
  }
};
} // namespace
