//===- LoadOp.cpp - Constraints of loads of tiles ----------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The copying role repeats a load's scalar code and control flow without any
// tile, and all warpgroups read what it copied for all: what (G1) asks for, and
// what msa-gpu-specialize relies on.
//
//===----------------------------------------------------------------------===//

#include "Dependence.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;
using namespace mlir::msa_gpu;

/// The value that a region yields as its result of this number; null where it
/// is not valid yet.
static Value yieldedBy(Region &region, unsigned number) {
  if (region.empty() || region.back().empty())
    return {};
  auto yield = dyn_cast<scf::YieldOp>(region.back().back());
  return yield && number < yield->getNumOperands() ? yield->getOperand(number)
                                                   : Value();
}

/// What a loop takes for one of its carried values: before it, and from each
/// iteration. Null where it is not valid yet.
static std::pair<Value, Value> carriedFrom(scf::ForOp loop, unsigned number) {
  if (loop->getNumOperands() < 3)
    return {};
  return {number < loop.getInitArgs().size() ? loop.getInitArgs()[number]
                                             : Value(),
          yieldedBy(loop.getRegion(), number)};
}

Operation *msa_gpu::conditionOf(scf::WhileOp loop) {
  Region &before = loop.getBefore();
  return before.empty() || before.back().empty()
             ? nullptr
             : dyn_cast<scf::ConditionOp>(before.back().back()).getOperation();
}

// What it walks need not be valid yet: values may come in circles, blocks may
// end in anything.
bool msa_gpu::dependsOn(SmallVector<Value> values,
                        function_ref<bool(Operation *)> isIt) {
  llvm::DenseSet<Value> seen;
  auto push = [&](ValueRange more) {
    for (Value value : more)
      if (seen.insert(value).second)
        values.push_back(value);
  };
  auto pushOne = [&](Value value) {
    if (value)
      push(value);
  };
  auto pushCarried = [&](scf::ForOp loop, unsigned number) {
    // Its bounds say how often.
    push(loop->getOperands().take_front(3));
    auto [before, next] = carriedFrom(loop, number);
    pushOne(before);
    pushOne(next);
  };
  // Its condition says how often, and what comes of it.
  auto pushWhile = [&](scf::WhileOp loop, unsigned number, bool isBefore) {
    Operation *condition = conditionOf(loop);
    if (condition && condition->getNumOperands() != 0)
      pushOne(condition->getOperand(0));
    if (!isBefore) {
      if (condition && number + 1 < condition->getNumOperands())
        pushOne(condition->getOperand(number + 1));
      return;
    }
    if (number < loop->getNumOperands())
      pushOne(loop->getOperand(number));
    pushOne(yieldedBy(loop.getAfter(), number));
  };
  // Carried values; how often, and the row and kind of a visit, the list says.
  auto pushVisited = [&](VisitsOp visits, std::optional<unsigned> number) {
    visits.getList().walk(
        [&](Operation *inner) { push(inner->getOperands()); });
    if (!number)
      return;
    if (*number < visits.getInits().size())
      push(visits.getInits()[*number]);
    if (visits.getBody().empty() || visits.getBody().front().empty())
      return;
    auto next = dyn_cast<NextOp>(visits.getBody().front().back());
    if (next && *number < next.getValues().size())
      push(next.getValues()[*number]);
  };
  // The tile's number is anyone's; what it carries is as of any other loop.
  auto pushFromTile = [&](ForTilesOp tiles, BlockArgument argument) {
    bool isLast = argument.getOwner()->getParent() == &tiles.getLast();
    if (argument.getArgNumber() == 0 && !isLast)
      return;
    unsigned number = argument.getArgNumber() - (isLast ? 0 : 1);
    if (number < tiles.getInits().size())
      push(tiles.getInits()[number]);
    if (tiles.getBody().empty() || tiles.getBody().front().empty())
      return;
    auto next = dyn_cast<NextOp>(tiles.getBody().front().back());
    if (next && number < next.getValues().size())
      push(next.getValues()[number]);
  };
  seen.insert(values.begin(), values.end());
  while (!values.empty()) {
    Value value = values.pop_back_val();
    Operation *def = value.getDefiningOp();
    unsigned number;
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      def = argument.getOwner()->getParentOp();
      if (!def || isa<KernelOp>(def))
        continue;
      number = argument.getArgNumber();
      if (auto tiles = dyn_cast<ForTilesOp>(def)) {
        pushFromTile(tiles, argument);
        continue;
      }
      if (auto loop = dyn_cast<scf::ForOp>(def)) {
        pushCarried(loop, number ? number - 1 : ~0u);
        continue;
      }
      if (auto loop = dyn_cast<scf::WhileOp>(def)) {
        pushWhile(loop, number,
                  argument.getOwner()->getParent() == &loop.getBefore());
        continue;
      }
      if (auto visits = dyn_cast<VisitsOp>(def)) {
        pushVisited(visits, number < 2 ? std::nullopt
                                       : std::optional<unsigned>(number - 2));
        continue;
      }
    } else {
      number = cast<OpResult>(value).getResultNumber();
      if (auto loop = dyn_cast<scf::ForOp>(def)) {
        pushCarried(loop, number);
        continue;
      }
      if (auto loop = dyn_cast<scf::WhileOp>(def)) {
        pushWhile(loop, number, /*isBefore=*/false);
        continue;
      }
      if (auto visits = dyn_cast<VisitsOp>(def)) {
        pushVisited(visits, number);
        continue;
      }
      if (auto choice = dyn_cast<scf::IfOp>(def)) {
        push(choice->getOperands());
        pushOne(yieldedBy(choice.getThenRegion(), number));
        pushOne(yieldedBy(choice.getElseRegion(), number));
        continue;
      }
    }
    // All that an operation reads, within its regions too.
    bool found = false;
    def->walk([&](Operation *inner) {
      found |= isIt(inner);
      push(inner->getOperands());
    });
    if (found)
      return true;
  }
  return false;
}

