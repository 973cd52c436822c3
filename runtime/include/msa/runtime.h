/*===- runtime.h - C interface of the msa runtime -----------------*- C -*-===*\
|*
|* Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|*===----------------------------------------------------------------------===*|
|*
|* Runs what msa-compile wrote. A device holds models, a model holds weights and
|* code, a session is one batch of streams with their own state:
|*
|*   msa_device *device;   msa_device_create(MSA_CPU, 0, &device);
|*   msa_model *model;     msa_model_load_file(device, "model.msaf", &model);
|*   msa_session *session; msa_session_create(model, &session);
|*   msa_session_step(session, entry, inputs, n, outputs, m, 0);
|*
|* Every call that can fail returns a status; msa_last_error() then says what is
|* wrong and what to do. A call that fails before it started work (wrong shapes,
|* no memory) changes nothing.
|*
|* Threads: different sessions may be used from different threads at once, one
|* session from one thread at a time. Handles may be destroyed in any order:
what
|* another one stands on stays until that is gone too.
|*
|* Trust: an artefact holds machine code. Checksums protect against damage, not
|* against malice; load artefacts only from where you would load a library.
|*
\*===----------------------------------------------------------------------===*/

#ifndef MSA_RUNTIME_H
#define MSA_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MSA_API __attribute__((visibility("default")))

/* The last value of each enumeration makes room: a caller in C may pass any
 * number, which is an error to report and not undefined behaviour. */
typedef enum msa_status {
  MSA_OK = 0,
  MSA_INVALID_ARGUMENT = 1, /* A null pointer, an index out of range. */
  MSA_NOT_FOUND = 2,        /* No entry or state of that name. */
  MSA_IO_ERROR = 3,         /* A file can not be read. */
  MSA_NOT_AN_ARTEFACT = 4,  /* Foreign file. */
  MSA_ARTEFACT_VERSION = 5, /* Written by another version. */
  MSA_TRUNCATED_ARTEFACT = 6,
  MSA_CORRUPTED_ARTEFACT = 7, /* The checksum does not match. */
  MSA_MALFORMED_ARTEFACT = 8,
  MSA_UNSUPPORTED_CPU = 9, /* No code for the features of this CPU. */
  MSA_NO_GPU = 10,         /* No driver, no device, or no code for it. */
  MSA_OUT_OF_MEMORY = 11,
  MSA_OUT_OF_DEVICE_MEMORY = 12,
  MSA_SHAPE_MISMATCH = 13,
  MSA_DTYPE_MISMATCH = 14,
  MSA_DEVICE_ERROR = 15,       /* The GPU reported a failure. */
  MSA_INCOMPATIBLE_STATE = 16, /* Saved state of another model. */
  MSA_STATUS_MAX_ENUM = 0x7fffffff
} msa_status;

/* "MSA_SHAPE_MISMATCH". Never null. */
MSA_API const char *msa_status_name(msa_status status);
/* Of the last failed call of this thread; valid until its next call. */
MSA_API const char *msa_last_error(void);
/* "0.1.0" */
MSA_API const char *msa_version(void);

typedef enum msa_dtype {
  MSA_F64 = 1,
  MSA_F32 = 2,
  MSA_F16 = 3,
  MSA_BF16 = 4,
  MSA_I64 = 5,
  MSA_I32 = 6,
  MSA_I16 = 7,
  MSA_I8 = 8,
  MSA_I1 = 9,
  MSA_DTYPE_MAX_ENUM = 0x7fffffff
} msa_dtype;
/* "f32"; "?" for no dtype. */
MSA_API const char *msa_dtype_name(msa_dtype dtype);
/* Bytes of an element (I1: one), 0 for no dtype. */
MSA_API size_t msa_dtype_size(msa_dtype dtype);

/* A dense row-major tensor. `data` is host memory, or memory of the session's
 * device where `on_device` is set; no particular alignment is needed on hosts.
 */
typedef struct msa_tensor {
  msa_dtype dtype;
  int32_t rank;
  const int64_t *shape;
  void *data;
  int32_t on_device;
} msa_tensor;

/* Description of an argument, a result or a state. Strings and shapes live as
 * long as the model. */
typedef struct msa_tensor_info {
  const char *name;
  msa_dtype dtype;
  int32_t rank;
  const int64_t *shape;
  size_t bytes;
} msa_tensor_info;

/*===--- Devices ----------------------------------------------------------===*/

