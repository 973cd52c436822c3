"""Tile programs of attention to few queries compute attention: run in NumPy, against the float64 reference."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest

import cases
import msart as m
import tile_programs

sys.path.insert(0, os.path.join(m.ROOT, "test", "gpu"))
import decode  # noqa: E402
import tensor_cores  # noqa: E402

# As msa-to-hopper-plan does it for attention alone, up to the roles.
PIPELINE = ("builtin.module(msa-schedule-attend,msa-gpu-fold-transpose,canonicalize,msa-entry-to-destination,eliminate-empty-tensors,"
            "one-shot-bufferize,canonicalize,msa-outline-dispatches{threads=true},canonicalize,msa-merge-kernels,"
            "msa-plan-arena,msa-gpu-expand-attend,msa-gpu-expand-merge,canonicalize,cse)")


def opt(text, *arguments):
    return subprocess.run([m.OPT, *arguments], input=text, capture_output=True, text=True, check=True).stdout


def compiled(text):
    return tile_programs.Machine(opt(text, f"--pass-pipeline={PIPELINE}", "--mlir-print-op-generic"))


def outputs(machine, case):
    arrays = [m.from_bf16(x) if x.dtype == np.uint16 else x.astype(np.float32 if x.dtype.kind == "f" else np.int64)
              for x in map(np.asarray, case.inputs())]
    b, h, n, d = case.numbers["q"].shape
    shape = (b, n, h, d) if isinstance(case, cases.TurnedCase) else (b, h, n, d)
    out, lse = np.full(shape, np.nan, np.float32), np.full((b, h, n), np.nan, np.float32)
    machine.run(case.name, [*arrays, out, lse])
    return {"out": m.to_bf16(out) if case.dtype == "bf16" else out.astype(np.float16), "lse": lse}


MANY, FEW = tensor_cores.grid(), decode.grid()


@pytest.mark.parametrize("case", FEW, ids=lambda c: c.name)
def test_few_queries(case):
    assert case.check(outputs(compiled(case.text()), case)) <= 1, case.label


# Whose pattern is a band: the machine visits no lists.
GRID = [c for c in MANY if c.pattern[0] in ("causal", "full") or c.pattern[::3] == ("window", 1)]
BANDS = [c for c in GRID if isinstance(c, cases.TurnedCase)]
# Whose rows end within a panel.
CUT = [c for c in GRID if c not in BANDS and c.numbers["q"].shape[-1] in tensor_cores.CUT]


@pytest.mark.parametrize("case", [c for c in BANDS if c.tiles < 4000], ids=lambda c: c.name)
def test_token_by_token(case):
    """Many queries, of which the kernel stores each token's heads side by side."""
    assert case.check(outputs(compiled(case.text()), case)) <= 1, case.label


@pytest.mark.parametrize("case", [c for c in CUT if c.tiles < 4000], ids=lambda c: c.name)
def test_rows_that_end_within_a_panel(case):
    assert case.check(outputs(compiled(case.text()), case)) <= 1, case.label


def test_copies_are_gone():
    """No copy is left of those that the cases bring."""
    text = "".join(c.text() for c in FEW + MANY if isinstance(c, cases.TurnedCase))
    assert text.count("linalg.transpose") > 10 and text.count("linalg.generic") > 3
    assert "linalg" not in opt(text, "-msa-schedule-attend", "-msa-gpu-fold-transpose")


def test_cases_split_keys_and_do_not():
    """The grid has shares of every kind: none, as many as tiles, more than blocks run at once."""
    splits, persistent = set(), set()
    for case in FEW[::3]:
        schedule = re.search(r"schedule\(<(.*?)>\)", opt(case.text(), "-msa-schedule-attend"))[1]
        assert "stacked = true" in schedule
        found = re.search(r"splits = (\d+)", schedule)
        splits.add(int(found[1]) if found else 1)
        persistent.add("persistent = true" in schedule)
    assert 1 in splits and len(splits) > 4 and persistent == {True, False}


def test_a_wrong_program_is_found():
    """The machine computes: a program whose shares overlap gives another result."""
    case = next(c for c in FEW if c.numbers["k"].shape[2] > 500)
    machine = compiled(case.text())
    good = case.check(outputs(machine, case))
    kernel = next(op for op in machine.kernels[f"{case.name}_0"].regions[0][1] if op.name == "msa_gpu.for_tiles")
    loop = next(op for op in kernel.regions[0][1] if op.name == "scf.for" and op.results)
    loop.operands[0] = next(op.results[0] for op in machine.kernels[f"{case.name}_0"].regions[0][1]
                            if op.name == "arith.constant" and op.number("value") == 0)
    assert good <= 1 < case.check(outputs(machine, case))
