//===- BuildModel.cpp - From a planned module to an artefact --------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Target/BuildModel.h"

#include "BuildLaunch.h"

#include "msa/Artefact/Fill.h"
#include "msa/Conversion/DependentLaunch.h"
#include "msa/Dialect/MSA/IR/MSA.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"

#include "llvm/ADT/StringSet.h"

#include <cmath>

using namespace mlir;
using mlir::msa::MSADialect;
namespace art = ::msa::artefact;

static std::optional<art::DType> convertType(Type type) {
  if (type.isF64())
    return art::DType::F64;
  if (type.isF32())
    return art::DType::F32;
  if (type.isF16())
    return art::DType::F16;
  if (type.isBF16())
    return art::DType::BF16;
  if (type.isInteger(64) || type.isIndex()) // 64 bits on every target
    return art::DType::I64;
  if (type.isInteger(32))
    return art::DType::I32;
  if (type.isInteger(16))
    return art::DType::I16;
  if (type.isInteger(8))
    return art::DType::I8;
  if (type.isInteger(1))
    return art::DType::I1;
  return std::nullopt;
}

/// Most bytes of a constant that is drawn at load.
static constexpr uint64_t kMaxConstant = uint64_t(1) << 34;

namespace {

class ModelBuilder {
public:
  ModelBuilder(ModuleOp module, art::Target target, StringRef arch,
               art::Model &model)
      : module(module), target(target), arch(arch), model(model) {}
  LogicalResult run();

private:
  LogicalResult entry(func::FuncOp func);
  LogicalResult signature(func::FuncOp func, art::Entry &entry);
  FailureOr<art::TensorType> tensor(Location loc, Type type);
  FailureOr<uint32_t> constantOf(Location loc, StringRef name,
                                 const art::TensorType &type,
                                 DictionaryAttr attrs);
  FailureOr<uint32_t> globalOf(memref::GetGlobalOp op);
  FailureOr<uint32_t> addConstant(Location loc, art::Constant constant);
  /// Of the names of constants that the target's pipelines made.
  StringRef globalPrefix() const {
    return target == art::Target::Cuda ? "%cuda." : "%cpu.";
  }

  ModuleOp module;
  art::Target target;
  StringRef arch;
  art::Model &model;
};

} // namespace

FailureOr<art::TensorType> ModelBuilder::tensor(Location loc, Type type) {
  auto memref = cast<MemRefType>(type);
  std::optional<art::DType> dtype = convertType(memref.getElementType());
  if (!dtype) {
    emitError(loc) << "no artefact can hold tensors of "
                   << memref.getElementType();
    return failure();
  }
  art::TensorType result;
  result.dtype = *dtype;
  result.shape.assign(memref.getShape().begin(), memref.getShape().end());
  if (uint64_t bytes = art::byteSize(result);
      bytes == 0 || bytes > art::kMaxBytes) {
    emitError(loc) << "a tensor of " << memref
                   << " is too large: at most 2^47 "
                      "bytes";
    return failure();
  }
  return result;
}

FailureOr<uint32_t> ModelBuilder::addConstant(Location loc,
                                              art::Constant constant) {
  for (auto [i, other] : llvm::enumerate(model.constants)) {
    // Plans of one target often share theirs: no second copy in the artefact.
    bool shared = StringRef(other.name).starts_with(globalPrefix());
    if (!shared && other.name != constant.name)
      continue;
    if (other.data == constant.data &&
        other.type.shape == constant.type.shape &&
        other.type.dtype == constant.type.dtype)
      return static_cast<uint32_t>(i);
    if (other.name != constant.name)
      continue;
    emitError(loc) << "constant '" << constant.name
                   << "' has two different values";
    return failure();
  }
  model.constants.push_back(std::move(constant));
  return static_cast<uint32_t>(model.constants.size() - 1);
}

/// A constant that is generated from a seed, or zeros.
FailureOr<uint32_t> ModelBuilder::constantOf(Location loc, StringRef name,
                                             const art::TensorType &type,
                                             DictionaryAttr attrs) {
  art::Constant constant;
  constant.name = name.str();
  constant.type = type;
  for (auto [i, other] : llvm::enumerate(model.constants))
    if (other.name == constant.name) { // named before, by another target
      if (other.type.shape == type.shape && other.type.dtype == type.dtype)
        return static_cast<uint32_t>(i);
      emitError(loc) << "constant '" << name << "' has two different types";
      return failure();
    }
  // What the runtime will have to hold, and does not find out before it tries.
  if (uint64_t bytes = art::byteSize(type); bytes > kMaxConstant) {
    emitError(loc) << "constant '" << name << "' of " << bytes
                   << " bytes is too large";
    return failure();
  }
  auto seed = attrs.getAs<IntegerAttr>(MSADialect::kSeedAttr);
  auto stddev = attrs.getAs<FloatAttr>(MSADialect::kStddevAttr);
  auto mean = attrs.getAs<FloatAttr>("msa.mean");
  if ((seed || mean) && !art::isFloat(type.dtype)) {
    emitError(loc) << "constant '" << name << "' of " << art::name(type.dtype)
                   << " can not be generated: only floats can";
    return failure();
  }
  constant.fill = seed ? art::Fill::Normal : art::Fill::Value;
  if (seed)
    constant.seed = seed.getValue().zextOrTrunc(64).getZExtValue();
  if (stddev)
    constant.stddev = stddev.getValueAsDouble();
  if (mean)
    constant.mean = mean.getValueAsDouble();
  if (!std::isfinite(constant.stddev) || !std::isfinite(constant.mean)) {
    emitError(loc) << "constant '" << name
                   << "': msa.stddev and msa.mean must be finite";
    return failure();
  }
  model.constants.push_back(std::move(constant));
  return static_cast<uint32_t>(model.constants.size() - 1);
}

