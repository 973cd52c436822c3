//===- GemmPlan.cpp - How a product's operands are walked --------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GemmPlan.h"
#include "ExpandKernel.h"

using namespace mlir;
using namespace mlir::msa_gpu;

TensorMapAttr GemmSide::tensorMap(function_ref<InFlightDiagnostic()> emitError,
                                  int64_t buffer) const {
  // A stride that is never stepped over still has to be a valid one.
  auto stride = [&](int64_t size, int64_t of) {
    return size == 1 ? rowStride : of;
  };
  return TensorMapAttr::getChecked(
      emitError, map.getContext(), buffer, map.getElement(), offset,
      ArrayRef<int64_t>{columns, rows, heads, batches},
      ArrayRef<int64_t>{stride(rows, rowStride), stride(heads, headStride),
                        stride(batches, batchStride)},
      ArrayRef<int64_t>{map.getElement().isF32() ? 32 : 64, map.getRows(), 1,
                        1},
      int64_t(128));
}

namespace {

struct Dim {
  int64_t size = 1, stride = 0;
};

/// Dimensions of an operand by their letters.
struct Dims {
  StringRef letters;
  Layout layout;
  /// Of an extra: it is the same along dimensions that it does not have.
  GemmOp repeats = {};

  bool has(char letter) const { return letters.contains(letter); }
  Dim operator[](char letter) const {
    size_t at = letters.find(letter);
    if (at == StringRef::npos)
      return {repeats ? GemmOp(repeats).size(letter) : 1, 0};
    return {layout.shape[at], layout.strides[at]};
  }
  /// Whether the steps of `outer` go on where those of `inner` end.
  bool areOne(char outer, char inner) const {
    Dim o = (*this)[outer], i = (*this)[inner];
    return o.size == 1 || o.stride == i.size * i.stride;
  }
};

} // namespace

/// Places of an extra by what the tiles walk.
static FailureOr<GemmExtra> planExtra(GemmOp op, const Dims &dims,
                                      bool flatColumns) {
  GemmExtra extra;
  extra.isRows = !dims.has('n') && !dims.has('p');
  extra.offset = dims.layout.offset;
  extra.rowStride = dims['m'].stride;
  extra.batchStride = dims['b'].stride;
  if (dims.has('n')) {
    extra.headStride = dims['h'].stride;
    // Heads side by side, but not in memory.
    if (flatColumns && !dims.areOne('h', 'n'))
      extra.wrap = op.size('n');
  }
  if (dims.has('p')) // the same for all groups
    extra.wrap = *op.getRotate() / 2;
  if (!extra.isRows)
    for (int64_t place :
         {extra.offset, extra.rowStride, extra.headStride, extra.batchStride})
      if (place % 2)
        return op.emitError("an extra of a product must have rows at even "
                            "places, not at ")
               << place;
  return extra;
}

