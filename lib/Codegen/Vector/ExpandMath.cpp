//===- ExpandMath.cpp - Transcendental functions as polynomials -----------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceMath.h"

#include "msa/Codegen/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::msa {
#define GEN_PASS_DEF_MSAEXPANDMATH
#include "msa/Codegen/Passes.h.inc"
} // namespace mlir::msa

using namespace mlir;

namespace {

/// Scalar or vector f32 arithmetic.
struct Real {
  OpBuilder &b;
  Location loc;
  Type type; ///< f32 or vector of f32.

  Type like(Type element) const {
    if (auto vector = dyn_cast<VectorType>(type))
      return VectorType::get(vector.getShape(), element);
    return element;
  }
  Value constant(Type element, TypedAttr attr) const {
    if (auto vector = dyn_cast<VectorType>(like(element)))
      return arith::ConstantOp::create(b, loc,
                                       DenseElementsAttr::get(vector, attr));
    return arith::ConstantOp::create(b, loc, attr);
  }
  Value number(double x) const {
    return constant(b.getF32Type(), b.getF32FloatAttr(x));
  }
  Value integer(int32_t n) const {
    return constant(b.getI32Type(), b.getI32IntegerAttr(n));
  }
  Value fma(Value x, Value y, Value z) const {
    return math::FmaOp::create(b, loc, x, y, z);
  }
  Value below(Value x, double y) const {
    return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, x,
                                 number(y));
  }
  Value above(Value x, double y) const {
    return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, x,
                                 number(y));
  }
  Value choose(Value condition, Value x, Value y) const {
    return arith::SelectOp::create(b, loc, condition, x, y);
  }
};

/// 2^f on [-1/2, 1/2], relative error 1e-7: near-minimax, exact at 0.
constexpr double kExp2[] = {1.000000000e+00, 6.931471825e-01, 2.402264774e-01,
                            5.550332367e-02, 9.618436918e-03, 1.339887502e-03,
                            1.535336050e-04};

/// 2^n * 2^f for integral n: the exponent is added to the polynomial's bits.
/// Results below 2^-125 are flushed to exactly 0. NaN in f stays NaN, since its
/// n converts to an integer whose low nine bits are 0 on every target we emit
/// for.
Value scaleByPower(const Real &r, Value x, Value n, Value f) {
  Value p = r.number(kExp2[6]);
  for (int k = 5; k >= 0; --k)
    p = r.fma(p, f, r.number(kExp2[k]));
  Type i32 = r.like(r.b.getI32Type());
  Value exponent = arith::FPToSIOp::create(r.b, r.loc, i32, n);
  exponent = arith::ShLIOp::create(r.b, r.loc, exponent, r.integer(23));
  Value bits = arith::BitcastOp::create(r.b, r.loc, i32, p);
  bits = arith::AddIOp::create(r.b, r.loc, bits, exponent);
  Value result = arith::BitcastOp::create(r.b, r.loc, r.type, bits);
  return r.choose(r.below(x, -125.0), r.number(0.0), result);
}

/// Into [-126, 128]; NaN stays.
Value clampExponent(const Real &r, Value x) {
  x = r.choose(r.below(x, -126.0), r.number(-126.0), x);
  return r.choose(r.above(x, 128.0), r.number(128.0), x);
}

template <typename Op> struct ExpandF32 : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  virtual Value expand(const Real &r, Value x) const = 0;
  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32())
      return failure();
    Real r{rewriter, op.getLoc(), op.getType()};
    rewriter.replaceOp(op, expand(r, op.getOperand()));
    return success();
  }
};

struct ExpandExp2 : ExpandF32<math::Exp2Op> {
  using ExpandF32::ExpandF32;
  Value expand(const Real &r, Value x) const override {
    Value c = clampExponent(r, x);
    Value n = math::RoundEvenOp::create(r.b, r.loc, c);
    Value f = arith::SubFOp::create(r.b, r.loc, c, n);
    return scaleByPower(r, x, n, f);
  }
};

