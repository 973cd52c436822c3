//===- Pipeline.cpp - Loads that run ahead of their loop ---------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tiles that a loop loads are first read at some points of its body, P a turn.
// Number the loads of all turns in that order, and with them the points: at
// point p of the loop (wait, barrier) what point p - 1 reads has been read by
// all threads, so that slot is free, and takes the load that comes S turns
// later, S being the slots of a ring. That is load p - 1 + S P, so load q is
// started at point q + 1 - S P: the first S P - 1 of them before the loop. At
// point p itself the loads up to p - 2 + S P have been started, and all up to p
// must be there: S P - 2 groups may be under way.
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"
#include "msa/Dialect/MSAGPU/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/SmallSet.h"

namespace mlir::msa_gpu {
#define GEN_PASS_DEF_MSAGPUPIPELINE
#include "msa/Dialect/MSAGPU/Transforms/Passes.h.inc"
} // namespace mlir::msa_gpu

using namespace mlir;
using namespace mlir::msa_gpu;

namespace {

/// Loads whose tiles are first read by one operation of a loop's body.
struct Point {
  SmallVector<LoadOp> loads;
  Operation *first, *last; ///< Operations of the body that read them.
};

/// The loads of one loop.
class LoopPipeline {
public:
  explicit LoopPipeline(scf::ForOp loop) : loop(loop), b(loop) {}
  /// `isBusy`: other warps may still read what the slots held before the loop.
  LogicalResult run(bool isBusy);

private:
  LogicalResult findPoints();
  Value i32(int64_t x) {
    return arith::ConstantIntOp::create(b, loop.getLoc(), x, 32);
  }
  Value add(Value x, int64_t y) {
    return y ? b.createOrFold<arith::AddIOp>(loop.getLoc(), x, i32(y)) : x;
  }
  Value at(Value value, IRMapping &mapping);
  Value fromTile(Value value, IRMapping &mapping);
  LogicalResult start(Point &point, Value turn, Value slot);
  Value slotOf(Value number);

  scf::ForOp loop;
  OpBuilder b;
  int64_t slots = 0;
  SmallVector<Point> points;
};

} // namespace

LogicalResult LoopPipeline::findPoints() {
  Block *body = loop.getBody();
  APInt step;
  if (!matchPattern(loop.getStep(), m_ConstantInt(&step)) || step != 1)
    return loop.emitError("loads stand in a loop with a step other than 1");
  WalkResult inner = loop.walk([&](LoadOp load) {
    if (load->getBlock() == body)
      return WalkResult::advance();
    return WalkResult(load.emitError("a load must not depend on a condition or "
                                     "an inner loop"));
  });
  if (inner.wasInterrupted())
    return failure();
  for (LoadOp load : body->getOps<LoadOp>()) {
    if (slots && load.getSlots() != static_cast<uint64_t>(slots))
      return load.emitError("has another number of slots than the other loads "
                            "of its loop");
    slots = load.getSlots();
    if (load.getPerWarpgroup() || load.getColumn())
      return load.emitError("a load of a loop is of whole rows, and common to "
                            "all warpgroups");
    Point point{{load}, nullptr, nullptr};
    for (Operation *user : load->getUsers()) {
      Operation *use = body->findAncestorOpInBlock(*user);
      if (!use || isa<scf::YieldOp>(use))
        return load.emitError("a tile that a loop hands on is not pipelined");
      if (!point.first || use->isBeforeInBlock(point.first))
        point.first = use;
      if (!point.last || point.last->isBeforeInBlock(use))
        point.last = use;
    }
    if (!point.first) { // read by nobody
      load.erase();
      return findPoints();
    }
    points.push_back(std::move(point));
  }
  llvm::stable_sort(points, [](const Point &x, const Point &y) {
    return x.first->isBeforeInBlock(y.first);
  });
  // What is still read at the next point is of that point.
  SmallVector<Point> apart;
  for (Point &point : points) {
    if (apart.empty() || apart.back().last->isBeforeInBlock(point.first)) {
      apart.push_back(std::move(point));
      continue;
    }
    apart.back().loads.append(point.loads);
    if (apart.back().last->isBeforeInBlock(point.last))
      apart.back().last = point.last;
  }
  points = std::move(apart);
  if (slots * static_cast<int64_t>(points.size()) < 2)
    return loop.emitError("one slot for tiles that are read all at once: "
                          "nothing could be copied meanwhile");
  return success();
}

