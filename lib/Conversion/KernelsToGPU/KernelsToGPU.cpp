//===- KernelsToGPU.cpp - Tile loops to threads ---------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Conversion/DependentLaunch.h"
#include "msa/Conversion/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::msa {
#define GEN_PASS_DEF_MSAKERNELSTOGPU
#include "msa/Conversion/Passes.h.inc"
} // namespace mlir::msa

using namespace mlir;

/// The LLVM intrinsic that PTX has an instruction for, or empty: what only a
/// library could compute is refused, since there is none on the device.
static StringRef intrinsicOf(Operation *op) {
  return llvm::TypeSwitch<Operation *, StringRef>(op)
      .Case([](math::FmaOp) { return "llvm.fma"; })
      .Case([](math::SqrtOp) { return "llvm.sqrt"; })
      .Case([](math::AbsFOp) { return "llvm.fabs"; })
      .Case([](math::FloorOp) { return "llvm.floor"; })
      .Case([](math::CeilOp) { return "llvm.ceil"; })
      .Case([](math::RoundEvenOp) { return "llvm.roundeven"; })
      .Case([](math::TruncOp) { return "llvm.trunc"; })
      .Case([](math::CopySignOp) { return "llvm.copysign"; })
      .Default([](Operation *) { return ""; });
}

/// Upstream's conversion would call libdevice for these.
static LogicalResult replaceMath(gpu::GPUModuleOp target) {
  SmallVector<Operation *> ops;
  target.walk([&](Operation *op) {
    if (isa<math::MathDialect>(op->getDialect()))
      ops.push_back(op);
  });
  for (Operation *op : ops) {
    StringRef intrinsic = intrinsicOf(op);
    Type type = op->getResult(0).getType();
    if (intrinsic.empty())
      return op->emitError()
             << "'" << op->getName() << "' on " << type
             << " has no GPU code: functions of f64 and some others need a "
                "library that is not there; use f32, or the CPU";
    OpBuilder b(op);
    auto call = LLVM::CallIntrinsicOp::create(
        b, op->getLoc(), type, b.getStringAttr(intrinsic), op->getOperands());
    op->replaceAllUsesWith(call->getResults());
    op->erase();
  }
  return success();
}

namespace {
struct KernelsToGPUPass
    : ::mlir::msa::impl::MSAKernelsToGPUBase<KernelsToGPUPass> {
  using Base::Base;

  LogicalResult convert(func::FuncOp kernel, gpu::GPUModuleOp target) {
    // (buffers.., begin, end) becomes (buffers.., tiles).
    Location loc = kernel.getLoc();
    SmallVector<Type> types(kernel.getArgumentTypes().drop_back(2));
    unsigned buffers = types.size();
    OpBuilder b(target.getContext());
    b.setInsertionPointToEnd(target.getBody());
    types.push_back(b.getIndexType());
    auto func = gpu::GPUFuncOp::create(b, loc, kernel.getName(),
                                       b.getFunctionType(types, {}));
    func->setAttr(gpu::GPUDialect::getKernelFuncAttrName(), b.getUnitAttr());
    func->setAttr(
        func.getKnownBlockSizeAttrName(),
        b.getDenseI32ArrayAttr({static_cast<int32_t>(blockSize), 1, 1}));
    Block &body = func.getBody().front();
    b.setInsertionPointToStart(&body);
    if (dependentLaunch) {
      func->setAttr(::msa::kWaitsAttr, b.getUnitAttr());
      ::msa::announceLaunch(b, loc);
      ::msa::waitForEarlier(b, loc);
    }
    Value block = gpu::BlockIdOp::create(b, loc, gpu::Dimension::x);
    Value thread = gpu::ThreadIdOp::create(b, loc, gpu::Dimension::x);
    Value size = arith::ConstantIndexOp::create(b, loc, blockSize);
    Value tile = arith::AddIOp::create(
        b, loc, arith::MulIOp::create(b, loc, block, size), thread);
    Value inside = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt,
                                         tile, body.getArgument(buffers));
    auto guard = scf::IfOp::create(b, loc, inside, /*withElse=*/false);
    gpu::ReturnOp::create(b, loc);
    b.setInsertionPointToStart(guard.thenBlock());
    IRMapping mapping;
    for (unsigned i = 0; i < buffers; ++i)
      mapping.map(kernel.getArgument(i), body.getArgument(i));
    mapping.map(kernel.getArgument(buffers), tile);
    Value one = arith::ConstantIndexOp::create(b, loc, 1);
    mapping.map(kernel.getArgument(buffers + 1),
                arith::AddIOp::create(b, loc, tile, one));
    if (!kernel.getBody().hasOneBlock())
      return kernel.emitError("a kernel must have structured control flow");
    for (Operation &op : kernel.getBody().front().without_terminator()) {
      // The loop over tiles is this one thread's tile.
      auto loop = dyn_cast<scf::ForOp>(op);
      if (loop && loop.getNumResults() == 0 &&
          loop.getLowerBound() == kernel.getArgument(buffers) &&
          loop.getUpperBound() == kernel.getArgument(buffers + 1)) {
        mapping.map(loop.getInductionVar(), tile);
        for (Operation &inner : loop.getBody()->without_terminator())
          b.clone(inner, mapping);
        continue;
      }
      b.clone(op, mapping);
    }
    ++numKernels;
    return success();
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (blockSize < 1 || blockSize > 1024) {
      module.emitError("msa-kernels-to-gpu: block-size must lie in [1, 1024]");
      return signalPassFailure();
    }
    SmallVector<func::FuncOp> kernels;
    for (auto func : module.getOps<func::FuncOp>())
      if (func->hasAttr("msa.kernel"))
        kernels.push_back(func);
    if (kernels.empty())
      return;
    OpBuilder b(module.getBodyRegion());
    auto existing = module.getOps<gpu::GPUModuleOp>();
    gpu::GPUModuleOp target =
        existing.empty()
            ? gpu::GPUModuleOp::create(b, module.getLoc(), "kernels")
            : *existing.begin();
    for (func::FuncOp kernel : kernels) {
      if (failed(convert(kernel, target)))
        return signalPassFailure();
      kernel.erase();
    }
    if (failed(replaceMath(target)))
      return signalPassFailure();
    module->setAttr(gpu::GPUDialect::getContainerModuleAttrName(),
                    b.getUnitAttr());
  }
};
} // namespace
