//===- msa-reduce.cpp - Make a failing module small -----------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Upstream's driver with a pass for modules of tensors: upstream's own
// -reduction-tree erases operations under the feet of their users, so that most
// candidates are invalid.
//
//===----------------------------------------------------------------------===//

#include "msa/Init.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Reducer/Tester.h"
#include "mlir/Tools/mlir-reduce/MlirReduceMain.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/CommandLine.h"

using namespace mlir;

static llvm::cl::extrahelp help(R"(
Makes a module that shows a bug small. The bug is told by a script that gets the
file of a candidate as its last argument and exits with 1 where the candidate
still shows the bug, with 0 where not:

  #!/bin/sh
  msa-opt -msa-check-linear "$1" 2>&1 | grep -q 'use of state' && exit 1
  exit 0

  msa-reduce big.mlir -msa-reduction=test=./script -o small.mlir

-msa-reduction drops functions, results, operations and arguments as long as the
script says 1; an operand or an empty tensor takes the place of a result that is
still used. -opt-reduction-pass='opt-pass=canonicalize test=./script' keeps what
another pass did where the script says 1. test/Tools/reduce.test is an example.
)");

namespace {
class ReductionPass
    : public PassWrapper<ReductionPass, OperationPass<ModuleOp>> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ReductionPass)
  ReductionPass() = default;
  ReductionPass(const ReductionPass &other) : PassWrapper(other) {}
  StringRef getArgument() const final { return "msa-reduction"; }
  StringRef getDescription() const final {
    return "Drop what a module does not need to show a bug";
  }
  void getDependentDialects(DialectRegistry &registry) const final {
    registry.insert<func::FuncDialect, tensor::TensorDialect>();
  }

  void runOnOperation() final {
    Tester tester(test, {});
    if (tester.isInteresting(getOperation()).first !=
        Tester::Interestingness::True) {
      getOperation().emitError("the script does not exit with 1 for this "
                               "module: nothing to reduce");
      return signalPassFailure();
    }
    while (round(tester)) {
    }
  }

private:
  using Change = llvm::function_ref<bool(Operation *)>;

  /// Applies a change to operation number n of a copy; keeps the copy if it is
  /// valid and shows the bug.
  bool attempt(const Tester &tester, unsigned n, Change change) {
    ModuleOp module = getOperation();
    OwningOpRef<ModuleOp> copy = module.clone();
    SmallVector<Operation *> ops = list(*copy);
    if (n >= ops.size() || !change(ops[n]))
      return false;
    ScopedDiagnosticHandler quiet(&getContext(),
                                  [](Diagnostic &) { return success(); });
    if (failed(verify(*copy)) ||
        tester.isInteresting(*copy).first != Tester::Interestingness::True)
      return false;
    module.getBodyRegion().takeBody(copy->getBodyRegion());
    return true;
  }

  static SmallVector<Operation *> list(ModuleOp module) {
    SmallVector<Operation *> ops;
    module.getBody()->walk([&](Operation *op) { ops.push_back(op); });
    return ops;
  }

  static bool erase(Operation *op) {
    if (op->hasTrait<OpTrait::IsTerminator>())
      return false;
    OpBuilder b(op);
    for (OpResult result : op->getResults()) {
      if (result.use_empty())
        continue;
      Value found;
      for (Value operand : op->getOperands())
        if (!found && operand.getType() == result.getType())
          found = operand;
      auto type = dyn_cast<RankedTensorType>(result.getType());
      if (!found && type && type.hasStaticShape() && !isa<tensor::EmptyOp>(op))
        found = tensor::EmptyOp::create(b, op->getLoc(), type.getShape(),
                                        type.getElementType());
      if (!found)
        return false;
      result.replaceAllUsesWith(found);
    }
    op->erase();
    return true;
  }

  static bool dropResult(Operation *op, unsigned i) {
    auto func = dyn_cast<func::FuncOp>(op);
    if (!func || func.isExternal() || i >= func.getNumResults())
      return false;
    for (Block &block : func.getBody())
      if (auto ret = dyn_cast<func::ReturnOp>(block.getTerminator()))
        ret.getOperandsMutable().erase(i);
    return succeeded(func.eraseResult(i));
  }

  static bool dropArgument(Operation *op, unsigned i) {
    auto func = dyn_cast<func::FuncOp>(op);
    return func && !func.isExternal() && i < func.getNumArguments() &&
           func.getArgument(i).use_empty() && succeeded(func.eraseArgument(i));
  }

  bool round(const Tester &tester) {
    bool changed = false;
    // From the end: users before what they use.
    for (unsigned n = list(getOperation()).size(); n-- > 0;) {
      changed |= attempt(tester, n, erase);
      for (unsigned i = 16; i-- > 0;) {
        changed |= attempt(tester, n,
                           [&](Operation *op) { return dropResult(op, i); });
        changed |= attempt(tester, n,
                           [&](Operation *op) { return dropArgument(op, i); });
      }
    }
    return changed;
  }

  Option<std::string> test{*this, "test",
                           llvm::cl::desc("Script that tells the bug")};
};
} // namespace

int main(int argc, char **argv) {
  // --help is about this tool, not about LLVM's optimizers.
  for (auto &option : llvm::cl::getRegisteredOptions())
    option.second->setHiddenFlag(llvm::cl::Hidden);
  registerTransformsPasses();
  ::msa::registerPasses();
  PassRegistration<ReductionPass>();
  DialectRegistry registry;
  ::msa::registerUpstream(registry);
  ::msa::registerDialects(registry);
  MLIRContext context(registry);
  return failed(mlirReduceMain(argc, argv, context));
}
