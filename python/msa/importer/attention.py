"""Attention: scaled_dot_product_attention, and products with a softmax between them."""

from __future__ import annotations

import math
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import torch

from .elementwise import apply
from .emit import Emitter, cast, unitless
from .errors import Refused
from .masks import Reader, recognize
from .reduce import plain, softmax
from .scalar import Body
from .shape import pick, reshape
from .values import (MLIR_TYPES, Const, Deferred, Expr, Repeat, Shape, Step, Sym, Tensor, Value, leaf, number,
                     tensor_type)

SCORE = "score"  # The value of the leaf that is the region's first argument.
I, J = "i", "j"  # Leaves that are the positions.


def force(e: Emitter, d: Deferred) -> Tensor:
    """The scores or probabilities as a tensor after all: somebody else reads them."""
    from .contract import product
    rows = d.rows
    if d.softmax and d.length is not None:
        raise Refused("attention weights over a dynamic size are read by something else than an attention")
    if rows[0] * rows[1] > 1 << 22:
        raise Refused(f"scores of {rows[0]} x {rows[1]} positions are read by something else than an attention "
                      "and would be formed")
    k = d.key
    order = list(range(k.rank - 2)) + [k.rank - 1, k.rank - 2]
    k = plain(e, e.tensor(k))
    x: Value = product(e, d.query, pick(k, [k.shape[a] for a in order], order), d.dtype)
    for step in d.steps:
        x = reshape(e, x, step.shape)
        if step.op == "mask":
            (c,) = [leaf(step.other, x.rank)]
            x = e.expression(x.shape, Expr("op", d.dtype, "where", (c, leaf(e.tensor(x), x.rank),
                                                                    number(-math.inf, d.dtype))))
            continue
        args = [x] if step.other is None else [step.other, x] if step.swapped else [x, step.other]
        x = e.tensor(apply(e, step.op, args, d.dtype))
    x = reshape(e, x, d.shape)
    return softmax(e, x, x.rank - 1, d.dtype) if d.softmax else e.tensor(x)


def close(e: Emitter, node, d: Deferred, v: Value) -> Optional[Value]:
    """probabilities times values: the attention is complete."""
    lead = d.lead()
    if lead is None or len(lead) > 2 and len(unitless(lead)) > 2 or v.rank < 3:
        return None
    # Batch and heads as the scores last had them; one of both where they were merged.
    steps = [d.lead(s.shape) for s in d.steps]
    if any(s is None for s in steps):
        return None
    fine = lead
    for s in steps:
        if len(unitless(s)) > len(unitless(fine)):
            fine = s
    core = unitless(fine)
    if len(fine) == 2:
        b, h = fine
    elif len(core) == 2:
        b, h = core
    else:
        b, h = math.prod(fine), 1
    heads = []
    for x in (d.query, d.key, v):
        if x.rank == 4 and tuple(x.shape[:2]) == (b, h):
            heads.append(x)
        elif math.prod(x.shape[:-2]) == b * h:
            heads.append(reshape(e, x, (b, h) + tuple(x.shape[-2:])))
        else:
            return None
    out = attend(e, heads[0], heads[1], heads[2], 1.0, d.steps, (b, h), d.length, d.dtype)
    return reshape(e, out, tuple(node.meta["val"].shape) if e.dynamic_free(node) else v.shape[:-2] + out.shape[-2:])


