//===- Tensors.cpp - Tensors of Python libraries by pointer ---------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A step of a small model takes microseconds, so what is asked of a tensor is
// little: PyTorch's types offer a C function that fills in a DLPack tensor,
// NumPy the buffer protocol. Everything else goes through __dlpack__.
//
//===----------------------------------------------------------------------===//

#include "Tensors.h"

#include "DLPack.h"
#include "Helpers.h"

#include <unordered_map>

namespace msa {
namespace python {

// --- errors ------------------------------------------------------------------

static py::handle errors() {
  // Never given back: it is needed until the interpreter is gone.
  static PyObject *module = py::module_::import("msa.errors").release().ptr();
  return module;
}

static void raise(const char *name, const std::string &message) {
  PyErr_SetString(errors().attr(name).ptr(), message.c_str());
  throw py::error_already_set();
}

void raiseInvalid(const std::string &message) {
  raise("InvalidInput", message);
  throw py::error_already_set(); // not reached
}

void raiseStatus(msa_status status, const std::string &message) {
  py::object error =
      errors().attr("from_status")(msa_status_name(status), message);
  PyErr_SetObject(py::type::handle_of(error).ptr(), error.ptr());
  throw py::error_already_set();
}

static std::string describe(const std::vector<int64_t> &shape,
                            const char *dtype) {
  std::string text = std::string(dtype) + "[";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? "x" : "") + std::to_string(shape[i]);
  return text + "]";
}

std::string Expected::describe() const {
  return msa::python::describe(shape, msa_dtype_name(dtype));
}

std::string Place::describe(const Expected &expected) const {
  std::string text = entry ? "entry '" + *entry + "', " : "";
  text += kind;
  if (entry)
    text += " " + std::to_string(index);
  return text + " '" + expected.name + "'";
}

// --- what libraries offer
// ------------------------------------------------------

namespace {
/// What a type of tensors offers, found once for each type.
struct TypeInfo {
  const dlpack::ExchangeApi *api = nullptr;
  bool torch = false; ///< Knows requires_grad and is_neg.
};
} // namespace

static TypeInfo findTypeInfo(PyTypeObject *type) {
  TypeInfo info;
  PyObject *object = reinterpret_cast<PyObject *>(type);
  info.torch = PyObject_HasAttrString(object, "requires_grad") &&
               PyObject_HasAttrString(object, "is_neg");
  py::object capsule = py::reinterpret_steal<py::object>(
      PyObject_GetAttrString(object, "__dlpack_c_exchange_api__"));
  if (!capsule) {
    PyErr_Clear();
    return info;
  }
  auto *api = static_cast<const dlpack::ExchangeApi *>(
      PyCapsule_GetPointer(capsule.ptr(), "dlpack_exchange_api"));
  if (!api)
    PyErr_Clear();
  // Later versions chain to the tables of earlier ones.
  while (api && api->major != 1)
    api = api->previous;
  if (api && api->fromObject)
    info.api = api;
  return info;
}

static const TypeInfo &typeInfo(PyTypeObject *type) {
  static auto *known = new std::unordered_map<PyTypeObject *, TypeInfo>;
  static PyTypeObject *last = nullptr;
  static const TypeInfo *lastInfo = nullptr;
  if (type == last)
    return *lastInfo;
  auto found = known->find(type);
  if (found == known->end()) {
    TypeInfo info = findTypeInfo(type);
    Py_INCREF(type); // its address must not be used for another type
    found = known->emplace(type, info).first;
  }
  last = type;
  lastInfo = &found->second;
  return *lastInfo;
}

/// The first line of an error's text: PyTorch's go on with a trace in C++.
static std::string firstLine(const py::error_already_set &error) {
  std::string text = py::str(error.value()).cast<std::string>();
  return text.substr(0, text.find('\n'));
}

static msa_dtype dtypeOf(uint8_t code, unsigned bits, unsigned lanes) {
  if (lanes != 1)
    return msa_dtype(0);
  switch (code) {
  case dlpack::kFloat:
    return bits == 64   ? MSA_F64
           : bits == 32 ? MSA_F32
           : bits == 16 ? MSA_F16
                        : msa_dtype(0);
  case dlpack::kBfloat:
    return bits == 16 ? MSA_BF16 : msa_dtype(0);
  case dlpack::kInt:
    return bits == 64   ? MSA_I64
           : bits == 32 ? MSA_I32
           : bits == 16 ? MSA_I16
           : bits == 8  ? MSA_I8
                        : msa_dtype(0);
  case dlpack::kBool:
    return bits == 8 ? MSA_I1 : msa_dtype(0);
  }
  return msa_dtype(0);
}

/// Of a buffer's format. NumPy has no bf16: it is carried as uint16.
static msa_dtype dtypeOf(const Py_buffer &buffer, msa_dtype wanted) {
  const char *format = buffer.format ? buffer.format : "B";
  if (*format == '@' || *format == '=' || *format == '<')
    ++format;
  if (!format[0] || format[1])
    return msa_dtype(0);
  switch (format[0]) {
  case 'd':
    return MSA_F64;
  case 'f':
    return MSA_F32;
  case 'e':
    return MSA_F16;
  case 'H':
    return wanted == MSA_BF16 ? MSA_BF16 : msa_dtype(0);
  case 'q':
  case 'l':
  case 'i':
  case 'h':
  case 'b':
    return dtypeOf(dlpack::kInt, unsigned(buffer.itemsize) * 8, 1);
  case '?':
    return MSA_I1;
  }
  return msa_dtype(0);
}

// --- checks
// --------------------------------------------------------------------

static const char *dtypeHint(msa_dtype wanted) {
  return wanted == MSA_BF16 ? " (in NumPy: uint16 with the bits of bf16)"
         : wanted == MSA_I1 ? " (bool)"
                            : "";
}

static void checkDtype(msa_dtype found, const std::string &foundName,
                       const Expected &expected, const Place &place) {
  if (found != expected.dtype)
    raiseStatus(MSA_DTYPE_MISMATCH,
                place.describe(expected) + " must be " + expected.describe() +
                    dtypeHint(expected.dtype) + ", not of " + foundName +
                    "; convert it first");
}

/// `unit`: what strides count, 1 or the bytes of an element.
template <typename Size>
static void checkLayout(const Size *shape, const Size *strides, int rank,
                        int64_t unit, const Expected &expected,
                        const Place &place) {
  bool same = rank >= 0 && static_cast<size_t>(rank) == expected.shape.size();
  for (int i = 0; same && i < rank; ++i)
    same = shape[i] == expected.shape[i];
  if (!same)
    raiseStatus(
        MSA_SHAPE_MISMATCH,
        place.describe(expected) + " must be " + expected.describe() +
            ", not " +
            describe(std::vector<int64_t>(shape, shape + std::max(rank, 0)),
                     msa_dtype_name(expected.dtype)));
  if (!strides || expected.bytes == 0)
    return;
  int64_t stride = unit;
  for (int i = rank - 1; i >= 0; --i) {
    if (shape[i] != 1 && strides[i] != stride)
      raiseInvalid(place.describe(expected) +
                   " is not contiguous (row-major): tensors are used in place, "
                   "so pass x.contiguous() of PyTorch or "
                   "numpy.ascontiguousarray(x)");
    stride *= shape[i];
  }
}

/// Zero elements have no address; the runtime wants one.
static void *addressOf(void *data, const Expected &expected,
                       const Place &place) {
  static int64_t nothing;
  if (expected.bytes == 0)
    return &nothing;
  if (!data)
    raiseInvalid(place.describe(expected) +
                 " has no memory: is it a fake or meta tensor?");
  return data;
}

static void checkDevice(const dlpack::Tensor &tensor, Library library,
                        const Expected &expected, const Place &place,
                        const DeviceId &device) {
  if (tensor.deviceType == dlpack::kCpu ||
      tensor.deviceType == dlpack::kCudaHost)
    return; // every device takes host memory
  if (tensor.deviceType != dlpack::kCuda)
    raiseInvalid(
        place.describe(expected) + " is on a device of DLPack's kind " +
        std::to_string(tensor.deviceType) + "; move it to " + describe(device));
  DeviceId found{true, tensor.deviceId};
  if (!device.cuda || device.ordinal != found.ordinal)
    raiseInvalid(place.describe(expected) + " is on " + describe(found) +
                 ", the model on " + describe(device) + "; move one of them");
  if (library != Library::Torch)
    raiseInvalid(place.describe(expected) +
                 " is on a GPU and no PyTorch tensor: how to wait for its "
                 "library is unknown; pass torch.from_dlpack(x)");
}

static void take(const dlpack::Tensor &tensor, Library library,
                 const Expected &expected, const Place &place,
                 const DeviceId &device, msa_tensor &value) {
  checkDevice(tensor, library, expected, place, device);
  msa_dtype dtype = dtypeOf(tensor.code, tensor.bits, tensor.lanes);
  if (dtype != expected.dtype) {
    static const char *const codes[] = {"int",    "uint",    "float", "handle",
                                        "bfloat", "complex", "bool"};
    checkDtype(dtype,
               tensor.code < 7
                   ? codes[tensor.code] + std::to_string(tensor.bits)
                   : std::string("an unknown dtype"),
               expected, place);
  }
  checkLayout(tensor.shape, tensor.strides, tensor.rank, 1, expected, place);
  value.dtype = dtype;
  value.rank = tensor.rank;
  value.shape = expected.shape.data();
  value.data = addressOf(tensor.data ? static_cast<char *>(tensor.data) +
                                           tensor.byteOffset
                                     : nullptr,
                         expected, place);
  value.on_device = tensor.deviceType == dlpack::kCuda;
}

// --- reading
// -------------------------------------------------------------------

/// PyTorch: what autograd or a lazy view would need can not be had in place.
static void checkTorch(PyObject *object, const Expected &expected,
                       const Place &place) {
  static PyObject *requiresGrad = interned("requires_grad");
  static PyObject *isNeg = interned("is_neg");
  if (isTrue(PyObject_GetAttr(object, requiresGrad)) &&
      torchAttribute("is_grad_enabled")().cast<bool>())
    raise("GradientsNotSupported",
          place.describe(expected) +
              " requires grad, and a compiled step has no gradient: step under "
              "torch.no_grad(), or pass x.detach(); to train use the reference "
              "path (msa.ops, backend=\"reference\")");
  if (isTrue(PyObject_CallMethodNoArgs(object, isNeg)))
    raiseInvalid(place.describe(expected) +
                 " is a lazily negated view; pass x.resolve_neg()");
}

static std::string torchVersion() {
  return py::str(torchAttribute("__version__")).cast<std::string>();
}

bool Borrowed::readExchange(const Expected &expected, const Place &place,
                            const DeviceId &device, bool) {
  const TypeInfo &info = typeInfo(Py_TYPE(owner));
  if (!info.api)
    return false;
  library = info.torch ? Library::Torch : Library::Other;
  if (info.torch)
    checkTorch(owner, expected, place);
  dlpack::Tensor tensor;
  if (info.api->fromObject(owner, &tensor) != 0) {
    py::error_already_set reason;
    raiseInvalid(place.describe(expected) +
                 " can not be used in place: " + firstLine(reason));
  }
  take(tensor, library, expected, place, device, value);
  return true;
}

bool Borrowed::readBuffer(const Expected &expected, const Place &place,
                          bool written) {
  if (!PyObject_CheckBuffer(owner))
    return false;
  if (PyObject_GetBuffer(owner, &buffer, PyBUF_RECORDS_RO) != 0) {
    // NumPy has dtypes that buffers do not (datetime64).
    py::error_already_set reason;
    raiseStatus(MSA_DTYPE_MISMATCH,
                place.describe(expected) + " must be " + expected.describe() +
                    dtypeHint(expected.dtype) + ": " + firstLine(reason));
  }
  hasBuffer = true;
  library = Library::NumPy;
  if (written && buffer.readonly)
    raiseInvalid(place.describe(expected) + " is read-only");
  msa_dtype dtype = dtypeOf(buffer, expected.dtype);
  if (dtype != expected.dtype)
    checkDtype(
        dtype,
        PyObject_HasAttrString(owner, "dtype")
            ? py::str(py::handle(owner).attr("dtype")).cast<std::string>()
            : std::string("format '") + (buffer.format ? buffer.format : "B") +
                  "'",
        expected, place);
  checkLayout(buffer.shape, buffer.strides, buffer.ndim, buffer.itemsize,
              expected, place);
  value.dtype = dtype;
  value.rank = buffer.ndim;
  value.shape = expected.shape.data();
  value.data = addressOf(buffer.buf, expected, place);
  value.on_device = 0;
  return true;
}

void Borrowed::readCapsule(const Expected &expected, const Place &place,
                           const DeviceId &device, bool written) {
  py::handle object(owner);
  if (!PyObject_HasAttrString(owner, "__dlpack__"))
    raiseInvalid(place.describe(expected) +
                 " must be a tensor (PyTorch, NumPy, or anything with "
                 "__dlpack__), not " +
                 Py_TYPE(owner)->tp_name);
  const TypeInfo &info = typeInfo(Py_TYPE(owner));
  if (info.torch) { // an older one: it lacks the C function
    library = Library::Torch;
    checkTorch(owner, expected, place);
  }
  try {
    try {
      capsule =
          object
              .attr("__dlpack__")(py::arg("max_version") = py::make_tuple(1, 0))
              .release()
              .ptr();
    } catch (py::error_already_set &error) {
      if (!error.matches(PyExc_TypeError))
        throw;
      capsule = object.attr("__dlpack__")().release().ptr();
    }
  } catch (py::error_already_set &reason) {
    raiseInvalid(place.describe(expected) +
                 " can not be used in place: " + firstLine(reason));
  }
  // The capsule stays unused in the protocol's sense: it frees itself.
  const dlpack::Tensor *tensor = nullptr;
  if (PyCapsule_IsValid(capsule, "dltensor_versioned")) {
    auto *managed = static_cast<dlpack::ManagedVersioned *>(
        PyCapsule_GetPointer(capsule, "dltensor_versioned"));
    if (managed->major != 1)
      raiseInvalid(place.describe(expected) + " speaks DLPack " +
                   std::to_string(managed->major) + "; known is 1");
    if (written && (managed->flags & dlpack::kReadOnly))
      raiseInvalid(place.describe(expected) + " is read-only");
    if (managed->flags & dlpack::kCopied)
      raiseInvalid(place.describe(expected) +
                   " is exported as a copy and can not be used in place");
    tensor = &managed->tensor;
  } else if (PyCapsule_IsValid(capsule, "dltensor")) {
    tensor = &static_cast<dlpack::Managed *>(
                  PyCapsule_GetPointer(capsule, "dltensor"))
                  ->tensor;
  } else {
    raiseInvalid(place.describe(expected) +
                 ": its __dlpack__ returns no DLPack capsule");
  }
  if (info.torch && tensor->deviceType == dlpack::kCuda)
    raiseInvalid(place.describe(expected) + " is on " +
                 describe(DeviceId{true, tensor->deviceId}) +
                 ", and this PyTorch (" + torchVersion() +
                 ") does not offer __dlpack_c_exchange_api__, by which its "
                 "tensors on a GPU are used; upgrade PyTorch (2.11 has it), or "
                 "pass x.cpu(): a model on any device takes and gives tensors "
                 "on the host");
  take(*tensor, library, expected, place, device, value);
}

Borrowed::Borrowed(PyObject *object, const Expected &expected,
                   const Place &place, const DeviceId &device, bool written)
    : value(), owner(object) {
  Py_INCREF(owner);
  try {
    if (!readExchange(expected, place, device, written) &&
        !readBuffer(expected, place, written))
      readCapsule(expected, place, device, written);
  } catch (...) {
    release();
    throw;
  }
}

Borrowed::Borrowed(Borrowed &&other) noexcept
    : value(other.value), library(other.library), owner(other.owner),
      capsule(other.capsule), hasBuffer(other.hasBuffer) {
  // Py_buffer's arrays may lie in the structure itself for foreign exporters,
  // but nothing reads them after construction; its release needs obj and
  // internal only.
  if (hasBuffer)
    buffer = other.buffer;
  other.owner = other.capsule = nullptr;
  other.hasBuffer = false;
}

void Borrowed::release() {
  if (hasBuffer)
    PyBuffer_Release(&buffer);
  Py_XDECREF(capsule);
  Py_XDECREF(owner);
  hasBuffer = false;
  capsule = owner = nullptr;
}
Borrowed::~Borrowed() { release(); }

static bool overlap(const msa_tensor &a, size_t aBytes, const msa_tensor &b,
                    size_t bBytes) {
  auto *x = static_cast<const char *>(a.data);
  auto *y = static_cast<const char *>(b.data);
  return aBytes && bBytes && x < y + bBytes && y < x + aBytes;
}

void checkOverlaps(const std::vector<Borrowed> &inputs,
                   const std::vector<Borrowed> &outputs,
                   const std::vector<Expected> &expectedInputs,
                   const std::vector<Expected> &expectedOutputs,
                   const std::string &entry) {
  for (size_t i = 0; i < outputs.size(); ++i) {
    Place place{"output", i, &entry};
    auto complain = [&](const Place &other, const Expected &expected) {
      raiseInvalid(place.describe(expectedOutputs[i]) + " shares memory with " +
                   other.describe(expected) +
                   "; give outputs memory of their own");
    };
    for (size_t k = 0; k < inputs.size(); ++k)
      if (overlap(outputs[i].value, expectedOutputs[i].bytes, inputs[k].value,
                  expectedInputs[k].bytes))
        complain({"input", k, &entry}, expectedInputs[k]);
    for (size_t k = 0; k < i; ++k)
      if (overlap(outputs[i].value, expectedOutputs[i].bytes, outputs[k].value,
                  expectedOutputs[k].bytes))
        complain({"output", k, &entry}, expectedOutputs[k]);
  }
}

} // namespace python
} // namespace msa
