"""Functions that mix msa with linalg, tensor, arith, math and scf, and what NumPy
says of them. A case is one function, with the interface of cases.AttendCase."""

import math

import numpy as np

import msart as m

ERF = np.vectorize(math.erf)
CBRT = np.cbrt


def elementwise(ops, inputs=("x",), n=64):
    """f(x, ..) = ops, one per line, on tensors of n elements; the last is %y."""
    args = ", ".join(f"%{i}: tensor<{n}xf32> {{msa.name = \"{i}\"}}" for i in inputs)
    body = "\n".join(f"  {line} : tensor<{n}xf32>" for line in ops)
    return f"func.func @NAME({args}) -> (tensor<{n}xf32> {{msa.name = \"y\"}}) {{\n{body}\n  return %y : tensor<{n}xf32>\n}}\n"


def function(args, results, body):
    a = ", ".join(f"%{n}: tensor<{t}> {{msa.name = \"{n}\"}}" for n, t in args)
    r = ", ".join(f"tensor<{t}> {{msa.name = \"y{i}\"}}" for i, t in enumerate(results))
    return f"func.func @NAME({a}) -> ({r}) {{\n{body}\n}}\n"


class MixedCase:
    def __init__(self, name, text, inputs, expected, bound=1e-5):
        self.name, self.source, self.arrays, self.expected, self.bound = name, text, inputs, expected, bound

    def text(self):
        return self.source.replace("@NAME", "@" + self.name)

    def inputs(self):
        return self.arrays

    def check(self, outputs):
        worst = 0.0
        for got, want in zip(outputs.values(), self.expected(*[np.asarray(a, np.float64) for a in self.arrays])):
            want = np.asarray(want)
            if got.shape != want.shape:
                return float("inf")
            worst = max(worst, m.relative_error(got, want) / self.bound)
        return worst


def _unary():
    """(math op, NumPy's function, where to draw from)"""
    return [
        ("exp", np.exp, (-20, 20)), ("exp2", np.exp2, (-30, 30)), ("expm1", np.expm1, (-3, 3)),
        ("log", np.log, (1e-3, 50)), ("log2", np.log2, (1e-3, 50)), ("log10", np.log10, (1e-3, 50)),
        ("log1p", np.log1p, (-0.9, 50)), ("sqrt", np.sqrt, (0, 50)), ("rsqrt", lambda x: x ** -0.5, (1e-2, 50)),
        ("cbrt", CBRT, (-50, 50)), ("tanh", np.tanh, (-4, 4)), ("erf", ERF, (-4, 4)),
        ("sin", np.sin, (-6, 6)), ("cos", np.cos, (-6, 6)), ("tan", np.tan, (-1.4, 1.4)),
        ("sinh", np.sinh, (-4, 4)), ("cosh", np.cosh, (-4, 4)), ("asin", np.arcsin, (-1, 1)),
        ("acos", np.arccos, (-1, 1)), ("atan", np.arctan, (-9, 9)), ("asinh", np.arcsinh, (-9, 9)),
        ("acosh", np.arccosh, (1.01, 9)), ("atanh", np.arctanh, (-0.9, 0.9)), ("absf", np.abs, (-4, 4)),
        ("floor", np.floor, (-4, 4)), ("ceil", np.ceil, (-4, 4)), ("trunc", np.trunc, (-4, 4)),
        ("roundeven", np.round, (-4, 4)),
    ]


