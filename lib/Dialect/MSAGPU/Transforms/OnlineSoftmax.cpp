//===- OnlineSoftmax.cpp - Softmax over tiles of scores ----------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OnlineSoftmax.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::msa_gpu;

OnlineSoftmax msa_gpu::onlineSoftmax(TileBuilder &t, Value scores, Value max,
                                     Value sum,
                                     const OnlineSoftmaxOptions &options) {
  OpBuilder &b = t.b;
  Location loc = t.loc;
  Type f32 = b.getF32Type();
  Type rows = t.rowsOf(f32), partial = t.rowsOf(f32, /*partial=*/true);
  Value factor = t.real(options.factor);
  Value least = t.real(-std::numeric_limits<float>::infinity());
  OnlineSoftmax step;
  Value tileMax = CombineOp::create(
      b, loc, rows, Reduction::max,
      ReduceOp::create(b, loc, partial, Reduction::max, scores));
  if (options.bias)
    tileMax = t.map(rows, {tileMax, options.bias},
                    [](OpBuilder &b, Location loc, ValueRange x) -> Value {
                      return arith::AddFOp::create(b, loc, x[0], x[1]);
                    });
  step.max = t.map(rows, {max, tileMax},
                   [](OpBuilder &b, Location loc, ValueRange x) -> Value {
                     return arith::MaxNumFOp::create(b, loc, x[0], x[1]);
                   });
  if (options.lazy) {
    Value grown =
        t.map(t.rowsOf(b.getI1Type()), {step.max, max},
              [&](OpBuilder &b, Location loc, ValueRange x) -> Value {
                Value by = arith::MulFOp::create(
                    b, loc, arith::SubFOp::create(b, loc, x[0], x[1]), factor);
                Value limit = TileBuilder(b, loc).real(8.0);
                return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT,
                                             by, limit);
              });
    step.grows = AnyOp::create(b, loc, b.getI1Type(), grown);
    step.max =
        t.map(rows, {step.max, max},
              [&](OpBuilder &b, Location loc, ValueRange x) -> Value {
                return arith::SelectOp::create(b, loc, step.grows, x[0], x[1]);
              });
  }
  // A row that has kept no key yet has -inf here: any finite number will do.
  Value shift = t.map(
      rows, step.max, [&](OpBuilder &b, Location loc, ValueRange x) -> Value {
        Value by = arith::MulFOp::create(b, loc, x[0], factor);
        if (!options.guarded)
          return arith::NegFOp::create(b, loc, by);
        Value none = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ,
                                           x[0], least);
        by = arith::SelectOp::create(b, loc, none, TileBuilder(b, loc).real(0),
                                     by);
        return arith::NegFOp::create(b, loc, by);
      });
  auto power = [&](OpBuilder &b, Location loc, ValueRange x) -> Value {
    Value exponent = math::FmaOp::create(b, loc, x[0], factor, x[1]);
    return Exp2Op::create(b, loc, exponent);
  };
  Value own = shift;
  if (options.bias)
    own = t.map(rows, {options.bias, shift},
                [&](OpBuilder &b, Location loc, ValueRange x) -> Value {
                  return math::FmaOp::create(b, loc, x[0], factor, x[1]);
                });
  step.weights = t.map(scores.getType(), {scores, own}, power);
  Value tileSum =
      ReduceOp::create(b, loc, partial, Reduction::add, step.weights);
  // Exactly 1 where nothing is rescaled: a rounded quotient of equal numbers
  // would change the sum a little with every tile. What stays in registers
  // around the condition decides whether they suffice, so it is this alone.
  step.alpha =
      t.map(rows, {max, shift},
            [&](OpBuilder &b, Location loc, ValueRange x) -> Value {
              Value ratio = power(b, loc, x);
              if (!step.grows)
                return ratio;
              return arith::SelectOp::create(b, loc, step.grows, ratio,
                                             TileBuilder(b, loc).real(1));
            });
  step.sum = t.map(partial, {sum, step.alpha, tileSum},
                   [](OpBuilder &b, Location loc, ValueRange x) -> Value {
                     return math::FmaOp::create(b, loc, x[0], x[1], x[2]);
                   });
  return step;
}

Value msa_gpu::rescale(TileBuilder &t, Value acc, const OnlineSoftmax &step) {
  OpBuilder &b = t.b;
  auto scaled = [&]() -> Value {
    return t.map(acc.getType(), {acc, step.alpha},
                 [](OpBuilder &b, Location loc, ValueRange x) -> Value {
                   return arith::MulFOp::create(b, loc, x[0], x[1]);
                 });
  };
  if (!step.grows)
    return scaled();
  auto ifOp = scf::IfOp::create(b, t.loc, TypeRange{acc.getType()}, step.grows,
                                /*withElse=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(ifOp.thenBlock());
  scf::YieldOp::create(b, t.loc, scaled());
  b.setInsertionPointToEnd(ifOp.elseBlock());
  scf::YieldOp::create(b, t.loc, acc);
  return ifOp.getResult(0);
}
