//===- Session.h - State and steps --------------------------------*- C++
//-*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_RUNTIME_SESSION_H
#define MSA_RUNTIME_SESSION_H

#include "LoadedModel.h"

namespace msa {
namespace runtime {

class Session {
public:
  explicit Session(std::shared_ptr<LoadedModel> model);
  ~Session();
  void reset();
  void copyFrom(const Session &other);
  /// In the device's own queue, and waits for it; or, with a queue of the
  /// caller's, in that and returns.
  void step(size_t entry, const msa_tensor *inputs, size_t inputCount,
            const msa_tensor *outputs, size_t outputCount, uint32_t flags,
            const Queue *given = nullptr);
  /// Waits for the steps that nothing has waited for.
  void settle() const;
  void getState(size_t state, void *data, uint64_t bytes) const;
  void setState(size_t state, const void *data, uint64_t bytes);
  uint64_t exportBytes() const;
  void exportTo(uint8_t *data) const;
  void importFrom(const uint8_t *data, uint64_t size);

  const std::shared_ptr<LoadedModel> owner; ///< Outlives the session.
  LoadedModel &model;

private:
  const Buffer &state(size_t index, uint64_t bytes) const;
  /// The end of the last step, where nothing has waited for it. Every step
  /// starts after the one before, in whatever queue that was.
  mutable std::shared_ptr<Mark> pending;
  class InFlight;
  std::vector<Buffer> states;
  /// Copies of the states for steps that are to leave them alone.
  std::vector<Buffer> shadow;
  /// Inputs and outputs that the caller's memory can not serve for.
  std::vector<Buffer> staging;

  /// Launches of an entry on the memory that they were given last time, as a
  /// recording from the second time on.
  struct Recorded {
    std::vector<void *> memory;
    std::unique_ptr<Recording> recording;
  };
  void run(size_t entry, const Work &work, const std::vector<void *> &memory,
           Queue queue);
  std::vector<std::vector<Recorded>> recorded; ///< By entry, newest first.
};

} // namespace runtime
} // namespace msa

#endif // MSA_RUNTIME_SESSION_H
