//===- TileOps.cpp - Constraints of tile programs ----------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/FunctionImplementation.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;
using namespace mlir::msa_gpu;

//===----------------------------------------------------------------------===//
// Kernel and loop
//===----------------------------------------------------------------------===//

ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &result) {
  auto type = [](Builder &builder, ArrayRef<Type> arguments,
                 ArrayRef<Type> results, function_interface_impl::VariadicFlag,
                 std::string &) {
    return builder.getFunctionType(arguments, results);
  };
  return function_interface_impl::parseFunctionOp(
      parser, result, /*allowVariadic=*/false,
      getFunctionTypeAttrName(result.name), type,
      getArgAttrsAttrName(result.name), getResAttrsAttrName(result.name));
}

void KernelOp::print(OpAsmPrinter &printer) {
  function_interface_impl::printFunctionOp(
      printer, *this, /*isVariadic=*/false, getFunctionTypeAttrName(),
      getArgAttrsAttrName(), getResAttrsAttrName());
}

LogicalResult KernelOp::verify() {
  if (getFunctionType().getNumResults() != 0)
    return emitOpError("(K1) has no results");
  if (getWarpgroups() < 1 || getWarpgroups() > 3)
    return emitOpError("(K1) has 1 to 3 warpgroups, got ") << getWarpgroups();
  bool buffers = false;
  for (Type type : getFunctionType().getInputs()) {
    if (!isa<MapType, MemRefType>(type))
      return emitOpError("(K1) takes maps and memrefs, not ") << type;
    if (buffers && isa<MapType>(type))
      return emitOpError("(K1) takes maps before memrefs");
    buffers |= isa<MemRefType>(type);
  }
  return success();
}

LogicalResult ForTilesOp::verifyRegions() {
  Block &block = getBody().front();
  if (block.getNumArguments() != 1 ||
      !block.getArgument(0).getType().isInteger(32))
    return emitOpError("has a body with one argument of type i32");
  if (!isa_and_nonnull<KernelOp>((*this)->getParentOp()))
    return emitOpError("stands directly in a kernel");
  return success();
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

/// The value that a region yields as its result of this number; null where it
/// is not valid yet.
static Value yieldedBy(Region &region, unsigned number) {
  if (region.empty() || region.back().empty())
    return {};
  auto yield = dyn_cast<scf::YieldOp>(region.back().back());
  return yield && number < yield->getNumOperands() ? yield->getOperand(number)
                                                   : Value();
}

/// What a loop takes for one of its carried values: before it, and from each
/// iteration. Null where it is not valid yet.
static std::pair<Value, Value> carriedFrom(scf::ForOp loop, unsigned number) {
  if (loop->getNumOperands() < 3)
    return {};
  return {number < loop.getInitArgs().size() ? loop.getInitArgs()[number]
                                             : Value(),
          yieldedBy(loop.getRegion(), number)};
}

/// Whether any of the values is computed from an operation that `isIt` holds
/// for, through loops and conditionals too. What it walks need not be valid
/// yet: values may come in circles, blocks may end in anything.
static bool dependsOn(SmallVector<Value> values,
                      function_ref<bool(Operation *)> isIt) {
  llvm::DenseSet<Value> seen;
  auto push = [&](ValueRange more) {
    for (Value value : more)
      if (seen.insert(value).second)
        values.push_back(value);
  };
  auto pushOne = [&](Value value) {
    if (value)
      push(value);
  };
  auto pushCarried = [&](scf::ForOp loop, unsigned number) {
    // Its bounds say how often.
    push(loop->getOperands().take_front(3));
    auto [before, next] = carriedFrom(loop, number);
    pushOne(before);
    pushOne(next);
  };
  seen.insert(values.begin(), values.end());
  while (!values.empty()) {
    Value value = values.pop_back_val();
    Operation *def = value.getDefiningOp();
    unsigned number;
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      def = argument.getOwner()->getParentOp();
      if (!def || isa<KernelOp, ForTilesOp>(def))
        continue;
      number = argument.getArgNumber();
      if (auto loop = dyn_cast<scf::ForOp>(def)) {
        pushCarried(loop, number ? number - 1 : ~0u);
        continue;
      }
    } else {
      if (isIt(def))
        return true;
      number = cast<OpResult>(value).getResultNumber();
      if (auto loop = dyn_cast<scf::ForOp>(def)) {
        pushCarried(loop, number);
        continue;
      }
      if (auto choice = dyn_cast<scf::IfOp>(def)) {
        push(choice->getOperands());
        pushOne(yieldedBy(choice.getThenRegion(), number));
        pushOne(yieldedBy(choice.getElseRegion(), number));
        continue;
      }
    }
    // All that an operation reads, within its regions too.
    bool found = false;
    def->walk([&](Operation *inner) {
      found |= inner != def && isIt(inner);
      push(inner->getOperands());
    });
    if (found)
      return true;
  }
  return false;
}

