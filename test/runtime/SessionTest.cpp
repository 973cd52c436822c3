// Sessions through the C interface.

#include "TestModel.h"

#include <gtest/gtest.h>
#include <thread>

using namespace msa_test;

namespace {
struct Call {
  std::vector<float> x = {1, 2, 3, 4, 5, 6, 7, 8}, y = std::vector<float>(8);
  std::vector<int64_t> shape = {2, 4};
  msa_tensor in() { return {MSA_F32, 2, shape.data(), x.data(), 0}; }
  msa_tensor out() { return {MSA_F32, 2, shape.data(), y.data(), 0}; }
  msa_status step(msa_session *session, uint32_t flags = 0) {
    msa_tensor i = in(), o = out();
    return msa_session_step(session, 0, &i, 1, &o, 1, flags);
  }
};

std::vector<float> sum(msa_session *session) {
  std::vector<float> state(8);
  EXPECT_EQ(msa_session_get_state(session, 0, state.data(), 32), MSA_OK);
  return state;
}
} // namespace

TEST(Session, StepsAndKeepsState) {
  Fixture f;
  ASSERT_NE(f.session, nullptr) << msa_last_error();
  Call call;
  ASSERT_EQ(call.step(f.session), MSA_OK) << msa_last_error();
  EXPECT_EQ(call.y, (std::vector<float>{11, 22, 33, 44, 15, 26, 37, 48}));
  ASSERT_EQ(call.step(f.session), MSA_OK);
  EXPECT_EQ(sum(f.session), (std::vector<float>{2, 4, 6, 8, 10, 12, 14, 16}));
  ASSERT_EQ(call.step(f.session, MSA_STEP_DISCARD_STATE), MSA_OK);
  EXPECT_EQ(sum(f.session)[0], 2) << "a discarded step left traces";
  ASSERT_EQ(msa_session_reset(f.session), MSA_OK);
  EXPECT_EQ(sum(f.session), std::vector<float>(8));
}

TEST(Session, ForksGoTheirOwnWays) {
  Fixture f;
  Call call;
  ASSERT_EQ(call.step(f.session), MSA_OK);
  msa_session *copy = nullptr;
  ASSERT_EQ(msa_session_fork(f.session, &copy), MSA_OK);
  ASSERT_EQ(call.step(copy), MSA_OK);
  EXPECT_EQ(sum(f.session)[7], 8);
  EXPECT_EQ(sum(copy)[7], 16);
  msa_session_destroy(copy);
}

TEST(Session, ExportAndImport) {
  Fixture f;
  Call call;
  ASSERT_EQ(call.step(f.session), MSA_OK);
  size_t size = 0;
  ASSERT_EQ(msa_session_export(f.session, nullptr, 0, &size), MSA_OK);
  std::vector<uint8_t> saved(size);
  ASSERT_EQ(msa_session_export(f.session, saved.data(), size, &size), MSA_OK);
  ASSERT_EQ(call.step(f.session), MSA_OK);
  std::vector<float> before = sum(f.session);
  // Damage of any kind leaves the session as it is.
  for (size_t at : {size_t(0), size_t(9), size_t(17), size - 1}) {
    std::vector<uint8_t> damaged = saved;
    damaged[at] ^= 1;
    EXPECT_EQ(msa_session_import(f.session, damaged.data(), size),
              MSA_INCOMPATIBLE_STATE);
  }
  EXPECT_EQ(msa_session_import(f.session, saved.data(), size - 1),
            MSA_INCOMPATIBLE_STATE);
  EXPECT_EQ(sum(f.session), before);
  ASSERT_EQ(msa_session_import(f.session, saved.data(), size), MSA_OK);
  EXPECT_EQ(sum(f.session)[0], 1);
}

