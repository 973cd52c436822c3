//===- MSAGPUDialect.cpp - Registration of msa_gpu ---------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"
#include "msa/Dialect/MSAGPU/IR/ShapeClass.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::msa_gpu;

#include "msa/Dialect/MSAGPU/IR/MSAGPUDialect.cpp.inc"
#include "msa/Dialect/MSAGPU/IR/MSAGPUEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "msa/Dialect/MSAGPU/IR/MSAGPUAttrs.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "msa/Dialect/MSAGPU/IR/MSAGPUTypes.cpp.inc"

#define GET_OP_CLASSES
#include "msa/Dialect/MSAGPU/IR/MSAGPUOps.cpp.inc"

void MSAGPUDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "msa/Dialect/MSAGPU/IR/MSAGPUAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "msa/Dialect/MSAGPU/IR/MSAGPUTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "msa/Dialect/MSAGPU/IR/MSAGPUOps.cpp.inc"
      >();
}

LogicalResult
MSAGPUDialect::verifyOperationAttribute(Operation *op,
                                        NamedAttribute attribute) {
  if (attribute.getName() != kSchedulesAttr)
    return success();
  auto entries = dyn_cast<DictionaryAttr>(attribute.getValue());
  if (!entries || !isa<ModuleOp>(op))
    return op->emitError() << "(C1) " << kSchedulesAttr
                           << " is a dictionary on a builtin.module";
  for (NamedAttribute entry : entries)
    if (std::string why = whyNoEntry(entry.getName(), entry.getValue());
        !why.empty())
      return op->emitError() << why;
  return success();
}
