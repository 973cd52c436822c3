"""Values of a graph while it is imported.

Four kinds, from cheap to dear:

* `Const`: known at import (weights, position tables). Folded by PyTorch itself.
* `Sym`: an elementwise expression that is not computed yet. Masks stay in this form
  until an attention reads them as a pattern, so that no N x N tensor is formed.
* `Deferred`: scores or probabilities of an attention that has not met its values yet.
* `Tensor`: a view of an SSA value. Views are index maps, so permutations, unit dimensions
  and broadcasts cost nothing where the consumer is elementwise.

The base of a `Tensor` never has unit dimensions: the index maps of what reads it are
then permutations and projections, which is what tiling and vectorization want.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Optional, Sequence, Tuple

import torch

Shape = Tuple[int, ...]

MLIR_TYPES = {
    torch.float64: "f64", torch.float32: "f32", torch.float16: "f16", torch.bfloat16: "bf16",
    torch.int64: "i64", torch.int32: "i32", torch.int16: "i16", torch.int8: "i8", torch.bool: "i1",
}


def tensor_type(shape: Sequence[int], dtype: torch.dtype) -> str:
    return f"tensor<{''.join(f'{s}x' for s in shape)}{MLIR_TYPES[dtype]}>"


@dataclass(frozen=True)
class Repeat:
    """A dimension that repeats each entry of a base dimension `times` times (the heads of
    grouped-query attention after `repeat_kv`)."""

    base: int
    times: int


@dataclass(frozen=True)
class Base:
    """An SSA value without unit dimensions."""

    name: str
    shape: Shape
    dtype: torch.dtype

    @property
    def type(self) -> str:
        return tensor_type(self.shape, self.dtype)


class Value:
    shape: Shape
    dtype: torch.dtype

    @property
    def rank(self) -> int:
        return len(self.shape)


@dataclass
class Const(Value):
    """`data` may be an expanded or permuted view of a weight. `source` names the parameter
    or buffer that it is, bit for bit, or the transpose of it."""

    data: torch.Tensor
    source: Optional[str] = None
    transposed: bool = False

    @property
    def shape(self) -> Shape:  # type: ignore[override]
        return tuple(self.data.shape)

    @property
    def dtype(self) -> torch.dtype:  # type: ignore[override]
        return self.data.dtype


@dataclass
class Tensor(Value):
    """`dims[d]` is the base dimension that view dimension d walks, None for a unit or
    broadcast dimension, or a `Repeat`."""

    base: Base
    shape: Shape
    dims: Tuple[Any, ...]

    @property
    def dtype(self) -> torch.dtype:  # type: ignore[override]
        return self.base.dtype

    @staticmethod
    def of(base: Base, shape: Shape) -> "Tensor":
        """The base seen with unit dimensions put back: shape without ones is base.shape."""
        dims, k = [], 0
        for size in shape:
            dims.append(k if size != 1 else None)
            k += size != 1
        assert k == len(base.shape)
        return Tensor(base, tuple(shape), tuple(dims))

    def is_identity(self) -> bool:
        """Row-major layout of the view is that of the base."""
        walked = [d for d in self.dims if d is not None]
        broadcast = any(d is None and s != 1 for d, s in zip(self.dims, self.shape))
        return not broadcast and walked == list(range(len(self.base.shape)))


@dataclass(frozen=True)
class Expr:
    """A node of an elementwise expression over the dimensions of the `Sym` that holds it.
    kind "op": `op` applied to args, computed in `dtype`. kind "leaf": `value` (Const or
    Tensor), whose dimension d is walked by dimension dims[d] of the expression's space
    (None: unit). kind "number": the Python number `value`."""

    kind: str
    dtype: torch.dtype
    op: str = ""
    args: Tuple["Expr", ...] = ()
    value: Any = field(default=None, compare=False)
    dims: Tuple[Optional[int], ...] = ()

    def remap(self, where: Sequence[Optional[int]]) -> "Expr":
        """The same expression over another space; where[d] is the new dimension of d."""
        if self.kind == "number":
            return self
        if self.kind == "leaf":
            dims = tuple(None if d is None else where[d] for d in self.dims)
            return Expr("leaf", self.dtype, value=self.value, dims=dims)
        return Expr("op", self.dtype, self.op, tuple(a.remap(where) for a in self.args), self.value)


def number(x: Any, dtype: torch.dtype) -> Expr:
    return Expr("number", dtype, value=x)


@dataclass
class Sym(Value):
    shape: Shape
    expr: Expr

    @property
    def dtype(self) -> torch.dtype:  # type: ignore[override]
        return self.expr.dtype

    def dims_used(self) -> set:
        out, stack = set(), [self.expr]
        while stack:
            e = stack.pop()
            stack += e.args
            if e.kind == "leaf":
                out |= {d for d in e.dims if d is not None}
        return out


@dataclass(frozen=True)
class Step:
    """One elementwise step on scores. `op` on the scores and `other` (a Value, a number or
    None), scores on the right where `swapped`; "mask" keeps scores where `other` holds. `shape`
    is the scores' shape then, which says what `other` is broadcast to."""

    op: str
    shape: Shape
    other: Any = None
    swapped: bool = False


@dataclass
class Deferred(Value):
    """query x key^T with what was done to it since. `query` is lead.. x N x D and `key`
    lead.. x M x D; `shape` ends in N, M but for unit dimensions, with lead split in any way.
    `softmax`: the last step was a softmax over keys. `length` is how many keys are valid, as
    an offset to the dynamic size, None where all are."""

    query: Value
    key: Value
    shape: Shape
    dtype: torch.dtype
    steps: Tuple[Step, ...] = ()
    softmax: bool = False
    length: Optional[int] = None

    @property
    def rows(self) -> Shape:
        return (self.query.shape[-2], self.key.shape[-2])

    def lead(self, shape: Optional[Shape] = None) -> Optional[Shape]:
        """Dimensions of `shape` before N and M, with unit dimensions; None where N and M are not
        its last two but for units at the end."""
        shape = list(self.shape if shape is None else shape)
        while len(shape) > 2 and shape[-1] == 1:
            shape.pop()
        if shape and shape[-1] == self.rows[1]:
            shape.pop()
            while len(shape) > 1 and shape[-1] == 1:
                shape.pop()
            if shape and shape[-1] == self.rows[0]:
                return tuple(shape[:-1])
        return None


def leaf(value: Value, space: int) -> Expr:
    """`value` broadcast into a space of `space` dimensions, aligned at the right."""
    if isinstance(value, Sym):
        return value.expr.remap([space - value.rank + d for d in range(value.rank)])
    shift = space - value.rank
    dims = tuple(None if s == 1 else shift + d for d, s in enumerate(value.shape))
    if isinstance(value, Const):
        # A stride of zero is a broadcast: the leaf does not depend on that dimension.
        strides = value.data.stride()
        data = value.data
        for d in range(value.rank):
            if dims[d] is not None and strides[d] == 0:
                data = data.narrow(d, 0, 1)
                dims = dims[:d] + (None,) + dims[d + 1:]
        if data.numel() == 1:
            return number(data.reshape(()).item(), data.dtype)
        value = Const(data, value.source if data is value.data else None)
    elif isinstance(value, Tensor):
        dims = tuple(None if b is None else d for b, d in zip(value.dims, dims))
    return Expr("leaf", value.dtype, value=value, dims=dims)
