//===- PlanShared.cpp - Places in shared memory ------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSAGPU/Transforms/Passes.h"

namespace mlir::msa_gpu {
#define GEN_PASS_DEF_MSAGPUPLANSHARED
#include "msa/Dialect/MSAGPU/Transforms/Passes.h.inc"
} // namespace mlir::msa_gpu

using namespace mlir;
using namespace mlir::msa_gpu;

namespace {
struct PlanSharedPass : msa_gpu::impl::MSAGPUPlanSharedBase<PlanSharedPass> {
  using Base::Base;

  void runOnOperation() override {
    KernelOp kernel = getOperation();
    Builder b(&getContext());
    int64_t offset = 0;
    // Tiles have multiples of 1024 bytes: 8 rows of 128.
    for (RingOp ring : kernel.getOps<RingOp>())
      if (isa<TileType>(ring.getHolds())) {
        ring.setSharedAttr(b.getI64IntegerAttr(offset));
        offset += ring.getSlotBytes() * ring.getSlots() * ring.getCopies();
      }
    int64_t tiles = offset;
    if (kernel.getMma())
      offset = 0;
    // A store waits for the copies that still read the slots it takes, counting
    // them as its own are counted: stores with the same slots and panels, one
    // after the other, share them.
    llvm::SmallDenseMap<std::pair<int64_t, int64_t>, int64_t> places;
    kernel.walk([&](StoreOp store) {
      auto [place, isNew] = places.try_emplace(
          {store.getStagedBytes(), store.getPanels()}, offset);
      store.setSharedAttr(b.getI64IntegerAttr(place->second));
      if (isNew)
        offset += store.getStagedBytes() * kernel.getWarpgroups();
    });
    offset = std::max(offset, tiles);
    for (RingOp ring : kernel.getOps<RingOp>()) {
      ring.setBarriersAttr(b.getI64IntegerAttr(offset));
      if (!kernel.getMma())
        offset += 2 * 8 * ring.getSlots() * ring.getCopies();
    }
    for (RingOp ring : kernel.getOps<RingOp>())
      if (!isa<TileType>(ring.getHolds())) {
        ring.setSharedAttr(b.getI64IntegerAttr(offset));
        offset += ring.getSlotBytes() * ring.getSlots() * ring.getCopies();
      }
    int64_t most = kernel.getMma() ? kMaxSharedMma : kMaxShared;
    if (offset > most) {
      kernel.emitOpError("needs ") << offset << " bytes of shared memory, more "
                                   << "than the " << most << " of a block";
      return signalPassFailure();
    }
    kernel.setShared(offset);
  }
};
} // namespace
