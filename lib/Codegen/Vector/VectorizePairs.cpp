//===- VectorizePairs.cpp - 16-bit data for the products of pairs ---------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What stands between buffers and MatrixUnit.cpp: matrices of 16-bit elements
// turned, their rows or columns joined in pairs. A vector of 16 lanes of 32 bits
// holds 16 pairs; squares of 16 x 16 of them are turned in registers.
//
//===----------------------------------------------------------------------===//

#include "VectorizeTiles.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::msa;

static constexpr int64_t kLanes = 16;

namespace {
class PairEmitter {
public:
  PairEmitter(OpBuilder &b, linalg::GenericOp op)
      : b(b), op(op), loc(op.getLoc()) {}
  LogicalResult run();

private:
  bool reads(ArrayRef<unsigned> dims);
  bool copies();
  Value offset(Value start, int64_t by) {
    return arith::AddIOp::create(b, loc, start, constantIndex(b, loc, by));
  }
  /// `body` at every multiple of `step` below size.
  void steps(int64_t size, int64_t step,
             llvm::function_ref<void(Value)> body) {
    auto loop = scf::ForOp::create(b, loc, constantIndex(b, loc, 0),
                                   constantIndex(b, loc, size),
                                   constantIndex(b, loc, step));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    body(loop.getInductionVar());
  }
  Value load(ArrayRef<Value> at, int64_t count, Type element) {
    return vector::LoadOp::create(b, loc, VectorType::get({count}, element), in,
                                  ValueRange(at));
  }
  void store(Value value, ArrayRef<Value> at) {
    vector::StoreOp::create(b, loc, value, out, ValueRange(at));
  }
  Value cast(Value value, int64_t count, Type element) {
    return vector::BitCastOp::create(b, loc, VectorType::get({count}, element),
                                     value);
  }
  Value shuffle(Value x, Value y, ArrayRef<int64_t> mask) {
    return vector::ShuffleOp::create(b, loc, x, y, mask);
  }
  void transpose(SmallVectorImpl<Value> &square);
  void turnPairs();
  void interleave();
  void turn();

  OpBuilder &b;
  linalg::GenericOp op;
  Location loc;
  Value in, out;
  SmallVector<int64_t> sizes;
};
} // namespace

/// Whether the one input's map is (d0, ..)[dims].
bool PairEmitter::reads(ArrayRef<unsigned> dims) {
  AffineMap map = op.getIndexingMapsArray()[0];
  return map.getNumResults() == dims.size() &&
         llvm::all_of(llvm::zip(map.getResults(), dims), [](auto pair) {
           auto d = dyn_cast<AffineDimExpr>(std::get<0>(pair));
           return d && d.getPosition() == std::get<1>(pair);
         });
}

bool PairEmitter::copies() {
  Block &body = op.getRegion().front();
  return body.getOperations().size() == 1 &&
         body.getTerminator()->getOperand(0) == body.getArgument(0);
}

/// Rows of 16 lanes to columns: lanes swap by halves, quarters, .. (the step's
/// bit of row and lane number is exchanged).
void PairEmitter::transpose(SmallVectorImpl<Value> &square) {
  for (int64_t step = 1; step < kLanes; step *= 2) {
    SmallVector<int64_t> low, high;
    for (int64_t l = 0; l < kLanes; ++l) {
      bool set = l & step;
      low.push_back(set ? kLanes + l - step : l);
      high.push_back(set ? kLanes + l : l + step);
    }
    for (int64_t r = 0; r < kLanes; ++r)
      if (!(r & step)) {
        Value x = square[r], y = square[r + step];
        square[r] = shuffle(x, y, low);
        square[r + step] = shuffle(x, y, high);
      }
  }
}

/// out[a, i, p] = in[i, a, p].
void PairEmitter::turnPairs() {
  Type i32 = b.getI32Type();
  Type element = ::mlir::cast<MemRefType>(in.getType()).getElementType();
  Value zero = constantIndex(b, loc, 0);
  steps(sizes[0], kLanes, [&](Value a) {
    steps(sizes[1], kLanes, [&](Value i) {
      SmallVector<Value> square;
      for (int64_t r = 0; r < kLanes; ++r)
        square.push_back(
            cast(load({offset(i, r), a, zero}, 2 * kLanes, element), kLanes,
                 i32));
      transpose(square);
      for (int64_t r = 0; r < kLanes; ++r)
        store(cast(square[r], 2 * kLanes, element), {offset(a, r), i, zero});
    });
  });
}

