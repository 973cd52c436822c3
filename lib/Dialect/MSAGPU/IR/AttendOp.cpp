//===- AttendOp.cpp - Constraints of scheduled attention ---------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSAGPU/IR/Budget.h"
#include "msa/Dialect/MSAGPU/IR/Legality.h"
#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"

using namespace mlir;
using namespace mlir::msa_gpu;

int64_t msa_gpu::mostShared(ScheduleAttr schedule) {
  return schedule.getMma() ? kMaxSharedMma : kMaxShared;
}

int64_t msa_gpu::stagedPartials(int64_t headDim) {
  int64_t panels = llvm::divideCeil(headDim, 32);
  return panels % 2 ? panels : panels / 2;
}

int64_t msa_gpu::sharedBytes(ScheduleAttr schedule, int64_t headDim) {
  // Rows are whole panels of 64 columns.
  int64_t row = 2 * llvm::alignTo(headDim, 64);
  // With mma there are no barriers, and the output lies where all the rest was.
  if (schedule.getMma())
    return (schedule.getQueries() +
            2 * schedule.getStages() * schedule.getKeys()) *
           row;
  int64_t tile = 64 * schedule.getWarpgroups() * row;
  int64_t staged =
      schedule.getSplits() > 1 ? stagedPartials(headDim) * 64 * 128 : tile;
  // Queries and the staged output, rings of keys and values, barriers.
  return schedule.getQuerySlots() * tile + staged +
         2 * schedule.getStages() * schedule.getKeys() * row + 1024;
}

int64_t msa_gpu::registersOf(ScheduleAttr schedule, int64_t headDim) {
  int64_t each = schedule.getKeys() / 2 + headDim / 2 + schedule.getKeys() / 4;
  return schedule.getRows() / 64 * each;
}

int64_t msa_gpu::registerBudget(ScheduleAttr schedule) {
  if (schedule.getMma())
    return 224;
  if (schedule.getOverlap())
    return schedule.getWarpgroups() == 3 ? 128 : 208;
  return schedule.getWarpgroups() == 3 ? 160 : 216;
}

