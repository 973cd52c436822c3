//===- TurnPatterns.cpp - Turns of warpgroups as named barriers --------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A warpgroup's barrier is complete once the 128 threads that wait for the turn
// and the 128 that pass it have come. At the start the last warpgroup passes it
// to the first, which at the end takes what the last one passed: every barrier
// is then as it was.
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::msa_gpu;

/// Barrier 0 is the whole block's, the next ones are those of the warpgroups.
static constexpr int64_t kFirstTurn = 4;
static constexpr int64_t kThreads = 2 * 128;

static void take(Ptx &ptx, Value warpgroup) {
  ptx.syncThreads(ptx.add(warpgroup, kFirstTurn), kThreads);
}

static void onlyIn(OpBuilder &b, Location loc, const Frame &frame,
                   int64_t warpgroup, function_ref<void(Ptx &)> body) {
  Ptx ptx(b, loc);
  Value isIt = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                     frame.warpgroup, ptx.i32(warpgroup));
  scf::IfOp::create(b, loc, isIt, [&](OpBuilder &nested, Location l) {
    Ptx inner(nested, l);
    body(inner);
    scf::YieldOp::create(nested, l);
  });
}

void msa_gpu::startTurns(OpBuilder &b, Location loc, const Frame &frame) {
  KernelOp kernel = frame.kernel;
  int64_t last = static_cast<int64_t>(kernel.getWarpgroups()) - 1;
  onlyIn(b, loc, frame, last,
         [](Ptx &ptx) { ptx.arriveThreads(ptx.i32(kFirstTurn), kThreads); });
}

void msa_gpu::endTurns(OpBuilder &b, Location loc, const Frame &frame) {
  onlyIn(b, loc, frame, 0, [](Ptx &ptx) { take(ptx, ptx.i32(0)); });
}

namespace {
struct TakeTurnPattern : TilePattern<TakeTurnOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(TakeTurnOp op, Adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Ptx ptx(rewriter, op.getLoc());
    take(ptx, frame.warpgroup);
    rewriter.eraseOp(op);
    return success();
  }
};

struct PassTurnPattern : TilePattern<PassTurnOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(PassTurnOp op, Adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Ptx ptx(rewriter, loc);
    KernelOp kernel = frame.kernel;
    int64_t last = static_cast<int64_t>(kernel.getWarpgroups()) - 1;
    Value isLast =
        arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::eq,
                              frame.warpgroup, ptx.i32(last));
    Value next =
        arith::SelectOp::create(rewriter, loc, isLast, ptx.i32(kFirstTurn),
                                ptx.add(frame.warpgroup, kFirstTurn + 1));
    ptx.arriveThreads(next, kThreads);
    rewriter.eraseOp(op);
    return success();
  }
};
} // namespace

void msa_gpu::addTurnPatterns(RewritePatternSet &patterns,
                              const TypeConverter &converter,
                              const Frame &frame) {
  patterns.add<TakeTurnPattern, PassTurnPattern>(converter,
                                                 patterns.getContext(), frame);
}
