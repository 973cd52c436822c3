//===- SpecializeVisits.cpp - Lists of key tiles as roles --------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The producer runs the list: at each visit it publishes the visit and copies
// what the body loads. A consumer fetches until the end of the list. Both count
// one use of the list's ring a visit and one for the end, and the loads' uses
// once a visit: they stay in step whatever the list says. Where a visit's body
// leaves a product under way while it computes, on every path, it fetches the
// next visit then, behind whose number the next product would wait. Nothing is
// waited for that the body does not need: what it has issued reads the last
// tile that is copied before the next visit is published.
//
//===----------------------------------------------------------------------===//

#include "Roles.h"

using namespace mlir;
using namespace mlir::msa_gpu;

/// A visit as one number, row and kind; the end of a list is a negative one.
static constexpr int64_t kKindBits = 2, kEndOfList = -1;

void Producer::publish(VisitsOp op, Value what) {
  Group group = groups.lookup(op.getRing()).group;
  PublishOp::create(b, op.getLoc(), op.getRing(), uses[group], what);
  uses[group] = next(uses[group]);
}

/// Scalars that visits carry may say what is loaded: both roles have them.
LogicalResult Producer::cloneVisits(VisitsOp op) {
  unsigned count = uses.size();
  SmallVector<Group> &own = scalars[op];
  for (Value init : op.getInits())
    if (keeps(init.getType())) {
      own.push_back(uses.size());
      uses.push_back(mapping.lookupOrDefault(init));
    }
  Value before = uses[groups.lookup(op.getRing()).group];
  if (failed(cloneBody(op.getList().front())) ||
      (op.getOtherwise() && failed(visitOtherwise(op, before))))
    return failure();
  unsigned at = count;
  for (Value result : op.getResults())
    if (keeps(result.getType()))
      mapping.map(result, uses[at++]);
  uses.truncate(count);
  scalars.erase(op);
  publish(op, constant(kEndOfList));
  return success();
}

/// One visit where the list has published none since its ring's use `before`.
LogicalResult Producer::visitOtherwise(VisitsOp op, Value before) {
  // Like every visit of the list, one more changes these.
  SmallVector<Group> counted = countedIn(op);
  SmallVector<Value> old = uses;
  Value none =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                            uses[groups.lookup(op.getRing()).group], before);
  SmallVector<Type> types;
  for (Group group : counted)
    types.push_back(uses[group].getType());
  auto ifOp = scf::IfOp::create(b, loc, types, none, /*withElse=*/true);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(ifOp.thenBlock());
    if (failed(visit(op, constant((*op.getOtherwise())[0]),
                     constant((*op.getOtherwise())[1]))))
      return failure();
    yield(nullptr, counted);
    b.setInsertionPointToEnd(ifOp.elseBlock());
    uses = old;
    yield(nullptr, counted);
  }
  for (auto [group, value] : llvm::zip(counted, ifOp.getResults()))
    uses[group] = value;
  return success();
}

/// The consumers' number first: what they wait for first.
LogicalResult Producer::visit(VisitsOp visits, Value row, Value kind) {
  Value packed = arith::OrIOp::create(
      b, loc, arith::ShLIOp::create(b, loc, row, constant(kKindBits)), kind);
  publish(visits, packed);
  Block &body = visits.getBody().front();
  mapping.map(body.getArgument(0), row);
  mapping.map(body.getArgument(1), kind);
  SmallVector<Group> own = scalars.lookup(visits);
  unsigned at = 0;
  for (Value argument : body.getArguments().drop_front(2))
    if (keeps(argument.getType()))
      mapping.map(argument, uses[own[at++]]);
  if (failed(cloneBody(body)))
    return failure();
  SmallVector<Value> carried;
  for (Value value : cast<NextOp>(body.back()).getValues())
    if (keeps(value.getType()))
      carried.push_back(mapping.lookupOrDefault(value));
  for (auto [group, value] : llvm::zip(own, carried))
    uses[group] = value;
  return success();
}

