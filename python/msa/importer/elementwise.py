"""Elementwise operators. All become expressions; which of them are computed at once and
which wait for their reader is decided in `finish`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Dict, List, Optional, Sequence

import torch

from .emit import Emitter, cast
from .errors import Refused
from .scalar import DEAR
from .values import Const, Deferred, Expr, Repeat, Shape, Step, Sym, Tensor, Value, leaf, number


class Length(int):
    """An integer that depends on a dynamic size. It may be a size, never a number in
    arithmetic: with a padded input it would be the padded size."""


def scalar_check(x: Any) -> None:
    if isinstance(x, Length):
        raise Refused("the value of a dynamic size enters arithmetic; export with that size fixed")
    if not isinstance(x, (bool, int, float)):
        raise Refused(f"a scalar of type {type(x).__name__}")


def broadcast(shapes: Sequence[Shape]) -> Shape:
    return tuple(torch.broadcast_shapes(*shapes))


def compute_type(dtype: torch.dtype) -> torch.dtype:
    """What PyTorch computes in: f32 for narrow floats (OpMathType)."""
    return torch.float32 if dtype in (torch.float16, torch.bfloat16) else dtype


def operands(e: Emitter, args: Sequence[Any], space: int, dtype: Optional[torch.dtype]) -> List[Expr]:
    out = []
    for a in args:
        if isinstance(a, Value):
            if isinstance(a, Deferred):
                a = e.tensor(a)
            if isinstance(a, Tensor) and any(isinstance(d, Repeat) for d in a.dims):
                a = e.unrepeat(a)
            x = leaf(a, space)
        else:
            scalar_check(a)
            x = number(a, torch.float64 if isinstance(a, float) else torch.bool if isinstance(a, bool) else torch.int64)
        out.append(x if dtype is None else cast(x, dtype))
    return out


def values(args: Sequence[Any]) -> List[Value]:
    return [a for a in args if isinstance(a, Value)]


def finish(e: Emitter, shape: Shape, expr: Expr, args: Sequence[Any]) -> Value:
    """Masks and integers wait; so do floats that come from those alone, unless they were
    dear to compute."""
    shape = tuple(shape)
    waits = not expr.dtype.is_floating_point or not any(
        isinstance(a, Tensor) and a.dtype.is_floating_point for a in values(args))
    dear, stack = False, [expr]
    while stack and not dear:
        x = stack.pop()
        dear = x.kind == "op" and x.op in DEAR and x.dtype.is_floating_point
        stack += x.args
    if waits and not dear:
        return Sym(shape, expr)
    return e.expression(shape, expr)


def unary(op: str) -> Callable:
    def lower(e: Emitter, node, x: Value, **kwargs: Any) -> Value:
        return apply(e, op, [x], result(node))
    return lower


def result(node) -> torch.dtype:
    return node.meta["val"].dtype


def apply(e: Emitter, op: str, args: Sequence[Any], dtype: torch.dtype, compute: Optional[torch.dtype] = None) -> Value:
    """`op` on broadcast operands converted to one type; the result is of `dtype`."""
    shape = broadcast([v.shape for v in values(args)])
    scores = on_scores(op, args, shape, dtype)
    if scores is not None:
        return scores
    compute = compute or compute_type(dtype)
    inputs = operands(e, args, len(shape), compute)
    made = torch.bool if op in ("eq", "ne", "lt", "le", "gt", "ge") else compute
    return finish(e, shape, cast(Expr("op", made, op, tuple(inputs)), dtype), args)


_ON_SCORES = {"add", "sub", "mul", "div", "neg", "tanh", "abs", "sigmoid", "exp", "relu", "maximum", "minimum"}


def on_scores(op: str, args: Sequence[Any], shape: Shape, dtype: torch.dtype) -> Optional[Deferred]:
    """A step on scores of an attention stays with them, if the other operand is known without
    forming an N x N tensor."""
    which = [k for k, a in enumerate(args) if isinstance(a, Deferred)]
    if len(which) != 1 or op not in _ON_SCORES | {"cast"}:
        return None
    d = args[which[0]]
    if d.softmax or d.shape != shape or not dtype.is_floating_point:
        return None
    if op == "cast":
        return replace(d, dtype=dtype)
    other = None
    if len(args) == 2:
        other = args[1 - which[0]]
        if not isinstance(other, Value):
            scalar_check(other)
    return replace(d, dtype=dtype, steps=d.steps + (Step(op, d.shape, other, which[0] == 1),))


def promoted(args: Sequence[Any]) -> torch.dtype:
    """PyTorch's type promotion among tensors and Python scalars."""
    probes = [torch.empty((1,) if v.rank else (), dtype=v.dtype) if isinstance(v, Value) else v for v in args]
    dtype = torch.result_type(probes[0], probes[1])
    return dtype


