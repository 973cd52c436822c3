//===- StorePatterns.cpp - Results to global memory --------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::msa_gpu;

/// Bytes of a panel of 64 rows of 128 bytes, and of 8 of its rows.
static constexpr int64_t kPanel = 64 * 128, kEightRows = 8 * 128;

namespace {

/// Writes panels of a fragment or an operand to shared memory, with the swizzle
/// that maps expect: 16-byte chunk number ^= row mod 8.
class PanelWriter {
public:
  /// `base`: where the warpgroup's slots begin.
  PanelWriter(Ptx &ptx, const Frame &frame, Value base, bool packed)
      : ptx(ptx), packed(packed) {
    auto bits = [&](int64_t shift, int64_t mask) {
      return ptx.bits(frame.lane, shift, mask);
    };
    // Packed: lane i gives the address of row i mod 16 of the right half of 16
    // columns where i > 15, else of the left. In f32 a lane has two neighbours,
    // half a chunk, of rows lane / 4 and 8 more.
    Value inEight = packed ? bits(0, 7) : bits(2, 7), row = inEight;
    if (packed)
      row = ptx.add(ptx.mul(bits(3, 1), 8), inEight);
    row = ptx.add(ptx.mul(frame.warp, 16), row);
    Value half = bits(packed ? 4 : 1, 1);
    swizzle = arith::XOrIOp::create(ptx.b, ptx.loc, half, inEight);
    start = ptx.add(base, ptx.mul(row, 128));
    if (!packed)
      start = ptx.add(start, ptx.mul(bits(0, 1), 8));
  }

  /// What the thread has of a panel goes to a slot.
  void write(ValueRange values, int64_t slot) {
    for (size_t pair = 0; 4 * pair < values.size(); ++pair) {
      // Two chunks: 16 columns packed, or 8 of f32.
      Value chunk =
          arith::XOrIOp::create(ptx.b, ptx.loc, swizzle, ptx.i32(2 * pair));
      Value address =
          ptx.add(ptx.add(start, ptx.mul(chunk, 16)), slot * kPanel);
      ValueRange four = values.slice(4 * pair, 4);
      if (packed) {
        ptx.storeMatrix(address, four);
        continue;
      }
      ptx.storePair(address, four[0], four[1]);
      ptx.storePair(ptx.add(address, kEightRows), four[2], four[3]);
    }
  }

private:
  Ptx &ptx;
  bool packed;
  Value swizzle, start;
};

/// 64 rows through the warpgroup's own shared memory.
struct StorePattern : TilePattern<StoreOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(StoreOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Ptx ptx(rewriter, loc);
    Frame frame = rereadThread(ptx, this->frame);
    Value base = ptx.add(ptx.add(frame.shared, *op.getShared()),
                         ptx.mul(frame.warpgroup, op.getStagedBytes()));
    Value group = ptx.add(frame.warpgroup, 1); // 0 is the whole block's
    auto lead = [&](function_ref<void(Ptx &)> body) {
      scf::IfOp::create(rewriter, loc, frame.leadsGroup,
                        [&](OpBuilder &b, Location l) {
                          Ptx inner(b, l);
                          body(inner);
                          scf::YieldOp::create(b, l);
                        });
    };
    ValueRange values = adaptor.getOperand();
    Value map = adaptor.getMap().front(), row = adaptor.getRow().front(),
          head = adaptor.getHead().front(), batch = adaptor.getBatch().front();
    bool packed = isa<OperandType>(op.getOperand().getType());
    std::optional<PanelWriter> writer;
    // Panels in rounds: all at once where there is room, else one, while those
    // before it are read. Each round is a group of copies, so that the slots it
    // takes are free once at most the groups of the others are under way.
    int64_t panels = op.getPanels(), slots = op.getStaged().value_or(panels);
    int64_t round = slots == panels ? panels : 1;
    for (int64_t first = 0; first < panels; first += round) {
      lead([&](Ptx &p) { p.waitCopies(/*reads=*/true, slots / round - 1); });
      ptx.syncThreads(group, 128);
      if (!writer)
        writer.emplace(ptx, frame, base, packed);
      // A thread has 16 registers of a panel, of the last perhaps fewer.
      for (int64_t panel = first; panel < first + round; ++panel)
        writer->write(values.drop_front(16 * panel).take_front(16),
                      panel % slots);
      ptx.fenceAsync();
      ptx.syncThreads(group, 128);
      lead([&](Ptx &p) {
        MapType type = op.getMap().getType();
        Value column =
            adaptor.getColumn().empty() ? Value() : adaptor.getColumn().front();
        if (!op.isByPanel())
          p.copyOut(map, boxAt(p, row, head, batch), base, op.getEvictFirst());
        else
          for (int64_t panel = first; panel < first + round; ++panel) {
            int64_t at = type.getPanel() * panel;
            p.copyOut(map,
                      panelAt(p, type, column ? p.add(column, at) : p.i32(at),
                              row, head, batch),
                      p.add(base, panel % slots * kPanel), op.getEvictFirst());
          }
        p.commitCopies();
      });
    }
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
      Value at = ptx.add(row, static_cast<int64_t>(r / 2 * 64 + r % 2 * 8));
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
    Ptx ptx(rewriter, loc);
    Value at;
    for (auto [size, index] : llvm::zip(type.getShape(), op.getIndices())) {
      Value wide = arith::IndexCastOp::create(rewriter, loc,
                                              rewriter.getI64Type(), index);
      if (at) {
        at = arith::MulIOp::create(rewriter, loc, at, ptx.i64(size));
        wide = arith::AddIOp::create(rewriter, loc, at, wide);
      }
      at = wide;
    }
    rewriter.replaceOpWithNewOp<LLVM::LoadOp>(
        op, type.getElementType(),
        elementPointer(rewriter, loc, adaptor.getMemref().front(),
                       type.getElementType(), at));
    return success();
  }
};

} // namespace

void msa_gpu::addStorePatterns(RewritePatternSet &patterns,
                               const TypeConverter &converter,
                               const Frame &frame) {
  patterns.add<StoreRowsPattern, LoadPattern>(converter, patterns.getContext(),
                                              frame);
  if (!frame.mma)
    patterns.add<StorePattern>(converter, patterns.getContext(), frame);
}
