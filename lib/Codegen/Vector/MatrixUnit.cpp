//===- MatrixUnit.cpp - Products of pairs on AMX tiles --------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// C[m, n] += A[m, k, p] B[k, n, p], p of 2, bf16 with sums in f32: what
// `tdpbf16ps` computes on tiles of 16 rows of 64 bytes (Intel SDM, TDPBF16PS).
// A block of 2 x 2 tiles of C stays in tile registers over the whole reduction,
// which is unrolled: 4 of the 8 registers are sums, and each tile of A and B is
// used twice. Where two columns of tiles of B are short they stay in 4
// registers instead, and C is taken a row of tiles at a time: the unit then
// multiplies one row while another is stored. Sizes are multiples of whole
// tiles: one of another shape would take a register of its own.
//
//===----------------------------------------------------------------------===//

#include "Producer.h"
#include "VectorizeTiles.h"

#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::msa;

namespace {

constexpr int64_t kRows = 16;    ///< Rows of a tile, and columns of f32.
constexpr int64_t kPairs = 16;   ///< Pairs of bf16 in a row.
constexpr int64_t kResident = 4; ///< Tiles of B that may stay in registers.
constexpr int64_t kUnrolled = 8; ///< Rows of tiles, all of which are unrolled.

class PairProduct {
public:
  PairProduct(OpBuilder &b, linalg::LinalgOp op)
      : b(b), op(op), loc(op.getLoc()) {}
  LogicalResult match(SmallVectorImpl<Operation *> &absorbed);
  void emit();

private:
  void emitBlock(Value row, int64_t rows, Value column, int64_t columns);
  void emitResident(Value column, int64_t columns);
  Value loadSum(Value row, Value column);
  Value at(Value start, int64_t by) {
    return by == 0 ? start
                   : Value(arith::AddIOp::create(b, loc, start,
                                                 constantIndex(b, loc, by)));
  }
  Value loadPairs(Value buffer, ArrayRef<Value> indices, int64_t stride);

  OpBuilder &b;
  linalg::LinalgOp op;
  Location loc;
  Value left, right, out;
  int64_t m = 0, n = 0, k = 0;
  int64_t leftStride = 0, rightStride = 0, outStride = 0; ///< Of rows.
  bool fromZero = false;
};

} // namespace

/// out + ext(x) * ext(y).
static bool isProductBody(linalg::GenericOp op) {
  Block &body = op.getRegion().front();
  auto add = body.getTerminator()->getOperand(0).getDefiningOp<arith::AddFOp>();
  if (!add || body.getOperations().size() != 5 ||
      add.getLhs() != body.getArgument(2))
    return false;
  auto mul = add.getRhs().getDefiningOp<arith::MulFOp>();
  if (!mul)
    return false;
  auto x = mul.getLhs().getDefiningOp<arith::ExtFOp>();
  auto y = mul.getRhs().getDefiningOp<arith::ExtFOp>();
  return x && y && x.getIn() == body.getArgument(0) &&
         y.getIn() == body.getArgument(1);
}

LogicalResult PairProduct::match(SmallVectorImpl<Operation *> &absorbed) {
  auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
  if (!generic || op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 ||
      op.getNumLoops() != 4 || !isProductBody(generic))
    return failure();
  MLIRContext *context = op.getContext();
  auto d = [&](unsigned i) { return getAffineDimExpr(i, context); };
  SmallVector<AffineMap> wanted = {
      AffineMap::get(4, 0, {d(0), d(2), d(3)}, context),
      AffineMap::get(4, 0, {d(2), d(1), d(3)}, context),
      AffineMap::get(4, 0, {d(0), d(1)}, context)};
  if (op.getIndexingMapsArray() != wanted)
    return failure();
  left = op.getDpsInputOperand(0)->get();
  right = op.getDpsInputOperand(1)->get();
  out = op.getDpsInits()[0];
  auto leftType = cast<MemRefType>(left.getType());
  auto rightType = cast<MemRefType>(right.getType());
  auto outType = cast<MemRefType>(out.getType());
  if (!leftType.hasStaticShape() || !rightType.hasStaticShape() ||
      !outType.hasStaticShape() || !leftType.getElementType().isBF16() ||
      !rightType.getElementType().isBF16() ||
      !outType.getElementType().isF32() || leftType.getDimSize(2) != 2)
    return failure();
  m = outType.getDimSize(0);
  n = outType.getDimSize(1);
  k = leftType.getDimSize(1);
  if (m % kRows != 0 || n % kRows != 0 || k % kPairs != 0)
    return failure();
  // 0 where rows have gaps.
  leftStride = rowStride(leftType).value_or(0);
  rightStride = rowStride(rightType).value_or(0);
  outStride = rowStride(outType).value_or(0);
  for (int64_t stride : {leftStride, rightStride, outStride})
    if (stride == 0 || ShapedType::isDynamic(stride))
      return failure();
  auto fill = dyn_cast_or_null<linalg::FillOp>(findProducer(op, out));
  if (fill && matchPattern(fill.getInputs()[0], m_AnyZeroFloat())) {
    fromZero = true;
    absorbed.push_back(fill);
  }
  return success();
}