def mixed_cases(prefix="mx"):
    rng = np.random.default_rng(31)
    f32 = lambda *s: rng.standard_normal(s).astype(np.float32)  # noqa: E731
    cases = []

    def add(name, text, inputs, expected, bound=1e-5):
        cases.append(MixedCase(f"{prefix}_{name}", text, inputs, expected, bound))

    for op, fn, (low, high) in _unary():
        x = rng.uniform(low, high, 64).astype(np.float32)
        add(op, elementwise([f"%y = math.{op} %x"]), [x], lambda a, fn=fn: [fn(a)])
    add("powf", elementwise(["%y = math.powf %x, %z"], ("x", "z")),
        [rng.uniform(0.1, 4, 64).astype(np.float32), f32(64)], lambda a, b: [a ** b])
    add("atan2", elementwise(["%y = math.atan2 %x, %z"], ("x", "z")), [f32(64), f32(64)], lambda a, b: [np.arctan2(a, b)])
    add("arith", elementwise(["%a = arith.addf %x, %z", "%b = arith.mulf %a, %x", "%c = arith.subf %b, %z",
                              "%y = arith.maximumf %c, %x"], ("x", "z")),
        [f32(64), f32(64)], lambda a, b: [np.maximum((a + b) * a - b, a)])
    step = """
    %f = linalg.fill ins(%z : f32) outs(%e : tensor<32x32xf32>) -> tensor<32x32xf32>
    %m = linalg.matmul ins(%a, %w : tensor<32x32xf32>, tensor<32x32xf32>) outs(%f : tensor<32x32xf32>) -> tensor<32x32xf32>
    %t = math.tanh %m : tensor<32x32xf32>
    scf.yield %t : tensor<32x32xf32>
  }
  return %r : tensor<32x32xf32>"""
    head = "  %c0 = arith.constant 0 : index\n  %c1 = arith.constant 1 : index\n  %z = arith.constant 0.0 : f32\n  %e = tensor.empty() : tensor<32x32xf32>\n"

    def power(n):
        def run(x, w, *_):
            for _ in range(n):
                x = np.tanh(x @ w)
            return [x]
        return run

    w = (f32(32, 32) / 6).astype(np.float32)
    add("loop", function([("x", "32x32xf32"), ("w", "32x32xf32")], ["32x32xf32"], head
                         + "  %n = arith.constant 3 : index\n  %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x) -> tensor<32x32xf32> {" + step),
        [f32(32, 32), w], power(3))
    add("counted_loop", function([("x", "32x32xf32"), ("w", "32x32xf32"), ("n", "1xi64")], ["32x32xf32"], head
                                 + "  %k = tensor.extract %n[%c0] : tensor<1xi64>\n  %n1 = arith.index_cast %k : i64 to index\n"
                                 "  %r = scf.for %i = %c0 to %n1 step %c1 iter_args(%a = %x) -> tensor<32x32xf32> {" + step),
        [f32(32, 32), w, np.array([4])], power(4))
    swap = """  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %k = tensor.extract %n[%c0] : tensor<1xi64>
  %n1 = arith.index_cast %k : i64 to index
  %r:2 = scf.for %i = %c0 to %n1 step %c1 iter_args(%a = %x, %b = %y) -> (tensor<8xf32>, tensor<8xf32>) {
    scf.yield %b, %a : tensor<8xf32>, tensor<8xf32>
  }
  return %r#0, %r#1 : tensor<8xf32>, tensor<8xf32>"""
    for n in (0, 1, 5):
        add(f"swap{n}", function([("x", "8xf32"), ("y", "8xf32"), ("n", "1xi64")], ["8xf32", "8xf32"], swap),
            [f32(8), f32(8), np.array([n])], lambda a, b, k: [b, a] if int(k[0]) % 2 else [a, b])
    branch = """  %c0 = arith.constant 0 : index
  %zero = arith.constant 0 : i64
  %v = tensor.extract %p[%c0] : tensor<1xi64>
  %c = arith.cmpi sgt, %v, %zero : i64
  %r = scf.if %c -> tensor<8x8xf32> {
    %t = math.exp %x : tensor<8x8xf32>
    scf.yield %t : tensor<8x8xf32>
  } else {
    scf.yield %x : tensor<8x8xf32>
  }
  %s = arith.addf %r, %x : tensor<8x8xf32>
  return %s : tensor<8x8xf32>"""
    for v in (0, 1):
        add(f"branch{v}", function([("x", "8x8xf32"), ("p", "1xi64")], ["8x8xf32"], branch), [f32(8, 8), np.array([v])],
            lambda a, p: [a + (np.exp(a) if p[0] > 0 else a)])
    add("concat", function([("x", "8x8xf32"), ("y", "4x8xf32")], ["12x8xf32"],
                           "  %r = tensor.concat dim(0) %x, %y : (tensor<8x8xf32>, tensor<4x8xf32>) -> tensor<12x8xf32>\n  return %r : tensor<12x8xf32>"),
        [f32(8, 8), f32(4, 8)], lambda a, b: [np.concatenate([a, b])])
    add("pad", function([("x", "8x8xf32")], ["10x12xf32"],
                        "  %z = arith.constant 1.5 : f32\n  %r = tensor.pad %x low[1,2] high[1,2] {\n  ^bb0(%i: index, %j: index):\n    tensor.yield %z : f32\n"
                        "  } : tensor<8x8xf32> to tensor<10x12xf32>\n  return %r : tensor<10x12xf32>"),
        [f32(8, 8)], lambda a: [np.pad(a, ((1, 1), (2, 2)), constant_values=1.5)])

    def slices(a, b):
        r = a.copy()
        r[3:5] = b
        return [r, a[2:8:2]]

    add("slices", function([("x", "8x8xf32"), ("y", "2x8xf32")], ["8x8xf32", "3x8xf32"],
                           "  %r = tensor.insert_slice %y into %x[3,0][2,8][1,1] : tensor<2x8xf32> into tensor<8x8xf32>\n"
                           "  %s = tensor.extract_slice %x[2,0][3,8][2,1] : tensor<8x8xf32> to tensor<3x8xf32>\n"
                           "  return %r, %s : tensor<8x8xf32>, tensor<3x8xf32>"),
        [f32(8, 8), f32(2, 8)], slices)
    add("generate", function([("x", "8xf32")], ["8x8xf32"], """  %r = tensor.generate {
  ^bb0(%i: index, %j: index):
    %a = tensor.extract %x[%i] : tensor<8xf32>
    %b = tensor.extract %x[%j] : tensor<8xf32>
    %c = arith.mulf %a, %b : f32
    tensor.yield %c : f32
  } : tensor<8x8xf32>
  return %r : tensor<8x8xf32>"""), [f32(8)], lambda a: [np.outer(a, a)])

    def softmax(a):
        e = np.exp(a - a.max(-1, keepdims=True))
        return [e / e.sum(-1, keepdims=True)]

    add("softmax", function([("x", "4x16xf32")], ["4x16xf32"],
                            "  %e = tensor.empty() : tensor<4x16xf32>\n  %r = linalg.softmax dimension(1) ins(%x : tensor<4x16xf32>)"
                            " outs(%e : tensor<4x16xf32>) -> tensor<4x16xf32>\n  return %r : tensor<4x16xf32>"), [f32(4, 16)], softmax)
    add("reduce", function([("x", "4x16xf32")], ["f32"], """  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<f32>
  %i = linalg.fill ins(%z : f32) outs(%e : tensor<f32>) -> tensor<f32>
  %r = linalg.reduce ins(%x : tensor<4x16xf32>) outs(%i : tensor<f32>) dimensions = [0, 1]
    (%a: f32, %b: f32) {
      %c = arith.addf %a, %b : f32
      linalg.yield %c : f32
    }
  return %r : tensor<f32>"""), [f32(4, 16)], lambda a: [a.sum()], 1e-5)
    add("scalar", function([("x", "4xf32")], ["4xf32"], """  %c0 = arith.constant 0 : index
  %a = tensor.extract %x[%c0] : tensor<4xf32>
  %b = math.absf %a : f32
  %r = tensor.insert %b into %x[%c0] : tensor<4xf32>
  return %r : tensor<4xf32>"""), [-np.abs(f32(4))], lambda a: [np.concatenate([np.abs(a[:1]), a[1:]])])
    add("batch_matmul", function([("x", "3x8x16xf32"), ("y", "3x16x8xf32")], ["3x8x8xf32"], """  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3x8x8xf32>
  %i = linalg.fill ins(%z : f32) outs(%e : tensor<3x8x8xf32>) -> tensor<3x8x8xf32>
  %r = linalg.batch_matmul ins(%x, %y : tensor<3x8x16xf32>, tensor<3x16x8xf32>) outs(%i : tensor<3x8x8xf32>) -> tensor<3x8x8xf32>
  return %r : tensor<3x8x8xf32>"""), [f32(3, 8, 16), f32(3, 16, 8)], lambda a, b: [a @ b])
    add("conv", function([("x", "1x10x4xf32"), ("w", "3x4x5xf32")], ["1x8x5xf32"], """  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x8x5xf32>
  %i = linalg.fill ins(%z : f32) outs(%e : tensor<1x8x5xf32>) -> tensor<1x8x5xf32>
  %r = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x10x4xf32>, tensor<3x4x5xf32>) outs(%i : tensor<1x8x5xf32>) -> tensor<1x8x5xf32>
  return %r : tensor<1x8x5xf32>"""), [f32(1, 10, 4), f32(3, 4, 5)],
        lambda a, b: [sum(a[:, t: t + 8] @ b[t] for t in range(3))])
    add("constant", function([("x", "2x2xf32")], ["2x2xf32"],
                             "  %c = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>\n"
                             "  %r = arith.addf %x, %c : tensor<2x2xf32>\n  return %r : tensor<2x2xf32>"),
        [f32(2, 2)], lambda a: [a + np.array([[1, 2], [3, 4]])])
    add("twice_returned", function([("x", "2x2xf32")], ["2x2xf32", "2x2xf32"], "  return %x, %x : tensor<2x2xf32>, tensor<2x2xf32>"),
        [f32(2, 2)], lambda a: [a, a])
    add("reshape", function([("x", "4x6xf32")], ["8x3xf32"],
                            "  %s = arith.constant dense<[8, 3]> : tensor<2xi64>\n"
                            "  %r = tensor.reshape %x(%s) : (tensor<4x6xf32>, tensor<2xi64>) -> tensor<8x3xf32>\n  return %r : tensor<8x3xf32>"),
        [f32(4, 6)], lambda a: [a.reshape(8, 3)])
    for case in _rows(f32):
        add(*case)
    # Attention in the middle of other work, its scores capped.
    t = "1x2x16x8xf32"
    add("attend_inside", function([("x", "16x16xf32"), ("w", "16x16xf32")], ["16x16xf32"], f"""  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<16x16xf32>
  %i = linalg.fill ins(%z : f32) outs(%e : tensor<16x16xf32>) -> tensor<16x16xf32>
  %p = linalg.matmul ins(%x, %w : tensor<16x16xf32>, tensor<16x16xf32>) outs(%i : tensor<16x16xf32>) -> tensor<16x16xf32>
  %p3 = tensor.expand_shape %p [[0], [1, 2]] output_shape [16, 2, 8] : tensor<16x16xf32> into tensor<16x2x8xf32>
  %e3 = tensor.empty() : tensor<2x16x8xf32>
  %h3 = linalg.transpose ins(%p3 : tensor<16x2x8xf32>) outs(%e3 : tensor<2x16x8xf32>) permutation = [1, 0, 2]
  %h = tensor.expand_shape %h3 [[0, 1], [2], [3]] output_shape [1, 2, 16, 8] : tensor<2x16x8xf32> into tensor<{t}>
  %o, %l = msa.attend ins(%h, %h, %h : tensor<{t}>, tensor<{t}>, tensor<{t}>) pattern(#msa.causal) scale(0.5) -> tensor<{t}>, tensor<1x2x16xf32>
  %o3 = tensor.collapse_shape %o [[0, 1], [2], [3]] : tensor<{t}> into tensor<2x16x8xf32>
  %eb = tensor.empty() : tensor<16x2x8xf32>
  %b3 = linalg.transpose ins(%o3 : tensor<2x16x8xf32>) outs(%eb : tensor<16x2x8xf32>) permutation = [1, 0, 2]
  %b = tensor.collapse_shape %b3 [[0], [1, 2]] : tensor<16x2x8xf32> into tensor<16x16xf32>
  %g = math.tanh %b : tensor<16x16xf32>
  %y = arith.addf %g, %x : tensor<16x16xf32>
  return %y : tensor<16x16xf32>"""), [f32(16, 16), (f32(16, 16) / 4).astype(np.float32)], _attend_inside)
    return cases


