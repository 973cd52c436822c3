//===- ProgramOps.cpp - Constraints of kernels and their loops ---------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"

#include "mlir/Interfaces/FunctionImplementation.h"

using namespace mlir;
using namespace mlir::msa_gpu;

ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &result) {
  auto type = [](Builder &builder, ArrayRef<Type> arguments,
                 ArrayRef<Type> results, function_interface_impl::VariadicFlag,
                 std::string &) {
    return builder.getFunctionType(arguments, results);
  };
  return function_interface_impl::parseFunctionOp(
      parser, result, /*allowVariadic=*/false,
      getFunctionTypeAttrName(result.name), type,
      getArgAttrsAttrName(result.name), getResAttrsAttrName(result.name));
}

void KernelOp::print(OpAsmPrinter &printer) {
  function_interface_impl::printFunctionOp(
      printer, *this, /*isVariadic=*/false, getFunctionTypeAttrName(),
      getArgAttrsAttrName(), getResAttrsAttrName());
}

int64_t KernelOp::getComputingRegisters() {
  return getRegisters().value_or(getWarpgroups() == 3 ? 160 : 240);
}

int64_t KernelOp::getCopyingRegisters() {
  int64_t groups = getWarpgroups() + 1;
  return 65536 / (128 * groups) / 8 * 8 * groups -
         static_cast<int64_t>(getWarpgroups()) * getComputingRegisters();
}

LogicalResult KernelOp::verify() {
  if (getFunctionType().getNumResults() != 0)
    return emitOpError("(K1) has no results");
  if (getWarpgroups() < 1 || getWarpgroups() > 3)
    return emitOpError("(K1) has 1 to 3 warpgroups, got ") << getWarpgroups();
  if (getCluster() && *getCluster() != 1 && *getCluster() != 2)
    return emitOpError("(K1) has clusters of 1 or 2 blocks, got ")
           << *getCluster();
  if (getRegisters() && (*getRegisters() < 24 || *getRegisters() > 240 ||
                         *getRegisters() % 8 || getCopyingRegisters() < 24))
    return emitOpError("(K1) can not give ")
           << *getRegisters() << " registers to each of " << getWarpgroups()
           << " warpgroups";
  if (getMma() && (getWarpgroups() > 2 || getCluster() || getRegisters()))
    return emitOpError("(K1) of mma has 1 or 2 warpgroups, no cluster and no "
                       "registers");
  if (getPingpong() && (getMma() || getWarpgroups() < 2))
    return emitOpError("(K1) of pingpong has 2 or 3 warpgroups, and no mma");
  bool buffers = getMma();
  for (Type type : getFunctionType().getInputs()) {
    if (!isa<MapType, MemRefType>(type))
      return emitOpError("(K1) takes maps and memrefs, not ") << type;
    if (buffers && isa<MapType>(type))
      return emitOpError(getMma() ? "(K1) of mma takes memrefs only"
                                  : "(K1) takes maps before memrefs");
    buffers |= isa<MemRefType>(type);
  }
  return success();
}

void ForTilesOp::build(OpBuilder &builder, OperationState &state, Value count,
                       Value counter, bool strided, ValueRange inits) {
  build(builder, state, TypeRange(), count, counter,
        strided ? builder.getUnitAttr() : UnitAttr(), inits);
}

LogicalResult ForTilesOp::verifyRegions() {
  Block &block = getBody().front();
  TypeRange inits = getInits().getTypes();
  if (block.getNumArguments() != inits.size() + 1 ||
      !block.getArgument(0).getType().isInteger(32) ||
      TypeRange(block.getArgumentTypes()).drop_front() != inits)
    return emitOpError("(G11) has a body with an argument of type i32 and the "
                       "inits");
  if (llvm::any_of(inits, llvm::IsaPred<TileType, PendingType>))
    return emitOpError("(G11) carries neither tiles nor products under way");
  auto next = block.empty() ? NextOp() : dyn_cast<NextOp>(block.back());
  if (inits.empty() == static_cast<bool>(next) ||
      (next && TypeRange(next.getValues().getTypes()) != inits))
    return emitOpError(
        "(G11) has a body that ends in 'msa_gpu.next' with values "
        "of the inits' types");
  if (getLast().empty() != inits.empty() ||
      (!getLast().empty() &&
       TypeRange(getLast().front().getArgumentTypes()) != inits))
    return emitOpError("(G11) has a last region with the inits as arguments, "
                       "just where there are some");
  if (!isa_and_nonnull<KernelOp>((*this)->getParentOp()))
    return emitOpError("stands directly in a kernel");
  if (getCounter() && getStrided())
    return emitOpError("draws its tiles from a counter or strides over them");
  return success();
}
