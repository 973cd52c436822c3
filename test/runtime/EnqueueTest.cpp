// Steps in streams of the caller's, against the fake CUDA driver: which stream
// is asked for what, who waits for whom, and that the host does not.

#include "FakeCuda.h"

#include <functional>

using namespace msa_test;

namespace {

void *stream(const char *name, bool captured = false) {
  return fake<void *(const char *, int)>("fakeStream")(name, captured);
}

/// A model whose steps are clearing and two launches.
Model twoLaunches() {
  Model model = fakeModel();
  std::vector<Dispatch> &dispatches = model.entries[0].plans[2].dispatches;
  dispatches.push_back(dispatches[0]);
  return model;
}

/// The driver writes waits and events too while it is there.
struct Ordered : Gpu {
  explicit Ordered(const Model &source = twoLaunches()) : Gpu(source) {
    EXPECT_EQ(status, MSA_OK) << msa_last_error();
    fake<void(int)>("fakeOrder")(1);
    taken();
  }
  ~Ordered() { fake<void(int)>("fakeOrder")(0); }
};

/// `all` without what tells of memory: lines up to the first number or pointer.
std::string shape(const std::string &all) {
  std::string result;
  size_t begin = 0;
  for (size_t end; (end = all.find('\n', begin)) != std::string::npos;
       begin = end + 1) {
    std::string line = all.substr(begin, end - begin);
    size_t in = line.find(" in "), space = line.find(' ');
    std::string word = line.substr(0, space);
    if (word == "map")
      continue;
    if (word == "set" || word == "launch")
      line = word + (in == std::string::npos ? "" : line.substr(in));
    result += line + "\n";
  }
  return result;
}

/// Where the arena lies that the first launch of `all` got.
std::string arena(const std::string &all) {
  size_t at = all.find("launch ");
  std::string line = all.substr(at, all.find('\n', at) - at);
  size_t tiles = line.find(" tiles 1000");
  size_t last = line.rfind(' ', tiles - 1);
  return line.substr(last + 1, tiles - last - 1);
}

} // namespace

TEST(Cuda, AnEnqueuedStepWaitsForNothing) {
  Ordered gpu;
  ASSERT_EQ(gpu.enqueue(stream("a")), MSA_OK) << msa_last_error();
  EXPECT_EQ(shape(taken()), "set in a\nlaunch in a\nlaunch in a early\n"
                            "mark e1 in a\n");
}

TEST(Cuda, NullIsTheDefaultStream) {
  Ordered gpu;
  ASSERT_EQ(gpu.enqueue(nullptr), MSA_OK) << msa_last_error();
  EXPECT_EQ(shape(taken()), "set in default\nlaunch in default\n"
                            "launch in default early\n"
                            "mark e1 in default\n");
}

TEST(Cuda, EnqueuedStepsAreReplayedInTheirStream) {
  Ordered gpu;
  void *a = stream("a");
  gpu.enqueue(a);
  taken();
  gpu.enqueue(a);
  std::string said = taken();
  EXPECT_EQ(count(said, " captured"), 2u) << said;
  EXPECT_EQ(count(said, "wait"), 0u) << said;
  EXPECT_EQ(said.find("after e1 in a\n"), 0u) << said;
  gpu.enqueue(a);
  EXPECT_EQ(taken(), "after e2 in a\nreplay in a\nmark e1 in a\n");
  // The recording is of the memory; the stream may be another one.
  fake<void(int)>("fakeReached")(1);
  gpu.enqueue(stream("b"));
  EXPECT_EQ(taken(), "after e1 in b\nreplay in b\nmark e2 in b\n");
  ASSERT_EQ(gpu.step(gpu.x), MSA_OK);
  EXPECT_EQ(taken(), "after e2\nreplay\nwait own\n");
  EXPECT_EQ(msa_session_wait(gpu.session), MSA_OK);
  EXPECT_EQ(taken(), "") << "a step that waits has waited for those before";
}

