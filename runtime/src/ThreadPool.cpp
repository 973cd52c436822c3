//===- ThreadPool.cpp - Workers for the tiles of a kernel -----------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ThreadPool.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

using namespace msa::runtime;

static void pause() {
#if defined(__x86_64__)
  _mm_pause();
#endif
}

/// A model is a chain of short dispatches: a worker that waits for the next one
/// spins for some tens of microseconds before it sleeps.
static constexpr int kSpins = 4000;

ThreadPool::ThreadPool(unsigned threads) {
  try {
    for (unsigned i = 1; i < threads; ++i)
      workers.emplace_back([this] { work(); });
  } catch (...) {
    // Fewer threads than asked for still compute the same.
    if (workers.empty() && threads > 1)
      return;
  }
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard<std::mutex> lock(mutex);
    stop = true;
    generation.fetch_add(1);
  }
  wake.notify_all();
  for (std::thread &worker : workers)
    worker.join();
}

void ThreadPool::drain() {
  for (;;) {
    int64_t begin = next.fetch_add(chunk, std::memory_order_relaxed);
    if (begin >= tiles)
      return;
    function(context, begin, begin + chunk < tiles ? begin + chunk : tiles);
  }
}

void ThreadPool::work() {
  uint64_t seen = 0;
  for (;;) {
    int spins = 0;
    while (generation.load(std::memory_order_acquire) == seen &&
           spins < kSpins) {
      pause();
      ++spins;
    }
    if (generation.load(std::memory_order_acquire) == seen) {
      std::unique_lock<std::mutex> lock(mutex);
      wake.wait(lock, [&] {
        return generation.load(std::memory_order_acquire) != seen;
      });
    }
    seen = generation.load(std::memory_order_acquire);
    if (stop)
      return;
    drain();
    busy.fetch_sub(1, std::memory_order_acq_rel);
  }
}

void ThreadPool::run(int64_t count, Function f, void *argument) {
  if (workers.empty() || count <= 1) {
    if (count > 0)
      f(argument, 0, count);
    return;
  }
  std::lock_guard<std::mutex> caller(callers);
  function = f;
  context = argument;
  tiles = count;
  // Patterns make tiles of unequal cost, so chunks are small, but a kernel
  // also sets up constants once a call.
  chunk = count / (size() * 64);
  if (chunk < 1)
    chunk = 1;
  next.store(0, std::memory_order_relaxed);
  busy.store(static_cast<unsigned>(workers.size()), std::memory_order_relaxed);
  {
    std::lock_guard<std::mutex> lock(mutex);
    generation.fetch_add(1, std::memory_order_release);
  }
  wake.notify_all();
  drain();
  for (int spins = 0; busy.load(std::memory_order_acquire) != 0;) {
    if (++spins < kSpins)
      pause();
    else
      std::this_thread::yield();
  }
}
