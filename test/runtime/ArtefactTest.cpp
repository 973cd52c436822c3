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

/// Random damage behind a valid checksum: whatever parses is consistent.
TEST(Artefact, FuzzedBytes) {
  std::vector<uint8_t> good = serialize(testModel());
  std::mt19937 random(7);
  int parsed = 0;
  const int count = 30000;
  for (int n = 0; n < count; ++n) {
    std::vector<uint8_t> bytes = good;
    int edits = 1 + random() % 4;
    for (int e = 0; e < edits; ++e) {
      // The structure lies before the code: most edits go there.
      size_t at = random() % std::min<size_t>(bytes.size(), 1400);
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
