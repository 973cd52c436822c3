//===- CompileCpu.h - LLVM dialect to a shared object -----------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_TARGET_COMPILECPU_H
#define MSA_TARGET_COMPILECPU_H

#include "msa/Artefact/Artefact.h"

#include "mlir/IR/BuiltinOps.h"

namespace msa {

struct CpuTarget {
  std::string name = "x86-64-v3"; ///< For messages.
  std::string cpu = "x86-64-v3";  ///< LLVM's processor name.
  std::string attributes;         ///< LLVM's feature string.
  std::vector<std::string> needs; ///< Features as in /proc/cpuinfo.
  int64_t width = 8, registers = 16;
  bool amx = false; ///< Tiles of bf16; serves a plan that names it.
};

/// All levels, from portable to special.
llvm::ArrayRef<CpuTarget> cpuTargets();

/// The targets that --mcpu knows: x86-64-v3 (AVX2, FMA) and x86-64-v4
/// (AVX-512).
const CpuTarget *findCpuTarget(llvm::StringRef name);

/// Translates kernels in the LLVM dialect and compiles them. `assembly` and
/// `ir` receive text where not null. Errors are emitted on the module.
mlir::LogicalResult compileCpu(mlir::ModuleOp module, const CpuTarget &target,
                               artefact::CodeObject &code, std::string *ir,
                               std::string *assembly);

} // namespace msa

#endif // MSA_TARGET_COMPILECPU_H