TEST(Cuda, AStreamWaitsForTheOneBefore) {
  Ordered gpu;
  fake<void(int)>("fakeReached")(0); // b gets an arena of its own
  gpu.enqueue(stream("a"));
  taken();
  ASSERT_EQ(gpu.enqueue(stream("b")), MSA_OK);
  EXPECT_EQ(shape(taken()), "after e1 in b\nset in b\nlaunch in b\n"
                            "launch in b early\nmark e2 in b\n");
}

TEST(Cuda, ArenasAreOrderedByTheirLastUse) {
  Ordered gpu;
  std::vector<msa_session *> sessions(6);
  for (msa_session *&session : sessions)
    ASSERT_EQ(msa_session_create(gpu.model, &session), MSA_OK);
  fake<void(int)>("fakeReached")(0);
  taken();
  // In one stream sessions share an arena.
  void *streams[] = {stream("s0"), stream("s1"), stream("s2"), stream("s3")};
  gpu.enqueue(sessions[0], streams[0]);
  std::string first = arena(taken());
  gpu.enqueue(sessions[1], streams[0]);
  std::string said = taken();
  EXPECT_EQ(arena(said), first);
  EXPECT_EQ(said.find("after e1 in s0\n"), 0u) << said;
  // Others get one of their own while it is in use, four in all.
  for (int i : {1, 2, 3}) {
    gpu.enqueue(sessions[i + 1], streams[i]);
    said = taken();
    EXPECT_NE(arena(said), first);
    EXPECT_EQ(count(said, "after"), 0u) << said;
  }
  // The fifth waits for the one whose use was asked for first.
  gpu.enqueue(sessions[5], stream("s4"));
  said = taken();
  EXPECT_EQ(arena(said), first);
  EXPECT_EQ(said.find("after e2 in s4\n"), 0u) << said;
  // What is done is taken by whoever comes, and still ordered.
  fake<void(int)>("fakeReached")(1);
  gpu.enqueue(gpu.session, stream("s5"));
  said = taken();
  EXPECT_EQ(count(said, "after"), 1u) << said;
  for (msa_session *session : sessions)
    msa_session_destroy(session);
}

TEST(Cuda, WhatTheHostSeesIsWaitedFor) {
  Ordered gpu;
  void *a = stream("a");
  std::vector<uint8_t> blob(1024);
  size_t size = 0;
  float sum[8] = {};
  msa_session *copy = nullptr;
  ASSERT_EQ(msa_session_export(gpu.session, blob.data(), blob.size(), &size),
            MSA_OK);
  const std::pair<const char *, std::function<msa_status()>> calls[] = {
      {"wait", [&] { return msa_session_wait(gpu.session); }},
      {"reset", [&] { return msa_session_reset(gpu.session); }},
      {"get_state",
       [&] { return msa_session_get_state(gpu.session, 0, sum, sizeof sum); }},
      {"set_state",
       [&] { return msa_session_set_state(gpu.session, 0, sum, sizeof sum); }},
      {"export",
       [&] {
         return msa_session_export(gpu.session, blob.data(), blob.size(),
                                   &size);
       }},
  };
  for (const auto &[name, call] : calls) {
    gpu.enqueue(a);
    taken();
    ASSERT_EQ(call(), MSA_OK) << name << ": " << msa_last_error();
    std::string said = taken();
    EXPECT_EQ(said.find("wait e"), 0u) << name << ":\n" << said;
    ASSERT_EQ(call(), MSA_OK) << name;
    EXPECT_EQ(count(taken(), "wait e"), 0u) << name << " a second time";
  }
  gpu.enqueue(a);
  taken();
  ASSERT_EQ(msa_session_import(gpu.session, blob.data(), size), MSA_OK);
  std::string said = taken();
  EXPECT_LT(said.find("wait e"), said.find("free\n")) << said;
  gpu.enqueue(a);
  taken();
  ASSERT_EQ(msa_session_fork(gpu.session, &copy), MSA_OK);
  said = taken();
  EXPECT_EQ(count(said, "wait e"), 1u) << said;
  EXPECT_LT(said.find("wait e"), said.find("copy ")) << said;
  gpu.enqueue(copy, a);
  taken();
  msa_session_destroy(copy);
  said = taken();
  EXPECT_EQ(said.find("wait e"), 0u) << said;
  EXPECT_GT(count(said, "free\n"), 0u) << said;
}

