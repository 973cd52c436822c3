//===- ScheduleAttend.cpp - Attention for tensor cores -----------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DefaultSchedules.h"
#include "StoredSchedules.h"
#include "msa/Conversion/Passes.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::msa {
#define GEN_PASS_DEF_MSASCHEDULEATTEND
#include "msa/Conversion/Passes.h.inc"
} // namespace mlir::msa

using namespace mlir;
using msa_gpu::ScheduleAttr;

/// Rows of a tensor stay below this, so that distances of rows fit 32 bits.
static constexpr int64_t kMostRows = int64_t(1) << 28;

/// Why the operation has no tensor-core kernel; empty where it has one.
static std::string lacks(msa::AttendOp op, bool mma) {
  Type element = op.getQuery().getType().getElementType();
  if (!element.isF16() && !element.isBF16())
    return "element type";
  if (op.getHeadDim() != op.getValueDim())
    return "head dimensions of query and value that differ";
  int64_t d = op.getHeadDim();
  if (!msa_gpu::hasKernels(d) || (mma && d % 64))
    return "head dimension " + std::to_string(d);
  if (!op.getScore().empty())
    return "score region";
  if (mma && msa_gpu::listsKeyTiles(op))
    return "pattern, which lists key tiles";
  if (!msa_gpu::isScale(op.getScale().convertToDouble()))
    return "scale below 2^-64 or above 2^64";
  for (int64_t rows :
       {op.getQueries(), op.getLocalKeys(), op.getWindow(), op.getSlots()})
    if (rows >= kMostRows)
      return "number of rows";
  SmallVector<msa::PatternBand> bands;
  if (std::optional<msa::PatternBand> band = op.getPatternAttr().band())
    bands.push_back(*band);
  if (auto strided = msa::stridedBands(op.getPatternAttr())) {
    bands.append(strided->strided.begin(), strided->strided.end());
    bands.push_back(strided->every.value_or(msa::PatternBand()));
  }
  for (const msa::PatternBand &band : bands)
    for (std::optional<int64_t> side : {band.left, band.right})
      if (op.getOffset() && side && std::abs(*side) >= kMostRows)
        return "band as wide as that, with an offset";
  return "";
}

namespace {
struct ScheduleAttendPass
    : msa::impl::MSAScheduleAttendBase<ScheduleAttendPass> {
  using Base::Base;

  void replace(msa::AttendOp op, ScheduleAttr schedule) {
    OpBuilder b(op);
    Location loc = op.getLoc();
    auto empty = [&](Type type) -> Value {
      auto tensor = cast<RankedTensorType>(type);
      return tensor::EmptyOp::create(b, loc, tensor.getShape(),
                                     tensor.getElementType());
    };
    // With splits, partial results of a share of the keys after the other.
    int64_t splits = schedule.getSplits();
    RankedTensorType outType = op.getOut().getType(),
                     lseType = op.getLse().getType();
    auto partial = [&](RankedTensorType type) {
      if (splits == 1)
        return type;
      SmallVector<int64_t> shape(type.getShape());
      shape[0] *= splits;
      return RankedTensorType::get(shape, b.getF32Type());
    };
    Value outs[] = {empty(partial(outType)), empty(partial(lseType)),
                    empty(RankedTensorType::get({1}, b.getI32Type()))};
    auto attend = msa_gpu::AttendOp::create(
        b, loc, ValueRange(outs).getTypes(), op.getQuery(), op.getKey(),
        op.getValue(), op.getWindowKey(), op.getWindowValue(), op.getBankKey(),
        op.getBankValue(), op.getBankBias(), op.getPosition(), op.getLength(),
        op.getOffset(), op.getDocuments(), op.getBlocks(), outs[0], outs[1],
        outs[2], op.getPatternAttr(), op.getScaleAttr(), schedule);
    attend->setAttr("msa.dispatch", b.getUnitAttr());
    Operation *last = attend;
    if (splits > 1) {
      Value joined[] = {empty(outType), empty(lseType)};
      last = msa_gpu::MergeOp::create(b, loc, ValueRange(joined).getTypes(),
                                      attend.getResult(0), attend.getResult(1),
                                      joined[0], joined[1]);
      last->setAttr("msa.dispatch", b.getUnitAttr());
    }
    op.getOut().replaceAllUsesWith(last->getResult(0));
    op.getLse().replaceAllUsesWith(last->getResult(1));
    op.erase();
    ++numScheduled;
  }

  void runOnOperation() override {
    SmallVector<msa::AttendOp> ops;
    getOperation()->walk([&](msa::AttendOp op) { ops.push_back(op); });
    for (msa::AttendOp op : ops) {
      std::string why = lacks(op, mma);
      ScheduleAttr schedule;
      if (why.empty())
        schedule = mma ? msa_gpu::defaultMmaSchedule(op)
                       : msa_gpu::defaultSchedule(op);
      // What was measured is for sm_90a.
      if (!mma)
        schedule =
            msa_gpu::storedSchedule(getOperation(), op, schedule, listClasses);
      if (schedule) {
        replace(op, schedule);
        continue;
      }
      // What runs in half precision expects tensor cores.
      if (op.getQuery().getType().getElementTypeBitWidth() != 16)
        continue;
      bool onlyBefore = mma && lacks(op, /*mma=*/false).empty();
      if (besideHopper && !onlyBefore)
        continue;
      op.emitRemark() << "no tensor-core kernel "
                      << (onlyBefore ? "before sm_90a " : "") << "for this "
                      << why << "; generic GPU code is used, which is slow";
    }
  }
};
} // namespace
