//===- Device.h - What a device can do ----------------------------*- C++
//-*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A new target is one implementation of this interface and one line in
// Api.cpp's msa_device_create.
//
//===----------------------------------------------------------------------===//

#ifndef MSA_RUNTIME_DEVICE_H
#define MSA_RUNTIME_DEVICE_H

#include "Error.h"
#include "msa/Artefact/Artefact.h"

#include <memory>
#include <string>
#include <vector>

namespace msa {
namespace runtime {

/// Code of a model on a device.
class Program {
public:
  virtual ~Program() = default;
  /// The kernel of a dispatch, made ready for it; the handle is passed to
  /// `launch` with this dispatch.
  virtual void *prepare(const artefact::Dispatch &dispatch) = 0;
};

/// Launches that were recorded, to be replayed as one.
class Recording {
public:
  virtual ~Recording() = default;
};

/// One launch of a plan, with the memory it is for.
struct Call {
  void *kernel;
  const artefact::Dispatch *dispatch;
  void *const *buffers;
};

/// What a step does on the device.
struct Work {
  std::vector<Call> calls; ///< In their order.
};

/// A queue of a device, in which work is done in order: the device's own, or
/// one of the caller's (a CUstream, of which null is one).
using Queue = void *;

/// A point in a queue's work.
class Mark {
public:
  virtual ~Mark() = default;
};

/// Memory is addressed by plain pointers, which only the device may follow.
/// What names no queue is put into the device's own.
class Device {
public:
  virtual ~Device() = default;
  virtual artefact::Target target() const = 0;
  virtual const std::string &name() const = 0;
  /// At least 64-byte aligned, with undefined content; `bytes` may be 0.
  virtual void *allocate(uint64_t bytes) = 0;
  virtual void release(void *memory, uint64_t bytes) noexcept = 0;
  virtual void copyIn(void *to, const void *host, uint64_t bytes) = 0;
  /// As copyIn, but the host's memory may not change before the next `wait`.
  virtual void queueIn(void *to, const void *host, uint64_t bytes) {
    copyIn(to, host, bytes);
  }
  virtual void copyOut(void *host, const void *from, uint64_t bytes) = 0;
  virtual void copy(void *to, const void *from, uint64_t bytes, Queue) = 0;
  virtual void zero(void *to, uint64_t bytes, Queue) = 0;
  /// What the device would need to run this code of its target; "" if it has
  /// all of it.
  virtual std::string lacks(const artefact::CodeObject &object) const = 0;
  /// Code that it lacks nothing for.
  virtual std::unique_ptr<Program> load(const artefact::CodeObject &object) = 0;
  virtual void launch(const Work &work, Queue) = 0;
  /// Records work on exactly this memory, which has been done before. Null
  /// where the device does not: the caller then launches it.
  virtual std::unique_ptr<Recording> record(const Work &) { return nullptr; }
  virtual bool records() const { return false; }
  virtual void replay(const Recording &, Queue) {}
  /// Returns when all that was put into its own queue is done; reports failures
  /// of kernels, as every wait does.
  virtual void wait() = 0;

  /// Whether callers have queues of their own. Where they do not, work is done
  /// when the call that starts it returns, and there is nothing to order.
  virtual bool hasQueues() const { return false; }
  virtual Queue ownQueue() const { return nullptr; }
  /// Throws where no step can be put into this queue of the caller's.
  virtual void checkQueue(Queue) const {}
  /// The end of what is in the queue now.
  virtual std::shared_ptr<Mark> mark(Queue) { return nullptr; }
  /// What is put into the queue from now on waits for the mark, which may be of
  /// another one. Does not wait itself.
  virtual void after(Queue, const Mark &) {}
  virtual bool reached(const Mark &) { return true; }
  virtual void wait(const Mark &) {}
  /// Returns when all queues are empty.
  virtual void waitForAll() {}

  /// Whether kernels can use host memory at this address, of elements of that
  /// many bytes.
  virtual bool readsHost(const void *memory, uint64_t element) const = 0;
};

std::unique_ptr<Device> createCpuDevice(unsigned threads);
std::unique_ptr<Device> createCudaDevice(int ordinal);

/// Memory that gives itself back.
class Buffer {
public:
  Buffer() = default;
  Buffer(Device &device, uint64_t bytes)
      : device(&device), memory(device.allocate(bytes)), size(bytes) {}
  Buffer(Buffer &&other) noexcept { swap(other); }
  Buffer &operator=(Buffer &&other) noexcept {
    swap(other);
    return *this;
  }
  ~Buffer() {
    if (memory)
      device->release(memory, size);
  }
  void *get() const { return memory; }
  uint64_t bytes() const { return size; }

private:
  void swap(Buffer &other) {
    std::swap(device, other.device);
    std::swap(memory, other.memory);
    std::swap(size, other.size);
  }
  Device *device = nullptr;
  void *memory = nullptr;
  uint64_t size = 0;
};

} // namespace runtime
} // namespace msa

#endif // MSA_RUNTIME_DEVICE_H
