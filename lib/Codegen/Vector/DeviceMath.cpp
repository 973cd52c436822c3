//===- DeviceMath.cpp - Functions that a GPU has instructions for ---------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Elementwise kernels of a GPU are bound by instructions, not by memory, where
// exp is a polynomial and each quotient is exact: 150 instructions an element
// of a gate. PTX has 2^x (ex2.approx, 2 ulp) and 1/x (rcp.approx, 1 ulp), whose
// ftz forms take one instruction: results below 2^-126 are 0, which is what
// polynomials of other targets give. What is written here stays within 4 ulp
// and keeps NaN and infinities.
//
//===----------------------------------------------------------------------===//

#include "DeviceMath.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

static constexpr double kLog2E = 1.44269504088896341;

namespace {

/// Arithmetic on f32 or a vector of it.
struct Emit {
  OpBuilder &b;
  Location loc;
  Type type;

  Value number(double x) const {
    FloatAttr attr = b.getF32FloatAttr(static_cast<float>(x));
    if (auto vector = dyn_cast<VectorType>(type))
      return arith::ConstantOp::create(b, loc,
                                       DenseElementsAttr::get(vector, attr));
    return arith::ConstantOp::create(b, loc, attr);
  }
  Value fma(Value x, Value y, Value z) const {
    return math::FmaOp::create(b, loc, x, y, z);
  }
  Value mul(Value x, Value y) const {
    return arith::MulFOp::create(b, loc, x, y);
  }
  /// The instruction takes one number: lane by lane.
  Value approximate(StringRef intrinsic, Value x) const {
    auto call = [&](Value one) -> Value {
      return LLVM::CallIntrinsicOp::create(b, loc, b.getF32Type(),
                                           b.getStringAttr(intrinsic), one)
          .getResult(0);
    };
    auto vector = dyn_cast<VectorType>(type);
    if (!vector)
      return call(x);
    SmallVector<Value> lanes;
    for (int64_t i = 0; i < vector.getNumElements(); ++i)
      lanes.push_back(call(vector::ExtractOp::create(b, loc, x, i)));
    return vector::FromElementsOp::create(b, loc, vector, lanes);
  }
  Value exp2(Value x) const {
    return approximate("llvm.nvvm.ex2.approx.ftz", x);
  }
  Value reciprocal(Value x) const {
    return approximate("llvm.nvvm.rcp.approx.ftz.f", x);
  }
  Value isAbove(Value x, double y) const {
    return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT,
                                 math::AbsFOp::create(b, loc, x), number(y));
  }
  Value choose(Value condition, Value x, Value y) const {
    return arith::SelectOp::create(b, loc, condition, x, y);
  }
};

/// f32, or lanes of it that are taken one by one.
bool isLanes(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  return getElementTypeOrSelf(type).isF32() &&
         (!vector || (vector.getRank() == 1 && !vector.isScalable()));
}

template <typename Op> struct Device : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  virtual Value expand(const Emit &e, Value x) const = 0;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &b) const override {
    if (!isLanes(op.getType()))
      return failure();
    Emit e{b, op.getLoc(), op.getType()};
    b.replaceOp(op, expand(e, op.getOperand()));
    return success();
  }
};

struct DeviceExp2 : Device<math::Exp2Op> {
  using Device::Device;
  Value expand(const Emit &e, Value x) const override { return e.exp2(x); }
};

/// 2^t with t = x log2 e, and what rounding t has lost: 2^(t + d) is
/// 2^t (1 + d ln 2).
struct DeviceExp : Device<math::ExpOp> {
  using Device::Device;
  Value expand(const Emit &e, Value x) const override {
    Value scale = e.number(kLog2E);
    Value t = e.mul(x, scale);
    Value lost = e.fma(x, scale, arith::NegFOp::create(e.b, e.loc, t));
    // log2 e without the part that an f32 has.
    lost = e.fma(x, e.number(kLog2E - static_cast<float>(kLog2E)), lost);
    Value power = e.exp2(t);
    Value exact =
        e.fma(power, e.mul(lost, e.number(0.693147180559945309)), power);
    // Past the ends the power is 0, infinite or close to that, and so are what
    // else has been computed.
    return e.choose(e.isAbove(x, 88.72), power, exact);
  }
};

