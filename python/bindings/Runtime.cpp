//===- Runtime.cpp - Python module msa._runtime ---------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Devices and models. The runtime is linked into this module; python/msa/
// runtime.py gives it the form that users see.
//
//===----------------------------------------------------------------------===//

#include "Runtime.h"

#include <pybind11/stl.h>

#include <atomic>
#include <pthread.h>

namespace msa {
namespace python {

static std::atomic<unsigned> forkCount{0};
unsigned forks() { return forkCount.load(std::memory_order_relaxed); }

Device::Device(const std::string &kind, int number) : born(forks()) {
  id = {kind == "cuda", kind == "cuda" ? number : 0};
  msa_device *made = nullptr;
  msa_status status;
  std::string message;
  {
    py::gil_scoped_release release;
    status = msa_device_create(id.cuda ? MSA_CUDA : MSA_CPU, number, &made);
    if (status != MSA_OK)
      message = msa_last_error();
  }
  if (status != MSA_OK)
    raiseStatus(status, message);
  handle.reset(made);
}

void Device::raiseForked() const {
  raiseInvalid("this model was loaded before the process forked, and its "
               "threads are not in the child: load it in the child "
               "(msa.load), or start processes with 'spawn'");
}

Bytes::Bytes(py::handle data) {
  if (PyObject_GetBuffer(data.ptr(), &view, PyBUF_SIMPLE) != 0) {
    py::error_already_set reason;
    raiseInvalid(std::string("bytes are wanted, not ") +
                 Py_TYPE(data.ptr())->tp_name);
  }
}
const void *Bytes::data() const {
  static const char nothing = 0;
  return view.buf ? view.buf : &nothing;
}

/// Loads without the GIL by `f`, which returns a status and sets its argument.
template <typename F> static Handle<msa_model> load(const Device &device, F f) {
  device.checkFork();
  msa_model *made = nullptr;
  msa_status status;
  std::string message;
  {
    py::gil_scoped_release release;
    status = f(&made);
    if (status != MSA_OK)
      message = msa_last_error();
  }
  if (status != MSA_OK)
    raiseStatus(status, message);
  return Handle<msa_model>(made);
}

std::shared_ptr<Model> Model::load(std::shared_ptr<Device> device,
                                   py::handle data) {
  auto model = std::make_shared<Model>();
  Bytes bytes(data);
  model->handle = msa::python::load(*device, [&](msa_model **made) {
    return msa_model_load(device->handle.get(), bytes.data(), bytes.size(),
                          made);
  });
  model->device = std::move(device);
  model->describe();
  return model;
}

std::shared_ptr<Model> Model::loadFile(std::shared_ptr<Device> device,
                                       const std::string &path) {
  auto model = std::make_shared<Model>();
  model->handle = msa::python::load(*device, [&](msa_model **made) {
    return msa_model_load_file(device->handle.get(), path.c_str(), made);
  });
  model->device = std::move(device);
  model->describe();
  return model;
}

void Model::describe() {
  msa_tensor_info info;
  const msa_model *model = handle.get();
  for (size_t e = 0; e < msa_model_entry_count(model); ++e) {
    EntryInfo entry;
    entry.name = msa_model_entry_name(model, e);
    for (size_t i = 0; i < msa_model_input_count(model, e); ++i) {
      check(msa_model_input(model, e, i, &info));
      entry.inputs.emplace_back(info);
    }
    for (size_t i = 0; i < msa_model_output_count(model, e); ++i) {
      check(msa_model_output(model, e, i, &info));
      entry.outputs.emplace_back(info);
    }
    entries.push_back(std::move(entry));
  }
  for (size_t i = 0; i < msa_model_state_count(model); ++i) {
    check(msa_model_state(model, i, &info));
    states.emplace_back(info);
  }
  for (size_t i = 0; i < msa_model_constant_count(model); ++i) {
    check(msa_model_constant(model, i, &info));
    constants.emplace_back(info);
  }
}

/// "; it has a, b" or "; it has none".
template <typename Items> static std::string known(const Items &items) {
  std::string text;
  for (const auto &item : items)
    text += (text.empty() ? "" : ", ") + item.name;
  return "; it has " + (text.empty() ? "none" : text);
}

template <typename Items>
static size_t find(const Items &items, const std::string &name,
                   const char *kind) {
  for (size_t i = 0; i < items.size(); ++i)
    if (items[i].name == name)
      return i;
  raiseInvalid(std::string("the model has no ") + kind + " '" + name + "'" +
               known(items));
}

size_t Model::findState(const std::string &name) const {
  return find(states, name, "state");
}

size_t Model::findEntry(py::handle entry) const {
  if (PyLong_Check(entry.ptr())) {
    Py_ssize_t index = PyLong_AsSsize_t(entry.ptr());
    if (index == -1 && PyErr_Occurred())
      PyErr_Clear();
    if (index < 0 || static_cast<size_t>(index) >= entries.size())
      raiseInvalid("the model has no entry " +
                   py::str(entry).cast<std::string>() + known(entries));
    return static_cast<size_t>(index);
  }
  if (!PyUnicode_Check(entry.ptr()))
    raiseInvalid(std::string("an entry is a name or a number, not ") +
                 Py_TYPE(entry.ptr())->tp_name);
  return find(entries, entry.cast<std::string>(), "entry");
}

void Model::setConstant(const std::string &name, py::handle tensor) {
  device->checkFork();
  size_t index = find(constants, name, "constant");
  const Expected &expected = constants[index];
  Borrowed value(tensor.ptr(), expected, {"constant", 0, nullptr}, device->id,
                 false);
  if (value.value.on_device)
    raiseInvalid("constant '" + name +
                 "' is copied from host memory; pass "
                 "x.cpu()");
  msa_status status;
  std::string message;
  {
    py::gil_scoped_release release;
    std::unique_lock<std::shared_mutex> writing(weights);
    status = msa_model_set_constant(handle.get(), index, value.value.data,
                                    expected.bytes);
    if (status != MSA_OK)
      message = msa_last_error();
  }
  if (status != MSA_OK)
    raiseStatus(status, message);
}

/// [(name, dtype, shape)]
static py::list describe(const std::vector<Expected> &all) {
  py::list list;
  for (const Expected &one : all)
    list.append(py::make_tuple(one.name, msa_dtype_name(one.dtype),
                               py::tuple(py::cast(one.shape))));
  return list;
}

} // namespace python
} // namespace msa

