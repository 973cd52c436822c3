//===- ArtefactFuzz.cpp - Damaged artefacts through the runtime -----------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Damages artefacts in bytes, in words and in their fields, mends the checksum
// so that the damage reaches the reader behind it, and loads what the reader
// accepts. Every refusal must be a typed error with a message. Steps are not
// run: what a kernel does with its buffers is the compiler's promise, not the
// reader's.
//
//===----------------------------------------------------------------------===//

#include "Isolate.h"

#include "../runtime/TestModel.h"
#include "support/Mend.h"
#include "support/Random.h"

#include <algorithm>
#include <memory>
#include <string>

using namespace msa_fuzz;
using namespace msa_test;

namespace {

using Bytes = std::vector<uint8_t>;

struct Results {
  int64_t inputs, pastHeader, accepted, loaded, sessions, states, statesTaken,
      maps;
  int64_t status[8];      ///< Of parse.
  int64_t loadStatus[32]; ///< Of msa_model_load.
  int problems;
  struct {
    int64_t input;
    char what[200];
  } problem[100];
};

class Fuzzer {
public:
  Fuzzer(Results &results, uint64_t seed) : results(results), seed(seed) {}
  void start() {
    msa_device_create(MSA_CPU, 1, &device);
    code = kernels();
  }
  void run(int64_t number);

private:
  void problem(int64_t number, const std::string &what) {
    if (results.problems >= 100)
      return;
    auto &p = results.problem[results.problems++];
    p.input = number;
    std::snprintf(p.what, sizeof p.what, "%s", what.c_str());
  }
  Model model(Random &r);
  void changeFields(Random &r, Model &model);
  void changeMap(Random &r, TensorMap &map);
  void changeBytes(Random &r, Bytes &bytes);
  void checkMaps(int64_t number, const Model &model);
  void load(int64_t number, Random &r, const Model &model, const Bytes &bytes);
  void restore(int64_t number, Random &r, msa_session *session);

  Results &results;
  uint64_t seed;
  msa_device *device = nullptr;
  Bytes code;
};

uint64_t strange(Random &r, uint64_t near) {
  return r.of<uint64_t>({0,
                         1,
                         2,
                         7,
                         near + 1,
                         near - 1,
                         near * 2,
                         near ^ (1ull << 32),
                         255,
                         256,
                         65536,
                         0x7fffffff,
                         0x80000000,
                         0xffffffff,
                         0x100000000,
                         1ull << 40,
                         (1ull << 47) - 1,
                         (1ull << 47) + 1,
                         1ull << 62,
                         ~0ull,
                         ~0ull - 7,
                         1ull << 63});
}

} // namespace

Model Fuzzer::model(Random &r) {
  // With plans for GPUs, which this device passes over, but not the reader.
  Model m = r.oneIn(2) ? gpuModel() : testModel();
  // More of everything, so that damage has more places to go.
  if (r.oneIn(2)) {
    m.constants.push_back(m.constants[0]);
    m.constants.back().name = "v";
    m.states[0].initial = -1;
    m.code[0].features = {"fpu", "sse"};
    m.code.push_back(m.code[0]);
    m.code.back().features = {"no-such-feature"};
    m.code.push_back(m.code[0]);
    m.code.back().kind = CodeObject::Kind::Ptx;
    m.entries[0].plans.push_back(m.entries[0].plans[0]);
    m.entries[0].plans.back().target = Target::Cuda;
    for (Dispatch &d : m.entries[0].plans.back().dispatches)
      d.blockSize = d.tilesPerBlock = 128;
  }
  return m;
}

/// Maps that lie about their buffers.
void Fuzzer::changeMap(Random &r, TensorMap &map) {
  auto change = [&](std::vector<int64_t> &list) {
    if (list.empty() || r.oneIn(6))
      list.resize(static_cast<size_t>(r.in(0, 7)), 16);
    else
      for (int64_t &value : list)
        if (r.oneIn(2))
          value = static_cast<int64_t>(
              strange(r, static_cast<uint64_t>(value)) * r.of({1, 16}));
  };
  switch (r.in(0, 6)) {
  case 0:
    map.buffer = static_cast<uint32_t>(strange(r, map.buffer));
    break;
  case 1:
    map.dtype = static_cast<DType>(r.in(0, 12));
    break;
  case 2:
    map.byteOffset = strange(r, 512) * r.of({1, 16});
    break;
  case 3:
    change(map.sizes);
    break;
  case 4:
    change(map.strides);
    break;
  case 5:
    change(map.box);
    break;
  default:
    map.swizzle = static_cast<uint32_t>(r.of({0, 32, 64, 128, 1, 256, -1}));
  }
}

