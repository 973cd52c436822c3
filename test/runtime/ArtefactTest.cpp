// Reading of artefacts: round trip, damage, and random bytes.

#include "TestModel.h"
#include "support/Mend.h"

#include <gtest/gtest.h>
#include <random>

using namespace msa_test;

TEST(Artefact, RoundTrip) {
  Model model = testModel(), read;
  std::vector<uint8_t> bytes = serialize(model);
  ASSERT_TRUE(parse(bytes.data(), bytes.size(), read));
  EXPECT_EQ(serialize(read), bytes);
  EXPECT_EQ(read.entries.size(), 2u);
  EXPECT_EQ(read.entries[0].plans[0].dispatches[0].kernel, "add_rows");
}

TEST(Artefact, EveryTruncationIsSeen) {
  std::vector<uint8_t> bytes = serialize(testModel());
  for (size_t n = 0; n < bytes.size(); n += n < 512 ? 1 : 97) {
    Model read;
    ParseResult result = parse(bytes.data(), n, read);
    EXPECT_NE(result.status, ParseStatus::Ok) << n;
    EXPECT_FALSE(result.message.empty());
  }
}

TEST(Artefact, EveryFlippedByteIsSeen) {
  std::vector<uint8_t> bytes = serialize(testModel());
  for (size_t i = 0; i < bytes.size(); i += i < 512 ? 1 : 61) {
    std::vector<uint8_t> damaged = bytes;
    damaged[i] ^= 0x40;
    Model read;
    EXPECT_NE(parse(damaged.data(), damaged.size(), read).status,
              ParseStatus::Ok)
        << i;
  }
}

TEST(Artefact, ForeignAndOtherVersions) {
  const char text[] =
      "#!/bin/sh\necho no artefact, but long enough to have a header\n";
  Model read;
  EXPECT_EQ(
      parse(reinterpret_cast<const uint8_t *>(text), sizeof text, read).status,
      ParseStatus::NotAnArtefact);
  EXPECT_EQ(parse(nullptr, 0, read).status, ParseStatus::NotAnArtefact);
  std::vector<uint8_t> bytes = serialize(testModel());
  for (uint32_t version : {kFormatVersion - 1, kFormatVersion + 1, 0u}) {
    std::memcpy(bytes.data() + 8, &version, 4);
    EXPECT_EQ(parse(bytes.data(), bytes.size(), read).status,
              ParseStatus::OtherVersion)
        << version;
  }
}

TEST(Artefact, InconsistentModelsAreRefused) {
  auto refused = [](auto change) {
    Model model = testModel();
    change(model);
    return !verify(model);
  };
  EXPECT_TRUE(refused([](Model &m) { m.entries[0].arguments[1].index = 7; }));
  EXPECT_TRUE(refused([](Model &m) { m.states[0].initial = 3; }));
  EXPECT_TRUE(refused([](Model &m) { m.states[0].type.shape = {-2, 4}; }));
  EXPECT_TRUE(refused([](Model &m) {
    m.states[0].type.shape = {int64_t(1) << 40, int64_t(1) << 40};
  }));
  EXPECT_TRUE(refused([](Model &m) { m.constants[0].data.pop_back(); }));
  EXPECT_TRUE(refused([](Model &m) { m.entries[1].name = "step"; }));
  EXPECT_TRUE(refused([](Model &m) {
    m.entries[0].plans[0].dispatches[0].buffers[0].index = 99;
  }));
  EXPECT_TRUE(refused([](Model &m) {
    m.entries[0].plans[0].dispatches[0].buffers[2] =
        ref(BufferRef::Kind::Arena, 0, 4096);
  }));
  EXPECT_TRUE(refused(
      [](Model &m) { m.entries[0].plans[0].dispatches[0].tiles = -1; }));
  EXPECT_FALSE(refused([](Model &) {}));
}

