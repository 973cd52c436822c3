//===- Views.h - Tensors that show another tensor ---------------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSA_UTILS_VIEWS_H
#define MSA_DIALECT_MSA_UTILS_VIEWS_H

#include "mlir/IR/Value.h"

namespace mlir::msa {

/// Whether the op's result shows its first operand, whole, in part or in
/// another shape: once bufferized they are the same memory.
bool isTensorView(Operation *op);

/// The value that `value` shows through any number of views.
Value viewRoot(Value value);

} // namespace mlir::msa

#endif // MSA_DIALECT_MSA_UTILS_VIEWS_H
