//===- RowsToWarps.cpp - Sums of rows by warps -------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One thread that sums a row waits for each element, and the threads of a warp
// read from as many rows. So a warp takes a row: its lanes read side by side,
// each sums in a vector of its own, and what they have is joined in a fixed
// order. Blocks are whole warps, and so is the number of threads, so that all
// lanes of a warp are there or none is.
//
//===----------------------------------------------------------------------===//

#include "ScalarBody.h"
#include "ThreadAlignment.h"
#include "VectorizeTiles.h"

#include "msa/Codegen/Contraction.h"
#include "msa/Codegen/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

namespace mlir::msa {
#define GEN_PASS_DEF_MSAROWSTOWARPS
#include "msa/Codegen/Passes.h.inc"
} // namespace mlir::msa

using namespace mlir;
using namespace mlir::msa;

static constexpr int64_t kWarp = 32;

namespace {
/// A kernel whose tile is the sum (or maximum) of one row, and perhaps what is
/// computed from that and the row's elements.
struct RowKernel {
  func::FuncOp func;
  scf::ForOp tiles;
  linalg::FillOp fill; ///< Of the result, or null.
  linalg::GenericOp op;
  linalg::GenericOp rest; ///< Elements of the row behind it, or null.
  int64_t lane = -1, size = 0, width = 1;
  bool isSum = true;
};

/// What a lane holds of an operand of the sum, a vector a step; none where it
/// reads step by step.
using Loaded = SmallVector<SmallVector<Value>>;

struct RowsToWarpsPass : msa::impl::MSARowsToWarpsBase<RowsToWarpsPass> {
  using Base::Base;

  static std::optional<RowKernel> match(func::FuncOp func);
  static bool isRest(const RowKernel &kernel, linalg::GenericOp rest);
  static Value sumOfLane(OpBuilder &b, const RowKernel &kernel,
                         Value laneNumber, bool atOnce, Loaded &loaded);
  static void emit(OpBuilder &b, const RowKernel &kernel, Value laneNumber,
                   bool atOnce);
  static void emitRest(OpBuilder &b, const RowKernel &kernel, Value laneNumber,
                       const Loaded &loaded);
  static void rewrite(RowKernel kernel, int64_t count);

  void runOnOperation() override {
    SmallVector<RowKernel> kernels;
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (func->hasAttr("msa.kernel") && !func.isExternal())
        if (std::optional<RowKernel> kernel = match(func))
          kernels.push_back(*kernel);
    for (const RowKernel &kernel : kernels) {
      int64_t count =
          kernel.func->getAttrOfType<IntegerAttr>("msa.kernel").getInt();
      if (count > std::numeric_limits<int32_t>::max() / kWarp)
        continue;
      rewrite(kernel, count);
      ++numRows;
    }
  }
};
} // namespace

/// Whether the view is of a thread's own memory.
static bool isOwn(Value view) {
  while (auto op = view.getDefiningOp<ViewLikeOpInterface>())
    view = op.getViewSource();
  return view.getDefiningOp<memref::AllocaOp>() != nullptr;
}

/// The operand with dimensions of one behind the lanes' taken off, or null
/// where its lanes do not lie side by side.
static Value asRow(OpBuilder &b, Location loc, Value buffer, AffineMap &map,
                   int64_t lane, ArrayRef<int64_t> sizes) {
  auto type = dyn_cast<MemRefType>(buffer.getType());
  if (!type || !map.isFunctionOfDim(lane))
    return buffer;
  unsigned at = 0;
  while (!map.getResult(at).isFunctionOfDim(lane))
    ++at;
  if (at + 1 == map.getNumResults())
    return buffer;
  SmallVector<ReassociationIndices> groups;
  for (unsigned i = 0; i <= at; ++i)
    groups.push_back({static_cast<int64_t>(i)});
  for (unsigned i = at + 1; i < map.getNumResults(); ++i) {
    if (type.getDimSize(i) != 1)
      return {};
    groups.back().push_back(i);
  }
  if (!memref::CollapseShapeOp::isGuaranteedCollapsible(type, groups))
    return {};
  map = map.getMajorSubMap(at + 1);
  return memref::CollapseShapeOp::create(b, loc, buffer, groups);
}

