#!/usr/bin/env python3
"""Compiles what the GPU tests run into a folder that a host without LLVM can use:

    python3 test/gpu/pack.py build/gpu-pack [--attend 96 --state 24 --tokens 24]

Inputs are not packed: test/gpu/run.py draws the same cases from the same seeds.
With ptxas on the path every kernel is assembled too, for sm_80 and sm_90 (those for
tensor cores by test_ptxas_tensor_cores.py)."""

import argparse
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "test", "python"), os.path.join(ROOT, "examples"),
                os.path.dirname(os.path.abspath(__file__))]

import cases  # noqa: E402
import decode  # noqa: E402
import layer  # noqa: E402
import mixed  # noqa: E402
import msart as m  # noqa: E402
import matrix_units  # noqa: E402
import mma  # noqa: E402
import products  # noqa: E402
import tensor_cores  # noqa: E402
import turns  # noqa: E402

# Functions of f64 need a library that is not on the device (msa-kernels-to-gpu).
DTYPES = ("f32", "f16", "bf16")
# What runs on every GPU: the code that `assemble` looks at.
PORTABLE = ("--target=cuda", "--gpu-arch=sm_80")
GENERIC = "--gpu-mma=false"
COUNTS = {"attend": 96, "state": 24, "tokens": 24}


# A running total, and 4 GiB of state beside it: few sessions fit on a GPU.
BALLAST = """func.func @step(%x: tensor<4xf32> {msa.name = "x"}, %total: tensor<4xf32> {msa.state = "total"},
    %ballast: tensor<1073741824xf32> {msa.state = "ballast"})
    -> (tensor<4xf32> {msa.name = "y"}, tensor<4xf32> {msa.state = "total"}, tensor<1073741824xf32> {msa.state = "ballast"}) {
  %n = arith.addf %total, %x : tensor<4xf32>
  return %n, %n, %ballast : tensor<4xf32>, tensor<4xf32>, tensor<1073741824xf32>
}
"""


def all_cases(counts):
    return (cases.attend_cases(counts["attend"], seed=21, dtypes=DTYPES, prefix="ga")
            + cases.state_cases(counts["state"], seed=22, dtypes=DTYPES, prefix="gs")
            + cases.token_cases(counts["tokens"], seed=23, dtypes=DTYPES, prefix="gt")
            + mixed.mixed_cases("gm"))


def ptxas_tool():
    return shutil.which("ptxas") or shutil.which("/usr/local/cuda/bin/ptxas")


def assemble(tool, ptx, cubin):
    """What ptxas says against a file of PTX for sm_80, by architecture; empty if nothing."""
    errors = []
    for arch in ("sm_80", "sm_90"):
        done = subprocess.run([tool, f"-arch={arch}", ptx, "-o", cubin], capture_output=True, text=True)
        if done.returncode:
            errors.append(f"{arch}: {done.stderr[:2000]}")
    return errors


def all_work(counts):
    """(name, module, targets, options) of everything that is compiled for the GPU. The cases are small: by their size
    all of their attention would be one tile for many threads; every other one is compiled a query a thread. They are for
    kernels that use no tensor cores of GPUs before sm_90a: those have cases of their own."""
    work = [(c.name, c.text(), "cuda", (GENERIC, *(("--gpu-scores=0",) if k % 2 else ()))) for k, c in enumerate(all_cases(counts))]
    work.append(("byte-lm", layer.byte_lm(layer.Shape(), 4), "cpu,cuda", ()))
    work.append(("ballast", BALLAST, "cuda", ()))
    work.append(("kept-slot", cases.kept_slot_source(4, 32), "cuda", ()))
    return work


def build_tensor_cores(folder, name, group, options=tensor_cores.OPTIONS, instruction=b"wgmma.mma_async"):
    """An artefact for sm_90a, in which every entry has a tensor-core kernel, and no other but one that joins the results
    of split keys."""
    data = m.compile_text("".join(c.text() for c in group), "cuda", options[1:])
    ptx = data[data.index(b".version"):]
    kernels = ptx.split(b".visible .entry ")[1:]
    names = {mark: {k[:k.index(b"(")].decode() for k in kernels if (instruction in k) == mark} for mark in (True, False)}
    # The kernels of an entry are numbered; a join is the second.
    plain = [n for n in names[False] if not (n.endswith("_1") and n[:-1] + "0" in names[True])]
    if plain:
        raise RuntimeError(f"{name}: no tensor cores in {plain}")
    with open(os.path.join(folder, name + ".msaf"), "wb") as f:
        f.write(data)


def build_matrix_units(folder, name, group):
    """An artefact for CPUs with AMX alone."""
    data = m.compile_text("".join(c.text() for c in group), "cpu", matrix_units.OPTIONS)
    with open(os.path.join(folder, name + ".msaf"), "wb") as f:
        f.write(data)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder")
    for name, count in COUNTS.items():
        p.add_argument(f"--{name}", type=int, default=count)
    o = p.parse_args()
    counts = {name: getattr(o, name) for name in COUNTS}
    shutil.rmtree(o.folder, ignore_errors=True)
    os.makedirs(o.folder)
    work = all_work(counts)
    tool = ptxas_tool()

    def build(item):
        name, text, targets, options = item
        data = m.compile_text(text, targets, options)
        with open(os.path.join(o.folder, name + ".msaf"), "wb") as f:
            f.write(data)
        if not tool:
            return
        ptx = os.path.join(o.folder, name + ".ptx")
        source = os.path.join(o.folder, name + ".mlir")
        with open(source, "w") as f:
            f.write(text)
        subprocess.run([m.COMPILE, source, *PORTABLE, "--emit=ptx", "-o", ptx, *options], check=True,
                       env={**os.environ, "MSA_CACHE": "off"})
        errors = assemble(tool, ptx, ptx + ".cubin")
        if errors:
            raise RuntimeError(f"ptxas refuses {name}: {errors}")
        for path in (ptx, source, ptx + ".cubin"):
            os.remove(path)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(build, work))
        tiles = list(pool.map(lambda group: build_tensor_cores(o.folder, *group), [*tensor_cores.groups(), *turns.groups(), *decode.groups(),
                                                                                           *products.groups()]))
        tiles += pool.map(lambda group: build_tensor_cores(o.folder, *group, mma.OPTIONS, b"mma.sync"), mma.groups())
        units = list(pool.map(lambda group: build_matrix_units(o.folder, *group), matrix_units.groups()))
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True, text=True).stdout.strip()
    with open(os.path.join(o.folder, "pack.json"), "w") as f:
        json.dump({"counts": counts, "commit": commit}, f)
    print(f"{len(work)} artefacts and {len(tiles)} for tensor cores, {len(units)} for AMX, " + ("all through ptxas" if tool else "no ptxas on the path: PTX was not assembled"))


if __name__ == "__main__":
    main()
