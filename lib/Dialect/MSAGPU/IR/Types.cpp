//===- Types.cpp - Sizes that tile types can have ----------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"

using namespace mlir;
using namespace mlir::msa_gpu;

using EmitError = function_ref<InFlightDiagnostic()>;

static bool isHalf(Type type) {
  return isa_and_nonnull<Float16Type, BFloat16Type>(type);
}

static LogicalResult verifySize(EmitError emitError, const char *name,
                                int64_t value, int64_t multiple, int64_t most) {
  if (value >= multiple && value <= most && value % multiple == 0)
    return success();
  return emitError() << name << " must be a multiple of " << multiple
                     << " up to " << most << ", got " << value;
}

LogicalResult FragmentType::verify(EmitError emitError, int64_t rows,
                                   int64_t columns, Type element) {
  if (rows != 64 && rows != 128)
    return emitError() << "a fragment has 64 or 128 rows, got " << rows;
  if (!element || !(element.isF32() || element.isInteger(1)))
    return emitError() << "elements of a fragment are f32 or i1";
  return verifySize(emitError, "columns of a fragment", columns, 8, 256);
}

LogicalResult PendingType::verify(EmitError emitError, int64_t rows,
                                  int64_t columns, Type element) {
  if (!element || !element.isF32())
    return emitError() << "elements of a pending product are f32";
  return FragmentType::verify(emitError, rows, columns, element);
}

LogicalResult OperandType::verify(EmitError emitError, int64_t rows,
                                  int64_t columns, Type element) {
  if (rows != 64 && rows != 128)
    return emitError() << "an operand has 64 or 128 rows, got " << rows;
  if (!isHalf(element))
    return emitError() << "elements of an operand are f16 or bf16";
  return verifySize(emitError, "columns of an operand", columns, 16, 256);
}

LogicalResult RowsType::verify(EmitError emitError, Type element, bool,
                               int64_t count) {
  if (count != 64 && count != 128)
    return emitError() << "rows are those of 64 or 128, got " << count;
  if (!element ||
      !(element.isF32() || element.isInteger(32) || element.isInteger(1)))
    return emitError() << "elements of rows are f32, i32 or i1";
  return success();
}

LogicalResult TileType::verify(EmitError emitError, int64_t rows,
                               int64_t columns, Type element, int64_t pitch) {
  if (!isHalf(element))
    return emitError() << "elements of a tile are f16 or bf16";
  if (failed(verifySize(emitError, "rows of a tile", rows, 8, 256)) ||
      failed(verifySize(emitError, "pitch of a tile", pitch, 8, 256)))
    return failure();
  if (rows > pitch)
    return emitError() << "a tile of pitch " << pitch << " can not have "
                       << rows << " rows";
  return verifySize(emitError, "columns of a tile", columns, 16, 256);
}

LogicalResult MapType::verify(EmitError emitError, int64_t rows,
                              int64_t columns, Type element, int64_t head,
                              TensorMapAttr layout) {
  if (!isHalf(element) && !(element && element.isF32()))
    return emitError() << "elements of a map are f16, bf16 or f32";
  if (failed(verifySize(emitError, "rows of a map", rows, 8, 256)))
    return failure();
  if (head < 0 || head % 64)
    return emitError() << "columns of a head must be a multiple of 64, got "
                       << head;
  // Panels of 64 columns: what a tile lies in shared memory as.
  if (layout &&
      (head || columns % 64 || layout.getElement() != element ||
       layout.getSwizzle() != 128 ||
       layout.getBox() != ArrayRef<int64_t>{64, rows, columns / 64, 1, 1} ||
       layout.getSizes()[0] != 64 || layout.getSizes()[2] != columns / 64 ||
       layout.getStrides()[1] != 64))
    return emitError() << "a map of " << rows << " x " << columns << " "
                       << element << " can not lie as " << layout;
  return verifySize(emitError, "columns of a map", columns, 16, 256);
}
