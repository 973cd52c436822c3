//===- Generate.h - Random modules of the msa dialect -----------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_TEST_FUZZ_GENERATE_H
#define MSA_TEST_FUZZ_GENERATE_H

#include <cstdint>
#include <string>

namespace msa_fuzz {

enum class Kind {
  Valid,   ///< Follows every rule: must compile.
  Huge,    ///< Follows the rules, with sizes up to their limits.
  Hostile, ///< A few choices break rules.
  Damaged, ///< Valid text with tokens deleted, repeated, exchanged.
};
inline const char *name(Kind kind) {
  const char *names[] = {"valid", "huge", "hostile", "damaged"};
  return names[static_cast<int>(kind)];
}

struct Input {
  Kind kind;
  std::string text;
};

/// The input of this number; nothing else decides it.
Input generate(uint64_t seed, uint64_t number);

} // namespace msa_fuzz

#endif // MSA_TEST_FUZZ_GENERATE_H
