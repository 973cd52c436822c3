//===- EpilogueOps.cpp - Constraints of what sums meet ----------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"

using namespace mlir;
using namespace mlir::msa_gpu;

LogicalResult ReadOp::verify() {
  auto buffer = cast<MemRefType>(getBuffer().getType());
  auto rows = dyn_cast<RowsType>(getResult().getType());
  Type element = rows ? rows.getElement()
                      : cast<FragmentType>(getResult().getType()).getElement();
  if (!buffer.hasStaticShape() || !buffer.getLayout().isIdentity())
    return emitOpError("(G8) reads a dense static buffer, not ") << buffer;
  if (!element.isF32() || (rows && rows.getPartial()))
    return emitOpError("(G8) gives whole f32, not ") << getResult().getType();
  for (int64_t number : {getOffset(), getRowStride(), getHeadStride(),
                         getBatchStride(), getWrap()})
    if (number < 0 || (!rows && number % 2))
      return emitOpError("(G8) has places that are even and not negative, got ")
             << number;
  for (int64_t size : {getRows(), getColumns()})
    if (size < 1 || size > INT32_MAX)
      return emitOpError("(G8) has sizes from 1 to 2^31 - 1, got ") << size;
  if (!rows && (getWrap() % 8 || getColumns() % 8))
    return emitOpError("(G8) has multiples of 8 columns, got ")
           << getColumns() << " and " << getWrap();
  return success();
}

LogicalResult RotateOp::verify() {
  int64_t group = getGroup();
  if (!getFragment().getType().getElement().isF32() || group < 16 ||
      group % 16 || getFragment().getType().getColumns() % group)
    return emitOpError("(G9) rotates groups of 16 n columns of f32, not ")
           << group << " of " << getFragment().getType();
  return success();
}