/// What the copying role can not follow.
static bool isOfTiles(Operation *op) {
  auto isOne = [](Type type) {
    return isa<FragmentType, OperandType, PendingType, RowsType, TileType>(
        type);
  };
  return llvm::any_of(op->getOperandTypes(), isOne) ||
         llvm::any_of(op->getResultTypes(), isOne);
}
static bool isOfWarpgroup(Operation *op) { return isa<WarpgroupOp>(op); }
bool msa_gpu::isOfTilesOrWarpgroup(Operation *op) {
  return isOfTiles(op) || isOfWarpgroup(op);
}

/// The values that straight-line code computes some values from.
static SmallVector<Value> sourcesOf(SmallVector<Value> values) {
  SmallVector<Value> sources;
  llvm::DenseSet<Value> seen;
  while (!values.empty()) {
    Value value = values.pop_back_val();
    if (!seen.insert(value).second)
      continue;
    Operation *def = value.getDefiningOp();
    if (!def || def->getNumRegions() != 0)
      sources.push_back(value);
    else
      llvm::append_range(values, def->getOperands());
  }
  return sources;
}

/// The loop, and the number, of a value that is carried by one.
static std::pair<scf::ForOp, unsigned> carrierOf(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto loop =
        dyn_cast_or_null<scf::ForOp>(argument.getOwner()->getParentOp());
    unsigned number = argument.getArgNumber();
    return {number ? loop : scf::ForOp(), number - 1};
  }
  return {dyn_cast_or_null<scf::ForOp>(value.getDefiningOp()),
          cast<OpResult>(value).getResultNumber()};
}

