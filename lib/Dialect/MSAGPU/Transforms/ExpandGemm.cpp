//===- ExpandGemm.cpp - Kernels of scheduled products ------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExpandKernel.h"
#include "GemmProgram.h"
#include "msa/Codegen/Buffers.h"
#include "msa/Dialect/MSAGPU/IR/Budget.h"
#include "msa/Dialect/MSAGPU/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::msa_gpu {
#define GEN_PASS_DEF_MSAGPUEXPANDGEMM
#include "msa/Dialect/MSAGPU/Transforms/Passes.h.inc"
} // namespace mlir::msa_gpu

using namespace mlir;
using namespace mlir::msa_gpu;

namespace {
struct ExpandGemmPass : msa_gpu::impl::MSAGPUExpandGemmBase<ExpandGemmPass> {
  using Base::Base;

  LogicalResult expand(func::FuncOp func, GemmOp op, gpu::GPUModuleOp kernels) {
    FailureOr<GemmPlan> plan = planGemm(op);
    if (failed(plan))
      return failure();
    OpBuilder b(&getContext());
    KernelExpansion expansion(func, op, Value());
    SmallVector<std::pair<Value, GemmSide *>> sides = {{op.getA(), &plan->a},
                                                       {op.getB(), &plan->b}};
    for (auto [view, side] : llvm::zip(op.getOuts(), plan->outs))
      sides.push_back({view, &side});
    for (auto [view, side] : sides)
      if (failed(expansion.addMap(
              view, side->map,
              [&, side = side](const Layout &,
                               int64_t buffer) -> FailureOr<TensorMapAttr> {
                TensorMapAttr map =
                    side->tensorMap([&] { return op.emitError(); }, buffer);
                if (!map)
                  return failure();
                return map;
              })))
        return failure();

    GemmScheduleAttr schedule = op.getSchedule();
    KernelForm form;
    form.warpgroups = schedule.getWarpgroups();
    form.cluster = schedule.getCluster();
    // The accumulators leave registers to the copying warpgroup, whose places
    // take some.
    form.registers = schedule.getWarpgroups() == 2 ? 216 : 0;
    expansion.begin(b, kernels, form);
    GemmArguments arguments;
    arguments.a = expansion.nextMap();
    arguments.b = expansion.nextMap();
    for (size_t i = 0; i < plan->outs.size(); ++i)
      arguments.outs.push_back(expansion.nextMap());
    DenseSet<Value> aligned = msa::alignedBuffers(func);
    for (auto [extra, read] : llvm::zip(op.getExtras(), plan->extras)) {
      arguments.extras.push_back(expansion.wholeBuffer(extra));
      read.isAligned = aligned.contains(kernelBuffer(extra));
    }
    writeGemm(b, op, *plan, arguments);
    auto launch = LaunchAttr::get(&getContext(), schedule.getThreads(),
                                  sharedBytes(schedule), schedule.getCluster(),
                                  schedule.getPersistent(), 0);
    if (failed(expansion.finish(b, launch, plan->tiles())))
      return failure();
    ++numKernels;
    return success();
  }

  void runOnOperation() override {
    SmallVector<GemmOp> ops;
    getOperation().walk([&](GemmOp op) { ops.push_back(op); });
    for (GemmOp op : ops) {
      func::FuncOp func = kernelFunction(op);
      if (!func || failed(expand(func, op, kernelModule(getOperation()))))
        return signalPassFailure();
    }
  }
};
} // namespace
