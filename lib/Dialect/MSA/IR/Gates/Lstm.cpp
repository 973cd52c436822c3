//===- Lstm.cpp - Long short-term memory ----------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GateArithmetic.h"

#include "msa/Dialect/MSA/IR/MSA.h"

#include <cmath>

using namespace mlir;
using namespace mlir::msa;

enum : unsigned { kInput, kForget, kOutput, kCell };

LogicalResult LstmAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               bool, FloatAttr stretch, FloatAttr forgetBias) {
  if (failed(verifyStretch(emitError, stretch)))
    return failure();
  if (forgetBias.getType().isF64() &&
      std::isfinite(forgetBias.getValueAsDouble()))
    return success();
  return emitError() << "(G2) forgetBias must be a finite f64, got "
                     << forgetBias;
}

SmallVector<StringRef> LstmAttr::getProjections() const {
  return {"i", "f", "o", "g"};
}

bool LstmAttr::isPerSlot(unsigned projection) const {
  return getPerSlot() && (projection == kInput || projection == kForget);
}

bool LstmAttr::hasRead() const { return true; }

SmallVector<Value> LstmAttr::buildUpdate(OpBuilder &builder, Location loc,
                                         Value bank, ValueRange c,
                                         ValueRange m) const {
  GateArithmetic g{builder, loc, bank.getType()};
  double amount = getStretch().getValueAsDouble();
  Value i = g.sigmoid(g.add(c[kInput], m[kInput]));
  Value f = g.sigmoid(g.add(g.add(c[kForget], m[kForget]),
                            g.number(getForgetBias().getValueAsDouble())));
  Value o = g.sigmoid(g.add(c[kOutput], m[kOutput]));
  Value cell = g.tanh(g.add(c[kCell], m[kCell]));
  i = g.stretch(i, amount);
  f = g.stretch(f, amount);
  Value blend = g.add(g.mul(f, bank), g.mul(i, cell));
  Value keeps =
      arith::AndIOp::create(builder, loc, g.atLeast(f, 1.0), g.atMost(i, 0.0));
  Value next = g.choose(keeps, bank, blend);
  return {next, g.mul(o, g.tanh(next))};
}
