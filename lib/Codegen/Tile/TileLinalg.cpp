//===- TileLinalg.cpp - Linalg operations as parallel loops ---------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"
#include "msa/Codegen/Contraction.h"
#include "msa/Codegen/InPlace.h"
#include "msa/Codegen/Passes.h"
#include "msa/Dialect/MSA/Utils/LinalgBuilders.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::msa {
#define GEN_PASS_DEF_MSATILELINALG
#include "msa/Codegen/Passes.h.inc"
} // namespace mlir::msa

using namespace mlir;
using namespace mlir::msa;

/// Elements of one elementwise tile on a CPU: a few microseconds of work.
static constexpr int64_t kElementwiseTile = 16384;

/// Tiles of an op that keep the threads of a large machine busy.
static constexpr int64_t kEnoughTiles = 32;

/// a * b, or the largest number that is left: sizes come from the user.
static int64_t product(int64_t a, int64_t b) {
  int64_t result;
  return llvm::MulOverflow(a, b, result) ? std::numeric_limits<int64_t>::max()
                                         : result;
}

/// Largest divisor of n that is at most `most`.
static int64_t divisor(int64_t n, int64_t most) {
  for (int64_t d = std::min(n, most); d > 1; --d)
    if (n % d == 0)
      return d;
  return 1;
}

/// Threads that are worth more than wide accesses: several for each lane of a
/// large GPU.
static constexpr int64_t kEnoughThreads = 1 << 15;

/// Elements of one thread's tile: 16 bytes of the result where they lie side by
/// side, so that a warp's accesses are wide ones; fewer where threads would be.
static std::pair<unsigned, int64_t> threadTile(linalg::LinalgOp op) {
  AffineMap out = op.getIndexingMapsArray().back();
  if (!isPointwise(op) || out.getNumResults() == 0 ||
      !isa<AffineDimExpr>(out.getResults().back()))
    return {0, 1};
  unsigned lane = out.getDimPosition(out.getNumResults() - 1);
  if (!hasLanes(op, lane))
    return {lane, 1};
  int64_t elements = 1;
  for (int64_t size : op.getStaticLoopRanges())
    elements = product(elements, size);
  Type element = getElementTypeOrSelf(op.getDpsInits()[0].getType());
  int64_t most =
      element.isIntOrFloat()
          ? std::min<int64_t>(
                128 / std::max(8u, element.getIntOrFloatBitWidth()), 8)
          : 1;
  int64_t tile = 1;
  while (tile < most && op.getStaticLoopRanges()[lane] % (2 * tile) == 0 &&
         elements / (2 * tile) >= kEnoughThreads)
    tile *= 2;
  return {lane, tile};
}

/// Rows of a thread that reads the same elements for several of them, fewer
/// where that would leave too few threads: (loop, rows).
static std::pair<unsigned, int64_t> rowTile(linalg::LinalgOp op, unsigned lane,
                                            int64_t tile) {
  static constexpr int64_t kRows = 4;
  std::optional<unsigned> loop = overlappingLoop(op);
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  if (!loop || *loop == lane || sizes[*loop] % kRows)
    return {0, 1};
  int64_t elements = 1;
  for (int64_t size : sizes)
    elements = product(elements, size);
  return {*loop, elements / (tile * kRows) >= kEnoughThreads ? kRows : 1};
}

/// A lane tile: `lanes` where that divides n, else a divisor that is not much
/// smaller, else everything (vectors and a scalar rest).
static int64_t laneTile(int64_t n, int64_t lanes) {
  int64_t d = divisor(n, lanes);
  return d * 2 > lanes || d == n ? d : n;
}

/// Where a contraction's size has no divisor that makes a good tile (a
/// vocabulary of 50257, a prime number of rows) it is cut in two: a part that
/// tiles evenly and a rest. (dimension, size of the first part), or nothing.
static std::optional<std::pair<unsigned, int64_t>>
awkwardSize(linalg::LinalgOp op, int64_t lanes, int64_t rows) {
  std::optional<Contraction> c = matchContraction(op);
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  if (!c || llvm::any_of(sizes, ShapedType::isDynamic))
    return std::nullopt;
  int64_t n = sizes[c->n];
  if (n > 4 * lanes && laneTile(n, lanes) == n)
    return std::make_pair(static_cast<unsigned>(c->n), n - n % lanes);
  if (c->m < 0)
    return std::nullopt;
  int64_t m = sizes[c->m], block = std::min<int64_t>(rows, 64);
  if (m > 2 * block && divisor(m, std::min(rows, m - 1)) < block / 4)
    return std::make_pair(static_cast<unsigned>(c->m), m - m % block);
  return std::nullopt;
}

