//===- Step.cpp - One step, comparison, benchmark -------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Runtime.h"
#include "Tensor.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <random>

using namespace msa::run;

namespace {
struct Signature {
  std::vector<msa_tensor_info> inputs, outputs;
};
} // namespace

static Signature signatureOf(const Model &model, size_t entry) {
  Signature signature;
  signature.inputs.resize(msa_model_input_count(model.get(), entry));
  for (size_t i = 0; i < signature.inputs.size(); ++i)
    check(msa_model_input(model.get(), entry, i, &signature.inputs[i]));
  signature.outputs.resize(msa_model_output_count(model.get(), entry));
  for (size_t i = 0; i < signature.outputs.size(); ++i)
    check(msa_model_output(model.get(), entry, i, &signature.outputs[i]));
  return signature;
}

/// Splits "[name=]value" by the names of `infos`; values without a name take
/// the next free place.
static size_t place(const std::string &text,
                    const std::vector<msa_tensor_info> &infos,
                    std::vector<bool> &taken, const char *what,
                    std::string &value) {
  size_t equals = text.find('=');
  for (size_t i = 0; equals != std::string::npos && i < infos.size(); ++i)
    if (text.compare(0, equals, infos[i].name) == 0) {
      value = text.substr(equals + 1);
      if (taken[i])
        throw UserError(std::string(what) + " '" + infos[i].name +
                        "' is given twice");
      taken[i] = true;
      return i;
    }
  for (size_t i = 0; i < infos.size(); ++i)
    if (!taken[i]) {
      taken[i] = true;
      value = text;
      return i;
    }
  throw UserError(std::string("the entry has only ") +
                  std::to_string(infos.size()) + " " + what + "s: '" + text +
                  "' is one too many");
}

static void fillRandom(Tensor &tensor, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<double> normal;
  bool isFloat = tensor.dtype <= MSA_BF16;
  for (int64_t i = 0, n = tensor.elements(); i < n; ++i)
    tensor.set(i, isFloat ? normal(generator) : 0.0);
}

static void setConstants(const Model &model, const Options &options) {
  for (const std::string &text : options.constants) {
    size_t equals = text.find('=');
    if (equals == std::string::npos)
      throw UserError("--constant takes NAME=VALUE");
    bool found = false;
    for (size_t i = 0; i < msa_model_constant_count(model.get()); ++i) {
      msa_tensor_info info;
      check(msa_model_constant(model.get(), i, &info));
      if (text.compare(0, equals, info.name) != 0)
        continue;
      Tensor value = parseTensor(text.substr(equals + 1), info, info.name);
      check(msa_model_set_constant(model.get(), i, value.data.data(),
                                   value.data.size()));
      found = true;
    }
    if (!found)
      throw UserError("the model has no constant '" + text.substr(0, equals) +
                      "'");
  }
}

static void benchmark(const Options &options, const Session &session,
                      size_t entry, std::vector<msa_tensor> &inputs,
                      std::vector<msa_tensor> &outputs) {
  using Clock = std::chrono::steady_clock;
  auto one = [&] {
    check(msa_session_step(session.get(), entry, inputs.data(), inputs.size(),
                           outputs.data(), outputs.size(), 0));
  };
  one();
  one();
  std::vector<double> times;
  auto begin = Clock::now();
  auto seconds = [](Clock::duration d) {
    return std::chrono::duration<double>(d).count();
  };
  while (times.size() < 5 ||
         seconds(Clock::now() - begin) < options.benchmarkSeconds) {
    auto start = Clock::now();
    one();
    times.push_back(seconds(Clock::now() - start));
  }
  std::sort(times.begin(), times.end());
  double median = times[times.size() / 2];
  std::printf("%zu steps, median %.6f ms, fastest %.6f ms, slowest %.6f ms\n",
              times.size(), 1e3 * median, 1e3 * times.front(),
              1e3 * times.back());
  if (!options.json.empty())
    std::ofstream(options.json)
        << "{\"steps\": " << times.size() << ", \"median_s\": " << median
        << ", \"fastest_s\": " << times.front()
        << ", \"slowest_s\": " << times.back() << "}\n";
}

