//===- InPlace.cpp - What in-place updates forbid -------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Codegen/InPlace.h"

#include "msa/Dialect/MSA/Utils/Views.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::msa;

bool mlir::msa::readsOverwritten(linalg::LinalgOp producer,
                                 linalg::LinalgOp consumer) {
  for (Value destination : consumer.getDpsInits()) {
    Value root = viewRoot(destination);
    if (root.getDefiningOp<tensor::EmptyOp>() ||
        root.getDefiningOp<linalg::FillOp>())
      continue;
    for (OpOperand *input : producer.getDpsInputOperands())
      if (viewRoot(input->get()) == root &&
          (input->get() != destination ||
           !producer.getMatchingIndexingMap(input).isIdentity()))
        return true;
    bool inside = producer
                      ->walk([&](tensor::ExtractOp op) {
                        return viewRoot(op.getTensor()) == root
                                   ? WalkResult::interrupt()
                                   : WalkResult::advance();
                      })
                      .wasInterrupted();
    if (inside)
      return true;
  }
  return false;
}
