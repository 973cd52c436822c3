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
/// The same for mma.sync.
ScheduleAttr defaultMmaSchedule(msa::AttendOp op);

/// The schedule for a product, with clusters or without, whose tiles have a
/// multiple of so many columns and no more than `most`: null where none has.
GemmScheduleAttr defaultGemmSchedule(GemmOp op, bool clusters,
                                     int64_t multiple = 1, int64_t most = 256);

} // namespace mlir::msa_gpu

#endif // MSA_LIB_CONVERSION_MSATOMSAGPU_DEFAULTSCHEDULES_H