/// 2^f on [0, 1], relative error 8e-8: near-minimax, exact at 0.
constexpr double kExp2Above[] = {1.0,
                                 6.931513118e-01,
                                 2.401644499e-01,
                                 5.579991388e-02,
                                 9.017029253e-03,
                                 1.867130570e-03};

/// The same to 3e-6, which sums of what is rounded to bf16 do not see.
constexpr double kExp2Short[] = {1.0, 6.930448448e-01, 2.412802057e-01,
                                 5.224247220e-02, 1.342668553e-02};

/// AVX-512 has x - floor(x) and p * 2^floor(x) as instructions, with the right
/// results for infinities, NaN and underflow: half the arithmetic.
struct ExpandExp2Avx512 : OpRewritePattern<math::Exp2Op> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::Exp2Op op,
                                PatternRewriter &b) const override {
    auto type = dyn_cast<VectorType>(op.getType());
    if (!type || !type.getElementType().isF32() || type.getRank() != 1 ||
        type.getNumElements() != 16)
      return failure();
    Location loc = op.getLoc();
    Real r{b, loc, type};
    Value x = op.getOperand();
    auto i32 = [&](int32_t n) -> Value {
      return arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(n));
    };
    Value all = arith::ConstantOp::create(b, loc, b.getI16IntegerAttr(-1));
    Value current = i32(4); // _MM_FROUND_CUR_DIRECTION
    auto call = [&](StringRef name, ValueRange arguments) {
      return LLVM::CallIntrinsicOp::create(b, loc, type, b.getStringAttr(name),
                                           arguments)
          .getResult(0);
    };
    // Immediate 9: no fraction bits kept, round down, no exceptions.
    Value f = call("llvm.x86.avx512.mask.reduce.ps.512",
                   {x, i32(9), x, all, current});
    ArrayRef<double> c =
        bitEnumContainsAll(op.getFastmath(), arith::FastMathFlags::afn)
            ? ArrayRef(kExp2Short)
            : ArrayRef(kExp2Above);
    Value p = r.number(c.back());
    for (double next : llvm::reverse(c.drop_back()))
      p = r.fma(p, f, r.number(next));
    b.replaceOp(op, call("llvm.x86.avx512.mask.scalef.ps.512",
                         {p, x, p, all, current}));
    return success();
  }
};

/// A maximum that need not care about NaN is one instruction when it is written
/// as the comparison that the hardware makes.
template <typename Op, arith::CmpFPredicate predicate>
struct ExpandExtremum : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &b) const override {
    if (!bitEnumContainsAll(op.getFastmath(), arith::FastMathFlags::nnan))
      return failure();
    Value chosen = arith::CmpFOp::create(b, op.getLoc(), predicate, op.getLhs(),
                                         op.getRhs());
    b.replaceOpWithNewOp<arith::SelectOp>(op, chosen, op.getLhs(), op.getRhs());
    return success();
  }
};

/// exp(x) = 2^n 2^(g log2 e) with g = x - n ln 2 in two steps (Cody and Waite).
struct ExpandExp : ExpandF32<math::ExpOp> {
  using ExpandF32::ExpandF32;
  Value expand(const Real &r, Value x) const override {
    Value scaled =
        arith::MulFOp::create(r.b, r.loc, x, r.number(1.44269504088896341));
    Value c = clampExponent(r, scaled);
    Value n = math::RoundEvenOp::create(r.b, r.loc, c);
    // 0.693145751953125 has 15 bits, so that its product with n is exact.
    Value g = r.fma(n, r.number(-0.693145751953125), x);
    g = r.fma(n, r.number(-1.42860677e-6), g);
    Value f =
        arith::MulFOp::create(r.b, r.loc, g, r.number(1.44269504088896341));
    Value result = scaleByPower(r, scaled, n, f);
    // Past the ends n was clamped and f is not small.
    Value inf = r.number(std::numeric_limits<double>::infinity());
    return r.choose(r.above(x, 88.72), inf, result);
  }
};

