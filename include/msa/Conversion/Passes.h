//===- Passes.h - Conversions between levels --------------------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_CONVERSION_PASSES_H
#define MSA_CONVERSION_PASSES_H

#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"

#include "mlir/Pass/Pass.h"

namespace mlir::msa {

#define GEN_PASS_DECL
#include "msa/Conversion/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "msa/Conversion/Passes.h.inc"

} // namespace mlir::msa

#endif // MSA_CONVERSION_PASSES_H
