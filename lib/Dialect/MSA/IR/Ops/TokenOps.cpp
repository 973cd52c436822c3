//===- TokenOps.cpp - rope and short_conv ---------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifyUtils.h"

#include <cmath>

using namespace mlir;
using namespace mlir::msa;

static constexpr int64_t kMaxRelative = int64_t(1) << 24;
/// Angles are computed when the op is compiled and kept with the program.
static constexpr int64_t kMaxAngles = int64_t(1) << 24;
static constexpr double kPi = 3.14159265358979323846;

LogicalResult RopeOp::verify() {
  RankedTensorType type = tensorType(getInput());
  if (failed(verifyShape(*this, "C1", "input", type)))
    return failure();
  int64_t rotary = getRotary(), tokens = type.getDimSize(2);
  // The accessors of integer attributes are unsigned.
  int64_t start = getStart(), limit = getLimit(), original = getOriginal();
  if (rotary < 2 || rotary % 2 != 0 || rotary > type.getDimSize(3))
    return emitOpError() << "(C2) rotary must be even and lie in [2, "
                         << type.getDimSize(3) << "], got " << rotary;
  double base = getBase().convertToDouble();
  double factor = getFactor().convertToDouble();
  if (!(base > 1.0) || std::isinf(base))
    return emitOpError("(C3) base must be finite and above 1");
  if (!(factor >= 1.0) || std::isinf(factor))
    return emitOpError("(C3) factor must be finite and at least 1");
  if (getScaling() == RopeScaling::yarn &&
      (original < 1 || original > (int64_t(1) << 40)))
    return emitOpError() << "(C3) yarn needs original in [1, 2^40], got "
                         << original;
  if (start < -kMaxRelative || start > kMaxRelative)
    return emitOpError() << "(C4) start must lie within 2^24 of 0, got "
                         << start;
  if (tokens > kMaxRelative)
    return emitOpError() << "(C4) at most 2^24 rows, got " << tokens;
  if (getOffset()) {
    if (limit < tokens || limit > kMaxRelative)
      return emitOpError() << "(C4) an offset needs limit in [" << tokens
                           << ", 2^24], got " << limit;
    if (failed(verifyExactShape(*this, "C4", "offset", getOffset().getType(),
                                {type.getDimSize(0)})))
      return failure();
  } else if (limit != 0) {
    return emitOpError("(C4) limit needs an offset");
  }
  if (getScaling() == RopeScaling::ntk && rotary <= 2)
    return emitOpError("(C5) ntk needs rotary above 2");
  int64_t rows = getOffset() ? limit : tokens;
  if (rotary / 2 > kMaxAngles / rows)
    return emitOpError() << "(C6) " << rows << " positions of " << rotary / 2
                         << " channel pairs need a table that is too large: at "
                            "most 2^24 angles";
  return success();
}

/// Channel pair whose wave turns `turns` times over the original length.
static double correctionDim(double turns, double rotary, double base,
                            double original) {
  return rotary * std::log(original / (turns * 2.0 * kPi)) /
         (2.0 * std::log(base));
}

std::pair<double, double> RopeOp::getFrequency(int64_t pair) {
  double rotary = static_cast<double>(getRotary());
  double base = getBase().convertToDouble();
  double factor = getFactor().convertToDouble();
  double amplitude = 1.0;
  if (getScaling() == RopeScaling::ntk)
    base *= std::pow(factor, rotary / (rotary - 2.0));
  double frequency = std::pow(base, -2.0 * static_cast<double>(pair) / rotary);
  if (getScaling() == RopeScaling::linear)
    frequency /= factor;
  if (getScaling() == RopeScaling::yarn) {
    // Fast waves keep their frequency, slow ones are interpolated.
    double original = static_cast<double>(getOriginal());
    double low =
        std::max(std::floor(correctionDim(32.0, rotary, base, original)), 0.0);
    double high = std::min(
        std::ceil(correctionDim(1.0, rotary, base, original)), rotary - 1.0);
    if (low == high)
      high += 0.001;
    double ramp = (static_cast<double>(pair) - low) / (high - low);
    ramp = std::min(std::max(ramp, 0.0), 1.0);
    frequency = frequency / factor * ramp + frequency * (1.0 - ramp);
    amplitude = 0.1 * std::log(factor) + 1.0;
  }
  return {frequency, amplitude};
}

LogicalResult ShortConvOp::verify() {
  RankedTensorType input = tensorType(getInput());
  RankedTensorType carried = tensorType(getCarried());
  RankedTensorType weight = tensorType(getWeight());
  if (failed(verifyShape(*this, "C1", "input", input)) ||
      failed(verifyShape(*this, "C1", "carried", carried)) ||
      failed(verifyShape(*this, "C1", "weight", weight)))
    return failure();
  if (input.getElementType() != carried.getElementType() ||
      input.getElementType() != weight.getElementType())
    return emitOpError("(C1) input, carried and weight must have one type");
  int64_t width = weight.getDimSize(0);
  if (width < 2 || width > 16)
    return emitOpError() << "(C2) the weight's width must lie in [2, 16], got "
                         << width;
  if (failed(verifyExactShape(
          *this, "C1", "carried", carried,
          {input.getDimSize(0), width - 1, input.getDimSize(2)})) ||
      failed(verifyExactShape(*this, "C1", "weight", weight,
                              {width, input.getDimSize(2)})))
    return failure();
  return success();
}