def binary(op: str) -> Callable:
    def lower(e: Emitter, node, x: Any, y: Any, alpha: Any = 1, **kwargs: Any) -> Value:
        dtype = result(node)
        if alpha != 1:
            y = apply(e, "mul", [y, alpha], dtype) if isinstance(y, Value) else y * alpha
        return apply(e, op, [x, y], dtype)
    return lower


def compare(op: str) -> Callable:
    def lower(e: Emitter, node, x: Any, y: Any) -> Value:
        return apply(e, op, [x, y], torch.bool, compute_type(promoted([x, y])))
    return lower


def logical(op: str) -> Callable:
    def lower(e: Emitter, node, *args: Any) -> Value:
        return apply(e, op, args, torch.bool, torch.bool)
    return lower


def lower_div(e: Emitter, node, x: Any, y: Any, rounding_mode: Optional[str] = None) -> Value:
    dtype = result(node)
    op = {None: "div", "floor": "floor_div", "trunc": "trunc_div"}[rounding_mode]
    if op == "trunc_div" and dtype.is_floating_point:
        quotient = apply(e, "div", [x, y], dtype)
        return apply(e, "trunc", [quotient], dtype)
    return apply(e, op, [x, y], dtype)


def lower_pow(e: Emitter, node, x: Value, y: Any) -> Value:
    dtype = result(node)
    if not isinstance(y, Value):
        if y == 2:
            return apply(e, "mul", [x, x], dtype)
        if y == 3:
            return power_of_three(e, x, dtype)
        if y == 1:
            return x
        if y == 0.5 and dtype.is_floating_point:
            return apply(e, "sqrt", [x], dtype)
        if y == -0.5 and dtype.is_floating_point:
            return apply(e, "rsqrt", [x], dtype)
        if y == -1 and dtype.is_floating_point:
            return apply(e, "reciprocal", [x], dtype)
    return apply(e, "pow", [x, y], dtype)


def power_of_three(e: Emitter, x: Value, dtype: torch.dtype) -> Value:
    compute = compute_type(dtype)
    (a,) = operands(e, [x], x.rank, compute)
    square = Expr("op", compute, "mul", (a, a))
    return finish(e, x.shape, cast(Expr("op", compute, "mul", (square, a)), dtype), [x])


def very_negative(v: Any, dtype: torch.dtype) -> bool:
    """Scores of this size weigh nothing: -inf, or the least number that masks are filled with."""
    if isinstance(v, Const) and all(s == 0 or n == 1 for s, n in zip(v.data.stride(), v.shape)):
        v = v.data.reshape(-1)[0].item() if v.data.numel() else 0.0
    if isinstance(v, Sym) and v.expr.kind == "number":
        v = v.expr.value
    return isinstance(v, (int, float)) and v <= torch.finfo(dtype).min / 2


def lower_where(e: Emitter, node, condition: Value, x: Any, y: Any) -> Value:
    dtype = result(node)
    for scores, fill, keep in ((x, y, True), (y, x, False)):
        if isinstance(scores, Deferred) and not scores.softmax and very_negative(fill, dtype) \
                and scores.shape == broadcast([condition.shape, scores.shape]):
            kept = condition if keep else apply(e, "not", [condition], torch.bool, torch.bool)
            return replace(scores, steps=scores.steps + (Step("mask", scores.shape, kept),))
    shape = broadcast([v.shape for v in values([condition, x, y])])
    (c,) = operands(e, [condition], len(shape), torch.bool)
    a, b = operands(e, [x, y], len(shape), dtype)
    return finish(e, shape, Expr("op", dtype, "where", (c, a, b)), [x, y])


def lower_masked_fill(e: Emitter, node, x: Value, mask: Value, fill: Any) -> Value:
    return lower_where(e, node, mask, fill, x)


