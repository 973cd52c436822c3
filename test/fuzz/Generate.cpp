//===- Generate.cpp - Random modules of the msa dialect -------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Knows the grammar and the rules of every op. All choices go through Choices,
// which spoils some of them where a module is to be hostile.
//
//===----------------------------------------------------------------------===//

#include "Generate.h"

#include "Draft.h"

using namespace msa_fuzz;

namespace {

class Generator : Draft {
public:
  Generator(Random &random, Kind kind) : Draft(random, kind) {}
  std::string module();

private:
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
