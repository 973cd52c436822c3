//===- GemmEpilogue.cpp - Constraints of a product's epilogue ---------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::msa_gpu;

void GemmOp::build(OpBuilder &b, OperationState &state, StringRef form, Value a,
                   Value bSide, ValueRange outs, GemmScheduleAttr schedule,
                   ArrayRef<std::string> forms, ValueRange extras,
                   int64_t rotate) {
  SmallVector<Type> results;
  for (Type type : outs.getTypes())
    if (isa<RankedTensorType>(type))
      results.push_back(type);
  SmallVector<StringRef> spelt(forms.begin(), forms.end());
  build(b, state, results, b.getStringAttr(form), a, bSide, outs, schedule,
        forms.empty() ? ArrayAttr() : b.getStrArrayAttr(spelt), extras,
        rotate ? b.getI64IntegerAttr(rotate) : IntegerAttr());
}

StringRef GemmOp::extraLetters(unsigned extra) {
  return cast<StringAttr>((*getForms())[extra]).getValue();
}

bool GemmOp::canRead(StringRef form) {
  bool n = form.contains('n'), p = form.contains('p');
  return (!n || (!p && form.back() == 'n')) && (!p || form.back() == 'p') &&
         (n || !form.contains('h'));
}

Block *GemmOp::addEpilogue(OpBuilder &b) {
  size_t count = 1 + (getRotate() ? 1 : 0) + getExtras().size();
  return b.createBlock(&getEpilogue(), {},
                       SmallVector<Type>(count, b.getF32Type()),
                       SmallVector<Location>(count, getLoc()));
}

bool GemmOp::canCompute(Operation *op) {
  if (isa<arith::ConstantOp>(op))
    return op->getResult(0).getType().isF32() ||
           op->getResult(0).getType().isInteger(1);
  auto hasOnly = [](TypeRange types, bool f32, bool i1) {
    return llvm::all_of(types, [&](Type type) {
      return (f32 && type.isF32()) || (i1 && type.isInteger(1));
    });
  };
  if (isa<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::DivFOp,
          arith::NegFOp, arith::MaximumFOp, arith::MinimumFOp, arith::MaxNumFOp,
          arith::MinNumFOp, arith::CmpFOp, math::AbsFOp, math::SqrtOp,
          math::FmaOp, math::ExpOp>(op))
    return hasOnly(op->getOperandTypes(), true, false);
  if (isa<arith::AndIOp, arith::OrIOp, arith::XOrIOp>(op))
    return hasOnly(op->getOperandTypes(), false, true);
  return isa<arith::SelectOp>(op) && hasOnly(op->getOperandTypes(), true, true);
}

LogicalResult GemmOp::verifyOuts() {
  size_t outs = getOuts().size();
  if (outs < 1 || outs > (hasEpilogue() ? 2 : 1))
    return emitOpError("(M5) has one out, or with an epilogue two, got ")
           << outs;
  auto first = cast<ShapedType>(getOut().getType()),
       last = cast<ShapedType>(getOuts().back().getType());
  if (first.getShape() != last.getShape() ||
      first.getElementType() != last.getElementType())
    return emitOpError("(M5) has outs of one shape and element type, not ")
           << first << " and " << last;
  if (!hasEpilogue() && (!getExtras().empty() || getForms() || getRotate()))
    return emitOpError("(M5) needs an epilogue for extras and rotate");
  return success();
}

LogicalResult GemmOp::verifyExtras() {
  int64_t rotate = getRotate().value_or(0);
  if (getRotate() && (rotate < 16 || rotate % 16 || size('n') % rotate ||
                      getSchedule().getColumns() % rotate))
    return emitOpError("(M7) rotates groups of 16 i columns that divide n and "
                       "a tile's columns, not ")
           << rotate;
  if ((getForms() ? getForms()->size() : 0) != getExtras().size())
    return emitOpError("(M6) has one form an extra");
  for (auto [i, extra] : llvm::enumerate(getExtras())) {
    StringRef form = extraLetters(i);
    ArrayRef<int64_t> shape = cast<ShapedType>(extra.getType()).getShape();
    if (form.size() != shape.size())
      return emitOpError("(M6) has \"") << form << "\" for " << extra.getType();
    for (auto [letter, extent] : llvm::zip(form, shape)) {
      bool known = letter == '1' || letters(2).contains(letter) ||
                   (letter == 'p' && rotate);
      if (!known || (letter != '1' && form.count(letter) != 1))
        return emitOpError("(M6) has '")
               << Twine(letter) << "' in the wrong place of \"" << form << '"';
      if (extent != (letter == 'p' ? rotate / 2 : size(letter)))
        return emitOpError("(M6) has two sizes for '")
               << Twine(letter) << "', " << extent << " in " << extra.getType();
    }
    if (!canRead(form))
      return emitOpError("(M6) has n or p last, and h with n only, not \"")
             << form << '"';
  }
  return success();
}

LogicalResult GemmOp::verifyRegions() {
  if (!hasEpilogue())
    return success();
  if (!getEpilogue().hasOneBlock())
    return emitOpError("(M8) has an epilogue of one block");
  Block &block = getEpilogue().front();
  size_t count = 1 + (getRotate() ? 1 : 0) + getExtras().size();
  if (block.getNumArguments() != count ||
      !llvm::all_of(block.getArgumentTypes(),
                    [](Type type) { return type.isF32(); }))
    return emitOpError("(M8) has an epilogue with ")
           << count << " arguments of f32";
  auto yield = block.empty() ? YieldOp() : dyn_cast<YieldOp>(block.back());
  if (!yield || !yield.getValue().getType().isF32())
    return emitOpError("(M8) has an epilogue that yields f32");
  for (Operation &op : block.without_terminator())
    if (!canCompute(&op))
      return op.emitOpError("(M8) is nothing that an epilogue computes");
  return success();
}
