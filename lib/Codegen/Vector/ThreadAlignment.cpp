//===- ThreadAlignment.cpp - Wide accesses of GPU threads --------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A GPU loads 16 bytes at once from multiples of 16 only; elsewhere it faults.
// So an access is as wide as its place is known to allow: what its index is a
// multiple of, from the arithmetic that made it, and the strides of the views
// between it and the buffer.
//
//===----------------------------------------------------------------------===//

#include "ThreadAlignment.h"

#include "msa/Dialect/MSA/IR/MSA.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

#include <numeric>

using namespace mlir;
using namespace mlir::msa;

/// A number that the value is a multiple of; 0 for zero itself.
static int64_t multipleOf(OpFoldResult value) {
  if (std::optional<int64_t> constant = getConstantIntValue(value))
    return std::abs(*constant);
  Operation *def = cast<Value>(value).getDefiningOp();
  if (auto op = dyn_cast_or_null<arith::MulIOp>(def)) {
    int64_t result;
    return llvm::MulOverflow(multipleOf(op.getLhs()), multipleOf(op.getRhs()),
                             result)
               ? 1
               : result;
  }
  if (auto op = dyn_cast_or_null<arith::AddIOp>(def))
    return std::gcd(multipleOf(op.getLhs()), multipleOf(op.getRhs()));
  if (auto op = dyn_cast_or_null<affine::AffineApplyOp>(def)) {
    MLIRContext *context = op.getContext();
    SmallVector<AffineExpr> scaled;
    AffineMap map = op.getAffineMap();
    for (auto [i, operand] : llvm::enumerate(op.getMapOperands())) {
      AffineExpr symbol =
          i < map.getNumDims()
              ? getAffineDimExpr(i, context)
              : getAffineSymbolExpr(i - map.getNumDims(), context);
      scaled.push_back(symbol * multipleOf(operand));
    }
    return map.getResult(0)
        .replaceDimsAndSymbols(ArrayRef(scaled).take_front(map.getNumDims()),
                               ArrayRef(scaled).drop_front(map.getNumDims()))
        .getLargestKnownDivisor();
  }
  return 1;
}

/// A number of elements that the place lies a multiple of behind the start of
/// the view.
static int64_t multipleOf(Value view, ArrayRef<OpFoldResult> indices) {
  SmallVector<int64_t> strides;
  int64_t offset, result = 0;
  if (failed(cast<MemRefType>(view.getType())
                 .getStridesAndOffset(strides, offset)))
    return 1;
  for (auto [index, stride] : llvm::zip(indices, strides)) {
    int64_t step;
    if (ShapedType::isDynamic(stride) ||
        llvm::MulOverflow(multipleOf(index), stride, step))
      return 1;
    result = std::gcd(result, step);
  }
  return result;
}

/// The buffer that a view is of, or the view itself where that is not known.
static Value bufferOf(Value view, int64_t *multiple = nullptr) {
  while (auto op = view.getDefiningOp<ViewLikeOpInterface>()) {
    if (!isa<MemRefType>(op.getViewSource().getType()))
      return view;
    if (auto part = dyn_cast<memref::SubViewOp>(op.getOperation())) {
      if (multiple)
        *multiple = std::gcd(
            *multiple, multipleOf(part.getSource(), part.getMixedOffsets()));
    } else if (!isa<memref::ExpandShapeOp, memref::CollapseShapeOp,
                    memref::CastOp>(op.getOperation())) {
      return view;
    }
    view = op.getViewSource();
  }
  return view;
}

bool mlir::msa::hasWideElements(Type type) {
  auto buffer = dyn_cast<MemRefType>(type);
  return !buffer || (buffer.getElementType().isIntOrFloat() &&
                     buffer.getElementTypeBitWidth() >= 8);
}

/// Says of accesses in a block how wide they may be, given their buffers are
/// aligned.
static void annotate(Block &block) {
  auto widen = [](auto op, Value view) {
    VectorType type = op.getVectorType();
    int64_t bytes = type.getElementTypeBitWidth() / 8;
    int64_t multiple = multipleOf(
        view, getAsOpFoldResult(SmallVector<Value>(op.getIndices())));
    Value buffer = bufferOf(view, &multiple);
    if (!isa<BlockArgument>(buffer) &&
        !buffer.getDefiningOp<memref::AllocaOp>())
      return;
    int64_t alignment = std::gcd(multiple * bytes, kWidest);
    if (alignment > bytes)
      op.setAlignment(alignment);
  };
  block.walk([&](Operation *op) {
    if (auto load = dyn_cast<vector::LoadOp>(op))
      widen(load, load.getBase());
    else if (auto store = dyn_cast<vector::StoreOp>(op))
      widen(store, store.getBase());
  });
}

LogicalResult
mlir::msa::emitAligned(OpBuilder &b, Location loc, ValueRange operands,
                       const DenseSet<Value> &aligned,
                       llvm::function_ref<LogicalResult(OpBuilder &)> emit) {
  llvm::SmallSetVector<Value, 4> anywhere;
  for (Value operand : operands)
    if (auto type = dyn_cast<MemRefType>(operand.getType())) {
      // No vector is read of one element.
      if (type.hasStaticShape() && type.getNumElements() == 1)
        continue;
      Value buffer = bufferOf(operand);
      if (isa<BlockArgument>(buffer) && !aligned.contains(buffer))
        anywhere.insert(buffer);
    }
  OpBuilder::InsertionGuard guard(b);
  Value bits;
  for (Value buffer : anywhere) {
    Value address =
        memref::ExtractAlignedPointerAsIndexOp::create(b, loc, buffer);
    bits = bits ? arith::OrIOp::create(b, loc, bits, address).getResult()
                : address;
  }
  Value isAligned = arith::ConstantIntOp::create(b, loc, 1, 1);
  if (bits) {
    Value rest = arith::AndIOp::create(
        b, loc, bits, arith::ConstantIndexOp::create(b, loc, kWidest - 1));
    isAligned =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, rest,
                              arith::ConstantIndexOp::create(b, loc, 0));
  }
  auto choice = scf::IfOp::create(b, loc, isAligned, /*withElse=*/true);
  b.setInsertionPointToStart(choice.thenBlock());
  if (failed(emit(b))) {
    choice.erase();
    return failure();
  }
  annotate(*choice.thenBlock());
  b.setInsertionPointToStart(choice.elseBlock());
  return emit(b);
}
