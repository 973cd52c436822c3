//===- Budget.h - What a schedule needs --------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSAGPU_IR_BUDGET_H
#define MSA_DIALECT_MSAGPU_IR_BUDGET_H

#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"

namespace mlir::msa_gpu {

/// Upper bound of the shared memory, in bytes, of a kernel for this head size.
int64_t sharedBytes(ScheduleAttr schedule, int64_t headDim);

/// What a block of such a kernel can have of it.
int64_t mostShared(ScheduleAttr schedule);

/// Of a partial result, which is f32: how many panels of 32 columns lie in
/// shared memory at a time. Half of them, or all where they are odd.
int64_t stagedPartials(int64_t headDim);

/// Registers of a consumer thread that hold fragments: scores, the accumulator
/// and the packed weights that replace the scores.
int64_t registersOf(ScheduleAttr schedule, int64_t headDim);

/// How many of them fit. Measured with ptxas: above it, products are serialized
/// (C7512) or registers spill.
int64_t registerBudget(ScheduleAttr schedule);

/// A schedule like this one that fits, or null.
ScheduleAttr nearestFit(ScheduleAttr schedule, int64_t headDim);

/// Shared memory, in bytes, of a kernel with this schedule.
int64_t sharedBytes(GemmScheduleAttr schedule);

} // namespace mlir::msa_gpu

#endif // MSA_DIALECT_MSAGPU_IR_BUDGET_H
