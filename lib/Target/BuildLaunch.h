//===- BuildLaunch.h - How kernels are launched ---------------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_LIB_TARGET_BUILDLAUNCH_H
#define MSA_LIB_TARGET_BUILDLAUNCH_H

#include "msa/Artefact/Artefact.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace msa {

/// Fills in how the call's kernel is launched on a GPU; the dispatch has its
/// buffers already, the plan what lies before it. `kernel` may be null.
mlir::LogicalResult buildLaunch(mlir::func::CallOp call,
                                mlir::func::FuncOp kernel,
                                const artefact::Plan &plan,
                                artefact::Dispatch &dispatch);

/// Names of the attributes of kernels that say it.
constexpr llvm::StringLiteral kLaunchAttr("msa_gpu.launch");
constexpr llvm::StringLiteral kMapsAttr("msa_gpu.maps");

} // namespace msa

#endif // MSA_LIB_TARGET_BUILDLAUNCH_H
