//===- RolePatterns.cpp - Rings, copies and tile numbers ---------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Use u of a ring is in slot u mod slots, in phase (u / slots) mod 2 of its
// barriers: who reads waits for `full` with that parity, who fills waits for
// `empty` with the other, so that the first round finds every slot empty.
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::msa_gpu;

/// How many blocks fill a ring's slots together.
static int64_t blocksOf(RingOp ring) {
  auto kernel = cast<KernelOp>(ring->getParentOp());
  return ring.getSpread() ? kernel.getCluster().value_or(1) : 1;
}

int64_t msa_gpu::readersOf(RingOp ring) {
  auto kernel = cast<KernelOp>(ring->getParentOp());
  // One arrival a warp, where blocks fill for one another those of all.
  return 4 * blocksOf(ring) *
         (ring.getCopies() > 1 ? 1 : kernel.getWarpgroups());
}

Value msa_gpu::barrierOf(Ptx &ptx, const Frame &frame, RingOp ring, Value slot,
                         Value copy, bool isEmpty) {
  int64_t copies = ring.getCopies();
  Value index = copies > 1 ? ptx.add(ptx.mul(slot, copies), copy) : slot;
  int64_t first =
      *ring.getBarriers() + (isEmpty ? 8 * ring.getSlots() * copies : 0);
  return ptx.add(ptx.add(frame.shared, first), ptx.mul(index, 8));
}

SmallVector<Value> msa_gpu::boxAt(Ptx &ptx, Value row, Value head,
                                  Value batch) {
  Value zero = ptx.i32(0);
  return {zero, row, zero, head, batch};
}

SmallVector<Value> msa_gpu::panelAt(Ptx &ptx, MapType map, Value column,
                                    Value row, Value head, Value batch) {
  if (int64_t width = map.getHead()) {
    Value columns = ptx.i32(width);
    head =
        ptx.add(head, arith::DivUIOp::create(ptx.b, ptx.loc, column, columns));
    column = arith::RemUIOp::create(ptx.b, ptx.loc, column, columns);
  }
  return {column, row, head, batch};
}

namespace {

/// A use of a ring, as a slot and a phase.
struct Use {
  RingOp ring;
  Value slot, phase;
};

Use useOf(Ptx &ptx, const Frame &frame, StringRef name, Value number) {
  RingOp ring = frame.rings.lookup(name);
  int64_t slots = ring.getSlots();
  Value count = ptx.i32(slots);
  OpBuilder &b = ptx.b;
  Value slot, round;
  if (slots == 1) {
    slot = ptx.i32(0);
    round = number;
  } else {
    slot = arith::RemUIOp::create(b, ptx.loc, number, count);
    round = arith::DivUIOp::create(b, ptx.loc, number, count);
  }
  return {ring, slot, arith::AndIOp::create(b, ptx.loc, round, ptx.i32(1))};
}

Value other(Ptx &ptx, Value phase) {
  return arith::XOrIOp::create(ptx.b, ptx.loc, phase, ptx.i32(1));
}

Value placeOf(Ptx &ptx, const Frame &frame, Use use, Value copy) {
  int64_t copies = use.ring.getCopies();
  Value index =
      copies > 1 ? ptx.add(ptx.mul(use.slot, copies), copy) : use.slot;
  return ptx.add(ptx.add(frame.shared, *use.ring.getShared()),
                 ptx.mul(index, use.ring.getSlotBytes()));
}

/// Which of a ring's copies this warpgroup reads.
Value ownCopy(Ptx &ptx, const Frame &frame, RingOp ring) {
  return ring.getCopies() > 1 ? frame.warpgroup : ptx.i32(0);
}

struct FillSlotPattern : TilePattern<FillSlotOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(FillSlotOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Ptx ptx(rewriter, op.getLoc());
    Use use = useOf(ptx, frame, op.getRing(), adaptor.getUse().front());
    Value copy = adaptor.getCopy().front();
    ptx.waitBarrier(barrierOf(ptx, frame, use.ring, use.slot, copy, true),
                    other(ptx, use.phase));
    Value full = barrierOf(ptx, frame, use.ring, use.slot, copy, false);
    ptx.expectBytes(full, use.ring.getSlotBytes());
    Value to = placeOf(ptx, frame, use, copy), map = adaptor.getMap().front(),
          row = adaptor.getRow().front(), head = adaptor.getHead().front(),
          batch = adaptor.getBatch().front();
    MapType type = op.getMap().getType();
    if (adaptor.getColumn().empty() && !type.isByPanel()) {
      ptx.copyIn(to, map, boxAt(ptx, row, head, batch), full,
                 op.getEvictFirst());
    } else {
      Value column = adaptor.getColumn().empty() ? ptx.i32(0)
                                                 : adaptor.getColumn().front();
      int64_t pitch = cast<TileType>(use.ring.getHolds()).getPitch();
      int64_t blocks = blocksOf(use.ring);
      if (blocks > 1) { // this block's share of the rows
        row = ptx.add(row, ptx.mul(frame.blockInCluster, type.getRows()));
        to = ptx.add(to, ptx.mul(frame.blockInCluster, type.getRows() * 128));
      }
      for (int64_t c = 0; c < type.getColumns(); c += 64) {
        Value panel = ptx.add(to, c * pitch * 2);
        // Past the end of the rows it copies zeros, and counts them.
        auto place = panelAt(ptx, type, ptx.add(column, c), row, head, batch);
        if (blocks > 1)
          ptx.copyInAll(panel, map, place, full, blocks);
        else
          ptx.copyIn(panel, map, place, full, op.getEvictFirst());
      }
    }
    rewriter.eraseOp(op);
    return success();
  }
};

