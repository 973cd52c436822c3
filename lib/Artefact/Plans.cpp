//===- Plans.cpp - Maps, and which code is whose --------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Artefact/Artefact.h"

using namespace msa::artefact;

uint64_t msa::artefact::extentOf(const TensorMap &map) {
  const uint64_t none = UINT64_MAX, limit = INT64_MAX;
  if (map.sizes.empty() || map.strides.size() + 1 != map.sizes.size() ||
      map.byteOffset > limit)
    return none;
  uint64_t end = map.byteOffset;
  for (size_t i = 0; i < map.sizes.size(); ++i) {
    int64_t stride =
        i == 0 ? static_cast<int64_t>(byteSize(map.dtype)) : map.strides[i - 1];
    if (map.sizes[i] < 1 || stride < 1)
      return none;
    // The innermost dimension ends after its last element, each other one
    // begins its last slice there.
    uint64_t steps = static_cast<uint64_t>(map.sizes[i]) - (i == 0 ? 0 : 1);
    if (steps > (limit - end) / static_cast<uint64_t>(stride))
      return none;
    end += steps * static_cast<uint64_t>(stride);
  }
  return end;
}

// CUDA Driver API, Tensor Map Object Management: cuTensorMapEncodeTiled
// without interleaving.
std::string msa::artefact::checkMap(const TensorMap &map) {
  if (map.dtype != DType::F16 && map.dtype != DType::BF16 &&
      map.dtype != DType::F32)
    return "is of an element type that can not be mapped";
  size_t rank = map.sizes.size();
  if (rank < 2 || rank > 5 || map.box.size() != rank ||
      map.strides.size() + 1 != rank)
    return "does not have 2 to 5 dimensions, each with its size, stride and "
           "box";
  for (int64_t size : map.sizes)
    if (size < 1 || size > 0x7fffffff)
      return "has a size that is not 1 to 2^31 - 1";
  for (int64_t size : map.box)
    if (size < 1 || size > 256)
      return "has a box size that is not 1 to 256";
  for (int64_t stride : map.strides)
    if (stride < 1 || stride >= int64_t(1) << 40 || stride % 16 != 0)
      return "has a stride that is no multiple of 16 bytes below 2^40";
  if (map.byteOffset % 16 != 0)
    return "begins at no multiple of 16 bytes";
  if (map.swizzle != 0 && map.swizzle != 32 && map.swizzle != 64 &&
      map.swizzle != 128)
    return "has an unknown swizzle";
  uint64_t row = static_cast<uint64_t>(map.box[0]) * byteSize(map.dtype);
  if (row % 16 != 0)
    return "has a box whose rows are no multiple of 16 bytes";
  if (map.swizzle != 0 && row > map.swizzle)
    return "has a box whose rows are longer than its swizzle";
  return "";
}

Target msa::artefact::targetOf(const CodeObject &object) {
  return object.kind == CodeObject::Kind::CpuElf ? Target::Cpu : Target::Cuda;
}

bool msa::artefact::isNamed(const Model &model, const CodeObject &object) {
  for (const Entry &entry : model.entries)
    for (const Plan &plan : entry.plans)
      if (!plan.arch.empty() && serves(object, true, plan))
        return true;
  return false;
}

bool msa::artefact::serves(const CodeObject &object, bool named,
                           const Plan &plan) {
  return targetOf(object) == plan.target &&
         (plan.arch.empty() ? !named : object.arch == plan.arch);
}
