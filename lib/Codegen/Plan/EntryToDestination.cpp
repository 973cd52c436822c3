//===- EntryToDestination.cpp - Entries on buffers of the caller ----------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Codegen/Passes.h"
#include "msa/Dialect/MSA/IR/MSA.h"
#include "msa/Dialect/MSA/Utils/Views.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/StringSet.h"

namespace mlir::msa {
#define GEN_PASS_DEF_MSAENTRYTODESTINATION
#include "msa/Codegen/Passes.h.inc"
} // namespace mlir::msa

using namespace mlir;
using namespace mlir::msa;

static MemRefType bufferType(RankedTensorType type) {
  return MemRefType::get(type.getShape(), type.getElementType());
}

/// A loop that computes new state and reads the old one must not write into the
/// old one's memory while it runs: its destination becomes memory of its own,
/// which is copied afterwards. (An update that is in place on purpose has the
/// state itself as destination.)
static void keepApart(OpBuilder &b, Value value, Value state) {
  auto forall = value.getDefiningOp<scf::ForallOp>();
  if (!forall)
    return;
  OpOperand *init = forall.getTiedOpOperand(cast<OpResult>(value));
  if (!init->get().getDefiningOp<tensor::EmptyOp>())
    return;
  SetVector<Value> used;
  getUsedValuesDefinedAbove(forall.getRegion(), used);
  auto reads = [&](Value v) { return viewRoot(v) == state; };
  if (!llvm::any_of(used, reads))
    return;
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(forall);
  init->set(bufferization::AllocTensorOp::create(
      b, forall.getLoc(), cast<RankedTensorType>(value.getType()),
      ValueRange()));
}

static LogicalResult convert(func::FuncOp func) {
  if (!func.getBody().hasOneBlock())
    return func.emitError("an entry must have one block");
  Block &block = func.getBody().front();
  auto ret = cast<func::ReturnOp>(block.getTerminator());
  for (Type type : llvm::concat<const Type>(func.getArgumentTypes(),
                                            func.getResultTypes())) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !tensor.hasStaticShape())
      return func.emitError()
             << "arguments and results of an entry must be tensors of static "
                "size, got "
             << type << "; make a scalar a tensor of rank 0";
  }

  OpBuilder b(func.getContext());
  b.setInsertionPointToStart(&block);
  llvm::StringMap<BlockArgument> states;
  llvm::StringMap<Value> stateTensors;
  unsigned inputs = func.getNumArguments();
  for (unsigned i = 0; i < inputs; ++i) {
    BlockArgument arg = block.getArgument(i);
    auto type = cast<RankedTensorType>(arg.getType());
    auto state = func.getArgAttrOfType<StringAttr>(i, MSADialect::kStateAttr);
    if (state && !states.try_emplace(state.getValue(), arg).second)
      return func.emitError() << "two arguments are state " << state;
    arg.setType(bufferType(type));
    // Buffers of the caller never overlap; only state may be overwritten.
    auto tensor = bufferization::ToTensorOp::create(
        b, arg.getLoc(), type, arg, /*restrict=*/true, /*writable=*/!!state);
    arg.replaceAllUsesExcept(tensor, tensor);
    if (state)
      stateTensors[state.getValue()] = tensor;
  }

  b.setInsertionPoint(ret);
  llvm::StringSet<> written;
  SmallVector<std::pair<Type, DictionaryAttr>> outs;
  for (auto [i, value] : llvm::enumerate(ret.getOperands())) {
    auto type = cast<RankedTensorType>(value.getType());
    DictionaryAttr attrs = func.getResultAttrDict(i);
    auto state =
        func.getResultAttrOfType<StringAttr>(i, MSADialect::kStateAttr);
    Value destination;
    if (state) {
      auto it = states.find(state.getValue());
      if (it == states.end())
        return func.emitError() << "result " << i << " is state " << state
                                << ", which is no argument of the function";
      if (it->second.getType() != bufferType(type))
        return func.emitError()
               << "state " << state << " comes in as " << it->second.getType()
               << " and goes out as " << type;
      if (!written.insert(state.getValue()).second)
        return func.emitError() << "two results are state " << state;
      destination = it->second;
    } else {
      destination = block.addArgument(bufferType(type), value.getLoc());
      NamedAttrList list(attrs);
      list.set("msa.result", b.getUnitAttr());
      outs.push_back(
          {destination.getType(), list.getDictionary(b.getContext())});
    }
    // Through the state's own tensor, so that the analysis sees that the new
    // value overwrites what the old one is read from: a row that moves within
    // its buffer is then formed aside. In place, the last copy is onto itself.
    if (state) {
      keepApart(b, value, stateTensors[state.getValue()]);
      value = bufferization::MaterializeInDestinationOp::create(
                  b, ret.getLoc(), value, stateTensors[state.getValue()])
                  .getResult();
    }
    auto store = bufferization::MaterializeInDestinationOp::create(
        b, ret.getLoc(), value, destination);
    store.setRestrict(true);
    store.setWritable(true);
  }
  ret.getOperandsMutable().clear();
  SmallVector<DictionaryAttr> argAttrs;
  for (unsigned i = 0; i < inputs; ++i)
    argAttrs.push_back(func.getArgAttrDict(i));
  for (auto &[type, attrs] : outs)
    argAttrs.push_back(attrs);
  func.setType(b.getFunctionType(block.getArgumentTypes(), {}));
  func->removeAttr(func.getResAttrsAttrName());
  func.setAllArgAttrs(argAttrs);
  return success();
}

namespace {
struct EntryToDestinationPass
    : msa::impl::MSAEntryToDestinationBase<EntryToDestinationPass> {
  using Base::Base;
  void runOnOperation() override {
    auto result = getOperation().walk([](func::CallOp call) {
      call.emitError("this call can not be part of an entry: functions must be "
                     "defined in the module and not recursive, so that they "
                     "can be inlined (pass inline)");
      return WalkResult::interrupt();
    });
    if (result.wasInterrupted())
      return signalPassFailure();
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (func.isPublic() && !func.isExternal() && failed(convert(func)))
        return signalPassFailure();
  }
};
} // namespace
