//===- MSAGPU.h - The msa_gpu dialect ---------------------------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSAGPU_IR_MSAGPU_H
#define MSA_DIALECT_MSAGPU_IR_MSAGPU_H

#include "msa/Dialect/MSA/IR/MSA.h"

#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

#include "msa/Dialect/MSAGPU/IR/MSAGPUDialect.h.inc"
#include "msa/Dialect/MSAGPU/IR/MSAGPUEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "msa/Dialect/MSAGPU/IR/MSAGPUAttrs.h.inc"

#define GET_TYPEDEF_CLASSES
#include "msa/Dialect/MSAGPU/IR/MSAGPUTypes.h.inc"

#define GET_OP_CLASSES
#include "msa/Dialect/MSAGPU/IR/MSAGPUOps.h.inc"

namespace mlir::msa_gpu {

/// Shared memory that one block of an sm_90 can have.
constexpr int64_t kMaxShared = 232448;
/// That one block of every GPU from sm_80 on can have: code for sm_80 runs on
/// sm_86, sm_89 and sm_120 too, whose blocks have least.
constexpr int64_t kMaxSharedMma = 99 * 1024;
/// That the blocks of a multiprocessor of an sm_80 share.
constexpr int64_t kSharedMma = 163 * 1024;

} // namespace mlir::msa_gpu

#endif // MSA_DIALECT_MSAGPU_IR_MSAGPU_H
