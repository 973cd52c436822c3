#!/usr/bin/env python3
"""Writes memory-sparse-attention models in MLIR.

One layer, on a segment of S tokens of width d (batch 1):

    h  = rms_norm(x)                       c  = short_conv(h) with its carry
    q, k, v = c Wq, c Wk, c Wv             bank keys and values = bank Wk, bank Wv
    a  = attention of rope(q) over rope(k), the carried window and the bank
    x  = x + a Wo;  x = x + silu(rms_norm(x) W1) W2
    candidate = slot queries attend to the segment;  bank = gate(bank, candidate)

`byte_lm` wraps layers into a byte-level language model whose entry `segment`
takes tokens, position and length and returns logits. Weights come from seeds.

    examples/layer.py --layers 4 --width 128 > examples/byte-lm.mlir
"""

import argparse
from dataclasses import dataclass


@dataclass
class Shape:
    width: int = 64       # d
    heads: int = 2        # H
    segment: int = 512    # S
    window: int = 128     # W
    slots: int = 64       # K
    gate: str = "gru"
    conv: int = 3
    bias: float = -5.0    # of the bank's scores, at the start
    mlp: int = 2          # hidden width of the MLP / d; 0: none
    gate_std: float = 6.0 # of the write gate's weights, in units of d^-0.5: wide, so
                          # that some slots are kept bit for bit
    dtype: str = "f32"

    @property
    def dim(self):
        return self.width // self.heads

    @property
    def score(self):
        """Type of scores and log-sum-exp."""
        return "f64" if self.dtype == "f64" else "f32"


def t(*shape, dtype="f32"):
    return f"tensor<{'x'.join(map(str, shape))}x{dtype}>"


MAPS = """#id2 = affine_map<(i, j) -> (i, j)>
#row2 = affine_map<(i, j) -> (i)>
#col2 = affine_map<(i, j) -> (j)>
#id3 = affine_map<(b, n, i) -> (b, n, i)>
#heads_in = affine_map<(h, n, c, i) -> (n, i)>
#heads_weight = affine_map<(h, n, c, i) -> (h, i, c)>
#heads_out = affine_map<(h, n, c, i) -> (h, n, c)>
"""


def norm(s, name, x, weight, rows, d, f):
    """rms norm of x: rows x d. Sums and what follows in f32, rounded once."""
    wide = [f"%{v}w = arith.extf %{v} : {f} to f32" for v in ("a", "w")] if f != "f32" else []
    a, w = ("%aw", "%ww") if wide else ("%a", "%w")
    narrow = f"\n        %r = arith.truncf %y : f32 to {f}" if wide else ""
    lines = "".join(f"\n        {line}" for line in wide)
    squared = f"\n        {wide[0]}" if wide else ""
    return f"""
    %{name}_zero = arith.constant 0.0 : f32
    %{name}_e = tensor.empty() : {t(rows, dtype="f32")}
    %{name}_i = linalg.fill ins(%{name}_zero : f32) outs(%{name}_e : {t(rows, dtype="f32")}) -> {t(rows, dtype="f32")}
    %{name}_s = linalg.generic {{indexing_maps = [#id2, #row2], iterator_types = ["parallel", "reduction"]}}
      ins({x} : {t(rows, d, dtype=f)}) outs(%{name}_i : {t(rows, dtype="f32")}) {{
      ^bb0(%a: {f}, %s: f32):{squared}
        %m = arith.mulf {a}, {a} : f32
        %y = arith.addf %s, %m : f32
        linalg.yield %y : f32
      }} -> {t(rows, dtype="f32")}
    %{name}_o = tensor.empty() : {t(rows, d, dtype=f)}
    %{name} = linalg.generic {{indexing_maps = [#id2, #row2, #col2, #id2], iterator_types = ["parallel", "parallel"]}}
      ins({x}, %{name}_s, {weight} : {t(rows, d, dtype=f)}, {t(rows, dtype="f32")}, {t(d, dtype=f)}) outs(%{name}_o : {t(rows, d, dtype=f)}) {{
      ^bb0(%a: {f}, %s: f32, %w: {f}, %o: {f}):{lines}
        %n = arith.constant {float(d)} : f32
        %eps = arith.constant 1.0e-5 : f32
        %mean = arith.divf %s, %n : f32
        %p = arith.addf %mean, %eps : f32
        %root = math.sqrt %p : f32
        %scaled = arith.divf {a}, %root : f32
        %y = arith.mulf %scaled, {w} : f32{narrow}
        linalg.yield {"%r" if wide else "%y"} : {f}
      }} -> {t(rows, d, dtype=f)}"""


