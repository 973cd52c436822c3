//===- FuseEpilogue.cpp - Elementwise work on products ----------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DefaultSchedules.h"
#include "ProductUse.h"
#include "msa/Conversion/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

namespace mlir::msa {
#define GEN_PASS_DEF_MSAFUSEEPILOGUE
#include "msa/Conversion/Passes.h.inc"
} // namespace mlir::msa

using namespace mlir;
using namespace mlir::msa_gpu;

static bool isNarrowFloat(Type type) {
  return type.isF16() || type.isBF16() || type.isF32();
}

/// The value in f32, of a body whose floats are of 16 or 32 bits.
static Value inF32(OpBuilder &b, Location loc, Value value,
                   IRMapping &mapping) {
  if (Value known = mapping.lookupOrNull(value))
    return known;
  FloatAttr number;
  if (!isNarrowFloat(value.getType()) ||
      !matchPattern(value, m_Constant(&number)))
    return {};
  APFloat wide = number.getValue();
  bool losesInfo;
  wide.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven, &losesInfo);
  Value constant = arith::ConstantFloatOp::create(b, loc, b.getF32Type(), wide);
  mapping.map(value, constant);
  return constant;
}

/// The body of an elementwise operation with all floats in f32; what rounds
/// them in between is left out. Fails where an epilogue can not compute it.
static LogicalResult translate(OpBuilder &b, Block &body, bool isRounded,
                               IRMapping &mapping) {
  for (Operation &op : body.without_terminator()) {
    if (isa<arith::ConstantOp>(op) && isa<FloatType>(op.getResultTypes()[0]))
      continue; // where it is used
    for (Value operand : op.getOperands())
      if (!inF32(b, op.getLoc(), operand, mapping))
        return failure();
    if (isa<arith::ExtFOp, arith::TruncFOp>(op)) {
      if (!isNarrowFloat(op.getResultTypes()[0]))
        return failure();
      mapping.map(op.getResult(0), mapping.lookup(op.getOperand(0)));
      continue;
    }
    Operation *copy = b.clone(op, mapping);
    for (Value result : copy->getResults())
      if (isNarrowFloat(result.getType()))
        result.setType(b.getF32Type());
    // exp is approximated: no more than 16 bits of it are right for sure.
    if (!GemmOp::canCompute(copy) || (isa<math::ExpOp>(copy) && !isRounded))
      return failure();
  }
  Operation *yield = body.getTerminator();
  Value result = inF32(b, yield->getLoc(), yield->getOperand(0), mapping);
  if (!result)
    return failure();
  YieldOp::create(b, yield->getLoc(), result);
  return success();
}

namespace {
struct FuseEpiloguePass : msa::impl::MSAFuseEpilogueBase<FuseEpiloguePass> {
  using Base::Base;

  /// An operand that is a product which nothing else reads, with every point
  /// read once.
  static ProductUse matchProduct(linalg::LinalgOp op) {
    if (op.getNumDpsInits() != 1 || !op.hasPureTensorSemantics() ||
        op.getNumParallelLoops() != op.getNumLoops() ||
        op.payloadUsesValueFromOperand(op.getDpsInitOperand(0)) ||
        !op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isIdentity())
      return {};
    for (OpOperand *operand : op.getDpsInputOperands()) {
      ProductUse use = productUse(operand->get());
      // Not into a loop: the product would be computed again and again.
      if (!use.gemm || use.gemm->getBlock() != op->getBlock() ||
          (use.reshape && !use.gemm.getResult(0).hasOneUse()))
        continue;
      if (llvm::all_of(operand->get().getUses(), [&](OpOperand &other) {
            return other.getOwner() == op &&
                   op.getMatchingIndexingMap(&other).isIdentity();
          }))
        return use;
    }
    return {};
  }

