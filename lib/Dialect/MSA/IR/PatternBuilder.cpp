//===- PatternBuilder.cpp - Integer arithmetic of pattern rules -----------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSA/IR/PatternBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::msa;

PatternBuilder::~PatternBuilder() = default;

//===----------------------------------------------------------------------===//
// ConstPatternBuilder: wrapping arithmetic on unsigned copies
//===----------------------------------------------------------------------===//

using Val = PatternValue;

static uint64_t bits(Val a) { return static_cast<uint64_t>(a.number); }
static Val number(uint64_t n) { return {static_cast<int64_t>(n), {}}; }

Val ConstPatternBuilder::add(Val a, Val b) { return number(bits(a) + bits(b)); }
Val ConstPatternBuilder::sub(Val a, Val b) { return number(bits(a) - bits(b)); }
Val ConstPatternBuilder::mul(Val a, Val b) { return number(bits(a) * bits(b)); }
Val ConstPatternBuilder::floorDiv(Val a, int64_t divisor) {
  int64_t q = a.number / divisor;
  return {q - (a.number % divisor < 0 ? 1 : 0), {}};
}
Val ConstPatternBuilder::mod(Val a, int64_t divisor) {
  int64_t r = a.number % divisor;
  return {r < 0 ? r + divisor : r, {}};
}
Val ConstPatternBuilder::min(Val a, Val b) {
  return {std::min(a.number, b.number), {}};
}
Val ConstPatternBuilder::max(Val a, Val b) {
  return {std::max(a.number, b.number), {}};
}
Val ConstPatternBuilder::bitXor(Val a, Val b) {
  return number(bits(a) ^ bits(b));
}
Val ConstPatternBuilder::shiftRight(Val a, int64_t amount) {
  return number(bits(a) >> amount);
}
Val ConstPatternBuilder::queryDocument(Val position) {
  int64_t last = static_cast<int64_t>(documents.size()) - 1;
  if (last < 0)
    return {-1, {}};
  return {
      documents[std::clamp<int64_t>(position.number - documentOrigin, 0, last)],
      {}};
}
Val ConstPatternBuilder::keyDocument(Val position) {
  return queryDocument(position);
}
Val ConstPatternBuilder::origin() { return {blockOrigin, {}}; }
Val ConstPatternBuilder::listedBlock(Val queryBlock, int64_t slot) {
  int64_t rows = slots ? blocks.size() / slots : 0;
  if (rows == 0)
    return {-1, {}};
  int64_t row = std::clamp<int64_t>(queryBlock.number, 0, rows - 1);
  return {blocks[row * slots + slot], {}};
}
int64_t ConstPatternBuilder::listedBlocks() { return slots; }

//===----------------------------------------------------------------------===//
// IRPatternBuilder
//===----------------------------------------------------------------------===//

static std::optional<int64_t> asNumber(Val a) {
  APInt value;
  if (matchPattern(a.value, m_ConstantInt(&value)))
    return value.getSExtValue();
  return std::nullopt;
}

