//===- ThreadAlignment.h - Wide accesses of GPU threads ----*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_LIB_CODEGEN_VECTOR_THREADALIGNMENT_H
#define MSA_LIB_CODEGEN_VECTOR_THREADALIGNMENT_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "msa/Codegen/Buffers.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::msa {

/// Writes code with accesses as wide as the places of its operands allow.
/// `emit` writes it at the builder's place, or fails and writes nothing. Where
/// buffers of `operands` may lie anywhere, it is written twice, and which runs
/// is decided by the buffers' addresses. Fails where `emit` does.
LogicalResult emitAligned(OpBuilder &b, Location loc, ValueRange operands,
                          const DenseSet<Value> &aligned,
                          llvm::function_ref<LogicalResult(OpBuilder &)> emit);

/// Whether vectors can be read from and written to buffers of the type: a
/// boolean is a byte in memory, but a bit in a vector.
bool hasWideElements(Type type);

} // namespace mlir::msa

#endif // MSA_LIB_CODEGEN_VECTOR_THREADALIGNMENT_H
