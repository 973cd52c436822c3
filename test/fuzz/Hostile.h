//===- Hostile.h - What makes random modules invalid ------------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Choices goes before every choice of the generator and may spoil it, so that a
// hostile module breaks one or two rules and keeps all others: that is what
// gets past the first check of a verifier.
//
//===----------------------------------------------------------------------===//

#ifndef MSA_TEST_FUZZ_HOSTILE_H
#define MSA_TEST_FUZZ_HOSTILE_H

#include "Generate.h"
#include "support/Random.h"

#include <string>
#include <vector>

namespace msa_fuzz {

using msa_test::Random;
using Shape = std::vector<int64_t>;

/// Choices that may be spoiled.
class Choices {
protected:
  Choices(Random &random, Kind kind);

  bool bad() { return rate && r.oneIn(rate); }
  std::string number(int64_t n);
  std::string real(double x);
  std::string element(const std::string &e);
  std::string type(Shape shape, const std::string &e);

  Random &r;
  Kind kind;
  int64_t rate = 0; ///< One choice in so many is spoiled; 0: none.
};

/// Text with a few tokens deleted, repeated or exchanged.
std::string damage(Random &r, const std::string &text);

} // namespace msa_fuzz

#endif // MSA_TEST_FUZZ_HOSTILE_H
