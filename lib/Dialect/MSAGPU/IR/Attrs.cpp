//===- Attrs.cpp - Limits of schedules, launches and maps --------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSAGPU/IR/MSAGPU.h"

using namespace mlir;
using namespace mlir::msa_gpu;

using EmitError = function_ref<InFlightDiagnostic()>;

LogicalResult LaunchAttr::verify(EmitError emitError, int64_t block,
                                 int64_t shared, int64_t cluster, bool,
                                 int64_t cleared) {
  if (block < 32 || block > 1024 || block % 32)
    return emitError() << "(L1) block must be a multiple of 32 from 32 to "
                          "1024, got "
                       << block;
  if (shared < 0 || shared > kMaxShared)
    return emitError() << "(L2) shared must lie in [0, " << kMaxShared
                       << "], got " << shared;
  if (cluster != 1 && cluster != 2 && cluster != 4 && cluster != 8)
    return emitError() << "(L3) cluster must be 1, 2, 4 or 8, got " << cluster;
  if (cleared < 0 || cleared > 4096 || cleared % 4)
    return emitError() << "(L4) cleared must be a multiple of 4 from 0 to "
                          "4096, got "
                       << cleared;
  return success();
}

LogicalResult TensorMapAttr::verify(EmitError emitError, int64_t buffer,
                                    Type element, int64_t offset,
                                    ArrayRef<int64_t> sizes,
                                    ArrayRef<int64_t> strides,
                                    ArrayRef<int64_t> box, int64_t swizzle) {
  if (!isa_and_nonnull<Float16Type, BFloat16Type, Float32Type>(element))
    return emitError() << "(T1) element must be f16, bf16 or f32";
  if (buffer < 0 || offset < 0)
    return emitError() << "(T1) buffer and offset must not be negative";
  if (sizes.size() < 2 || sizes.size() > 5 || box.size() != sizes.size() ||
      strides.size() + 1 != sizes.size())
    return emitError() << "(T2) expected 2 to 5 sizes, as many box sizes and "
                          "one stride less, got "
                       << sizes.size() << ", " << box.size() << " and "
                       << strides.size();
  for (int64_t size : sizes)
    if (size < 1 || size >= (int64_t(1) << 31))
      return emitError() << "(T2) sizes must lie in [1, 2^31), got " << size;
  for (int64_t size : box)
    if (size < 1 || size > 256)
      return emitError() << "(T3) box sizes must lie in [1, 256], got " << size;
  int64_t bytes = element.getIntOrFloatBitWidth() / 8;
  for (int64_t stride : strides)
    if (stride < 1 || stride >= (int64_t(1) << 40) / bytes ||
        stride * bytes % 16)
      return emitError() << "(T4) strides must be positive, below 2^40 bytes "
                            "and multiples of 16 bytes, got "
                         << stride;
  if (offset >= (int64_t(1) << 47) || offset * bytes % 16)
    return emitError() << "(T4) offset must be a multiple of 16 bytes, got "
                       << offset;
  if (swizzle != 0 && swizzle != 32 && swizzle != 64 && swizzle != 128)
    return emitError() << "(T5) swizzle must be 0, 32, 64 or 128, got "
                       << swizzle;
  int64_t row = box.front() * bytes;
  if (row % 16 || (swizzle && row > swizzle))
    return emitError() << "(T5) a row of the box must have a multiple of 16 "
                          "bytes and at most those of the swizzle, got "
                       << row;
  return success();
}

LogicalResult ScheduleAttr::verify(EmitError emitError, int64_t warpgroups,
                                   int64_t keys, int64_t stages, Rescale,
                                   bool skip, bool half, bool persistent,
                                   bool overlap, bool packs, bool stacked,
                                   int64_t splits, bool ahead, bool mma,
                                   int64_t rows, bool pingpong) {
  if (warpgroups < 1 || warpgroups > 3)
    return emitError() << "(S1) warpgroups must lie in [1, 3], got "
                       << warpgroups;
  if (keys < 16 || keys > 256 || keys % 16)
    return emitError() << "(S2) keys must be a multiple of 16 from 16 to 256, "
                          "got "
                       << keys;
  if (stages < 1 || stages > 8)
    return emitError() << "(S3) stages must lie in [1, 8], got " << stages;
  if (half && (!skip || keys != 128))
    return emitError() << "(S4) half needs skip and keys = 128";
  if (overlap && skip)
    return emitError() << "(S5) overlap excludes skip";
  if (stacked && (warpgroups != 1 || skip || overlap || packs))
    return emitError() << "(S6) stacked needs one warpgroup, without skip, "
                          "overlap and packs";
  if (splits < 1 || splits > 64 || (splits > 1 && !stacked))
    return emitError() << "(S7) splits must lie in [1, 64], and be 1 unless "
                          "stacked, got "
                       << splits;
  if (ahead && (!persistent || stacked))
    return emitError() << "(S8) ahead needs persistent, and excludes stacked";
  if (mma && (warpgroups > 2 || (keys != 32 && keys != 64 && keys != 128) ||
              skip || persistent || overlap || packs || stacked))
    return emitError() << "(S9) mma needs one or two warpgroups and 32, 64 or "
                          "128 keys, and excludes skip, persistent, overlap, "
                          "packs and stacked";
  if (rows != 64 && (rows != 128 || !mma))
    return emitError() << "(S10) rows is 64, or 128 with mma, got " << rows;
  if (pingpong && (!overlap || warpgroups < 2))
    return emitError() << "(S11) pingpong needs overlap, and two or three "
                          "warpgroups";
  return success();
}
