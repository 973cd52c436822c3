//===- PatternBuilder.h - Integer arithmetic of pattern rules ---*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A sparse attention pattern is a rule over integer positions. Each rule is
// written once, against the abstract arithmetic below, and used twice: with
// IRPatternBuilder it becomes arith ops (loop bounds, tile tests and masks of
// the generated code); with ConstPatternBuilder it is evaluated at once (the
// property tests, folding and cost models). So what is tested by brute force is
// what the generated code computes.
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSA_IR_PATTERNBUILDER_H
#define MSA_DIALECT_MSA_IR_PATTERNBUILDER_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/SmallVector.h"

namespace mlir::msa {

/// An integer or a truth value of a rule: an SSA value of type index or i1, or
/// a plain number. Which of the two is the builder's business.
struct PatternValue {
  int64_t number = 0;
  Value value;
};

/// The arithmetic of rules: 64-bit, wrapping; quotients round towards minus
/// infinity and remainders are never negative (divisors are positive
/// constants).
class PatternBuilder {
public:
  virtual ~PatternBuilder();

  using Val = PatternValue;
  virtual Val constant(int64_t number) = 0;
  virtual Val add(Val a, Val b) = 0;
  virtual Val sub(Val a, Val b) = 0;
  virtual Val mul(Val a, Val b) = 0;
  virtual Val floorDiv(Val a, int64_t divisor) = 0;
  virtual Val mod(Val a, int64_t divisor) = 0;
  virtual Val min(Val a, Val b) = 0;
  virtual Val max(Val a, Val b) = 0;
  virtual Val bitXor(Val a, Val b) = 0;
  virtual Val shiftRight(Val a, int64_t bits) = 0; ///< Logical.

  virtual Val truth(bool value) = 0;
  virtual Val less(Val a, Val b) = 0;      ///< Signed a < b.
  virtual Val lessEqual(Val a, Val b) = 0; ///< Signed a <= b.
  virtual Val equal(Val a, Val b) = 0;
  virtual Val both(Val a, Val b) = 0;
  virtual Val either(Val a, Val b) = 0;
  virtual Val negate(Val a) = 0;
  virtual Val choose(Val condition, Val a, Val b) = 0; ///< Of two integers.

  /// Is this truth value known already? Rules use it to skip dead arithmetic.
  virtual std::optional<bool> known(Val a) = 0;

  // What a rule may ask about its run-time operands. Positions are absolute.
  virtual Val queryDocument(Val position) = 0;
  virtual Val keyDocument(Val position) = 0;
  /// Position that block lists count from.
  virtual Val origin() = 0;
  /// Key block that entry `slot` of the list of the query block lists; may be
  /// negative (padding) or past the end (ignored).
  virtual Val listedBlock(Val queryBlock, int64_t slot) = 0;
  /// Entries of each block list; 0 where there is no such operand.
  virtual int64_t listedBlocks() = 0;

  Val plus(Val a, int64_t b) { return add(a, constant(b)); }
  /// First multiple of `divisor` that is not below a.
  Val ceilDiv(Val a, int64_t divisor) {
    return floorDiv(plus(a, divisor - 1), divisor);
  }
};

/// A query/key pair: absolute positions and the query head.
struct PatternPoint {
  PatternValue query, key, head;
};

/// Queries [queryBegin, queryEnd) against keys [keyBegin, keyEnd), none empty.
struct PatternTile {
  PatternValue queryBegin, queryEnd, keyBegin, keyEnd, head;
};

/// Keys [begin, end) that a rule may keep; begin >= end means none.
struct KeyRange {
  PatternValue begin, end;
};

/// Keys from `left` before the query's position to `right` after it; nullopt:
/// without end on that side.
struct PatternBand {
  std::optional<int64_t> left, right;
};

/// Evaluates rules on numbers.
class ConstPatternBuilder : public PatternBuilder {
public:
  Val constant(int64_t number) override { return {number, {}}; }
  Val add(Val a, Val b) override;
  Val sub(Val a, Val b) override;
  Val mul(Val a, Val b) override;
  Val floorDiv(Val a, int64_t divisor) override;
  Val mod(Val a, int64_t divisor) override;
  Val min(Val a, Val b) override;
  Val max(Val a, Val b) override;
  Val bitXor(Val a, Val b) override;
  Val shiftRight(Val a, int64_t bits) override;
  Val truth(bool value) override { return {value, {}}; }
  Val less(Val a, Val b) override { return {a.number < b.number, {}}; }
  Val lessEqual(Val a, Val b) override { return {a.number <= b.number, {}}; }
  Val equal(Val a, Val b) override { return {a.number == b.number, {}}; }
  Val both(Val a, Val b) override { return {a.number && b.number, {}}; }
  Val either(Val a, Val b) override { return {a.number || b.number, {}}; }
  Val negate(Val a) override { return {!a.number, {}}; }
  Val choose(Val condition, Val a, Val b) override {
    return condition.number ? a : b;
  }
  std::optional<bool> known(Val a) override { return a.number != 0; }
  Val queryDocument(Val position) override;
  Val keyDocument(Val position) override;
  Val origin() override;
  Val listedBlock(Val queryBlock, int64_t slot) override;
  int64_t listedBlocks() override;

  /// Document of each position, from position `documentOrigin` on; positions
  /// outside belong to the document at the nearer end.
  ArrayRef<int32_t> documents;
  int64_t documentOrigin = 0;
  /// Block lists, row-major [query block][slot], of query blocks from 0 on.
  ArrayRef<int32_t> blocks;
  int64_t slots = 0;
  int64_t blockOrigin = 0;
};

/// Emits rules as arith ops on index and i1, folding constants on the way.
class IRPatternBuilder : public PatternBuilder {
public:
  IRPatternBuilder(OpBuilder &builder, Location loc)
      : builder(builder), loc(loc) {}

  Val constant(int64_t number) override;
  Val add(Val a, Val b) override;
  Val sub(Val a, Val b) override;
  Val mul(Val a, Val b) override;
  Val floorDiv(Val a, int64_t divisor) override;
  Val mod(Val a, int64_t divisor) override;
  Val min(Val a, Val b) override;
  Val max(Val a, Val b) override;
  Val bitXor(Val a, Val b) override;
  Val shiftRight(Val a, int64_t bits) override;
  Val truth(bool value) override;
  Val less(Val a, Val b) override;
  Val lessEqual(Val a, Val b) override;
  Val equal(Val a, Val b) override;
  Val both(Val a, Val b) override;
  Val either(Val a, Val b) override;
  Val negate(Val a) override;
  Val choose(Val condition, Val a, Val b) override;
  std::optional<bool> known(Val a) override;
  Val queryDocument(Val position) override;
  Val keyDocument(Val position) override;
  Val origin() override;
  Val listedBlock(Val queryBlock, int64_t slot) override;
  int64_t listedBlocks() override;

  static Val wrap(Value value) { return {0, value}; }

  /// Run-time operands of the rule; null where the op has none.
  Value documents;      ///< tensor<BxLxi32>
  Value documentOrigin; ///< Absolute position of documents[b, 0], index.
  Value blocks;         ///< tensor<BxHkvxQBxTxi32>
  Value segmentOrigin;  ///< Absolute position that blocks count from, index.
  Value batch, keyHead; ///< index

  OpBuilder &builder;
  Location loc;
};

} // namespace mlir::msa

#endif // MSA_DIALECT_MSA_IR_PATTERNBUILDER_H