std::optional<RowKernel> RowsToWarpsPass::match(func::FuncOp func) {
  RowKernel kernel;
  kernel.func = func;
  unsigned count = func.getNumArguments();
  if (!func.getBody().hasOneBlock() || count < 2)
    return std::nullopt;
  for (Operation &op : func.getBody().front().without_terminator()) {
    if (auto loop = dyn_cast<scf::ForOp>(op)) {
      if (kernel.tiles || loop.getNumResults() != 0 ||
          loop.getLowerBound() != func.getArgument(count - 2) ||
          loop.getUpperBound() != func.getArgument(count - 1))
        return std::nullopt;
      kernel.tiles = loop;
    } else if (!isMemoryEffectFree(&op) && !isa<memref::AllocaOp>(op)) {
      return std::nullopt;
    }
  }
  if (!kernel.tiles)
    return std::nullopt;
  linalg::LinalgOp work;
  for (Operation &op : kernel.tiles.getBody()->without_terminator()) {
    if (auto fill = dyn_cast<linalg::FillOp>(op); fill && !kernel.fill && !work)
      kernel.fill = fill;
    else if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op); linalgOp && !work)
      work = linalgOp;
    else if (auto rest = dyn_cast<linalg::GenericOp>(op);
             rest && work && !kernel.rest)
      kernel.rest = rest;
    else if (!isMemoryEffectFree(&op) && !isa<memref::AllocaOp>(op))
      return std::nullopt;
  }
  if (!work)
    return std::nullopt;
  kernel.op = dyn_cast<linalg::GenericOp>(work.getOperation());
  if (!kernel.op && work.getNumReductionLoops() == 1) {
    IRRewriter rewriter(work);
    FailureOr<linalg::GenericOp> generic =
        linalg::generalizeNamedOp(rewriter, work);
    if (succeeded(generic))
      kernel.op = *generic;
  }
  linalg::GenericOp op = kernel.op;
  if (!op || op.getNumReductionLoops() != 1 || op.getNumDpsInits() != 1 ||
      (kernel.fill && kernel.fill.getOutputs()[0] != op.getDpsInits()[0]))
    return std::nullopt;
  SmallVector<unsigned> reductions;
  op.getReductionDims(reductions);
  kernel.lane = reductions.front();
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  kernel.size = sizes[kernel.lane];
  for (auto [d, size] : llvm::enumerate(sizes))
    if (static_cast<int64_t>(d) != kernel.lane && size != 1)
      return std::nullopt;
  if (ShapedType::isDynamic(kernel.size) || kernel.size < kShortestRow)
    return std::nullopt;

  if (!joinsInWarps(op) || !isLaneBody(op, kernel.lane))
    return std::nullopt;
  kernel.isSum = isa<arith::AddFOp>(combinerOf(op));

  // 16 bytes of the operand with the smallest elements.
  int64_t bits = 64;
  OpBuilder b(op);
  for (OpOperand *input : op.getDpsInputOperands()) {
    AffineMap map = op.getMatchingIndexingMap(input);
    if (!hasWideElements(input->get().getType()) ||
        !map.isProjectedPermutation(/*allowZeroInResults=*/true))
      return std::nullopt;
    Value row = asRow(b, op.getLoc(), input->get(), map, kernel.lane, sizes);
    bool reads = row && isa<MemRefType>(row.getType());
    bool isReadable = row && (!reads || isLaneReadable(map, kernel.lane, row));
    if (reads && isReadable && map.isFunctionOfDim(kernel.lane))
      bits = std::min<int64_t>(
          bits, cast<MemRefType>(row.getType()).getElementTypeBitWidth());
    if (row && row != input->get())
      row.getDefiningOp()->erase();
    if (!isReadable)
      return std::nullopt;
  }
  kernel.width = std::min<int64_t>(128 / bits, 8);
  if (kernel.width < 2 || kernel.size % kernel.width ||
      (kernel.rest && !isRest(kernel, kernel.rest)))
    return std::nullopt;
  return kernel;
}

