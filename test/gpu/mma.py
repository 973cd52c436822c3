"""Attention by mma.sync (GPUs from sm_80 on): the cases that a GPU runs, and the kernels that ptxas alone looks at.

Needs NumPy; where nothing is compiled, no compiler."""

import numpy as np

import tensor_cores
from tensor_cores import BOTH_SIDES, CAUSAL, FULL, NARROW, WIDE, cases

DIMS = (64, 128, 256)
OPTIONS = ("--target=cuda", "--gpu-arch=sm_80")


def edges():
    """Keywords of cases that stand for one thing each; types and head dimensions take turns."""
    yield dict(N=193, H=1, KV=1, pattern=CAUSAL)
    yield dict(N=150, H=1, KV=1, pattern=NARROW)
    yield from (dict(N=n, pattern=CAUSAL) for n in (1, 63, 64, 65, 127, 128, 129, 300))
    yield from (dict(N=n, pattern=FULL) for n in (1, 65, 128, 193))
    yield from (dict(N=n, pattern=p) for p in (NARROW, WIDE, BOTH_SIDES) for n in (65, 193))
    yield from (dict(N=n, M=m, pattern=p) for n, m in ((1, 300), (65, 384), (200, 65)) for p in (CAUSAL, FULL))
    yield from (dict(N=100, K=k, pattern=CAUSAL, bias=k % 2 == 0) for k in (1, 64, 65, 130))
    yield dict(N=150, W=70, K=100, pattern=("window", 70, 0, 1), bias=True)
    yield from (dict(B=3, N=100, W=200, pattern=p, position=(0, 7, 10 ** 12)) for p in (CAUSAL, NARROW, BOTH_SIDES))
    yield from (dict(B=3, N=100, pattern=p, length=(0, 77, 10 ** 15)) for p in (CAUSAL, FULL, BOTH_SIDES))
    yield from (dict(B=3, N=70, M=200, pattern=p, offset=(-300, 129, 10 ** 15)) for p in (CAUSAL, WIDE))
    yield dict(B=2, N=70, M=200, W=64, K=9, pattern=BOTH_SIDES, position=(3, 64), offset=(100, -60), length=(200, 17))
    yield dict(N=64, pattern=("window", 0, 0, 1), offset=(70,))
    yield dict(N=64, K=3, pattern=("window", 0, 0, 1), offset=(70,))
    yield from (dict(B=b, H=4, KV=kv, N=130, pattern=CAUSAL) for b, kv in ((1, 4), (2, 2), (1, 1)))
    yield from (dict(N=200, pattern=p, std=s) for p in (CAUSAL, FULL) for s in (6.0, 0.01))
    strided = ("strided", 16)
    yield from (dict(N=200, pattern=tensor_cores.causal(p)) for p in (strided, ("any", strided, NARROW)))


def turned():
    """Keywords of cases whose result is stored token by token."""
    yield from (dict(N=n, H=4, KV=2, pattern=CAUSAL, copy=c) for n, c in ((70, "transpose"), (150, "loop")))
    yield dict(B=2, N=130, W=70, K=30, H=2, KV=2, bias=True, pattern=("window", 70, 0, 1), position=(3, 900), length=(130, 17))


def long():
    """Keywords of cases of many tiles, for a GPU alone."""
    yield from (dict(N=n, H=4, KV=2, pattern=p) for n in (1000, 2048, 4097) for p in (CAUSAL, FULL, WIDE))
    yield dict(B=2, N=1537, H=8, KV=2, K=300, bias=True, pattern=WIDE)
    yield dict(B=2, N=1537, H=4, KV=4, W=1023, K=17, pattern=WIDE, position=(1022, 5000), length=(1537, 30))


def grid():
    kinds = [*((cases.AttendCase, k) for k in edges()), *((cases.TurnedCase, k) for k in turned()),
             *((cases.AttendCase, k) for k in long())]
    return tensor_cores.numbered("mma", np.random.default_rng(80), kinds, lambda i: DIMS[(i // 2 + i) % 3])


def groups(size=4):
    """(name of the artefact, its cases): entries of one head dimension share an artefact."""
    every = grid()
    byd = [c for d in DIMS for c in every if c.numbers["q"].shape[-1] == d]
    return [(f"mma-{i // size:02}", byd[i:i + size]) for i in range(0, len(byd), size)]


def kernels():
    """(name, module) of every schedule of the default table with every kind of band and of operand."""
    listed = ("blocks", "bigbird", "strided-carried", "dilated", "document")
    for name, text, _ in tensor_cores.kernels():
        if not name.startswith(listed) and int(name.rsplit("-d", 1)[1]) in DIMS:
            yield name, text
