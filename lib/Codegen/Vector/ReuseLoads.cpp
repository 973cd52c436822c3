//===- ReuseLoads.cpp - What a thread has read before ---------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A convolution reads views of its input that are shifted by a row each. Of
// several rows of a thread's tile most are read by more than one tap: at places
// that are the same number, however it is written.
//
//===----------------------------------------------------------------------===//

#include "ReuseLoads.h"

#include "msa/Codegen/Buffers.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;
using mlir::msa::rootOf;

namespace {
/// A buffer, and how many elements behind its start: a number, and values times
/// a number each.
struct Address {
  Value buffer;
  int64_t constant = 0;
  llvm::SmallMapVector<Value, int64_t, 4> terms;

  bool operator==(const Address &other) const {
    if (buffer != other.buffer || constant != other.constant ||
        terms.size() != other.terms.size())
      return false;
    return llvm::all_of(terms, [&](const auto &term) {
      auto it = other.terms.find(term.first);
      return it != other.terms.end() && it->second == term.second;
    });
  }

  bool add(MemRefType type, ArrayRef<OpFoldResult> indices) {
    SmallVector<int64_t> strides;
    int64_t offset;
    if (failed(type.getStridesAndOffset(strides, offset)))
      return false;
    for (auto [index, stride] : llvm::zip(indices, strides)) {
      if (ShapedType::isDynamic(stride))
        return false;
      if (std::optional<int64_t> number = getConstantIntValue(index))
        constant += *number * stride;
      else
        terms[cast<Value>(index)] += stride;
    }
    return true;
  }
};
} // namespace

static std::optional<Address> addressOf(vector::LoadOp load) {
  Address address;
  Value view = load.getBase();
  if (!address.add(load.getMemRefType(),
                   getAsOpFoldResult(SmallVector<Value>(load.getIndices()))))
    return std::nullopt;
  while (auto op = view.getDefiningOp<ViewLikeOpInterface>()) {
    if (auto part = dyn_cast<memref::SubViewOp>(op.getOperation())) {
      if (!address.add(part.getSourceType(), part.getMixedOffsets()))
        return std::nullopt;
    } else if (!isa<memref::ExpandShapeOp, memref::CollapseShapeOp,
                    memref::CastOp>(op.getOperation())) {
      return std::nullopt;
    }
    view = op.getViewSource();
  }
  address.buffer = view;
  return address;
}

void mlir::msa::reuseLoads(Block &block) {
  SmallVector<std::pair<Address, vector::LoadOp>> known;
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (auto load = dyn_cast<vector::LoadOp>(op)) {
      std::optional<Address> address = addressOf(load);
      if (!address)
        continue;
      auto it = llvm::find_if(known, [&](const auto &entry) {
        vector::LoadOp earlier = entry.second;
        return entry.first == *address && earlier.getType() == load.getType();
      });
      if (it == known.end()) {
        known.push_back({*address, load});
        continue;
      }
      load.replaceAllUsesWith(it->second.getResult());
      load.erase();
    } else if (auto store = dyn_cast<vector::StoreOp>(op)) {
      Value written = rootOf(store.getBase());
      llvm::erase_if(known, [&](const auto &entry) {
        return entry.first.buffer == written;
      });
    } else if (!isMemoryEffectFree(&op) && !isa<memref::LoadOp>(op)) {
      known.clear();
    }
  }
}

void mlir::msa::storeLast(Block &block) {
  // Bodies are given what they overwrite, too, whether they ask for it or not.
  for (Operation &op : llvm::make_early_inc_range(block))
    if (isa<vector::LoadOp, memref::LoadOp>(op) && op.use_empty())
      op.erase();
  SmallVector<Operation *> stores;
  DenseSet<Value> written;
  for (Operation &op : block)
    if (auto store = dyn_cast<vector::StoreOp>(op)) {
      stores.push_back(store);
      written.insert(rootOf(store.getBase()));
    }
  for (Operation &op : block.without_terminator()) {
    if (isMemoryEffectFree(&op) || isa<vector::StoreOp>(op))
      continue;
    if (!isa<vector::LoadOp, memref::LoadOp>(op) ||
        written.contains(rootOf(op.getOperand(0))))
      return;
  }
  for (Operation *store : stores)
    store->moveBefore(block.getTerminator());
}
