//===- CudaDevice.cpp - Kernels on an NVIDIA GPU --------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaDriver.h"
#include "Device.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>

using namespace msa::artefact;
using namespace msa::runtime;
using cuda::Driver;

namespace {

cuda::Pointer address(const void *memory) {
  return reinterpret_cast<cuda::Pointer>(memory);
}

class CudaProgram final : public Program {
public:
  CudaProgram(const Driver &driver, cuda::Context context,
              const CodeObject &object)
      : driver(driver), context(context) {
    // The driver reads PTX up to a terminating zero.
    std::vector<uint8_t> image = object.data;
    image.push_back(0);
    std::vector<char> log(8192);
    int names[] = {cuda::kJitErrorLog, cuda::kJitErrorLogBytes};
    void *values[] = {log.data(), reinterpret_cast<void *>(log.size() - 1)};
    if (cuda::Result result =
            driver.moduleLoad(&module, image.data(), 2, names, values))
      throw Error(result == cuda::kOutOfMemory ? MSA_OUT_OF_DEVICE_MEMORY
                                               : MSA_MALFORMED_ARTEFACT,
                  std::string("the driver refuses the artefact's GPU code: ") +
                      log.data());
  }
  ~CudaProgram() override {
    driver.setContext(context);
    driver.moduleUnload(module);
  }
  void *find(const std::string &kernel) override {
    cuda::Function function;
    if (driver.moduleFunction(&function, module, kernel.c_str()))
      throw Error(MSA_MALFORMED_ARTEFACT,
                  "the artefact's GPU code has no kernel '" + kernel + "'");
    return function;
  }

private:
  const Driver &driver;
  cuda::Context context;
  cuda::Module module = nullptr;
};

class CudaRecording final : public Recording {
public:
  CudaRecording(const Driver &driver, cuda::Context context,
                cuda::GraphExec exec)
      : exec(exec), driver(driver), context(context) {}
  ~CudaRecording() override {
    driver.setContext(context);
    driver.graphExecDestroy(exec);
  }
  const cuda::GraphExec exec;

private:
  const Driver &driver;
  cuda::Context context;
};

class CudaDevice final : public Device {
public:
  explicit CudaDevice(int ordinal) : driver(Driver::get()) {
    int count = 0;
    driver.check(driver.deviceCount(&count), "counting GPUs");
    if (ordinal >= count)
      throw Error(MSA_NO_GPU, "no GPU " + std::to_string(ordinal) +
                                  ": this machine has " +
                                  std::to_string(count));
    driver.check(driver.deviceGet(&device, ordinal), "opening the GPU");
    char model[128] = {};
    driver.check(driver.deviceName(model, sizeof model - 1, device),
                 "naming the GPU");
    int major = 0, minor = 0;
    driver.check(driver.deviceAttribute(&major, cuda::kMajor, device),
                 "asking for the compute capability");
    driver.check(driver.deviceAttribute(&minor, cuda::kMinor, device),
                 "asking for the compute capability");
    capability = 10 * major + minor;
    title = "cuda:" + std::to_string(ordinal) + " " + model + " (sm_" +
            std::to_string(capability) + ")";
    driver.check(driver.retainContext(&context, device),
                 "creating a context on the GPU");
    use();
    const char *graphs = std::getenv("MSA_CUDA_GRAPHS");
    recording =
        driver.hasGraphs() && !(graphs && std::strcmp(graphs, "off") == 0);
    if (cuda::Result result = driver.streamCreate(&stream, 1)) {
      driver.releaseContext(device);
      driver.check(result, "creating a stream on the GPU");
    }
  }
  ~CudaDevice() override {
    driver.setContext(context);
    driver.streamDestroy(stream);
    driver.releaseContext(device);
  }

  Target target() const override { return Target::Cuda; }
  const std::string &name() const override { return title; }

  void *allocate(uint64_t bytes) override {
    use();
    cuda::Pointer pointer = 0;
    driver.check(
        driver.allocate(&pointer, std::max<uint64_t>(bytes, 64)),
        ("allocating " + std::to_string(bytes) + " bytes on the GPU").c_str());
    return reinterpret_cast<void *>(pointer);
  }
  void release(void *memory, uint64_t) noexcept override {
    driver.setContext(context);
    driver.release(address(memory));
  }
  void copyIn(void *to, const void *host, uint64_t bytes) override {
    queueIn(to, host, bytes);
    wait(); // the host may change its memory after this call
  }
  void queueIn(void *to, const void *host, uint64_t bytes) override {
    use();
    driver.check(driver.copyIn(address(to), host, bytes, stream),
                 "copying to the GPU");
  }
  void copyOut(void *host, const void *from, uint64_t bytes) override {
    use();
    driver.check(driver.copyOut(host, address(from), bytes, stream),
                 "copying from the GPU");
    wait();
  }
  void copy(void *to, const void *from, uint64_t bytes) override {
    use();
    driver.check(driver.copy(address(to), address(from), bytes, stream),
                 "copying on the GPU");
  }
  void zero(void *to, uint64_t bytes) override {
    use();
    driver.check(driver.set(address(to), 0, bytes, stream),
                 "clearing memory of the GPU");
  }

