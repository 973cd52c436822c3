//===- GemmProgram.h - A product as a tile program ---------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_LIB_DIALECT_MSAGPU_TRANSFORMS_GEMMPROGRAM_H
#define MSA_LIB_DIALECT_MSAGPU_TRANSFORMS_GEMMPROGRAM_H

#include "GemmPlan.h"

namespace mlir::msa_gpu {

/// The arguments of a kernel that computes a GemmOp: maps, and the buffers of
/// extras.
struct GemmArguments {
  Value a, b;
  SmallVector<Value> outs, extras;
};

/// Writes the loop over tiles at the builder's place.
void writeGemm(OpBuilder &builder, GemmOp op, const GemmPlan &plan,
               const GemmArguments &arguments);

} // namespace mlir::msa_gpu

#endif // MSA_LIB_DIALECT_MSAGPU_TRANSFORMS_GEMMPROGRAM_H
