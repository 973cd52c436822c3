"""Matrix products."""

from __future__ import annotations

import math
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import torch

from .elementwise import apply, compute_type, result
from .emit import Emitter, cast, loops_over
from .reduce import plain
from .scalar import Body
from .shape import pick, reshape, viewable
from .values import MLIR_TYPES, Const, Deferred, Expr, Tensor, Value, leaf, tensor_type


def product(e: Emitter, a: Value, b: Value, dtype: torch.dtype) -> Tensor:
    """lead.. x n x k times lead.. x k x m, lead broadcast."""
    wide = compute_type(dtype)
    a, b = (plain(e, e.tensor(v)) for v in (a, b))
    lead = torch.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    n, k, m = a.shape[-2], a.shape[-1], b.shape[-1]
    shape = tuple(lead) + (n, m)
    if not math.prod(lead) > 1 and isinstance(a, Tensor) and isinstance(b, Tensor) and dtype is wide:
        return flat_product(e, a, b, n, k, m, shape, dtype)
    space = len(lead) + 3
    # Dimensions of the loops: lead.., n, m, k.
    i, j, r = space - 3, space - 2, space - 1
    ea = leaf(a, a.rank).remap([len(lead) - (a.rank - 2) + d for d in range(a.rank - 2)] + [i, r])
    eb = leaf(b, b.rank).remap([len(lead) - (b.rank - 2) + d for d in range(b.rank - 2)] + [r, j])
    full = tuple(lead) + (n, m, k)
    loop_of, loops = loops_over(full[:-1])
    loop_of[r] = len(loops)
    loops.append(k)
    if k == 1:
        return e.expression(shape, cast(outer(a, b, len(lead), wide), dtype))
    ops, _names = [], {}
    for x in (ea, eb):
        if x.kind != "leaf":
            raise AssertionError
        base, walk = e.operand(x)
        ops.append((base, tuple(loop_of[d] for d in walk)))
    init = e.filled([s for d, s in enumerate(full) if d in loop_of and d != r], wide, 0.0)

    def body(args: List[str], acc: Optional[str]) -> Tuple[List[str], str]:
        bd = Body(e.fresh, lambda l: "")
        x, y = (bd.cast(arg, v.dtype, wide) for arg, v in zip(args, (a, b)))
        p = bd.emit(f"arith.mulf {x}, {y} : {MLIR_TYPES[wide]}")
        return bd.lines, bd.emit(f"arith.addf {acc}, {p} : {MLIR_TYPES[wide]}")

    out = e.generic(loops, [loop_of[r]], ops, wide, body, init)
    t = Tensor.of(out, shape)
    return t if wide is dtype else e.expression(shape, cast(leaf(t, t.rank), dtype))


def outer(a: Value, b: Value, lead: int, wide: torch.dtype) -> Expr:
    space = lead + 2
    return Expr("op", wide, "mul", (cast(leaf(a, space), wide), cast(leaf(b, space), wide)))


def flat_product(e: Emitter, a: Tensor, b: Tensor, n: int, k: int, m: int, shape: Sequence[int],
                 dtype: torch.dtype) -> Tensor:
    """A plain linalg.matmul: the form with the best code."""
    x = e.reshape_base(e.identity(a).base, (n, k))
    y = e.reshape_base(e.identity(b).base, (k, m))
    init = e.filled((n, m), dtype, 0.0)
    kind = tensor_type((n, m), dtype)
    name = e.op(f"linalg.matmul ins({x.name}, {y.name} : {x.type}, {y.type}) outs({init} : {kind}) -> {kind}", "mm")
    return Tensor.of(e.strip(name, (n, m), dtype), tuple(shape))


