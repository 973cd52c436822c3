//===- GemmProgram.cpp - A product as a tile program -------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One product is under way while the next is issued: tensor cores have work at
// all times. A step's tiles are therefore done with one step later, once all
// but the latest product are: the loop hands them on and retires those it was
// handed.
//
//===----------------------------------------------------------------------===//

#include "GemmProgram.h"
#include "TileBuilder.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::msa_gpu;

namespace {

class GemmWriter {
public:
  GemmWriter(OpBuilder &b, GemmOp op, const GemmPlan &plan,
             const GemmArguments &arguments)
      : b(b), loc(op.getLoc()), op(op), plan(plan), args(arguments),
        schedule(op.getSchedule()),
        accType(FragmentType::get(b.getContext(), 64, schedule.getColumns(),
                                  b.getF32Type())),
        pendingType(PendingType::get(b.getContext(), 64, schedule.getColumns(),
                                     b.getF32Type())) {}

  void run();

private:
  TileBuilder at() { return TileBuilder(b, loc); }
  void decode(Value tile);
  std::pair<Value, Value> loadTiles(Value step);
  Value issue(std::pair<Value, Value> tiles, Value acc);
  Value multiply();
  Value epilogue(Value acc);
  void store(Value fragment, unsigned out);
  void finish(Value tile, Value acc);
  /// Where the columns of the tile begin in an operand that has some.
  struct Place {
    Value column, head;
  };
  Place columnsOf(const GemmSide &side);

  OpBuilder &b;
  Location loc;
  GemmOp op;
  const GemmPlan &plan;
  const GemmArguments &args;
  GemmScheduleAttr schedule;
  FragmentType accType;
  PendingType pendingType;

  // Of the tile that the body works on.
  Value warpgroup, batch, row, head, column;
};

} // namespace

/// Streams one after the other. Within one, groups of rows of tiles, each
/// walked column by column: tiles that run at the same time share both sides.
void GemmWriter::decode(Value tile) {
  TileBuilder t = at();
  int64_t columns = plan.columnTiles * plan.heads;
  int64_t group = std::min(schedule.getGroup(), plan.rowTiles);
  batch = t.div(tile, plan.rowTiles * columns);
  Value rest = t.rem(tile, plan.rowTiles * columns);
  Value first = t.mul(t.div(rest, group * columns), group);
  rest = t.rem(rest, group * columns);
  Value number, rowNumber;
  if (plan.rowTiles % group == 0) {
    number = t.div(rest, group);
    rowNumber = t.rem(rest, group);
  } else { // the last group is smaller
    Value height = t.min(t.i32(group), t.sub(t.i32(plan.rowTiles), first));
    number = b.createOrFold<arith::DivUIOp>(loc, rest, height);
    rowNumber = b.createOrFold<arith::RemUIOp>(loc, rest, height);
  }
  row = t.mul(t.add(first, rowNumber), schedule.getRows());
  head = t.i32(0);
  if (plan.heads > 1) {
    head = t.div(number, plan.columnTiles);
    number = t.rem(number, plan.columnTiles);
  }
  column = t.mul(number, schedule.getColumns());
}

GemmWriter::Place GemmWriter::columnsOf(const GemmSide &side) {
  TileBuilder t = at();
  if (plan.heads == 1)
    return {column, t.i32(0)};
  if (side.heads == plan.heads)
    return {column, head};
  // The operand's heads are one sequence of columns.
  return {t.add(t.mul(head, plan.columns), column), t.i32(0)};
}

std::pair<Value, Value> GemmWriter::loadTiles(Value step) {
  TileBuilder t = at();
  int64_t stages = schedule.getStages();
  // Blocks of a cluster have the same columns, so the same right side.
  auto load = [&](Value map, Value row, Value head, Value batch, Value column,
                  StringRef ring, int64_t blocks) -> Value {
    auto type = cast<MapType>(map.getType());
    int64_t rows = type.getRows() * blocks;
    auto tile = TileType::get(b.getContext(), rows, type.getColumns(),
                              type.getElement(), rows);
    return LoadOp::create(b, loc, tile, map, row, head, batch, ring, stages,
                          /*per_warpgroup=*/false, column,
                          /*spread=*/blocks > 1);
  };
  int64_t cluster = schedule.getCluster();
  Value group = t.i32(0);
  if (plan.groups > 1) {
    group = t.div(step, plan.steps);
    step = t.rem(step, plan.steps);
  }
  Value within = t.mul(step, schedule.getDepth());
  Value a = load(args.a, row, group, batch, within, "a", 1);
  Value depth = t.add(t.mul(group, plan.depth), within);
  Value stream = plan.b.batches == 1 ? t.i32(0) : batch;
  Value bTile;
  if (op.isTransposed()) {
    Place place = columnsOf(plan.b);
    bTile = load(args.b, place.column, t.i32(0), stream, depth, "b", cluster);
  } else {
    Place place = columnsOf(plan.b);
    bTile = load(args.b, depth, place.head, stream, place.column, "b", cluster);
  }
  return {a, bTile};
}

Value GemmWriter::issue(std::pair<Value, Value> tiles, Value acc) {
  auto [a, bTile] = tiles;
  auto whole = cast<TileType>(a.getType());
  if (schedule.getWarpgroups() > 1)
    a = SliceOp::create(b, loc,
                        TileType::get(b.getContext(), 64, whole.getColumns(),
                                      whole.getElement(), whole.getPitch()),
                        a, at().mul(warpgroup, 64));
  return IssueOp::create(b, loc, pendingType, a, bTile, acc, op.isTransposed());
}

