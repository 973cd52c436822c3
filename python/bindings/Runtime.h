//===- Runtime.h - Classes of msa._runtime ----------------------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Locks are taken without the GIL, and nothing of Python is called under them:
// so a thread that waits for a session never holds up one that would free it.
//
//===----------------------------------------------------------------------===//

#ifndef MSA_BINDINGS_RUNTIME_H
#define MSA_BINDINGS_RUNTIME_H

#include "Tensors.h"

#include <memory>
#include <mutex>
#include <shared_mutex>

namespace msa {
namespace python {

struct Deleter {
  void operator()(msa_device *handle) { msa_device_destroy(handle); }
  void operator()(msa_model *handle) { msa_model_destroy(handle); }
  void operator()(msa_session *handle) { msa_session_destroy(handle); }
  void operator()(msa_stream *handle) { msa_stream_destroy(handle); }
};
template <typename T> using Handle = std::unique_ptr<T, Deleter>;

/// Counts forks seen from the child: threads of a device do not survive one.
unsigned forks();

class Device {
public:
  /// kind: "cpu" (number: threads, 0 for all cores) or "cuda" (ordinal).
  Device(const std::string &kind, int number);
  std::string name() const { return msa_device_name(handle.get()); }
  /// Raises in a process that forked after the device was made.
  void checkFork() const {
    if (forks() != born)
      raiseForked();
  }
  [[noreturn]] void raiseForked() const;

  Handle<msa_device> handle;
  DeviceId id;

private:
  unsigned born;
};

struct EntryInfo {
  std::string name;
  std::vector<Expected> inputs, outputs;
};

class Model {
public:
  static std::shared_ptr<Model> load(std::shared_ptr<Device> device,
                                     py::handle data);
  static std::shared_ptr<Model> loadFile(std::shared_ptr<Device> device,
                                         const std::string &path);
  void setConstant(const std::string &name, py::handle tensor);
  /// By number or by name.
  size_t findEntry(py::handle entry) const;
  size_t findState(const std::string &name) const;

  std::shared_ptr<Device> device;
  Handle<msa_model> handle;
  std::vector<EntryInfo> entries;
  std::vector<Expected> states, constants;
  /// Steps share it, a change of weights has it alone.
  std::shared_mutex weights;

private:
  void describe();
};

class Session {
public:
  explicit Session(std::shared_ptr<Model> model);
  Session(std::shared_ptr<Model> model, Handle<msa_session> handle)
      : model(std::move(model)), handle(std::move(handle)) {}

  /// wait: return when it is done, wherever the tensors are. enqueue: raise
  /// where the step has to be waited for.
  py::list step(py::handle inputs, py::handle outputs, py::handle entry,
                bool keepState, bool wait, bool enqueue);
  void wait();
  void reset();
  std::shared_ptr<Session> fork();
  py::object state(const std::string &name, py::object out);
  void setState(const std::string &name, py::handle tensor);
  py::bytes exportState();
  void restore(py::handle data);

  /// Runs `f`, which returns a status, without the GIL while no other thread
  /// uses the session or changes weights. Raises what the status says.
  template <typename F> void guarded(F f) {
    model->device->checkFork();
    msa_status status;
    std::string message;
    {
      py::gil_scoped_release release;
      std::lock_guard<std::mutex> lock(mutex);
      std::shared_lock<std::shared_mutex> reading(model->weights);
      status = f();
      if (status != MSA_OK)
        message = msa_last_error();
    }
    if (status != MSA_OK)
      raiseStatus(status, message);
  }

  std::shared_ptr<Model> model;
  Handle<msa_session> handle;

private:
  std::mutex mutex;
};

/// A buffer's bytes; the object must stay.
class Bytes {
public:
  explicit Bytes(py::handle data);
  Bytes(const Bytes &) = delete;
  ~Bytes() { PyBuffer_Release(&view); }
  const void *data() const;
  size_t size() const { return static_cast<size_t>(view.len); }

private:
  Py_buffer view;
};

void bindStream(py::module_ &m);

} // namespace python
} // namespace msa

#endif // MSA_BINDINGS_RUNTIME_H
