"""Kernels of a GPU without tensor cores compute what the float64 reference says: their PTX, run in NumPy."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest

import cases
import mixed
import msart as m
import ptx_grid

sys.path.insert(0, os.path.join(m.ROOT, "examples"))
import layer  # noqa: E402

KIND = {"bf16": np.uint16, "f16": np.float16, "f32": np.float32, "i32": np.int32, "i64": np.int64, "i1": np.bool_}


def array(kind):
    """Of a memref's type; its bytes are what nothing has written."""
    *shape, element = kind.split("x")
    x = np.empty([int(n) for n in shape], KIND[element])
    x.reshape(-1).view(np.uint8)[:] = 0xFF
    return x


def constant(text):
    kind, value = re.match(r"memref<([^>]*)> = dense<(.*)> \{", text).groups()
    x = array(kind)
    x[...] = (np.frombuffer(bytes.fromhex(value[3:-1]), x.dtype).reshape(x.shape) if value.startswith('"') else
              np.array(eval(value), x.dtype))
    return x


class Model:
    """A module for sm_80: its plan's dispatches are calls of kernels in PTX."""

    def __init__(self, text, tmp_path, options=(), change=lambda ptx: ptx):
        source = tmp_path / "case.mlir"
        source.write_text(text)

        def emit(what):
            return subprocess.run([m.COMPILE, source, "--target=cuda", "--gpu-arch=sm_80", f"--emit={what}", *options], check=True,
                                  capture_output=True, text=True).stdout
        plan = emit("plan")
        self.ptx = change(emit("ptx"))
        self.constants = {name: constant(rest) for name, rest in
                          re.findall(r"memref\.global [^@]*@(\w+) : (.* \{[^\n]*)", plan)}
        head, self.entry = re.search(r"  func\.func @(.*?) \{\n(.*?)\n  \}", plan, re.S).groups()
        self.arguments = re.findall(r"(%\w+): memref<([^>]*)>(?: \{([^}]*)\})?", head)
        self.launches = 0

    def step(self, inputs, skew=0):
        """Inputs are written over where they are states; the results, in order. skew: how many bytes past a multiple of 16
        callers' tensors lie."""
        inputs, values, results, skews = list(inputs), {}, [], {}
        for name, kind, about in self.arguments:
            if "msa.result" in about:
                values[name] = array(kind)
                results.append(values[name])
                skews[id(values[name])] = skew
            else:
                x = np.ascontiguousarray(inputs.pop(0))
                skews[id(x)] = 0 if "msa.state" in about or "msa.constant" in about else skew
                assert list(x.shape) == [int(n) for n in kind.split("x")[:-1]] and x.dtype == KIND[kind.split("x")[-1]], name
                values[name] = x
        for line in self.entry.splitlines():
            if found := re.match(r"\s*(%\w+) = memref\.alloc\(\) .*: memref<([^>]*)>", line):
                values[found[1]] = array(found[2])
            elif found := re.match(r"\s*(%\w+) = memref\.get_global @(\w+)", line):
                values[found[1]] = self.constants[found[2]]
            elif found := re.match(r"\s*(%\w+) = arith\.constant (\d+) : index", line):
                values[found[1]] = int(found[2])
            elif found := re.match(r"\s*call @(\w+)\(([^)]*)\)", line):
                *buffers, begin, tiles = (values[x.strip()] for x in found[2].split(","))
                assert begin == 0
                ptx_grid.Kernel(self.ptx, found[1]).run(buffers, tiles, [skews.get(id(x), 0) for x in buffers])
                self.launches += 1
            else:
                assert re.match(r"\s*return", line), line
        return results


def error(case, tmp_path, **options):
    """The case's error over its bound."""
    outputs = Model(case.text(), tmp_path, **options).step(case.inputs())
    return case.check({f"y{i}": x for i, x in enumerate(outputs)})


def half(items):
    """f64 needs a library on a GPU."""
    return [case for case in items if getattr(case, "dtype", "f32") != "f64"]


@pytest.mark.parametrize("case", half(cases.state_cases(64, seed=13)), ids=lambda c: c.name)
def test_bank_writes(case, tmp_path):
    assert error(case, tmp_path) <= 1, case.text()


