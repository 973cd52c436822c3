//===- BuildModel.h - From a planned module to an artefact ------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_TARGET_BUILDMODEL_H
#define MSA_TARGET_BUILDMODEL_H

#include "msa/Artefact/Artefact.h"

#include "mlir/IR/BuiltinOps.h"

namespace msa {

/// Adds what the planned module (after msa-plan-arena) says about its entries
/// to the model: signatures, states, constants and the plan of one target, with
/// kernels in code for `arch` ("": in any code of the target; Plan::arch).
/// An entry that the model knows already must have the same signature.
///
/// On a GPU a kernel (a declaration will do) whose `msa_gpu.launch` is a
/// #msa_gpu.launch is launched as that says, with the tensor maps of its
/// `msa_gpu.maps`, a list of #msa_gpu.tensor_map; any other kernel with one
/// thread a tile. Where launches clear memory, it lies where `msa.cleared` says
/// (msa-gpu-place-counters).
mlir::LogicalResult addPlans(mlir::ModuleOp module, artefact::Target target,
                             llvm::StringRef arch, artefact::Model &model);

/// Says in the plans for `arch` of a GPU which kernels of `kernels` (the module
/// when its code is made) wait for earlier ones: DependentLaunch.h.
void markWaiting(mlir::ModuleOp kernels, llvm::StringRef arch,
                 artefact::Model &model);

/// Erases entries and constants' values, so that only kernels are left to
/// lower.
void dropEntries(mlir::ModuleOp module);

} // namespace msa

#endif // MSA_TARGET_BUILDMODEL_H
