//===- CompileGpu.h - From the nvvm dialect to PTX ----------------*- C++
//-*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_TARGET_COMPILEGPU_H
#define MSA_TARGET_COMPILEGPU_H

#include "msa/Artefact/Artefact.h"

#include "mlir/IR/BuiltinOps.h"

namespace msa {

/// Teaches the context what compileGpu asks of it, before any thread does.
void prepareForGpu(mlir::MLIRContext &context);

/// PTX of the module's gpu.module for `arch` ("sm_80": runs there and on all
/// later GPUs; "sm_90a": on this one only, all of whose instructions it may
/// use). Where `ir` is given it receives the LLVM IR. Several modules of a
/// context can be compiled at once.
mlir::LogicalResult compileGpu(mlir::ModuleOp module, llvm::StringRef arch,
                               artefact::CodeObject &code, std::string *ir);

} // namespace msa

#endif // MSA_TARGET_COMPILEGPU_H