/// Follows a tile through the loops that carry it.
static LogicalResult verifyUses(LoadOp load) {
  SmallVector<Value> tiles = {load.getTile()};
  llvm::DenseSet<Value> seen = {load.getTile()};
  auto follow = [&](Value value) {
    if (value && seen.insert(value).second)
      tiles.push_back(value);
  };
  auto carry = [&](scf::ForOp loop, unsigned number) {
    Region &body = loop.getRegion();
    if (!body.empty() && number + 1 < body.front().getNumArguments())
      follow(body.front().getArgument(number + 1));
    if (number < loop.getNumResults())
      follow(loop.getResult(number));
  };
  while (!tiles.empty()) {
    Value tile = tiles.pop_back_val();
    Block *block = tile.getParentBlock();
    SmallVector<Operation *> reads;
    Operation *end = nullptr; // hands it on, or retires it
    SmallVector<Value> parts = {tile};
    while (!parts.empty()) {
      Value part = parts.pop_back_val();
      for (OpOperand &use : part.getUses()) {
        Operation *user = use.getOwner();
        bool isCarried = true;
        if (auto loop = dyn_cast<scf::ForOp>(user);
            loop && use.getOperandNumber() >= 3) {
          carry(loop, use.getOperandNumber() - 3);
        } else if (auto around =
                       dyn_cast_or_null<scf::ForOp>(user->getParentOp());
                   around && isa<scf::YieldOp>(user)) {
          carry(around, use.getOperandNumber());
        } else if (user->getNumRegions() != 0 ||
                   user->hasTrait<OpTrait::IsTerminator>()) {
          return load.emitOpError("(G1) gives a tile that leaves a "
                                  "conditional");
        } else {
          isCarried = false;
        }
        if (isCarried && part != tile)
          return load.emitOpError("(G1) gives a tile whose slice a loop hands "
                                  "on");
        if (auto slice = dyn_cast<SliceOp>(user))
          if (seen.insert(slice.getPart()).second)
            parts.push_back(slice.getPart());
        if (!isCarried && !isa<RetireOp>(user)) {
          reads.push_back(user);
        } else if (end || user->getBlock() != block) {
          return load.emitOpError("(G1) gives a tile that is handed on or "
                                  "retired more than once");
        } else {
          end = user;
        }
      }
    }
    for (Operation *read : reads)
      if (Operation *at = block->findAncestorOpInBlock(*read);
          at && end && !at->isBeforeInBlock(end))
        return load.emitOpError("(G1) gives a tile that is read after it was "
                                "handed on or retired");
  }
  // What else comes where this tile does.
  SmallVector<Value> sources(seen.begin(), seen.end());
  while (!sources.empty()) {
    Value source = sources.pop_back_val();
    auto other = source.getDefiningOp<LoadOp>();
    if (other && other.getRing() != load.getRing())
      return load.emitOpError("(G1) gives a tile to a loop that carries one of "
                              "the ring ")
             << other.getRing() << " too";
    if (auto [loop, number] = carrierOf(source); loop) {
      auto [before, next] = carriedFrom(loop, number);
      for (Value from : {before, next})
        if (from && seen.insert(from).second)
          sources.push_back(from);
    }
  }
  return success();
}

LogicalResult LoadOp::verify() {
  MapType map = getMap().getType();
  TileType tile = getTile().getType();
  auto kernel = (*this)->getParentOfType<KernelOp>();
  int64_t blocks = getSpread() && kernel ? kernel.getCluster().value_or(1) : 1;
  if (tile.getRows() != map.getRows() * blocks ||
      tile.getPitch() != tile.getRows() ||
      tile.getColumns() != map.getColumns() ||
      tile.getElement() != map.getElement())
    return emitOpError("(G1) gives a tile as its map's, not ") << tile;
  if (getSlots() < 1 || getSlots() > 8)
    return emitOpError("(G1) has 1 to 8 slots, got ") << getSlots();
  if (map.getHead() && !getColumn())
    return emitOpError("(G1) needs a column where heads lie side by side");
  if (getColumn() && map.getColumns() % map.getPanel())
    return emitOpError("(G1) gives whole panels from a column on, not ")
           << tile;
  if (getSpread() && (!getColumn() || getPerWarpgroup()))
    return emitOpError(
        "(G1) is spread over the blocks of a cluster where it is "
        "common and has a column");
  SmallVector<Value> place = {getRow(), getHead(), getBatch()};
  if (getColumn())
    place.push_back(getColumn());
  if (dependsOn(place, isOfTiles))
    return emitOpError("(G1) has a place that depends on what tiles hold");
  if (!getPerWarpgroup() && dependsOn(place, isOfWarpgroup))
    return emitOpError("(G1) is common to all warpgroups, so its place must "
                       "not depend on one");
  if (getPerWarpgroup() && dependsOn(sourcesOf(place), isOfWarpgroup))
    return emitOpError("(G1) has a place that depends on the warpgroup by more "
                       "than straight-line arithmetic");
  for (auto loop = (*this)->getParentOfType<scf::ForOp>(); loop;
       loop = loop->getParentOfType<scf::ForOp>())
    if (dependsOn({loop.getLowerBound(), loop.getUpperBound(), loop.getStep()},
                  isOfTilesOrWarpgroup))
      return emitOpError("(G1) stands in a loop whose bounds depend on the "
                         "warpgroup or on what tiles hold");
  return verifyUses(*this);
}
