"""Attention by mma.sync computes attention: its PTX, run in NumPy, against the float64 reference."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest

import cases
import msart as m
import ptx_machine
import tile_programs

sys.path.insert(0, os.path.join(m.ROOT, "test", "gpu"))
import mma  # noqa: E402

# As msa-to-mma-plan does it for attention alone, up to the pipelines of loads.
PIPELINE = ("builtin.module(msa-schedule-attend{mma=true},msa-gpu-fold-transpose,canonicalize,msa-entry-to-destination,"
            "eliminate-empty-tensors,one-shot-bufferize,canonicalize,msa-outline-dispatches{threads=true},canonicalize,"
            "msa-merge-kernels,msa-plan-arena,msa-gpu-expand-attend,canonicalize,cse)")
BYTES = {"bf16": m.to_bf16, "f16": lambda x: x.astype(np.float16), "f32": lambda x: x.astype(np.float32),
         "i32": lambda x: x.astype(np.int32), "i64": lambda x: x.astype(np.int64)}


class Machine(tile_programs.Machine):
    """A plan whose kernels are PTX."""

    def __init__(self, plan, ptx, **options):
        super().__init__(plan)
        self.ptx, self.options = ptx, options

    def run(self, name, arrays):
        op = self.functions[name]
        launch = re.search(r"#msa_gpu\.launch<block = (\d+), shared = (\d+), cluster = 1, persistent = false", op.attributes)
        if not launch:
            return super().run(name, arrays)
        kinds = re.findall(r"memref<[\dx]*x(\w+)", re.search(r"function_type = \(([^)]*)\)", op.properties)[1])
        kernel = ptx_machine.Kernel(self.ptx, name)
        assert kernel.threads == int(launch[1])
        buffers = [np.ascontiguousarray(BYTES[k](x)) for k, x in zip(kinds, arrays)]
        kernel.run(buffers, int(arrays[-1]), int(launch[2]), **self.options)
        for kind, array, buffer in zip(kinds, arrays, buffers):
            array[...] = m.from_bf16(buffer) if kind == "bf16" else buffer


def check(case, tmp_path, change=lambda ptx: ptx, **options):
    """The case's error over its bound. change: of its PTX."""
    text, source, ptx = case.text(), tmp_path / "case.mlir", tmp_path / "case.ptx"
    source.write_text(text)
    plan = subprocess.run([m.OPT, f"--pass-pipeline={PIPELINE}", "--mlir-print-op-generic"], input=text, capture_output=True,
                          text=True, check=True).stdout
    subprocess.run([m.COMPILE, source, *mma.OPTIONS, "--emit=ptx", "-o", ptx], check=True)
    machine = Machine(plan, change(ptx.read_text()), **options)
    arrays = [m.from_bf16(x) if x.dtype == np.uint16 else x.astype(np.float32 if x.dtype.kind == "f" else np.int64)
              for x in map(np.asarray, case.inputs())]
    b, h, n, d = case.numbers["q"].shape
    out = np.full((b, n, h, d) if isinstance(case, cases.TurnedCase) else (b, h, n, d), np.nan, np.float32)
    lse = np.full((b, h, n), np.nan, np.float32)
    machine.run(case.name, [*arrays, out, lse])
    return case.check({"out": m.to_bf16(out) if case.dtype == "bf16" else out.astype(np.float16), "lse": lse})


@pytest.mark.parametrize("case", [c for c in mma.grid() if c.tiles < 1000], ids=lambda c: c.name)
def test_attention(case, tmp_path):
    assert check(case, tmp_path) <= 1, case.label


@pytest.mark.parametrize("order", (1, -1))
@pytest.mark.parametrize("late", (True, False))
@pytest.mark.parametrize("case", mma.grid()[:2], ids=lambda c: c.name)
def test_barriers_suffice(case, tmp_path, late, order):
    """Warps run one after the other from barrier to barrier, copies are made at once or when they are waited for."""
    assert check(case, tmp_path, together=False, late=late, order=order) <= 1, case.label


@pytest.mark.parametrize("case", mma.grid()[:3], ids=lambda c: c.name)
def test_buffers_lie_anywhere(case, tmp_path):
    """Views of callers' tensors need not lie at multiples of 16 bytes."""
    assert check(case, tmp_path, skew=2) <= 1, case.label


# One tile of queries, whose keys are read in three loops: cut on the right, cut on the left, and whole.
LOOPS = cases.AttendCase("loops", np.random.default_rng(1), dtype="f16", D=64, H=1, KV=1, N=64, M=448, offset=(384,),
                         pattern=("window", 300, 0, 1))
LOOPS.rounds_weights = True


def is_wrong(change, tmp_path):
    """In any order that warps may run in, with copies that are made at once or late; the machine may raise as well."""
    def one(late, order):
        try:
            return not check(LOOPS, tmp_path, change, together=False, late=late, order=order) <= 1
        except AssertionError:
            return True
    return any(one(late, order) for late in (False, True) for order in (1, -1))


def test_loops(tmp_path):
    assert not is_wrong(lambda ptx: ptx, tmp_path)


@pytest.mark.parametrize("old, new, count", (
    (".trans", "", -1), ("cp.async.wait_group 0;", "", -1), ("ld.shared.v4.b32 {a, b,", "ld.shared.v4.b32 {b, a,", -1),
    (", 112;", ", 96;", 1)), ids=("transposed", "waits", "stores", "swizzle"))
def test_what_is_broken_is_found(old, new, count, tmp_path):
    assert is_wrong(lambda ptx: ptx.replace(old, new, count), tmp_path)


def test_barriers_are_needed(tmp_path):
    """Both of each loop's turn. Those in front of a further loop are for more slots than one, the one in front of the store
    for results that lie elsewhere than the queries of the same warp."""
    def without(number):
        def change(ptx):
            parts = ptx.split("bar.sync 0;")
            return "bar.sync 0;".join(parts[:number + 1]) + "bar.sync 0;".join(["", *parts[number + 1:]])[len("bar.sync 0;"):]
        return change
    found = []
    check(LOOPS, tmp_path, lambda ptx: found.append(ptx.count("bar.sync 0;")) or ptx)
    needed = [is_wrong(without(number), tmp_path) for number in range(found[0])]
    assert needed == [True, True, False] * 3


def test_folded_loops_need_their_barrier(tmp_path):
    """Keys of a tail of one tile, then of one whole tile: loops of one turn, whose loads take turns in the same slots."""
    case = next(c for c in mma.grid() if c.name == "mma011")

    def without(ptx):
        parts = ptx.split("bar.sync 0;")
        return "bar.sync 0;".join([*parts[:3], parts[3] + parts[4], *parts[5:]])
    assert check(case, tmp_path) <= 1, case.label
    with pytest.raises(AssertionError, match="a warp writes what another reads"):
        check(case, tmp_path, without)
