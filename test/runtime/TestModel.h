//===- TestModel.h - Models of the runtime's tests ----------------*- C++
//-*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_TEST_RUNTIME_TESTMODEL_H
#define MSA_TEST_RUNTIME_TESTMODEL_H

#include "msa/Artefact/Serialize.h"
#include "msa/runtime.h"

#include <cstring>
#include <fstream>
#include <iterator>

namespace msa_test {

using namespace msa::artefact;

inline std::vector<uint8_t> kernels() {
  std::ifstream file(MSA_TEST_KERNELS, std::ios::binary);
  return std::vector<uint8_t>((std::istreambuf_iterator<char>(file)), {});
}

inline BufferRef ref(BufferRef::Kind kind, uint32_t index,
                     uint64_t offset = 0) {
  BufferRef r;
  r.kind = kind;
  r.index = index;
  r.byteOffset = offset;
  return r;
}

/// Entries: `step` (x 2x4 -> y 2x4, sum += x) and `segment`, a stream of two
/// rows with segments of 4.
inline Model testModel() {
  Model model;
  model.producer = "test";
  std::vector<float> w = {10, 20, 30, 40};
  Constant constant;
  constant.name = "w";
  constant.type = {DType::F32, {4}};
  constant.data.resize(16);
  std::memcpy(constant.data.data(), w.data(), 16);
  model.constants.push_back(constant);
  model.states.push_back({"sum", {DType::F32, {2, 4}}, -1});
  model.states.push_back({"seen", {DType::I64, {2}}, -1});
  using Kind = BufferRef::Kind;
  {
    Entry entry;
    entry.name = "step";
    entry.arguments = {{"x", {DType::F32, {2, 4}}, Role::Input, 0},
                       {"w", {DType::F32, {4}}, Role::Constant, 0},
                       {"sum", {DType::F32, {2, 4}}, Role::State, 0}};
    entry.results = {{"y", {DType::F32, {2, 4}}}};
    Plan plan;
    plan.arenaBytes = 128;
    Dispatch first;
    first.kernel = "add_rows";
    first.tiles = 2;
    first.buffers = {ref(Kind::Argument, 0), ref(Kind::Argument, 1),
                     ref(Kind::Result, 0)};
    Dispatch second;
    second.kernel = "accumulate";
    second.tiles = 1;
    second.buffers = {ref(Kind::Argument, 0), ref(Kind::Argument, 2)};
    plan.dispatches = {first, second};
    entry.plans = {plan};
    model.entries.push_back(entry);
  }
  {
    Entry entry;
    entry.name = "segment";
    entry.arguments = {{"tokens", {DType::I32, {2, 4}}, Role::Input, 0},
                       {"position", {DType::I64, {2}}, Role::Input, 0},
                       {"length", {DType::I64, {2}}, Role::Input, 0},
                       {"seen", {DType::I64, {2}}, Role::State, 1}};
    entry.results = {{"out", {DType::I64, {2, 4}}}};
    Plan plan;
    Dispatch only;
    only.kernel = "tokens";
    only.tiles = 2;
    for (uint32_t i = 0; i < 4; ++i)
      only.buffers.push_back(ref(Kind::Argument, i));
    only.buffers.push_back(ref(Kind::Result, 0));
    plan.dispatches = {only};
    entry.plans = {plan};
    model.entries.push_back(entry);
  }
  CodeObject code;
  code.arch = "any";
  code.data = kernels();
  model.code = {code};
  return model;
}

/// A device, the test model and a session, destroyed in the right order.
struct Fixture {
  msa_device *device = nullptr;
  msa_model *model = nullptr;
  msa_session *session = nullptr;
  explicit Fixture(const Model &source = testModel(), int threads = 2) {
    msa_device_create(MSA_CPU, threads, &device);
    std::vector<uint8_t> bytes = serialize(source);
    if (msa_model_load(device, bytes.data(), bytes.size(), &model) == MSA_OK)
      msa_session_create(model, &session);
  }
  ~Fixture() {
    msa_session_destroy(session);
    msa_model_destroy(model);
    msa_device_destroy(device);
  }
};

} // namespace msa_test

#endif // MSA_TEST_RUNTIME_TESTMODEL_H
