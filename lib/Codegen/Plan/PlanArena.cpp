//===- PlanArena.cpp - One arena for the buffers of an entry --------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Codegen/Buffers.h"
#include "msa/Codegen/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::msa {
#define GEN_PASS_DEF_MSAPLANARENA
#include "msa/Codegen/Passes.h.inc"
} // namespace mlir::msa

using namespace mlir;
using namespace mlir::msa;

namespace {
struct Buffer {
  memref::AllocOp op;
  int64_t bytes = 0;
  int64_t first = 0, last = 0; ///< Numbers of the operations that use it.
  int64_t offset = 0;
};

struct PlanArenaPass : msa::impl::MSAPlanArenaBase<PlanArenaPass> {
  using Base::Base;

  void runOnOperation() override {
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (func.isPublic() && !func.isExternal() && failed(plan(func)))
        return signalPassFailure();
  }

  LogicalResult plan(func::FuncOp entry) {
    DenseMap<Operation *, int64_t> numbers;
    SmallVector<Buffer> buffers;
    int64_t count = 0;
    for (Operation &op : entry.getBody().front())
      numbers[&op] = count++;
    for (auto op : entry.getBody().front().getOps<memref::AllocOp>()) {
      MemRefType type = op.getType();
      if (!type.hasStaticShape())
        return op.emitError("a buffer of an entry must have static sizes");
      Buffer buffer;
      buffer.op = op;
      FailureOr<int64_t> bytes = bufferBytes(op, type);
      if (failed(bytes))
        return failure();
      buffer.bytes = *bytes;
      buffer.first = count;
      for (Operation *user : op->getUsers()) {
        int64_t at = numbers.lookup(user);
        buffer.first = std::min(buffer.first, at);
        buffer.last = std::max(buffer.last, at);
      }
      buffers.push_back(buffer);
    }
    // Large buffers first, each at the lowest place free for its lifetime.
    SmallVector<Buffer *> order;
    for (Buffer &buffer : buffers)
      order.push_back(&buffer);
    llvm::stable_sort(order,
                      [](Buffer *a, Buffer *b) { return a->bytes > b->bytes; });
    int64_t arena = 0, before = 0;
    SmallVector<Buffer *> placed;
    for (Buffer *buffer : order) {
      SmallVector<Buffer *> alive;
      for (Buffer *other : placed)
        if (other->first <= buffer->last && buffer->first <= other->last)
          alive.push_back(other);
      llvm::sort(alive,
                 [](Buffer *a, Buffer *b) { return a->offset < b->offset; });
      int64_t at = 0;
      for (Buffer *other : alive) {
        if (at + buffer->bytes <= other->offset)
          break;
        at = std::max(at, other->offset + other->bytes);
      }
      buffer->offset = at;
      arena = std::max(arena, at + buffer->bytes);
      before += buffer->bytes;
      placed.push_back(buffer);
    }
    OpBuilder b(entry.getContext());
    for (Buffer &buffer : buffers)
      buffer.op->setAttr("msa.offset", b.getI64IntegerAttr(buffer.offset));
    entry->setAttr("msa.arena", b.getI64IntegerAttr(arena));
    numBytesBefore += before;
    numBytesAfter += arena;
    return success();
  }
};
} // namespace
