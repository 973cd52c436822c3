//===- LaunchPlan.h - What a GPU is told ------------------------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The part of launching on a GPU that is arithmetic: no driver is called, so it
// is tested without a GPU.
//
//===----------------------------------------------------------------------===//

#ifndef MSA_RUNTIME_LAUNCHPLAN_H
#define MSA_RUNTIME_LAUNCHPLAN_H

#include "msa/Artefact/Artefact.h"

namespace msa {
namespace runtime {

/// Blocks that a dispatch is launched with, whole clusters of them; 0 without
/// tiles. `resident` blocks of the kernel run on the GPU at once; it matters to
/// persistent dispatches only.
int64_t blocksOf(const artefact::Dispatch &dispatch, int64_t resident);
/// The most blocks of a launch.
constexpr int64_t kMaxBlocks = 0x7fffffff;

/// What cuTensorMapEncodeTiled takes, in its order and with its numbers.
struct MapArguments {
  int dtype = 0; ///< CU_TENSOR_MAP_DATA_TYPE_...
  uint32_t rank = 0;
  void *address = nullptr;
  uint64_t sizes[5] = {};
  uint64_t strides[4] = {}; ///< Bytes.
  uint32_t box[5] = {};
  uint32_t elementStrides[5] = {1, 1, 1, 1, 1};
  int interleave = 0; ///< None.
  int swizzle = 0;    ///< CU_TENSOR_MAP_SWIZZLE_...
  int promotion = 2;  ///< To L2 lines of 128 bytes, what a row of a tile has.
  int fill = 0;       ///< Zeros out of bounds.
};
/// Of a map that checkMap takes, on a buffer that lies at this address.
MapArguments mapArguments(const artefact::TensorMap &map, void *buffer);

/// Copies need multiples of that.
constexpr uint64_t kMapAlignment = 16;

/// What a GPU must be to run the code ("sm_80 or later"), or nothing if one of
/// this compute capability (90 for 9.0) does.
std::string lacksOnGpu(const artefact::CodeObject &object, int capability);

} // namespace runtime
} // namespace msa

#endif // MSA_RUNTIME_LAUNCHPLAN_H
