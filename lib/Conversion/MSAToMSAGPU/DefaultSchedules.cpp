//===- DefaultSchedules.cpp - Schedules that need no tuning ------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Measured on an H200 (docs/Performance.md). Three computing warpgroups without
// overlap beat two with: they issue fewer instructions and read less from the
// L2 cache, and power, not cycles, is the limit.
//
//===----------------------------------------------------------------------===//

#include "DefaultSchedules.h"

using namespace mlir;
using namespace mlir::msa_gpu;

/// Constraint (A7) of msa_gpu.attend.
static bool canOverlap(msa::AttendOp op, const msa::PatternBand &band) {
  return !op.getOffset() && !op.getLength() &&
         op.getQueries() <= op.getLocalKeys() &&
         (!band.right || *band.right == 0);
}

/// For a rule that lists key tiles: query tiles of one block of 128, or of 64
/// with heads beside each other, so that listed blocks are whole tiles.
static ScheduleAttr listedSchedule(msa::AttendOp op) {
  int64_t d = op.getHeadDim();
  if (d != 64 && d != 128)
    return {};
  int64_t block = op.getPatternAttr().listedBlockSize();
  bool small = block && block < 128;
  bool packs = small && op.getQueryHeads() / op.getKeyHeads() % 2 == 0 &&
               !op.getPatternAttr().usesHead();
  return ScheduleAttr::get(op.getContext(), small && !packs ? 1 : 2,
                           small ? 64 : 128, small ? 4 : 2, Rescale::lazy,
                           false, false, true, false, packs);
}

ScheduleAttr msa_gpu::defaultSchedule(msa::AttendOp op) {
  MLIRContext *context = op.getContext();
  std::optional<msa::PatternBand> band = op.getPatternAttr().band();
  if (!band)
    return listedSchedule(op);
  // Tiles that the pattern cuts are few under a causal pattern, and one in two
  // in a window: there it pays to look what each warpgroup sees of them.
  bool isWindow = band->left && band->right;
  switch (op.getHeadDim()) {
  case 64:
    // Half the products for as many exponentials: they are to overlap.
    if (!isWindow && canOverlap(op, *band))
      return ScheduleAttr::get(context, 3, 128, 2, Rescale::always, false,
                               false, true, true, false);
    [[fallthrough]];
  case 128:
    return ScheduleAttr::get(context, 3, 128, 2, Rescale::lazy, isWindow,
                             isWindow, true, false, false);
  case 256:
    return ScheduleAttr::get(context, 2, 64, 1, Rescale::lazy, isWindow, false,
                             true, false, false);
  default:
    return {};
  }
}
