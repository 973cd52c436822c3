//===- TileBuilder.h - Writing tile programs ---------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_LIB_DIALECT_MSAGPU_TRANSFORMS_TILEBUILDER_H
#define MSA_LIB_DIALECT_MSAGPU_TRANSFORMS_TILEBUILDER_H

#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace mlir::msa_gpu {

/// Short names for what tile programs are made of: 32-bit integers that fold,
/// and operations on fragments and rows.
class TileBuilder {
public:
  /// `rows`: of fragments.
  TileBuilder(OpBuilder &b, Location loc, int64_t rows = 64)
      : b(b), loc(loc), rows(rows) {}

  Value i32(int64_t x) { return arith::ConstantIntOp::create(b, loc, x, 32); }
  Value real(double x) {
    return arith::ConstantFloatOp::create(b, loc, b.getF32Type(),
                                          APFloat(static_cast<float>(x)));
  }
  Value add(Value x, Value y) { return fold<arith::AddIOp>(x, y); }
  Value add(Value x, int64_t y) { return add(x, i32(y)); }
  Value sub(Value x, Value y) { return fold<arith::SubIOp>(x, y); }
  Value mul(Value x, Value y) { return fold<arith::MulIOp>(x, y); }
  Value mul(Value x, int64_t y) { return mul(x, i32(y)); }
  Value min(Value x, Value y) { return fold<arith::MinSIOp>(x, y); }
  Value max(Value x, Value y) { return fold<arith::MaxSIOp>(x, y); }
  /// Of numbers that are not negative.
  Value div(Value x, int64_t y) { return fold<arith::DivUIOp>(x, i32(y)); }
  Value rem(Value x, int64_t y) { return fold<arith::RemUIOp>(x, i32(y)); }
  Value less(Value x, Value y) {
    return b.createOrFold<arith::CmpIOp>(loc, arith::CmpIPredicate::slt, x, y);
  }

  RowsType rowsOf(Type element, bool partial = false) {
    return RowsType::get(b.getContext(), element, partial, rows);
  }
  using Body = function_ref<Value(OpBuilder &, Location, ValueRange)>;
  Value map(Type result, ValueRange operands, Body body) {
    auto op = MapOp::create(b, loc, result, operands);
    OpBuilder::InsertionGuard guard(b);
    SmallVector<Type> types;
    for (Type type : operands.getTypes())
      types.push_back(isa<FragmentType>(type)
                          ? cast<FragmentType>(type).getElement()
                          : cast<RowsType>(type).getElement());
    Block *block = b.createBlock(&op.getBody(), {}, types,
                                 SmallVector<Location>(types.size(), loc));
    YieldOp::create(b, loc, body(b, loc, block->getArguments()));
    return op;
  }

  OpBuilder &b;
  Location loc;
  int64_t rows;

private:
  template <typename Op> Value fold(Value x, Value y) {
    return b.createOrFold<Op>(loc, x, y);
  }
};

} // namespace mlir::msa_gpu

#endif // MSA_LIB_DIALECT_MSAGPU_TRANSFORMS_TILEBUILDER_H
