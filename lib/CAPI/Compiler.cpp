//===- Compiler.cpp - C interface of the compiler -------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "msa-c/Compiler.h"

#include "msa/Driver/Compile.h"
#include "msa/Init.h"
#include "msa/Pipelines/Pipelines.h"
#include "msa/Target/CompileCpu.h"
#include "msa/Target/LinkCpu.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/TargetParser/Host.h"

#include <memory>
#include <mutex>

using namespace mlir;

namespace {
struct Message {
  msac_severity severity;
  std::string location, text;
};

/// Shared by the handles of a context and of its modules.
struct Shared {
  MLIRContext context;
  msac_report report;
  void *user;
  // Diagnostics come from threads of a pass manager, the callback is called
  // when those are gone.
  std::mutex mutex;
  std::vector<Message> messages;

  Shared(const DialectRegistry &registry, msac_report report, void *user)
      : context(registry, MLIRContext::Threading::DISABLED), report(report),
        user(user) {
    context.getDiagEngine().registerHandler([this](Diagnostic &diagnostic) {
      add(diagnostic);
      return success();
    });
  }
  void add(Diagnostic &diagnostic);
  void add(const std::string &text) {
    messages.push_back({MSAC_ERROR, "", text});
  }
  void flush() {
    std::vector<Message> taken;
    taken.swap(messages);
    if (report)
      for (const Message &message : taken)
        report(user, message.severity, message.location.c_str(),
               message.text.c_str());
  }
};

/// Tells what was collected when a call ends.
struct Flush {
  Shared &shared;
  ~Flush() { shared.flush(); }
};

/// Threads for one call only: a pool that outlived it would hang a forked
/// child.
struct Threads {
  MLIRContext &context;
  explicit Threads(MLIRContext &context) : context(context) {
    context.enableMultithreading();
  }
  ~Threads() { context.disableMultithreading(); }
};
} // namespace

struct msac_context {
  std::shared_ptr<Shared> shared;
};
struct msac_module {
  std::shared_ptr<Shared> shared; // outlives the module
  OwningOpRef<ModuleOp> module;
};
struct msac_buffer {
  std::string bytes;
};

/// The first place in a file that a location names: names, call sites and
/// fused locations are looked through.
static std::string describe(Location location) {
  std::string text;
  location->walk([&](Location at) {
    auto file = dyn_cast<FileLineColLoc>(at);
    if (!file)
      return WalkResult::advance();
    text = file.getFilename().str() + ":" + std::to_string(file.getLine()) +
           ":" + std::to_string(file.getColumn());
    return WalkResult::interrupt();
  });
  return text;
}

static msac_severity severityOf(DiagnosticSeverity severity) {
  switch (severity) {
  case DiagnosticSeverity::Error:
    return MSAC_ERROR;
  case DiagnosticSeverity::Warning:
    return MSAC_WARNING;
  case DiagnosticSeverity::Remark:
    return MSAC_REMARK;
  case DiagnosticSeverity::Note:
    return MSAC_NOTE;
  }
  return MSAC_ERROR;
}

void Shared::add(Diagnostic &diagnostic) {
  std::lock_guard<std::mutex> lock(mutex);
  messages.push_back({severityOf(diagnostic.getSeverity()),
                      describe(diagnostic.getLocation()), diagnostic.str()});
  for (Diagnostic &note : diagnostic.getNotes())
    messages.push_back({MSAC_NOTE, describe(note.getLocation()), note.str()});
}

static const DialectRegistry &registry() {
  static const DialectRegistry *shared = [] {
#ifdef MSA_HAS_LLD
    ::msa::useLLD();
#endif
    ::msa::registerCompilerPasses();
    auto *made = new DialectRegistry; // never destroyed: threads may use it
    ::msa::registerUpstream(*made);
    ::msa::registerDialects(*made);
    return made;
  }();
  return *shared;
}

const char *msac_version(void) { return MSA_VERSION; }
const char *msac_llvm_version(void) { return LLVM_VERSION_STRING; }

msac_status msac_context_create(msac_report report, void *user,
                                msac_context **context) {
  if (!context)
    return MSAC_INVALID_ARGUMENT;
  *context =
      new msac_context{std::make_shared<Shared>(registry(), report, user)};
  return MSAC_OK;
}
void msac_context_destroy(msac_context *context) { delete context; }

msac_status msac_module_parse(msac_context *context, const char *text,
                              size_t size, const char *name,
                              msac_module **module) {
  if (!context || !text || !module)
    return MSAC_INVALID_ARGUMENT;
  Shared &shared = *context->shared;
  Flush flush{shared};
  StringRef source(text, size);
  // Bytecode is not made to be read from anywhere.
  if (source.starts_with("ML\xefR")) {
    shared.add("this is MLIR bytecode; only text is accepted");
    return MSAC_FAILED;
  }
  if (source.contains('\0')) {
    shared.add("the text has a zero byte");
    return MSAC_FAILED;
  }
  // The lexer reads one byte beyond the end.
  std::string terminated = source.str();
  OwningOpRef<ModuleOp> parsed = parseSourceString<ModuleOp>(
      terminated, ParserConfig(&shared.context), name ? name : "<text>");
  if (!parsed)
    return MSAC_FAILED;
  *module = new msac_module{context->shared, std::move(parsed)};
  return MSAC_OK;
}
void msac_module_destroy(msac_module *module) {
  if (!module)
    return;
  module->module = nullptr; // before its context
  delete module;
}

