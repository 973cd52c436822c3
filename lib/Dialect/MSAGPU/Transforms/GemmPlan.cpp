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

  bool has(char letter) const { return letters.contains(letter); }
  Dim operator[](char letter) const {
    size_t at = letters.find(letter);
    if (at == StringRef::npos)
      return {};
    return {layout.shape[at], layout.strides[at]};
  }
  /// Whether the steps of `outer` go on where those of `inner` end.
  bool areOne(char outer, char inner) const {
    Dim o = (*this)[outer], i = (*this)[inner];
    return o.size == 1 || o.stride == i.size * i.stride;
  }
};

} // namespace

FailureOr<GemmPlan> msa_gpu::planGemm(GemmOp op) {
  SmallVector<Dims, 3> dims;
  for (unsigned i = 0; i < 3; ++i) {
    FailureOr<Layout> layout = layoutOf(op, op.getOperand(i));
    if (failed(layout))
      return failure();
    dims.push_back({op.letters(i), std::move(*layout)});
  }
  const Dims &a = dims[0], &b = dims[1], &out = dims[2];
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
  plan.out.offset = out.layout.offset;

  // Rows: streams whose right side is the same are further rows.
  int64_t m = op.size('m'), streams = op.size('b');
  bool flatRows = !b.has('b') && a.areOne('b', 'm') && out.areOne('b', 'm');
  plan.rows = flatRows ? m * streams : m;
  plan.batches = flatRows ? 1 : streams;
  for (auto [side, of] : {std::make_pair(&plan.a, &a), {&plan.out, &out}}) {
    side->rows = plan.rows;
    side->rowStride = (*of)['m'].stride;
    side->batches = plan.batches;
    side->batchStride = (*of)['b'].stride;
  }
  if (b.has('b')) {
    plan.b.batches = streams;
    plan.b.batchStride = b['b'].stride;
  }

  // Columns.
  int64_t n = op.size('n'), heads = op.size('h');
  bool oneB = b.areOne('h', 'n'), oneOut = out.areOne('h', 'n');
  // Panels of 64 columns lie within a head.
  bool flatColumns = n % 64 == 0 || (oneB && oneOut);
  plan.heads = flatColumns ? 1 : heads;
  plan.columns = flatColumns ? n * heads : n;
  auto columnsOf = [&](GemmSide &side, const Dims &of, bool isOne) {
    side.columns = isOne ? n * heads : n;
    side.heads = isOne ? 1 : heads;
    side.headStride = of['h'].stride;
    return flatColumns && !isOne ? n : 0; // heads side by side
  };
  int64_t outHead = columnsOf(plan.out, out, oneOut);
  plan.out.map = MapType::get(context, 64, tile, op.getOutElement(), outHead);

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
