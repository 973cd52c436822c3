//===- MSAGPUOps.td - Operations of the msa_gpu dialect ----*- tablegen -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSAGPU_IR_MSAGPUOPS_TD
#define MSA_DIALECT_MSAGPU_IR_MSAGPUOPS_TD

include "msa/Dialect/MSAGPU/IR/MSAGPUAttendOp.td"
include "msa/Dialect/MSAGPU/IR/MSAGPUEpilogueOps.td"
include "msa/Dialect/MSAGPU/IR/MSAGPUGemmOp.td"
include "msa/Dialect/MSAGPU/IR/MSAGPUMergeOp.td"
include "msa/Dialect/MSAGPU/IR/MSAGPUPipelineOps.td"
include "msa/Dialect/MSAGPU/IR/MSAGPUProgramOps.td"
include "msa/Dialect/MSAGPU/IR/MSAGPURoleOps.td"
include "msa/Dialect/MSAGPU/IR/MSAGPUTileOps.td"

#endif // MSA_DIALECT_MSAGPU_IR_MSAGPUOPS_TD
