//===- InPlace.h - What in-place updates forbid -------------------*- C++
//-*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_CODEGEN_INPLACE_H
#define MSA_CODEGEN_INPLACE_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::msa {

/// Whether computing `producer` inside the tiles of `consumer` could read a
/// destination of the consumer where another tile, which runs in any order, has
/// already overwritten it: a row that moves within its buffer, a product with
/// the old state. Reads of the very element that is written are fine.
bool readsOverwritten(linalg::LinalgOp producer, linalg::LinalgOp consumer);

} // namespace mlir::msa

#endif // MSA_CODEGEN_INPLACE_H
