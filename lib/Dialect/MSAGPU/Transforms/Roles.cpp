//===- Roles.cpp - Control flow of roles -------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Roles.h"

using namespace mlir;
using namespace mlir::msa_gpu;

SmallVector<Group> Role::countedIn(Operation *op) {
  SmallVector<Group> counted;
  auto add = [&](StringRef ring) {
    Group group = groups.lookup(ring).group;
    if (!llvm::is_contained(counted, group))
      counted.push_back(group);
  };
  auto addScalars = [&](VisitsOp visits) {
    for (Group scalar : scalars.lookup(visits))
      if (!llvm::is_contained(counted, scalar))
        counted.push_back(scalar);
  };
  op->walk([&](LoadOp load) { add(load.getRing()); });
  op->walk([&](VisitsOp visits) {
    add(visits.getRing());
    addScalars(visits);
  });
  // A visit stands for the loads of the body it leads to.
  op->walk([&](VisitOp visit) {
    auto visits = visit->getParentOfType<VisitsOp>();
    add(visits.getRing());
    visits.getBody().walk([&](LoadOp load) { add(load.getRing()); });
    addScalars(visits);
  });
  llvm::sort(counted);
  return counted;
}

void Role::yield(Operation *terminator, ArrayRef<Group> counted) {
  SmallVector<Value> values;
  if (terminator)
    for (Value value : terminator->getOperands())
      if (keeps(value.getType()))
        values.push_back(handOn(value));
  for (Group group : counted)
    values.push_back(uses[group]);
  scf::YieldOp::create(b, loc, values);
}

LogicalResult Role::cloneFor(scf::ForOp op) {
  SmallVector<Group> counted = countedIn(op);
  SmallVector<Value> inits;
  for (Value init : op.getInitArgs())
    if (keeps(init.getType()))
      inits.push_back(handOn(init));
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
    if (failed(enterLoop(op)) || failed(cloneBody(*op.getBody())))
      return failure();
    yield(op.getBody()->getTerminator(), counted);
  }
  unsigned at = 0;
  for (Value result : op.getResults())
    if (keeps(result.getType()))
      mapping.map(result, loop.getResult(at++));
  for (Group group : counted)
    uses[group] = loop.getResult(at++);
  return leaveLoop(op);
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
