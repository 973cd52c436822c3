//===- Views.cpp - Tensors that show another tensor -----------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSA/Utils/Views.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

bool mlir::msa::isTensorView(Operation *op) {
  return isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp,
             tensor::ExtractSliceOp, tensor::CastOp>(op);
}

Value mlir::msa::viewRoot(Value value) {
  for (Operation *op = value.getDefiningOp(); op && isTensorView(op);
       op = value.getDefiningOp())
    value = op->getOperand(0);
  return value;
}
