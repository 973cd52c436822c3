//===- Producer.cpp - The op that writes a buffer before another ----------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Producer.h"

#include "msa/Codegen/Buffers.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using mlir::msa::rootOf;

static bool isElementwise(linalg::GenericOp op) {
  return op.getNumReductionLoops() == 0 && op.getNumDpsInits() == 1 &&
         op.getIndexingMapsArray().back().isIdentity();
}

Operation *mlir::msa::findProducer(linalg::LinalgOp op, Value buffer) {
  Value root = rootOf(buffer);
  SmallPtrSet<Value, 8> written; // between the two
  for (Operation *prev = op->getPrevNode(); prev; prev = prev->getPrevNode()) {
    if (auto linalgOp = dyn_cast<linalg::LinalgOp>(prev)) {
      bool writesAll = linalgOp.getNumDpsInits() == 1 &&
                       linalgOp.getDpsInits()[0] == buffer &&
                       (isa<linalg::FillOp>(prev) ||
                        (isa<linalg::GenericOp>(prev) &&
                         isElementwise(cast<linalg::GenericOp>(prev))));
      if (writesAll) {
        for (Value input : linalgOp.getDpsInputs())
          if (isa<MemRefType>(input.getType()) &&
              (written.contains(rootOf(input)) || rootOf(input) == root))
            return nullptr;
        return prev;
      }
      for (Value init : linalgOp.getDpsInits())
        written.insert(rootOf(init));
    } else if (!isa<memref::AllocOp, memref::AllocaOp>(prev) &&
               !isMemoryEffectFree(prev)) {
      return nullptr;
    }
    if (prev->getNumRegions() != 0 && !isa<linalg::LinalgOp>(prev))
      return nullptr;
    for (Value operand : prev->getOperands())
      if (isa<MemRefType>(operand.getType()) && rootOf(operand) == root &&
          !isa<ViewLikeOpInterface>(prev))
        return nullptr;
  }
  return nullptr;
}
