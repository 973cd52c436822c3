//===- Dependence.h - What scalar code depends on ----------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_LIB_DIALECT_MSAGPU_IR_DEPENDENCE_H
#define MSA_LIB_DIALECT_MSAGPU_IR_DEPENDENCE_H

#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::msa_gpu {

/// Whether any of the values is computed from an operation that `isIt` holds
/// for, through loops and conditionals too.
bool dependsOn(SmallVector<Value> values, function_ref<bool(Operation *)> isIt);

/// What ends the first region of a loop; null where it is not valid yet.
Operation *conditionOf(scf::WhileOp loop);

/// What the copying role can not follow: operations on tiles, or that differ
/// between warpgroups.
bool isOfTilesOrWarpgroup(Operation *op);

} // namespace mlir::msa_gpu

#endif // MSA_LIB_DIALECT_MSAGPU_IR_DEPENDENCE_H
