//===- OnlineAttendOp.cpp - A step of attention ---------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifyUtils.h"

using namespace mlir;
using namespace mlir::msa;

MutableOperandRange OnlineAttendOp::getDpsInitsMutable() {
  unsigned first = getAccMutable().getOperandNumber();
  return MutableOperandRange(getOperation(), first, 3);
}

int64_t OnlineAttendOp::getQueries() {
  return tensorType(getMax()).getShape().back();
}
int64_t OnlineAttendOp::getKeys() {
  return tensorType(getKey()).getShape().drop_back().back();
}
int64_t OnlineAttendOp::getHeadDim() {
  return tensorType(getKey()).getShape().back();
}
int64_t OnlineAttendOp::getValueDim() {
  ArrayRef<int64_t> shape = tensorType(getValue()).getShape();
  return getPairs() ? shape.front() : shape.back();
}

/// (C10): what products of pairs take.
static LogicalResult verifyPairs(OnlineAttendOp op) {
  if (!op.getTransposed())
    return op.emitOpError("(C10) pairs needs transposed");
  RankedTensorType key = tensorType(op.getKey());
  RankedTensorType value = tensorType(op.getValue());
  RankedTensorType query = tensorType(op.getQuery());
  if (key.getRank() != 2 || value.getRank() != 2)
    return op.emitOpError("(C10) pairs needs a key and a value of rank 2");
  for (RankedTensorType type : {query, key, value})
    if (!type.getElementType().isBF16())
      return op.emitOpError() << "(C10) pairs needs bf16, got " << type;
  if (key.getDimSize(0) % 2 != 0 || key.getDimSize(1) % 2 != 0)
    return op.emitOpError()
           << "(C10) pairs needs an even count of keys and channels, got "
           << key;
  if (query.getRank() != 3 || query.getDimSize(2) != 2 ||
      query.getDimSize(0) != key.getDimSize(1) / 2)
    return op.emitOpError()
           << "(C10) with pairs the query must be " << key.getDimSize(1) / 2
           << " x N x 2, got " << query;
  return success();
}

LogicalResult OnlineAttendOp::verify() {
  bool pairs = getPairs();
  // Every rank but the query's; (C10) fixes that.
  unsigned rank = tensorType(pairs ? getKey() : getQuery()).getRank();
  if (rank < 2)
    return emitOpError() << "(C1) query must have rank 2 or more, got "
                         << getQuery().getType();
  if (pairs && failed(verifyPairs(*this)))
    return failure();
  struct {
    StringRef name;
    Value value;
    unsigned rank;
  } tensors[] = {
      {"query", getQuery(), rank + pairs}, {"key", getKey(), rank},
      {"value", getValue(), rank},         {"acc", getAcc(), rank},
      {"max", getMax(), rank - 1},         {"sum", getSum(), rank - 1}};
  ArrayRef<int64_t> leading =
      tensorType(getQuery()).getShape().drop_back(pairs ? 3 : 2);
  for (auto &t : tensors) {
    RankedTensorType type = tensorType(t.value);
    if (type.getRank() != t.rank)
      return emitOpError() << "(C1) " << t.name << " must have rank " << t.rank
                           << ", got " << type;
    if (failed(verifyShape(*this, "C1", t.name, type)))
      return failure();
    if (type.getShape().take_front(rank - 2) != leading)
      return emitOpError() << "(C1) " << t.name
                           << " must have the query's leading sizes, got "
                           << type;
  }
  int64_t n = getQueries(), m = getKeys(), d = getHeadDim(), dv = getValueDim();
  bool transposed = getTransposed();
  unsigned a = rank - 2, b = rank - 1;
  Type query = getQuery().getType(), acc = getAcc().getType();
  if (failed(verifyDim(*this, "C2", "query", query, transposed ? b : a, n,
                       "the queries of max")) ||
      (!pairs &&
       failed(verifyDim(*this, "C2", "query", query, transposed ? a : b, d,
                        "the key's head dimension"))) ||
      failed(verifyDim(*this, "C2", "value", getValue().getType(),
                       pairs ? b : a, m, "the keys")) ||
      failed(verifyDim(*this, "C2", "acc", acc, transposed ? b : a, n,
                       "the queries of max")) ||
      failed(verifyDim(*this, "C2", "acc", acc, transposed ? a : b, dv,
                       "the value dimension")) ||
      failed(verifyDim(*this, "C2", "sum", getSum().getType(), rank - 2, n,
                       "the queries of max")))
    return failure();
  Type element = tensorType(getKey()).getElementType();
  Type f = accumulatorType(element);
  Type queryElement = tensorType(getQuery()).getElementType();
  if (tensorType(getValue()).getElementType() != element)
    return emitOpError("(C3) key and value must have one element type");
  if (queryElement != element && !(transposed && queryElement == f))
    return emitOpError() << "(C3) query must have the key's element type "
                         << element << ", got " << queryElement;
  for (Value value : {getAcc(), getMax(), getSum()})
    if (tensorType(value).getElementType() != f)
      return emitOpError() << "(C3) acc, max and sum must have element type "
                           << f << ", got " << value.getType();

  PatternAttrInterface pattern = getPatternAttr();
  if (pattern && !getQueryStart())
    return emitOpError("(C4) a pattern needs query_start and key_start");
  if (!pattern && (getMasked() || getKeyBegin()))
    return emitOpError("(C4) masked and keys need a pattern");
  if (pattern) {
    bool documents = pattern.usesDocuments();
    bool blocks = pattern.listedBlockSize() != 0;
    bool needsPlace = documents || blocks || pattern.usesHead();
    if (documents != !!getDocuments() || blocks != !!getBlocks())
      return emitOpError() << "(C5) documents and blocks must be present "
                              "exactly when the pattern reads them: "
                           << pattern;
    if (needsPlace && (!getHead() || rank != 2))
      return emitOpError() << "(C5) pattern " << pattern
                           << " needs head and rank 2";
    if (blocks && !getOrigin())
      return emitOpError() << "(C5) pattern " << pattern << " needs origin";
  } else if (getDocuments() || getBlocks()) {
    return emitOpError("(C5) documents and blocks need a pattern");
  }
  for (Value value : {Value(getDocuments()), Value(getBlocks())})
    if (value && failed(verifyShape(*this, "C5", "documents or blocks",
                                    value.getType())))
      return failure();
  if (getNewAcc().getType() != getAcc().getType() ||
      getNewMax().getType() != getMax().getType() ||
      getNewSum().getType() != getSum().getType())
    return emitOpError("(C6) results must have the types of acc, max and sum");
  if (!getScale().isFinite())
    return emitOpError("(C7) scale must be finite");
  if (static_cast<int64_t>(getGroup()) < 1)
    return emitOpError() << "(C5) group must be positive, got "
                         << static_cast<int64_t>(getGroup());
  if (getBias() && getBias().getType() != f)
    return emitOpError() << "(C3) bias must be " << f << ", got "
                         << getBias().getType();
  if (pattern)
    return verifyComparisons(*this, "C9", pattern, getBlocks());
  return success();
}

LogicalResult OnlineAttendOp::verifyRegions() {
  if (getScore().empty())
    return success();
  if (!getHead() || !getOrigin() || !getQueryStart() ||
      tensorType(getKey()).getRank() != 2)
    return emitOpError(
        "(C8) a score region needs head, origin, query_start, key_start and "
        "rank 2");
  return verifyScoreRegion(
      *this, "C8", getScore(),
      accumulatorType(tensorType(getKey()).getElementType()));
}
