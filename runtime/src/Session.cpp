//===- Session.cpp - State and steps --------------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Session.h"

#include "LaunchPlan.h"
#include "msa/Artefact/Serialize.h"

#include <algorithm>
#include <cstring>

using namespace msa::artefact;
using namespace msa::runtime;

static std::string describe(DType dtype, const int64_t *shape, size_t rank) {
  std::string text;
  for (size_t i = 0; i < rank; ++i)
    text += std::to_string(shape[i]) + "x";
  return text + msa::artefact::name(dtype);
}

static void check(const msa_tensor &tensor, const TensorType &type,
                  const std::string &where, bool mayBeNull) {
  if (!tensor.data && mayBeNull)
    return;
  if (!tensor.data)
    throw Error(MSA_INVALID_ARGUMENT, where + " has no data");
  if (tensor.rank < 0 || (tensor.rank > 0 && !tensor.shape))
    throw Error(MSA_INVALID_ARGUMENT, where + " has no shape");
  std::string expected =
      describe(type.dtype, type.shape.data(), type.shape.size());
  if (static_cast<uint32_t>(tensor.dtype) != static_cast<uint32_t>(type.dtype))
    throw Error(MSA_DTYPE_MISMATCH, where + " must be " + expected +
                                        ", not of " +
                                        msa_dtype_name(tensor.dtype));
  bool same = static_cast<size_t>(tensor.rank) == type.shape.size();
  for (size_t i = 0; same && i < type.shape.size(); ++i)
    same = tensor.shape[i] == type.shape[i];
  if (!same)
    throw Error(MSA_SHAPE_MISMATCH,
                where + " must be " + expected + ", not " +
                    describe(type.dtype, tensor.shape,
                             static_cast<size_t>(tensor.rank)));
}

/// A step that does not wait copies nothing between hosts and the device.
static void checkOnDevice(const msa_tensor &tensor, const std::string &where) {
  if (tensor.data && !tensor.on_device)
    throw Error(MSA_INVALID_ARGUMENT,
                where + " is in host memory, which an enqueued step does not "
                        "use: copy it to the device, or call msa_session_step");
}

/// What the GPU's copy engine can not reach is found before anything runs.
static void checkMaps(const Entry &entry, const Call &call) {
  for (const TensorMap &map : call.dispatch->maps) {
    if (reinterpret_cast<uintptr_t>(call.buffers[map.buffer]) % kMapAlignment ==
        0)
      continue;
    const BufferRef &ref = call.dispatch->buffers[map.buffer];
    std::string what = "a buffer";
    if (ref.kind == BufferRef::Kind::Argument)
      what = "input '" + entry.arguments[ref.index].name + "'";
    else if (ref.kind == BufferRef::Kind::Result)
      what = "output '" + entry.results[ref.index].name + "'";
    throw Error(MSA_INVALID_ARGUMENT,
                "entry '" + entry.name + "': " + what +
                    " lies at no multiple of 16 bytes, which kernel '" +
                    call.dispatch->kernel +
                    "' needs on this GPU; copy it to memory of its own");
  }
}

Session::Session(std::shared_ptr<LoadedModel> shared)
    : owner(std::move(shared)), model(*owner) {
  for (const State &state : model.model.states)
    states.emplace_back(model.device, byteSize(state.type));
  reset();
}

Session::~Session() {
  try {
    settle();
  } catch (...) { // of a failed device; there is nobody to tell
  }
}

void Session::settle() const {
  if (std::shared_ptr<Mark> last = std::move(pending))
    model.device.wait(*last);
}

void Session::reset() {
  settle();
  for (size_t i = 0; i < states.size(); ++i) {
    int32_t initial = model.model.states[i].initial;
    if (initial < 0)
      model.device.zero(states[i].get(), states[i].bytes(),
                        model.device.ownQueue());
    else
      model.device.copy(states[i].get(), model.constant(initial),
                        states[i].bytes(), model.device.ownQueue());
  }
  model.device.wait();
}