using namespace msa::python;

PYBIND11_MODULE(_runtime, m) {
  m.doc() = "The msa runtime";
  m.attr("version") = msa_version();
  pthread_atfork(nullptr, nullptr,
                 [] { forkCount.fetch_add(1, std::memory_order_relaxed); });

  py::class_<Device, std::shared_ptr<Device>>(m, "Device")
      .def(py::init<const std::string &, int>(), py::arg("kind"),
           py::arg("number"))
      .def_property_readonly("name", &Device::name);

  py::class_<Model, std::shared_ptr<Model>>(m, "Model")
      .def_static("load", &Model::load, py::arg("device"), py::arg("data"))
      .def_static("load_file", &Model::loadFile, py::arg("device"),
                  py::arg("path"))
      .def_property_readonly("producer",
                             [](const Model &self) {
                               return msa_model_producer(self.handle.get());
                             })
      .def_property_readonly("session_bytes",
                             [](const Model &self) {
                               return msa_model_session_bytes(
                                   self.handle.get());
                             })
      .def_property_readonly("scratch_bytes",
                             [](const Model &self) {
                               return msa_model_scratch_bytes(
                                   self.handle.get());
                             })
      .def_property_readonly(
          "entries",
          [](const Model &self) {
            py::list list;
            for (const EntryInfo &entry : self.entries)
              list.append(py::make_tuple(entry.name, describe(entry.inputs),
                                         describe(entry.outputs)));
            return list;
          })
      .def_property_readonly(
          "states", [](const Model &self) { return describe(self.states); })
      .def_property_readonly(
          "constants",
          [](const Model &self) { return describe(self.constants); })
      .def("set_constant", &Model::setConstant, py::arg("name"),
           py::arg("tensor"))
      .def("session", [](std::shared_ptr<Model> self) {
        return std::make_shared<Session>(std::move(self));
      });

  py::class_<Session, std::shared_ptr<Session>>(m, "Session")
      .def("step", &Session::step, py::arg("inputs"),
           py::arg("outputs") = py::none(), py::arg("entry") = 0,
           py::arg("keep_state") = false, py::arg("wait") = false,
           py::arg("enqueue") = false)
      .def("wait", &Session::wait)
      .def("reset", &Session::reset)
      .def("fork", &Session::fork)
      .def("state", &Session::state, py::arg("name"),
           py::arg("out") = py::none())
      .def("set_state", &Session::setState, py::arg("name"), py::arg("tensor"))
      .def("export", &Session::exportState)
      .def("restore", &Session::restore, py::arg("data"));
  bindStream(m);
}
