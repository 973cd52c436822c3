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
        return isa<LoadOp, VisitsOp, VisitOp>(inner)
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

//===----------------------------------------------------------------------===//
// Control flow
//===----------------------------------------------------------------------===//

SmallVector<Group> Role::countedIn(Operation *op) {
  SmallVector<Group> counted;
  auto add = [&](StringRef ring) {
    Group group = groups.lookup(ring).group;
    if (!llvm::is_contained(counted, group))
      counted.push_back(group);
  };
  op->walk([&](LoadOp load) { add(load.getRing()); });
  op->walk([&](VisitsOp visits) { add(visits.getRing()); });
  // A visit stands for the loads of the body it leads to.
  op->walk([&](VisitOp visit) {
    auto visits = visit->getParentOfType<VisitsOp>();
    add(visits.getRing());
    visits.getBody().walk([&](LoadOp load) { add(load.getRing()); });
  });
  llvm::sort(counted);
  return counted;
}

void Role::yield(Operation *terminator, ArrayRef<Group> counted) {
  SmallVector<Value> values;
  if (terminator)
    for (Value value : terminator->getOperands())
      if (keeps(value.getType()))
        values.push_back(mapping.lookupOrDefault(value));
  for (Group group : counted)
    values.push_back(uses[group]);
  scf::YieldOp::create(b, loc, values);
}

LogicalResult Role::cloneFor(scf::ForOp op) {
  SmallVector<Group> counted = countedIn(op);
  SmallVector<Value> inits;
  for (Value init : op.getInitArgs())
    if (keeps(init.getType()))
      inits.push_back(mapping.lookupOrDefault(init));
  for (Group group : counted)
    inits.push_back(uses[group]);
  auto loop = scf::ForOp::create(
      b, op.getLoc(), mapping.lookupOrDefault(op.getLowerBound()),
      mapping.lookupOrDefault(op.getUpperBound()),
      mapping.lookupOrDefault(op.getStep()), inits,
      [](OpBuilder &, Location, Value, ValueRange) {});
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(loop.getBody());
    mapping.map(op.getInductionVar(), loop.getInductionVar());
    unsigned at = 0;
    for (Value argument : op.getRegionIterArgs())
      if (keeps(argument.getType()))
        mapping.map(argument, loop.getRegionIterArgs()[at++]);
    for (Group group : counted)
      uses[group] = loop.getRegionIterArgs()[at++];
    enterLoop(op);
    if (failed(cloneBody(*op.getBody())))
      return failure();
    yield(op.getBody()->getTerminator(), counted);
  }
  unsigned at = 0;
  for (Value result : op.getResults())
    if (keeps(result.getType()))
      mapping.map(result, loop.getResult(at++));
  for (Group group : counted)
    uses[group] = loop.getResult(at++);
  leaveLoop(op);
  return success();
}

LogicalResult Role::cloneIf(scf::IfOp op) {
  SmallVector<Group> counted = countedIn(op);
  SmallVector<Type> types;
  for (Type type : op.getResultTypes())
    if (keeps(type))
      types.push_back(type);
  types.append(counted.size(), b.getIntegerType(32));
  auto clone = scf::IfOp::create(b, op.getLoc(), types,
                                 mapping.lookupOrDefault(op.getCondition()),
                                 op.elseBlock() || !counted.empty());
  SmallVector<Value> before = uses;
  for (auto [from, to] : {std::make_pair(op.thenBlock(), clone.thenBlock()),
                          std::make_pair(op.elseBlock(), clone.elseBlock())}) {
    if (!to)
      continue;
    OpBuilder::InsertionGuard guard(b);
    if (!to->empty())
      to->getTerminator()->erase();
    b.setInsertionPointToEnd(to);
    uses = before;
    if (from && failed(cloneBody(*from)))
      return failure();
    yield(from ? from->getTerminator() : nullptr, counted);
  }
  unsigned at = 0;
  for (Value result : op.getResults())
    if (keeps(result.getType()))
      mapping.map(result, clone.getResult(at++));
  uses = before;
  for (Group group : counted)
    uses[group] = clone.getResult(at++);
  return success();
}

LogicalResult Role::cloneBody(Block &from) {
  for (Operation &op : from) {
    if (op.hasTrait<OpTrait::IsTerminator>())
      break;
    beforeOp(op);
    LogicalResult done =
        TypeSwitch<Operation *, LogicalResult>(&op)
            .Case([&](LoadOp load) { return cloneLoad(load); })
            .Default([&](Operation *other) { return cloneOther(*other); });
    if (failed(done))
      return failure();
    afterOp(op);
  }
  return success();
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
                       place(op.getHead()), place(op.getBatch()));
  }
  return success();
}

