//===- FragmentPatterns.cpp - Arithmetic in registers ------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::msa_gpu;

/// Elements of a fragment that a thread has of 64 rows.
static unsigned elementsOf(FragmentType type) { return type.getColumns() / 2; }

/// Which of a thread's rows element e of a fragment is of.
static unsigned rowOf(FragmentType type, unsigned element) {
  return element / elementsOf(type) * 2 + element / 2 % 2;
}

/// A thread's row as rows of the fragment are counted, without what the thread
/// adds.
static int64_t rowOffset(unsigned row) { return row / 2 * 64 + row % 2 * 8; }

/// An element's column, without what the lane adds.
static int64_t columnOf(FragmentType type, unsigned element) {
  element %= elementsOf(type);
  return element / 4 * 8 + element % 2;
}

/// Values that a thread has of a fragment or of rows.
static unsigned countOf(Type type) {
  if (auto fragment = dyn_cast<FragmentType>(type))
    return fragment.getRows() / 64 * elementsOf(fragment);
  return cast<RowsType>(type).getCount() / 32;
}

static Value twiceLaneInQuad(Ptx &ptx, const Frame &frame) {
  Value lane = rereadThread(ptx, frame).lane;
  Value quad = arith::AndIOp::create(ptx.b, ptx.loc, lane, ptx.i32(3));
  return ptx.mul(quad, 2);
}

static Value combine(OpBuilder &b, Location loc, Reduction kind, Value x,
                     Value y) {
  if (kind == Reduction::max)
    return LLVM::MaxNumOp::create(b, loc, x, y);
  return arith::AddFOp::create(b, loc, x, y);
}

namespace {

struct FillPattern : TilePattern<FillOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(FillOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    SmallVector<Value> values(countOf(op.getType()),
                              adaptor.getValue().front());
    rewriter.replaceOpWithMultiple(op, {values});
    return success();
  }
};

struct RowIndexPattern : TilePattern<RowIndexOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(RowIndexOp op, Adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Ptx ptx(rewriter, op.getLoc());
    Frame frame = rereadThread(ptx, this->frame);
    Value in =
        arith::ShRUIOp::create(rewriter, op.getLoc(), frame.lane, ptx.i32(2));
    Value first = ptx.add(ptx.mul(frame.warp, 16), in);
    SmallVector<Value> values;
    for (unsigned row = 0; row < countOf(op.getType()); ++row)
      values.push_back(ptx.add(first, rowOffset(row)));
    rewriter.replaceOpWithMultiple(op, {values});
    return success();
  }
};

/// The body once for each element.
struct MapPattern : TilePattern<MapOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(MapOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto fragment = dyn_cast<FragmentType>(op.getType());
    unsigned count = countOf(op.getType());
    Block &body = op.getBody().front();
    SmallVector<Value> results;
    Ptx ptx(rewriter, op.getLoc());
    Value firstRow, firstColumn;
    if (!body.getOps<PlaceOp>().empty()) {
      Frame frame = rereadThread(ptx, this->frame);
      Value in =
          arith::ShRUIOp::create(rewriter, op.getLoc(), frame.lane, ptx.i32(2));
      firstRow = ptx.add(ptx.mul(frame.warp, 16), in);
      firstColumn = twiceLaneInQuad(ptx, frame);
    }
    for (unsigned e = 0; e < count; ++e) {
      IRMapping mapping;
      for (auto [argument, values, type] :
           llvm::zip(body.getArguments(), adaptor.getOperands(),
                     op.getOperandTypes()))
        mapping.map(argument, isa<FragmentType>(type) ? values[e]
                              : fragment ? values[rowOf(fragment, e)]
                                         : values[e]);
      for (Operation &inner : body.without_terminator()) {
        if (auto place = dyn_cast<PlaceOp>(inner)) {
          mapping.map(place.getRow(),
                      ptx.add(firstRow, rowOffset(rowOf(fragment, e))));
          mapping.map(place.getColumn(),
                      ptx.add(firstColumn, columnOf(fragment, e)));
          continue;
        }
        rewriter.clone(inner, mapping);
      }
      results.push_back(mapping.lookupOrDefault(
          cast<YieldOp>(body.getTerminator()).getValue()));
    }
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }
};

