// A CUDA driver that runs nothing: memory is the host's, and what is asked of
// it is written down, line by line. A module's image is a line for each kernel:
// its name, how many tensor maps and how many buffers it takes.
//
// What is asked of a stream that fakeStream made, or of the default stream,
// ends with " in NAME". Waits, events and copies are written between
// fakeOrder(true) and fakeOrder(false); the host's waits are "wait ...", a
// stream's "after ...".
//
// A launch that may begin before the one before it has ended ends with "
// early".
//
// With FAKECUDA_OLD defined it is a driver before CUDA 11.8.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>
#include <sstream>
#include <string>

namespace {
struct Kernel {
  std::string name;
  int maps = 0, buffers = 0;
  size_t reserved = 48 * 1024;
};
using Module = std::map<std::string, Kernel>;

struct Stream {
  std::string name;
  bool captured = false;
};
struct Event {
  int number;
};

std::string written;
bool order = false;
int reached = 0;     ///< What is said of events.
int failure = 0;     ///< What the next wait of the host for an event says.
int eventsLeft = -1; ///< Until making one fails; -1: it does not.
std::set<int> events;
int refused = 0;           ///< What a launch says; 0: it is taken.
int major = 9;             ///< Of the compute capability.
bool takesEarly = true;    ///< Launches that may begin early.
bool captureFails = false; ///< What is captured will be no graph.

void write(const std::string &line) { written += line + "\n"; }
void writeOrder(const std::string &line) {
  if (order)
    write(line);
}
std::string in(void *stream) {
  if (!stream)
    return " in default";
  const Stream &s = *static_cast<Stream *>(stream);
  return (s.name.empty() ? "" : " in " + s.name) +
         (s.captured ? " captured" : "");
}
std::string name(void *event) {
  return "e" + std::to_string(static_cast<Event *>(event)->number);
}

std::string place(const void *p) {
  char text[32];
  std::snprintf(text, sizeof text, "%p", p);
  return text;
}
} // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))

/// What was written since the last call.
EXPORT const char *fakeTake() {
  static std::string taken;
  taken = std::move(written);
  written.clear();
  return taken.c_str();
}

/// A stream of the caller's. It is never given back.
EXPORT void *fakeStream(const char *name, int captured) {
  return new Stream{name, captured != 0};
}
EXPORT void fakeOrder(int on) {
  order = on != 0;
  reached = failure = 0;
  eventsLeft = -1;
}
/// Whether what streams were given is done when the host asks.
EXPORT void fakeReached(int yes) { reached = yes ? 0 : 600; }
EXPORT void fakeFailure(int result) { failure = result; }
EXPORT void fakeEventsLeft(int count) { eventsLeft = count; }

EXPORT void fakeLaunch(int result) { refused = result; }
EXPORT void fakeMajor(int number) { major = number; }
EXPORT void fakeEarly(int taken) { takesEarly = taken != 0; }
EXPORT void fakeCapture(int works) { captureFails = works == 0; }