struct AcquirePattern : TilePattern<AcquireOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(AcquireOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Ptx ptx(rewriter, op.getLoc());
    Use use = useOf(ptx, frame, op.getRing(), adaptor.getUse().front());
    Value copy = ownCopy(ptx, frame, use.ring);
    ptx.waitBarrier(barrierOf(ptx, frame, use.ring, use.slot, copy, false),
                    use.phase);
    rewriter.replaceOp(op, placeOf(ptx, frame, use, copy));
    return success();
  }
};

struct ReleasePattern : TilePattern<ReleaseOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(ReleaseOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Ptx ptx(rewriter, op.getLoc());
    Use use = useOf(ptx, frame, op.getRing(), adaptor.getUse().front());
    Value copy = ownCopy(ptx, frame, use.ring);
    Value empty = barrierOf(ptx, frame, use.ring, use.slot, copy, true);
    int64_t blocks = blocksOf(use.ring);
    if (blocks > 1) // one lane for each block
      ptx.arriveAt(empty, frame.lane,
                   arith::CmpIOp::create(rewriter, op.getLoc(),
                                         arith::CmpIPredicate::slt, frame.lane,
                                         ptx.i32(blocks)));
    else
      ptx.arriveIf(empty, frame.leadsWarp);
    rewriter.eraseOp(op);
    return success();
  }
};

struct PublishPattern : TilePattern<PublishOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(PublishOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Ptx ptx(rewriter, op.getLoc());
    Use use = useOf(ptx, frame, op.getRing(), adaptor.getUse().front());
    Value zero = ptx.i32(0);
    ptx.waitBarrier(barrierOf(ptx, frame, use.ring, use.slot, zero, true),
                    other(ptx, use.phase));
    ptx.storeShared(placeOf(ptx, frame, use, zero), adaptor.getTile().front());
    ptx.arrive(barrierOf(ptx, frame, use.ring, use.slot, zero, false));
    rewriter.eraseOp(op);
    return success();
  }
};

struct FetchPattern : TilePattern<FetchOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(FetchOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Ptx ptx(rewriter, op.getLoc());
    Use use = useOf(ptx, frame, op.getRing(), adaptor.getUse().front());
    Value zero = ptx.i32(0);
    ptx.waitBarrier(barrierOf(ptx, frame, use.ring, use.slot, zero, false),
                    use.phase);
    // One lane reads for all, so that it is the one that gives the slot back.
    // It tells the others first: none of them then still waits for a barrier
    // that may already be a round further. And loops over keys, with them the
    // addresses of products, are uniform only if this is known to be.
    Value tile = ptx.uniform(
        ptx.loadSharedIf(placeOf(ptx, frame, use, zero), frame.leadsWarp));
    ptx.arriveIf(barrierOf(ptx, frame, use.ring, use.slot, zero, true),
                 frame.leadsWarp);
    rewriter.replaceOp(op, tile);
    return success();
  }
};

struct DrawPattern : TilePattern<DrawOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(DrawOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Ptx ptx(rewriter, loc);
    Value drawn = LLVM::AtomicRMWOp::create(
        rewriter, loc, LLVM::AtomicBinOp::uinc_wrap,
        adaptor.getCounter().front(), ptx.add(adaptor.getCount().front(), -1),
        LLVM::AtomicOrdering::monotonic);
    rewriter.replaceOp(op, ptx.add(drawn, frame.gridSize));
    return success();
  }
};

struct BlockPattern : TilePattern<BlockOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(BlockOp op, Adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, frame.block);
    return success();
  }
};

struct BlocksPattern : TilePattern<BlocksOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(BlocksOp op, Adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, frame.gridSize);
    return success();
  }
};

struct WarpgroupPattern : TilePattern<WarpgroupOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(WarpgroupOp op, Adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, frame.warpgroup);
    return success();
  }
};

struct AgainPattern : TilePattern<AgainOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(AgainOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Ptx ptx(rewriter, op.getLoc());
    rewriter.replaceOp(op, ptx.hide(adaptor.getValue().front()));
    return success();
  }
};

} // namespace

void msa_gpu::addRolePatterns(RewritePatternSet &patterns,
                              const TypeConverter &converter,
                              const Frame &frame) {
  patterns.add<FillSlotPattern, AcquirePattern, ReleasePattern, PublishPattern,
               FetchPattern, DrawPattern, BlockPattern, BlocksPattern,
               WarpgroupPattern, AgainPattern>(converter, patterns.getContext(),
                                               frame);
}
