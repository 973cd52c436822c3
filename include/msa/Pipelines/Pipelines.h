//===- Pipelines.h - Named pipelines ----------------------------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A pipeline is text over passes that are each callable from msa-opt, so that
// what a tool runs can be printed, cut and replayed.
//
//   msa-to-cpu-plan      msa -> kernels on buffers and a plan
//   msa-to-cpu-kernels   those kernels -> vector loops
//   msa-kernels-to-llvm  vector loops -> LLVM dialect
//   msa-to-oracle        msa -> dense meaning in scalar loops, same plan form
//   msa-to-gpu-plan, msa-to-gpu, msa-kernels-to-nvvm   the same for a GPU
//   msa-to-hopper-plan, msa-to-mma-plan                and for tensor cores
//
//===----------------------------------------------------------------------===//

#ifndef MSA_PIPELINES_PIPELINES_H
#define MSA_PIPELINES_PIPELINES_H

#include <cstdint>
#include <string>
#include <vector>

namespace msa {

struct CpuOptions {
  int64_t width = 8;      ///< f32 elements of a vector: 8 (AVX2), 16 (AVX-512).
  int64_t registers = 16; ///< Vector registers: 16 or 32.
  /// Lanes of an attention tile: one plan serves all vector widths.
  int64_t queries = 64;
  int64_t keys = 64; ///< Keys of an attention tile.
  /// Attention of bf16 goes to AMX tiles.
  bool amx = false;
};

/// From msa to kernels over linalg on buffers, called by a plan.
std::string cpuPlanPipeline(const CpuOptions &options);
/// From those kernels to vector loops.
std::string cpuKernelPipeline(const CpuOptions &options);
/// From vector loops to the LLVM dialect.
std::string cpuLLVMPipeline();

/// The dense meaning as a plan of scalar kernels.
std::string oraclePlanPipeline();
std::string oracleKernelPipeline();

struct GpuOptions {
  /// Attention of at most so many scores a head is one tile for many threads;
  /// a thread takes one query of any other.
  int64_t scores = 16384;
  /// Pairs of blocks copy for one another.
  bool clusters = false;
  /// Say the classes of shape that schedules are stored under.
  bool listClasses = false;
  /// Attention on tensor cores before sm_90a too, by mma.sync.
  bool mma = true;
  /// There is a plan for sm_90a too, which says what has no kernel there.
  bool besideHopper = false;
};

/// Kernels whose tiles are one GPU thread's work.
std::string gpuPlanPipeline(const GpuOptions &options);
/// The same, with tile programs for what tensor cores of sm_90a compute.
std::string hopperPlanPipeline(const GpuOptions &options);
/// The same for attention on tensor cores of sm_80 and later.
std::string mmaPlanPipeline(const GpuOptions &options);
std::string gpuKernelPipeline();
/// To gpu, then to nvvm and LLVM dialect in a gpu.module; for sm_90 and later
/// kernels may be launched before the one before them has ended.
std::string gpuNVVMPipeline(bool dependentLaunch);

struct NamedPipeline {
  std::string name, description, text;
};
/// All of them, as msa-opt knows them.
std::vector<NamedPipeline> namedPipelines();

/// Registers all of them for msa-opt.
void registerPipelines();

} // namespace msa

#endif // MSA_PIPELINES_PIPELINES_H
