//===- InPlace.cpp - What in-place updates forbid -------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Codegen/InPlace.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

static Value rootOf(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp,
             tensor::ExtractSliceOp, tensor::CastOp>(op))
      break;
    value = op->getOperand(0);
  }
  return value;
}

bool mlir::msa::readsOverwritten(linalg::LinalgOp producer,
                                 linalg::LinalgOp consumer) {
  for (Value destination : consumer.getDpsInits()) {
    Value root = rootOf(destination);
    if (root.getDefiningOp<tensor::EmptyOp>() ||
        root.getDefiningOp<linalg::FillOp>())
      continue;
    for (OpOperand *input : producer.getDpsInputOperands())
      if (rootOf(input->get()) == root &&
          (input->get() != destination ||
           !producer.getMatchingIndexingMap(input).isIdentity()))
        return true;
    bool inside = producer
                      ->walk([&](tensor::ExtractOp op) {
                        return rootOf(op.getTensor()) == root
                                   ? WalkResult::interrupt()
                                   : WalkResult::advance();
                      })
                      .wasInterrupted();
    if (inside)
      return true;
  }
  return false;
}
