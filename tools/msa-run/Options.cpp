//===- Options.cpp - msa-run's command line -------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"
#include "Tensor.h"

#include <cmath>
#include <functional>
#include <map>

using namespace msa::run;

const char msa::run::kHelp[] = R"(msa-run: run what msa-compile wrote

  msa-run model.msaf --list                      entries, inputs, state
  msa-run model.msaf --input=2x3xf32=1           one step, all inputs filled
  msa-run model.msaf --input=x=@x.npy --output=y=@y.npy
  msa-run model.msaf --input=x=@x.npy --expected-output=y=@y.npy
  msa-run model.msaf --random --benchmark        time of a step
  msa-run model.msaf --stream=book.txt           bytes of a file as tokens

Model
  --entry=NAME             which entry (the only one, or 'segment', by default)
  --device=cpu|cuda|cuda:N where (cpu by default)
  --threads=N              threads on the CPU (all by default)
  --constant=NAME=VALUE    replace a weight

One step. VALUE is @file.npy, 2x3xf32=1 2 3 4 5 6, or one number for all.
  --input=[NAME=]VALUE     by name, or in the order of the entry
  --random                 inputs not given are random instead of an error
  --output=[NAME=]@FILE    write an output; without any, outputs are printed
  --expected-output=[NAME=]VALUE   compare; exit status 1 where it differs
  --tolerance=X            greatest |a-b| / max(|b|, rms b) allowed (1e-5)
  --steps=N                the same inputs N times, state going on
  --state-in=FILE, --state-out=FILE   restore the state before, save it after
                              (of a stream with position and unfinished segment)
  --benchmark[=SECONDS]    median time of a step after warm-up (2 s)
  --json=FILE              what was measured, as JSON

Stream. The entry takes 'tokens' (and 'position', 'length').
  --stream=PATH            a file, or a directory with all files below it
  --suffix=.h,.cpp         of a directory only files that end so
  --limit=N                stop after N bytes (also 2M, 1G)
  --repeat-to=N            go round the input until N tokens were fed
  --report=N               tokens between progress lines
  --csv=FILE, --svg=FILE   tokens/s and memory over the stream
  --check=ORACLE.msaf      run the first segments there too and compare
  --check-segments=N       how many (2)

Exit status: 0 done, 1 a comparison failed, 2 wrong usage or input, 3 the
runtime refused (the message says what to do).
)";

static double number(const std::string &text, const std::string &option) {
  size_t used = 0;
  double x = -1;
  try {
    x = std::stod(text, &used);
  } catch (const std::exception &) {
  }
  if (used < text.size()) {
    char unit = text[used];
    double factor = unit == 'K'   ? 1e3
                    : unit == 'M' ? 1e6
                    : unit == 'G' ? 1e9
                                  : 0;
    if (factor > 0 && used + 1 == text.size()) {
      x *= factor;
      used = text.size();
    }
  }
  if (used != text.size() || !(x >= 0) || !std::isfinite(x) || x > 9e15)
    throw UserError("--" + option + " takes a number, not '" + text + "'");
  return x;
}

Options msa::run::parseOptions(int argc, char **argv) {
  Options o;
  using Handler = std::function<void(const std::string &)>;
  auto text = [](std::string &field) {
    return [&field](const std::string &v) { field = v; };
  };
  auto list = [](std::vector<std::string> &field) {
    return [&field](const std::string &v) { field.push_back(v); };
  };
  auto count = [](int64_t &field, const char *name) {
    return [&field, name](const std::string &v) {
      field = static_cast<int64_t>(number(v, name));
    };
  };
  const std::map<std::string, Handler> valued = {
      {"entry", text(o.entry)},
      {"device", text(o.device)},
      {"threads",
       [&](const std::string &v) {
         o.threads = static_cast<int>(std::min(number(v, "threads"), 4096.0));
       }},
      {"constant", list(o.constants)},
      {"input", list(o.inputs)},
      {"output", list(o.outputs)},
      {"expected-output", list(o.expected)},
      {"tolerance",
       [&](const std::string &v) { o.tolerance = number(v, "tolerance"); }},
      {"steps", count(o.steps, "steps")},
      {"state-in", text(o.stateIn)},
      {"state-out", text(o.stateOut)},
      {"json", text(o.json)},
      {"stream", text(o.stream)},
      {"suffix",
       [&](const std::string &v) {
         for (size_t at = 0; at <= v.size();) {
           size_t end = std::min(v.find(',', at), v.size());
           o.suffixes.push_back(v.substr(at, end - at));
           at = end + 1;
         }
       }},
      {"limit", count(o.limit, "limit")},
      {"repeat-to", count(o.repeatTo, "repeat-to")},
      {"report", count(o.report, "report")},
      {"csv", text(o.csv)},
      {"svg", text(o.svg)},
      {"check", text(o.check)},
      {"check-segments", count(o.checkSegments, "check-segments")},
  };
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    if (word.compare(0, 2, "--") != 0 && word != "-h") {
      if (!o.model.empty())
        throw UserError("one model at a time: '" + o.model + "' and '" + word +
                        "' were given");
      o.model = word;
      continue;
    }
    size_t equals = word.find('=');
    std::string name = word.substr(0, equals);
    name.erase(0, name.find_first_not_of('-'));
    bool hasValue = equals != std::string::npos;
    std::string value = hasValue ? word.substr(equals + 1) : "";
    if (name == "help" || name == "h") {
      o.help = true;
    } else if (name == "list" && !hasValue) {
      o.list = true;
    } else if (name == "random" && !hasValue) {
      o.random = true;
    } else if (name == "benchmark") {
      o.benchmarkSeconds = hasValue ? number(value, name) : 2.0;
      if (o.benchmarkSeconds <= 0)
        throw UserError("--benchmark takes a time above 0");
    } else if (auto it = valued.find(name); it != valued.end()) {
      if (!hasValue) {
        if (i + 1 == argc)
          throw UserError("--" + name + " takes a value");
        value = argv[++i];
      }
      it->second(value);
    } else {
      throw UserError("unknown option '" + word + "'; try --help");
    }
  }
  if (o.model.empty() && !o.help)
    throw UserError("no model given; try --help");
  return o;
}
