//===- PatternBands.cpp - Rules that are bands of keys --------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A rule of bands, strides, unions and intersections is a union of terms, each
// a band's keys at one stride: unions append, intersections distribute. All
// bands hold the query's own position, so they meet in a band, and those of one
// stride join to one.
//
//===----------------------------------------------------------------------===//

#include "msa/Dialect/MSA/IR/PatternBands.h"

#include <numeric>

using namespace mlir;
using namespace mlir::msa;

/// More terms than this are no bands that are worth a loop each.
static constexpr size_t kMostTerms = 16;

/// Sizes of patterns, so that least common multiples do not overflow.
static constexpr int64_t kMostStride = int64_t(1) << 30;

namespace {
struct Term {
  PatternBand band;
  int64_t stride = 1;
};
} // namespace

using Terms = SmallVector<Term>;

/// The narrower of two bounds; nullopt is no bound.
static std::optional<int64_t> narrower(std::optional<int64_t> a,
                                       std::optional<int64_t> b) {
  if (!a || !b)
    return a ? a : b;
  return std::min(*a, *b);
}
static std::optional<int64_t> wider(std::optional<int64_t> a,
                                    std::optional<int64_t> b) {
  if (!a || !b)
    return std::nullopt;
  return std::max(*a, *b);
}

/// Joins terms of one stride.
static void join(Terms &terms, const Term &term) {
  for (Term &known : terms)
    if (known.stride == term.stride) {
      known.band = {wider(known.band.left, term.band.left),
                    wider(known.band.right, term.band.right)};
      return;
    }
  terms.push_back(term);
}

static std::optional<Terms> termsOf(PatternAttrInterface pattern) {
  if (std::optional<PatternBand> band = pattern.band())
    return Terms{{*band, 1}};
  if (auto strided = dyn_cast<StridedAttr>(pattern)) {
    if (strided.getStride() > kMostStride)
      return std::nullopt;
    return Terms{{PatternBand(), strided.getStride()}};
  }
  auto any = dyn_cast<AnyAttr>(pattern);
  auto all = dyn_cast<AllAttr>(pattern);
  if (!any && !all)
    return std::nullopt;
  Terms result;
  if (all)
    result.push_back({});
  for (Attribute member : any ? any.getMembers() : all.getMembers()) {
    std::optional<Terms> own = termsOf(cast<PatternAttrInterface>(member));
    if (!own)
      return std::nullopt;
    Terms next = any ? result : Terms();
    if (any)
      for (const Term &term : *own)
        join(next, term);
    else
      for (const Term &x : result)
        for (const Term &y : *own) {
          // Positions + 1 are multiples of both.
          int64_t stride = std::lcm(x.stride, y.stride);
          if (stride > kMostStride)
            return std::nullopt;
          join(next, {{narrower(x.band.left, y.band.left),
                       narrower(x.band.right, y.band.right)},
                      stride});
        }
    if (next.size() > kMostTerms)
      return std::nullopt;
    result = std::move(next);
  }
  return result;
}

std::optional<StridedBands> msa::stridedBands(PatternAttrInterface pattern) {
  std::optional<Terms> terms = termsOf(pattern);
  if (!terms)
    return std::nullopt;
  StridedBands result;
  std::optional<PatternBand> strided;
  for (const Term &term : *terms) {
    if (term.stride == 1) {
      result.every = term.band;
    } else if (!strided) {
      strided = term.band;
      result.stride = term.stride;
    } else {
      return std::nullopt; // strides whose keys overlap
    }
  }
  if (!strided)
    return std::nullopt; // a band alone
  if (!result.every) {
    result.strided.push_back(*strided);
    return result;
  }
  // What lies left and right of the other band.
  const PatternBand &every = *result.every;
  if (every.left && (!strided->left || *strided->left > *every.left))
    result.strided.push_back({strided->left, -*every.left - 1});
  if (every.right && (!strided->right || *strided->right > *every.right))
    result.strided.push_back({-*every.right - 1, strided->right});
  return result;
}
