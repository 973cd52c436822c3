//===- Pipelines.cpp - Named pipelines ------------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Pipelines/Pipelines.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

/// Kernels and a plan from parallel loops on tensors.
static std::string planSuffix(bool threads) {
  return llvm::formatv(
             "msa-entry-to-destination,eliminate-empty-tensors,"
             "one-shot-bufferize,canonicalize,msa-outline-dispatches{{"
             "threads={0}},canonicalize,msa-merge-kernels,"
             "{1}msa-plan-arena",
             threads ? "true" : "false",
             // Layers are alike, and so are what they are joined to.
             threads ? "msa-rows-to-warps,msa-vectorize-threads,canonicalize,"
                       "msa-join-kernels,msa-merge-kernels,canonicalize,"
                     : "")
      .str();
}

/// Queries and keys of a tile on AMX: two columns of tiles, whose scores and
/// weights stay in the L1 cache.
static constexpr int64_t kPairQueries = 32, kPairKeys = 64;

std::string msa::cpuPlanPipeline(const CpuOptions &o) {
  // Ops with elementwise neighbours first, so that those fuse; attention last,
  // so that nothing is fused into its tiles.
  return llvm::formatv(
             "inline,symbol-dce,canonicalize,msa-check-linear,msa-fuse,"
             "func.func(msa-normalize),msa-decompose,canonicalize,"
             "func.func(msa-fuse-elementwise,"
             "msa-tile-linalg{{depth=128}),canonicalize,"
             "msa-tile-attend{{queries={0} keys={1} pair-queries={2} "
             "pair-keys={3}},msa-decompose,canonicalize,{4}",
             o.queries, o.keys, kPairQueries, o.amx ? kPairKeys : 0,
             planSuffix(false))
      .str();
}

std::string msa::cpuKernelPipeline(const CpuOptions &o) {
  return llvm::formatv(
             "func.func(msa-vectorize{{width={0} registers={1} amx={3}},"
             "canonicalize,msa-expand-math{{avx512={2}},"
             "arith-emulate-unsupported-floats{{source-types=bf16 target-type="
             "f32},arith-expand{{include-bf16=true},canonicalize,cse,"
             "loop-invariant-code-motion)",
             o.width, o.registers, o.width == 16, o.amx)
      .str();
}

std::string msa::cpuLLVMPipeline() {
  return "func.func(lower-affine,convert-vector-to-scf),expand-strided-"
         "metadata,"
         "func.func(lower-affine),convert-vector-to-llvm{enable-amx=1 "
         "vector-transpose-lowering=shuffle1d},arith-expand,convert-scf-to-cf,"
         "func.func(convert-math-to-llvm),convert-math-to-libm,"
         "convert-vector-to-llvm," // libm's calls take vectors apart
         "convert-arith-to-llvm,finalize-memref-to-llvm,convert-func-to-llvm{"
         "use-bare-ptr-memref-call-conv=1},convert-cf-to-llvm,"
         "convert-index-to-llvm,convert-ub-to-llvm,reconcile-unrealized-casts,"
         "msa-byte-booleans,msa-bits-of-bf16,canonicalize,cse";
}

std::string msa::oraclePlanPipeline() {
  return std::string(
             "inline,symbol-dce,canonicalize,msa-check-linear,msa-fuse,"
             "func.func(msa-normalize),msa-decompose{dense=true},canonicalize,"
             "func.func(msa-tile-linalg{threads=true}),"
             "canonicalize,") +
         planSuffix(false);
}

std::string msa::oracleKernelPipeline() {
  return "func.func(convert-linalg-to-loops,canonicalize,"
         "arith-emulate-unsupported-floats{source-types=bf16 target-type=f32},"
         "arith-expand{include-bf16=true},canonicalize,cse)";
}

/// One-thread kernels from what the passes of `scheduled`, while operations of
/// msa are there, of `products` and, behind the fusion of elementwise work, of
/// `epilogues` leave of msa and linalg.
static std::string threadPlan(const msa::GpuOptions &o,
                              const std::string &scheduled,
                              const std::string &products,
                              const std::string &epilogues) {
  return llvm::formatv(
             "inline,symbol-dce,canonicalize,msa-check-linear,msa-fuse,"
             "func.func(msa-normalize),{0}msa-decompose{{scores={1}},"
             "canonicalize,{2}func.func(msa-fuse-elementwise),{3}"
             "func.func(msa-tile-linalg{{threads=true row-sums=true "
             "sum-block=64}),"
             "canonicalize,"
             "msa-tile-attend{{queries=1 keys=16},msa-decompose,canonicalize,"
             "{4}",
             scheduled, o.scores, products, epilogues, planSuffix(true))
      .str();
}

std::string msa::gpuPlanPipeline(const GpuOptions &o) {
  return threadPlan(o, "", "", "");
}

