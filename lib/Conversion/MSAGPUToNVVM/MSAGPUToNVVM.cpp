//===- MSAGPUToNVVM.cpp - Tile programs in roles to nvvm ---------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "msa/Conversion/DependentLaunch.h"
#include "msa/Conversion/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"

namespace mlir::msa {
#define GEN_PASS_DEF_MSACONVERTMSAGPUTONVVM
#include "msa/Conversion/Passes.h.inc"
} // namespace mlir::msa

using namespace mlir;
using namespace mlir::msa_gpu;

/// Dynamic shared memory of a module's kernels.
static constexpr StringLiteral kShared = "msa_shared";

TileTypeConverter::TileTypeConverter() {
  addConversion([](Type type) { return type; });
  auto times = [](int64_t count, Type type, SmallVectorImpl<Type> &types) {
    types.append(count, type);
    return success();
  };
  addConversion([=](FragmentType type, SmallVectorImpl<Type> &types) {
    return times(type.getRows() / 64 * type.getColumns() / 2, type.getElement(),
                 types);
  });
  addConversion([=](PendingType type, SmallVectorImpl<Type> &types) {
    return times(type.getRows() / 64 * type.getColumns() / 2, type.getElement(),
                 types);
  });
  addConversion([=](OperandType type, SmallVectorImpl<Type> &types) {
    return times(type.getRows() / 64 * type.getColumns() / 4,
                 IntegerType::get(type.getContext(), 32), types);
  });
  addConversion([=](RowsType type, SmallVectorImpl<Type> &types) {
    return times(type.getCount() / 32, type.getElement(), types);
  });
  addConversion([](TileType type) -> Type {
    return IntegerType::get(type.getContext(), 32);
  });
  addConversion([](MapType type) -> Type {
    return LLVM::LLVMPointerType::get(type.getContext());
  });
  addConversion([](MemRefType type) -> Type {
    return LLVM::LLVMPointerType::get(type.getContext());
  });
}

void msa_gpu::placeThread(Ptx &ptx, Frame &frame, Value thread) {
  OpBuilder &b = ptx.b;
  Location loc = ptx.loc;
  auto isZero = [&](Value x) -> Value {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, x,
                                 ptx.i32(0));
  };
  frame.thread = thread;
  frame.lane = ptx.bits(thread, 0, 31);
  frame.warp = ptx.bits(thread, 5, 3);
  frame.leadsWarp = isZero(frame.lane);
  frame.leadsGroup = isZero(ptx.bits(thread, 0, 127));
}

Frame msa_gpu::rereadThread(Ptx &ptx, const Frame &frame) {
  Frame again = frame;
  placeThread(ptx, again, ptx.rereadThread());
  return again;
}

