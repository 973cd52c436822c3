//===- DecomposeOnline.cpp - online_attend, finalize, merge ---------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Conversion/MSAToLinalg/Decompose.h"
#include "msa/Dialect/MSA/Utils/LinalgBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

#include <cmath>

using namespace mlir;
using namespace mlir::msa;

static constexpr double kLn2 = 0.693147180559945309417232121458;
/// Below every score that counts; see OnlineAttendOp.
static constexpr double kLeastMax = -1e30;
static constexpr double kLog2e = 1.44269504088896340735992468100;

Value mlir::msa::inlineScore(OpBuilder &builder, Region &region,
                             ValueRange arguments) {
  Block &block = region.front();
  IRMapping mapping;
  mapping.map(block.getArguments(), arguments);
  for (Operation &op : block.without_terminator())
    builder.clone(op, mapping);
  return mapping.lookupOrDefault(block.getTerminator()->getOperand(0));
}

/// base^x: exp2 or exp, `roughly` where what becomes of it is rounded to bf16.
static Value power(OpBuilder &b, Location loc, Value x, bool base2,
                   bool roughly = false) {
  if (base2)
    return math::Exp2Op::create(b, loc, x,
                                roughly ? arith::FastMathFlags::afn
                                        : arith::FastMathFlags::none);
  return math::ExpOp::create(b, loc, x);
}

namespace {
/// Names of the loop dimensions: leading ones, then query i, key j, channel c.
struct Dims {
  int64_t lead, i, j, c;
  explicit Dims(int64_t lead) : lead(lead), i(lead), j(lead + 1), c(lead + 2) {}
  SmallVector<int64_t> operator()(std::initializer_list<int64_t> own) const {
    SmallVector<int64_t> dims = llvm::to_vector(llvm::seq<int64_t>(0, lead));
    dims.append(own);
    return dims;
  }
};
} // namespace

/// What changes scores element by element: scale, bias, region, mask.
static Value adjustScores(LinalgBuilder &lb, OnlineAttendOp op, Value scores,
                          const Dims &dims, bool masked) {
  bool transposed = op.getTransposed();
  bool hasRegion = !op.getScore().empty();
  double scale = op.getScale().convertToDouble();
  auto type = cast<RankedTensorType>(scores.getType());
  SmallVector<int64_t> all =
      llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
  return lb.generic(
      type.getRank(), {}, scores, all,
      [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
        Value s = args.back();
        Value i, j;
        if (hasRegion || masked) {
          i = linalg::IndexOp::create(b, loc, dims.lead + (transposed ? 1 : 0));
          j = linalg::IndexOp::create(b, loc, dims.lead + (transposed ? 0 : 1));
        }
        if (!masked) {
          if (scale != 1.0)
            s = arith::MulFOp::create(
                b, loc, s, LinalgBuilder(b, loc).real(s.getType(), scale));
          if (op.getBias()) {
            Value bias =
                LinalgBuilder::convert(b, loc, op.getBias(), s.getType());
            s = arith::AddFOp::create(b, loc, s, bias);
          }
        }
        if (!masked && hasRegion) {
          Value query = arith::AddIOp::create(b, loc, op.getQueryStart(), i);
          Value key = arith::AddIOp::create(b, loc, op.getKeyStart(), j);
          query = arith::SubIOp::create(b, loc, query, op.getOrigin());
          key = arith::SubIOp::create(b, loc, key, op.getOrigin());
          s = inlineScore(b, op.getScore(),
                          {s, op.getBatch(), op.getHead(), query, key});
          if (op.getBase2())
            s = arith::MulFOp::create(
                b, loc, s, LinalgBuilder(b, loc).real(s.getType(), kLog2e));
        }
        if (masked) {
          IRPatternBuilder pb(b, loc);
          pb.documents = op.getDocuments();
          pb.documentOrigin = op.getDocumentOrigin();
          pb.blocks = op.getBlocks();
          pb.segmentOrigin = op.getOrigin();
          pb.batch = op.getBatch();
          if (op.getHead() && op.getBlocks())
            pb.keyHead =
                pb.floorDiv(pb.wrap(op.getHead()), op.getGroup()).value;
          PatternPoint point;
          point.query = pb.add(pb.wrap(op.getQueryStart()), pb.wrap(i));
          point.key = pb.add(pb.wrap(op.getKeyStart()), pb.wrap(j));
          point.head = pb.wrap(op.getHead());
          PatternValue keep = op.getPatternAttr().keeps(pb, point);
          if (op.getKeyBegin()) {
            keep = pb.both(keep,
                           pb.lessEqual(pb.wrap(op.getKeyBegin()), pb.wrap(j)));
            keep = pb.both(keep, pb.less(pb.wrap(j), pb.wrap(op.getKeyEnd())));
          }
          Value minusInf = LinalgBuilder(b, loc).real(
              s.getType(), -std::numeric_limits<double>::infinity());
          s = arith::SelectOp::create(b, loc, keep.value, s, minusInf);
        }
        return s;
      });
}

