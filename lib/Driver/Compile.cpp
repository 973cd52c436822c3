//===- Compile.cpp - From a module to an artefact -------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Driver/Compile.h"

#include "msa/Artefact/Serialize.h"
#include "msa/Dialect/MSA/Transforms/TileAttend.h"
#include "msa/Pipelines/Pipelines.h"
#include "msa/Target/BuildModel.h"
#include "msa/Target/CompileCpu.h"
#include "msa/Target/CompileGpu.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/IR/Threading.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Support/Timing.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
namespace art = ::msa::artefact;

namespace {
class Compiler {
public:
  Compiler(MLIRContext &context, const ::msa::CompileOptions &options)
      : context(context), options(options) {}
  LogicalResult compile(ModuleOp source);
  std::string text; ///< Of --emit other than artefact.
  art::Model model;

private:
  LogicalResult run(ModuleOp module, const std::string &pipeline,
                    const Twine &phase);
  LogicalResult compileForCpu(ModuleOp source, bool oracle);
  LogicalResult compileForCpu(ModuleOp source, bool oracle,
                              ArrayRef<const ::msa::CpuTarget *> levels,
                              StringRef arch);
  LogicalResult compileForGpu(ModuleOp source);
  FailureOr<bool> lowerForGpu(ModuleOp source, const std::string &arch,
                              OwningOpRef<ModuleOp> &module);
  LogicalResult compileKernels(ModuleOp plan, const ::msa::CpuTarget &level,
                               bool oracle);
  bool print(ModuleOp module, ::msa::Emit kind);

  MLIRContext &context;
  const ::msa::CompileOptions &options;
  unsigned phases = 0;
};
} // namespace

LogicalResult Compiler::run(ModuleOp module, const std::string &pipeline,
                            const Twine &phase) {
  PassManager pm(&context, ModuleOp::getOperationName());
  if (failed(parsePassPipeline(pipeline, pm)))
    return failure();
  DefaultTimingManager manager;
  TimingScope scope;
  if (options.timing) {
    manager.setEnabled(true);
    manager.setDisplayMode(DefaultTimingManager::DisplayMode::Tree);
    scope = manager.getRootScope();
    pm.enableTiming(scope);
  }
  if (failed(pm.run(module)))
    return failure();
  if (!options.dumpPhases.empty()) {
    SmallString<128> path(options.dumpPhases);
    std::error_code error = llvm::sys::fs::create_directories(path);
    path += llvm::formatv("/{0}-{1}.mlir", phases++, phase.str()).str();
    llvm::raw_fd_ostream os(path, error);
    if (error)
      return module.emitError() << "can not write " << path;
    module.print(os);
  }
  return success();
}

bool Compiler::print(ModuleOp module, ::msa::Emit kind) {
  if (options.emit != kind)
    return false;
  llvm::raw_string_ostream os(text);
  module.print(os);
  os << "\n";
  return true;
}

/// Whether a plan for AMX differs from the one that all levels share.
static bool hasPairs(ModuleOp module) {
  return module
      ->walk([](::mlir::msa::AttendOp op) {
        return ::mlir::msa::takesPairs(op) ? WalkResult::interrupt()
                                           : WalkResult::advance();
      })
      .wasInterrupted();
}

LogicalResult Compiler::compileForCpu(ModuleOp source, bool oracle) {
  // One plan for the levels that differ in the width of vectors alone.
  SmallVector<const ::msa::CpuTarget *> shared, own;
  for (const std::string &name : options.levels) {
    const ::msa::CpuTarget *level = ::msa::findCpuTarget(name);
    (level->amx && !oracle ? own : shared).push_back(level);
  }
  // The dense meaning is scalar code: no level adds to it.
  if (oracle)
    shared.truncate(1);
  if (!shared.empty() && !hasPairs(source))
    own.clear();
  if (options.emit != ::msa::Emit::Artefact) { // the last one's text
    if (!own.empty())
      shared.clear();
    else
      shared.erase(shared.begin(), shared.end() - 1);
  }
  if (!shared.empty() && failed(compileForCpu(source, oracle, shared, "")))
    return failure();
  for (const ::msa::CpuTarget *level : own)
    if (failed(compileForCpu(source, oracle, level, level->name)))
      return failure();
  return success();
}

