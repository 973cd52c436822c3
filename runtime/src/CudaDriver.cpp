//===- CudaDriver.cpp - The CUDA driver, loaded at run time ---------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaDriver.h"
#include "Error.h"

#include <dlfcn.h>

using namespace msa::runtime;
using namespace msa::runtime::cuda;

template <typename F>
static void bind(void *library, const char *name, F &function) {
  function = reinterpret_cast<F>(dlsym(library, name));
  if (!function)
    throw Error(MSA_NO_GPU, std::string("the NVIDIA driver is too old: it has "
                                        "no ") +
                                name);
}

/// As bind, but where there is none the pointer is null.
template <typename F>
static bool find(void *library, const char *name, F &function) {
  function = reinterpret_cast<F>(dlsym(library, name));
  return function != nullptr;
}

/// Entry points that are used if all of them are there.
static void bindGraphs(void *library, Driver &d) {
  bool all = find(library, "cuStreamBeginCapture_v2", d.captureBegin);
  all &= find(library, "cuStreamEndCapture", d.captureEnd);
  all &= find(library, "cuGraphInstantiateWithFlags", d.graphInstantiate);
  all &= find(library, "cuGraphDestroy", d.graphDestroy);
  all &= find(library, "cuGraphExecDestroy", d.graphExecDestroy);
  all &= find(library, "cuGraphLaunch", d.graphLaunch);
  if (!all)
    d.captureBegin = nullptr;
}

static Driver open() {
  void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library)
    throw Error(MSA_NO_GPU, "no NVIDIA driver on this machine (libcuda.so.1 "
                            "can not be loaded); use the CPU");
  Driver d;
  bind(library, "cuInit", d.init);
  bind(library, "cuDeviceGetCount", d.deviceCount);
  bind(library, "cuDeviceGet", d.deviceGet);
  bind(library, "cuDeviceGetName", d.deviceName);
  bind(library, "cuDeviceGetAttribute", d.deviceAttribute);
  bind(library, "cuDevicePrimaryCtxRetain", d.retainContext);
  bind(library, "cuDevicePrimaryCtxRelease_v2", d.releaseContext);
  bind(library, "cuCtxSetCurrent", d.setContext);
  bind(library, "cuMemAlloc_v2", d.allocate);
  bind(library, "cuMemFree_v2", d.release);
  bind(library, "cuMemcpyHtoDAsync_v2", d.copyIn);
  bind(library, "cuMemcpyDtoHAsync_v2", d.copyOut);
  bind(library, "cuMemcpyDtoDAsync_v2", d.copy);
  bind(library, "cuMemsetD8Async", d.set);
  bind(library, "cuStreamCreate", d.streamCreate);
  bind(library, "cuStreamDestroy_v2", d.streamDestroy);
  bind(library, "cuStreamSynchronize", d.streamWait);
  bind(library, "cuStreamIsCapturing", d.streamCapturing);
  bind(library, "cuStreamWaitEvent", d.streamAfter);
  bind(library, "cuEventCreate", d.eventCreate);
  bind(library, "cuEventDestroy_v2", d.eventDestroy);
  bind(library, "cuEventRecord", d.eventRecord);
  bind(library, "cuEventQuery", d.eventQuery);
  bind(library, "cuEventSynchronize", d.eventWait);
  bind(library, "cuCtxSynchronize", d.contextWait);
  bind(library, "cuModuleLoadDataEx", d.moduleLoad);
  bind(library, "cuModuleUnload", d.moduleUnload);
  bind(library, "cuModuleGetFunction", d.moduleFunction);
  bind(library, "cuFuncSetAttribute", d.functionSet);
  bind(library, "cuOccupancyMaxActiveBlocksPerMultiprocessor",
       d.residentBlocks);
  bind(library, "cuLaunchKernel", d.launch);
  bind(library, "cuGetErrorString", d.errorString);
  find(library, "cuTensorMapEncodeTiled", d.encodeTiled);
  find(library, "cuLaunchKernelEx", d.launchWith);
  bindGraphs(library, d);
  if (Result result = d.init(0)) {
    const char *text = nullptr;
    d.errorString(result, &text);
    throw Error(MSA_NO_GPU, std::string("the NVIDIA driver does not start: ") +
                                (text ? text : "unknown error") +
                                "; use the CPU");
  }
  return d;
}

const Driver &Driver::get() {
  static Driver driver = open();
  return driver;
}

void Driver::check(Result result, const char *what) const {
  if (result == 0)
    return;
  const char *text = nullptr;
  errorString(result, &text);
  std::string message =
      std::string(what) + ": " + (text ? text : "unknown error of the driver");
  if (result == kOutOfMemory)
    throw Error(MSA_OUT_OF_DEVICE_MEMORY,
                message + "; close sessions, or use a model with smaller "
                          "segments");
  throw Error(MSA_DEVICE_ERROR, message);
}