void Session::copyFrom(const Session &other) {
  other.settle();
  for (size_t i = 0; i < states.size(); ++i)
    model.device.copy(states[i].get(), other.states[i].get(), states[i].bytes(),
                      model.device.ownQueue());
  model.device.wait();
}

/// What a step has put into a queue. It is waited for or marked, after an error
/// too: it reads the caller's memory, and uses the session's and the arena.
class Session::InFlight {
public:
  InFlight(Session &session, LoadedModel::Scratch &scratch, Queue queue,
           bool waits)
      : session(session), scratch(scratch), device(session.model.device),
        queue(queue), waits(waits) {
    if (session.pending)
      device.after(queue, *session.pending);
    if (scratch.last() && scratch.last() != session.pending)
      device.after(queue, *scratch.last());
  }
  ~InFlight() {
    if (!open)
      return;
    try {
      end();
    } catch (...) { // the error that is on its way says more
    }
  }
  void end() {
    open = false;
    std::shared_ptr<Mark> mark;
    if (waits)
      device.wait();
    else
      mark = marked();
    scratch.usedUntil(mark);
    session.pending = mark;
  }

private:
  std::shared_ptr<Mark> marked() {
    try {
      return device.mark(queue);
    } catch (const Error &) {
      device.waitForAll(); // what has no mark can not be waited for later
      return nullptr;
    }
  }
  Session &session;
  LoadedModel::Scratch &scratch;
  Device &device;
  Queue queue;
  bool waits, open = true;
};

