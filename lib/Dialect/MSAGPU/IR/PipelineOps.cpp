//===- PipelineOps.cpp - Constraints of copies by computing threads ----===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"

using namespace mlir;
using namespace mlir::msa_gpu;

/// The kernel around an operation, where it is one of mma.
static KernelOp mmaKernel(Operation *op) {
  auto kernel = op->getParentOfType<KernelOp>();
  return kernel && kernel.getMma() ? kernel : KernelOp();
}

static LogicalResult verifyPlace(Operation *op) {
  if (mmaKernel(op))
    return success();
  return op->emitOpError("(P1) stands in a kernel of mma");
}

static LogicalResult verifyRing(Operation *op, FlatSymbolRefAttr name,
                                Type tile, SymbolTableCollection &tables) {
  KernelOp kernel = mmaKernel(op);
  auto ring =
      kernel ? tables.lookupSymbolIn<RingOp>(kernel, name.getAttr()) : RingOp();
  if (!ring)
    return op->emitOpError("(P2) names no ring of its kernel: ") << name;
  if (ring.getHolds() != tile)
    return op->emitOpError("(P2) takes a ring of ")
           << tile << ", not of " << ring.getHolds();
  return success();
}

LogicalResult ViewOp::verify() {
  MapType map = getMap().getType();
  if (!mmaKernel(*this))
    return emitOpError("(V1) stands in a kernel of mma");
  if (!map.getLayout() ||
      map.getElement() !=
          cast<MemRefType>(getBuffer().getType()).getElementType())
    return emitOpError("(V1) gives a map with a layout of the buffer's "
                       "elements, not ")
           << map;
  return success();
}

LogicalResult CopyOp::verify() {
  if (!getMap().getType().getLayout())
    return emitOpError("(P2) copies from a view");
  return verifyPlace(*this);
}

LogicalResult CommitOp::verify() { return verifyPlace(*this); }
LogicalResult SlotOp::verify() { return verifyPlace(*this); }

LogicalResult AwaitOp::verify() {
  if (getUnderWay() > 63)
    return emitOpError("(P3) leaves 0 to 63 groups under way, got ")
           << static_cast<int64_t>(getUnderWay());
  return verifyPlace(*this);
}

LogicalResult CopyOp::verifySymbolUses(SymbolTableCollection &tables) {
  MapType map = getMap().getType();
  return verifyRing(*this, getRingAttr(),
                    TileType::get(getContext(), map.getRows(), map.getColumns(),
                                  map.getElement(), map.getRows()),
                    tables);
}

LogicalResult SlotOp::verifySymbolUses(SymbolTableCollection &tables) {
  return verifyRing(*this, getRingAttr(), getTile().getType(), tables);
}
