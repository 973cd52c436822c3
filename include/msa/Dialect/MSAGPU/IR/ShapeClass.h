//===- ShapeClass.h - What schedules are stored under ----------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A class is what decides which schedule is best, as text (docs/Tuning.md).
// Rows of tokens and streams are rounded up to powers of two: a schedule serves
// all sizes between, legal or not for each.
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSAGPU_IR_SHAPECLASS_H
#define MSA_DIALECT_MSAGPU_IR_SHAPECLASS_H

#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"

#include <string>

namespace mlir::msa_gpu {

/// "attend bf16 d=128 batch=1 heads=16/16 queries=4096 ... #msa.causal".
std::string shapeClass(msa::AttendOp op);

/// "gemm mk,kn->mn bf16->bf16 m=4096 n=6144 k=2048", and what the epilogue
/// reads and writes.
std::string shapeClass(GemmOp op);

/// Which of the constraints of the attribute msa_gpu.schedules an entry of it
/// breaks; empty for a right one.
std::string whyNoEntry(StringRef name, Attribute schedule);

} // namespace mlir::msa_gpu

#endif // MSA_DIALECT_MSAGPU_IR_SHAPECLASS_H