def lower_sdpa(e: Emitter, node, q: Value, k: Value, v: Value, mask: Optional[Value] = None, dropout: float = 0.0,
               is_causal: bool = False, scale: Optional[float] = None, enable_gqa: bool = False) -> Value:
    if dropout:
        raise Refused("dropout of attention weights; call model.eval() before the export")
    lead = tuple(q.shape[:-2])
    if q.rank == 3:
        q, k, v = (reshape(e, x, (1,) + tuple(x.shape)) for x in (q, k, v))
    elif q.rank != 4:
        raise Refused(f"attention of rank {q.rank}")
    if not enable_gqa and q.shape[1] != k.shape[1]:
        raise Refused("heads that broadcast without enable_gqa")
    scale = q.shape[-1] ** -0.5 if scale is None else scale
    shape = tuple(q.shape[:-1]) + (k.shape[-2],)
    steps: List[Step] = []
    if is_causal:
        i = Const(torch.arange(shape[-2])[:, None])
        j = Const(torch.arange(shape[-1])[None])
        steps.append(Step("mask", shape, Sym(shape[-2:], Expr("op", torch.bool, "le", (leaf(j, 2), leaf(i, 2))))))
    if mask is not None:
        if mask.dtype is torch.bool:
            steps.append(Step("mask", shape, mask))
        else:
            steps.append(Step("add", shape, mask))
    length = e.dynamic(node.args[1].meta["val"].shape[-2])
    out = attend(e, q, k, v, scale, tuple(steps), shape[:2], length, q.dtype)
    return reshape(e, out, lead + tuple(out.shape[-2:]))


