//===- AttendOp.cpp - Whole attention -------------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifyUtils.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::msa;

FloatType AttendOp::getScoreType() {
  return accumulatorType(getQuery().getType().getElementType());
}

/// C1, C2: shapes and element types of everything.
static LogicalResult verifyTypes(AttendOp op) {
  Type element = op.getQuery().getType().getElementType();
  std::pair<StringRef, Value> floats[] = {{"query", op.getQuery()},
                                          {"key", op.getKey()},
                                          {"value", op.getValue()},
                                          {"window_key", op.getWindowKey()},
                                          {"window_value", op.getWindowValue()},
                                          {"bank_key", op.getBankKey()},
                                          {"bank_value", op.getBankValue()},
                                          {"out", op.getOut()}};
  for (auto [name, value] : floats) {
    if (!value)
      continue;
    if (failed(verifyShape(op, "C1", name, value.getType())))
      return failure();
    if (tensorType(value).getElementType() != element)
      return op.emitOpError()
             << "(C2) " << name << " must have the query's element type "
             << element << ", got " << tensorType(value).getElementType();
  }
  std::pair<StringRef, Value> others[] = {{"bank_bias", op.getBankBias()},
                                          {"position", op.getPosition()},
                                          {"length", op.getLength()},
                                          {"offset", op.getOffset()},
                                          {"documents", op.getDocuments()},
                                          {"blocks", op.getBlocks()},
                                          {"lse", op.getLse()}};
  for (auto [name, value] : others)
    if (value && failed(verifyShape(op, "C1", name, value.getType())))
      return failure();
  Type lse = op.getLse().getType().getElementType();
  if (lse != op.getScoreType())
    return op.emitOpError() << "(C2) lse must have element type "
                            << op.getScoreType() << ", got " << lse;
  return success();
}

/// C3 - C7: sizes of keys and values.
static LogicalResult verifyParts(AttendOp op) {
  int64_t queryHeads = op.getQueryHeads(), keyHeads = op.getKeyHeads();
  if (queryHeads % keyHeads != 0)
    return op.emitOpError() << "(C4) query heads " << queryHeads
                            << " must be a multiple of KV heads " << keyHeads;
  struct {
    StringRef keyName, valueName;
    Value key, value;
  } parts[] = {
      {"key", "value", op.getKey(), op.getValue()},
      {"window_key", "window_value", op.getWindowKey(), op.getWindowValue()},
      {"bank_key", "bank_value", op.getBankKey(), op.getBankValue()}};
  for (auto &part : parts) {
    if (!part.key != !part.value)
      return op.emitOpError() << "(C7) " << part.keyName << " and "
                              << part.valueName << " must come together";
    if (!part.key)
      continue;
    Type key = part.key.getType(), value = part.value.getType();
    int64_t rows = tensorType(part.key).getDimSize(2);
    if (failed(verifyDim(op, "C3", part.keyName, key, 0, op.getBatch(),
                         "the batch")) ||
        failed(verifyDim(op, "C3", part.valueName, value, 0, op.getBatch(),
                         "the batch")) ||
        failed(
            verifyDim(op, "C4", part.keyName, key, 1, keyHeads, "KV heads")) ||
        failed(verifyDim(op, "C4", part.valueName, value, 1, keyHeads,
                         "KV heads")) ||
        failed(verifyDim(op, "C5", part.keyName, key, 3, op.getHeadDim(),
                         "the query's head dimension")) ||
        failed(verifyDim(op, "C5", part.valueName, value, 3, op.getValueDim(),
                         "the value dimension")) ||
        failed(verifyDim(op, "C6", part.valueName, value, 2, rows,
                         "the rows of its keys")))
      return failure();
  }
  if (op.getBankBias()) {
    if (!op.getBankKey())
      return op.emitOpError("(C7) bank_bias needs a bank");
    if (failed(verifyDim(op, "C7", "bank_bias", op.getBankBias().getType(), 0,
                         queryHeads, "query heads")))
      return failure();
  }
  return success();
}