namespace {
struct ConvertMSAGPUToNVVMPass
    : ::mlir::msa::impl::MSAConvertMSAGPUToNVVMBase<ConvertMSAGPUToNVVMPass> {
  using Base::Base;

  LLVM::LLVMFuncOp declare(OpBuilder &b, KernelOp kernel) {
    auto pointer = LLVM::LLVMPointerType::get(b.getContext());
    SmallVector<Type> types;
    for (Type type : kernel.getArgumentTypes())
      (void)type, types.push_back(pointer);
    types.push_back(b.getI64Type()); // tiles; the program knows them
    auto func = LLVM::LLVMFuncOp::create(
        b, kernel.getLoc(), kernel.getSymName(),
        LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()),
                                    types));
    // A map is passed by value and read where it lies.
    Type map = LLVM::LLVMArrayType::get(b.getI64Type(), 16);
    for (auto [i, type] : llvm::enumerate(kernel.getArgumentTypes())) {
      if (!isa<MapType>(type))
        continue;
      func.setArgAttr(i, LLVM::LLVMDialect::getByValAttrName(),
                      TypeAttr::get(map));
      func.setArgAttr(i, LLVM::LLVMDialect::getAlignAttrName(),
                      b.getI64IntegerAttr(64));
      func.setArgAttr(i, NVVM::NVVMDialect::getGridConstantAttrName(),
                      b.getUnitAttr());
    }
    auto threads = static_cast<int32_t>(kernel.getThreads());
    func->setAttr(NVVM::NVVMDialect::getKernelFuncAttrName(), b.getUnitAttr());
    func->setAttr(NVVM::NVVMDialect::getMaxntidAttrName(),
                  b.getDenseI32ArrayAttr({threads}));
    if (!kernel.getMma())
      func->setAttr(::msa::kWaitsAttr, b.getUnitAttr());
    func->setAttr(NVVM::NVVMDialect::getMinctasmAttrName(),
                  b.getI32IntegerAttr(blocksTogether(kernel)));
    if (auto cluster = kernel.getCluster())
      func->setAttr(
          NVVM::NVVMDialect::getClusterDimAttrName(),
          b.getDenseI32ArrayAttr({static_cast<int32_t>(*cluster), 1, 1}));
    return func;
  }

  /// Blocks that the assembler is to leave registers for. Those of mma hide one
  /// another's waits where two fit, with as many registers as a thread can
  /// have.
  static int32_t blocksTogether(KernelOp kernel) {
    return kernel.getMma() && kernel.getWarpgroups() == 1 &&
                   2 * *kernel.getShared() <= kSharedMma
               ? 2
               : 1;
  }

  Frame prologue(OpBuilder &b, KernelOp kernel) {
    Location loc = kernel.getLoc();
    Ptx ptx(b, loc);
    if (!kernel.getMma())
      ::msa::announceLaunch(b, loc);
    Type i32 = b.getI32Type();
    Frame frame;
    frame.kernel = kernel;
    frame.mma = kernel.getMma();
    frame.threads = kernel.getThreads();
    for (RingOp ring : kernel.getOps<RingOp>())
      frame.rings[ring.getSymName()] = ring;
    auto sharedType = LLVM::LLVMPointerType::get(b.getContext(), 3);
    Value shared = LLVM::AddressOfOp::create(b, loc, sharedType, kShared);
    frame.shared = LLVM::PtrToIntOp::create(b, loc, i32, shared);
    frame.block = NVVM::BlockIdXOp::create(b, loc, i32);
    frame.gridSize = NVVM::GridDimXOp::create(b, loc, i32);
    placeThread(ptx, frame, NVVM::ThreadIdXOp::create(b, loc, i32));
    // Said to be the same for the whole warp, so that branches on it are too.
    Value group = arith::ShRUIOp::create(b, loc, frame.thread, ptx.i32(7));
    if (kernel.getMma()) {
      frame.warpgroup =
          kernel.getWarpgroups() == 1 ? ptx.i32(0) : ptx.uniform(group);
      return frame;
    }
    frame.warpgroup = ptx.add(ptx.uniform(group), -1); // the first one copies
    Value isFirst = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                          frame.thread, ptx.i32(0));
    scf::IfOp::create(b, loc, isFirst, [&](OpBuilder &nested, Location l) {
      Ptx inner(nested, l);
      for (RingOp ring : kernel.getOps<RingOp>())
        for (uint64_t slot = 0; slot < ring.getSlots(); ++slot)
          for (uint64_t copy = 0; copy < ring.getCopies(); ++copy)
            for (bool empty : {false, true})
              inner.initBarrier(barrierOf(inner, frame, ring, inner.i32(slot),
                                          inner.i32(copy), empty),
                                empty ? readersOf(ring) : 1);
      inner.fenceBarrierInit();
      scf::YieldOp::create(nested, l);
    });
    if (kernel.getCluster()) {
      frame.blockInCluster = ptx.blockInCluster();
      ptx.syncCluster(); // others copy here and arrive here
    } else {
      NVVM::Barrier0Op::create(b, loc);
    }
    // What came before is in shared memory; the other roles' first copies,
    // draws and loads come after.
    ::msa::waitForEarlier(b, loc);
    return frame;
  }

  /// The roles as branches on the warpgroup.
  void branch(OpBuilder &b, RolesOp roles, const Frame &frame) {
    Location loc = roles.getLoc();
    KernelOp kernel = frame.kernel;
    Ptx ptx(b, loc);
    Value copies = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt,
                                         frame.warpgroup, ptx.i32(0));
    auto move = [](Region &from, Block *to, Block::iterator at) {
      to->getOperations().splice(at, from.front().getOperations());
    };
    auto ifOp = scf::IfOp::create(b, loc, copies, /*withElse=*/true);
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(ifOp.thenBlock());
      if (kernel.getWarpgroups() > 1)
        ptx.setRegisters(kernel.getCopyingRegisters(), false);
      Value first = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                          frame.thread, ptx.i32(0));
      auto one = scf::IfOp::create(b, loc, first, /*withElse=*/false);
      move(roles.getProducer(), one.thenBlock(), one.thenBlock()->begin());
      b.setInsertionPointToStart(ifOp.elseBlock());
      if (kernel.getWarpgroups() > 1)
        ptx.setRegisters(kernel.getComputingRegisters(), true);
      if (kernel.getPingpong())
        startTurns(b, loc, frame);
      Operation *end = ifOp.elseBlock()->getTerminator();
      move(roles.getConsumer(), ifOp.elseBlock(), end->getIterator());
      // Shared memory must outlive the copies that read it.
      b.setInsertionPoint(end);
      if (kernel.getPingpong())
        endTurns(b, loc, frame);
      scf::IfOp::create(b, loc, rereadThread(ptx, frame).leadsGroup,
                        [&](OpBuilder &nested, Location l) {
                          Ptx(nested, l).waitCopies(/*reads=*/false);
                          scf::YieldOp::create(nested, l);
                        });
    }
    // Shared memory and barriers must outlive what other blocks do to them.
    if (kernel.getCluster()) {
      b.setInsertionPointAfter(ifOp);
      ptx.syncCluster();
    }
    roles.erase();
  }

  LogicalResult convert(KernelOp kernel) {
    auto roles = llvm::to_vector(kernel.getOps<RolesOp>());
    if (kernel.getMma()
            ? !kernel.getOps<ForTilesOp>().empty() || !kernel.getShared()
            : roles.size() != 1 || !kernel.getShared())
      return kernel.emitOpError("must be ")
             << (kernel.getMma() ? "pipelined" : "split into roles")
             << " and have its shared memory planned";
    WalkResult unplanned = kernel.walk([](Operation *op) {
      auto ring = dyn_cast<RingOp>(op);
      auto store = dyn_cast<StoreOp>(op);
      if ((ring && (!ring.getShared() || !ring.getBarriers())) ||
          (store && !store.getShared()))
        return WalkResult(op->emitOpError("has no place in shared memory yet"));
      return WalkResult::advance();
    });
    if (unplanned.wasInterrupted())
      return failure();
    OpBuilder b(kernel);
    LLVM::LLVMFuncOp func = declare(b, kernel);
    Block *entry = func.addEntryBlock(b);
    b.setInsertionPointToStart(entry);
    Frame frame = prologue(b, kernel);
    if (!kernel.getMma()) {
      OpBuilder inKernel(roles.front());
      branch(inKernel, roles.front(), frame);
    }

    // The program moves over; its arguments change their types on the way.
    IRMapping mapping;
    TileTypeConverter converter;
    SmallVector<Value> arguments;
    for (auto [from, to] :
         llvm::zip(kernel.getBody().getArguments(), entry->getArguments())) {
      Value cast = UnrealizedConversionCastOp::create(b, kernel.getLoc(),
                                                      from.getType(), to)
                       .getResult(0);
      from.replaceAllUsesWith(cast);
    }
    for (Operation &op : llvm::make_early_inc_range(kernel.getBody().front()))
      if (!isa<RingOp>(op))
        op.moveBefore(entry, entry->end());
    b.setInsertionPointToEnd(entry);
    LLVM::ReturnOp::create(b, kernel.getLoc(), ValueRange());

    RewritePatternSet patterns(&getContext());
    addEpiloguePatterns(patterns, converter, frame);
    addFragmentPatterns(patterns, converter, frame);
    if (kernel.getMma()) {
      addMmaPatterns(patterns, converter, frame);
      addPipelinePatterns(patterns, converter, frame);
    }
    addProductPatterns(patterns, converter, frame);
    addRolePatterns(patterns, converter, frame);
    addStorePatterns(patterns, converter, frame);
    addTurnPatterns(patterns, converter, frame);
    ConversionTarget target(getContext());
    target.addLegalDialect<LLVM::LLVMDialect, NVVM::NVVMDialect,
                           arith::ArithDialect>();
    target.addIllegalOp<arith::MaxNumFOp>();
    target.addLegalOp<UnrealizedConversionCastOp>();
    target.addIllegalDialect<MSAGPUDialect, math::MathDialect,
                             memref::MemRefDialect>();
    scf::populateSCFStructuralTypeConversionsAndLegality(converter, patterns,
                                                         target);
    ConversionConfig config;
    config.allowPatternRollback = false;
    if (failed(
            applyPartialConversion(func, target, std::move(patterns), config)))
      return failure();
    kernel.erase();
    return success();
  }

  void runOnOperation() override {
    SmallVector<KernelOp> kernels;
    getOperation()->walk([&](KernelOp kernel) { kernels.push_back(kernel); });
    llvm::SetVector<Operation *> modules;
    for (KernelOp kernel : kernels)
      modules.insert(kernel->getParentOp());
    for (Operation *module : modules) {
      OpBuilder b(&module->getRegion(0).front(),
                  module->getRegion(0).front().begin());
      LLVM::GlobalOp::create(
          b, module->getLoc(), LLVM::LLVMArrayType::get(b.getI8Type(), 0),
          /*isConstant=*/false, LLVM::Linkage::External, kShared, Attribute(),
          /*alignment=*/1024, /*addrSpace=*/3);
    }
    for (KernelOp kernel : kernels)
      if (failed(convert(kernel)))
        return signalPassFailure();
  }
};
} // namespace