/// Whether every path through a body comes by one wait that leaves products
/// under way.
static bool waitsOnce(Block &block) {
  unsigned waits = 0;
  for (Operation &op : block) {
    if (auto wait = dyn_cast<WaitOp>(op)) {
      waits += wait.getUnderWay() != 0;
      continue;
    }
    WalkResult inner = op.walk([](WaitOp wait) {
      return wait.getUnderWay() != 0 ? WalkResult::interrupt()
                                     : WalkResult::advance();
    });
    if (!inner.wasInterrupted())
      continue;
    auto conditional = dyn_cast<scf::IfOp>(op);
    if (!conditional || !conditional.elseBlock() ||
        !waitsOnce(*conditional.thenBlock()) ||
        !waitsOnce(*conditional.elseBlock()))
      return false;
    ++waits;
  }
  return waits == 1;
}

void Consumer::fetchAhead() {
  uses[ahead->group] =
      FetchOp::create(b, loc, b.getIntegerType(32), ahead->ring, ahead->use);
}

SmallVector<Group> Consumer::countedIn(Operation *op) {
  SmallVector<Group> counted = Role::countedIn(op);
  WalkResult waits = op->walk([](WaitOp wait) {
    return wait.getUnderWay() != 0 ? WalkResult::interrupt()
                                   : WalkResult::advance();
  });
  if (ahead && waits.wasInterrupted())
    counted.push_back(ahead->group);
  return counted;
}

LogicalResult Consumer::cloneVisits(VisitsOp op) {
  Location loc = op.getLoc();
  Type i32 = b.getIntegerType(32);
  Block &body = op.getBody().front();
  bool early = waitsOnce(body);
  Group own = groups.lookup(op.getRing()).group;
  SmallVector<Group> counted = countedIn(op);
  llvm::erase(counted, own);
  // Carried: what has been fetched, the turn, the values, the counts.
  SmallVector<Value> inits;
  if (early)
    inits.push_back(FetchOp::create(b, loc, i32, op.getRing(), uses[own]));
  inits.push_back(uses[own]);
  for (Value init : op.getInits())
    inits.push_back(mapping.lookupOrDefault(init));
  for (Group group : counted)
    inits.push_back(uses[group]);
  SmallVector<Type> after;
  if (!early)
    after.push_back(i32);
  llvm::append_range(after, ValueRange(inits).getTypes());
  auto loop = scf::WhileOp::create(
      b, loc, after, inits,
      [&](OpBuilder &nested, Location l, ValueRange args) {
        SmallVector<Value> passed(args);
        if (!early)
          passed.insert(passed.begin(),
                        FetchOp::create(nested, l, i32, op.getRing(), args[0]));
        Value live = arith::CmpIOp::create(
            nested, l, arith::CmpIPredicate::sge, passed[0],
            arith::ConstantIntOp::create(nested, l, 0, 32));
        scf::ConditionOp::create(nested, l, live, passed);
      },
      [&](OpBuilder &, Location, ValueRange) {});
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(loop.getAfterBody());
    ValueRange args = loop.getAfterArguments();
    mapping.map(body.getArgument(0),
                arith::ShRUIOp::create(b, loc, args[0], constant(kKindBits))
                    .getResult());
    mapping.map(
        body.getArgument(1),
        arith::AndIOp::create(b, loc, args[0], constant((1 << kKindBits) - 1))
            .getResult());
    unsigned at = 2;
    for (Value argument : body.getArguments().drop_front(2))
      mapping.map(argument, args[at++]);
    for (Group group : counted)
      uses[group] = args[at++];
    Value turn = next(args[1]);
    std::optional<Ahead> outside = ahead;
    ahead.reset();
    if (early) {
      ahead = Ahead{static_cast<Group>(uses.size()), op.getRing(), turn};
      uses.push_back(args[0]);
    }
    SmallVector<Pending> outer;
    std::swap(outer, pending);
    if (failed(cloneBody(body)))
      return failure();
    std::swap(outer, pending);
    SmallVector<Value> yielded;
    if (early)
      yielded.push_back(uses.pop_back_val());
    ahead = outside;
    yielded.push_back(turn);
    for (Value value : cast<NextOp>(body.back()).getValues())
      yielded.push_back(mapping.lookupOrDefault(value));
    for (Group group : counted)
      yielded.push_back(uses[group]);
    scf::YieldOp::create(b, loc, yielded);
  }
  uses[own] = next(loop.getResult(1));
  unsigned at = 2;
  for (Value result : op.getResults())
    mapping.map(result, loop.getResult(at++));
  for (Group group : counted)
    uses[group] = loop.getResult(at++);
  return success();
}
