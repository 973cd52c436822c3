//===- EpiloguePatterns.cpp - What a product's sums meet --------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

#include <numeric>

using namespace mlir;
using namespace mlir::msa_gpu;

namespace {

/// A thread reads what it has of a fragment: two neighbours at once, or one by
/// one where the buffer lies at an odd place. Reads past the end go to the last
/// row, or the first columns of the row, instead: no branches, and what they
/// bring is not specified.
class Reader {
public:
  Reader(Ptx &ptx, const Frame &frame, ReadOp op, Value base, Value row,
         Value head, Value batch, Value column)
      : ptx(ptx), op(op), base(base), column(column),
        element(cast<MemRefType>(op.getBuffer().getType()).getElementType()) {
    Value lane = frame.lane;
    Value first = ptx.add(ptx.mul(frame.warp, 16), shifted(lane, 2));
    Value matrix = ptx.i64(op.getOffset());
    matrix = sum(matrix, times(head, op.getHeadStride()));
    matrix = sum(matrix, times(batch, op.getBatchStride()));
    // Two columns each of the four lanes of a row.
    if (!isa<RowsType>(op.getResult().getType()))
      matrix = sum(
          matrix,
          times(arith::AndIOp::create(ptx.b, ptx.loc, lane, ptx.i32(3)), 2));
    for (int64_t r : {0, 8}) {
      Value at = ptx.add(ptx.add(row, first), r);
      at = ptx.b.createOrFold<arith::MinSIOp>(ptx.loc, at,
                                              ptx.i32(op.getRows() - 1));
      rows.push_back(sum(matrix, times(at, op.getRowStride())));
    }
  }

  SmallVector<Value> readRows() {
    int64_t bytes = element.getIntOrFloatBitWidth() / 8;
    return {widen(load(ptx.b, rows[0], element, bytes)),
            widen(load(ptx.b, rows[1], element, bytes))};
  }

  SmallVector<Value> readFragment(int64_t columns, bool isWhole) {
    SmallVector<Value> pairs = load(places(columns, isWhole)), result;
    // A pair is two values of f32, or a register.
    size_t width = element.isF32() ? 2 : 1;
    for (size_t at = 0; at < pairs.size(); at += width) {
      SmallVector<Value> two = widenPair(ArrayRef(pairs).slice(at, width));
      llvm::append_range(result, two);
      if (op.getRowStride() == 0) // the same for both rows
        llvm::append_range(result, two);
    }
    return result;
  }

private:
  Value shifted(Value x, int64_t by) {
    return arith::ShRUIOp::create(ptx.b, ptx.loc, x, ptx.i32(by));
  }
  Value sum(Value x, Value y) {
    return ptx.b.createOrFold<arith::AddIOp>(ptx.loc, x, y);
  }
  /// A number that is not negative times a stride, in 64 bits.
  Value times(Value x, int64_t stride) {
    if (stride == 0)
      return ptx.i64(0);
    Value wide =
        ptx.b.createOrFold<arith::ExtUIOp>(ptx.loc, ptx.b.getI64Type(), x);
    return ptx.b.createOrFold<arith::MulIOp>(ptx.loc, wide, ptx.i64(stride));
  }

  /// Where a run of columns begins in both rows.
  SmallVector<Value> startOf(int64_t at) {
    Value from = ptx.add(column, at), offset;
    if (int64_t wrap = op.getWrap()) {
      Value size = ptx.i32(wrap);
      offset =
          times(ptx.b.createOrFold<arith::RemUIOp>(ptx.loc, from, size), 1);
      offset = sum(
          offset, times(ptx.b.createOrFold<arith::DivUIOp>(ptx.loc, from, size),
                        op.getHeadStride()));
    } else {
      offset = times(from, 1);
    }
    return {sum(rows[0], offset), sum(rows[1], offset)};
  }

