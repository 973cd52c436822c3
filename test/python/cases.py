"""Generated cases: MLIR text of an op, its inputs, and the float64 reference."""

import numpy as np

import msart as m
import reference as ref


def pattern_text(p):
    kind = p[0]
    if kind in ("full", "causal", "document"):
        return f"#msa.{kind}"
    if kind == "window":
        return f"#msa.window<left = {p[1]}, right = {p[2]}, dilation = {p[3]}>"
    if kind == "random":
        return f"#msa.random<count = {p[1]}, size = {p[2]}, span = {p[3]}, seed = {p[4]}>"
    if kind in ("strided", "global", "blocks"):
        return f"#msa.{kind}<{p[1]}>"
    return f"#msa.{kind}<" + ", ".join(pattern_text(x) for x in p[1:]) + ">"


def reads(p, kind):
    return p[0] == kind or (p[0] in ("any", "all") and any(reads(x, kind) for x in p[1:]))


def tensor(shape, dtype):
    return f"tensor<{'x'.join(map(str, shape))}x{dtype}>"


class Function:
    """Collects arguments of a func.func."""

    def __init__(self, name):
        self.name, self.arguments, self.values, self.results, self.body = name, [], [], [], []

    def argument(self, name, array, dtype):
        self.arguments.append(f"%{name}: {tensor(array.shape, dtype)} {{msa.name = \"{name}\"}}")
        self.values.append(array)
        return f"%{name}", tensor(array.shape, dtype)

    def text(self):
        types = ", ".join(t for _, t in self.results)
        return (f"func.func @{self.name}({', '.join(self.arguments)}) -> ({types}) {{\n  "
                + "\n  ".join(self.body) + f"\n  return {', '.join(v for v, _ in self.results)} : {types}\n}}\n")


def quantise(x, dtype):
    """The array as handed to the runtime, and the numbers it stands for."""
    if dtype == "bf16":
        bits = m.to_bf16(x)
        return bits, m.from_bf16(bits).astype(np.float64)
    array = x.astype(m.NUMPY[dtype])
    return array, array.astype(np.float64)


SCORES = {
    "softcap": ("""{{
  ^bb0(%s: {f}, %b: index, %h: index, %i: index, %j: index):
    %cap = arith.constant 3.0 : {f}
    %x = arith.divf %s, %cap : {f}
    %t = math.tanh %x : {f}
    %y = arith.mulf %t, %cap : {f}
    msa.yield %y : {f}
  }}""", lambda s, h, i, j: 3.0 * np.tanh(s / 3.0)),
    "alibi": ("""{{
  ^bb0(%s: {f}, %b: index, %h: index, %i: index, %j: index):
    %d = arith.subi %j, %i : index
    %e = arith.index_cast %d : index to i64
    %x = arith.sitofp %e : i64 to {f}
    %g = arith.index_cast %h : index to i64
    %n = arith.sitofp %g : i64 to {f}
    %one = arith.constant 1.0 : {f}
    %m = arith.addf %n, %one : {f}
    %slope = arith.constant 0.03125 : {f}
    %w = arith.mulf %slope, %m : {f}
    %y = arith.mulf %w, %x : {f}
    %z = arith.addf %s, %y : {f}
    msa.yield %z : {f}
  }}""", lambda s, h, i, j: s + 0.03125 * (h + 1) * (j - i)),
}


class Zeros:
    """Stands for a generator where only the text of a case is wanted."""

    @staticmethod
    def standard_normal(shape):
        return np.zeros(shape, np.float32)

    @staticmethod
    def integers(low, high, shape):
        return np.zeros(shape, np.int64)


