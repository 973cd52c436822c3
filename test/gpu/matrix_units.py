"""Attention of bf16 on AMX tiles (the level x86-64-v4-amx): the cases that a CPU with AMX runs.

GPU hosts tend to have such CPUs. Needs NumPy; where nothing is compiled, no compiler."""

import os
import sys

import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "test", "python")]

import cases  # noqa: E402
import tensor_cores  # noqa: E402

DIMS = (64, 96, 128, 32, 256, 80)  # the last one is no multiple of 32 and computed in f32
OPTIONS = ("--mcpu=x86-64-v4-amx",)


def grid(seed=53):
    """Everything that tensor cores are tested with, and every pattern, with scores of every kind."""
    rng = np.random.default_rng(seed)
    found = []
    for i, keywords in enumerate(tensor_cores.edges()):
        keywords = {**keywords, "dtype": "bf16", "D": DIMS[i % len(DIMS)]}
        case = cases.AttendCase(f"mu{i:03}", rng, **keywords)
        case.label = ", ".join(f"{k}={v}" for k, v in keywords.items())
        found.append(case)
    for i, pattern in enumerate(cases.PATTERNS):
        keywords = dict(dtype="bf16", D=(64, 32)[i % 2], N=(130, 257)[i // 2 % 2], H=4, KV=(2, 4)[i % 2], pattern=pattern,
                        score=(None, "softcap", "alibi")[i % 3], K=(0, 70)[i % 2], bias=i % 4 == 1, documents=3)
        case = cases.AttendCase(f"mup{i:03}", rng, **keywords)
        case.label = ", ".join(f"{k}={v}" for k, v in keywords.items())
        found.append(case)
    for case in found:
        case.rounds_weights = True
        b, h, n, _ = case.numbers["q"].shape
        case.tiles = b * h * n
    return found


def groups(size=4):
    """(name of the artefact, its cases)."""
    every = grid()
    return [(f"matrix-units-{i // size:02}", every[i:i + size]) for i in range(0, len(every), size)]