  /// Of the pairs that a thread has, in the order of a fragment, of one row
  /// where both have the same.
  SmallVector<Value> places(int64_t columns, bool isWhole) {
    // So many columns have neighbours in memory for sure.
    int64_t wrap = op.getWrap(), run = wrap ? std::gcd(wrap, int64_t(64)) : 64;
    SmallVector<Value> result, starts;
    for (int64_t at = 0; at < columns; at += 8) {
      if (at % run == 0)
        starts = startOf(at);
      for (unsigned r = 0; r < (op.getRowStride() == 0 ? 1 : 2); ++r) {
        Value place = sum(starts[r], ptx.i64(at % run));
        if (!isWhole) {
          Value inside = arith::CmpIOp::create(
              ptx.b, ptx.loc, arith::CmpIPredicate::slt, ptx.add(column, at),
              ptx.i32(op.getColumns()));
          place =
              arith::SelectOp::create(ptx.b, ptx.loc, inside, place, rows[r]);
        }
        result.push_back(place);
      }
    }
    return result;
  }

  Value load(OpBuilder &b, Value index, Type type, int64_t bytes) {
    auto pointer = LLVM::LLVMPointerType::get(b.getContext());
    Value address = LLVM::GEPOp::create(b, ptx.loc, pointer, element, base,
                                        ArrayRef<LLVM::GEPArg>{index});
    return LLVM::LoadOp::create(b, ptx.loc, type, address, bytes,
                                /*isVolatile=*/false, /*isNonTemporal=*/false,
                                /*isInvariant=*/true);
  }

  /// Pairs, with one access each.
  SmallVector<Value> loadWide(OpBuilder &b, ArrayRef<Value> places) {
    SmallVector<Value> pairs;
    for (Value place : places) {
      if (!element.isF32()) {
        pairs.push_back(load(b, place, b.getI32Type(), 4));
        continue;
      }
      Value both = load(b, place, VectorType::get(2, element), 8);
      for (int32_t i : {0, 1}) {
        Value at = arith::ConstantIntOp::create(b, ptx.loc, i, 32);
        pairs.push_back(LLVM::ExtractElementOp::create(b, ptx.loc, both, at));
      }
    }
    return pairs;
  }

  /// Pairs, element by element.
  SmallVector<Value> loadNarrow(OpBuilder &b, ArrayRef<Value> places) {
    SmallVector<Value> pairs;
    Type i32 = b.getI32Type();
    for (Value place : places) {
      SmallVector<Value, 2> two;
      for (int64_t i : {0, 1}) {
        Value one = arith::ConstantIntOp::create(b, ptx.loc, i, 64);
        Value at = arith::AddIOp::create(b, ptx.loc, place, one);
        two.push_back(element.isF32() ? load(b, at, element, 4)
                                      : load(b, at, b.getI16Type(), 2));
      }
      if (element.isF32()) {
        llvm::append_range(pairs, two);
        continue;
      }
      Value low = arith::ExtUIOp::create(b, ptx.loc, i32, two[0]),
            high = arith::ExtUIOp::create(b, ptx.loc, i32, two[1]);
      Value bits = arith::ConstantIntOp::create(b, ptx.loc, 16, 32);
      high = arith::ShLIOp::create(b, ptx.loc, high, bits);
      pairs.push_back(arith::OrIOp::create(b, ptx.loc, low, high));
    }
    return pairs;
  }

  SmallVector<Value> load(ArrayRef<Value> places) {
    if (op.getAligned())
      return loadWide(ptx.b, places);
    // A branch keeps what it reads in registers, which pairs of 16 bits allow;
    // the few columns that all rows share are in the L1 cache.
    if (element.isF32() || op.getRowStride() == 0)
      return loadNarrow(ptx.b, places);
    Value address =
        LLVM::PtrToIntOp::create(ptx.b, ptx.loc, ptx.b.getI64Type(), base);
    Value past = arith::AndIOp::create(ptx.b, ptx.loc, address, ptx.i64(3));
    Value isWide = arith::CmpIOp::create(
        ptx.b, ptx.loc, arith::CmpIPredicate::eq, past, ptx.i64(0));
    auto ifOp = scf::IfOp::create(
        ptx.b, ptx.loc, isWide,
        [&](OpBuilder &b, Location loc) {
          scf::YieldOp::create(b, loc, loadWide(b, places));
        },
        [&](OpBuilder &b, Location loc) {
          scf::YieldOp::create(b, loc, loadNarrow(b, places));
        });
    return ifOp.getResults();
  }

