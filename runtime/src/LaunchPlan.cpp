//===- LaunchPlan.cpp - What a GPU is told --------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LaunchPlan.h"

#include <algorithm>
#include <cstdlib>

using namespace msa::artefact;
using namespace msa::runtime;

int64_t msa::runtime::blocksOf(const Dispatch &dispatch, int64_t resident) {
  if (dispatch.tiles <= 0)
    return 0;
  int64_t each = dispatch.tilesPerBlock, cluster = dispatch.clusterSize;
  int64_t blocks = dispatch.tiles / each + (dispatch.tiles % each != 0);
  // In clusters; the last one may have blocks without a tile.
  int64_t clusters = blocks / cluster + (blocks % cluster != 0);
  if (dispatch.persistent)
    clusters = std::min(clusters, std::max<int64_t>(resident / cluster, 1));
  // What exceeds every launch stays what it is, without overflow.
  return clusters > kMaxBlocks ? clusters : clusters * cluster;
}

static int dataType(DType type) {
  switch (type) {
  case DType::F16:
    return 6;
  case DType::BF16:
    return 9;
  default:
    return 7; // f32
  }
}

MapArguments msa::runtime::mapArguments(const TensorMap &map, void *buffer) {
  MapArguments result;
  result.dtype = dataType(map.dtype);
  result.rank = static_cast<uint32_t>(map.sizes.size());
  result.address = static_cast<char *>(buffer) + map.byteOffset;
  for (size_t i = 0; i < map.sizes.size(); ++i) {
    result.sizes[i] = static_cast<uint64_t>(map.sizes[i]);
    result.box[i] = static_cast<uint32_t>(map.box[i]);
  }
  for (size_t i = 0; i < map.strides.size(); ++i)
    result.strides[i] = static_cast<uint64_t>(map.strides[i]);
  result.swizzle = map.swizzle == 128  ? 3
                   : map.swizzle == 64 ? 2
                   : map.swizzle == 32 ? 1
                                       : 0;
  return result;
}

std::string msa::runtime::lacksOnGpu(const CodeObject &object, int capability) {
  // "sm_80" or "sm_90a": the suffix binds code to one architecture.
  char *rest = nullptr;
  long needs = object.arch.compare(0, 3, "sm_") == 0
                   ? std::strtol(object.arch.c_str() + 3, &rest, 10)
                   : 0;
  if (needs <= 0)
    return "a GPU that this runtime does not know";
  bool exact = object.kind == CodeObject::Kind::Cubin || *rest;
  if (exact ? needs == capability : needs <= capability)
    return "";
  return "sm_" + std::to_string(needs) + (exact ? " exactly" : " or later");
}
