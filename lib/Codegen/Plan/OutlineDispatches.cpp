//===- OutlineDispatches.cpp - Parallel loops as kernels ------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Codegen/Buffers.h"
#include "msa/Codegen/Passes.h"
#include "msa/Dialect/MSA/IR/MSA.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "mlir/Transforms/RegionUtils.h"

namespace mlir::msa {
#define GEN_PASS_DEF_MSAOUTLINEDISPATCHES
#include "msa/Codegen/Passes.h.inc"
} // namespace mlir::msa

using namespace mlir;
using namespace mlir::msa;

/// Buffers that a kernel takes: arguments, allocations and globals. Everything
/// else that a body needs must be rebuilt from them.
static bool isBuffer(Value value) {
  if (!isa<MemRefType>(value.getType()))
    return false;
  Operation *def = value.getDefiningOp();
  return !def || isa<memref::AllocOp, memref::GetGlobalOp>(def);
}

/// A read of an input or a weight gives the same everywhere in the entry; state
/// and results change on the way.
static bool readsInput(Operation *op) {
  auto load = dyn_cast<memref::LoadOp>(op);
  auto arg = load ? dyn_cast<BlockArgument>(load.getMemRef()) : BlockArgument();
  auto entry = arg ? dyn_cast<func::FuncOp>(arg.getOwner()->getParentOp())
                   : func::FuncOp();
  return entry &&
         !entry.getArgAttr(arg.getArgNumber(), MSADialect::kStateAttr) &&
         !entry.getArgAttr(arg.getArgNumber(), "msa.result");
}

/// Operations that may be repeated wherever their value is needed.
static bool isRebuildable(Operation *op) {
  return op->getNumRegions() == 0 && (isMemoryEffectFree(op) || readsInput(op));
}

/// Collects, in order, the operations outside that compute `value`.
static LogicalResult collect(Value value, SetVector<Value> &buffers,
                             SetVector<Operation *> &rebuilt) {
  if (isBuffer(value)) {
    buffers.insert(value);
    return success();
  }
  Operation *def = value.getDefiningOp();
  if (!def || !isRebuildable(def))
    return emitError(value.getLoc())
           << "this value is computed outside of a parallel loop and can not "
              "be rebuilt inside of one";
  for (Value operand : def->getOperands())
    if (failed(collect(operand, buffers, rebuilt)))
      return failure();
  rebuilt.insert(def);
  return success();
}

/// Every static allocation becomes a slot of the kernel's stack: what a tile
/// leaves there is undefined for the next, as a fresh allocation would be.
static LogicalResult moveScratchToStack(func::FuncOp kernel, int64_t maxStack) {
  SmallVector<memref::AllocOp> allocs;
  kernel.walk([&](memref::AllocOp op) { allocs.push_back(op); });
  kernel.walk([](memref::DeallocOp op) { op.erase(); });
  int64_t bytes = 0;
  OpBuilder b(kernel.getContext());
  for (memref::AllocOp op : allocs) {
    MemRefType type = op.getType();
    if (!type.hasStaticShape())
      return op.emitError("scratch inside a parallel loop must have static "
                          "sizes");
    FailureOr<int64_t> size = bufferBytes(op, type);
    if (failed(size))
      return failure();
    bytes += *size;
    b.setInsertionPointToStart(&kernel.getBody().front());
    auto slot =
        memref::AllocaOp::create(b, op.getLoc(), type, b.getI64IntegerAttr(64));
    op.replaceAllUsesWith(slot.getResult());
    op.erase();
  }
  if (bytes > maxStack)
    return kernel.emitError()
           << "a tile needs " << bytes << " bytes of scratch, more than the "
           << maxStack << " allowed; tile smaller or raise max-stack";
  return success();
}