  Value widen(Value x) {
    if (x.getType().isF32())
      return x;
    return arith::ExtFOp::create(ptx.b, ptx.loc, ptx.b.getF32Type(), x);
  }

  SmallVector<Value> widenPair(ArrayRef<Value> pair) {
    if (element.isF32())
      return SmallVector<Value>(pair);
    OpBuilder &b = ptx.b;
    if (element.isBF16()) { // the upper half of an f32
      Value low = arith::ShLIOp::create(b, ptx.loc, pair[0], ptx.i32(16));
      Value high = arith::AndIOp::create(b, ptx.loc, pair[0],
                                         ptx.i32(int32_t(0xFFFF0000)));
      return {arith::BitcastOp::create(b, ptx.loc, b.getF32Type(), low),
              arith::BitcastOp::create(b, ptx.loc, b.getF32Type(), high)};
    }
    Value both = LLVM::BitcastOp::create(b, ptx.loc,
                                         VectorType::get(2, element), pair[0]);
    return {
        widen(LLVM::ExtractElementOp::create(b, ptx.loc, both, ptx.i32(0))),
        widen(LLVM::ExtractElementOp::create(b, ptx.loc, both, ptx.i32(1)))};
  }

  Ptx &ptx;
  ReadOp op;
  Value base, column;
  Type element;
  /// Element 0 of both rows, with what the lane adds to columns.
  SmallVector<Value, 2> rows;
};

struct ReadPattern : TilePattern<ReadOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(ReadOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Ptx ptx(rewriter, op.getLoc());
    Frame frame = rereadThread(ptx, this->frame);
    Reader reader(ptx, frame, op, adaptor.getBuffer().front(),
                  adaptor.getRow().front(), adaptor.getHead().front(),
                  adaptor.getBatch().front(), adaptor.getColumn().front());
    SmallVector<Value> values;
    if (auto fragment = dyn_cast<FragmentType>(op.getResult().getType())) {
      int64_t columns = fragment.getColumns();
      values = reader.readFragment(columns, op.getColumns() % columns == 0);
    } else {
      values = reader.readRows();
    }
    rewriter.replaceOpWithMultiple(op, {values});
    return success();
  }
};

/// A group's halves are a multiple of 8 columns apart, so in one thread: four
/// elements are eight columns of its two rows.
struct RotatePattern : TilePattern<RotateOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(RotateOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ValueRange from = adaptor.getFragment();
    size_t group = op.getGroup() / 2, half = group / 2;
    SmallVector<Value> results;
    for (size_t e = 0; e < from.size(); ++e) {
      if (e % group >= half)
        results.push_back(from[e - half]);
      else
        results.push_back(
            arith::NegFOp::create(rewriter, op.getLoc(), from[e + half]));
    }
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }
};

struct DivPattern : TilePattern<DivOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(DivOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Ptx ptx(rewriter, op.getLoc());
    rewriter.replaceOp(op,
                       ptx.div(adaptor.getX().front(), adaptor.getY().front()));
    return success();
  }
};

} // namespace

void msa_gpu::addEpiloguePatterns(RewritePatternSet &patterns,
                                  const TypeConverter &converter,
                                  const Frame &frame) {
  patterns.add<ReadPattern, RotatePattern, DivPattern,
               InstructionPattern<math::AbsFOp, LLVM::FAbsOp>,
               InstructionPattern<math::SqrtOp, LLVM::SqrtOp>>(
      converter, patterns.getContext(), frame);
}
