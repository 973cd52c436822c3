"""What a case computes: shapes, the model in MLIR, and its work in operations and bytes. Needs no PyTorch."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from msa import All, Any, Blocks, Global, Pattern, Random, Strided, Window

BYTES = {"bf16": 2, "f16": 2, "f32": 4, "i32": 4, "i64": 8}


def tensor(shape, dtype):
    return f"tensor<{'x'.join(map(str, shape))}x{dtype}>"


@dataclass(frozen=True)
class Attend:
    """One msa.attend: `batch` x `heads` x `n` queries over as many local keys (or `keys`) and a bank, in one softmax.

    listed: key blocks that the operand `blocks` lists for each query block, its own (the last entry) included.
    """

    n: int
    heads: int
    pattern: Pattern
    d: int = 128
    kv_heads: int = 0  # 0: as many as heads
    keys: int = 0      # 0: as many as queries
    bank: int = 0
    batch: int = 1
    listed: int = 0
    dtype: str = "bf16"

    entry = "attend"

    @property
    def kv(self):
        return self.kv_heads or self.heads

    @property
    def m(self):
        return self.keys or self.n

    @property
    def group(self):
        return self.heads // self.kv

    @property
    def scale(self):
        return self.d ** -0.5

    @property
    def inputs(self):
        """Name -> (shape, dtype), in the order of the entry."""
        local = (self.batch, self.kv, self.m, self.d)
        out = {"q": ((self.batch, self.heads, self.n, self.d), self.dtype), "k": (local, self.dtype),
               "v": (local, self.dtype)}
        if self.bank:
            slots = (self.batch, self.kv, self.bank, self.d)
            out.update(bank_k=(slots, self.dtype), bank_v=(slots, self.dtype))
        if self.listed:
            blocks = -(-self.n // self.pattern.block_size)
            out["blocks"] = ((self.batch, self.kv, blocks, self.listed), "i32")
        return out

    @property
    def outputs(self):
        return {"out": ((self.batch, self.heads, self.n, self.d), self.dtype),
                "lse": ((self.batch, self.heads, self.n), "f32")}

    def mlir(self):
        kinds = {name: tensor(*what) for name, what in {**self.inputs, **self.outputs}.items()}
        arguments = ", ".join(f'%{x}: {kinds[x]} {{msa.name = "{x}"}}' for x in self.inputs)
        results = ", ".join(f'{kinds[x]} {{msa.name = "{x}"}}' for x in self.outputs)
        bank = f"\n    bank(%bank_k, %bank_v : {kinds['bank_k']}, {kinds['bank_v']})" if self.bank else ""
        listed = f"\n    blocks(%blocks : {kinds['blocks']})" if self.listed else ""
        return (f"func.func @{self.entry}({arguments})\n    -> ({results}) {{\n"
                f"  %out, %lse = msa.attend ins(%q, %k, %v : {kinds['q']}, {kinds['k']}, {kinds['v']}){bank}{listed}\n"
                f"    pattern({self.pattern.mlir}) scale({self.scale!r}) -> {kinds['out']}, {kinds['lse']}\n"
                f"  return %out, %lse : {kinds['out']}, {kinds['lse']}\n}}\n")

    def flops(self, kept):
        """kept: pairs of all heads and the batch. Two products of D multiplications and additions."""
        return 4 * self.d * kept

    def bytes(self):
        """Every input read once, every output written once."""
        return nbytes({**self.inputs, **self.outputs})

    def at(self, n, factor=1, groups=0):
        """The same kind of work on `n` queries: what the pattern counts in tokens and the bank are divided by
        `factor`; at most `groups` KV heads and rows of the batch (0: as many as before)."""
        keys = self.keys and max(1, min(self.keys, 4 * n) - 3)
        if self.keys:
            n = min(n, self.n)
        pattern = shrink(self.pattern, factor, keys or n)
        kv = min(groups, self.kv) if groups else self.kv
        blocks = -(-n // pattern.block_size) if self.listed else 0
        return replace(self, n=n, pattern=pattern, keys=keys, bank=self.bank // factor, listed=min(self.listed, blocks),
                       heads=kv * self.group, kv_heads=kv if self.kv_heads else 0,
                       batch=min(groups, self.batch) if groups else self.batch)


@dataclass(frozen=True)
class Product:
    """y = x w: rows x k times k x columns, sums in f32, as a projection of the layer."""

    rows: int
    columns: int
    k: int
    dtype: str = "bf16"

    entry = "product"

    @property
    def inputs(self):
        return {"x": ((self.rows, self.k), self.dtype), "w": ((self.k, self.columns), self.dtype)}

    @property
    def outputs(self):
        return {"y": ((self.rows, self.columns), self.dtype)}

    def mlir(self):
        kinds = {name: tensor(*what) for name, what in {**self.inputs, **self.outputs}.items()}
        x, w, y, f = kinds["x"], kinds["w"], kinds["y"], self.dtype
        return (f'func.func @{self.entry}(%x: {x} {{msa.name = "x"}}, %w: {w} {{msa.name = "w"}})\n'
                f'    -> ({y} {{msa.name = "y"}}) {{\n'
                f"  %zero = arith.constant 0.0 : {f}\n  %empty = tensor.empty() : {y}\n"
                f"  %init = linalg.fill ins(%zero : {f}) outs(%empty : {y}) -> {y}\n"
                f"  %y = linalg.matmul ins(%x, %w : {x}, {w}) outs(%init : {y}) -> {y}\n"
                f"  return %y : {y}\n}}\n")

    def flops(self, kept=0):
        return 2 * self.rows * self.columns * self.k

    def bytes(self):
        return nbytes({**self.inputs, **self.outputs})

    def at(self, n, factor=1, groups=0):
        """With `n` rows, columns and k divided by `factor`."""
        return replace(self, rows=n, columns=self.columns // factor, k=self.k // factor)


def nbytes(tensors):
    """Of all tensors, name -> (shape, dtype)."""
    return sum(math.prod(shape) * BYTES[dtype] for shape, dtype in tensors.values())


def shrink(pattern, factor, keys):
    """The pattern with its lengths divided by `factor`, drawing from `keys` keys."""
    def less(x):
        return max(1, x // factor)

    if isinstance(pattern, (Any, All)):
        return type(pattern)(*(shrink(p, factor, keys) for p in pattern.members))
    if isinstance(pattern, Window):
        return Window((pattern.left + 1) // factor - 1, pattern.right // factor, pattern.dilation)
    if isinstance(pattern, Random):
        size = less(pattern.size)
        return Random(pattern.count, size, -(-keys // size), pattern.seed)
    if isinstance(pattern, Strided):
        return Strided(less(pattern.stride))
    if isinstance(pattern, Global):
        return Global(less(pattern.count))
    if isinstance(pattern, Blocks):
        return Blocks(less(pattern.size))
    return pattern
