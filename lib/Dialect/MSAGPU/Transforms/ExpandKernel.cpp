//===- ExpandKernel.cpp - From a scheduled operation to a kernel -------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExpandKernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;
using namespace mlir::msa_gpu;

BlockArgument msa_gpu::kernelBuffer(Value view) {
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

FailureOr<Layout> msa_gpu::layoutOf(Operation *op, Value view) {
  auto type = cast<MemRefType>(view.getType());
  Layout layout;
  layout.shape.assign(type.getShape().begin(), type.getShape().end());
  if (failed(type.getStridesAndOffset(layout.strides, layout.offset)) ||
      ShapedType::isDynamic(layout.offset) ||
      llvm::any_of(layout.strides, ShapedType::isDynamic) ||
      layout.strides.back() != 1)
    return op->emitError("an operand of a tensor-core kernel must be a view at "
                         "a static place with dense rows, not ")
           << type;
  return layout;
}

KernelExpansion::KernelExpansion(func::FuncOp func, Operation *op, Value last)
    : func(func), op(op),
      count(func.getNumArguments() - 2) { // without begin and end
  BlockArgument end = last ? kernelBuffer(last) : BlockArgument();
  for (unsigned i = 0; i < count; ++i)
    if (!end || i != end.getArgNumber())
      order.push_back(i);
  if (end)
    order.push_back(end.getArgNumber());
  place.resize(count);
  for (auto [to, from] : llvm::enumerate(order))
    place[from] = to;
}

LogicalResult KernelExpansion::addMap(Value view, MapType type,
                                      Describe describe) {
  BlockArgument buffer = kernelBuffer(view);
  FailureOr<Layout> layout = layoutOf(op, view);
  if (failed(layout))
    return failure();
  FailureOr<TensorMapAttr> map =
      describe(*layout, place[buffer.getArgNumber()]);
  if (failed(map))
    return failure();
  maps.push_back(*map);
  types.push_back(type);
  return success();
}

void KernelExpansion::begin(OpBuilder &b, gpu::GPUModuleOp kernels,
                            const KernelForm &form) {
  SmallVector<Type> mapTypes = types;
  if (form.mma)
    types.clear();
  mapArguments = types.size();
  for (unsigned i : order)
    types.push_back(func.getArgumentTypes()[i]);
  Location loc = op->getLoc();
  b.setInsertionPointToEnd(kernels.getBody());
  kernel = KernelOp::create(
      b, loc, func.getSymNameAttr(),
      TypeAttr::get(b.getFunctionType(types, {})),
      b.getI64IntegerAttr(form.warpgroups), IntegerAttr(),
      form.cluster > 1 ? b.getI64IntegerAttr(form.cluster) : IntegerAttr(),
      form.registers ? b.getI64IntegerAttr(form.registers) : IntegerAttr(),
      form.mma ? b.getUnitAttr() : UnitAttr(),
      form.pingpong ? b.getUnitAttr() : UnitAttr(), ArrayAttr(), ArrayAttr());
  Block *body = b.createBlock(&kernel.getBody(), {}, types,
                              SmallVector<Location>(types.size(), loc));
  b.setInsertionPointToStart(body);
  for (auto [i, type, layout] : llvm::enumerate(mapTypes, maps)) {
    if (!form.mma) {
      views.push_back(body->getArgument(i));
      continue;
    }
    auto map = cast<MapType>(type);
    auto place = cast<TensorMapAttr>(layout);
    views.push_back(ViewOp::create(b, loc,
                                   MapType::get(b.getContext(), map.getRows(),
                                                map.getColumns(),
                                                map.getElement(), 0, place),
                                   body->getArgument(place.getBuffer())));
  }
  if (form.mma)
    maps.clear();
}

Value KernelExpansion::wholeBuffer(Value view) {
  return kernel.getBody().getArgument(mapArguments +
                                      place[kernelBuffer(view).getArgNumber()]);
}

Value KernelExpansion::buffer(OpBuilder &b, Value memref) {
  BlockArgument root = kernelBuffer(memref);
  Value value = wholeBuffer(memref);
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
}

LogicalResult KernelExpansion::finish(OpBuilder &b, LaunchAttr launch,
                                      int64_t tiles) {
  Location loc = op->getLoc();
  b.setInsertionPoint(func);
  SmallVector<Type> inputs;
  for (unsigned i : order)
    inputs.push_back(func.getArgumentTypes()[i]);
  inputs.append(2, b.getIndexType());
  auto declared = func::FuncOp::create(b, loc, func.getName(),
                                       b.getFunctionType(inputs, {}));
  declared.setPrivate();
  declared->setAttr(MSAGPUDialect::kLaunchAttr, launch);
  if (!maps.empty())
    declared->setAttr(MSAGPUDialect::kMapsAttr, b.getArrayAttr(maps));
  auto uses = SymbolTable::getSymbolUses(func, func->getParentOp());
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
  return success();
}

/// A kernel that is replaced does what the operation says, and nothing else.
static LogicalResult checkKernel(func::FuncOp func, Operation *op) {
  FunctionType type = func.getFunctionType();
  unsigned count = type.getNumInputs();
  if (count < 3 || type.getNumResults() != 0 ||
      !llvm::all_of(type.getInputs().take_back(2), llvm::IsaPred<IndexType>) ||
      !llvm::all_of(type.getInputs().drop_back(2), llvm::IsaPred<MemRefType>))
    return func.emitError("a kernel takes buffers and the first and last tile");
  for (Value operand : op->getOperands())
    if (!kernelBuffer(operand))
      return op->emitError("an operand of a tensor-core kernel must be a view "
                           "at a static place of a kernel's buffer, not ")
             << operand.getType();
  WalkResult other = func.walk([&](Operation *inner) {
    if (inner == op || inner == func || isMemoryEffectFree(inner) ||
        isa<scf::ForOp>(inner) || inner->hasTrait<OpTrait::IsTerminator>())
      return WalkResult::advance();
    return WalkResult(inner->emitError("a tensor-core kernel does nothing but "
                                       "its operation"));
  });
  return failure(other.wasInterrupted());
}

func::FuncOp msa_gpu::kernelFunction(Operation *op) {
  auto func = op->getParentOfType<func::FuncOp>();
  if (!func || !func->hasAttr("msa.kernel")) {
    op->emitOpError("must be the work of a kernel");
    return {};
  }
  return succeeded(checkKernel(func, op)) ? func : func::FuncOp();
}

gpu::GPUModuleOp msa_gpu::kernelModule(ModuleOp module) {
  for (auto existing : module.getOps<gpu::GPUModuleOp>())
    return existing;
  OpBuilder b(module.getBodyRegion());
  return gpu::GPUModuleOp::create(b, module.getLoc(), "kernels");
}
