//===- Buffers.cpp - Sizes and places of buffers --------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Codegen/Buffers.h"

#include "msa/Artefact/Artefact.h"
#include "msa/Dialect/MSA/IR/MSA.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using ::mlir::msa::MSADialect;

static constexpr int64_t kMostBytes = ::msa::artefact::kMaxBytes;

FailureOr<int64_t> mlir::msa::bufferBytes(Operation *op, MemRefType type) {
  Type element = type.getElementType();
  if (!element.isIntOrIndexOrFloat())
    return op->emitError() << "no artefact can hold tensors of " << element;
  int64_t bytes = llvm::divideCeil(
      element.isIndex() ? 64 : element.getIntOrFloatBitWidth(), 8);
  bool overflow = false;
  for (int64_t size : type.getShape())
    overflow |= llvm::MulOverflow(bytes, size, bytes) || bytes > kMostBytes;
  if (overflow)
    return op->emitError() << "a buffer of " << type
                           << " is too large: at most 2^47 bytes";
  return static_cast<int64_t>(llvm::alignTo(bytes, 64));
}

DenseSet<Value> mlir::msa::alignedBuffers(func::FuncOp kernel) {
  DenseSet<Value> aligned;
  auto uses = SymbolTable::getSymbolUses(kernel, kernel->getParentOp());
  if (!uses)
    return aligned;
  for (BlockArgument argument : kernel.getArguments()) {
    bool all = isa<MemRefType>(argument.getType());
    for (SymbolTable::SymbolUse use : *uses) {
      auto call = dyn_cast<func::CallOp>(use.getUser());
      if (!all || !call) {
        all = false;
        break;
      }
      Value buffer = call.getOperand(argument.getArgNumber());
      if (auto entry = dyn_cast<BlockArgument>(buffer)) {
        auto caller = cast<func::FuncOp>(entry.getOwner()->getParentOp());
        all = llvm::any_of(
            ArrayRef({MSADialect::kStateAttr, MSADialect::kConstantAttr}),
            [&](StringRef name) {
              return caller.getArgAttr(entry.getArgNumber(), name) != nullptr;
            });
        continue;
      }
      all = isa<memref::AllocOp, memref::GetGlobalOp>(buffer.getDefiningOp());
    }
    if (all)
      aligned.insert(argument);
  }
  return aligned;
}

Value mlir::msa::rootOf(Value view) {
  while (auto op = view.getDefiningOp<ViewLikeOpInterface>())
    view = op.getViewSource();
  return view;
}

bool mlir::msa::isSameView(Value a, Value b) {
  if (a == b)
    return true;
  auto x = a.getDefiningOp<memref::SubViewOp>();
  auto y = b.getDefiningOp<memref::SubViewOp>();
  return x && y && x.getType() == y.getType() &&
         isSameView(x.getSource(), y.getSource()) &&
         isEqualConstantIntOrValueArray(x.getMixedOffsets(),
                                        y.getMixedOffsets()) &&
         isEqualConstantIntOrValueArray(x.getMixedSizes(), y.getMixedSizes()) &&
         isEqualConstantIntOrValueArray(x.getMixedStrides(),
                                        y.getMixedStrides());
}
