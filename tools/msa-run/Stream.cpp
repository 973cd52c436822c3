//===- Stream.cpp - Streaming files through a model -----------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Runtime.h"
#include "StreamInput.h"
#include "StreamReport.h"
#include "Tensor.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>

using namespace msa::run;
using Clock = std::chrono::steady_clock;

static double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

namespace {

/// Prediction loss of a model that has an output 'logits' (B x S x vocabulary):
/// row i of it predicts token i + 1. Every eighth row is looked at, so that
/// looking costs little beside the model.
struct Loss {
  static constexpr int64_t kStride = 8;
  double sum = 0;
  int64_t count = 0;
  std::vector<int64_t> tokens; ///< Of the running segment.

  void add(const msa_tensor &logits, int64_t length) {
    int64_t vocabulary = logits.shape[2];
    auto *row = static_cast<const float *>(logits.data);
    for (int64_t i = 0; i + 1 < length;
         i += kStride, row += kStride * vocabulary) {
      float most = row[0];
      for (int64_t v = 1; v < vocabulary; ++v)
        most = std::max(most, row[v]);
      float total = 0;
      for (int64_t v = 0; v < vocabulary; ++v)
        total += std::exp(row[v] - most);
      int64_t target = tokens[static_cast<size_t>(i) + 1];
      if (target < 0 || target >= vocabulary)
        continue;
      sum += (std::log(total) + most - row[target]) / std::log(2.0);
      ++count;
    }
  }
  double take() {
    double value = count ? sum / static_cast<double>(count) : NAN;
    sum = 0;
    count = 0;
    return value;
  }
};

/// The first segments on two models.
struct Recorder {
  int64_t wanted = 0;
  std::vector<std::vector<Tensor>> segments;
  int logits = -1;
  Loss loss;
  int64_t computed = 0;

  void record(const int64_t *lengths, const msa_tensor *outputs, size_t count) {
    computed += lengths[0];
    if (logits >= 0) {
      loss.add(outputs[logits], lengths[0]);
      loss.tokens.erase(loss.tokens.begin(), loss.tokens.begin() + lengths[0]);
    }
    if (static_cast<int64_t>(segments.size()) >= wanted)
      return;
    segments.emplace_back();
    for (size_t i = 0; i < count; ++i) {
      msa_tensor_info info{"", outputs[i].dtype, outputs[i].rank,
                           outputs[i].shape, 0};
      Tensor tensor = zeros(info);
      tensor.data.resize(static_cast<size_t>(tensor.elements()) *
                         msa_dtype_size(tensor.dtype));
      std::memcpy(tensor.data.data(), outputs[i].data, tensor.data.size());
      segments.back().push_back(std::move(tensor));
    }
  }
  static void callback(void *self, const int64_t *, const int64_t *lengths,
                       const msa_tensor *outputs, size_t count) {
    static_cast<Recorder *>(self)->record(lengths, outputs, count);
  }
};

Stream newStream(const Session &session, size_t entry) {
  msa_stream *stream = nullptr;
  check(msa_stream_create(session.get(), entry, &stream));
  return Stream(stream);
}

} // namespace

/// Runs the first segments on the oracle, which is CPU code, and compares.
/// Returns whether they agree.
static bool checkAgainst(const Options &options, const Recorder &ours) {
  Options onCpu = options;
  onCpu.device = "cpu";
  Device device = openDevice(onCpu);
  Model model = loadModel(device, options.check);
  Session session = newSession(model);
  Stream stream = newStream(session, chooseEntry(model, options));
  Recorder theirs;
  theirs.wanted = static_cast<int64_t>(ours.segments.size());
  Options few = options;
  int64_t segment = static_cast<int64_t>(msa_stream_segment(stream.get()));
  few.limit = segment * theirs.wanted;
  few.repeatTo = 0;
  StreamInput input(few);
  std::vector<int64_t> tokens(65536);
  while (size_t count = input.read(tokens.data(), tokens.size()))
    check(msa_stream_feed(stream.get(), 0, tokens.data(), count,
                          Recorder::callback, &theirs));
  check(msa_stream_flush(stream.get(), 0, Recorder::callback, &theirs));
  double worst = 0;
  for (size_t i = 0; i < ours.segments.size() && i < theirs.segments.size();
       ++i)
    for (size_t k = 0; k < ours.segments[i].size(); ++k)
      worst = std::max(
          worst, compare(ours.segments[i][k], theirs.segments[i][k]).relative);
  bool good = !ours.segments.empty() &&
              theirs.segments.size() == ours.segments.size() &&
              worst <= options.tolerance;
  std::printf("%s: first %zu segments against %s: greatest relative error %.3g "
              "(tolerance %.3g)\n",
              good ? "ok" : "FAILED", ours.segments.size(),
              options.check.c_str(), worst, options.tolerance);
  return good;
}

