//===- Init.cpp - Registration of our dialects and passes -----------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Init.h"

#include "mlir/IR/DialectRegistry.h"

void msa::registerDialects(mlir::DialectRegistry &registry) {}

void msa::registerPasses() {}