TEST(Artefact, RoundTripOfGpuPlans) {
  Model model = gpuModel(), read;
  std::vector<uint8_t> bytes = serialize(model);
  ParseResult result = parse(bytes.data(), bytes.size(), read);
  ASSERT_TRUE(result) << result.message;
  EXPECT_EQ(serialize(read), bytes);
  const Plan &plan = read.entries[0].plans[2];
  EXPECT_EQ(plan.arch, "sm_90a");
  const Dispatch &dispatch = plan.dispatches[0];
  EXPECT_EQ(dispatch.clusterSize, 2u);
  EXPECT_TRUE(dispatch.persistent);
  EXPECT_TRUE(dispatch.waits);
  EXPECT_EQ(plan.clearedBytes, 64u);
  ASSERT_EQ(dispatch.maps.size(), 2u);
  const TensorMap &map = dispatch.maps[1];
  EXPECT_EQ(map.buffer, 1u);
  EXPECT_EQ(map.dtype, DType::F32);
  EXPECT_EQ(map.byteOffset, 16u);
  EXPECT_EQ(map.sizes, (std::vector<int64_t>{28, 4}));
  EXPECT_EQ(map.strides, (std::vector<int64_t>{128}));
  EXPECT_EQ(map.box, (std::vector<int64_t>{8, 256}));
  EXPECT_EQ(map.swizzle, 32u);
}

/// Each rule of launches and maps, by the message that it gives.
TEST(Artefact, InconsistentLaunchesAreRefused) {
  auto refusal = [](auto change) {
    Model model = gpuModel();
    Plan &plan = model.entries[0].plans[2];
    change(plan, plan.dispatches[0], plan.dispatches[0].maps[0]);
    return verify(model).message;
  };
#define REFUSED(text, ...)                                                     \
  EXPECT_NE(refusal([](Plan &p, Dispatch &d, TensorMap &m) {                   \
              (void)p, (void)d, (void)m;                                       \
              __VA_ARGS__;                                                     \
            }).find(text),                                                     \
            std::string::npos)                                                 \
      << #__VA_ARGS__
#define TAKEN(...)                                                             \
  EXPECT_EQ(refusal([](Plan &p, Dispatch &d, TensorMap &m) {                   \
              (void)p, (void)d, (void)m;                                       \
              __VA_ARGS__;                                                     \
            }),                                                                \
            "")                                                                \
      << #__VA_ARGS__
  using Kind = BufferRef::Kind;
  TAKEN();
  REFUSED("two plans for one target", p.arch = "sm_80");
  REFUSED("for which there is no code", p.arch = "sm_90");
  REFUSED("impossible launch", d.blockSize = 0);
  REFUSED("impossible launch", d.blockSize = 1025);
  REFUSED("impossible launch", d.tilesPerBlock = 0);
  REFUSED("clusters of", d.clusterSize = 0);
  REFUSED("clusters of", d.clusterSize = 3);
  REFUSED("clusters of", d.clusterSize = 16);
  TAKEN(d.clusterSize = 8);
  REFUSED("how many tiles a block has", d.tilesPerBlock = 2);
  TAKEN(d.persistent = false, d.tilesPerBlock = 2);
  REFUSED("impossible number of bytes", p.clearedBytes = 66);
  REFUSED("impossible number of bytes", p.clearedBytes = 580);
  REFUSED("impossible number of bytes", p.clearedBytes = ~uint64_t(3));
  TAKEN(p.clearedBytes = 576);
  TAKEN(p.clearedBytes = 0);
  TAKEN(d.waits = false);
  REFUSED("unaligned place", d.buffers[2] = ref(Kind::Arena, 0, 4));
  REFUSED("too many tensor maps", d.maps.resize(17, m));
  TAKEN(d.maps.resize(16, TensorMap(m)));
  REFUSED("element type", m.dtype = DType::F64);
  REFUSED("element type", m.dtype = static_cast<DType>(77));
  REFUSED("2 to 5 dimensions", m.sizes.pop_back());
  REFUSED("2 to 5 dimensions", m.strides.pop_back());
  REFUSED("2 to 5 dimensions", m.box.pop_back());
  REFUSED("2 to 5 dimensions", m.sizes = m.box = {64}, m.strides.clear());
  REFUSED("2 to 5 dimensions", m.sizes = m.box = {64, 1, 1, 1, 1, 1},
          m.strides = {128, 128, 128, 128, 128});
  TAKEN(m.sizes = m.box = {64, 1, 1, 1, 1}, m.strides = {128, 128, 128, 128});
  REFUSED("has a size that", m.sizes[1] = 0);
  REFUSED("has a size that", m.sizes[2] = -1);
  REFUSED("has a size that", m.sizes[2] = int64_t(1) << 31);
  REFUSED("has a box size", m.box[1] = 0);
  REFUSED("has a box size", m.box[1] = 257);
  REFUSED("has a stride", m.strides[0] = 0);
  REFUSED("has a stride", m.strides[0] = -128);
  REFUSED("has a stride", m.strides[0] = 120);
  REFUSED("has a stride", m.strides[1] = int64_t(1) << 40);
  REFUSED("begins at no multiple", m.byteOffset = 8);
  REFUSED("unknown swizzle", m.swizzle = 16);
  REFUSED("unknown swizzle", m.swizzle = 256);
  REFUSED("rows are no multiple of 16", m.box[0] = 60);
  REFUSED("longer than its swizzle", m.swizzle = 64);
  TAKEN(m.swizzle = 64, m.box[0] = 32);
  REFUSED("buffer that does not exist", m.buffer = 3);
  REFUSED("unaligned buffer", d.buffers[0].byteOffset = 8);
  REFUSED("ends past its buffer", m.sizes[0] = 65);
  REFUSED("ends past its buffer", m.byteOffset = 16);
  REFUSED("ends past its buffer", d.buffers[0].byteOffset = 16);
  REFUSED("ends past its buffer", m.strides[1] = 528);
  REFUSED("ends past its buffer", m.byteOffset = ~uint64_t(15));
  REFUSED("ends past its buffer",
          m.sizes = {0x7fffffff, 0x7fffffff, 0x7fffffff},
          m.strides = {(int64_t(1) << 40) - 16, (int64_t(1) << 40) - 16});
  // A CPU has none of it.
  auto onCpu = [](auto change) {
    Model model = testModel();
    Plan &plan = model.entries[0].plans[0];
    change(plan, plan.dispatches[0]);
    return verify(model).message.find("as only a GPU can") != std::string::npos;
  };
  EXPECT_TRUE(onCpu([](Plan &, Dispatch &d) { d.clusterSize = 2; }));
  EXPECT_TRUE(onCpu([](Plan &, Dispatch &d) { d.clusterSize = 0; }));
  EXPECT_TRUE(onCpu([](Plan &, Dispatch &d) { d.persistent = true; }));
  EXPECT_TRUE(onCpu([](Plan &p, Dispatch &) { p.clearedBytes = 4; }));
  EXPECT_TRUE(onCpu([](Plan &, Dispatch &d) { d.waits = true; }));
  EXPECT_TRUE(onCpu([](Plan &, Dispatch &d) { d.maps.emplace_back(); }));
#undef REFUSED
#undef TAKEN
}

