//===- AttendWriter.h - Writing attention as a tile program ------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_LIB_DIALECT_MSAGPU_TRANSFORMS_ATTENDWRITER_H
#define MSA_LIB_DIALECT_MSAGPU_TRANSFORMS_ATTENDWRITER_H

#include "AttendProgram.h"
#include "KernelPatternBuilder.h"
#include "OnlineSoftmax.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::msa_gpu {

static constexpr double kLog2e = 1.44269504088896340735992468100;

/// Key and value tiles of this many bytes stay in the L2 cache while the query
/// tiles of a group of heads pass over them one after the other; and where each
/// query tile lists some of its own, from anywhere. Of 50 MB on an H200, of
/// which each half keeps a copy of what its multiprocessors read.
static constexpr int64_t kCacheBytes = int64_t(32) << 20,
                         kListedCacheBytes = int64_t(16) << 20;

/// What a key tile's scores are masked with: nothing; the ends of a band; the
/// end of the keys; the whole rule.
enum class Cut { None, Left, Right, Both, Valid, Rule };

/// Kinds of listed key tiles: kept whole; cut by the band or, where the rest
/// does not keep all or nothing, by the rule; kept whole up to the last key.
static constexpr int64_t kWholeTile = 0, kCutTile = 1, kEndedTile = 2;

/// Listed tiles that the consumers may be behind.
static constexpr int64_t kVisitSlots = 4;

/// Past every row of a tensor.
static constexpr int64_t kNowhere = int64_t(1) << 29;

/// Keys of one origin.
struct Part {
  Value key, value; ///< Maps.
  int64_t rows = 0;
  bool isBank = false;
  int64_t stride = 1;     ///< Keys from one row to the next.
  bool isListed = false;  ///< Kept by a rule that is no band,
  bool isSettled = false; ///< whose rest keeps all or nothing of each tile,
  Value position;         ///< and then its row 0's position.
  Value base;             ///< Position of query row 0 - of key 0.
  std::optional<int64_t> left, right;
  Value validBegin, validEnd;             ///< Rows that exist.
  bool hasLeft = false, hasRight = false; ///< Tiles can be cut there,
  bool hasBoth = false;                   ///< one on both sides.
  Value first;    ///< Position of this warpgroup's first row, in rows of keys.
  Value from, to; ///< Rows: the bounds above; null: computed where compared.
  Value leastFrom, mostTo; ///< Of this warpgroup's rows.
  Value bias; ///< Rows: of a bank's raw scores, where heads are stacked.
};

/// How many rows of a part come before a key, which may be negative; with a
/// stride of 1 it is itself.
Value rowsBefore(TileBuilder t, const Part &part, Value key);

class AttendWriter {
public:
  AttendWriter(OpBuilder &b, AttendOp op, const AttendArguments &arguments)
      : b(b), loc(op.getLoc()), op(op), args(arguments),
        schedule(op.getSchedule()), d(op.getHeadDim()),
        keys(schedule.getKeys()), rows(schedule.getRows()), f32(b.getF32Type()),
        i32(b.getIntegerType(32)),
        accType(FragmentType::get(b.getContext(), rows, d, f32)),
        rowsType(RowsType::get(b.getContext(), f32, false, rows)),
        sumType(RowsType::get(b.getContext(), f32, true, rows)) {}

  void run();

private:
  /// Accumulator, maximum, sum; with overlap also the weights and the value
  /// tile that are still to be multiplied.
  using Carried = SmallVector<Value, 5>;

