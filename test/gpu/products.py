"""Products of matrices on tensor cores (sm_90a): the cases that a GPU runs, and the kernels that ptxas alone looks at.

A case is a contraction of linalg, which the compiler gives the schedule of its default table, or a msa_gpu.gemm with a
schedule of its own. Needs NumPy; where nothing is compiled, no compiler."""

import os
import sys

import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "test", "python")]

sys.path[:0] = [os.path.join(ROOT, "test", "gpu")]
import cases  # noqa: E402
import epilogues  # noqa: E402
import msart as m  # noqa: E402

#: Half a unit in the last place, relative: what rounding of a result to the type may change.
ROUNDING = {"f32": 2.0 ** -24, "f16": 2.0 ** -11, "bf16": 2.0 ** -8}
SCHEDULE = ("warpgroups", "columns", "depth", "stages", "staged", "group", "cluster", "persistent")


class ProductCase:
    """sizes: of the letters of the form, as msa_gpu.gemm names dimensions. schedule: values in the order of SCHEDULE.
    epilogue: what is done to the product, by its name in epilogues.KINDS."""

    def __init__(self, name, rng, form="mk,kn->mn", dtype="bf16", out="", schedule=None, epilogue="", **sizes):
        self.name, self.form, self.dtype, self.out, self.schedule = name, form, dtype, out or dtype, schedule
        self.letters = [*form.split("->")[0].split(","), form.split("->")[1]]
        self.sizes, self.shapes = sizes, [tuple(sizes[x] for x in w) for w in self.letters]
        drawn = [cases.quantise(rng.standard_normal(shape), dtype) for shape in self.shapes[:2]]
        self.arrays, self.numbers = [d[0] for d in drawn], [d[1] for d in drawn]
        self.tiles = int(np.prod(self.shapes[2]))
        self.label = f"{form}, {dtype} to {self.out}, {sizes}, {schedule} {epilogue}"
        self.epilogue = epilogues.KINDS[epilogue](self.letters[2], sizes, self.out, self.out, rng) if epilogue else None
        if self.epilogue:
            self.arrays += [e[2] for e in self.epilogue.extras]

    def text(self):
        f = cases.Function(self.name)
        (a, a_type), (b, b_type) = (f.argument(n, x, self.dtype) for n, x in zip("ab", self.arrays))
        result = cases.tensor(self.shapes[2], self.out)
        f.body = [f"%empty = tensor.empty() : {result}"]
        if self.schedule:
            parts = ", ".join(f"{k} = {str(v).lower()}" for k, v in zip(SCHEDULE, self.schedule))
            f.body.append(f'%y = msa_gpu.gemm "{self.form}" ins({a}, {b} : {a_type}, {b_type}) outs(%empty : {result}) '
                          f"schedule(<{parts}>) {{msa.dispatch}} -> {result}")
        else:
            f.body += self.contraction(a, b, a_type, b_type, result)
        f.results = [("%y", result)]
        if self.epilogue:
            extras = [f.argument(f"r{i}", e[2], e[1])[0] for i, e in enumerate(self.epilogue.extras)]
            f.body += self.epilogue.text("%y", extras)
            f.results = self.epilogue.results()
        return f.text()

    def contraction(self, a, b, a_type, b_type, result):
        loops = sorted(set("".join(self.letters)))
        maps = ", ".join(f"affine_map<({', '.join(loops)}) -> ({', '.join(w)})>" for w in self.letters)
        kinds = ", ".join('"parallel"' if x in self.letters[2] else '"reduction"' for x in loops)
        wide = [] if self.out == self.dtype else [f"%u = arith.extf %x : {self.dtype} to {self.out}",
                                                  f"%v = arith.extf %w : {self.dtype} to {self.out}"]
        x, w = ("%u", "%v") if wide else ("%x", "%w")
        return [f"%zero = arith.constant 0.0 : {self.out}",
                f"%init = linalg.fill ins(%zero : {self.out}) outs(%empty : {result}) -> {result}",
                f"%y = linalg.generic {{indexing_maps = [{maps}], iterator_types = [{kinds}]}} ins({a}, {b} : {a_type}, "
                f"{b_type}) outs(%init : {result}) {{",
                f"^bb0(%x: {self.dtype}, %w: {self.dtype}, %s: {self.out}):", *wide,
                f"%p = arith.mulf {x}, {w} : {self.out}", f"%q = arith.addf %s, %p : {self.out}",
                f"linalg.yield %q : {self.out}", f"}} -> {result}"]

    def inputs(self):
        return self.arrays

    def check(self, outputs):
        """Worst error over the bound: at most 1 is right."""
        want = np.einsum(self.form, *self.numbers, optimize=True)
        # Sums of f32 in the order of the hardware: 16 products at a time, every sum off by a last place of what all
        # summands come to, in the worst case; far less in norm.
        absolute = np.einsum(self.form, *map(np.abs, self.numbers), optimize=True)
        error = (self.sizes["k"] * self.sizes.get("g", 1) / 16 + 16) * 2.0 ** -23 * absolute
        wanted = self.epilogue.expected(want, error) if self.epilogue else [(want, error)]
        assert len(wanted) == len(outputs)
        return max(self.worst(got, *w) for got, w in zip(outputs.values(), wanted))

    def worst(self, got, want, error):
        got = np.asarray(m.from_bf16(got) if self.out == "bf16" else got, np.float64)
        rounding = ROUNDING[self.out]
        # Half the distance of two numbers, of the least ones too.
        bound = error * (1 + rounding) + rounding * np.abs(want) + (2.0 ** -25 if self.out == "f16" else 2.0 ** -134)
        if not np.all(np.isfinite(got)):
            return float("inf")
        whole = np.linalg.norm(got - want) / np.linalg.norm(want) / (rounding + 1e-5)
        return max(whole, float(np.max(np.abs(got - want) / bound)))