def heads(name, x, weight, rows, s, f):
    """x (rows x d) times weight (H x d x D), into H x rows x D."""
    h, d, c = s.heads, s.width, s.dim
    return f"""
    %{name}_z = arith.constant 0.0 : {f}
    %{name}_e = tensor.empty() : {t(h, rows, c, dtype=f)}
    %{name}_i = linalg.fill ins(%{name}_z : {f}) outs(%{name}_e : {t(h, rows, c, dtype=f)}) -> {t(h, rows, c, dtype=f)}
    %{name}_3 = linalg.generic {{indexing_maps = [#heads_in, #heads_weight, #heads_out], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}}
      ins({x}, {weight} : {t(rows, d, dtype=f)}, {t(h, d, c, dtype=f)}) outs(%{name}_i : {t(h, rows, c, dtype=f)}) {{
      ^bb0(%a: {f}, %w: {f}, %o: {f}):
        %m = arith.mulf %a, %w : {f}
        %y = arith.addf %o, %m : {f}
        linalg.yield %y : {f}
      }} -> {t(h, rows, c, dtype=f)}
    %{name} = tensor.expand_shape %{name}_3 [[0, 1], [2], [3]] output_shape [1, {h}, {rows}, {c}] : {t(h, rows, c, dtype=f)} into {t(1, h, rows, c, dtype=f)}"""


def merge_heads(name, x, rows, s, f):
    """1 x H x rows x D to rows x d."""
    h, d, c = s.heads, s.width, s.dim
    return f"""
    %{name}_c = tensor.collapse_shape {x} [[0, 1], [2], [3]] : {t(1, h, rows, c, dtype=f)} into {t(h, rows, c, dtype=f)}
    %{name}_e = tensor.empty() : {t(rows, h, c, dtype=f)}
    %{name}_t = linalg.transpose ins(%{name}_c : {t(h, rows, c, dtype=f)}) outs(%{name}_e : {t(rows, h, c, dtype=f)}) permutation = [1, 0, 2]
    %{name} = tensor.collapse_shape %{name}_t [[0], [1, 2]] : {t(rows, h, c, dtype=f)} into {t(rows, d, dtype=f)}"""


def matmul(name, x, weight, n, k, m, f):
    return f"""
    %{name}_z = arith.constant 0.0 : {f}
    %{name}_e = tensor.empty() : {t(n, m, dtype=f)}
    %{name}_i = linalg.fill ins(%{name}_z : {f}) outs(%{name}_e : {t(n, m, dtype=f)}) -> {t(n, m, dtype=f)}
    %{name} = linalg.matmul ins({x}, {weight} : {t(n, k, dtype=f)}, {t(k, m, dtype=f)}) outs(%{name}_i : {t(n, m, dtype=f)}) -> {t(n, m, dtype=f)}"""


def add(name, a, b, n, d, f):
    return f"""
    %{name}_e = tensor.empty() : {t(n, d, dtype=f)}
    %{name} = linalg.add ins({a}, {b} : {t(n, d, dtype=f)}, {t(n, d, dtype=f)}) outs(%{name}_e : {t(n, d, dtype=f)}) -> {t(n, d, dtype=f)}"""


def weights(s):
    """(name, type, seed or None, stddev, mean) of a layer's constants."""
    h, d, c, k, f = s.heads, s.width, s.dim, s.slots, s.dtype
    std = d ** -0.5
    out = [("norm1", t(d, dtype=f), None, 0, 1.0), ("conv", t(s.conv, d, dtype=f), 1, 0.5, 0)]
    out += [(n, t(h, d, c, dtype=f), i, std, 0) for i, n in enumerate(("wq", "wk", "wv"), 2)]
    out += [("wo", t(d, d, dtype=f), 5, std, 0), ("slots", t(1, h, k, c, dtype=f), 6, 1.0, 0),
            ("bias", t(h, dtype="f32"), None, 0, s.bias)]
    gate = {"gru": ["r", "z", "n"], "lstm": ["i", "f", "o", "g"]}[s.gate]
    narrow = {"gru": ["z"], "lstm": ["i", "f"]}[s.gate]
    for j, g in enumerate(gate):
        e, own = (1, s.gate_std * std) if g in narrow else (d, std)
        out += [(f"c_{g}", t(d, e, dtype=f), 10 + 3 * j, own, 0), (f"m_{g}", t(d, e, dtype=f), 11 + 3 * j, own, 0),
                (f"b_{g}", t(e, dtype=f), None, 0, 0.0)]
    if s.mlp:
        out += [("norm2", t(d, dtype=f), None, 0, 1.0), ("w1", t(d, s.mlp * d, dtype=f), 7, std, 0),
                ("w2", t(s.mlp * d, d, dtype=f), 8, (s.mlp * d) ** -0.5, 0)]
    return out