/// One plan, for the architecture `arch` ("": for all that no plan names).
LogicalResult Compiler::compileForCpu(ModuleOp source, bool oracle,
                                      ArrayRef<const ::msa::CpuTarget *> levels,
                                      StringRef arch) {
  ::msa::CpuOptions cpu;
  cpu.amx = levels.front()->amx || options.pairs;
  OwningOpRef<ModuleOp> plan = source.clone();
  if (failed(run(*plan,
                 oracle ? ::msa::oraclePlanPipeline()
                        : ::msa::cpuPlanPipeline(cpu),
                 arch.empty() ? Twine("plan") : "plan-" + arch)))
    return failure();
  if (print(*plan, ::msa::Emit::Plan))
    return success();
  if (failed(::msa::addPlans(*plan, art::Target::Cpu, arch, model)))
    return failure();
  ::msa::dropEntries(*plan);
  for (const ::msa::CpuTarget *level : levels)
    if (failed(compileKernels(*plan, *level, oracle)))
      return failure();
  return success();
}

LogicalResult Compiler::compileKernels(ModuleOp plan,
                                       const ::msa::CpuTarget &level,
                                       bool oracle) {
  ::msa::CpuOptions cpu;
  cpu.width = level.width;
  cpu.registers = level.registers;
  cpu.amx = level.amx;
  OwningOpRef<ModuleOp> module = plan.clone();
  if (failed(run(*module,
                 oracle ? ::msa::oracleKernelPipeline()
                        : ::msa::cpuKernelPipeline(cpu),
                 "kernels-" + level.name)))
    return failure();
  if (print(*module, ::msa::Emit::Kernels))
    return success();
  if (failed(run(*module, ::msa::cpuLLVMPipeline(), "llvm-" + level.name)))
    return failure();
  if (print(*module, ::msa::Emit::LLVM))
    return success();
  art::CodeObject code;
  if (failed(::msa::compileCpu(
          *module, level, code,
          options.emit == ::msa::Emit::IR ? &text : nullptr,
          options.emit == ::msa::Emit::Assembly ? &text : nullptr)))
    return failure();
  model.code.push_back(std::move(code));
  return success();
}

namespace {
/// From msa to the nvvm dialect, for one GPU architecture.
struct GpuPipelines {
  std::string plan, kernels, nvvm;
};
} // namespace

/// "sm_90a" -> 90, 'a'; nothing where no code can be made for it.
static std::optional<std::pair<unsigned, std::string>>
parseGpuArch(StringRef arch) {
  unsigned capability = 0;
  if (!arch.consume_front("sm_") || arch.consumeInteger(10, capability) ||
      capability < 80 || capability > 90)
    return std::nullopt;
  if (!arch.empty() && !(arch == "a" && capability == 90))
    return std::nullopt;
  return std::make_pair(capability, arch.str());
}

/// The place where an architecture gets kernels of its own.
static GpuPipelines gpuPipelines(StringRef arch,
                                 const ::msa::GpuOptions &options) {
  return {arch == "sm_90a" ? ::msa::hopperPlanPipeline(options)
          : options.mma    ? ::msa::mmaPlanPipeline(options)
                           : ::msa::gpuPlanPipeline(options),
          ::msa::gpuKernelPipeline(),
          ::msa::gpuNVVMPipeline(
              /*dependentLaunch=*/parseGpuArch(arch)->first >= 90)};
}

