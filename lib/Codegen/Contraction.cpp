//===- Contraction.cpp - Products that have fast loops --------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Codegen/Contraction.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::msa;

std::optional<Contraction> mlir::msa::matchContraction(linalg::LinalgOp op) {
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 ||
      op.getNumReductionLoops() != 1 || !linalg::isaContractionOpInterface(op))
    return std::nullopt;
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  for (AffineMap map : maps)
    if (!map.isProjectedPermutation())
      return std::nullopt;
  if (maps[2].getNumResults() == 0)
    return std::nullopt;
  Contraction c;
  SmallVector<unsigned> reductions;
  op.getReductionDims(reductions);
  c.k = reductions.front();
  c.n = maps[2].getDimPosition(maps[2].getNumResults() - 1);
  bool first = maps[0].isFunctionOfDim(c.n);
  bool second = maps[1].isFunctionOfDim(c.n);
  if (first == second)
    return std::nullopt;
  c.columns = first ? 0 : 1;
  c.rows = 1 - c.columns;
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  for (AffineExpr expr : maps[2].getResults().drop_back()) {
    int64_t dim = cast<AffineDimExpr>(expr).getPosition();
    // Loops that the columns depend on too are batch loops.
    if (sizes[dim] != 1 && !maps[c.columns].isFunctionOfDim(dim))
      c.m = dim;
  }
  return c;
}

Operation *mlir::msa::combinerOf(linalg::GenericOp op) {
  Block *body = op.getBody();
  Value acc = body->getArguments().back();
  Operation *last = body->getTerminator()->getOperand(0).getDefiningOp();
  bool combines = last && last->getBlock() == body && acc.hasOneUse() &&
                  *acc.user_begin() == last &&
                  isa<arith::AddFOp, arith::MaxNumFOp, arith::MaximumFOp>(last);
  return combines ? last : nullptr;
}

bool mlir::msa::joinsInWarps(linalg::GenericOp op) {
  Operation *last = combinerOf(op);
  return isa_and_nonnull<arith::AddFOp, arith::MaxNumFOp>(last) &&
         last->getResult(0).getType().isF32();
}
