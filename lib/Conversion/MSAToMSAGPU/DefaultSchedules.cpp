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

ScheduleAttr msa_gpu::defaultSchedule(msa::AttendOp op) {
  MLIRContext *context = op.getContext();
  std::optional<msa::PatternBand> band = op.getPatternAttr().band();
  if (!band)
    return {};
  // Tiles that the pattern cuts are few under a causal pattern, and one in two
  // in a window: there it pays to look what each warpgroup sees of them.
  bool isWindow = band->left && band->right;
  switch (op.getHeadDim()) {
  case 64:
    // Half the products for as many exponentials: they are to overlap.
    if (!isWindow && canOverlap(op, *band))
      return ScheduleAttr::get(context, 3, 128, 2, Rescale::always, false,
                               false, true, true);
    [[fallthrough]];
  case 128:
    return ScheduleAttr::get(context, 3, 128, 2, Rescale::lazy, isWindow,
                             isWindow, true, false);
  case 256:
    return ScheduleAttr::get(context, 2, 64, 1, Rescale::lazy, isWindow, false,
                             true, false);
  default:
    return {};
  }
}

/// Blocks that run at once: streaming multiprocessors of an H100 or H200 (SXM).
static constexpr int64_t kBlocks = 132;

/// Wide tiles read least for what they compute, but a result with few of them
/// leaves multiprocessors idle in the last round: the width whose rounds take
/// least time, a tile's being what it multiplies and what it costs besides.
/// Blocks in pairs read less from the L2 cache, but wait for one another: on an
/// H200 no size gained, and one with few tiles lost a tenth, so they have to be
/// asked for.
GemmScheduleAttr msa_gpu::defaultGemmSchedule(MLIRContext *context,
                                              int64_t rows, int64_t columns,
                                              int64_t count, bool clusters) {
  struct Tile {
    int64_t columns, stages, staged, group;
  };
  const Tile tiles[] = {
      {256, 4, 2, 16}, {192, 5, 1, 16}, {128, 6, 2, 12}, {64, 8, 1, 8}};
  // An odd row of tiles leaves one of a pair idle.
  int64_t rowTiles = llvm::divideCeil(rows, int64_t(128));
  bool inPairs = clusters && (rowTiles % 2 == 0 || rowTiles > 16);
  if (inPairs)
    rowTiles += rowTiles % 2;
  const Tile *best = nullptr;
  int64_t least = 0;
  for (const Tile &tile : tiles) {
    int64_t all = rowTiles * llvm::divideCeil(columns, tile.columns) * count;
    int64_t time = llvm::divideCeil(all, kBlocks) * (tile.columns + 16);
    if (!best || time < least) {
      best = &tile;
      least = time;
    }
  }
  return GemmScheduleAttr::get(context, rows <= 64 ? 1 : 2, best->columns, 64,
                               best->stages, best->staged, best->group,
                               inPairs ? 2 : 1, true);
}