/// Cuts the op; each part fills its own destination where the whole was filled.
static std::pair<linalg::LinalgOp, linalg::LinalgOp>
cutInTwo(IRRewriter &rewriter, linalg::LinalgOp op, unsigned dimension,
         int64_t first) {
  auto fill = op.getDpsInits()[0].getDefiningOp<linalg::FillOp>();
  if (fill && !fill->hasOneUse())
    fill = {};
  rewriter.setInsertionPoint(op);
  auto parts =
      linalg::splitOp(rewriter, cast<TilingInterface>(op.getOperation()),
                      dimension, rewriter.getIndexAttr(first));
  auto own = [&](TilingInterface part) {
    auto linalgOp = cast<linalg::LinalgOp>(part.getOperation());
    OpOperand *init = linalgOp.getDpsInitOperand(0);
    if (!fill)
      return linalgOp;
    rewriter.setInsertionPoint(linalgOp);
    auto fresh = linalg::FillOp::create(rewriter, linalgOp.getLoc(),
                                        fill.getInputs(), init->get());
    rewriter.modifyOpInPlace(linalgOp, [&] { init->set(fresh.getResult(0)); });
    return linalgOp;
  };
  std::pair<linalg::LinalgOp, linalg::LinalgOp> both = {own(parts.first),
                                                        own(parts.second)};
  if (fill) // Erased in its turn.
    rewriter.replaceAllUsesWith(fill.getResult(0), fill.getOutputs()[0]);
  return both;
}

namespace {
struct TileLinalgPass : msa::impl::MSATileLinalgBase<TileLinalgPass> {
  using Base::Base;

  /// Whether a producer may be computed inside the tiles of its consumer. Each
  /// of its elements must be needed by one tile only.
  bool mayFuse(OpResult producer, Operation *root) {
    auto op = dyn_cast<linalg::LinalgOp>(producer.getOwner());
    if (!op || op->getNumResults() != 1)
      return false;
    if (isa<linalg::FillOp>(op))
      return true;
    if (readsOverwritten(op, cast<linalg::LinalgOp>(root)))
      return false;
    if (!producer.hasOneUse() || !isPointwise(op))
      return false;
    // A thread's tile is one element: what a product reads again and again
    // would be computed again and again.
    auto consumer = cast<linalg::LinalgOp>(root);
    if (consumer.getNumReductionLoops() == 0)
      return true;
    for (OpOperand *operand : consumer.getDpsInputOperands())
      if (threads && operand->get() == producer) {
        AffineMap map = consumer.getMatchingIndexingMap(operand);
        SmallVector<unsigned> parallel;
        consumer.getParallelDims(parallel);
        for (unsigned d : parallel)
          if (!map.isFunctionOfDim(d) && consumer.getStaticLoopRanges()[d] != 1)
            return false;
      }
    return true;
  }

  /// The sum of each row that the op is computed from, where one kernel is to
  /// do both.
  linalg::GenericOp rowSumIn(linalg::LinalgOp op) {
    linalg::GenericOp sum = rowSums ? rowSumOf(op) : linalg::GenericOp();
    return sum && !readsOverwritten(sum, op) ? sum : linalg::GenericOp();
  }

  SmallVector<int64_t> tileSizes(linalg::LinalgOp op) {
    SmallVector<int64_t> sizes = op.getStaticLoopRanges();
    SmallVector<utils::IteratorType> kinds = op.getIteratorTypesArray();
    SmallVector<int64_t> tiles(sizes.size(), 0);
    SmallVector<unsigned> parallel;
    op.getParallelDims(parallel);
    for (unsigned d : parallel)
      tiles[d] = 1;
    if (threads && !parallel.empty()) {
      if (rowSumIn(op)) { // a warp has the row
        tiles.back() = 0;
        return tiles;
      }
      auto [lane, elements] = threadTile(op);
      if (elements > 1) {
        tiles[lane] = elements;
        auto [loop, count] = rowTile(op, lane, elements);
        if (count > 1)
          tiles[loop] = count;
      }
    }
    if (parallel.empty() || threads)
      return tiles;
    if (std::optional<Contraction> c = matchContraction(op)) {
      tiles[c->n] = laneTile(sizes[c->n], lanes);
      if (c->m < 0)
        return tiles;
      // A packed panel serves all rows of a tile, so tiles are tall, as long as
      // there are enough of them for the threads to share.
      int64_t others = 1;
      for (unsigned d : parallel)
        if (d != c->m)
          others = product(others, llvm::divideCeil(sizes[d], tiles[d]));
      int64_t tall = divisor(sizes[c->m], rows);
      while (tall > 64 && product(others, sizes[c->m] / tall) < kEnoughTiles)
        tall = divisor(sizes[c->m], tall - 1);
      tiles[c->m] = tall;
      return tiles;
    }
    // Whole inner dimensions until a tile has enough elements.
    int64_t elements = 1;
    for (unsigned d = 0; d < sizes.size(); ++d)
      if (kinds[d] == utils::IteratorType::reduction)
        elements = product(elements, sizes[d]);
    for (unsigned d : llvm::reverse(parallel)) {
      int64_t room = std::max<int64_t>(kElementwiseTile / elements, 1);
      tiles[d] = divisor(sizes[d], room);
      // The innermost loop holds the vectors: keep it whole where it is small.
      if (d + 1 == sizes.size() && sizes[d] <= kElementwiseTile)
        tiles[d] = sizes[d];
      elements = product(elements, tiles[d]);
    }
    return tiles;
  }

