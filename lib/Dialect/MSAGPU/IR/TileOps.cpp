//===- TileOps.cpp - Constraints of what is done with tiles ------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::msa_gpu;

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

LogicalResult SliceOp::verify() {
  TileType from = getTile().getType(), to = getPart().getType();
  if (to.getRows() > from.getRows() || to.getColumns() != from.getColumns() ||
      to.getElement() != from.getElement() || to.getPitch() != from.getPitch())
    return emitOpError("(G2) takes rows of ") << from << ", not " << to;
  return success();
}

template <typename Op>
static void buildProduct(OperationState &state, Type result, Value a, Value b,
                         Value acc, bool transposed) {
  state.addOperands({a, b});
  if (acc)
    state.addOperands(acc);
  state.getOrAddProperties<typename Op::Properties>().transposed =
      transposed ? UnitAttr::get(result.getContext()) : UnitAttr();
  state.addTypes(result);
}

template <typename Op> static LogicalResult verifyProduct(Op op) {
  auto shape = [](Type type) {
    if (auto operand = dyn_cast<OperandType>(type))
      return std::make_tuple(operand.getRows(), operand.getColumns(),
                             operand.getElement());
    auto tile = cast<TileType>(type);
    return std::make_tuple(tile.getRows(), tile.getColumns(),
                           tile.getElement());
  };
  auto [rows, inner, element] = shape(op.getA().getType());
  TileType b = op.getB().getType();
  int64_t depth = op.getTransposed() ? b.getColumns() : b.getRows();
  int64_t columns = op.getTransposed() ? b.getRows() : b.getColumns();
  auto kernel = op->template getParentOfType<KernelOp>();
  if (rows != 64 && (rows != 128 || !kernel || !kernel.getMma()))
    return op.emitOpError("(G3) multiplies 64 rows, got ") << rows;
  if (element != b.getElement())
    return op.emitOpError("(G3) multiplies one element type, got ")
           << element << " and " << b.getElement();
  if (inner != depth || depth % 16)
    return op.emitOpError("(G3) has inner sizes ")
           << inner << " and " << depth
           << ": they must agree and be a multiple of 16";
  if (op.getResult().getType().getColumns() != columns ||
      op.getResult().getType().getRows() != rows ||
      !op.getResult().getType().getElement().isF32())
    return op.emitOpError("(G3) gives f32 in ")
           << columns << " columns, not " << op.getResult().getType();
  if (!op.getAcc())
    return success();
  Type acc = op.getAcc().getType();
  auto fragment = dyn_cast<FragmentType>(acc);
  if ((fragment ? fragment.getColumns()
                : cast<PendingType>(acc).getColumns()) != columns ||
      (fragment ? fragment.getRows() : cast<PendingType>(acc).getRows()) !=
          rows ||
      (fragment && !fragment.getElement().isF32()))
    return op.emitOpError("(G3) adds to what it gives, got ") << acc;
  return success();
}

void ProductOp::build(OpBuilder &, OperationState &state, Type result, Value a,
                      Value b, Value acc, bool transposed) {
  buildProduct<ProductOp>(state, result, a, b, acc, transposed);
}
LogicalResult ProductOp::verify() { return verifyProduct(*this); }

void IssueOp::build(OpBuilder &, OperationState &state, Type result, Value a,
                    Value b, Value acc, bool transposed) {
  buildProduct<IssueOp>(state, result, a, b, acc, transposed);
}

/// Whether a product under way, if it is one, is taken once, by what can: its
/// registers must not be copied before it is done.
static LogicalResult verifyPending(Operation *op, Value value) {
  if (!isa<PendingType>(value.getType()))
    return success();
  for (OpOperand &use : value.getUses()) {
    Operation *user = use.getOwner();
    bool isCarried = (isa<scf::ForOp>(user) && use.getOperandNumber() >= 3) ||
                     (isa<scf::YieldOp>(user) &&
                      isa_and_nonnull<scf::ForOp>(user->getParentOp()));
    if (!isCarried && !isa<IssueOp, WaitOp>(user))
      return op->emitOpError("(G3) gives what only waits, products and loops "
                             "can take");
  }
  if (!value.use_empty() && !value.hasOneUse())
    return op->emitOpError("(G3) has a product under way that is taken twice");
  return success();
}

