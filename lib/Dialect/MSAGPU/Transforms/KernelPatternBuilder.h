//===- KernelPatternBuilder.h - Rules of patterns in kernels -----------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_LIB_DIALECT_MSAGPU_TRANSFORMS_KERNELPATTERNBUILDER_H
#define MSA_LIB_DIALECT_MSAGPU_TRANSFORMS_KERNELPATTERNBUILDER_H

#include "msa/Dialect/MSA/IR/MSA.h"

namespace mlir::msa_gpu {

/// Rules whose documents and block lists are memrefs.
class KernelPatternBuilder : public msa::IRPatternBuilder {
public:
  using IRPatternBuilder::IRPatternBuilder;
  Val constant(int64_t number) override;
  Val queryDocument(Val position) override;
  Val listedBlock(Val queryBlock, int64_t slot) override;
  int64_t listedBlocks() override;

  /// Integers are i32 instead of index.
  bool isNarrow = false;
  /// First key block that lies past the keys: what entries are clamped to, so
  /// that the position of a block fits 32 bits.
  int64_t pastBlocks = 0;
  /// Where there is one, block lists have one entry, that of this number.
  Value slot;

private:
  Val load(Value memref, ArrayRef<Value> indices);
};

} // namespace mlir::msa_gpu

#endif // MSA_LIB_DIALECT_MSAGPU_TRANSFORMS_KERNELPATTERNBUILDER_H
