//===- FakeCuda.h - A model on the fake CUDA driver ---------------*- C++
//-*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_TEST_RUNTIME_FAKECUDA_H
#define MSA_TEST_RUNTIME_FAKECUDA_H

#include "TestModel.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

namespace msa_test {

/// A function of fakecuda.cpp; null where the driver is another one.
template <typename F> F *fake(const char *name) {
  static void *library = dlopen("libcuda.so.1", RTLD_NOW);
  return reinterpret_cast<F *>(library ? dlsym(library, name) : nullptr);
}

/// What the driver was asked for since the last call.
inline std::string taken() {
  auto take = fake<const char *()>("fakeTake");
  return take ? take() : "the driver is not the fake one";
}

inline std::string text(const void *p) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%p", p);
  return buffer;
}

/// `gpuModel` with code that the fake driver reads.
inline Model fakeModel() {
  Model model = gpuModel();
  auto code = [](const char *kernels) {
    return std::vector<uint8_t>(kernels, kernels + std::strlen(kernels));
  };
  model.code[1].data = code("add_rows 0 3\naccumulate 0 2\ntokens 0 5\n");
  model.code[2].data = code("tiles 2 3\nmore 0 2\n");
  return model;
}

struct Gpu {
  msa_device *device = nullptr;
  msa_model *model = nullptr;
  msa_session *session = nullptr;
  std::vector<int64_t> shape = {2, 4, 64}, outShape = {2, 4};
  alignas(64) uint16_t x[513];
  alignas(64) float y[8];
  msa_tensor in = {MSA_BF16, 3, shape.data(), x, 1};
  msa_tensor out = {MSA_F32, 2, outShape.data(), y, 1};
  msa_status status;
  std::string loaded; ///< What loading the model asked for.
  explicit Gpu(const Model &source) {
    taken();
    std::vector<uint8_t> bytes = serialize(source);
    status = msa_device_create(MSA_CUDA, 0, &device);
    if (status == MSA_OK)
      status = msa_model_load(device, bytes.data(), bytes.size(), &model);
    loaded = taken();
    if (status == MSA_OK)
      status = msa_session_create(model, &session);
  }
  ~Gpu() {
    msa_session_destroy(session);
    msa_model_destroy(model);
    msa_device_destroy(device);
  }
  msa_status step(void *data) {
    in.data = data;
    return msa_session_step(session, 0, &in, 1, &out, 1, 0);
  }
  msa_status enqueue(void *stream, uint32_t flags = 0) {
    return enqueue(session, stream, flags);
  }
  msa_status enqueue(msa_session *other, void *stream, uint32_t flags = 0) {
    return msa_session_enqueue(other, 0, &in, 1, &out, 1, flags, stream);
  }
};

inline size_t count(const std::string &all, const std::string &part) {
  size_t n = 0;
  for (size_t at = all.find(part); at != std::string::npos;
       at = all.find(part, at + 1))
    ++n;
  return n;
}

} // namespace msa_test

#endif // MSA_TEST_RUNTIME_FAKECUDA_H
