//===- GateArithmetic.h - Scalars that gates share --------------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_LIB_DIALECT_MSA_IR_GATES_GATEARITHMETIC_H
#define MSA_LIB_DIALECT_MSA_IR_GATES_GATEARITHMETIC_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace mlir::msa {

/// Emits scalar float arithmetic of one type.
struct GateArithmetic {
  OpBuilder &b;
  Location loc;
  Type type;

  Value number(double x) {
    return arith::ConstantOp::create(b, loc, b.getFloatAttr(type, x));
  }
  Value add(Value x, Value y) { return arith::AddFOp::create(b, loc, x, y); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(b, loc, x, y); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, loc, x, y); }
  Value tanh(Value x) { return math::TanhOp::create(b, loc, x); }
  Value sigmoid(Value x) {
    Value e = math::ExpOp::create(b, loc, arith::NegFOp::create(b, loc, x));
    return arith::DivFOp::create(b, loc, number(1.0), add(number(1.0), e));
  }
  Value choose(Value condition, Value x, Value y) {
    return arith::SelectOp::create(b, loc, condition, x, y);
  }
  Value atLeast(Value x, double y) {
    return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGE, x,
                                 number(y));
  }
  Value atMost(Value x, double y) {
    return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLE, x,
                                 number(y));
  }
  /// clamp(x (1 + 2 stretch) - stretch, 0, 1), by selects: the ends are exact,
  /// and NaN stays NaN.
  Value stretch(Value x, double amount) {
    if (amount != 0.0)
      x = sub(mul(x, number(1.0 + 2.0 * amount)), number(amount));
    x = choose(atMost(x, 0.0), number(0.0), x);
    return choose(atLeast(x, 1.0), number(1.0), x);
  }
};

inline LogicalResult verifyStretch(function_ref<InFlightDiagnostic()> emitError,
                                   FloatAttr stretch) {
  double x = stretch.getType().isF64() ? stretch.getValueAsDouble() : -1.0;
  if (x >= 0.0 && x <= 1.0)
    return success();
  return emitError() << "(G1) stretch must be an f64 in [0, 1], got "
                     << stretch;
}

} // namespace mlir::msa

#endif // MSA_LIB_DIALECT_MSA_IR_GATES_GATEARITHMETIC_H
