//===- Passes.h - From tensors to kernels and plans ----------------*- C++
//-*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_CODEGEN_PASSES_H
#define MSA_CODEGEN_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::msa {

#define GEN_PASS_DECL
#include "msa/Codegen/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "msa/Codegen/Passes.h.inc"

} // namespace mlir::msa

#endif // MSA_CODEGEN_PASSES_H