def lower_linear(e: Emitter, node, x: Value, weight: Value, bias: Optional[Value] = None) -> Value:
    """x weight^T + bias. A constant weight is transposed when the model is loaded."""
    dtype = result(node)
    rows, k, m = math.prod(x.shape[:-1]), x.shape[-1], weight.shape[0]
    flat = reshape(e, x, (rows, k))
    if isinstance(weight, Const):
        # Kept in the layout of the product; the emitter makes it contiguous.
        wt: Value = Const(weight.data.t(), weight.source, transposed=True)
    else:
        wt = pick(viewable(e, weight), (k, m), (1, 0))
    y = product(e, flat, e.tensor(wt) if isinstance(wt, Const) else wt, dtype)
    if bias is not None:
        y = apply(e, "add", [y, bias], dtype)
    return reshape(e, y, x.shape[:-1] + (m,))


def lower_addmm(e: Emitter, node, bias: Value, a: Value, b: Value, beta: Any = 1, alpha: Any = 1) -> Value:
    dtype = result(node)
    y: Value = product(e, a, b, dtype)
    if alpha != 1:
        y = apply(e, "mul", [y, alpha], dtype)
    if beta != 1:
        bias = apply(e, "mul", [bias, beta], dtype)
    return apply(e, "add", [y, bias], dtype)


def lower_matmul(e: Emitter, node, a: Value, b: Value) -> Value:
    dtype = result(node)
    if a.rank == 1 or b.rank == 1:
        left = reshape(e, a, (1, a.shape[0])) if a.rank == 1 else a
        right = reshape(e, b, (b.shape[0], 1)) if b.rank == 1 else b
        y = product(e, left, right, dtype)
        return reshape(e, y, tuple(node.meta["val"].shape))
    if isinstance(a, Deferred) and a.softmax and not isinstance(b, Deferred):
        from .attention import close
        done = close(e, node, a, b)
        if done is not None:
            return done
    if a.rank >= 3 and b.rank == a.rank and not isinstance(a, Const) and not isinstance(b, Const) \
            and a.shape[:-2] == b.shape[:-2] and a.shape[-2] > 1 and b.shape[-1] > 1 and a.shape[-1] > 1 \
            and not isinstance(a, Deferred) and not isinstance(b, Deferred) and dtype.is_floating_point:
        order = list(range(b.rank - 2)) + [b.rank - 1, b.rank - 2]
        b = viewable(e, b)
        key = pick(b, [b.shape[d] for d in order], order)
        shape = tuple(a.shape[:-1]) + (b.shape[-1],)
        length = e.dynamic(node.meta["val"].shape[-1])
        return Deferred(a, key, shape, dtype, length=length)
    # A matrix of weights under a batch: rows of the batch are rows of one product.
    if b.rank == 2 or (a.rank > 2 and isinstance(b, Const) and math.prod(b.shape[:-2]) == 1):
        flat = reshape(e, a, (math.prod(a.shape[:-1]), a.shape[-1]))
        w = Const(b.data.reshape(b.shape[-2:]), b.source) if isinstance(b, Const) else reshape(e, b, b.shape[-2:])
        y = product(e, flat, w, dtype)
        return reshape(e, y, tuple(a.shape[:-1]) + (b.shape[-1],))
    return product(e, a, b, dtype)


def lower_baddbmm(e: Emitter, node, bias: Value, a: Value, b: Value, beta: Any = 1, alpha: Any = 1) -> Value:
    y = lower_matmul(e, node, a, b)
    dtype = result(node)
    if alpha != 1:
        y = apply(e, "mul", [y, alpha], dtype)
    if beta == 0:
        return y
    return apply(e, "add", [y, bias if beta == 1 else apply(e, "mul", [bias, beta], dtype)], dtype)


TABLE: Dict[str, Callable] = {
    "aten.linear.default": lower_linear,
    "aten.addmm.default": lower_addmm,
    "aten.mm.default": lower_matmul,
    "aten.bmm.default": lower_matmul,
    "aten.matmul.default": lower_matmul,
    "aten.baddbmm.default": lower_baddbmm,
}
