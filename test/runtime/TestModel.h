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

/// The test model with plans and code for two kinds of GPU. The special one has
/// a persistent kernel with two tensor maps, which clears a counter.
inline Model gpuModel() {
  Model model = testModel();
  using Kind = BufferRef::Kind;
  for (Entry &entry : model.entries) {
    Plan plan = entry.plans[0];
    plan.target = Target::Cuda;
    plan.arch = "sm_80";
    for (Dispatch &dispatch : plan.dispatches)
      dispatch.blockSize = dispatch.tilesPerBlock = 128;
    entry.plans.push_back(plan);
  }
  Entry &entry = model.entries[0];
  entry.arguments[0].type = {DType::BF16, {2, 4, 64}};
  Plan plan;
  plan.target = Target::Cuda;
  plan.arch = "sm_90a";
  plan.arenaBytes = 4 * 32 * 4 + 64;
  plan.clearedBytes = 64;
  Dispatch dispatch;
  dispatch.kernel = "tiles";
  dispatch.tiles = 1000;
  dispatch.blockSize = 384;
  dispatch.tilesPerBlock = 1;
  dispatch.sharedBytes = 200000;
  dispatch.clusterSize = 2;
  dispatch.persistent = true;
  dispatch.waits = true;
  dispatch.buffers = {ref(Kind::Argument, 0), ref(Kind::Arena, 0, 0),
                      ref(Kind::Arena, 0, 512)};
  TensorMap input;
  input.buffer = 0;
  input.dtype = DType::BF16;
  input.sizes = {64, 4, 2};
  input.strides = {128, 512};
  input.box = {64, 4, 1};
  input.swizzle = 128;
  TensorMap scratch;
  scratch.buffer = 1;
  scratch.dtype = DType::F32;
  scratch.byteOffset = 16;
  scratch.sizes = {28, 4};
  scratch.strides = {128};
  scratch.box = {8, 256};
  scratch.swizzle = 32;
  dispatch.maps = {input, scratch};
  plan.dispatches = {dispatch};
  entry.plans.push_back(plan);
  for (const char *arch : {"sm_80", "sm_90a"}) {
    CodeObject code;
    code.kind = CodeObject::Kind::Ptx;
    code.arch = arch;
    code.data = {1, 2, 3};
    model.code.push_back(code);
  }
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
