//===- Buffers.h - Sizes and places of buffers ------------------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_CODEGEN_BUFFERS_H
#define MSA_CODEGEN_BUFFERS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinTypes.h"

namespace mlir::msa {

/// Bytes of a dense buffer of static sizes, rounded up to 64. More than an
/// artefact can hold (2^47) is an error at `op`, which also keeps sums of sizes
/// far from overflow.
FailureOr<int64_t> bufferBytes(Operation *op, MemRefType type);

/// Bytes of the widest access of a GPU's thread.
inline constexpr int64_t kWidest = 16;

/// Buffers of a kernel that lie at multiples of kWidest wherever it is called:
/// what the runtime allocates does, what a caller brings need not.
DenseSet<Value> alignedBuffers(func::FuncOp kernel);

/// The buffer behind views.
Value rootOf(Value view);

/// Whether two views are the same part of the same buffer.
bool isSameView(Value a, Value b);

} // namespace mlir::msa

#endif // MSA_CODEGEN_BUFFERS_H
