//===- Specialize.cpp - Tile programs as roles -------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Roles.h"
#include "msa/Dialect/MSAGPU/Transforms/Passes.h"

#include "llvm/ADT/MapVector.h"

namespace mlir::msa_gpu {
#define GEN_PASS_DEF_MSAGPUSPECIALIZE
#include "msa/Dialect/MSAGPU/Transforms/Passes.h.inc"
} // namespace mlir::msa_gpu

using namespace mlir;
using namespace mlir::msa_gpu;

/// Ring of the tile numbers that the producer draws.
static constexpr StringLiteral kTiles = "tiles";

/// Loads, or lists and visits that lead to some.
static bool holdsLoads(Operation *op) {
  return op
      ->walk([](Operation *inner) {
        return isa<LoadOp, VisitsOp, VisitOp>(inner) ? WalkResult::interrupt()
                                                     : WalkResult::advance();
      })
      .wasInterrupted();
}

//===----------------------------------------------------------------------===//
// Producer
//===----------------------------------------------------------------------===//

/// Repeats, for one warpgroup, the scalar code that depends on its number.
Value Producer::of(Value value, Value warpgroup) {
  Operation *def = value.getDefiningOp();
  if (!def)
    return mapping.lookupOrDefault(value);
  if (isa<WarpgroupOp>(def))
    return warpgroup;
  IRMapping own;
  bool differs = false;
  for (Value operand : def->getOperands()) {
    own.map(operand, of(operand, warpgroup));
    differs |= own.lookup(operand) != mapping.lookupOrDefault(operand);
  }
  if (!differs)
    return mapping.lookupOrDefault(value);
  b.clone(*def, own);
  return own.lookup(value);
}

LogicalResult Producer::cloneLoad(LoadOp op) {
  Value mine = use(op);
  int64_t copies = op.getPerWarpgroup() ? kernel.getWarpgroups() : 1;
  for (int64_t copy = 0; copy < copies; ++copy) {
    Value warpgroup = constant(copy);
    auto place = [&](Value value) {
      return op.getPerWarpgroup() ? of(value, warpgroup)
                                  : mapping.lookupOrDefault(value);
    };
    FillSlotOp::create(b, op.getLoc(), op.getRing(), mine, warpgroup,
                       mapping.lookupOrDefault(op.getMap()), place(op.getRow()),
                       place(op.getHead()), place(op.getBatch()),
                       op.getColumn() ? place(op.getColumn()) : Value(),
                       op.getEvictFirst());
  }
  return success();
}

