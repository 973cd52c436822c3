//===- AttendStacked.cpp - Heads as rows, keys in shares ---------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// With few queries a tile's rows are those of all query heads of a KV head: row
// r is query r mod N of the head r / N of them. Rows past the last are zeros,
// whose results are not stored. Tiles of the rows of one KV head come one after
// the other, so that what one has read is in the L2 cache for the next; then
// the shares of its keys.
//
//===----------------------------------------------------------------------===//

#include "AttendWriter.h"
#include "msa/Dialect/MSAGPU/IR/Budget.h"

using namespace mlir;
using namespace mlir::msa_gpu;

int64_t msa_gpu::stackedTiles(AttendOp op) {
  return llvm::divideCeil(op.getRows(), int64_t(64));
}

void AttendWriter::decodeStacked(Value tile) {
  TileBuilder t = at();
  int64_t tiles = stackedTiles(op), splits = schedule.getSplits();
  ownRow = t.mul(t.rem(tile, tiles), 64);
  Value rest = t.div(tile, tiles);
  split = t.rem(rest, splits);
  Value both = t.div(rest, splits);
  batch = t.div(both, op.getKeyHeads());
  head = keyHead = t.rem(both, op.getKeyHeads());
  // A tile may hold all queries.
  firstRow = t.i32(0);
  lastRow = t.i32(op.getQueries() - 1);
}

/// Which query each row is of.
Value AttendWriter::queryRows() {
  TileBuilder t = at();
  Value row = RowIndexOp::create(b, loc, t.rowsOf(i32));
  return t.map(t.rowsOf(i32), row,
               [&](OpBuilder &b, Location loc, ValueRange x) -> Value {
                 TileBuilder in(b, loc);
                 return in.rem(in.add(x[0], ownRow), op.getQueries());
               });
}

/// The bias of each row's head, divided by what raw scores are scaled with.
Value AttendWriter::stackedBias() {
  TileBuilder t = at();
  Value row = RowIndexOp::create(b, loc, t.rowsOf(i32));
  Value first = t.mul(keyHead, op.getGroup());
  return t.map(
      t.rowsOf(f32), row, [&](OpBuilder &, Location, ValueRange x) -> Value {
        TileBuilder in = at(); // the same builder, in the body
        Value above = in.div(in.add(x[0], ownRow), op.getQueries());
        // Rows past the last read the last head's.
        above = in.min(above, in.i32(op.getGroup() - 1));
        Value bias = load(args.bankBias, in.add(first, above));
        return arith::MulFOp::create(b, loc, bias, in.real(kLog2e / factor));
      });
}

/// Of key tiles low to top - 1, those of this share: as many as the others
/// have, or one more.
std::pair<Value, Value> AttendWriter::shareOf(Value low, Value top) {
  TileBuilder t = at();
  int64_t splits = schedule.getSplits();
  // Below 2^30: fewer than 2^24 tiles, and at most 64 shares.
  Value count = t.sub(top, low);
  auto place = [&](Value share) {
    return t.add(low, t.div(t.mul(count, share), splits));
  };
  return {place(split), place(t.add(split, 1))};
}

/// Rounded, or with splits the partial result as it is.
void AttendWriter::storeOut(Value out, Value stream) {
  if (schedule.getSplits() == 1) {
    auto store = StoreOp::create(b, loc, pack(out), args.out, ownRow, head,
                                 batch, IntegerAttr());
    // A result that the next kernel would not find there anyway leaves the keys
    // their room.
    int64_t bytes =
        2 * op.getBatch() * op.getQueryHeads() * op.getQueries() * d;
    store.setEvictFirst(bytes > kCacheBytes);
    return;
  }
  StoreOp::create(b, loc, out, args.out, ownRow, head, stream, IntegerAttr(),
                  b.getI64IntegerAttr(stagedPartials(d)), Value());
}
