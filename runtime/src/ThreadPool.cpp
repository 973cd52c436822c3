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
  uint32_t seen = 0;
  for (;;) {
    uint64_t now = gate.load(std::memory_order_acquire);
    for (int spins = 0; jobOf(now) == seen && spins < kSpins; ++spins) {
      pause();
      now = gate.load(std::memory_order_acquire);
    }
    if (jobOf(now) == seen) {
      // Either this thread sees the job, or the caller sees it asleep.
      std::unique_lock<std::mutex> lock(mutex);
      sleepers.fetch_add(1);
      wake.wait(lock, [&] { return stop || jobOf(gate.load()) != seen; });
      sleepers.fetch_sub(1);
    }
    if (stop)
      return;
    // Join the job, unless its caller has finished it already.
    now = gate.load(std::memory_order_acquire);
    while (!(now & kClosed) && !gate.compare_exchange_weak(
                                   now, now + 1, std::memory_order_acq_rel)) {
    }
    seen = jobOf(now);
    if (now & kClosed)
      continue;
    drain();
    left.fetch_add(1, std::memory_order_release);
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
  left.store(0, std::memory_order_relaxed);
  uint64_t job = static_cast<uint64_t>(jobOf(gate.load()) + 1);
  gate.store(job << 32);
  if (sleepers.load() > 0) {
    {
      std::lock_guard<std::mutex> lock(mutex);
    }
    wake.notify_all();
  }
  drain();
  // Workers that did not come in time are not waited for.
  uint32_t joined =
      static_cast<uint32_t>(gate.fetch_or(kClosed)) & ~uint32_t(kClosed);
  for (int spins = 0; left.load(std::memory_order_acquire) != joined;) {
    if (++spins < kSpins)
      pause();
    else
      std::this_thread::yield();
  }
}
