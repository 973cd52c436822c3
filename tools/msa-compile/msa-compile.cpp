//===- msa-compile.cpp - Compile a model to an artefact -------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Driver/Compile.h"
#include "msa/Driver/Schedules.h"
#include "msa/Init.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace mlir;
namespace cl = llvm::cl;
using ::msa::Emit;

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
    cl::desc(
        "CPU levels to hold code for, from portable to special: "
        "x86-64-v3 (AVX2), x86-64-v4 (AVX-512), x86-64-v4-amx (bf16 on AMX "
        "tiles, where the model has attention of bf16). All by default; "
        "the runtime takes the last one that the CPU has. With --emit "
        "other than artefact the last one is printed"),
    cl::cat(category));
static cl::list<std::string> gpuArchs(
    "gpu-arch", cl::CommaSeparated, cl::value_desc("sm_NN,..."),
    cl::desc(
        "GPUs to hold code for (default sm_80,sm_90a): sm_80 to sm_90 run "
        "there and on all later ones, sm_90a on this one only, and only "
        "for what its tensor cores have kernels for. The runtime takes "
        "the last one that the GPU runs. With --emit other than artefact the "
        "last one is printed"),
    cl::cat(category));
static cl::opt<int64_t> gpuScores(
    "gpu-scores",
    cl::desc("Attention of at most so many scores a head is one tile for many "
             "threads of a GPU (16384)"),
    cl::value_desc("N"), cl::init(::msa::GpuOptions().scores), cl::Hidden,
    cl::cat(category));
static cl::opt<bool> gpuClusters(
    "gpu-clusters",
    cl::desc("Let pairs of blocks of a GPU copy for one another (false)"),
    cl::init(::msa::GpuOptions().clusters), cl::Hidden, cl::cat(category));
static cl::opt<bool> gpuMma(
    "gpu-mma",
    cl::desc("Compute attention on tensor cores of GPUs before sm_90a too, by "
             "mma.sync, whose weights are rounded to the type of the values "
             "(true)"),
    cl::init(::msa::GpuOptions().mma), cl::cat(category));
static cl::opt<std::string> schedules(
    "schedules", cl::value_desc("FILE"),
    cl::desc("Schedules for GPUs that were measured (docs/Tuning.md). By "
             "default schedules.json of the user's cache, where MSA_CACHE is "
             "not off"),
    cl::cat(category));
static cl::opt<std::string> gpuDevice(
    "gpu-device", cl::value_desc("NAME"),
    cl::desc("Take stored schedules of this GPU, by the name that the file "
             "has for it (MSA_GPU_DEVICE; by default the first GPU of this "
             "machine, and none where there is no GPU)"),
    cl::cat(category));
static cl::opt<bool> gpuClasses(
    "gpu-classes",
    cl::desc("Say in remarks the class of shape and the schedule of each "
             "attention and product on tensor cores (false)"),
    cl::cat(category));
static cl::opt<bool> cpuPairs(
    "cpu-pairs",
    cl::desc("Tiles for AMX in the code of every CPU level, without AMX in "
             "loops: slow, for tests (false)"),
    cl::Hidden, cl::cat(category));
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

/// The GPU that is compiled for, as files of schedules name it.
static std::string namedGpu() {
  if (!gpuDevice.empty())
    return gpuDevice;
  std::string named = llvm::sys::Process::GetEnv("MSA_GPU_DEVICE").value_or("");
  return named.empty() ? ::msa::hostGpu() : named;
}

static LogicalResult takeSchedules(ModuleOp module,
                                   const ::msa::CompileOptions &options) {
  bool isNamed = !schedules.empty();
  std::string path = isNamed ? schedules : ::msa::userSchedules();
  if (path.empty() || !llvm::is_contained(options.targets, "cuda"))
    return success();
  ::msa::StoredSchedules found;
  std::string gpu;
  auto ask = [&] { return gpu = namedGpu(); };
  // A file that was named must be right; the cache only saves time, and may
  // well hold schedules of other GPUs too.
  if (failed(::msa::addSchedules(module, path, ask, found))) {
    llvm::errs() << "msa-compile: " << (isNamed ? "" : "warning: ")
                 << found.wrong << "\n";
    return failure(isNamed);
  }
  if (isNamed && found.ofOthers)
    llvm::errs() << "msa-compile: warning: " << path << ": " << found.ofOthers
                 << " schedules of other GPUs are left out; compiled for "
                 << (gpu.empty() ? "no GPU that is known (--gpu-device names "
                                   "one)"
                                 : gpu)
                 << "\n";
  return success();
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv, kOverview);
  ::msa::CompileOptions options;
  if (!targets.empty())
    options.targets = targets;
  if (!levels.empty())
    options.levels = levels;
  if (!gpuArchs.empty())
    options.gpuArchs = gpuArchs;
  options.gpu.scores = gpuScores;
  options.gpu.clusters = gpuClusters;
  options.gpu.listClasses = gpuClasses;
  options.gpu.mma = gpuMma;
  options.pairs = cpuPairs;
  options.emit = emitKind;
  options.dumpPhases = dumpPhases;
  options.timing = timing;
  if (std::string wrong = ::msa::checkOptions(options); !wrong.empty()) {
    llvm::errs() << "msa-compile: " << wrong << "\n";
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
  if (failed(takeSchedules(*module, options)))
    return 1;
  FailureOr<std::string> bytes = ::msa::compile(*module, options);
  if (failed(bytes))
    return 1;

  // Written aside and renamed: no reader ever sees half a file.
  if (output == "-") {
    llvm::outs() << *bytes;
    return 0;
  }
  llvm::Error failure = llvm::writeToOutput(output, [&](llvm::raw_ostream &os) {
    os << *bytes;
    return llvm::Error::success();
  });
  if (failure) {
    llvm::errs() << "msa-compile: " << toString(std::move(failure)) << "\n";
    return 1;
  }
  return 0;
}