def states(s):
    h, d, c, f = s.heads, s.width, s.dim, s.dtype
    bank = t(1, s.slots, d, dtype=f)
    out = [("bank", bank), ("window_k", t(1, h, s.window, c, dtype=f)),
           ("window_v", t(1, h, s.window, c, dtype=f)), ("carry", t(1, s.conv - 1, d, dtype=f))]
    return out + [("read", bank)] if s.gate == "lstm" else out  # read: what an lstm's bank shows


def layer(s, name="layer"):
    """func.func private @layer(x, position, length, states.., weights..) -> x, states.."""
    h, d, c, n, w, k, f = s.heads, s.width, s.dim, s.segment, s.window, s.slots, s.dtype
    ins = [("x", t(n, d, dtype=f)), ("position", t(1, dtype="i64")), ("length", t(1, dtype="i64"))]
    ins += states(s) + [(x[0], x[1]) for x in weights(s)]
    outs = [t(n, d, dtype=f)] + [x[1] for x in states(s)]
    q4, w4, b4 = t(1, h, n, c, dtype=f), t(1, h, w, c, dtype=f), t(1, h, k, c, dtype=f)
    one = t(1, dtype="i64")
    text = f"func.func private @{name}({', '.join(f'%{a}: {b}' for a, b in ins)}) -> ({', '.join(outs)}) {{"
    text += norm(s, "h", "%x", "%norm1", n, d, f)
    text += f"""
    %h3 = tensor.expand_shape %h [[0, 1], [2]] output_shape [1, {n}, {d}] : {t(n, d, dtype=f)} into {t(1, n, d, dtype=f)}
    %c3 = msa.short_conv %h3, %carry, %conv : {t(1, n, d, dtype=f)}, {t(1, s.conv - 1, d, dtype=f)}, {t(s.conv, d, dtype=f)}
    %new_carry = msa.carry %carry, %h3 length(%length : {one}) : {t(1, s.conv - 1, d, dtype=f)}, {t(1, n, d, dtype=f)}
    %c = tensor.collapse_shape %c3 [[0, 1], [2]] : {t(1, n, d, dtype=f)} into {t(n, d, dtype=f)}
    %bank2 = tensor.collapse_shape %{"read" if s.gate == "lstm" else "bank"} [[0, 1], [2]] : {t(1, k, d, dtype=f)} into {t(k, d, dtype=f)}"""
    for a, b in (("q", "wq"), ("k", "wk"), ("v", "wv")):
        text += heads(a, "%c", f"%{b}", n, s, f)
    for a, b in (("bank_k", "wk"), ("bank_v", "wv")):
        text += heads(a, "%bank2", f"%{b}", k, s, f)
    text += f"""
    %rq = msa.rope %q rotary({c}) : {q4}
    %rk = msa.rope %k rotary({c}) : {q4}
    %rw = msa.rope %window_k rotary({c}) {{start = -{w} : i64}} : {w4}
    %att, %lse = msa.attend ins(%rq, %rk, %v : {q4}, {q4}, {q4}) window(%rw, %window_v : {w4}, {w4})
      bank(%bank_k, %bank_v : {b4}, {b4}) bias(%bias : {t(h, dtype="f32")}) position(%position : {one}) length(%length : {one})
      pattern(#msa.window<left = {w - 1}>) scale({c ** -0.5!r}) -> {q4}, {t(1, h, n, dtype=s.score)}
    %new_window_k = msa.carry %window_k, %k length(%length : {one}) : {w4}, {q4}
    %new_window_v = msa.carry %window_v, %v length(%length : {one}) : {w4}, {q4}"""
    text += merge_heads("a2", "%att", n, s, f) + matmul("proj", "%a2", "%wo", n, d, d, f) + add("mid", "%x", "%proj", n, d, f)
    text += f"""
    %cand, %cand_lse = msa.attend ins(%slots, %k, %v : {b4}, {q4}, {q4}) length(%length : {one})
      pattern(#msa.full) scale({c ** -0.5!r}) -> {b4}, {t(1, h, k, dtype=s.score)}"""
    text += merge_heads("cand2", "%cand", k, s, f)
    gate = [x for x in weights(s) if x[0][:2] in ("c_", "m_", "b_")]
    bank3 = t(1, k, d, dtype=f)
    read = ", %shown" if s.gate == "lstm" else ""
    read_type = f", {bank3}" if s.gate == "lstm" else ""
    text += f"""
    %cand3 = tensor.expand_shape %cand2 [[0, 1], [2]] output_shape [1, {k}, {d}] : {t(k, d, dtype=f)} into {bank3}
    %new_bank{read} = msa.bank_write %bank, %cand3 gate(#msa.{s.gate})
      weights({', '.join('%' + x[0] for x in gate)} : {', '.join(x[1] for x in gate)}) length(%length : {one}) : {bank3}, {bank3} -> {bank3}{read_type}"""
    if s.gate == "lstm":  # a segment without tokens changes nothing
        text += f"""
    %read_e = tensor.empty() : {bank3}
    %new_read = linalg.generic {{indexing_maps = [affine_map<(b, n, i) -> (b)>, #id3, #id3, #id3], iterator_types = ["parallel", "parallel", "parallel"]}}
      ins(%length, %shown, %read : {one}, {bank3}, {bank3}) outs(%read_e : {bank3}) {{
      ^bb0(%tokens: i64, %a: {f}, %b: {f}, %o: {f}):
        %none = arith.constant 0 : i64
        %some = arith.cmpi sgt, %tokens, %none : i64
        %y = arith.select %some, %a, %b : {f}
        linalg.yield %y : {f}
      }} -> {bank3}"""
    result = "%mid"
    if s.mlp:
        m = s.mlp * d
        text += norm(s, "g", "%mid", "%norm2", n, d, f) + matmul("u", "%g", "%w1", n, d, m, f)
        text += f"""
    %act_e = tensor.empty() : {t(n, m, dtype=f)}
    %act = linalg.generic {{indexing_maps = [#id2, #id2], iterator_types = ["parallel", "parallel"]}}
      ins(%u : {t(n, m, dtype=f)}) outs(%act_e : {t(n, m, dtype=f)}) {{
      ^bb0(%a0: {f}, %o0: {f}):
        %one = arith.constant 1.0 : {f}
        %neg = arith.negf %a0 : {f}
        %exp = math.exp %neg : {f}
        %den = arith.addf %one, %exp : {f}
        %act_y = arith.divf %a0, %den : {f}
        linalg.yield %act_y : {f}
      }} -> {t(n, m, dtype=f)}"""
        text += matmul("down", "%act", "%w2", n, m, d, f) + add("last", "%mid", "%down", n, d, f)
        result = "%last"
    values = [result] + [f"%new_{n}" for n, _ in states(s)]
    text += f"\n    return {', '.join(values)} : {', '.join(outs)}\n}}\n"
    return text


