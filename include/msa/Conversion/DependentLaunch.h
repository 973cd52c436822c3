//===- DependentLaunch.h - Kernels that start early -------------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From sm_90 on, blocks of a kernel can take their place on the GPU while the
// last ones of the kernel before it still run (CUDA: programmatic dependent
// launch). A kernel allows it to the next one with `announceLaunch`, and itself
// does not use memory before `waitForEarlier`.
//
// Legality. The wait returns when the kernel before has ended and what it wrote
// is visible. All threads of all blocks wait before they use memory or end, so
// no kernel ends before the one before it: when a wait returns, all earlier
// kernels of the step have ended, not only the last one. Nobody then still
// reads what this kernel overwrites (places in the arena are used again), nor
// writes what it reads. Blocks that wait hold back no other: the kernel before
// has all of its own on the GPU, or done, when the next one's may come.
//
//===----------------------------------------------------------------------===//

#ifndef MSA_CONVERSION_DEPENDENTLAUNCH_H
#define MSA_CONVERSION_DEPENDENTLAUNCH_H

#include "mlir/IR/Builders.h"

namespace msa {

/// Unit attribute of kernels in which every thread waits so; what it says gets
/// into the artefact (Dispatch::waits).
constexpr llvm::StringLiteral kWaitsAttr("msa.waits");

/// Lets the next kernel begin once every block of this one has.
void announceLaunch(mlir::OpBuilder &b, mlir::Location loc);
/// Waits for all earlier kernels. In reach of every thread, before anything
/// that uses memory of the GPU other than the kernel's parameters.
void waitForEarlier(mlir::OpBuilder &b, mlir::Location loc);

} // namespace msa

#endif // MSA_CONVERSION_DEPENDENTLAUNCH_H
