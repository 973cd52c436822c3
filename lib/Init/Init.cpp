//===- Init.cpp - Registration of our dialects and passes -----------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Init.h"

#include "msa/Codegen/Passes.h"
#include "msa/Conversion/Passes.h"
#include "msa/Dialect/MSA/IR/MSA.h"
#include "msa/Dialect/MSA/Transforms/Passes.h"
#include "msa/Dialect/MSAGPU/Transforms/Passes.h"
#include "msa/Pipelines/Pipelines.h"

#include "mlir/IR/DialectRegistry.h"

void msa::registerDialects(mlir::DialectRegistry &registry) {
  registry.insert<mlir::msa::MSADialect, mlir::msa_gpu::MSAGPUDialect>();
  mlir::msa_gpu::registerBufferization(registry);
}

void msa::registerPasses() {
  mlir::msa::registerMSACodegenPasses();
  mlir::msa::registerMSAConversionPasses();
  mlir::msa::registerMSATransformsPasses();
  mlir::msa_gpu::registerMSAGPUTransformsPasses();
  registerPipelines();
}

void msa::registerCompilerPasses() {
  registerUpstreamPasses();
  registerPasses();
}
