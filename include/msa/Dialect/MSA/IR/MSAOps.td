//===- MSAOps.td - All operations of the msa dialect -------*- tablegen -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSA_IR_MSAOPS_TD
#define MSA_DIALECT_MSA_IR_MSAOPS_TD

include "msa/Dialect/MSA/IR/MSAAttentionOps.td"
include "msa/Dialect/MSA/IR/MSAStateOps.td"
include "msa/Dialect/MSA/IR/MSATokenOps.td"

#endif // MSA_DIALECT_MSA_IR_MSAOPS_TD