TEST(Cuda, WeightsChangeWhenNothingReadsThem) {
  Ordered gpu;
  float w[4] = {};
  ASSERT_EQ(msa_model_set_constant(gpu.model, 0, w, sizeof w), MSA_OK);
  EXPECT_EQ(taken(), "wait own\n");
  gpu.enqueue(stream("a"));
  taken();
  ASSERT_EQ(msa_model_set_constant(gpu.model, 0, w, sizeof w), MSA_OK);
  EXPECT_EQ(taken(), "wait all\nwait own\n");
}

TEST(Cuda, EnqueuedAndDiscarded) {
  Ordered gpu;
  ASSERT_EQ(gpu.enqueue(stream("a"), MSA_STEP_DISCARD_STATE), MSA_OK);
  std::string said = taken();
  EXPECT_EQ(said.find("copy 32 in a\ncopy 16 in a\n"), 0u) << said;
  EXPECT_EQ(count(said, "wait"), 0u) << said;
}

TEST(Cuda, DroppedOutputsOfEnqueuedSteps) {
  Ordered gpu;
  gpu.out.data = nullptr;
  gpu.out.on_device = 0;
  EXPECT_EQ(gpu.enqueue(stream("a")), MSA_OK) << msa_last_error();
  EXPECT_EQ(count(taken(), "wait"), 0u);
}

TEST(Cuda, WhatCanNotBeEnqueued) {
  Ordered gpu;
  void *a = stream("a");
  auto refused = [&](const char *words, void *where) {
    EXPECT_EQ(gpu.enqueue(where), MSA_INVALID_ARGUMENT) << words;
    EXPECT_NE(std::string(msa_last_error()).find(words), std::string::npos)
        << msa_last_error();
    EXPECT_EQ(count(taken(), "launch"), 0u) << words;
  };
  gpu.in.on_device = 0;
  refused("input 'x' is in host memory", a);
  gpu.in.on_device = 1;
  gpu.out.on_device = 0;
  refused("output 'y' is in host memory", a);
  gpu.out.on_device = 1;
  refused("captured", stream("c", true));
  gpu.in.data = gpu.x + 1;
  refused("no multiple of 16 bytes", a);
  gpu.in.data = gpu.x;
  EXPECT_EQ(gpu.enqueue(a), MSA_OK) << msa_last_error();
}

TEST(Cuda, FailuresOfKernelsAreToldByTheNextWait) {
  Ordered gpu;
  void *a = stream("a");
  fake<void(int)>("fakeFailure")(719);
  ASSERT_EQ(gpu.enqueue(a), MSA_OK);
  EXPECT_EQ(msa_session_wait(gpu.session), MSA_DEVICE_ERROR);
  EXPECT_NE(std::string(msa_last_error()).find("fake error"),
            std::string::npos);
}

TEST(Cuda, WithoutAnEventTheHostWaits) {
  Ordered gpu;
  fake<void(int)>("fakeEventsLeft")(0);
  ASSERT_EQ(gpu.enqueue(stream("a")), MSA_OK) << msa_last_error();
  std::string said = taken();
  EXPECT_EQ(said.substr(said.size() - 9), "wait all\n") << said;
  EXPECT_EQ(msa_session_wait(gpu.session), MSA_OK);
  EXPECT_EQ(taken(), "");
}
