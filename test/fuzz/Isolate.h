//===- Isolate.h - Inputs that may not take the fuzzer down -----*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs numbered inputs in child processes. A child that dies or takes too long
// is a finding with a number; the next child goes on behind it.
//
//===----------------------------------------------------------------------===//

#ifndef MSA_TEST_FUZZ_ISOLATE_H
#define MSA_TEST_FUZZ_ISOLATE_H

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#define MSA_FUZZ_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MSA_FUZZ_SANITIZED 1
#endif
#endif
#ifndef MSA_FUZZ_SANITIZED
#define MSA_FUZZ_SANITIZED 0
#endif

namespace msa_fuzz {

struct Limits {
  int64_t batch = 50;                                ///< Inputs of a child.
  int64_t cpuSeconds = MSA_FUZZ_SANITIZED ? 60 : 15; ///< Of one input.
  uint64_t bytes = uint64_t(6) << 30; ///< Address space; not when sanitized.
};

struct Finding {
  int64_t input;
  bool slow; ///< Out of time; else died.
  int status;
};

/// Memory that children and parent share, zeroed.
template <typename T> T *shared() {
  void *memory = mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    std::perror("mmap");
    std::exit(2);
  }
  return new (memory) T();
}

/// Calls `start` once in each child and then `run` on its inputs, which may
/// write to shared memory only.
inline std::vector<Finding>
runIsolated(int64_t first, int64_t count, const Limits &limits,
            const std::function<void()> &start,
            const std::function<void(int64_t)> &run) {
  struct Progress {
    int64_t next;
  };
  Progress *progress = shared<Progress>();
  std::vector<Finding> findings;
  int64_t end = first + count;
  for (int64_t begin = first; begin < end;) {
    progress->next = begin;
    std::fflush(nullptr);
    pid_t child = fork();
    if (child < 0) {
      std::perror("fork");
      std::exit(2);
    }
    if (child == 0) {
      rlimit core = {0, 0};
      setrlimit(RLIMIT_CORE, &core);
      if (!MSA_FUZZ_SANITIZED) {
        rlimit space = {limits.bytes, limits.bytes};
        setrlimit(RLIMIT_AS, &space);
      }
      start();
      for (int64_t n = begin; n < end && n < begin + limits.batch; ++n) {
        progress->next = n;
        // Time of this process, not of a busy machine; and a clock, for
        // threads that wait for each other.
        itimerval cpu = {};
        cpu.it_value.tv_sec = limits.cpuSeconds;
        setitimer(ITIMER_PROF, &cpu, nullptr);
        alarm(static_cast<unsigned>(30 * limits.cpuSeconds));
        run(n);
      }
      progress->next = begin + limits.batch;
      std::fflush(nullptr);
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
      begin = begin + limits.batch;
      continue;
    }
    bool slow = WIFSIGNALED(status) &&
                (WTERMSIG(status) == SIGPROF || WTERMSIG(status) == SIGALRM);
    findings.push_back({progress->next, slow, status});
    begin = progress->next + 1;
  }
  return findings;
}

} // namespace msa_fuzz

#endif // MSA_TEST_FUZZ_ISOLATE_H