typedef struct msa_device msa_device;
typedef enum msa_device_kind {
  MSA_CPU = 1,
  MSA_CUDA = 2,
  MSA_DEVICE_KIND_MAX_ENUM = 0x7fffffff
} msa_device_kind;

/* MSA_CPU: `number` is the number of threads, 0 for all cores that the process
 * may use. MSA_CUDA: the ordinal of the GPU; libcuda is loaded now. */
MSA_API msa_status msa_device_create(msa_device_kind kind, int32_t number,
                                     msa_device **device);
MSA_API void msa_device_destroy(msa_device *device);
/* "cpu, 2 threads" or "cuda:0 NVIDIA H200 (sm_90)". */
MSA_API const char *msa_device_name(const msa_device *device);

/*===--- Models -----------------------------------------------------------===*/

typedef struct msa_model msa_model;

MSA_API msa_status msa_model_load(msa_device *device, const void *data,
                                  size_t size, msa_model **model);
MSA_API msa_status msa_model_load_file(msa_device *device, const char *path,
                                       msa_model **model);
MSA_API void msa_model_destroy(msa_model *model);

/* "msa 0.1.0 (LLVM 22)" */
MSA_API const char *msa_model_producer(const msa_model *model);
MSA_API size_t msa_model_entry_count(const msa_model *model);
MSA_API const char *msa_model_entry_name(const msa_model *model, size_t entry);
MSA_API msa_status msa_model_find_entry(const msa_model *model,
                                        const char *name, size_t *entry);
/* Inputs are the arguments that the caller gives; state and weights are not. */
MSA_API size_t msa_model_input_count(const msa_model *model, size_t entry);
MSA_API size_t msa_model_output_count(const msa_model *model, size_t entry);
MSA_API msa_status msa_model_input(const msa_model *model, size_t entry,
                                   size_t index, msa_tensor_info *info);
MSA_API msa_status msa_model_output(const msa_model *model, size_t entry,
                                    size_t index, msa_tensor_info *info);
MSA_API size_t msa_model_state_count(const msa_model *model);
MSA_API msa_status msa_model_state(const msa_model *model, size_t index,
                                   msa_tensor_info *info);
MSA_API size_t msa_model_constant_count(const msa_model *model);
MSA_API msa_status msa_model_constant(const msa_model *model, size_t index,
                                      msa_tensor_info *info);
/* Replaces a weight for all sessions; none may be stepping. `bytes` must be
 * the weight's size. */
MSA_API msa_status msa_model_set_constant(msa_model *model, size_t index,
                                          const void *data, size_t bytes);
/* Bytes that every session of the model owns on the device: states, and what a
 * step needs besides (shared between sessions that do not step at once). */
MSA_API size_t msa_model_session_bytes(const msa_model *model);
MSA_API size_t msa_model_scratch_bytes(const msa_model *model);

/*===--- Sessions ---------------------------------------------------------===*/

typedef struct msa_session msa_session;

MSA_API msa_status msa_session_create(msa_model *model, msa_session **session);
MSA_API void msa_session_destroy(msa_session *session);
/* Back to the initial state of the model; what was there is overwritten. */
MSA_API msa_status msa_session_reset(msa_session *session);
/* A new session with a copy of the state: both go on independently. */
MSA_API msa_status msa_session_fork(const msa_session *session,
                                    msa_session **copy);

/* Runs the entry but leaves the session's state as it was. */
#define MSA_STEP_DISCARD_STATE 1u

/* One step. `inputs` and `outputs` are in the entry's order; an output whose
 * data is null is computed and dropped. No two inputs and outputs may overlap.
 * Returns when the outputs are there. What other streams of the GPU have yet to
 * write is not waited for: inputs on the device must be there. */
MSA_API msa_status msa_session_step(msa_session *session, size_t entry,
                                    const msa_tensor *inputs,
                                    size_t input_count,
                                    const msa_tensor *outputs,
                                    size_t output_count, uint32_t flags);

