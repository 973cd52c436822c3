"""Tile programs of products with and without an epilogue compute them: run in NumPy, against float64."""

import os
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
            "canonicalize,msa-schedule-gemm,func.func(msa-fuse-elementwise),msa-fuse-epilogue,canonicalize,"
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