LogicalResult AttendOp::verify() {
  // Of operands that are not optional ODS checks the types, not the number.
  for (unsigned group : {0, 1, 2, 13, 14, 15})
    if (getODSOperandIndexAndLength(group).second != 1)
      return emitOpError("(A1) takes one query, key, value, out, lse and "
                         "counter");
  bool tensors = isa<RankedTensorType>(getQuery().getType());
  for (Type type : getOperandTypes())
    if (isa<RankedTensorType>(type) != tensors)
      return emitOpError("(A1) takes tensors or memrefs, not both");
  if (getNumResults() != (tensors ? 3 : 0))
    return emitOpError("(A1) has three results on tensors, none on memrefs");
  for (auto [result, init] : llvm::zip(getResultTypes(), getDpsInitsMutable()))
    if (result != init.get().getType())
      return emitOpError("(A1) has results of the types of its outs");

  for (Value value : getOperands())
    for (int64_t size : shapeOf(value))
      if (size < 1 || size >= (int64_t(1) << 31))
        return emitOpError("(A2) has static sizes from 1 to 2^31 - 1");
  ArrayRef<int64_t> q = shapeOf(getQuery());
  int64_t heads = getKeyHeads(), d = getHeadDim();
  if (!hasKernels(d))
    return emitOpError("(A2) has head dimensions 64, 80, 96, 128 or 256, got ")
           << d;
  if (getQueryHeads() % heads)
    return emitOpError("(A2) has query heads that are no multiple of KV heads");
  auto check = [&](Value value, int64_t rows, int64_t head, const char *name) {
    ArrayRef<int64_t> shape = shapeOf(value);
    bool good =
        shape[0] == q[0] && shape[1] == head && shape[2] == rows &&
        shape[3] == d &&
        cast<ShapedType>(value.getType()).getElementType() == getElement();
    if (!good)
      emitOpError("(A2) has a ")
          << name << " of the wrong type " << value.getType();
    return good;
  };
  if (!check(getKey(), getLocalKeys(), heads, "key") ||
      !check(getValue(), getLocalKeys(), heads, "value"))
    return failure();
  SmallVector<int64_t> results(q);
  Type element = getElement();
  if (int64_t splits = getSchedule().getSplits(); splits > 1) {
    results[0] *= splits;
    element = Float32Type::get(getContext());
  }
  if (getTokenMajor() && !canBeTokenMajor())
    return emitOpError("(A11) has a token_major out of partial results or of "
                       "stacked heads of several queries");
  SmallVector<int64_t> outs(results);
  if (getTokenMajor())
    std::swap(outs[1], outs[2]);
  if (shapeOf(getOut()) != ArrayRef<int64_t>(outs) ||
      cast<ShapedType>(getOut().getType()).getElementType() != element)
    return emitOpError(getSchedule().getSplits() > 1 ? "(A10)"
                       : getTokenMajor()             ? "(A11)"
                                                     : "(A2)")
           << " has an out of the wrong type " << getOut().getType();
  if (!getWindowKey() != !getWindowValue() ||
      !getBankKey() != !getBankValue() || (getBankBias() && !getBankKey()))
    return emitOpError("(A2) has parts whose key, value or bias is missing");
  if (getWindowKey() &&
      (!check(getWindowKey(), getWindow(), heads, "window_key") ||
       !check(getWindowValue(), getWindow(), heads, "window_value")))
    return failure();
  if (getBankKey() && (!check(getBankKey(), getSlots(), heads, "bank_key") ||
                       !check(getBankValue(), getSlots(), heads, "bank_value")))
    return failure();
  if (getBankBias() && shapeOf(getBankBias())[0] != q[1])
    return emitOpError("(A2) has a bias of the wrong size");
  for (Value perStream : {getPosition(), getLength(), getOffset()})
    if (perStream && shapeOf(perStream)[0] != q[0])
      return emitOpError("(A2) has position, length or offset of the wrong "
                         "size");
  if (shapeOf(getLse()) != ArrayRef<int64_t>(results).take_front(3))
    return emitOpError("(A2) has an lse of the wrong shape");

  msa::PatternAttrInterface pattern = getPatternAttr();
  if (!getDocuments() == pattern.usesDocuments() ||
      !getBlocks() == (pattern.listedBlockSize() != 0))
    return emitOpError("(A3) has documents and blocks exactly where the "
                       "pattern reads them");
  if (getDocuments() &&
      shapeOf(getDocuments()) !=
          ArrayRef<int64_t>{q[0], getWindow() + getLocalKeys()})
    return emitOpError("(A3) has documents of the wrong shape");
  if (getBlocks() &&
      (shapeOf(getBlocks())[0] != q[0] || shapeOf(getBlocks())[1] != heads))
    return emitOpError("(A3) has blocks of the wrong shape");
  double scale = getScale().convertToDouble();
  if (!isScale(scale))
    return emitOpError("(A3) has a scale between 2^-64 and 2^64, got ")
           << scale;

  if (std::string why = whyIllegal(*this, getSchedule()); !why.empty())
    return emitOpError() << why;
  if (shapeOf(getCounter())[0] != 1)
    return emitOpError("(A6) has a counter of one element");
  return success();
}

/// Fewer stages first, then smaller key tiles, then fewer warpgroups: in the
/// order of what they cost.
ScheduleAttr msa_gpu::nearestFit(ScheduleAttr schedule, int64_t headDim) {
  for (int64_t w = schedule.getWarpgroups(); w >= 1; --w)
    for (int64_t keys = schedule.getKeys(); keys >= 16; keys -= 16)
      for (int64_t stages = schedule.getStages(); stages >= 1; --stages) {
        if (schedule.getMma() && keys != 32 && keys != 64 && keys != 128)
          continue;
        auto fit = ScheduleAttr::get(
            schedule.getContext(), w, keys, stages, schedule.getRescale(),
            schedule.getSkip(), schedule.getHalf() && keys == 128,
            schedule.getPersistent(), schedule.getOverlap(),
            schedule.getPacks(), schedule.getStacked(), schedule.getSplits(),
            schedule.getAhead(), schedule.getMma(), schedule.getRows(),
            schedule.getPingpong() && w > 1);
        if (sharedBytes(fit, headDim) <= mostShared(fit) &&
            registersOf(fit, headDim) <= registerBudget(fit))
          return fit;
      }
  return {};
}
