//===- JoinKernels.cpp - Kernels that need not wait for one another -------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A kernel of a few thousand threads takes 2 us of a GPU that it does not fill,
// and the one behind it waits for its last thread. Where neither reads what the
// other writes, one kernel has the threads of both: first the one's, then,
// from the next block on, the other's.
//
//===----------------------------------------------------------------------===//

#include "msa/Codegen/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

namespace mlir::msa {
#define GEN_PASS_DEF_MSAJOINKERNELS
#include "msa/Codegen/Passes.h.inc"
} // namespace mlir::msa

using namespace mlir;

/// Where a kernel's threads begin in one that has others before: a multiple of
/// what blocks have, so that no block has two kinds, and no warp half of one.
static constexpr int64_t kBlock = 128;

/// Buffers of a kernel: far from what parameters of a launch have room for.
static constexpr size_t kMostBuffers = 64;

/// Bytes that a thread may have of its own: what stays in registers.
static constexpr int64_t kMostOwn = 64;

namespace {

/// A part of a buffer that a kernel reads or writes: a box of static place, or
/// all of it.
struct Access {
  Value buffer; ///< Of the entry, or an argument of the kernel.
  bool writes = false;
  SmallVector<int64_t> offsets, sizes; ///< None: all of it.
};

bool areApart(const Access &a, const Access &b) {
  for (auto [x, n, y, m] : llvm::zip(a.offsets, a.sizes, b.offsets, b.sizes))
    if (x + n <= y || y + m <= x)
      return true;
  return false;
}

bool conflict(ArrayRef<Access> first, ArrayRef<Access> second) {
  return llvm::any_of(first, [&](const Access &a) {
    return llvm::any_of(second, [&](const Access &b) {
      return a.buffer == b.buffer && (a.writes || b.writes) && !areApart(a, b);
    });
  });
}

/// A call of a kernel, and what it does to buffers of the entry.
struct Dispatch {
  func::CallOp call;
  func::FuncOp kernel;
  SmallVector<Access> accesses;
};

/// Dispatches that can be one, or a dispatch that stays alone.
struct Group {
  SmallVector<Dispatch> members;
  bool isOpen = false;
};

struct JoinKernelsPass : msa::impl::MSAJoinKernelsBase<JoinKernelsPass> {
  using Base::Base;

  static SmallVector<Access> accessesOf(func::FuncOp kernel);
  static scf::ForOp threadsOf(func::FuncOp kernel);
  static bool isSmall(func::FuncOp kernel);
  static void join(func::FuncOp entry, Group &group);
  void runOnEntry(func::FuncOp entry);