FailureOr<uint32_t> ModelBuilder::globalOf(memref::GetGlobalOp op) {
  auto global = module.lookupSymbol<memref::GlobalOp>(op.getName());
  FailureOr<art::TensorType> type = tensor(op.getLoc(), op.getType());
  if (failed(type) || !global)
    return failure();
  art::Constant constant;
  // Each pipeline names its own constants.
  constant.name = globalPrefix().str();
  if (!arch.empty())
    constant.name += (arch + ".").str();
  constant.name += op.getName();
  constant.type = *type;
  auto elements = dyn_cast_or_null<ElementsAttr>(global.getInitialValueAttr());
  if (!elements)
    return emitError(op.getLoc()) << "constant without a value", failure();
  Type element = elements.getElementType();
  auto append = [&](const APInt &bits) {
    for (unsigned i = 0; i < art::byteSize(type->dtype); ++i)
      constant.data.push_back(static_cast<uint8_t>(
          i * 8 < bits.getBitWidth()
              ? bits.extractBitsAsZExtValue(
                    std::min(8u, bits.getBitWidth() - i * 8), i * 8)
              : 0));
  };
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(elements)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob || blob->getData().size() != art::byteSize(*type))
      return emitError(op.getLoc())
                 << "constant resource '" << resource.getRawHandle().getKey()
                 << "' is missing or of the wrong size",
             failure();
    constant.data.assign(blob->getData().begin(), blob->getData().end());
  } else if (auto dense = dyn_cast<DenseElementsAttr>(elements);
             dense && !dense.isSplat() && type->dtype != art::DType::I1 &&
             dense.getRawData().size() == art::byteSize(*type)) {
    // Held as it is stored, little-endian; tables of rope have millions of
    // elements.
    constant.data.assign(dense.getRawData().begin(), dense.getRawData().end());
  } else if (isa<FloatType>(element)) {
    for (const APFloat &x : elements.getValues<APFloat>())
      append(x.bitcastToAPInt());
  } else {
    for (const APInt &x : elements.getValues<APInt>())
      append(x);
  }
  return addConstant(op.getLoc(), std::move(constant));
}

LogicalResult ModelBuilder::signature(func::FuncOp func, art::Entry &entry) {
  for (unsigned i = 0; i < func.getNumArguments(); ++i) {
    Location loc = func.getArgument(i).getLoc();
    FailureOr<art::TensorType> type =
        tensor(loc, func.getArgument(i).getType());
    if (failed(type))
      return failure();
    DictionaryAttr attrs = func.getArgAttrDict(i);
    if (!attrs)
      attrs = DictionaryAttr::get(func.getContext());
    auto text = [&](StringRef key) {
      auto attr = attrs.getAs<StringAttr>(key);
      return attr ? attr.getValue() : StringRef();
    };
    StringRef name = text(MSADialect::kNameAttr);
    if (attrs.contains("msa.result")) {
      entry.results.push_back(
          {name.empty() ? "result" + std::to_string(entry.results.size())
                        : name.str(),
           *type});
      continue;
    }
    art::Argument argument;
    argument.type = *type;
    if (StringRef state = text(MSADialect::kStateAttr); !state.empty()) {
      argument.role = art::Role::State;
      argument.name = state.str();
      auto it = llvm::find_if(
          model.states, [&](const art::State &s) { return s.name == state; });
      if (it == model.states.end()) {
        art::State fresh;
        fresh.name = state.str();
        fresh.type = *type;
        if (attrs.contains(MSADialect::kSeedAttr) ||
            attrs.contains("msa.mean")) {
          FailureOr<uint32_t> initial =
              constantOf(loc, ("initial of " + state).str(), *type, attrs);
          if (failed(initial))
            return failure();
          fresh.initial = static_cast<int32_t>(*initial);
        }
        model.states.push_back(std::move(fresh));
        it = std::prev(model.states.end());
      }
      if (it->type.shape != type->shape || it->type.dtype != type->dtype)
        return emitError(loc)
               << "state '" << state << "' has two different types";
      argument.index = static_cast<uint32_t>(it - model.states.begin());
    } else if (StringRef constant = text(MSADialect::kConstantAttr);
               !constant.empty()) {
      argument.role = art::Role::Constant;
      argument.name = constant.str();
      FailureOr<uint32_t> index = constantOf(loc, constant, *type, attrs);
      if (failed(index))
        return failure();
      argument.index = *index;
    } else {
      argument.name = name.empty() ? "input" + std::to_string(i) : name.str();
    }
    entry.arguments.push_back(std::move(argument));
  }
  return success();
}

