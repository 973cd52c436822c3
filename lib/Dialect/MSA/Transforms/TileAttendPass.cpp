//===- TileAttendPass.cpp - The pass around TileAttend --------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSA/Transforms/Passes.h"
#include "msa/Dialect/MSA/Transforms/TileAttend.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::msa {
#define GEN_PASS_DEF_MSATILEATTEND
#include "msa/Dialect/MSA/Transforms/Passes.h.inc"
} // namespace mlir::msa

using namespace mlir;
using namespace mlir::msa;

namespace {
struct TileAttendPass : msa::impl::MSATileAttendBase<TileAttendPass> {
  using Base::Base;

  void runOnOperation() override {
    if (queries < 1 || queries > 1024 || keys < 1 || keys > 4096) {
      getOperation()->emitError()
          << "msa-tile-attend: queries must lie in [1, 1024] and keys in [1, "
             "4096], got "
          << queries.getValue() << " and " << keys.getValue();
      return signalPassFailure();
    }
    if (pairQueries < 1 || pairQueries > 1024 || pairKeys < 0 ||
        pairKeys > 4096 || pairKeys % 2 != 0) {
      getOperation()->emitError()
          << "msa-tile-attend: pair-queries must lie "
             "in [1, 1024] and pair-keys "
             "be even and in [0, 4096], got "
          << pairQueries.getValue() << " and " << pairKeys.getValue();
      return signalPassFailure();
    }
    SmallVector<AttendOp> ops;
    getOperation()->walk([&](AttendOp op) { ops.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (AttendOp op : ops) {
      rewriter.setInsertionPoint(op);
      AttendTilingStatistics statistics;
      AttendTiling tiling{queries, keys};
      if (pairKeys != 0 && takesPairs(op)) {
        tiling = {pairQueries, pairKeys, /*pairs=*/true};
        ++numPairs;
      }
      rewriter.replaceOp(op, tileAttend(rewriter, op, tiling, statistics));
      ++numTiled;
      numKeyLoops += statistics.keyLoops;
      numTailTiles += statistics.tailTiles;
      numUnmasked += statistics.unmaskedLoops;
      numTurned += statistics.turnedAhead;
    }
  }
};
} // namespace
