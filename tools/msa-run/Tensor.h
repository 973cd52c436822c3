//===- Tensor.h - Tensors on the command line ---------------------*- C++
//-*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reading and writing of .npy files, and IREE's text form: 2x3xf32=1 2 3 4 5 6,
// one value fills the whole tensor.
//
//===----------------------------------------------------------------------===//

#ifndef MSA_TOOLS_RUN_TENSOR_H
#define MSA_TOOLS_RUN_TENSOR_H

#include "msa/runtime.h"

#include <stdexcept>
#include <string>
#include <vector>

namespace msa {
namespace run {

/// Wrong usage or input, with a message for the user.
struct UserError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Tensor {
  msa_dtype dtype = MSA_F32;
  std::vector<int64_t> shape;
  std::vector<uint8_t> data;

  int64_t elements() const;
  msa_tensor view();
  double at(int64_t index) const; ///< Any dtype as a double.
  void set(int64_t index, double value);
  std::string type() const; ///< "2x3xf32"
};

/// Zeros of the described type.
Tensor zeros(const msa_tensor_info &info);
/// `@file.npy` or `2x3xf32=...`; where the shape is left out it is that of
/// `expected`. `where` names the argument in messages.
Tensor parseTensor(const std::string &text, const msa_tensor_info &expected,
                   const std::string &where);
Tensor readNpy(const std::string &path, msa_dtype expected);
void writeNpy(const std::string &path, const Tensor &tensor);
/// "2x3xf32=[1 2 3][4 5 6]", at most `limit` values.
std::string print(const Tensor &tensor, int64_t limit);

struct Difference {
  double relative = 0; ///< Greatest |a - b| / max(|b|, rms(b)).
  int64_t index = -1;  ///< Where.
  bool sameBits = true;
};
Difference compare(const Tensor &actual, const Tensor &expected);

} // namespace run
} // namespace msa

#endif // MSA_TOOLS_RUN_TENSOR_H
