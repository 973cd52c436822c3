//===- Legality.h - What a schedule may be for an operation ----*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The one place that says so: for the verifier, the default table and schedules
// that come from a file.
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSAGPU_IR_LEGALITY_H
#define MSA_DIALECT_MSAGPU_IR_LEGALITY_H

#include "msa/Dialect/MSA/IR/PatternBands.h"
#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"

#include <string>

namespace mlir::msa_gpu {

/// (A2): head dimensions that there are kernels for.
constexpr bool hasKernels(int64_t headDim) {
  return headDim == 64 || headDim == 80 || headDim == 96 || headDim == 128 ||
         headDim == 256;
}

/// (A3): neither the scale nor its inverse leaves the range of f32.
constexpr bool isScale(double scale) {
  return scale >= 0x1p-64 && scale <= 0x1p64;
}

/// The operation's rule as bands of its rows and of every stride-th row, where
/// it is that.
std::optional<msa::StridedBands> stridedBandsOf(AttendOp op);
std::optional<msa::StridedBands> stridedBandsOf(msa::AttendOp op);

/// Whether each query tile lists its key tiles: the rule is no band, and no
/// such bands.
bool listsKeyTiles(AttendOp op);
bool listsKeyTiles(msa::AttendOp op);

/// Which of the constraints (A4), (A5) and (A7) to (A10) of msa_gpu.attend the
/// schedule breaks for this operation, and the nearest schedule that fits where
/// that helps; empty for a legal one. The head dimension must be one of (A2).
std::string whyIllegal(AttendOp op, ScheduleAttr schedule);
std::string whyIllegal(msa::AttendOp op, ScheduleAttr schedule);

/// Why a product can not have the schedule, of the constraint (M7) of
/// msa_gpu.gemm; empty where it can.
std::string whyIllegal(GemmOp op, GemmScheduleAttr schedule);

} // namespace mlir::msa_gpu

#endif // MSA_DIALECT_MSAGPU_IR_LEGALITY_H
