//===- Lanes.cpp - Elements side by side, and sums of rows ---------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"

#include "msa/Codegen/Contraction.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::msa;

/// Enough rows for a warp each to keep a large GPU busy.
static constexpr int64_t kManyRows = 1024;

bool mlir::msa::isPointwise(linalg::LinalgOp op) {
  return op.getNumReductionLoops() == 0 &&
         llvm::all_of(op.getIndexingMapsArray(), [](AffineMap map) {
           return map.isProjectedPermutation(/*allowZeroInResults=*/true);
         });
}

/// Whether loop `lane` numbers what is read in the last dimension alone, or
/// nothing: elements that lie side by side, or one for all.
static bool readsLanes(tensor::ExtractOp op, unsigned lane) {
  auto isLane = [&](Value index) {
    auto number = index.getDefiningOp<linalg::IndexOp>();
    return number && number.getDim() == lane;
  };
  // Values of the body that the index is computed from.
  auto depends = [&](Value index) {
    SmallVector<Value> values = {index};
    DenseSet<Value> seen;
    while (!values.empty()) {
      Value value = values.pop_back_val();
      if (value.getParentBlock() != op->getBlock() ||
          !seen.insert(value).second)
        continue;
      if (isLane(value) || isa<BlockArgument>(value))
        return true;
      llvm::append_range(values, value.getDefiningOp()->getOperands());
    }
    return false;
  };
  auto indices = op.getIndices();
  return indices.empty() ||
         (llvm::none_of(indices.drop_back(), depends) &&
          (isLane(indices.back()) || !depends(indices.back())));
}

bool mlir::msa::hasLanes(linalg::LinalgOp op, unsigned lane) {
  for (AffineMap map : op.getIndexingMapsArray())
    for (auto [i, expr] : llvm::enumerate(map.getResults()))
      if (expr.isFunctionOfDim(lane) && i + 1 != map.getNumResults())
        return false;
  auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
  return !generic || llvm::all_of(*generic.getBody(), [&](Operation &inner) {
    auto extract = dyn_cast<tensor::ExtractOp>(inner);
    return inner.getNumRegions() == 0 &&
           (!extract || readsLanes(extract, lane));
  });
}

/// Whether operands are rows that end in a loop of this number, or do not know
/// it, of elements of whole bytes, and the body is computed in vectors.
static bool hasRows(linalg::GenericOp op, unsigned lane) {
  for (OpOperand &operand : op->getOpOperands()) {
    auto type = dyn_cast<RankedTensorType>(operand.get().getType());
    if (!type || !type.getElementType().isIntOrFloat() ||
        type.getElementTypeBitWidth() < 8)
      return false;
  }
  return hasLanes(op, lane) &&
         llvm::all_of(op.getBody()->without_terminator(), [](Operation &inner) {
           return OpTrait::hasElementwiseMappableTraits(&inner);
         });
}

/// What a warp joins, over the last loop.
static bool isRowSum(linalg::GenericOp op, unsigned lane) {
  if (op.getNumLoops() != lane + 1 || op.getNumReductionLoops() != 1 ||
      op.getIteratorTypesArray()[lane] != utils::IteratorType::reduction ||
      op.getNumDpsInits() != 1 || op->getNumResults() != 1)
    return false;
  return joinsInWarps(op) &&
         llvm::any_of(op.getDpsInputOperands(), [&](OpOperand *input) {
           return op.getMatchingIndexingMap(input).isFunctionOfDim(lane);
         });
}

linalg::GenericOp mlir::msa::rowSumOf(linalg::LinalgOp named) {
  auto op = dyn_cast<linalg::GenericOp>(named.getOperation());
  if (!op || !isPointwise(op) || op->getNumResults() != 1 ||
      op.getNumLoops() < 2)
    return {};
  MLIRContext *context = op.getContext();
  unsigned loops = op.getNumLoops(), lane = loops - 1;
  AffineMap identity = AffineMap::getMultiDimIdentityMap(loops, context);
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  if (op.getMatchingIndexingMap(op.getDpsInitOperand(0)) != identity ||
      llvm::any_of(sizes, ShapedType::isDynamic) ||
      sizes[lane] < kShortestRow || sizes[lane] % 8 || !hasRows(op, lane))
    return {};
  int64_t rows = 1;
  for (int64_t size : ArrayRef(sizes).drop_back())
    rows = std::min<int64_t>(rows * std::min(size, kManyRows), kManyRows);
  if (rows < kManyRows)
    return {};
  AffineMap ofRow = identity.getMajorSubMap(lane);
  for (OpOperand *operand : op.getDpsInputOperands()) {
    auto sum = operand->get().getDefiningOp<linalg::GenericOp>();
    if (sum && sum->getBlock() == op->getBlock() &&
        operand->get().hasOneUse() &&
        op.getMatchingIndexingMap(operand) == ofRow && isRowSum(sum, lane) &&
        sum.getStaticLoopRanges() == sizes &&
        sum.getMatchingIndexingMap(sum.getDpsInitOperand(0)) == ofRow &&
        llvm::all_of(sum.getIndexingMapsArray(),
                     [](AffineMap map) {
                       return map.isProjectedPermutation(
                           /*allowZeroInResults=*/true);
                     }) &&
        hasRows(sum, lane))
      return sum;
  }
  return {};
}

/// The one dimension in which two parts of a tensor begin at different places.
static std::optional<unsigned> shiftedDimension(tensor::ExtractSliceOp a,
                                                tensor::ExtractSliceOp b) {
  if (!a || !b || a == b || a.getSource() != b.getSource() ||
      a.getType() != b.getType() ||
      a.getSourceType().getRank() != a.getType().getRank() ||
      !a.hasUnitStride() || !b.hasUnitStride())
    return std::nullopt;
  std::optional<unsigned> found;
  for (auto [d, offsets] :
       llvm::enumerate(llvm::zip(a.getStaticOffsets(), b.getStaticOffsets()))) {
    auto [x, y] = offsets;
    if (ShapedType::isDynamic(x) || ShapedType::isDynamic(y) ||
        (x != y && found))
      return std::nullopt;
    if (x != y)
      found = d;
  }
  return found;
}

std::optional<unsigned> mlir::msa::overlappingLoop(linalg::LinalgOp op) {
  SmallVector<OpOperand *> inputs = op.getDpsInputOperands();
  for (auto [i, first] : llvm::enumerate(inputs))
    for (OpOperand *second : ArrayRef(inputs).drop_front(i + 1)) {
      AffineMap map = op.getMatchingIndexingMap(first);
      if (map != op.getMatchingIndexingMap(second))
        continue;
      std::optional<unsigned> d = shiftedDimension(
          first->get().getDefiningOp<tensor::ExtractSliceOp>(),
          second->get().getDefiningOp<tensor::ExtractSliceOp>());
      if (!d)
        continue;
      if (auto loop = dyn_cast<AffineDimExpr>(map.getResult(*d)))
        return loop.getPosition();
    }
  return std::nullopt;
}
