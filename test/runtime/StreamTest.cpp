// Streams: tokens in calls of any size.

#include "TestModel.h"

#include <gtest/gtest.h>
#include <random>

using namespace msa_test;

namespace {
struct Record {
  std::vector<std::vector<int64_t>> rows = std::vector<std::vector<int64_t>>(2);
  int runs = 0;
  static void callback(void *self, const int64_t *, const int64_t *lengths,
                       const msa_tensor *outputs, size_t) {
    auto &record = *static_cast<Record *>(self);
    ++record.runs;
    for (int r = 0; r < 2; ++r)
      for (int64_t i = 0; i < lengths[r]; ++i)
        record.rows[r].push_back(
            static_cast<const int64_t *>(outputs[0].data)[4 * r + i]);
  }
};

struct Feed : Fixture {
  msa_stream *stream = nullptr;
  Feed() {
    EXPECT_EQ(msa_stream_create(session, 1, &stream), MSA_OK)
        << msa_last_error();
  }
  ~Feed() { msa_stream_destroy(stream); }
  msa_status feed(size_t row, std::vector<int64_t> tokens, Record &record) {
    return msa_stream_feed(stream, row, tokens.data(), tokens.size(),
                           Record::callback, &record);
  }
};
} // namespace

TEST(Stream, SplitsDoNotMatter) {
  std::mt19937 random(3);
  std::vector<int64_t> tokens;
  for (int i = 0; i < 203; ++i)
    tokens.push_back(random() % 256);
  Record whole;
  {
    Feed f;
    ASSERT_EQ(f.feed(0, tokens, whole), MSA_OK);
    ASSERT_EQ(msa_stream_flush(f.stream, 0, Record::callback, &whole), MSA_OK);
  }
  ASSERT_EQ(whole.rows[0].size(), tokens.size());
  for (size_t i = 0; i < tokens.size(); ++i)
    ASSERT_EQ(whole.rows[0][i], tokens[i] + 1000 * static_cast<int64_t>(i));
  for (int trial = 0; trial < 20; ++trial) {
    Feed f;
    Record split;
    for (size_t at = 0; at < tokens.size();) {
      size_t n = std::min<size_t>(1 + random() % 9, tokens.size() - at);
      ASSERT_EQ(
          f.feed(0, {tokens.begin() + at, tokens.begin() + at + n}, split),
          MSA_OK);
      at += n;
    }
    ASSERT_EQ(msa_stream_flush(f.stream, 0, Record::callback, &split), MSA_OK);
    EXPECT_EQ(split.rows[0], whole.rows[0]);
    EXPECT_EQ(msa_stream_position(f.stream, 0), 203);
  }
}

TEST(Stream, RowsStandWhereTheyStand) {
  Feed f;
  Record record;
  ASSERT_EQ(msa_stream_set_position(f.stream, 1, (int64_t(1) << 32) - 2),
            MSA_OK);
  ASSERT_EQ(f.feed(0, {1, 2, 3}, record), MSA_OK);
  ASSERT_EQ(f.feed(1, {5, 6, 7, 8}, record), MSA_OK);
  EXPECT_EQ(record.rows[0].size(), 0u);
  ASSERT_EQ(record.rows[1].size(), 4u);
  EXPECT_EQ(record.rows[1][3], 8 + 1000 * ((int64_t(1) << 32) + 1));
  EXPECT_EQ(msa_stream_position(f.stream, 0), 0);
  EXPECT_EQ(msa_stream_position(f.stream, 1), (int64_t(1) << 32) + 2);
  int64_t seen[2];
  ASSERT_EQ(msa_session_get_state(f.session, 1, seen, 16), MSA_OK);
  EXPECT_EQ(seen[0], 0);
  EXPECT_EQ(seen[1], 26);
}