/// out[a, i, p] = bf16(in[a, p, i]), in of f32.
void PairEmitter::interleave() {
  Type f32 = b.getF32Type(), bf16 = b.getBF16Type();
  Value zero = constantIndex(b, loc, 0), one = constantIndex(b, loc, 1);
  auto narrow = VectorType::get({kLanes}, bf16);
  steps(sizes[0], 1, [&](Value a) {
    steps(sizes[1], kLanes, [&](Value i) {
      Value x = load({a, zero, i}, kLanes, f32);
      Value y = load({a, one, i}, kLanes, f32);
      x = arith::TruncFOp::create(b, loc, narrow, x);
      y = arith::TruncFOp::create(b, loc, narrow, y);
      store(vector::InterleaveOp::create(b, loc, x, y), {a, i, zero});
    });
  });
}

/// out[c, j] = in[j, c] of 16-bit elements: squares of pairs (c, c + 1), whose
/// even and odd elements are the rows of out.
void PairEmitter::turn() {
  Type i16 = b.getI16Type(), i32 = b.getI32Type();
  Type element = ::mlir::cast<MemRefType>(in.getType()).getElementType();
  SmallVector<int64_t> even, odd;
  for (int64_t l = 0; l < 2 * kLanes; ++l) {
    even.push_back(2 * l);
    odd.push_back(2 * l + 1);
  }
  steps(sizes[0], 2 * kLanes, [&](Value c) {
    steps(sizes[1], 2 * kLanes, [&](Value j) {
      SmallVector<Value> squares[2];
      for (int64_t half = 0; half < 2; ++half) {
        for (int64_t r = 0; r < kLanes; ++r)
          squares[half].push_back(cast(
              load({offset(j, half * kLanes + r), c}, 2 * kLanes, element),
              kLanes, i32));
        transpose(squares[half]);
      }
      for (int64_t r = 0; r < kLanes; ++r) {
        Value x = cast(squares[0][r], 2 * kLanes, i16);
        Value y = cast(squares[1][r], 2 * kLanes, i16);
        for (int64_t odds = 0; odds < 2; ++odds)
          store(cast(shuffle(x, y, odds ? odd : even), 2 * kLanes, element),
                {offset(c, 2 * r + odds), j});
      }
    });
  });
}

LogicalResult PairEmitter::run() {
  sizes = op.getStaticLoopRanges();
  if (op.getNumDpsInputs() != 1 || op.getNumDpsInits() != 1 ||
      op.getNumReductionLoops() != 0 ||
      !op.getIndexingMapsArray().back().isIdentity() ||
      llvm::any_of(sizes, ShapedType::isDynamic))
    return failure();
  in = op.getDpsInputOperand(0)->get();
  out = op.getDpsInits()[0];
  auto inType = dyn_cast<MemRefType>(in.getType());
  auto outType = dyn_cast<MemRefType>(out.getType());
  if (!inType || !outType)
    return failure();
  // Pairs, and rows, must be contiguous.
  for (MemRefType type : {inType, outType}) {
    SmallVector<int64_t> strides;
    int64_t at, inner = 1;
    if (failed(type.getStridesAndOffset(strides, at)))
      return failure();
    for (int64_t d = type.getRank() - 1; d > 0; --d) {
      if (strides[d] != inner)
        return failure();
      inner *= type.getDimSize(d);
    }
  }
  bool narrow = inType.getElementType().isBF16() &&
                outType.getElementType().isBF16() && copies();
  bool pairs = sizes.size() == 3 && sizes[2] == 2;
  if (pairs && narrow && reads({1, 0, 2}) && sizes[0] % kLanes == 0 &&
      sizes[1] % kLanes == 0) {
    turnPairs();
    return success();
  }
  if (!pairs && narrow && sizes.size() == 2 && reads({1, 0}) &&
      sizes[0] % (2 * kLanes) == 0 && sizes[1] % (2 * kLanes) == 0) {
    turn();
    return success();
  }
  Operation *only = &op.getRegion().front().front();
  if (pairs && inType.getElementType().isF32() &&
      outType.getElementType().isBF16() && reads({0, 2, 1}) &&
      op.getRegion().front().getOperations().size() == 2 &&
      isa<arith::TruncFOp>(only) &&
      only->getOperand(0) == op.getRegion().front().getArgument(0) &&
      sizes[1] % kLanes == 0) {
    interleave();
    return success();
  }
  return failure();
}

LogicalResult mlir::msa::vectorizePairs(OpBuilder &b, linalg::GenericOp op) {
  return PairEmitter(b, op).run();
}
