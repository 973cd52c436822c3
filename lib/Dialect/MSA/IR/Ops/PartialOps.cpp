//===- PartialOps.cpp - finalize and merge --------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifyUtils.h"

using namespace mlir;
using namespace mlir::msa;

LogicalResult FinalizeOp::verify() {
  RankedTensorType acc = tensorType(getAcc()), max = tensorType(getMax());
  unsigned rank = acc.getRank();
  Type f = acc.getElementType();
  if (rank < 2 || !(f.isF32() || f.isF64()))
    return emitOpError()
           << "(C1) acc must have rank 2 or more and f32 or f64, got " << acc;
  std::pair<StringRef, Value> all[] = {{"acc", getAcc()},
                                       {"max", getMax()},
                                       {"sum", getSum()},
                                       {"out", getOut()},
                                       {"lse", getLse()}};
  for (auto [name, value] : all)
    if (failed(verifyShape(*this, "C1", name, value.getType())))
      return failure();
  SmallVector<int64_t> out(acc.getShape());
  if (getTransposed())
    std::swap(out[rank - 1], out[rank - 2]);
  SmallVector<int64_t> rows(ArrayRef<int64_t>(out).drop_back());
  if (max.getElementType() != f || tensorType(getSum()).getElementType() != f)
    return emitOpError() << "(C1) max and sum must have element type " << f;
  if (failed(verifyExactShape(*this, "C1", "max", max, rows)) ||
      failed(verifyExactShape(*this, "C1", "sum", getSum().getType(), rows)) ||
      failed(verifyExactShape(*this, "C2", "out", getOut().getType(), out)))
    return failure();
  if (getLse().getType() != max)
    return emitOpError() << "(C2) lse must have the type of max " << max
                         << ", got " << getLse().getType();
  return success();
}

LogicalResult MergeOp::verify() {
  RankedTensorType a = tensorType(getA()), lse = tensorType(getALse());
  if (a.getRank() < 2)
    return emitOpError() << "(C1) a must have rank 2 or more, got " << a;
  if (failed(verifyShape(*this, "C1", "a", a)) ||
      failed(verifyExactShape(*this, "C1", "a_lse", lse,
                              a.getShape().drop_back())))
    return failure();
  Type f = lse.getElementType();
  if (!f.isF32() && !f.isF64())
    return emitOpError() << "(C1) a_lse must be f32 or f64, got " << lse;
  if (a.getElementType().isF64() && !f.isF64())
    return emitOpError("(C1) f64 operands need an f64 lse");
  return success();
}
