//===- MSAGPUOpBase.td - Types shared by msa_gpu operations -*- tablegen -*-==//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSAGPU_IR_MSAGPUOPBASE_TD
#define MSA_DIALECT_MSAGPU_IR_MSAGPUOPBASE_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "msa/Dialect/MSA/IR/MSAPatterns.td"
include "msa/Dialect/MSAGPU/IR/MSAGPUAttrs.td"
include "msa/Dialect/MSAGPU/IR/MSAGPUTypes.td"

class MSAGPU_Op<string mnemonic, list<Trait> traits = []> : Op<MSAGPU_Dialect, mnemonic, traits>;

#endif // MSA_DIALECT_MSAGPU_IR_MSAGPUOPBASE_TD
