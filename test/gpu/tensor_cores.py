"""Attention on tensor cores (sm_90a): the cases that a GPU runs, and the kernels that ptxas alone looks at.

Needs NumPy; where nothing is compiled, no compiler."""

import os
import sys

import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "test", "python")]

import cases  # noqa: E402

DTYPES, DIMS, CUT = ("bf16", "f16"), (64, 128, 256), (80, 96)
ROWS = (1, 63, 64, 65, 128, 191, 192, 193, 384, 1000, 1537)
CAUSAL, FULL = ("causal",), ("full",)
NARROW, WIDE = ("window", 5, 0, 1), ("window", 1023, 0, 1)
BOTH_SIDES = ("window", 70, 33, 1)
BIGBIRD = ("any", ("random", 3, 128, 12, 0), ("window", 512, 511, 1), ("global", 256))
OPTIONS = ("--target=cuda", "--gpu-arch=sm_90a")


def edges():
    """Keywords of cases that stand for one thing each; types and head dimensions take turns."""
    yield from (dict(N=n, pattern=CAUSAL) for n in ROWS)
    yield from (dict(N=n, pattern=FULL) for n in ROWS[::2])
    yield from (dict(N=n, pattern=p) for p in (NARROW, WIDE, BOTH_SIDES) for n in (1, 64, 193, 1537))
    # More keys than queries, and fewer.
    yield from (dict(N=n, M=m, pattern=p) for n, m in ((1, 1000), (65, 384), (384, 65), (193, 1)) for p in (CAUSAL, FULL))
    # Banks, whose tail is cut; with and without a bias.
    yield from (dict(N=193, K=k, pattern=CAUSAL, bias=k % 2 == 0) for k in (1, 2, 63, 64, 65, 128, 129, 300))
    yield from (dict(N=300, W=w, K=100, pattern=p, bias=True) for w, p in ((5, NARROW), (300, ("window", 300, 0, 1))))
    # Carried windows: nothing is there before position 0.
    yield from (dict(B=3, N=192, W=200, pattern=p, position=(0, 7, 10 ** 12)) for p in (CAUSAL, FULL, NARROW, BOTH_SIDES))
    yield from (dict(B=3, N=65, W=1023, K=17, pattern=WIDE, position=(0, 1022, 5000), length=(65, 1, 30)) for _ in range(3))
    # Lengths from none to all and past it; offsets of both signs, too far on both sides too.
    yield from (dict(B=5, N=200, pattern=p, length=(0, 1, 127, 200, 10 ** 15)) for p in (CAUSAL, FULL, BOTH_SIDES))
    yield from (dict(B=5, N=70, M=400, pattern=p, offset=(-500, -3, 0, 129, 10 ** 15)) for p in (CAUSAL, BOTH_SIDES, WIDE))
    yield dict(B=3, N=70, M=400, W=64, K=9, pattern=BOTH_SIDES, position=(3, 0, 64), offset=(300, -60, 1), length=(400, 17, 0))
    # A row that keeps no key; with a bank it does.
    yield dict(N=64, pattern=("window", 0, 0, 1), offset=(70,))
    yield dict(N=64, K=3, pattern=("window", 0, 0, 1), offset=(70,))
    # Query heads that share a KV head; streams.
    yield from (dict(B=b, H=8, KV=kv, N=193, pattern=CAUSAL) for b, kv in ((1, 8), (3, 2), (1, 1)))
    # As many tiles as make two warpgroups better than three.
    for d in (64, 128):
        yield dict(B=3, H=22, N=100, M=300, D=d, pattern=FULL, length=(300, 17, 0))
        yield dict(B=3, H=24, KV=8, N=128, K=20, D=d, pattern=NARROW)
    # And these overlap, though a query tile may keep no key tile, or begin with one of which it keeps nothing.
    yield dict(B=3, H=24, KV=8, N=128, W=200, K=20, D=128, bias=True, pattern=("window", 200, 0, 1), position=(0, 7, 10 ** 12), length=(128, 0, 77))
    yield dict(B=3, H=24, KV=8, N=100, M=400, D=128, pattern=BOTH_SIDES, offset=(-500, 129, 0))
    yield dict(B=3, H=24, KV=24, N=120, M=384, K=128, D=128, bias=True, pattern=CAUSAL, offset=(-130, 129, 10 ** 12), length=(384, 256, 0))
    yield dict(B=2, H=48, KV=48, N=128, M=64, D=128, pattern=WIDE, offset=(0, 2000))
    # Scores far apart, so that maxima grow by more than what is put off, and near each other.
    yield from (dict(N=384, pattern=p, std=s) for p in (CAUSAL, FULL) for s in (6.0, 0.01))


