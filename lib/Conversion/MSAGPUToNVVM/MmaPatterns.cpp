//===- MmaPatterns.cpp - Products of warps -----------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A fragment of 64 rows of a warpgroup is, in each of its warps, 16 rows of
// products of 16 x 8; an operand is the left side of those. With 128 rows a
// warp has two of each, and uses twice what it reads of the right side. Tiles
// are read in blocks of 16 x 16: lane l points at row l mod 16 and at the left
// 8 columns, 16 bytes, or from lane 16 on at the right ones. Four registers
// come of it, in the order upper left, lower left, upper right, lower right,
// which is that of a left side. As a right side, rows of a K-major tile (B^T,
// as keys are) are columns: registers 0 and 2 are the depth of the first eight
// columns, 1 and 3 of the others. Of a tile whose rows are the depth (B, as
// values are) transposed registers 0 and 1 are, and 2 and 3.
//
// The swizzle flips bits 4 to 6 of an address by the row modulo 8. The pair of
// a 16-column block within its panel only changes bits 5 and 6 of what lane l
// adds, so each of the four has one address, and all else is a constant.
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::msa_gpu;

static constexpr int64_t kRow = 128;

namespace {

/// Reads blocks of 16 x 16 of a tile.
class BlockReader {
public:
  BlockReader(Ptx &ptx, const Frame &frame, Value tile, TileType type)
      : ptx(ptx), pitch(type.getPitch()) {
    // From the thread's number read again: addresses do not stay in registers
    // while weights are computed.
    Value lane = rereadThread(ptx, frame).lane;
    Value chunk = arith::XOrIOp::create(ptx.b, ptx.loc, ptx.bits(lane, 4, 1),
                                        ptx.bits(lane, 0, 7));
    Value own =
        ptx.add(ptx.mul(ptx.bits(lane, 0, 15), kRow), ptx.mul(chunk, 16));
    for (int64_t i = 0; i < 4; ++i)
      addresses[i] = ptx.add(
          tile, i ? arith::XOrIOp::create(ptx.b, ptx.loc, own, ptx.i32(32 * i))
                        .getResult()
                  : own);
  }

  /// The block from this row and column on, multiples of 16.
  SmallVector<Value> read(int64_t row, int64_t column, bool transposed) {
    return ptx.loadMatrices(addresses[column / 16 % 4],
                            column / 64 * pitch * kRow + row * kRow,
                            transposed);
  }

private:
  Ptx &ptx;
  int64_t pitch;
  Value addresses[4];
};

struct MmaProductPattern : TilePattern<ProductOp> {
  using TilePattern::TilePattern;
  LogicalResult
  matchAndRewrite(ProductOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Ptx ptx(rewriter, op.getLoc());
    TileType b = op.getB().getType();
    bool transposed = op.getTransposed();
    int64_t columns = op.getResult().getType().getColumns(),
            depth = transposed ? b.getColumns() : b.getRows();
    if (columns % 16)
      return rewriter.notifyMatchFailure(op,
                                         "columns are read in blocks of 16");
    BlockReader right(ptx, frame, adaptor.getB().front(), b);
    std::optional<BlockReader> left;
    if (auto a = dyn_cast<TileType>(op.getA().getType()))
      left.emplace(ptx, frame,
                   ptx.add(adaptor.getA().front(),
                           ptx.mul(rereadThread(ptx, frame).warp, 16 * kRow)),
                   a);
    SmallVector<Value> acc(adaptor.getAcc());
    int64_t halves = op.getResult().getType().getRows() / 64,
            each = columns / 2;
    if (acc.empty())
      acc.assign(halves * each, arith::ConstantFloatOp::create(
                                    rewriter, op.getLoc(),
                                    rewriter.getF32Type(), APFloat(0.0f)));
    // A block is read while the one before it is multiplied.
    auto readLeft = [&](int64_t k) {
      SmallVector<SmallVector<Value>> a;
      for (int64_t h = 0; h < halves; ++h)
        a.push_back(left ? left->read(64 * h, k, false)
                         : SmallVector<Value>(
                               adaptor.getA().slice(h * depth / 4 + k / 4, 4)));
      return a;
    };
    auto readRight = [&](int64_t k, int64_t n) {
      return transposed ? right.read(n, k, false) : right.read(k, n, true);
    };
    SmallVector<SmallVector<Value>> a = readLeft(0), nextA = a;
    SmallVector<Value> block = readRight(0, 0), nextBlock;
    for (int64_t k = 0; k < depth; k += 16) {
      for (int64_t n = 0; n < columns; n += 16) {
        if (n + 16 < columns) {
          nextBlock = readRight(k, n + 16);
        } else if (k + 16 < depth) {
          nextA = readLeft(k + 16);
          nextBlock = readRight(k + 16, 0);
        }
        for (int64_t side = 0; side < 2; ++side) {
          Value pair[2] = {transposed ? block[side] : block[2 * side],
                           transposed ? block[2 + side] : block[2 * side + 1]};
          for (int64_t h = 0; h < halves; ++h) {
            auto *at = acc.begin() + h * each + (n + 8 * side) / 2;
            SmallVector<Value> sums =
                ptx.product(ArrayRef<Value>(at, 4), a[h], pair, b.getElement());
            llvm::copy(sums, at);
          }
        }
        block = nextBlock;
      }
      a = nextA;
    }
    rewriter.replaceOpWithMultiple(op, {acc});
    return success();
  }
};

} // namespace

void msa_gpu::addMmaPatterns(RewritePatternSet &patterns,
                             const TypeConverter &converter,
                             const Frame &frame) {
  patterns.add<MmaProductPattern>(converter, patterns.getContext(), frame);
}
