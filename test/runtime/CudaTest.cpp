// The CUDA device against a driver that runs nothing and writes down what it is
// asked for (fakecuda.cpp): launches, maps, clearing, recording.

#include "FakeCuda.h"

#include <cstdlib>
#include <sstream>

using namespace msa_test;

TEST(Cuda, PreparedAtLoad) {
  Gpu gpu(fakeModel());
  ASSERT_EQ(gpu.status, MSA_OK) << msa_last_error();
  EXPECT_EQ(gpu.loaded, "load tiles more\n"
                        "reserve tiles 200000\n"
                        "occupancy tiles 1\n"
                        "load add_rows accumulate tokens\n");
}

TEST(Cuda, LaunchWithMaps) {
  Gpu gpu(fakeModel());
  ASSERT_EQ(gpu.status, MSA_OK) << msa_last_error();
  taken();
  ASSERT_EQ(gpu.step(gpu.x), MSA_OK) << msa_last_error();
  std::string said = taken(), x = text(gpu.x);
  // The arena is where the second map says, 16 bytes before.
  size_t at = said.find("map 7 at ") + 9;
  char *scratch = nullptr;
  ASSERT_EQ(
      std::sscanf(said.c_str() + at, "%p", reinterpret_cast<void **>(&scratch)),
      1);
  char *arena = scratch - 16;
  EXPECT_EQ(said, "set 0 x 64\n"
                  "map 9 at " +
                      x +
                      " 64/64 4/4@128 2/1@512 swizzle 3\n"
                      "map 7 at " +
                      text(scratch) +
                      " 28/8 4/256@128 swizzle 1\n"
                      "launch tiles 132x384 200000 [" +
                      x + "] [" + text(scratch) + "] " + x + " " + text(arena) +
                      " " + text(arena + 512) + " tiles 1000\n");
}

TEST(Cuda, OtherLaunchesAreWhatTheyWere) {
  Model model = fakeModel();
  model.entries[0].plans.pop_back();
  Gpu gpu(model);
  ASSERT_EQ(gpu.status, MSA_OK) << msa_last_error();
  EXPECT_EQ(gpu.loaded, "load add_rows accumulate tokens\n");
  taken();
  ASSERT_EQ(gpu.step(gpu.x), MSA_OK) << msa_last_error();
  std::string said = taken();
  EXPECT_EQ(count(said, "\n"), 2u) << said;
  EXPECT_EQ(said.find("launch add_rows 1x128 0 " + text(gpu.x)), 0u) << said;
  EXPECT_NE(said.find(text(gpu.y) + " tiles 2\n"), std::string::npos) << said;
  EXPECT_NE(said.find("launch accumulate 1x128 0 "), std::string::npos);
}

/// Kernels leave their counters at zero: the second step finds them so.
TEST(Cuda, StepsAreRecordedAndClearedOnce) {
  Model model = fakeModel();
  std::vector<Dispatch> &dispatches = model.entries[0].plans[2].dispatches;
  dispatches.push_back(dispatches[0]);
  dispatches[1].sharedBytes = 100000; // twice on a multiprocessor
  Gpu gpu(model);
  ASSERT_EQ(gpu.status, MSA_OK) << msa_last_error();
  EXPECT_EQ(count(gpu.loaded, "reserve"), 1u);
  taken();
  ASSERT_EQ(gpu.step(gpu.x), MSA_OK);
  std::string said = taken();
  EXPECT_EQ(count(said, "launch tiles 132x384 200000 "), 1u) << said;
  EXPECT_EQ(count(said, "launch tiles 264x384 100000 "), 1u) << said;
  EXPECT_EQ(said.find("set 0 x 64\n"), 0u) << said;
  EXPECT_EQ(count(said, "set"), 1u) << said;
  ASSERT_EQ(gpu.step(gpu.x), MSA_OK);
  said = taken();
  EXPECT_EQ(count(said, "set"), 0u) << said;
  EXPECT_EQ(count(said, "tiles 1000 captured"), 2u) << said;
  EXPECT_EQ(count(said, "map "), 4u) << said;
  EXPECT_EQ(count(said, "replay\n"), 1u) << said;
  ASSERT_EQ(gpu.step(gpu.x), MSA_OK);
  EXPECT_EQ(taken(), "replay\n");
}