EXPORT int cuInit(unsigned) { return 0; }
EXPORT int cuDeviceGetCount(int *count) { return *count = 1, 0; }
EXPORT int cuDeviceGet(int *device, int ordinal) {
  return *device = ordinal, 0;
}
EXPORT int cuDeviceGetName(char *name, int length, int) {
  std::snprintf(name, static_cast<size_t>(length), "Fake");
  return 0;
}
EXPORT int cuDeviceGetAttribute(int *value, int attribute, int) {
  *value = attribute == 75   ? major
           : attribute == 76 ? 0
           : attribute == 16 ? 132
                             : -1;
  return *value < 0;
}
EXPORT int cuDevicePrimaryCtxRetain(void **context, int) {
  return *context = &written, 0;
}
EXPORT int cuDevicePrimaryCtxRelease_v2(int) { return 0; }
EXPORT int cuCtxSetCurrent(void *) { return 0; }
EXPORT int cuMemAlloc_v2(unsigned long long *p, size_t bytes) {
  *p = reinterpret_cast<unsigned long long>(
      std::aligned_alloc(256, (bytes + 255) / 256 * 256));
  return 0;
}
EXPORT int cuMemFree_v2(unsigned long long p) {
  writeOrder("free");
  std::free(reinterpret_cast<void *>(p));
  return 0;
}
EXPORT int cuMemcpyHtoDAsync_v2(unsigned long long to, const void *from,
                                size_t bytes, void *) {
  std::memcpy(reinterpret_cast<void *>(to), from, bytes);
  return 0;
}
EXPORT int cuMemcpyDtoHAsync_v2(void *to, unsigned long long from, size_t bytes,
                                void *) {
  std::memcpy(to, reinterpret_cast<void *>(from), bytes);
  return 0;
}
EXPORT int cuMemcpyDtoDAsync_v2(unsigned long long to, unsigned long long from,
                                size_t bytes, void *stream) {
  std::memcpy(reinterpret_cast<void *>(to), reinterpret_cast<void *>(from),
              bytes);
  writeOrder("copy " + std::to_string(bytes) + in(stream));
  return 0;
}
EXPORT int cuMemsetD8Async(unsigned long long to, unsigned char value,
                           size_t bytes, void *stream) {
  std::memset(reinterpret_cast<void *>(to), value, bytes);
  write("set " + std::to_string(value) + " x " + std::to_string(bytes) +
        in(stream));
  return 0;
}
EXPORT int cuStreamCreate(void **stream, unsigned) {
  return *stream = new Stream, 0;
}
EXPORT int cuStreamDestroy_v2(void *stream) {
  delete static_cast<Stream *>(stream);
  return 0;
}
EXPORT int cuStreamSynchronize(void *stream) {
  return writeOrder("wait own" + in(stream)), 0;
}
EXPORT int cuStreamBeginCapture_v2(void *stream, int) {
  static_cast<Stream *>(stream)->captured = true;
  return 0;
}
EXPORT int cuStreamEndCapture(void *stream, void **graph) {
  static_cast<Stream *>(stream)->captured = false;
  if (captureFails)
    return *graph = nullptr, 901;
  return *graph = &written, 0;
}
EXPORT int cuStreamIsCapturing(void *stream, int *status) {
  *status = stream && static_cast<Stream *>(stream)->captured;
  return 0;
}
EXPORT int cuStreamWaitEvent(void *stream, void *event, unsigned) {
  return writeOrder("after " + name(event) + in(stream)), 0;
}
/// Events have the least number that none has.
EXPORT int cuEventCreate(void **event, unsigned flags) {
  if (eventsLeft == 0 || flags != 2)
    return 2;
  eventsLeft -= eventsLeft > 0;
  int number = 1;
  while (events.count(number))
    ++number;
  events.insert(number);
  return *event = new Event{number}, 0;
}
EXPORT int cuEventDestroy_v2(void *event) {
  events.erase(static_cast<Event *>(event)->number);
  delete static_cast<Event *>(event);
  return 0;
}
EXPORT int cuEventRecord(void *event, void *stream) {
  return writeOrder("mark " + name(event) + in(stream)), 0;
}
EXPORT int cuEventQuery(void *) { return reached; }
EXPORT int cuEventSynchronize(void *event) {
  writeOrder("wait " + name(event));
  int said = failure;
  return failure = 0, said;
}
EXPORT int cuCtxSynchronize() { return writeOrder("wait all"), 0; }
EXPORT int cuGraphInstantiateWithFlags(void **exec, void *,
                                       unsigned long long) {
  return *exec = &written, 0;
}
EXPORT int cuGraphDestroy(void *) { return 0; }
EXPORT int cuGraphExecDestroy(void *) { return 0; }
EXPORT int cuGraphLaunch(void *, void *stream) {
  return write("replay" + in(stream)), 0;
}
EXPORT int cuModuleLoadDataEx(void **module, const void *image, unsigned, int *,
                              void **) {
  auto *fresh = new Module;
  std::istringstream lines(static_cast<const char *>(image));
  Kernel kernel;
  std::string text;
  while (lines >> kernel.name >> kernel.maps >> kernel.buffers) {
    (*fresh)[kernel.name] = kernel;
    text += " " + kernel.name;
  }
  write("load" + text);
  return *module = fresh, 0;
}
EXPORT int cuModuleUnload(void *module) {
  delete static_cast<Module *>(module);
  return 0;
}
EXPORT int cuModuleGetFunction(void **function, void *module,
                               const char *name) {
  auto it = static_cast<Module *>(module)->find(name);
  if (it == static_cast<Module *>(module)->end())
    return 500;
  return *function = &it->second, 0;
}
EXPORT int cuFuncSetAttribute(void *function, int attribute, int value) {
  auto *kernel = static_cast<Kernel *>(function);
  if (attribute != 8 || value < 0 || value > 232448)
    return 1;
  kernel->reserved = static_cast<size_t>(value);
  write("reserve " + kernel->name + " " + std::to_string(value));
  return 0;
}
EXPORT int cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks,
                                                       void *function,
                                                       int blockSize,
                                                       size_t shared) {
  auto *kernel = static_cast<Kernel *>(function);
  if (shared > kernel->reserved)
    return *blocks = 0, 0;
  *blocks = static_cast<int>(std::min<size_t>(
      233472 / (shared + 1024), 2048 / static_cast<size_t>(blockSize)));
  write("occupancy " + kernel->name + " " + std::to_string(*blocks));
  return 0;
}
#ifndef FAKECUDA_OLD
/// An encoded map says where it points.
EXPORT int cuTensorMapEncodeTiled(void *map, int dtype, uint32_t rank,
                                  void *address, const uint64_t *sizes,
                                  const uint64_t *strides, const uint32_t *box,
                                  const uint32_t *elementStrides,
                                  int interleave, int swizzle, int promotion,
                                  int fill) {
  if (reinterpret_cast<uintptr_t>(map) % 64 != 0 ||
      reinterpret_cast<uintptr_t>(address) % 16 != 0 || interleave != 0 ||
      promotion != 2 || fill != 0)
    return 1;
  std::string text = "map " + std::to_string(dtype) + " at " + place(address);
  for (uint32_t i = 0; i < rank; ++i) {
    text += " " + std::to_string(sizes[i]) + "/" + std::to_string(box[i]);
    if (i > 0)
      text += "@" + std::to_string(strides[i - 1]);
    if (elementStrides[i] != 1)
      return 1;
  }
  write(text + " swizzle " + std::to_string(swizzle));
  std::memset(map, 0, 128);
  std::memcpy(static_cast<char *>(map) + 120, &address, 8);
  return 0;
}
#endif
namespace {
int launch(void *function, unsigned gridX, unsigned gridY, unsigned gridZ,
           unsigned blockX, unsigned blockY, unsigned blockZ, unsigned shared,
           void *stream, void **arguments, void **extra, bool isEarly) {
  auto *kernel = static_cast<Kernel *>(function);
  if (refused)
    return refused;
  if (gridY != 1 || gridZ != 1 || blockY != 1 || blockZ != 1 || extra ||
      shared > kernel->reserved)
    return 1;
  std::string text = "launch " + kernel->name + " " + std::to_string(gridX) +
                     "x" + std::to_string(blockX) + " " +
                     std::to_string(shared);
  void *pointer;
  for (int i = 0; i < kernel->maps; ++i) {
    std::memcpy(&pointer, static_cast<char *>(*arguments++) + 120, 8);
    text += " [" + place(pointer) + "]";
  }
  for (int i = 0; i < kernel->buffers; ++i) {
    std::memcpy(&pointer, *arguments++, 8);
    text += " " + place(pointer);
  }
  int64_t tiles;
  std::memcpy(&tiles, *arguments, 8);
  write(text + " tiles " + std::to_string(tiles) + in(stream) +
        (isEarly ? " early" : ""));
  return 0;
}
} // namespace

