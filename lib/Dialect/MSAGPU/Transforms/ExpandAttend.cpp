//===- ExpandAttend.cpp - Kernels of scheduled attention ---------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttendProgram.h"
#include "msa/Dialect/MSAGPU/IR/Budget.h"
#include "msa/Dialect/MSAGPU/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

namespace mlir::msa_gpu {
#define GEN_PASS_DEF_MSAGPUEXPANDATTEND
#include "msa/Dialect/MSAGPU/Transforms/Passes.h.inc"
} // namespace mlir::msa_gpu

using namespace mlir;
using namespace mlir::msa_gpu;

/// The kernel's buffer that a view at a fixed place is of, or null.
static BlockArgument bufferOf(Value view) {
  while (Operation *def = view.getDefiningOp()) {
    auto op = dyn_cast<ViewLikeOpInterface>(def);
    if (!op || def->getNumOperands() != 1)
      return {};
    view = op.getViewSource();
  }
  auto buffer = cast<BlockArgument>(view);
  return isa<func::FuncOp>(buffer.getOwner()->getParentOp()) ? buffer
                                                             : BlockArgument();
}

/// A kernel that is replaced does what the operation says, and nothing else.
static LogicalResult checkKernel(func::FuncOp func, AttendOp op) {
  FunctionType type = func.getFunctionType();
  unsigned count = type.getNumInputs();
  if (count < 3 || type.getNumResults() != 0 ||
      !llvm::all_of(type.getInputs().take_back(2), llvm::IsaPred<IndexType>) ||
      !llvm::all_of(type.getInputs().drop_back(2), llvm::IsaPred<MemRefType>))
    return func.emitError("a kernel takes buffers and the first and last tile");
  for (Value operand : op.getOperands())
    if (!bufferOf(operand))
      return op.emitError("an operand of tensor-core attention must be a view "
                          "at a static place of a kernel's buffer, not ")
             << operand.getType();
  WalkResult other = func.walk([&](Operation *inner) {
    if (inner == op || inner == func || isMemoryEffectFree(inner) ||
        isa<scf::ForOp>(inner) || inner->hasTrait<OpTrait::IsTerminator>())
      return WalkResult::advance();
    return WalkResult(inner->emitError("a kernel of tensor-core attention does "
                                       "nothing else"));
  });
  return failure(other.wasInterrupted());
}

