// The thread pool: every tile once, whatever the numbers.

#include "ThreadPool.h"

#include <gtest/gtest.h>

using msa::runtime::ThreadPool;

TEST(ThreadPool, EveryTileOnce) {
  for (unsigned threads : {1u, 2u, 3u, 8u}) {
    ThreadPool pool(threads);
    for (int64_t tiles : {0, 1, 2, 7, 64, 1000, 4097}) {
      std::vector<std::atomic<int>> count(static_cast<size_t>(tiles));
      pool.run(
          tiles,
          [](void *context, int64_t begin, int64_t end) {
            auto &seen = *static_cast<std::vector<std::atomic<int>> *>(context);
            for (int64_t i = begin; i < end; ++i)
              ++seen[static_cast<size_t>(i)];
          },
          &count);
      for (auto &n : count)
        ASSERT_EQ(n, 1);
    }
  }
}

TEST(ThreadPool, CallersFromManyThreads) {
  ThreadPool pool(2);
  std::atomic<int64_t> total{0};
  std::vector<std::thread> callers;
  for (int t = 0; t < 4; ++t)
    callers.emplace_back([&] {
      for (int i = 0; i < 300; ++i)
        pool.run(
            10,
            [](void *context, int64_t begin, int64_t end) {
              *static_cast<std::atomic<int64_t> *>(context) += end - begin;
            },
            &total);
    });
  for (std::thread &caller : callers)
    caller.join();
  EXPECT_EQ(total, 4 * 300 * 10);
}
