//===- Stream.cpp - Tokens to segments ------------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Stream.h"

#include <algorithm>
#include <cstring>
#include <limits>

using namespace msa::artefact;
using namespace msa::runtime;

Stream::Stream(Session &session, size_t entry)
    : session(session), entry(entry) {
  if (entry >= session.model.entries().size())
    throw Error(MSA_INVALID_ARGUMENT, "the model has no such entry");
  const LoadedModel::EntryPlan &plan = session.model.entries()[entry];
  signature = plan.entry;
  std::string where = "entry '" + signature->name + "' ";
  for (size_t i = 0; i < plan.inputs.size(); ++i) {
    const Argument &argument = signature->arguments[plan.inputs[i]];
    const TensorType &type = argument.type;
    bool isI64 = type.dtype == DType::I64;
    if (argument.name == "tokens" && type.shape.size() == 2 &&
        (isI64 || type.dtype == DType::I32))
      tokensInput = static_cast<int>(i);
    else if (argument.name == "position" && type.shape.size() == 1 && isI64)
      positionInput = static_cast<int>(i);
    else if (argument.name == "length" && type.shape.size() == 1 && isI64)
      lengthInput = static_cast<int>(i);
    else
      throw Error(MSA_INVALID_ARGUMENT,
                  where + "can not be fed as a stream: its input '" +
                      argument.name +
                      "' is none of tokens (BxS of i32 or i64), position and "
                      "length (B of i64)");
  }
  if (tokensInput < 0)
    throw Error(MSA_INVALID_ARGUMENT,
                where + "can not be fed as a stream: it has no input 'tokens'");
  const TensorType &type = signature->arguments[plan.inputs[tokensInput]].type;
  rows.resize(static_cast<size_t>(type.shape[0]));
  segmentTokens = static_cast<size_t>(type.shape[1]);
  for (int input : {positionInput, lengthInput})
    if (input >= 0 &&
        signature->arguments[plan.inputs[input]].type.shape[0] != type.shape[0])
      throw Error(MSA_INVALID_ARGUMENT,
                  where + "has inputs of different batch sizes");
  if (lengthInput < 0 && rows.size() > 1)
    throw Error(MSA_INVALID_ARGUMENT,
                where + "needs an input 'length' to be fed with more than one "
                        "stream");
  tokens.resize(byteSize(type));
  for (const Result &result : signature->results) {
    outputs.emplace_back((byteSize(result.type) + 7) / 8);
    outputTensors.push_back({static_cast<msa_dtype>(result.type.dtype),
                             static_cast<int32_t>(result.type.shape.size()),
                             result.type.shape.data(), outputs.back().data(),
                             0});
  }
}

void Stream::setPosition(size_t row, int64_t position) {
  rows.at(row).pending.clear();
  rows[row].position = position;
}

void Stream::run(const std::vector<int64_t> &count, uint32_t flags,
                 msa_stream_callback callback, void *context) {
  const LoadedModel::EntryPlan &plan = session.model.entries()[entry];
  const TensorType &type = signature->arguments[plan.inputs[tokensInput]].type;
  positions.assign(rows.size(), 0);
  std::memset(tokens.data(), 0, tokens.size());
  for (size_t r = 0; r < rows.size(); ++r) {
    positions[r] = rows[r].position;
    for (int64_t i = 0; i < count[r]; ++i) {
      size_t at = r * segmentTokens + static_cast<size_t>(i);
      int64_t token = rows[r].pending[static_cast<size_t>(i)];
      if (type.dtype == DType::I64) {
        std::memcpy(tokens.data() + 8 * at, &token, 8);
      } else {
        int32_t narrow = static_cast<int32_t>(token);
        std::memcpy(tokens.data() + 4 * at, &narrow, 4);
      }
    }
  }
  lengths = count;
  std::vector<msa_tensor> inputs(plan.inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    const TensorType &t = signature->arguments[plan.inputs[i]].type;
    void *data = static_cast<int>(i) == tokensInput ? tokens.data()
                 : static_cast<int>(i) == positionInput
                     ? static_cast<void *>(positions.data())
                     : static_cast<void *>(lengths.data());
    inputs[i] = {static_cast<msa_dtype>(t.dtype),
                 static_cast<int32_t>(t.shape.size()), t.shape.data(), data, 0};
  }
  session.step(entry, inputs.data(), inputs.size(), outputTensors.data(),
               outputTensors.size(), flags);
  if (!(flags & MSA_STEP_DISCARD_STATE))
    for (size_t r = 0; r < rows.size(); ++r) {
      auto &pending = rows[r].pending;
      pending.erase(pending.begin(), pending.begin() + count[r]);
      rows[r].position += count[r];
    }
  if (callback)
    callback(context, positions.data(), count.data(), outputTensors.data(),
             outputTensors.size());
}

void Stream::feed(size_t index, const int64_t *data, size_t count,
                  msa_stream_callback callback, void *context) {
  if (index >= rows.size())
    throw Error(MSA_INVALID_ARGUMENT, "the stream has no such row");
  Row &row = rows[index];
  const TensorType &type =
      signature->arguments[session.model.entries()[entry].inputs[tokensInput]]
          .type;
  if (type.dtype == DType::I32)
    for (size_t i = 0; i < count; ++i)
      if (data[i] < std::numeric_limits<int32_t>::min() ||
          data[i] > std::numeric_limits<int32_t>::max())
        throw Error(MSA_INVALID_ARGUMENT, "a token does not fit in 32 bits");
  if (static_cast<uint64_t>(count) >
      static_cast<uint64_t>(std::numeric_limits<int64_t>::max() -
                            row.position) -
          row.pending.size())
    throw Error(MSA_INVALID_ARGUMENT, "the stream's position would overflow");
  std::vector<int64_t> lengths(rows.size(), 0);
  lengths[index] = static_cast<int64_t>(segmentTokens);
  while (count > 0) {
    size_t take = std::min(count, segmentTokens - row.pending.size());
    row.pending.insert(row.pending.end(), data, data + take);
    data += take;
    count -= take;
    if (row.pending.size() == segmentTokens)
      run(lengths, 0, callback, context);
  }
}

void Stream::flush(bool keep, msa_stream_callback callback, void *context) {
  std::vector<int64_t> lengths(rows.size(), 0);
  bool any = false;
  for (size_t r = 0; r < rows.size(); ++r) {
    lengths[r] = static_cast<int64_t>(rows[r].pending.size());
    any |= lengths[r] > 0;
  }
  if (!any)
    return;
  if (lengthInput < 0)
    throw Error(MSA_INVALID_ARGUMENT,
                "entry '" + signature->name +
                    "' has no input 'length': it computes whole segments only");
  run(lengths, keep ? MSA_STEP_DISCARD_STATE : 0, callback, context);
}
