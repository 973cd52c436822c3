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


class AttendCase:
    def __init__(self, name, rng, dtype="f32", B=1, H=2, KV=2, N=33, M=None, D=16, Dv=None, W=0, K=0,
                 pattern=("causal",), bias=False, position=None, length=None, offset=None, score=None,
                 documents=0, listed=3, std=1.0):
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

    def check(self, outputs):
        """Worst error over the bound of the dtype: at most 1 is right."""
        out, lse = list(outputs.values())
        expected, expected_lse = self.expected()
        if self.dtype == "bf16":
            out = m.from_bf16(out)
        bound, lse_bound = BOUNDS[self.dtype]
        return max(m.relative_error(out, expected) / bound, m.relative_error(lse, expected_lse) / lse_bound)


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
        if rng.random() < 0.3:
            options["score"] = str(rng.choice(["softcap", "alibi"]))
        cases.append(AttendCase(f"{prefix}{i}", rng, dtype, B, H, KV, N, None, D, int(rng.choice([D, D, 12])), W, K,
                                pattern, bias=bool(rng.random() < 0.5), documents=int(rng.integers(1, 5)), **options))
    return cases