LogicalResult IssueOp::verify() {
  if (failed(verifyPending(*this, getResult())) ||
      (getAcc() && failed(verifyPending(*this, getAcc()))))
    return failure();
  return verifyProduct(*this);
}

LogicalResult RetireOp::verify() {
  if (getTile().getDefiningOp<SliceOp>())
    return emitOpError("(G7) retires a whole tile, not a slice");
  return success();
}

LogicalResult ComputedOp::verify() {
  if (!getRows().getType().getElement().isF32())
    return emitOpError("(G10) takes rows of f32");
  return success();
}

LogicalResult WaitOp::verify() {
  for (Value value : llvm::concat<Value>(llvm::to_vector(getOperands()),
                                         llvm::to_vector(getResults())))
    if (failed(verifyPending(*this, value)))
      return failure();
  if (getUnderWay() > 7)
    return emitOpError("(G5) leaves 0 to 7 products under way, not ")
           << getUnderWay();
  if (getNumOperands() != getNumResults())
    return emitOpError("(G5) gives one fragment for each operand");
  for (auto [from, to] : llvm::zip(getOperandTypes(), getResultTypes())) {
    auto pending = dyn_cast<PendingType>(from);
    if (pending && from == to && getUnderWay() > 0)
      continue;
    auto fragment = dyn_cast<FragmentType>(to);
    if (!fragment)
      return emitOpError("(G5) gives ") << from << " as " << to;
    int64_t columns =
        pending ? pending.getColumns() : cast<FragmentType>(from).getColumns();
    if (columns != fragment.getColumns() || !fragment.getElement().isF32() ||
        (!pending && from != to))
      return emitOpError("(G5) gives ") << from << " as " << to;
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Fragments
//===----------------------------------------------------------------------===//

static Type elementOf(Type type) {
  if (auto fragment = dyn_cast<FragmentType>(type))
    return fragment.getElement();
  return cast<RowsType>(type).getElement();
}

/// Rows of a fragment, or how many rows are.
static int64_t rowCountOf(Type type) {
  auto fragment = dyn_cast<FragmentType>(type);
  return fragment ? fragment.getRows() : cast<RowsType>(type).getCount();
}

LogicalResult FillOp::verify() {
  if (elementOf(getResult().getType()) != getValue().getType())
    return emitOpError("fills with ") << getValue().getType() << ", not "
                                      << elementOf(getResult().getType());
  return success();
}

static bool onlyReads(Operation *op) {
  std::optional<SmallVector<MemoryEffects::EffectInstance>> effects =
      getEffectsRecursively(op);
  return effects && llvm::all_of(*effects, [](const auto &effect) {
           return isa<MemoryEffects::Read>(effect.getEffect());
         });
}

LogicalResult MapOp::verifyRegions() {
  Block &block = getBody().front();
  if (block.getNumArguments() != getNumOperands())
    return emitOpError("(G4) has one argument an operand");
  FragmentType shape;
  bool partial = false;
  int64_t rows = rowCountOf(getResult().getType());
  for (auto [operand, argument] :
       llvm::zip(getOperandTypes(), block.getArgumentTypes())) {
    if (elementOf(operand) != argument)
      return emitOpError("(G4) has an argument of ")
             << argument << " for " << operand;
    if (rowCountOf(operand) != rows)
      return emitOpError("(G4) has as many rows as its result, not ")
             << operand;
    if (auto fragment = dyn_cast<FragmentType>(operand)) {
      if (shape && shape.getColumns() != fragment.getColumns())
        return emitOpError("(G4) has fragments of one shape");
      shape = fragment;
    } else {
      partial |= cast<RowsType>(operand).getPartial();
    }
  }
  auto yield = dyn_cast<YieldOp>(block.getTerminator());
  if (!yield || yield.getValue().getType() != elementOf(getResult().getType()))
    return emitOpError("(G4) yields an element of its result");
  if (auto fragment = dyn_cast<FragmentType>(getResult().getType())) {
    if (!shape || shape.getColumns() != fragment.getColumns())
      return emitOpError("(G4) gives a fragment where it takes one");
  } else if (shape ||
             cast<RowsType>(getResult().getType()).getPartial() != partial) {
    return emitOpError("(G4) gives rows, partial where it takes partial ones");
  }
  if (!shape && !block.getOps<PlaceOp>().empty())
    return emitOpError("(G4) asks for the place of an element of a fragment, "
                       "but gives rows");
  auto isScalar = [](Type type) { return type.isIntOrIndexOrFloat(); };
  auto isOperand = [&](Type type) {
    return isScalar(type) || isa<MemRefType>(type);
  };
  for (Operation &op : block.without_terminator())
    if (op.getNumRegions() != 0 || op.getNumSuccessors() != 0 ||
        !onlyReads(&op) || !llvm::all_of(op.getResultTypes(), isScalar) ||
        !llvm::all_of(op.getOperandTypes(), isOperand))
      return op.emitOpError("(G4) is no scalar arithmetic that at most reads");
  return success();
}

LogicalResult ReduceOp::verify() {
  if (!getRows().getType().getPartial() ||
      !getRows().getType().getElement().isF32() ||
      !getFragment().getType().getElement().isF32() ||
      getRows().getType().getCount() != getFragment().getType().getRows())
    return emitOpError("gives partial rows of f32 from a fragment of f32");
  return success();
}

LogicalResult CombineOp::verify() {
  if (!getPartial().getType().getPartial() ||
      getRows().getType().getPartial() ||
      !getRows().getType().getElement().isF32() ||
      !getPartial().getType().getElement().isF32() ||
      getPartial().getType().getCount() != getRows().getType().getCount())
    return emitOpError("makes partial rows of f32 whole");
  return success();
}

LogicalResult AnyOp::verify() {
  if (!getRows().getType().getElement().isInteger(1))
    return emitOpError("takes rows of i1");
  return success();
}

void BandOp::build(OpBuilder &b, OperationState &state, Value fragment,
                   Value from, Value to) {
  state.addOperands(fragment);
  if (from)
    state.addOperands(from);
  if (to)
    state.addOperands(to);
  state.getOrAddProperties<Properties>().operandSegmentSizes = {1, from ? 1 : 0,
                                                                to ? 1 : 0};
  state.addTypes(fragment.getType());
}

LogicalResult BandOp::verify() {
  if (getODSOperandIndexAndLength(0).second != 1)
    return emitOpError("takes one fragment");
  if (!getFragment().getType().getElement().isF32() ||
      getResult().getType() != getFragment().getType())
    return emitOpError("takes and gives one fragment of f32");
  for (Value bound : {getFrom(), getTo()})
    if (bound &&
        bound.getType() !=
            RowsType::get(getContext(), IntegerType::get(getContext(), 32),
                          false, getFragment().getType().getRows()))
      return emitOpError("has bounds that are whole rows of i32");
  return success();
}

LogicalResult PackOp::verify() {
  if (!getFragment().getType().getElement().isF32() ||
      getFragment().getType().getColumns() !=
          getOperand().getType().getColumns() ||
      getFragment().getType().getRows() != getOperand().getType().getRows())
    return emitOpError("keeps the shape of a fragment of f32");
  return success();
}

LogicalResult StoreOp::verify() {
  Type operand = getOperand().getType();
  auto fragment = dyn_cast<FragmentType>(operand);
  MapType map = getMap().getType();
  int64_t columns = fragment ? fragment.getColumns()
                             : cast<OperandType>(operand).getColumns();
  Type element = fragment ? fragment.getElement()
                          : cast<OperandType>(operand).getElement();
  int64_t rows =
      fragment ? fragment.getRows() : cast<OperandType>(operand).getRows();
  if (map.getRows() != rows || map.getColumns() != columns ||
      map.getElement() != element)
    return emitOpError("(G6) writes rows as its map has them, not ") << operand;
  if (!getColumn() && map.getHead())
    return emitOpError("(G6) needs a column where heads lie side by side");
  if (getColumn() && columns % map.getPanel())
    return emitOpError("(G6) writes panels of ")
           << map.getPanel() << " columns from a column on, not " << operand;
  if (getStaged() &&
      (!isByPanel() || *getStaged() == 0 || getPanels() % *getStaged()))
    return emitOpError("(G6) can not stage ")
           << *getStaged() << " panels of " << operand;
  return success();
}

LogicalResult StoreRowsOp::verify() {
  auto buffer = cast<MemRefType>(getBuffer().getType());
  if (getRows().getType().getPartial() || !buffer.getLayout().isIdentity() ||
      buffer.getElementType() != getRows().getType().getElement())
    return emitOpError("writes whole rows to a dense buffer of their type");
  return success();
}
