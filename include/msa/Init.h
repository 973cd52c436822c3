//===- Init.h - Registration of everything the tools need -------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_INIT_H
#define MSA_INIT_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace msa {

/// Upstream dialects, external models, extensions and translations. Its
/// headers are the most expensive of all, so it has a file of its own.
void registerUpstream(mlir::DialectRegistry &registry);

/// Upstream passes, for msa-opt.
void registerUpstreamPasses();

/// Our dialects and their interfaces' external models.
void registerDialects(mlir::DialectRegistry &registry);

/// Our passes and named pipelines.
void registerPasses();

/// Our passes and the upstream ones that our pipelines name; what a tool that
/// only compiles needs.
void registerCompilerPasses();

} // namespace msa

#endif // MSA_INIT_H
