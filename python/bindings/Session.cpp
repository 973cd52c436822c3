//===- Session.cpp - Steps and state from Python --------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Runtime.h"

namespace msa {
namespace python {

Session::Session(std::shared_ptr<Model> shared) : model(std::move(shared)) {
  msa_session *made = nullptr;
  guarded([&] { return msa_session_create(model->handle.get(), &made); });
  handle.reset(made);
}

/// A list or tuple of exactly the wanted number. Nothing else: a tensor is a
/// sequence too, of its rows.
static py::object sequence(py::handle object, size_t count, const char *kind,
                           const std::string &entry) {
  std::string what = "entry '" + entry + "' takes a list or tuple of " +
                     std::to_string(count) + " " + kind;
  if (!PyList_Check(object.ptr()) && !PyTuple_Check(object.ptr()))
    raiseInvalid(what + ", not " + Py_TYPE(object.ptr())->tp_name);
  if (static_cast<size_t>(PySequence_Fast_GET_SIZE(object.ptr())) != count)
    raiseInvalid(what + ", not of " +
                 std::to_string(PySequence_Fast_GET_SIZE(object.ptr())));
  // Reading a tensor can run the caller's code, which could change a list.
  return py::reinterpret_steal<py::object>(PySequence_Tuple(object.ptr()));
}

static std::vector<Borrowed> borrow(py::handle tensors,
                                    const std::vector<Expected> &expected,
                                    const char *kind, const std::string &entry,
                                    const DeviceId &device, bool written) {
  std::vector<Borrowed> all;
  all.reserve(expected.size());
  for (size_t i = 0; i < expected.size(); ++i)
    all.emplace_back(PyTuple_GET_ITEM(tensors.ptr(), i), expected[i],
                     Place{kind, i, &entry}, device, written);
  return all;
}

static std::vector<msa_tensor> values(const std::vector<Borrowed> &tensors) {
  std::vector<msa_tensor> all;
  all.reserve(tensors.size() + 1);
  for (const Borrowed &tensor : tensors)
    all.push_back(tensor.value);
  return all;
}

py::list Session::step(py::handle inputs, py::handle outputs, py::handle entry,
                       bool keepState, bool wait, bool enqueue) {
  size_t index = model->findEntry(entry);
  const EntryInfo &info = model->entries[index];
  const DeviceId &device = model->device->id;
  model->device->checkFork();

  py::object given = sequence(inputs, info.inputs.size(), "inputs", info.name);
  std::vector<Borrowed> in =
      borrow(given, info.inputs, "input", info.name, device, false);
  py::object results;
  if (outputs.is_none()) {
    Library library = in.empty() || in.front().library == Library::Other
                          ? Library::NumPy
                          : in.front().library;
    // Where the first input is, so is what is made of it.
    DeviceId where =
        !in.empty() && in.front().value.on_device ? device : DeviceId();
    py::tuple made(info.outputs.size());
    for (size_t i = 0; i < info.outputs.size(); ++i)
      made[i] = allocate(info.outputs[i], library, where);
    results = made;
  } else {
    results = sequence(outputs, info.outputs.size(), "outputs", info.name);
  }
  std::vector<Borrowed> out =
      borrow(results, info.outputs, "output", info.name, device, true);
  checkOverlaps(in, out, info.inputs, info.outputs, info.name);
  std::vector<msa_tensor> inValues = values(in), outValues = values(out);
  bool onDevice = false, onHost = false;
  for (const std::vector<msa_tensor> *all : {&inValues, &outValues})
    for (const msa_tensor &tensor : *all)
      (tensor.on_device ? onDevice : onHost) = true;
  uint32_t flags = keepState ? MSA_STEP_DISCARD_STATE : 0;
  if (onDevice && !onHost) {
    // PyTorch's work and ours are in order in its stream: nobody waits.
    void *stream = torchStream(device);
    guarded([&] {
      msa_status status = msa_session_enqueue(
          handle.get(), index, inValues.data(), inValues.size(),
          outValues.data(), outValues.size(), flags, stream);
      return status == MSA_OK && wait ? msa_session_wait(handle.get()) : status;
    });
  } else {
    if (enqueue)
      raiseInvalid("entry '" + info.name +
                   "': a stream was given, and not all inputs and outputs are "
                   "tensors on a GPU; move them there, or leave it out: "
                   "then the step waits");
    if (onDevice)
      waitForTorch(device);
    guarded([&] {
      return msa_session_step(handle.get(), index, inValues.data(),
                              inValues.size(), outValues.data(),
                              outValues.size(), flags);
    });
  }
  if (!outputs.is_none())
    bumpVersions(out);
  return py::list(results);
}

void Session::wait() {
  guarded([&] { return msa_session_wait(handle.get()); });
}

void Session::reset() {
  guarded([&] { return msa_session_reset(handle.get()); });
}

std::shared_ptr<Session> Session::fork() {
  msa_session *copy = nullptr;
  guarded([&] { return msa_session_fork(handle.get(), &copy); });
  return std::make_shared<Session>(model, Handle<msa_session>(copy));
}

py::object Session::state(const std::string &name, py::object out) {
  size_t index = model->findState(name);
  const Expected &expected = model->states[index];
  if (out.is_none())
    out = allocate(expected, Library::NumPy, DeviceId());
  Borrowed to(out.ptr(), expected, {"state", 0, nullptr}, model->device->id,
              true);
  if (to.value.on_device)
    raiseInvalid("state '" + name +
                 "' is copied to host memory; pass a tensor "
                 "on the CPU");
  guarded([&] {
    return msa_session_get_state(handle.get(), index, to.value.data,
                                 expected.bytes);
  });
  return out;
}

void Session::setState(const std::string &name, py::handle tensor) {
  size_t index = model->findState(name);
  const Expected &expected = model->states[index];
  Borrowed from(tensor.ptr(), expected, {"state", 0, nullptr},
                model->device->id, false);
  if (from.value.on_device)
    raiseInvalid("state '" + name +
                 "' is copied from host memory; pass "
                 "x.cpu()");
  guarded([&] {
    return msa_session_set_state(handle.get(), index, from.value.data,
                                 expected.bytes);
  });
}

py::bytes Session::exportState() {
  std::string blob;
  guarded([&] {
    size_t size = 0;
    if (msa_status status = msa_session_export(handle.get(), nullptr, 0, &size))
      return status;
    blob.resize(size);
    return msa_session_export(handle.get(), &blob[0], size, &size);
  });
  return py::bytes(blob);
}

void Session::restore(py::handle data) {
  Bytes bytes(data);
  guarded([&] {
    return msa_session_import(handle.get(), bytes.data(), bytes.size());
  });
}

} // namespace python
} // namespace msa