  /// The form of another operand, if the epilogue can read it.
  static std::optional<std::string>
  formOf(linalg::LinalgOp op, OpOperand *operand, StringRef letters) {
    auto type = dyn_cast<RankedTensorType>(operand->get().getType());
    if (!type || !isNarrowFloat(type.getElementType()) || type.getRank() < 1 ||
        type.getRank() > 5)
      return std::nullopt;
    std::string form;
    for (AffineExpr expr : op.getMatchingIndexingMap(operand).getResults()) {
      auto dim = dyn_cast<AffineDimExpr>(expr);
      if (!dim)
        return std::nullopt;
      char letter = letters[dim.getPosition()];
      if (letter != '1' && StringRef(form).contains(letter))
        return std::nullopt;
      form += letter;
    }
    if (!GemmOp::canRead(form))
      return std::nullopt;
    return form;
  }

  /// In f32 the result and a matrix that it meets take as many registers as the
  /// sums of the widest tiles leave, and a few more.
  static GemmScheduleAttr fittingSchedule(GemmOp gemm, Type element,
                                          ArrayRef<std::string> forms,
                                          ArrayRef<Value> extras) {
    GemmScheduleAttr schedule = gemm.getSchedule();
    for (auto [form, extra] : llvm::zip(forms, extras)) {
      StringRef letters = form;
      if (element.isF32() && schedule.getColumns() > 192 &&
          letters.contains('n') && letters.contains('m') &&
          getElementTypeOrSelf(extra.getType()).isF32())
        return defaultGemmSchedule(gemm, schedule.getCluster() > 1,
                                   /*multiple=*/1, /*most=*/192);
    }
    return schedule;
  }

  static bool fuse(linalg::LinalgOp op) {
    ProductUse use = matchProduct(op);
    if (!use.gemm)
      return false;
    GemmOp gemm = use.gemm;
    auto shape = cast<RankedTensorType>(gemm.getOut().getType());
    Type element = getElementTypeOrSelf(op->getResult(0).getType());
    if (element != gemm.getElement() && !element.isF32())
      return false;
    Value product = use.reshape ? use.reshape->getResult(0) : gemm.getResult(0);
    SmallVector<std::string> forms;
    SmallVector<Value> extras;
    for (OpOperand *operand : op.getDpsInputOperands()) {
      if (operand->get() == product)
        continue;
      std::optional<std::string> form = formOf(op, operand, use.letters);
      if (!form)
        return false;
      forms.push_back(*form);
      extras.push_back(operand->get());
    }

    OpBuilder b(op);
    Value empty =
        tensor::EmptyOp::create(b, op.getLoc(), shape.getShape(), element);
    auto fused = GemmOp::create(
        b, op.getLoc(), gemm.getForm(), gemm.getA(), gemm.getB(), empty,
        fittingSchedule(gemm, element, forms, extras), forms, extras);
    fused->setDiscardableAttrs(gemm->getDiscardableAttrDictionary());
    IRMapping mapping;
    {
      OpBuilder::InsertionGuard guard(b);
      Block *epilogue = fused.addEpilogue(b);
      unsigned next = 1;
      for (OpOperand *operand : op.getDpsInputOperands())
        mapping.map(
            op.getMatchingBlockArgument(operand),
            epilogue->getArgument(operand->get() == product ? 0 : next++));
      if (failed(translate(b, *op.getBlock(), !element.isF32(), mapping))) {
        fused.erase();
        empty.getDefiningOp()->erase();
        return false;
      }
    }
    op->getResult(0).replaceAllUsesWith(use.reshaped(b, fused.getResult(0)));
    op.erase();
    if (use.reshape)
      use.reshape->erase();
    gemm.erase();
    return true;
  }

  void runOnOperation() override {
    SmallVector<linalg::LinalgOp> ops;
    getOperation()->walk([&](linalg::LinalgOp op) { ops.push_back(op); });
    for (linalg::LinalgOp op : ops)
      if (fuse(op))
        ++numFused;
  }
};
} // namespace
