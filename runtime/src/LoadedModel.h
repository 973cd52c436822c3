//===- LoadedModel.h - A model on a device ------------------------*- C++
//-*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_RUNTIME_LOADEDMODEL_H
#define MSA_RUNTIME_LOADEDMODEL_H

#include "Device.h"

#include <atomic>
#include <mutex>

namespace msa {
namespace runtime {

/// Weights, code and plans of a model, ready to launch. Immutable but for
/// `setConstant` and the pool of arenas.
class LoadedModel {
public:
  LoadedModel(std::shared_ptr<Device> device, artefact::Model model);

  struct Launch {
    void *kernel;
    const artefact::Dispatch *dispatch;
  };
  struct EntryPlan {
    const artefact::Entry *entry;
    const artefact::Plan *plan = nullptr; ///< Null: none for this device.
    std::vector<uint32_t> inputs;         ///< Arguments that the caller gives.
    std::vector<Launch> launches;
  };

  struct Arena {
    Buffer memory;
    std::shared_ptr<Mark> last; ///< Its last use, if nothing waited for that.
    Queue queue = nullptr;      ///< Where that was.
    /// Whose counters in it are zero: kernels leave them as they found them.
    const artefact::Plan *cleared = nullptr;
  };

  /// Scratch memory of one step, given back on destruction.
  class Scratch {
  public:
    /// For a step in this queue, which is to start after the last use.
    Scratch(LoadedModel &model, Queue queue);
    ~Scratch();
    void *memory() const { return arena.memory.get(); }
    const std::shared_ptr<Mark> &last() const { return arena.last; }
    bool isClearedFor(const artefact::Plan &plan) const {
      return arena.cleared == &plan;
    }
    void clearedFor(const artefact::Plan *plan) { arena.cleared = plan; }
    /// Null: nothing uses it any more.
    void usedUntil(std::shared_ptr<Mark> mark) { arena.last = std::move(mark); }

  private:
    LoadedModel &model;
    Arena arena;
  };

  const std::shared_ptr<Device> owner; ///< Outlives all that lies on it.
  Device &device;
  artefact::Model model; ///< Constants without their data.
  const std::vector<EntryPlan> &entries() const { return plans; }
  void *constant(size_t index) const { return constants[index].get(); }
  void setConstant(size_t index, const void *data, uint64_t bytes);
  /// Identifies the set of states: names, types, shapes.
  uint64_t stateSignature() const { return signature; }
  uint64_t sessionBytes() const { return stateBytes; }
  uint64_t scratchBytes() const { return arenaBytes; }
  /// From now on steps may run that no call waits for.
  void expectPending() { pending = true; }

private:
  /// Chooses for each entry the last of its plans that the device has code for.
  void choosePlans();

  /// Of each code object; null where no chosen plan uses it.
  std::vector<std::unique_ptr<Program>> programs;
  std::vector<Buffer> constants;
  std::vector<EntryPlan> plans;
  uint64_t signature = 0, stateBytes = 0, arenaBytes = 0;
  std::atomic<bool> pending{false};
  std::mutex mutex;
  /// In the order in which they were given back.
  std::vector<Arena> freeArenas;
  size_t arenas = 0; ///< Those in use too.
};

} // namespace runtime
} // namespace msa

#endif // MSA_RUNTIME_LOADEDMODEL_H