msac_status msac_module_clone(const msac_module *module, msac_module **copy) {
  if (!module || !copy)
    return MSAC_INVALID_ARGUMENT;
  ModuleOp source = *const_cast<msac_module *>(module)->module;
  *copy = new msac_module{module->shared, source.clone()};
  return MSAC_OK;
}

msac_status msac_module_print(const msac_module *module, int32_t locations,
                              msac_buffer **text) {
  if (!module || !text)
    return MSAC_INVALID_ARGUMENT;
  auto buffer = std::make_unique<msac_buffer>();
  llvm::raw_string_ostream os(buffer->bytes);
  OpPrintingFlags flags;
  if (locations)
    flags.enableDebugInfo();
  ModuleOp source = *const_cast<msac_module *>(module)->module;
  source.print(os, flags);
  os << "\n";
  *text = buffer.release();
  return MSAC_OK;
}

msac_status msac_module_run(msac_module *module, const char *pipeline) {
  if (!module || !pipeline)
    return MSAC_INVALID_ARGUMENT;
  Shared &shared = *module->shared;
  Flush flush{shared};
  StringRef text = StringRef(pipeline).trim();
  if (text.consume_front("builtin.module(") && !text.consume_back(")")) {
    shared.add("the pipeline's last parenthesis is missing");
    return MSAC_FAILED;
  }
  PassManager pm(&shared.context, ModuleOp::getOperationName());
  std::string wrong;
  llvm::raw_string_ostream os(wrong);
  if (failed(parsePassPipeline(text, pm, os))) {
    shared.add(StringRef(wrong).trim().str());
    return MSAC_FAILED;
  }
  Threads threads(shared.context);
  OwningOpRef<ModuleOp> changed = module->module->clone();
  if (failed(pm.run(*changed)))
    return MSAC_FAILED;
  module->module = std::move(changed);
  return MSAC_OK;
}

static const std::vector<::msa::NamedPipeline> &pipelines() {
  static const auto *all =
      new std::vector<::msa::NamedPipeline>(::msa::namedPipelines());
  return *all;
}
const char *msac_pipeline_name(size_t index) {
  return index < pipelines().size() ? pipelines()[index].name.c_str() : nullptr;
}
const char *msac_pipeline_text(size_t index) {
  return index < pipelines().size() ? pipelines()[index].text.c_str() : nullptr;
}

const char *msac_level(size_t index) {
  ArrayRef<::msa::CpuTarget> all = ::msa::cpuTargets();
  return index < all.size() ? all[index].name.c_str() : nullptr;
}
const char *msac_host_level(void) {
  const char *best = nullptr;
  auto features = llvm::sys::getHostCPUFeatures();
  for (const ::msa::CpuTarget &level : ::msa::cpuTargets())
    if (llvm::all_of(level.needs, [&](const std::string &need) {
          return features.lookup(need);
        }))
      best = level.name.c_str();
  return best;
}

void msac_options_init(msac_options *options) {
  if (options)
    *options = {
        sizeof(msac_options), "cpu",      "x86-64-v3,x86-64-v4,x86-64-v4-amx",
        "sm_80,sm_90a",       "artefact", ::msa::GpuOptions().mma};
}

static std::vector<std::string> split(const char *text) {
  std::vector<std::string> parts;
  for (StringRef part : llvm::split(text, ','))
    parts.push_back(part.trim().str());
  return parts;
}

msac_status msac_compile(msac_module *module, const msac_options *options,
                         msac_buffer **result) {
  if (!module || !options || !result || options->size != sizeof(*options) ||
      !options->targets || !options->levels || !options->gpu_arch ||
      !options->emit)
    return MSAC_INVALID_ARGUMENT;
  Shared &shared = *module->shared;
  Flush flush{shared};
  ::msa::CompileOptions wanted;
  wanted.targets = split(options->targets);
  wanted.levels = split(options->levels);
  wanted.gpuArchs = split(options->gpu_arch);
  wanted.gpu.mma = options->gpu_mma != 0;
  std::string wrong = ::msa::checkOptions(wanted);
  if (!::msa::parseEmit(options->emit, wanted.emit))
    wrong = std::string("unknown kind of output '") + options->emit + "'";
  if (!wrong.empty()) {
    shared.add(wrong);
    return MSAC_INVALID_ARGUMENT;
  }
  Threads threads(shared.context);
  FailureOr<std::string> bytes = ::msa::compile(*module->module, wanted);
  if (failed(bytes))
    return MSAC_FAILED;
  *result = new msac_buffer{std::move(*bytes)};
  return MSAC_OK;
}

const char *msac_buffer_data(const msac_buffer *buffer) {
  return buffer ? buffer->bytes.data() : nullptr;
}
size_t msac_buffer_size(const msac_buffer *buffer) {
  return buffer ? buffer->bytes.size() : 0;
}
void msac_buffer_destroy(msac_buffer *buffer) { delete buffer; }
