"""Sizes that differ from call to call.

A program with dynamic sizes is compiled for the greatest ("capacity"); shorter inputs are
padded and their results cut. That is right where no operation mixes the rows of a dynamic
dimension, other than attention (which gets the true length), running sums and prefixes.
This file refuses what would read the padding.
"""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import torch

from .errors import Refused
from .values import Deferred, Value


class Valid(NamedTuple):
    """The true size of a dynamic dimension: the length of `symbol`, plus `offset`."""

    symbol: str
    offset: int


class Sizes:
    """Capacities of the symbols of an exported program."""

    def __init__(self, capacity: Dict[Any, int]):
        self.capacity = capacity

    def value(self, size: Any) -> int:
        if isinstance(size, int):
            return size
        expr = size.node.expr
        return int(expr.subs(self.capacity)) if expr.free_symbols else int(expr)

    def shape(self, fake: Any) -> Tuple[int, ...]:
        return tuple(self.value(s) for s in fake.shape)

    def valid(self, size: Any) -> Optional[Valid]:
        """None for a static size. Only `symbol + constant` has a meaning for attention."""
        if isinstance(size, int) or not size.node.expr.free_symbols:
            return None
        expr = size.node.expr
        if len(expr.free_symbols) == 1:
            (symbol,) = expr.free_symbols
            offset = expr - symbol
            if not offset.free_symbols:
                return Valid(str(symbol), int(offset))
        raise Refused(f"attention over a dynamic size {expr}, which is not a length plus a constant")


def is_dynamic(size: Any) -> bool:
    return not isinstance(size, int) and bool(size.node.expr.free_symbols)


def dims_of(node: Any) -> List[bool]:
    value = node.meta.get("val")
    return [is_dynamic(s) for s in value.shape] if isinstance(value, torch.Tensor) else []


_REDUCING = {"aten.sum.dim_IntList", "aten.mean.dim", "aten.amax.default", "aten.amin.default", "aten.any.dim",
             "aten.any.dims", "aten.all.dim", "aten.all.dims", "aten._softmax.default", "aten.softmax.int"}
_REDUCING_ALL = {"aten.sum.default", "aten.mean.default", "aten.max.default", "aten.min.default", "aten.any.default",
                 "aten.all.default"}


def check(name: str, node: Any, args: Sequence[Any]) -> None:
    """Raises `Refused` where an operation would mix true rows with padding."""
    first = node.args[0] if node.args else None
    dims = dims_of(first) if hasattr(first, "meta") else []
    if name in _REDUCING_ALL and any(dims):
        raise Refused("a reduction over a dynamic size")
    if name in _REDUCING and any(dims):
        axes = args[1] if len(args) > 1 and args[1] is not None else list(range(len(dims)))
        axes = [axes] if isinstance(axes, int) else axes
        if any(dims[a] for a in axes) and not isinstance(args[0], Deferred):
            raise Refused("a reduction over a dynamic size")
    if name in ("aten.layer_norm.default", "aten.rms_norm.default") and any(dims[len(dims) - len(args[1]):]):
        raise Refused("a norm over a dynamic size")
    if name in ("aten.bmm.default", "aten.mm.default", "aten.matmul.default") and dims and dims[-1] \
            and not (isinstance(args[0], Deferred) and args[0].softmax):
        raise Refused("a product that sums over a dynamic size")
    if name == "aten.linear.default" and dims and dims[-1]:
        raise Refused("a product that sums over a dynamic size")
    if name in ("aten.slice.Tensor", "aten.select.int"):
        axis = args[1] if len(args) > 1 else 0
        if dims and dims[axis]:
            start = args[2] if len(args) > 2 and args[2] is not None else 0
            result = dims_of(node)
            whole = name == "aten.slice.Tensor" and len(result) == len(dims) and result[axis]
            if not isinstance(args[0], Value) or start < 0 or (len(args) > 3 and whole and (args[3] or 0) < 0):
                raise Refused("rows counted from the end of a dynamic size")
            stop = node.args[3] if len(node.args) > 3 else None
            if name == "aten.slice.Tensor" and hasattr(node.args[2] if len(node.args) > 2 else None, "meta"):
                raise Refused("a slice that starts at a dynamic position")
            del stop
    if name in ("aten.cat.default", "aten.stack.default"):
        axis = args[1] if len(args) > 1 else 0
        for part in node.args[0][:-1]:
            d = dims_of(part)
            if name == "aten.cat.default" and d and d[axis]:
                raise Refused("something joined behind a dynamic size")
