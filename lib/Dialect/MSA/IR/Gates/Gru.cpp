//===- Gru.cpp - Gated recurrent unit -------------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GateArithmetic.h"

#include "msa/Dialect/MSA/IR/MSA.h"

using namespace mlir;
using namespace mlir::msa;

enum : unsigned { kReset, kUpdate, kNew };

LogicalResult GruAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                              bool, FloatAttr stretch) {
  return verifyStretch(emitError, stretch);
}

SmallVector<StringRef> GruAttr::getProjections() const {
  return {"r", "z", "n"};
}

bool GruAttr::isPerSlot(unsigned projection) const {
  return getPerSlot() && projection == kUpdate;
}

SmallVector<Value> GruAttr::buildUpdate(OpBuilder &builder, Location loc,
                                        Value bank, ValueRange c,
                                        ValueRange m) const {
  GateArithmetic g{builder, loc, bank.getType()};
  Value r = g.sigmoid(g.add(c[kReset], m[kReset]));
  Value z = g.sigmoid(g.add(c[kUpdate], m[kUpdate]));
  Value n = g.tanh(g.add(c[kNew], g.mul(r, m[kNew])));
  z = g.stretch(z, getStretch().getValueAsDouble());
  Value blend = g.add(g.mul(g.sub(g.number(1.0), z), n), g.mul(z, bank));
  // The ends are taken, not computed: 0 * n + 1 * bank would lose the sign of a
  // zero and let an infinite candidate through.
  blend = g.choose(g.atMost(z, 0.0), n, blend);
  return {g.choose(g.atLeast(z, 1.0), bank, blend)};
}