void Fuzzer::changeFields(Random &r, Model &m) {
  auto any = [&](auto &list) -> auto & {
    return list[r.in(0, static_cast<int64_t>(list.size()) - 1)];
  };
  auto type = [&](TensorType &t) {
    switch (r.in(0, 3)) {
    case 0:
      t.dtype = static_cast<DType>(r.in(0, 12));
      break;
    case 1:
      t.shape.push_back(static_cast<int64_t>(strange(r, 4)));
      break;
    case 2:
      t.shape.clear();
      break;
    default:
      if (!t.shape.empty())
        any(t.shape) = static_cast<int64_t>(strange(r, 4));
    }
  };
  auto text = [&](std::string &s) {
    switch (r.in(0, 3)) {
    case 0:
      s.clear();
      break;
    case 1:
      s += '\0';
      break;
    case 2:
      s = std::string(static_cast<size_t>(r.in(0, 5000)), 'x');
      break;
    default:
      s = r.of<std::string>({"x", "sum", "step", "add_rows", "\xff\xfe"});
    }
  };
  Entry &entry = any(m.entries);
  Plan &plan = any(entry.plans);
  Dispatch &dispatch = any(plan.dispatches);
  BufferRef &buffer = any(dispatch.buffers);
  Argument &argument = any(entry.arguments);
  CodeObject &object = any(m.code);
  if (!dispatch.maps.empty() && !r.oneIn(3))
    return changeMap(r, any(dispatch.maps));
  switch (r.in(0, 27)) {
  case 0:
    type(any(m.constants).type);
    break;
  case 1:
    text(any(m.constants).name);
    break;
  case 2:
    any(m.constants).data.resize(static_cast<size_t>(r.in(0, 99)));
    break;
  case 3:
    type(any(m.states).type);
    break;
  case 4:
    text(any(m.states).name);
    break;
  case 5:
    any(m.states).initial = static_cast<int32_t>(strange(r, 1));
    break;
  case 6:
    text(entry.name);
    break;
  case 7:
    text(argument.name);
    break;
  case 8:
    type(argument.type);
    break;
  case 9:
    argument.role = static_cast<Role>(r.in(0, 5));
    break;
  case 10:
    argument.index = static_cast<uint32_t>(strange(r, 1));
    break;
  case 11:
    type(any(entry.results).type);
    break;
  case 12:
    plan.target = static_cast<Target>(r.in(0, 4));
    break;
  case 13:
    plan.arenaBytes = strange(r, 128);
    break;
  case 14:
    text(dispatch.kernel);
    break;
  case 15:
    dispatch.tiles = static_cast<int64_t>(strange(r, 2));
    break;
  case 16:
    dispatch.blockSize = static_cast<uint32_t>(strange(r, 128));
    break;
  case 17:
    buffer.kind = static_cast<BufferRef::Kind>(r.in(0, 6));
    break;
  case 18:
    buffer.index = static_cast<uint32_t>(strange(r, 2));
    break;
  case 19:
    buffer.byteOffset = strange(r, 64);
    break;
  case 20:
    object.kind = static_cast<CodeObject::Kind>(r.in(0, 4));
    break;
  case 21:
    text(plan.arch);
    break;
  case 22:
    text(object.arch);
    break;
  case 23:
    dispatch.clusterSize = static_cast<uint32_t>(strange(r, 2));
    break;
  case 24:
    dispatch.persistent = !dispatch.persistent;
    break;
  case 25:
    plan.clearedBytes = strange(r, 4);
    break;
  case 26:
    dispatch.waits = !dispatch.waits;
    break;
  default:
    // Code that ends early; code with other content is not loaded at all.
    object.data.resize(
        static_cast<size_t>(r.in(0, static_cast<int64_t>(object.data.size()))));
  }
}

void Fuzzer::changeBytes(Random &r, Bytes &bytes) {
  // What is not code comes first, in some 3 KiB.
  auto place = [&] {
    int64_t end = static_cast<int64_t>(bytes.size()) - 1;
    return static_cast<size_t>(
        r.in(std::min<int64_t>(32, end),
             r.oneIn(8) ? end : std::min<int64_t>(end, 2800)));
  };
  for (int64_t n = r.of<int64_t>({1, 1, 2, 4}); n > 0 && bytes.size() > 40;
       --n) {
    size_t at = place();
    size_t word = at / 8 * 8;
    auto here = bytes.begin() + static_cast<long>(at);
    switch (r.in(0, 8)) {
    case 0:
      bytes[at] = static_cast<uint8_t>(r.bits());
      break;
    case 1:
      bytes[at] ^= static_cast<uint8_t>(1 << r.in(0, 7));
      break;
    case 2:
      bytes.erase(here);
      break;
    case 3:
      bytes.insert(here, static_cast<uint8_t>(r.bits()));
      break;
    case 4:
    case 5:
    case 6:
      if (word + 8 <= bytes.size()) {
        uint64_t old;
        std::memcpy(&old, bytes.data() + word, 8);
        old = strange(r, old);
        std::memcpy(bytes.data() + word, &old, 8);
      }
      break;
    case 7: { // words repeated or gone
      size_t count = static_cast<size_t>(r.in(1, 6)) * 8;
      if (word + count > bytes.size())
        break;
      auto first = bytes.begin() + static_cast<long>(word);
      if (r.oneIn(2)) {
        bytes.erase(first, first + static_cast<long>(count));
      } else {
        Bytes copy(first, first + static_cast<long>(count));
        bytes.insert(first, copy.begin(), copy.end());
      }
      break;
    }
    default:
      bytes.resize(at);
    }
  }
}

