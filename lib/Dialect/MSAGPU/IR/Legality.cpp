//===- Legality.cpp - What a schedule may be for an operation -------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSAGPU/IR/Legality.h"

#include "msa/Dialect/MSAGPU/IR/Budget.h"

#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::msa_gpu;

/// Elements of partial results, which are f32: 4 GiB.
static constexpr int64_t kMostPartial = int64_t(1) << 30;

// Both operations have the getters of the templates, of one meaning.

template <typename Op>
static std::optional<msa::StridedBands> stridedBands(Op op) {
  // Rows are positions only where the segment starts at position 0.
  if (op.getPosition() || op.getWindowKey())
    return std::nullopt;
  return msa::stridedBands(op.getPatternAttr());
}

template <typename Op> static bool lists(Op op) {
  return !op.getPatternAttr().band() && !stridedBands(op);
}

template <typename Op> static std::string reason(Op op, ScheduleAttr schedule) {
  std::string text;
  llvm::raw_string_ostream os(text);
  int64_t d = op.getHeadDim();
  auto nearest = [&] {
    if (ScheduleAttr fit = nearestFit(schedule, d))
      os << "; this fits: " << fit;
    return text;
  };
  int64_t most = mostShared(schedule);
  if (int64_t bytes = sharedBytes(schedule, d); bytes > most) {
    os << "(A4) needs " << bytes << " bytes of shared memory, more than the "
       << most << " of a block";
    return nearest();
  }
  if (int64_t need = registersOf(schedule, d);
      need > registerBudget(schedule)) {
    os << "(A5) needs " << need << " registers for fragments, more than "
       << registerBudget(schedule);
    return nearest();
  }
  msa::PatternAttrInterface pattern = op.getPatternAttr();
  if (schedule.getPacks() &&
      ((op.getQueryHeads() / op.getKeyHeads()) % schedule.getWarpgroups() ||
       pattern.usesHead()))
    return "(A8) packs heads that differ in their keys, or of which a KV head "
           "has no multiple";
  std::optional<msa::PatternBand> band = pattern.band();
  if (schedule.getStacked() && !band)
    return "(A9) stacks heads under a pattern that is no band";
  // Of keys that nothing ends on the right no tile is cut there: then every
  // query tile has to see some.
  auto endsOpen = [&] {
    bool isOpen = !band->right || *band->right >= int64_t(1) << 30;
    return band->left && isOpen && !op.getLength() &&
           op.getLocalKeys() % schedule.getKeys() == 0 &&
           (op.getOffset() || op.getQueries() > op.getLocalKeys());
  };
  if (schedule.getOverlap() &&
      (band ? endsOpen() : stridedBands(op) || op.getBankKey()))
    return "(A7) can not overlap: a query tile may have no key tile to start "
           "with";
  // Divided, not multiplied: sizes are far from overflow, their product is not.
  int64_t splits = schedule.getSplits();
  if (splits > 1) {
    int64_t left = kMostPartial / splits;
    for (int64_t size : {op.getBatch(), op.getQueryHeads(), op.getQueries(), d})
      left /= size;
    if (left < 1)
      return "(A10) has more than 2^30 elements of partial results";
  }
  return "";
}

std::optional<msa::StridedBands> msa_gpu::stridedBandsOf(AttendOp op) {
  return stridedBands(op);
}

std::optional<msa::StridedBands> msa_gpu::stridedBandsOf(msa::AttendOp op) {
  return stridedBands(op);
}

bool msa_gpu::listsKeyTiles(AttendOp op) { return lists(op); }
bool msa_gpu::listsKeyTiles(msa::AttendOp op) { return lists(op); }

std::string msa_gpu::whyIllegal(AttendOp op, ScheduleAttr schedule) {
  return reason(op, schedule);
}

std::string msa_gpu::whyIllegal(msa::AttendOp op, ScheduleAttr schedule) {
  return reason(op, schedule);
}

std::string msa_gpu::whyIllegal(GemmOp op, GemmScheduleAttr schedule) {
  int64_t rotate = op.getRotate().value_or(1);
  if (rotate > 0 && schedule.getColumns() % rotate == 0)
    return "";
  return "(M7) rotates groups of " + std::to_string(rotate) +
         " columns, which do not divide the " +
         std::to_string(schedule.getColumns()) + " of a tile";
}