/// Dimension `dim` of a matrix split into pairs.
static Value inPairs(LinalgBuilder &lb, Value tensor, int64_t dim) {
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape[dim] /= 2;
  shape.insert(shape.begin() + dim + 1, 2);
  SmallVector<ReassociationIndices> groups =
      dim == 0 ? SmallVector<ReassociationIndices>{{0, 1}, {2}}
               : SmallVector<ReassociationIndices>{{0}, {1, 2}};
  return tensor::ExpandShapeOp::create(
      lb.b, lb.loc, RankedTensorType::get(shape, type.getElementType()), tensor,
      groups);
}

/// Weights of scores (keys x queries, f32) as keys/2 x queries x 2 in bf16, and
/// `sum` plus all of them before they are rounded. One op: scores are read
/// once.
static std::pair<Value, Value> weightsInPairs(
    LinalgBuilder &lb, Value scores, Value max, Value sum,
    llvm::function_ref<Value(OpBuilder &, Location, Value, Value)> weightOf) {
  OpBuilder &b = lb.b;
  auto type = cast<RankedTensorType>(scores.getType());
  Type bf16 = b.getBF16Type();
  Value init = lb.empty({type.getDimSize(0) / 2, type.getDimSize(1), 2}, bf16);
  auto d = [&](unsigned i) { return b.getAffineDimExpr(i); };
  auto map = [&](ArrayRef<AffineExpr> results) {
    return AffineMap::get(3, 0, results, b.getContext());
  };
  // Loops: pair of keys, query, key of the pair.
  SmallVector<AffineMap> maps = {map({d(0), d(2), d(1)}), map({d(1)}),
                                 map({d(0), d(1), d(2)}), map({d(1)})};
  using utils::IteratorType;
  SmallVector<IteratorType> loops = {
      IteratorType::reduction, IteratorType::parallel, IteratorType::reduction};
  auto op = linalg::GenericOp::create(
      b, lb.loc, TypeRange{init.getType(), sum.getType()},
      ValueRange{inPairs(lb, scores, 0), max}, ValueRange{init, sum}, maps,
      loops, [&](OpBuilder &nested, Location l, ValueRange args) {
        Value weight = weightOf(nested, l, args[0], args[1]);
        Value rounded = arith::TruncFOp::create(nested, l, bf16, weight);
        Value total = arith::AddFOp::create(nested, l, args[3], weight);
        linalg::YieldOp::create(nested, l, ValueRange{rounded, total});
      });
  return {op.getResult(0), op.getResult(1)};
}

/// init[m, n] + sum over k, p of rows[m, k, p] columns[k, n, p], in f32.
static Value productOfPairs(LinalgBuilder &lb, Value rows, Value columns,
                            Value init) {
  return lb.generic(4, {{rows, {0, 2, 3}}, {columns, {2, 1, 3}}}, init, {0, 1},
                    [](OpBuilder &b, Location l, ValueRange args) -> Value {
                      Type f = args[2].getType();
                      Value x = arith::ExtFOp::create(b, l, f, args[0]);
                      Value y = arith::ExtFOp::create(b, l, f, args[1]);
                      return arith::AddFOp::create(
                          b, l, args[2], arith::MulFOp::create(b, l, x, y));
                    });
}

