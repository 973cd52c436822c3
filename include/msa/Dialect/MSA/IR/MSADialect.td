//===- MSADialect.td - The msa dialect ---------------------*- tablegen -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSA_IR_MSADIALECT_TD
#define MSA_DIALECT_MSA_IR_MSADIALECT_TD

include "mlir/IR/OpBase.td"

def MSA_Dialect : Dialect {
  let name = "msa";
  let cppNamespace = "::mlir::msa";
  let summary = "Memory sparse attention";
  let description = [{
    What a Transformer layer with sparse attention patterns and a persistent,
    gated memory bank computes. All operations have value semantics on ranked
    tensors; state (bank, carried window) is an operand and a result and is
    updated in place once bufferized.

    Shapes use these symbols: B batch (independent streams), Hq and Hkv query
    and key/value heads (Hq a multiple of Hkv), N queries, M local keys, W
    carried window, K bank slots, D head dimension, d model dimension.

    Positions are 64-bit and absolute. Only differences of positions decide what
    a pattern keeps or reach floating point, except for `strided`, `global` and
    `random`, which read the absolute position as an integer.
  }];
  let useDefaultAttributePrinterParser = 1;
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect"
  ];
  // Names of discardable attributes on the arguments and results of an entry.
  let extraClassDeclaration = [{
    /// Name of an argument or result in the compiled signature.
    static constexpr ::llvm::StringLiteral kNameAttr = "msa.name";
    /// The argument (result) is (the new value of) the session state so named.
    static constexpr ::llvm::StringLiteral kStateAttr = "msa.state";
    /// The argument is a constant of the model.
    static constexpr ::llvm::StringLiteral kConstantAttr = "msa.constant";
    /// Seed and scale of a generated initial value.
    static constexpr ::llvm::StringLiteral kSeedAttr = "msa.seed";
    static constexpr ::llvm::StringLiteral kStddevAttr = "msa.stddev";
  }];
}

#endif // MSA_DIALECT_MSA_IR_MSADIALECT_TD
