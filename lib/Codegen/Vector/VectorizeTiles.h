//===- VectorizeTiles.h - Linalg on small buffers as vectors ----*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_LIB_CODEGEN_VECTOR_VECTORIZETILES_H
#define MSA_LIB_CODEGEN_VECTOR_VECTORIZETILES_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::msa {

struct VectorShape {
  int64_t width = 8;      ///< f32 elements of a hardware vector.
  int64_t registers = 16; ///< Vector registers.
  bool unrolled = false;  ///< No loops over rows of vectors.
};

Value constantIndex(OpBuilder &b, Location loc, int64_t n);

/// Nested loops from 0 over the loops `which`; fills their ivs. `unrolled`: no
/// loops, but their bodies one after the other.
void loopNest(OpBuilder &b, Location loc, ArrayRef<int64_t> sizes,
              ArrayRef<int64_t> which, SmallVector<Value> &ivs,
              llvm::function_ref<void()> body, bool unrolled = false);

/// Covers [0, size) by groups of `unroll` vectors, then vectors, then scalars.
void laneLoop(OpBuilder &b, Location loc, int64_t size, int64_t lanes,
              int64_t unroll,
              llvm::function_ref<void(ArrayRef<Value> at, int64_t lanes)> body);

/// Elements between rows (along the first dimension) of a buffer whose later
/// dimensions have no gaps; may be dynamic. Nothing where they have.
std::optional<int64_t> rowStride(MemRefType type);

// Each emits loops before the op and leaves the op, or fails and emits nothing.
LogicalResult vectorizeContraction(OpBuilder &b, linalg::LinalgOp op,
                                   const VectorShape &shape,
                                   SmallVectorImpl<Operation *> &absorbed);
LogicalResult vectorizeElementwise(OpBuilder &b, linalg::GenericOp op,
                                   const VectorShape &shape);
LogicalResult vectorizeReduction(OpBuilder &b, linalg::GenericOp op,
                                 const VectorShape &shape,
                                 SmallVectorImpl<Operation *> &absorbed);
LogicalResult vectorizeRowReduction(OpBuilder &b, linalg::GenericOp op,
                                    const VectorShape &shape);
/// 16-bit data turned or joined in pairs, for matrixProduct. Vectors of 64
/// bytes.
LogicalResult vectorizePairs(OpBuilder &b, linalg::GenericOp op);
/// A product of pairs of bf16 on AMX tiles.
LogicalResult matrixProduct(OpBuilder &b, linalg::LinalgOp op,
                            SmallVectorImpl<Operation *> &absorbed);
LogicalResult vectorizeTranspose(OpBuilder &b, linalg::GenericOp op,
                                 const VectorShape &shape);

} // namespace mlir::msa

#endif // MSA_LIB_CODEGEN_VECTOR_VECTORIZETILES_H
