//===- DLPack.h - Layout of DLPack's structures -----------------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What we read of the DLPack ABI, version 1 (https://dmlc.github.io/dlpack):
// the tensor, the two forms in which capsules hold it, and the table of
// functions that a type offers as __dlpack_c_exchange_api__.
//
//===----------------------------------------------------------------------===//

#ifndef MSA_BINDINGS_DLPACK_H
#define MSA_BINDINGS_DLPACK_H

#include <cstdint>

namespace dlpack {

enum DeviceType : int32_t { kCpu = 1, kCuda = 2, kCudaHost = 3 };
enum TypeCode : uint8_t {
  kInt = 0,
  kUInt = 1,
  kFloat = 2,
  kBfloat = 4,
  kBool = 6
};

struct Tensor {
  void *data;
  int32_t deviceType, deviceId;
  int32_t rank;
  uint8_t code, bits;
  uint16_t lanes;
  int64_t *shape;
  int64_t *strides; ///< In elements; null means row-major.
  uint64_t byteOffset;
};

/// Capsule "dltensor".
struct Managed {
  Tensor tensor;
};

/// Capsule "dltensor_versioned".
struct ManagedVersioned {
  uint32_t major, minor;
  void *context;
  void (*deleter)(ManagedVersioned *);
  uint64_t flags;
  Tensor tensor;
};
constexpr uint64_t kReadOnly = 1, kCopied = 2;

struct ExchangeApi {
  uint32_t major, minor;
  ExchangeApi *previous;
  void *allocate, *managedFromObject, *managedToObject;
  /// Fills `out` with what lives as long as the object; -1 and a Python error.
  int (*fromObject)(void *object, Tensor *out);
  void *currentStream;
};

} // namespace dlpack

#endif // MSA_BINDINGS_DLPACK_H