/// Copies as loops over elements: every target can lower those.
static void expandCopies(func::FuncOp kernel) {
  SmallVector<memref::CopyOp> copies;
  kernel.walk([&](memref::CopyOp op) { copies.push_back(op); });
  for (memref::CopyOp copy : copies) {
    OpBuilder b(copy);
    int64_t rank = cast<MemRefType>(copy.getTarget().getType()).getRank();
    AffineMap identity = b.getMultiDimIdentityMap(rank);
    SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
    linalg::GenericOp::create(
        b, copy.getLoc(), ValueRange{copy.getSource()},
        ValueRange{copy.getTarget()}, ArrayRef<AffineMap>{identity, identity},
        loops, [](OpBuilder &nested, Location loc, ValueRange args) {
          linalg::YieldOp::create(nested, loc, args[0]);
        });
    copy.erase();
  }
}

/// Elements that make 16 bytes, where rows are dense and hold no part of them.
static int64_t copiedAtOnce(memref::CopyOp copy) {
  auto type = cast<MemRefType>(copy.getTarget().getType());
  Type element = type.getElementType();
  auto isDense = [](Value view) {
    SmallVector<int64_t> strides;
    int64_t offset;
    return succeeded(cast<MemRefType>(view.getType())
                         .getStridesAndOffset(strides, offset)) &&
           strides.back() == 1;
  };
  if (!element.isIntOrFloat() || element.getIntOrFloatBitWidth() < 16 ||
      !isDense(copy.getSource()) || !isDense(copy.getTarget()))
    return 1;
  int64_t step = 128 / element.getIntOrFloatBitWidth();
  return type.getShape().back() % step == 0 ? step : 1;
}

