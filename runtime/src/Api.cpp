//===- Api.cpp - The C interface ------------------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Stream.h"

#include "msa/Artefact/Serialize.h"

#include <cstdio>
#include <fstream>
#include <new>

using namespace msa::artefact;
using namespace msa::runtime;

// Handles share what they stand on, so that they can be destroyed in any order
// (a garbage collector's, say).
struct msa_device {
  std::shared_ptr<Device> impl;
};
struct msa_model {
  std::shared_ptr<LoadedModel> impl;
};
struct msa_session {
  std::shared_ptr<Session> impl;
};
struct msa_stream {
  std::shared_ptr<Session> session;
  Stream impl;
};

static thread_local std::string lastError;

static msa_status fail(msa_status status, const char *message) noexcept {
  try {
    lastError = message;
  } catch (...) {
    lastError.clear();
  }
  return status;
}

/// Runs `f` and turns what it throws into a status.
template <typename F> static msa_status guarded(F f) noexcept {
  try {
    f();
    return MSA_OK;
  } catch (const Error &error) {
    return fail(error.status, error.what());
  } catch (const std::bad_alloc &) {
    return fail(MSA_OUT_OF_MEMORY, "out of memory");
  } catch (const std::length_error &) {
    return fail(MSA_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception &error) {
    return fail(MSA_INVALID_ARGUMENT, error.what());
  }
}

template <typename T> static void need(T *pointer, const char *what) {
  if (!pointer)
    throw Error(MSA_INVALID_ARGUMENT, std::string(what) + " is null");
}

/// The contract of msa_session_export and msa_stream_export.
template <typename Saved>
static void exportBlob(const Saved &saved, void *data, size_t capacity,
                       size_t *size) {
  need(size, "size");
  *size = saved.exportBytes();
  if (!data)
    return;
  if (capacity < *size)
    throw Error(MSA_INVALID_ARGUMENT,
                "saved state needs " + std::to_string(*size) + " bytes");
  saved.exportTo(static_cast<uint8_t *>(data));
}

extern "C" {

const char *msa_status_name(msa_status status) {
  switch (status) {
  case MSA_OK:
    return "MSA_OK";
  case MSA_INVALID_ARGUMENT:
    return "MSA_INVALID_ARGUMENT";
  case MSA_NOT_FOUND:
    return "MSA_NOT_FOUND";
  case MSA_IO_ERROR:
    return "MSA_IO_ERROR";
  case MSA_NOT_AN_ARTEFACT:
    return "MSA_NOT_AN_ARTEFACT";
  case MSA_ARTEFACT_VERSION:
    return "MSA_ARTEFACT_VERSION";
  case MSA_TRUNCATED_ARTEFACT:
    return "MSA_TRUNCATED_ARTEFACT";
  case MSA_CORRUPTED_ARTEFACT:
    return "MSA_CORRUPTED_ARTEFACT";
  case MSA_MALFORMED_ARTEFACT:
    return "MSA_MALFORMED_ARTEFACT";
  case MSA_UNSUPPORTED_CPU:
    return "MSA_UNSUPPORTED_CPU";
  case MSA_NO_GPU:
    return "MSA_NO_GPU";
  case MSA_OUT_OF_MEMORY:
    return "MSA_OUT_OF_MEMORY";
  case MSA_OUT_OF_DEVICE_MEMORY:
    return "MSA_OUT_OF_DEVICE_MEMORY";
  case MSA_SHAPE_MISMATCH:
    return "MSA_SHAPE_MISMATCH";
  case MSA_DTYPE_MISMATCH:
    return "MSA_DTYPE_MISMATCH";
  case MSA_DEVICE_ERROR:
    return "MSA_DEVICE_ERROR";
  case MSA_INCOMPATIBLE_STATE:
    return "MSA_INCOMPATIBLE_STATE";
  case MSA_STATUS_MAX_ENUM:
    break;
  }
  return "an unknown status";
}

const char *msa_last_error(void) { return lastError.c_str(); }
const char *msa_version(void) { return MSA_VERSION; }
const char *msa_dtype_name(msa_dtype dtype) {
  return byteSize(static_cast<DType>(dtype)) ? name(static_cast<DType>(dtype))
                                             : "?";
}
size_t msa_dtype_size(msa_dtype dtype) {
  return byteSize(static_cast<DType>(dtype));
}

msa_status msa_device_create(msa_device_kind kind, int32_t number,
                             msa_device **device) {
  return guarded([&] {
    need(device, "device");
    if (number < 0 || number > 4096)
      throw Error(MSA_INVALID_ARGUMENT,
                  "a device's number lies between 0 and 4096");
    std::unique_ptr<Device> impl;
    if (kind == MSA_CPU)
      impl = createCpuDevice(static_cast<unsigned>(number));
    else if (kind == MSA_CUDA)
      impl = createCudaDevice(number);
    else
      throw Error(MSA_INVALID_ARGUMENT, "unknown kind of device");
    *device = new msa_device{std::move(impl)};
  });
}
void msa_device_destroy(msa_device *device) { delete device; }
const char *msa_device_name(const msa_device *device) {
  return device ? device->impl->name().c_str() : "";
}

static msa_status statusOf(ParseStatus status) {
  switch (status) {
  case ParseStatus::Ok:
    return MSA_OK;
  case ParseStatus::NotAnArtefact:
    return MSA_NOT_AN_ARTEFACT;
  case ParseStatus::OtherVersion:
    return MSA_ARTEFACT_VERSION;
  case ParseStatus::Truncated:
    return MSA_TRUNCATED_ARTEFACT;
  case ParseStatus::Corrupted:
    return MSA_CORRUPTED_ARTEFACT;
  case ParseStatus::Malformed:
    return MSA_MALFORMED_ARTEFACT;
  }
  return MSA_MALFORMED_ARTEFACT;
}

msa_status msa_model_load(msa_device *device, const void *data, size_t size,
                          msa_model **model) {
  return guarded([&] {
    need(device, "device");
    need(data, "data");
    need(model, "model");
    Model parsed;
    if (ParseResult result =
            parse(static_cast<const uint8_t *>(data), size, parsed);
        !result)
      throw Error(statusOf(result.status), result.message);
    *model = new msa_model{
        std::make_shared<LoadedModel>(device->impl, std::move(parsed))};
  });
}

msa_status msa_model_load_file(msa_device *device, const char *path,
                               msa_model **model) {
  std::vector<char> bytes;
  msa_status status = guarded([&] {
    need(path, "path");
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    std::streamoff size = file ? static_cast<std::streamoff>(file.tellg()) : -1;
    if (size < 0 || size > (std::streamoff(1) << 46))
      throw Error(MSA_IO_ERROR, std::string("can not read '") + path + "'");
    bytes.resize(static_cast<size_t>(size));
    file.seekg(0);
    if (!file.read(bytes.data(), size))
      throw Error(MSA_IO_ERROR, std::string("can not read '") + path + "'");
  });
  if (status != MSA_OK)
    return status;
  static const char nothing = 0;
  return msa_model_load(device, bytes.empty() ? &nothing : bytes.data(),
                        bytes.size(), model);
}
void msa_model_destroy(msa_model *model) { delete model; }

const char *msa_model_producer(const msa_model *model) {
  return model ? model->impl->model.producer.c_str() : "";
}
size_t msa_model_entry_count(const msa_model *model) {
  return model ? model->impl->entries().size() : 0;
}
const char *msa_model_entry_name(const msa_model *model, size_t entry) {
  return entry < msa_model_entry_count(model)
             ? model->impl->entries()[entry].entry->name.c_str()
             : "";
}
msa_status msa_model_find_entry(const msa_model *model, const char *name,
                                size_t *entry) {
  return guarded([&] {
    need(model, "model");
    need(name, "name");
    need(entry, "entry");
    std::string known;
    for (size_t i = 0; i < model->impl->entries().size(); ++i) {
      const std::string &other = model->impl->entries()[i].entry->name;
      if (other == name) {
        *entry = i;
        return;
      }
      known += (known.empty() ? "" : ", ") + other;
    }
    throw Error(MSA_NOT_FOUND, std::string("the model has no entry '") + name +
                                   "'; it has: " + known);
  });
}
size_t msa_model_input_count(const msa_model *model, size_t entry) {
  return entry < msa_model_entry_count(model)
             ? model->impl->entries()[entry].inputs.size()
             : 0;
}
size_t msa_model_output_count(const msa_model *model, size_t entry) {
  return entry < msa_model_entry_count(model)
             ? model->impl->entries()[entry].entry->results.size()
             : 0;
}

static void describe(const std::string &name, const TensorType &type,
                     msa_tensor_info *info) {
  need(info, "info");
  *info = {name.c_str(), static_cast<msa_dtype>(type.dtype),
           static_cast<int32_t>(type.shape.size()), type.shape.data(),
           byteSize(type)};
}

msa_status msa_model_input(const msa_model *model, size_t entry, size_t index,
                           msa_tensor_info *info) {
  return guarded([&] {
    if (index >= msa_model_input_count(model, entry))
      throw Error(MSA_INVALID_ARGUMENT, "the entry has no such input");
    const auto &plan = model->impl->entries()[entry];
    const Argument &argument = plan.entry->arguments[plan.inputs[index]];
    describe(argument.name, argument.type, info);
  });
}
msa_status msa_model_output(const msa_model *model, size_t entry, size_t index,
                            msa_tensor_info *info) {
  return guarded([&] {
    if (index >= msa_model_output_count(model, entry))
      throw Error(MSA_INVALID_ARGUMENT, "the entry has no such output");
    const Result &result = model->impl->entries()[entry].entry->results[index];
    describe(result.name, result.type, info);
  });
}
size_t msa_model_state_count(const msa_model *model) {
  return model ? model->impl->model.states.size() : 0;
}
msa_status msa_model_state(const msa_model *model, size_t index,
                           msa_tensor_info *info) {
  return guarded([&] {
    if (index >= msa_model_state_count(model))
      throw Error(MSA_INVALID_ARGUMENT, "the model has no such state");
    const State &state = model->impl->model.states[index];
    describe(state.name, state.type, info);
  });
}
size_t msa_model_constant_count(const msa_model *model) {
  return model ? model->impl->model.constants.size() : 0;
}
msa_status msa_model_constant(const msa_model *model, size_t index,
                              msa_tensor_info *info) {
  return guarded([&] {
    if (index >= msa_model_constant_count(model))
      throw Error(MSA_INVALID_ARGUMENT, "the model has no such constant");
    const Constant &constant = model->impl->model.constants[index];
    describe(constant.name, constant.type, info);
  });
}
msa_status msa_model_set_constant(msa_model *model, size_t index,
                                  const void *data, size_t bytes) {
  return guarded([&] {
    need(model, "model");
    need(data, "data");
    model->impl->setConstant(index, data, bytes);
  });
}
size_t msa_model_session_bytes(const msa_model *model) {
  return model ? model->impl->sessionBytes() : 0;
}
size_t msa_model_scratch_bytes(const msa_model *model) {
  return model ? model->impl->scratchBytes() : 0;
}

msa_status msa_session_create(msa_model *model, msa_session **session) {
  return guarded([&] {
    need(model, "model");
    need(session, "session");
    *session = new msa_session{std::make_shared<Session>(model->impl)};
  });
}
void msa_session_destroy(msa_session *session) { delete session; }
msa_status msa_session_reset(msa_session *session) {
  return guarded([&] {
    need(session, "session");
    session->impl->reset();
  });
}
msa_status msa_session_fork(const msa_session *session, msa_session **copy) {
  return guarded([&] {
    need(session, "session");
    need(copy, "copy");
    auto fresh = std::make_shared<Session>(session->impl->owner);
    fresh->copyFrom(*session->impl);
    *copy = new msa_session{std::move(fresh)};
  });
}
static msa_status runStep(msa_session *session, size_t entry,
                          const msa_tensor *inputs, size_t input_count,
                          const msa_tensor *outputs, size_t output_count,
                          uint32_t flags, void *const *stream) {
  return guarded([&] {
    need(session, "session");
    if (input_count)
      need(inputs, "inputs");
    if (output_count)
      need(outputs, "outputs");
    session->impl->step(entry, inputs, input_count, outputs, output_count,
                        flags, stream);
  });
}
msa_status msa_session_step(msa_session *session, size_t entry,
                            const msa_tensor *inputs, size_t input_count,
                            const msa_tensor *outputs, size_t output_count,
                            uint32_t flags) {
  return runStep(session, entry, inputs, input_count, outputs, output_count,
                 flags, nullptr);
}
msa_status msa_session_enqueue(msa_session *session, size_t entry,
                               const msa_tensor *inputs, size_t input_count,
                               const msa_tensor *outputs, size_t output_count,
                               uint32_t flags, void *stream) {
  return runStep(session, entry, inputs, input_count, outputs, output_count,
                 flags, &stream);
}
msa_status msa_session_wait(const msa_session *session) {
  return guarded([&] {
    need(session, "session");
    session->impl->settle();
  });
}
msa_status msa_session_get_state(const msa_session *session, size_t state,
                                 void *data, size_t bytes) {
  return guarded([&] {
    need(session, "session");
    need(data, "data");
    session->impl->getState(state, data, bytes);
  });
}
msa_status msa_session_set_state(msa_session *session, size_t state,
                                 const void *data, size_t bytes) {
  return guarded([&] {
    need(session, "session");
    need(data, "data");
    session->impl->setState(state, data, bytes);
  });
}
msa_status msa_session_export(const msa_session *session, void *data,
                              size_t capacity, size_t *size) {
  return guarded([&] {
    need(session, "session");
    exportBlob(*session->impl, data, capacity, size);
  });
}
msa_status msa_session_import(msa_session *session, const void *data,
                              size_t size) {
  return guarded([&] {
    need(session, "session");
    need(data, "data");
    session->impl->importFrom(static_cast<const uint8_t *>(data), size);
  });
}

msa_status msa_stream_create(msa_session *session, size_t entry,
                             msa_stream **stream) {
  return guarded([&] {
    need(session, "session");
    need(stream, "stream");
    *stream = new msa_stream{session->impl, Stream(*session->impl, entry)};
  });
}
void msa_stream_destroy(msa_stream *stream) { delete stream; }
size_t msa_stream_rows(const msa_stream *stream) {
  return stream ? stream->impl.batch() : 0;
}
size_t msa_stream_segment(const msa_stream *stream) {
  return stream ? stream->impl.segment() : 0;
}
msa_status msa_stream_feed(msa_stream *stream, size_t row,
                           const int64_t *tokens, size_t count,
                           msa_stream_callback callback, void *context) {
  return guarded([&] {
    need(stream, "stream");
    if (count)
      need(tokens, "tokens");
    stream->impl.feed(row, tokens, count, callback, context);
  });
}
msa_status msa_stream_flush(msa_stream *stream, int32_t keep,
                            msa_stream_callback callback, void *context) {
  return guarded([&] {
    need(stream, "stream");
    stream->impl.flush(keep != 0, callback, context);
  });
}
msa_status msa_stream_export(const msa_stream *stream, void *data,
                             size_t capacity, size_t *size) {
  return guarded([&] {
    need(stream, "stream");
    exportBlob(stream->impl, data, capacity, size);
  });
}
msa_status msa_stream_import(msa_stream *stream, const void *data,
                             size_t size) {
  return guarded([&] {
    need(stream, "stream");
    need(data, "data");
    stream->impl.importFrom(static_cast<const uint8_t *>(data), size);
  });
}
int64_t msa_stream_position(const msa_stream *stream, size_t row) {
  return row < msa_stream_rows(stream) ? stream->impl.position(row) : -1;
}
size_t msa_stream_pending(const msa_stream *stream, size_t row) {
  return row < msa_stream_rows(stream) ? stream->impl.pending(row) : 0;
}
msa_status msa_stream_set_position(msa_stream *stream, size_t row,
                                   int64_t position) {
  return guarded([&] {
    need(stream, "stream");
    if (row >= stream->impl.batch())
      throw Error(MSA_INVALID_ARGUMENT, "the stream has no such row");
    if (position < 0)
      throw Error(MSA_INVALID_ARGUMENT, "a position is not negative");
    stream->impl.setPosition(row, position);
  });
}

} // extern "C"
