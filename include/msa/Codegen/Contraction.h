//===- Contraction.h - Products that have fast loops ------------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_CODEGEN_CONTRACTION_H
#define MSA_CODEGEN_CONTRACTION_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::msa {

/// out[.., m, .., n] += rows[.., m, .., k] * columns[.., k, n, ..] with one
/// reduction loop k, where n is the output's last dimension and appears in
/// `columns` only.
struct Contraction {
  int64_t n = -1;    ///< Loop of the vector lanes.
  int64_t k = -1;    ///< The reduction loop.
  int64_t m = -1;    ///< Innermost other output loop of size > 1; -1: none.
  unsigned rows = 0; ///< Input without n.
  unsigned columns = 1;
};

/// Matches the op, or nothing where its loops have another form.
std::optional<Contraction> matchContraction(linalg::LinalgOp op);

/// What the body yields, where that is acc + x or max(acc, x) with acc used
/// nowhere else; null where it is not.
Operation *combinerOf(linalg::GenericOp op);

/// The same of f32, as a warp joins what its lanes have (msa-rows-to-warps).
bool joinsInWarps(linalg::GenericOp op);

/// Shorter rows have less to read than a warp's lanes have to join.
constexpr int64_t kShortestRow = 256;

} // namespace mlir::msa

#endif // MSA_CODEGEN_CONTRACTION_H