LogicalResult ModelBuilder::entry(func::FuncOp func) {
  art::Entry fresh;
  fresh.name = func.getName().str();
  if (failed(signature(func, fresh)))
    return failure();
  auto it = llvm::find_if(
      model.entries, [&](const art::Entry &e) { return e.name == fresh.name; });
  if (it == model.entries.end()) {
    model.entries.push_back(std::move(fresh));
    it = std::prev(model.entries.end());
  }
  art::Plan plan;
  plan.target = target;
  plan.arch = arch.str();
  if (auto arena = func->getAttrOfType<IntegerAttr>("msa.arena"))
    plan.arenaBytes = arena.getInt();
  if (auto cleared = func->getAttrOfType<IntegerAttr>("msa.cleared");
      cleared && target == art::Target::Cuda)
    plan.clearedBytes = cleared.getInt();
  if (plan.arenaBytes > art::kMaxBytes)
    return func.emitError() << "intermediate tensors of " << plan.arenaBytes
                            << " bytes are too large: at most 2^47";

  // Arguments and results share the function's argument list.
  SmallVector<art::BufferRef> places;
  uint32_t arguments = 0, results = 0;
  for (unsigned i = 0; i < func.getNumArguments(); ++i) {
    art::BufferRef ref;
    bool isResult = func.getArgAttr(i, "msa.result") != nullptr;
    ref.kind = isResult ? art::BufferRef::Kind::Result
                        : art::BufferRef::Kind::Argument;
    ref.index = isResult ? results++ : arguments++;
    places.push_back(ref);
  }
  for (Operation &op : func.getBody().front()) {
    auto call = dyn_cast<func::CallOp>(op);
    if (!call)
      continue;
    art::Dispatch dispatch;
    dispatch.kernel = call.getCallee().str();
    APInt tiles;
    if (call.getNumOperands() < 2 ||
        !matchPattern(call.getOperands().back(), m_ConstantInt(&tiles)))
      return call.emitError("a dispatch must say its number of tiles");
    dispatch.tiles = tiles.getSExtValue();
    for (Value operand : call.getOperands().drop_back(2)) {
      art::BufferRef ref;
      if (auto arg = dyn_cast<BlockArgument>(operand)) {
        ref = places[arg.getArgNumber()];
      } else if (auto alloc = operand.getDefiningOp<memref::AllocOp>()) {
        ref.byteOffset =
            alloc->getAttrOfType<IntegerAttr>("msa.offset").getInt();
      } else if (auto get = operand.getDefiningOp<memref::GetGlobalOp>()) {
        FailureOr<uint32_t> index = globalOf(get);
        if (failed(index))
          return failure();
        ref.kind = art::BufferRef::Kind::Constant;
        ref.index = *index;
      } else {
        return call.emitError("a dispatch must take whole buffers");
      }
      dispatch.buffers.push_back(ref);
    }
    if (target == art::Target::Cuda &&
        failed(::msa::buildLaunch(
            call, module.lookupSymbol<func::FuncOp>(call.getCallee()), plan,
            dispatch)))
      return failure();
    if (dispatch.tiles > 0)
      plan.dispatches.push_back(std::move(dispatch));
  }
  it->plans.push_back(std::move(plan));
  return success();
}

LogicalResult ModelBuilder::run() {
  for (auto func : module.getOps<func::FuncOp>())
    if (func.isPublic() && !func.isExternal() && failed(entry(func)))
      return failure();
  return success();
}

namespace msa {

LogicalResult addPlans(ModuleOp module, artefact::Target target, StringRef arch,
                       artefact::Model &model) {
  return ModelBuilder(module, target, arch, model).run();
}

void markWaiting(ModuleOp kernels, StringRef arch, artefact::Model &model) {
  llvm::StringSet<> waiting;
  kernels.walk([&](SymbolOpInterface symbol) {
    if (symbol->hasAttr(kWaitsAttr))
      waiting.insert(symbol.getName());
  });
  for (art::Entry &entry : model.entries)
    for (art::Plan &plan : entry.plans)
      if (plan.target == art::Target::Cuda && plan.arch == arch)
        for (art::Dispatch &dispatch : plan.dispatches)
          dispatch.waits = waiting.contains(dispatch.kernel);
}

void dropEntries(ModuleOp module) {
  for (Operation &op : llvm::make_early_inc_range(*module.getBody())) {
    auto func = dyn_cast<func::FuncOp>(op);
    if ((func && func.isPublic()) || isa<memref::GlobalOp>(op))
      op.erase();
  }
}

} // namespace msa