def constant(name, kind, seed, std, mean):
    a = f"msa.constant = \"{name}\""
    if seed is not None:
        a += f", msa.seed = {seed} : i64, msa.stddev = {std:e} : f64"
    if mean:
        a += f", msa.mean = {mean:e} : f64"
    return f"%{name.replace('.', '_')}: {kind} {{{a}}}"


def layer_entry(s, position=True):
    """One layer as an entry of its own: step(x, position, length) -> y."""
    args = [f"%x: {t(s.segment, s.width, dtype=s.dtype)} {{msa.name = \"x\"}}",
            "%position: tensor<1xi64> {msa.name = \"position\"}", "%length: tensor<1xi64> {msa.name = \"length\"}"]
    args += [f"%{n}: {k} {{msa.state = \"{n}\"}}" for n, k in states(s)]
    args += [constant(n, k, seed, std, mean) for n, k, seed, std, mean in weights(s)]
    names = ["%x", "%position", "%length"] + [f"%{n}" for n, _ in states(s)] + [f"%{x[0]}" for x in weights(s)]
    kinds = [t(s.segment, s.width, dtype=s.dtype), "tensor<1xi64>", "tensor<1xi64>"]
    kinds += [k for _, k in states(s)] + [x[1] for x in weights(s)]
    outs = [t(s.segment, s.width, dtype=s.dtype)] + [k for _, k in states(s)]
    attrs = ["{msa.name = \"y\"}"] + [f"{{msa.state = \"{n}\"}}" for n, _ in states(s)]
    return (MAPS + layer(s) + f"func.func @step({', '.join(args)}) -> ({', '.join(f'{k} {a}' for k, a in zip(outs, attrs))}) {{\n"
            f"  %r:{len(outs)} = call @layer({', '.join(names)}) : ({', '.join(kinds)}) -> ({', '.join(outs)})\n"
            f"  return {', '.join(f'%r#{i}' for i in range(len(outs)))} : {', '.join(outs)}\n}}\n")


