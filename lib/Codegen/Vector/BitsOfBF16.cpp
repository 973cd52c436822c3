//===- BitsOfBF16.cpp - bf16 that is only moved as integers ---------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Codegen/Passes.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/Pass/Pass.h"

namespace mlir::msa {
#define GEN_PASS_DEF_MSABITSOFBF16
#include "msa/Codegen/Passes.h.inc"
} // namespace mlir::msa

using namespace mlir;

static bool hasBF16(Type type) {
  return type.walk([](BFloat16Type) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

/// Operations for which a value is bits of some size.
static bool movesBits(Operation *op) {
  return isa<LLVM::LoadOp, LLVM::StoreOp, LLVM::MaskedLoadOp,
             LLVM::MaskedStoreOp, LLVM::masked_gather, LLVM::masked_scatter,
             LLVM::BitcastOp, LLVM::ConstantOp, LLVM::ZeroOp, LLVM::UndefOp,
             LLVM::PoisonOp, LLVM::BrOp, LLVM::CondBrOp, LLVM::SelectOp,
             LLVM::InsertElementOp, LLVM::ExtractElementOp,
             LLVM::ShuffleVectorOp, LLVM::InsertValueOp, LLVM::ExtractValueOp,
             LLVM::GEPOp, LLVM::AllocaOp>(op);
}

namespace {
struct BitsOfBF16Pass : msa::impl::MSABitsOfBF16Base<BitsOfBF16Pass> {
  using Base::Base;
  void runOnOperation() override {
    Type bits = IntegerType::get(&getContext(), 16);
    WalkResult other = getOperation()->walk([](Operation *op) {
      bool has = llvm::any_of(op->getOperandTypes(), hasBF16) ||
                 llvm::any_of(op->getResultTypes(), hasBF16);
      return has && !movesBits(op) ? WalkResult::interrupt()
                                   : WalkResult::advance();
    });
    if (other.wasInterrupted())
      return;
    AttrTypeReplacer replacer;
    replacer.addReplacement([=](BFloat16Type) { return bits; });
    replacer.addReplacement([=](FloatAttr attr) -> std::optional<Attribute> {
      if (!attr.getType().isBF16())
        return std::nullopt;
      return IntegerAttr::get(bits, attr.getValue().bitcastToAPInt());
    });
    replacer.addReplacement(
        [=](DenseElementsAttr attr) -> std::optional<Attribute> {
          if (!attr.getElementType().isBF16())
            return std::nullopt;
          return attr.bitcast(bits);
        });
    replacer.recursivelyReplaceElementsIn(getOperation(), /*replaceAttrs=*/true,
                                          /*replaceLocs=*/false,
                                          /*replaceTypes=*/true);
  }
};
} // namespace
