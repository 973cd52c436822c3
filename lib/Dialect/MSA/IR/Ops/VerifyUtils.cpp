//===- VerifyUtils.cpp - Checks shared by op verifiers --------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifyUtils.h"

using namespace mlir;
using namespace mlir::msa;

static constexpr int64_t kMaxSize = (int64_t(1) << 31) - 1;
static constexpr int64_t kMaxComparisons = 512;
static constexpr int64_t kMaxElements = int64_t(1) << 47;

LogicalResult mlir::msa::verifyShape(Operation *op, StringRef label,
                                     StringRef name, Type type) {
  auto tensor = cast<RankedTensorType>(type);
  if (tensor.getEncoding())
    return op->emitOpError() << "(" << label << ") " << name
                             << " must have no encoding, got " << type;
  int64_t elements = 1;
  for (auto [i, size] : llvm::enumerate(tensor.getShape())) {
    if (ShapedType::isDynamic(size))
      return op->emitOpError() << "(" << label << ") " << name
                               << " must have static sizes, dimension " << i
                               << " of " << type << " is not";
    if (size < 1 || size > kMaxSize)
      return op->emitOpError()
             << "(" << label << ") " << name << " must have sizes in [1, "
             << kMaxSize << "], dimension " << i << " of " << type << " has "
             << size;
    if (elements > kMaxElements / size)
      return op->emitOpError() << "(" << label << ") " << name
                               << " has too many elements: " << type;
    elements *= size;
  }
  return success();
}

LogicalResult mlir::msa::verifyDim(Operation *op, StringRef label,
                                   StringRef name, Type type, unsigned dim,
                                   int64_t wanted, StringRef why) {
  auto tensor = cast<RankedTensorType>(type);
  if (tensor.getDimSize(dim) == wanted)
    return success();
  return op->emitOpError() << "(" << label << ") dimension " << dim << " of "
                           << name << " must be " << why << " = " << wanted
                           << ", got " << tensor.getDimSize(dim);
}

LogicalResult mlir::msa::verifyExactShape(Operation *op, StringRef label,
                                          StringRef name, Type type,
                                          ArrayRef<int64_t> shape) {
  auto tensor = cast<RankedTensorType>(type);
  if (tensor.getShape() == shape && !tensor.getEncoding())
    return success();
  auto wanted = RankedTensorType::get(shape, tensor.getElementType());
  return op->emitOpError() << "(" << label << ") " << name << " must be "
                           << wanted << ", got " << type;
}

LogicalResult mlir::msa::verifyScoreRegion(Operation *op, StringRef label,
                                           Region &region, Type score) {
  auto error = [&]() -> InFlightDiagnostic {
    return op->emitOpError() << "(" << label << ") ";
  };
  if (!region.hasOneBlock())
    return error() << "the score region must have one block";
  Block &block = region.front();
  Type index = IndexType::get(op->getContext());
  SmallVector<Type> wanted = {score, index, index, index, index};
  if (block.getArgumentTypes() != TypeRange(wanted))
    return error() << "the score region's arguments must be (" << score
                   << ", index, index, index, index)";
  auto yield =
      block.empty() ? ScoreYieldOp() : dyn_cast<ScoreYieldOp>(block.back());
  if (!yield)
    return error() << "the score region must end with msa.yield";
  if (yield.getValue().getType() != score)
    return error() << "the score region must yield " << score << ", got "
                   << yield.getValue().getType();
  // Regions are cloned into scalar loop bodies: scalars without effects only.
  for (Operation &nested : block.without_terminator()) {
    if (nested.getNumRegions() != 0 || !isMemoryEffectFree(&nested))
      return (error() << "the score region may hold scalar arithmetic only")
                 .attachNote(nested.getLoc())
             << "this operation has a region or an effect";
    for (Type type : nested.getResultTypes())
      if (!type.isIntOrIndexOrFloat())
        return (error() << "the score region may hold scalar arithmetic only")
                   .attachNote(nested.getLoc())
               << "this operation's result is not a scalar";
  }
  return success();
}

LogicalResult mlir::msa::verifyComparisons(Operation *op, StringRef label,
                                           PatternAttrInterface pattern,
                                           Value blocks) {
  int64_t listed = blocks ? tensorType(blocks).getShape().back() : 0;
  int64_t comparisons = pattern.comparisons(listed);
  if (comparisons <= kMaxComparisons)
    return success();
  return op->emitOpError() << "(" << label << ") the pattern takes "
                           << comparisons << " comparisons a pair, at most "
                           << kMaxComparisons
                           << " are allowed: use fewer members, draws or "
                              "entries of block lists";
}

FloatType mlir::msa::accumulatorType(Type element) {
  if (element.isF64())
    return Float64Type::get(element.getContext());
  return Float32Type::get(element.getContext());
}