/// C8 - C10: operands that say where things are.
static LogicalResult verifyPlaces(AttendOp op) {
  std::pair<StringRef, Value> perStream[] = {{"position", op.getPosition()},
                                             {"length", op.getLength()},
                                             {"offset", op.getOffset()}};
  for (auto [name, value] : perStream)
    if (value && failed(verifyDim(op, "C8", name, value.getType(), 0,
                                  op.getBatch(), "the batch")))
      return failure();
  PatternAttrInterface pattern = op.getPatternAttr();
  if (pattern.usesDocuments() != !!op.getDocuments())
    return op.emitOpError()
           << "(C9) documents must be present exactly when the pattern reads "
              "them; pattern "
           << pattern << (pattern.usesDocuments() ? " does" : " does not");
  if (op.getDocuments() &&
      failed(verifyExactShape(
          op, "C9", "documents", op.getDocuments().getType(),
          {op.getBatch(), op.getWindow() + op.getLocalKeys()})))
    return failure();
  int64_t size = pattern.listedBlockSize();
  if ((size != 0) != !!op.getBlocks())
    return op.emitOpError()
           << "(C10) blocks must be present exactly when the pattern reads "
              "them; pattern "
           << pattern << (size ? " does" : " does not");
  if (!op.getBlocks())
    return success();
  Type blocks = op.getBlocks().getType();
  if (failed(verifyDim(op, "C10", "blocks", blocks, 0, op.getBatch(),
                       "the batch")) ||
      failed(verifyDim(op, "C10", "blocks", blocks, 1, op.getKeyHeads(),
                       "KV heads")))
    return failure();
  int64_t rows = tensorType(op.getBlocks()).getDimSize(2);
  int64_t covered = op.getOffset() ? op.getLocalKeys() : op.getQueries();
  if (rows * size < covered)
    return op.emitOpError()
           << "(C10) blocks lists " << rows << " query blocks of " << size
           << " positions, which do not cover " << covered;
  return success();
}

LogicalResult AttendOp::verify() {
  if (failed(verifyTypes(*this)) || failed(verifyParts(*this)) ||
      failed(verifyPlaces(*this)))
    return failure();
  if (failed(verifyExactShape(
          *this, "C11", "out", getOut().getType(),
          {getBatch(), getQueryHeads(), getQueries(), getValueDim()})) ||
      failed(verifyExactShape(*this, "C11", "lse", getLse().getType(),
                              {getBatch(), getQueryHeads(), getQueries()})))
    return failure();
  if (!getScale().isFinite())
    return emitOpError("(C12) scale must be finite");
  return verifyComparisons(*this, "C14", getPatternAttr(), getBlocks());
}

LogicalResult AttendOp::verifyRegions() {
  if (getScore().empty())
    return success();
  return verifyScoreRegion(*this, "C13", getScore(), getScoreType());
}

//===----------------------------------------------------------------------===//
// Canonicalization: operands that say nothing
//===----------------------------------------------------------------------===//

/// All elements of a constant integer tensor satisfy the predicate.
static bool allOf(Value value, function_ref<bool(const APInt &)> predicate) {
  DenseIntElementsAttr elements;
  return value && matchPattern(value, m_Constant(&elements)) &&
         llvm::all_of(elements.getValues<APInt>(), predicate);
}

namespace {
struct DropIdleOperands : OpRewritePattern<AttendOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(AttendOp op,
                                PatternRewriter &rewriter) const override {
    auto isZero = [](const APInt &n) { return n.isZero(); };
    int64_t keys = op.getLocalKeys();
    bool position = allOf(op.getPosition(), isZero) && !op.getWindowKey();
    bool offset = allOf(op.getOffset(), isZero) && !op.getBlocks();
    bool length =
        allOf(op.getLength(), [&](const APInt &n) { return n.sge(keys); });
    DenseFPElementsAttr bias;
    bool biasIsZero =
        op.getBankBias() && matchPattern(op.getBankBias(), m_Constant(&bias)) &&
        llvm::all_of(bias.getValues<APFloat>(), [](const APFloat &x) {
          return x.isZero() && !x.isNegative();
        });
    if (!position && !offset && !length && !biasIsZero)
      return failure();
    rewriter.modifyOpInPlace(op, [&] {
      if (position)
        op.getPositionMutable().clear();
      if (offset)
        op.getOffsetMutable().clear();
      if (length)
        op.getLengthMutable().clear();
      if (biasIsZero)
        op.getBankBiasMutable().clear();
    });
    return success();
  }
};

/// A carried window whose last key is further left than the first query's
/// reach: with left == 0 and no dilation nothing before position 0 is kept.
struct DropUnseenWindow : OpRewritePattern<AttendOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(AttendOp op,
                                PatternRewriter &rewriter) const override {
    auto window = dyn_cast<WindowAttr>(op.getPatternAttr());
    if (!op.getWindowKey() || !window || window.getLeft() != 0 ||
        op.getOffset())
      return failure();
    rewriter.modifyOpInPlace(op, [&] {
      op.getWindowKeyMutable().clear();
      op.getWindowValueMutable().clear();
    });
    return success();
  }
};
} // namespace

void AttendOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *context) {
  patterns.add<DropIdleOperands, DropUnseenWindow>(context);
}
