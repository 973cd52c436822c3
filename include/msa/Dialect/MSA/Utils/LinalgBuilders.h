//===- LinalgBuilders.h - Short forms for building linalg -------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_DIALECT_MSA_UTILS_LINALGBUILDERS_H
#define MSA_DIALECT_MSA_UTILS_LINALGBUILDERS_H

#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace mlir::msa {

/// Builds linalg on tensors at one location.
class LinalgBuilder {
public:
  LinalgBuilder(OpBuilder &builder, Location loc) : b(builder), loc(loc) {}

  /// Which loop dimensions an operand is indexed by, in order.
  using Dims = ArrayRef<int64_t>;
  struct Input {
    Value value;
    SmallVector<int64_t> dims;
  };
  /// Receives the inputs' elements, then the output's; returns the new one.
  using Body = llvm::function_ref<Value(OpBuilder &, Location, ValueRange)>;

  Value empty(ArrayRef<int64_t> shape, Type elementType);
  Value fill(Value tensor, double number);
  /// A new tensor full of `number`.
  Value full(ArrayRef<int64_t> shape, Type elementType, double number);
  Value real(Type type, double number);
  Value index(int64_t number);

  /// linalg.generic over `loops` dimensions; those missing in the output's
  /// `dims` are reductions. `init` is the destination.
  Value generic(unsigned loops, ArrayRef<Input> inputs, Value init, Dims dims,
                Body body);
  /// As above with affine maps.
  Value generic(ArrayRef<AffineMap> maps, ValueRange inputs, Value init,
                Body body);
  /// The float converted to `type` (f16, bf16, f32, f64).
  static Value convert(OpBuilder &b, Location loc, Value value, Type type);
  /// The whole tensor converted to an element type; itself where it has it.
  Value convertTensor(Value tensor, Type elementType);

  OpBuilder &b;
  Location loc;
};

} // namespace mlir::msa

#endif // MSA_DIALECT_MSA_UTILS_LINALGBUILDERS_H
