// What a GPU is told, without a GPU: sizes of launches, descriptions of tensor
// maps, and which code it runs.

#include "LaunchPlan.h"
#include "TestModel.h"

#include <gtest/gtest.h>

using namespace msa_test;
using namespace msa::runtime;

static Dispatch dispatch(int64_t tiles, uint32_t tilesPerBlock = 1,
                         uint32_t cluster = 1, bool persistent = false) {
  Dispatch d;
  d.tiles = tiles;
  d.tilesPerBlock = tilesPerBlock;
  d.clusterSize = cluster;
  d.persistent = persistent;
  return d;
}

TEST(Launch, OneBlockForSoManyTiles) {
  EXPECT_EQ(blocksOf(dispatch(0, 128), 0), 0);
  EXPECT_EQ(blocksOf(dispatch(1, 128), 0), 1);
  EXPECT_EQ(blocksOf(dispatch(128, 128), 0), 1);
  EXPECT_EQ(blocksOf(dispatch(129, 128), 0), 2);
  EXPECT_EQ(blocksOf(dispatch(77), 0), 77);
  // What the GPU runs at once does not matter.
  EXPECT_EQ(blocksOf(dispatch(77), 3), 77);
}

TEST(Launch, WholeClusters) {
  EXPECT_EQ(blocksOf(dispatch(8, 1, 4), 0), 8);
  EXPECT_EQ(blocksOf(dispatch(9, 1, 4), 0), 12);
  EXPECT_EQ(blocksOf(dispatch(1, 1, 8), 0), 8);
  EXPECT_EQ(blocksOf(dispatch(0, 1, 8), 0), 0);
}

TEST(Launch, PersistentFillsTheGpuOnce) {
  EXPECT_EQ(blocksOf(dispatch(1000, 1, 1, true), 132), 132);
  EXPECT_EQ(blocksOf(dispatch(132, 1, 1, true), 132), 132);
  EXPECT_EQ(blocksOf(dispatch(5, 1, 1, true), 132), 5);
  EXPECT_EQ(blocksOf(dispatch(0, 1, 1, true), 132), 0);
  // Clusters that run at once, and no more than the tiles need.
  EXPECT_EQ(blocksOf(dispatch(1000, 1, 8, true), 132), 128);
  EXPECT_EQ(blocksOf(dispatch(1000, 1, 2, true), 131), 130);
  EXPECT_EQ(blocksOf(dispatch(5, 1, 2, true), 132), 6);
  EXPECT_EQ(blocksOf(dispatch(5, 1, 8, true), 132), 8);
}

TEST(Launch, TooManyTilesAreSeen) {
  EXPECT_EQ(blocksOf(dispatch(kMaxBlocks), 0), kMaxBlocks);
  for (int64_t tiles : {kMaxBlocks + 1, INT64_MAX - 1, INT64_MAX})
    for (uint32_t cluster : {1u, 2u, 8u})
      EXPECT_GT(blocksOf(dispatch(tiles, 1, cluster), 0), kMaxBlocks) << tiles;
  EXPECT_EQ(blocksOf(dispatch(INT64_MAX, 1, 1, true), 264), 264);
  EXPECT_GT(blocksOf(dispatch(INT64_MAX, 0xffffffff), 0), 0);
}

TEST(Launch, MapArguments) {
  Model model = gpuModel();
  const Dispatch &d = model.entries[0].plans[2].dispatches[0];
  alignas(16) char memory[64];
  MapArguments a = mapArguments(d.maps[0], memory);
  EXPECT_EQ(a.dtype, 9); // CU_TENSOR_MAP_DATA_TYPE_BFLOAT16
  EXPECT_EQ(a.rank, 3u);
  EXPECT_EQ(a.address, memory);
  for (auto [i, size] : {std::pair(0, 64), {1, 4}, {2, 2}, {3, 0}, {4, 0}})
    EXPECT_EQ(a.sizes[i], static_cast<uint64_t>(size)) << i;
  EXPECT_EQ(a.strides[0], 128u);
  EXPECT_EQ(a.strides[1], 512u);
  EXPECT_EQ(a.box[0], 64u);
  EXPECT_EQ(a.box[1], 4u);
  EXPECT_EQ(a.box[2], 1u);
  EXPECT_EQ(a.swizzle, 3); // CU_TENSOR_MAP_SWIZZLE_128B
  EXPECT_EQ(a.interleave, 0);
  EXPECT_EQ(a.promotion, 2); // CU_TENSOR_MAP_L2_PROMOTION_L2_128B
  EXPECT_EQ(a.fill, 0);
  for (uint32_t stride : a.elementStrides)
    EXPECT_EQ(stride, 1u);

  a = mapArguments(d.maps[1], memory);
  EXPECT_EQ(a.dtype, 7); // CU_TENSOR_MAP_DATA_TYPE_FLOAT32
  EXPECT_EQ(a.rank, 2u);
  EXPECT_EQ(a.address, memory + 16);
  EXPECT_EQ(a.box[1], 256u);
  EXPECT_EQ(a.swizzle, 1); // CU_TENSOR_MAP_SWIZZLE_32B
  TensorMap map = d.maps[1];
  map.dtype = DType::F16;
  map.swizzle = 64;
  EXPECT_EQ(mapArguments(map, memory).dtype, 6);
  EXPECT_EQ(mapArguments(map, memory).swizzle, 2);
  map.swizzle = 0;
  EXPECT_EQ(mapArguments(map, memory).swizzle, 0);
}

TEST(Launch, CodeThatAGpuRuns) {
  auto lacks = [](const char *arch, int capability,
                  CodeObject::Kind kind = CodeObject::Kind::Ptx) {
    CodeObject object;
    object.kind = kind;
    object.arch = arch;
    return lacksOnGpu(object, capability);
  };
  EXPECT_EQ(lacks("sm_80", 80), "");
  EXPECT_EQ(lacks("sm_80", 120), "");
  EXPECT_EQ(lacks("sm_80", 75), "sm_80 or later");
  EXPECT_EQ(lacks("sm_90a", 90), "");
  EXPECT_EQ(lacks("sm_90a", 100), "sm_90 exactly");
  EXPECT_EQ(lacks("sm_90a", 89), "sm_90 exactly");
  EXPECT_EQ(lacks("sm_90", 90, CodeObject::Kind::Cubin), "");
  EXPECT_EQ(lacks("sm_90", 100, CodeObject::Kind::Cubin), "sm_90 exactly");
  for (const char *arch : {"", "sm_", "sm_x", "sm_-3", "sm_0", "gfx90a"})
    EXPECT_NE(lacks(arch, 90), "") << arch;
}