/// A scalar of the body as it is in another turn; null, and said, where it does
/// not follow from the turn.
Value LoopPipeline::at(Value value, IRMapping &mapping) {
  if (Value known = mapping.lookupOrNull(value))
    return known;
  if (value.getParentBlock() != loop.getBody())
    return value;
  Operation *def = value.getDefiningOp();
  if (!def || !isMemoryEffectFree(def) || def->getNumRegions() != 0) {
    loop.emitError("the place of a load does not follow from the turn alone");
    return {};
  }
  for (Value operand : def->getOperands())
    if (!mapping.contains(operand)) {
      Value there = at(operand, mapping);
      if (!there)
        return {};
      mapping.map(operand, there);
    }
  b.clone(*def, mapping);
  return mapping.lookup(value);
}

/// A scalar from outside of the loop, computed again from the tile's number
/// where it follows from that alone: pointers to matrices do not stay in
/// registers that products need.
Value LoopPipeline::fromTile(Value value, IRMapping &mapping) {
  if (Value known = mapping.lookupOrNull(value))
    return known;
  auto argument = dyn_cast<BlockArgument>(value);
  if (argument && isa<ForTilesOp>(argument.getOwner()->getParentOp())) {
    Value again = AgainOp::create(b, loop.getLoc(), value.getType(), value);
    mapping.map(value, again);
    return again;
  }
  Operation *def = value.getDefiningOp();
  if (!def || !isMemoryEffectFree(def) || def->getNumRegions() != 0 ||
      !isa<arith::ArithDialect>(def->getDialect()))
    return value;
  bool differs = false;
  for (Value operand : def->getOperands()) {
    Value there = fromTile(operand, mapping);
    differs |= there != operand;
    mapping.map(operand, there);
  }
  if (!differs)
    return value;
  b.clone(*def, mapping);
  return mapping.lookup(value);
}

/// Starts the loads of a point for a turn (a value of the loop's variable),
/// where there is one.
LogicalResult LoopPipeline::start(Point &point, Value turn, Value slot) {
  Location loc = loop.getLoc();
  Value exists = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, turn,
                                       loop.getUpperBound());
  auto guard = scf::IfOp::create(b, loc, exists, /*withElse=*/false);
  {
    OpBuilder::InsertionGuard saved(b);
    b.setInsertionPoint(guard.thenYield());
    IRMapping mapping;
    mapping.map(loop.getInductionVar(), turn);
    for (LoadOp load : point.loads) {
      Value row = at(load.getRow(), mapping),
            head = at(load.getHead(), mapping),
            batch = at(load.getBatch(), mapping);
      IRMapping again;
      if (head == load.getHead())
        head = fromTile(head, again);
      if (batch == load.getBatch())
        batch = fromTile(batch, again);
      if (!row || !head || !batch)
        return failure();
      CopyOp::create(b, load.getLoc(), load.getMap(), row, head, batch,
                     load.getRing(), slot);
    }
  }
  CommitOp::create(b, loc);
  return success();
}

Value LoopPipeline::slotOf(Value number) {
  if (slots == 1)
    return i32(0);
  return arith::RemUIOp::create(b, loop.getLoc(), number, i32(slots));
}