static bool hasTileKernels(ModuleOp module) {
  return module
      ->walk([](Operation *op) {
        return op->getName().getStringRef() == "msa_gpu.kernel"
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

LogicalResult Compiler::compileForGpu(ModuleOp source) {
  std::vector<std::string> archs = options.gpuArchs;
  llvm::sort(archs, [](const std::string &a, const std::string &b) {
    return parseGpuArch(a) < parseGpuArch(b);
  });
  // Text of the last one that is not left out.
  bool whole = options.emit == ::msa::Emit::Artefact;
  if (!whole)
    std::reverse(archs.begin(), archs.end());
  SmallVector<std::pair<std::string, OwningOpRef<ModuleOp>>> lowered;
  for (const std::string &arch : archs) {
    OwningOpRef<ModuleOp> module;
    FailureOr<bool> adds = lowerForGpu(source, arch, module);
    if (failed(adds))
      return failure();
    if (module)
      lowered.emplace_back(arch, std::move(module));
    if (*adds && !whole)
      break;
  }
  // The code generator takes most of the time.
  ::msa::prepareForGpu(context);
  SmallVector<art::CodeObject> code(lowered.size());
  if (failed(
          failableParallelForEachN(&context, 0, lowered.size(), [&](size_t i) {
            return ::msa::compileGpu(
                *lowered[i].second, lowered[i].first, code[i],
                options.emit == ::msa::Emit::IR ? &text : nullptr);
          })))
    return failure();
  for (art::CodeObject &object : code) {
    if (options.emit == ::msa::Emit::Ptx ||
        options.emit == ::msa::Emit::Assembly)
      text.assign(object.data.begin(), object.data.end());
    model.code.push_back(std::move(object));
  }
  return success();
}

/// Plans for an architecture; `module` becomes its kernels in the nvvm dialect,
/// where a text before those is not all that is asked for. False where the
/// architecture adds nothing to a portable one.
FailureOr<bool> Compiler::lowerForGpu(ModuleOp source, const std::string &arch,
                                      OwningOpRef<ModuleOp> &module) {
  ::msa::GpuOptions gpu = options.gpu;
  gpu.besideHopper = llvm::is_contained(options.gpuArchs, "sm_90a");
  GpuPipelines pipelines = gpuPipelines(arch, gpu);
  OwningOpRef<ModuleOp> own = source.clone();
  if (failed(run(*own, pipelines.plan, "gpu-plan-" + arch)))
    return failure();
  if (arch == "sm_90a" && options.gpuArchs.size() > 1 && !hasTileKernels(*own))
    return false;
  if (print(*own, ::msa::Emit::Plan))
    return true;
  if (failed(::msa::addPlans(*own, art::Target::Cuda, arch, model)))
    return failure();
  ::msa::dropEntries(*own);
  if (failed(run(*own, pipelines.kernels, "gpu-kernels-" + arch)))
    return failure();
  if (print(*own, ::msa::Emit::Kernels))
    return true;
  if (failed(run(*own, pipelines.nvvm, "nvvm-" + arch)))
    return failure();
  if (print(*own, ::msa::Emit::LLVM))
    return true;
  ::msa::markWaiting(*own, arch, model);
  module = std::move(own);
  return true;
}

LogicalResult Compiler::compile(ModuleOp source) {
  model.producer = "msa " MSA_VERSION " (LLVM 22)";
  for (const std::string &target : options.targets) {
    if (target == "cpu" || target == "oracle") {
      if (failed(compileForCpu(source, target == "oracle")))
        return failure();
    } else if (failed(compileForGpu(source))) {
      return failure();
    }
  }
  return success();
}

// Not qualified: `msa` is two namespaces here, and the one of the dialect is
// open.
namespace msa {

bool parseEmit(StringRef text, Emit &emit) {
  auto kind = llvm::StringSwitch<std::optional<Emit>>(text)
                  .Case("artefact", Emit::Artefact)
                  .Case("plan", Emit::Plan)
                  .Case("kernels", Emit::Kernels)
                  .Case("llvm", Emit::LLVM)
                  .Case("ir", Emit::IR)
                  .Case("asm", Emit::Assembly)
                  .Case("ptx", Emit::Ptx)
                  .Default(std::nullopt);
  if (kind)
    emit = *kind;
  return kind.has_value();
}

static std::string knownLevels() {
  std::string names;
  for (const ::msa::CpuTarget &level : ::msa::cpuTargets())
    names += (names.empty() ? "" : ", ") + level.name;
  return names;
}

std::string checkOptions(const CompileOptions &options) {
  if (options.targets.empty())
    return "no target; known are cpu, cuda and oracle";
  for (const std::string &target : options.targets)
    if (target != "cpu" && target != "cuda" && target != "oracle")
      return "unknown target '" + target + "'; known are cpu, cuda and oracle";
  if (options.gpuArchs.empty())
    return "no GPU architecture; known are sm_80 to sm_90 and sm_90a";
  for (auto [i, arch] : llvm::enumerate(options.gpuArchs)) {
    if (!parseGpuArch(arch))
      return "--gpu-arch takes sm_80 to sm_90 and sm_90a, not '" + arch + "'";
    if (llvm::is_contained(llvm::ArrayRef(options.gpuArchs).take_front(i),
                           arch))
      return "--gpu-arch names " + arch + " twice";
  }
  if (options.levels.empty())
    return "no CPU level; known are " + knownLevels();
  for (const std::string &level : options.levels)
    if (!findCpuTarget(level))
      return "unknown CPU level '" + level + "'; known are " + knownLevels();
  return "";
}

FailureOr<std::string> compile(ModuleOp module, const CompileOptions &options) {
  Compiler compiler(*module.getContext(), options);
  if (failed(compiler.compile(module)))
    return failure();
  if (options.emit != Emit::Artefact)
    return std::move(compiler.text);
  if (art::ParseResult result = art::verify(compiler.model); !result)
    return module.emitError() << "internal: " << result.message;
  std::vector<uint8_t> bytes = art::serialize(compiler.model);
  return std::string(bytes.begin(), bytes.end());
}

} // namespace msa