def keywords():
    """Of cases that stand for one thing each."""
    # Every edge of a tile and of the box of a copy, of the sizes' least steps too.
    for i, rows in enumerate((1, 63, 64, 65, 127, 128, 129, 200, 384, 1000)):
        yield dict(m=rows, n=(8, 200, 264, 520)[i % 4], k=(8, 72, 136, 520, 1000)[i % 5], out=("", "f32")[i % 2])
    yield from (dict(m=257, n=n, k=64, out=("", "f32")[n % 16 == 8]) for n in (8, 56, 64, 72, 128, 192, 248, 256, 272))
    yield from (dict(m=130, n=136, k=k) for k in (8, 16, 56, 64, 72, 128, 2040))
    # More tiles than blocks run at once, an odd number of rows of tiles, a last group of rows that is smaller.
    yield dict(m=128 * 19 + 1, n=1544, k=200)
    yield dict(m=128 * 33, n=1544, k=72, out="f32")
    # Every form.
    few = dict(m=200, n=72, k=136)
    yield from (dict(form="mk,nk->mn", n=n, m=130, k=72) for n in (8, 100 * 8, 264))
    yield dict(form="mk,hkn->hmn", h=5, m=200, n=128, k=136)
    yield dict(form="mk,hnk->hmn", h=3, m=200, n=128, k=72)
    yield dict(form="mk,hnk->mhn", h=3, m=65, n=40, k=72)
    yield dict(form="mk,hkn->hmn", h=3, m=65, n=80, k=72)
    yield dict(form="gmk,gkn->mn", g=4, m=200, n=264, k=128)
    yield dict(form="gmk,gkn->mn", g=3, m=200, n=264, k=40)
    yield dict(form="mgk,gkn->mn", g=3, **few)
    yield dict(form="bmk,kn->bmn", b=3, **few)
    yield dict(form="bmk,bkn->bmn", b=3, out="f32", **few)
    yield dict(form="bmk,bnk->bmn", b=5, **few)
    yield dict(form="bgmk,gkn->bmn", b=2, g=3, m=65, n=136, k=64)
    yield dict(form="bmk,hkn->bhmn", b=2, h=3, m=130, n=64, k=72)


