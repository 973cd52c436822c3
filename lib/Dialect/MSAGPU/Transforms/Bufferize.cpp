//===- Bufferize.cpp - Scheduled operations on buffers -----------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSAGPU/Transforms/Passes.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::msa_gpu;

/// Whether a kernel can take the view where it is: the copy engine walks
/// matrices at a fixed place, in steps of 16 bytes; what is small is whole.
static bool fits(MemRefType type, bool isMatrix) {
  if (type.getLayout().isIdentity())
    return true;
  SmallVector<int64_t> strides;
  int64_t offset = 0;
  if (!isMatrix || failed(type.getStridesAndOffset(strides, offset)) ||
      ShapedType::isDynamic(offset) || strides.back() != 1)
    return false;
  int64_t bytes = type.getElementTypeBitWidth() / 8;
  auto isStep = [&](int64_t elements) {
    return elements >= 0 && elements < (int64_t(1) << 38) &&
           elements * bytes % 16 == 0;
  };
  return isStep(offset) &&
         llvm::all_of(ArrayRef<int64_t>(strides).drop_back(),
                      [&](int64_t x) { return x > 0 && isStep(x); });
}

static bool isMatrix(AttendOp, MemRefType type) {
  return type.getElementTypeBitWidth() == 16;
}
static bool isMatrix(GemmOp, MemRefType) { return true; }
static bool isMatrix(MergeOp, MemRefType) { return false; }

/// Whether rows that a kernel takes as one matrix are equally far apart.
static bool areRows(AttendOp op, Value operand, MemRefType type) {
  if (!op.getSchedule().getStacked() || op.getQueries() == 1 ||
      op.getGroup() == 1 ||
      (operand != op.getQuery() && operand != op.getOut()))
    return true;
  SmallVector<int64_t> strides;
  int64_t offset = 0;
  return succeeded(type.getStridesAndOffset(strides, offset)) &&
         strides[1] == op.getQueries() * strides[2];
}
static bool areRows(GemmOp, Value, MemRefType) { return true; }
static bool areRows(MergeOp, Value, MemRefType) { return true; }

namespace {
/// Views that kernels can not take are copied before, or behind.
template <typename Op>
struct Bufferization
    : bufferization::DstBufferizableOpInterfaceExternalModel<Bufferization<Op>,
                                                             Op> {
  /// The outs are overwritten, never read.
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand,
                              const bufferization::AnalysisState &) const {
    return !cast<Op>(op).isDpsInit(&operand);
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const bufferization::BufferizationOptions &options,
                          bufferization::BufferizationState &state) const {
    auto self = cast<Op>(op);
    Location loc = op->getLoc();
    SmallVector<Value> operands, results;
    SmallVector<std::pair<Value, Value>> copiesOut;
    for (OpOperand &operand : op->getOpOperands()) {
      FailureOr<Value> buffer =
          bufferization::getBuffer(rewriter, operand.get(), options, state);
      if (failed(buffer))
        return failure();
      bool isOut = self.isDpsInit(&operand);
      if (isOut)
        results.push_back(*buffer);
      auto type = cast<MemRefType>(buffer->getType());
      if (!fits(type, isMatrix(self, type)) ||
          !areRows(self, operand.get(), type)) {
        auto dense = MemRefType::get(type.getShape(), type.getElementType());
        FailureOr<Value> copy =
            options.createAlloc(rewriter, loc, dense, ValueRange());
        if (failed(copy))
          return failure();
        if (isOut)
          copiesOut.push_back({*copy, *buffer});
        else if (failed(options.createMemCpy(rewriter, loc, *buffer, *copy)))
          return failure();
        buffer = copy;
      }
      operands.push_back(*buffer);
    }
    OperationState fresh(loc, op->getName());
    fresh.addOperands(operands);
    fresh.propertiesAttr = op->getPropertiesAsAttribute();
    fresh.addAttributes(op->getDiscardableAttrDictionary().getValue());
    for (Region &region : op->getRegions())
      fresh.addRegion()->takeBody(region);
    rewriter.create(fresh);
    for (auto [copy, buffer] : copiesOut)
      if (failed(options.createMemCpy(rewriter, loc, copy, buffer)))
        return failure();
    bufferization::replaceOpWithBufferizedValues(rewriter, op, results);
    return success();
  }
};
} // namespace

void msa_gpu::registerBufferization(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, MSAGPUDialect *) {
    AttendOp::attachInterface<Bufferization<AttendOp>>(*context);
    GemmOp::attachInterface<Bufferization<GemmOp>>(*context);
    MergeOp::attachInterface<Bufferization<MergeOp>>(*context);
  });
}
