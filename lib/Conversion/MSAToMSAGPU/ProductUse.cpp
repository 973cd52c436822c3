//===- ProductUse.cpp - What reads a scheduled product ----------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ProductUse.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::msa_gpu;

/// Letters behind a reshape; none where it does more than add or drop ones.
static std::string behind(Operation *reshape, StringRef letters) {
  auto from = cast<RankedTensorType>(reshape->getOperand(0).getType());
  auto to = cast<RankedTensorType>(reshape->getResult(0).getType());
  bool expands = isa<tensor::ExpandShapeOp>(reshape);
  auto groups =
      expands
          ? cast<tensor::ExpandShapeOp>(reshape).getReassociationIndices()
          : cast<tensor::CollapseShapeOp>(reshape).getReassociationIndices();
  ArrayRef<int64_t> fine = (expands ? to : from).getShape();
  std::string result(to.getRank(), '1');
  for (auto [coarse, group] : llvm::enumerate(groups)) {
    int64_t wide = -1; // the one dimension of the group that is not 1
    for (int64_t dim : group) {
      if (fine[dim] == 1)
        continue;
      if (wide >= 0)
        return "";
      wide = dim;
    }
    if (wide >= 0)
      result[expands ? wide : coarse] = letters[expands ? coarse : wide];
  }
  return result;
}

ProductUse msa_gpu::productUse(Value value) {
  ProductUse use;
  Operation *def = value.getDefiningOp();
  if (isa_and_nonnull<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(def)) {
    use.reshape = def;
    def = def->getOperand(0).getDefiningOp();
  }
  auto gemm = dyn_cast_or_null<GemmOp>(def);
  if (!gemm || gemm.hasEpilogue())
    return {};
  use.letters = gemm.letters(2);
  if (use.reshape)
    use.letters = behind(use.reshape, use.letters);
  if (!use.letters.empty())
    use.gemm = gemm;
  return use;
}

Value ProductUse::reshaped(OpBuilder &b, Value result) const {
  if (!reshape)
    return result;
  Operation *copy = b.clone(*reshape);
  copy->setOperand(0, result);
  auto type = cast<RankedTensorType>(copy->getResult(0).getType());
  copy->getResult(0).setType(
      type.clone(getElementTypeOrSelf(result.getType())));
  return copy->getResult(0);
}