LogicalResult LoopPipeline::run(bool isBusy) {
  if (failed(findPoints()))
    return failure();
  Location loc = loop.getLoc();
  int64_t count = points.size();
  if (isBusy)
    AwaitOp::create(b, loc, 0);
  for (int64_t load = 0; load + 1 < slots * count; ++load) {
    Value turn = add(loop.getLowerBound(), load / count);
    Value slot = i32(load / count % slots);
    if (failed(start(points[load % count], turn, slot)))
      return failure();
  }
  Value turn = loop.getInductionVar();
  b.setInsertionPointToStart(loop.getBody());
  Value number = arith::SubIOp::create(b, loc, turn, loop.getLowerBound());
  for (int64_t p = 0; p < count; ++p) {
    Point &point = points[p];
    b.setInsertionPoint(point.first);
    AwaitOp::create(b, loc, slots * count - 2);
    int64_t ahead = p ? slots : slots - 1;
    Value later = add(turn, ahead);
    Value free = slotOf(add(number, ahead));
    if (failed(start(points[(p + count - 1) % count], later, free)))
      return failure();
    Value slot = slotOf(number);
    for (LoadOp load : point.loads) {
      Value tile = SlotOp::create(b, load.getLoc(), load.getTile().getType(),
                                  load.getRing(), slot);
      load.getTile().replaceAllUsesWith(tile);
    }
  }
  for (Point &point : points)
    for (LoadOp load : point.loads)
      load.erase();
  return success();
}

namespace {
struct PipelinePass : msa_gpu::impl::MSAGPUPipelineBase<PipelinePass> {
  using Base::Base;

  LogicalResult declareRings(ForTilesOp tiles) {
    llvm::MapVector<StringRef, LoadOp> rings;
    WalkResult walk = tiles.walk([&](LoadOp load) {
      auto [it, isNew] = rings.try_emplace(load.getRing(), load);
      LoadOp first = it->second;
      if (isNew || (load.getTile().getType() == first.getTile().getType() &&
                    load.getSlots() == first.getSlots() &&
                    load.getPerWarpgroup() == first.getPerWarpgroup()))
        return WalkResult::advance();
      return WalkResult(
          load.emitOpError("differs from the others of its ring"));
    });
    if (walk.wasInterrupted())
      return failure();
    OpBuilder b(tiles);
    for (auto &[name, load] : rings)
      RingOp::create(
          b, load.getLoc(), name, load.getTile().getType(), load.getSlots(),
          load.getPerWarpgroup() ? getOperation().getWarpgroups() : 1,
          IntegerAttr(), IntegerAttr(), /*spread=*/false);
    return success();
  }

  /// Whether an operation of a tile's body is reached only after a wait that
  /// comes after what stands before the loops.
  static bool comesAfterWait(Operation *op, Block *body) {
    auto loop = dyn_cast<scf::ForOp>(body->findAncestorOpInBlock(*op));
    if (!loop || loop == op)
      return false;
    Operation *within = loop.getBody()->findAncestorOpInBlock(*op);
    auto waits = loop.getBody()->getOps<AwaitOp>();
    return !waits.empty() && (*waits.begin())->isBeforeInBlock(within);
  }

  /// Operations of a tile's body before which slots have to be waited for: they
  /// start copies into rings that have been read since the last of them. Loops
  /// of one turn are none any more, so that loads and loops come in any order.
  static llvm::SmallPtrSet<Operation *, 8> startsInBusySlots(Block *body) {
    llvm::SmallPtrSet<Operation *, 8> found;
    llvm::SmallSet<StringRef, 8> busy;
    for (Operation &op : *body) {
      llvm::SmallSet<StringRef, 8> own;
      if (auto load = dyn_cast<LoadOp>(op))
        own.insert(load.getRing());
      else if (auto loop = dyn_cast<scf::ForOp>(op))
        for (LoadOp load : loop.getBody()->getOps<LoadOp>())
          own.insert(load.getRing());
      if (llvm::any_of(own, [&](StringRef ring) { return busy.count(ring); })) {
        found.insert(&op);
        busy.clear();
      }
      busy.insert(own.begin(), own.end());
    }
    return found;
  }

