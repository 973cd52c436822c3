//===- msa-compile.cpp - Compile a model to an artefact -------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Artefact/Serialize.h"
#include "msa/Init.h"
#include "msa/Pipelines/Pipelines.h"
#include "msa/Target/BuildModel.h"
#include "msa/Target/CompileCpu.h"
#include "msa/Target/CompileGpu.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Support/Timing.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace mlir;
namespace cl = llvm::cl;
namespace art = ::msa::artefact;

static cl::OptionCategory category("msa-compile options");
static cl::opt<std::string> input(cl::Positional, cl::desc("<input.mlir>"),
                                  cl::init("-"), cl::cat(category));
static cl::opt<std::string> output("o", cl::desc("Output file"),
                                   cl::value_desc("model.msaf"), cl::init("-"),
                                   cl::cat(category));
static cl::list<std::string> targets(
    "target", cl::CommaSeparated, cl::value_desc("cpu,cuda"),
    cl::desc("Targets of the artefact: cpu (default), cuda; oracle compiles "
             "the dense meaning in scalar loops for a CPU"),
    cl::cat(category));
static cl::list<std::string> levels(
    "mcpu", cl::CommaSeparated, cl::value_desc("level,..."),
    cl::desc("CPU levels to hold code for, from portable to special: "
             "x86-64-v3 (AVX2), x86-64-v4 (AVX-512). Both by default; the "
             "runtime takes the last one that the CPU has. With --emit other "
             "than artefact the last one is printed"),
    cl::cat(category));
static cl::opt<std::string> gpuArch("gpu-arch",
                                    cl::desc("Least GPU that the PTX is for"),
                                    cl::value_desc("sm_NN"), cl::init("sm_80"),
                                    cl::cat(category));
enum class Emit { Artefact, Plan, Kernels, LLVM, IR, Assembly, Ptx };
static cl::opt<Emit> emitKind(
    "emit", cl::desc("What to write:"), cl::init(Emit::Artefact),
    cl::values(
        clEnumValN(Emit::Artefact, "artefact", "one file for the runtime"),
        clEnumValN(Emit::Plan, "plan", "MLIR: kernels on linalg and the plan"),
        clEnumValN(Emit::Kernels, "kernels", "MLIR: kernels as vector loops"),
        clEnumValN(Emit::LLVM, "llvm", "MLIR: kernels in the LLVM dialect"),
        clEnumValN(Emit::IR, "ir", "LLVM IR of the kernels"),
        clEnumValN(Emit::Assembly, "asm", "assembly of the kernels"),
        clEnumValN(Emit::Ptx, "ptx",
                   "PTX of the kernels (with --target=cuda)")),
    cl::cat(category));
static cl::opt<std::string>
    dumpPhases("dump-phases-to", cl::value_desc("DIR"),
               cl::desc("Write the module after every phase"), cl::init(""),
               cl::cat(category));
static cl::opt<bool> timing("timing", cl::desc("Print the time of each pass"),
                            cl::init(false), cl::cat(category));

static const char *kOverview =
    "Compile a model in MLIR to an artefact that msa-run and the runtime "
    "execute\n\n"
    "  msa-compile model.mlir -o model.msaf\n"
    "  msa-run model.msaf --list\n\n"
    "Every public function of the input is an entry; its arguments and "
    "results\n"
    "are tensors of static size. Attributes of arguments: msa.name (a name "
    "for\n"
    "the caller), msa.state (owned by the session, updated by the result of "
    "the\n"
    "same msa.state), msa.constant (a weight, from msa.seed and "
    "msa.stddev).\n\n"
    "Exit status: 0 done, 1 the input was refused (diagnostics on stderr), 2\n"
    "wrong usage.\n";

namespace {
class Compiler {
public:
  explicit Compiler(MLIRContext &context) : context(context) {}
  LogicalResult compile(ModuleOp source);
  std::string text; ///< Of --emit other than artefact.
  art::Model model;

private:
  LogicalResult run(ModuleOp module, const std::string &pipeline,
                    const Twine &phase);
  LogicalResult compileForCpu(ModuleOp source, bool oracle);
  LogicalResult compileForGpu(ModuleOp source);
  LogicalResult compileKernels(ModuleOp plan, const ::msa::CpuTarget &level,
                               bool oracle);
  bool print(ModuleOp module, Emit kind);

