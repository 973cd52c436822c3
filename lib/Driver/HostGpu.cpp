//===- HostGpu.cpp - The GPU at hand --------------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// As python/msa/gpu.py, which asks the same of the same driver. The driver is
// loaded here: the compiler runs on machines without one.
//
//===----------------------------------------------------------------------===//

#include "msa/Driver/Schedules.h"

#include <dlfcn.h>

/// CU_DEVICE_ATTRIBUTE_...
static constexpr int kMultiprocessors = 16, kMajor = 75, kMinor = 76;

template <typename... Arguments>
static bool call(void *library, const char *name, Arguments... arguments) {
  void *found = dlsym(library, name);
  return found &&
         reinterpret_cast<int (*)(Arguments...)>(found)(arguments...) == 0;
}

// Not qualified: see Compile.cpp.
namespace msa {

std::string hostGpu() {
  void *driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!driver)
    return ""; // and never unloaded: its threads may be running
  int device = 0, major = 0, minor = 0, multiprocessors = 0;
  char name[128] = {};
  if (!call(driver, "cuInit", 0u) || !call(driver, "cuDeviceGet", &device, 0) ||
      !call(driver, "cuDeviceGetName", name, int(sizeof name) - 1, device))
    return "";
  struct {
    int *value, attribute;
  } numbers[] = {
      {&major, kMajor}, {&minor, kMinor}, {&multiprocessors, kMultiprocessors}};
  for (auto [value, attribute] : numbers)
    if (!call(driver, "cuDeviceGetAttribute", value, attribute, device))
      return "";
  return std::string(name) + ", sm_" + std::to_string(10 * major + minor) +
         ", " + std::to_string(multiprocessors) + " multiprocessors";
}

} // namespace msa
