//===- DependentLaunch.cpp - Kernels that start early ---------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Conversion/DependentLaunch.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

/// PTX that memory accesses stay on their side of. LLVM's intrinsics for the
/// two instructions are said to use no memory, so loads could move across them.
static void emit(OpBuilder &b, Location loc, StringRef text) {
  LLVM::InlineAsmOp::create(
      b, loc, TypeRange(), ValueRange(), text, "~{memory}",
      /*has_side_effects=*/true, /*is_align_stack=*/false,
      LLVM::tailcallkind::TailCallKind::None,
      LLVM::AsmDialectAttr::get(b.getContext(), LLVM::AsmDialect::AD_ATT),
      ArrayAttr());
}

void msa::announceLaunch(OpBuilder &b, Location loc) {
  emit(b, loc, "griddepcontrol.launch_dependents;");
}

void msa::waitForEarlier(OpBuilder &b, Location loc) {
  emit(b, loc, "griddepcontrol.wait;");
}