def causal(pattern):
    return ("all", CAUSAL, pattern)


def listed():
    """Keywords of cases whose pattern is no band. Block lists hold -1, ids past the end, and numbers several times."""
    for size in (64, 128):
        blocks = ("blocks", size)
        # Query heads that share a list, an odd number of them, and one list for each.
        yield from (dict(N=n, H=h, KV=kv, pattern=causal(blocks), listed=t)
                    for n, h, kv, t in ((1, 4, 2, 1), (64, 2, 2, 3), (65, 3, 1, 4), (640, 8, 2, 5), (1000, 4, 1, 17)))
        yield from (dict(N=n, pattern=blocks, listed=6) for n in (63, 129, 577))
        yield from (dict(N=450, pattern=p, listed=4, far_ids=True) for p in (blocks, ("any", blocks, WIDE)))
        yield from (dict(N=n, H=4, KV=1, pattern=("any", blocks, ("window", 100, 0, 1)), listed=3) for n in (200, 900))
        yield dict(N=300, pattern=("any", blocks, ("global", 256)), listed=2)
        yield dict(B=3, N=384, K=100, bias=True, pattern=causal(blocks), listed=4, length=(384, 0, 130))
        yield dict(B=2, N=200, W=150, pattern=("any", blocks, ("window", 149, 0, 1)), listed=3, position=(10 ** 12, 70))
        yield dict(B=2, N=70, M=400, pattern=blocks, listed=5, offset=(-3, 129))
        # More query tiles than blocks, each begun before the one before ends; some of them keep no key at all.
        yield from (dict(B=3, H=56, KV=56, N=300, D=d, pattern=causal(blocks), listed=2, length=(0, 130, 300))
                    for d in (64, 128))
    # Blocks that are no whole key tiles.
    yield from (dict(N=n, pattern=causal(("blocks", size)), listed=t)
                for n, size, t in ((300, 16, 5), (500, 48, 3), (193, 200, 2)))
    yield from (dict(N=n, H=3, KV=3, pattern=BIGBIRD) for n in (1, 300, 1536, 2000))
    yield dict(B=2, N=300, W=70, pattern=BIGBIRD, position=(900, 2 ** 31 - 5))
    # Every so-many-th key: as rows of a view, alone and beside bands, and listed where a stream's position moves them.
    for stride in (2, 48, 64):
        strided = ("strided", stride)
        yield from (dict(N=n, pattern=p) for p in (strided, causal(strided)) for n in (65, 130, 1000))
        yield from (dict(N=n, H=4, KV=2, pattern=causal(("any", strided, ("window", 100, 0, 1)))) for n in (65, 1537))
        yield dict(N=700, pattern=("any", strided, BOTH_SIDES))
        yield dict(N=stride - 1, K=9, pattern=strided)  # no such key
        yield dict(B=3, N=500, K=30, pattern=causal(("any", strided, NARROW)), length=(0, 499, 63))
        yield dict(B=2, N=130, M=900, pattern=causal(strided), offset=(700, -5))
        yield dict(B=2, N=300, W=200, pattern=causal(("any", strided, NARROW)), position=(77, 10 ** 12 + 1))
    yield from (dict(N=n, pattern=("window", 300, p, 7)) for n, p in ((500, 0), (200, 90)))
    # Documents, of which some are empty.
    for pattern in (("document",), causal(("document",)), ("all", ("document",), WIDE)):
        yield from (dict(N=n, pattern=pattern, documents=d) for n, d in ((64, 1), (1000, 3), (600, 40)))
    yield dict(B=2, N=200, W=300, K=9, pattern=causal(("document",)), documents=6, position=(1000, 5), length=(200, 77))