/// Another plan's buffers may lie where the counters are.
TEST(Cuda, CountersAreClearedBehindAnotherPlan) {
  Model model = fakeModel();
  model.entries.push_back(model.entries[0]);
  model.entries.back().name = "another";
  uint32_t other = static_cast<uint32_t>(model.entries.size()) - 1;
  Gpu gpu(model);
  ASSERT_EQ(gpu.status, MSA_OK) << msa_last_error();
  taken();
  std::string cleared;
  for (uint32_t entry : {0u, 0u, other, other, 0u, 0u}) {
    ASSERT_EQ(msa_session_step(gpu.session, entry, &gpu.in, 1, &gpu.out, 1, 0),
              MSA_OK)
        << msa_last_error();
    cleared += count(taken(), "set 0 x 64\n") ? 's' : '-';
  }
  EXPECT_EQ(cleared, "s-s-s-");
}

/// A step that failed may have left them anyhow.
TEST(Cuda, CountersAreClearedBehindAFailure) {
  Gpu gpu(fakeModel());
  ASSERT_EQ(gpu.status, MSA_OK) << msa_last_error();
  ASSERT_EQ(gpu.step(gpu.x), MSA_OK);
  taken();
  fake<void(int)>("fakeLaunch")(1);
  EXPECT_NE(gpu.step(gpu.x), MSA_OK);
  fake<void(int)>("fakeLaunch")(0);
  taken();
  ASSERT_EQ(gpu.step(gpu.x), MSA_OK) << msa_last_error();
  EXPECT_EQ(count(taken(), "set 0 x 64\n"), 1u);
  ASSERT_EQ(gpu.step(gpu.x), MSA_OK);
  EXPECT_EQ(count(taken(), "set"), 0u);
}

namespace {

/// A step of launches of `tiles`, 'w' where the kernel waits for the one before
/// it, '-' where it does not, '0' where it waits but has no tile.
Model launches(const std::string &kinds) {
  Model model = fakeModel();
  Plan &plan = model.entries[0].plans[2];
  Dispatch dispatch = plan.dispatches[0];
  plan.dispatches.clear();
  for (char kind : kinds) {
    plan.dispatches.push_back(dispatch);
    plan.dispatches.back().waits = kind != '-';
    plan.dispatches.back().tiles = kind == '0' ? 0 : 1000;
  }
  return model;
}

/// What was asked for: s is clearing, l a launch, E one that is early, r a
/// replay, x a launch that was refused; C after it: captured.
std::string order() {
  std::istringstream lines(taken());
  std::string line, result;
  while (std::getline(lines, line)) {
    bool early = count(line, " early"), captured = count(line, " captured");
    if (line.compare(0, 3, "set") == 0)
      result += 's';
    else if (line.compare(0, 6, "launch") == 0)
      result += early ? 'E' : 'l';
    else if (line.compare(0, 6, "refuse") == 0)
      result += 'x';
    else if (line == "replay")
      result += 'r';
    else
      continue;
    if (captured)
      result += 'C';
  }
  return result;
}

/// Three steps on the same memory.
std::string threeSteps(const Model &model) {
  Gpu gpu(model);
  EXPECT_EQ(gpu.status, MSA_OK) << msa_last_error();
  taken();
  std::string result;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(gpu.step(gpu.x), MSA_OK) << msa_last_error();
    result += (i ? " " : "") + order();
  }
  return result;
}

} // namespace

/// Early is a kernel that waits, after one that waits too: not the first of a
/// step, whatever is before it, and none that is recorded.
TEST(Cuda, KernelsThatWaitAreLaunchedEarly) {
  EXPECT_EQ(threeSteps(launches("ww")), "slE lClCr r");
  EXPECT_EQ(threeSteps(launches("www-w0w")), "slEEllE lClClClClClCr r");
  EXPECT_EQ(threeSteps(launches("-w-w")), "sllll lClClClCr r");
  EXPECT_EQ(threeSteps(launches("0ww")), "slE lClCr r");
  Model model = launches("ww");
  model.entries[0].plans[2].clearedBytes = 0;
  EXPECT_EQ(threeSteps(model), "lE lClCr r");
  // One by one, steps are not early either.
  EXPECT_EQ(threeSteps(launches("w")), "sl l l");
}

TEST(Cuda, EarlyLaunchesAreTurnedOff) {
  setenv("MSA_CUDA_DEPENDENT_LAUNCH", "off", 1);
  EXPECT_EQ(threeSteps(launches("ww")), "sll lClCr r");
  setenv("MSA_CUDA_DEPENDENT_LAUNCH", "on", 1);
  EXPECT_EQ(threeSteps(launches("ww")), "slE lClCr r");
  unsetenv("MSA_CUDA_DEPENDENT_LAUNCH");
}

/// Code that does not say that it waits never is, nor any on earlier GPUs.
TEST(Cuda, OtherCodeIsNotLaunchedEarly) {
  Model portable = fakeModel();
  portable.entries[0].plans.pop_back();
  EXPECT_EQ(threeSteps(portable), "ll lClCr r");
  for (Dispatch &dispatch : portable.entries[0].plans[1].dispatches)
    dispatch.waits = true;
  EXPECT_EQ(threeSteps(portable), "lE lClCr r");
  fake<void(int)>("fakeMajor")(8);
  EXPECT_EQ(threeSteps(portable), "ll lClCr r");
  fake<void(int)>("fakeMajor")(9);
}

