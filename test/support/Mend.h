//===- Mend.h - Valid headers of damaged artefacts --------------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_TEST_SUPPORT_MEND_H
#define MSA_TEST_SUPPORT_MEND_H

#include "msa/Artefact/Serialize.h"

#include <cstring>
#include <vector>

namespace msa_test {

/// Gives damaged bytes the header that a writer would: magic and version (those
/// of `good`), size of the file, checksum of the rest and of the header
/// (docs/Artefact.md). Bytes that hold no header are left as they are.
inline void mend(std::vector<uint8_t> &bytes,
                 const std::vector<uint8_t> &good) {
  if (bytes.size() < 32)
    return;
  std::memcpy(bytes.data(), good.data(), 16);
  uint64_t size = bytes.size();
  std::memcpy(bytes.data() + 16, &size, 8);
  uint64_t sum =
      msa::artefact::checksum(bytes.data() + 32, size - 32) ^
      (msa::artefact::checksum(bytes.data(), 24) * 0x9E3779B97F4A7C15ull);
  std::memcpy(bytes.data() + 24, &sum, 8);
}

} // namespace msa_test

#endif // MSA_TEST_SUPPORT_MEND_H
