//===- msa-run.cpp - Run what msa-compile wrote ---------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Runtime.h"
#include "Tensor.h"

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

using namespace msa::run;

Device msa::run::openDevice(const Options &options) {
  msa_device_kind kind = MSA_CPU;
  int number = options.threads;
  if (options.device == "cuda") {
    kind = MSA_CUDA;
    number = 0;
  } else if (options.device.compare(0, 5, "cuda:") == 0) {
    kind = MSA_CUDA;
    try {
      number = std::stoi(options.device.substr(5));
    } catch (const std::exception &) {
      throw UserError("--device=cuda:N takes the number of a GPU");
    }
  } else if (options.device != "cpu") {
    throw UserError("--device takes cpu, cuda or cuda:N, not '" +
                    options.device + "'");
  }
  msa_device *device = nullptr;
  check(msa_device_create(kind, number, &device));
  return Device(device);
}

Model msa::run::loadModel(const Device &device, const std::string &path) {
  msa_model *model = nullptr;
  msa_status status = msa_model_load_file(device.get(), path.c_str(), &model);
  if (status != MSA_OK)
    throw RuntimeError(path + ": " + msa_last_error() + " [" +
                       msa_status_name(status) + "]");
  return Model(model);
}

Session msa::run::newSession(const Model &model) {
  msa_session *session = nullptr;
  check(msa_session_create(model.get(), &session));
  return Session(session);
}

size_t msa::run::chooseEntry(const Model &model, const Options &options) {
  size_t entry = 0;
  if (!options.entry.empty())
    check(msa_model_find_entry(model.get(), options.entry.c_str(), &entry));
  else if (msa_model_entry_count(model.get()) == 0)
    throw UserError("the model has no entries");
  else if (msa_model_entry_count(model.get()) > 1 &&
           msa_model_find_entry(model.get(), "segment", &entry) != MSA_OK)
    throw UserError("the model has several entries: say which with --entry "
                    "(--list shows them)");
  return entry;
}

std::string msa::run::readFile(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw UserError("can not read '" + path + "'");
  return std::string((std::istreambuf_iterator<char>(file)), {});
}

void msa::run::writeAside(const std::string &path, const Exporter &exporter) {
  size_t size = 0;
  exporter(nullptr, 0, &size);
  std::vector<char> bytes(size);
  exporter(bytes.data(), size, &size);
  std::string aside = path + ".partial";
  std::ofstream file(aside, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(size));
  file.close();
  if (!file || std::rename(aside.c_str(), path.c_str()) != 0)
    throw UserError("can not write '" + path + "'");
}

static std::string type(const msa_tensor_info &info) {
  std::string text;
  for (int32_t i = 0; i < info.rank; ++i)
    text += std::to_string(info.shape[i]) + "x";
  return text + msa_dtype_name(info.dtype);
}

int msa::run::list(const Options &options) {
  Device device = openDevice(options);
  Model model = loadModel(device, options.model);
  std::printf("%s\n", msa_model_producer(model.get()));
  msa_tensor_info info;
  for (size_t e = 0; e < msa_model_entry_count(model.get()); ++e) {
    std::printf("entry %s\n", msa_model_entry_name(model.get(), e));
    for (size_t i = 0; i < msa_model_input_count(model.get(), e); ++i) {
      check(msa_model_input(model.get(), e, i, &info));
      std::printf("  input  %-24s %s\n", info.name, type(info).c_str());
    }
    for (size_t i = 0; i < msa_model_output_count(model.get(), e); ++i) {
      check(msa_model_output(model.get(), e, i, &info));
      std::printf("  output %-24s %s\n", info.name, type(info).c_str());
    }
  }
  for (size_t i = 0; i < msa_model_state_count(model.get()); ++i) {
    check(msa_model_state(model.get(), i, &info));
    std::printf("state    %-24s %s\n", info.name, type(info).c_str());
  }
  size_t weights = 0;
  for (size_t i = 0; i < msa_model_constant_count(model.get()); ++i) {
    check(msa_model_constant(model.get(), i, &info));
    std::printf("constant %-24s %s\n", info.name, type(info).c_str());
    weights += info.bytes;
  }
  std::printf("%zu bytes of weights, %zu bytes of state per session, %zu bytes "
              "of scratch\n",
              weights, msa_model_session_bytes(model.get()),
              msa_model_scratch_bytes(model.get()));
  return 0;
}

int main(int argc, char **argv) {
  try {
    Options options = parseOptions(argc, argv);
    if (options.help) {
      std::fputs(kHelp, stdout);
      return 0;
    }
    if (options.list)
      return list(options);
    if (!options.stream.empty())
      return stream(options);
    return step(options);
  } catch (const UserError &error) {
    std::cerr << "msa-run: " << error.what() << "\n";
    return 2;
  } catch (const RuntimeError &error) {
    std::cerr << "msa-run: " << error.what() << "\n";
    return 3;
  } catch (const std::bad_alloc &) {
    std::cerr << "msa-run: out of memory\n";
    return 3;
  }
}