struct ReducePattern : TilePattern<ReduceOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(ReduceOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    // Two chains a row: half the latency.
    FragmentType type = op.getFragment().getType();
    SmallVector<SmallVector<Value>, 4> chains(countOf(op.getType()));
    SmallVector<unsigned, 4> at(chains.size(), 0);
    for (auto [e, value] : llvm::enumerate(adaptor.getFragment())) {
      auto &row = chains[rowOf(type, e)];
      unsigned &next = at[rowOf(type, e)];
      if (row.size() < 2)
        row.push_back(value);
      else
        row[next] =
            combine(rewriter, op.getLoc(), op.getKind(), row[next], value);
      next = 1 - next;
    }
    SmallVector<Value> results;
    for (auto &row : chains)
      results.push_back(
          combine(rewriter, op.getLoc(), op.getKind(), row[0], row[1]));
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }
};

struct CombinePattern : TilePattern<CombineOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(CombineOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Ptx ptx(rewriter, op.getLoc());
    SmallVector<Value> results;
    for (Value value : adaptor.getPartial()) {
      for (int64_t lanes : {1, 2})
        value = combine(rewriter, op.getLoc(), op.getKind(), value,
                        ptx.shuffle(value, lanes));
      results.push_back(value);
    }
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }
};

struct AnyPattern : TilePattern<AnyOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(AnyOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ValueRange rows = adaptor.getRows();
    Value either = rows.front();
    for (Value row : rows.drop_front())
      either = arith::OrIOp::create(rewriter, op.getLoc(), either, row);
    rewriter.replaceOp(op, Ptx(rewriter, op.getLoc()).any(either));
    return success();
  }
};

/// One comparison with a constant an element and bound: what the lane adds to
/// the column is taken off the bound instead.
struct BandPattern : TilePattern<BandOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(BandOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Ptx ptx(rewriter, loc);
    FragmentType type = op.getFragment().getType();
    Value lane = twiceLaneInQuad(ptx, frame);
    auto bounds = [&](ValueRange rows) {
      SmallVector<Value> result;
      for (Value bound : rows)
        result.push_back(arith::SubIOp::create(rewriter, loc, bound, lane));
      return result;
    };
    SmallVector<Value> from = bounds(adaptor.getFrom()),
                       to = bounds(adaptor.getTo());
    Value none = arith::ConstantFloatOp::create(
        rewriter, loc, rewriter.getF32Type(),
        APFloat::getInf(APFloat::IEEEsingle(), /*Negative=*/true));
    SmallVector<Value> results;
    for (auto [e, value] : llvm::enumerate(adaptor.getFragment())) {
      Value column = ptx.i32(columnOf(type, e)), kept = value;
      auto keepIf = [&](arith::CmpIPredicate predicate, Value bound) {
        Value yes =
            arith::CmpIOp::create(rewriter, loc, predicate, bound, column);
        kept = arith::SelectOp::create(rewriter, loc, yes, kept, none);
      };
      if (!to.empty())
        keepIf(arith::CmpIPredicate::sgt, to[rowOf(type, e)]);
      if (!from.empty())
        keepIf(arith::CmpIPredicate::sle, from[rowOf(type, e)]);
      results.push_back(kept);
    }
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }
};

/// The layout of a product's result is that of a product's left side, so two
/// neighbours become one register and nothing moves.
struct PackPattern : TilePattern<PackOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(PackOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Ptx ptx(rewriter, op.getLoc());
    ValueRange from = adaptor.getFragment();
    SmallVector<Value> results;
    for (size_t e = 0; e < from.size(); e += 2)
      results.push_back(
          ptx.pack(from[e], from[e + 1], op.getType().getElement()));
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }
};

template <typename Op, Value (Ptx::*emit)(Value)>
struct ScalarPattern : TilePattern<Op> {
  using TilePattern<Op>::TilePattern;
  LogicalResult
  matchAndRewrite(Op op, typename TilePattern<Op>::Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Ptx ptx(rewriter, op.getLoc());
    rewriter.replaceOp(op, (ptx.*emit)(adaptor.getX().front()));
    return success();
  }
};

} // namespace

void msa_gpu::addFragmentPatterns(RewritePatternSet &patterns,
                                  const TypeConverter &converter,
                                  const Frame &frame) {
  patterns.add<
      FillPattern, RowIndexPattern, MapPattern, ReducePattern, CombinePattern,
      AnyPattern, BandPattern, PackPattern, ScalarPattern<Exp2Op, &Ptx::exp2>,
      ScalarPattern<Log2Op, &Ptx::log2>, ScalarPattern<RcpOp, &Ptx::rcp>,
      InstructionPattern<math::FmaOp, LLVM::FMAOp>,
      // Not the comparison and selection that a later expansion of arith
      // would make of it.
      InstructionPattern<arith::MaxNumFOp, LLVM::MaxNumOp>>(
      converter, patterns.getContext(), frame);
}
