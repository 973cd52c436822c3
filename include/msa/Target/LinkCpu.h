//===- LinkCpu.h - An object file to a shared object ------------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_TARGET_LINKCPU_H
#define MSA_TARGET_LINKCPU_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <string>
#include <vector>

namespace msa {

/// Links one object file to a shared object, by the linker that was set, else
/// by `ld` or `ld.lld` of PATH. Returns what is wrong, or nothing. Any thread
/// may call it at any time.
std::string linkCpu(llvm::ArrayRef<char> object, std::vector<uint8_t> &out);

/// Links the file `input` to the file `output`. False when it can not be used
/// (any more); otherwise `error` is what went wrong, if anything.
using InProcessLinker = bool(const char *input, const char *output,
                             std::string &error);
/// To be called before anything is linked.
void setInProcessLinker(InProcessLinker *linker);
/// Sets lld, from the library MSALinkLLD.
void useLLD();

} // namespace msa

#endif // MSA_TARGET_LINKCPU_H