  void runOnOperation() override {
    SmallVector<func::FuncOp> entries;
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (func.isPublic() && !func.isExternal() && func.getBody().hasOneBlock())
        entries.push_back(func);
    for (func::FuncOp entry : entries)
      runOnEntry(entry);
    for (auto func :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (func->hasAttr("msa.kernel") &&
          SymbolTable::symbolKnownUseEmpty(func, getOperation()))
        func.erase();
  }
};
} // namespace

/// The part of an argument that is accessed through a view: that of the view
/// next to the argument, where its place is known.
static std::optional<Access> accessOf(Value view, bool writes) {
  Access access;
  access.writes = writes;
  while (auto op = view.getDefiningOp<ViewLikeOpInterface>()) {
    access.offsets.clear();
    access.sizes.clear();
    if (auto part = dyn_cast<memref::SubViewOp>(op.getOperation());
        part && part.getSourceType().getRank() == part.getType().getRank() &&
        !ShapedType::isDynamicShape(part.getStaticOffsets()) &&
        !ShapedType::isDynamicShape(part.getStaticSizes()) &&
        llvm::all_of(part.getStaticStrides(),
                     [](int64_t stride) { return stride == 1; })) {
      access.offsets.assign(part.getStaticOffsets().begin(),
                            part.getStaticOffsets().end());
      access.sizes.assign(part.getStaticSizes().begin(),
                          part.getStaticSizes().end());
    }
    view = op.getViewSource();
  }
  if (view.getDefiningOp<memref::AllocaOp>())
    return std::nullopt; // a thread's own
  access.buffer = view;
  return access;
}

SmallVector<Access> JoinKernelsPass::accessesOf(func::FuncOp kernel) {
  SmallVector<Access> accesses;
  auto add = [&](Value buffer, bool writes) {
    if (isa<MemRefType>(buffer.getType()))
      if (std::optional<Access> access = accessOf(buffer, writes))
        accesses.push_back(*access);
  };
  kernel.walk([&](Operation *op) {
    if (isMemoryEffectFree(op))
      return;
    if (auto styled = dyn_cast<DestinationStyleOpInterface>(op)) {
      for (OpOperand &operand : op->getOpOperands())
        add(operand.get(), styled.isDpsInit(&operand));
      return;
    }
    SmallVector<MemoryEffects::EffectInstance> effects;
    auto interface = dyn_cast<MemoryEffectOpInterface>(op);
    if (interface)
      interface.getEffects(effects);
    bool isKnown = interface && llvm::all_of(effects, [](const auto &effect) {
                     return static_cast<bool>(effect.getValue());
                   });
    for (Value operand : op->getOperands()) {
      bool writes = !isKnown;
      for (const MemoryEffects::EffectInstance &effect : effects)
        writes |= effect.getValue() == operand &&
                  !isa<MemoryEffects::Read>(effect.getEffect());
      add(operand, writes);
    }
  });
  return accesses;
}

/// The loop over a kernel's tiles, each a thread's: null where it has another
/// form.
scf::ForOp JoinKernelsPass::threadsOf(func::FuncOp kernel) {
  unsigned count = kernel.getNumArguments();
  if (!kernel.getBody().hasOneBlock() || count < 2)
    return {};
  scf::ForOp threads;
  for (Operation &op : kernel.getBody().front().without_terminator()) {
    if (auto loop = dyn_cast<scf::ForOp>(op)) {
      if (threads || loop.getNumResults() != 0 ||
          loop.getLowerBound() != kernel.getArgument(count - 2) ||
          loop.getUpperBound() != kernel.getArgument(count - 1))
        return {};
      threads = loop;
    } else if (!isMemoryEffectFree(&op) && !isa<memref::AllocaOp>(op)) {
      return {};
    }
  }
  return threads;
}

/// Whether threads do little: kernels that share a launch share the number of
/// registers too. No loops, and next to no memory of their own.
bool JoinKernelsPass::isSmall(func::FuncOp kernel) {
  scf::ForOp threads = threadsOf(kernel);
  if (!threads)
    return false;
  return !kernel
              .walk([&](Operation *op) {
                bool isLarge =
                    (isa<LoopLikeOpInterface>(op) && op != threads) ||
                    op->getDialect()->getNamespace() == "msa_gpu";
                if (auto own = dyn_cast<memref::AllocaOp>(op)) {
                  MemRefType type = own.getType();
                  isLarge =
                      !type.hasStaticShape() ||
                      !type.getElementType().isIntOrFloat() ||
                      type.getNumElements() * type.getElementTypeBitWidth() >
                          8 * kMostOwn;
                }
                if (auto work = dyn_cast<linalg::LinalgOp>(op)) {
                  SmallVector<int64_t> sizes = work.getStaticLoopRanges();
                  isLarge = work.getNumReductionLoops() != 0 ||
                            llvm::any_of(sizes, [](int64_t size) {
                              return ShapedType::isDynamic(size) || size > 16;
                            });
                }
                return isLarge ? WalkResult::interrupt()
                               : WalkResult::advance();
              })
              .wasInterrupted();
}

void JoinKernelsPass::join(func::FuncOp entry, Group &group) {
  OpBuilder b(entry.getContext());
  Location loc = group.members.front().call.getLoc();
  SetVector<Value> buffers;
  for (Dispatch &one : group.members)
    buffers.insert_range(one.call.getOperands().drop_back(2));
  SmallVector<Type> types(ValueRange(buffers.getArrayRef()).getTypes());
  types.append(2, b.getIndexType());
  SmallVector<int64_t> starts, counts;
  int64_t tiles = 0;
  for (Dispatch &one : group.members) {
    starts.push_back(llvm::alignTo(tiles, kBlock));
    counts.push_back(
        one.kernel->getAttrOfType<IntegerAttr>("msa.kernel").getInt());
    tiles = starts.back() + counts.back();
  }

  auto joined = func::FuncOp::create(
      loc, (group.members.front().kernel.getName() + "_joined").str(),
      b.getFunctionType(types, {}));
  joined.setPrivate();
  joined->setAttr("msa.kernel", b.getI64IntegerAttr(tiles));
  SymbolTable(entry->getParentOp())
      .insert(joined, std::next(Block::iterator(entry)));
  Block *block = joined.addEntryBlock();
  b.setInsertionPointToStart(block);
  Value one = arith::ConstantIndexOp::create(b, loc, 1);
  auto loop = scf::ForOp::create(b, loc, block->getArgument(buffers.size()),
                                 block->getArgument(buffers.size() + 1), one);
  func::ReturnOp::create(b, loc);
  for (auto [dispatch, start, count] :
       llvm::zip(group.members, starts, counts)) {
    func::FuncOp kernel = dispatch.kernel;
    scf::ForOp threads = threadsOf(kernel);
    IRMapping mapping;
    for (auto [argument, buffer] :
         llvm::zip(kernel.getArguments(), dispatch.call.getOperands()))
      if (buffers.contains(buffer))
        mapping.map(argument,
                    block->getArgument(std::distance(
                        buffers.begin(), llvm::find(buffers, buffer))));
    // A thread of this kernel: its number, without those before.
    b.setInsertionPoint(loop.getBody()->getTerminator());
    Value number =
        arith::SubIOp::create(b, loc, loop.getInductionVar(),
                              arith::ConstantIndexOp::create(b, loc, start));
    Value isIts =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, number,
                              arith::ConstantIndexOp::create(b, loc, count));
    auto its = scf::IfOp::create(b, loc, isIts, /*withElse=*/false);
    mapping.map(threads.getInductionVar(), number);
    b.setInsertionPoint(loop);
    for (Operation &op : kernel.getBody().front().without_terminator())
      if (&op != threads)
        b.clone(op, mapping);
    b.setInsertionPointToStart(its.thenBlock());
    for (Operation &op : threads.getBody()->without_terminator())
      b.clone(op, mapping);
  }

