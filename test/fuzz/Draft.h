//===- Draft.h - What random modules are made of ----------------*- C++ -*-===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MSA_TEST_FUZZ_DRAFT_H
#define MSA_TEST_FUZZ_DRAFT_H

#include "Hostile.h"

#include <map>

namespace msa_fuzz {

struct Pattern {
  std::string text;
  bool documents = false, blocks = false, isFull = false, head = false;
  int64_t draws = 0, lists = 0; ///< Comparisons, and members that read lists.
};

/// A function in the making: its values, the module's sizes, and attributes.
class Draft : protected Choices {
protected:
  using Choices::Choices;

  //===--- Values ---------------------------------------------------------===//
  struct Value {
    std::string name, type;
    bool dead = false; ///< Was state and has been updated.
    bool returned = false;
    int argument = -1;
  };
  struct Argument {
    std::string name, type, state;
  };
  std::vector<Value> values;
  std::vector<Argument> arguments;
  std::vector<std::string> body, yielded, yieldedTypes, yieldedAttrs;
  int counter = 0;

  std::string fresh(const std::string &stem) {
    return "%" + stem + std::to_string(counter++);
  }
  int argument(const std::string &type) {
    std::string name = fresh("a");
    values.push_back(
        {name, type, false, false, static_cast<int>(arguments.size())});
    arguments.push_back({name, type, ""});
    return static_cast<int>(values.size()) - 1;
  }
  /// Some value of the type, an argument where there is none.
  int pick(const std::string &type, int other = -1) {
    std::vector<int> found;
    for (int i = 0; i < static_cast<int>(values.size()); ++i)
      if (values[i].type == type && !values[i].dead && i != other)
        found.push_back(i);
    if (rate && r.oneIn(10)) // used up
      for (int i = 0; i < static_cast<int>(values.size()); ++i)
        if (values[i].type == type && (values[i].dead || i == other))
          return i;
    if (bad() && !values.empty()) // of another type
      return static_cast<int>(r.in(0, values.size() - 1));
    if (found.empty() || r.oneIn(3))
      return argument(type);
    return found[r.in(0, found.size() - 1)];
  }
  std::string use(const std::string &type) { return values[pick(type)].name; }
  void define(const std::string &name, const std::string &type) {
    values.push_back({name, type});
  }
  /// State to be updated: dies, and may be the session's.
  int state(const std::string &type) {
    int i = pick(type);
    if (!bad())
      values[i].dead = true;
    return i;
  }
  void updated(int old, const std::string &name, const std::string &type) {
    define(name, type);
    int argument = values[old].argument;
    if (argument < 0 || !arguments[argument].state.empty() || r.oneIn(3))
      return;
    std::string attr = "msa.state = \"s" + std::to_string(argument) + "\"";
    arguments[argument].state = attr;
    if (bad())
      return;
    // The session keeps it: nobody may update it again.
    values.back().dead = true;
    values.back().returned = true;
    yielded.push_back(name);
    yieldedTypes.push_back(type);
    yieldedAttrs.push_back(attr);
  }
  std::string scalar(const std::string &type) {
    std::string name = fresh("x");
    if (type == "i1" || r.oneIn(2)) {
      body.push_back(name + " = arith.constant " +
                     (type == "i1" ? std::string(r.oneIn(2) ? "true" : "false")
                      : type == "index" ? std::to_string(r.in(0, 5))
                                        : std::string("0.5")) +
                     (type == "i1" ? "" : " : " + type));
      return name;
    }
    std::string zero = fresh("z");
    body.push_back(zero + " = arith.constant 0 : index");
    if (type == "index") {
      std::string t = this->type({2}, "i64"), wide = fresh("w");
      body.push_back(wide + " = tensor.extract " + use(t) + "[" + zero +
                     "] : " + t);
      body.push_back(name + " = arith.index_cast " + wide + " : i64 to index");
      return name;
    }
    std::string t = this->type({2}, type);
    body.push_back(name + " = tensor.extract " + use(t) + "[" + zero +
                   "] : " + t);
    return name;
  }

  //===--- Sizes of the module --------------------------------------------===//
  int64_t batch, heads, group, queries, keys, window, slots, dim, valueDim,
      block;
  std::string f, wide;

  int64_t size(int64_t most) {
    if (kind == Kind::Huge && r.oneIn(4))
      return r.of<int64_t>(
          {2147483647, 2147483646, 16777216, 16777217, 1 << 20, 1048577});
    return r.oneIn(4) ? r.of<int64_t>({1, 2, 3, 4, 8, 16}) : r.in(1, most);
  }
  int64_t parameter(int64_t small) {
    if (kind != Kind::Valid || r.oneIn(5))
      return r.of<int64_t>(
          {1, 2, 64, 2147483647, 2147483648, 1099511627775, 1099511627776});
    return r.in(1, small);
  }
  void sizes() {
    f = r.of<std::string>({"f32", "f32", "f16", "bf16", "f64"});
    wide = f == "f64" ? "f64" : "f32";
    batch = kind == Kind::Huge ? size(2) : r.in(1, 2);
    heads = kind == Kind::Huge ? size(2) : r.in(1, 3);
    group = r.in(1, 2);
    queries = size(70);
    keys = r.oneIn(3) ? queries : size(70);
    window = size(70);
    slots = size(20);
    dim = r.oneIn(2) ? r.of<int64_t>({1, 2, 8, 16, 64}) : size(20);
    valueDim = r.oneIn(2) ? dim : size(20);
    block = r.oneIn(8) ? 1 << 20 : r.in(1, 16);
    // One tensor holds fewer than 2^47 elements.
    auto shrink = [&](std::vector<int64_t *> sizes) {
      double product = 1;
      for (int64_t *s : sizes) {
        if (product * static_cast<double>(*s) > 0x1p46)
          *s = 1;
        product *= static_cast<double>(*s);
      }
    };
    int64_t rows = window;
    for (int64_t *n : {&queries, &keys, &window, &slots}) {
      rows = *n;
      shrink({n, &batch, &heads, &dim});
      shrink({n, &batch, &heads, &valueDim});
    }
    (void)rows;
    if (heads * group > 2147483647)
      heads = 1;
    if (window + keys > 2147483647)
      window = 1;
  }

