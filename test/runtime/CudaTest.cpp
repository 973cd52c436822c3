// The CUDA device against a driver that runs nothing and writes down what it is
// asked for (fakecuda.cpp): launches, maps, clearing, recording.

#include "FakeCuda.h"

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
  // The arena is where the second map says, 80 bytes before.
  size_t at = said.find("map 7 at ") + 9;
  char *scratch = nullptr;
  ASSERT_EQ(
      std::sscanf(said.c_str() + at, "%p", reinterpret_cast<void **>(&scratch)),
      1);
  char *arena = scratch - 80;
  EXPECT_EQ(said, "set 0 x 4\n"
                  "map 9 at " +
                      x +
                      " 64/64 4/4@128 2/1@512 swizzle 3\n"
                      "map 7 at " +
                      text(scratch) +
                      " 28/8 4/256@128 swizzle 1\n"
                      "launch tiles 132x384 200000 [" +
                      x + "] [" + text(scratch) + "] " + x + " " +
                      text(arena + 64) + " " + text(arena) + " tiles 1000\n");
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

TEST(Cuda, ClearingIsRecordedToo) {
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
  EXPECT_EQ(count(said, "set 0 x 4\n"), 2u) << said;
  ASSERT_EQ(gpu.step(gpu.x), MSA_OK);
  said = taken();
  EXPECT_EQ(count(said, "set 0 x 4 captured\n"), 2u) << said;
  EXPECT_EQ(count(said, "tiles 1000 captured\n"), 2u) << said;
  EXPECT_EQ(count(said, "map "), 4u) << said;
  EXPECT_EQ(count(said, "replay\n"), 1u) << said;
  ASSERT_EQ(gpu.step(gpu.x), MSA_OK);
  EXPECT_EQ(taken(), "replay\n");
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
