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

/// Registers of a computing thread where the copying one needs more than what
/// the most of that leaves it, to list key tiles or to walk over several kinds
/// of keys; 0: the most.
static int64_t computingRegisters(AttendOp op) {
  ScheduleAttr schedule = op.getSchedule();
  if (schedule.getWarpgroups() != 2 || schedule.getMma())
    return 0;
  if (listsKeyTiles(
          op)) // accumulators of 64 columns take half of what others do
    return op.getHeadDim() > 64 ? 224 : 208;
  bool isOne = !op.getWindowKey() && !op.getBankKey();
  return isOne ? 0 : 232;
}

namespace {
struct ExpandAttendPass
    : msa_gpu::impl::MSAGPUExpandAttendBase<ExpandAttendPass> {
  using Base::Base;

  /// A map of B x H x N x D in boxes of some rows of one matrix. With a stride,
  /// of the last row of each that many.
  static FailureOr<TensorMapAttr> mapOf(AttendOp op, const Layout &layout,
                                        MapType type, int64_t buffer,
                                        int64_t step) {
    ArrayRef<int64_t> shape = layout.shape, strides = layout.strides;
    int64_t panel = type.getPanel(), rows = type.getRows();
    auto stride = [&](int64_t dim) {
      return shape[dim] == 1 ? shape[3] : strides[dim]; // never stepped over
    };
    // Columns, rows, heads, streams.
    SmallVector<int64_t> sizes = {shape[3], shape[2] / step, shape[1],
                                  shape[0]};
    SmallVector<int64_t> steps = {step * strides[2], stride(1), stride(0)};
    SmallVector<int64_t> box = {panel, rows, 1, 1};
    if (!type.isByPanel()) { // with panels between rows and heads
      sizes.front() = panel;
      sizes.insert(sizes.begin() + 2, type.getPanels());
      steps.insert(steps.begin() + 1, panel);
      box.insert(box.begin() + 2, type.getPanels());
    }
    auto map = TensorMapAttr::getChecked(
        [&] { return op.emitError(); }, op.getContext(), buffer,
        type.getElement(), layout.offset + (step - 1) * strides[2],
        ArrayRef<int64_t>(sizes), ArrayRef<int64_t>(steps),
        ArrayRef<int64_t>(box), int64_t(128));
    if (!map)
      return failure();
    return map;
  }

  /// Queries or results as the kernel sees them: a matrix for each head, or,
  /// with heads stacked, for each KV head.
  static Layout rowsOf(AttendOp op, Layout rows, bool isTokenMajor) {
    if (isTokenMajor) {
      std::swap(rows.shape[1], rows.shape[2]);
      std::swap(rows.strides[1], rows.strides[2]);
    }
    if (!op.getSchedule().getStacked())
      return rows;
    // Bufferization saw to it that rows are equally far apart.
    if (op.getQueries() == 1)
      rows.strides[2] = rows.strides[1];
    rows.strides[1] *= op.getGroup();
    rows.shape[1] = op.getMatrices();
    rows.shape[2] = op.getRows();
    return rows;
  }

  LogicalResult expand(func::FuncOp func, AttendOp op,
                       gpu::GPUModuleOp kernels) {
    OpBuilder b(&getContext());
    // The counter comes last: its place is where the runtime clears.
    KernelExpansion expansion(func, op, op.getCounter());
    ScheduleAttr schedule = op.getSchedule();
    int64_t d = op.getHeadDim(), keys = schedule.getKeys();
    auto addMap = [&](Value view, int64_t rows, int64_t step) -> LogicalResult {
      if (!view)
        return success();
      bool isOut = view == op.getOut();
      Type element = cast<ShapedType>(view.getType()).getElementType();
      auto type = MapType::get(&getContext(), rows, d, element, 0);
      return expansion.addMap(
          view, type, [&](const Layout &layout, int64_t buffer) {
            bool hasRows = isOut || view == op.getQuery();
            return mapOf(op,
                         hasRows
                             ? rowsOf(op, layout, isOut && op.getTokenMajor())
                             : layout,
                         type, buffer, step);
          });
    };
    std::pair<Value, int64_t> views[] = {{op.getQuery(), schedule.getRows()},
                                         {op.getOut(), schedule.getRows()},
                                         {op.getKey(), keys},
                                         {op.getValue(), keys},
                                         {op.getWindowKey(), keys},
                                         {op.getWindowValue(), keys},
                                         {op.getBankKey(), keys},
                                         {op.getBankValue(), keys}};
    for (auto [view, rows] : views)
      if (failed(addMap(view, rows, 1)))
        return failure();
    std::optional<msa::StridedBands> bands = stridedBandsOf(op);
    bool hasStrided =
        bands && !bands->strided.empty() && op.getLocalKeys() >= bands->stride;
    if (hasStrided && (failed(addMap(op.getKey(), keys, bands->stride)) ||
                       failed(addMap(op.getValue(), keys, bands->stride))))
      return failure();

    KernelForm form;
    form.warpgroups = schedule.getWarpgroups();
    form.registers = computingRegisters(op);
    form.mma = schedule.getMma();
    form.pingpong = schedule.getPingpong();
    expansion.begin(b, kernels, form);
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
    if (hasStrided) {
      arguments.stridedKey = map(op.getKey());
      arguments.stridedValue = map(op.getValue());
    }
    arguments.lse = buffer(op.getLse());
    arguments.counter = buffer(op.getCounter());
    arguments.bankBias = buffer(op.getBankBias());
    arguments.position = buffer(op.getPosition());
    arguments.length = buffer(op.getLength());
    arguments.offset = buffer(op.getOffset());
    arguments.documents = buffer(op.getDocuments());
    arguments.blocks = buffer(op.getBlocks());
    for (Value small : {arguments.lse, arguments.counter, arguments.bankBias,
                        arguments.position, arguments.length, arguments.offset,
                        arguments.documents, arguments.blocks})
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