def _rows(f32):
    """Rows that a warp of a GPU sums, and as many elements as its threads take 16 bytes of."""
    rows, row = "affine_map<(i, k) -> (i, k)>", "affine_map<(i, k) -> (i)>"

    def reduced(name, x, shape, first, lines):
        n, k = shape
        body = "\n".join(f"    {line} : f32" for line in lines)
        return f"""  %{name}_z = arith.constant {first} : f32
  %{name}_e = tensor.empty() : tensor<{n}xf32>
  %{name}_i = linalg.fill ins(%{name}_z : f32) outs(%{name}_e : tensor<{n}xf32>) -> tensor<{n}xf32>
  %{name} = linalg.generic {{indexing_maps = [{rows}, {row}], iterator_types = ["parallel", "reduction"]}}
    ins({x} : tensor<{n}x{k}xf32>) outs(%{name}_i : tensor<{n}xf32>) {{
  ^bb0(%a: f32, %s: f32):
{body}
    linalg.yield %y : f32
  }} -> tensor<{n}xf32>
"""

    squares = ["%m = arith.mulf %a, %a", "%y = arith.addf %s, %m"]
    norm = reduced("s", "%x", (64, 4096), "0.0", squares) + f"""  %e = tensor.empty() : tensor<64x4096xf32>
  %r = linalg.generic {{indexing_maps = [{rows}, {row}, affine_map<(i, k) -> (k)>, {rows}], iterator_types = ["parallel", "parallel"]}}
    ins(%x, %s, %w : tensor<64x4096xf32>, tensor<64xf32>, tensor<4096xf32>) outs(%e : tensor<64x4096xf32>) {{
  ^bb0(%a: f32, %b: f32, %c: f32, %o: f32):
    %root = math.sqrt %b : f32
    %d = arith.divf %a, %root : f32
    %y = arith.mulf %d, %c : f32
    linalg.yield %y : f32
  }} -> tensor<64x4096xf32>
  %t = tensor.concat dim(0) %r, %x : (tensor<64x4096xf32>, tensor<64x4096xf32>) -> tensor<128x4096xf32>
  return %t : tensor<128x4096xf32>"""
    yield ("rows_norm", function([("x", "64x4096xf32"), ("w", "4096xf32")], ["128x4096xf32"], norm), [f32(64, 4096), f32(4096)],
           lambda a, w: [np.concatenate([a / np.sqrt((a * a).sum(1, keepdims=True)) * w, a])])
    # No multiple of a warp's vectors, and less than nothing to start from.
    greatest = reduced("s", "%x", (40, 2056), "-1.0e30", ["%y = arith.maxnumf %s, %a"]) + "  return %s : tensor<40xf32>"
    yield ("rows_max", function([("x", "40x2056xf32")], ["40xf32"], greatest), [f32(40, 2056) - np.float32(9)],
           lambda a: [a.max(1)])
    odd = reduced("s", "%x", (40, 2055), "0.0", squares) + "  return %s : tensor<40xf32>"
    yield ("rows_odd", function([("x", "40x2055xf32")], ["40xf32"], odd), [f32(40, 2055)], lambda a: [(a * a).sum(1)])
    column = """  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<40x1xf32>
  %i = linalg.fill ins(%z : f32) outs(%e : tensor<40x1xf32>) -> tensor<40x1xf32>
  %r = linalg.matmul ins(%x, %w : tensor<40x2056xf32>, tensor<2056x1xf32>) outs(%i : tensor<40x1xf32>) -> tensor<40x1xf32>
  return %r : tensor<40x1xf32>"""
    yield ("rows_column", function([("x", "40x2056xf32"), ("w", "2056x1xf32")], ["40x1xf32"], column),
           [f32(40, 2056), f32(2056, 1)], lambda a, w: [a @ w])


def _attend_inside(x, w):
    h = (x @ w).reshape(16, 2, 8).transpose(1, 0, 2)
    s = 0.5 * h @ h.transpose(0, 2, 1)
    s = np.where(np.tril(np.ones((16, 16), bool)), s, -np.inf)
    p = np.exp(s - s.max(-1, keepdims=True))
    o = (p / p.sum(-1, keepdims=True)) @ h
    return [np.tanh(o.transpose(1, 0, 2).reshape(16, 16)) + x]
