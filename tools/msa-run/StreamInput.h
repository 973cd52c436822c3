//===- StreamInput.h - Bytes of files as tokens -------------------*- C++
//-*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_TOOLS_RUN_STREAMINPUT_H
#define MSA_TOOLS_RUN_STREAMINPUT_H

#include "Options.h"

#include <fstream>

namespace msa {
namespace run {

/// The bytes of a file, or of all files of a directory in the order of their
/// paths, in bounded memory.
class StreamInput {
public:
  explicit StreamInput(const Options &options);
  /// Up to `capacity` further tokens; 0 at the end.
  size_t read(int64_t *tokens, size_t capacity);
  size_t files() const { return paths.size(); }
  /// Tokens that reading to the end gives.
  int64_t total() const { return goal; }

private:
  std::vector<std::string> paths;
  size_t next = 0;
  std::ifstream file;
  std::vector<char> bytes;
  int64_t goal = 0, done = 0, round = 0, limit = 0;
};

} // namespace run
} // namespace msa

#endif // MSA_TOOLS_RUN_STREAMINPUT_H