/// Whether the lanes can go on with this: elements of the row, and the sum,
/// which each of them has in a buffer of its own.
bool RowsToWarpsPass::isRest(const RowKernel &kernel, linalg::GenericOp rest) {
  SmallVector<int64_t> sizes = rest.getStaticLoopRanges();
  int64_t lane = static_cast<int64_t>(sizes.size()) - 1;
  if (rest.getNumReductionLoops() != 0 || rest.getNumDpsInits() != 1 ||
      lane < 0 || sizes[lane] != kernel.size ||
      llvm::any_of(
          ArrayRef(sizes).drop_back(),
          [](int64_t size) { return size != 1; }) ||
      !isLaneBody(rest, lane))
    return false;
  for (OpOperand &operand : rest->getOpOperands()) {
    AffineMap map = rest.getMatchingIndexingMap(&operand);
    if (!hasWideElements(operand.get().getType()) ||
        !map.isProjectedPermutation(/*allowZeroInResults=*/true) ||
        (isa<MemRefType>(operand.get().getType()) &&
         !isLaneReadable(map, lane, operand.get())))
      return false;
  }
  linalg::GenericOp op = kernel.op;
  Value sum = op.getDpsInits()[0];
  return isOwn(sum);
}

/// Steps of a lane that are taken at once: as many accesses under way hide the
/// memory's latency, which a warp a row else waits for in each step, and fit
/// into registers.
static constexpr int64_t kMostSteps = 8;

/// Steps that every lane takes, where all take as many.
static int64_t stepsOf(const RowKernel &kernel) {
  return kernel.size % (kernel.width * kWarp)
             ? 0
             : kernel.size / (kernel.width * kWarp);
}

/// Where a lane's vector of a step begins: a number times the width, so that it
/// is seen to be aligned.
static Value atStep(OpBuilder &b, Location loc, const RowKernel &kernel,
                    Value laneNumber, int64_t step) {
  Value number = arith::AddIOp::create(b, loc, laneNumber,
                                       constantIndex(b, loc, step * kWarp));
  return arith::MulIOp::create(b, loc, number,
                               constantIndex(b, loc, kernel.width));
}

/// A loop over what the lane has of the row. The vector's number times its
/// width, again.
static scf::ForOp stepByStep(
    OpBuilder &b, Location loc, const RowKernel &kernel, Value laneNumber,
    ValueRange carried,
    llvm::function_ref<SmallVector<Value>(OpBuilder &, Value, ValueRange)>
        body) {
  Value width = constantIndex(b, loc, kernel.width);
  return scf::ForOp::create(
      b, loc, arith::MulIOp::create(b, loc, laneNumber, width),
      constantIndex(b, loc, kernel.size),
      constantIndex(b, loc, kernel.width * kWarp), carried,
      [&](OpBuilder &nested, Location, Value iv, ValueRange values) {
        Value at = arith::MulIOp::create(
            nested, loc, arith::DivUIOp::create(nested, loc, iv, width), width);
        scf::YieldOp::create(nested, loc, body(nested, at, values));
      });
}