def byte_lm(s, layers):
    n, d, f = s.segment, s.width, s.dtype
    args = [f"%tokens: {t(1, n, dtype='i32')} {{msa.name = \"tokens\"}}",
            "%position: tensor<1xi64> {msa.name = \"position\"}", "%length: tensor<1xi64> {msa.name = \"length\"}"]
    for i in range(layers):
        args += [f"%l{i}_{a}: {b} {{msa.state = \"l{i}.{a}\"}}" for a, b in states(s)]
    args.append(constant("embedding", t(256, d, dtype=f), 900, 1.0, 0))
    for i in range(layers):
        args += [constant(f"l{i}.{a}", b, None if seed is None else 1000 * (i + 1) + seed, std, mean)
                 for a, b, seed, std, mean in weights(s)]
    args += [constant("norm", t(d, dtype=f), None, 0, 1.0), constant("head", t(d, 256, dtype=f), 901, d ** -0.5, 0)]
    kept = [x for i in range(layers) for x in [(f"l{i}.{a}", b) for a, b in states(s)]]
    results = [f"{t(1, n, 256, dtype=f)} {{msa.name = \"logits\"}}"] + [f"{b} {{msa.state = \"{a}\"}}" for a, b in kept]
    sep = ",\n    "
    text = MAPS + layer(s) + f"\nfunc.func @segment(\n    {sep.join(args)})\n  -> ({sep.join(results)}) {{"
    text += f"""
    %empty = tensor.empty() : {t(n, d, dtype=f)}
    %x0 = linalg.generic {{indexing_maps = [#id2], iterator_types = ["parallel", "parallel"]}} outs(%empty : {t(n, d, dtype=f)}) {{
      ^bb0(%o: {f}):
        %c0 = arith.constant 0 : index
        %c255 = arith.constant 255 : index
        %i = linalg.index 0 : index
        %j = linalg.index 1 : index
        %token = tensor.extract %tokens[%c0, %i] : {t(1, n, dtype='i32')}
        %raw = arith.index_cast %token : i32 to index
        %low = arith.maxsi %raw, %c0 : index
        %row = arith.minsi %low, %c255 : index
        %e = tensor.extract %embedding[%row, %j] : {t(256, d, dtype=f)}
        linalg.yield %e : {f}
      }} -> {t(n, d, dtype=f)}"""
    kinds = [t(n, d, dtype=f), "tensor<1xi64>", "tensor<1xi64>"] + [b for _, b in states(s)] + [x[1] for x in weights(s)]
    outs = [t(n, d, dtype=f)] + [b for _, b in states(s)]
    x = "%x0"
    for i in range(layers):
        names = [x, "%position", "%length"] + [f"%l{i}_{a}" for a, _ in states(s)] + [f"%l{i}_{w[0]}" for w in weights(s)]
        text += f"\n    %r{i}:{len(outs)} = call @layer({', '.join(names)}) : ({', '.join(kinds)}) -> ({', '.join(outs)})"
        x = f"%r{i}#0"
    text += norm(s, "final", x, "%norm", n, d, f) + matmul("logits2", "%final", "%head", n, d, 256, f)
    text += f"\n    %logits = tensor.expand_shape %logits2 [[0, 1], [2]] output_shape [1, {n}, 256] : {t(n, 256, dtype=f)} into {t(1, n, 256, dtype=f)}"
    values = ["%logits"] + [f"%r{i}#{j + 1}" for i in range(layers) for j in range(len(states(s)))]
    kinds = [t(1, n, 256, dtype=f)] + [b for _, b in kept]
    return text + f"\n    return {', '.join(values)} : {', '.join(kinds)}\n}}\n"


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    d = Shape()
    p.add_argument("--layers", type=int, default=4, help="layers of the language model; 0: one layer as an entry")
    for name in ("width", "heads", "segment", "window", "slots"):
        p.add_argument(f"--{name}", type=int, default=getattr(d, name))
    p.add_argument("--gate", choices=["gru", "lstm"], default="gru")
    p.add_argument("--mlp", type=int, default=d.mlp, help="hidden width of the MLP / width; 0: attention and memory only")
    p.add_argument("--gate-std", type=float, default=d.gate_std, help="spread of the write gate's weights, in units of width^-0.5")
    p.add_argument("--dtype", choices=["f32", "f64", "f16", "bf16"], default="f32")
    o = p.parse_args()
    s = Shape(o.width, o.heads, o.segment, o.window, o.slots, o.gate,
              mlp=o.mlp, gate_std=o.gate_std, dtype=o.dtype)
    print("// Written by examples/layer.py; edit that instead.\n" + (byte_lm(s, o.layers) if o.layers else layer_entry(s)), end="")


if __name__ == "__main__":
    main()
