//===- Fill.cpp - Constants that are computed, not stored -----------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Artefact/Fill.h"

#include <cmath>
#include <cstring>

using namespace msa::artefact;

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
static uint64_t splitMix(uint64_t x) {
  x += 0x9E3779B97F4A7C15ull;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return x ^ (x >> 31);
}

double msa::artefact::randomNormal(uint64_t seed, uint64_t i) {
  // Box and Muller, one of the two numbers.
  uint64_t stream = splitMix(seed);
  double u =
      (static_cast<double>(splitMix(stream + 2 * i) >> 11) + 1.0) * 0x1.0p-53;
  double v =
      static_cast<double>(splitMix(stream + 2 * i + 1) >> 11) * 0x1.0p-53;
  return std::sqrt(-2.0 * std::log(u)) * std::cos(6.283185307179586476925 * v);
}

/// The 16 bits of a float with 8 exponent bits (bf16) or 5 (f16), rounded to
/// nearest, ties to even.
static uint16_t narrow(float x, bool bf16) {
  uint32_t bits;
  std::memcpy(&bits, &x, 4);
  if (bf16)
    return static_cast<uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
  uint16_t sign = static_cast<uint16_t>((bits >> 16) & 0x8000);
  float magnitude = std::fabs(x);
  if (magnitude >= 65520.0f)
    return sign | 0x7C00;
  if (magnitude < 0x1.0p-14f) // subnormal: multiples of 2^-24
    return sign | static_cast<uint16_t>(std::nearbyint(magnitude * 0x1.0p24f));
  bits &= 0x7FFFFFFF;
  bits += 0xFFF + ((bits >> 13) & 1);
  return sign | static_cast<uint16_t>((bits >> 13) - (112u << 10));
}

bool msa::artefact::isFloat(DType type) {
  return type == DType::F64 || type == DType::F32 || type == DType::F16 ||
         type == DType::BF16;
}

void msa::artefact::fill(const Constant &constant, uint8_t *out) {
  if (constant.fill == Fill::Data) {
    std::memcpy(out, constant.data.data(), constant.data.size());
    return;
  }
  uint64_t bytes = byteSize(constant.type);
  if (constant.fill == Fill::Value && constant.mean == 0.0) {
    std::memset(out, 0, bytes);
    return;
  }
  uint64_t width = byteSize(constant.type.dtype);
  for (uint64_t i = 0; i * width < bytes; ++i, out += width) {
    double x = constant.mean;
    if (constant.fill == Fill::Normal)
      x += constant.stddev * randomNormal(constant.seed, i);
    float single = static_cast<float>(x);
    uint16_t half;
    switch (constant.type.dtype) {
    case DType::F64:
      std::memcpy(out, &x, 8);
      break;
    case DType::F32:
      std::memcpy(out, &single, 4);
      break;
    default:
      half = narrow(single, constant.type.dtype == DType::BF16);
      std::memcpy(out, &half, 2);
      break;
    }
  }
}