  MLIRContext &context;
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
  if (timing) {
    manager.setEnabled(true);
    manager.setDisplayMode(DefaultTimingManager::DisplayMode::Tree);
    scope = manager.getRootScope();
    pm.enableTiming(scope);
  }
  if (failed(pm.run(module)))
    return failure();
  if (!dumpPhases.empty()) {
    SmallString<128> path(dumpPhases);
    std::error_code error = llvm::sys::fs::create_directories(path);
    path += llvm::formatv("/{0}-{1}.mlir", phases++, phase.str()).str();
    llvm::raw_fd_ostream os(path, error);
    if (error)
      return module.emitError() << "can not write " << path;
    module.print(os);
  }
  return success();
}

bool Compiler::print(ModuleOp module, Emit kind) {
  if (emitKind != kind)
    return false;
  llvm::raw_string_ostream os(text);
  module.print(os);
  os << "\n";
  return true;
}

LogicalResult Compiler::compileForCpu(ModuleOp source, bool oracle) {
  // One plan for all levels: what differs is the width of the vectors.
  OwningOpRef<ModuleOp> plan = source.clone();
  if (failed(run(*plan,
                 oracle ? ::msa::oraclePlanPipeline()
                        : ::msa::cpuPlanPipeline(::msa::CpuOptions()),
                 "plan")))
    return failure();
  if (print(*plan, Emit::Plan))
    return success();
  if (failed(::msa::addPlans(*plan, art::Target::Cpu, model)))
    return failure();
  ::msa::dropEntries(*plan);
  // The dense meaning is scalar code: no level adds to it.
  ArrayRef<std::string> wanted = levels;
  if (oracle)
    wanted = wanted.take_front();
  if (emitKind != Emit::Artefact)
    wanted = wanted.take_back();
  for (const std::string &name : wanted)
    if (failed(compileKernels(*plan, *::msa::findCpuTarget(name), oracle)))
      return failure();
  return success();
}

LogicalResult Compiler::compileKernels(ModuleOp plan,
                                       const ::msa::CpuTarget &level,
                                       bool oracle) {
  ::msa::CpuOptions options;
  options.width = level.width;
  options.registers = level.registers;
  OwningOpRef<ModuleOp> module = plan.clone();
  if (failed(run(*module,
                 oracle ? ::msa::oracleKernelPipeline()
                        : ::msa::cpuKernelPipeline(options),
                 "kernels-" + level.name)))
    return failure();
  if (print(*module, Emit::Kernels))
    return success();
  if (failed(run(*module, ::msa::cpuLLVMPipeline(), "llvm-" + level.name)))
    return failure();
  if (print(*module, Emit::LLVM))
    return success();
  art::CodeObject code;
  if (failed(::msa::compileCpu(*module, level, code,
                               emitKind == Emit::IR ? &text : nullptr,
                               emitKind == Emit::Assembly ? &text : nullptr)))
    return failure();
  model.code.push_back(std::move(code));
  return success();
}

LogicalResult Compiler::compileForGpu(ModuleOp source) {
  OwningOpRef<ModuleOp> module = source.clone();
  if (failed(run(*module, ::msa::gpuPlanPipeline(), "gpu-plan")))
    return failure();
  if (print(*module, Emit::Plan))
    return success();
  if (failed(::msa::addPlans(*module, art::Target::Cuda, model)))
    return failure();
  ::msa::dropEntries(*module);
  if (failed(run(*module, ::msa::gpuKernelPipeline(), "gpu-kernels")))
    return failure();
  if (print(*module, Emit::Kernels))
    return success();
  if (failed(run(*module, ::msa::gpuNVVMPipeline(), "nvvm")))
    return failure();
  if (print(*module, Emit::LLVM))
    return success();
  art::CodeObject code;
  if (failed(::msa::compileGpu(*module, gpuArch, code,
                               emitKind == Emit::IR ? &text : nullptr)))
    return failure();
  if (emitKind == Emit::Ptx || emitKind == Emit::Assembly)
    text.assign(code.data.begin(), code.data.end());
  model.code.push_back(std::move(code));
  return success();
}

LogicalResult Compiler::compile(ModuleOp source) {
  model.producer = "msa 0.1.0 (LLVM 22)";
  for (const std::string &target : targets) {
    if (target == "cpu" || target == "oracle") {
      if (failed(compileForCpu(source, target == "oracle")))
        return failure();
    } else if (failed(compileForGpu(source))) {
      return failure();
    }
  }
  return success();
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv, kOverview);
  if (targets.empty())
    targets.push_back("cpu");
  for (const std::string &target : targets)
    if (target != "cpu" && target != "cuda" && target != "oracle") {
      llvm::errs() << "msa-compile: unknown target '" << target
                   << "'; known are cpu, cuda and oracle\n";
      return 2;
    }
  unsigned capability = 0;
  if (!StringRef(gpuArch).starts_with("sm_") ||
      StringRef(gpuArch).drop_front(3).getAsInteger(10, capability) ||
      capability < 80 || capability > 90) {
    llvm::errs() << "msa-compile: --gpu-arch takes sm_80 to sm_90, not '"
                 << gpuArch << "'\n";
    return 2;
  }
  if (levels.empty()) {
    levels.push_back("x86-64-v3");
    levels.push_back("x86-64-v4");
  }
  for (const std::string &level : levels)
    if (!::msa::findCpuTarget(level)) {
      llvm::errs() << "msa-compile: unknown CPU level '" << level
                   << "'; known are x86-64-v3 and x86-64-v4\n";
      return 2;
    }
  ::msa::registerCompilerPasses();
  DialectRegistry registry;
  ::msa::registerUpstream(registry);
  ::msa::registerDialects(registry);
  MLIRContext context(registry);

  std::string error;
  std::unique_ptr<llvm::MemoryBuffer> file = openInputFile(input, &error);
  if (!file) {
    llvm::errs() << "msa-compile: " << error << "\n";
    return 2;
  }
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(file), llvm::SMLoc());
  SourceMgrDiagnosticHandler handler(sources, &context);
  OwningOpRef<ModuleOp> module =
      parseSourceFile<ModuleOp>(sources, ParserConfig(&context));
  if (!module)
    return 1;
  Compiler compiler(context);
  if (failed(compiler.compile(*module)))
    return 1;

  StringRef bytes = compiler.text;
  std::vector<uint8_t> artefact;
  if (emitKind == Emit::Artefact) {
    if (art::ParseResult result = art::verify(compiler.model); !result) {
      module->emitError() << "internal: " << result.message;
      return 1;
    }
    artefact = art::serialize(compiler.model);
    bytes = StringRef(reinterpret_cast<const char *>(artefact.data()),
                      artefact.size());
  }
  // Written aside and renamed: no reader ever sees half a file.
  if (output == "-") {
    llvm::outs() << bytes;
    return 0;
  }
  llvm::Error failure = llvm::writeToOutput(output, [&](llvm::raw_ostream &os) {
    os << bytes;
    return llvm::Error::success();
  });
  if (failure) {
    llvm::errs() << "msa-compile: " << toString(std::move(failure)) << "\n";
    return 1;
  }
  return 0;
}
