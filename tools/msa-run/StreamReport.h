//===- StreamReport.h - What a stream did over time ---------------*- C++
//-*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_TOOLS_RUN_STREAMREPORT_H
#define MSA_TOOLS_RUN_STREAMREPORT_H

#include "Runtime.h"

#include <chrono>

namespace msa {
namespace run {

/// Bytes of physical memory of this process.
int64_t residentBytes();

/// How far the banks moved since the last look.
class BankWatch {
public:
  BankWatch(const Model &model, const Session &session);
  struct Movement {
    double relative = 0; ///< ||M' - M|| / ||M'|| over all banks.
    double kept = 0;     ///< Share of slots with the same bits.
  };
  Movement look();
  bool any() const { return !banks.empty(); }

private:
  struct Bank {
    size_t state;
    msa_tensor_info info;
    std::vector<uint8_t> content;
  };
  const Session &session;
  std::vector<Bank> banks;
};

class StreamReport {
public:
  struct Sample {
    int64_t tokens;
    double tokensPerSecond;
    int64_t rss;
    double bits; ///< Per byte, NaN where the model has no logits.
    BankWatch::Movement bank;
  };
  void add(const Sample &sample) { samples.push_back(sample); }
  void writeCsv(const std::string &path) const;
  /// Two panels: tokens/s and resident memory over the stream.
  void writeSvg(const std::string &path, const std::string &title) const;
  const std::vector<Sample> &all() const { return samples; }

private:
  std::vector<Sample> samples;
};

} // namespace run
} // namespace msa

#endif // MSA_TOOLS_RUN_STREAMREPORT_H
