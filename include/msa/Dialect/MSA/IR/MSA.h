//===- MSA.h - The msa dialect ----------------------------------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSA_IR_MSA_H
#define MSA_DIALECT_MSA_IR_MSA_H

#include "msa/Dialect/MSA/IR/PatternBuilder.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "msa/Dialect/MSA/IR/MSADialect.h.inc"
#include "msa/Dialect/MSA/IR/MSAEnums.h.inc"

#include "msa/Dialect/MSA/IR/GateInterface.h.inc"
#include "msa/Dialect/MSA/IR/LinearStateInterface.h.inc"
#include "msa/Dialect/MSA/IR/PatternInterface.h.inc"

#define GET_ATTRDEF_CLASSES
#include "msa/Dialect/MSA/IR/MSAAttrs.h.inc"

#define GET_OP_CLASSES
#include "msa/Dialect/MSA/IR/MSAOps.h.inc"

#endif // MSA_DIALECT_MSA_IR_MSA_H
