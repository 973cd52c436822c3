//===- CudaDevice.cpp - Kernels on an NVIDIA GPU --------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaDriver.h"
#include "Device.h"
#include "LaunchPlan.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>

using namespace msa::artefact;
using namespace msa::runtime;
using cuda::Driver;

namespace {

cuda::Pointer address(const void *memory) {
  return reinterpret_cast<cuda::Pointer>(memory);
}

/// From here on kernels can be launched before the one before has ended.
constexpr int kDependentCapability = 90;

/// A kernel made ready for one dispatch.
struct CudaKernel {
  cuda::Function function;
  unsigned blocks;
};

class CudaProgram final : public Program {
public:
  CudaProgram(const Driver &driver, cuda::Context context, int multiprocessors,
              const CodeObject &object)
      : driver(driver), context(context), multiprocessors(multiprocessors) {
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
  void *prepare(const Dispatch &dispatch) override {
    if (!dispatch.maps.empty() && !driver.encodeTiled)
      throw Error(MSA_NO_GPU, "the NVIDIA driver is too old: it has no "
                              "cuTensorMapEncodeTiled (CUDA 12.0), which "
                              "kernel '" +
                                  dispatch.kernel + "' needs");
    driver.check(driver.setContext(context), "using the GPU");
    Known &known = functions[dispatch.kernel];
    if (!known.function &&
        driver.moduleFunction(&known.function, module, dispatch.kernel.c_str()))
      throw Error(MSA_MALFORMED_ARTEFACT,
                  "the artefact's GPU code has no kernel '" + dispatch.kernel +
                      "'");
    // Other dispatches of the kernel may need more.
    if (dispatch.sharedBytes > known.reserved) {
      driver.check(driver.functionSet(known.function, cuda::kMaxDynamicShared,
                                      static_cast<int>(dispatch.sharedBytes)),
                   ("reserving " + std::to_string(dispatch.sharedBytes) +
                    " bytes of shared memory for kernel '" + dispatch.kernel +
                    "'")
                       .c_str());
      known.reserved = dispatch.sharedBytes;
    }
    int64_t resident = 0;
    if (dispatch.persistent) {
      int each = 0;
      driver.check(
          driver.residentBlocks(&each, known.function,
                                static_cast<int>(dispatch.blockSize),
                                dispatch.sharedBytes),
          ("fitting kernel '" + dispatch.kernel + "' to the GPU").c_str());
      resident = int64_t(each) * multiprocessors;
      if (resident < dispatch.clusterSize)
        throw Error(MSA_DEVICE_ERROR,
                    "kernel '" + dispatch.kernel + "' with " +
                        std::to_string(dispatch.blockSize) + " threads and " +
                        std::to_string(dispatch.sharedBytes) +
                        " bytes of shared memory a block does not fit this "
                        "GPU");
    }
    int64_t blocks = blocksOf(dispatch, resident);
    if (blocks > kMaxBlocks)
      throw Error(MSA_DEVICE_ERROR, "kernel '" + dispatch.kernel +
                                        "' has too many tiles for a GPU");
    kernels.push_back({known.function, static_cast<unsigned>(blocks)});
    return &kernels.back();
  }

private:
  struct Known {
    cuda::Function function = nullptr;
    uint32_t reserved = 48 * 1024; ///< What a kernel has without asking.
  };
  const Driver &driver;
  cuda::Context context;
  const int multiprocessors;
  cuda::Module module = nullptr;
  std::map<std::string, Known> functions;
  std::deque<CudaKernel> kernels; ///< Handles point into it.
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

class CudaMark final : public Mark {
public:
  CudaMark(const Driver &driver, cuda::Context context, cuda::Stream stream)
      : driver(driver), context(context) {
    driver.check(driver.eventCreate(&event, cuda::kDisableTiming),
                 "creating an event on the GPU");
    if (cuda::Result result = driver.eventRecord(event, stream)) {
      driver.eventDestroy(event);
      driver.check(result, "recording an event on the GPU");
    }
  }
  ~CudaMark() override {
    driver.setContext(context);
    driver.eventDestroy(event); // at once, or when it is reached
  }
  cuda::Event event = nullptr;

private:
  const Driver &driver;
  cuda::Context context;
};

const cuda::Event &eventOf(const Mark &mark) {
  return static_cast<const CudaMark &>(mark).event;
}

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
    driver.check(driver.deviceAttribute(&multiprocessors,
                                        cuda::kMultiprocessors, device),
                 "asking for the number of multiprocessors");
    title = "cuda:" + std::to_string(ordinal) + " " + model + " (sm_" +
            std::to_string(capability) + ")";
    driver.check(driver.retainContext(&context, device),
                 "creating a context on the GPU");
    use();
    recording = driver.hasGraphs() && !isOff("MSA_CUDA_GRAPHS");
    dependent = driver.launchWith && capability >= kDependentCapability &&
                !isOff("MSA_CUDA_DEPENDENT_LAUNCH");
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
  void copy(void *to, const void *from, uint64_t bytes, Queue queue) override {
    use();
    driver.check(driver.copy(address(to), address(from), bytes, in(queue)),
                 "copying on the GPU");
  }
  void zero(void *to, uint64_t bytes, Queue queue) override {
    use();
    driver.check(driver.set(address(to), 0, bytes, in(queue)),
                 "clearing memory of the GPU");
  }

  std::string lacks(const CodeObject &object) const override {
    return lacksOnGpu(object, capability);
  }
  std::unique_ptr<Program> load(const CodeObject &object) override {
    use();
    return std::make_unique<CudaProgram>(driver, context, multiprocessors,
                                         object);
  }

  void launch(const Work &work, Queue queue) override {
    use();
    launchOn(in(queue), work, dependent);
  }

  bool records() const override { return recording; }
  /// A graph of the launches in their order: one submission instead of one for
  /// each, and less time between kernels.
  std::unique_ptr<Recording> record(const Work &work) override {
    use();
    if (cuda::GraphExec exec = capture(work))
      return std::make_unique<CudaRecording>(driver, context, exec);
    recording = false; // it would fail again: launches do the same, slower
    return nullptr;
  }
  void replay(const Recording &recorded, Queue queue) override {
    use();
    driver.check(
        driver.graphLaunch(static_cast<const CudaRecording &>(recorded).exec,
                           in(queue)),
        "launching a graph of kernels");
  }

  void wait() override {
    use();
    driver.check(driver.streamWait(stream), "running on the GPU");
  }

  bool hasQueues() const override { return true; }
  Queue ownQueue() const override { return stream; }
  void checkQueue(Queue queue) const override {
    use();
    int status = cuda::kNotCapturing;
    driver.check(driver.streamCapturing(in(queue), &status),
                 "asking for the state of the given stream");
    if (status != cuda::kNotCapturing)
      throw Error(MSA_INVALID_ARGUMENT,
                  "the stream is being captured into a graph, which could not "
                  "keep steps of a session in order: step outside of the "
                  "capture (repeated steps are replayed as graphs anyway)");
  }
  std::shared_ptr<Mark> mark(Queue queue) override {
    use();
    return std::make_shared<CudaMark>(driver, context, in(queue));
  }
  void after(Queue queue, const Mark &mark) override {
    use();
    driver.check(driver.streamAfter(in(queue), eventOf(mark), 0),
                 "ordering streams of the GPU");
  }
  bool reached(const Mark &mark) override {
    use();
    return driver.eventQuery(eventOf(mark)) != cuda::kNotReady;
  }
  void wait(const Mark &mark) override {
    use();
    driver.check(driver.eventWait(eventOf(mark)), "running on the GPU");
  }
  void waitForAll() override {
    use();
    driver.check(driver.contextWait(), "running on the GPU");
  }
  bool readsHost(const void *, uint64_t) const override { return false; }

private:
  /// Contexts belong to threads: every call may come from another one.
  void use() const {
    driver.check(driver.setContext(context), "using the GPU");
  }
  static cuda::Stream in(Queue queue) {
    return static_cast<cuda::Stream>(queue);
  }

  static bool isOff(const char *variable) {
    const char *value = std::getenv(variable);
    return value && std::strcmp(value, "off") == 0;
  }

  /// Null where that fails. On a stream of its own, so that what other threads
  /// launch meanwhile does not get into it.
  cuda::GraphExec capture(const Work &work) {
    cuda::Stream own = nullptr;
    cuda::Graph graph = nullptr;
    cuda::GraphExec exec = nullptr;
    if (driver.streamCreate(&own, 1) != 0)
      return nullptr;
    if (driver.captureBegin(own, cuda::kCaptureRelaxed) == 0) {
      bool good = true;
      try {
        // A graph's kernels follow one another as closely without, and blocks
        // that only wait cost power: none is launched early.
        launchOn(own, work, /*mayDepend=*/false);
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
    return exec;
  }

  /// With `mayDepend` a kernel that waits for the one before it, which waits
  /// too, is launched before that one has ended. The first one is not: what is
  /// in the stream before it, clearing or the caller's work, may be anything.
  void launchOn(cuda::Stream where, const Work &work, bool mayDepend) {
    bool waits = false; // what was launched last
    for (const Call &call : work.calls) {
      if (static_cast<const CudaKernel *>(call.kernel)->blocks == 0)
        continue;
      bool depends = mayDepend && waits && call.dispatch->waits;
      launchOn(where, call, depends);
      waits = call.dispatch->waits;
    }
  }

  void launchOn(cuda::Stream where, const Call &call, bool depends) {
    const CudaKernel &kernel = *static_cast<const CudaKernel *>(call.kernel);
    const Dispatch &dispatch = *call.dispatch;
    void *const *buffers = call.buffers;
    std::vector<cuda::EncodedMap> maps(dispatch.maps.size());
    std::vector<void *> pointers(buffers, buffers + dispatch.buffers.size());
    int64_t tiles = dispatch.tiles;
    std::vector<void *> arguments;
    for (size_t i = 0; i < maps.size(); ++i) {
      const TensorMap &map = dispatch.maps[i];
      MapArguments a = mapArguments(map, buffers[map.buffer]);
      driver.check(driver.encodeTiled(&maps[i], a.dtype, a.rank, a.address,
                                      a.sizes, a.strides, a.box,
                                      a.elementStrides, a.interleave, a.swizzle,
                                      a.promotion, a.fill),
                   ("describing buffer " + std::to_string(map.buffer) +
                    " of kernel '" + dispatch.kernel + "' to the copy engine")
                       .c_str());
      arguments.push_back(&maps[i]);
    }
    for (void *&pointer : pointers)
      arguments.push_back(&pointer);
    arguments.push_back(&tiles);
    if (depends) {
      cuda::LaunchAttribute attribute = {cuda::kDependentLaunch, {1}};
      cuda::LaunchConfig config = {kernel.blocks,
                                   1,
                                   1,
                                   dispatch.blockSize,
                                   1,
                                   1,
                                   dispatch.sharedBytes,
                                   where,
                                   &attribute,
                                   1};
      if (driver.launchWith(&config, kernel.function, arguments.data(),
                            nullptr) == 0)
        return;
      // A launch without it says what is wrong, if it is not the attribute.
    }
    driver.check(driver.launch(kernel.function, kernel.blocks, 1, 1,
                               dispatch.blockSize, 1, 1, dispatch.sharedBytes,
                               where, arguments.data(), nullptr),
                 ("launching kernel '" + dispatch.kernel + "'").c_str());
  }

  const Driver &driver;
  cuda::Device device = 0;
  cuda::Context context = nullptr;
  cuda::Stream stream = nullptr;
  int capability = 0, multiprocessors = 0;
  std::atomic<bool> recording{false}, dependent{false};
  std::string title;
};

} // namespace

std::unique_ptr<Device> msa::runtime::createCudaDevice(int ordinal) {
  return std::make_unique<CudaDevice>(ordinal);
}
