//===- CpuDevice.cpp - Kernels on a thread pool ---------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Device.h"
#include "ThreadPool.h"

#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <fstream>
#include <sched.h>
#include <set>
#include <sstream>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace msa::artefact;
using namespace msa::runtime;

namespace {

/// The loader maps what the headers of a shared object say and dies where the
/// file ends before that. So: the file is for this machine, and holds all of
/// its segments.
bool isWholeObject(const std::vector<uint8_t> &data) {
  Elf64_Ehdr header;
  if (data.size() < sizeof header)
    return false;
  std::memcpy(&header, data.data(), sizeof header);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_ident[EI_CLASS] != ELFCLASS64 ||
      header.e_ident[EI_DATA] != ELFDATA2LSB || header.e_type != ET_DYN ||
      header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0)
    return false;
  uint64_t table = uint64_t(header.e_phnum) * sizeof(Elf64_Phdr);
  if (header.e_phoff > data.size() || table > data.size() - header.e_phoff)
    return false;
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    std::memcpy(&segment, data.data() + header.e_phoff + i * sizeof(Elf64_Phdr),
                sizeof segment);
    if (segment.p_offset > data.size() ||
        segment.p_filesz > data.size() - segment.p_offset)
      return false;
  }
  return true;
}

/// A shared object that never touches a file system: it lives in a memfd.
class CpuProgram final : public Program {
public:
  CpuProgram(const CodeObject &object) {
    if (!isWholeObject(object.data))
      throw Error(MSA_MALFORMED_ARTEFACT, "the artefact's CPU code for " +
                                              object.arch +
                                              " is no whole shared object");
    fd = memfd_create("msa-kernels", MFD_CLOEXEC);
    if (fd < 0)
      throw Error(MSA_OUT_OF_MEMORY, "can not create memory for CPU code");
    size_t done = 0;
    while (done < object.data.size()) {
      ssize_t n =
          write(fd, object.data.data() + done, object.data.size() - done);
      if (n <= 0) {
        close(fd);
        throw Error(MSA_OUT_OF_MEMORY, "can not hold the CPU code in memory");
      }
      done += static_cast<size_t>(n);
    }
    std::string path = "/proc/self/fd/" + std::to_string(fd);
    handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
      std::string reason = dlerror();
      close(fd);
      throw Error(MSA_MALFORMED_ARTEFACT,
                  "the artefact's CPU code can not be loaded: " + reason);
    }
  }
  ~CpuProgram() override {
    dlclose(handle);
    close(fd);
  }
  void *prepare(const Dispatch &dispatch) override {
    void *symbol = dlsym(handle, dispatch.kernel.c_str());
    if (!symbol)
      throw Error(MSA_MALFORMED_ARTEFACT,
                  "the artefact's CPU code has no kernel '" + dispatch.kernel +
                      "'");
    return symbol;
  }

private:
  void *handle = nullptr;
  /// Open as long as the code is loaded: the loader knows libraries by path,
  /// and would take the next one under the same number for this one.
  int fd = -1;
};

std::set<std::string> cpuFeatures() {
  std::set<std::string> features;
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.compare(0, 5, "flags") != 0)
      continue;
    std::istringstream words(line.substr(line.find(':') + 1));
    for (std::string word; words >> word;)
      features.insert(word);
    break;
  }
  return features;
}

bool usesTiles(const CodeObject &object) {
  for (const std::string &feature : object.features)
    if (feature == "amx_tile")
      return true;
  return false;
}

/// Asks Linux once for the state of AMX tiles, which every process must before
/// its first tile instruction; it holds for all of its threads
/// (Documentation/arch/x86/xstate.rst).
bool tilesAllowed() {
  static const bool allowed = [] {
    constexpr long kRequestPermission = 0x1023, kTileData = 18;
    return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
  }();
  return allowed;
}

unsigned usableCores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0)
    if (int count = CPU_COUNT(&set); count > 0)
      return static_cast<unsigned>(count);
  return 1;
}

class CpuDevice final : public Device {
public:
  explicit CpuDevice(unsigned threads)
      : pool(threads ? threads : usableCores()), features(cpuFeatures()) {
    title = "cpu, " + std::to_string(pool.size()) +
            (pool.size() == 1 ? " thread" : " threads");
  }

  Target target() const override { return Target::Cpu; }
  const std::string &name() const override { return title; }

  void *allocate(uint64_t bytes) override {
    // Large buffers on huge pages: attention walks keys and values of many
    // heads, and misses of the TLB would cost more than the arithmetic.
    uint64_t alignment = bytes >= kHuge ? kHuge : 64;
    uint64_t rounded = (bytes + alignment - 1) / alignment * alignment;
    if (rounded < bytes || rounded > SIZE_MAX / 2)
      throw Error(MSA_OUT_OF_MEMORY,
                  "no memory for " + std::to_string(bytes) + " bytes");
    void *memory = std::aligned_alloc(alignment, rounded ? rounded : 64);
    if (!memory)
      throw Error(MSA_OUT_OF_MEMORY,
                  "no memory for " + std::to_string(bytes) +
                      " bytes: run fewer sessions at once, or a model with "
                      "smaller segments");
    if (alignment == kHuge)
      madvise(memory, rounded, MADV_HUGEPAGE);
    return memory;
  }
  void release(void *memory, uint64_t) noexcept override { std::free(memory); }
  void copyIn(void *to, const void *host, uint64_t bytes) override {
    std::memcpy(to, host, bytes);
  }
  void copyOut(void *host, const void *from, uint64_t bytes) override {
    std::memcpy(host, from, bytes);
  }
  void copy(void *to, const void *from, uint64_t bytes, Queue) override {
    std::memcpy(to, from, bytes);
  }
  void zero(void *to, uint64_t bytes, Queue) override {
    std::memset(to, 0, bytes);
  }

  std::string lacks(const CodeObject &object) const override {
    std::string missing;
    for (const std::string &feature : object.features)
      if (!features.count(feature))
        missing += (missing.empty() ? "" : " ") + feature;
    if (missing.empty() && usesTiles(object) && !tilesAllowed())
      missing = "the system's permission for AMX tiles";
    return missing;
  }
  std::unique_ptr<Program> load(const CodeObject &object) override {
    return std::make_unique<CpuProgram>(object);
  }

  void launch(const Work &work, Queue) override {
    struct Job {
      void (*kernel)(void *const *, int64_t, int64_t);
      void *const *buffers;
    };
    for (const Call &call : work.calls) {
      Job job{reinterpret_cast<void (*)(void *const *, int64_t, int64_t)>(
                  call.kernel),
              call.buffers};
      pool.run(
          call.dispatch->tiles,
          [](void *context, int64_t begin, int64_t end) {
            Job &job = *static_cast<Job *>(context);
            job.kernel(job.buffers, begin, end);
          },
          &job);
    }
  }
  void wait() override {}
  bool readsHost(const void *memory, uint64_t element) const override {
    // Kernels use unaligned vectors, so an element's alignment will do.
    return reinterpret_cast<uintptr_t>(memory) % element == 0;
  }

private:
  static constexpr uint64_t kHuge = uint64_t(2) << 20;
  ThreadPool pool;
  std::set<std::string> features;
  std::string title;
};

} // namespace

std::unique_ptr<Device> msa::runtime::createCpuDevice(unsigned threads) {
  return std::make_unique<CpuDevice>(threads);
}
