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
#include "msa/Dialect/MSAGPU/IR/Legality.h"

using namespace mlir;
using namespace mlir::msa_gpu;

namespace {
/// A schedule by what is not as usual.
struct Form {
  int64_t warpgroups, keys, stages;
  Rescale rescale = Rescale::lazy;
  bool skip = false, half = false, persistent = true, overlap = false,
       packs = false, stacked = false;
  int64_t splits = 1;
  bool ahead = false, mma = false;
  int64_t rows = 64;
  bool pingpong = false;

  ScheduleAttr in(MLIRContext *context) const {
    return ScheduleAttr::get(context, warpgroups, keys, stages, rescale, skip,
                             half, persistent, overlap, packs, stacked, splits,
                             ahead, mma, rows, pingpong);
  }
};
} // namespace

/// For a rule that lists key tiles: query tiles of one block of 128, or of 64
/// with heads beside each other, so that listed blocks are whole tiles. Two
/// warpgroups do not keep the tensor cores busy without overlap; tiles of
/// queries are short, so that the next queries come while one is worked on.
static ScheduleAttr listedSchedule(msa::AttendOp op) {
  int64_t d = op.getHeadDim();
  int64_t block = op.getPatternAttr().listedBlockSize();
  bool isSmall = block && block < 128;
  bool packs = isSmall && op.getQueryHeads() / op.getKeyHeads() % 2 == 0 &&
               !op.getPatternAttr().usesHead();
  int64_t keys = isSmall || d == 256 ? 64 : 128;
  int64_t stages = d == 256 ? 1 : isSmall ? 4 : 2;
  bool overlaps = d < 256 && !isSmall && !op.getBankKey();
  Form form{isSmall && !packs ? 1 : 2, keys, stages};
  form.overlap = overlaps;
  form.packs = packs;
  form.ahead = d < 256;
  return form.in(op.getContext());
}

/// The band of keys next to the query, where the rule is one, or one and bands
/// of every so-many-th key.
static std::optional<msa::PatternBand> bandOf(msa::AttendOp op) {
  if (std::optional<msa::PatternBand> band = op.getPatternAttr().band())
    return band;
  std::optional<msa::StridedBands> strided = stridedBandsOf(op);
  if (!strided)
    return std::nullopt;
  return strided->every.value_or(msa::PatternBand());
}

/// Blocks that run at once: streaming multiprocessors of an H100 or H200 (SXM).
static constexpr int64_t kBlocks = 132;

/// At most this many queries take the heads of a group as rows.
static constexpr int64_t kFewQueries = 16;

/// Time is what the memory gives: as few rounds as possible, in which all
/// multiprocessors read, and short ones, which the last one is too. A share
/// costs what half a key tile does besides; sharing at all, another kernel.
static int64_t splitsOf(msa::AttendOp op, const msa::PatternBand &band,
                        int64_t keys) {
  int64_t n = op.getQueries();
  auto seen = [&](int64_t rows) {
    int64_t most = rows;
    if (band.left && *band.left >= 0 && *band.left < rows)
      most = std::min(most, *band.left + n);
    return llvm::divideCeil(most, keys);
  };
  int64_t tiles = seen(op.getLocalKeys() + op.getWindow()) +
                  llvm::divideCeil(op.getSlots(), keys);
  int64_t rows = op.getQueryHeads() / op.getKeyHeads() * n;
  int64_t units =
      op.getBatch() * op.getKeyHeads() * llvm::divideCeil(rows, int64_t(64));
  int64_t best = 1;
  double least = 0;
  for (int64_t splits = 1; splits <= std::min<int64_t>(tiles, 64); ++splits) {
    double rounds = llvm::divideCeil(units * splits, kBlocks);
    double time = rounds * (double(tiles) / splits + 0.5) + (splits > 1);
    if (splits == 1 || time < least) {
      best = splits;
      least = time;
    }
  }
  return best;
}

/// For few queries: one computing warpgroup keeps up with the memory, and what
/// shared memory is left holds keys on their way.
static ScheduleAttr stackedSchedule(msa::AttendOp op,
                                    const msa::PatternBand &band) {
  int64_t d = op.getHeadDim();
  int64_t keys = d == 256 ? 64 : 128, stages = d == 64 ? 6 : 2;
  int64_t splits = splitsOf(op, band, keys);
  int64_t rows = op.getQueryHeads() / op.getKeyHeads() * op.getQueries();
  int64_t blocks = op.getBatch() * op.getKeyHeads() *
                   llvm::divideCeil(rows, int64_t(64)) * splits;
  // Where every block has one tile, no counter needs to be cleared.
  Form form{1, keys, stages};
  form.persistent = blocks > kBlocks;
  form.stacked = true;
  form.splits = splits;
  return form.in(op.getContext());
}