/// A tile of pairs from the buffer's element at indices on.
Value PairProduct::loadPairs(Value buffer, ArrayRef<Value> indices,
                             int64_t stride) {
  auto type = amx::TileType::get({kRows, 2 * kPairs}, b.getBF16Type());
  return amx::TileLoadOp::create(b, loc, type, buffer, ValueRange(indices),
                                 constantIndex(b, loc, stride));
}

/// The tile of C that a sum starts from.
Value PairProduct::loadSum(Value row, Value column) {
  auto type = amx::TileType::get({kRows, kRows}, b.getF32Type());
  if (fromZero)
    return amx::TileZeroOp::create(b, loc, type);
  return amx::TileLoadOp::create(b, loc, type, out, ValueRange{row, column},
                                 constantIndex(b, loc, outStride));
}

/// All rows of columns whose tiles of B stay in registers.
void PairProduct::emitResident(Value column, int64_t columns) {
  Value zero = constantIndex(b, loc, 0),
        step = constantIndex(b, loc, outStride);
  SmallVector<Value> columnTiles;
  for (int64_t j = 0; j < columns; j += kRows)
    columnTiles.push_back(at(column, j));
  SmallVector<SmallVector<Value>> rights;
  for (int64_t c = 0; c < k; c += kPairs) {
    rights.emplace_back();
    for (Value j : columnTiles)
      rights.back().push_back(
          loadPairs(right, {constantIndex(b, loc, c), j, zero}, rightStride));
  }
  for (int64_t i = 0; i < m; i += kRows) {
    Value row = constantIndex(b, loc, i);
    SmallVector<Value> sums;
    for (Value j : columnTiles)
      sums.push_back(loadSum(row, j));
    for (auto [c, tiles] : llvm::enumerate(rights)) {
      Value depth = constantIndex(b, loc, c * kPairs);
      Value a = loadPairs(left, {row, depth, zero}, leftStride);
      for (auto [sum, tile] : llvm::zip(sums, tiles))
        sum = amx::TileMulFOp::create(b, loc, sum.getType(), a, tile, sum);
    }
    for (auto [sum, j] : llvm::zip(sums, columnTiles))
      amx::TileStoreOp::create(b, loc, out, ValueRange{row, j}, sum, step);
  }
}

/// Rows and columns are at most two tiles.
void PairProduct::emitBlock(Value row, int64_t rows, Value column,
                            int64_t columns) {
  Value zero = constantIndex(b, loc, 0),
        step = constantIndex(b, loc, outStride);
  struct Sum {
    Value row, column, tile;
  };
  SmallVector<Value> rowTiles, columnTiles;
  for (int64_t i = 0; i < rows; i += kRows)
    rowTiles.push_back(at(row, i));
  for (int64_t j = 0; j < columns; j += kRows)
    columnTiles.push_back(at(column, j));
  SmallVector<Sum> sums;
  for (Value i : rowTiles)
    for (Value j : columnTiles)
      sums.push_back({i, j, loadSum(i, j)});
  for (int64_t c = 0; c < k; c += kPairs) {
    Value depth = constantIndex(b, loc, c);
    SmallVector<Value> rights;
    for (Value j : columnTiles)
      rights.push_back(loadPairs(right, {depth, j, zero}, rightStride));
    for (auto [r, i] : llvm::enumerate(rowTiles)) {
      Value a = loadPairs(left, {i, depth, zero}, leftStride);
      for (auto [s, columnTile] : llvm::enumerate(rights)) {
        Sum &sum = sums[r * rights.size() + s];
        sum.tile = amx::TileMulFOp::create(b, loc, sum.tile.getType(), a,
                                           columnTile, sum.tile);
      }
    }
  }
  for (Sum &sum : sums)
    amx::TileStoreOp::create(b, loc, out, ValueRange{sum.row, sum.column},
                             sum.tile, step);
}

void PairProduct::emit() {
  // Whole blocks in a loop, what is left after it.
  auto cover = [&](int64_t size, auto body) {
    int64_t block = 2 * kRows, whole = size / block * block;
    if (whole > block) {
      auto loop = scf::ForOp::create(b, loc, constantIndex(b, loc, 0),
                                     constantIndex(b, loc, whole),
                                     constantIndex(b, loc, block));
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(loop.getBody());
      body(loop.getInductionVar(), block);
    } else if (whole == block) {
      body(constantIndex(b, loc, 0), block);
    }
    if (whole != size)
      body(constantIndex(b, loc, whole), size - whole);
  };
  bool isShort = k / kPairs * 2 <= kResident && m / kRows <= kUnrolled;
  cover(n, [&](Value column, int64_t columns) {
    if (isShort)
      return emitResident(column, columns);
    cover(m, [&](Value row, int64_t rows) {
      emitBlock(row, rows, column, columns);
    });
  });
}

LogicalResult mlir::msa::matrixProduct(OpBuilder &b, linalg::LinalgOp op,
                                       SmallVectorImpl<Operation *> &absorbed) {
  PairProduct product(b, op);
  if (failed(product.match(absorbed)))
    return failure();
  product.emit();
  return success();
}