FailureOr<GemmPlan> msa_gpu::planGemm(GemmOp op) {
  SmallVector<Dims> sides, outs, extras;
  auto read = [&](Value view, StringRef letters, SmallVector<Dims> &to,
                  GemmOp repeats) {
    FailureOr<Layout> layout = layoutOf(op, view);
    if (succeeded(layout))
      to.push_back({letters, std::move(*layout), repeats});
    return layout;
  };
  for (unsigned i : {0, 1})
    if (failed(read(op.getOperand(i), op.letters(i), sides, {})))
      return failure();
  for (Value view : op.getOuts())
    if (failed(read(view, op.letters(2), outs, {})))
      return failure();
  for (auto [i, view] : llvm::enumerate(op.getExtras()))
    if (failed(read(view, op.extraLetters(i), extras, op)))
      return failure();
  const Dims &a = sides[0], &b = sides[1];
  bool transposed = op.isTransposed();
  if (!b.areOne('g', 'k') || (transposed && !b.areOne('h', 'n')))
    return op.emitError("a right side of a tensor-core product has heads that "
                        "are apart in memory: ")
           << op.getB().getType();

  GemmScheduleAttr s = op.getSchedule();
  int64_t tile = s.getColumns(), step = s.getDepth();
  MLIRContext *context = op.getContext();
  Type element = op.getElement();
  auto divideCeil = [](int64_t x, int64_t y) { return (x + y - 1) / y; };
  GemmPlan plan;
  plan.a.offset = a.layout.offset;
  plan.b.offset = b.layout.offset;
  plan.outs.resize(outs.size());
  for (auto [side, of] : llvm::zip(plan.outs, outs))
    side.offset = of.layout.offset;

  // Rows: streams whose right side is the same are further rows.
  int64_t m = op.size('m'), streams = op.size('b');
  auto areOne = [](ArrayRef<Dims> all, char outer, char inner) {
    return llvm::all_of(
        all, [&](const Dims &of) { return of.areOne(outer, inner); });
  };
  bool flatRows = !b.has('b') && a.areOne('b', 'm') && areOne(outs, 'b', 'm') &&
                  areOne(extras, 'b', 'm');
  plan.rows = flatRows ? m * streams : m;
  plan.batches = flatRows ? 1 : streams;
  auto rowsOf = [&](GemmSide &side, const Dims &of) {
    side.rows = plan.rows;
    side.rowStride = of['m'].stride;
    side.batches = plan.batches;
    side.batchStride = of['b'].stride;
  };
  rowsOf(plan.a, a);
  for (auto [side, of] : llvm::zip(plan.outs, outs))
    rowsOf(side, of);
  if (b.has('b')) {
    plan.b.batches = streams;
    plan.b.batchStride = b['b'].stride;
  }

  // Columns.
  int64_t n = op.size('n'), heads = op.size('h');
  bool oneB = b.areOne('h', 'n');
  bool oneExtra = llvm::all_of(extras, [](const Dims &of) {
    return !of.has('n') || of.areOne('h', 'n');
  });
  // Panels of 64 columns lie within a head.
  bool flatColumns =
      n % 64 == 0 || (oneB && areOne(outs, 'h', 'n') && oneExtra);
  plan.heads = flatColumns ? 1 : heads;
  plan.columns = flatColumns ? n * heads : n;
  auto columnsOf = [&](GemmSide &side, const Dims &of, bool isOne) {
    side.columns = isOne ? n * heads : n;
    side.heads = isOne ? 1 : heads;
    side.headStride = of['h'].stride;
    return flatColumns && !isOne ? n : 0; // heads side by side
  };
  for (auto [side, of, view] : llvm::zip(plan.outs, outs, op.getOuts())) {
    // A tile that ends behind its head must not write into the next one: heads
    // are one only where tiles are of all of them.
    int64_t head = columnsOf(side, of, flatColumns && of.areOne('h', 'n'));
    side.map = MapType::get(context, 64, tile,
                            getElementTypeOrSelf(view.getType()), head);
  }
  for (const Dims &of : extras) {
    FailureOr<GemmExtra> extra = planExtra(op, of, flatColumns);
    if (failed(extra))
      return failure();
    plan.extras.push_back(*extra);
  }

  // What is summed.
  int64_t k = op.size('k'), groups = op.size('g');
  bool oneA = a.areOne('g', 'k');
  bool flatDepth = oneA || k % step == 0;
  plan.groups = flatDepth ? 1 : groups;
  plan.depth = flatDepth ? k * groups : k;
  plan.a.columns = oneA ? k * groups : k;
  plan.a.heads = oneA ? 1 : groups;
  plan.a.headStride = a['g'].stride;
  plan.a.map = MapType::get(context, s.getRows(), step, element,
                            flatDepth && !oneA ? k : 0);

  if (transposed) {
    plan.b.columns = k * groups;
    plan.b.rows = n * heads;
    plan.b.rowStride = b['n'].stride;
    plan.b.map = MapType::get(context, tile / s.getCluster(), step, element, 0);
  } else {
    int64_t head = columnsOf(plan.b, b, oneB);
    plan.b.rows = k * groups;
    plan.b.rowStride = b['k'].stride;
    plan.b.map =
        MapType::get(context, step / s.getCluster(), tile, element, head);
  }

  // Every block of a cluster has a tile; the last may have no rows.
  plan.rowTiles =
      divideCeil(plan.rows, s.getRows() * s.getCluster()) * s.getCluster();
  plan.columnTiles = divideCeil(plan.columns, tile);
  plan.steps = divideCeil(plan.depth, step);
  return plan;
}
