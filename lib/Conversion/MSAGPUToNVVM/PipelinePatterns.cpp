//===- PipelinePatterns.cpp - Copies by computing threads --------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::msa_gpu;

static constexpr int64_t kRow = 128, kChunk = 16;

static Value slotAddress(Ptx &ptx, const Frame &frame, StringRef name,
                         Value slot) {
  RingOp ring = frame.rings.lookup(name);
  int64_t copies = ring.getCopies();
  if (copies > 1)
    slot = ptx.add(ptx.mul(slot, copies), frame.warpgroup);
  return ptx.add(ptx.add(frame.shared, *ring.getShared()),
                 ptx.mul(slot, ring.getSlotBytes()));
}

namespace {

/// Rows of a matrix in global memory, 16 bytes at a time.
class RowPlaces {
public:
  RowPlaces(Ptx &ptx, TensorMapAttr layout, Value map, Value head, Value batch)
      : ptx(ptx), layout(layout) {
    base = offset(offset(map, batch, layout.getStrides()[3]), head,
                  layout.getStrides()[2]);
  }
  /// The same, written elsewhere.
  RowPlaces(Ptx &ptx, const RowPlaces &other)
      : ptx(ptx), layout(other.layout), base(other.base) {}
  /// A row's chunk; what is `later` rows further is a constant away.
  Value pointer(Value row, Value chunk) {
    return offset(offset(base, row, layout.getStrides()[0]), chunk, kChunk / 2);
  }
  Value later(Value pointer, Value rows) {
    return offset(pointer, rows, layout.getStrides()[0]);
  }
  /// Whether the matrix has a row, which is no negative number.
  Value has(Value row) {
    return arith::CmpIOp::create(ptx.b, ptx.loc, arith::CmpIPredicate::ult, row,
                                 ptx.i32(layout.getSizes()[1]));
  }

  /// Whether chunks lie at multiples of 16 bytes, as those of most callers do:
  /// strides are such multiples.
  Value areAligned() {
    Value address =
        LLVM::PtrToIntOp::create(ptx.b, ptx.loc, ptx.b.getI32Type(), base);
    return arith::CmpIOp::create(ptx.b, ptx.loc, arith::CmpIPredicate::eq,
                                 ptx.bits(address, 0, kChunk - 1), ptx.i32(0));
  }

private:
  Value offset(Value pointer, Value count, int64_t elements) {
    Value wide =
        ptx.b.createOrFold<arith::ExtUIOp>(ptx.loc, ptx.b.getI64Type(), count);
    Value bytes =
        ptx.b.createOrFold<arith::MulIOp>(ptx.loc, wide, ptx.i64(2 * elements));
    auto type = LLVM::LLVMPointerType::get(ptx.b.getContext());
    return LLVM::GEPOp::create(ptx.b, ptx.loc, type, ptx.b.getI8Type(), pointer,
                               ArrayRef<LLVM::GEPArg>{bytes});
  }

  Ptx &ptx;
  TensorMapAttr layout;
  Value base;
};

struct ViewPattern : TilePattern<ViewOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(ViewOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto type = LLVM::LLVMPointerType::get(rewriter.getContext());
    int64_t bytes = 2 * op.getMap().getType().getLayout().getOffset();
    rewriter.replaceOpWithNewOp<LLVM::GEPOp>(
        op, type, rewriter.getI8Type(), adaptor.getBuffer().front(),
        ArrayRef<LLVM::GEPArg>{Ptx(rewriter, op.getLoc()).i64(bytes)});
    return success();
  }
};