TEST(Artefact, ExtentOfMaps) {
  TensorMap map;
  map.dtype = DType::F16;
  map.byteOffset = 32;
  map.sizes = {3, 5};
  map.strides = {16};
  EXPECT_EQ(extentOf(map), 32u + 4 * 16 + 3 * 2);
  map.sizes = {3, 5, 7};
  map.strides = {16, 4096};
  EXPECT_EQ(extentOf(map), 32u + 6 * 4096 + 4 * 16 + 3 * 2);
  map.sizes[2] = INT64_MAX;
  EXPECT_EQ(extentOf(map), UINT64_MAX);
  map.sizes[2] = 0;
  EXPECT_EQ(extentOf(map), UINT64_MAX);
  map.sizes[2] = 1;
  map.strides[1] = INT64_MIN;
  EXPECT_EQ(extentOf(map), UINT64_MAX);
  map.strides.pop_back();
  EXPECT_EQ(extentOf(map), UINT64_MAX);
}

/// Random damage behind a valid checksum: whatever parses is consistent.
TEST(Artefact, FuzzedBytes) {
  std::vector<uint8_t> good = serialize(gpuModel());
  std::mt19937 random(7);
  int parsed = 0;
  const int count = 30000;
  for (int n = 0; n < count; ++n) {
    std::vector<uint8_t> bytes = good;
    int edits = 1 + random() % 4;
    for (int e = 0; e < edits; ++e) {
      // The structure lies before the code: most edits go there.
      size_t at = random() % std::min<size_t>(bytes.size(), 2800);
      switch (random() % 4) {
      case 0:
        bytes[at] = static_cast<uint8_t>(random());
        break;
      case 1:
        bytes[at] ^= uint8_t(1) << random() % 8;
        break;
      case 2:
        bytes.erase(bytes.begin() + static_cast<long>(at));
        break;
      default:
        bytes.insert(bytes.begin() + static_cast<long>(at),
                     static_cast<uint8_t>(random()));
        break;
      }
    }
    mend(bytes, good);
    Model read;
    if (parse(bytes.data(), bytes.size(), read)) {
      ++parsed;
      ASSERT_TRUE(verify(read));
    }
  }
  std::printf("%d of %d damaged artefacts were consistent all the same\n",
              parsed, count);
  EXPECT_GT(parsed, 0) << "the fuzzer never gets past the header";
}
