//===- Codec.h - One description of the fields for both ways ----*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Writer and reader walk the same `visit` functions, so they can not disagree.
// Integers are little-endian 64-bit words; strings and byte arrays are a count
// and the bytes, padded to 8; lists are a count and the elements. Large data is
// padded so that it starts at a multiple of 64 bytes of the file.
//
//===----------------------------------------------------------------------===//

#ifndef MSA_LIB_ARTEFACT_CODEC_H
#define MSA_LIB_ARTEFACT_CODEC_H

#include "msa/Artefact/Artefact.h"

#include <cstddef>
#include <cstring>

namespace msa {
namespace artefact {

class Writer {
public:
  std::vector<uint8_t> out;
  static constexpr bool reading = false;
  bool failed = false;

  void word(uint64_t value) {
    for (int i = 0; i < 8; ++i)
      out.push_back(static_cast<uint8_t>(value >> (8 * i)));
  }
  template <typename T> void number(T &value) {
    word(static_cast<uint64_t>(static_cast<int64_t>(value)));
  }
  void real(double &value) {
    uint64_t bits;
    std::memcpy(&bits, &value, 8);
    word(bits);
  }
  void bytes(const void *data, size_t size) {
    word(size);
    const uint8_t *p = static_cast<const uint8_t *>(data);
    out.insert(out.end(), p, p + size);
    pad(8);
  }
  void text(std::string &value) { bytes(value.data(), value.size()); }
  void data(std::vector<uint8_t> &value) {
    word(value.size());
    pad(64);
    out.insert(out.end(), value.begin(), value.end());
    pad(8);
  }
  template <typename T, typename Fn>
  void list(std::vector<T> &values, Fn element) {
    word(values.size());
    for (T &value : values)
      element(value);
  }
  void pad(size_t to) {
    while (out.size() % to != 0)
      out.push_back(0);
  }
};

/// Fails instead of reading past the end; never allocates more than the file
/// could fill.
class Reader {
public:
  Reader(const uint8_t *data, size_t size, size_t start)
      : begin(data), size(size), at(start) {}
  static constexpr bool reading = true;
  bool failed = false;

  uint64_t word() {
    if (failed || size - at < 8) {
      failed = true;
      return 0;
    }
    uint64_t value = 0;
    for (int i = 0; i < 8; ++i)
      value |= static_cast<uint64_t>(begin[at + i]) << (8 * i);
    at += 8;
    return value;
  }
  template <typename T> void number(T &value) {
    int64_t wide = static_cast<int64_t>(word());
    value = static_cast<T>(wide);
    // A value that does not survive the round trip belongs to no valid file.
    if (static_cast<int64_t>(value) != wide)
      failed = true;
  }
  void real(double &value) {
    uint64_t bits = word();
    std::memcpy(&value, &bits, 8);
  }
  bool take(uint64_t count) {
    if (failed || count > size - at)
      failed = true;
    return !failed;
  }
  void text(std::string &value) {
    uint64_t count = word();
    if (!take(count))
      return;
    value.assign(reinterpret_cast<const char *>(begin + at), count);
    at += count;
    pad(8);
  }
  void data(std::vector<uint8_t> &value) {
    uint64_t count = word();
    pad(64);
    if (!take(count))
      return;
    value.assign(begin + at, begin + at + count);
    at += count;
    pad(8);
  }
  template <typename T, typename Fn>
  void list(std::vector<T> &values, Fn element) {
    uint64_t count = word();
    // Every element takes at least one word.
    if (failed || count > (size - at) / 8) {
      failed = true;
      return;
    }
    for (uint64_t i = 0; i < count && !failed; ++i) {
      values.emplace_back();
      element(values.back());
    }
  }
  void pad(size_t to) {
    while (!failed && at % to != 0) {
      if (at >= size || begin[at] != 0) {
        failed = true;
        return;
      }
      ++at;
    }
  }
  bool atEnd() const { return at == size; }

private:
  const uint8_t *begin;
  size_t size, at;
};

template <typename C> void visit(C &c, TensorType &type) {
  c.number(type.dtype);
  c.list(type.shape, [&](int64_t &size) { c.number(size); });
}

template <typename C> void visit(C &c, Dispatch &dispatch) {
  c.text(dispatch.kernel);
  c.number(dispatch.tiles);
  c.number(dispatch.blockSize);
  c.number(dispatch.tilesPerBlock);
  c.number(dispatch.sharedBytes);
  c.number(dispatch.clusterSize);
  c.number(dispatch.persistent);
  c.number(dispatch.waits);
  auto numbers = [&](std::vector<int64_t> &values) {
    c.list(values, [&](int64_t &value) { c.number(value); });
  };
  c.list(dispatch.maps, [&](TensorMap &map) {
    c.number(map.buffer);
    c.number(map.dtype);
    c.number(map.byteOffset);
    numbers(map.sizes);
    numbers(map.strides);
    numbers(map.box);
    c.number(map.swizzle);
  });
  c.list(dispatch.buffers, [&](BufferRef &ref) {
    c.number(ref.kind);
    c.number(ref.index);
    c.number(ref.byteOffset);
  });
}

template <typename C> void visit(C &c, Entry &entry) {
  c.text(entry.name);
  c.list(entry.arguments, [&](Argument &argument) {
    c.text(argument.name);
    visit(c, argument.type);
    c.number(argument.role);
    c.number(argument.index);
  });
  c.list(entry.results, [&](Result &result) {
    c.text(result.name);
    visit(c, result.type);
  });
  c.list(entry.plans, [&](Plan &plan) {
    c.number(plan.target);
    c.text(plan.arch);
    c.number(plan.arenaBytes);
    c.number(plan.clearedBytes);
    c.list(plan.dispatches, [&](Dispatch &dispatch) { visit(c, dispatch); });
  });
}

template <typename C> void visit(C &c, Model &model) {
  c.text(model.producer);
  c.list(model.states, [&](State &state) {
    c.text(state.name);
    visit(c, state.type);
    c.number(state.initial);
  });
  c.list(model.entries, [&](Entry &entry) { visit(c, entry); });
  c.list(model.code, [&](CodeObject &code) {
    c.number(code.kind);
    c.text(code.arch);
    c.list(code.features, [&](std::string &feature) { c.text(feature); });
    c.data(code.data);
  });
  c.list(model.constants, [&](Constant &constant) {
    c.text(constant.name);
    visit(c, constant.type);
    c.number(constant.fill);
    c.number(constant.seed);
    c.real(constant.mean);
    c.real(constant.stddev);
    c.data(constant.data);
  });
}

} // namespace artefact
} // namespace msa

#endif // MSA_LIB_ARTEFACT_CODEC_H
