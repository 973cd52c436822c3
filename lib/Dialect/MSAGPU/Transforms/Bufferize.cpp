//===- Bufferize.cpp - Scheduled operations on buffers -----------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSAGPU/Transforms/Passes.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"

using namespace mlir;
using namespace mlir::msa_gpu;

namespace {
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
    SmallVector<Value> operands, results;
    for (OpOperand &operand : op->getOpOperands()) {
      FailureOr<Value> buffer =
          bufferization::getBuffer(rewriter, operand.get(), options, state);
      if (failed(buffer))
        return failure();
      operands.push_back(*buffer);
      if (self.isDpsInit(&operand))
        results.push_back(*buffer);
    }
    OperationState fresh(op->getLoc(), op->getName());
    fresh.addOperands(operands);
    fresh.propertiesAttr = op->getPropertiesAsAttribute();
    fresh.addAttributes(op->getDiscardableAttrDictionary().getValue());
    rewriter.create(fresh);
    bufferization::replaceOpWithBufferizedValues(rewriter, op, results);
    return success();
  }
};
} // namespace

void msa_gpu::registerBufferization(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, MSAGPUDialect *) {
    AttendOp::attachInterface<Bufferization<AttendOp>>(*context);
    GemmOp::attachInterface<Bufferization<GemmOp>>(*context);
  });
}
