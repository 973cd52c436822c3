//===- VectorizePairs.cpp - 16-bit data for the products of pairs ---------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What stands between buffers and MatrixUnit.cpp: matrices of 16-bit elements
// turned, their rows or columns joined in pairs. A vector of 16 lanes of 32
// bits holds 16 pairs; squares of 16 x 16 of them are turned in registers.
//
//===----------------------------------------------------------------------===//

#include "ScalarBody.h"
#include "VectorizeTiles.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
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
  MemRefType outType() { return ::mlir::cast<MemRefType>(out.getType()); }
  Value offset(Value start, int64_t by) {
    return arith::AddIOp::create(b, loc, start, constantIndex(b, loc, by));
  }
  /// `body` at every multiple of `step` below size.
  void steps(int64_t size, int64_t step, llvm::function_ref<void(Value)> body) {
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
  Value unrounded(Value rounded);
  Value joined(Value first, Value second);
  LogicalResult interleave();
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
        square.push_back(cast(
            load({offset(i, r), a, zero}, 2 * kLanes, element), kLanes, i32));
      transpose(square);
      for (int64_t r = 0; r < kLanes; ++r)
        store(cast(square[r], 2 * kLanes, element), {offset(a, r), i, zero});
    });
  });
}

/// What is rounded to bf16 there; both at once have an instruction.
Value PairEmitter::unrounded(Value rounded) {
  auto round = rounded.getDefiningOp<arith::TruncFOp>();
  Value whole = round.getIn();
  round.erase();
  return whole;
}

/// Two vectors of f32 to pairs of bf16 (denormals count as zero).
Value PairEmitter::joined(Value first, Value second) {
  auto type = VectorType::get({2 * kLanes}, b.getBF16Type());
  Value rounded = LLVM::CallIntrinsicOp::create(
                      b, loc, Type(type),
                      b.getStringAttr("llvm.x86.avx512bf16.cvtne2ps2bf16.512"),
                      ValueRange{second, first})
                      .getResult(0);
  SmallVector<int64_t> mask;
  for (int64_t l = 0; l < kLanes; ++l)
    mask.append({l, kLanes + l});
  return shuffle(rounded, rounded, mask);
}

