//===- msa-opt.cpp - Run passes of the msa compiler on a file -------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Init.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  msa::registerUpstreamPasses();
  msa::registerPasses();
  mlir::DialectRegistry registry;
  msa::registerUpstream(registry);
  msa::registerDialects(registry);
  return mlir::asMainReturnCode(mlir::MlirOptMain(
      argc, argv, "The msa compiler's pass driver\n", registry));
}
