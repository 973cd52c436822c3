//===- ReuseLoads.h - What a thread has read before -------------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_LIB_CODEGEN_VECTOR_REUSELOADS_H
#define MSA_LIB_CODEGEN_VECTOR_REUSELOADS_H

#include "mlir/IR/Block.h"

namespace mlir::msa {

/// Replaces loads of vectors by earlier ones of the same place in the block,
/// where views of one buffer overlap. Nothing in the block may write what it
/// reads so; distinct buffers never overlap (the contract of kernels).
void reuseLoads(Block &block);

/// Moves stores behind the block's loads, which need not wait for them then,
/// where the block reads nothing that it writes.
void storeLast(Block &block);

} // namespace mlir::msa

#endif // MSA_LIB_CODEGEN_VECTOR_REUSELOADS_H
