//===- LoadedModel.cpp - A model on a device ------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoadedModel.h"

#include "msa/Artefact/Fill.h"
#include "msa/Artefact/Serialize.h"

#include <algorithm>

using namespace msa::artefact;
using namespace msa::runtime;

static uint64_t signatureOf(const Model &model) {
  std::string text;
  for (const State &state : model.states) {
    text += state.name;
    text += '\0';
    text += msa::artefact::name(state.type.dtype);
    for (int64_t size : state.type.shape)
      text += "x" + std::to_string(size);
    text += '\n';
  }
  return checksum(reinterpret_cast<const uint8_t *>(text.data()), text.size());
}

LoadedModel::LoadedModel(std::shared_ptr<Device> shared, Model parsed)
    : owner(std::move(shared)), device(*owner), model(std::move(parsed)) {
  signature = signatureOf(model);
  for (const State &state : model.states)
    stateBytes += byteSize(state.type);
  choosePlans();
  std::vector<uint8_t> content;
  for (const Constant &constant : model.constants) {
    content.resize(byteSize(constant.type));
    fill(constant, content.data());
    constants.emplace_back(device, content.size());
    device.copyIn(constants.back().get(), content.data(), content.size());
  }
  // The device has its copy; sessions that start from a constant use that.
  for (Constant &constant : model.constants)
    std::vector<uint8_t>().swap(constant.data);
}

void LoadedModel::choosePlans() {
  // What code the device runs, and for messages why not.
  std::vector<bool> runs, named;
  bool any = false, usable = false;
  std::string reasons;
  for (const CodeObject &object : model.code) {
    bool ours = targetOf(object) == device.target();
    std::string lacking = ours ? device.lacks(object) : "";
    if (!lacking.empty())
      reasons += "; its code for " + object.arch + " needs " + lacking;
    runs.push_back(ours && lacking.empty());
    named.push_back(ours && isNamed(model, object));
    any |= ours;
    usable |= runs.back();
  }
  bool gpu = device.target() == Target::Cuda;
  const char *kind = gpu ? "GPU" : "CPU";
  if (!usable)
    throw Error(
        gpu ? MSA_NO_GPU : MSA_UNSUPPORTED_CPU,
        any ? std::string("the artefact has no code for this ") + kind + " (" +
                  device.name() + ")" + reasons + "; compile it with another " +
                  (gpu ? "--gpu-arch" : "--mcpu")
            : std::string("the artefact has no ") + kind +
                  " code; compile it with --target=" + (gpu ? "cuda" : "cpu"));
  programs.resize(model.code.size());
  for (const Entry &entry : model.entries) {
    EntryPlan plan;
    plan.entry = &entry;
    for (uint32_t i = 0; i < entry.arguments.size(); ++i)
      if (entry.arguments[i].role == Role::Input)
        plan.inputs.push_back(i);
    size_t code = 0;
    for (const Plan &candidate : entry.plans)
      for (size_t i = 0; i < model.code.size(); ++i)
        if (runs[i] && serves(model.code[i], named[i], candidate)) {
          plan.plan = &candidate;
          code = i;
        }
    if (plan.plan) {
      // Code is loaded when the first entry needs it: a driver compiles PTX.
      std::unique_ptr<Program> &program = programs[code];
      if (!program && !plan.plan->dispatches.empty())
        program = device.load(model.code[code]);
      for (const Dispatch &dispatch : plan.plan->dispatches)
        plan.launches.push_back({program->prepare(dispatch), &dispatch});
      arenaBytes = std::max(arenaBytes, plan.plan->arenaBytes);
    }
    plans.push_back(std::move(plan));
  }
}

void LoadedModel::setConstant(size_t index, const void *data, uint64_t bytes) {
  if (index >= constants.size())
    throw Error(MSA_INVALID_ARGUMENT, "the model has no such constant");
  if (bytes != constants[index].bytes())
    throw Error(MSA_SHAPE_MISMATCH,
                "constant '" + model.constants[index].name + "' has " +
                    std::to_string(constants[index].bytes()) + " bytes, not " +
                    std::to_string(bytes));
  if (pending)
    device.waitForAll(); // which may still read it
  device.copyIn(constants[index].get(), data, bytes);
}

/// Arenas that are made for steps that overlap on the device; more of them
/// share.
static constexpr size_t kOverlapping = 4;

LoadedModel::Scratch::Scratch(LoadedModel &model, Queue queue) : model(model) {
  if (model.arenaBytes == 0)
    return;
  std::vector<Arena> &free = model.freeArenas;
  std::lock_guard<std::mutex> lock(model.mutex);
  // The newest of the same queue, for which nothing has to wait and which a
  // recording may be of; or one that nothing uses any more.
  auto best = free.end();
  for (auto it = free.begin(); it != free.end(); ++it)
    if (it->queue == queue)
      best = it;
  for (auto it = free.begin(); best == free.end() && it != free.end(); ++it)
    if (!it->last || model.device.reached(*it->last))
      best = it;
  if (best == free.end() && !free.empty() && model.arenas >= kOverlapping)
    best = free.begin();
  try {
    if (best == free.end()) {
      arena.memory = Buffer(model.device, model.arenaBytes);
      ++model.arenas;
    }
  } catch (const Error &) { // then this step waits for an earlier one
    if (free.empty())
      throw;
    best = free.begin();
  }
  if (best != free.end()) {
    arena = std::move(*best);
    free.erase(best);
  }
  arena.queue = queue;
}

LoadedModel::Scratch::~Scratch() {
  if (!memory())
    return;
  std::lock_guard<std::mutex> lock(model.mutex);
  try {
    model.freeArenas.push_back(std::move(arena));
  } catch (...) { // no memory for the list: the arena is freed instead
    --model.arenas;
  }
}