/// 1 - 2 / (exp(2x) + 1), and an odd polynomial near 0, where that cancels.
struct ExpandTanh : ExpandF32<math::TanhOp> {
  using ExpandF32::ExpandF32;
  Value expand(const Real &r, Value x) const override {
    Value two = arith::AddFOp::create(r.b, r.loc, x, x);
    Value e = math::ExpOp::create(r.b, r.loc, two);
    e = arith::AddFOp::create(r.b, r.loc, e, r.number(1.0));
    Value far = arith::SubFOp::create(
        r.b, r.loc, r.number(1.0),
        arith::DivFOp::create(r.b, r.loc, r.number(2.0), e));
    // Cephes' coefficients for |x| < 0.625.
    Value s = arith::MulFOp::create(r.b, r.loc, x, x);
    Value p = r.number(-5.70498872745e-3);
    for (double k : {2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1,
                     -3.33332819422e-1})
      p = r.fma(p, s, r.number(k));
    Value near = r.fma(arith::MulFOp::create(r.b, r.loc, p, s), x, x);
    Value isNear = r.below(math::AbsFOp::create(r.b, r.loc, x), 0.625);
    return r.choose(isNear, near, far);
  }
};

struct ExpandLog10 : ExpandF32<math::Log10Op> {
  using ExpandF32::ExpandF32;
  Value expand(const Real &r, Value x) const override {
    return arith::MulFOp::create(r.b, r.loc, math::LogOp::create(r.b, r.loc, x),
                                 r.number(0.434294481903251828));
  }
};

/// Functions that upstream approximates in f32 to a few ulp.
const StringRef kApproximated[] = {
    math::LogOp::getOperationName(), math::SinOp::getOperationName(),
    math::CosOp::getOperationName(), math::ErfOp::getOperationName(),
    math::Log1pOp::getOperationName()};
/// The same for devices without a library.
const StringRef kAlsoApproximated[] = {
    math::Log2Op::getOperationName(), math::ExpM1Op::getOperationName(),
    math::AtanOp::getOperationName(), math::Atan2Op::getOperationName(),
    math::ErfcOp::getOperationName(), math::CbrtOp::getOperationName(),
    math::AsinOp::getOperationName(), math::AcosOp::getOperationName()};
/// What upstream writes in terms of others, by mnemonic.
const StringRef kExpanded[] = {"sinh",  "cosh",  "tan",   "asinh",
                               "acosh", "atanh", "powf",  "fpowi",
                               "rsqrt", "round", "ipowi", "clampf"};

struct ExpandMathPass : msa::impl::MSAExpandMathBase<ExpandMathPass> {
  using Base::Base;
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    if (freestanding) {
      msa::relaxDivisions(getOperation());
      msa::populateDeviceMathPatterns(patterns, /*benefit=*/15);
    }
    patterns.add<ExpandExp2, ExpandExp, ExpandTanh>(&getContext(),
                                                    /*benefit=*/10);
    if (avx512)
      patterns.add<ExpandExp2Avx512>(&getContext(), /*benefit=*/30);
    patterns.add<ExpandExtremum<arith::MaxNumFOp, arith::CmpFPredicate::OGT>,
                 ExpandExtremum<arith::MinNumFOp, arith::CmpFPredicate::OLT>>(
        &getContext());
    auto small = [this](StringRef name) {
      return llvm::is_contained(kApproximated, name) ||
             (freestanding && llvm::is_contained(kAlsoApproximated, name));
    };
    if (freestanding) {
      patterns.add<ExpandLog10>(&getContext());
      math::populateExpansionPatterns(patterns, kExpanded);
    }
    auto widened = [&](StringRef name) {
      return small(name) || name == math::ExpOp::getOperationName() ||
             name == math::Exp2Op::getOperationName() ||
             name == math::TanhOp::getOperationName() ||
             (freestanding &&
              (name == math::Log10Op::getOperationName() ||
               llvm::is_contained(kExpanded, name.split('.').second)));
    };
    populateMathF32ExpansionPatterns(patterns, widened, /*benefit=*/20);
    populateMathPolynomialApproximationPatterns(patterns, small);
    if (!freestanding)
      arith::populateExpandBFloat16Patterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