  /// An epilogue: the elementwise op's one contraction operand that has the
  /// loops of the op itself and no other user.
  linalg::LinalgOp epilogueOf(linalg::LinalgOp op) {
    if (!isPointwise(op) || op->getNumResults() != 1)
      return {};
    AffineMap out = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
    if (!out.isIdentity())
      return {};
    linalg::LinalgOp found;
    for (OpOperand *operand : op.getDpsInputOperands()) {
      auto producer = operand->get().getDefiningOp<linalg::LinalgOp>();
      if (!producer || producer->getBlock() != op->getBlock() ||
          !operand->get().hasOneUse() ||
          !op.getMatchingIndexingMap(operand).isIdentity())
        continue;
      AffineMap inner =
          producer.getMatchingIndexingMap(producer.getDpsInitOperand(0));
      if (!matchContraction(producer) || awkwardSize(producer, lanes, rows) ||
          inner != AffineMap::getMultiDimIdentityMap(producer.getNumLoops(),
                                                     op->getContext())
                       .getMajorSubMap(op.getNumLoops()))
        continue;
      if (found)
        return {}; // two products: fuse neither, or their panels compete
      found = producer;
    }
    return found;
  }

  /// Reads the tile's second operand from a packed, f32 copy of its panel.
  static void packColumns(IRRewriter &rewriter, linalg::LinalgOp op,
                          int64_t minimumRows) {
    std::optional<Contraction> c = matchContraction(op);
    SmallVector<int64_t> sizes = op.getStaticLoopRanges();
    if (!c || llvm::any_of(sizes, ShapedType::isDynamic))
      return;
    OpOperand *columns = op.getDpsInputOperand(c->columns);
    OpOperand *rowsOperand = op.getDpsInputOperand(c->rows);
    AffineMap map = op.getMatchingIndexingMap(columns);
    int64_t nAt = -1, kAt = -1;
    for (auto [i, expr] : llvm::enumerate(map.getResults())) {
      int64_t dim = cast<AffineDimExpr>(expr).getPosition();
      if (dim == c->n)
        nAt = i;
      else if (dim == c->k)
        kAt = i;
      else if (sizes[dim] != 1)
        return; // a batch loop inside the tile
    }
    auto outType = cast<RankedTensorType>(op->getResult(0).getType());
    Type f = outType.getElementType();
    auto columnsType = cast<RankedTensorType>(columns->get().getType());
    bool inOrder = nAt == static_cast<int64_t>(map.getNumResults()) - 1 &&
                   columnsType.getElementType() == f;
    int64_t m = c->m >= 0 ? sizes[c->m] : 1;
    if (inOrder && m < minimumRows)
      return; // packing would cost as much as the product
    rewriter.setInsertionPoint(op);
    LinalgBuilder lb(rewriter, op.getLoc());
    MLIRContext *context = op->getContext();
    SmallVector<AffineExpr> source;
    for (int64_t i = 0, e = map.getNumResults(); i < e; ++i)
      source.push_back(i == kAt   ? getAffineDimExpr(0, context)
                       : i == nAt ? getAffineDimExpr(1, context)
                                  : getAffineConstantExpr(0, context));
    auto asF = [&](OpBuilder &b, Location l, ValueRange args) -> Value {
      return LinalgBuilder::convert(b, l, args[0], f);
    };
    // A plain copy in linalg would be folded away; this one is wanted.
    Value packed;
    if (inOrder && columnsType.getRank() == 2)
      packed = bufferization::AllocTensorOp::create(
          rewriter, op.getLoc(), columnsType, ValueRange(), columns->get());
    else
      packed = lb.generic({AffineMap::get(2, 0, source, context),
                           rewriter.getMultiDimIdentityMap(2)},
                          columns->get(),
                          lb.empty({sizes[c->k], sizes[c->n]}, f), asF);
    Value rowsValue = lb.convertTensor(rowsOperand->get(), f);
    unsigned loops = sizes.size();
    SmallVector<AffineMap> maps = {
        op.getMatchingIndexingMap(rowsOperand),
        AffineMap::get(
            loops, 0,
            {getAffineDimExpr(c->k, context), getAffineDimExpr(c->n, context)},
            context),
        op.getMatchingIndexingMap(op.getDpsInitOperand(0))};
    Value result =
        lb.generic(maps, {rowsValue, packed}, op.getDpsInitOperand(0)->get(),
                   [](OpBuilder &b, Location l, ValueRange args) -> Value {
                     Value product =
                         arith::MulFOp::create(b, l, args[0], args[1]);
                     return arith::AddFOp::create(b, l, args[2], product);
                   });
    rewriter.replaceOp(op, result);
  }

