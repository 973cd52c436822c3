"""Attention of a few queries on tensor cores (sm_90a): heads of a KV head as rows of a tile, keys split over blocks. The
cases that a GPU runs, and the kernels that ptxas alone looks at.

Needs NumPy; where nothing is compiled, no compiler."""

import os
import sys

import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "test", "python")]

import cases  # noqa: E402

DTYPES, DIMS, CUT = ("bf16", "f16"), (64, 128, 256), (80, 96)
KEYS = (1, 2, 63, 64, 65, 127, 128, 129, 255, 257, 513, 1000, 1537)
CAUSAL, FULL = ("causal",), ("full",)
NARROW, WIDE, BOTH_SIDES = ("window", 5, 0, 1), ("window", 1023, 0, 1), ("window", 70, 33, 1)


def edges():
    """Keywords of cases that stand for one thing each; types and head dimensions take turns."""
    # Every number of queries, group of heads and number of keys: rows end within a tile, at its end, and in a second one.
    yield from (dict(N=n, H=2 * g, KV=2, M=KEYS[(n + g) % len(KEYS)], pattern=FULL) for n in range(1, 17)
                for g in ((1, 8), (2, 4))[n % 2])
    yield from (dict(N=n, H=8, KV=2, M=m, pattern=CAUSAL, offset=(m - n,)) for n, m in ((1, 1000), (2, 129), (5, 700), (16, 1537)))
    yield from (dict(N=n, M=m, pattern=p, offset=(m - n,)) for p in (NARROW, WIDE, BOTH_SIDES) for n, m in ((1, 1), (3, 600), (16, 1500)))
    # More tiles than blocks run at once, with keys split and not; many streams with few keys.
    yield dict(B=5, N=1, H=32, KV=8, M=2049, pattern=FULL)
    yield dict(B=3, N=4, H=16, KV=4, M=4000, pattern=FULL, length=(4000, 0, 777))
    yield dict(B=20, N=1, H=16, KV=8, M=300, pattern=FULL)
    yield dict(B=70, N=2, H=2, KV=2, M=100, pattern=CAUSAL, offset=tuple(range(70)))
    # A token beside a carried window and a bank, as a stream decodes.
    for n in (1, 4, 16):
        yield dict(B=3, N=n, H=8, KV=2, W=1023, K=1024, bias=True, pattern=WIDE, position=(0, 500, 10 ** 12))
        yield dict(B=2, N=n, H=4, KV=4, W=200, K=17, pattern=WIDE, position=(7, 199), length=(n, 1))
        yield dict(B=2, N=n, H=8, KV=1, W=70, K=300, bias=True, pattern=BOTH_SIDES, position=(3, 64), offset=(0, -1))
    yield from (dict(N=n, H=8, KV=2, M=40, K=k, bias=True, pattern=CAUSAL) for n, k in ((1, 1), (3, 64), (7, 129), (16, 1000)))
    # Rows without a key, in some shares or in all.
    yield dict(B=4, N=3, M=1000, pattern=CAUSAL, offset=(-5, -2, 0, 10 ** 15))
    yield dict(B=4, N=3, M=1000, K=5, pattern=CAUSAL, offset=(-5, -2, 0, 10 ** 15))
    yield dict(B=5, N=2, H=4, KV=2, M=900, pattern=FULL, length=(0, 1, 128, 129, 10 ** 15))
    # Scores far apart, so that shares have very unequal weights, and near each other.
    yield from (dict(N=n, H=4, KV=2, M=1400, pattern=FULL, std=s) for n in (1, 9) for s in (6.0, 0.01))


def turned():
    """Keywords of cases whose result is stored token by token, in place of the copy behind them: by what joins shares, or
    where a KV head has one query head. Of one query the copy moves nothing."""
    yield from (dict(N=n, H=8, KV=2, M=m, pattern=CAUSAL, offset=(m - n,), copy=c) for n, m, c in
                ((2, 1000, "transpose"), (5, 700, "loop"), (16, 1537, "transpose"), (1, 900, "transpose"), (1, 64, "loop")))
    yield dict(B=3, N=4, H=16, KV=4, M=4000, pattern=FULL, length=(4000, 0, 777))
    yield dict(B=40, N=7, H=8, KV=8, M=100, pattern=FULL)
    yield dict(B=150, N=1, H=4, KV=2, M=100, pattern=FULL)
    yield dict(B=2, N=3, H=4, KV=4, M=40, pattern=CAUSAL)


