//===- StateOps.cpp - bank_write and carry --------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifyUtils.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::msa;

OpOperand &BankWriteOp::getStateMutable() { return getBankMutable(); }
OpResult BankWriteOp::getNewState() { return cast<OpResult>(getNewBank()); }
OpOperand &CarryOp::getStateMutable() { return getWindowMutable(); }
OpResult CarryOp::getNewState() { return cast<OpResult>(getNewWindow()); }

LogicalResult BankWriteOp::verify() {
  RankedTensorType bank = tensorType(getBank());
  if (failed(verifyShape(*this, "C1", "bank", bank)))
    return failure();
  if (getCandidate().getType() != bank)
    return emitOpError() << "(C1) candidate must have the bank's type " << bank
                         << ", got " << getCandidate().getType();
  int64_t batch = bank.getDimSize(0), slots = bank.getDimSize(1),
          channels = bank.getDimSize(2);

  GateAttrInterface gate = getGateAttr();
  SmallVector<StringRef> names = gate.getProjections();
  if (getWeights().size() != 3 * names.size())
    return emitOpError() << "(C2) gate " << gate << " takes "
                         << 3 * names.size() << " weights, got "
                         << getWeights().size();
  for (auto [i, name] : llvm::enumerate(names)) {
    int64_t columns = gate.isPerSlot(i) ? 1 : channels;
    SmallVector<int64_t> shapes[] = {
        {channels, columns}, {channels, columns}, {columns}};
    StringRef kinds[] = {"candidate weight", "bank weight", "bias"};
    for (unsigned k = 0; k < 3; ++k) {
      auto wanted = RankedTensorType::get(shapes[k], bank.getElementType());
      Type got = getWeights()[3 * i + k].getType();
      if (got != wanted)
        return emitOpError() << "(C2) " << kinds[k] << " of projection " << name
                             << " must be " << wanted << ", got " << got;
    }
  }
  if (!getSlots() != !getScores())
    return emitOpError("(C3) slots and scores must come together");
  if (getScores()) {
    int64_t top = *getSlots();
    if (top < 1 || top > slots)
      return emitOpError() << "(C3) slots must lie in [1, " << slots
                           << "], got " << top;
    if (slots > (int64_t(1) << 24))
      return emitOpError() << "(C3) routing takes at most 2^24 slots, got "
                           << slots;
    if (failed(verifyExactShape(*this, "C3", "scores", getScores().getType(),
                                {batch, slots})))
      return failure();
  }
  if (getLength() && failed(verifyExactShape(*this, "C4", "length",
                                             getLength().getType(), {batch})))
    return failure();
  if (getNewBank().getType() != bank)
    return emitOpError() << "(C5) new_bank must have the bank's type " << bank
                         << ", got " << getNewBank().getType();
  if (gate.hasRead() != !!getRead())
    return emitOpError() << "(C5) gate " << gate
                         << (gate.hasRead() ? " has" : " has no")
                         << " read result";
  if (getRead() && getRead().getType() != bank)
    return emitOpError() << "(C5) read must have the bank's type " << bank
                         << ", got " << getRead().getType();
  return success();
}

LogicalResult CarryOp::verify() {
  RankedTensorType window = tensorType(getWindow());
  RankedTensorType segment = tensorType(getSegment());
  unsigned rank = window.getRank();
  if (rank < 3 || segment.getRank() != rank)
    return emitOpError() << "(C1) window and segment must have one rank of 3 "
                            "or more, got "
                         << window << " and " << segment;
  if (failed(verifyShape(*this, "C1", "window", window)) ||
      failed(verifyShape(*this, "C1", "segment", segment)))
    return failure();
  if (window.getElementType() != segment.getElementType())
    return emitOpError() << "(C1) window and segment must have one element "
                            "type, got "
                         << window << " and " << segment;
  for (unsigned d = 0; d < rank; ++d)
    if (d != rank - 2 && window.getDimSize(d) != segment.getDimSize(d))
      return emitOpError() << "(C1) window and segment must agree in dimension "
                           << d << ", got " << window << " and " << segment;
  if (getLength() &&
      failed(verifyExactShape(*this, "C2", "length", getLength().getType(),
                              {window.getDimSize(0)})))
    return failure();
  return success();
}

/// A constant length of no token in any stream.
static bool isEmptySegment(Attribute length) {
  auto elements = dyn_cast_or_null<DenseIntElementsAttr>(length);
  return elements &&
         llvm::all_of(elements.getValues<APInt>(),
                      [](const APInt &n) { return !n.isStrictlyPositive(); });
}

OpFoldResult CarryOp::fold(FoldAdaptor adaptor) {
  return isEmptySegment(adaptor.getLength()) ? getWindow() : Value();
}

LogicalResult BankWriteOp::fold(FoldAdaptor adaptor,
                                SmallVectorImpl<OpFoldResult> &results) {
  // What a gate lets readers see is not the bank.
  if (getRead() || !isEmptySegment(adaptor.getLength()))
    return failure();
  results.push_back(getBank());
  return success();
}

namespace {
/// A length that is always positive forbids nothing; routing to every slot is
/// no routing unless a score is NaN, which only a constant could rule out.
struct DropIdleLength : OpRewritePattern<BankWriteOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BankWriteOp op,
                                PatternRewriter &rewriter) const override {
    DenseIntElementsAttr length;
    if (!op.getLength() || !matchPattern(op.getLength(), m_Constant(&length)) ||
        !llvm::all_of(length.getValues<APInt>(),
                      [](const APInt &n) { return n.isStrictlyPositive(); }))
      return failure();
    rewriter.modifyOpInPlace(op, [&] { op.getLengthMutable().clear(); });
    return success();
  }
};
} // namespace

void BankWriteOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *context) {
  patterns.add<DropIdleLength>(context);
}