TEST(Session, WrongCallsChangeNothing) {
  Fixture f;
  Call call;
  ASSERT_EQ(call.step(f.session), MSA_OK);
  std::vector<float> before = sum(f.session);
  msa_tensor in = call.in(), out = call.out();
  auto step = [&](msa_tensor i, size_t n = 1, size_t entry = 0) {
    return msa_session_step(f.session, entry, &i, n, &out, 1, 0);
  };
  msa_tensor wrong = in;
  wrong.dtype = MSA_F64;
  EXPECT_EQ(step(wrong), MSA_DTYPE_MISMATCH);
  EXPECT_NE(std::string(msa_last_error()).find("'x'"), std::string::npos);
  wrong = in;
  std::vector<int64_t> shape = {4, 2};
  wrong.shape = shape.data();
  EXPECT_EQ(step(wrong), MSA_SHAPE_MISMATCH);
  wrong = in;
  wrong.rank = 1;
  EXPECT_EQ(step(wrong), MSA_SHAPE_MISMATCH);
  wrong = in;
  wrong.rank = -1;
  EXPECT_EQ(step(wrong), MSA_INVALID_ARGUMENT);
  wrong = in;
  wrong.data = nullptr;
  EXPECT_EQ(step(wrong), MSA_INVALID_ARGUMENT);
  EXPECT_EQ(step(in, 0), MSA_INVALID_ARGUMENT);
  EXPECT_EQ(step(in, 1, 17), MSA_INVALID_ARGUMENT);
  EXPECT_EQ(msa_session_step(nullptr, 0, &in, 1, &out, 1, 0),
            MSA_INVALID_ARGUMENT);
  float small[2];
  EXPECT_EQ(msa_session_get_state(f.session, 0, small, 8), MSA_SHAPE_MISMATCH);
  EXPECT_EQ(msa_session_get_state(f.session, 5, small, 8),
            MSA_INVALID_ARGUMENT);
  EXPECT_EQ(sum(f.session), before);
}

TEST(Session, ACpuHasNoStreams) {
  Fixture f;
  Call call;
  msa_tensor in = call.in(), out = call.out();
  EXPECT_EQ(msa_session_enqueue(f.session, 0, &in, 1, &out, 1, 0, &in),
            MSA_INVALID_ARGUMENT);
  EXPECT_NE(std::string(msa_last_error()).find("pass null"), std::string::npos);
  EXPECT_EQ(sum(f.session)[0], 0);
  ASSERT_EQ(msa_session_enqueue(f.session, 0, &in, 1, &out, 1, 0, nullptr),
            MSA_OK);
  float y;
  std::memcpy(&y, out.data, 4);
  EXPECT_EQ(y, 11);
  EXPECT_EQ(msa_session_wait(f.session), MSA_OK);
  EXPECT_EQ(msa_session_wait(nullptr), MSA_INVALID_ARGUMENT);
}

TEST(Session, UnalignedMemoryWorks) {
  Fixture f;
  Call call;
  std::vector<char> raw(3 + 32 + 1 + 32);
  std::memcpy(raw.data() + 3, call.x.data(), 32);
  msa_tensor in = call.in(), out = call.out();
  in.data = raw.data() + 3;
  out.data = raw.data() + 36;
  ASSERT_EQ(msa_session_step(f.session, 0, &in, 1, &out, 1, 0), MSA_OK);
  float y;
  std::memcpy(&y, raw.data() + 36, 4);
  EXPECT_EQ(y, 11);
}