  //===--- Attributes -----------------------------------------------------===//
  Pattern leaf(int k) {
    auto n = [&](int64_t small) { return number(parameter(small)); };
    switch (k) {
    case 0:
      return {"#msa.full", false, false, true, false};
    case 1:
    case 2:
      return {"#msa.causal"};
    case 3: {
      std::string text =
          "#msa.window<left = " + (r.oneIn(9) ? number(0) : n(40));
      if (r.oneIn(2))
        text += ", right = " + n(20);
      if (r.oneIn(3))
        text += ", dilation = " + n(5);
      return {text + ">"};
    }
    case 4:
      return {"#msa.strided<" + n(20) + ">"};
    case 5:
      return {"#msa.global<" + n(20) + ">"};
    case 6:
      return {"#msa.random<count = " + number(r.oneIn(9) ? 48 : r.in(1, 3)) +
                  ", size = " + n(20) + ", span = " + n(5) +
                  (r.oneIn(2) ? ", seed = " + number(r.in(-9, 9)) : "") + ">",
              false,
              false,
              false,
              true,
              48};
    case 7:
      return {"#msa.document", true};
    default:
      return {"#msa.blocks<" + number(block) + ">",
              false,
              true,
              false,
              false,
              0,
              1};
    }
  }
  Pattern pattern(int depth) {
    if (bad())
      return {r.of<std::string>({"#msa.any<>", "#msa.all<>", "#msa.window",
                                 "#msa.gru", "unit", "#msa.nothing",
                                 "#msa.any<3 : i64>", "#msa.causal<>",
                                 "#msa.window<right = 1>"})};
    if (depth == 0 || r.oneIn(2))
      return leaf(static_cast<int>(r.in(0, 8)));
    bool isUnion = r.oneIn(2);
    Pattern result;
    bool allFull = true;
    std::string text;
    for (int64_t n = r.in(1, r.oneIn(20) ? 12 : 4); n > 0; --n) {
      Pattern p = pattern(depth - 1);
      text += (text.empty() ? "" : ", ") + p.text;
      result.documents |= p.documents;
      result.blocks |= p.blocks;
      result.head |= p.head;
      result.draws += p.draws + 1;
      result.lists += p.lists;
      // A union with everything is everything and reads nothing.
      if (isUnion && p.isFull)
        result.isFull = true;
      allFull &= p.isFull;
    }
    if (result.isFull)
      result.documents = result.blocks = result.head = false;
    result.isFull |= allFull;
    result.text = (isUnion ? "#msa.any<" : "#msa.all<") + text + ">";
    return result;
  }
  std::string scoreRegion() {
    std::string s = wide, text = "{\n  ^bb0(%s: " + s +
                                 ", %b: index, %h: index, %i: index, %j: "
                                 "index):\n";
    if (bad())
      return r.of<std::string>(
          {"{}", "{\n  ^bb0(%s: " + s + "):\n    msa.yield %s : " + s + "\n  }",
           text + "    msa.yield %i : index\n  }",
           text + "    \"func.return\"() : () -> ()\n  }",
           text + "    cf.br ^bb1\n  ^bb1:\n    msa.yield %s : " + s + "\n  }",
           text +
               "    %m = memref.alloc() : memref<4xf32>\n    msa.yield %s : " +
               s + "\n  }",
           text +
               "    %e = tensor.empty() : tensor<4xf32>\n    msa.yield %s : " +
               s + "\n  }",
           text + "    %u = \"unknown.op\"() : () -> " + s +
               "\n    msa.yield %u : " + s + "\n  }"});
    switch (r.in(0, 4)) {
    case 0:
      text += "    %y = math.tanh %s : " + s + "\n";
      break;
    case 1:
      text += "    %d = arith.subi %j, %i : index\n"
              "    %e = arith.index_cast %d : index to i64\n"
              "    %x = arith.sitofp %e : i64 to " +
              s +
              "\n"
              "    %g = arith.constant " +
              real(0.03125) + " : " + s +
              "\n"
              "    %w = arith.mulf %x, %g : " +
              s +
              "\n"
              "    %y = arith.addf %s, %w : " +
              s + "\n";
      break;
    case 2:
      text += "    %c = arith.cmpi " + r.of<std::string>({"slt", "eq", "uge"}) +
              ", %i, %j : index\n"
              "    %z = arith.constant 0xFF800000 : f32\n"
              "    %y = arith.select %c, %s, %s : " +
              s + "\n";
      break;
    case 3:
      text += "    %t = arith.truncf %s : " + s +
              " to f16\n"
              "    %y = arith.extf %t : f16 to " +
              s + "\n";
      break;
    default:
      text += "    %p = arith.addi %b, %h : index\n"
              "    %q = arith.remsi %p, %j : index\n"
              "    %e = arith.index_cast %q : index to i64\n"
              "    %x = arith.uitofp %e : i64 to " +
              s +
              "\n"
              "    %y = math.powf %s, %x : " +
              s + "\n";
      break;
    }
    return text + "    msa.yield %y : " + s + "\n  }";
  }
};

} // namespace msa_fuzz

#endif // MSA_TEST_FUZZ_DRAFT_H
