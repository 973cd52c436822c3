//===- Schedules.cpp - Schedules that were measured -----------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa/Driver/Schedules.h"

#include "msa/Dialect/MSAGPU/IR/ShapeClass.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"

#include <unistd.h>

using namespace mlir;

/// Of the file's form.
static constexpr int64_t kVersion = 1;

/// Files beyond this are none of ours.
static constexpr uint64_t kMostBytes = 16 << 20;

/// The attribute that the text is, or null and what the parser said.
static Attribute parse(MLIRContext *context, StringRef text,
                       std::string &said) {
  ScopedDiagnosticHandler handler(context, [&](Diagnostic &diagnostic) {
    if (said.empty())
      said = diagnostic.str();
    return success();
  });
  return parseAttribute(text, context);
}

// Not qualified: see Compile.cpp.
namespace msa {

std::string userSchedules() {
  auto variable = [](StringRef name) {
    return llvm::sys::Process::GetEnv(name).value_or("");
  };
  if (StringRef(variable("MSA_CACHE")).equals_insensitive("off"))
    return "";
  SmallString<128> path(variable("MSA_CACHE_DIR"));
  if (path.empty()) {
    path = variable("XDG_CACHE_HOME");
    if (path.empty()) {
      if (!llvm::sys::path::home_directory(path))
        return "";
      llvm::sys::path::append(path, ".cache");
    }
    llvm::sys::path::append(path, "msa");
  }
  // As python/msa/cache.py: what others can write decides nothing here.
  llvm::sys::fs::file_status status;
  if (llvm::sys::fs::status(path, status) || status.getUser() != ::getuid() ||
      (status.permissions() & (llvm::sys::fs::all_all & ~0700)))
    return "";
  llvm::sys::path::append(path, "schedules.json");
  return llvm::sys::fs::exists(path) ? std::string(path) : "";
}

LogicalResult addSchedules(ModuleOp module, StringRef path,
                           llvm::function_ref<std::string()> gpu,
                           StoredSchedules &found) {
  auto fail = [&](const Twine &why) {
    found.wrong = (path + ": " + why).str();
    return failure();
  };
  uint64_t bytes = 0;
  if (std::error_code error = llvm::sys::fs::file_size(path, bytes))
    return fail(error.message());
  if (bytes > kMostBytes)
    return fail("is larger than a file of schedules can be");
  auto file = llvm::MemoryBuffer::getFile(path);
  if (!file)
    return fail(file.getError().message());
  llvm::Expected<llvm::json::Value> value =
      llvm::json::parse((*file)->getBuffer());
  if (!value)
    return fail("is no JSON: " + toString(value.takeError()));
  const llvm::json::Object *root = value->getAsObject();
  if (!root || root->getInteger("version") != kVersion)
    return fail("is no file of schedules of version " + Twine(kVersion));
  const llvm::json::Array *entries = root->getArray("schedules");
  if (!entries)
    return fail("has no list of schedules");
  MLIRContext *context = module.getContext();
  context->loadDialect<::mlir::msa_gpu::MSAGPUDialect>();
  std::optional<std::string> here;
  NamedAttrList chosen;
  for (auto [i, entry] : llvm::enumerate(*entries)) {
    auto refuse = [&](const Twine &why) {
      emitWarning(module.getLoc())
          << path << ": schedule " << i << " is left out: " << why;
    };
    const llvm::json::Object *fields = entry.getAsObject();
    auto text = [&](StringRef name) {
      return fields ? fields->getString(name).value_or("") : StringRef();
    };
    StringRef shape = text("class"), schedule = text("schedule");
    if (shape.empty() || schedule.empty()) {
      refuse("it has no \"class\" or no \"schedule\"");
      continue;
    }
    if (fields->get("device")) {
      if (!here)
        here = gpu();
      if (here->empty() || text("device") != *here) {
        ++found.ofOthers;
        continue;
      }
    }
    std::string said;
    Attribute attribute = parse(context, schedule, said);
    if (attribute)
      said = ::mlir::msa_gpu::whyNoEntry(shape, attribute);
    if (!said.empty())
      refuse(said);
    else // of two of one class the later one
      chosen.set(shape, attribute);
  }
  module->setAttr(::mlir::msa_gpu::MSAGPUDialect::kSchedulesAttr,
                  chosen.getDictionary(context));
  return success();
}

} // namespace msa
