"""Tile programs of products with and without an epilogue compute them: run in NumPy, against float64."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest

import msart as m
import tile_programs

sys.path.insert(0, os.path.join(m.ROOT, "test", "gpu"))
import products  # noqa: E402

# As msa-to-hopper-plan does it for products and what is behind them, up to the roles: what is not fused stays linalg,
# which the machine does not know.
PIPELINE = ("builtin.module(canonicalize,func.func(msa-normalize),msa-schedule-gemm{remarks=false},msa-fuse-rope,msa-decompose,"
            "canonicalize,msa-schedule-gemm,func.func(msa-fuse-elementwise),msa-fuse-epilogue,msa-tune-gemm,canonicalize,"
            "msa-entry-to-destination,eliminate-empty-tensors,one-shot-bufferize,canonicalize,"
            "msa-outline-dispatches{threads=true},canonicalize,msa-merge-kernels,msa-plan-arena,msa-gpu-expand-gemm,"
            "canonicalize,cse)")


def opt(text, *arguments):
    done = subprocess.run([m.OPT, *arguments], input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def compiled(text):
    return tile_programs.Machine(opt(text, f"--pass-pipeline={PIPELINE}", "--mlir-print-op-generic"))


def outputs(machine, case):
    arrays = [m.from_bf16(x) if x.dtype == np.uint16 else x.astype(np.float32) for x in map(np.asarray, case.inputs())]
    results = len(case.epilogue.results()) if case.epilogue else 1
    shape = case.shapes[2]
    found = [np.full(shape, np.nan, np.float32) for _ in range(results)]
    machine.run(case.name, [*arrays, *found])
    kept = m.to_bf16 if case.out == "bf16" else lambda x: x.astype(m.NUMPY[case.out])
    return {str(i): kept(x) for i, x in enumerate(found)}


def small(case):
    return np.prod(case.shapes[2]) * case.sizes["k"] * case.sizes.get("g", 1) < 2 ** 27


CASES = [c for c in products.grid() if small(c) and (c.epilogue or c.schedule is None)]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_products(case):
    assert case.check(outputs(compiled(case.text()), case)) <= 1, case.label


# Choices of the tuner that the program shows, beside sizes that are multiples of no tile; heads that all tiles hold whole.
CHOICES = [(1, 64, 64, 8, 1, 4, 1, True), (3, 192, 64, 3, 3, 12, 1, True), (2, 256, 64, 4, 1, 32, 1, False), (2, 128, 128, 3, 2, 8, 1, True),
           (3, 128, 64, 4, 1, 2, 2, True), (1, 256, 128, 2, 4, 16, 1, False)]
TUNED = [dict(m=200, n=328, k=136), dict(form="mk,hnk->hmn", h=5, m=200, n=64, k=136, epilogue="rope-plain")]


def class_of(text):
    """What the remark of msa-tune-gemm says."""
    head = PIPELINE[:PIPELINE.index("msa-tune-gemm")] + "msa-tune-gemm{list-classes=true})"
    done = subprocess.run([m.OPT, f"--pass-pipeline={head}", "-o", os.devnull], input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return re.search('remark: class "(.*)" takes', done.stderr)[1]


@pytest.mark.parametrize("choice", CHOICES, ids=str)
@pytest.mark.parametrize("sizes", TUNED, ids=("plain", "rotated"))
def test_measured_schedules(sizes, choice):
    case = products.ProductCase("tuned", np.random.default_rng(5), **sizes)
    fields = ", ".join(f"{k} = {str(v).lower()}" for k, v in zip(products.SCHEDULE, choice))
    text = case.text()
    tuned = f'module attributes {{msa_gpu.schedules = {{"{class_of(text)}" = #msa_gpu.gemm_schedule<{fields}>}}}} {{\n{text}}}\n'
    machine = compiled(tuned)
    assert case.check(outputs(machine, case)) <= 1, case.label
    assert opt(tuned, f"--pass-pipeline={PIPELINE}") != opt(text, f"--pass-pipeline={PIPELINE}")


def test_every_epilogue_is_among_them():
    assert {type(c.epilogue) for c in CASES} >= set(products.epilogues.KINDS.values())


def test_a_wrong_program_is_found():
    """The machine computes: an epilogue that reads other places gives another result."""
    case = next(c for c in CASES if c.epilogue and c.sizes["m"] > 64)
    machine = compiled(case.text())
    good = case.check(outputs(machine, case))
    loop = next(op for op in machine.kernels[f"{case.name}_0"].regions[0][1] if op.name == "msa_gpu.for_tiles")
    read = next(op for op in loop.regions[0][1] if op.name == "msa_gpu.read")
    read.properties = read.properties.replace(f"row_stride = {read.number('row_stride')}", f"row_stride = {read.number('row_stride') - 2}")
    assert good <= 1 < case.check(outputs(machine, case))
