//===- PlaceCounters.cpp - Counters that stay zero between steps ----------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Codegen/Buffers.h"
#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"
#include "msa/Dialect/MSAGPU/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::msa_gpu {
#define GEN_PASS_DEF_MSAGPUPLACECOUNTERS
#include "msa/Dialect/MSAGPU/Transforms/Passes.h.inc"
} // namespace mlir::msa_gpu

using namespace mlir;
using namespace mlir::msa_gpu;

/// Of places in the arena, bytes.
static constexpr int64_t kAlignment = 64;

namespace {
struct PlaceCountersPass
    : msa_gpu::impl::MSAGPUPlaceCountersBase<PlaceCountersPass> {
  using Base::Base;

  /// Bytes of the call's counter, 0 if its kernel has none.
  static int64_t clearedBy(func::CallOp call, ModuleOp module) {
    auto kernel = module.lookupSymbol<func::FuncOp>(call.getCallee());
    auto launch =
        kernel ? kernel->getAttrOfType<LaunchAttr>(MSAGPUDialect::kLaunchAttr)
               : LaunchAttr();
    return launch ? launch.getCleared() : 0;
  }

  LogicalResult place(func::FuncOp entry) {
    auto arena = entry->getAttrOfType<IntegerAttr>("msa.arena");
    int64_t begin = llvm::alignTo(arena ? arena.getInt() : 0, kAlignment);
    int64_t end = begin;
    for (auto call : entry.getOps<func::CallOp>()) {
      if (clearedBy(call, getOperation()) == 0)
        continue;
      // (buffers.., first tile, last tile)
      unsigned last = call.getNumOperands() - 3;
      auto alloc = call.getNumOperands() < 3
                       ? memref::AllocOp()
                       : call.getOperand(last).getDefiningOp<memref::AllocOp>();
      if (!alloc || !alloc.getType().hasStaticShape() ||
          !alloc.getType().getElementType().isIntOrFloat())
        return call.emitOpError("passes a counter that is no scratch of the "
                                "entry, so it can not be placed");
      if (!alloc->hasOneUse()) {
        OpBuilder b(call);
        alloc = cast<memref::AllocOp>(b.clone(*alloc));
        call.setOperand(last, alloc);
      }
      FailureOr<int64_t> bytes = msa::bufferBytes(alloc, alloc.getType());
      if (failed(bytes))
        return failure();
      alloc->setAttr(
          "msa.offset",
          IntegerAttr::get(IntegerType::get(&getContext(), 64), end));
      end += *bytes;
      ++numCounters;
    }
    if (end == begin)
      return success();
    Builder b(&getContext());
    entry->setAttr("msa.arena", b.getI64IntegerAttr(end));
    entry->setAttr("msa.cleared", b.getI64IntegerAttr(end - begin));
    return success();
  }

  void runOnOperation() override {
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (func.isPublic() && !func.isExternal() && failed(place(func)))
        return signalPassFailure();
  }
};
} // namespace
