//===- MSAOpBase.td - Types shared by msa operations -------*- tablegen -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSA_IR_MSAOPBASE_TD
#define MSA_DIALECT_MSA_IR_MSAOPBASE_TD

include "mlir/IR/OpBase.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "msa/Dialect/MSA/IR/MSADialect.td"

class MSA_Op<string mnemonic, list<Trait> traits = []> : Op<MSA_Dialect, mnemonic, traits>;

defvar MSA_Float = [F16, BF16, F32, F64];
def MSA_FloatTensor : RankedTensorOf<MSA_Float>;
def MSA_FloatTensor1D : 1DTensorOf<MSA_Float>;
def MSA_FloatTensor2D : 2DTensorOf<MSA_Float>;
def MSA_FloatTensor3D : 3DTensorOf<MSA_Float>;
def MSA_FloatTensor4D : 4DTensorOf<MSA_Float>;

#endif // MSA_DIALECT_MSA_IR_MSAOPBASE_TD
