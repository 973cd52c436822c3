//===- VisitOps.cpp - Constraints of listed key tiles ------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The copying role runs the list, and the loads of the body at each visit: what
// (G6) asks for, and what msa-gpu-specialize relies on.
//
//===----------------------------------------------------------------------===//

#include "Dependence.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::msa_gpu;

/// The list is scalar code that reads at most, the same for all warpgroups.
static LogicalResult verifyList(VisitsOp visits) {
  WalkResult walk =
      visits.getList().walk<WalkOrder::PreOrder>([&](Operation *op) {
        auto refuse = [&](const char *what) {
          return WalkResult(op->emitOpError("(G6) stands in a list, but ")
                            << what);
        };
        if (isa<VisitOp>(op)) {
          for (Operation *parent = op->getParentOp(); parent != visits;
               parent = parent->getParentOp())
            if (!isa<scf::ForOp, scf::IfOp>(parent))
              return refuse("in something else than loops and conditionals");
          return WalkResult::advance();
        }
        if (isa<VisitsOp, LoadOp>(op) || isOfTilesOrWarpgroup(op))
          return refuse("is of tiles or differs between warpgroups");
        if (op->hasTrait<OpTrait::HasRecursiveMemoryEffects>())
          return WalkResult::advance(); // of what is in it
        auto effects = dyn_cast<MemoryEffectOpInterface>(op);
        bool isTerminator = op->hasTrait<OpTrait::IsTerminator>();
        if (!isTerminator && !isMemoryEffectFree(op) &&
            (!effects || !effects.onlyHasEffect<MemoryEffects::Read>()))
          return refuse("does more than to compute and to read");
        return WalkResult::advance();
      });
  if (walk.wasInterrupted())
    return failure();
  SmallVector<Value> read;
  visits.getList().walk([&](Operation *op) {
    for (Value operand : op->getOperands())
      if (!visits.getList().isAncestor(operand.getParentRegion()))
        read.push_back(operand);
  });
  if (dependsOn(read, isOfTilesOrWarpgroup))
    return visits.emitOpError("(G6) has a list that depends on the warpgroup "
                              "or on what tiles hold");
  return success();
}

LogicalResult VisitsOp::verifyRegions() {
  if (getSlots() < 1 || getSlots() > 8)
    return emitOpError("(G6) has 1 to 8 slots, got ") << getSlots();
  if (getRing().empty())
    return emitOpError("(G6) has a ring with a name");
  if (std::optional<ArrayRef<int64_t>> visit = getOtherwise())
    if (visit->size() != 2 || (*visit)[0] < 0 ||
        (*visit)[0] >= int64_t(1) << 29 || (*visit)[1] < 0 || (*visit)[1] > 3)
      return emitOpError("(G6) otherwise visits a row from 0 to 2^29 - 1 as of "
                         "a kind from 0 to 3");
  if (getList().front().getNumArguments() != 0)
    return emitOpError("(G6) has a list without arguments");
  TypeRange inits = getInits().getTypes();
  Block &body = getBody().front();
  TypeRange arguments = body.getArgumentTypes();
  if (arguments.size() != inits.size() + 2 || !arguments[0].isInteger(32) ||
      !arguments[1].isInteger(32) || arguments.drop_front(2) != inits ||
      TypeRange(getResultTypes()) != inits)
    return emitOpError(
        "(G6) has a body with two i32 and the inits, and results "
        "of their types");
  auto next = body.empty() ? NextOp() : dyn_cast<NextOp>(body.back());
  if (!next || TypeRange(next.getValues().getTypes()) != inits)
    return emitOpError("(G6) has a body that ends in 'msa_gpu.next' with the "
                       "results' types");
  for (auto loop = (*this)->getParentOfType<scf::ForOp>(); loop;
       loop = loop->getParentOfType<scf::ForOp>())
    if (dependsOn({loop.getLowerBound(), loop.getUpperBound(), loop.getStep()},
                  isOfTilesOrWarpgroup))
      return emitOpError("(G6) stands in a loop whose bounds depend on the "
                         "warpgroup or on what tiles hold");
  return verifyList(*this);
}

LogicalResult VisitOp::verify() {
  auto visits = (*this)->getParentOfType<VisitsOp>();
  if (!visits || !visits.getList().isAncestor((*this)->getParentRegion()))
    return emitOpError("stands in the list of 'msa_gpu.visits'");
  return success();
}
