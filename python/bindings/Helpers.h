//===- Helpers.h - Short ways to ask Python ---------------------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_BINDINGS_HELPERS_H
#define MSA_BINDINGS_HELPERS_H

#include "Tensors.h"

namespace msa {
namespace python {

inline std::string describe(const DeviceId &device) {
  return device.cuda ? "cuda:" + std::to_string(device.ordinal) : "cpu";
}

inline PyObject *interned(const char *text) {
  return PyUnicode_InternFromString(text);
}

/// An attribute of the module torch, which is there if there are its tensors.
inline py::object torchAttribute(const char *name) {
  return py::module_::import("torch").attr(name);
}

inline bool isTrue(PyObject *object) {
  py::object owner = py::reinterpret_steal<py::object>(object);
  if (!owner)
    throw py::error_already_set();
  return owner.ptr() == Py_True;
}

} // namespace python
} // namespace msa

#endif // MSA_BINDINGS_HELPERS_H