  TileBuilder at() { return TileBuilder(b, loc, rows); }
  Value load(Value memref, Value index);
  void decode(Value tile);
  SmallVector<Part> parts();
  void decodeStacked(Value tile);
  Value queryRows();
  Value stackedBias();
  std::pair<Value, Value> shareOf(Value low, Value top);
  void storeOut(Value out, Value stream);
  void bound(Part &part);
  Value edge(const Part &part, Value row, bool isLeft);
  /// Key tiles of a part, but for whole ones that `walkWholes` is to come to.
  Carried walk(Part part, Carried carried);
  Carried walkWholes(Carried carried);
  Carried list(Part part, Carried carried);
  void listTiles(const Part &part);
  void writeVisit(const Part &part, VisitsOp visits);
  KernelPatternBuilder rules(OpBuilder &at, Location where);
  Value ruleNumber(OpBuilder &at, Location where, Value x);
  Value keptByRule(OpBuilder &at, Location where, const Part &part,
                   Value start);
  Carried choose(Value condition, Carried carried, function_ref<Carried()> then,
                 function_ref<Carried()> otherwise);
  Carried loop(const Part &part, Value begin, Value end, Cut cut,
               Carried carried);
  Carried visit(const Part &part, Value firstKey, Cut cut, Carried carried);
  Value loadTile(Value map, Value firstKey, StringRef ring);
  std::pair<Value, Value> loadTiles(const Part &part, Value firstKey);
  Value adjust(const Part &part, Value scores, Value start, Cut cut);
  /// Three warpgroups have no registers for another shift of the exponents.
  bool biasesScores() { return schedule.getWarpgroups() == 3; }
  /// Whether weights are packed before the accumulator is rescaled. They take
  /// half the registers then, and loops behind a bank's cut or biased tile
  /// spill without; others take up to 0.6 % longer with it (H200).
  bool packsEarly() {
    return args.bankKey && (args.bankBias || op.getSlots() % keys != 0);
  }
  Value biasOf(const Part &part);
  OnlineSoftmax soften(const Part &part, Value scores, Value max, Value sum,
                       Cut cut);
  Value pack(Value weights);
  Carried begin(const Part &part, Value firstKey, Cut cut, Carried carried);
  Carried advance(const Part &part, Value firstKey, Cut cut, Carried carried);
  /// One key tile's softmax, and the accumulator past the tile before it.
  struct Step {
    OnlineSoftmax softmax;
    Value acc;
  };
  Step beside(const Part &part, Value k, Value v, const Carried &left,
              Value max, Value sum, Cut cut, function_ref<Value(Value)> mask);
  Carried follow(const Part &part, Value k, Value v, Value firstKey, Cut cut,
                 Carried carried);
  Carried end(Carried carried);
  Carried multiply(const Part &part, Value k, Value v, Value firstKey,
                   int64_t count, Value within, Cut cut, Carried carried);
  Value sees(const Part &part, Value firstKey, int64_t count, Cut cut);
  Value slice(Value tile, int64_t count, Value within);
  void finish(Value tile, Carried carried);
  void enter(Value tile);
  Carried ofNothing();
  bool chains();
  void chain(Value count, Value counter);
  SmallVector<Value> chainTile(Value tile, ValueRange left);
  void chainVisit(const Part &part, VisitsOp visits, Value tileBefore);
  Carried take(const Part &part, Value k, Value v, Value firstKey, Value kind,
               Carried left, Value tileBefore);
  Value adjustByKind(const Part &part, Value scores, Value firstKey,
                     Value kind);
  void finishLeft(Value tile, Carried carried);
  Carried byKind(const Part &part, Value kind, Carried carried,
                 function_ref<Carried(Cut)> step);

  OpBuilder &b;
  Location loc;
  AttendOp op;
  const AttendArguments &args;
  ScheduleAttr schedule;
  int64_t d, keys, rows; ///< Rows of a warpgroup.
  Type f32, i32;
  FragmentType accType;
  RowsType rowsType, sumType;

  // Of the tile that the body works on.
  Value warpgroup, batch, head, keyHead;
  Value firstRow, lastRow; ///< Of the tile's real queries.
  Value ownRow;            ///< First row of this warpgroup.
  Value split;             ///< With splits: which share of the keys.
  Value queries;           ///< Tile.
  Value queryBegin;        ///< With a listed part: position of query row 0,
  Value origin;            ///< and of the segment;
  bool isNarrow = false;   ///< positions are i32, else index.
  double factor = 0;       ///< Scores to powers of two.
  /// Key tiles that nothing cuts, and their part.
  struct Wholes {
    Part part;
    Value begin, end;
  };
  SmallVector<Wholes> wholes; ///< Left for behind the cut ones of all parts.
  bool begun = false;         ///< With overlap: the pipeline has been filled.
};

} // namespace mlir::msa_gpu

#endif // MSA_LIB_DIALECT_MSAGPU_TRANSFORMS_ATTENDWRITER_H