/// What the copying role can not follow.
static bool isOfTiles(Operation *op) {
  auto isOne = [](Type type) {
    return isa<FragmentType, OperandType, PendingType, RowsType, TileType>(
        type);
  };
  return llvm::any_of(op->getOperandTypes(), isOne) ||
         llvm::any_of(op->getResultTypes(), isOne);
}
static bool isOfWarpgroup(Operation *op) { return isa<WarpgroupOp>(op); }
static bool differs(Operation *op) {
  return isOfTiles(op) || isOfWarpgroup(op);
}

/// The values that straight-line code computes some values from.
static SmallVector<Value> sourcesOf(SmallVector<Value> values) {
  SmallVector<Value> sources;
  llvm::DenseSet<Value> seen;
  while (!values.empty()) {
    Value value = values.pop_back_val();
    if (!seen.insert(value).second)
      continue;
    Operation *def = value.getDefiningOp();
    if (!def || def->getNumRegions() != 0)
      sources.push_back(value);
    else
      llvm::append_range(values, def->getOperands());
  }
  return sources;
}

/// The loop, and the number, of a value that is carried by one.
static std::pair<scf::ForOp, unsigned> carrierOf(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto loop =
        dyn_cast_or_null<scf::ForOp>(argument.getOwner()->getParentOp());
    unsigned number = argument.getArgNumber();
    return {number ? loop : scf::ForOp(), number - 1};
  }
  return {dyn_cast_or_null<scf::ForOp>(value.getDefiningOp()),
          cast<OpResult>(value).getResultNumber()};
}

/// Follows a tile through the loops that carry it.
static LogicalResult verifyUses(LoadOp load) {
  SmallVector<Value> tiles = {load.getTile()};
  llvm::DenseSet<Value> seen = {load.getTile()};
  auto follow = [&](Value value) {
    if (value && seen.insert(value).second)
      tiles.push_back(value);
  };
  auto carry = [&](scf::ForOp loop, unsigned number) {
    Region &body = loop.getRegion();
    if (!body.empty() && number + 1 < body.front().getNumArguments())
      follow(body.front().getArgument(number + 1));
    if (number < loop.getNumResults())
      follow(loop.getResult(number));
  };
  while (!tiles.empty()) {
    Value tile = tiles.pop_back_val();
    bool isRead = false, isCarried = false;
    for (OpOperand &use : tile.getUses()) {
      Operation *user = use.getOwner();
      if (auto slice = dyn_cast<SliceOp>(user)) {
        follow(slice.getPart());
        isRead = true;
      } else if (auto loop = dyn_cast<scf::ForOp>(user);
                 loop && use.getOperandNumber() >= 3) {
        carry(loop, use.getOperandNumber() - 3);
        isCarried = true;
      } else if (auto around =
                     dyn_cast_or_null<scf::ForOp>(user->getParentOp());
                 around && isa<scf::YieldOp>(user)) {
        carry(around, use.getOperandNumber());
        isCarried = true;
      } else if (user->getNumRegions() != 0 ||
                 user->hasTrait<OpTrait::IsTerminator>()) {
        return load.emitOpError("(G1) gives a tile that leaves a conditional");
      } else {
        isRead = true;
      }
    }
    if (isRead && isCarried)
      return load.emitOpError("(G1) gives a tile that is both read and handed "
                              "on by a loop");
    if (isCarried && isa_and_nonnull<SliceOp>(tile.getDefiningOp()))
      return load.emitOpError("(G1) gives a tile whose slice a loop hands on");
  }
  // What else comes where this tile does.
  SmallVector<Value> sources(seen.begin(), seen.end());
  while (!sources.empty()) {
    Value source = sources.pop_back_val();
    auto other = source.getDefiningOp<LoadOp>();
    if (other && other.getRing() != load.getRing())
      return load.emitOpError("(G1) gives a tile to a loop that carries one of "
                              "the ring ")
             << other.getRing() << " too";
    if (auto [loop, number] = carrierOf(source); loop) {
      auto [before, next] = carriedFrom(loop, number);
      for (Value from : {before, next})
        if (from && seen.insert(from).second)
          sources.push_back(from);
    }
  }
  return success();
}

