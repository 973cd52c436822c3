//===- StreamReport.cpp - What a stream did over time ---------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StreamReport.h"
#include "Tensor.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <sstream>
#include <unistd.h>

using namespace msa::run;

int64_t msa::run::residentBytes() {
  std::ifstream file("/proc/self/statm");
  int64_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

BankWatch::BankWatch(const Model &model, const Session &session)
    : session(session) {
  for (size_t i = 0; i < msa_model_state_count(model.get()); ++i) {
    Bank bank;
    bank.state = i;
    check(msa_model_state(model.get(), i, &bank.info));
    if (!std::strstr(bank.info.name, "bank"))
      continue;
    bank.content.resize(bank.info.bytes);
    check(msa_session_get_state(session.get(), i, bank.content.data(),
                                bank.content.size()));
    banks.push_back(std::move(bank));
  }
}

BankWatch::Movement BankWatch::look() {
  double moved = 0, norm = 0;
  int64_t kept = 0, slots = 0;
  for (Bank &bank : banks) {
    Tensor before = zeros(bank.info), now = zeros(bank.info);
    before.data = bank.content;
    check(msa_session_get_state(session.get(), bank.state, now.data.data(),
                                now.data.size()));
    int64_t n = now.elements();
    for (int64_t i = 0; i < n; ++i) {
      double a = before.at(i), b = now.at(i);
      moved += (a - b) * (a - b);
      norm += b * b;
    }
    size_t row = static_cast<size_t>(now.shape.empty() ? 1 : now.shape.back()) *
                 msa_dtype_size(now.dtype);
    for (size_t at = 0; at < now.data.size(); at += row) {
      kept += std::memcmp(&now.data[at], &before.data[at], row) == 0;
      ++slots;
    }
    bank.content.swap(now.data);
  }
  return {moved > 0 ? std::sqrt(moved / std::max(norm, moved * 1e-12)) : 0,
          slots ? static_cast<double>(kept) / static_cast<double>(slots) : 1};
}

void StreamReport::writeCsv(const std::string &path) const {
  std::ofstream os(path);
  os << "tokens,tokens_per_s,rss_bytes,bits_per_byte,bank_moved,slots_kept\n";
  for (const Sample &s : samples)
    os << s.tokens << "," << s.tokensPerSecond << "," << s.rss << "," << s.bits
       << "," << s.bank.relative << "," << s.bank.kept << "\n";
  os.close();
  if (!os)
    throw UserError("can not write '" + path + "'");
}

namespace {
/// One panel of the picture: a line with its axis.
struct Panel {
  const char *label;
  double top, scale; ///< Position; values are divided by scale for labels.
  std::vector<double> values;
};
} // namespace

static constexpr double kLeft = 90, kWidth = 560, kHeight = 130;

/// The least of 1, 2, 2.5, 5, 10 times a power of ten that is not below x.
static double niceStep(double x) {
  if (!(x > 0))
    return 1;
  double power = std::pow(10.0, std::floor(std::log10(x)));
  for (double step : {1.0, 2.0, 2.5, 5.0})
    if (step * power >= x)
      return step * power;
  return 10 * power;
}

static void draw(std::ostream &os, const Panel &panel,
                 const std::vector<double> &x, double xMax) {
  double most = 0;
  for (double v : panel.values)
    most = std::max(most, v);
  most = 4 * panel.scale * niceStep(most * 1.05 / panel.scale / 4);
  auto y = [&](double v) { return panel.top + kHeight * (1 - v / most); };
  os << "<rect x='" << kLeft << "' y='" << panel.top << "' width='" << kWidth
     << "' height='" << kHeight << "' fill='none' stroke='#bbb'/>\n";
  for (int i = 0; i <= 4; ++i) {
    double v = most * i / 4;
    os << "<text x='" << kLeft - 8 << "' y='" << y(v) + 4
       << "' text-anchor='end'>" << std::round(10 * v / panel.scale) / 10
       << "</text>\n";
    if (i > 0 && i < 4)
      os << "<line x1='" << kLeft << "' x2='" << kLeft + kWidth << "' y1='"
         << y(v) << "' y2='" << y(v) << "' stroke='#eee'/>\n";
  }
  os << "<text x='" << kLeft << "' y='" << panel.top - 8 << "'>" << panel.label
     << "</text>\n<polyline fill='none' stroke='#1f5fa8' stroke-width='2' "
        "points='";
  for (size_t i = 0; i < x.size(); ++i)
    os << kLeft + kWidth * x[i] / xMax << "," << y(panel.values[i]) << " ";
  os << "'/>\n";
}

void StreamReport::writeSvg(const std::string &path,
                            const std::string &title) const {
  std::ofstream os(path);
  Panel speed{"tokens per second (thousands)", 60, 1e3, {}};
  Panel memory{"resident memory (MiB)", 240, 1024.0 * 1024.0, {}};
  std::vector<double> x;
  for (const Sample &s : samples) {
    x.push_back(static_cast<double>(s.tokens));
    speed.values.push_back(s.tokensPerSecond);
    memory.values.push_back(static_cast<double>(s.rss));
  }
  double xMax = x.empty() ? 1 : x.back();
  os << "<svg xmlns='http://www.w3.org/2000/svg' width='690' height='430' "
        "font-family='sans-serif' font-size='12'>\n"
     << "<rect width='690' height='430' fill='white'/>\n<text x='" << kLeft
     << "' y='24' font-size='15'>" << title << "</text>\n";
  draw(os, speed, x, xMax);
  draw(os, memory, x, xMax);
  for (int i = 0; i <= 4; ++i)
    os << "<text x='" << kLeft + kWidth * i / 4
       << "' y='390' "
          "text-anchor='middle'>"
       << std::round(xMax * i / 4 / 1e4) / 100 << "</text>\n";
  os << "<text x='" << kLeft + kWidth / 2
     << "' y='412' text-anchor='middle'>millions of tokens</text>\n</svg>\n";
  os.close();
  if (!os)
    throw UserError("can not write '" + path + "'");
}