namespace {
struct ExpandAttendPass
    : msa_gpu::impl::MSAGPUExpandAttendBase<ExpandAttendPass> {
  using Base::Base;

  /// A map of B x H x N x D in boxes of some rows of one matrix: panels of 64
  /// columns, rows, panels, heads, streams. With a stride, of the last row of
  /// each that many.
  FailureOr<TensorMapAttr> mapOf(AttendOp op, Value view, unsigned buffer,
                                 int64_t rows, int64_t step) {
    auto type = cast<MemRefType>(view.getType());
    SmallVector<int64_t> strides;
    int64_t offset;
    if (failed(type.getStridesAndOffset(strides, offset)) ||
        ShapedType::isDynamic(offset) || strides[3] != 1)
      return op.emitError("an operand of tensor-core attention must be a view "
                          "at a static place with dense rows, not ")
             << type;
    ArrayRef<int64_t> shape = type.getShape();
    int64_t panels = shape[3] / 64;
    auto stride = [&](int64_t dim, int64_t of) {
      return shape[dim] == 1 ? shape[3] : of; // never stepped over
    };
    auto map = TensorMapAttr::getChecked(
        [&] { return op.emitError(); }, op.getContext(), int64_t(buffer),
        type.getElementType(), offset + (step - 1) * strides[2],
        ArrayRef<int64_t>{64, shape[2] / step, panels, shape[1], shape[0]},
        ArrayRef<int64_t>{step * strides[2], 64, stride(1, strides[1]),
                          stride(0, strides[0])},
        ArrayRef<int64_t>{64, rows, panels, 1, 1}, int64_t(128));
    if (!map)
      return failure();
    return map;
  }

  LogicalResult expand(func::FuncOp func, AttendOp op,
                       gpu::GPUModuleOp kernels) {
    if (failed(checkKernel(func, op)))
      return failure();
    Location loc = op.getLoc();
    OpBuilder b(&getContext());
    // The counter comes last: its place is where the runtime clears.
    unsigned count = func.getNumArguments() - 2; // without begin and end
    BlockArgument counter = bufferOf(op.getCounter());
    SmallVector<unsigned> order;
    for (unsigned i = 0; i < count; ++i)
      if (i != counter.getArgNumber())
        order.push_back(i);
    order.push_back(counter.getArgNumber());
    SmallVector<unsigned> place(count);
    for (auto [to, from] : llvm::enumerate(order))
      place[from] = to;

    SmallVector<Attribute> maps;
    SmallVector<Type> types;
    Type element = op.getElement();
    int64_t d = op.getHeadDim(), keys = op.getSchedule().getKeys();
    auto addMap = [&](Value view, int64_t rows, int64_t step) -> LogicalResult {
      if (!view)
        return success();
      BlockArgument buffer = bufferOf(view);
      FailureOr<TensorMapAttr> map =
          mapOf(op, view, place[buffer.getArgNumber()], rows, step);
      if (failed(map))
        return failure();
      maps.push_back(*map);
      types.push_back(MapType::get(&getContext(), rows, d, element));
      return success();
    };
    SmallVector<std::pair<Value, int64_t>> views = {
        {op.getQuery(), 64},       {op.getOut(), 64},
        {op.getKey(), keys},       {op.getValue(), keys},
        {op.getWindowKey(), keys}, {op.getWindowValue(), keys},
        {op.getBankKey(), keys},   {op.getBankValue(), keys}};
    for (auto [view, rows] : views)
      if (failed(addMap(view, rows, 1)))
        return failure();
    std::optional<msa::StridedBands> bands = stridedBandsOf(op);
    bool hasStrided = bands && !bands->strided.empty() &&
                      op.getLocalKeys() >= bands->stride;
    if (hasStrided && (failed(addMap(op.getKey(), keys, bands->stride)) ||
                       failed(addMap(op.getValue(), keys, bands->stride))))
      return failure();
    unsigned numMaps = types.size();
    SmallVector<Type> buffers;
    for (unsigned i : order)
      buffers.push_back(func.getArgumentTypes()[i]);
    llvm::append_range(types, buffers);

    b.setInsertionPointToEnd(kernels.getBody());
    ScheduleAttr schedule = op.getSchedule();
    auto kernel =
        KernelOp::create(b, loc, func.getSymNameAttr(),
                         TypeAttr::get(b.getFunctionType(types, {})),
                         b.getI64IntegerAttr(schedule.getWarpgroups()),
                         IntegerAttr(), ArrayAttr(), ArrayAttr());
    Block *body = b.createBlock(&kernel.getBody(), {}, types,
                                SmallVector<Location>(types.size(), loc));
    unsigned next = 0;
    auto map = [&](Value view) {
      return view ? Value(body->getArgument(next++)) : Value();
    };
    auto buffer = [&](Value memref) -> Value {
      if (!memref)
        return {};
      // Small operands are whole buffers, or read through the same view.
      BlockArgument root = bufferOf(memref);
      Value value = body->getArgument(numMaps + place[root.getArgNumber()]);
      if (memref == root)
        return value;
      IRMapping mapping;
      mapping.map(root, value);
      SmallVector<Operation *> chain;
      for (Value v = memref; v != root;
           v = cast<ViewLikeOpInterface>(v.getDefiningOp()).getViewSource())
        chain.push_back(v.getDefiningOp());
      for (Operation *view : llvm::reverse(chain))
        b.clone(*view, mapping);
      return mapping.lookup(memref);
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
    b.setInsertionPointToStart(body);
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

    // The function is a declaration now; its call says how many tiles there
    // are.
    b.setInsertionPoint(func);
    SmallVector<Type> inputs = buffers;
    inputs.append(2, b.getIndexType());
    auto declared = func::FuncOp::create(b, loc, func.getName(),
                                         b.getFunctionType(inputs, {}));
    declared.setPrivate();
    int64_t tiles = tilesOf(op);
    declared->setAttr(MSAGPUDialect::kLaunchAttr,
                      LaunchAttr::get(&getContext(), schedule.getThreads(),
                                      sharedBytes(schedule, d), 1,
                                      schedule.getPersistent(),
                                      schedule.getPersistent() ? 4 : 0));
    declared->setAttr(MSAGPUDialect::kMapsAttr, b.getArrayAttr(maps));
    auto uses = SymbolTable::getSymbolUses(func, getOperation());
    if (!uses)
      return func.emitError("calls of this kernel can not be found");
    for (SymbolTable::SymbolUse use : *uses) {
      auto call = dyn_cast<func::CallOp>(use.getUser());
      if (!call)
        return use.getUser()->emitError("a kernel can only be called");
      b.setInsertionPoint(call);
      SmallVector<Value> operands;
      for (unsigned i : order)
        operands.push_back(call.getOperand(i));
      operands.push_back(call.getOperand(count));
      operands.push_back(arith::ConstantIndexOp::create(b, loc, tiles));
      func::CallOp::create(b, call.getLoc(), declared, operands);
      call.erase();
    }
    func.erase();
    ++numKernels;
    return success();
  }

  void runOnOperation() override {
    SmallVector<AttendOp> ops;
    getOperation().walk([&](AttendOp op) { ops.push_back(op); });
    if (ops.empty())
      return;
    OpBuilder b(getOperation().getBodyRegion());
    gpu::GPUModuleOp kernels;
    for (AttendOp op : ops) {
      auto func = op->getParentOfType<func::FuncOp>();
      if (!func || !func->hasAttr("msa.kernel")) {
        op.emitOpError("must be the work of a kernel");
        return signalPassFailure();
      }
      if (!kernels)
        kernels =
            gpu::GPUModuleOp::create(b, getOperation().getLoc(), "kernels");
      if (failed(expand(func, op, kernels)))
        return signalPassFailure();
    }
  }
};
} // namespace