  std::unique_ptr<Program> load(const Model &model) override {
    const CodeObject *best = nullptr;
    std::string found;
    for (const CodeObject &object : model.code) {
      if (object.kind == CodeObject::Kind::CpuElf)
        continue;
      found += (found.empty() ? "" : ", ") + object.arch;
      // "sm_80" or "sm_90a": the suffix binds code to one architecture.
      char *rest = nullptr;
      long needs = object.arch.compare(0, 3, "sm_") == 0
                       ? std::strtol(object.arch.c_str() + 3, &rest, 10)
                       : 0;
      bool exact = object.kind == CodeObject::Kind::Cubin || (rest && *rest);
      if (needs > 0 && (exact ? needs == capability : needs <= capability))
        best = &object;
    }
    if (!best)
      throw Error(MSA_NO_GPU,
                  found.empty()
                      ? "the artefact has no GPU code; compile it with "
                        "--target=cuda"
                      : "the artefact's GPU code (" + found +
                            ") does not run on " + title);
    use();
    return std::make_unique<CudaProgram>(driver, context, *best);
  }

  void launch(void *kernel, const Dispatch &dispatch,
              void *const *buffers) override {
    use();
    launchOn(stream, kernel, dispatch, buffers);
  }

  bool records() const override { return recording; }
  /// A graph of the launches in their order: one submission instead of one for
  /// each, and less time between kernels. Captured on a stream of its own, so
  /// that what other threads launch meanwhile does not get into it.
  std::unique_ptr<Recording> record(const std::vector<Call> &calls) override {
    use();
    cuda::Stream own = nullptr;
    cuda::Graph graph = nullptr;
    cuda::GraphExec exec = nullptr;
    if (driver.streamCreate(&own, 1) == 0) {
      if (driver.captureBegin(own, cuda::kCaptureRelaxed) == 0) {
        bool good = true;
        try {
          for (const Call &call : calls)
            launchOn(own, call.kernel, *call.dispatch, call.buffers);
        } catch (const Error &) {
          good = false;
        }
        good &= driver.captureEnd(own, &graph) == 0 && graph;
        if (good && driver.graphInstantiate(&exec, graph, 0) != 0)
          exec = nullptr;
        if (graph)
          driver.graphDestroy(graph);
      }
      driver.streamDestroy(own);
    }
    if (exec)
      return std::make_unique<CudaRecording>(driver, context, exec);
    recording = false; // it would fail again: launches do the same, slower
    return nullptr;
  }
  void replay(const Recording &recorded) override {
    use();
    driver.check(driver.graphLaunch(
                     static_cast<const CudaRecording &>(recorded).exec, stream),
                 "launching a graph of kernels");
  }

  void wait() override {
    use();
    driver.check(driver.streamWait(stream), "running on the GPU");
  }
  bool readsHost(const void *, uint64_t) const override { return false; }

private:
  /// Contexts belong to threads: every call may come from another one.
  void use() { driver.check(driver.setContext(context), "using the GPU"); }

  void launchOn(cuda::Stream where, void *kernel, const Dispatch &dispatch,
                void *const *buffers) {
    int64_t tiles = dispatch.tiles;
    int64_t blocks =
        (tiles + dispatch.tilesPerBlock - 1) / dispatch.tilesPerBlock;
    if (blocks == 0)
      return;
    if (blocks > 0x7fffffff)
      throw Error(MSA_DEVICE_ERROR, "kernel '" + dispatch.kernel +
                                        "' has too many tiles for a GPU");
    std::vector<void *> pointers(buffers, buffers + dispatch.buffers.size());
    std::vector<void *> arguments;
    for (void *&pointer : pointers)
      arguments.push_back(&pointer);
    arguments.push_back(&tiles);
    auto function = static_cast<cuda::Function>(kernel);
    if (dispatch.sharedBytes > 48 * 1024)
      driver.check(driver.functionSet(function, cuda::kMaxDynamicShared,
                                      static_cast<int>(dispatch.sharedBytes)),
                   "reserving shared memory");
    driver.check(driver.launch(function, static_cast<unsigned>(blocks), 1, 1,
                               dispatch.blockSize, 1, 1, dispatch.sharedBytes,
                               where, arguments.data(), nullptr),
                 ("launching kernel '" + dispatch.kernel + "'").c_str());
  }

  const Driver &driver;
  cuda::Device device = 0;
  cuda::Context context = nullptr;
  cuda::Stream stream = nullptr;
  int capability = 0;
  std::atomic<bool> recording{false};
  std::string title;
};

} // namespace

std::unique_ptr<Device> msa::runtime::createCudaDevice(int ordinal) {
  return std::make_unique<CudaDevice>(ordinal);
}
