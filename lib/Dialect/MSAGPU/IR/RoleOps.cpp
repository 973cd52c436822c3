//===- RoleOps.cpp - Constraints of roles and rings --------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"

using namespace mlir;
using namespace mlir::msa_gpu;

LogicalResult RingOp::verify() {
  if (!isa<TileType>(getHolds()) && !getHolds().isSignlessInteger(32))
    return emitOpError("(R1) holds a tile or i32, not ") << getHolds();
  uint64_t warpgroups = cast<KernelOp>((*this)->getParentOp()).getWarpgroups();
  if (getSlots() < 1 || getSlots() > 8 ||
      (getCopies() != 1 && getCopies() != warpgroups))
    return emitOpError("(R1) has 1 to 8 slots, and 1 copy or one a warpgroup");
  if (getSpread() && (getCopies() != 1 || !isa<TileType>(getHolds())))
    return emitOpError("(R1) is spread with one copy of a tile");
  if (!isa<TileType>(getHolds()) && getCopies() != 1)
    return emitOpError("(R1) has one copy where it holds numbers");
  return success();
}

int64_t RingOp::getSlotBytes() {
  auto tile = dyn_cast<TileType>(getHolds());
  return tile ? tile.getBytes() : 4;
}

LogicalResult RolesOp::verify() {
  for (Region *region : {&getProducer(), &getConsumer()})
    if (region->getNumArguments() != 0)
      return emitOpError("has regions without arguments");
  return success();
}

/// The region of `roles` that an operation must stand in.
static LogicalResult verifyRole(Operation *op, bool isProducer) {
  auto roles = op->getParentOfType<RolesOp>();
  Region *region = !roles       ? nullptr
                   : isProducer ? &roles.getProducer()
                                : &roles.getConsumer();
  if (region && region->isAncestor(op->getParentRegion()))
    return success();
  return op->emitOpError("(R2) stands in the ")
         << (isProducer ? "producer" : "consumer") << " of roles";
}

/// The ring that an operation of a role names; null, and said, where none is.
static RingOp ringOf(Operation *op, FlatSymbolRefAttr name,
                     SymbolTableCollection &tables) {
  auto kernel = op->getParentOfType<KernelOp>();
  auto ring =
      kernel ? tables.lookupSymbolIn<RingOp>(kernel, name.getAttr()) : RingOp();
  if (!ring)
    op->emitOpError("(R3) names no ring of its kernel: ") << name;
  return ring;
}

/// Of a ring of numbers.
static LogicalResult verifyNumbers(Operation *op, FlatSymbolRefAttr name,
                                   SymbolTableCollection &tables) {
  RingOp ring = ringOf(op, name, tables);
  if (!ring)
    return failure();
  if (isa<TileType>(ring.getHolds()))
    return op->emitOpError("(R3) takes a ring of numbers, not of ")
           << ring.getHolds();
  return success();
}

LogicalResult FillSlotOp::verify() { return verifyRole(*this, true); }
LogicalResult PublishOp::verify() { return verifyRole(*this, true); }
LogicalResult DrawOp::verify() { return verifyRole(*this, true); }
LogicalResult AcquireOp::verify() { return verifyRole(*this, false); }
LogicalResult ReleaseOp::verify() { return verifyRole(*this, false); }
LogicalResult FetchOp::verify() { return verifyRole(*this, false); }

LogicalResult FillSlotOp::verifySymbolUses(SymbolTableCollection &tables) {
  RingOp ring = ringOf(*this, getRingAttr(), tables);
  if (!ring)
    return failure();
  MapType map = getMap().getType();
  auto kernel = (*this)->getParentOfType<KernelOp>();
  int64_t rows =
      map.getRows() * (ring.getSpread() ? kernel.getCluster().value_or(1) : 1);
  auto copied = TileType::get(getContext(), rows, map.getColumns(),
                              map.getElement(), rows);
  if (ring.getSpread() && !getColumn())
    return emitOpError("(R3) needs a column to fill a ring that is spread");
  if (getColumn() && map.getColumns() % map.getPanel())
    return emitOpError("(R3) copies whole panels from a column on, not ")
           << map.getColumns() << " columns";
  if (ring.getHolds() != copied)
    return emitOpError("(R3) copies ")
           << copied << " into a ring of " << ring.getHolds();
  return success();
}

LogicalResult AcquireOp::verifySymbolUses(SymbolTableCollection &tables) {
  RingOp ring = ringOf(*this, getRingAttr(), tables);
  if (!ring)
    return failure();
  if (ring.getHolds() != getTile().getType())
    return emitOpError("(R3) takes ")
           << getTile().getType() << " from a ring of " << ring.getHolds();
  return success();
}

LogicalResult ReleaseOp::verifySymbolUses(SymbolTableCollection &tables) {
  return success(bool(ringOf(*this, getRingAttr(), tables)));
}

LogicalResult PublishOp::verifySymbolUses(SymbolTableCollection &tables) {
  return verifyNumbers(*this, getRingAttr(), tables);
}

LogicalResult FetchOp::verifySymbolUses(SymbolTableCollection &tables) {
  return verifyNumbers(*this, getRingAttr(), tables);
}