void Session::step(size_t index, const msa_tensor *inputs, size_t inputCount,
                   const msa_tensor *outputs, size_t outputCount,
                   uint32_t flags, const Queue *given) {
  if (given && !model.device.hasQueues()) {
    if (*given)
      throw Error(MSA_INVALID_ARGUMENT,
                  "a stream was given, and " + model.device.name() +
                      " has none: pass null, and the step runs at once");
    given = nullptr;
  }
  if (index >= model.entries().size())
    throw Error(MSA_INVALID_ARGUMENT, "the model has no such entry");
  const LoadedModel::EntryPlan &plan = model.entries()[index];
  const Entry &entry = *plan.entry;
  std::string where = "entry '" + entry.name + "'";
  if (!plan.plan)
    throw Error(model.device.target() == Target::Cuda ? MSA_NO_GPU
                                                      : MSA_UNSUPPORTED_CPU,
                where + " was not compiled for this device (" +
                    model.device.name() + "); compile it with --target=" +
                    (model.device.target() == Target::Cuda ? "cuda" : "cpu"));
  if (inputCount != plan.inputs.size())
    throw Error(MSA_INVALID_ARGUMENT,
                where + " takes " + std::to_string(plan.inputs.size()) +
                    " inputs, not " + std::to_string(inputCount));
  if (outputCount != entry.results.size())
    throw Error(MSA_INVALID_ARGUMENT,
                where + " has " + std::to_string(entry.results.size()) +
                    " outputs, not " + std::to_string(outputCount));
  for (size_t i = 0; i < inputCount; ++i) {
    const Argument &argument = entry.arguments[plan.inputs[i]];
    check(inputs[i], argument.type,
          where + ", input " + std::to_string(i) + " '" + argument.name + "',",
          false);
    if (given)
      checkOnDevice(inputs[i], where + ", input '" + argument.name + "'");
  }
  for (size_t i = 0; i < outputCount; ++i) {
    check(outputs[i], entry.results[i].type,
          where + ", output " + std::to_string(i) + " '" +
              entry.results[i].name + "',",
          true);
    if (given)
      checkOnDevice(outputs[i],
                    where + ", output '" + entry.results[i].name + "'");
  }
  Device &device = model.device;
  Queue queue = device.ownQueue();
  if (given) {
    queue = *given;
    device.checkQueue(queue);
    model.expectPending();
  }

  // All memory is there before anything runs.
  bool discard = flags & MSA_STEP_DISCARD_STATE;
  if (discard && shadow.empty())
    for (const Buffer &state : states)
      shadow.emplace_back(device, state.bytes());
  LoadedModel::Scratch scratch(model, queue);
  size_t staged = 0;
  auto stage = [&](uint64_t bytes) {
    if (staged == staging.size()) {
      staging.emplace_back(device, bytes);
    } else if (staging[staged].bytes() < bytes) {
      settle(); // an earlier step may still write the old one
      staging[staged] = Buffer(device, bytes);
    }
    return staging[staged++].get();
  };
  std::vector<void *> arguments(entry.arguments.size());
  std::vector<void *> results(entry.results.size());
  std::vector<std::pair<size_t, uint64_t>> copiesIn;
  for (size_t i = 0; i < inputCount; ++i) {
    uint32_t argument = plan.inputs[i];
    uint64_t bytes = byteSize(entry.arguments[argument].type);
    if (inputs[i].on_device ||
        device.readsHost(inputs[i].data,
                         byteSize(entry.arguments[argument].type.dtype))) {
      arguments[argument] = inputs[i].data;
    } else {
      arguments[argument] = stage(bytes);
      copiesIn.push_back({i, bytes});
    }
  }
  for (size_t i = 0; i < outputCount; ++i) {
    uint64_t bytes = byteSize(entry.results[i].type);
    bool direct = outputs[i].data &&
                  (outputs[i].on_device ||
                   device.readsHost(outputs[i].data,
                                    byteSize(entry.results[i].type.dtype)));
    results[i] = direct ? outputs[i].data : stage(bytes);
  }

  InFlight inFlight(*this, scratch, queue, !given);
  for (auto [i, bytes] : copiesIn)
    device.queueIn(arguments[plan.inputs[i]], inputs[i].data, bytes);
  if (discard)
    for (size_t i = 0; i < states.size(); ++i)
      device.copy(shadow[i].get(), states[i].get(), states[i].bytes(), queue);
  for (size_t i = 0; i < arguments.size(); ++i) {
    const Argument &argument = entry.arguments[i];
    if (argument.role == Role::State)
      arguments[i] = (discard ? shadow : states)[argument.index].get();
    else if (argument.role == Role::Constant)
      arguments[i] = model.constant(argument.index);
  }

  size_t count = 0;
  for (const LoadedModel::Launch &launch : plan.launches)
    count += launch.dispatch->buffers.size();
  std::vector<void *> memory;
  memory.reserve(count); // calls point into it
  Work work;
  for (const LoadedModel::Launch &launch : plan.launches) {
    work.calls.push_back(
        {launch.kernel, launch.dispatch, memory.data() + memory.size()});
    for (const BufferRef &ref : launch.dispatch->buffers) {
      void *base = nullptr;
      switch (ref.kind) {
      case BufferRef::Kind::Argument:
        base = arguments[ref.index];
        break;
      case BufferRef::Kind::Result:
        base = results[ref.index];
        break;
      case BufferRef::Kind::Constant:
        base = model.constant(ref.index);
        break;
      case BufferRef::Kind::Arena:
        base = scratch.memory();
        break;
      }
      memory.push_back(static_cast<char *>(base) + ref.byteOffset);
    }
  }
  for (const Call &call : work.calls)
    checkMaps(entry, call);
  bool isCleared = scratch.isClearedFor(*plan.plan);
  scratch.clearedFor(nullptr); // until all of this step is on its way
  if (uint64_t bytes = plan.plan->clearedBytes; bytes && !isCleared)
    device.zero(static_cast<char *>(scratch.memory()) + plan.plan->arenaBytes -
                    bytes,
                bytes, queue);
  run(index, work, memory, queue);
  scratch.clearedFor(plan.plan);
  inFlight.end();
  for (size_t i = 0; i < outputCount; ++i)
    if (outputs[i].data && results[i] != outputs[i].data)
      device.copyOut(outputs[i].data, results[i],
                     byteSize(entry.results[i].type));
}

