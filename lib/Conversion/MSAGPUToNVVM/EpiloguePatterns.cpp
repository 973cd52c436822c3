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

#include <numeric>

using namespace mlir;
using namespace mlir::msa_gpu;

namespace {

/// A thread reads what it has of a fragment: two neighbours at once. Reads past
/// the end go to the last row, or the first columns of the row, instead: no
/// branches, and what they bring is not specified.
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
    return {widen(load(rows[0], element)), widen(load(rows[1], element))};
  }

  SmallVector<Value> readFragment(int64_t columns, bool isWhole) {
    // So many columns have neighbours in memory for sure.
    int64_t wrap = op.getWrap(), run = wrap ? std::gcd(wrap, int64_t(64)) : 64;
    SmallVector<Value> result, starts;
    for (int64_t at = 0; at < columns; at += 8) {
      if (at % run == 0)
        starts = startOf(at);
      for (unsigned r = 0; r < 2; ++r) {
        if (r == 1 && op.getRowStride() == 0) { // the same for both rows
          result.append(result.end() - 2, result.end());
          continue;
        }
        Value place = sum(starts[r], ptx.i64(at % run));
        if (!isWhole) {
          Value inside = arith::CmpIOp::create(
              ptx.b, ptx.loc, arith::CmpIPredicate::slt, ptx.add(column, at),
              ptx.i32(op.getColumns()));
          place =
              arith::SelectOp::create(ptx.b, ptx.loc, inside, place, rows[r]);
        }
        llvm::append_range(result, readPair(place));
      }
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

  Value load(Value index, Type type) {
    auto pointer = LLVM::LLVMPointerType::get(ptx.b.getContext());
    Value address = LLVM::GEPOp::create(ptx.b, ptx.loc, pointer, element, base,
                                        ArrayRef<LLVM::GEPArg>{index});
    int64_t bytes = element.getIntOrFloatBitWidth() / 8;
    if (type != element)
      bytes *= 2;
    return LLVM::LoadOp::create(ptx.b, ptx.loc, type, address, bytes,
                                /*isVolatile=*/false, /*isNonTemporal=*/false,
                                /*isInvariant=*/true);
  }

  Value widen(Value x) {
    if (x.getType().isF32())
      return x;
    return arith::ExtFOp::create(ptx.b, ptx.loc, ptx.b.getF32Type(), x);
  }

  SmallVector<Value> readPair(Value index) {
    OpBuilder &b = ptx.b;
    if (element.isBF16()) { // the upper half of an f32
      Value both = load(index, b.getI32Type());
      Value low = arith::ShLIOp::create(b, ptx.loc, both, ptx.i32(16));
      Value high =
          arith::AndIOp::create(b, ptx.loc, both, ptx.i32(int32_t(0xFFFF0000)));
      return {arith::BitcastOp::create(b, ptx.loc, b.getF32Type(), low),
              arith::BitcastOp::create(b, ptx.loc, b.getF32Type(), high)};
    }
    Value both = load(index, VectorType::get(2, element));
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

/// The instruction of LLVM for an operation on f32.
template <typename From, typename To> struct MathPattern : TilePattern<From> {
  using TilePattern<From>::TilePattern;
  LogicalResult
  matchAndRewrite(From op, typename TilePattern<From>::Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<To>(op, adaptor.getOperand().front());
    return success();
  }
};

} // namespace

void msa_gpu::addEpiloguePatterns(RewritePatternSet &patterns,
                                  const TypeConverter &converter,
                                  const Frame &frame) {
  patterns.add<ReadPattern, RotatePattern, DivPattern,
               MathPattern<math::AbsFOp, LLVM::FAbsOp>,
               MathPattern<math::SqrtOp, LLVM::SqrtOp>>(
      converter, patterns.getContext(), frame);
}
