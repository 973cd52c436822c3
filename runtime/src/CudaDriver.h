//===- CudaDriver.h - The CUDA driver, loaded at run time ---------*- C++
//-*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The few entry points of the driver API that the runtime calls, declared here
// so that building needs no CUDA toolkit. Names and meaning: CUDA Driver API
// reference, sections Module, Memory and Execution Control.
//
//===----------------------------------------------------------------------===//

#ifndef MSA_RUNTIME_CUDADRIVER_H
#define MSA_RUNTIME_CUDADRIVER_H

#include <cstddef>
#include <cstdint>

namespace msa {
namespace runtime {
namespace cuda {

using Result = int;                 ///< CUresult
using Device = int;                 ///< CUdevice
using Pointer = unsigned long long; ///< CUdeviceptr
using Context = struct ContextTag *;
using Module = struct ModuleTag *;
using Function = struct FunctionTag *;
using Stream = struct StreamTag *;
using Event = struct EventTag *;         ///< CUevent
using Graph = struct GraphTag *;         ///< CUgraph
using GraphExec = struct GraphExecTag *; ///< CUgraphExec

constexpr Result kOutOfMemory = 2;
constexpr Result kNotReady = 600;
constexpr int kMajor = 75, kMinor = 76; ///< CU_DEVICE_ATTRIBUTE_...
constexpr int kMultiprocessors = 16;    ///< CU_DEVICE_ATTRIBUTE_...
constexpr int kJitErrorLog = 5, kJitErrorLogBytes = 6;
constexpr int kMaxDynamicShared = 8;   ///< CU_FUNC_ATTRIBUTE_...
constexpr int kCaptureRelaxed = 2;     ///< CU_STREAM_CAPTURE_MODE_RELAXED
constexpr int kNotCapturing = 0;       ///< CU_STREAM_CAPTURE_STATUS_NONE
constexpr unsigned kDisableTiming = 2; ///< CU_EVENT_DISABLE_TIMING

constexpr int kDependentLaunch = 6; ///< CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_
                                    ///< STREAM_SERIALIZATION

/// CUlaunchAttribute: the value is a union of 64 bytes.
struct LaunchAttribute {
  int id;
  alignas(8) int value[16];
};
static_assert(sizeof(LaunchAttribute) == 72, "as large as CUlaunchAttribute");

/// CUlaunchConfig.
struct LaunchConfig {
  unsigned gridX, gridY, gridZ, blockX, blockY, blockZ, shared;
  Stream stream;
  LaunchAttribute *attributes;
  unsigned attributeCount;
};
static_assert(sizeof(LaunchConfig) == 56, "as large as a CUlaunchConfig");

/// CUtensorMap: opaque, a parameter of kernels by value.
struct alignas(64) EncodedMap {
  unsigned long long words[16];
};
static_assert(sizeof(EncodedMap) == 128, "as large as a CUtensorMap");

struct Driver {
  Result (*init)(unsigned flags);
  Result (*deviceCount)(int *count);
  Result (*deviceGet)(Device *device, int ordinal);
  Result (*deviceName)(char *name, int length, Device device);
  Result (*deviceAttribute)(int *value, int attribute, Device device);
  Result (*retainContext)(Context *context, Device device);
  Result (*releaseContext)(Device device);
  Result (*setContext)(Context context);
  Result (*allocate)(Pointer *pointer, size_t bytes);
  Result (*release)(Pointer pointer);
  Result (*copyIn)(Pointer to, const void *from, size_t bytes, Stream stream);
  Result (*copyOut)(void *to, Pointer from, size_t bytes, Stream stream);
  Result (*copy)(Pointer to, Pointer from, size_t bytes, Stream stream);
  Result (*set)(Pointer to, unsigned char value, size_t bytes, Stream stream);
  Result (*streamCreate)(Stream *stream, unsigned flags);
  Result (*streamDestroy)(Stream stream);
  Result (*streamWait)(Stream stream);
  Result (*streamCapturing)(Stream stream, int *status);
  /// Work that is put into the stream from now on waits for the event.
  Result (*streamAfter)(Stream stream, Event event, unsigned flags);
  Result (*eventCreate)(Event *event, unsigned flags);
  Result (*eventDestroy)(Event event);
  Result (*eventRecord)(Event event, Stream stream);
  Result (*eventQuery)(Event event);
  Result (*eventWait)(Event event);
  Result (*contextWait)();
  Result (*moduleLoad)(Module *module, const void *image, unsigned options,
                       int *names, void **values);
  Result (*moduleUnload)(Module module);
  Result (*moduleFunction)(Function *function, Module module, const char *name);
  Result (*functionSet)(Function function, int attribute, int value);
  Result (*residentBlocks)(int *perMultiprocessor, Function function,
                           int blockSize, size_t sharedBytes);
  Result (*launch)(Function function, unsigned gridX, unsigned gridY,
                   unsigned gridZ, unsigned blockX, unsigned blockY,
                   unsigned blockZ, unsigned shared, Stream stream,
                   void **arguments, void **extra);
  Result (*errorString)(Result error, const char **text);

  /// From CUDA 12.0 on; else null.
  Result (*encodeTiled)(EncodedMap *map, int dtype, uint32_t rank,
                        void *address, const uint64_t *sizes,
                        const uint64_t *strides, const uint32_t *box,
                        const uint32_t *elementStrides, int interleave,
                        int swizzle, int promotion, int fill);

  /// From CUDA 11.8 on; else null.
  Result (*launchWith)(const LaunchConfig *config, Function function,
                       void **arguments, void **extra);

  // Graphs, from CUDA 11.4 on. Of use where hasGraphs().
  Result (*captureBegin)(Stream stream, int mode);
  Result (*captureEnd)(Stream stream, Graph *graph);
  Result (*graphInstantiate)(GraphExec *exec, Graph graph,
                             unsigned long long flags);
  Result (*graphDestroy)(Graph graph);
  Result (*graphExecDestroy)(GraphExec exec);
  Result (*graphLaunch)(GraphExec exec, Stream stream);
  bool hasGraphs() const { return captureBegin != nullptr; }

  /// The driver of this process, initialized. Throws MSA_NO_GPU where there is
  /// none.
  static const Driver &get();
  /// Throws where `result` is a failure of `what`.
  void check(Result result, const char *what) const;
};

} // namespace cuda
} // namespace runtime
} // namespace msa

#endif // MSA_RUNTIME_CUDADRIVER_H