def turned():
    """Keywords of cases whose result is stored token by token: in place of the copy behind them."""
    yield from (dict(N=n, H=h, KV=kv, pattern=CAUSAL, copy=c) for n, h, kv, c in
                ((17, 8, 2, "transpose"), (63, 4, 4, "loop"), (193, 2, 1, "transpose"), (1000, 6, 2, "loop")))
    yield from (dict(B=3, N=n, H=4, KV=2, pattern=p) for n, p in ((65, FULL), (384, BOTH_SIDES), (500, WIDE)))
    yield dict(B=2, N=300, W=200, K=100, H=4, KV=4, bias=True, pattern=("window", 200, 0, 1), position=(3, 900), length=(300, 17))
    # Packed heads, lists, documents; one head, of which the copy moves nothing.
    yield dict(B=2, N=640, H=8, KV=2, pattern=causal(("blocks", 64)), listed=5)
    yield dict(N=450, H=3, KV=3, pattern=BIGBIRD)
    yield dict(B=2, N=200, H=4, KV=1, pattern=causal(("document",)), documents=6)
    yield dict(B=2, N=193, H=1, KV=1, pattern=CAUSAL)


def cut():
    """Keywords of cases of head dimensions that are no multiple of a panel of 64 columns: each kind of pattern and of operand,
    rows that end within a tile."""
    yield from (dict(N=n, pattern=CAUSAL) for n in (63, 193))
    yield dict(N=384, pattern=FULL, std=6.0)
    yield from (dict(N=n, pattern=p) for n, p in ((65, NARROW), (1200, WIDE), (300, BOTH_SIDES)))
    yield from (dict(N=n, M=m, pattern=CAUSAL) for n, m in ((65, 384), (384, 65)))
    yield dict(N=193, K=129, pattern=CAUSAL, bias=True)
    yield dict(B=3, N=192, W=200, K=17, pattern=("window", 200, 0, 1), position=(0, 7, 10 ** 12), length=(192, 0, 30))
    yield dict(B=3, N=70, M=400, pattern=BOTH_SIDES, offset=(-500, 129, 0))
    yield dict(B=2, H=6, KV=2, N=193, pattern=CAUSAL)
    yield dict(B=3, H=24, KV=8, N=128, K=20, pattern=NARROW)  # two warpgroups
    # Lists: heads packed and not, with a window, of numbers drawn, of a stream at a position, of documents.
    yield dict(N=450, H=8, KV=2, pattern=causal(("blocks", 64)), listed=5)
    yield dict(N=200, H=3, KV=3, pattern=causal(("blocks", 64)), listed=3)
    yield dict(B=2, N=384, K=100, bias=True, pattern=("any", ("blocks", 128), ("window", 100, 0, 1)), listed=3, length=(384, 130))
    yield dict(N=600, pattern=BIGBIRD)
    yield dict(B=2, N=300, W=200, pattern=causal(("any", ("strided", 48), NARROW)), position=(77, 10 ** 12 + 1))
    yield dict(N=600, pattern=causal(("document",)), documents=7)
    # Rows of a view, alone and beside bands.
    yield dict(N=700, H=4, KV=2, pattern=causal(("any", ("strided", 64), ("window", 100, 0, 1))))
    yield dict(N=200, pattern=("window", 300, 90, 7))


def cut_turned():
    """And of those whose result is stored token by token."""
    yield dict(N=193, H=2, KV=1, pattern=CAUSAL, copy="transpose")
    yield dict(B=2, N=300, W=200, K=100, H=4, KV=4, bias=True, pattern=("window", 200, 0, 1), position=(3, 900), length=(300, 17))
    yield dict(B=2, N=320, H=4, KV=2, pattern=causal(("blocks", 64)), listed=5)


def drawn(rng):
    """Keywords of one case of everything."""
    pick = lambda values: values[int(rng.integers(len(values)))]  # noqa: E731
    n, b = pick(ROWS), pick((1, 1, 3))
    k = dict(N=n, B=b, pattern=pick((CAUSAL, FULL, NARROW, WIDE, BOTH_SIDES)))
    k["H"], k["KV"] = pick(((2, 2), (4, 1), (8, 1)))
    if rng.random() < 0.4:
        k["M"] = pick(ROWS)
    if rng.random() < 0.4:
        k["K"], k["bias"] = int(rng.integers(1, 301)), bool(rng.integers(2))
    if rng.random() < 0.4:
        k["W"], k["position"] = pick((1, 100, 1023)), rng.integers(0, 1200, b)
    if rng.random() < 0.3:
        k["length"] = rng.integers(0, k.get("M", n) + 1, b)
    if rng.random() < 0.3:
        k["offset"] = rng.integers(-200, 1200, b)
    return k


