//===- Serialize.h - Artefacts as bytes ---------------------------*- C++
//-*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The layout is described in docs/Artefact.md. Reading trusts nothing: after
// `parse` succeeded every index, size and offset of the model is in range.
//
//===----------------------------------------------------------------------===//

#ifndef MSA_ARTEFACT_SERIALIZE_H
#define MSA_ARTEFACT_SERIALIZE_H

#include "msa/Artefact/Artefact.h"

#include <cstddef>

namespace msa {
namespace artefact {

/// Version of the file format that this library writes; it reads this one only.
constexpr uint32_t kFormatVersion = 5;

enum class ParseStatus {
  Ok,
  NotAnArtefact, ///< The file does not start with the magic bytes.
  OtherVersion,  ///< Written by an earlier or later msa.
  Truncated,     ///< The file ends early.
  Corrupted,     ///< The checksum does not match.
  Malformed,     ///< The checksum matches, the content makes no sense.
};

struct ParseResult {
  ParseStatus status = ParseStatus::Ok;
  std::string message; ///< What is wrong and what to do; empty when Ok.
  explicit operator bool() const { return status == ParseStatus::Ok; }
};

std::vector<uint8_t> serialize(const Model &model);
ParseResult parse(const uint8_t *data, size_t size, Model &model);

/// Whether the model is consistent: names unique, indices and buffer offsets in
/// range, sizes without overflow. `parse` calls it; a compiler may too.
ParseResult verify(const Model &model);

/// FNV-1a, 64 bits, over 8-byte words and the rest: against corruption only.
uint64_t checksum(const uint8_t *data, size_t size);

} // namespace artefact
} // namespace msa

#endif // MSA_ARTEFACT_SERIALIZE_H
