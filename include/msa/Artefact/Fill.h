//===- Fill.h - Constants that are computed, not stored -----------*- C++
//-*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Weights that come from a seed are drawn when a model is loaded: an artefact
// stays small, and compiling does not depend on the size of the weights.
//
//===----------------------------------------------------------------------===//

#ifndef MSA_ARTEFACT_FILL_H
#define MSA_ARTEFACT_FILL_H

#include "msa/Artefact/Artefact.h"

namespace msa {
namespace artefact {

bool isFloat(DType type);

/// Number i of the standard normal stream of a seed. The same number for the
/// same arguments, in any order of asking.
double randomNormal(uint64_t seed, uint64_t i);

/// Writes the content of a constant: byteSize(constant.type) bytes. Numbers are
/// drawn in f64 and rounded to f32 and from there to the 16-bit types.
void fill(const Constant &constant, uint8_t *out);

} // namespace artefact
} // namespace msa

#endif // MSA_ARTEFACT_FILL_H