def numbered(prefix, rng, kinds, dim):
    """Cases of (class, keywords) with names in their order, types in turns and head dimension dim(number)."""
    found = []
    for i, (kind, keywords) in enumerate(kinds):
        keywords = {"dtype": DTYPES[i % 2], "D": dim(i), **keywords}
        case = kind(f"{prefix}{i:03}", rng, **keywords)
        case.rounds_weights = True
        case.label = ", ".join(f"{k}={v}" for k, v in keywords.items())
        b, h, n, _ = case.numbers["q"].shape
        case.tiles = b * h * n
        found.append(case)
    return found


def grid(count=24, seed=31):
    """The cases; `count` of them are drawn."""
    rng = np.random.default_rng(seed)
    plain = list(edges()) + list(listed()) + [drawn(rng) for _ in range(count)]
    every = [(cases.AttendCase, k) for k in plain] + [(cases.TurnedCase, k) for k in turned()]
    every += [(kind, {"D": d, **k}) for kind, more in ((cases.AttendCase, cut), (cases.TurnedCase, cut_turned))
              for j, k in enumerate(more()) for d in CUT[::1 - 2 * (j % 2)]]
    return numbered("tc", rng, every, lambda i: DIMS[i // 2 % 3])


def groups(size=2):
    """(name of the artefact, its cases): entries of one head dimension share an artefact."""
    every = grid()
    byd = [c for d in DIMS + CUT for c in every if c.numbers["q"].shape[-1] == d]
    return [(f"tensor-cores-{i // size:02}", byd[i:i + size]) for i in range(0, len(byd), size)]


def kernels():
    """(name, module, options of msa-compile) of every schedule of the default table with every kind of pattern and of operand."""
    kinds = {
        "causal": dict(pattern=CAUSAL),
        "full": dict(pattern=FULL),
        "tail": dict(pattern=FULL, N=4000),
        "window": dict(pattern=WIDE),
        "narrow": dict(pattern=NARROW),
        "both-sides": dict(pattern=BOTH_SIDES),
        "window-bank": dict(pattern=WIDE, K=1024),
        "bank-bias": dict(pattern=CAUSAL, K=1000, bias=True),
        "window-bank-tail": dict(pattern=WIDE, K=1000),
        "carried": dict(pattern=WIDE, W=1023, position=(5,), length=(4000,)),
        "everything": dict(pattern=BOTH_SIDES, W=1023, K=100, bias=True, position=(5,), length=(4000,), offset=(9,)),
        "offset": dict(pattern=CAUSAL, offset=(9,), H=8, KV=2),
        "two": dict(pattern=FULL, H=40, N=300, M=1000),
        "two-window": dict(pattern=WIDE, H=10, N=1500, K=100),
        "two-segment": dict(pattern=("window", 1023, 0, 1), H=16, W=1023, K=1024, bias=True, position=(5,), length=(4000,)),
        "two-slots": dict(pattern=FULL, H=16, N=1024, M=4096, length=(4000,)),
        "blocks128": dict(pattern=causal(("blocks", 128)), listed=17),
        "blocks64": dict(pattern=causal(("blocks", 64)), listed=16, H=8, KV=2),
        "blocks64-unpacked": dict(pattern=causal(("blocks", 64)), listed=16),
        "blocks-window": dict(pattern=("any", ("blocks", 128), WIDE), listed=4, K=100, N=4000),
        "blocks-carried": dict(pattern=causal(("blocks", 128)), listed=8, W=200, position=(5,), length=(4000,)),
        "blocks16": dict(pattern=causal(("blocks", 16)), listed=8),
        "bigbird": dict(pattern=BIGBIRD),
        "strided": dict(pattern=causal(("any", ("strided", 8), WIDE))),
        "strided-carried": dict(pattern=causal(("any", ("strided", 64), WIDE)), W=1023, position=(5,)),
        "dilated": dict(pattern=("window", 999, 0, 3)),
        "document": dict(pattern=causal(("document",)), documents=4),
    }
    for dtype in DTYPES:
        # Registers do not depend on the type: of the dimensions that are cut one each.
        for d in (*DIMS, CUT[DTYPES.index(dtype)]):
            for kind, keywords in kinds.items():
                case = cases.AttendCase("attend", cases.Zeros(), **{"dtype": dtype, "D": d, "N": 4096, "H": 2, **keywords})
                yield f"{kind}-{dtype}-d{d}", case.text(), ()