  /// A load outside of loops is started where it stands.
  void convertLoad(LoadOp load, Block *body) {
    OpBuilder b(load);
    Location loc = load.getLoc();
    Value slot = arith::ConstantIntOp::create(b, loc, 0, 32);
    CopyOp::create(b, loc, load.getMap(), load.getRow(), load.getHead(),
                   load.getBatch(), load.getRing(), slot);
    CommitOp::create(b, loc);
    Value tile =
        SlotOp::create(b, loc, load.getTile().getType(), load.getRing(), slot);
    Operation *early = nullptr;
    for (Operation *user : load->getUsers()) {
      Operation *use = body->findAncestorOpInBlock(*user);
      if (!comesAfterWait(user, body) &&
          (!early || use->isBeforeInBlock(early)))
        early = use;
    }
    if (early) {
      b.setInsertionPoint(early);
      AwaitOp::create(b, loc, 0);
    }
    load.getTile().replaceAllUsesWith(tile);
    load.erase();
  }

  LogicalResult run(ForTilesOp tiles) {
    if (tiles.getCounter() || tiles.getStrided())
      return tiles.emitOpError("of a kernel of mma gives each block one tile");
    Block *body = &tiles.getBody().front();
    WalkResult unknown = tiles.walk([](Operation *op) {
      if (isa<VisitsOp, IssueOp, WaitOp, RetireOp>(op))
        return WalkResult(op->emitOpError("is not part of kernels of mma"));
      return WalkResult::advance();
    });
    if (unknown.wasInterrupted() || failed(declareRings(tiles)))
      return failure();
    llvm::SmallPtrSet<Operation *, 8> late = startsInBusySlots(body);
    for (LoadOp load : body->getOps<LoadOp>())
      if (late.contains(load)) {
        OpBuilder b(load);
        AwaitOp::create(b, load.getLoc(), 0);
      }
    for (auto loop : llvm::to_vector(body->getOps<scf::ForOp>())) {
      if (loop.getBody()->getOps<LoadOp>().empty())
        continue;
      if (failed(LoopPipeline(loop).run(late.contains(loop))))
        return failure();
    }
    StoreOp firstStore;
    for (Operation &op : llvm::make_early_inc_range(*body)) {
      if (auto load = dyn_cast<LoadOp>(op)) {
        if (firstStore)
          return load.emitOpError("comes after a store, which takes the place "
                                  "of tiles");
        convertLoad(load, body);
      } else if (auto store = dyn_cast<StoreOp>(op); store && !firstStore) {
        // It takes the place of tiles that other warps may still read.
        firstStore = store;
        OpBuilder b(store);
        AwaitOp::create(b, store.getLoc(), 0);
      }
    }
    WalkResult left = tiles.walk([&](Operation *op) {
      if (isa<LoadOp>(op) || (isa<StoreOp>(op) && op->getBlock() != body))
        return WalkResult(op->emitOpError("stands in a condition or a loop"));
      return WalkResult::advance();
    });
    if (left.wasInterrupted())
      return failure();
    OpBuilder b(tiles);
    Value number = BlockOp::create(b, tiles.getLoc(), b.getIntegerType(32));
    body->getArgument(0).replaceAllUsesWith(number);
    tiles->getBlock()->getOperations().splice(tiles->getIterator(),
                                              body->getOperations());
    tiles.erase();
    return success();
  }

  void runOnOperation() override {
    KernelOp kernel = getOperation();
    if (!kernel.getMma())
      return;
    auto tiles = llvm::to_vector(kernel.getOps<ForTilesOp>());
    if (tiles.size() != 1) {
      kernel.emitOpError("must have one loop over tiles to be pipelined");
      return signalPassFailure();
    }
    if (failed(run(tiles.front())))
      return signalPassFailure();
  }
};
} // namespace