/// The accumulators past all steps.
Value GemmWriter::multiply() {
  TileBuilder t = at();
  // The first product adds to nothing: no accumulators to set to zero.
  std::pair<Value, Value> tiles = loadTiles(t.i32(0));
  Value acc = issue(tiles, Value());
  auto forOp =
      scf::ForOp::create(b, loc, t.i32(1), t.i32(plan.groups * plan.steps),
                         t.i32(1), ValueRange{acc, tiles.first, tiles.second},
                         [](OpBuilder &, Location, Value, ValueRange) {});
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(forOp.getBody());
    ValueRange carried = forOp.getRegionIterArgs();
    std::pair<Value, Value> next = loadTiles(forOp.getInductionVar());
    Value sum = issue(next, carried[0]);
    sum = WaitOp::create(b, loc, TypeRange{pendingType}, 1, sum).getResult(0);
    // Their product was the one before.
    RetireOp::create(b, loc, carried[1]);
    RetireOp::create(b, loc, carried[2]);
    scf::YieldOp::create(b, loc, ValueRange{sum, next.first, next.second});
  }
  Value sum = WaitOp::create(b, loc, TypeRange{accType}, 0, forOp.getResult(0))
                  .getResult(0);
  RetireOp::create(b, loc, forOp.getResult(1));
  RetireOp::create(b, loc, forOp.getResult(2));
  return sum;
}

/// The operation of an epilogue on an element of a fragment. exp is that of
/// tensor-core kernels: a power of two that flushes what is not normal. What
/// `isRounded` to 16 bits afterwards has quotients within 2 ulp: exact ones are
/// calls, which take registers.
static void cloneScalar(OpBuilder &b, Operation &op, bool isRounded,
                        IRMapping &mapping) {
  TileBuilder t(b, op.getLoc());
  if (auto exp = dyn_cast<math::ExpOp>(op)) {
    Value power =
        arith::MulFOp::create(b, op.getLoc(), mapping.lookup(exp.getOperand()),
                              t.real(llvm::numbers::log2e));
    mapping.map(exp.getResult(), Exp2Op::create(b, op.getLoc(), power));
  } else if (auto div = dyn_cast<arith::DivFOp>(op); div && isRounded) {
    mapping.map(div.getResult(),
                DivOp::create(b, op.getLoc(), mapping.lookup(div.getLhs()),
                              mapping.lookup(div.getRhs())));
  } else {
    b.clone(op, mapping);
  }
}

/// What the epilogue makes of the accumulators; extras are read where they are
/// needed: the loop has no registers to keep them either.
Value GemmWriter::epilogue(Value acc) {
  SmallVector<Value> operands = {acc};
  if (op.getRotate())
    operands.push_back(RotateOp::create(b, loc, acc, *op.getRotate()));
  TileBuilder t = at();
  Value first = t.add(row, t.mul(warpgroup, 64));
  auto read = [&](size_t i) {
    const GemmExtra &extra = plan.extras[i];
    Type type = accType;
    if (extra.isRows)
      type = t.rowsOf(b.getF32Type());
    return ReadOp::create(b, loc, type, args.extras[i], first, head, batch,
                          column, extra.offset, extra.rowStride,
                          extra.headStride, extra.batchStride, plan.rows,
                          plan.columns, extra.wrap, extra.isAligned);
  };
  // What may be read in a branch comes first: what is read before it would stay
  // in registers all through it.
  SmallVector<Value> reads(plan.extras.size());
  for (bool branches : {true, false})
    for (auto [i, extra] : llvm::enumerate(plan.extras))
      if (branches == (!extra.isAligned && !extra.isRows && extra.rowStride))
        reads[i] = read(i);
  llvm::append_range(operands, reads);
  Block &body = op.getEpilogue().front();
  return t.map(accType, operands,
               [&](OpBuilder &b, Location, ValueRange arguments) -> Value {
                 IRMapping mapping;
                 mapping.map(body.getArguments(), arguments);
                 for (Operation &inner : body.without_terminator())
                   cloneScalar(b, inner, !op.getOutElement().isF32(), mapping);
                 return mapping.lookup(
                     cast<YieldOp>(body.getTerminator()).getValue());
               });
}

void GemmWriter::store(Value fragment, unsigned out) {
  TileBuilder t = at();
  const GemmSide &side = plan.outs[out];
  if (!side.map.getElement().isF32())
    fragment =
        PackOp::create(b, loc,
                       OperandType::get(b.getContext(), 64,
                                        schedule.getColumns(), op.getElement()),
                       fragment);
  Place place = columnsOf(side);
  StoreOp::create(b, loc, fragment, args.outs[out],
                  t.add(row, t.mul(warpgroup, 64)), place.head, batch,
                  IntegerAttr(), b.getI64IntegerAttr(schedule.getStaged()),
                  place.column);
}

void GemmWriter::finish(Value tile, Value acc) {
  // The loop has no registers to keep these.
  decode(AgainOp::create(b, loc, b.getI32Type(), tile));
  if (plan.outs.size() > 1)
    store(acc, 1);
  store(op.hasEpilogue() ? epilogue(acc) : acc, 0);
}

void GemmWriter::run() {
  auto tiles = ForTilesOp::create(b, loc, at().i32(plan.tiles()), Value(),
                                  schedule.getPersistent());
  OpBuilder::InsertionGuard guard(b);
  Block *body = b.createBlock(&tiles.getBody(), {}, b.getI32Type(), loc);
  warpgroup = WarpgroupOp::create(b, loc, b.getI32Type());
  decode(body->getArgument(0));
  finish(body->getArgument(0), multiply());
}

void msa_gpu::writeGemm(OpBuilder &builder, GemmOp op, const GemmPlan &plan,
                        const GemmArguments &arguments) {
  GemmWriter(builder, op, plan, arguments).run();
}