/// out[a, i, p] of in[a, p, i] and of vectors along i, which may be summed too.
LogicalResult PairEmitter::interleave() {
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  auto is = [&](AffineMap map, ArrayRef<unsigned> dims) {
    return map ==
           AffineMap::getMultiDimMapWithTargets(3, dims, op.getContext());
  };
  unsigned inputs = op.getNumDpsInputs(), operands = maps.size();
  if (sizes.size() != 3 || sizes[2] != 2 || sizes[1] % kLanes != 0 ||
      !is(maps[0], {0, 2, 1}) || !is(maps[inputs], {0, 1, 2}) ||
      !isLaneBody(op, 1))
    return failure();
  for (unsigned k = 1; k < operands; ++k)
    if (k != inputs && !is(maps[k], {1}))
      return failure();
  for (OpOperand &operand : op->getOpOperands())
    if (!::mlir::cast<MemRefType>(operand.get().getType())
             .getElementType()
             .isF32() &&
        operand.getOperandNumber() != inputs)
      return failure();
  Operation *last = op.getRegion().front().getTerminator();
  if (!outType().getElementType().isBF16() ||
      !last->getOperand(0).getDefiningOp<arith::TruncFOp>() ||
      !last->getOperand(0).hasOneUse())
    return failure();
  int64_t vectors = sizes[1] % (2 * kLanes) == 0 ? 2 : 1;
  steps(sizes[1], vectors * kLanes, [&](Value i) {
    SmallVector<Place> places;
    SmallVector<SmallVector<Value>> fixed(vectors); // along i, per vector
    SmallVector<Value> sums;
    for (int64_t v = 0; v < vectors; ++v) {
      Place place{SmallVector<Value>(3), 1, kLanes};
      place.ivs[1] = v == 0 ? i : offset(i, v * kLanes);
      for (unsigned k = 1; k < inputs; ++k)
        fixed[v].push_back(loadAt(b, loc, op->getOperand(k), maps[k], place));
      for (unsigned k = inputs + 1; k < operands; ++k)
        sums.push_back(loadAt(b, loc, op->getOperand(k), maps[k], place));
      places.push_back(place);
    }
    unsigned each = operands - inputs - 1;
    auto loop = scf::ForOp::create(b, loc, constantIndex(b, loc, 0),
                                   constantIndex(b, loc, sizes[0]),
                                   constantIndex(b, loc, 1), sums);
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(loop.getBody());
      SmallVector<Value> next(loop.getRegionIterArgs());
      for (int64_t v = 0; v < vectors; ++v) {
        SmallVector<Value> halves;
        Place place = places[v];
        place.ivs[0] = loop.getInductionVar();
        for (int64_t p = 0; p < 2; ++p) {
          place.ivs[2] = constantIndex(b, loc, p);
          SmallVector<Value> arguments = {
              loadAt(b, loc, op->getOperand(0), maps[0], place)};
          llvm::append_range(arguments, fixed[v]);
          auto narrow = VectorType::get({kLanes}, b.getBF16Type());
          arguments.push_back(arith::ConstantOp::create(
              b, loc, b.getZeroAttr(narrow))); // what is overwritten
          for (unsigned k = 0; k < each; ++k)
            arguments.push_back(next[v * each + k]);
          SmallVector<Value> results = emitBody(b, op, arguments, place);
          halves.push_back(asLanes(b, loc, unrounded(results[0]), kLanes));
          for (unsigned k = 0; k < each; ++k)
            next[v * each + k] = asLanes(b, loc, results[k + 1], kLanes);
        }
        store(joined(halves[0], halves[1]),
              {place.ivs[0], place.ivs[1], constantIndex(b, loc, 0)});
      }
      scf::YieldOp::create(b, loc, next);
    }
    for (auto [k, sum] : llvm::enumerate(loop.getResults()))
      storeAt(b, loc, sum, op->getOperand(inputs + 1 + k % each),
              maps[inputs + 1 + k % each], places[k / each]);
  });
  return success();
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
          squares[half].push_back(
              cast(load({offset(j, half * kLanes + r), c}, 2 * kLanes, element),
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

/// Rows follow each other without gaps, whatever the first dimension's stride.
static bool isDense(MemRefType type) {
  SmallVector<int64_t> strides;
  int64_t at, inner = 1;
  if (failed(type.getStridesAndOffset(strides, at)))
    return false;
  for (int64_t d = type.getRank() - 1; d > 0; --d) {
    if (strides[d] != inner)
      return false;
    inner *= type.getDimSize(d);
  }
  return true;
}

LogicalResult PairEmitter::run() {
  sizes = op.getStaticLoopRanges();
  if (op.getNumDpsInputs() == 0 || llvm::any_of(sizes, ShapedType::isDynamic) ||
      llvm::any_of(op->getOperandTypes(), [](Type type) {
        auto buffer = dyn_cast<MemRefType>(type);
        return !buffer || !isDense(buffer);
      }))
    return failure();
  in = op.getDpsInputOperand(0)->get();
  out = op.getDpsInits()[0];
  if (succeeded(interleave()))
    return success();
  // Copies of 16-bit elements in another order.
  auto inType = ::mlir::cast<MemRefType>(in.getType());
  if (op.getNumDpsInputs() != 1 || op.getNumDpsInits() != 1 ||
      op.getNumReductionLoops() != 0 ||
      !op.getIndexingMapsArray().back().isIdentity() || !copies() ||
      !inType.getElementType().isBF16() || !outType().getElementType().isBF16())
    return failure();
  if (sizes.size() == 3 && sizes[2] == 2 && reads({1, 0, 2}) &&
      sizes[0] % kLanes == 0 && sizes[1] % kLanes == 0) {
    turnPairs();
    return success();
  }
  if (sizes.size() == 2 && reads({1, 0}) && sizes[0] % (2 * kLanes) == 0 &&
      sizes[1] % (2 * kLanes) == 0) {
    turn();
    return success();
  }
  return failure();
}

LogicalResult mlir::msa::vectorizePairs(OpBuilder &b, linalg::GenericOp op) {
  return PairEmitter(b, op).run();
}
