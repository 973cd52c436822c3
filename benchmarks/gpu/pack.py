#!/usr/bin/env python3
"""Compiles the models of all cases for hosts without a compiler: scripts/gpu-bench --pack calls it.

A case that does not compile is listed with the reason. So is the way that its kernels take: tensor cores through wgmma
(sm_90a) or mma.sync, or the generic one."""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "benchmarks")]

from gpu import cases  # noqa: E402

COMPILE = Path(os.environ.get("MSA_BUILD", ROOT / "build")) / "bin" / "msa-compile"


def compile_one(text, path, target, options):
    """(seconds, what was said) of a compilation; raises CalledProcessError."""
    source = path.with_suffix(".mlir")
    source.write_text(text)
    begin = time.perf_counter()
    done = subprocess.run([COMPILE, source, f"--target={target}", *options, "-o", path], capture_output=True, text=True,
                          env={**os.environ, "MSA_CACHE": "off"})  # no schedules of whoever packs
    seconds = time.perf_counter() - begin
    source.unlink()
    if done.returncode:
        path.unlink(missing_ok=True)
        raise subprocess.CalledProcessError(done.returncode, "msa-compile", stderr=done.stderr)
    return seconds, done.stderr


def way(path):
    """How the kernels of an artefact compute, by the instructions in its PTX."""
    data = path.read_bytes()
    for mark, name in ((b"wgmma.mma_async", "wgmma"), (b"mma.sync", "mma.sync")):
        if mark in data:
            return name
    return "generic"


def commit():
    """Of the sources that the compiler is built of, and whether they had changes."""
    cache = COMPILE.parents[1] / "CMakeCache.txt"
    found = re.search(r"^CMAKE_HOME_DIRECTORY:\w+=(.*)$", cache.read_text(), re.M) if cache.exists() else None

    def git(*arguments):
        return subprocess.run(["git", "-C", found.group(1) if found else ROOT, *arguments], capture_output=True,
                              text=True).stdout.strip()
    return {"commit": git("rev-parse", "HEAD"), "dirty": bool(git("status", "--porcelain", "--", ".", ":!benchmarks"))}


def compiler_version():
    text = subprocess.run([COMPILE, "--version"], capture_output=True, text=True).stdout
    found = re.search(r"LLVM version ([0-9.]+)", text)
    return found.group(1) if found else None


def pack(folder, only="", target="cuda", size=None, options=(), jobs=2):
    """size: None for the cases themselves, or a function of work, for a smaller one (as cases.tiny)."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    work = [(case, name, size(w) if size else w) for case in cases.chosen(only) for name, w in case.variants().items()]

    def build(item):
        case, name, what = item
        path = folder / f"{case.id}.{name}.msaf"
        flags = [*(case.options if target == "cuda" else ()), *options]
        about = {"id": case.id, "name": name, "options": flags}
        try:
            seconds, said = compile_one(what.mlir(), path, target, flags)
        except subprocess.CalledProcessError as e:
            return {**about, "failed": e.stderr.strip()[-2000:]}
        return {**about, "compile_s": round(seconds, 3), "bytes": path.stat().st_size, "said": said.strip()[-2000:],
                "way": way(path) if target == "cuda" else target}

    with ThreadPoolExecutor(jobs) as pool:
        models = list(pool.map(build, work))
    info = {**commit(), "target": target, "llvm": compiler_version(),
            "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "models": models}
    (folder / "pack.json").write_text(json.dumps(info, indent=1) + "\n")
    return info


def tell(info, folder):
    for m in info["models"]:
        if "failed" in m:
            print(f"{m['id']:22s} {m['name']:6s} FAILED: {m['failed'].splitlines()[0] if m['failed'] else ''}")
        else:
            remark = m["said"].splitlines()
            print(f"{m['id']:22s} {m['name']:6s} {m['way']:9s} {m['compile_s']:6.2f} s {m['bytes']:9d} bytes"
                  + (f"  {remark[0]}" if remark else ""))
    total = sum(m.get("bytes", 0) for m in info["models"])
    seconds = [m["compile_s"] for m in info["models"] if "compile_s" in m]
    print(f"{folder}: {total / 2**20:.1f} MiB, {len(seconds)} of {len(info['models'])} models"
          + (f", {statistics.median(seconds):.2f} s each" if seconds else ""))