/// The vector that a lane sums its part of the row in.
Value RowsToWarpsPass::sumOfLane(OpBuilder &b, const RowKernel &kernel,
                                 Value laneNumber, bool atOnce,
                                 Loaded &loaded) {
  linalg::GenericOp op = kernel.op;
  Location loc = op.getLoc();
  Type f32 = b.getF32Type();
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  SmallVector<Value> buffers;
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  for (auto [i, input] : llvm::enumerate(op.getDpsInputs()))
    buffers.push_back(asRow(b, loc, input, maps[i], kernel.lane, sizes));
  auto type = VectorType::get({kernel.width}, f32);
  double neutral =
      kernel.isSum ? 0.0 : -std::numeric_limits<double>::infinity();
  Value sum = arith::ConstantOp::create(
      b, loc, DenseElementsAttr::get(type, FloatAttr::get(f32, neutral)));
  Place place{SmallVector<Value>(sizes.size(), constantIndex(b, loc, 0)),
              kernel.lane, kernel.width};
  auto load = [&](OpBuilder &nested) {
    SmallVector<Value> values;
    for (auto [buffer, map] : llvm::zip(buffers, maps))
      values.push_back(loadAt(nested, loc, buffer, map, place));
    return values;
  };
  auto add = [&](OpBuilder &nested, SmallVector<Value> values, Value to) {
    values.push_back(to);
    return asLanes(nested, loc, emitBody(nested, op, values, place)[0],
                   kernel.width);
  };
  if (!atOnce)
    return stepByStep(b, loc, kernel, laneNumber, sum,
                      [&](OpBuilder &nested, Value at, ValueRange carried) {
                        place.ivs[kernel.lane] = at;
                        return SmallVector<Value>{
                            add(nested, load(nested), carried[0])};
                      })
        .getResult(0);
  loaded.resize(buffers.size());
  for (int64_t step = 0; step < stepsOf(kernel); ++step) {
    place.ivs[kernel.lane] = atStep(b, loc, kernel, laneNumber, step);
    for (auto [values, value] : llvm::zip(loaded, load(b)))
      values.push_back(value);
  }
  for (int64_t step = 0; step < stepsOf(kernel); ++step) {
    place.ivs[kernel.lane] = atStep(b, loc, kernel, laneNumber, step);
    SmallVector<Value> values;
    for (const SmallVector<Value> &all : loaded)
      values.push_back(all[step]);
    sum = add(b, values, sum);
  }
  return sum;
}

void RowsToWarpsPass::emit(OpBuilder &b, const RowKernel &kernel,
                           Value laneNumber, bool atOnce) {
  linalg::GenericOp op = kernel.op;
  Location loc = op.getLoc();
  Loaded loaded;
  Value sum = sumOfLane(b, kernel, laneNumber, atOnce, loaded);
  Value joined =
      vector::ReductionOp::create(b, loc,
                                  kernel.isSum ? vector::CombiningKind::ADD
                                               : vector::CombiningKind::MAXNUMF,
                                  sum, arith::FastMathFlags::reassoc);
  auto combine = [&](Value x, Value y) -> Value {
    if (kernel.isSum)
      return arith::AddFOp::create(b, loc, x, y);
    return arith::MaxNumFOp::create(b, loc, x, y);
  };
  for (int32_t distance = kWarp / 2; distance; distance /= 2) {
    auto other = gpu::ShuffleOp::create(b, loc, joined, distance,
                                        static_cast<int32_t>(kWarp),
                                        gpu::ShuffleMode::XOR);
    joined = combine(joined, other.getShuffleResult());
  }
  auto write = [&] {
    if (linalg::FillOp fill = kernel.fill)
      b.clone(*fill);
    Place place{SmallVector<Value>(op.getNumLoops(), constantIndex(b, loc, 0)),
                kernel.lane, 1};
    Value out = op.getDpsInits()[0];
    AffineMap map = op.getIndexingMapsArray().back();
    Value old = loadAt(b, loc, out, map, place);
    storeAt(b, loc, combine(old, joined), out, map, place);
  };
  if (kernel.rest) { // all lanes' own
    write();
    return emitRest(b, kernel, laneNumber, loaded);
  }
  Value isFirst = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                        laneNumber, constantIndex(b, loc, 0));
  auto first = scf::IfOp::create(b, loc, isFirst, /*withElse=*/false);
  b.setInsertionPointToStart(first.thenBlock());
  write();
  b.setInsertionPointAfter(first);
}

