//===- StreamInput.cpp - Bytes of files as tokens -------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StreamInput.h"
#include "Tensor.h"

#include <algorithm>
#include <filesystem>

using namespace msa::run;
namespace fs = std::filesystem;

static bool endsWith(const std::string &text, const std::string &suffix) {
  return text.size() >= suffix.size() &&
         text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0;
}

StreamInput::StreamInput(const Options &options) {
  std::error_code error;
  int64_t size = 0;
  auto add = [&](const fs::path &path) {
    auto bytes = fs::file_size(path, error);
    if (error || bytes == 0)
      return;
    paths.push_back(path.string());
    size += static_cast<int64_t>(bytes);
  };
  if (fs::is_directory(options.stream, error)) {
    for (fs::recursive_directory_iterator
             it(options.stream, fs::directory_options::skip_permission_denied,
                error),
         end;
         it != end; it.increment(error)) {
      if (error)
        break;
      std::error_code ignored;
      if (!it->is_regular_file(ignored))
        continue;
      std::string path = it->path().string();
      if (options.suffixes.empty() ||
          std::any_of(options.suffixes.begin(), options.suffixes.end(),
                      [&](const std::string &s) { return endsWith(path, s); }))
        add(it->path());
    }
    std::sort(paths.begin(), paths.end());
  } else {
    add(options.stream);
  }
  if (paths.empty())
    throw UserError("'" + options.stream + "' holds nothing to stream");
  limit = options.limit > 0 ? std::min(options.limit, size) : size;
  goal = std::max(limit, options.repeatTo);
}

size_t StreamInput::read(int64_t *tokens, size_t capacity) {
  for (;;) {
    int64_t left = std::min(goal - done, limit - round);
    if (goal - done <= 0)
      return 0;
    if (left <= 0) { // round again, from the first file
      round = 0;
      next = 0;
      file.close();
      continue;
    }
    if (!file.is_open()) {
      if (next == paths.size()) {
        // A file shrank since it was measured: what is there counts.
        if (round == 0)
          return 0;
        limit = round;
        goal = std::max(done, goal == limit ? done : goal);
        continue;
      }
      file.clear();
      file.open(paths[next++], std::ios::binary);
      if (!file) {
        file.close();
        continue;
      }
    }
    bytes.resize(std::min(capacity, static_cast<size_t>(left)));
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    auto count = static_cast<size_t>(file.gcount());
    if (count == 0) {
      file.close();
      continue;
    }
    for (size_t i = 0; i < count; ++i)
      tokens[i] = static_cast<unsigned char>(bytes[i]);
    done += static_cast<int64_t>(count);
    round += static_cast<int64_t>(count);
    return count;
  }
}
