//===- Tensors.h - Tensors of Python libraries by pointer -------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PyTorch tensors, NumPy arrays and whatever else speaks DLPack or the buffer
// protocol become msa_tensor without a copy. Each is checked here against what
// the model wants, so that the messages can say what to call on the tensor.
//
//===----------------------------------------------------------------------===//

#ifndef MSA_BINDINGS_TENSORS_H
#define MSA_BINDINGS_TENSORS_H

#include "msa/runtime.h"

#include <pybind11/pybind11.h>

#include <string>
#include <vector>

namespace msa {
namespace python {

namespace py = pybind11;

/// Raises msa.errors.InvalidInput.
[[noreturn]] void raiseInvalid(const std::string &message);
/// Raises what msa.errors.from_status says.
[[noreturn]] void raiseStatus(msa_status status, const std::string &message);
/// Raises the last error of this thread unless the status is MSA_OK.
inline void check(msa_status status) {
  if (status != MSA_OK)
    raiseStatus(status, msa_last_error());
}

/// What the model says about an input, output, state or weight.
struct Expected {
  std::string name;
  msa_dtype dtype;
  std::vector<int64_t> shape;
  size_t bytes;
  explicit Expected(const msa_tensor_info &info)
      : name(info.name), dtype(info.dtype),
        shape(info.shape, info.shape + info.rank), bytes(info.bytes) {}
  std::string describe() const; ///< "f32[2x3]"

  /// Arguments of the call that allocates it, made when first needed.
  struct Made {
    py::object shape, numpyDtype, torchOptions;
  };
  mutable Made made;
};

/// Where a tensor belongs, for messages only.
struct Place {
  const char *kind; ///< "input", "output", "state", "constant"
  size_t index;
  const std::string *entry; ///< Null where there is none.
  std::string describe(const Expected &expected) const;
};

/// A device as tensors name it.
struct DeviceId {
  bool cuda = false;
  int ordinal = 0;
};

enum class Library { NumPy, Torch, Other };

/// A tensor whose memory is used during a call. The GIL must be held when it is
/// made and when it goes.
class Borrowed {
public:
  Borrowed(PyObject *object, const Expected &expected, const Place &place,
           const DeviceId &device, bool written);
  Borrowed(Borrowed &&other) noexcept;
  Borrowed &operator=(Borrowed &&) = delete;
  ~Borrowed();

  msa_tensor value;
  Library library = Library::Other;
  PyObject *object() const { return owner; }

private:
  bool readExchange(const Expected &expected, const Place &place,
                    const DeviceId &device, bool written);
  bool readBuffer(const Expected &expected, const Place &place, bool written);
  void readCapsule(const Expected &expected, const Place &place,
                   const DeviceId &device, bool written);
  void release();

  PyObject *owner = nullptr;   ///< The caller's object.
  PyObject *capsule = nullptr; ///< Of __dlpack__.
  Py_buffer buffer;
  bool hasBuffer = false;
};

/// Raises if an output shares memory with an input or with another output.
void checkOverlaps(const std::vector<Borrowed> &inputs,
                   const std::vector<Borrowed> &outputs,
                   const std::vector<Expected> &expectedInputs,
                   const std::vector<Expected> &expectedOutputs,
                   const std::string &entry);

/// An uninitialised tensor, on a 64-byte boundary on hosts, where vectors do
/// not straddle cache lines. `like` is a tensor of the library and the device
/// to take.
py::object allocate(const Expected &expected, Library library,
                    const DeviceId &device);

/// PyTorch's current stream of this GPU, a CUstream.
void *torchStream(const DeviceId &device);
/// Waits for what is in it.
void waitForTorch(const DeviceId &device);
/// Tells autograd that these PyTorch tensors were overwritten.
void bumpVersions(const std::vector<Borrowed> &outputs);

} // namespace python
} // namespace msa

#endif // MSA_BINDINGS_TENSORS_H
