//===- ThreadPool.h - Workers for the tiles of a kernel -----------*- C++
//-*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_RUNTIME_THREADPOOL_H
#define MSA_RUNTIME_THREADPOOL_H

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace msa {
namespace runtime {

/// Runs `f(context, begin, end)` over ranges of tiles on a fixed set of
/// threads, the caller among them. Which thread takes which tile is left to
/// chance; tiles are independent, so results do not depend on it.
class ThreadPool {
public:
  using Function = void (*)(void *context, int64_t begin, int64_t end);

  explicit ThreadPool(unsigned threads);
  ~ThreadPool();
  unsigned size() const { return static_cast<unsigned>(workers.size()) + 1; }
  /// Returns when all tiles are done. One caller at a time; others wait.
  void run(int64_t tiles, Function f, void *context);

private:
  void work();
  void drain();

  std::vector<std::thread> workers;
  std::mutex callers; ///< Held by the thread whose job is running.
  std::mutex mutex;
  std::condition_variable wake;
  std::atomic<bool> stop{false};
  std::atomic<unsigned> sleepers{0}; ///< Workers that wait for `wake`.

  /// The gate of the current job: its number in the upper half, below it the
  /// workers that joined it, and whether more may.
  static constexpr uint64_t kClosed = uint64_t(1) << 31;
  static uint32_t jobOf(uint64_t gate) {
    return static_cast<uint32_t>(gate >> 32);
  }
  std::atomic<uint64_t> gate{kClosed};

  // The current job. Written while the gate is closed and nobody is inside.
  Function function = nullptr;
  void *context = nullptr;
  int64_t tiles = 0, chunk = 1;
  std::atomic<int64_t> next{0};
  std::atomic<uint32_t> left{0}; ///< Workers that joined and are done.
};

} // namespace runtime
} // namespace msa

#endif // MSA_RUNTIME_THREADPOOL_H
