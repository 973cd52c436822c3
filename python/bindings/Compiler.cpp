//===- Compiler.cpp - Python module msa._compiler -------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The C interface as one class. Failures are values here;
// python/msa/compiler.py makes exceptions of them. LLVM is linked into this
// module and hidden, so that other copies of LLVM in the process (Triton's,
// say) do not meet it.
//
//===----------------------------------------------------------------------===//

#include "msa-c/Compiler.h"

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

namespace py = pybind11;

namespace {
/// Severity, location, message.
using Diagnostics =
    std::vector<std::tuple<std::string, std::string, std::string>>;

void collect(void *user, msac_severity severity, const char *location,
             const char *message) {
  static const char *const names[] = {"error", "warning", "remark", "note"};
  static_cast<Diagnostics *>(user)->emplace_back(
      names[severity <= MSAC_NOTE ? severity : 0], location, message);
}

struct Deleter {
  void operator()(msac_context *context) { msac_context_destroy(context); }
  void operator()(msac_module *module) { msac_module_destroy(module); }
  void operator()(msac_buffer *buffer) { msac_buffer_destroy(buffer); }
};
template <typename T> using Owner = std::unique_ptr<T, Deleter>;

/// A module with a context of its own: modules of different threads share
/// nothing. Calls on one module wait for each other, without the GIL.
class Module {
public:
  static std::pair<std::unique_ptr<Module>, Diagnostics>
  parse(const std::string &text, const std::string &name) {
    py::gil_scoped_release release;
    std::unique_ptr<Module> made(new Module);
    msac_context *context = nullptr;
    msac_context_create(collect, &made->diagnostics, &context);
    Owner<msac_context> owner(context);
    msac_module *module = nullptr;
    msac_status status = msac_module_parse(context, text.data(), text.size(),
                                           name.c_str(), &module);
    Diagnostics told = std::move(made->diagnostics);
    made->diagnostics.clear();
    if (status != MSAC_OK)
      made.reset();
    else
      made->module.reset(module);
    return {std::move(made), std::move(told)};
  }

  std::string print(bool locations) {
    py::gil_scoped_release release;
    std::lock_guard<std::mutex> lock(mutex);
    msac_buffer *text = nullptr;
    msac_module_print(module.get(), locations, &text);
    Owner<msac_buffer> owner(text);
    return {msac_buffer_data(text), msac_buffer_size(text)};
  }

  std::pair<bool, Diagnostics> run(const std::string &pipeline) {
    py::gil_scoped_release release;
    std::lock_guard<std::mutex> lock(mutex);
    diagnostics.clear();
    bool done = msac_module_run(module.get(), pipeline.c_str()) == MSAC_OK;
    return {done, std::move(diagnostics)};
  }

  std::pair<py::object, Diagnostics>
  compile(const std::string &targets, const std::string &levels,
          const std::string &gpuArch, const std::string &emit, bool gpuMma) {
    Owner<msac_buffer> result;
    Diagnostics told;
    {
      py::gil_scoped_release release;
      std::lock_guard<std::mutex> lock(mutex);
      diagnostics.clear();
      msac_options options;
      msac_options_init(&options);
      options.targets = targets.c_str();
      options.levels = levels.c_str();
      options.gpu_arch = gpuArch.c_str();
      options.emit = emit.c_str();
      options.gpu_mma = gpuMma;
      msac_buffer *bytes = nullptr;
      msac_compile(module.get(), &options, &bytes);
      result.reset(bytes);
      told = std::move(diagnostics);
    }
    if (!result)
      return {py::none(), std::move(told)};
    return {py::bytes(msac_buffer_data(result.get()),
                      msac_buffer_size(result.get())),
            std::move(told)};
  }

private:
  std::mutex mutex;
  Diagnostics diagnostics; ///< Of the call in progress.
  Owner<msac_module> module;
};
} // namespace

PYBIND11_MODULE(_compiler, m) {
  m.doc() = "The msa compiler, with its own LLVM inside";
  m.attr("version") = msac_version();
  m.attr("llvm_version") = msac_llvm_version();
  m.def("pipelines", [] {
    py::dict all;
    for (size_t i = 0; const char *name = msac_pipeline_name(i); ++i)
      all[name] = msac_pipeline_text(i);
    return all;
  });
  m.def("levels", [] {
    py::list all;
    for (size_t i = 0; const char *name = msac_level(i); ++i)
      all.append(name);
    return all;
  });
  m.def("host_level", []() -> py::object {
    const char *level = msac_host_level();
    return level ? py::object(py::str(level)) : py::none();
  });
  py::class_<Module>(m, "Module")
      .def_static("parse", &Module::parse, py::arg("text"), py::arg("name"))
      .def("print", &Module::print, py::arg("locations"))
      .def("run", &Module::run, py::arg("pipeline"))
      .def("compile", &Module::compile, py::arg("targets"), py::arg("levels"),
           py::arg("gpu_arch"), py::arg("emit"), py::arg("gpu_mma"));
}
