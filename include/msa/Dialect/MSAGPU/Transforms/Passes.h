//===- Passes.h - Transformations of tile programs ---------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSAGPU_TRANSFORMS_PASSES_H
#define MSA_DIALECT_MSAGPU_TRANSFORMS_PASSES_H

#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"

#include "mlir/Pass/Pass.h"

namespace mlir::msa_gpu {

#define GEN_PASS_DECL
#include "msa/Dialect/MSAGPU/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "msa/Dialect/MSAGPU/Transforms/Passes.h.inc"

/// Attention as a destination-passing operation that bufferizes in place.
void registerBufferization(DialectRegistry &registry);

} // namespace mlir::msa_gpu

#endif // MSA_DIALECT_MSAGPU_TRANSFORMS_PASSES_H