std::string msa::hopperPlanPipeline(const GpuOptions &o) {
  // Products that are there before operations of msa are gone can take those
  // in; others come of them.
  auto products = [&](bool remarks) -> std::string {
    return llvm::formatv("msa-schedule-gemm{{clusters={0} remarks={1}},",
                         o.clusters ? "true" : "false",
                         remarks ? "true" : "false");
  };
  std::string list = o.listClasses ? "{list-classes=true}," : ",";
  return threadPlan(o,
                    "msa-schedule-attend" + list + "msa-gpu-fold-transpose," +
                        products(false) + "msa-fuse-rope,",
                    products(true), "msa-fuse-epilogue,msa-tune-gemm" + list) +
         ",msa-gpu-expand-attend,msa-gpu-expand-gemm,msa-gpu-expand-merge,"
         "msa-gpu-place-counters,"
         "gpu.module("
         "msa_gpu.kernel(canonicalize,cse,msa-gpu-specialize,canonicalize,cse,"
         "msa-gpu-join-loops,msa-gpu-pingpong,msa-gpu-plan-shared))";
}

std::string msa::mmaPlanPipeline(const GpuOptions &o) {
  return threadPlan(o,
                    std::string("msa-schedule-attend{mma=true") +
                        (o.besideHopper ? " beside-hopper=true" : "") +
                        "},msa-gpu-fold-transpose,",
                    "", "") +
         ",msa-gpu-expand-attend,"
         "gpu.module("
         "msa_gpu.kernel(canonicalize,cse,msa-gpu-pipeline,canonicalize,cse,"
         "msa-gpu-plan-shared))";
}

std::string msa::gpuKernelPipeline() {
  return "func.func(convert-linalg-to-loops,canonicalize,"
         "msa-expand-math{freestanding=true},canonicalize,cse,loop-invariant-"
         "code-motion)";
}

std::string msa::gpuNVVMPipeline(bool dependentLaunch) {
  return std::string("convert-msa-gpu-to-nvvm,msa-kernels-to-gpu") +
         (dependentLaunch ? "{dependent-launch=true}" : "") +
         ",gpu.module("
         "lower-affine,"
         "expand-strided-metadata,lower-affine,arith-expand,canonicalize,cse,"
         "convert-scf-to-cf,convert-gpu-to-nvvm{"
         "use-bare-ptr-memref-call-conv=1},convert-index-to-llvm,"
         "convert-ub-to-llvm,reconcile-unrealized-casts,canonicalize,cse)";
}

std::vector<msa::NamedPipeline> msa::namedPipelines() {
  CpuOptions cpu;
  GpuOptions gpu;
  return {
      {"msa-to-cpu-plan", "msa to kernels on buffers and a plan, for a CPU",
       cpuPlanPipeline(cpu)},
      {"msa-to-cpu-kernels", "Kernels on buffers to vector loops",
       cpuKernelPipeline(cpu)},
      {"msa-to-cpu", "msa to vectorized kernels and a plan, for a CPU",
       cpuPlanPipeline(cpu) + "," + cpuKernelPipeline(cpu)},
      {"msa-to-oracle", "msa to its dense meaning in scalar loops and a plan",
       oraclePlanPipeline() + "," + oracleKernelPipeline()},
      {"msa-to-gpu-plan", "msa to one-thread kernels on buffers and a plan",
       gpuPlanPipeline(gpu)},
      {"msa-to-gpu", "msa to scalar one-thread kernels and a plan, for a GPU",
       gpuPlanPipeline(gpu) + "," + gpuKernelPipeline()},
      {"msa-to-hopper-plan",
       "msa to tile programs in roles, one-thread kernels and a plan, for "
       "sm_90a",
       hopperPlanPipeline(gpu)},
      {"msa-to-mma-plan",
       "msa to pipelined tile programs, one-thread kernels and a plan, for "
       "sm_80 and later",
       mmaPlanPipeline(gpu)},
      {"msa-kernels-to-nvvm", "Kernels to threads and the nvvm dialect",
       gpuNVVMPipeline(/*dependentLaunch=*/false)},
      {"msa-kernels-to-llvm", "Kernels to the LLVM dialect",
       cpuLLVMPipeline()}};
}

void msa::registerPipelines() {
  for (const NamedPipeline &pipeline : namedPipelines())
    registerPassPipeline(
        pipeline.name, pipeline.description,
        [text = pipeline.text](
            OpPassManager &pm, StringRef options,
            llvm::function_ref<LogicalResult(const Twine &)> error) {
          if (!options.empty())
            return error("this pipeline takes no options");
          return parsePassPipeline(text, pm);
        },
        [](llvm::function_ref<void(const detail::PassOptions &)>) {});
}
