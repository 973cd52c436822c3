//===- FuseRope.cpp - Rotary embeddings of products -------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DefaultSchedules.h"
#include "ProductUse.h"
#include "msa/Conversion/MSAToLinalg/Decompose.h"
#include "msa/Conversion/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::msa {
#define GEN_PASS_DEF_MSAFUSEROPE
#include "msa/Conversion/Passes.h.inc"
} // namespace mlir::msa

using namespace mlir;
using namespace mlir::msa_gpu;

namespace {
struct FuseRopePass : msa::impl::MSAFuseRopeBase<FuseRopePass> {
  using Base::Base;

  /// Whether rows of the tables are rows of the product, and pairs lie in one
  /// head.
  static bool canRotate(msa::RopeOp rope, ProductUse use) {
    return use.gemm && !rope.getOffset() && !rope.getInterleaved() &&
           use.letters[2] == 'm' && use.letters[3] == 'n' &&
           use.gemm.size('n') == static_cast<int64_t>(rope.getRotary()) &&
           rope.getRotary() % 16 == 0;
  }

  /// A schedule whose tiles have whole heads, so both elements of every pair.
  static GemmScheduleAttr wholeHeads(GemmOp gemm, int64_t head) {
    GemmScheduleAttr schedule = gemm.getSchedule();
    if (schedule.getColumns() % head == 0)
      return schedule;
    return defaultGemmSchedule(gemm, schedule.getCluster() > 1, head);
  }

  static bool fuse(msa::RopeOp rope) {
    ProductUse use = productUse(rope.getInput());
    if (!canRotate(rope, use))
      return false;
    GemmOp gemm = use.gemm;
    GemmScheduleAttr schedule = wholeHeads(gemm, rope.getRotary());
    if (!schedule)
      return false;
    OpBuilder b(gemm);
    Location loc = rope.getLoc();
    auto type = cast<RankedTensorType>(gemm.getOut().getType());
    auto empty = [&] {
      return tensor::EmptyOp::create(b, loc, type.getShape(),
                                     type.getElementType());
    };
    SmallVector<Value> outs = {empty()};
    bool hasOther =
        !rope.getInput().hasOneUse() || !gemm.getResult(0).hasOneUse();
    if (hasOther)
      outs.push_back(empty());
    auto [cos, sin] =
        msa::rotationTables(b, rope, gemm.size('m'), b.getF32Type());
    auto fused =
        GemmOp::create(b, loc, gemm.getForm(), gemm.getA(), gemm.getB(), outs,
                       schedule, {"mp", "mp"}, {cos, sin}, rope.getRotary());
    fused->setDiscardableAttrs(gemm->getDiscardableAttrDictionary());
    {
      OpBuilder::InsertionGuard guard(b);
      ValueRange x = fused.addEpilogue(b)->getArguments();
      Value straight = arith::MulFOp::create(b, loc, x[0], x[2]);
      Value across = arith::MulFOp::create(b, loc, x[1], x[3]);
      YieldOp::create(b, loc, arith::AddFOp::create(b, loc, straight, across));
    }
    rope.getOutput().replaceAllUsesWith(use.reshaped(b, fused.getResult(0)));
    rope.erase();
    if (hasOther)
      gemm.getResult(0).replaceAllUsesWith(fused.getResult(1));
    else if (use.reshape)
      use.reshape->erase();
    gemm.erase();
    return true;
  }

  void runOnOperation() override {
    SmallVector<msa::RopeOp> ropes;
    getOperation()->walk([&](msa::RopeOp rope) { ropes.push_back(rope); });
    for (msa::RopeOp rope : ropes)
      if (fuse(rope))
        ++numFused;
  }
};
} // namespace
