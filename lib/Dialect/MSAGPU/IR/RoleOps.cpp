//===- RoleOps.cpp - Constraints of roles and rings --------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Dependence.h"
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

/// What says whether, or how often, the regions of an operation are run.
static SmallVector<Value> decidersOf(Operation *op) {
  Operation *said = op;
  unsigned count = op->getNumOperands();
  if (isa<scf::ForOp>(op)) { // the bounds
    count = std::min(3u, count);
  } else if (auto loop = dyn_cast<scf::WhileOp>(op)) {
    said = conditionOf(loop);
    count = said ? std::min(1u, said->getNumOperands()) : 0;
  }
  return said ? SmallVector<Value>(said->getOperands().take_front(count))
              : SmallVector<Value>();
}

/// (R4) of one of a pair. `next`: towards the other.
template <typename Other>
static LogicalResult verifyTurn(Operation *op,
                                function_ref<Operation *(Operation *)> next,
                                StringRef other) {
  auto roles = op->getParentOfType<RolesOp>();
  if (!roles || !roles.getConsumer().isAncestor(op->getParentRegion()) ||
      !cast<KernelOp>(roles->getParentOp()).getPingpong())
    return op->emitOpError("(R4) stands in the consumer of a kernel of "
                           "pingpong");
  auto holdsTurns = [](Operation *one) {
    return one
        ->walk([](Operation *inner) {
          return isa<TakeTurnOp, PassTurnOp>(inner) ? WalkResult::interrupt()
                                                    : WalkResult::advance();
        })
        .wasInterrupted();
  };
  Operation *found = next(op);
  while (found && !holdsTurns(found))
    found = next(found);
  if (!isa_and_nonnull<Other>(found))
    return op->emitOpError("(R4) has no ") << other << " in its block";
  for (Operation *around = op->getParentOp(); around != roles;
       around = around->getParentOp())
    if (dependsOn(decidersOf(around), isOfTilesOrWarpgroup))
      return op->emitOpError("(R4) depends on what differs between "
                             "warpgroups");
  return success();
}

LogicalResult TakeTurnOp::verify() {
  return verifyTurn<PassTurnOp>(
      *this, [](Operation *op) { return op->getNextNode(); },
      "pass_turn behind it");
}
LogicalResult PassTurnOp::verify() {
  return verifyTurn<TakeTurnOp>(
      *this, [](Operation *op) { return op->getPrevNode(); },
      "take_turn before it");
}

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