/* One step that is put into a stream of the caller's and not waited for.
 *
 * `stream` is a CUstream (a cudaStream_t) of the session's GPU, in its primary
 * context; null is the legacy default stream, as in CUDA. The kernels run after
 * what is in the stream now and before what is put there later, so that inputs
 * may still be computed and outputs be read there without a wait. Their memory
 * must stay until the step is done. All tensors are on the device (outputs may
 * be dropped); host memory is refused, and so is a stream that is being
 * captured. The host waits only where memory has to be made for the first time.
 *
 * Order: the steps of a session run in the order of the calls that asked for
 * them, enqueued or not, in whatever streams: a step starts after the one
 * before, for which its stream waits, not the host. Sessions are ordered where
 * they share scratch memory: in one stream they do; steps of several streams
 * get scratch of their own as long as there are few of them (four), and wait
 * for each other beyond that. Whatever else the caller does with tensors in
 * other streams is for the caller to order.
 *
 * The host waits for all enqueued steps of a session in msa_session_step, wait,
 * reset, fork, get_state, set_state, export, import, destroy and the calls of
 * its msa_stream; for all work of the GPU in msa_model_set_constant, once a
 * step of the model was enqueued. What a kernel does wrong is reported by the
 * first of them (or another call: the GPU is unusable then). A stream may be
 * destroyed at any time.
 *
 * On a CPU, `stream` must be null, and this is msa_session_step. */
MSA_API msa_status msa_session_enqueue(msa_session *session, size_t entry,
                                       const msa_tensor *inputs,
                                       size_t input_count,
                                       const msa_tensor *outputs,
                                       size_t output_count, uint32_t flags,
                                       void *stream);
/* Returns when all steps of the session are done. */
MSA_API msa_status msa_session_wait(const msa_session *session);

/* Copies one state out or in; `bytes` must be its size. */
MSA_API msa_status msa_session_get_state(const msa_session *session,
                                         size_t state, void *data,
                                         size_t bytes);
MSA_API msa_status msa_session_set_state(msa_session *session, size_t state,
                                         const void *data, size_t bytes);

/* All state as one checked blob that any session of the same model takes, on
 * any device. With null data only *size is set. Importing a blob that does not
 * fit changes nothing. */
MSA_API msa_status msa_session_export(const msa_session *session, void *data,
                                      size_t capacity, size_t *size);
MSA_API msa_status msa_session_import(msa_session *session, const void *data,
                                      size_t size);

/*===--- Streams ----------------------------------------------------------===*/
/* A stream feeds tokens of any number to an entry of this form, whose inputs
 * are found by name:
 *   tokens   B x S of i32 or i64     position B of i64     length B of i64
 * (position and length may be absent). Row r of the batch is a stream of its
 * own with its own 64-bit position. Tokens of an unfinished segment are held
 * back; a segment runs when it is complete, so that the calls in which tokens
 * arrive do not change a bit of the results. */

typedef struct msa_stream msa_stream;

/* Called after each run with all outputs of the entry in host memory. Row r
 * computed `lengths[r]` tokens from position `positions[r]`; rows with length
 * 0 did not take part. */
typedef void (*msa_stream_callback)(void *context, const int64_t *positions,
                                    const int64_t *lengths,
                                    const msa_tensor *outputs,
                                    size_t output_count);

/* While it has a stream the session is stepped by that alone. */
MSA_API msa_status msa_stream_create(msa_session *session, size_t entry,
                                     msa_stream **stream);
MSA_API void msa_stream_destroy(msa_stream *stream);
MSA_API size_t msa_stream_rows(const msa_stream *stream);
MSA_API size_t msa_stream_segment(const msa_stream *stream);
MSA_API msa_status msa_stream_feed(msa_stream *stream, size_t row,
                                   const int64_t *tokens, size_t count,
                                   msa_stream_callback callback, void *context);
/* Computes the unfinished segments. With `keep` the state stays as it was and
 * the tokens stay pending: a look at the results so far. Without it the short
 * segments are committed. */
MSA_API msa_status msa_stream_flush(msa_stream *stream, int32_t keep,
                                    msa_stream_callback callback,
                                    void *context);
/* Position of a row: tokens committed, without those pending. */
MSA_API int64_t msa_stream_position(const msa_stream *stream, size_t row);
/* Tokens of a row's unfinished segment. */
MSA_API size_t msa_stream_pending(const msa_stream *stream, size_t row);
/* All of a stream as one checked blob: its session's state, the positions and
 * the pending tokens. A stream of the same entry goes on from it, on any
 * device, as if it had never stopped. With null data only *size is set.
 * Importing a blob that does not fit changes nothing. */
MSA_API msa_status msa_stream_export(const msa_stream *stream, void *data,
                                     size_t capacity, size_t *size);
MSA_API msa_status msa_stream_import(msa_stream *stream, const void *data,
                                     size_t size);
/* For a session whose state was set by other means; pending tokens of the row
 * are dropped. */
MSA_API msa_status msa_stream_set_position(msa_stream *stream, size_t row,
                                           int64_t position);

#ifdef __cplusplus
}
#endif

#endif /* MSA_RUNTIME_H */
