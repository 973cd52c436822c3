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

/// Reads a file of schedules into the module's attribute msa_gpu.schedules,
/// which msa-schedule-attend reads. An entry that is no schedule is left out
/// with a warning. Fails, with the reason in `wrong`, where the file can not be
/// read or is none of this version: the module is then as it was.
mlir::LogicalResult addSchedules(mlir::ModuleOp module, llvm::StringRef path,
                                 std::string &wrong);

} // namespace msa

#endif // MSA_DRIVER_SCHEDULES_H