/// A thread copies one chunk of every so-many-th row, always of the same
/// column: neighbours in a row are neighbours in memory.
struct CopyPattern : TilePattern<CopyOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(CopyOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Ptx ptx(rewriter, loc);
    Frame again = rereadThread(ptx, frame);
    MapType map = op.getMap().getType();
    RingOp ring = frame.rings.lookup(op.getRing());
    Value thread = again.thread;
    int64_t threads = frame.threads;
    if (ring.getCopies() > 1) {
      threads = 128;
      thread = ptx.bits(thread, 0, 127);
    }
    int64_t chunks = map.getColumns() / 8, step = threads / chunks,
            rows = map.getRows();
    if (threads % chunks || (rows % step && step % rows))
      return rewriter.notifyMatchFailure(op, "threads do not divide the rows");
    Value chunk = ptx.bits(thread, 0, chunks - 1);
    Value row = ptx.bits(thread, llvm::Log2_64(chunks), step - 1);
    Value swizzle = arith::XOrIOp::create(rewriter, loc, ptx.bits(chunk, 0, 7),
                                          ptx.bits(row, 0, 7));
    Value to = slotAddress(ptx, frame, op.getRing(), adaptor.getSlot().front());
    to = ptx.add(to, ptx.mul(row, kRow));
    if (chunks > 8)
      to =
          ptx.add(to, ptx.mul(ptx.bits(chunk, 3, chunks / 8 - 1), rows * kRow));
    RowPlaces places(ptx, map.getLayout(), adaptor.getMap().front(),
                     adaptor.getHead().front(), adaptor.getBatch().front());
    Value first = ptx.add(adaptor.getRow().front(), row);
    Value from = places.pointer(first, chunk);
    // Rows `later` of a share: where to and from, and how many bytes there are.
    auto share = [&](Ptx &p, Value later) {
      RowPlaces own(p, places);
      // Fewer than 8 rows at once: further ones have another swizzle.
      Value turned = swizzle;
      if (step % 8)
        turned =
            arith::XOrIOp::create(p.b, p.loc, swizzle, p.bits(later, 0, 7));
      Value inside = own.has(p.add(first, later));
      if (step > rows)
        inside = arith::AndIOp::create(
            p.b, p.loc, inside,
            arith::CmpIOp::create(p.b, p.loc, arith::CmpIPredicate::ult, row,
                                  p.i32(rows)));
      Value bytes =
          arith::SelectOp::create(p.b, p.loc, inside, p.i32(kChunk), p.i32(0));
      return std::array<Value, 3>{
          p.add(p.add(to, p.mul(turned, kChunk)), p.mul(later, kRow)),
          own.later(from, later), bytes};
    };
    scf::IfOp::create(
        rewriter, loc, places.areAligned(),
        [&](OpBuilder &b, Location l) {
          Ptx p(b, l);
          for (int64_t later = 0; later < rows; later += step) {
            auto [target, source, bytes] = share(p, p.i32(later));
            p.copyAsync(target, source, bytes);
          }
          scf::YieldOp::create(b, l);
        },
        [&](OpBuilder &b, Location l) {
          Ptx outer(b, l);
          scf::ForOp::create(
              b, l, outer.i32(0), outer.i32(rows), outer.i32(step),
              ValueRange(),
              [&](OpBuilder &nested, Location, Value later, ValueRange) {
                Ptx p(nested, l);
                auto [target, source, bytes] = share(p, later);
                p.copyElements(target, source, bytes);
                scf::YieldOp::create(nested, l);
              });
          scf::YieldOp::create(b, l);
        });
    rewriter.eraseOp(op);
    return success();
  }
};

struct CommitPattern : TilePattern<CommitOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(CommitOp op, Adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Ptx(rewriter, op.getLoc()).commitAsync();
    rewriter.eraseOp(op);
    return success();
  }
};

struct AwaitPattern : TilePattern<AwaitOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(AwaitOp op, Adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Ptx ptx(rewriter, op.getLoc());
    ptx.waitAsync(op.getUnderWay());
    ptx.syncBlock();
    rewriter.eraseOp(op);
    return success();
  }
};

struct SlotPattern : TilePattern<SlotOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(SlotOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Ptx ptx(rewriter, op.getLoc());
    rewriter.replaceOp(
        op, slotAddress(ptx, frame, op.getRing(), adaptor.getSlot().front()));
    return success();
  }
};