SmallVector<Value> mlir::msa::decompose(OpBuilder &builder, OnlineAttendOp op) {
  Location loc = op.getLoc();
  LinalgBuilder lb(builder, loc);
  bool transposed = op.getTransposed(), base2 = op.getBase2();
  auto accType = cast<RankedTensorType>(op.getAcc().getType());
  auto maxType = cast<RankedTensorType>(op.getMax().getType());
  Type f = accType.getElementType();
  Dims d(accType.getRank() - 2);
  int64_t queries = op.getQueries(), keys = op.getKeys();
  SmallVector<int64_t> scoreShape(accType.getShape().drop_back(2));
  scoreShape.append(transposed ? std::initializer_list<int64_t>{keys, queries}
                               : std::initializer_list<int64_t>{queries, keys});
  auto scoreDims = transposed ? d({d.j, d.i}) : d({d.i, d.j});
  auto queryDims = transposed ? d({d.c, d.i}) : d({d.i, d.c});
  auto multiplyAdd = [](OpBuilder &b, Location l, ValueRange args) -> Value {
    Value product = arith::MulFOp::create(b, l, args[0], args[1]);
    return arith::AddFOp::create(b, l, args[2], product);
  };

  // S = K Q^T (transposed: queries in lanes) or Q K^T.
  bool pairs = op.getPairs();
  Value query = pairs ? op.getQuery() : lb.convertTensor(op.getQuery(), f);
  Value key = pairs ? op.getKey() : lb.convertTensor(op.getKey(), f);
  Value value = pairs ? op.getValue() : lb.convertTensor(op.getValue(), f);
  Value scores = lb.full(scoreShape, f, 0.0);
  if (pairs)
    scores = productOfPairs(lb, inPairs(lb, key, 1), query, scores);
  else if (transposed && d.lead == 0)
    scores = linalg::MatmulOp::create(builder, loc, ValueRange{key, query},
                                      ValueRange{scores})
                 .getResult(0);
  else
    scores = lb.generic(d.lead + 3, {{key, d({d.j, d.c})}, {query, queryDims}},
                        scores, scoreDims, multiplyAdd);
  // A positive scale alone commutes with the maximum: it joins the exponential.
  double scale = op.getScale().convertToDouble();
  bool late = pairs && scale > 0 && !op.getBias() && op.getScore().empty();
  if (!late && (scale != 1.0 || op.getBias() || !op.getScore().empty()))
    scores = adjustScores(lb, op, scores, d, /*masked=*/false);
  if (op.getPatternAttr()) {
    if (Value masked = op.getMasked()) {
      auto ifOp = scf::IfOp::create(
          builder, loc, masked,
          [&](OpBuilder &b, Location l) {
            LinalgBuilder inner(b, l);
            Value result = adjustScores(inner, op, scores, d, true);
            scf::YieldOp::create(b, l, result);
          },
          [&](OpBuilder &b, Location l) {
            scf::YieldOp::create(b, l, scores);
          });
      scores = ifOp.getResult(0);
    } else {
      scores = adjustScores(lb, op, scores, d, true);
    }
  }

  // Scores may be NaN or -inf; maxnumf passes over NaN here and the exponential
  // of the score brings it into the sum.
  // Loops over scores are numbered 0 .. rank-1 in the tensor's own order.
  unsigned rank = scoreShape.size();
  SmallVector<int64_t> all = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  SmallVector<int64_t> rows = llvm::to_vector(llvm::seq<int64_t>(0, d.lead));
  rows.push_back(transposed ? d.lead + 1 : d.lead);
  SmallVector<int64_t> rowDims =
      llvm::to_vector(llvm::seq<int64_t>(0, d.lead + 1));
  unsigned rowRank = rowDims.size();
  auto greater = [](OpBuilder &b, Location l, ValueRange args) -> Value {
    return arith::MaxNumFOp::create(b, l, args[0], args[1],
                                    arith::FastMathFlags::nnan);
  };
  Value tileMax =
      lb.generic(rank, {{scores, all}},
                 lb.full(maxType.getShape(), f, kLeastMax), rows, greater);
  auto scaledOf = [&](OpBuilder &b, Location l, Value x) -> Value {
    if (!late)
      return x;
    return arith::MulFOp::create(b, l, x, LinalgBuilder(b, l).real(f, scale));
  };
  Value newMax = lb.generic(
      rowRank, {{op.getMax(), rowDims}, {tileMax, rowDims}},
      lb.empty(maxType.getShape(), f), rowDims,
      [&](OpBuilder &b, Location l, ValueRange args) -> Value {
        return arith::MaxNumFOp::create(b, l, args[0], scaledOf(b, l, args[1]),
                                        arith::FastMathFlags::nnan);
      });
  Value alpha = lb.generic(
      rowRank, {{op.getMax(), rowDims}, {newMax, rowDims}},
      lb.empty(maxType.getShape(), f), rowDims,
      [&](OpBuilder &b, Location l, ValueRange args) -> Value {
        return power(b, l, arith::SubFOp::create(b, l, args[0], args[1]),
                     base2);
      });
  auto weightOf = [&](OpBuilder &b, Location l, Value score,
                      Value max) -> Value {
    Value x;
    if (late)
      x = math::FmaOp::create(b, l, score, LinalgBuilder(b, l).real(f, scale),
                              arith::NegFOp::create(b, l, max));
    else
      x = arith::SubFOp::create(b, l, score, max);
    return power(b, l, x, base2, /*roughly=*/pairs);
  };
  auto scaled = [](OpBuilder &b, Location l, ValueRange args) -> Value {
    return arith::MulFOp::create(b, l, args[0], args[1]);
  };
  Value weights, sum;
  if (pairs) {
    sum = lb.generic(rowRank, {{alpha, rowDims}}, op.getSum(), rowDims, scaled);
    std::tie(weights, sum) = weightsInPairs(lb, scores, newMax, sum, weightOf);
  } else {
    weights =
        lb.generic(rank, {{newMax, rows}}, scores, all,
                   [&](OpBuilder &b, Location l, ValueRange args) -> Value {
                     return weightOf(b, l, args[1], args[0]);
                   });
    sum = lb.generic(rowRank, {{alpha, rowDims}}, op.getSum(), rowDims, scaled);
    sum = lb.generic(rank, {{weights, all}}, sum, rows,
                     [](OpBuilder &b, Location l, ValueRange args) -> Value {
                       return arith::AddFOp::create(b, l, args[0], args[1]);
                     });
  }
  SmallVector<int64_t> accAll = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  Value acc = lb.generic(rank, {{alpha, rows}}, op.getAcc(), accAll, scaled);
  // O^T += V^T P^T or O += P V. Loops: (leading, c, i, j) or (leading, i, c,
  // j).
  int64_t L = d.lead;
  if (pairs) {
    acc = productOfPairs(lb, inPairs(lb, value, 1), weights, acc);
  } else if (transposed) {
    SmallVector<int64_t> v = rowDims, p = rowDims, o = rowDims;
    v.back() = L + 2, v.push_back(L);
    p.back() = L + 2, p.push_back(L + 1);
    o.back() = L, o.push_back(L + 1);
    acc = lb.generic(L + 3, {{value, v}, {weights, p}}, acc, o, multiplyAdd);
  } else {
    SmallVector<int64_t> v = rowDims, p = rowDims, o = rowDims;
    v.back() = L + 2, v.push_back(L + 1);
    p.back() = L, p.push_back(L + 2);
    o.back() = L, o.push_back(L + 1);
    acc = lb.generic(L + 3, {{value, v}, {weights, p}}, acc, o, multiplyAdd);
  }
  // The old maximum was read by alpha, so it is overwritten last; a plain copy
  // would be folded away and the loop could not carry it in place.
  Value carried =
      lb.generic(rowRank, {{newMax, rowDims}}, op.getMax(), rowDims, greater);
  return {acc, carried, sum};
}

