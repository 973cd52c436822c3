//===- DecomposePass.cpp - The pass around the decompositions -------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Conversion/MSAToLinalg/Decompose.h"
#include "msa/Conversion/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::msa {
#define GEN_PASS_DEF_MSADECOMPOSE
#include "msa/Conversion/Passes.h.inc"
} // namespace mlir::msa

using namespace mlir;
using namespace mlir::msa;

namespace {
struct DecomposePass : msa::impl::MSADecomposeBase<DecomposePass> {
  using Base::Base;

  bool isOneTile(AttendOp op) {
    int64_t keys = op.getLocalKeys() + op.getWindow(), all;
    if (op.getBankKey())
      keys += cast<RankedTensorType>(op.getBankKey().getType()).getDimSize(2);
    return !llvm::MulOverflow(op.getQueries(), keys, all) && all <= scores;
  }

  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation()->walk([&](Operation *op) {
      if (isa_and_present<MSADialect>(op->getDialect()))
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (Operation *op : ops) {
      rewriter.setInsertionPoint(op);
      SmallVector<Value> values =
          llvm::TypeSwitch<Operation *, SmallVector<Value>>(op)
              .Case<OnlineAttendOp, FinalizeOp, MergeOp, BankWriteOp, CarryOp,
                    RopeOp, ShortConvOp>(
                  [&](auto typed) { return decompose(rewriter, typed); })
              .Case<AttendOp>([&](AttendOp attend) {
                if (dense)
                  return decomposeDense(rewriter, attend);
                return isOneTile(attend)
                           ? decomposeDense(rewriter, attend,
                                            /*transposeKeys=*/true)
                           : SmallVector<Value>();
              })
              .Default([](Operation *) { return SmallVector<Value>(); });
      if (values.empty())
        continue;
      rewriter.replaceOp(op, values);
      ++numDecomposed;
    }
  }
};
} // namespace
