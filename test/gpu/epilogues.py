"""What is done to a product of matrices before it is stored: text of linalg and msa operations behind it, and what they
mean in float64. Cases of products.py have one of these."""

import os
import sys

import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "test", "python")]

import cases  # noqa: E402


class Epilogue:
    """Of a product of `letters` (of its dimensions), with `sizes`, whose elements are `product` and which becomes `out`."""

    def __init__(self, letters, sizes, product, out, rng):
        self.letters, self.sizes, self.product, self.out = letters, sizes, product, out
        self.shape = tuple(sizes[x] for x in letters)
        self.extras = []  # (letters, dtype, array, numbers)
        self.draw(rng)

    def draw(self, rng):
        pass

    def add(self, rng, letters, dtype):
        array, numbers = cases.quantise(rng.standard_normal([self.sizes[x] for x in letters]), dtype)
        self.extras.append((letters, dtype, array, numbers))

    def along(self, i):
        """An extra's numbers with all of the product's dimensions."""
        letters, _, _, numbers = self.extras[i]
        order = sorted(letters, key=self.letters.index)
        numbers = numbers.transpose([letters.index(x) for x in order])
        return numbers.reshape([self.sizes[x] if x in letters else 1 for x in self.letters])

    def elementwise(self, value, arguments, body):
        """Lines of a linalg.generic on the product and the extras; the body computes %result, of `out`, from %p and %e<i>."""
        loops = ", ".join(self.letters)
        maps = [self.letters, *(e[0] for e in self.extras), self.letters]
        maps = ", ".join(f"affine_map<({loops}) -> ({', '.join(x)})>" for x in maps)
        kinds = ", ".join(['"parallel"'] * len(self.letters))
        types = [cases.tensor(self.shape, self.product), *(cases.tensor(e[2].shape, e[1]) for e in self.extras)]
        result = cases.tensor(self.shape, self.out)
        names = ", ".join([f"%p: {self.product}", *(f"%e{i}: {e[1]}" for i, e in enumerate(self.extras)), f"%o: {self.out}"])
        return [f"%other = tensor.empty() : {result}",
                f"%z = linalg.generic {{indexing_maps = [{maps}], iterator_types = [{kinds}]}} "
                f"ins({', '.join([value, *arguments])} : {', '.join(types)}) outs(%other : {result}) {{",
                f"^bb0({names}):", *body, f"linalg.yield %result : {self.out}", f"}} -> {result}"]

    def wide(self, name, dtype):
        """Its f32 is %<name>w."""
        return f"%{name}w = arith.extf %{name} : {dtype} to f32" if dtype != "f32" else f"%{name}w = arith.addf %{name}, %zerow : f32"

    def rounded(self, name):
        if self.out == "f32":
            return [f"%result = arith.addf %{name}, %zerow : f32"]
        return [f"%result = arith.truncf %{name} : f32 to {self.out}"]

    def opening(self):
        return ["%zerow = arith.constant 0.0 : f32", self.wide("p", self.product),
                *(self.wide(f"e{i}", e[1]) for i, e in enumerate(self.extras))]

    def results(self):
        return [("%z", cases.tensor(self.shape, self.out))]


class Residual(Epilogue):
    """A named operation, in the product's own type."""

    def draw(self, rng):
        self.add(rng, self.letters, self.out)

    def text(self, value, arguments):
        t = cases.tensor(self.shape, self.out)
        return [f"%other = tensor.empty() : {t}",
                f"%z = linalg.add ins({arguments[0]}, {value} : {t}, {t}) outs(%other : {t}) -> {t}"]

    def expected(self, y, error):
        return [(y + self.along(0), error)]


class Activation(Epilogue):
    """silu(y + bias), and a residual behind it where there is one."""

    residual = False

    def draw(self, rng):
        self.add(rng, "hn" if self.letters.endswith("hn") else "n", "f32")
        if self.residual:
            self.add(rng, self.letters, self.out)

    def text(self, value, arguments):
        body = [*self.opening(), "%one = arith.constant 1.0 : f32", "%v = arith.addf %pw, %e0w : f32", "%minus = arith.negf %v : f32",
                "%power = math.exp %minus : f32", "%below = arith.addf %power, %one : f32", "%silu = arith.divf %v, %below : f32"]
        last = "silu"
        if self.residual:
            body.append("%sum = arith.addf %silu, %e1w : f32")
            last = "sum"
        return self.elementwise(value, arguments, [*body, *self.rounded(last)])

    def expected(self, y, error):
        v = y + self.along(0)
        silu = v / (1 + np.exp(-v))
        # Its slope is below 1.1; the power of two is of an argument that f32 rounds.
        error = 1.1 * error + 2.0 ** -22 * (4 + np.abs(v)) * np.abs(silu)
        return [(silu + self.along(1) if self.residual else silu, error)]


class Both(Activation):
    residual = True


class Scales(Epilogue):
    """A factor a row and one a column, larger of two, no more than a constant in size."""

    def draw(self, rng):
        self.add(rng, self.letters.replace("n", "").replace("h", ""), "f32")
        self.add(rng, "n", self.product if self.product != "f32" else "f16")

    def text(self, value, arguments):
        return self.elementwise(value, arguments, [
            *self.opening(), "%most = arith.constant 30.0 : f32", "%r = arith.mulf %pw, %e0w : f32",
            "%c = arith.mulf %pw, %e1w : f32", "%is = arith.cmpf ogt, %r, %c : f32",
            "%large = arith.select %is, %r, %c : f32", "%less = arith.minimumf %large, %most : f32", *self.rounded("less")])

    def expected(self, y, error):
        r, c = self.along(0), self.along(1)
        return [(np.minimum(np.maximum(y * r, y * c), 30.0), error * np.maximum(np.abs(r), np.abs(c)) + 2.0 ** -23 * np.abs(y))]


