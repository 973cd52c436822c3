//===- BuildLaunch.cpp - How kernels are launched -------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BuildLaunch.h"

#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"

using namespace mlir;
namespace art = ::msa::artefact;

/// Elements to bytes; the attribute's verifier holds all within 2^50.
static art::TensorMap convertMap(msa_gpu::TensorMapAttr attr) {
  int64_t bytes = attr.getElement().getIntOrFloatBitWidth() / 8;
  art::TensorMap map;
  map.buffer = static_cast<uint32_t>(attr.getBuffer());
  map.dtype = attr.getElement().isF32()   ? art::DType::F32
              : attr.getElement().isF16() ? art::DType::F16
                                          : art::DType::BF16;
  map.byteOffset = static_cast<uint64_t>(attr.getOffset() * bytes);
  map.sizes.assign(attr.getSizes().begin(), attr.getSizes().end());
  for (int64_t stride : attr.getStrides())
    map.strides.push_back(stride * bytes);
  map.box.assign(attr.getBox().begin(), attr.getBox().end());
  map.swizzle = static_cast<uint32_t>(attr.getSwizzle());
  return map;
}

/// Of the buffer that the call passes at this place; buffers are dense.
static int64_t bytesOf(func::CallOp call, size_t index) {
  auto type = cast<MemRefType>(call.getOperand(index).getType());
  Type element = type.getElementType();
  int64_t bits = element.isIndex() ? 64 : element.getIntOrFloatBitWidth();
  return type.getNumElements() * std::max<int64_t>(bits / 8, 1);
}

/// Whether the step clears the buffer, and no earlier kernel uses it.
static bool isCleared(const art::Plan &plan, const art::BufferRef &buffer) {
  auto isArena = [](const art::BufferRef &ref) {
    return ref.kind == art::BufferRef::Kind::Arena;
  };
  if (!isArena(buffer) ||
      buffer.byteOffset < plan.arenaBytes - plan.clearedBytes)
    return false;
  for (const art::Dispatch &earlier : plan.dispatches)
    for (const art::BufferRef &other : earlier.buffers)
      if (isArena(other) && other.byteOffset == buffer.byteOffset)
        return false;
  return true;
}

namespace msa {

LogicalResult buildLaunch(func::CallOp call, func::FuncOp kernel,
                          const art::Plan &plan, art::Dispatch &dispatch) {
  Attribute launchAttr = kernel ? kernel->getAttr(kLaunchAttr) : Attribute();
  Attribute mapsAttr = kernel ? kernel->getAttr(kMapsAttr) : Attribute();
  if (!launchAttr) {
    if (mapsAttr)
      return kernel.emitOpError("has '")
             << kMapsAttr << "' without '" << kLaunchAttr << "'";
    dispatch.blockSize = 128;
    dispatch.tilesPerBlock = 128; // a tile is a thread's work
    return success();
  }
  auto launch = dyn_cast<msa_gpu::LaunchAttr>(launchAttr);
  if (!launch)
    return kernel.emitOpError("has a '")
           << kLaunchAttr << "' that is no #msa_gpu.launch: " << launchAttr;
  dispatch.blockSize = static_cast<uint32_t>(launch.getBlock());
  dispatch.sharedBytes = static_cast<uint32_t>(launch.getShared());
  dispatch.clusterSize = static_cast<uint32_t>(launch.getCluster());
  dispatch.persistent = launch.getPersistent();
  dispatch.tilesPerBlock = 1;

  size_t buffers = dispatch.buffers.size();
  if (launch.getCleared() &&
      (buffers == 0 || launch.getCleared() > bytesOf(call, buffers - 1)))
    return call.emitOpError("passes a last buffer of less than the ")
           << launch.getCleared() << " bytes that are cleared";
  if (launch.getCleared() && !isCleared(plan, dispatch.buffers.back()))
    return call.emitOpError("passes a last buffer that is not among those that "
                            "are cleared when a step begins, or that another "
                            "kernel has (msa-gpu-place-counters)");
  if (!mapsAttr)
    return success();
  auto maps = dyn_cast<ArrayAttr>(mapsAttr);
  if (!maps || !llvm::all_of(maps, llvm::IsaPred<msa_gpu::TensorMapAttr>))
    return kernel.emitOpError("has '")
           << kMapsAttr << "' that are no list of #msa_gpu.tensor_map";
  if (maps.size() > art::kMaxMaps)
    return kernel.emitOpError("has ")
           << maps.size() << " tensor maps; at most " << art::kMaxMaps;
  for (auto attr : maps.getAsRange<msa_gpu::TensorMapAttr>()) {
    if (attr.getBuffer() >= static_cast<int64_t>(buffers))
      return call.emitOpError("passes no buffer ")
             << attr.getBuffer() << " for the map " << attr;
    art::TensorMap map = convertMap(attr);
    if (art::extentOf(map) > static_cast<uint64_t>(bytesOf(call, map.buffer)))
      return call.emitOpError("passes a buffer ")
             << map.buffer << " that is smaller than the map " << attr;
    dispatch.maps.push_back(std::move(map));
  }
  return success();
}

} // namespace msa
