//===- ScheduleGemm.cpp - Products for tensor cores --------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DefaultSchedules.h"
#include "msa/Conversion/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

namespace mlir::msa {
#define GEN_PASS_DEF_MSASCHEDULEGEMM
#include "msa/Conversion/Passes.h.inc"
} // namespace mlir::msa

using namespace mlir;
using msa_gpu::GemmScheduleAttr;

/// What a dimension of an operand may be.
static constexpr int64_t kMostRows = int64_t(1) << 28;

/// Whether the tensor's elements will lie as its shape says: not in a part of a
/// larger one.
static bool isDense(Value value) {
  while (Operation *def = value.getDefiningOp()) {
    if (!isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::CastOp>(
            def))
      return !isa<tensor::ExtractSliceOp>(def);
    value = def->getOperand(0);
  }
  return true;
}

namespace {

/// A contraction as msa_gpu.gemm reads it.
struct Product {
  Value a, b;
  std::string form;
};

struct ScheduleGemmPass : msa::impl::MSAScheduleGemmBase<ScheduleGemmPass> {
  using Base::Base;

  /// Why the operation has no tensor-core kernel; empty where it has one.
  static std::string lacks(linalg::LinalgOp op, Product &product) {
    auto elementOf = [](Value x) { return getElementTypeOrSelf(x.getType()); };
    Type element = elementOf(op.getDpsInputs()[0]);
    Type result = elementOf(op.getDpsInits()[0]);
    if (elementOf(op.getDpsInputs()[1]) != element ||
        (result != element && !result.isF32()))
      return "mix of element types";
    if (!element.isF16() && !element.isBF16())
      return "element type";
    auto fill = op.getDpsInits()[0].getDefiningOp<linalg::FillOp>();
    if (!fill || !matchPattern(fill.getInputs()[0], m_AnyZeroFloat()))
      return "accumulation onto a value";
    SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    for (AffineMap map : maps)
      if (!map.isProjectedPermutation())
        return "way of indexing";
    for (int64_t size : op.getStaticLoopRanges())
      if (ShapedType::isDynamic(size) || size > kMostRows)
        return "size";

    // The side that has the output's last dimension is b.
    AffineMap out = maps[2];
    if (out.getNumResults() < 2)
      return "result that is no matrix";
    unsigned n = out.getDimPosition(out.getNumResults() - 1);
    if (maps[0].isFunctionOfDim(n) == maps[1].isFunctionOfDim(n))
      return "last dimension of the result";
    unsigned right = maps[1].isFunctionOfDim(n) ? 1 : 0;
    AffineMap a = maps[1 - right], b = maps[right];
    if (a.getNumResults() < 2 || b.getNumResults() < 2)
      return "side that is no matrix";
    product.a = op.getDpsInputs()[1 - right];
    product.b = op.getDpsInputs()[right];

    // A letter for each loop: of two of a kind the inner one is m, n or k.
    std::string letters(op.getNumLoops(), '1');
    auto name = [&](AffineMap in, bool inA, bool inB, bool inOut, char inner,
                    char outer) {
      bool hasInner = false, hasOuter = false;
      for (AffineExpr expr : llvm::reverse(in.getResults())) {
        unsigned dim = cast<AffineDimExpr>(expr).getPosition();
        if (a.isFunctionOfDim(dim) != inA || b.isFunctionOfDim(dim) != inB ||
            out.isFunctionOfDim(dim) != inOut)
          continue;
        if (!hasInner && inner) {
          letters[dim] = inner;
          hasInner = true;
        } else if (op.getStaticLoopRanges()[dim] != 1) {
          if (hasOuter)
            return false;
          letters[dim] = outer;
          hasOuter = true;
        }
      }
      return hasInner || !inner;
    };
    bool streams = false; // loops that are in all three
    for (unsigned dim = 0; dim < op.getNumLoops(); ++dim)
      streams |= a.isFunctionOfDim(dim) && b.isFunctionOfDim(dim) &&
                 out.isFunctionOfDim(dim) && op.getStaticLoopRanges()[dim] != 1;
    if (!name(out, true, false, true, 'm', streams ? 0 : 'b') ||
        !name(out, false, true, true, 'n', 'h') ||
        !name(a, true, true, false, 'k', 'g') ||
        (streams && !name(out, true, true, true, 0, 'b')))
      return "number of dimensions";
    auto spell = [&](AffineMap map) {
      std::string text;
      for (AffineExpr expr : map.getResults())
        text += letters[cast<AffineDimExpr>(expr).getPosition()];
      return text;
    };
    std::string left = spell(a), middle = spell(b);
    product.form = left + "," + middle + "->" + spell(out);
    if (StringRef(product.form).contains('\0'))
      return "number of dimensions";
    if (left.back() != 'k' || (middle.back() != 'n' && middle.back() != 'k'))
      return "order of dimensions";
    auto apart = [&](StringRef pair) {
      return StringRef(middle).contains(pair[0]) &&
             !StringRef(middle).contains(pair);
    };
    if (apart("gk") || (middle.back() == 'k' && apart("hn")) ||
        !isDense(product.b))
      return "right side, whose heads are apart in memory,";
    for (Value x : {product.a, product.b, Value(op.getDpsInits()[0])})
      if (cast<RankedTensorType>(x.getType()).getShape().back() % 8 ||
          !isDense(x))
        return "last dimension: it is no multiple of 8 elements";
    return "";
  }

  void replace(linalg::LinalgOp op, const Product &product) {
    OpBuilder b(op);
    Location loc = op.getLoc();
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    Value empty =
        tensor::EmptyOp::create(b, loc, type.getShape(), type.getElementType());
    auto gemm = msa_gpu::GemmOp::create(b, loc, product.form, product.a,
                                        product.b, empty, GemmScheduleAttr());
    gemm.setScheduleAttr(msa_gpu::defaultGemmSchedule(gemm, clusters));
    gemm->setAttr("msa.dispatch", b.getUnitAttr());
    op->getResult(0).replaceAllUsesWith(gemm.getResult(0));
    Operation *fill = op.getDpsInits()[0].getDefiningOp();
    op.erase();
    if (fill->use_empty())
      fill->erase();
    ++numScheduled;
  }

  void runOnOperation() override {
    SmallVector<linalg::LinalgOp> ops;
    getOperation()->walk([&](linalg::LinalgOp op) {
      if (op.getNumDpsInputs() == 2 && op.getNumDpsInits() == 1 &&
          op.hasPureTensorSemantics() && linalg::isaContractionOpInterface(op))
        ops.push_back(op);
    });
    for (linalg::LinalgOp op : ops) {
      Product product;
      std::string why = lacks(op, product);
      if (why.empty())
        replace(op, product);
      // What runs in half precision expects tensor cores.
      else if (remarks && getElementTypeOrSelf(op.getDpsInputs()[0].getType())
                                  .getIntOrFloatBitWidth() == 16)
        op->emitRemark() << "no tensor-core kernel for this " << why
                         << "; generic GPU code is used, which is slow";
    }
  }
};
} // namespace
