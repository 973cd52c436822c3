//===- Runtime.h - The C interface with errors as exceptions ------*- C++
//-*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_TOOLS_RUN_RUNTIME_H
#define MSA_TOOLS_RUN_RUNTIME_H

#include "Options.h"
#include "msa/runtime.h"

#include <functional>
#include <memory>
#include <stdexcept>

namespace msa {
namespace run {

struct RuntimeError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline void check(msa_status status) {
  if (status != MSA_OK)
    throw RuntimeError(std::string(msa_last_error()) + " [" +
                       msa_status_name(status) + "]");
}

template <typename T, void (*destroy)(T *)> struct Destroy {
  void operator()(T *object) const { destroy(object); }
};
template <typename T, void (*destroy)(T *)>
using Handle = std::unique_ptr<T, Destroy<T, destroy>>;
using Device = Handle<msa_device, msa_device_destroy>;
using Model = Handle<msa_model, msa_model_destroy>;
using Session = Handle<msa_session, msa_session_destroy>;
using Stream = Handle<msa_stream, msa_stream_destroy>;

Device openDevice(const Options &options);
Model loadModel(const Device &device, const std::string &path);
Session newSession(const Model &model);
size_t chooseEntry(const Model &model, const Options &options);

/// All bytes of a file.
std::string readFile(const std::string &path);
/// Writes what an export function of the runtime gives. The file is written
/// aside and renamed, so that a reader never sees half of it.
using Exporter = std::function<void(void *data, size_t capacity, size_t *size)>;
void writeAside(const std::string &path, const Exporter &exporter);

/// The modes of the tool; each returns its exit status.
int list(const Options &options);
int step(const Options &options);
int stream(const Options &options);

} // namespace run
} // namespace msa

#endif // MSA_TOOLS_RUN_RUNTIME_H
