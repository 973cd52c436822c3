//===- Producer.h - The op that writes a buffer before another ---*- C++
//-*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_LIB_CODEGEN_VECTOR_PRODUCER_H
#define MSA_LIB_CODEGEN_VECTOR_PRODUCER_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::msa {

/// The fill or elementwise op before `op` that writes all of `buffer`, where it
/// may as well run at the place of `op`: nothing between the two touches the
/// buffer or writes what the producer reads. Null where there is none. Distinct
/// buffers never overlap (the contract of kernels).
Operation *findProducer(linalg::LinalgOp op, Value buffer);

} // namespace mlir::msa

#endif // MSA_LIB_CODEGEN_VECTOR_PRODUCER_H