def cut():
    """Keywords of cases of head dimensions that are no multiple of a panel: 64 columns, or 32 of partial results."""
    yield dict(N=1, H=8, KV=2, M=1000, pattern=FULL)
    yield dict(N=16, H=8, KV=1, M=513, pattern=CAUSAL, offset=(497,))
    yield dict(B=5, N=1, H=32, KV=8, M=2049, pattern=FULL, length=(2049, 0, 1, 128, 777))
    yield dict(B=20, N=1, H=16, KV=8, M=300, pattern=FULL)
    yield dict(B=3, N=4, H=8, KV=2, W=1023, K=1000, bias=True, pattern=WIDE, position=(0, 500, 10 ** 12))
    yield dict(B=70, N=3, H=4, KV=2, M=100, pattern=BOTH_SIDES, offset=tuple(range(70)))


def cut_turned():
    """And of those whose result is stored token by token."""
    yield dict(N=5, H=8, KV=2, M=700, pattern=CAUSAL, offset=(695,))
    yield dict(B=40, N=7, H=8, KV=8, M=100, pattern=FULL)


def drawn(rng):
    """Keywords of one case of everything."""
    pick = lambda values: values[int(rng.integers(len(values)))]  # noqa: E731
    b = pick((1, 1, 3))
    k = dict(N=int(rng.integers(1, 17)), B=b, M=pick(KEYS), pattern=pick((CAUSAL, FULL, NARROW, WIDE, BOTH_SIDES)))
    k["H"], k["KV"] = pick(((2, 2), (4, 2), (4, 1), (8, 1), (6, 2)))
    if rng.random() < 0.5:
        k["K"], k["bias"] = int(rng.integers(1, 700)), bool(rng.integers(2))
    if rng.random() < 0.5:
        k["W"], k["position"] = pick((1, 100, 1023)), rng.integers(0, 1200, b)
    if rng.random() < 0.4:
        k["length"] = rng.integers(0, k["M"] + 1, b)
    if rng.random() < 0.5:
        k["offset"] = rng.integers(-20, 1600, b)
    return k


def grid(count=16, seed=37):
    """The cases; `count` of them are drawn."""
    rng = np.random.default_rng(seed)
    found = []
    plain = list(edges()) + [drawn(rng) for _ in range(count)]
    every = [(cases.AttendCase, k) for k in plain] + [(cases.TurnedCase, k) for k in turned()]
    every += [(kind, {"D": d, **k}) for kind, more in ((cases.AttendCase, cut), (cases.TurnedCase, cut_turned))
              for j, k in enumerate(more()) for d in CUT[::1 - 2 * (j % 2)]]
    for i, (kind, keywords) in enumerate(every):
        keywords = {"dtype": DTYPES[i % 2], "D": DIMS[i // 2 % 3], **keywords}
        case = kind(f"de{i:03}", rng, **keywords)
        case.rounds_weights = True
        case.label = ", ".join(f"{k}={v}" for k, v in keywords.items())
        case.tiles = case.numbers["k"].size
        found.append(case)
    return found


def groups(size=2):
    """(name of the artefact, its cases): entries of one head dimension share an artefact."""
    every = grid()
    byd = [c for d in DIMS + CUT for c in every if c.numbers["q"].shape[-1] == d]
    return [(f"decode-{i // size:02}", byd[i:i + size]) for i in range(0, len(byd), size)]


def kernels():
    """(name, module, options of msa-compile) of every schedule for few queries with every kind of pattern and of operand."""
    kinds = {
        "one": dict(M=2048),
        "drawn": dict(M=128, B=80, H=8, KV=2),
        "drawn-shares": dict(M=1000, B=40, H=8, KV=2),
        "tail": dict(M=2047, N=3),
        "two-tiles": dict(M=2000, N=16, H=64),
        "causal": dict(M=2000, N=5, pattern=CAUSAL, offset=(9,)),
        "window-bank": dict(N=1, W=1023, K=1024, bias=True, pattern=WIDE, position=(5,)),
        "everything": dict(N=7, M=500, W=1023, K=100, bias=True, pattern=BOTH_SIDES, position=(5,), length=(400,), offset=(9,)),
    }
    for dtype in DTYPES:
        # Registers do not depend on the type: of the dimensions that are cut one each.
        for d in (*DIMS, CUT[DTYPES.index(dtype)]):
            for kind, keywords in kinds.items():
                case = cases.AttendCase("attend", cases.Zeros(), **{"dtype": dtype, "D": d, "N": 1, "H": 32, "KV": 8,
                                                                    "pattern": FULL, **keywords})
                yield f"decode-{kind}-{dtype}-d{d}", case.text(), ()
