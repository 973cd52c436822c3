//===- LinkLLD.cpp - lld within this process ------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A library of its own: lld registers command line options of code generation,
// which the options of a tool (--mcpu) would clash with.
//
//===----------------------------------------------------------------------===//

#include "msa/Target/LinkCpu.h"

#include "lld/Common/Driver.h"
#include "llvm/Plugins/PassPlugin.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/raw_ostream.h"

#include <mutex>

LLD_HAS_DRIVER(elf)

// Debian's archives of LLVM have Polly as an extension of link-time
// optimization, and lack its code. Our input is machine code: nothing is
// optimized, so an extension that adds nothing is the same. (A weak one: where
// Polly is linked, its own is taken.)
__attribute__((weak)) llvm::PassPluginLibraryInfo getPollyPluginInfo() {
  return {LLVM_PLUGIN_API_VERSION, "none", "0", [](llvm::PassBuilder &) {}};
}

static bool link(const char *input, const char *output, std::string &error) {
  // lld keeps its state in globals, and after a fatal error they are lost.
  static std::mutex mutex;
  static bool usable = true;
  std::lock_guard<std::mutex> lock(mutex);
  if (!usable)
    return false;
  // One thread: threads of lld's pool would be lost in a forked child. No
  // mapped output: the file's cleanup would install signal handlers for good.
  const char *arguments[] = {"ld.lld",
                             "-shared",
                             "-z",
                             "noexecstack",
                             "--threads=1",
                             "--build-id=none",
                             "--no-mmap-output-file",
                             "-o",
                             output,
                             input};
  llvm::raw_string_ostream log(error);
  // Without it a fatal error of lld would end the process.
  llvm::CrashRecoveryContext::Enable();
  lld::Result result =
      lld::lldMain(arguments, log, log, {{lld::Gnu, &lld::elf::link}});
  llvm::CrashRecoveryContext::Disable();
  usable = result.canRunAgain;
  if (result.retCode != 0 && error.empty())
    error = "lld failed";
  return usable;
}

void msa::useLLD() { setInProcessLinker(link); }
