"""Operators that move data or only rename dimensions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import torch

from .elementwise import result
from .emit import Emitter, loops_over, unitless
from .errors import Refused
from .scalar import Body
from .values import (MLIR_TYPES, Base, Const, Deferred, Expr, Repeat, Shape, Sym, Tensor, Value, leaf, tensor_type)


def wrap(d: int, rank: int) -> int:
    return d + rank if d < 0 else d


def pick(v: Value, shape: Sequence[int], where: Sequence[Optional[int]]) -> Value:
    """A view whose dimension d is dimension where[d] of v (None: unit or broadcast). Every
    dimension of v that is left out has size 1."""
    shape = tuple(shape)
    if isinstance(v, Tensor):
        return Tensor(v.base, shape, tuple(None if w is None else v.dims[w] for w in where))
    assert isinstance(v, Sym)
    back: List[Optional[int]] = [None] * v.rank
    for new, old in enumerate(where):
        if old is not None:
            back[old] = new
    return Sym(shape, v.expr.remap(back))


def viewable(e: Emitter, v: Value) -> Value:
    return v if isinstance(v, (Tensor, Sym)) else e.tensor(v)


def lower_permute(e: Emitter, node, v: Value, order: Sequence[int]) -> Value:
    order = [wrap(d, v.rank) for d in order]
    if isinstance(v, Deferred):
        moved = [d for d in order if v.shape[d] != 1]
        if moved == sorted(moved):  # Only unit dimensions move.
            return reshape(e, v, [v.shape[d] for d in order])
    v = viewable(e, v)
    return pick(v, [v.shape[d] for d in order], order)


def lower_transpose(e: Emitter, node, v: Value, a: int, b: int) -> Value:
    order = list(range(v.rank))
    a, b = wrap(a, v.rank), wrap(b, v.rank)
    order[a], order[b] = b, a
    return lower_permute(e, node, v, order)


def lower_t(e: Emitter, node, v: Value) -> Value:
    return lower_permute(e, node, v, list(range(v.rank))[::-1])


def lower_unsqueeze(e: Emitter, node, v: Value, d: int) -> Value:
    d = wrap(d, v.rank + 1)
    shape = v.shape[:d] + (1,) + v.shape[d:]
    if isinstance(v, Deferred):
        return reshape(e, v, shape)
    where: List[Optional[int]] = list(range(v.rank))
    where.insert(d, None)
    return pick(v, shape, where)


def lower_squeeze(e: Emitter, node, v: Value, dims: Any = None) -> Value:
    ds = range(v.rank) if dims is None else [wrap(d, v.rank) for d in ([dims] if isinstance(dims, int) else dims)]
    gone = {d for d in ds if v.shape[d] == 1}
    return reshape(e, v, [s for d, s in enumerate(v.shape) if d not in gone])


def lower_expand(e: Emitter, node, v: Value, sizes: Sequence[int], implicit: bool = False) -> Value:
    shift = len(sizes) - v.rank
    shape = tuple(v.shape[d - shift] if s == -1 else int(s) for d, s in enumerate(sizes))
    if shape == v.shape:
        return v
    v = viewable(e, v)
    where = [None if d < shift or (v.shape[d - shift] == 1 and s != 1) else d - shift for d, s in enumerate(shape)]
    return pick(v, shape, where)


def reshape(e: Emitter, v: Value, shape: Sequence[int]) -> Value:
    shape = tuple(int(s) for s in shape)
    if shape == v.shape:
        return v
    if isinstance(v, Deferred):
        if v.lead(shape) is not None:
            return replace(v, shape=shape)
        v = e.tensor(v)
    return e_reshape(e, v, shape)


def e_reshape(e: Emitter, v: Value, shape: Shape) -> Value:
    # Only unit dimensions come or go: rename.
    olds = [d for d, s in enumerate(v.shape) if s != 1]
    if tuple(v.shape[d] for d in olds) == unitless(shape):
        it = iter(olds)
        return pick(viewable(e, v), shape, [next(it) if s != 1 else None for s in shape])
    t = e.tensor(v)
    merged = merge_repeat(t, shape)
    if merged is not None:
        return merged
    if not t.is_identity():
        split = split_dims(e, t, shape)
        if split is not None:
            return split
        t = e.identity(t)
    return Tensor.of(e.reshape_base(t.base, unitless(shape)), shape)


def merge_repeat(t: Tensor, shape: Shape) -> Optional[Tensor]:
    """repeat_kv: (.., H, G, ..) with a broadcast G, merged to (.., H*G, ..)."""
    for d in range(1, t.rank):
        if t.dims[d] is None and t.shape[d] != 1 and isinstance(t.dims[d - 1], int):
            wide = t.shape[: d - 1] + (t.shape[d - 1] * t.shape[d],) + t.shape[d + 1:]
            if unitless(wide) == unitless(shape):
                dims = t.dims[: d - 1] + (Repeat(t.dims[d - 1], t.shape[d]),) + t.dims[d + 1:]
                it = iter([x for x, s in zip(dims, wide) if s != 1])
                return Tensor(t.base, shape, tuple(next(it) if s != 1 else None for s in shape))
    return None


def split_dims(e: Emitter, t: Tensor, shape: Shape) -> Optional[Tensor]:
    """A dimension of a permuted view is cut in two: cut it in the base."""
    if any(isinstance(d, Repeat) or (d is None and s != 1) for d, s in zip(t.dims, t.shape)):
        return None
    olds = [(s, d) for s, d in zip(t.shape, t.dims) if s != 1]
    parts: List[Tuple[Any, List[int]]] = []
    it = list(unitless(shape))
    for size, base in olds:
        cut, product = [], 1
        while it and product < size:
            cut.append(it.pop(0))
            product *= cut[-1]
        if product != size:
            return None
        parts.append((base, cut))
    if it:
        return None
    by_base = {b: cut for b, cut in parts}
    sizes, first = [], {}
    for b in range(len(t.base.shape)):
        first[b] = len(sizes)
        sizes += by_base[b]
    base = e.reshape_base(t.base, sizes)
    dims = [first[b] + k for b, cut in parts for k in range(len(cut))]
    walk = iter(dims)
    return Tensor(base, shape, tuple(next(walk) if s != 1 else None for s in shape))


def lower_view(e: Emitter, node, v: Value, sizes: Sequence[int]) -> Value:
    total = 1
    for s in v.shape:
        total *= s
    known = 1
    for s in sizes:
        known *= 1 if s == -1 else int(s)
    return reshape(e, v, [total // known if s == -1 else int(s) for s in sizes])


def lower_flatten(e: Emitter, node, v: Value, start: int = 0, end: int = -1) -> Value:
    return reshape(e, v, tuple(node.meta["val"].shape))


def cut(e: Emitter, v: Value, d: int, start: int, size: int, step: int = 1) -> Value:
    """v[.., start : start + size * step : step, ..] along dimension d."""
    shape = v.shape[:d] + (size,) + v.shape[d + 1:]
    if size == v.shape[d] and start == 0:
        return v
    if isinstance(v, Const):
        return Const(v.data[(slice(None),) * d + (slice(start, start + (size - 1) * step + 1, step),)])
    if isinstance(v, Sym):
        def of(x: Expr) -> Expr:
            if x.kind == "number":
                return x
            if x.kind == "op":
                return Expr("op", x.dtype, x.op, tuple(of(a) for a in x.args), x.value)
            value, dims = x.value, list(x.dims)
            for k, w in enumerate(x.dims):
                if w == d and value.shape[k] != 1:
                    value = cut(e, value, k, start, size, step)
                    if size == 1:
                        dims[k] = None
            return Expr("leaf", x.dtype, value=value, dims=tuple(dims))
        return Sym(shape, of(v.expr))
    t = e.tensor(v)
    b = t.dims[d]
    if b is None:
        return Tensor(t.base, shape, t.dims)
    if isinstance(b, Repeat):
        return cut(e, e.unrepeat(t), d, start, size, step)
    n = len(t.base.shape)
    offsets = ", ".join(str(start) if k == b else "0" for k in range(n))
    sizes = [size if k == b else s for k, s in enumerate(t.base.shape)]
    strides = ", ".join(str(step) if k == b else "1" for k in range(n))
    out = unitless(sizes)
    name = e.op(f"tensor.extract_slice {t.base.name}[{offsets}] [{', '.join(map(str, sizes))}] [{strides}] : "
                f"{t.base.type} to {tensor_type(out, t.dtype)}")
    drop = size == 1

    def renumber(x: Any) -> Any:
        if x is None or not drop:
            return x
        if isinstance(x, Repeat):
            return Repeat(x.base - (x.base > b), x.times)
        return None if x == b else x - (x > b)

    return Tensor(Base(name, out, t.dtype), shape, tuple(renumber(x) for x in t.dims))


def lower_slice(e: Emitter, node, v: Value, d: int = 0, start: Any = None, end: Any = None, step: int = 1) -> Value:
    d = wrap(d, v.rank)
    n = v.shape[d]
    start = 0 if start is None else int(start)
    end = n if end is None else int(end)
    start = min(max(start + n if start < 0 else start, 0), n)
    end = min(max(end + n if end < 0 else end, start), n)
    size = -(-(end - start) // step)
    if size == 0:
        raise Refused("a slice that is empty")
    return cut(e, v, d, start, size, step)


def lower_select(e: Emitter, node, v: Value, d: int, index: int) -> Value:
    d = wrap(d, v.rank)
    row = cut(e, v, d, int(index) + (v.shape[d] if index < 0 else 0), 1)
    return reshape(e, row, v.shape[:d] + v.shape[d + 1:])


def lower_split(e: Emitter, node, v: Value, sizes: Any, d: int = 0) -> List[Value]:
    d = wrap(d, v.rank)
    if isinstance(sizes, int):
        sizes = [min(sizes, v.shape[d] - k) for k in range(0, v.shape[d], sizes)]
    out, start = [], 0
    for s in sizes:
        out.append(cut(e, v, d, start, int(s)))
        start += int(s)
    return out


def lower_cat(e: Emitter, node, parts: Sequence[Value], d: int = 0) -> Value:
    parts = [p for p in parts if p.shape != (0,)]
    if len(parts) == 1:
        return parts[0]
    d = wrap(d, parts[0].rank)
    dtype = result(node)
    total = sum(p.shape[d] for p in parts)
    shape = parts[0].shape[:d] + (total,) + parts[0].shape[d + 1:]
    out, start = e.empty(shape, dtype), 0
    rank = len(shape)
    kind = tensor_type(shape, dtype)
    for p in parts:
        t = e.identity(p if p.dtype is dtype else Sym(p.shape, Expr("op", dtype, "cast", (leaf(p, p.rank),))))
        # A rank-reducing insertion: unit dimensions of the destination are not in the base.
        offsets = ", ".join(str(start) if k == d else "0" for k in range(rank))
        sizes = ", ".join(map(str, p.shape))
        ones = ", ".join("1" for _ in range(rank))
        out = e.op(f"tensor.insert_slice {t.base.name} into {out}[{offsets}] [{sizes}] [{ones}] : {t.base.type} into {kind}")
        start += p.shape[d]
    return Tensor.of(e.strip(out, shape, dtype), shape)


def lower_stack(e: Emitter, node, parts: Sequence[Value], d: int = 0) -> Value:
    return lower_cat(e, node, [lower_unsqueeze(e, node, p, wrap(d, p.rank + 1)) for p in parts],
                     wrap(d, parts[0].rank + 1))


def lower_full(e: Emitter, node, *args: Any, **kwargs: Any) -> Value:
    val = node.meta["val"]
    shape = tuple(int(s) for s in kwargs.pop("shape"))
    return Const(torch.tensor(kwargs["fill"], dtype=val.dtype).expand(shape))


# -- reading by index --------------------------------------------------------------------


def gathered(e: Emitter, table: Value, shape: Sequence[int], where: List[Tuple[str, Any]], dtype: torch.dtype) -> Tensor:
    """out[p] = table[.., w_d, ..]: where[d] is ("dim", k), dimension k of the output, or
    ("index", Expr), an integer expression over the output's space. Indices count from the end where
    negative, as in Python, and are clamped: they are checked where they come from (inputs)."""
    t = e.identity(table)
    loop_of, loops = loops_over(shape)
    ops, index = e.reads([x for kind, x in where if kind == "index"], loop_of)

    def body(args: List[str], acc: Optional[str]) -> Tuple[List[str], str]:
        b = Body(e.fresh, lambda l: args[index[id(l)]])
        names = []
        for (kind, x), size in zip(where, table.shape):
            if size == 1:
                continue
            if kind == "dim":
                names.append(b.emit(f"linalg.index {loop_of[x]} : index"))
                continue
            i = b.emit(f"arith.index_cast {b.value(x)} : {MLIR_TYPES[x.dtype]} to index")
            zero, n, last = (b.emit(f"arith.constant {c} : index") for c in (0, size, size - 1))
            negative = b.emit(f"arith.cmpi slt, {i}, {zero} : index")
            wrapped = b.emit(f"arith.addi {i}, {n} : index")
            i = b.emit(f"arith.select {negative}, {wrapped}, {i} : index")
            names.append(b.emit(f"arith.minsi {b.emit(f'arith.maxsi {i}, {zero} : index')}, {last} : index"))
        value = b.emit(f"tensor.extract {t.base.name}[{', '.join(names)}] : {t.base.type}")
        return b.lines, value

    return Tensor.of(e.generic(loops, (), ops, dtype, body), tuple(shape))


def index_expr(e: Emitter, v: Value, space: int, shift: int) -> Expr:
    """`v` over a space of `space` dimensions, its dimension 0 being dimension `shift`."""
    if isinstance(v, Tensor) and any(isinstance(d, Repeat) for d in v.dims):
        v = e.unrepeat(v)
    x = leaf(v, v.rank)
    return x.remap([shift + d for d in range(v.rank)])


def lower_embedding(e: Emitter, node, table: Value, ids: Value, *args: Any, **kwargs: Any) -> Value:
    shape = ids.shape + table.shape[1:]
    if isinstance(ids, Tensor) and hasattr(e, "tables"):
        name = ids.base.name
        e.tables[name] = min(e.tables.get(name, table.shape[0]), table.shape[0])
    return gathered(e, table, shape, [("index", index_expr(e, ids, len(shape), 0)), ("dim", ids.rank)], table.dtype)


def iota_of(v: Value) -> Optional[Tuple[int, int]]:
    """(dimension, start) of a constant that counts along one dimension."""
    if not isinstance(v, Const) or v.dtype.is_floating_point or v.dtype is torch.bool:
        return None
    long = [d for d, s in enumerate(v.shape) if s != 1 and v.data.stride()[d] != 0]
    if len(long) != 1:
        return None
    row = v.data[tuple(slice(None) if d == long[0] else 0 for d in range(v.rank))]
    start = int(row[0])
    return (long[0], start) if torch.equal(row, torch.arange(start, start + len(row))) else None


def lower_index(e: Emitter, node, v: Value, indices: Sequence[Optional[Value]]) -> Value:
    indices = list(indices) + [None] * (v.rank - len(indices))
    used = [d for d, i in enumerate(indices) if i is not None]
    if any(i.dtype is torch.bool for i in indices if i is not None):
        raise Refused("indexing by a mask, whose result has no static size")
    if used != list(range(used[0], used[-1] + 1)):
        raise Refused("index tensors that are not side by side")
    common = tuple(torch.broadcast_shapes(*[indices[d].shape for d in used]))
    first = used[0]
    shape = v.shape[:first] + common + v.shape[used[-1] + 1:]
    # Constants that count are a view of the tensor.
    where: List[Optional[int]] = [None] * len(shape)
    for d in range(first):
        where[d] = d
    for k, d in enumerate(range(used[-1] + 1, v.rank)):
        where[first + len(common) + k] = d
    plain = True
    for d in used:
        i = indices[d]
        if v.shape[d] == 1:
            continue
        walk = iota_of(i)
        if walk is None or walk[1] != 0 or i.shape[walk[0]] != v.shape[d]:
            plain = False
            break
        target = first + len(common) - i.rank + walk[0]
        if where[target] is not None:
            plain = False
            break
        where[target] = d
    if plain and not isinstance(v, (Const, Deferred)):
        return pick(v, shape, where)
    entries: List[Tuple[str, Any]] = []
    for d in range(v.rank):
        if indices[d] is not None:
            entries.append(("index", index_expr(e, indices[d], len(shape), first + len(common) - indices[d].rank)))
        else:
            entries.append(("dim", d if d < first else d - len(used) + len(common)))
    return gathered(e, v, shape, entries, v.dtype)


def lower_index_select(e: Emitter, node, v: Value, d: int, ids: Value) -> Value:
    d = wrap(d, v.rank)
    return lower_index(e, node, v, [None] * d + [ids])


def lower_gather(e: Emitter, node, v: Value, d: int, ids: Value, **kwargs: Any) -> Value:
    d = wrap(d, v.rank)
    entries: List[Tuple[str, Any]] = [("dim", k) for k in range(v.rank)]
    entries[d] = ("index", index_expr(e, ids, v.rank, 0))
    return gathered(e, v, ids.shape, entries, v.dtype)


TABLE: Dict[str, Callable] = {
    "aten.permute.default": lower_permute,
    "aten.transpose.int": lower_transpose,
    "aten.t.default": lower_t,
    "aten.unsqueeze.default": lower_unsqueeze,
    **{f"aten.squeeze.{k}": lower_squeeze for k in ("default", "dim", "dims")},
    "aten.expand.default": lower_expand,
    "aten.view.default": lower_view,
    "aten.reshape.default": lower_view,
    "aten._unsafe_view.default": lower_view,
    "aten.flatten.using_ints": lower_flatten,
    "aten.slice.Tensor": lower_slice,
    "aten.select.int": lower_select,
    "aten.split_with_sizes.default": lower_split,
    "aten.split.Tensor": lower_split,
    "aten.cat.default": lower_cat,
    "aten.stack.default": lower_stack,
    "aten.embedding.default": lower_embedding,
    "aten.index.Tensor": lower_index,
    "aten.index_select.default": lower_index_select,
    "aten.gather.default": lower_gather,
}