class AttendCase:
    def __init__(self, name, rng, dtype="f32", B=1, H=2, KV=2, N=33, M=None, D=16, Dv=None, W=0, K=0,
                 pattern=("causal",), bias=False, position=None, length=None, offset=None, score=None,
                 documents=0, listed=3, far_ids=False, std=1.0):
        M, Dv = M or N, Dv or D
        self.name, self.dtype, self.pattern = name, dtype, pattern
        f = Function(name)
        numbers = {}

        def real(key, shape):
            array, numbers[key] = quantise(std * rng.standard_normal(shape), dtype)
            return f.argument(key, array, dtype)

        def ints(key, values, kind="i64"):
            numbers[key] = np.asarray(values)
            return f.argument(key, np.asarray(values, m.NUMPY[kind]), kind)

        q, k, v = real("q", (B, H, N, D)), real("k", (B, KV, M, D)), real("v", (B, KV, M, Dv))
        text = f"ins({q[0]}, {k[0]}, {v[0]} : {q[1]}, {k[1]}, {v[1]})"
        options = {}
        if W:
            a, b = real("wk", (B, KV, W, D)), real("wv", (B, KV, W, Dv))
            text += f" window({a[0]}, {b[0]} : {a[1]}, {b[1]})"
            options["window"] = (numbers["wk"], numbers["wv"])
        if K:
            a, b = real("bk", (B, KV, K, D)), real("bv", (B, KV, K, Dv))
            text += f" bank({a[0]}, {b[0]} : {a[1]}, {b[1]})"
            options["bank"] = (numbers["bk"], numbers["bv"])
            if bias:
                array = rng.standard_normal(H).astype(np.float32) - 1
                a = f.argument("bias", array, "f32")
                text += f" bias({a[0]} : {a[1]})"
                options["bias"] = array
        for key, value in (("position", position), ("length", length), ("offset", offset)):
            if value is not None:
                a = ints(key, value)
                text += f" {key}({a[0]} : {a[1]})"
                options[key] = numbers[key]
        if reads(pattern, "document"):
            rows = np.sort(rng.integers(0, max(documents, 1), (B, W + M)), axis=1)
            a = ints("documents", rows, "i32")
            text += f" documents({a[0]} : {a[1]})"
            options["documents"] = rows
        if reads(pattern, "blocks"):
            size = self.block_size(pattern)
            top = -(-max(N, M) // size)
            table = rng.integers(-1, top + 2, (B, KV, top, listed))
            if far_ids:  # as far past the end, and as negative, as they can be
                table.flat[::3], table.flat[1::5] = 2 ** 31 - 1, -2 ** 31
            a = ints("blocks", table, "i32")
            text += f" blocks({a[0]} : {a[1]})"
            options["blocks"] = table
        wide = "f64" if dtype == "f64" else "f32"
        region = ""
        if score:
            region = " score " + SCORES[score][0].format(f=wide)
            options["score"] = SCORES[score][1]
        scale = float(D) ** -0.5
        out, lse = tensor((B, H, N, Dv), dtype), tensor((B, H, N), wide)
        f.body.append(f"%out, %lse = msa.attend {text} pattern({pattern_text(pattern)}) scale({scale!r})"
                      f"{region} -> {out}, {lse}")
        f.results = [("%out", out), ("%lse", lse)]
        self.function, self.numbers, self.options, self.scale = f, numbers, options, scale

    @staticmethod
    def block_size(p):
        if p[0] == "blocks":
            return p[1]
        return next(AttendCase.block_size(x) for x in p[1:] if reads(x, "blocks"))

    def text(self):
        return self.function.text()

    def inputs(self):
        return self.function.values

    def expected(self):
        n = self.numbers
        return ref.attend(n["q"], n["k"], n["v"], self.pattern, self.scale, **self.options)

    def dense(self):
        """The output as PyTorch's dense computation in this 16-bit type has it."""
        n = self.numbers
        half = {"f16": lambda x: x.astype(np.float16).astype(np.float64),
                "bf16": lambda x: m.from_bf16(m.to_bf16(x)).astype(np.float64)}[self.dtype]
        return ref.attend(n["q"], n["k"], n["v"], self.pattern, self.scale, half=half, **self.options)[0]

    #: On tensor cores weights are rounded to the operands' type, as the specification allows.
    rounds_weights = False

    def check(self, outputs):
        """Worst error over the bound of the dtype: at most 1 is right."""
        out, lse = list(outputs.values())
        expected, expected_lse = self.expected()
        if self.dtype == "bf16":
            out = m.from_bf16(out)
        bound, lse_bound = BOUNDS[self.dtype]
        if self.rounds_weights:
            # Section 5: twice the error of the dense computation at that precision. A weight's rounding averages out
            # over the keys, so the error of all together stays near that of rounding the result.
            bound = 2 * m.relative_error(self.dense(), expected) + 1e-5
            off = np.linalg.norm(np.asarray(out, np.float64) - expected) / max(np.linalg.norm(expected), 1e-30)
            whole = off / {"f16": 7.5e-4, "bf16": 6e-3}[self.dtype]
            return max(whole, m.relative_error(out, expected) / bound, m.relative_error(lse, expected_lse) / lse_bound)
        return max(m.relative_error(out, expected) / bound, m.relative_error(lse, expected_lse) / lse_bound)


class TurnedCase(AttendCase):
    """Attention whose result is brought to B x N x H x D by a copy: a `transpose`, or a `loop` over one stream's rows
    without the dimension of streams."""

    def __init__(self, *arguments, copy="transpose", **keywords):
        super().__init__(*arguments, **keywords)
        f, (b, h, n, d) = self.function, self.numbers["q"].shape
        source, kind, order = "%out", tensor((b, n, h, d), self.dtype), (0, 2, 1, 3)
        if copy == "loop":
            kind, flat, order = tensor((n, h, d), self.dtype), tensor((h, n, d), self.dtype), (1, 0, 2)
            f.body.append(f"%flat = tensor.collapse_shape %out [[0, 1], [2], [3]] : {f.results[0][1]} into {flat}")
            f.results[0], source = ("%flat", flat), "%flat"
        f.body.append(f"%room = tensor.empty() : {kind}")
        ins = f"ins({source} : {f.results[0][1]}) outs(%room : {kind})"
        if copy == "loop":
            f.body.append(f"%turned = linalg.generic {{indexing_maps = [affine_map<(n, h, d) -> (h, n, d)>, affine_map<(n, h, d) -> "
                          f"(n, h, d)>], iterator_types = [\"parallel\", \"parallel\", \"parallel\"]}} {ins} {{\n  ^bb0(%x: "
                          f"{self.dtype}, %y: {self.dtype}):\n    linalg.yield %x : {self.dtype}\n  }} -> {kind}")
        else:
            f.body.append(f"%turned = linalg.transpose {ins} permutation = {list(order)}")
        if copy == "loop":
            f.body.append(f"%wide = tensor.expand_shape %turned [[0, 1], [2], [3]] output_shape [1, {n}, {h}, {d}] : "
                          f"{kind} into {tensor((b, n, h, d), self.dtype)}")
        f.results[0] = ("%wide" if copy == "loop" else "%turned", tensor((b, n, h, d), self.dtype))

    def check(self, outputs):
        turned, lse = outputs.values()
        return super().check({"out": turned.transpose(0, 2, 1, 3), "lse": lse})


# f32 as the specification says; 16-bit outputs: rounding of the result and of
# nothing else, since scores and sums are f32 (half an ulp: 2^-11, 2^-8 with
# values between rms and the next power of two), so that these are stricter than
# twice the error of a dense computation in that type.
BOUNDS = {"f64": (1e-12, 1e-12), "f32": (1e-5, 1e-5), "f16": (1.0e-3, 1e-5), "bf16": (8e-3, 1e-5)}

PATTERNS = [
    ("full",), ("causal",), ("window", 7, 0, 1), ("window", 0, 0, 1), ("window", 12, 5, 1), ("window", 24, 6, 3),
    ("strided", 5), ("any", ("all", ("causal",), ("strided", 8)), ("window", 6, 0, 1)),
    ("random", 2, 8, 6, 3), ("all", ("causal",), ("any", ("random", 1, 16, 9, 1), ("window", 10, 0, 1), ("global", 3))),
    ("global", 4), ("all", ("causal",), ("global", 2)),
    ("document",), ("all", ("document",), ("causal",)), ("all", ("document",), ("window", 9, 9, 1)),
    ("blocks", 8), ("any", ("blocks", 16), ("window", 5, 0, 1)), ("all", ("causal",), ("blocks", 4)),
    ("any", ("strided", 7), ("global", 1), ("window", 3, 3, 1)),
    ("all", ("causal",), ("window", 1 << 40, 0, 1)),
]


def attend_cases(count, seed=0, dtypes=("f32", "f64", "f16", "bf16"), prefix="c"):
    """A deterministic grid: every pattern with every dtype, shapes drawn."""
    rng = np.random.default_rng(seed)
    cases = []
    for i in range(count):
        pattern = PATTERNS[i % len(PATTERNS)]
        dtype = dtypes[(i // len(PATTERNS)) % len(dtypes)]
        B = int(rng.choice([1, 1, 2, 3]))
        KV = int(rng.choice([1, 2]))
        H = KV * int(rng.choice([1, 1, 2, 4]))
        N = int(rng.choice([1, 2, 16, 31, 33, 64, 65, 100, 130]))
        W = int(rng.choice([0, 0, 1, 16, 40]))
        K = int(rng.choice([0, 0, 1, 24, 70]))
        # A block list covers the queries from position on, so those need W = 0
        # to be its window's business; both may come together.
        D = int(rng.choice([4, 8, 16, 24, 64, 80]))
        options = {}
        if rng.random() < 0.5:
            options["position"] = [int(x) for x in rng.choice([0, 3, 17, 50, 1 << 24, (1 << 31) - 5, (1 << 32) + 11], B)]
        if rng.random() < 0.4:
            options["length"] = [int(x) for x in rng.integers(0, N + 2, B)]
        M = None
        if rng.random() < 0.3:
            # Queries that stand elsewhere than the keys: before, among, after.
            M = int(rng.choice([1, 17, 64, 90]))
            options["offset"] = [int(x) for x in rng.integers(-20, M + 20, B)]
        if rng.random() < 0.3:
            options["score"] = str(rng.choice(["softcap", "alibi"]))
        cases.append(AttendCase(f"{prefix}{i}", rng, dtype, B, H, KV, N, M, D, int(rng.choice([D, D, 12])), W, K,
                                pattern, bias=bool(rng.random() < 0.5), documents=int(rng.integers(1, 5)), **options))
    return cases


class BankWriteCase:
    """bank_write with every gate, granularity, stretch, routing and length."""

    def __init__(self, name, rng, dtype="f32", gate="gru", per_slot=True, stretch=0.1, B=1, K=8, d=16, slots=None,
                 length=None):
        self.name, self.dtype, self.gate = name, dtype, gate
        f = Function(name)
        numbers = {}

        def real(key, array):
            value, numbers[key] = quantise(array, dtype)
            return f.argument(key, value, dtype)

        bank, cand = real("bank", rng.standard_normal((B, K, d))), real("candidate", rng.standard_normal((B, K, d)))
        narrow = {"gru": [False, per_slot, False], "lstm": [per_slot, per_slot, False, False]}[gate]
        self.weights, names, types = [], [], []
        for i, one in enumerate(narrow):
            c = 1 if one else d
            triple = []
            for key, shape in ((f"w{i}", (d, c)), (f"u{i}", (d, c)), (f"b{i}", (c,))):
                a = real(key, rng.standard_normal(shape) * (1.5 if key[0] == "b" else 1.5 * d ** -0.5))
                names.append(a[0]), types.append(a[1]), triple.append(numbers[key])
            self.weights.append(tuple(triple))
        text = f"%new{', %read' if gate == 'lstm' else ''} = msa.bank_write {bank[0]}, {cand[0]} gate("
        text += f"#msa.{gate}<perSlot = {str(per_slot).lower()}, stretch = {stretch:e}>)"
        text += f" weights({', '.join(names)} : {', '.join(types)})"
        self.options = {"stretch": stretch}
        if slots:
            scores = rng.integers(0, 5, (B, K)).astype(np.float32)  # with ties
            if K > 2:
                scores[0, 1] = np.nan
            a = f.argument("scores", scores, "f32")
            text += f" top {slots} of({a[0]} : {a[1]})"
            self.options.update(scores=scores, slots=slots)
        if length is not None:
            a = f.argument("length", np.asarray(length, np.int64), "i64")
            text += f" length({a[0]} : {a[1]})"
            self.options["length"] = length
        t = tensor((B, K, d), dtype)
        text += f" : {t}, {t} -> {t}" + (f", {t}" if gate == "lstm" else "")
        f.body.append(text)
        f.results = [("%new", t)] + ([("%read", t)] if gate == "lstm" else [])
        self.function, self.numbers = f, numbers

    def text(self):
        return self.function.text()

    def inputs(self):
        return self.function.values

    def check(self, outputs):
        new, read = ref.bank_write(self.gate, self.numbers["bank"], self.numbers["candidate"], self.weights,
                                   **self.options)
        got = [m.from_bf16(x) if self.dtype == "bf16" else x for x in outputs.values()]
        bound = BOUNDS[self.dtype][0]
        worst = m.relative_error(got[0], new) / bound
        if read is not None:
            worst = max(worst, m.relative_error(got[1], read) / bound)
        # What the reference keeps must have kept its bits.
        kept = new == self.numbers["bank"]
        if not np.array_equal(np.asarray(got[0], np.float64)[kept], self.numbers["bank"][kept]):
            return float("inf")
        return worst


def state_cases(count, seed=0, dtypes=("f32", "f64", "f16", "bf16"), prefix="s"):
    rng = np.random.default_rng(seed)
    cases = []
    for i in range(count):
        B, K, d = int(rng.choice([1, 2, 3])), int(rng.choice([1, 4, 16, 33])), int(rng.choice([4, 16, 40]))
        cases.append(BankWriteCase(
            f"{prefix}{i}", rng, dtypes[i // 8 % len(dtypes)], ["gru", "lstm"][i % 2], bool(i // 2 % 2),
            [0.0, 0.1, 0.5][int(rng.integers(3))] if i // 4 % 2 else 0.1, B, K, d,
            slots=int(rng.integers(1, K + 1)) if rng.random() < 0.5 else None,
            length=[int(x) for x in rng.integers(-1, 3, B)] if rng.random() < 0.5 else None))
    return cases


class TokenCase:
    """rope, short_conv and carry."""

    def __init__(self, name, rng, kind, dtype="f32"):
        self.name, self.dtype = name, dtype
        f = Function(name)
        B, H, N, D = int(rng.choice([1, 2])), int(rng.choice([1, 3])), int(rng.choice([1, 7, 32])), int(rng.choice([8, 16, 24]))
        wide = (lambda x: m.from_bf16(x)) if dtype == "bf16" else (lambda x: x)
        if kind == "rope":
            x, numbers = quantise(rng.standard_normal((B, H, N, D)), dtype)
            a = f.argument("x", x, dtype)
            rotary = int(rng.choice([D, D // 2]))
            start = int(rng.choice([0, -5, 100]))
            options = dict(start=start, interleaved=bool(rng.integers(2)))
            scaling = str(rng.choice(["none", "linear", "ntk", "yarn"]))
            attributes = [f"start = {start} : i64"] + (["interleaved"] if options["interleaved"] else [])
            if scaling != "none":
                options.update(scaling=scaling, factor=4.0)
                attributes += [f"scaling = #msa.rope_scaling<{scaling}>", "factor = 4.0 : f64"]
                if scaling == "yarn":
                    options["original"] = 64
                    attributes.append("original = 64 : i64")
            text = f"%y = msa.rope {a[0]}"
            if rng.random() < 0.5:
                offset = rng.integers(-2, 12, B)
                o = f.argument("offset", offset.astype(np.int64), "i64")
                text += f" offset({o[0]} : {o[1]})"
                options.update(offset=offset, limit=N + 8)
                attributes.append(f"limit = {N + 8} : i64")
            text += f" rotary({rotary}) {{{', '.join(attributes)}}} : {a[1]}"
            self.expected = ref.rope(numbers, rotary, **options)
            result = a[1]
        elif kind == "conv":
            w = int(rng.choice([2, 3, 4]))
            x, xn = quantise(rng.standard_normal((B, N, D)), dtype)
            c, cn = quantise(rng.standard_normal((B, w - 1, D)), dtype)
            t, tn = quantise(rng.standard_normal((w, D)), dtype)
            a, b, e = f.argument("x", x, dtype), f.argument("c", c, dtype), f.argument("w", t, dtype)
            text = f"%y = msa.short_conv {a[0]}, {b[0]}, {e[0]} : {a[1]}, {b[1]}, {e[1]}"
            self.expected = ref.short_conv(xn, cn, tn)
            result = a[1]
        else:
            W = int(rng.choice([1, 5, 40]))
            window, wn = quantise(rng.standard_normal((B, H, W, D)), dtype)
            segment, sn = quantise(rng.standard_normal((B, H, N, D)), dtype)
            a, b = f.argument("window", window, dtype), f.argument("segment", segment, dtype)
            text = f"%y = msa.carry {a[0]}, {b[0]}"
            length = None
            if rng.random() < 0.7:
                length = rng.integers(-1, N + 2, B).astype(np.int64)
                o = f.argument("length", length, "i64")
                text += f" length({o[0]} : {o[1]})"
            text += f" : {a[1]}, {b[1]}"
            self.expected = ref.carry(wn, sn, length)
            result = a[1]
        f.body.append(text)
        f.results = [("%y", result)]
        self.function, self.wide = f, wide
        self.exact = kind == "carry"

    def text(self):
        return self.function.text()

    def inputs(self):
        return self.function.values

    def check(self, outputs):
        got = self.wide(list(outputs.values())[0])
        if self.exact:
            return 0.0 if np.array_equal(np.asarray(got, np.float64), self.expected) else float("inf")
        return m.relative_error(got, self.expected) / BOUNDS[self.dtype][0]


def token_cases(count, seed=0, dtypes=("f32", "f64", "f16", "bf16"), prefix="t"):
    rng = np.random.default_rng(seed)
    return [TokenCase(f"{prefix}{i}", rng, ["rope", "conv", "carry"][i % 3], dtypes[i // 3 % len(dtypes)])
            for i in range(count)]


def kept_slot_source(k, d):
    """One step of a bank of k slots; with weight cz = (1, 0, ..) and all others of the
    gate z zero it follows channel 0 of the candidate (test of exact keep)."""
    args = [f"%bank: tensor<1x{k}x{d}xf32> {{msa.state = \"bank\"}}", f"%c: tensor<1x{k}x{d}xf32> {{msa.name = \"c\"}}"]
    names, types = [], []
    for g, e in (("r", d), ("z", 1), ("n", d)):
        for p, shape in (("c", (d, e)), ("m", (d, e)), ("b", (e,))):
            kind = f"tensor<{'x'.join(map(str, shape))}xf32>"
            args.append(f"%{p}{g}: {kind} {{msa.constant = \"{p}{g}\"}}")
            names.append(f"%{p}{g}"), types.append(kind)
    t = f"tensor<1x{k}x{d}xf32>"
    return (f"func.func @step({', '.join(args)}) -> ({t} {{msa.state = \"bank\"}}) {{\n"
            f"  %n = msa.bank_write %bank, %c gate(#msa.gru) weights({', '.join(names)} : {', '.join(types)}) : {t}, {t} -> {t}\n"
            f"  return %n : {t}\n}}\n")