int msa::run::step(const Options &options) {
  Device device = openDevice(options);
  Model model = loadModel(device, options.model);
  setConstants(model, options);
  size_t entry = chooseEntry(model, options);
  Signature signature = signatureOf(model, entry);

  std::vector<Tensor> inputs(signature.inputs.size());
  std::vector<bool> given(inputs.size(), false);
  for (const std::string &text : options.inputs) {
    std::string value;
    size_t i = place(text, signature.inputs, given, "input", value);
    inputs[i] =
        parseTensor(value, signature.inputs[i],
                    "input '" + std::string(signature.inputs[i].name) + "'");
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (given[i])
      continue;
    inputs[i] = zeros(signature.inputs[i]);
    if (!options.random)
      throw UserError("input '" + std::string(signature.inputs[i].name) +
                      "' (" + inputs[i].type() +
                      ") is not given; --random fills what is missing");
    fillRandom(inputs[i], static_cast<unsigned>(i) + 1);
  }
  std::vector<Tensor> outputs;
  for (const msa_tensor_info &info : signature.outputs)
    outputs.push_back(zeros(info));
  // Compared and written values are parsed first: no work is lost to a typo.
  std::vector<std::pair<size_t, Tensor>> expected;
  std::vector<bool> taken(outputs.size(), false);
  for (const std::string &text : options.expected) {
    std::string value;
    size_t i = place(text, signature.outputs, taken, "expected output", value);
    expected.push_back(
        {i, parseTensor(value, signature.outputs[i],
                        "expected output '" +
                            std::string(signature.outputs[i].name) + "'")});
  }
  std::vector<std::pair<size_t, std::string>> files;
  taken.assign(outputs.size(), false);
  for (const std::string &text : options.outputs) {
    std::string value;
    size_t i = place(text, signature.outputs, taken, "output", value);
    if (value.size() < 2 || value[0] != '@')
      throw UserError("--output takes [NAME=]@file.npy, not '" + text + "'");
    files.push_back({i, value.substr(1)});
  }

  Session session = newSession(model);
  if (!options.stateIn.empty()) {
    std::string bytes = readFile(options.stateIn);
    check(msa_session_import(session.get(), bytes.data(), bytes.size()));
  }
  std::vector<msa_tensor> inputViews, outputViews;
  for (Tensor &tensor : inputs)
    inputViews.push_back(tensor.view());
  for (Tensor &tensor : outputs)
    outputViews.push_back(tensor.view());
  if (options.benchmarkSeconds > 0) {
    std::printf("%s on %s\n", msa_model_entry_name(model.get(), entry),
                msa_device_name(device.get()));
    benchmark(options, session, entry, inputViews, outputViews);
  } else {
    for (int64_t i = 0; i < options.steps; ++i)
      check(msa_session_step(session.get(), entry, inputViews.data(),
                             inputViews.size(), outputViews.data(),
                             outputViews.size(), 0));
  }
  if (!options.stateOut.empty())
    writeAside(options.stateOut, [&](void *data, size_t capacity, size_t *n) {
      check(msa_session_export(session.get(), data, capacity, n));
    });

  for (auto &[i, path] : files)
    writeNpy(path, outputs[i]);
  int status = 0;
  for (auto &[i, reference] : expected) {
    Difference d = compare(outputs[i], reference);
    bool good = d.relative <= options.tolerance;
    std::printf("%s '%s': greatest relative error %.3g (tolerance %.3g)%s\n",
                good ? "ok" : "FAILED", signature.outputs[i].name, d.relative,
                options.tolerance, d.sameBits ? ", bit-identical" : "");
    if (!good) {
      if (d.index >= 0)
        std::printf("  at element %lld: %.9g, expected %.9g\n",
                    static_cast<long long>(d.index), outputs[i].at(d.index),
                    reference.at(d.index));
      status = 1;
    }
  }
  if (files.empty() && expected.empty() && options.benchmarkSeconds == 0)
    for (size_t i = 0; i < outputs.size(); ++i)
      std::cout << signature.outputs[i].name << ": " << print(outputs[i], 256)
                << "\n";
  return status;
}
