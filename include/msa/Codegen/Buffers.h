//===- Buffers.h - Sizes of buffers -----------------------------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_CODEGEN_BUFFERS_H
#define MSA_CODEGEN_BUFFERS_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Operation.h"

namespace mlir::msa {

/// Bytes of a dense buffer of static sizes, rounded up to 64. More than an
/// artefact can hold (2^47) is an error at `op`, which also keeps sums of sizes
/// far from overflow.
FailureOr<int64_t> bufferBytes(Operation *op, MemRefType type);

} // namespace mlir::msa

#endif // MSA_CODEGEN_BUFFERS_H
