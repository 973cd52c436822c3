//===- Compile.h - From a module to an artefact -----------------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What msa-compile and the C interface share: the order of pipelines, targets
// and levels.
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DRIVER_COMPILE_H
#define MSA_DRIVER_COMPILE_H

#include "msa/Pipelines/Pipelines.h"

#include "mlir/IR/BuiltinOps.h"

#include <string>
#include <vector>

namespace msa {

/// What to write: the artefact, or the text of a phase on the way to it.
enum class Emit { Artefact, Plan, Kernels, LLVM, IR, Assembly, Ptx };

/// From "artefact", "plan", "kernels", "llvm", "ir", "asm" or "ptx"; false for
/// any other text.
bool parseEmit(llvm::StringRef text, Emit &emit);

struct CompileOptions {
  /// cpu, cuda; oracle compiles the dense meaning in scalar loops for a CPU.
  std::vector<std::string> targets = {"cpu"};
  /// CPU levels to hold code for, from portable to special. x86-64-v4-amx
  /// beside others is left out for a model without attention of bf16. With
  /// another `emit` than Artefact the last one is written.
  std::vector<std::string> levels = {"x86-64-v3", "x86-64-v4", "x86-64-v4-amx"};
  /// GPUs to hold a plan and PTX for: sm_80 to sm_90 run there and on all later
  /// ones, sm_90a on this one only. A device takes the last one that it runs,
  /// in that order. sm_90a beside others is left out for a model that tensor
  /// cores have no kernel for. With another `emit` than Artefact the last one
  /// is written.
  std::vector<std::string> gpuArchs = {"sm_80", "sm_90a"};
  GpuOptions gpu;
  /// For tests: tiles for AMX at every CPU level, in loops where it has none.
  bool pairs = false;
  Emit emit = Emit::Artefact;
  std::string dumpPhases; ///< Folder for the module after every phase, or "".
  bool timing = false;    ///< Print the time of each pass.
};

/// What is wrong with the options, or nothing.
std::string checkOptions(const CompileOptions &options);

/// Compiles a verified module, which stays as it is. Returns the bytes of the
/// artefact or the text that `options.emit` asks for; errors are diagnostics.
/// The options must have passed checkOptions, the passes must be registered.
mlir::FailureOr<std::string> compile(mlir::ModuleOp module,
                                     const CompileOptions &options);

} // namespace msa

#endif // MSA_DRIVER_COMPILE_H
