//===- MergeOp.cpp - Constraints of joined attention -------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"

using namespace mlir;
using namespace mlir::msa_gpu;

LogicalResult MergeOp::verify() {
  bool tensors = isa<RankedTensorType>(getPartial().getType());
  for (Type type : getOperandTypes())
    if (isa<RankedTensorType>(type) != tensors)
      return emitOpError("(J1) takes tensors or memrefs, not both");
  if (getNumResults() != (tensors ? 2 : 0))
    return emitOpError("(J1) has two results on tensors, none on memrefs");
  for (auto [result, init] : llvm::zip(getResultTypes(), getDpsInitsMutable()))
    if (result != init.get().getType())
      return emitOpError("(J1) has results of the types of its outs");

  for (Value value : getOperands())
    for (int64_t size : AttendOp::shapeOf(value))
      if (size < 1 || size >= (int64_t(1) << 31))
        return emitOpError("(J2) has static sizes from 1 to 2^31 - 1");
  SmallVector<int64_t> shape(AttendOp::shapeOf(getOut()));
  if (getTokenMajor())
    std::swap(shape[1], shape[2]);
  ArrayRef<int64_t> out = shape, partial = AttendOp::shapeOf(getPartial());
  if (AttendOp::shapeOf(getLse()) != out.drop_back() ||
      AttendOp::shapeOf(getPartialLse()) != partial.drop_back())
    return emitOpError("(J2) has an lse of the wrong shape");
  if (partial.drop_front() != out.drop_front() || partial[0] % out[0] ||
      getSplits() > 64)
    return emitOpError("(J2) has partial results of the wrong shape ")
           << getPartial().getType() << " for " << getOut().getType();
  return success();
}
