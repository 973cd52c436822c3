"""Attention whose warpgroups take turns to issue products: default schedules that overlap, with `pingpong` added.

Needs NumPy; to compile, msa-opt."""

import re
import subprocess

import numpy as np

import msart as m
import tensor_cores
from tensor_cores import BIGBIRD, CAUSAL, FULL, causal

import cases


class TurnsCase(cases.AttendCase):
    def text(self):
        """The case with its schedule, which the compiler leaves as it is."""
        scheduled = subprocess.run([m.OPT, "--pass-pipeline=builtin.module(msa-schedule-attend)"], input=super().text(),
                                   capture_output=True, text=True, check=True).stdout
        text, count = re.subn(r"(overlap = true[^>]*)>", r"\1, pingpong = true>", scheduled)
        if count != 1:
            raise ValueError(f"{self.name}: {count} schedules overlap")
        return text


def edges():
    """Keywords: three warpgroups and two, bands with a key tile for every query tile and without, lists that follow one
    another, unions that list."""
    yield from (dict(N=n, D=64, pattern=p) for n, p in ((65, CAUSAL), (193, CAUSAL), (1537, CAUSAL), (400, FULL)))
    yield dict(B=3, H=24, KV=8, N=128, W=200, K=20, D=128, bias=True, pattern=("window", 200, 0, 1), position=(0, 7, 10 ** 12),
               length=(128, 0, 77))
    yield dict(B=3, H=24, KV=8, N=100, M=400, D=128, pattern=("window", 70, 33, 1), offset=(-500, 129, 0))
    for d in (64, 128):
        yield dict(N=640, H=4, KV=2, D=d, pattern=causal(("blocks", 128)), listed=4)
        yield dict(B=3, H=56, KV=56, N=300, D=d, pattern=causal(("blocks", 128)), listed=2, length=(0, 130, 300))
        yield dict(N=1536, H=3, KV=3, D=d, pattern=BIGBIRD)
        yield dict(N=600, D=d, pattern=causal(("document",)), documents=7)


def grid():
    return tensor_cores.numbered("tt", np.random.default_rng(77), [(TurnsCase, k) for k in edges()], lambda i: 128)


def groups():
    """(name of the artefact, its case)."""
    return [(f"turns-{i:02}", [case]) for i, case in enumerate(grid())]


def kernels():
    """(name, module, options of msa-compile) for ptxas: three warpgroups, and lists that follow one another. Unions with
    heads of 64 columns spill in this form."""
    for case in grid():
        if case.name in ("tt002", "tt006", "tt010"):
            yield f"turns-{case.name}", case.text(), ()