@pytest.mark.parametrize("case", half(cases.token_cases(48, seed=14)), ids=lambda c: c.name)
def test_tokens(case, tmp_path):
    assert error(case, tmp_path) <= 1, case.text()


@pytest.mark.parametrize("case", [c for c in mixed.mixed_cases() if not c.name.startswith("mxattend")], ids=lambda c: c.name)
def test_mixed_functions(case, tmp_path):
    assert error(case, tmp_path) <= 1, case.text()


def norm(rows, d, dtype):
    """An RMS norm, as layers have it."""
    x, w = layer.t(rows, d, dtype=dtype), layer.t(d, dtype=dtype)
    return (layer.MAPS + f"func.func @norm(%in: {x} {{msa.name = \"x\"}}, %weight: {w} {{msa.constant = \"w\"}}) -> {x} {{"
            + layer.norm(layer.Shape(dtype=dtype), "h", "%in", "%weight", rows, d, dtype) + f"\n    return %h : {x}\n}}\n")


# A warp a row: 1, 4 and 8 steps of its lanes at once, 16 one after the other, and some that not all lanes take.
@pytest.mark.parametrize("d", (256, 1024, 2048, 4096, 520))
@pytest.mark.parametrize("dtype", ("bf16", "f32"))
@pytest.mark.parametrize("skew", (0, 4))
def test_norms(d, dtype, skew, tmp_path):
    rng = np.random.default_rng(d)
    (x, x64), (w, w64) = (cases.quantise(rng.standard_normal(shape) * 3, dtype) for shape in ((1024, d), (d,)))
    model = Model(norm(1024, d, dtype), tmp_path)
    y = model.step([x, w], skew)[0]
    assert model.launches == 1
    want = x64 / np.sqrt((x64 * x64).mean(1, keepdims=True) + 1e-5) * w64
    assert m.relative_error(m.from_bf16(y) if dtype == "bf16" else y, want) <= cases.BOUNDS[dtype][0]