int msa::run::stream(const Options &options) {
  StreamInput input(options);
  Device device = openDevice(options);
  Model model = loadModel(device, options.model);
  size_t entry = chooseEntry(model, options);
  Session session = newSession(model);
  Stream stream = newStream(session, entry);
  if (!options.stateIn.empty()) {
    std::string bytes = readFile(options.stateIn);
    check(msa_stream_import(stream.get(), bytes.data(), bytes.size()));
  }
  if (msa_stream_rows(stream.get()) != 1)
    throw UserError("--stream feeds one stream; the model has a batch of " +
                    std::to_string(msa_stream_rows(stream.get())));
  Recorder recorder;
  // Tokens of a restored segment are unknown here: nothing is predicted of
  // them.
  recorder.loss.tokens.assign(msa_stream_pending(stream.get(), 0), -1);
  recorder.wanted = options.check.empty() ? 0 : options.checkSegments;
  for (size_t i = 0; i < msa_model_output_count(model.get(), entry); ++i) {
    msa_tensor_info info;
    check(msa_model_output(model.get(), entry, i, &info));
    if (std::strcmp(info.name, "logits") == 0 && info.rank == 3 &&
        info.dtype == MSA_F32)
      recorder.logits = static_cast<int>(i);
  }
  std::printf("%s on %s\n%zu files, %.1f million tokens, segments of %zu, %.2f "
              "MiB of state\n",
              options.model.c_str(), msa_device_name(device.get()),
              input.files(), static_cast<double>(input.total()) / 1e6,
              msa_stream_segment(stream.get()),
              static_cast<double>(msa_model_session_bytes(model.get())) /
                  (1024.0 * 1024.0));
  int64_t every = options.report > 0 ? options.report
                                     : std::max<int64_t>(input.total() / 20, 1);
  std::printf("%12s %6s %11s %9s %10s %10s %11s\n", "tokens", "done",
              "tokens/s", "RSS MiB", "bits/byte", "bank moved", "slots kept");
  StreamReport report;
  BankWatch bank(model, session);
  std::vector<int64_t> tokens(65536);
  int64_t reported = 0;
  auto start = Clock::now(), lap = start;
  double idle = 0; // time spent on looking, not on streaming
  auto sample = [&] {
    double seconds = secondsSince(lap);
    auto looking = Clock::now();
    StreamReport::Sample s;
    s.tokens = recorder.computed;
    s.tokensPerSecond =
        static_cast<double>(recorder.computed - reported) / seconds;
    s.bank = bank.look();
    s.bits = recorder.loss.take();
    s.rss = residentBytes();
    report.add(s);
    std::printf("%12lld %5.1f%% %11.0f %9.1f %10.3f %10.3g %10.1f%%\n",
                static_cast<long long>(s.tokens),
                100.0 * static_cast<double>(s.tokens) /
                    static_cast<double>(input.total()),
                s.tokensPerSecond,
                static_cast<double>(s.rss) / (1024.0 * 1024.0), s.bits,
                s.bank.relative, 100 * s.bank.kept);
    std::fflush(stdout);
    reported = recorder.computed;
    idle += secondsSince(looking);
    lap = Clock::now();
  };
  size_t piece = std::min<size_t>(tokens.size(), std::max<int64_t>(every, 1));
  while (size_t count = input.read(tokens.data(), piece)) {
    if (recorder.logits >= 0)
      recorder.loss.tokens.insert(recorder.loss.tokens.end(), tokens.begin(),
                                  tokens.begin() + static_cast<long>(count));
    check(msa_stream_feed(stream.get(), 0, tokens.data(), count,
                          Recorder::callback, &recorder));
    if (recorder.computed - reported >= every)
      sample();
  }
  // A stream that is to go on keeps its unfinished segment.
  check(msa_stream_flush(stream.get(), !options.stateOut.empty(),
                         Recorder::callback, &recorder));
  // The end of a segment says nothing about speed, unless it is all there was.
  if (recorder.computed - reported >= every / 2 || report.all().empty())
    sample();
  double seconds = secondsSince(start) - idle;
  std::printf("%lld tokens in %.1f s: %.0f tokens/s\n",
              static_cast<long long>(recorder.computed), seconds,
              static_cast<double>(recorder.computed) / seconds);
  if (!options.stateOut.empty())
    writeAside(options.stateOut, [&](void *data, size_t capacity, size_t *n) {
      check(msa_stream_export(stream.get(), data, capacity, n));
    });
  if (!options.csv.empty())
    report.writeCsv(options.csv);
  if (!options.svg.empty())
    report.writeSvg(options.svg, "One stream, constant memory");
  if (!options.check.empty() && !checkAgainst(options, recorder))
    return 1;
  return 0;
}