void Fuzzer::restore(int64_t number, Random &r, msa_session *session) {
  size_t size = 0;
  if (msa_session_export(session, nullptr, 0, &size) != MSA_OK)
    return problem(number, std::string("export: ") + msa_last_error());
  Bytes saved(size);
  if (size > (1 << 20) ||
      msa_session_export(session, saved.data(), size, &size) != MSA_OK)
    return;
  for (int n = 0; n < 8; ++n) {
    Bytes damaged = saved;
    for (int64_t k = r.in(1, 3); k > 0 && !damaged.empty(); --k)
      switch (size_t at = static_cast<size_t>(
                  r.in(0, static_cast<int64_t>(damaged.size()) - 1));
              r.in(0, 2)) {
      case 0:
        damaged[at] = static_cast<uint8_t>(r.bits());
        break;
      case 1:
        damaged.resize(at);
        break;
      default:
        damaged.insert(damaged.end(), 8, 0);
        break;
      }
    ++results.states;
    // Exactly sized memory, so that a sanitizer sees every step past the end.
    std::unique_ptr<uint8_t[]> exact(new uint8_t[damaged.size() + 1]);
    std::copy(damaged.begin(), damaged.end(), exact.get());
    msa_status status =
        msa_session_import(session, exact.get(), damaged.size());
    if (status == MSA_OK) {
      ++results.statesTaken;
      if (damaged != saved)
        problem(number, "a damaged state was taken");
    } else if (!*msa_last_error()) {
      problem(number, "import failed without a message");
    }
  }
}

void Fuzzer::load(int64_t number, Random &r, const Model &read,
                  const Bytes &bytes) {
  // Damaged machine code is as trusted as any: only code that ends early, or
  // that is no ELF file at all, is the loader's to refuse.
  for (const CodeObject &object : read.code)
    if (object.kind == CodeObject::Kind::CpuElf &&
        !std::equal(object.data.begin(), object.data.end(), code.begin(),
                    code.begin() + static_cast<long>(std::min(
                                       object.data.size(), code.size()))))
      return;
  msa_model *loaded = nullptr;
  msa_status status =
      msa_model_load(device, bytes.data(), bytes.size(), &loaded);
  ++results.loadStatus[std::min<int>(status, 31)];
  if (status != MSA_OK) {
    if (!*msa_last_error())
      problem(number, "load failed without a message");
    return;
  }
  ++results.loaded;
  uint64_t total = 0;
  for (const State &state : read.states)
    total += byteSize(state.type);
  // Between the two there is no error, only much memory.
  if (total <= (1 << 24) || total >= (1ull << 38)) {
    msa_session *session = nullptr;
    status = msa_session_create(loaded, &session);
    if (status == MSA_OK) {
      ++results.sessions;
      restore(number, r, session);
    } else if (status != MSA_OUT_OF_MEMORY) {
      problem(number, std::string("session: ") + msa_last_error());
    }
    msa_session_destroy(session);
  }
  msa_model_destroy(loaded);
}

/// No accepted map reaches past its buffer, by arithmetic that can not
/// overflow.
void Fuzzer::checkMaps(int64_t number, const Model &model) {
  for (const Entry &entry : model.entries)
    for (const Plan &plan : entry.plans)
      for (const Dispatch &dispatch : plan.dispatches)
        for (const TensorMap &map : dispatch.maps) {
          ++results.maps;
          const BufferRef &ref = dispatch.buffers[map.buffer];
          uint64_t bytes = plan.arenaBytes;
          if (ref.kind == BufferRef::Kind::Argument)
            bytes = byteSize(entry.arguments[ref.index].type);
          else if (ref.kind == BufferRef::Kind::Result)
            bytes = byteSize(entry.results[ref.index].type);
          else if (ref.kind == BufferRef::Kind::Constant)
            bytes = byteSize(model.constants[ref.index].type);
          long double end = static_cast<long double>(ref.byteOffset) +
                            static_cast<long double>(map.byteOffset) +
                            static_cast<long double>(map.sizes[0]) *
                                static_cast<long double>(byteSize(map.dtype));
          for (size_t i = 1; i < map.sizes.size(); ++i)
            end += static_cast<long double>(map.sizes[i] - 1) *
                   static_cast<long double>(map.strides[i - 1]);
          if (end > static_cast<long double>(bytes))
            problem(number, "accepted a map that ends past its buffer");
        }
}

