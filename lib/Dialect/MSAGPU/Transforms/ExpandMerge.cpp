//===- ExpandMerge.cpp - Kernels that join partial attention -----------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExpandKernel.h"
#include "msa/Dialect/MSAGPU/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::msa_gpu {
#define GEN_PASS_DEF_MSAGPUEXPANDMERGE
#include "msa/Dialect/MSAGPU/Transforms/Passes.h.inc"
} // namespace mlir::msa_gpu

using namespace mlir;
using namespace mlir::msa_gpu;

namespace {

/// Writes what one thread does: an element of out, and, where it is the first
/// of its row, the row's lse.
class MergeWriter {
public:
  MergeWriter(OpBuilder &b, MergeOp op) : b(b), loc(op.getLoc()), op(op) {}

  void write(Value element) {
    ArrayRef<int64_t> shape = AttendOp::shapeOf(op.getOut());
    SmallVector<Value> at(4);
    Value rest = element;
    for (int64_t dim = 3; dim > 0; --dim) {
      at[dim] = arith::RemUIOp::create(b, loc, rest, index(shape[dim]));
      rest = arith::DivUIOp::create(b, loc, rest, index(shape[dim]));
    }
    at[0] = rest;
    // Where it is in partial results, and its row in an lse.
    SmallVector<Value> from(at);
    if (op.getTokenMajor())
      std::swap(from[1], from[2]);
    ArrayRef<Value> row = ArrayRef<Value>(from).drop_back();

    // All reads first: none waits for another.
    int64_t splits = op.getSplits();
    SmallVector<Value> lse, parts;
    for (int64_t s = 0; s < splits; ++s) {
      SmallVector<Value> place(from);
      place[0] = b.createOrFold<arith::AddIOp>(loc, at[0], index(s * shape[0]));
      parts.push_back(memref::LoadOp::create(b, loc, op.getPartial(), place));
      place.pop_back();
      lse.push_back(memref::LoadOp::create(b, loc, op.getPartialLse(), place));
    }
    Value max = lse.front();
    for (Value other : ArrayRef<Value>(lse).drop_front())
      max = arith::MaximumFOp::create(b, loc, max, other);
    Value least = real(-std::numeric_limits<float>::infinity());
    Value none =
        arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, max, least);
    // No share has a key: any finite number gives weights of 0.
    Value shift = arith::SelectOp::create(b, loc, none, real(0), max);
    Value sum = real(0), out = real(0);
    for (auto [own, part] : llvm::zip(lse, parts)) {
      Value weight = math::ExpOp::create(
          b, loc, arith::SubFOp::create(b, loc, own, shift));
      sum = arith::AddFOp::create(b, loc, sum, weight);
      out = arith::AddFOp::create(b, loc, out,
                                  arith::MulFOp::create(b, loc, weight, part));
    }
    Value divisor = arith::SelectOp::create(b, loc, none, real(1), sum);
    out = arith::DivFOp::create(b, loc, out, divisor);
    Type element16 = cast<MemRefType>(op.getOut().getType()).getElementType();
    if (!element16.isF32())
      out = arith::TruncFOp::create(b, loc, element16, out);
    memref::StoreOp::create(b, loc, out, op.getOut(), at);

    Value isFirst = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                          at[3], index(0));
    scf::IfOp::create(b, loc, isFirst, [&](OpBuilder &nested, Location) {
      Value log = math::LogOp::create(nested, loc, divisor);
      Value all = arith::AddFOp::create(nested, loc, max, log);
      memref::StoreOp::create(nested, loc, all, op.getLse(), row);
      scf::YieldOp::create(nested, loc);
    });
  }

private:
  Value index(int64_t x) { return arith::ConstantIndexOp::create(b, loc, x); }
  Value real(double x) {
    return arith::ConstantFloatOp::create(b, loc, b.getF32Type(),
                                          APFloat(static_cast<float>(x)));
  }

  OpBuilder &b;
  Location loc;
  MergeOp op;
};

struct ExpandMergePass : msa_gpu::impl::MSAGPUExpandMergeBase<ExpandMergePass> {
  using Base::Base;

  LogicalResult expand(func::FuncOp func, MergeOp op) {
    auto loop = op->getParentOfType<scf::ForOp>();
    if (!loop || loop->getParentOp() != func)
      return op.emitOpError("must stand in the loop of its kernel");
    auto uses = SymbolTable::getSymbolUses(func, func->getParentOp());
    if (!uses)
      return func.emitError("calls of this kernel can not be found");
    int64_t count = ShapedType::getNumElements(AttendOp::shapeOf(op.getOut()));
    for (SymbolTable::SymbolUse use : *uses) {
      auto call = dyn_cast<func::CallOp>(use.getUser());
      if (!call)
        return use.getUser()->emitError("a kernel can only be called");
      OpBuilder b(call);
      call.setOperand(call.getNumOperands() - 1,
                      arith::ConstantIndexOp::create(b, call.getLoc(), count));
    }
    OpBuilder b(op);
    func->setAttr("msa.kernel", b.getI64IntegerAttr(count));
    MergeWriter(b, op).write(loop.getInductionVar());
    op.erase();
    ++numKernels;
    return success();
  }

  void runOnOperation() override {
    SmallVector<MergeOp> ops;
    getOperation().walk([&](MergeOp op) { ops.push_back(op); });
    for (MergeOp op : ops) {
      func::FuncOp func = kernelFunction(op);
      if (!func || failed(expand(func, op)))
        return signalPassFailure();
    }
  }
};
} // namespace