/// Three computing warpgroups, or two where tiles of three leave
/// multiprocessors idle in the last round. Two take `perQuery` of the time of
/// three for each query. Where not even half of the multiprocessors have a
/// tile, a call takes little longer than its launch.
static int64_t warpgroupsOf(msa::AttendOp op, double perQuery) {
  auto tiles = [&](int64_t warpgroups) {
    return op.getBatch() * op.getQueryHeads() *
           llvm::divideCeil(op.getQueries(), 64 * warpgroups);
  };
  auto time = [&](int64_t warpgroups, double each) {
    return llvm::divideCeil(tiles(warpgroups), kBlocks) * warpgroups * each;
  };
  bool isShort = tiles(3) >= kBlocks / 2 && time(2, perQuery) < time(3, 1);
  return isShort ? 2 : 3;
}

/// What two warpgroups take where three take 1: without overlap, and with, in
/// windows and else.
static constexpr double kTwoInTurn = 7.0 / 6, kTwoInWindow = 1.03,
                        kTwoOverlap = 1.05;

/// Whether no query tile is without a key tile, whatever the stream: there no
/// mask has two sides, whose bounds take the registers that overlap needs.
static bool startsWhole(msa::AttendOp op, const msa::PatternBand &band) {
  return !op.getOffset() && !op.getLength() &&
         op.getQueries() <= op.getLocalKeys() &&
         (!band.right || *band.right == 0);
}

ScheduleAttr msa_gpu::defaultSchedule(msa::AttendOp op) {
  MLIRContext *context = op.getContext();
  if (auto band = op.getPatternAttr().band();
      band && op.getQueries() <= kFewQueries)
    return stackedSchedule(op, *band);
  std::optional<msa::PatternBand> band = bandOf(op);
  if (!band)
    return listedSchedule(op);
  // Tiles that the pattern cuts are few under a causal pattern, and one in two
  // in a window: there it pays to look what each warpgroup sees of them.
  bool isWindow = band->left && band->right;
  Form overlap{3, 128, 2};
  overlap.overlap = overlap.ahead = true;
  Form form{warpgroupsOf(op, kTwoInTurn), 128, 2};
  form.skip = form.half = isWindow;
  switch (op.getHeadDim()) {
  case 64:
    // Half the products for as many exponentials: they are to overlap.
    if (ScheduleAttr schedule = overlap.in(context);
        !isWindow && startsWhole(op, *band) && whyIllegal(op, schedule).empty())
      return schedule;
    form.rescale = Rescale::always;
    form.ahead = true;
    return form.in(context);
  case 80: // As much shared memory as 128 columns take, and fewer registers.
  case 96:
  case 128:
    overlap.warpgroups = 2;
    if (ScheduleAttr schedule = overlap.in(context);
        warpgroupsOf(op, isWindow ? kTwoInWindow : kTwoOverlap) == 2 &&
        whyIllegal(op, schedule).empty())
      return schedule;
    return form.in(context);
  case 256:
    form = {2, 64, 1};
    // Beside strided keys no registers are left for looking.
    form.skip = isWindow && op.getPatternAttr().band();
    return form.in(context);
  default:
    return {};
  }
}

/// 128 queries, so that keys and values are not read from the L2 cache too
/// often, and slots for one key and one value tile, of which one is filled
/// while the other is multiplied: two blocks find room on a multiprocessor, and
/// hide one another's waits. Four warps of 32 queries read keys and values from
/// shared memory half as often as eight of 16; with heads of 256 columns
/// registers are for 16. Of a further part the bounds wait in registers, which
/// tiles of 64 keys do not leave with heads of 128 columns.
ScheduleAttr msa_gpu::defaultMmaSchedule(msa::AttendOp op) {
  int64_t d = op.getHeadDim();
  bool isNarrow =
      d == 256 || (d == 128 && (op.getBankKey() || op.getWindowKey()));
  Form form{d == 256 ? 2 : 1, isNarrow ? 32 : 64, d == 128 && isNarrow ? 2 : 1};
  form.persistent = false;
  form.mma = true;
  form.rows = d == 256 ? 64 : 128;
  return form.in(op.getContext());
}

/// Wide tiles read least for what they compute, but a result with few of them
/// leaves multiprocessors idle in the last round: the width whose rounds take
/// least time, a tile's being what it multiplies and what it costs besides.
/// Blocks in pairs read less from the L2 cache, but wait for one another: on an
/// H200 no size gained, and one with few tiles lost a tenth, so they have to be
/// asked for.
GemmScheduleAttr msa_gpu::defaultGemmSchedule(GemmOp op, bool clusters,
                                              int64_t multiple, int64_t most) {
  // Streams with one right side are further rows.
  bool ownRight = op.letters(1).contains('b');
  int64_t count = ownRight ? op.size('b') : 1,
          rows = op.size('m') * (ownRight ? 1 : op.size('b')),
          columns = op.size('n') * op.size('h');
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
    if (tile.columns % multiple || tile.columns > most)
      continue;
    int64_t all = rowTiles * llvm::divideCeil(columns, tile.columns) * count;
    int64_t time = llvm::divideCeil(all, kBlocks) * (tile.columns + 16);
    if (!best || time < least) {
      best = &tile;
      least = time;
    }
  }
  if (!best)
    return {};
  return GemmScheduleAttr::get(op.getContext(), rows <= 64 ? 1 : 2,
                               best->columns, 64, best->stages, best->staged,
                               best->group, inPairs ? 2 : 1, true);
}