void Fuzzer::run(int64_t number) {
  Random r(seed * 1000003 + static_cast<uint64_t>(number));
  Model m = model(r);
  Bytes good = serialize(m);
  Bytes bytes = good;
  bool mended = true;
  if (r.oneIn(3)) {
    for (int64_t n = r.in(1, 2); n > 0; --n)
      changeFields(r, m);
    bytes = serialize(m);
  } else {
    changeBytes(r, bytes);
    mended = !r.oneIn(8);
    if (mended)
      mend(bytes, good);
  }
  ++results.inputs;
  std::unique_ptr<uint8_t[]> exact(new uint8_t[bytes.size() + 1]);
  std::copy(bytes.begin(), bytes.end(), exact.get());
  Model read;
  ParseResult result = parse(exact.get(), bytes.size(), read);
  ++results.status[std::min<int>(static_cast<int>(result.status), 7)];
  if (!mended && result && bytes != good)
    problem(number, "damage behind a wrong checksum was taken");
  if (result.status == ParseStatus::Ok ||
      result.status == ParseStatus::Malformed)
    ++results.pastHeader;
  if (!result) {
    if (result.message.empty())
      problem(number, "refused without a message");
    return;
  }
  ++results.accepted;
  if (!verify(read))
    problem(number, "accepted, but inconsistent");
  checkMaps(number, read);
  // One file for one model: nothing of the file went unread.
  if (serialize(read) != bytes)
    problem(number, "accepted, but not what the writer writes");
  load(number, r, read, bytes);
}

int main(int argc, char **argv) {
  int64_t seed = 1, first = 0, count = 20000;
  for (int i = 1; i < argc; ++i) {
    long long value;
    if (std::sscanf(argv[i], "--seed=%lld", &value) == 1)
      seed = value;
    else if (std::sscanf(argv[i], "--first=%lld", &value) == 1)
      first = value;
    else if (std::sscanf(argv[i], "--count=%lld", &value) == 1)
      count = value;
    else {
      std::fputs("Usage: msa-artefact-fuzz [--seed=N] [--first=N] [--count=N]\n"
                 "Loads damaged artefacts. Exit status: 0 nothing found, 1 "
                 "findings, 2 wrong usage.\n",
                 stderr);
      return 2;
    }
  }
  Results &results = *shared<Results>();
  Fuzzer fuzzer(results, static_cast<uint64_t>(seed));
  Limits limits;
  limits.batch = 500;
  std::vector<Finding> findings = runIsolated(
      first, count, limits, [&] { fuzzer.start(); },
      [&](int64_t number) { fuzzer.run(number); });

  auto n = [](int64_t x) { return static_cast<long long>(x); };
  std::printf(
      "%lld artefacts: %lld past the checksum, %lld accepted, %lld "
      "loaded, %lld sessions; %lld damaged states, %lld taken; %lld maps "
      "accepted\n",
      n(results.inputs), n(results.pastHeader), n(results.accepted),
      n(results.loaded), n(results.sessions), n(results.states),
      n(results.statesTaken), n(results.maps));
  const char *names[] = {"ok",        "no artefact", "newer",
                         "truncated", "corrupted",   "malformed"};
  for (int i = 0; i < 6; ++i)
    std::printf("  parse, %s: %lld\n", names[i], n(results.status[i]));
  for (int i = 0; i < 32; ++i)
    if (results.loadStatus[i])
      std::printf("  load, %s: %lld\n",
                  msa_status_name(static_cast<msa_status>(i)),
                  n(results.loadStatus[i]));
  for (const Finding &finding : findings)
    std::printf("FOUND --seed=%lld --first=%lld --count=1: %s (status %d)\n",
                n(seed), n(finding.input),
                finding.slow ? "out of time" : "died", finding.status);
  for (int i = 0; i < results.problems; ++i)
    std::printf("FOUND --seed=%lld --first=%lld --count=1: %s\n", n(seed),
                n(results.problem[i].input), results.problem[i].what);
  bool shallow = count >= 1000 &&
                 (results.pastHeader < count / 2 ||
                  results.loaded < count / 50 || results.states < count / 50);
  if (shallow)
    std::printf("FOUND too few inputs get past the checksum\n");
  return !findings.empty() || results.problems || shallow;
}