LogicalResult Producer::cloneOther(Operation &op) {
  if (auto visits = dyn_cast<VisitsOp>(op))
    return cloneVisits(visits);
  if (auto visit = dyn_cast<VisitOp>(op))
    return cloneVisit(visit);
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

/// Whether a tile is only handed on to the next iteration or loop.
static bool isCarried(Value tile) {
  return !tile.use_empty() &&
         llvm::all_of(tile.getUsers(), llvm::IsaPred<scf::YieldOp, scf::ForOp>);
}

void Consumer::enterLoop(scf::ForOp op) {
  for (auto [init, argument] :
       llvm::zip(op.getInitArgs(), op.getRegionIterArgs()))
    if (isa<TileType>(argument.getType())) {
      StringRef ring = carried.lookup(init);
      carried[argument] = ring;
      expect(argument, ring, mapping.lookup(argument), op.getBody());
    }
}

void Consumer::leaveLoop(scf::ForOp op) {
  for (auto [init, result] : llvm::zip(op.getInitArgs(), op.getResults()))
    if (isa<TileType>(result.getType())) {
      StringRef ring = carried.lookup(init);
      carried[result] = ring;
      expect(result, ring, mapping.lookup(result), op->getBlock());
    }
}

void Consumer::expect(Value tile, StringRef ring, Value use, Block *block) {
  if (isCarried(tile)) {
    carried[tile] = ring;
    mapping.map(tile, use);
    return;
  }
  Pending entry{tile,    ring, cast<TileType>(tile.getType()), use, nullptr,
                nullptr, false};
  SmallVector<Value> aliases = {tile};
  while (!aliases.empty())
    for (Operation *user : aliases.pop_back_val().getUsers()) {
      if (auto slice = dyn_cast<SliceOp>(user))
        aliases.push_back(slice.getPart());
      // A product under way reads it until it has been waited for.
      if (auto issue = dyn_cast<IssueOp>(user))
        aliases.push_back(issue.getResult());
      Operation *at = within(block, user);
      if (!at)
        continue;
      if (!entry.first || at->isBeforeInBlock(entry.first))
        entry.first = at;
      if (!entry.last || entry.last->isBeforeInBlock(at))
        entry.last = at;
    }
  entry.delegated =
      entry.first && entry.first == entry.last && isa<scf::IfOp>(entry.first);
  pending.push_back(entry);
  if (!entry.first) { // not used here, but the slot must go round
    acquire(pending.back());
    release(pending.back());
    pending.pop_back();
  }
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
    if (entry.last == &op && !entry.delegated)
      release(entry);
  llvm::erase_if(pending,
                 [&](const Pending &entry) { return entry.last == &op; });
}

LogicalResult Consumer::cloneLoad(LoadOp op) {
  expect(op.getTile(), op.getRing(), use(op), op->getBlock());
  return success();
}

LogicalResult Consumer::cloneOther(Operation &op) {
  if (auto visits = dyn_cast<VisitsOp>(op))
    return cloneVisits(visits);
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return cloneFor(loop);
  auto conditional = dyn_cast<scf::IfOp>(op);
  if (!conditional) {
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
  SmallVector<Type> types(op.getResultTypes());
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
    SmallVector<Pending> outer;
    std::swap(outer, pending);
    for (const Pending &entry : delegated)
      expect(entry.tile, entry.ring, entry.use, from);
    if (failed(cloneBody(*from)))
      return failure();
    std::swap(outer, pending);
    yield(from->getTerminator(), {});
  }
  mapping.map(conditional.getResults(), clone.getResults());
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
            load.getPerWarpgroup() != first.getPerWarpgroup())
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
          IntegerAttr(), IntegerAttr());
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
                     IntegerAttr(), IntegerAttr());
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
                     visits.getSlots(), 1, IntegerAttr(), IntegerAttr());
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
    if (!loop.getCounter()) {
      role.mapping.map(body.getArgument(0), BlockOp::create(b, loc, i32));
      return role.cloneBody(body);
    }
    // Carried: the tile (in the producer), the turn, and the counts.
    SmallVector<Value> inits;
    if (isProducer)
      inits.push_back(BlockOp::create(b, loc, i32));
    inits.append(groups + 1, constant(0));
    SmallVector<Type> after(inits.size() + (isProducer ? 0 : 1), i32);
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
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(loopOp.getAfterBody());
    ValueRange args = loopOp.getAfterArguments();
    Value drawn;
    if (isProducer)
      drawn = DrawOp::create(b, loc, i32, loop.getCounter());
    role.mapping.map(body.getArgument(0), args[0]);
    for (unsigned group = 0; group < groups; ++group)
      role.uses[group] = args[2 + group];
    if (failed(role.cloneBody(body)))
      return failure();
    SmallVector<Value> yielded;
    if (drawn)
      yielded.push_back(drawn);
    yielded.push_back(arith::AddIOp::create(b, loc, args[1], constant(1)));
    llvm::append_range(yielded, role.uses);
    scf::YieldOp::create(b, loc, yielded);
    return success();
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