/// 1 - 2 / (exp(2x) + 1), and an odd polynomial near 0, where that cancels. The
/// power's relative error is one of less than half its size here.
struct DeviceTanh : Device<math::TanhOp> {
  using Device::Device;
  Value expand(const Emit &e, Value x) const override {
    Value power = e.exp2(e.mul(x, e.number(2 * kLog2E)));
    Value r =
        e.reciprocal(arith::AddFOp::create(e.b, e.loc, power, e.number(1.0)));
    Value far = e.fma(r, e.number(-2.0), e.number(1.0));
    // Cephes' coefficients for |x| < 0.625.
    Value s = e.mul(x, x);
    Value p = e.number(-5.70498872745e-3);
    for (double k : {2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1,
                     -3.33332819422e-1})
      p = e.fma(p, s, e.number(k));
    Value near = e.fma(e.mul(p, s), x, x);
    return e.choose(e.isAbove(x, 0.625), far, near);
  }
};

/// The bits of a bf16 are the upper ones of an f32. (The way back is an
/// instruction of every GPU that there are kernels for.)
struct WidenBF16 : OpRewritePattern<arith::ExtFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::ExtFOp op,
                                PatternRewriter &b) const override {
    if (!getElementTypeOrSelf(op.getOperand().getType()).isBF16() ||
        !getElementTypeOrSelf(op.getType()).isF32())
      return failure();
    Location loc = op.getLoc();
    auto like = [&](Type element) -> Type {
      if (auto shaped = dyn_cast<ShapedType>(op.getType()))
        return shaped.clone(element);
      return element;
    };
    Type i32 = like(b.getI32Type());
    Value sixteen = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(16));
    if (auto shaped = dyn_cast<ShapedType>(i32))
      sixteen = arith::ConstantOp::create(
          b, loc, DenseElementsAttr::get(shaped, b.getI32IntegerAttr(16)));
    Value bits =
        arith::BitcastOp::create(b, loc, like(b.getI16Type()), op.getOperand());
    bits = arith::ExtUIOp::create(b, loc, i32, bits);
    bits = arith::ShLIOp::create(b, loc, bits, sixteen);
    b.replaceOpWithNewOp<arith::BitcastOp>(op, op.getType(), bits);
    return success();
  }
};

} // namespace

/// exp(x) where the value is 1 + exp(x).
static Value exponentialOf(Value value) {
  auto sum = value.getDefiningOp<arith::AddFOp>();
  if (!sum)
    return {};
  for (auto [one, other] : {std::make_pair(sum.getLhs(), sum.getRhs()),
                            std::make_pair(sum.getRhs(), sum.getLhs())}) {
    Attribute constant;
    if (!matchPattern(one, m_Constant(&constant)))
      continue;
    if (auto splat = dyn_cast<SplatElementsAttr>(constant))
      constant = splat.getSplatValue<Attribute>();
    auto number = dyn_cast<FloatAttr>(constant);
    if (number && number.getValueAsDouble() == 1.0 &&
        other.getDefiningOp<math::ExpOp>())
      return other;
  }
  return {};
}

void mlir::msa::relaxDivisions(Operation *root) {
  SmallVector<arith::DivFOp> divisions;
  root->walk([&](arith::DivFOp op) {
    if (isLanes(op.getType()))
      divisions.push_back(op);
  });
  for (arith::DivFOp op : divisions) {
    OpBuilder b(op);
    Emit e{b, op.getLoc(), op.getType()};
    Value result;
    if (Value power = exponentialOf(op.getRhs())) {
      // x / 4 times 4 / (1 + exp): the reciprocal of what is infinite is 0, of
      // what is finite no less than 2^-126.
      Value quarter = e.number(0.25);
      Value r = e.reciprocal(e.fma(power, quarter, quarter));
      result = e.mul(e.mul(op.getLhs(), quarter), r);
    } else if (auto all = op.getRhs().getDefiningOp<vector::BroadcastOp>();
               all && all.getSource().getType().isF32()) {
      Value one = arith::ConstantOp::create(b, e.loc, b.getF32FloatAttr(1.0f));
      Value r = arith::DivFOp::create(b, e.loc, one, all.getSource());
      result =
          e.mul(op.getLhs(), vector::BroadcastOp::create(b, e.loc, e.type, r));
    } else {
      continue;
    }
    op.replaceAllUsesWith(result);
    op.erase();
  }
}

void mlir::msa::populateDeviceMathPatterns(RewritePatternSet &patterns,
                                           PatternBenefit benefit) {
  patterns.add<DeviceExp2, DeviceExp, DeviceTanh, WidenBF16>(
      patterns.getContext(), benefit);
}
