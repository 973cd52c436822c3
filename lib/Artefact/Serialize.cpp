//===- Serialize.cpp - Artefacts as bytes ---------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Artefact/Serialize.h"

#include "Codec.h"

using namespace msa::artefact;

// Header, 32 bytes: magic (8), format version (8), file size (8), checksum of
// everything from byte 32 on, folded with the three fields before it (8).
static const uint8_t kMagic[8] = {'m', 's', 'a', 'f', 0x0d, 0x0a, 0x1a, 0x0a};
static constexpr size_t kHeader = 32;

uint64_t msa::artefact::checksum(const uint8_t *data, size_t size) {
  const uint64_t prime = 0x100000001b3ull;
  uint64_t hash = 0xcbf29ce484222325ull;
  size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    uint64_t word;
    std::memcpy(&word, data + i, 8);
    hash = (hash ^ word) * prime;
    hash ^= hash >> 29; // words differ in their high bits too
  }
  for (; i < size; ++i)
    hash = (hash ^ data[i]) * prime;
  return hash;
}

static uint64_t headerWord(const uint8_t *data, size_t at) {
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i)
    value |= static_cast<uint64_t>(data[at + i]) << (8 * i);
  return value;
}

static uint64_t fileChecksum(const uint8_t *data, size_t size) {
  return checksum(data + kHeader, size - kHeader) ^
         (checksum(data, 24) * 0x9E3779B97F4A7C15ull);
}

std::vector<uint8_t> msa::artefact::serialize(const Model &model) {
  Writer writer;
  writer.out.assign(kHeader, 0);
  visit(writer, const_cast<Model &>(model)); // a Writer changes nothing
  std::memcpy(writer.out.data(), kMagic, 8);
  auto put = [&](size_t at, uint64_t value) {
    for (int i = 0; i < 8; ++i)
      writer.out[at + i] = static_cast<uint8_t>(value >> (8 * i));
  };
  put(8, kFormatVersion);
  put(16, writer.out.size());
  put(24, fileChecksum(writer.out.data(), writer.out.size()));
  return std::move(writer.out);
}

ParseResult msa::artefact::parse(const uint8_t *data, size_t size,
                                 Model &model) {
  if (size < 8 || std::memcmp(data, kMagic, 8) != 0)
    return {ParseStatus::NotAnArtefact,
            "this is not an msa artefact; make one with msa-compile"};
  if (size < kHeader)
    return {ParseStatus::Truncated, "the artefact ends within its header"};
  uint64_t version = headerWord(data, 8);
  if (version != kFormatVersion)
    return {ParseStatus::OtherVersion,
            "the artefact has format version " + std::to_string(version) +
                ", this runtime reads version " +
                std::to_string(kFormatVersion) +
                "; compile the model again with the msa of this runtime"};
  uint64_t expected = headerWord(data, 16);
  if (size < expected)
    return {ParseStatus::Truncated, "the artefact has " + std::to_string(size) +
                                        " of its " + std::to_string(expected) +
                                        " bytes"};
  if (size != expected || headerWord(data, 24) != fileChecksum(data, size))
    return {ParseStatus::Corrupted,
            "the artefact's checksum does not match; copy or compile it again"};
  Model fresh;
  Reader reader(data, size, kHeader);
  visit(reader, fresh);
  if (reader.failed || !reader.atEnd())
    return {ParseStatus::Malformed,
            "the artefact's content does not follow the format"};
  ParseResult result = verify(fresh);
  if (result)
    model = std::move(fresh);
  return result;
}