@pytest.mark.parametrize("width", (2, 3, 4))
@pytest.mark.parametrize("dtype", ("bf16", "f32"))
@pytest.mark.parametrize("rows", (1028, 1030))  # four of a thread; no four come out even
def test_convolution(width, dtype, rows, tmp_path):
    d = 1024 if dtype == "bf16" else 512
    rng = np.random.default_rng(width)
    arrays, wide = zip(*(cases.quantise(rng.standard_normal(shape), dtype) for shape in ((1, rows, d), (1, width - 1, d), (width, d))))
    kinds = [layer.t(*x.shape, dtype=dtype) for x in arrays]
    named = ", ".join(f"%{n}: {k} {{msa.name = \"{n}\"}}" for n, k in zip("xcw", kinds))
    text = (f"func.func @conv({named}) -> {kinds[0]} {{\n  %y = msa.short_conv %x, %c, %w : {', '.join(kinds)}\n"
            f"  return %y : {kinds[0]}\n}}\n")
    model = Model(text, tmp_path)
    tiles = max(int(n) for n in re.findall(r"constant (\d+) : index", model.entry))
    assert (tiles < rows * d // (16 if dtype == "bf16" else 8)) == (rows == 1028)
    for skew in (0, 4):
        y = model.step(arrays, skew)[0]
        want = cases.ref.short_conv(*wide)
        assert m.relative_error(m.from_bf16(y) if dtype == "bf16" else y, want) <= cases.BOUNDS[dtype][0]


LOGISTIC = ["%one = arith.constant dense<1.0>", "%n = arith.negf %x", "%e = math.exp %n", "%d = arith.addf %e, %one",
            "%y = arith.divf %one, %d"]
ENDS = np.array([0, -0.0, np.inf, -np.inf, np.nan, 1e-30, 1e30, -1e30, 3e38, -3e38, 88.71, 88.72, 88.73, 89, 128, -87.3, -88.7, -89,
                 -104, 0.624, 0.625, 0.626, -0.625, 9.1, -9.1, 44.3, -44.3, 1e-42], np.float32)


@pytest.mark.parametrize("name, ulps, lines, exact", [
    ("exp", 4, ["%y = math.exp %x"], np.exp), ("exp2", 4, ["%y = math.exp2 %x"], np.exp2),
    ("tanh", 6, ["%y = math.tanh %x"], np.tanh), ("logistic", 4, LOGISTIC, lambda x: 1 / (1 + np.exp(-x))),
    ("silu", 4, ["%one = arith.constant dense<1.0>", "%n = arith.negf %x", "%e = math.exp %n", "%d = arith.addf %one, %e",
              "%y = arith.divf %x, %d"], lambda x: x / (1 + np.exp(-x)))])
@pytest.mark.parametrize("size", (8192, 1 << 18))  # a number a thread, and four
def test_functions(name, ulps, lines, exact, size, tmp_path):
    """All of f32: a few ulp of what is no denormal, and the ends."""
    rng = np.random.default_rng(3)
    x = np.concatenate([ENDS, *(rng.uniform(-end, end, size // 4).astype(np.float32) for end in (130, 1)),
                        rng.integers(0, 1 << 32, size, np.uint64).astype(np.uint32).view(np.float32)])[:size]
    y = Model(mixed.elementwise(lines, n=size).replace("@NAME", "@" + name), tmp_path).step([x])[0].astype(np.float64)
    with np.errstate(all="ignore"):
        want = exact(x.astype(np.float64))
        want = np.where(np.abs(want) < 2.0 ** 128, want, np.sign(want) * np.inf)
        near = np.abs(y - want) <= np.maximum(ulps * 2.0 ** -23 * np.abs(want), 2.0 ** -125)
        # Rounding past the greatest number; infinity over infinity, and what is over one in f32.
        ok = near | (y == want) | (np.isnan(y) & (np.isnan(want) | np.isinf(x))) | (np.isinf(y) & (np.abs(want) > 3.4e38))
        ok |= (name == "silu") & (x < -88.72) & (y == 0)
    assert ok.all(), [(a, b, c) for a, b, c in zip(x[~ok], y[~ok], want[~ok])][:9]


@pytest.mark.parametrize("right, wrong", [("0fBFB8AA3B", "0fBFB8AA5B"), ("0f3F317218", "0f00000000"), ("0f3E800000;", "0f3E800010;")])
def test_wrong_kernels_are_found(right, wrong, tmp_path):
    """-log2 e; ln 2, which what rounding has lost is multiplied by; a quarter that is added or multiplied by."""
    x = np.linspace(-60, 60, 8192, dtype=np.float32)
    text = mixed.elementwise(LOGISTIC, n=8192).replace("@NAME", "@logistic")

    def worst(change):
        y = Model(text, tmp_path, change=change).step([x])[0].astype(np.float64)
        return np.max(np.abs(y * (1 + np.exp(-x.astype(np.float64))) - 1))
    assert worst(lambda ptx: ptx) <= 2.0 ** -21 < worst(lambda ptx: ptx.replace(right, wrong))


@pytest.mark.parametrize("length", (64, 17, 0))  # a segment longer than its window, shorter, none
def test_a_layer(length, tmp_path):
    """All kernels of a layer, those that share a launch too: what a CPU's code gives, states and all."""
    shape = layer.Shape(width=128, heads=2, segment=64, window=32, slots=32, mlp=0, dtype="f32")
    text = layer.layer_entry(shape)
    rng = np.random.default_rng(7)

    def draw(kind):
        *sizes, element = kind.removeprefix("tensor<").removesuffix(">").split("x")
        return rng.standard_normal([int(n) for n in sizes]).astype(KIND[element])
    x, weights = draw(layer.t(64, 128)), {n: draw(k) * np.float32(max(std, 0.5 * (std == 0))) + np.float32(mean)
                                          for n, k, _, std, mean in layer.weights(shape)}
    states = {n: draw(k) for n, k in layer.states(shape)}
    at, n = np.array([1000]), np.array([length])
    loaded = m.Model(m.Device("cpu", 1), m.compile_text(text, "cpu"))
    for name, value in weights.items():
        loaded.set_constant(name, value)
    session = m.Session(loaded)
    for name, value in states.items():
        session.set_state(name, value)
    want = session.step("step", [x, at, n])["y"]
    model = Model(text, tmp_path)
    y = model.step([x, at, n, *states.values(), *weights.values()])[0]
    assert m.relative_error(y[:length or 1], want[:length or 1].astype(np.float64)) <= 1e-5
    for name, value in states.items():
        assert m.relative_error(value, session.get_state(name).astype(np.float64)) <= 1e-5, name
