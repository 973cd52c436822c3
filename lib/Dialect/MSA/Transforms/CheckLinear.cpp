//===- CheckLinear.cpp - State is used once -------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSA/IR/MSA.h"
#include "msa/Dialect/MSA/Transforms/Passes.h"
#include "msa/Dialect/MSA/Utils/Views.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Dominance.h"

namespace mlir::msa {
#define GEN_PASS_DEF_MSACHECKLINEAR
#include "msa/Dialect/MSA/Transforms/Passes.h.inc"
} // namespace mlir::msa

using namespace mlir;
using namespace mlir::msa;

namespace {
struct CheckLinearPass : msa::impl::MSACheckLinearBase<CheckLinearPass> {
  using Base::Base;

  /// Visits all uses of the value and of its views.
  void forEachUse(Value value, llvm::function_ref<void(OpOperand &)> f) {
    for (OpOperand &use : value.getUses()) {
      Operation *op = use.getOwner();
      if (isTensorView(op))
        forEachUse(op->getResult(0), f);
      else
        f(use);
    }
  }

  LogicalResult checkUpdate(LinearStateOpInterface update,
                            DominanceInfo &dominance) {
    OpOperand &state = update.getStateMutable();
    bool good = true;
    forEachUse(viewRoot(state.get()), [&](OpOperand &use) {
      Operation *user = use.getOwner();
      if (!good)
        return;
      if (user == update.getOperation()) {
        if (&use == &state)
          return;
        good = false;
        user->emitOpError("reads the state that it updates through another "
                          "operand");
        return;
      }
      // A use that can not come before the update may come after it.
      if (!dominance.properlyDominates(update, user) &&
          !update->getBlock()->getParent()->isAncestor(user->getParentRegion()))
        return;
      Operation *inBlock = update->getBlock()->findAncestorOpInBlock(*user);
      if (inBlock && (inBlock == update.getOperation() ||
                      inBlock->isBeforeInBlock(update)))
        return;
      good = false;
      InFlightDiagnostic diagnostic =
          user->emitError("use of state after its update");
      diagnostic.attachNote(update.getLoc())
          << "updated here; read the old value before, or use the new one";
    });
    return success(good);
  }

  LogicalResult checkReturn(func::FuncOp func) {
    if (func.isExternal() || func.isPrivate())
      return success();
    auto ret = dyn_cast<func::ReturnOp>(func.getBody().back().getTerminator());
    if (!ret)
      return success();
    for (auto [i, value] : llvm::enumerate(ret.getOperands())) {
      auto arg = dyn_cast<BlockArgument>(viewRoot(value));
      if (!arg || arg.getOwner() != &func.getBody().front())
        continue;
      auto owned = func.getArgAttrOfType<StringAttr>(arg.getArgNumber(),
                                                     MSADialect::kStateAttr);
      auto target =
          func.getResultAttrOfType<StringAttr>(i, MSADialect::kStateAttr);
      if (owned && target && owned != target)
        return ret.emitError()
               << "state " << owned << " is returned as state " << target
               << ": each state is updated from its own old value";
    }
    return success();
  }

  void runOnOperation() override {
    auto &dominance = getAnalysis<DominanceInfo>();
    bool good = true;
    getOperation()->walk([&](Operation *op) {
      if (auto update = dyn_cast<LinearStateOpInterface>(op)) {
        ++numUpdates;
        good &= succeeded(checkUpdate(update, dominance));
      } else if (auto func = dyn_cast<func::FuncOp>(op)) {
        good &= succeeded(checkReturn(func));
      }
    });
    markAllAnalysesPreserved();
    if (!good)
      signalPassFailure();
  }
};
} // namespace
