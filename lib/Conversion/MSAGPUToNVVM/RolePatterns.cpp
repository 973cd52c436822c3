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
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::msa_gpu;

int64_t msa_gpu::readersOf(RingOp ring) {
  auto kernel = cast<KernelOp>(ring->getParentOp());
  // One arrival a warp.
  return 4 * (ring.getCopies() > 1 ? 1 : kernel.getWarpgroups());
}

Value msa_gpu::barrierOf(Ptx &ptx, const Frame &frame, RingOp ring, Value slot,
                         Value copy, bool isEmpty) {
  int64_t copies = ring.getCopies();
  Value index = copies > 1 ? ptx.add(ptx.mul(slot, copies), copy) : slot;
  int64_t first =
      *ring.getBarriers() + (isEmpty ? 8 * ring.getSlots() * copies : 0);
  return ptx.add(ptx.add(frame.shared, first), ptx.mul(index, 8));
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

/// Panel 0 of all panels, and the row, head and stream.
SmallVector<Value> boxAt(Ptx &ptx, Value row, Value head, Value batch) {
  Value zero = ptx.i32(0);
  return {zero, row, zero, head, batch};
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
    ptx.copyIn(placeOf(ptx, frame, use, copy), adaptor.getMap().front(),
               boxAt(ptx, adaptor.getRow().front(), adaptor.getHead().front(),
                     adaptor.getBatch().front()),
               full);
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
    ptx.arriveIf(barrierOf(ptx, frame, use.ring, use.slot, copy, true),
                 frame.leadsWarp);
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
    Value tile = ptx.loadShared(placeOf(ptx, frame, use, zero));
    ptx.arriveIf(barrierOf(ptx, frame, use.ring, use.slot, zero, true),
                 frame.leadsWarp);
    // Loops over keys, and with them the addresses of products, are uniform
    // only if this is known to be.
    rewriter.replaceOp(op, ptx.uniform(tile));
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
        rewriter, loc, LLVM::AtomicBinOp::add, adaptor.getCounter().front(),
        ptx.i32(1), LLVM::AtomicOrdering::monotonic);
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

/// 64 rows through the warpgroup's own shared memory, with the swizzle that
/// the map expects: 16-byte chunk number ^= row mod 8.
struct StorePattern : TilePattern<StoreOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(StoreOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Ptx ptx(rewriter, loc);
    Frame frame = rereadThread(ptx, this->frame);
    int64_t columns = op.getOperand().getType().getColumns();
    Value base = ptx.add(ptx.add(frame.shared, *op.getShared()),
                         ptx.mul(frame.warpgroup, 64 * columns * 2));
    Value group = ptx.add(frame.warpgroup, 1); // 0 is the whole block's
    auto lead = [&](function_ref<void(Ptx &)> body) {
      scf::IfOp::create(rewriter, loc, frame.leadsGroup,
                        [&](OpBuilder &b, Location l) {
                          Ptx inner(b, l);
                          body(inner);
                          scf::YieldOp::create(b, l);
                        });
    };
    // What the previous tile left there has been read.
    lead([](Ptx &p) { p.waitCopies(/*reads=*/true); });
    ptx.syncThreads(group, 128);
    auto bits = [&](Value x, int64_t shift, int64_t mask) -> Value {
      if (shift)
        x = arith::ShRUIOp::create(rewriter, loc, x, ptx.i32(shift));
      return arith::AndIOp::create(rewriter, loc, x, ptx.i32(mask));
    };
    Value row = ptx.add(
        ptx.mul(frame.warp, 16),
        ptx.add(ptx.mul(bits(frame.lane, 3, 1), 8), bits(frame.lane, 0, 7)));
    Value swizzle = arith::XOrIOp::create(rewriter, loc, bits(frame.lane, 4, 1),
                                          bits(frame.lane, 0, 7));
    Value start = ptx.add(base, ptx.mul(row, 128));
    ValueRange values = adaptor.getOperand();
    for (int64_t g = 0; g < columns / 16; ++g) {
      Value chunk =
          arith::XOrIOp::create(rewriter, loc, swizzle, ptx.i32(2 * (g % 4)));
      Value address =
          ptx.add(ptx.add(start, ptx.mul(chunk, 16)), g / 4 * 64 * 128);
      ptx.storeMatrix(address, values.slice(4 * g, 4));
    }
    ptx.fenceAsync();
    ptx.syncThreads(group, 128);
    lead([&](Ptx &p) {
      p.copyOut(adaptor.getMap().front(),
                boxAt(p, adaptor.getRow().front(), adaptor.getHead().front(),
                      adaptor.getBatch().front()),
                base);
      p.commitCopies();
    });
    rewriter.eraseOp(op);
    return success();
  }
};