TEST(Cuda, RefusedEarlyLaunchesAreLaunchedPlainly) {
  fake<void(int)>("fakeEarly")(0);
  EXPECT_EQ(threeSteps(launches("ww")), "slxl lClCr r");
  fake<void(int)>("fakeEarly")(1);
}

TEST(Cuda, WhereCapturingFailsStepsAreLaunched) {
  fake<void(int)>("fakeCapture")(0);
  Gpu gpu(launches("www"));
  ASSERT_EQ(gpu.status, MSA_OK) << msa_last_error();
  taken();
  ASSERT_EQ(gpu.step(gpu.x), MSA_OK);
  EXPECT_EQ(order(), "slEE");
  // What is launched then is in no graph; once more, and from then on.
  ASSERT_EQ(gpu.step(gpu.x), MSA_OK) << msa_last_error();
  EXPECT_EQ(order(), "lClClClEE");
  fake<void(int)>("fakeCapture")(1);
  ASSERT_EQ(gpu.step(gpu.x), MSA_OK);
  EXPECT_EQ(order(), "lEE");
  ASSERT_EQ(gpu.step(gpu.x + 8), MSA_OK);
  EXPECT_EQ(order(), "lEE");
}

TEST(Cuda, UnalignedMemoryIsRefusedBeforeAnythingRuns) {
  Model model = fakeModel();
  std::vector<Dispatch> &dispatches = model.entries[0].plans[2].dispatches;
  Dispatch first;
  first.kernel = "more";
  first.tiles = first.blockSize = first.tilesPerBlock = 1;
  first.buffers = {ref(BufferRef::Kind::Argument, 0),
                   ref(BufferRef::Kind::Argument, 2)};
  dispatches.insert(dispatches.begin(), first);
  Gpu gpu(model);
  ASSERT_EQ(gpu.status, MSA_OK) << msa_last_error();
  taken();
  EXPECT_EQ(gpu.step(gpu.x + 1), MSA_INVALID_ARGUMENT);
  EXPECT_NE(std::string(msa_last_error())
                .find("input 'x' lies at no multiple "
                      "of 16 bytes"),
            std::string::npos)
      << msa_last_error();
  EXPECT_EQ(taken(), "");
  EXPECT_EQ(gpu.step(gpu.x), MSA_OK) << msa_last_error();
}

TEST(Cuda, KernelsThatDoNotFitAreRefusedAtLoad) {
  Model model = fakeModel();
  Dispatch &dispatch = model.entries[0].plans[2].dispatches[0];
  dispatch.sharedBytes = 232449;
  Gpu large(model);
  EXPECT_EQ(large.status, MSA_DEVICE_ERROR);
  EXPECT_NE(std::string(msa_last_error()).find("reserving 232449 bytes"),
            std::string::npos)
      << msa_last_error();
  dispatch.sharedBytes = 0xffffffff;
  EXPECT_EQ(Gpu(model).status, MSA_DEVICE_ERROR);
  dispatch.sharedBytes = 0;
  dispatch.persistent = false;
  dispatch.tiles = int64_t(1) << 40;
  EXPECT_EQ(Gpu(model).status, MSA_DEVICE_ERROR);
  EXPECT_NE(std::string(msa_last_error()).find("too many tiles"),
            std::string::npos);
  dispatch.persistent = true;
  EXPECT_EQ(Gpu(model).status, MSA_OK) << msa_last_error();
  dispatch.kernel = "none";
  EXPECT_EQ(Gpu(model).status, MSA_MALFORMED_ARTEFACT);
}

/// With the driver before CUDA 11.8.
TEST(OldCuda, NothingIsEarly) {
  Model model = fakeModel();
  model.entries[0].plans.pop_back();
  for (Dispatch &dispatch : model.entries[0].plans[1].dispatches)
    dispatch.waits = true;
  EXPECT_EQ(threeSteps(model), "ll lClCr r");
}

/// With the driver before CUDA 12.0.
TEST(OldCuda, MapsAreRefused) {
  Gpu gpu(fakeModel());
  EXPECT_EQ(gpu.status, MSA_NO_GPU);
  EXPECT_NE(std::string(msa_last_error()).find("cuTensorMapEncodeTiled"),
            std::string::npos)
      << msa_last_error();
  Model model = fakeModel();
  model.entries[0].plans.pop_back();
  EXPECT_EQ(Gpu(model).status, MSA_OK) << msa_last_error();
}
