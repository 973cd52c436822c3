//===- MSAEnums.td - Enumerations of the msa dialect -------*- tablegen -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSA_IR_MSAENUMS_TD
#define MSA_DIALECT_MSA_IR_MSAENUMS_TD

include "mlir/IR/EnumAttr.td"
include "msa/Dialect/MSA/IR/MSADialect.td"

def MSA_RopeScaling : I32EnumAttr<"RopeScaling", "how rotary angles are scaled", [
    I32EnumAttrCase<"none", 0>, I32EnumAttrCase<"linear", 1>,
    I32EnumAttrCase<"ntk", 2>, I32EnumAttrCase<"yarn", 3>]> {
  let cppNamespace = "::mlir::msa";
  let genSpecializedAttr = 0;
}
def MSA_RopeScalingAttr : EnumAttr<MSA_Dialect, MSA_RopeScaling, "rope_scaling"> {
  let assemblyFormat = "`<` $value `>`";
}

#endif // MSA_DIALECT_MSA_IR_MSAENUMS_TD