  /// Cuts the reduction into blocks of at most so many steps: a packed panel
  /// stays in the L1 cache while a block of rows goes past it. Returns the op
  /// that is left; the op itself where it is not cut.
  static FailureOr<linalg::LinalgOp>
  blockReduction(IRRewriter &rewriter, linalg::LinalgOp op, int64_t most) {
    std::optional<Contraction> c = matchContraction(op);
    SmallVector<int64_t> sizes = op.getStaticLoopRanges();
    if (!c || llvm::any_of(sizes, ShapedType::isDynamic) || most < 1)
      return op;
    int64_t block = divisor(sizes[c->k], most);
    if (block == sizes[c->k] || block * 4 < most)
      return op; // one block, or none that is worth its loop
    SmallVector<int64_t> tiles(sizes.size(), 0);
    tiles[c->k] = block;
    rewriter.setInsertionPoint(op);
    FailureOr<linalg::TiledLinalgOp> tiled = linalg::tileLinalgOp(
        rewriter, op, linalg::LinalgTilingOptions().setTileSizes(tiles));
    if (failed(tiled))
      return op->emitError("msa-tile-linalg: reduction could not be tiled");
    rewriter.replaceOp(op, tiled->tensorResults);
    return tiled->op;
  }

  /// Whether what the op sums lies side by side in all operands: a warp takes
  /// such a row (msa-rows-to-warps), whose lanes' sums are partial ones.
  static bool sumsRows(linalg::LinalgOp op) {
    std::optional<Contraction> c = matchContraction(op);
    SmallVector<int64_t> sizes = op.getStaticLoopRanges();
    return c && llvm::all_of(op.getDpsInputOperands(), [&](OpOperand *input) {
             for (AffineExpr expr : llvm::reverse(
                      op.getMatchingIndexingMap(input).getResults())) {
               if (expr.isFunctionOfDim(c->k))
                 return true;
               auto dim = dyn_cast<AffineDimExpr>(expr);
               if (dim && sizes[dim.getPosition()] != 1)
                 return false;
             }
             return false;
           });
  }

  /// A thread's sum in partial sums of a block each.
  LogicalResult sumInBlocks(IRRewriter &rewriter, linalg::LinalgOp op) {
    if (!getElementTypeOrSelf(op->getResult(0).getType()).isF32())
      return success();
    FailureOr<linalg::LinalgOp> cut = blockReduction(rewriter, op, sumBlock);
    if (failed(cut) || *cut == op)
      return cut;
    // Of the block alone, then added to what is there.
    linalg::LinalgOp part = *cut;
    Location loc = part.getLoc();
    rewriter.setInsertionPoint(part);
    OpOperand *init = part.getDpsInitOperand(0);
    Value sum = init->get();
    auto type = cast<RankedTensorType>(sum.getType());
    LinalgBuilder lb(rewriter, loc);
    Value zeros = lb.full(type.getShape(), type.getElementType(), 0.0);
    rewriter.modifyOpInPlace(part, [&] { init->set(zeros); });
    rewriter.setInsertionPointAfter(part);
    AffineMap identity = rewriter.getMultiDimIdentityMap(type.getRank());
    Value result = part->getResult(0);
    Value added =
        lb.generic({identity, identity}, result, sum,
                   [](OpBuilder &b, Location l, ValueRange args) -> Value {
                     return arith::AddFOp::create(b, l, args[1], args[0]);
                   });
    rewriter.replaceAllUsesExcept(result, added, added.getDefiningOp());
    return success();
  }