SmallVector<Value> mlir::msa::decompose(OpBuilder &builder, FinalizeOp op) {
  LinalgBuilder lb(builder, op.getLoc());
  bool transposed = op.getTransposed(), base2 = op.getBase2();
  auto outType = cast<RankedTensorType>(op.getOut().getType());
  auto lseType = cast<RankedTensorType>(op.getLse().getType());
  int64_t rank = outType.getRank();
  SmallVector<int64_t> all = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  SmallVector<int64_t> acc = all;
  if (transposed)
    std::swap(acc[rank - 1], acc[rank - 2]);
  SmallVector<int64_t> rows(ArrayRef<int64_t>(all).drop_back());
  // A sum of exactly 0 means that no key was kept; NaN must pass through.
  auto isEmpty = [](OpBuilder &b, Location l, Value sum) -> Value {
    return arith::CmpFOp::create(b, l, arith::CmpFPredicate::OEQ, sum,
                                 LinalgBuilder(b, l).real(sum.getType(), 0.0));
  };
  // What is rounded to 16 bits takes one division a row: of 1 by the sum.
  SmallVector<LinalgBuilder::Input> inputs = {{op.getAcc(), acc},
                                              {op.getSum(), rows}};
  bool inverts = outType.getElementTypeBitWidth() == 16;
  if (inverts) {
    auto type = cast<RankedTensorType>(op.getSum().getType());
    Value inverse =
        lb.generic(rank - 1, {{op.getSum(), rows}},
                   lb.empty(type.getShape(), type.getElementType()), rows,
                   [](OpBuilder &b, Location l, ValueRange args) -> Value {
                     Value one =
                         LinalgBuilder(b, l).real(args[0].getType(), 1.0);
                     return arith::DivFOp::create(b, l, one, args[0]);
                   });
    inputs.push_back({inverse, rows});
  }
  Value out = lb.generic(
      rank, inputs, lb.empty(outType.getShape(), outType.getElementType()), all,
      [&](OpBuilder &b, Location l, ValueRange args) -> Value {
        Value quotient =
            inverts ? Value(arith::MulFOp::create(b, l, args[0], args[2]))
                    : arith::DivFOp::create(b, l, args[0], args[1]);
        Value zero = LinalgBuilder(b, l).real(quotient.getType(), 0.0);
        Value result = arith::SelectOp::create(b, l, isEmpty(b, l, args[1]),
                                               zero, quotient);
        return LinalgBuilder::convert(b, l, result, outType.getElementType());
      });
  Value lse = lb.generic(
      rank - 1, {{op.getMax(), rows}, {op.getSum(), rows}},
      lb.empty(lseType.getShape(), lseType.getElementType()), rows,
      [&](OpBuilder &b, Location l, ValueRange args) -> Value {
        LinalgBuilder inner(b, l);
        Type f = args[0].getType();
        Value max = args[0];
        if (base2)
          max = arith::MulFOp::create(b, l, max, inner.real(f, kLn2));
        Value log = math::LogOp::create(b, l, args[1]);
        Value finite = arith::AddFOp::create(b, l, max, log);
        Value none = inner.real(f, -std::numeric_limits<double>::infinity());
        return arith::SelectOp::create(b, l, isEmpty(b, l, args[1]), none,
                                       finite);
      });
  return {out, lse};
}

