//===- ExpandAttend.cpp - Kernels of scheduled attention ---------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttendProgram.h"
#include "ExpandKernel.h"
#include "msa/Dialect/MSAGPU/IR/Budget.h"
#include "msa/Dialect/MSAGPU/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::msa_gpu {
#define GEN_PASS_DEF_MSAGPUEXPANDATTEND
#include "msa/Dialect/MSAGPU/Transforms/Passes.h.inc"
} // namespace mlir::msa_gpu

using namespace mlir;
using namespace mlir::msa_gpu;

namespace {
struct ExpandAttendPass
    : msa_gpu::impl::MSAGPUExpandAttendBase<ExpandAttendPass> {
  using Base::Base;

  /// A map of B x H x N x D in boxes of some rows of one matrix: panels of 64
  /// columns, rows, panels, heads, streams.
  static FailureOr<TensorMapAttr> mapOf(AttendOp op, const Layout &layout,
                                        int64_t buffer, int64_t rows) {
    ArrayRef<int64_t> shape = layout.shape, strides = layout.strides;
    int64_t panels = shape[3] / 64;
    auto stride = [&](int64_t dim) {
      return shape[dim] == 1 ? shape[3] : strides[dim]; // never stepped over
    };
    auto map = TensorMapAttr::getChecked(
        [&] { return op.emitError(); }, op.getContext(), buffer,
        op.getElement(), layout.offset,
        ArrayRef<int64_t>{64, shape[2], panels, shape[1], shape[0]},
        ArrayRef<int64_t>{strides[2], 64, stride(1), stride(0)},
        ArrayRef<int64_t>{64, rows, panels, 1, 1}, int64_t(128));
    if (!map)
      return failure();
    return map;
  }

  LogicalResult expand(func::FuncOp func, AttendOp op,
                       gpu::GPUModuleOp kernels) {
    OpBuilder b(&getContext());
    // The counter comes last: its place is where the runtime clears.
    KernelExpansion expansion(func, op, op.getCounter());
    int64_t d = op.getHeadDim(), keys = op.getSchedule().getKeys();
    std::pair<Value, int64_t> views[] = {
        {op.getQuery(), 64},       {op.getOut(), 64},
        {op.getKey(), keys},       {op.getValue(), keys},
        {op.getWindowKey(), keys}, {op.getWindowValue(), keys},
        {op.getBankKey(), keys},   {op.getBankValue(), keys}};
    for (auto [view, rows] : views)
      if (view &&
          failed(expansion.addMap(
              view, MapType::get(&getContext(), rows, d, op.getElement(), 0),
              [&, rows = rows](const Layout &layout, int64_t buffer) {
                return mapOf(op, layout, buffer, rows);
              })))
        return failure();

    ScheduleAttr schedule = op.getSchedule();
    expansion.begin(b, kernels, schedule.getWarpgroups());
    auto map = [&](Value view) { return view ? expansion.nextMap() : Value(); };
    auto buffer = [&](Value memref) {
      return memref ? expansion.buffer(b, memref) : Value();
    };
    AttendArguments arguments;
    arguments.query = map(op.getQuery());
    arguments.out = map(op.getOut());
    arguments.key = map(op.getKey());
    arguments.value = map(op.getValue());
    arguments.windowKey = map(op.getWindowKey());
    arguments.windowValue = map(op.getWindowValue());
    arguments.bankKey = map(op.getBankKey());
    arguments.bankValue = map(op.getBankValue());
    arguments.lse = buffer(op.getLse());
    arguments.counter = buffer(op.getCounter());
    arguments.bankBias = buffer(op.getBankBias());
    arguments.position = buffer(op.getPosition());
    arguments.length = buffer(op.getLength());
    arguments.offset = buffer(op.getOffset());
    for (Value small : {arguments.lse, arguments.counter, arguments.bankBias,
                        arguments.position, arguments.length, arguments.offset})
      if (small && !isa<BlockArgument>(small) &&
          !cast<MemRefType>(small.getType()).getLayout().isIdentity())
        return op.emitError("a small operand of tensor-core attention must be "
                            "a whole buffer, not ")
               << small.getType();
    writeAttend(b, op, arguments);

    int64_t tiles = tilesOf(op);
    auto launch = LaunchAttr::get(
        &getContext(), schedule.getThreads(), sharedBytes(schedule, d), 1,
        schedule.getPersistent(), schedule.getPersistent() ? 4 : 0);
    if (failed(expansion.finish(b, launch, tiles)))
      return failure();
    ++numKernels;
    return success();
  }

  void runOnOperation() override {
    SmallVector<AttendOp> ops;
    getOperation().walk([&](AttendOp op) { ops.push_back(op); });
    for (AttendOp op : ops) {
      func::FuncOp func = kernelFunction(op);
      if (!func || failed(expand(func, op, kernelModule(getOperation()))))
        return signalPassFailure();
    }
  }
};
} // namespace
