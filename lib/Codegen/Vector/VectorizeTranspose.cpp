//===- VectorizeTranspose.cpp - Square blocks turned in registers ---------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScalarBody.h"
#include "VectorizeTiles.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::msa;

// An elementwise op whose one transposed input runs along a loop `row` in its
// last dimension while the output runs along `lane`: both dimensions must be
// multiples of the vector width. All other inputs are read along `lane`.
LogicalResult mlir::msa::vectorizeTranspose(OpBuilder &b, linalg::GenericOp op,
                                            const VectorShape &shape) {
  Location loc = op.getLoc();
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  int64_t w = shape.width;
  if (op.getNumReductionLoops() != 0 || op.getNumDpsInits() != 1 ||
      llvm::any_of(sizes, ShapedType::isDynamic) ||
      !maps.back().isProjectedPermutation() || maps.back().getNumResults() < 2)
    return failure();
  AffineMap out = maps.back();
  int64_t lane = out.getDimPosition(out.getNumResults() - 1);
  Value outBuffer = op.getDpsInits()[0];
  if (!isLaneReadable(out, lane, outBuffer) || !isLaneBody(op, lane))
    return failure();
  OpOperand *turned = nullptr;
  int64_t row = -1;
  for (OpOperand *input : op.getDpsInputOperands()) {
    if (!isa<MemRefType>(input->get().getType()))
      continue;
    AffineMap map = op.getMatchingIndexingMap(input);
    if (isLaneReadable(map, lane, input->get()))
      continue;
    if (turned || map.getNumResults() == 0)
      return failure();
    auto last = dyn_cast<AffineDimExpr>(map.getResults().back());
    if (!last || !isLaneReadable(map, last.getPosition(), input->get()))
      return failure();
    turned = input;
    row = last.getPosition();
  }
  if (!turned || row == lane || sizes[lane] % w != 0 || sizes[row] % w != 0)
    return failure();
  AffineMap turnedMap = op.getMatchingIndexingMap(turned);
  Type element = cast<MemRefType>(turned->get().getType()).getElementType();
  if (!element.isF32())
    return failure();

  SmallVector<int64_t> outer;
  for (int64_t d = 0, e = sizes.size(); d < e; ++d)
    if (d != lane && d != row)
      outer.push_back(d);
  SmallVector<Value> ivs(sizes.size());
  auto squareType = VectorType::get({w, w}, element);
  auto offset = [&](Value start, int64_t by) -> Value {
    return arith::AddIOp::create(b, loc, start, constantIndex(b, loc, by));
  };
  auto steps = [&](int64_t loop, llvm::function_ref<void()> body) {
    auto op = scf::ForOp::create(b, loc, constantIndex(b, loc, 0),
                                 constantIndex(b, loc, sizes[loop]),
                                 constantIndex(b, loc, w));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(op.getBody());
    ivs[loop] = op.getInductionVar();
    body();
  };
  loopNest(b, loc, sizes, outer, ivs, [&] {
    steps(row, [&] {
      steps(lane, [&] {
        Value square =
            arith::ConstantOp::create(b, loc, b.getZeroAttr(squareType));
        for (int64_t i = 0; i < w; ++i) {
          Place place{ivs, row, w};
          place.ivs[lane] = offset(ivs[lane], i);
          Value line = loadAt(b, loc, turned->get(), turnedMap, place);
          square = vector::InsertOp::create(b, loc, line, square, i);
        }
        square = vector::TransposeOp::create(b, loc, square,
                                             ArrayRef<int64_t>{1, 0});
        for (int64_t i = 0; i < w; ++i) {
          Place place{ivs, lane, w};
          place.ivs[row] = offset(ivs[row], i);
          SmallVector<Value> arguments;
          for (OpOperand &operand : op->getOpOperands())
            arguments.push_back(
                &operand == turned
                    ? Value(vector::ExtractOp::create(b, loc, square, i))
                    : loadAt(b, loc, operand.get(),
                             op.getMatchingIndexingMap(&operand), place));
          storeAt(b, loc, emitBody(b, op, arguments, place)[0], outBuffer, out,
                  place);
        }
      });
    });
  });
  return success();
}
