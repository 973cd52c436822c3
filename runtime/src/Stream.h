//===- Stream.h - Tokens to segments ------------------------------*- C++
//-*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_RUNTIME_STREAM_H
#define MSA_RUNTIME_STREAM_H

#include "Session.h"

namespace msa {
namespace runtime {

class Stream {
public:
  Stream(Session &session, size_t entry);
  void feed(size_t row, const int64_t *tokens, size_t count,
            msa_stream_callback callback, void *context);
  void flush(bool keep, msa_stream_callback callback, void *context);
  int64_t position(size_t row) const { return rows.at(row).position; }
  size_t pending(size_t row) const { return rows.at(row).pending.size(); }
  void setPosition(size_t row, int64_t position);
  /// Positions, pending tokens and the session's state. A blob that does not
  /// fit changes nothing.
  uint64_t exportBytes() const;
  void exportTo(uint8_t *data) const;
  void importFrom(const uint8_t *data, uint64_t size);
  size_t batch() const { return rows.size(); }
  size_t segment() const { return segmentTokens; }

private:
  struct Row {
    std::vector<int64_t> pending;
    int64_t position = 0;
  };
  void run(const std::vector<int64_t> &lengths, uint32_t flags,
           msa_stream_callback callback, void *context);

  Session &session;
  size_t entry;
  const artefact::Entry *signature;
  int tokensInput = -1, positionInput = -1, lengthInput = -1;
  size_t segmentTokens = 0;
  std::vector<Row> rows;
  std::vector<uint8_t> tokens;
  std::vector<int64_t> positions, lengths;
  std::vector<std::vector<uint64_t>> outputs;
  std::vector<msa_tensor> outputTensors;
};

} // namespace runtime
} // namespace msa

#endif // MSA_RUNTIME_STREAM_H
