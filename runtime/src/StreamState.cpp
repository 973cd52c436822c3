//===- StreamState.cpp - Streams saved and restored -----------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A blob, all numbers 64-bit and little-endian:
//
//   magic, checksum of all that follows, rows, tokens of a segment,
//   for each row: position, number of pending tokens, the tokens,
//   the session's own blob (Session.cpp).
//
//===----------------------------------------------------------------------===//

#include "Stream.h"

#include "msa/Artefact/Serialize.h"

#include <cstring>
#include <limits>

using namespace msa::artefact;
using namespace msa::runtime;

static const char kMagic[8] = {'m', 's', 'a', 's', 't', 'r', 'm', '1'};
static constexpr uint64_t kHeader = 32;

static void put(uint8_t *&cursor, int64_t value) {
  std::memcpy(cursor, &value, 8);
  cursor += 8;
}

static Error incompatible(const std::string &why) {
  return Error(MSA_INCOMPATIBLE_STATE, why);
}

uint64_t Stream::exportBytes() const {
  uint64_t bytes = kHeader + session.exportBytes();
  for (const Row &row : rows)
    bytes += 8 * (2 + row.pending.size());
  return bytes;
}

void Stream::exportTo(uint8_t *data) const {
  uint8_t *cursor = data + 16;
  put(cursor, static_cast<int64_t>(rows.size()));
  put(cursor, static_cast<int64_t>(segmentTokens));
  for (const Row &row : rows) {
    put(cursor, row.position);
    put(cursor, static_cast<int64_t>(row.pending.size()));
    for (int64_t token : row.pending)
      put(cursor, token);
  }
  session.exportTo(cursor);
  uint64_t sum = checksum(data + 16, exportBytes() - 16);
  std::memcpy(data, kMagic, 8);
  std::memcpy(data + 8, &sum, 8);
}

void Stream::importFrom(const uint8_t *data, uint64_t size) {
  if (size < kHeader || std::memcmp(data, kMagic, 8) != 0)
    throw incompatible("these bytes are no saved stream");
  uint64_t sum;
  std::memcpy(&sum, data + 8, 8);
  if (sum != checksum(data + 16, size - 16))
    throw incompatible("the saved stream is truncated or corrupted");
  const uint8_t *cursor = data + 16, *end = data + size;
  auto take = [&]() -> int64_t {
    if (end - cursor < 8)
      throw incompatible("the saved stream ends early");
    int64_t value;
    std::memcpy(&value, cursor, 8);
    cursor += 8;
    return value;
  };
  if (take() != static_cast<int64_t>(rows.size()) ||
      take() != static_cast<int64_t>(segmentTokens))
    throw incompatible("the saved stream has another batch or segment size");
  const TensorType &type =
      signature->arguments[session.model.entries()[entry].inputs[tokensInput]]
          .type;
  std::vector<Row> restored(rows.size());
  for (Row &row : restored) {
    row.position = take();
    int64_t pending = take();
    if (row.position < 0 || pending < 0 ||
        pending >= static_cast<int64_t>(segmentTokens) ||
        row.position > std::numeric_limits<int64_t>::max() - pending)
      throw incompatible("the saved stream's position makes no sense");
    for (int64_t i = 0; i < pending; ++i) {
      row.pending.push_back(take());
      if (type.dtype == DType::I32 &&
          row.pending.back() != static_cast<int32_t>(row.pending.back()))
        throw incompatible("a token of the saved stream does not fit in 32 "
                           "bits");
    }
  }
  session.importFrom(cursor, static_cast<uint64_t>(end - cursor));
  rows.swap(restored);
}
