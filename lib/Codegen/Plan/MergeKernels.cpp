//===- MergeKernels.cpp - Equal kernels once ------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Codegen/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/OperationSupport.h"

namespace mlir::msa {
#define GEN_PASS_DEF_MSAMERGEKERNELS
#include "msa/Codegen/Passes.h.inc"
} // namespace mlir::msa

using namespace mlir;

static bool isSame(func::FuncOp a, func::FuncOp b) {
  return a.getFunctionType() == b.getFunctionType() &&
         a->getAttr("msa.kernel") == b->getAttr("msa.kernel") &&
         OperationEquivalence::isRegionEquivalentTo(
             &a.getBody(), &b.getBody(), OperationEquivalence::IgnoreLocations);
}

namespace {
struct MergeKernelsPass : msa::impl::MSAMergeKernelsBase<MergeKernelsPass> {
  using Base::Base;
  void runOnOperation() override {
    // Kernels of one size; the hash of a function would look at its name.
    DenseMap<std::pair<Type, int64_t>, SmallVector<func::FuncOp>> kept;
    llvm::StringMap<StringAttr> replaced;
    for (auto func :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      if (!func->hasAttr("msa.kernel") || func.isExternal())
        continue;
      int64_t size = 0;
      func.walk([&](Operation *) { ++size; });
      auto &bucket = kept[{func.getFunctionType(), size}];
      auto it = llvm::find_if(
          bucket, [&](func::FuncOp other) { return isSame(func, other); });
      if (it == bucket.end()) {
        bucket.push_back(func);
        continue;
      }
      replaced[func.getName()] = it->getSymNameAttr();
      func.erase();
      ++numMerged;
    }
    getOperation().walk([&](func::CallOp call) {
      if (auto it = replaced.find(call.getCallee()); it != replaced.end())
        call.setCallee(it->second.getValue());
    });
  }
};
} // namespace