TEST(Stream, LookingDoesNotCommit) {
  Feed f;
  Record record;
  ASSERT_EQ(f.feed(0, {1, 2}, record), MSA_OK);
  ASSERT_EQ(msa_stream_flush(f.stream, 1, Record::callback, &record), MSA_OK);
  EXPECT_EQ(record.rows[0], (std::vector<int64_t>{1, 1002}));
  EXPECT_EQ(msa_stream_position(f.stream, 0), 0);
  ASSERT_EQ(f.feed(0, {3, 4}, record), MSA_OK);
  EXPECT_EQ(record.rows[0],
            (std::vector<int64_t>{1, 1002, 1, 1002, 2003, 3004}));
}

TEST(Stream, SavedStreamsGoOn) {
  Record whole, first, second;
  std::vector<int64_t> tokens;
  for (int i = 0; i < 10; ++i)
    tokens.push_back(7 * i);
  {
    Feed f;
    ASSERT_EQ(f.feed(0, tokens, whole), MSA_OK);
  }
  Feed a, b;
  ASSERT_EQ(a.feed(0, {tokens.begin(), tokens.begin() + 6}, first), MSA_OK);
  size_t size = 0;
  ASSERT_EQ(msa_stream_export(a.stream, nullptr, 0, &size), MSA_OK);
  std::vector<uint8_t> blob(size);
  EXPECT_EQ(msa_stream_export(a.stream, blob.data(), size - 1, &size),
            MSA_INVALID_ARGUMENT);
  ASSERT_EQ(msa_stream_export(a.stream, blob.data(), size, &size), MSA_OK);
  // Whatever is wrong with a blob, the stream stays as it is.
  ASSERT_EQ(b.feed(0, {1, 2, 3, 4, 5}, second), MSA_OK);
  std::vector<uint8_t> before(size + 64), after(size + 64);
  size_t n = 0;
  ASSERT_EQ(msa_stream_export(b.stream, before.data(), before.size(), &n),
            MSA_OK);
  for (size_t i = 0; i < size; i += 3) {
    std::vector<uint8_t> damaged = blob;
    damaged[i] ^= 1;
    EXPECT_EQ(msa_stream_import(b.stream, damaged.data(), size),
              MSA_INCOMPATIBLE_STATE)
        << i;
    EXPECT_EQ(msa_stream_import(b.stream, blob.data(), i),
              MSA_INCOMPATIBLE_STATE)
        << i;
  }
  ASSERT_EQ(msa_stream_export(b.stream, after.data(), after.size(), &n),
            MSA_OK);
  EXPECT_EQ(before, after);
  ASSERT_EQ(msa_stream_import(b.stream, blob.data(), size), MSA_OK)
      << msa_last_error();
  EXPECT_EQ(msa_stream_position(b.stream, 0), 4);
  EXPECT_EQ(msa_stream_pending(b.stream, 0), 2u);
  second = Record();
  ASSERT_EQ(b.feed(0, {tokens.begin() + 6, tokens.end()}, second), MSA_OK);
  first.rows[0].insert(first.rows[0].end(), second.rows[0].begin(),
                       second.rows[0].end());
  EXPECT_EQ(first.rows[0], whole.rows[0]);
}

TEST(Stream, WrongCalls) {
  Feed f;
  Record record;
  EXPECT_EQ(f.feed(2, {1}, record), MSA_INVALID_ARGUMENT);
  EXPECT_EQ(f.feed(0, {int64_t(1) << 40}, record), MSA_INVALID_ARGUMENT);
  EXPECT_EQ(msa_stream_set_position(f.stream, 0, -1), MSA_INVALID_ARGUMENT);
  ASSERT_EQ(msa_stream_set_position(f.stream, 0, INT64_MAX - 1), MSA_OK);
  EXPECT_EQ(f.feed(0, {1, 2, 3}, record), MSA_INVALID_ARGUMENT);
  msa_stream *other = nullptr;
  EXPECT_EQ(msa_stream_create(f.session, 0, &other), MSA_INVALID_ARGUMENT);
  EXPECT_EQ(record.runs, 0);
}
