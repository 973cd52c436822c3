//===- FoldTranspose.cpp - Attention's results token by token ----------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"
#include "msa/Dialect/MSAGPU/Transforms/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::msa_gpu {
#define GEN_PASS_DEF_MSAGPUFOLDTRANSPOSE
#include "msa/Dialect/MSAGPU/Transforms/Passes.h.inc"
} // namespace mlir::msa_gpu

using namespace mlir;
using namespace mlir::msa_gpu;

static SmallVector<int64_t> withoutUnits(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> sizes;
  llvm::copy_if(shape, std::back_inserter(sizes),
                [](int64_t size) { return size != 1; });
  return sizes;
}

/// The dimensions of a shape in groups of one that is not 1 and of such that
/// are. There is one that is not.
static SmallVector<ReassociationIndices> unitGroups(ArrayRef<int64_t> shape) {
  SmallVector<ReassociationIndices> groups(1);
  bool hasSize = false;
  for (auto [dim, size] : llvm::enumerate(shape)) {
    if (size != 1 && hasSize)
      groups.emplace_back();
    hasSize |= size != 1;
    groups.back().push_back(dim);
  }
  return groups;
}

/// The tensor in a type that differs from its own by dimensions of size 1.
static Value moveUnits(OpBuilder &b, Location loc, Value value,
                       RankedTensorType type) {
  auto own = cast<RankedTensorType>(value.getType());
  if (own == type)
    return value;
  auto sizes = withoutUnits(own.getShape());
  auto dense = RankedTensorType::get(sizes, own.getElementType());
  if (own != dense)
    value = tensor::CollapseShapeOp::create(b, loc, dense, value,
                                            unitGroups(own.getShape()));
  if (type != dense)
    value = tensor::ExpandShapeOp::create(b, loc, type, value,
                                          unitGroups(type.getShape()));
  return value;
}

/// For each dimension of the result which of the operand's it is, where the
/// operation is a copy of one tensor that does nothing but reorder them.
static std::optional<SmallVector<int64_t>> permutationOf(linalg::LinalgOp op) {
  if (op.getNumDpsInputs() != 1 || op.getNumDpsInits() != 1 ||
      op->getNumResults() != 1 || op.getNumParallelLoops() != op.getNumLoops())
    return std::nullopt;
  Block *body = op.getBlock();
  if (!llvm::hasSingleElement(*body) ||
      body->getTerminator()->getOperand(0) != body->getArgument(0))
    return std::nullopt;
  auto in = op.getIndexingMapsArray()[0], out = op.getIndexingMapsArray()[1];
  if (!in.isPermutation() || !out.isPermutation())
    return std::nullopt;
  SmallVector<int64_t> permutation;
  for (AffineExpr expr : out.getResults())
    permutation.push_back(*in.getResultPosition(expr));
  return permutation;
}

/// Attention's out that a tensor is, up to dimensions of size 1; null where
/// there is none, or where something else needs it in its own order.
static OpResult outOf(Value value) {
  while (Operation *def = value.getDefiningOp()) {
    if (!value.hasOneUse())
      return {};
    if (isa<AttendOp, MergeOp>(def)) {
      auto result = cast<OpResult>(value);
      return result.getResultNumber() == 0 ? result : OpResult();
    }
    if (!isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(def))
      return {};
    Value source = def->getOperand(0);
    auto sizesOf = [](Value v) {
      return withoutUnits(cast<RankedTensorType>(v.getType()).getShape());
    };
    if (sizesOf(source) != sizesOf(value))
      return {};
    value = source;
  }
  return {};
}

/// Whether a copy of B x H x N x D with that permutation, both up to dimensions
/// of size 1, is B x N x H x D.
static bool isTokenMajor(ArrayRef<int64_t> shape, ArrayRef<int64_t> source,
                         ArrayRef<int64_t> permutation) {
  auto dimensions = [&](ArrayRef<int64_t> order) {
    SmallVector<int64_t> dims;
    llvm::copy_if(order, std::back_inserter(dims),
                  [&](int64_t dim) { return shape[dim] != 1; });
    return dims;
  };
  // Which dimension of the operation each of the copy's operand is.
  SmallVector<int64_t> own = dimensions({0, 1, 2, 3}), label(source.size(), -1);
  for (auto [dim, size] : llvm::enumerate(source))
    if (size != 1) {
      label[dim] = own.front();
      own.erase(own.begin());
    }
  SmallVector<int64_t> order;
  for (int64_t dim : permutation)
    if (label[dim] >= 0)
      order.push_back(label[dim]);
  return order == dimensions({0, 2, 1, 3});
}

static bool canBeTokenMajor(Operation *op) {
  if (auto attend = dyn_cast<AttendOp>(op))
    return !attend.getTokenMajor() && attend.canBeTokenMajor();
  return !cast<MergeOp>(op).getTokenMajor();
}

/// The operation again, with an out in token-major order.
static Value storeTokenMajor(Operation *op) {
  OpBuilder b(op);
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  SmallVector<int64_t> shape(type.getShape());
  std::swap(shape[1], shape[2]);
  auto fresh = RankedTensorType::get(shape, type.getElementType());
  auto style = cast<DestinationStyleOpInterface>(op);
  style.getDpsInitOperand(0)->set(
      tensor::EmptyOp::create(b, op->getLoc(), shape, type.getElementType()));
  op->getResult(0).setType(fresh);
  if (auto attend = dyn_cast<AttendOp>(op))
    attend.setTokenMajor(true);
  else
    cast<MergeOp>(op).setTokenMajor(true);
  return op->getResult(0);
}

namespace {
struct FoldTransposePass
    : msa_gpu::impl::MSAGPUFoldTransposeBase<FoldTransposePass> {
  using Base::Base;

  void fold(linalg::LinalgOp copy) {
    std::optional<SmallVector<int64_t>> permutation = permutationOf(copy);
    if (!permutation || !copy.getDpsInits()[0].getDefiningOp<tensor::EmptyOp>())
      return;
    Value source = copy.getDpsInputs()[0];
    OpResult out = outOf(source);
    auto type = cast<RankedTensorType>(copy->getResult(0).getType());
    if (!out || !canBeTokenMajor(out.getOwner()))
      return;
    auto outType = cast<RankedTensorType>(out.getType());
    if (!isTokenMajor(outType.getShape(),
                      cast<RankedTensorType>(source.getType()).getShape(),
                      *permutation))
      return;
    OpBuilder b(copy);
    Value value = storeTokenMajor(out.getOwner());
    SmallVector<Operation *> unused;
    for (Value v = source; v != out; v = unused.back()->getOperand(0))
      unused.push_back(v.getDefiningOp());
    copy->getResult(0).replaceAllUsesWith(
        moveUnits(b, copy.getLoc(), value, type));
    copy->erase();
    for (Operation *reshape : unused)
      reshape->erase();
    ++numFolded;
  }

  void runOnOperation() override {
    SmallVector<linalg::LinalgOp> copies;
    getOperation()->walk([&](linalg::LinalgOp op) { copies.push_back(op); });
    for (linalg::LinalgOp op : copies)
      fold(op);
  }
};
} // namespace
