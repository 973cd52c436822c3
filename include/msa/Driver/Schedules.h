//===- Schedules.h - Schedules that were measured -------------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DRIVER_SCHEDULES_H
#define MSA_DRIVER_SCHEDULES_H

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace msa {

/// The file of the user's cache (docs/Tuning.md); "" where MSA_CACHE is off,
/// there is no file, or others than the user may write it.
std::string userSchedules();

/// The first GPU of this machine as its driver has it, in the words that
/// schedules are stored under: "NVIDIA H200, sm_90, 132 multiprocessors". ""
/// where there is no driver or no GPU.
std::string hostGpu();

/// What addSchedules found besides.
struct StoredSchedules {
  /// Why the file is none; empty where it is read.
  std::string wrong;
  /// Of other GPUs than the one compiled for, which are left out.
  unsigned ofOthers = 0;
};

/// Reads a file of schedules into the module's attribute msa_gpu.schedules,
/// which msa-schedule-attend and msa-tune-gemm read: those of the GPU that
/// `gpu` names, which is asked once where the file needs it, and those that
/// name none. An entry that is no schedule is left out with a warning. Fails
/// where the file can not be read or is none of this version: the module is
/// then as it was.
mlir::LogicalResult addSchedules(mlir::ModuleOp module, llvm::StringRef path,
                                 llvm::function_ref<std::string()> gpu,
                                 StoredSchedules &found);

} // namespace msa

#endif // MSA_DRIVER_SCHEDULES_H