/// Recordings kept for an entry: steps that keep the state and steps that do
/// not, each with two sets of outputs.
static constexpr size_t kRecordings = 4;

void Session::run(size_t entry, const Work &work,
                  const std::vector<void *> &memory, Queue queue) {
  Device &device = model.device;
  if (!device.records() || work.calls.size() < 2)
    return device.launch(work, queue);
  recorded.resize(model.entries().size());
  std::vector<Recorded> &known = recorded[entry];
  auto it = std::find_if(known.begin(), known.end(),
                         [&](const Recorded &r) { return r.memory == memory; });
  if (it == known.end()) {
    // Memory that comes once is not worth a recording.
    device.launch(work, queue);
    if (known.size() == kRecordings)
      known.pop_back();
    known.insert(known.begin(), Recorded{memory, nullptr});
    return;
  }
  if (!it->recording)
    it->recording = device.record(work);
  it->recording ? device.replay(*it->recording, queue)
                : device.launch(work, queue);
}

const Buffer &Session::state(size_t index, uint64_t bytes) const {
  if (index >= states.size())
    throw Error(MSA_INVALID_ARGUMENT, "the model has no such state");
  if (bytes != states[index].bytes())
    throw Error(MSA_SHAPE_MISMATCH, "state '" + model.model.states[index].name +
                                        "' has " +
                                        std::to_string(states[index].bytes()) +
                                        " bytes, not " + std::to_string(bytes));
  return states[index];
}

void Session::getState(size_t index, void *data, uint64_t bytes) const {
  const Buffer &from = state(index, bytes);
  settle();
  model.device.copyOut(data, from.get(), bytes);
}

void Session::setState(size_t index, const void *data, uint64_t bytes) {
  const Buffer &to = state(index, bytes);
  settle();
  model.device.copyIn(to.get(), data, bytes);
}

// A blob: magic, signature of the states, checksum of what follows, contents.
static const char kMagic[8] = {'m', 's', 'a', 's', 't', 'a', 't', '1'};
static constexpr uint64_t kHeader = 24;

uint64_t Session::exportBytes() const { return kHeader + model.sessionBytes(); }

void Session::exportTo(uint8_t *data) const {
  settle();
  uint8_t *cursor = data + kHeader;
  for (const Buffer &state : states) {
    model.device.copyOut(cursor, state.get(), state.bytes());
    cursor += state.bytes();
  }
  uint64_t signature = model.stateSignature();
  uint64_t sum = checksum(data + kHeader, model.sessionBytes());
  std::memcpy(data, kMagic, 8);
  std::memcpy(data + 8, &signature, 8);
  std::memcpy(data + 16, &sum, 8);
}

void Session::importFrom(const uint8_t *data, uint64_t size) {
  if (size < kHeader || std::memcmp(data, kMagic, 8) != 0)
    throw Error(MSA_INCOMPATIBLE_STATE, "these bytes are no saved state");
  uint64_t signature, sum;
  std::memcpy(&signature, data + 8, 8);
  std::memcpy(&sum, data + 16, 8);
  if (signature != model.stateSignature())
    throw Error(MSA_INCOMPATIBLE_STATE,
                "the saved state belongs to a model with other states");
  if (size != exportBytes())
    throw Error(MSA_INCOMPATIBLE_STATE,
                "the saved state has " + std::to_string(size) +
                    " bytes where " + std::to_string(exportBytes()) +
                    " are needed: it is truncated or not of this model");
  if (sum != checksum(data + kHeader, model.sessionBytes()))
    throw Error(MSA_INCOMPATIBLE_STATE, "the saved state is corrupted");
  // Into new memory: a copy that fails half-way leaves the old state whole.
  std::vector<Buffer> restored;
  const uint8_t *cursor = data + kHeader;
  for (const Buffer &state : states) {
    restored.emplace_back(model.device, state.bytes());
    model.device.copyIn(restored.back().get(), cursor, state.bytes());
    cursor += state.bytes();
  }
  settle(); // the old ones go
  states.swap(restored);
}