SmallVector<Value> mlir::msa::decompose(OpBuilder &builder, MergeOp op) {
  LinalgBuilder lb(builder, op.getLoc());
  auto outType = cast<RankedTensorType>(op.getOut().getType());
  auto lseType = cast<RankedTensorType>(op.getLse().getType());
  int64_t rank = outType.getRank();
  SmallVector<int64_t> all = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  SmallVector<int64_t> rows(ArrayRef<int64_t>(all).drop_back());
  double inf = std::numeric_limits<double>::infinity();
  auto absent = [&](OpBuilder &b, Location l, Value lse) -> Value {
    return arith::CmpFOp::create(b, l, arith::CmpFPredicate::OEQ, lse,
                                 LinalgBuilder(b, l).real(lse.getType(), -inf));
  };
  // max + log(exp(a - max) + exp(b - max)); one side empty: the other's bits.
  Value lse = lb.generic(
      rank - 1, {{op.getALse(), rows}, {op.getBLse(), rows}},
      lb.empty(lseType.getShape(), lseType.getElementType()), rows,
      [&](OpBuilder &b, Location l, ValueRange args) -> Value {
        Value max = arith::MaximumFOp::create(b, l, args[0], args[1]);
        auto term = [&](Value x) -> Value {
          return math::ExpOp::create(b, l, arith::SubFOp::create(b, l, x, max));
        };
        Value sum = arith::AddFOp::create(b, l, term(args[0]), term(args[1]));
        Value joined =
            arith::AddFOp::create(b, l, max, math::LogOp::create(b, l, sum));
        joined = arith::SelectOp::create(b, l, absent(b, l, args[0]), args[1],
                                         joined);
        return arith::SelectOp::create(b, l, absent(b, l, args[1]), args[0],
                                       joined);
      });
  Type f = lseType.getElementType();
  Value out = lb.generic(
      rank,
      {{op.getA(), all},
       {op.getALse(), rows},
       {op.getB(), all},
       {op.getBLse(), rows},
       {lse, rows}},
      lb.empty(outType.getShape(), outType.getElementType()), all,
      [&](OpBuilder &b, Location l, ValueRange args) -> Value {
        auto part = [&](Value x, Value own) -> Value {
          Value weight = math::ExpOp::create(
              b, l, arith::SubFOp::create(b, l, own, args[4]));
          return arith::MulFOp::create(b, l, weight,
                                       LinalgBuilder::convert(b, l, x, f));
        };
        Value sum = arith::AddFOp::create(b, l, part(args[0], args[1]),
                                          part(args[2], args[3]));
        Value joined =
            LinalgBuilder::convert(b, l, sum, outType.getElementType());
        joined = arith::SelectOp::create(b, l, absent(b, l, args[1]), args[2],
                                         joined);
        Value result = arith::SelectOp::create(b, l, absent(b, l, args[3]),
                                               args[0], joined);
        Value none = arith::AndIOp::create(b, l, absent(b, l, args[1]),
                                           absent(b, l, args[3]));
        Value zero = LinalgBuilder(b, l).real(outType.getElementType(), 0.0);
        return arith::SelectOp::create(b, l, none, zero, result);
      });
  return {out, lse};
}
