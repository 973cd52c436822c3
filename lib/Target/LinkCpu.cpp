//===- LinkCpu.cpp - An object file to a shared object --------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Target/LinkCpu.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

#include <optional>

using llvm::SmallString;
using llvm::StringRef;

namespace {
/// A file of our own that goes away with the object.
struct TemporaryFile {
  SmallString<128> path;
  explicit TemporaryFile(StringRef suffix) {
    int fd = -1;
    if (llvm::sys::fs::createTemporaryFile("msa", suffix, fd, path))
      path.clear();
    else
      llvm::sys::Process::SafelyCloseFileDescriptor(fd);
  }
  ~TemporaryFile() {
    if (!path.empty())
      llvm::sys::fs::remove(path);
  }
};
} // namespace

static const char kNoFile[] =
    "no temporary file can be written: is TMPDIR a folder with free space?";

static msa::InProcessLinker *inProcess = nullptr;
void msa::setInProcessLinker(InProcessLinker *linker) { inProcess = linker; }

/// What is wrong, or nothing.
static std::string linkExternally(StringRef input, StringRef output) {
  std::string linker;
  for (const char *name : {"ld", "ld.lld", "ld.lld-22"})
    if (auto found = llvm::sys::findProgramByName(name)) {
      linker = *found;
      break;
    }
  if (linker.empty())
    return "no linker found: install binutils or lld";
  TemporaryFile log("log");
  if (log.path.empty())
    return kNoFile;
  StringRef arguments[] = {linker, "-shared", "-z", "noexecstack",
                           "-o",   output,    input};
  std::optional<StringRef> redirects[] = {StringRef(""), StringRef(log.path),
                                          StringRef(log.path)};
  std::string message;
  // No timeout: it would be an alarm() of the whole process.
  if (llvm::sys::ExecuteAndWait(linker, arguments, std::nullopt, redirects, 0,
                                0, &message) == 0)
    return "";
  auto text = llvm::MemoryBuffer::getFile(log.path);
  return linker + " failed: " + message +
         (text ? (*text)->getBuffer().str() : std::string());
}

std::string msa::linkCpu(llvm::ArrayRef<char> object,
                         std::vector<uint8_t> &out) {
  TemporaryFile input("o"), output("so");
  if (input.path.empty() || output.path.empty())
    return kNoFile;
  {
    std::error_code error;
    llvm::raw_fd_ostream os(input.path, error);
    os.write(object.data(), object.size());
    os.close();
    if (error || os.has_error()) {
      os.clear_error();
      return kNoFile;
    }
  }
  std::string error;
  if (!inProcess || !inProcess(input.path.c_str(), output.path.c_str(), error))
    error = linkExternally(input.path, output.path);
  if (!error.empty())
    return error;
  auto linked = llvm::MemoryBuffer::getFile(output.path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!linked || (*linked)->getBufferSize() == 0)
    return "the linker wrote nothing";
  StringRef bytes = (*linked)->getBuffer();
  out.assign(bytes.bytes_begin(), bytes.bytes_end());
  return "";
}
