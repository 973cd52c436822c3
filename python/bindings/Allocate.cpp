//===- Allocate.cpp - Tensors of Python libraries, made and changed -------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Helpers.h"

namespace msa {
namespace python {

// --------------------------------------------------------------------

static const char *torchName(msa_dtype dtype) {
  static const char *const names[] = {
      "",      "float64", "float32", "float16", "bfloat16",
      "int64", "int32",   "int16",   "int8",    "bool"};
  return names[dtype];
}

static const char *numpyName(msa_dtype dtype) {
  return dtype == MSA_BF16 ? "uint16" : torchName(dtype);
}

/// For what the process needs until it ends; made once.
static py::handle forever(py::object object) { return object.release(); }

py::object allocate(const Expected &expected, Library library,
                    const DeviceId &device) {
  Expected::Made &made = expected.made;
  if (!made.shape) {
    py::tuple shape(expected.shape.size());
    for (size_t i = 0; i < expected.shape.size(); ++i)
      shape[i] = expected.shape[i];
    made.shape = shape;
  }
  if (library == Library::Torch) {
    static py::handle empty = forever(torchAttribute("empty"));
    if (!made.torchOptions)
      made.torchOptions = py::dict(
          py::arg("dtype") = torchAttribute(torchName(expected.dtype)));
    // Said each time: a default device may have been set since.
    made.torchOptions["device"] = describe(device);
    py::object result = py::reinterpret_steal<py::object>(
        PyObject_Call(empty.ptr(), py::make_tuple(made.shape).ptr(),
                      made.torchOptions.ptr()));
    if (!result)
      throw py::error_already_set();
    return result;
  }
  static py::handle numpy = forever(py::module_::import("numpy"));
  static py::handle empty = forever(numpy.attr("empty"));
  static py::handle ndarray = forever(numpy.attr("ndarray"));
  static py::handle bytes = forever(numpy.attr("dtype")("uint8"));
  if (!made.numpyDtype)
    made.numpyDtype = numpy.attr("dtype")(numpyName(expected.dtype));
  // NumPy aligns to 16 bytes only.
  py::object raw = empty(expected.bytes + 63, bytes);
  Py_buffer view;
  if (PyObject_GetBuffer(raw.ptr(), &view, PyBUF_SIMPLE) != 0)
    throw py::error_already_set();
  size_t offset = -reinterpret_cast<uintptr_t>(view.buf) % 64;
  PyBuffer_Release(&view);
  return ndarray(made.shape, made.numpyDtype, raw, offset);
}

void *torchStream(const DeviceId &device) {
  // What PyTorch's own generated code calls; the public way takes microseconds.
  static py::handle raw = forever(py::getattr(
      torchAttribute("_C"), "_cuda_getCurrentRawStream", py::none()));
  py::object handle =
      raw.is_none() ? py::object(torchAttribute("cuda")
                                     .attr("current_stream")(device.ordinal)
                                     .attr("cuda_stream"))
                    : py::object(raw(device.ordinal));
  return reinterpret_cast<void *>(handle.cast<uintptr_t>());
}

void waitForTorch(const DeviceId &device) {
  torchAttribute("cuda")
      .attr("current_stream")(device.ordinal)
      .attr("synchronize")();
}

void bumpVersions(const std::vector<Borrowed> &outputs) {
  for (const Borrowed &output : outputs) {
    if (output.library != Library::Torch)
      continue;
    static py::handle increment = forever(
        torchAttribute("autograd").attr("graph").attr("increment_version"));
    static PyObject *isInference = interned("is_inference");
    // Tensors of inference mode have no version, and no graph that needs it.
    if (!isTrue(PyObject_CallMethodNoArgs(output.object(), isInference)))
      increment(py::handle(output.object()));
  }
}

} // namespace python
} // namespace msa
