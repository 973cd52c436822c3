//===- ByteBooleans.cpp - Vectors of i1 in memory are bytes ---------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Codegen/Passes.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/Pass/Pass.h"

namespace mlir::msa {
#define GEN_PASS_DEF_MSABYTEBOOLEANS
#include "msa/Codegen/Passes.h.inc"
} // namespace mlir::msa

using namespace mlir;

/// The vector of bytes that holds a vector of i1 in memory; null for others.
static VectorType bytes(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  if (!vector || !vector.getElementType().isInteger(1))
    return {};
  return vector.clone(IntegerType::get(type.getContext(), 8));
}

namespace {
struct ByteBooleansPass : msa::impl::MSAByteBooleansBase<ByteBooleansPass> {
  using Base::Base;
  void runOnOperation() override {
    OpBuilder b(&getContext());
    WalkResult result = getOperation()->walk([&](Operation *op) {
      b.setInsertionPoint(op);
      Location loc = op->getLoc();
      if (auto load = dyn_cast<LLVM::LoadOp>(op)) {
        if (VectorType wide = bytes(load.getType())) {
          auto fresh = LLVM::LoadOp::create(b, loc, wide, load.getAddr(),
                                            load.getAlignment().value_or(1));
          Value bits = LLVM::TruncOp::create(b, loc, load.getType(), fresh);
          load.replaceAllUsesWith(bits);
          load.erase();
        }
      } else if (auto store = dyn_cast<LLVM::StoreOp>(op)) {
        if (VectorType wide = bytes(store.getValue().getType())) {
          Value byte = LLVM::ZExtOp::create(b, loc, wide, store.getValue());
          LLVM::StoreOp::create(b, loc, byte, store.getAddr(),
                                store.getAlignment().value_or(1));
          store.erase();
        }
      } else if (auto load = dyn_cast<LLVM::MaskedLoadOp>(op)) {
        if (bytes(load.getType())) {
          op->emitError("a masked load of booleans has no byte form");
          return WalkResult::interrupt();
        }
      } else if (auto store = dyn_cast<LLVM::MaskedStoreOp>(op)) {
        if (bytes(store.getValue().getType())) {
          op->emitError("a masked store of booleans has no byte form");
          return WalkResult::interrupt();
        }
      } else if (auto gather = dyn_cast<LLVM::masked_gather>(op)) {
        if (bytes(gather.getRes().getType())) {
          op->emitError("a gather of booleans has no byte form");
          return WalkResult::interrupt();
        }
      }
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace
