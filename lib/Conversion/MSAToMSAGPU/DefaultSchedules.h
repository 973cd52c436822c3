//===- DefaultSchedules.h - Schedules that need no tuning --------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_LIB_CONVERSION_MSATOMSAGPU_DEFAULTSCHEDULES_H
#define MSA_LIB_CONVERSION_MSATOMSAGPU_DEFAULTSCHEDULES_H

#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"

namespace mlir::msa_gpu {

/// The schedule for attention with this head size, or null where there is none.
ScheduleAttr defaultSchedule(msa::AttendOp op);

/// The schedule for `count` products of so many rows and columns, with clusters
/// or without.
GemmScheduleAttr defaultGemmSchedule(MLIRContext *context, int64_t rows,
                                     int64_t columns, int64_t count,
                                     bool clusters);

} // namespace mlir::msa_gpu

#endif // MSA_LIB_CONVERSION_MSATOMSAGPU_DEFAULTSCHEDULES_H
