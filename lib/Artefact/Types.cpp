//===- Types.cpp - Element types of artefacts -----------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Artefact/Artefact.h"

using namespace msa::artefact;

uint64_t msa::artefact::byteSize(DType type) {
  switch (type) {
  case DType::F64:
  case DType::I64:
    return 8;
  case DType::F32:
  case DType::I32:
    return 4;
  case DType::F16:
  case DType::BF16:
  case DType::I16:
    return 2;
  case DType::I8:
  case DType::I1:
    return 1;
  }
  return 0;
}

const char *msa::artefact::name(DType type) {
  switch (type) {
  case DType::F64:
    return "f64";
  case DType::F32:
    return "f32";
  case DType::F16:
    return "f16";
  case DType::BF16:
    return "bf16";
  case DType::I64:
    return "i64";
  case DType::I32:
    return "i32";
  case DType::I16:
    return "i16";
  case DType::I8:
    return "i8";
  case DType::I1:
    return "i1";
  }
  return "?";
}

uint64_t msa::artefact::byteSize(const TensorType &type) {
  uint64_t bytes = byteSize(type.dtype);
  for (int64_t size : type.shape) {
    if (size <= 0)
      return 0;
    if (bytes > (uint64_t(1) << 62) / static_cast<uint64_t>(size))
      return 0;
    bytes *= static_cast<uint64_t>(size);
  }
  return bytes;
}