  func::CallOp first = group.members.front().call;
  b.setInsertionPoint(first);
  SmallVector<Value> operands(buffers.begin(), buffers.end());
  operands.push_back(arith::ConstantIndexOp::create(b, loc, 0));
  operands.push_back(arith::ConstantIndexOp::create(b, loc, tiles));
  for (Value operand : operands) // of later calls
    if (Operation *def = operand.getDefiningOp();
        def && !def->isBeforeInBlock(first))
      def->moveBefore(&entry.getBody().front().front());
  func::CallOp::create(b, loc, joined, operands);
  for (Dispatch &dispatch : group.members)
    dispatch.call->erase();
}

void JoinKernelsPass::runOnEntry(func::FuncOp entry) {
  SymbolTable symbols(getOperation());
  SmallVector<Group> groups;
  for (Operation &op : entry.getBody().front().without_terminator()) {
    auto call = dyn_cast<func::CallOp>(op);
    if (!call) {
      if (!isa<memref::AllocOp, memref::GetGlobalOp>(op) &&
          !isMemoryEffectFree(&op))
        groups.emplace_back(); // nothing goes past it
      continue;
    }
    auto kernel = symbols.lookup<func::FuncOp>(call.getCallee());
    if (!kernel || kernel.isExternal() || !kernel->hasAttr("msa.kernel")) {
      groups.emplace_back();
      continue;
    }
    Dispatch dispatch{call, kernel, accessesOf(kernel)};
    bool isKnown = true;
    for (Access &access : dispatch.accesses) {
      auto argument = dyn_cast<BlockArgument>(access.buffer);
      isKnown &= argument && argument.getOwner()->getParentOp() == kernel;
      if (isKnown)
        access.buffer = call.getOperand(argument.getArgNumber());
    }
    if (!isKnown) {
      groups.emplace_back();
      continue;
    }
    // The last group before that it need not wait for, nor any between.
    Group *found = nullptr;
    bool isOpen = isSmall(kernel);
    for (Group &group : llvm::reverse(groups)) {
      if (!isOpen || group.members.empty() ||
          llvm::any_of(group.members, [&](const Dispatch &other) {
            return conflict(dispatch.accesses, other.accesses);
          }))
        break;
      SetVector<Value> buffers;
      for (Dispatch &other : group.members)
        buffers.insert_range(other.call.getOperands());
      buffers.insert_range(call.getOperands());
      if (group.isOpen && buffers.size() <= kMostBuffers) {
        found = &group;
        break;
      }
    }
    if (!found) {
      found = &groups.emplace_back();
      found->isOpen = isOpen;
    }
    found->members.push_back(dispatch);
  }
  for (Group &group : groups)
    if (group.members.size() > 1) {
      join(entry, group);
      numJoined += group.members.size();
    }
}
