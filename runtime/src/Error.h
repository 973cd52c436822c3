//===- Error.h - Errors inside the runtime ------------------------*- C++
//-*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Inside the runtime errors are exceptions; none leaves the C interface.
//
//===----------------------------------------------------------------------===//

#ifndef MSA_RUNTIME_ERROR_H
#define MSA_RUNTIME_ERROR_H

#include "msa/runtime.h"

#include <stdexcept>
#include <string>

namespace msa {
namespace runtime {

class Error : public std::runtime_error {
public:
  Error(msa_status status, const std::string &message)
      : std::runtime_error(message), status(status) {}
  msa_status status;
};

} // namespace runtime
} // namespace msa

#endif // MSA_RUNTIME_ERROR_H
