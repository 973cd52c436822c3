#!/usr/bin/env python3
"""From MLIR to the first result of shapes that were never seen, each in a process of its own.

    benchmarks/gpu/first_call.py COMPILER INDEX DEVICE     one shape: prints a line of JSON

What is timed begins where the text of the model is there, tensors are on the device and its context exists, as for the
peer; it ends when the result is there: msa-compile as a process (for this GPU's architecture alone), loading with the
driver's compilation of PTX, and the first step."""

from __future__ import annotations

import json
import lzma
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

COUNT = 5  # shapes; the median is what counts


def shapes(work, count=COUNT):
    """Near the case's: other numbers of queries, heads, slots and another window, none of them twice."""
    return [replace(work, n=work.n + 128 * i + i, heads=work.heads + i, bank=work.bank and work.bank + 16 * i,
                    pattern=type(work.pattern)(work.pattern.left - 32 * i)) for i in range(1, count + 1)]


def find_compiler(folder):
    """msa-compile: $MSA_COMPILE, that of the build, or the one of scripts/gpu-compiler, unpacked into `folder`. None
    where there is none."""
    build = Path(os.environ.get("MSA_BUILD", ROOT / "build"))
    for path in (os.environ.get("MSA_COMPILE"), build / "bin" / "msa-compile"):
        if path and Path(path).exists() and not subprocess.run([path, "--version"], capture_output=True).returncode:
            return Path(path)
    packed = ROOT / "build" / "gpu-compiler" / "msa-compile.xz"
    if not packed.exists():
        return None
    path = Path(folder) / "msa-compile"
    path.write_bytes(lzma.decompress(packed.read_bytes()))
    path.chmod(0o755)
    return path


def options(device):
    """Of msa-compile: code for the device that is there, and no other."""
    import torch
    if device.type != "cuda":
        return ["--target=cpu", "--mcpu=x86-64-v3"]
    major, minor = torch.cuda.get_device_capability(device)
    return ["--target=cuda", f"--gpu-arch={'sm_90a' if (major, minor) == (9, 0) else 'sm_80'}"]


def one(compiler, work, device):
    """Seconds of the parts, and whether the result was written and is finite."""
    import torch
    from gpu import inputs as drawing
    from gpu.ours import Ours
    torch.set_grad_enabled(False)
    inputs = drawing.draw(work, device)
    text, flags = work.mlir(), options(device)
    with tempfile.TemporaryDirectory() as folder:
        source, artefact = Path(folder, "model.mlir"), Path(folder, "model.msaf")
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        start = time.perf_counter()
        source.write_text(text)
        subprocess.run([compiler, source, *flags, "-o", artefact], check=True, capture_output=True)
        compiled = time.perf_counter()
        ours = Ours(str(artefact), work, inputs, device)
        loaded = time.perf_counter()
        outputs, _ = ours.first()
        end = time.perf_counter()
    return {"shape": {"n": work.n, "heads": work.heads, "bank": work.bank, "window": work.pattern.left + 1},
            "compile_s": round(compiled - start, 4), "load_s": round(loaded - compiled, 4),
            "first_step_s": round(end - loaded, 4), "total_s": round(end - start, 4), "options": flags,
            "finite": all(bool(torch.isfinite(x).all()) for x in outputs.values())}


def measure(compiler, device, tiny, alive):
    """The records of all shapes. Raises RuntimeError with what a process said where one fails.

    The driver keeps what it compiled: its cache is off, so that no run before this one helps."""
    found = []
    for i in range(COUNT):
        alive(f"shape {i + 1} of {COUNT}")
        command = [sys.executable, __file__, compiler, str(i), str(device), *(["tiny"] if tiny else [])]
        done = subprocess.run(command, env={**os.environ, "CUDA_CACHE_DISABLE": "1", "MSA_CACHE": "off"},
                              capture_output=True, text=True, timeout=80)
        if done.returncode:
            raise RuntimeError(f"the first call of shape {i + 1} failed: {(done.stderr.strip() or '?')[-400:]}")
        record = json.loads(done.stdout.splitlines()[-1])
        if not record["finite"]:
            raise RuntimeError(f"the first call of shape {i + 1} left elements that are not finite")
        found.append(record)
    return found


def medians(found):
    parts = ("compile_s", "load_s", "first_step_s", "total_s")
    return {p: round(statistics.median(r[p] for r in found), 4) for p in parts}


def main():
    sys.path[:0] = [str(ROOT / "benchmarks")]
    import torch
    from gpu import cases
    compiler, index, device, *rest = sys.argv[1:]
    work = shapes(cases.BY_ID["gpu-first-call"].work)[int(index)]
    print(json.dumps(one(compiler, cases.tiny(work) if rest else work, torch.device(device))))


if __name__ == "__main__":
    main()