LogicalResult Producer::cloneOther(Operation &op) {
  if (auto visits = dyn_cast<VisitsOp>(op))
    return cloneVisits(visits);
  if (auto one = dyn_cast<VisitOp>(op))
    return visit(one->getParentOfType<VisitsOp>(),
                 mapping.lookupOrDefault(one.getRow()),
                 mapping.lookupOrDefault(one.getKind()));
  if (auto loop = dyn_cast<scf::ForOp>(op); loop && holdsLoads(loop))
    return cloneFor(loop);
  if (auto conditional = dyn_cast<scf::IfOp>(op);
      conditional && holdsLoads(conditional)) {
    // Only in a list: there the consumers do not follow.
    auto visits = op.getParentOfType<VisitsOp>();
    if (!visits || !visits.getList().isAncestor(op.getParentRegion()))
      return op.emitError("a load must not depend on a condition");
    return cloneIf(conditional);
  }
  if (holdsLoads(&op))
    return op.emitError("loads may only stand in loops");
  // What computes on tiles, or writes, is the consumers' work.
  if (isa<WarpgroupOp>(op)) {
    mapping.map(op.getResult(0), constant(0));
    return success();
  }
  if (auto again = dyn_cast<AgainOp>(op)) {
    mapping.map(again.getResult(), mapping.lookupOrDefault(again.getValue()));
    return success();
  }
  if (op.getNumResults() == 0)
    return success();
  // What comes from a tile is of no use to loads: their verifier sees to it.
  WalkResult ofTiles = op.walk([&](Operation *inner) {
    if (llvm::any_of(inner->getOperandTypes(), isTileValue) ||
        llvm::any_of(inner->getResultTypes(), isTileValue))
      return WalkResult::interrupt();
    for (Value operand : inner->getOperands()) {
      Region *region = operand.getParentRegion();
      if (!mapping.contains(operand) && region != &kernel.getBody() &&
          kernel.getBody().isAncestor(region) &&
          !op.isAncestor(region->getParentOp()))
        return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  if (!ofTiles.wasInterrupted())
    b.clone(op, mapping);
  return success();
}

//===----------------------------------------------------------------------===//
// Consumer
//===----------------------------------------------------------------------===//

/// The operation of `block` that is, or holds, another; null outside.
static Operation *within(Block *block, Operation *op) {
  return block->findAncestorOpInBlock(*op);
}

/// Whether a use of a tile hands it on to the next iteration or loop.
static bool handsOn(Operation *user) {
  return isa<scf::YieldOp, scf::ForOp>(user);
}

LogicalResult Consumer::enterLoop(scf::ForOp op) {
  for (auto [init, argument] :
       llvm::zip(op.getInitArgs(), op.getRegionIterArgs()))
    if (isa<TileType>(argument.getType()) &&
        failed(expect(argument, carried.lookup(init), mapping.lookup(argument),
                      op.getBody())))
      return failure();
  return success();
}

LogicalResult Consumer::leaveLoop(scf::ForOp op) {
  for (auto [init, result] : llvm::zip(op.getInitArgs(), op.getResults()))
    if (isa<TileType>(result.getType()) &&
        failed(expect(result, carried.lookup(init), mapping.lookup(result),
                      op->getBlock())))
      return failure();
  return success();
}

LogicalResult Consumer::expect(Value tile, StringRef ring, Value use,
                               Block *block) {
  carried[tile] = ring;
  Pending entry{tile,  ring,    cast<TileType>(tile.getType()),
                use,   nullptr, nullptr,
                false, false};
  bool escapes = false;
  SmallVector<Value> aliases = {tile};
  while (!aliases.empty()) {
    Value alias = aliases.pop_back_val();
    for (OpOperand &operand : alias.getUses()) {
      Operation *user = operand.getOwner();
      if (alias == tile && (isa<RetireOp>(user) || handsOn(user))) {
        entry.kept = true;
        continue;
      }
      escapes |= handsOn(user) && isa<PendingType>(alias.getType());
      if (auto slice = dyn_cast<SliceOp>(user))
        aliases.push_back(slice.getPart());
      // A product under way reads it until it has been waited for.
      if (auto issue = dyn_cast<IssueOp>(user))
        aliases.push_back(issue.getResult());
      if (auto wait = dyn_cast<WaitOp>(user))
        if (Value result = wait.getResult(operand.getOperandNumber());
            isa<PendingType>(result.getType()))
          aliases.push_back(result);
      Operation *at = within(block, user);
      if (!at)
        continue;
      if (!entry.first || at->isBeforeInBlock(entry.first))
        entry.first = at;
      if (!entry.last || entry.last->isBeforeInBlock(at))
        entry.last = at;
    }
  }
  if (entry.kept) {
    handed[tile] = use;
    if (!entry.first) // nothing here reads it
      return success();
  } else if (escapes) {
    return emitError(tile.getLoc(),
                     "a product that a loop hands on reads a tile that it does "
                     "not: the tile must be handed on, and retired");
  }
  entry.delegated = entry.first && entry.first == entry.last &&
                    isa<scf::IfOp>(entry.first) && !entry.kept;
  pending.push_back(entry);
  if (!entry.first) { // not used here, but the slot must go round
    acquire(pending.back());
    release(pending.back());
    pending.pop_back();
  }
  return success();
}

void Consumer::acquire(Pending &entry) {
  Value tile = AcquireOp::create(b, loc, entry.type, entry.ring, entry.use);
  mapping.map(entry.tile, tile);
}

void Consumer::release(Pending &entry) {
  ReleaseOp::create(b, loc, entry.ring, entry.use);
}

void Consumer::beforeOp(Operation &op) {
  for (Pending &entry : pending)
    if (entry.first == &op && !entry.delegated)
      acquire(entry);
}

void Consumer::afterOp(Operation &op) {
  for (Pending &entry : pending)
    if (entry.last == &op && !entry.delegated && !entry.kept)
      release(entry);
  llvm::erase_if(pending,
                 [&](const Pending &entry) { return entry.last == &op; });
}

LogicalResult Consumer::cloneLoad(LoadOp op) {
  return expect(op.getTile(), op.getRing(), use(op), op->getBlock());
}

LogicalResult Consumer::cloneOther(Operation &op) {
  if (auto visits = dyn_cast<VisitsOp>(op))
    return cloneVisits(visits);
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return cloneFor(loop);
  if (auto retire = dyn_cast<RetireOp>(op)) {
    Value use = handed.lookup(retire.getTile());
    if (!use)
      return op.emitError("retires what is no whole tile of a ring");
    ReleaseOp::create(b, op.getLoc(), carried.lookup(retire.getTile()), use);
    return success();
  }
  auto conditional = dyn_cast<scf::IfOp>(op);
  if (!conditional) {
    if (auto wait = dyn_cast<WaitOp>(op);
        wait && ahead && wait.getUnderWay() != 0)
      fetchAhead();
    b.clone(op, mapping);
    return success();
  }
  SmallVector<Pending> delegated;
  for (const Pending &entry : pending)
    if (entry.delegated && entry.first == &op)
      delegated.push_back(entry);
  if (delegated.empty())
    return cloneIf(conditional);
  // Each branch waits for the tiles and gives them back.
  if (!conditional.elseBlock())
    return op.emitError("a condition around uses of tiles needs both branches");
  SmallVector<Group> counted = countedIn(conditional);
  SmallVector<Value> before = uses;
  SmallVector<Type> types(op.getResultTypes());
  types.append(counted.size(), b.getIntegerType(32));
  auto clone =
      scf::IfOp::create(b, op.getLoc(), types,
                        mapping.lookupOrDefault(conditional.getCondition()),
                        /*withElse=*/true);
  for (auto [from, to] :
       {std::make_pair(conditional.thenBlock(), clone.thenBlock()),
        std::make_pair(conditional.elseBlock(), clone.elseBlock())}) {
    OpBuilder::InsertionGuard guard(b);
    if (!to->empty())
      to->getTerminator()->erase();
    b.setInsertionPointToEnd(to);
    uses = before;
    SmallVector<Pending> outer;
    std::swap(outer, pending);
    for (const Pending &entry : delegated)
      if (failed(expect(entry.tile, entry.ring, entry.use, from)))
        return failure();
    if (failed(cloneBody(*from)))
      return failure();
    std::swap(outer, pending);
    yield(from->getTerminator(), counted);
  }
  unsigned own = conditional.getNumResults();
  mapping.map(conditional.getResults(), clone.getResults().take_front(own));
  uses = before;
  for (auto [group, value] :
       llvm::zip(counted, clone.getResults().drop_front(own)))
    uses[group] = value;
  return success();
}

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

namespace {
struct SpecializePass : msa_gpu::impl::MSAGPUSpecializeBase<SpecializePass> {
  using Base::Base;

  void runOnOperation() override {
    auto loops = llvm::to_vector(getOperation().getOps<ForTilesOp>());
    if (loops.size() != 1) {
      getOperation().emitOpError("must have one loop over tiles to be split "
                                 "into roles");
      return signalPassFailure();
    }
    if (failed(run(loops.front())))
      return signalPassFailure();
  }

  /// Declares the rings, and groups those whose loads take turns.
  LogicalResult declareRings(ForTilesOp loop, Groups &groups, unsigned &count) {
    SmallVector<LoadOp> all;
    llvm::MapVector<StringRef, SmallVector<LoadOp>> rings;
    loop.walk([&](LoadOp load) {
      all.push_back(load);
      rings[load.getRing()].push_back(load);
    });
    // In the order of the program, one after the other in the same block.
    auto takeTurns = [&](ArrayRef<StringRef> names) {
      size_t turn = 0;
      Block *block = nullptr;
      for (LoadOp load : all) {
        if (!llvm::is_contained(names, load.getRing()))
          continue;
        if (load.getRing() != names[turn] ||
            (turn != 0 && load->getBlock() != block))
          return false;
        block = load->getBlock();
        turn = (turn + 1) % names.size();
      }
      return turn == 0;
    };
    OpBuilder b(loop);
    SmallVector<SmallVector<StringRef>> members;
    for (auto &[name, loads] : rings) {
      LoadOp first = loads.front();
      for (LoadOp load : loads)
        if (load.getTile().getType() != first.getTile().getType() ||
            load.getSlots() != first.getSlots() ||
            load.getPerWarpgroup() != first.getPerWarpgroup() ||
            load.getSpread() != first.getSpread())
          return load.emitOpError("differs from the others of its ring");
      Group group = 0;
      for (; group < members.size(); ++group) {
        members[group].push_back(name);
        if (takeTurns(members[group]))
          break;
        members[group].pop_back();
      }
      if (group == members.size())
        members.push_back({name});
      groups[name] = {group, false};
      RingOp::create(
          b, loop.getLoc(), name, first.getTile().getType(), first.getSlots(),
          first.getPerWarpgroup() ? getOperation().getWarpgroups() : 1,
          IntegerAttr(), IntegerAttr(), first.getSpread());
    }
    for (ArrayRef<StringRef> names : members)
      groups[names.back()].isLast = true;
    count = members.size();
    if (loop.getCounter() && rings.count(kTiles))
      return rings[kTiles].front().emitError(
                 "the ring of the numbers of tiles is called ")
             << kTiles << " too";
    if (failed(declareLists(loop, groups, count)))
      return failure();
    if (loop.getCounter())
      RingOp::create(b, loop.getLoc(), kTiles, b.getIntegerType(32), 2, 1,
                     IntegerAttr(), IntegerAttr(), /*spread=*/false);
    return success();
  }

  /// Declares the rings that lists of visits go through.
  LogicalResult declareLists(ForTilesOp loop, Groups &groups, unsigned &count) {
    OpBuilder b(loop);
    llvm::StringMap<VisitsOp> lists;
    WalkResult walk = loop.walk([&](VisitsOp visits) {
      StringRef name = visits.getRing();
      if (VisitsOp first = lists.lookup(name)) {
        if (first.getSlots() == visits.getSlots())
          return WalkResult::advance();
        return WalkResult(
            visits.emitOpError("differs from the others of its ring"));
      }
      if (groups.contains(name) || (loop.getCounter() && name == kTiles))
        return WalkResult(visits.emitOpError("has a ring of tiles, ") << name);
      lists[name] = visits;
      groups[name] = {count++, true};
      RingOp::create(b, visits.getLoc(), name, b.getIntegerType(32),
                     visits.getSlots(), 1, IntegerAttr(), IntegerAttr(),
                     /*spread=*/false);
      return WalkResult::advance();
    });
    return failure(walk.wasInterrupted());
  }

  /// The loop over tiles as a role runs it. `tile`: (condition block's builder,
  /// number of the turn) -> the tile's number.
  LogicalResult writeLoop(Role &role, ForTilesOp loop, unsigned groups,
                          bool isProducer) {
    OpBuilder &b = role.b;
    Location loc = loop.getLoc();
    Type i32 = b.getIntegerType(32);
    auto constant = [&](int64_t x) -> Value {
      return arith::ConstantIntOp::create(b, loc, x, 32);
    };
    role.uses.assign(groups, constant(0));
    Block &body = loop.getBody().front();
    // What tiles hand on goes behind the counts of uses.
    SmallVector<Value> handed(role.uses);
    for (Value init : loop.getInits())
      if (role.keeps(init.getType()))
        handed.push_back(role.mapping.lookupOrDefault(init));
    auto take = [&](Block &block, ValueRange from, unsigned firstArgument) {
      role.uses.assign(from.begin(), from.begin() + groups);
      unsigned at = groups;
      for (Value argument : block.getArguments().drop_front(firstArgument))
        if (role.keeps(argument.getType()))
          role.mapping.map(argument, from[at++]);
    };
    auto give = [&]() {
      SmallVector<Value> values(role.uses);
      if (!loop.getInits().empty())
        for (Value value : cast<NextOp>(body.back()).getValues())
          if (role.keeps(value.getType()))
            values.push_back(role.mapping.lookupOrDefault(value));
      return values;
    };
    auto runLast = [&](ValueRange from) -> LogicalResult {
      if (loop.getLast().empty())
        return success();
      take(loop.getLast().front(), from, 0);
      return role.cloneBody(loop.getLast().front());
    };
    if (loop.getStrided()) {
      auto loopOp =
          scf::ForOp::create(b, loc, BlockOp::create(b, loc, i32),
                             role.mapping.lookupOrDefault(loop.getCount()),
                             BlocksOp::create(b, loc, i32), handed,
                             [](OpBuilder &, Location, Value, ValueRange) {});
      {
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToEnd(loopOp.getBody());
        role.mapping.map(body.getArgument(0), loopOp.getInductionVar());
        take(body, loopOp.getRegionIterArgs(), 1);
        if (failed(role.cloneBody(body)))
          return failure();
        scf::YieldOp::create(b, loc, give());
      }
      return runLast(loopOp.getResults());
    }
    if (!loop.getCounter()) {
      role.mapping.map(body.getArgument(0), BlockOp::create(b, loc, i32));
      take(body, handed, 1);
      if (failed(role.cloneBody(body)))
        return failure();
      return runLast(give());
    }
    // Carried: the tile (in the producer), the turn, and the rest.
    SmallVector<Value> inits;
    if (isProducer)
      inits.push_back(BlockOp::create(b, loc, i32));
    inits.push_back(constant(0));
    llvm::append_range(inits, handed);
    SmallVector<Type> after;
    if (!isProducer)
      after.push_back(i32);
    llvm::append_range(after, ValueRange(inits).getTypes());
    auto loopOp = scf::WhileOp::create(
        b, loc, after, inits,
        [&](OpBuilder &nested, Location l, ValueRange args) {
          SmallVector<Value> passed(args);
          if (isProducer)
            PublishOp::create(nested, l, kTiles, args[1], args[0]);
          else
            passed.insert(passed.begin(),
                          FetchOp::create(nested, l, i32, kTiles, args[0]));
          Value live = arith::CmpIOp::create(
              nested, l, arith::CmpIPredicate::slt, passed[0],
              role.mapping.lookupOrDefault(loop.getCount()));
          scf::ConditionOp::create(nested, l, live, passed);
        },
        [&](OpBuilder &, Location, ValueRange) {});
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToEnd(loopOp.getAfterBody());
      ValueRange args = loopOp.getAfterArguments();
      Value drawn;
      if (isProducer)
        drawn = DrawOp::create(b, loc, i32, loop.getCounter(),
                               role.mapping.lookupOrDefault(loop.getCount()));
      role.mapping.map(body.getArgument(0), args[0]);
      take(body, args.drop_front(2), 1);
      if (failed(role.cloneBody(body)))
        return failure();
      SmallVector<Value> yielded;
      if (drawn)
        yielded.push_back(drawn);
      yielded.push_back(arith::AddIOp::create(b, loc, args[1], constant(1)));
      llvm::append_range(yielded, give());
      scf::YieldOp::create(b, loc, yielded);
    }
    return runLast(loopOp.getResults().drop_front(2));
  }

  LogicalResult run(ForTilesOp loop) {
    Groups groups;
    unsigned count = 0;
    if (failed(declareRings(loop, groups, count)))
      return failure();
    OpBuilder b(loop);
    auto roles = RolesOp::create(b, loop.getLoc());
    b.createBlock(&roles.getProducer());
    Producer producer(b, getOperation(), groups);
    if (failed(writeLoop(producer, loop, count, true)))
      return failure();
    b.createBlock(&roles.getConsumer());
    Consumer consumer(b, getOperation(), groups);
    if (failed(writeLoop(consumer, loop, count, false)))
      return failure();
    loop.erase();
    return success();
  }
};
} // namespace