class Rope(Epilogue):
    """A product into heads, rotated; the product itself is a second result where it is asked for."""

    plain, start = False, 3

    def text(self, value, arguments):
        t = cases.tensor(self.shape, self.out)
        grouped = self.shape if len(self.shape) == 4 else (1, *self.shape)
        g = cases.tensor(grouped, self.out)
        rope = f"rotary({self.shape[-1]}) {{start = {self.start} : i64}} : {g}"
        if len(self.shape) == 4:
            return [f"%z = msa.rope {value} {rope}"]
        sizes = ", ".join(map(str, grouped))
        return [f"%heads = tensor.expand_shape {value} [[0, 1], [2], [3]] output_shape [{sizes}] : {t} into {g}",
                f"%turned = msa.rope %heads {rope}",
                f"%z = tensor.collapse_shape %turned [[0, 1], [2], [3]] : {g} into {t}"]

    def expected(self, y, error):
        rows, d = self.shape[-2:]
        angle = np.outer(np.arange(self.start, self.start + rows), 10000.0 ** (-2 * np.arange(d // 2) / d))
        cos, sin = np.cos(angle), np.sin(angle)
        a, b = np.split(y, 2, axis=-1)
        turned = np.concatenate([a * cos - b * sin, b * cos + a * sin], axis=-1)
        # Tables in f32, and three roundings.
        both = np.tile(np.abs(a) + np.abs(b), 2)
        error = np.tile(sum(np.split(error, 2, axis=-1)), 2) + 2.0 ** -22 * both
        return [(turned, error)] + ([(y, error)] if self.plain else [])

    def results(self):
        return super().results() + ([("%y", cases.tensor(self.shape, self.out))] if self.plain else [])


class RopeAndPlain(Rope):
    plain = True


KINDS = {"residual": Residual, "activation": Activation, "both": Both, "scales": Scales, "rope": Rope, "rope-plain": RopeAndPlain}


def keywords():
    """Of cases of products, for every epilogue: ragged rows and columns, every form of result, f32 too."""
    for i, kind in enumerate(("residual", "activation", "both", "scales")):
        for k in (dict(m=129 + 64 * i, n=(264, 200, 520, 136)[i], k=(72, 136, 200, 520)[i]),
                  dict(m=(1, 63, 1000, 257)[i], n=(1544, 72, 264, 8)[i], k=72),
                  dict(m=512, n=512, k=136),  # whole tiles
                  dict(form="mk,hkn->hmn", h=5, m=200, n=128, k=136),  # tiles span heads
                  dict(form="mk,hnk->mhn", h=3, m=65, n=40, k=72),
                  dict(form="mk,hkn->hmn", h=3, m=65, n=80, k=72),
                  dict(form="bmk,kn->bmn", b=3, m=200, n=72, k=136),
                  dict(form="bmk,bkn->bmn", b=3, m=130, n=264, k=72),
                  dict(form="mgk,gkn->mn", g=3, m=200, n=72, k=136)):
            yield dict(epilogue=kind, **k)
    for kind in ("residual", "scales"):  # without exp, so without a limit to what is exact
        yield dict(epilogue=kind, m=300, n=328, k=136, out="f32")
        yield dict(epilogue=kind, form="bmk,hkn->bhmn", b=2, h=3, m=130, n=64, k=72, out="f32")
    for kind in ("rope", "rope-plain"):
        for k in (dict(form="mk,hkn->hmn", h=4, m=200, n=128, k=136), dict(form="mk,hnk->hmn", h=5, m=65, n=64, k=72),
                  dict(form="mk,hkn->hmn", h=3, m=1000, n=32, k=72), dict(form="bmk,hkn->bhmn", b=2, h=3, m=130, n=64, k=72),
                  dict(form="mk,hkn->hmn", h=2, m=512, n=256, k=264), dict(form="mk,hkn->hmn", h=12, m=1024, n=128, k=136)):
            yield dict(epilogue=kind, **k)


def kernels():
    """Sizes that ptxas looks at, by name."""
    for kind in ("residual", "activation", "both", "scales"):
        yield kind, dict(epilogue=kind, m=4096, n=2048, k=2048)
        yield f"{kind}-ragged", dict(epilogue=kind, m=1000, n=1032, k=520)
        yield f"{kind}-heads", dict(epilogue=kind, form="mk,hkn->hmn", h=16, m=4096, n=128, k=2048)
    yield "residual-f32", dict(epilogue="residual", m=4096, n=2048, k=2048, out="f32")
    yield "scales-f32", dict(epilogue="scales", m=4096, n=2048, k=2048, out="f32")
    for kind in ("rope", "rope-plain"):
        yield from ((f"{kind}-{n}", dict(epilogue=kind, form="mk,hkn->hmn", h=2048 // n, m=4096, n=n, k=2048)) for n in (32, 64, 128, 256))
        yield f"{kind}-few", dict(epilogue=kind, form="mk,hkn->hmn", h=4, m=200, n=128, k=2048)