def repeated(x: Value) -> Tuple[Value, int]:
    """A value whose heads repeat, before the repetition, and how often."""
    if isinstance(x, Tensor) and isinstance(x.dims[1], Repeat):
        r = x.dims[1]
        shape = (x.shape[0], x.shape[1] // r.times) + tuple(x.shape[2:])
        return Tensor(x.base, shape, (x.dims[0], r.base) + x.dims[2:]), r.times
    if isinstance(x, Tensor) and x.dims[1] is None and x.shape[1] > 1:
        return Tensor(x.base, (x.shape[0], 1) + tuple(x.shape[2:]), x.dims), x.shape[1]
    return x, 1


def attend(e: Emitter, q: Value, k: Value, v: Value, scale: float, steps: Sequence[Step], lead: Shape,
           length: Optional[int], dtype: torch.dtype) -> Tensor:
    """q: B x Hq x N x D, k and v: B x Hkv x M x D. `length`: valid keys, as an offset to the
    dynamic size."""
    (gk, tk), (gv, tv) = repeated(k), repeated(v)
    if tk == tv:
        k, v = gk, gv
    queries, keys = q.shape[-2], k.shape[-2]
    score_type = torch.float64 if q.dtype is torch.float64 else torch.float32
    i, j = (Expr("leaf", torch.int64, value=x) for x in (I, J))
    reader = Reader(2, 3, queries, keys)
    score = Expr("leaf", score_type, value=SCORE)
    changed = False
    keeps: List[Expr] = []
    for step in steps:
        other = None
        if isinstance(step.other, Value):
            other = over_scores(e, step.other, step.shape, lead)
        if step.op == "mask":
            keeps.append(other)
            continue
        if step.op == "add" and other is not None:
            keep = additive(other, step.other.dtype)
            if keep is not None:
                keeps.append(keep)
                continue
        if step.op in ("mul", "div") and step.other is not None and other is None and not changed and not step.swapped:
            scale = scale * step.other if step.op == "mul" else scale / step.other
            continue
        changed = True
        if step.other is None:
            score = Expr("op", score_type, step.op, (score,))
            continue
        x = cast(other, score_type) if other is not None else number(float(step.other), score_type)
        score = Expr("op", score_type, step.op, (x, score) if step.swapped else (score, x))
    mask = recognize(keeps, reader, i, j)
    if mask.rest is not None:
        score = Expr("op", score_type, "where", (mask.rest, score, number(-math.inf, score_type)))
        changed = True
    names = [e.full(x) for x in (q, k, v)]
    types = [tensor_type(x.shape, x.dtype) for x in (q, k, v)]
    out_type = tensor_type(tuple(q.shape[:-1]) + (v.shape[-1],), q.dtype)
    lse_type = tensor_type(q.shape[:-1], score_type)
    text = f"msa.attend ins({', '.join(names)} : {', '.join(types)})"
    if length is not None:
        text += e.length_clause(q.shape[0], length)
    if mask.documents is not None:
        name, kind = documents(e, mask.documents.value, q.shape[0], keys)
        text += f" documents({name} : {kind})"
    text += f" pattern({mask.pattern}) scale({float(scale)!r})"
    region: List[str] = []
    if changed:
        text += " score {"
        region = score_region(e, score, score_type)
    out, lse = e.fresh("att"), e.fresh("lse")
    if region:
        e.line(f"{out}, {lse} = {text}", loc=False)
        e.lines += region
        e.line(f"}} -> {out_type}, {lse_type}")
    else:
        e.line(f"{out}, {lse} = {text} -> {out_type}, {lse_type}")
    shape = tuple(q.shape[:-1]) + (v.shape[-1],)
    return Tensor.of(e.strip(out, shape, q.dtype), shape)


def over_scores(e: Emitter, v: Value, shape: Shape, lead: Shape) -> Expr:
    """`v`, broadcast to scores of `shape`, over the space (batch, head, query, key)."""
    v = plain(e, v)
    x = leaf(v, len(shape))
    units = list(shape)
    # Unit dimensions after the keys or between queries and keys are dropped.
    where: List[Optional[int]] = [None] * len(shape)
    d = len(shape) - 1
    while units[d] == 1 and d > 2:
        d -= 1
    where[d] = 3
    d -= 1
    while units[d] == 1 and d > 2:
        d -= 1
    where[d] = 2
    front = list(range(d))
    target = [k for k, s in enumerate(lead) if s != 1]
    big = [k for k in front if units[k] != 1]
    if [units[k] for k in big] == [lead[k] for k in target]:
        for k, t in zip(big, target):
            where[k] = t
    else:
        used = Sym(shape, x).dims_used()
        if any(k in used for k in big):
            raise Refused("a mask over merged batch and heads")
    return x.remap(where)


def additive(x: Expr, dtype: torch.dtype) -> Optional[Expr]:
    """where(c, 0, -inf) and the like: the predicate that keeps."""
    while x.kind == "op" and x.op == "cast" and x.args[0].dtype.is_floating_point:
        x = x.args[0]
    if x.kind == "op" and x.op == "where":
        c, a, b = x.args

        def zero(y: Expr) -> bool:
            return y.kind == "number" and y.value == 0

        def low(y: Expr) -> bool:
            while y.kind == "op" and y.op == "cast":
                y = y.args[0]
            return y.kind == "number" and y.value <= torch.finfo(torch.float16).min

        if zero(a) and low(b):
            return c
        if low(a) and zero(b):
            return Expr("op", torch.bool, "not", (c,))
    return None


def documents(e: Emitter, v: Value, batch: int, keys: int) -> Tuple[str, str]:
    t = e.expression((batch, keys), cast(leaf(v, 2), torch.int32))
    return e.full(t), tensor_type((batch, keys), torch.int32)


def score_region(e: Emitter, score: Expr, dtype: torch.dtype) -> List[str]:
    args = [e.fresh(p) for p in ("s", "b", "h", "i", "j")]
    lines: List[str] = []
    cache: Dict[Any, str] = {}

    def read(x: Expr) -> str:
        if isinstance(x.value, str):
            if x.value == SCORE:
                return args[0]
            if x.value not in cache:
                cache[x.value] = body.emit(f"arith.index_cast {args[3 if x.value == I else 4]} : index to i64")
            return cache[x.value]
        base, dims = e.operand(x)
        return body.emit(f"tensor.extract {base.name}[{', '.join(args[1 + d] for d in dims)}] : {base.type}")

    body = Body(e.fresh, read)
    value = body.value(score)
    kind = MLIR_TYPES[dtype]
    lines.append(f"      ^bb0({args[0]}: {kind}, {', '.join(f'{a}: index' for a in args[1:])}):")
    lines += body.lines
    lines.append(f"      msa.yield {value} : {kind}")
    return lines


TABLE: Dict[str, Callable] = {"aten.scaled_dot_product_attention.default": lower_sdpa}