EXPORT int cuLaunchKernel(void *function, unsigned gridX, unsigned gridY,
                          unsigned gridZ, unsigned blockX, unsigned blockY,
                          unsigned blockZ, unsigned shared, void *stream,
                          void **arguments, void **extra) {
  return launch(function, gridX, gridY, gridZ, blockX, blockY, blockZ, shared,
                stream, arguments, extra, false);
}
#ifndef FAKECUDA_OLD
/// As cuda.h has them.
struct FakeAttribute {
  int id;
  char pad[4];
  union {
    int allowed;
    char all[64];
  };
};
struct FakeConfig {
  unsigned gridX, gridY, gridZ, blockX, blockY, blockZ, shared;
  void *stream;
  FakeAttribute *attributes;
  unsigned attributeCount;
};
EXPORT int cuLaunchKernelEx(const FakeConfig *config, void *function,
                            void **arguments, void **extra) {
  if (config->attributeCount != 1 || config->attributes->id != 6 ||
      config->attributes->allowed != 1)
    return 1;
  auto *stream = static_cast<Stream *>(config->stream);
  if (!takesEarly) {
    write("refuse" + in(stream));
    return 801;
  }
  return launch(function, config->gridX, config->gridY, config->gridZ,
                config->blockX, config->blockY, config->blockZ, config->shared,
                stream, arguments, extra, true);
}
#endif
EXPORT int cuGetErrorString(int, const char **text) {
  return *text = "fake error", 0;
}
