//===- KernelPatternBuilder.cpp - Rules of patterns in kernels ---------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelPatternBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::msa_gpu;
using Val = msa::PatternValue;

static int64_t sizeOf(Value memref, unsigned dim) {
  return cast<MemRefType>(memref.getType()).getDimSize(dim);
}

Val KernelPatternBuilder::constant(int64_t number) {
  if (!isNarrow)
    return IRPatternBuilder::constant(number);
  return wrap(arith::ConstantIntOp::create(builder, loc, number, 32));
}

Val KernelPatternBuilder::load(Value memref, ArrayRef<Value> indices) {
  SmallVector<Value> places;
  for (Value index : indices)
    places.push_back(index.getType().isIndex()
                         ? index
                         : builder.createOrFold<arith::IndexCastOp>(
                               loc, builder.getIndexType(), index));
  Value id = memref::LoadOp::create(builder, loc, memref, places);
  if (isNarrow)
    return wrap(id);
  return wrap(
      arith::IndexCastOp::create(builder, loc, builder.getIndexType(), id));
}

// Clamped into the row as IRPatternBuilder does it.
Val KernelPatternBuilder::queryDocument(Val position) {
  Val column = min(max(sub(position, wrap(documentOrigin)), constant(0)),
                   constant(sizeOf(documents, 1) - 1));
  return load(documents, {batch, column.value});
}

Val KernelPatternBuilder::listedBlock(Val queryBlock, int64_t number) {
  Val row = min(max(queryBlock, constant(0)), constant(sizeOf(blocks, 2) - 1));
  Val entry = load(blocks, {batch, keyHead, row.value,
                            slot ? slot : constant(number).value});
  return isNarrow ? min(max(entry, constant(-1)), constant(pastBlocks)) : entry;
}

int64_t KernelPatternBuilder::listedBlocks() {
  if (slot)
    return 1;
  return blocks ? sizeOf(blocks, 3) : 0;
}