namespace {
struct OutlineDispatchesPass
    : msa::impl::MSAOutlineDispatchesBase<OutlineDispatchesPass> {
  using Base::Base;

  /// A loop over the outermost dimension that is not 1; over all elements, 16
  /// bytes at a time if that comes out even, where one iteration is one
  /// thread's work.
  scf::ForallOp loopOverCopy(memref::CopyOp copy) {
    OpBuilder b(copy);
    Location loc = copy.getLoc();
    auto type = cast<MemRefType>(copy.getTarget().getType());
    int64_t rank = type.getRank();
    SmallVector<int64_t> dims;
    for (int64_t d = 0; d < rank; ++d)
      if (type.getDimSize(d) != 1 && (threads || dims.empty()))
        dims.push_back(d);
    int64_t step = 1;
    if (threads && !dims.empty() && dims.back() == rank - 1)
      step = copiedAtOnce(copy);
    SmallVector<OpFoldResult> counts;
    for (int64_t d : dims)
      counts.push_back(
          b.getIndexAttr(type.getDimSize(d) / (d == rank - 1 ? step : 1)));
    if (counts.empty())
      counts.push_back(b.getIndexAttr(1));
    auto forall =
        scf::ForallOp::create(b, loc, counts, ValueRange{}, std::nullopt);
    b.setInsertionPointToStart(forall.getBody());
    SmallVector<OpFoldResult> offsets(rank, b.getIndexAttr(0)), sizes;
    for (int64_t size : type.getShape())
      sizes.push_back(b.getIndexAttr(size));
    for (auto [d, iv] : llvm::zip(dims, forall.getInductionVars())) {
      bool isWide = d == rank - 1 && step > 1;
      Value at = iv;
      if (isWide)
        at = arith::MulIOp::create(
            b, loc, at, arith::ConstantIndexOp::create(b, loc, step));
      offsets[d] = at;
      sizes[d] = b.getIndexAttr(isWide ? step : 1);
    }
    auto part = [&](Value buffer) -> Value {
      if (dims.empty())
        return buffer;
      SmallVector<OpFoldResult> strides(rank, b.getIndexAttr(1));
      return memref::SubViewOp::create(b, loc, buffer, offsets, sizes, strides);
    };
    Value source = part(copy.getSource()), target = part(copy.getTarget());
    memref::CopyOp::create(b, loc, source, target);
    copy.erase();
    return forall;
  }

  LogicalResult outline(func::FuncOp entry, scf::ForallOp forall,
                        unsigned number) {
    Location loc = forall.getLoc();
    if (forall.getNumResults() != 0)
      return forall.emitError("parallel loop still has tensor results");
    SmallVector<int64_t> lower, counts, steps;
    int64_t tiles = 1;
    for (auto [lb, ub, step] :
         llvm::zip(forall.getMixedLowerBound(), forall.getMixedUpperBound(),
                   forall.getMixedStep())) {
      std::optional<int64_t> l = getConstantIntValue(lb),
                             u = getConstantIntValue(ub),
                             s = getConstantIntValue(step);
      if (!l || !u || !s || *s <= 0)
        return forall.emitError("a top-level parallel loop must have constant "
                                "bounds");
      lower.push_back(*l);
      steps.push_back(*s);
      counts.push_back(*u > *l ? llvm::divideCeil(*u - *l, *s) : 0);
      if (llvm::MulOverflow(tiles, counts.back(), tiles))
        return forall.emitError("a parallel loop has more iterations than can "
                                "be counted");
    }
    SetVector<Value> used, buffers;
    SetVector<Operation *> rebuilt;
    getUsedValuesDefinedAbove(forall.getRegion(), used);
    for (Value value : used)
      if (failed(collect(value, buffers, rebuilt)))
        return failure();

    OpBuilder b(entry.getContext());
    b.setInsertionPointAfter(entry);
    SmallVector<Type> types;
    for (Value buffer : buffers)
      types.push_back(buffer.getType());
    types.append(2, b.getIndexType());
    std::string name = (entry.getName() + "_" + Twine(number)).str();
    auto kernel =
        func::FuncOp::create(b, loc, name, b.getFunctionType(types, {}));
    kernel.setPrivate();
    kernel->setAttr("msa.kernel", b.getI64IntegerAttr(tiles));
    Block *block = kernel.addEntryBlock();
    b.setInsertionPointToStart(block);
    IRMapping mapping;
    for (auto [buffer, arg] : llvm::zip(buffers, block->getArguments()))
      mapping.map(buffer, arg);
    for (Operation *op : rebuilt)
      b.clone(*op, mapping);
    Value one = arith::ConstantIndexOp::create(b, loc, 1);
    auto loop = scf::ForOp::create(b, loc, block->getArgument(buffers.size()),
                                   block->getArgument(buffers.size() + 1), one);
    func::ReturnOp::create(b, loc);
    b.setInsertionPointToStart(loop.getBody());
    // Row-major: the last bound runs fastest.
    Value rest = loop.getInductionVar();
    SmallVector<Value> ivs(counts.size());
    for (int64_t d = counts.size() - 1; d >= 0; --d) {
      Value at = rest;
      if (d != 0) {
        Value count = arith::ConstantIndexOp::create(b, loc, counts[d]);
        at = arith::RemUIOp::create(b, loc, rest, count);
        rest = arith::DivUIOp::create(b, loc, rest, count);
      }
      if (steps[d] != 1)
        at = arith::MulIOp::create(
            b, loc, at, arith::ConstantIndexOp::create(b, loc, steps[d]));
      if (lower[d] != 0)
        at = arith::AddIOp::create(
            b, loc, at, arith::ConstantIndexOp::create(b, loc, lower[d]));
      ivs[d] = at;
    }
    for (auto [from, to] : llvm::zip(forall.getInductionVars(), ivs))
      mapping.map(from, to);
    for (Operation &op : forall.getBody()->without_terminator())
      b.clone(op, mapping);
    if (failed(moveScratchToStack(kernel, maxStack)))
      return failure();
    expandCopies(kernel);

    b.setInsertionPoint(forall);
    SmallVector<Value> operands(buffers.begin(), buffers.end());
    operands.push_back(arith::ConstantIndexOp::create(b, loc, 0));
    operands.push_back(arith::ConstantIndexOp::create(b, loc, tiles));
    func::CallOp::create(b, loc, kernel, operands);
    forall.erase();
    ++numKernels;
    return success();
  }

  /// Work outside of any parallel loop (a loop of one tile folds away) becomes
  /// a loop of one iteration: a run of ops up to the next loop, without those
  /// that depend on nothing computed in it.
  LogicalResult wrapSerialWork(func::FuncOp entry) {
    Block &block = entry.getBody().front();
    // What is marked as a dispatch shares none with its neighbours.
    auto isOwn = [](Operation &op) { return op.hasAttr("msa.dispatch"); };
    auto ends = [&](Operation &op) {
      return isOwn(op) ||
             isa<scf::ForallOp, func::ReturnOp, memref::CopyOp>(op);
    };
    for (auto it = block.begin(); it != block.end();) {
      Operation &op = *it;
      if (isOwn(op)) {
        ++it;
        OpBuilder b(&op);
        auto forall = scf::ForallOp::create(
            b, op.getLoc(), ArrayRef<OpFoldResult>{b.getIndexAttr(1)},
            ValueRange{}, std::nullopt);
        op.removeAttr("msa.dispatch");
        op.moveBefore(forall.getBody()->getTerminator());
        continue;
      }
      if (ends(op) || isa<memref::AllocOp, memref::DeallocOp>(op) ||
          isMemoryEffectFree(&op) || isRebuildable(&op)) {
        ++it;
        continue;
      }
      OpBuilder b(&op);
      auto forall = scf::ForallOp::create(
          b, op.getLoc(), ArrayRef<OpFoldResult>{b.getIndexAttr(1)},
          ValueRange{}, std::nullopt);
      Operation *end = forall.getBody()->getTerminator();
      SmallPtrSet<Operation *, 16> group;
      while (!ends(*it)) {
        Operation *next = &*it++;
        bool depends = next->walk([&](Operation *inner) {
                             for (Value operand : inner->getOperands())
                               if (Operation *def = operand.getDefiningOp();
                                   def && group.contains(def))
                                 return WalkResult::interrupt();
                             return WalkResult::advance();
                           })
                           .wasInterrupted();
        if (isa<memref::AllocOp>(next) ||
            ((isMemoryEffectFree(next) || isRebuildable(next)) && !depends)) {
          next->moveBefore(forall);
        } else if (isa<memref::DeallocOp>(next)) {
          continue;
        } else {
          next->moveBefore(end);
          group.insert(next);
        }
      }
      for (Operation *inner : group)
        for (Operation *user : inner->getUsers())
          if (!forall->isAncestor(user))
            return inner->emitError("a value computed outside of any parallel "
                                    "loop is used inside of one");
    }
    return success();
  }

  LogicalResult runOnEntry(func::FuncOp entry) {
    if (failed(wrapSerialWork(entry)))
      return failure();
    unsigned number = 0;
    for (Operation &op : llvm::make_early_inc_range(entry.getBody().front())) {
      scf::ForallOp forall = dyn_cast<scf::ForallOp>(op);
      if (auto copy = dyn_cast<memref::CopyOp>(op))
        forall = loopOverCopy(copy);
      if (forall) {
        if (failed(outline(entry, forall, number++)))
          return failure();
        continue;
      }
    }
    // Views that only kernels used are gone from the entry.
    for (Operation &op :
         llvm::make_early_inc_range(llvm::reverse(entry.getBody().front())))
      if (isOpTriviallyDead(&op) || isa<memref::DeallocOp>(op) ||
          (op.use_empty() && isRebuildable(&op) && !isa<func::ReturnOp>(op)))
        op.erase();
    return success();
  }

  void runOnOperation() override {
    // Slices that were updated in place are put back where they are.
    getOperation().walk([](memref::CopyOp copy) {
      if (isSameView(copy.getSource(), copy.getTarget()))
        copy.erase();
    });
    SmallVector<func::FuncOp> entries;
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (func.isPublic() && !func.isExternal())
        entries.push_back(func);
    for (func::FuncOp entry : entries)
      if (failed(runOnEntry(entry)))
        return signalPassFailure();
  }
};
} // namespace
