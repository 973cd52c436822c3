//===- Hostile.cpp - What makes random modules invalid --------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Hostile.h"

#include <algorithm>
#include <cctype>
#include <cstdio>

using namespace msa_fuzz;

//===----------------------------------------------------------------------===//
// Choices
//===----------------------------------------------------------------------===//

Choices::Choices(Random &random, Kind kind) : r(random), kind(kind) {
  // The rate decides how far a hostile module gets.
  rate = kind == Kind::Hostile ? r.of<int64_t>({12, 40, 150}) : 0;
}

std::string Choices::number(int64_t n) {
  if (!bad())
    return std::to_string(n);
  return r.of<std::string>({"-1", "0", "1", std::to_string(n + 1),
                            std::to_string(n - 1), "2147483647", "2147483648",
                            "4294967296", "1099511627776", "1099511627777",
                            "9223372036854775807", "-9223372036854775808",
                            "18446744073709551616"});
}

std::string Choices::real(double x) {
  if (bad())
    return r.of<std::string>({"0x7FF8000000000000", "0x7FF0000000000000",
                              "0xFFF0000000000000", "-1.0", "0.0", "1.0e308",
                              "1.0e-308", "1.0e999", "1"});
  char text[40];
  std::snprintf(text, sizeof text, "%.6e", x);
  return text;
}

std::string Choices::element(const std::string &e) {
  if (bad())
    return r.of<std::string>({"f16", "bf16", "f32", "f64", "i1", "i8", "i16",
                              "i32", "i64", "i7", "index", "f8E4M3FN", "f80",
                              "tf32", "f128", "complex<f32>", "ui32"});
  return e;
}

std::string Choices::type(Shape shape, const std::string &e) {
  std::string dims;
  if (bad()) {
    switch (r.in(0, 3)) {
    case 0:
      shape.push_back(r.in(1, 3));
      break;
    case 1:
      if (!shape.empty())
        shape.pop_back();
      break;
    case 2:
      shape.insert(shape.begin(), 1);
      break;
    default:
      std::reverse(shape.begin(), shape.end());
      break;
    }
  }
  for (int64_t size : shape) {
    if (bad())
      dims += r.of<std::string>({"0", "1", "?", std::to_string(size + 1),
                                 "2147483647", "2147483648", "1099511627776",
                                 "4611686018427387904"});
    else
      dims += std::to_string(size);
    dims += "x";
  }
  std::string tail = element(e);
  if (bad())
    return r.of<std::string>({"memref<" + dims + tail + ">",
                              "tensor<*x" + tail + ">",
                              "tensor<" + dims + tail + ", \"e\">", tail,
                              "vector<" + dims + tail + ">"});
  return "tensor<" + dims + tail + ">";
}

//===----------------------------------------------------------------------===//
// Damage
//===----------------------------------------------------------------------===//

/// Names, words, numbers (also those within shapes) and single characters.
static std::vector<std::string> tokens(const std::string &text) {
  auto isDigit = [](char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
  };
  auto isLetter = [](char c) {
    return std::isalpha(static_cast<unsigned char>(c)) || c == '_' || c == '.';
  };
  auto isSigil = [](char c) { return c == '%' || c == '#' || c == '@'; };
  std::vector<std::string> result;
  for (size_t i = 0; i < text.size();) {
    char c = text[i];
    size_t end = i + 1;
    while (end < text.size() &&
           (isSigil(c)    ? isLetter(text[end]) || isDigit(text[end])
            : isDigit(c)  ? isDigit(text[end])
            : isLetter(c) ? isLetter(text[end])
                          : false))
      ++end;
    result.push_back(text.substr(i, end - i));
    i = end;
  }
  return result;
}

std::string msa_fuzz::damage(Random &r, const std::string &text) {
  std::vector<std::string> list = tokens(text);
  auto any = [&] { return static_cast<size_t>(r.in(0, list.size() - 1)); };
  // Blanks say nothing.
  auto word = [&] {
    size_t at = any();
    for (int n = 0;
         n < 20 && std::isspace(static_cast<unsigned char>(list[at][0])); ++n)
      at = any();
    return at;
  };
  auto kindOf = [](const std::string &t) {
    char c = t[0];
    return c == '%' || c == '#' || c == '@'              ? c
           : std::isdigit(static_cast<unsigned char>(c)) ? '0'
           : std::isalpha(static_cast<unsigned char>(c)) ? 'a'
                                                         : c;
  };
  // Another token of the same kind: what still parses goes deeper.
  auto alike = [&](const std::string &t) {
    if (kindOf(t) == '0' && r.oneIn(2))
      return r.of<std::string>({"0", "1", "2", "3", "7", "16", "32", "64", "65",
                                "2147483647", "2147483648"});
    for (int n = 0; n < 100; ++n)
      if (const std::string &other = list[word()]; kindOf(other) == kindOf(t))
        return other;
    return t;
  };
  for (int64_t n = r.of<int64_t>({1, 1, 1, 2, 4}); n > 0; --n) {
    size_t at = word();
    switch (r.in(0, 12)) {
    case 6:
    case 7:
    case 8: // everywhere, so that types still agree
    {
      std::string from = list[at], to = alike(from);
      std::replace(list.begin(), list.end(), from, to);
      break;
    }
    case 9:
    case 10:
    case 11:
    case 12:
      list[at] = alike(list[at]);
      break;
    case 0:
      list.erase(list.begin() + static_cast<long>(at));
      break;
    case 1:
      list.insert(list.begin() + static_cast<long>(at), list[at]);
      break;
    case 2:
      list[at] = list[word()];
      break;
    case 3:
      std::swap(list[at], list[word()]);
      break;
    case 4: { // a digit or a letter
      std::string &t = list[at];
      t[r.in(0, t.size() - 1)] = "0123456789x?-<>abfz%#"[r.in(0, 20)];
      break;
    }
    default:
      list[at] = r.of<std::string>({"0",
                                    "-1",
                                    "2147483648",
                                    "9223372036854775807",
                                    "?",
                                    "*",
                                    "f16",
                                    "f64",
                                    "i1",
                                    "index",
                                    "dense<0>",
                                    "#msa.any<#msa.full>",
                                    "{",
                                    "}",
                                    "<",
                                    ">",
                                    "unit",
                                    "none",
                                    "()",
                                    "\"\"",
                                    "loc(unknown)",
                                    "#msa.document",
                                    "#msa.blocks<4>",
                                    "true"});
      break;
    }
    if (list.empty())
      break;
  }
  std::string result;
  for (const std::string &t : list)
    result += t;
  return result;
}