/// Each warp's rows, 16 of every 64, through shared memory of its own: pairs of
/// elements in, swizzled, 16 bytes out.
struct MmaStorePattern : TilePattern<StoreOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(StoreOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Ptx ptx(rewriter, loc);
    MapType map = op.getMap().getType();
    if (!map.getLayout() || !isa<OperandType>(op.getOperand().getType()) ||
        op.getColumn())
      return rewriter.notifyMatchFailure(op, "only operands of whole rows");
    Frame again = rereadThread(ptx, frame);
    Value ownRow = ptx.mul(again.warp, 16);
    Value base = ptx.add(ptx.add(frame.shared, *op.getShared()),
                         ptx.mul(frame.warpgroup, op.getStagedBytes()));
    base = ptx.add(base, ptx.mul(ownRow, kRow));
    int64_t rows = map.getRows(), chunks = map.getColumns() / 8,
            panel = rows * kRow;
    // Lane l has two columns of rows l / 4 and 8 more.
    Value inEight = ptx.bits(again.lane, 2, 7);
    Value start = ptx.add(ptx.add(base, ptx.mul(inEight, kRow)),
                          ptx.mul(ptx.bits(again.lane, 0, 3), 4));
    for (auto [i, value] : llvm::enumerate(adaptor.getOperand())) {
      int64_t half = static_cast<int64_t>(i) / (2 * chunks),
              chunk = static_cast<int64_t>(i) / 2 % chunks;
      Value swizzle =
          arith::XOrIOp::create(rewriter, loc, inEight, ptx.i32(chunk % 8));
      ptx.storeShared(
          ptx.add(ptx.add(start, ptx.mul(swizzle, kChunk)),
                  chunk / 8 * panel + (64 * half + (i % 2 ? 8 : 0)) * kRow),
          value);
    }
    ptx.syncWarp();
    int64_t step = 32 / chunks;
    Value chunk = ptx.bits(again.lane, 0, chunks - 1);
    Value row = ptx.bits(again.lane, llvm::Log2_64(chunks), step - 1);
    Value from = ptx.add(base, ptx.mul(row, kRow));
    if (chunks > 8)
      from = ptx.add(from, ptx.mul(ptx.bits(chunk, 3, chunks / 8 - 1), panel));
    RowPlaces places(ptx, map.getLayout(), adaptor.getMap().front(),
                     adaptor.getHead().front(), adaptor.getBatch().front());
    Value first = ptx.add(adaptor.getRow().front(), ptx.add(ownRow, row));
    Value to = places.pointer(first, chunk);
    auto store = [&](OpBuilder &b, Location l,
                     void (Ptx::*emit)(Value, Value, Value)) {
      Ptx p(b, l);
      RowPlaces own(p, places);
      for (int64_t half = 0; half < rows / 64; ++half)
        for (int64_t in = 0; in < 16; in += step) {
          Value swizzle = arith::XOrIOp::create(b, l, p.bits(chunk, 0, 7),
                                                p.bits(p.add(row, in), 0, 7));
          int64_t later = 64 * half + in;
          (p.*emit)(own.later(to, p.i32(later)),
                    p.add(p.add(from, p.mul(swizzle, kChunk)), later * kRow),
                    own.has(p.add(first, later)));
        }
      scf::YieldOp::create(b, l);
    };
    scf::IfOp::create(
        rewriter, loc, places.areAligned(),
        [&](OpBuilder &b, Location l) { store(b, l, &Ptx::storeRow); },
        [&](OpBuilder &b, Location l) { store(b, l, &Ptx::storeElements); });
    rewriter.eraseOp(op);
    return success();
  }
};

} // namespace

void msa_gpu::addPipelinePatterns(RewritePatternSet &patterns,
                                  const TypeConverter &converter,
                                  const Frame &frame) {
  patterns.add<ViewPattern, CopyPattern, CommitPattern, AwaitPattern,
               SlotPattern, MmaStorePattern>(converter, patterns.getContext(),
                                             frame);
}
