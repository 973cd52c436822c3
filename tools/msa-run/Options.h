//===- Options.h - msa-run's command line -------------------------*- C++
//-*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_TOOLS_RUN_OPTIONS_H
#define MSA_TOOLS_RUN_OPTIONS_H

#include <cstdint>
#include <string>
#include <vector>

namespace msa {
namespace run {

struct Options {
  std::string model, entry, device = "cpu";
  int threads = 0;
  bool list = false, help = false, random = false;
  std::vector<std::string> inputs, outputs, expected, constants;
  std::string stateIn, stateOut;
  double tolerance = 1e-5;
  int64_t steps = 1;
  double benchmarkSeconds = 0; ///< 0: no benchmark.
  std::string json;

  std::string stream; ///< File or directory whose bytes are tokens.
  std::vector<std::string> suffixes;
  int64_t limit = 0;    ///< Bytes to stream; 0: all.
  int64_t repeatTo = 0; ///< Go round the input until so many tokens were fed.
  int64_t report = 0;   ///< Tokens between reports.
  std::string csv, svg, check;
  int64_t checkSegments = 2;
};

/// Throws UserError on wrong usage.
Options parseOptions(int argc, char **argv);
extern const char kHelp[];

} // namespace run
} // namespace msa

#endif // MSA_TOOLS_RUN_OPTIONS_H
