//===- ProductUse.h - What reads a scheduled product ------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_LIB_CONVERSION_MSATOMSAGPU_PRODUCTUSE_H
#define MSA_LIB_CONVERSION_MSATOMSAGPU_PRODUCTUSE_H

#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"

namespace mlir::msa_gpu {

/// A product without an epilogue that an operation reads, perhaps through a
/// reshape that adds or drops dimensions of size 1 only.
struct ProductUse {
  GemmOp gemm;
  Operation *reshape = nullptr;
  /// Of the dimensions that the operation sees, 1 for those that the product
  /// does not have.
  std::string letters;

  /// The value as the operation sees it, of another product of the same shape.
  Value reshaped(OpBuilder &b, Value result) const;
};

/// Without a product: one whose gemm is null.
ProductUse productUse(Value value);

} // namespace mlir::msa_gpu

#endif // MSA_LIB_CONVERSION_MSATOMSAGPU_PRODUCTUSE_H