def lower_index_put(e: Emitter, node, x: Value, indices: Sequence[Any], source: Value, accumulate: bool = False) -> Value:
    """x[mask] = number: a selection. Other writes by index are not known."""
    mask = indices[0] if len(indices) == 1 else None
    if mask is None or mask.dtype is not torch.bool or accumulate or any(s != 1 for s in source.shape):
        raise Refused("a write by index, other than x[mask] = number")
    wide = Sym(mask.shape + (1,) * (x.rank - mask.rank),
               leaf(mask, mask.rank).remap(list(range(mask.rank)))) if x.rank != mask.rank else mask
    return lower_where(e, node, wide, reshape_scalar(source), x)


def reshape_scalar(v: Value) -> Value:
    """A value of one element as one without dimensions."""
    if isinstance(v, Const):
        return Const(v.data.reshape(()))
    return Sym((), leaf(v, v.rank).remap([None] * v.rank)) if not isinstance(v, Tensor) else Tensor(v.base, (), ())


def lower_clamp(e: Emitter, node, x: Value, low: Any = None, high: Any = None) -> Value:
    dtype = result(node)
    for op, bound in (("maximum", low), ("minimum", high)):
        if bound is not None:
            x = apply(e, op, [x, bound], dtype)
    return x


def lower_gelu(e: Emitter, node, x: Value, approximate: str = "none") -> Value:
    return apply(e, "gelu_tanh" if approximate == "tanh" else "gelu", [x], result(node))


def lower_copy(e: Emitter, node, x: Value, *args: Any, dtype: Optional[torch.dtype] = None, **kwargs: Any) -> Value:
    """_to_copy, clone, alias, contiguous: a conversion or nothing. What a value is laid out
    like is no part of its meaning."""
    want = dtype or x.dtype
    if want is x.dtype:
        return x
    if want not in _KNOWN:
        raise Refused(f"a conversion to {want}")
    if isinstance(x, Deferred) and x.softmax and want.is_floating_point:
        return replace(x, dtype=want)  # Weights are f32 in the kernel in any case.
    return apply(e, "cast", [x], want, want)


_KNOWN = {torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16,
          torch.int8, torch.bool}

TABLE: Dict[str, Callable] = {
    **{f"aten.{name}.default": unary(name) for name in (
        "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "rsqrt", "sin", "cos", "tan", "tanh", "erf",
        "floor", "ceil", "round", "trunc", "neg", "abs", "reciprocal", "relu", "sigmoid", "silu", "atan", "asin",
        "acos", "sinh", "cosh", "softplus")},
    **{f"aten.{name}.{kind}": binary(op) for name, op in (
        ("add", "add"), ("sub", "sub"), ("mul", "mul"), ("remainder", "remainder"), ("maximum", "maximum"),
        ("minimum", "minimum"), ("floor_divide", "floor_div")) for kind in ("Tensor", "Scalar", "default")},
    **{f"aten.{name}.{kind}": compare(name) for name in ("eq", "ne", "lt", "le", "gt", "ge")
       for kind in ("Tensor", "Scalar")},
    **{f"aten.bitwise_{op}.{kind}": binary(op) for op in ("and", "or", "xor") for kind in ("Tensor", "Scalar")},
    "aten.bitwise_not.default": unary("not"),
    **{f"aten.logical_{op}.default": logical(op) for op in ("and", "or", "xor", "not")},
    **{f"aten.div.{kind}": lower_div for kind in ("Tensor", "Scalar", "Tensor_mode", "Scalar_mode")},
    "aten.pow.Tensor_Scalar": lower_pow,
    "aten.pow.Tensor_Tensor": lower_pow,
    "aten.where.self": lower_where,
    "aten.where.ScalarOther": lower_where,
    "aten.where.ScalarSelf": lower_where,
    "aten.where.Scalar": lower_where,
    "aten.index_put.default": lower_index_put,
    "aten.masked_fill.Scalar": lower_masked_fill,
    "aten.masked_fill.Tensor": lower_masked_fill,
    "aten.clamp.default": lower_clamp,
    "aten.clamp_min.default": lambda e, node, x, low: lower_clamp(e, node, x, low),
    "aten.clamp_max.default": lambda e, node, x, high: lower_clamp(e, node, x, None, high),
    "aten.gelu.default": lower_gelu,
    **{f"aten.{name}.default": lower_copy for name in ("_to_copy", "clone", "alias", "contiguous", "detach",
                                                        "lift_fresh_copy", "detach_")},
}
