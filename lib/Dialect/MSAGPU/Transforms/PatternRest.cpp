//===- PatternRest.cpp - Rules as a band and a rest --------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PatternRest.h"

using namespace mlir;
using namespace mlir::msa_gpu;

PatternRest::PatternRest(msa::PatternAttrInterface pattern) {
  auto any = dyn_cast<msa::AnyAttr>(pattern);
  auto all = dyn_cast<msa::AllAttr>(pattern);
  isUnion = static_cast<bool>(any);
  SmallVector<Attribute> bands;
  ArrayRef<Attribute> members;
  if (any || all)
    members = any ? any.getMembers() : all.getMembers();
  for (Attribute attr : members) {
    auto member = cast<msa::PatternAttrInterface>(attr);
    if (member.band())
      bands.push_back(member);
    else
      rest.push_back(member);
  }
  if (members.empty())
    rest.push_back(pattern);
  if (!bands.empty())
    band = cast<msa::PatternAttrInterface>(
        any ? msa::AnyAttr::of(pattern.getContext(), bands)
            : msa::AllAttr::of(pattern.getContext(), bands));
}

bool msa_gpu::restIsSettled(AttendOp op) {
  // Rows of queries and keys are to be positions that the granularity counts.
  if (op.getOffset())
    return false;
  ScheduleAttr schedule = op.getSchedule();
  bool isMoved = op.getPosition() || op.getWindowKey();
  PatternRest rule(op.getPatternAttr());
  return llvm::all_of(rule.rest, [&](msa::PatternAttrInterface member) {
    int64_t size = member.granularity();
    // Block lists count from the segment and name nothing before it.
    return size && size % schedule.getQueries() == 0 &&
           size % schedule.getKeys() == 0 &&
           (!isMoved || member.listedBlockSize());
  });
}

namespace {
/// Finds out whether a rule has numbers, or products, that are not small.
class MagnitudeBuilder : public msa::ConstPatternBuilder {
public:
  static constexpr int64_t kSmall = int64_t(1) << 28;

  Val constant(int64_t number) override {
    isSmall &= number > -kSmall && number < kSmall;
    return {number, {}};
  }
  Val floorDiv(Val a, int64_t divisor) override {
    isSmall &= divisor < kSmall;
    return ConstPatternBuilder::floorDiv(a, divisor);
  }
  Val mod(Val a, int64_t divisor) override {
    isSmall &= divisor < kSmall;
    return ConstPatternBuilder::mod(a, divisor);
  }
  Val bitXor(Val a, Val b) override { return isSmall = false, a; }
  Val shiftRight(Val a, int64_t) override { return isSmall = false, a; }

  bool isSmall = true;
};
} // namespace

bool msa_gpu::rulesFitNarrow(AttendOp op) {
  // Then positions are rows, of which there are less than 2^28.
  if (op.getPosition() || op.getOffset() || op.getWindowKey() ||
      std::max(op.getQueries(), op.getLocalKeys()) >= MagnitudeBuilder::kSmall)
    return false;
  MagnitudeBuilder builder;
  const int32_t zero[] = {0};
  builder.documents = builder.blocks = zero;
  builder.slots = 1;
  msa::PatternValue none, one = builder.constant(1);
  msa::PatternTile tile{none, one, none, one, none};
  msa::PatternAttrInterface pattern = op.getPatternAttr();
  SmallVector<msa::KeyRange> ranges;
  pattern.keyRanges(builder, tile, ranges);
  pattern.keeps(builder, {none, none, none});
  pattern.isEmpty(builder, tile);
  pattern.isFull(builder, tile);
  return builder.isSmall;
}