  void runOnOperation() override {
    if (!getOperation().getBody().hasOneBlock())
      return;
    IRRewriter rewriter(&getContext());
    Block &block = getOperation().getBody().front();
    // Consumers first: what they fuse has no user left.
    SmallVector<linalg::LinalgOp> ops(block.getOps<linalg::LinalgOp>());
    while (!ops.empty()) {
      linalg::LinalgOp op = ops.pop_back_val();
      if (op->use_empty()) {
        op->erase();
        continue;
      }
      SmallVector<int64_t> loopSizes = op.getStaticLoopRanges();
      if (llvm::any_of(loopSizes, ShapedType::isDynamic)) {
        op->emitError("msa-tile-linalg: sizes must be static");
        return signalPassFailure();
      }
      if (auto cut = threads ? std::nullopt : awkwardSize(op, lanes, rows)) {
        auto [head, rest] = cutInTwo(rewriter, op, cut->first, cut->second);
        for (linalg::LinalgOp part : {head, rest}) {
          if (auto fill = part.getDpsInits()[0].getDefiningOp<linalg::FillOp>())
            ops.push_back(fill);
          ops.push_back(part);
        }
        ++numCut;
        continue;
      }
      linalg::LinalgOp contraction =
          threads ? linalg::LinalgOp() : epilogueOf(op);
      SmallVector<int64_t> tiles = tileSizes(op);
      bool isRowSum = sumsRows(op);
      if (contraction) {
        // Tile the epilogue as its contraction would be; their output loops
        // are the same in the same order.
        SmallVector<int64_t> inner = tileSizes(contraction);
        AffineMap out = contraction.getMatchingIndexingMap(
            contraction.getDpsInitOperand(0));
        for (auto [d, expr] : llvm::enumerate(out.getResults()))
          tiles[d] = inner[cast<AffineDimExpr>(expr).getPosition()];
      }
      if (llvm::all_of(tiles, [](int64_t t) { return t == 0; }))
        continue; // No parallel loop: serial work, a kernel of one tile.
      scf::SCFTilingOptions tiling;
      tiling.setLoopType(scf::SCFTilingOptions::LoopType::ForallOp);
      tiling.setTileSizes(getAsIndexOpFoldResult(&getContext(), tiles));
      scf::SCFTileAndFuseOptions options;
      options.setTilingOptions(tiling);
      linalg::GenericOp rowSum = rowSumIn(op);
      options.setFusionControlFn(
          [&](tensor::ExtractSliceOp, OpResult producer, bool)
              -> std::optional<scf::SCFTileAndFuseOptions::ControlFnResult> {
            // Nothing else: what computes rows with a warp is of this form.
            if (rowSum ? producer.getOwner() == rowSum ||
                             isa<linalg::FillOp>(producer.getOwner())
                       : (producer.getOwner() == contraction.getOperation() &&
                          !readsOverwritten(contraction, op)) ||
                             mayFuse(producer, op))
              return scf::SCFTileAndFuseOptions::ControlFnResult{};
            return std::nullopt;
          });
      rewriter.setInsertionPoint(op);
      FailureOr<scf::SCFTileAndFuseResult> result =
          scf::tileConsumerAndFuseProducersUsingSCF(
              rewriter, cast<TilingInterface>(op.getOperation()), options);
      if (failed(result)) {
        op->emitError("msa-tile-linalg: could not be tiled");
        return signalPassFailure();
      }
      for (OpResult old : op->getResults())
        if (Value fresh = result->replacements.lookup(old))
          rewriter.replaceAllUsesWith(old, fresh);
      ++numTiled;
      numFused += result->fusedProducers.size();
      rewriter.eraseOp(op);
      // Slices of what was fused would keep it alive.
      for (Operation *loop : result->loops)
        for (Operation &inner : llvm::make_early_inc_range(llvm::reverse(
                 cast<scf::ForallOp>(loop).getBody()->getOperations())))
          if (isOpTriviallyDead(&inner))
            rewriter.eraseOp(&inner);
      // Producers that have no user left are erased in their turn.
      if (threads && !isRowSum)
        for (Operation *tiled : result->tiledAndFusedOps)
          if (auto linalgOp = dyn_cast<linalg::LinalgOp>(tiled);
              linalgOp && failed(sumInBlocks(rewriter, linalgOp)))
            return signalPassFailure();
      if (!threads)
        for (Operation *tiled : result->tiledAndFusedOps)
          if (auto linalgOp = dyn_cast<linalg::LinalgOp>(tiled)) {
            FailureOr<linalg::LinalgOp> inner =
                blockReduction(rewriter, linalgOp, depth);
            if (failed(inner))
              return signalPassFailure();
            packColumns(rewriter, *inner, /*minimumRows=*/8);
          }
    }
  }
};
} // namespace