LogicalResult LoadOp::verify() {
  MapType map = getMap().getType();
  TileType tile = getTile().getType();
  if (tile.getRows() != map.getRows() || tile.getPitch() != map.getRows() ||
      tile.getColumns() != map.getColumns() ||
      tile.getElement() != map.getElement())
    return emitOpError("(G1) gives a tile as its map's, not ") << tile;
  if (getSlots() < 1 || getSlots() > 8)
    return emitOpError("(G1) has 1 to 8 slots, got ") << getSlots();
  SmallVector<Value> place = {getRow(), getHead(), getBatch()};
  if (dependsOn(place, isOfTiles))
    return emitOpError("(G1) has a place that depends on what tiles hold");
  if (!getPerWarpgroup() && dependsOn(place, isOfWarpgroup))
    return emitOpError("(G1) is common to all warpgroups, so its place must "
                       "not depend on one");
  if (getPerWarpgroup() && dependsOn(sourcesOf(place), isOfWarpgroup))
    return emitOpError("(G1) has a place that depends on the warpgroup by more "
                       "than straight-line arithmetic");
  for (auto loop = (*this)->getParentOfType<scf::ForOp>(); loop;
       loop = loop->getParentOfType<scf::ForOp>())
    if (dependsOn({loop.getLowerBound(), loop.getUpperBound(), loop.getStep()},
                  differs))
      return emitOpError("(G1) stands in a loop whose bounds depend on the "
                         "warpgroup or on what tiles hold");
  return verifyUses(*this);
}

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
  if (rows != 64)
    return op.emitOpError("(G3) multiplies 64 rows, got ") << rows;
  if (element != b.getElement())
    return op.emitOpError("(G3) multiplies one element type, got ")
           << element << " and " << b.getElement();
  if (inner != depth || depth % 16)
    return op.emitOpError("(G3) has inner sizes ")
           << inner << " and " << depth
           << ": they must agree and be a multiple of 16";
  if (op.getResult().getType().getColumns() != columns ||
      !op.getResult().getType().getElement().isF32())
    return op.emitOpError("(G3) gives f32 in ")
           << columns << " columns, not " << op.getResult().getType();
  if (op.getAcc() && (op.getAcc().getType().getColumns() != columns ||
                      !op.getAcc().getType().getElement().isF32()))
    return op.emitOpError("(G3) adds to what it gives, got ")
           << op.getAcc().getType();
  if (!op.getTransposed() && isa<TileType>(op.getA().getType()))
    return op.emitOpError("(G3) takes its left side from registers where the "
                          "right one is not transposed");
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
LogicalResult IssueOp::verify() {
  if (!llvm::all_of(getResult().getUsers(), llvm::IsaPred<WaitOp>))
    return emitOpError("(G3) gives what only waits can take");
  return verifyProduct(*this);
}

LogicalResult WaitOp::verify() {
  if (getUnderWay() > 7)
    return emitOpError("(G5) leaves 0 to 7 products under way, not ")
           << getUnderWay();
  if (getNumOperands() != getNumResults())
    return emitOpError("(G5) gives one fragment for each operand");
  for (auto [from, to] : llvm::zip(getOperandTypes(), getResultTypes())) {
    auto fragment = cast<FragmentType>(to);
    auto pending = dyn_cast<PendingType>(from);
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

LogicalResult FillOp::verify() {
  if (elementOf(getResult().getType()) != getValue().getType())
    return emitOpError("fills with ") << getValue().getType() << ", not "
                                      << elementOf(getResult().getType());
  return success();
}

LogicalResult MapOp::verifyRegions() {
  Block &block = getBody().front();
  if (block.getNumArguments() != getNumOperands())
    return emitOpError("(G4) has one argument an operand");
  FragmentType shape;
  bool partial = false;
  for (auto [operand, argument] :
       llvm::zip(getOperandTypes(), block.getArgumentTypes())) {
    if (elementOf(operand) != argument)
      return emitOpError("(G4) has an argument of ")
             << argument << " for " << operand;
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
  auto isScalar = [](Type type) { return type.isIntOrIndexOrFloat(); };
  for (Operation &op : block.without_terminator())
    if (op.getNumRegions() != 0 || op.getNumSuccessors() != 0 ||
        !isMemoryEffectFree(&op) ||
        !llvm::all_of(op.getResultTypes(), isScalar) ||
        !llvm::all_of(op.getOperandTypes(), isScalar))
      return op.emitOpError("(G4) is no scalar arithmetic without effects");
  return success();
}

LogicalResult ReduceOp::verify() {
  if (!getRows().getType().getPartial() ||
      !getRows().getType().getElement().isF32() ||
      !getFragment().getType().getElement().isF32())
    return emitOpError("gives partial rows of f32 from a fragment of f32");
  return success();
}

LogicalResult CombineOp::verify() {
  if (!getPartial().getType().getPartial() ||
      getRows().getType().getPartial() ||
      !getRows().getType().getElement().isF32() ||
      !getPartial().getType().getElement().isF32())
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
    if (bound && bound.getType() !=
                     RowsType::get(getContext(),
                                   IntegerType::get(getContext(), 32), false))
      return emitOpError("has bounds that are whole rows of i32");
  return success();
}

LogicalResult PackOp::verify() {
  if (!getFragment().getType().getElement().isF32() ||
      getFragment().getType().getColumns() !=
          getOperand().getType().getColumns())
    return emitOpError("keeps the shape of a fragment of f32");
  return success();
}

LogicalResult StoreOp::verify() {
  OperandType operand = getOperand().getType();
  MapType map = getMap().getType();
  if (map.getRows() != 64 || map.getColumns() != operand.getColumns() ||
      map.getElement() != operand.getElement())
    return emitOpError("writes 64 rows as its map has them, not ") << operand;
  return success();
}

LogicalResult StoreRowsOp::verify() {
  auto buffer = cast<MemRefType>(getBuffer().getType());
  if (getRows().getType().getPartial() || !buffer.getLayout().isIdentity() ||
      buffer.getElementType() != getRows().getType().getElement())
    return emitOpError("writes whole rows to a dense buffer of their type");
  return success();
}
