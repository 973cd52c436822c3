//===- Generate.cpp - Random modules of the msa dialect -------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Knows the grammar and the rules of every op. Each choice goes through a
// function that may spoil it, so that a hostile module breaks one or two rules
// and keeps all others: that is what gets past the first check of a verifier.
//
//===----------------------------------------------------------------------===//

#include "Generate.h"

#include "Random.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <map>
#include <vector>

using namespace msa_fuzz;

namespace {

using Shape = std::vector<int64_t>;

struct Pattern {
  std::string text;
  bool documents = false, blocks = false, isFull = false, head = false;
  int64_t draws = 0, lists = 0; ///< Comparisons, and members that read lists.
};

class Generator {
public:
  Generator(Random &random, Kind kind) : r(random), kind(kind) {
    // The rate decides how far a hostile module gets.
    rate = kind == Kind::Hostile ? r.of<int64_t>({12, 40, 150}) : 0;
  }
  std::string module();

private:
  Random &r;
  Kind kind;
  int64_t rate = 0; ///< One choice in so many is spoiled; 0: none.

  //===--- Choices that may be spoiled ------------------------------------===//
  bool bad() { return rate && r.oneIn(rate); }

  std::string number(int64_t n) {
    if (!bad())
      return std::to_string(n);
    return r.of<std::string>({"-1", "0", "1", std::to_string(n + 1),
                              std::to_string(n - 1), "2147483647", "2147483648",
                              "4294967296", "1099511627776", "1099511627777",
                              "9223372036854775807", "-9223372036854775808",
                              "18446744073709551616"});
  }
  std::string real(double x) {
    if (bad())
      return r.of<std::string>({"0x7FF8000000000000", "0x7FF0000000000000",
                                "0xFFF0000000000000", "-1.0", "0.0", "1.0e308",
                                "1.0e-308", "1.0e999", "1"});
    char text[40];
    std::snprintf(text, sizeof text, "%.6e", x);
    return text;
  }
  std::string element(const std::string &e) {
    if (bad())
      return r.of<std::string>({"f16", "bf16", "f32", "f64", "i1", "i8", "i16",
                                "i32", "i64", "i7", "index", "f8E4M3FN", "f80",
                                "tf32", "f128", "complex<f32>", "ui32"});
    return e;
  }
  std::string type(Shape shape, const std::string &e) {
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

  //===--- Ops ------------------------------------------------------------===//
  /// ` name(%x, %y : tx, ty)`.
  std::string group1(const std::string &name, const std::string &t) {
    return " " + name + "(" + use(t) + " : " + t + ")";
  }
  std::string pair(const std::string &name, const std::string &a,
                   const std::string &b) {
    std::string x = use(a), y = use(b);
    return " " + name + "(" + x + ", " + y + " : " + a + ", " + b + ")";
  }

  void attend() {
    std::string q = type({batch, heads * group, queries, dim}, f);
    std::string k = type({batch, heads, keys, dim}, f);
    std::string v = type({batch, heads, keys, valueDim}, f);
    std::string x = use(q), y = use(k), z = use(v);
    std::string text = "msa.attend ins(" + x + ", " + y + ", " + z + " : " + q +
                       ", " + k + ", " + v + ")";
    int64_t carried = 0;
    if (r.oneIn(2)) {
      carried = window;
      text += pair("window", type({batch, heads, window, dim}, f),
                   type({batch, heads, window, valueDim}, f));
    }
    if (r.oneIn(2)) {
      text += pair("bank", type({batch, heads, slots, dim}, f),
                   type({batch, heads, slots, valueDim}, f));
      if (r.oneIn(2))
        text += group1("bias", type({heads * group}, "f32"));
    } else if (bad()) {
      text += group1("bias", type({heads * group}, "f32"));
    }
    if (r.oneIn(2))
      text += group1("position", type({batch}, "i64"));
    if (r.oneIn(3))
      text += group1("length", type({batch}, "i64"));
    bool offset = r.oneIn(3);
    if (offset)
      text += group1("offset", type({batch}, "i64"));
    Pattern p = pattern(3);
    if (p.draws > 400 && !bad())
      p = {"#msa.causal"};
    if (p.documents != bad())
      text += group1("documents", type({batch, carried + keys}, "i32"));
    if (p.blocks != bad()) {
      int64_t covered = offset ? keys : queries;
      int64_t rows = (covered + block - 1) / block + (r.oneIn(4) ? 1 : 0);
      int64_t listed = r.in(1, 5);
      if (r.oneIn(20))
        listed = (bad() ? 600 : 500 - p.draws) / std::max<int64_t>(p.lists, 1);
      text += group1("blocks", type({batch, heads, rows, listed}, "i32"));
    }
    text += " pattern(" + p.text + ") scale(" +
            real(r.of<double>({0.125, 1.0, 0.0, -2.0, 1e-30, 1e30})) + ")";
    if (r.oneIn(4))
      text += " score " + scoreRegion();
    std::string out = type({batch, heads * group, queries, valueDim}, f);
    std::string lse = type({batch, heads * group, queries}, wide);
    std::string o = fresh("o"), l = fresh("l");
    body.push_back(o + ", " + l + " = " + text + " -> " + out + ", " + lse);
    define(o, out);
    define(l, lse);
  }

  void online() {
    bool transposed = r.oneIn(2);
    Shape lead;
    bool flat = r.oneIn(2);
    if (!flat)
      lead = {heads};
    auto at = [&](Shape tail) {
      Shape s = lead;
      s.insert(s.end(), tail.begin(), tail.end());
      return s;
    };
    std::string q =
        type(at(transposed ? Shape{dim, queries} : Shape{queries, dim}), f);
    std::string k = type(at({keys, dim}), f);
    std::string v = type(at({keys, valueDim}), f);
    std::string a = type(
        at(transposed ? Shape{valueDim, queries} : Shape{queries, valueDim}),
        wide);
    std::string m = type(at({queries}), wide);
    std::string x = use(q), y = use(k), z = use(v);
    std::string text = "msa.online_attend ins(" + x + ", " + y + ", " + z +
                       " : " + q + ", " + k + ", " + v + ")";
    if (r.oneIn(3))
      text += " bias(" + scalar(wide) + " : " + wide + ")";
    bool hasPattern = r.oneIn(2);
    Pattern p;
    if (hasPattern)
      p = pattern(2);
    if (!flat && (p.documents || p.blocks || p.head))
      p = {"#msa.causal"};
    bool score = flat && r.oneIn(4);
    bool placed = p.documents || p.blocks || p.head || score;
    if (hasPattern && r.oneIn(2))
      text += " masked(" + scalar("i1") + ")";
    if (hasPattern || score) {
      std::string i = scalar("index"), j = scalar("index");
      text += " at(" + i + ", " + j + ")";
    }
    if (hasPattern && r.oneIn(2)) {
      std::string i = scalar("index"), j = scalar("index");
      text += " keys(" + i + ", " + j + ")";
    }
    if (placed) {
      std::string i = scalar("index"), j = scalar("index");
      text += " head(" + i + ", " + j + ")";
      text += " origin(" + scalar("index") + ")";
    }
    if (p.documents) {
      std::string t = type({batch, keys}, "i32");
      text += " documents(" + use(t) + ", " + scalar("index") + " : " + t + ")";
    }
    if (p.blocks)
      text +=
          group1("blocks", type({batch, heads, r.in(1, 4), r.in(1, 4)}, "i32"));
    std::string c = use(a), d = use(m), e = use(m);
    text += " outs(" + c + ", " + d + ", " + e + " : " + a + ", " + m + ", " +
            m + ")";
    if (hasPattern)
      text += " pattern(" + p.text + ")";
    std::string flags;
    if (transposed)
      flags = "transposed";
    if (r.oneIn(2))
      flags += (flags.empty() ? "" : ", ") + std::string("base2");
    if (r.oneIn(2))
      flags +=
          (flags.empty() ? "" : ", ") + ("scale = " + real(0.5)) + " : f64";
    if (r.oneIn(4))
      flags +=
          (flags.empty() ? "" : ", ") + ("group = " + number(group)) + " : i64";
    if (!flags.empty())
      text += " {" + flags + "}";
    if (score)
      text += " score " + scoreRegion();
    std::string n = fresh("t");
    body.push_back(n + ":3 = " + text + " -> " + a + ", " + m + ", " + m);
    define(n + "#0", a);
    define(n + "#1", m);
    define(n + "#2", m);
    std::string out = type(at({queries, valueDim}),
                           r.of<std::string>({f, "f16", "bf16", "f32", "f64"}));
    std::string o = fresh("o"), l = fresh("l");
    body.push_back(o + ", " + l + " = msa.finalize ins(" + n + "#0, " + n +
                   "#1, " + n + "#2 : " + a + ", " + m + ", " + m + ")" +
                   (transposed ? " {transposed}" : "") + " -> " + out + ", " +
                   m);
    define(o, out);
    define(l, m);
  }

  void merge() {
    std::string a = type({batch, heads * group, queries, valueDim}, f);
    std::string l = type({batch, heads * group, queries}, wide);
    std::string w = use(a), x = use(l), y = use(a), z = use(l);
    std::string o = fresh("o"), e = fresh("l");
    body.push_back(o + ", " + e + " = msa.merge ins(" + w + ", " + x + ", " +
                   y + ", " + z + " : " + a + ", " + l + ")");
    define(o, a);
    define(e, l);
  }

  void bankWrite() {
    int64_t d = kind == Kind::Huge ? 16 : dim * heads;
    std::string bank = type({batch, slots, d}, f);
    bool lstm = r.oneIn(3), perSlot = r.oneIn(2);
    int old = state(bank);
    std::string gate = lstm ? "#msa.lstm" : "#msa.gru";
    std::string parameters;
    if (!perSlot || r.oneIn(2))
      parameters = perSlot ? "perSlot = true" : "perSlot = false";
    if (r.oneIn(2))
      parameters += (parameters.empty() ? "" : ", ") +
                    ("stretch = " + real(r.of<double>({0.0, 0.1, 1.0})));
    if (lstm && r.oneIn(2))
      parameters += (parameters.empty() ? "" : ", ") +
                    ("forgetBias = " + real(r.of<double>({0.0, 1e30, -4.0})));
    if (!parameters.empty())
      gate += "<" + parameters + ">";
    if (bad())
      gate = r.of<std::string>({"#msa.lstm", "#msa.gru", "#msa.gate",
                                "#msa.causal", "#msa.gru<stretch = 2.0>",
                                "#msa.gru<slots = 3>", "none"});
    std::string names, types;
    for (int p = 0; p < (lstm ? 4 : 3); ++p) {
      bool narrow = perSlot && (lstm ? p < 2 : p == 1);
      int64_t c = narrow ? 1 : d;
      for (Shape s : {Shape{d, c}, Shape{d, c}, Shape{c}}) {
        std::string t = type(s, f);
        if (bad())
          continue;
        names += (names.empty() ? "" : ", ") + use(t);
        types += (types.empty() ? "" : ", ") + t;
      }
    }
    std::string text = "msa.bank_write " + values[old].name + ", " +
                       values[pick(bank, old)].name + " gate(" + gate +
                       ") weights(" + names + " : " + types + ")";
    if (r.oneIn(2) && (slots <= 1 << 24 || bad())) {
      std::string t = type({batch, slots}, "f32");
      text +=
          " top " + number(r.in(1, slots)) + " of (" + use(t) + " : " + t + ")";
    }
    if (r.oneIn(2))
      text += group1("length", type({batch}, "i64"));
    std::string o = fresh("m"), read = fresh("r");
    bool hasRead = lstm != bad();
    body.push_back(o + (hasRead ? ", " + read : "") + " = " + text + " : " +
                   bank + ", " + bank + " -> " + bank +
                   (hasRead ? ", " + bank : ""));
    if (hasRead)
      define(read, bank);
    updated(old, o, bank);
  }

  void carry() {
    std::string e =
        r.oneIn(4) ? r.of<std::string>({"i32", "i64", "i8", "i1"}) : f;
    bool three = r.oneIn(2);
    std::string w = three ? type({batch, window, dim}, e)
                          : type({batch, heads, window, dim}, e);
    std::string s = three ? type({batch, keys, dim}, e)
                          : type({batch, heads, keys, dim}, e);
    int old = state(w);
    std::string text =
        "msa.carry " + values[old].name + ", " + values[pick(s, old)].name;
    if (r.oneIn(2))
      text += group1("length", type({batch}, "i64"));
    std::string o = fresh("w");
    body.push_back(o + " = " + text + " : " + w + ", " + s);
    updated(old, o, w);
  }

  void rope() {
    if (queries > 1 << 20 && !r.oneIn(4)) // mostly refused
      return;
    int64_t d = std::max<int64_t>(dim, 2);
    std::string t = type({batch, heads, queries, d}, f);
    bool offset = r.oneIn(2) && queries <= (1 << 24);
    int64_t rotary = 2 * r.in(1, d / 2);
    if (kind == Kind::Valid && d > 64)
      rotary = 64;
    std::string flags;
    auto flag = [&](const std::string &text) {
      flags += (flags.empty() ? "" : ", ") + text;
    };
    if (r.oneIn(2))
      flag("interleaved");
    if (r.oneIn(2))
      flag("start = " +
           number(r.of<int64_t>({0, -70, 16777216, -16777216, 5})) + " : i64");
    if (r.oneIn(2))
      flag("base = " + real(r.of<double>({10000.0, 1.5, 1e9})) + " : f64");
    std::string scaling = r.of<std::string>({"none", "linear", "ntk", "yarn"});
    if (scaling == "ntk" && rotary <= 2)
      scaling = "linear";
    if (bad())
      scaling = r.of<std::string>({"ntk", "yarn", "cubic"});
    flag("scaling = #msa.rope_scaling<" + scaling + ">");
    if (r.oneIn(2))
      flag("factor = " + real(r.of<double>({1.0, 4.0, 1e9})) + " : f64");
    if (scaling == "yarn" || bad())
      flag("original = " + number(r.of<int64_t>({1, 2048, 1099511627776})) +
           " : i64");
    if (offset) {
      int64_t limit = queries + r.in(0, 100);
      if (kind == Kind::Huge)
        limit = r.of<int64_t>({queries, 1 << 24});
      flag("limit = " + number(std::min<int64_t>(limit, 1 << 24)) + " : i64");
    }
    std::string text = "msa.rope " + use(t);
    if (offset)
      text += group1("offset", type({batch}, "i64"));
    std::string o = fresh("q");
    body.push_back(o + " = " + text + " rotary(" + number(rotary) + ") {" +
                   flags + "} : " + t);
    define(o, t);
  }

  void conv() {
    int64_t width = r.oneIn(4) ? r.in(2, 16) : r.in(3, 4);
    std::string x = type({batch, keys, dim}, f);
    std::string c = type({batch, width - 1, dim}, f);
    std::string w = type({width, dim}, f);
    std::string i = use(x), j = use(c), k = use(w);
    std::string o = fresh("c");
    body.push_back(o + " = msa.short_conv " + i + ", " + j + ", " + k + " : " +
                   x + ", " + c + ", " + w);
    define(o, x);
  }

  std::string function(const std::string &name, bool isPrivate);
};

std::string Generator::function(const std::string &name, bool isPrivate) {
  values.clear();
  arguments.clear();
  body.clear();
  yielded.clear();
  yieldedTypes.clear();
  yieldedAttrs.clear();
  for (int64_t n = r.in(1, 4); n > 0; --n) {
    switch (r.in(0, 9)) {
    case 0:
    case 1:
    case 2:
      attend();
      break;
    case 3:
      online();
      break;
    case 4:
      merge();
      break;
    case 5:
    case 6:
      bankWrite();
      break;
    case 7:
      carry();
      break;
    case 8:
      rope();
      break;
    default:
      conv();
      break;
    }
  }
  for (Value &value : values)
    if (!value.returned && value.argument < 0 && !value.dead &&
        (r.oneIn(2) || yielded.empty())) {
      yielded.push_back(value.name);
      yieldedTypes.push_back(value.type);
      yieldedAttrs.push_back("");
    }
  if (bad()) { // what an entry can not take
    std::string t = r.of<std::string>(
        {"f32", "index", "memref<4xf32>", "tensor<?xf32>", "tensor<*xf32>",
         "vector<4xf32>", "tensor<4xcomplex<f32>>", "tensor<4xi7>",
         "tensor<0xf32>", "tensor<4xindex>", "!llvm.ptr", "none"});
    std::string name = values[argument(t)].name;
    if (r.oneIn(2)) {
      yielded.push_back(name);
      yieldedTypes.push_back(t);
      yieldedAttrs.push_back("");
    }
  }
  if (bad()) // one name for two states, or a state that comes from nowhere
    for (size_t i = 0; i < arguments.size(); ++i)
      if (r.oneIn(3))
        arguments[i].state = "msa.state = \"s0\"";
  if (bad() && !yieldedAttrs.empty())
    yieldedAttrs[r.in(0, yieldedAttrs.size() - 1)] = r.of<std::string>(
        {"msa.state = \"s0\"", "msa.state = \"s9\"", "msa.state = 3 : i64",
         "msa.name = \"x\"", "msa.result", "msa.state"});
  std::string text = std::string("func.func ") + (isPrivate ? "private " : "") +
                     "@" + name + "(";
  for (size_t i = 0; i < arguments.size(); ++i) {
    text += (i ? ", " : "") + arguments[i].name + ": " + arguments[i].type;
    if (!arguments[i].state.empty())
      text += " {" + arguments[i].state + "}";
    else if (r.oneIn(5)) {
      // Only floats have random values, and those of a huge tensor take long.
      bool seeded = kind != Kind::Huge &&
                    arguments[i].type.find("xi") == std::string::npos;
      text +=
          r.of<std::string>({" {msa.constant = \"c" + std::to_string(i) + "\"}",
                             " {msa.constant = \"c" + std::to_string(i) + "\"" +
                                 (seeded ? ", msa.seed = 3 : i64}" : "}"),
                             " {msa.name = \"x" + std::to_string(i) + "\"}"});
    }
    if (bad())
      text +=
          " {msa.constant = \"c\", msa.seed = 3.0 : f32, msa.stddev = 1 : i64}";
  }
  text += ")";
  if (!yielded.empty()) {
    text += " -> (";
    for (size_t i = 0; i < yielded.size(); ++i)
      text += (i ? ", " : "") + yieldedTypes[i] +
              (yieldedAttrs[i].empty() ? "" : " {" + yieldedAttrs[i] + "}");
    text += ")";
  }
  text += " {\n";
  for (const std::string &line : body)
    text += "  " + line + "\n";
  text += "  return";
  for (size_t i = 0; i < yielded.size(); ++i)
    text += (i ? ", " : " ") + yielded[i];
  for (size_t i = 0; i < yielded.size(); ++i)
    text += (i ? ", " : " : ") + yieldedTypes[i];
  return text + "\n}\n";
}

std::string Generator::module() {
  sizes();
  if (!r.oneIn(4))
    return function("step", false);
  // A layer as a function of its own, called once or twice.
  std::string layer = function("layer", true);
  std::string call, names, types, outs;
  for (const Argument &a : arguments) {
    names += (names.empty() ? "" : ", ") + a.name;
    types += (types.empty() ? "" : ", ") + a.type;
  }
  std::string signature;
  for (const Argument &a : arguments)
    signature += (signature.empty() ? "" : ", ") + a.name + ": " + a.type +
                 (a.state.empty() ? "" : " {" + a.state + "}");
  std::string results, returned;
  for (size_t i = 0; i < yielded.size(); ++i) {
    outs += (i ? ", " : "") + yieldedTypes[i];
    results += (i ? ", " : "") + yieldedTypes[i] +
               (yieldedAttrs[i].empty() ? "" : " {" + yieldedAttrs[i] + "}");
    returned += (i ? ", " : "") + std::string("%r") +
                (yielded.size() > 1 ? "#" + std::to_string(i) : "");
  }
  std::string text =
      layer + "func.func @step(" + signature + ") -> (" + results + ") {\n  ";
  if (!yielded.empty())
    text += "%r" +
            (yielded.size() > 1 ? ":" + std::to_string(yielded.size()) : "") +
            " = ";
  text += "call @" + std::string(bad() ? "step" : "layer") + "(" + names +
          ") : (" + types + ") -> (" + outs + ")\n  return " + returned +
          (yielded.empty() ? "" : " : " + outs) + "\n}\n";
  return text;
}

//===----------------------------------------------------------------------===//
// Damage
//===----------------------------------------------------------------------===//

/// Names, words, numbers (also those within shapes) and single characters.
std::vector<std::string> tokens(const std::string &text) {
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

std::string damage(Random &r, const std::string &text) {
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

} // namespace

Input msa_fuzz::generate(uint64_t seed, uint64_t number) {
  Random random(seed * 1000003 + number);
  Input input;
  input.kind = random.of<Kind>({Kind::Valid, Kind::Valid, Kind::Huge,
                                Kind::Hostile, Kind::Hostile, Kind::Damaged});
  Kind base = input.kind == Kind::Damaged ? Kind::Valid : input.kind;
  input.text = Generator(random, base).module();
  if (input.kind == Kind::Damaged)
    input.text = damage(random, input.text);
  return input;
}