TEST(Session, ManyAtOnceFromManyThreads) {
  Fixture f;
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      msa_session *session = nullptr;
      wrong[t] += msa_session_create(f.model, &session) != MSA_OK;
      Call call;
      for (int i = 0; i < 200; ++i)
        wrong[t] += call.step(session) != MSA_OK;
      wrong[t] += sum(session)[0] != 200;
      msa_session_destroy(session);
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

TEST(Session, ImpossibleModelsAreTypedErrors) {
  msa_device *device = nullptr;
  ASSERT_EQ(msa_device_create(MSA_CPU, 1, &device), MSA_OK);
  auto load = [&](auto change) {
    Model model = testModel();
    change(model);
    std::vector<uint8_t> bytes = serialize(model);
    msa_model *loaded = nullptr;
    msa_status status =
        msa_model_load(device, bytes.data(), bytes.size(), &loaded);
    msa_session *session = nullptr;
    if (status == MSA_OK)
      status = msa_session_create(loaded, &session);
    msa_session_destroy(session);
    msa_model_destroy(loaded);
    return status;
  };
  EXPECT_EQ(load([](Model &) {}), MSA_OK);
  EXPECT_EQ(load([](Model &m) { m.code[0].features = {"no-such-feature"}; }),
            MSA_UNSUPPORTED_CPU);
  EXPECT_EQ(load([](Model &m) { m.code.clear(); }), MSA_UNSUPPORTED_CPU);
  // Code that ends early, anywhere: the loader would die of it.
  for (size_t size = 1; size < kernels().size(); size += 331) {
    msa_status status = load([&](Model &m) { m.code[0].data.resize(size); });
    EXPECT_TRUE(status == MSA_OK || status == MSA_MALFORMED_ARTEFACT) << size;
  }
  EXPECT_EQ(load([](Model &m) { m.code[0].data.resize(40); }),
            MSA_MALFORMED_ARTEFACT);
  EXPECT_EQ(load([](Model &m) { m.code[0].data.resize(1000); }),
            MSA_MALFORMED_ARTEFACT);
  EXPECT_EQ(load([](Model &m) {
              m.entries[0].plans[0].dispatches[0].kernel = "gone";
            }),
            MSA_MALFORMED_ARTEFACT);
#if !defined(__SANITIZE_ADDRESS__) // which ends the process on such a size
  EXPECT_EQ(load([](Model &m) {
              m.states[0].type.shape = {int64_t(1) << 36, 4};
              m.entries[0].arguments[2].type = m.states[0].type;
            }),
            MSA_OUT_OF_MEMORY);
#endif
  msa_device_destroy(device);
}

TEST(Session, DevicesThatAreNotThere) {
  msa_device *device = nullptr;
  msa_status status = msa_device_create(MSA_CUDA, 4000, &device);
  EXPECT_EQ(status, MSA_NO_GPU) << msa_last_error();
  EXPECT_EQ(msa_device_create(MSA_CPU, -1, &device), MSA_INVALID_ARGUMENT);
  EXPECT_EQ(msa_device_create(static_cast<msa_device_kind>(9), 0, &device),
            MSA_INVALID_ARGUMENT);
}

TEST(Session, NamesAndLookup) {
  Fixture f;
  size_t entry = 0;
  EXPECT_EQ(msa_model_find_entry(f.model, "segment", &entry), MSA_OK);
  EXPECT_EQ(entry, 1u);
  EXPECT_EQ(msa_model_find_entry(f.model, "nothing", &entry), MSA_NOT_FOUND);
  EXPECT_NE(std::string(msa_last_error()).find("step, segment"),
            std::string::npos);
  for (int s = 0; s <= 16; ++s)
    EXPECT_EQ(std::string(msa_status_name(static_cast<msa_status>(s)))
                  .compare(0, 4, "MSA_"),
              0);
}

TEST(Session, WeightsCanBeReplaced) {
  Fixture f;
  float w[4] = {1, 1, 1, 1};
  ASSERT_EQ(msa_model_set_constant(f.model, 0, w, 16), MSA_OK);
  EXPECT_EQ(msa_model_set_constant(f.model, 0, w, 12), MSA_SHAPE_MISMATCH);
  EXPECT_EQ(msa_model_set_constant(f.model, 3, w, 16), MSA_INVALID_ARGUMENT);
  Call call;
  ASSERT_EQ(call.step(f.session), MSA_OK);
  EXPECT_EQ(call.y[0], 2);
}

TEST(Session, HandlesGoInAnyOrder) {
  Fixture f;
  Call call;
  msa_stream *stream = nullptr;
  ASSERT_EQ(msa_stream_create(f.session, 1, &stream), MSA_OK);
  msa_device_destroy(f.device);
  msa_model_destroy(f.model);
  ASSERT_EQ(call.step(f.session), MSA_OK);
  EXPECT_EQ(call.y[0], 11);
  msa_session_destroy(f.session);
  int64_t token = 1;
  EXPECT_EQ(msa_stream_feed(stream, 0, &token, 1, nullptr, nullptr), MSA_OK);
  EXPECT_EQ(msa_stream_flush(stream, 0, nullptr, nullptr), MSA_OK);
  msa_stream_destroy(stream);
  f.device = nullptr, f.model = nullptr, f.session = nullptr;
}
