/*===- Compiler.h - C interface of the msa compiler ---------------*- C -*-===*\
|*
|* Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|*===----------------------------------------------------------------------===*|
|*
|* Parses, transforms and compiles modules:
|*
|*   msac_context *context;  msac_context_create(report, user, &context);
|*   msac_module *module;    msac_module_parse(context, text, size, "a.mlir",
|*                                             &module);
|*   msac_options options;   msac_options_init(&options);
|*   msac_buffer *artefact;  msac_compile(module, &options, &artefact);
|*
|* A call that fails returns a status; what is wrong was told to the context's
|* callback before the call returns. No exception leaves a call.
|*
|* Threads: a context and its modules are used by one thread at a time;
|* different contexts by different threads at once. No thread of a context is
|* left after a call, so that a process may fork between calls. Handles may be
|* destroyed in any order.
|*
\*===----------------------------------------------------------------------===*/

#ifndef MSA_C_COMPILER_H
#define MSA_C_COMPILER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct msac_context msac_context;
typedef struct msac_module msac_module;
typedef struct msac_buffer msac_buffer;

typedef enum msac_status {
  MSAC_OK = 0,
  MSAC_INVALID_ARGUMENT = 1, /* A null pointer, an option out of range. */
  MSAC_FAILED = 2,           /* The module or the pipeline was refused. */
  MSAC_STATUS_MAX_ENUM = 0x7fffffff
} msac_status;

typedef enum msac_severity {
  MSAC_ERROR = 0,
  MSAC_WARNING = 1,
  MSAC_REMARK = 2,
  MSAC_NOTE = 3, /* Belongs to the diagnostic before it. */
  MSAC_SEVERITY_MAX_ENUM = 0x7fffffff
} msac_severity;

/* `location` is "file:line:column" where one is known, else "". Strings live
 * during the call. It is called by the thread that made the failing call. */
typedef void (*msac_report)(void *user, msac_severity severity,
                            const char *location, const char *message);

/* "0.1.0", and "22.1.8" of LLVM. */
const char *msac_version(void);
const char *msac_llvm_version(void);

msac_status msac_context_create(msac_report report, void *user,
                                msac_context **context);
void msac_context_destroy(msac_context *context);

/* Parses and verifies text. `name` is the file in locations. */
msac_status msac_module_parse(msac_context *context, const char *text,
                              size_t size, const char *name,
                              msac_module **module);
void msac_module_destroy(msac_module *module);
msac_status msac_module_clone(const msac_module *module, msac_module **copy);
/* Text; with locations if `locations` is not zero. */
msac_status msac_module_print(const msac_module *module, int32_t locations,
                              msac_buffer **text);
/* Runs a pipeline as msa-opt's --pass-pipeline takes it, with or without the
 * outer "builtin.module(...)". If it fails the module is as it was. */
msac_status msac_module_run(msac_module *module, const char *pipeline);

/* Named pipelines, from msa to code: name and text. NULL beyond the last one.
 */
const char *msac_pipeline_name(size_t index);
const char *msac_pipeline_text(size_t index);

typedef struct msac_options {
  size_t size;          /* Of this structure; msac_options_init sets it. */
  const char *targets;  /* "cpu,cuda" */
  const char *levels;   /* "x86-64-v3,x86-64-v4,x86-64-v4-amx" */
  const char *gpu_arch; /* "sm_80,sm_90a" */
  const char *emit;     /* "artefact", or plan, kernels, llvm, ir, asm, ptx. */
  int32_t gpu_mma;      /* 1; 0: no tensor cores on GPUs before sm_90a. */
} msac_options;
void msac_options_init(msac_options *options);
/* The CPU levels in this build, from portable to special. NULL beyond the last
 * one. */
const char *msac_level(size_t index);
/* The last level that the CPU of this machine has, or NULL. A process needs
 * the system's permission for one with AMX: compile the one before it too. */
const char *msac_host_level(void);

/* Compiles the module, which stays as it is, to the bytes of an artefact or the
 * text that `emit` asks for. */
msac_status msac_compile(msac_module *module, const msac_options *options,
                         msac_buffer **result);

const char *msac_buffer_data(const msac_buffer *buffer);
size_t msac_buffer_size(const msac_buffer *buffer);
void msac_buffer_destroy(msac_buffer *buffer);

#ifdef __cplusplus
}
#endif

#endif /* MSA_C_COMPILER_H */