Value elementPointer(OpBuilder &b, Location loc, Value base, Type element,
                     Value index) {
  auto type = LLVM::LLVMPointerType::get(b.getContext());
  return LLVM::GEPOp::create(b, loc, type, element, base,
                             ArrayRef<LLVM::GEPArg>{index});
}

struct StoreRowsPattern : TilePattern<StoreRowsOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(StoreRowsOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Ptx ptx(rewriter, loc);
    Frame frame = rereadThread(ptx, this->frame);
    Value quad = arith::AndIOp::create(rewriter, loc, frame.lane, ptx.i32(3));
    Value isFirst = arith::CmpIOp::create(
        rewriter, loc, arith::CmpIPredicate::eq, quad, ptx.i32(0));
    Value row =
        ptx.add(ptx.mul(frame.warp, 16),
                arith::ShRUIOp::create(rewriter, loc, frame.lane, ptx.i32(2)));
    Type element = cast<MemRefType>(op.getBuffer().getType()).getElementType();
    for (auto [r, value] : llvm::enumerate(adaptor.getRows())) {
      Value at = ptx.add(row, 8 * r);
      Value inside =
          arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::slt, at,
                                adaptor.getCount().front());
      inside = arith::AndIOp::create(rewriter, loc, inside, isFirst);
      scf::IfOp::create(rewriter, loc, inside,
                        [&, value = value](OpBuilder &b, Location l) {
                          Value index = arith::AddIOp::create(
                              b, l, adaptor.getFirst().front(),
                              arith::ExtUIOp::create(b, l, b.getI64Type(), at));
                          LLVM::StoreOp::create(
                              b, l, value,
                              elementPointer(b, l, adaptor.getBuffer().front(),
                                             element, index));
                          scf::YieldOp::create(b, l);
                        });
    }
    rewriter.eraseOp(op);
    return success();
  }
};

/// Scalars of small dense operands.
struct LoadPattern : TilePattern<memref::LoadOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(memref::LoadOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    MemRefType type = op.getMemRefType();
    if (!type.getLayout().isIdentity() || !type.hasStaticShape())
      return failure();
    Location loc = op.getLoc();
    Value at = Ptx(rewriter, loc).i64(0);
    for (auto [size, index] : llvm::zip(type.getShape(), op.getIndices())) {
      Value wide = arith::IndexCastOp::create(rewriter, loc,
                                              rewriter.getI64Type(), index);
      at = arith::MulIOp::create(rewriter, loc, at,
                                 Ptx(rewriter, loc).i64(size));
      at = arith::AddIOp::create(rewriter, loc, at, wide);
    }
    rewriter.replaceOpWithNewOp<LLVM::LoadOp>(
        op, type.getElementType(),
        elementPointer(rewriter, loc, adaptor.getMemref().front(),
                       type.getElementType(), at));
    return success();
  }
};

} // namespace

void msa_gpu::addRolePatterns(RewritePatternSet &patterns,
                              const TypeConverter &converter,
                              const Frame &frame) {
  patterns.add<FillSlotPattern, AcquirePattern, ReleasePattern, PublishPattern,
               FetchPattern, DrawPattern, BlockPattern, WarpgroupPattern,
               AgainPattern, StorePattern, StoreRowsPattern, LoadPattern>(
      converter, patterns.getContext(), frame);
}