/// Which operand of the sum another operand is the same elements of, or -1.
static int64_t sameOperand(linalg::GenericOp sum, int64_t lane,
                           OpOperand &other) {
  auto rest = cast<linalg::GenericOp>(other.getOwner());
  for (auto [i, input] : llvm::enumerate(sum.getDpsInputOperands()))
    if (isSameView(input->get(), other.get()) &&
        sum.getMatchingIndexingMap(input).isFunctionOfDim(lane) &&
        sum.getMatchingIndexingMap(input).getResults().back() ==
            getAffineDimExpr(lane, sum.getContext()) &&
        rest.getMatchingIndexingMap(&other).getResults().back() ==
            getAffineDimExpr(rest.getNumLoops() - 1, sum.getContext()))
      return i;
  return -1;
}

/// Every lane computes the elements that it has read for the sum, or as many.
/// All have read their part of the row before any writes: they have met in the
/// shuffles.
void RowsToWarpsPass::emitRest(OpBuilder &b, const RowKernel &kernel,
                               Value laneNumber, const Loaded &loaded) {
  linalg::GenericOp op = kernel.rest;
  Location loc = op.getLoc();
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  unsigned lane = op.getNumLoops() - 1;
  Place place{SmallVector<Value>(lane + 1, constantIndex(b, loc, 0)), lane,
              kernel.width};
  auto compute = [&](OpBuilder &nested, Value at, int64_t step) {
    place.ivs[lane] = at;
    SmallVector<Value> arguments;
    for (OpOperand &operand : op->getOpOperands()) {
      int64_t same =
          step < 0 ? -1 : sameOperand(kernel.op, kernel.lane, operand);
      arguments.push_back(same < 0 ? loadAt(nested, loc, operand.get(),
                                            op.getMatchingIndexingMap(&operand),
                                            place)
                                   : loaded[same][step]);
    }
    Value element = emitBody(nested, op, arguments, place)[0];
    storeAt(nested, loc, element, op.getDpsInits()[0], maps.back(), place);
  };
  if (loaded.empty()) {
    stepByStep(b, loc, kernel, laneNumber, ValueRange(),
               [&](OpBuilder &nested, Value at, ValueRange) {
                 compute(nested, at, -1);
                 return SmallVector<Value>();
               });
    return;
  }
  for (int64_t step = 0; step < stepsOf(kernel); ++step)
    compute(b, atStep(b, loc, kernel, laneNumber, step), step);
}

void RowsToWarpsPass::rewrite(RowKernel kernel, int64_t count) {
  func::FuncOp func = kernel.func;
  Location loc = kernel.op.getLoc();
  OpBuilder b(func.getContext());
  DenseSet<Value> aligned = alignedBuffers(func);
  b.setInsertionPointToStart(kernel.tiles.getBody());
  Value thread = kernel.tiles.getInductionVar();
  Value warp = constantIndex(b, loc, kWarp);
  auto row = arith::DivUIOp::create(b, loc, thread, warp);
  auto lane = arith::RemUIOp::create(b, loc, thread, warp);
  thread.replaceUsesWithIf(row, [&](OpOperand &use) {
    return use.getOwner() != row && use.getOwner() != lane;
  });
  SmallVector<Value> operands(kernel.op.getDpsInputs());
  if (kernel.rest)
    llvm::append_range(operands, kernel.rest->getOperands());
  b.setInsertionPoint(kernel.rest ? kernel.rest : kernel.op);
  // Buffers that lie anywhere are read element by element, in no hurry.
  bool atOnce = stepsOf(kernel) > 0 && stepsOf(kernel) <= kMostSteps;
  (void)emitAligned(b, loc, operands, aligned, [&](OpBuilder &inner) {
    emit(inner, kernel, lane, atOnce);
    atOnce = false;
    return success();
  });
  for (Operation *op :
       std::initializer_list<Operation *>{kernel.rest, kernel.op, kernel.fill})
    if (op)
      op->erase();
  func->setAttr("msa.kernel", b.getI64IntegerAttr(count * kWarp));
  auto uses = SymbolTable::getSymbolUses(func, func->getParentOp());
  for (SymbolTable::SymbolUse use : *uses) {
    auto call = cast<func::CallOp>(use.getUser());
    b.setInsertionPoint(call);
    call.setOperand(call.getNumOperands() - 1,
                    constantIndex(b, loc, count * kWarp));
  }
}
