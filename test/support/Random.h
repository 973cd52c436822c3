//===- Random.h - Random choices of tests -----------------------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_TEST_SUPPORT_RANDOM_H
#define MSA_TEST_SUPPORT_RANDOM_H

#include <cstdint>
#include <initializer_list>
#include <random>

namespace msa_test {

/// Uniform numbers that are the same with every standard library.
class Random {
public:
  explicit Random(uint64_t seed) : engine(seed * 0x9E3779B97F4A7C15ull + 1) {}
  uint64_t bits() { return engine(); }
  std::mt19937_64 &generator() { return engine; }
  /// In [least, most].
  int64_t in(int64_t least, int64_t most) {
    return least + static_cast<int64_t>(
                       engine() % (static_cast<uint64_t>(most - least) + 1));
  }
  bool oneIn(int64_t n) { return in(1, n) == 1; }
  template <typename T> T of(std::initializer_list<T> list) {
    return list.begin()[in(0, static_cast<int64_t>(list.size()) - 1)];
  }

private:
  std::mt19937_64 engine;
};

} // namespace msa_test

#endif // MSA_TEST_SUPPORT_RANDOM_H
