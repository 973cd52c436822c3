"""Reductions, norms, softmax, running sums."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import torch

from .elementwise import compute_type, result
from .emit import Emitter, cast, loops_over
from .errors import Refused
from .scalar import Body
from .shape import wrap
from .values import (MLIR_TYPES, Deferred, Expr, Repeat, Sym, Tensor, Value, leaf, number)

_COMBINE = {"add": ("arith.addf", "arith.addi"), "maximum": ("arith.maximumf", "arith.maxsi"),
            "minimum": ("arith.minimumf", "arith.minsi"), "or": (None, "arith.ori"), "and": (None, "arith.andi")}


def reduce(e: Emitter, op: str, v: Value, dims: Sequence[int], keep: bool, dtype: torch.dtype,
           element: Callable[[Expr], Expr] = lambda x: x, others: Sequence[Value] = ()) -> Tensor:
    """Combines element(x) over `dims` in type `dtype`. `element` may use `others`, given as
    further arguments, broadcast like the elements."""
    dims = sorted({wrap(d, v.rank) for d in dims}) if dims else list(range(v.rank))
    v = e.unrepeat(v) if isinstance(v, Tensor) and any(isinstance(d, Repeat) for d in v.dims) else v
    if isinstance(v, Deferred):
        v = e.tensor(v)
    inputs = [leaf(x, v.rank) for x in (v, *others)]
    expr = element(*inputs)
    loop_of, loops = loops_over(v.shape)
    reduced = [loop_of[d] for d in dims if d in loop_of]
    ops, index = e.reads([expr], loop_of)
    # Dimensions that no operand walks (a broadcast value) can not be loops.
    walked = {d for _, walk in ops for d in walk}
    if len(walked) != len(loops):
        return reduce(e, op, e.expression(v.shape, leaf(v, v.rank)), dims, keep, dtype, element, others)
    start = {"add": 0, "or": False, "and": True}.get(op)
    if start is None:
        if dtype.is_floating_point:
            start = -math.inf if op == "maximum" else math.inf
        else:
            start = torch.iinfo(dtype).min if op == "maximum" else torch.iinfo(dtype).max
    shape = tuple(s for k, s in enumerate(loops) if k not in reduced)
    init = e.filled(shape, dtype, start)

    def body(args: List[str], acc: Optional[str]) -> Tuple[List[str], str]:
        b = Body(e.fresh, lambda l: args[index[id(l)]])
        x = b.value(cast(expr, dtype))
        name = _COMBINE[op][0 if dtype.is_floating_point else 1]
        return b.lines, b.emit(f"{name} {acc}, {x} : {MLIR_TYPES[dtype]}")

    base = e.generic(loops, reduced, ops, dtype, body, init)
    kept = [1 if d in dims else s for d, s in enumerate(v.shape)]
    out = tuple(kept) if keep else tuple(s for d, s in enumerate(kept) if d not in dims)
    return Tensor.of(base, out)


def finished(e: Emitter, x: Tensor, dtype: torch.dtype) -> Value:
    return x if x.dtype is dtype else e.expression(x.shape, cast(leaf(x, x.rank), dtype))


def lower_sum(e: Emitter, node, v: Value, dims: Any = None, keep: bool = False, **kwargs: Any) -> Value:
    dtype = result(node)
    return finished(e, reduce(e, "add", v, dims, keep, compute_type(dtype)), dtype)


def lower_mean(e: Emitter, node, v: Value, dims: Any = None, keep: bool = False, **kwargs: Any) -> Value:
    dtype = result(node)
    wide = compute_type(dtype)
    total = reduce(e, "add", v, dims, keep, wide)
    n = math.prod(v.shape) // max(1, math.prod(total.shape))
    x = Expr("op", wide, "mul", (leaf(total, total.rank), number(1.0 / n, wide)))
    if n & (n - 1):  # 1/n is inexact: divide, as PyTorch does.
        x = Expr("op", wide, "div", (leaf(total, total.rank), number(float(n), wide)))
    return e.expression(total.shape, cast(x, dtype))


def extreme(op: str) -> Callable:
    def lower(e: Emitter, node, v: Value, dims: Any = None, keep: bool = False) -> Value:
        return reduce(e, op, v, [dims] if isinstance(dims, int) else dims, keep, result(node))
    return lower


def truth(op: str) -> Callable:
    def lower(e: Emitter, node, v: Value, dims: Any = None, keep: bool = False) -> Value:
        return reduce(e, op, v, [dims] if isinstance(dims, int) else dims, keep, torch.bool)
    return lower


def centred(wide: torch.dtype) -> Callable[[Expr, Expr], Expr]:
    def square(x: Expr, mean: Expr) -> Expr:
        c = Expr("op", wide, "sub", (cast(x, wide), mean))
        return Expr("op", wide, "mul", (c, c))
    return square


def row_mean(e: Emitter, total: Tensor, n: int, wide: torch.dtype) -> Tensor:
    return e.expression(total.shape, Expr("op", wide, "div", (leaf(total, total.rank), number(float(n), wide))))


def lower_layer_norm(e: Emitter, node, v: Value, normal: Sequence[int], weight: Optional[Value] = None,
                     bias: Optional[Value] = None, eps: float = 1e-5, *args: Any) -> Value:
    """(x - mean) / sqrt(var + eps) * weight + bias over the last dimensions, two passes."""
    dtype = result(node) if not isinstance(node.meta["val"], (tuple, list)) else v.dtype
    wide = compute_type(dtype)
    dims = list(range(v.rank - len(normal), v.rank))
    n = math.prod(v.shape[d] for d in dims)
    mean = row_mean(e, reduce(e, "add", v, dims, True, wide), n, wide)
    square = reduce(e, "add", v, dims, True, wide, centred(wide), [mean])
    spread = Expr("op", wide, "div", (leaf(square, square.rank), number(float(n), wide)))
    spread = Expr("op", wide, "add", (spread, number(eps, wide)))
    scale = e.expression(square.shape, Expr("op", wide, "div", (number(1.0, wide), Expr("op", wide, "sqrt", (spread,)))))
    x, m, s = (cast(leaf(a, v.rank), wide) for a in (plain(e, v), mean, scale))
    y = Expr("op", wide, "mul", (Expr("op", wide, "sub", (x, m)), s))
    for op, p in (("mul", weight), ("add", bias)):
        if p is not None:
            y = Expr("op", wide, op, (y, cast(leaf(p, v.rank), wide)))
    return e.expression(v.shape, cast(y, dtype))


def lower_var(e: Emitter, node, v: Value, dims: Any = None, correction: Any = 1, keepdim: bool = False) -> Value:
    dtype = result(node)
    wide = compute_type(dtype)
    dims = list(range(v.rank)) if not dims else [wrap(d, v.rank) for d in dims]
    n = math.prod(v.shape[d] for d in dims)
    mean = row_mean(e, reduce(e, "add", v, dims, True, wide), n, wide)
    square = reduce(e, "add", v, dims, keepdim, wide, centred(wide), [mean])
    free = max(n - (1 if correction is None else correction), 0)
    if not free:
        raise Refused("a variance without degrees of freedom")
    return e.expression(square.shape, cast(Expr("op", wide, "div", (leaf(square, square.rank),
                                                                   number(float(free), wide))), dtype))


def plain(e: Emitter, v: Value) -> Value:
    """A value whose leaf can be read: no repeated heads, no open attention."""
    if isinstance(v, Deferred):
        v = e.tensor(v)
    return e.unrepeat(v) if isinstance(v, Tensor) and any(isinstance(d, Repeat) for d in v.dims) else v


def lower_native_layer_norm(e: Emitter, node, v: Value, normal, weight, bias, eps) -> List[Any]:
    return [lower_layer_norm(e, node, v, normal, weight, bias, eps), None, None]


def lower_rms_norm(e: Emitter, node, v: Value, normal: Sequence[int], weight: Optional[Value] = None,
                   eps: Optional[float] = None) -> Value:
    dtype = v.dtype
    wide = compute_type(dtype)
    if eps is None:
        eps = torch.finfo(wide).eps
    dims = list(range(v.rank - len(normal), v.rank))
    n = math.prod(v.shape[d] for d in dims)

    def square(x: Expr) -> Expr:
        return Expr("op", wide, "mul", (cast(x, wide), cast(x, wide)))

    total = reduce(e, "add", v, dims, True, wide, square)
    mean = Expr("op", wide, "div", (leaf(total, total.rank), number(float(n), wide)))
    root = Expr("op", wide, "sqrt", (Expr("op", wide, "add", (mean, number(eps, wide))),))
    scale = e.expression(total.shape, Expr("op", wide, "div", (number(1.0, wide), root)))
    y = Expr("op", wide, "mul", (cast(leaf(plain(e, v), v.rank), wide), leaf(scale, v.rank)))
    if weight is not None:
        y = Expr("op", wide, "mul", (y, cast(leaf(weight, v.rank), wide)))
    return e.expression(v.shape, cast(y, dtype))


def lower_softmax(e: Emitter, node, v: Value, d: int, *args: Any, **kwargs: Any) -> Value:
    dtype = result(node)
    d = wrap(d, v.rank)
    if isinstance(v, Deferred) and not v.softmax and d == v.rank - 1 and v.shape[-1] == v.rows[1]:
        return replace(v, softmax=True, dtype=dtype)
    return softmax(e, v, d, dtype)


def softmax(e: Emitter, v: Value, d: int, dtype: torch.dtype) -> Tensor:
    wide = compute_type(v.dtype)
    v = plain(e, v)
    peak = reduce(e, "maximum", v, [d], True, wide)

    def shifted(x: Expr, m: Expr) -> Expr:
        return Expr("op", wide, "exp", (Expr("op", wide, "sub", (cast(x, wide), m)),))

    power = e.expression(v.shape, shifted(leaf(v, v.rank), leaf(peak, v.rank)))
    total = reduce(e, "add", power, [d], True, wide)
    return e.expression(v.shape, cast(Expr("op", wide, "div", (leaf(power, v.rank), leaf(total, v.rank))), dtype))


def lower_cumsum(e: Emitter, node, v: Value, d: int, **kwargs: Any) -> Value:
    """log2(n) shifted additions (Hillis and Steele): each reads its own and an earlier row."""
    dtype = result(node)
    d = wrap(d, v.rank)
    x = e.identity(Sym(v.shape, cast(leaf(plain(e, v), v.rank), dtype)))
    n, kind = v.shape[d], MLIR_TYPES[dtype]
    if n == 1:
        return x
    axis = sum(s != 1 for s in v.shape[:d])
    shift = 1
    while shift < n:
        base = x.base

        def body(args: List[str], acc: Optional[str], base=base, shift=shift) -> Tuple[List[str], str]:
            b = Body(e.fresh, lambda l: "")
            names = [b.emit(f"linalg.index {k} : index") for k in range(len(base.shape))]
            zero, step = b.emit("arith.constant 0 : index"), b.emit(f"arith.constant {shift} : index")
            earlier = b.emit(f"arith.subi {names[axis]}, {step} : index")
            there = b.emit(f"arith.cmpi sge, {earlier}, {zero} : index")
            safe = b.emit(f"arith.maxsi {earlier}, {zero} : index")
            names[axis] = safe
            old = b.emit(f"tensor.extract {base.name}[{', '.join(names)}] : {base.type}")
            none = b.constant(0, dtype)
            old = b.emit(f"arith.select {there}, {old}, {none} : {kind}")
            return b.lines, b.emit(f"arith.add{'f' if dtype.is_floating_point else 'i'} {args[0]}, {old} : {kind}")

        out = e.generic(base.shape, (), [(base, tuple(range(len(base.shape))))], dtype, body)
        x = Tensor.of(out, v.shape)
        shift *= 2
    return x


TABLE: Dict[str, Callable] = {
    "aten.sum.default": lower_sum,
    "aten.sum.dim_IntList": lower_sum,
    "aten.mean.default": lower_mean,
    "aten.mean.dim": lower_mean,
    "aten.amax.default": extreme("maximum"),
    "aten.amin.default": extreme("minimum"),
    "aten.max.default": extreme("maximum"),
    "aten.min.default": extreme("minimum"),
    **{f"aten.any.{k}": truth("or") for k in ("default", "dim", "dims")},
    **{f"aten.all.{k}": truth("and") for k in ("default", "dim", "dims")},
    "aten.var.correction": lower_var,
    "aten.layer_norm.default": lower_layer_norm,
    "aten.native_layer_norm.default": lower_native_layer_norm,
    "aten.rms_norm.default": lower_rms_norm,
    "aten._softmax.default": lower_softmax,
    "aten.softmax.int": lower_softmax,
    "aten.cumsum.default": lower_cumsum,
}