def schedules():
    """Schedules that the default table may not choose, on a size that is a multiple of none of their tiles."""
    for i, (groups, columns, depth, stages, staged, cluster, persistent) in enumerate((
            (1, 64, 64, 2, 1, 1, False), (1, 256, 64, 4, 2, 2, True), (2, 256, 64, 4, 1, 1, True), (2, 256, 64, 3, 4, 2, True),
            (2, 192, 64, 4, 3, 2, False), (2, 128, 128, 3, 1, 2, True), (2, 128, 64, 6, 2, 1, False),
            (3, 128, 64, 4, 2, 2, True), (3, 64, 128, 2, 1, 1, True), (2, 64, 64, 8, 1, 2, True),
            (3, 192, 64, 3, 3, 1, True), (3, 192, 64, 4, 1, 2, False))):
        schedule = (groups, columns, depth, stages, staged, 2, cluster, persistent)
        yield dict(form=("mk,kn->mn", "mk,nk->mn")[i % 2], m=1000, n=1032, k=520, schedule=schedule)
        if columns % 128 == 0:
            yield dict(m=1000, n=1032, k=8, out="f32", schedule=schedule)


def grid(seed=47):
    rng = np.random.default_rng(seed)
    return [ProductCase(f"pr{i:03}", rng, **{"dtype": ("bf16", "f16")[i % 2], **k})
            for i, k in enumerate([*keywords(), *schedules(), *epilogues.keywords()])]


def tiles():
    """Warpgroups, columns and depth, which registers depend on: all that a schedule, measured ones too, can have."""
    return [(groups, columns, depth) for groups in (1, 2, 3) for columns in (64, 128, 192, 256) for depth in (64, 128)
            if groups < 3 or columns < 256]


def kernels():
    """(name, module, options of msa-compile) of sizes that the default table tells apart, of every other schedule, and of
    every tile."""
    sizes = {"rows16k": dict(m=16384, n=6144, k=2048), "rows4k": dict(m=4096, n=6144, k=2048),
             "rows1k": dict(m=1024, n=6144, k=2048), "narrow": dict(m=1024, n=1024, k=2048), "few": dict(m=130, n=136, k=72),
             "one": dict(m=1, n=2048, k=2048), "heads": dict(form="mk,hnk->hmn", h=16, m=4096, n=128, k=2048),
             "merged": dict(form="gmk,gkn->mn", g=16, m=4096, n=2048, k=128), "f32": dict(m=4096, n=6144, k=2048, out="f32")}
    for name, size in sizes.items():
        for dtype in ("bf16", "f16"):
            text = ProductCase("product", cases.Zeros(), dtype=dtype, **size).text()
            yield f"{name}-{dtype}", text, ()
            yield f"{name}-{dtype}-pairs", text, ("--gpu-clusters",)
    for i, keywords in enumerate(schedules()):
        yield f"schedule{i}", ProductCase("product", cases.Zeros(), **keywords).text(), ()
    for tile in tiles():
        text = ProductCase("product", cases.Zeros(), m=4096, n=6144, k=2048, schedule=(*tile, 2, 1, 16, 1, True)).text()
        yield "tile" + "x".join(map(str, tile)), text, ()
    for name, size in epilogues.kernels():
        for dtype in ("bf16", "f16"):
            yield f"{name}-{dtype}", ProductCase("product", cases.Zeros(), dtype=dtype, **size).text(), ()


def groups(size=8):
    """(name of the artefact, its cases)."""
    everything = grid()
    return [(f"products-{i // size:02}", everything[i:i + size]) for i in range(0, len(everything), size)]