Val IRPatternBuilder::constant(int64_t number) {
  return wrap(arith::ConstantIndexOp::create(builder, loc, number));
}
Val IRPatternBuilder::add(Val a, Val b) {
  return wrap(builder.createOrFold<arith::AddIOp>(loc, a.value, b.value));
}
Val IRPatternBuilder::sub(Val a, Val b) {
  return wrap(builder.createOrFold<arith::SubIOp>(loc, a.value, b.value));
}
Val IRPatternBuilder::mul(Val a, Val b) {
  return wrap(builder.createOrFold<arith::MulIOp>(loc, a.value, b.value));
}
Val IRPatternBuilder::floorDiv(Val a, int64_t divisor) {
  if (divisor == 1)
    return a;
  // An arithmetic shift rounds towards minus infinity, as floordivsi does, and
  // needs no expansion later.
  if (llvm::isPowerOf2_64(divisor))
    return wrap(builder.createOrFold<arith::ShRSIOp>(
        loc, a.value, constant(llvm::Log2_64(divisor)).value));
  return wrap(builder.createOrFold<arith::FloorDivSIOp>(
      loc, a.value, constant(divisor).value));
}
Val IRPatternBuilder::mod(Val a, int64_t divisor) {
  if (llvm::isPowerOf2_64(divisor))
    return wrap(builder.createOrFold<arith::AndIOp>(
        loc, a.value, constant(divisor - 1).value));
  Val remainder = wrap(builder.createOrFold<arith::RemSIOp>(
      loc, a.value, constant(divisor).value));
  Val wrapped = plus(remainder, divisor);
  return wrap(builder.createOrFold<arith::SelectOp>(
      loc, less(remainder, constant(0)).value, wrapped.value, remainder.value));
}
Val IRPatternBuilder::min(Val a, Val b) {
  return wrap(builder.createOrFold<arith::MinSIOp>(loc, a.value, b.value));
}
Val IRPatternBuilder::max(Val a, Val b) {
  return wrap(builder.createOrFold<arith::MaxSIOp>(loc, a.value, b.value));
}
Val IRPatternBuilder::bitXor(Val a, Val b) {
  return wrap(builder.createOrFold<arith::XOrIOp>(loc, a.value, b.value));
}
Val IRPatternBuilder::shiftRight(Val a, int64_t amount) {
  return wrap(builder.createOrFold<arith::ShRUIOp>(loc, a.value,
                                                   constant(amount).value));
}
Val IRPatternBuilder::truth(bool value) {
  return wrap(arith::ConstantIntOp::create(builder, loc, value, 1));
}
static Val compare(IRPatternBuilder &b, arith::CmpIPredicate predicate, Val x,
                   Val y) {
  return IRPatternBuilder::wrap(b.builder.createOrFold<arith::CmpIOp>(
      b.loc, predicate, x.value, y.value));
}
Val IRPatternBuilder::less(Val a, Val b) {
  return compare(*this, arith::CmpIPredicate::slt, a, b);
}
Val IRPatternBuilder::lessEqual(Val a, Val b) {
  return compare(*this, arith::CmpIPredicate::sle, a, b);
}
Val IRPatternBuilder::equal(Val a, Val b) {
  return compare(*this, arith::CmpIPredicate::eq, a, b);
}
Val IRPatternBuilder::both(Val a, Val b) {
  return wrap(builder.createOrFold<arith::AndIOp>(loc, a.value, b.value));
}
Val IRPatternBuilder::either(Val a, Val b) {
  return wrap(builder.createOrFold<arith::OrIOp>(loc, a.value, b.value));
}
Val IRPatternBuilder::negate(Val a) {
  return wrap(
      builder.createOrFold<arith::XOrIOp>(loc, a.value, truth(true).value));
}
Val IRPatternBuilder::choose(Val condition, Val a, Val b) {
  return wrap(builder.createOrFold<arith::SelectOp>(loc, condition.value,
                                                    a.value, b.value));
}
std::optional<bool> IRPatternBuilder::known(Val a) {
  if (std::optional<int64_t> n = asNumber(a))
    return *n != 0;
  return std::nullopt;
}

/// documents[batch, position - documentOrigin], clamped into the row: tiles may
/// reach past the last key, where the result does not matter.
Val IRPatternBuilder::queryDocument(Val position) {
  auto type = cast<RankedTensorType>(documents.getType());
  Val column = min(max(sub(position, wrap(documentOrigin)), constant(0)),
                   constant(type.getDimSize(1) - 1));
  Value id = tensor::ExtractOp::create(builder, loc, documents,
                                       ValueRange{batch, column.value});
  return wrap(
      arith::IndexCastOp::create(builder, loc, builder.getIndexType(), id));
}
Val IRPatternBuilder::keyDocument(Val position) {
  return queryDocument(position);
}
Val IRPatternBuilder::origin() { return wrap(segmentOrigin); }
Val IRPatternBuilder::listedBlock(Val queryBlock, int64_t slot) {
  auto type = cast<RankedTensorType>(blocks.getType());
  Val row = min(max(queryBlock, constant(0)), constant(type.getDimSize(2) - 1));
  Value id = tensor::ExtractOp::create(
      builder, loc, blocks,
      ValueRange{batch, keyHead, row.value, constant(slot).value});
  return wrap(
      arith::IndexCastOp::create(builder, loc, builder.getIndexType(), id));
}
int64_t IRPatternBuilder::listedBlocks() {
  return blocks ? cast<RankedTensorType>(blocks.getType()).getDimSize(3) : 0;
}
