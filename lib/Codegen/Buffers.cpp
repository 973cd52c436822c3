//===- Buffers.cpp - Sizes of buffers -------------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Codegen/Buffers.h"

#include "msa/Artefact/Artefact.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

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
