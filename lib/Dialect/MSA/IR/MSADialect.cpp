//===- MSADialect.cpp - Registration of the msa dialect -------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSA/IR/MSA.h"

#include "mlir/IR/DialectImplementation.h"
#include "mlir/Transforms/InliningUtils.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::msa;

#include "msa/Dialect/MSA/IR/MSADialect.cpp.inc"
#include "msa/Dialect/MSA/IR/MSAEnums.cpp.inc"

#include "msa/Dialect/MSA/IR/GateInterface.cpp.inc"
#include "msa/Dialect/MSA/IR/LinearStateInterface.cpp.inc"
#include "msa/Dialect/MSA/IR/PatternInterface.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "msa/Dialect/MSA/IR/MSAAttrs.cpp.inc"

#define GET_OP_CLASSES
#include "msa/Dialect/MSA/IR/MSAOps.cpp.inc"

namespace {
/// All ops are pure values: layers written as functions can be inlined.
struct MSAInliner : DialectInlinerInterface {
  using DialectInlinerInterface::DialectInlinerInterface;
  bool isLegalToInline(Operation *, Region *, bool, IRMapping &) const final {
    return true;
  }
  bool isLegalToInline(Region *, Region *, bool, IRMapping &) const final {
    return true;
  }
};
} // namespace

void MSADialect::initialize() {
  addInterfaces<MSAInliner>();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "msa/Dialect/MSA/IR/MSAAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "msa/Dialect/MSA/IR/MSAOps.cpp.inc"
      >();
}
