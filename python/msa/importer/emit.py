"""Writes MLIR: one function, its weights as `msa.constant` arguments, locations of the
user's source on every operation."""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import torch

from .errors import Refused
from .scalar import Body, literal
from .values import (MLIR_TYPES, Base, Const, Deferred, Expr, Repeat, Shape, Sym, Tensor, Value, leaf, number,
                     tensor_type)

Operand = Tuple[Base, Tuple[int, ...]]  # base dimension d is walked by loop dims[d]


class Weight:
    """An argument that is set when the model is loaded. `source` is the parameter or buffer
    it equals bit for bit (or after a transposition), None for what was computed at import."""

    def __init__(self, name: str, data: torch.Tensor, source: Optional[str], transposed: bool):
        self.name, self.data, self.source, self.transposed = name, data, source, transposed

    def __repr__(self) -> str:
        return f"Weight({self.name!r}, {tuple(self.data.shape)}, {self.data.dtype}, source={self.source!r})"


def unitless(shape: Sequence[int]) -> Shape:
    return tuple(s for s in shape if s != 1)


def loops_over(shape: Sequence[int]) -> Tuple[Dict[int, int], List[int]]:
    """Loop of each dimension that is not 1, and the loops' sizes."""
    loop_of: Dict[int, int] = {}
    loops: List[int] = []
    for d, s in enumerate(shape):
        if s != 1:
            loop_of[d] = len(loops)
            loops.append(s)
    return loop_of, loops


class Emitter:
    def __init__(self) -> None:
        self.lines: List[str] = []
        self.weights: List[Weight] = []
        self._weight_bases: Dict[Any, Base] = {}
        self._names: set = set()
        self._by_weight: Dict[str, str] = {}
        self._keep: List[torch.Tensor] = []
        self._counter = 0
        self._locations: Dict[str, str] = {}
        self._loc = ""

    # -- names, locations, lines ---------------------------------------------------------

    def fresh(self, prefix: str = "v") -> str:
        self._counter += 1
        return f"%{prefix}{self._counter}"

    def at(self, place: str) -> None:
        """Operations from now on come from `place`, 'file:line in function'."""
        match = re.match(r"(.*):(\d+)( in .*)?$", place)
        if not match:
            self._loc = ""
            return
        file = match.group(1).replace("\\", "\\\\").replace('"', '\\"')
        text = f'"{file}":{match.group(2)}:0'
        alias = self._locations.setdefault(text, f"#loc{len(self._locations) + 1}")
        self._loc = f" loc({alias})"

    def location_lines(self) -> List[str]:
        return [f"{alias} = loc({text})" for text, alias in self._locations.items()]

    def line(self, text: str, loc: bool = True) -> None:
        self.lines.append(f"    {text}{self._loc if loc else ''}")

    def op(self, text: str, prefix: str = "v") -> str:
        name = self.fresh(prefix)
        self.line(f"{name} = {text}")
        return name

    # -- weights -------------------------------------------------------------------------

    def weight(self, c: Const) -> Base:
        """The weight argument that holds a constant, without unit dimensions."""
        data = c.data.reshape(unitless(c.shape))
        key = (c.data.data_ptr(), c.data.dtype, tuple(data.shape), tuple(data.stride()))
        found = self._weight_bases.get(key)
        if found is not None:
            return found
        if not c.data.dtype.is_floating_point and c.data.dtype not in MLIR_TYPES:
            raise Refused(f"a constant of {c.data.dtype}")
        name = (c.source + ".T" if c.transposed else c.source) if c.source else "const"
        if name in self._names or not c.source:
            k = 0
            while f"{name}.{k}" in self._names:
                k += 1
            name = f"{name}.{k}"
        self._names.add(name)
        self._keep.append(c.data)  # The key is an address: it must stay taken.
        base = Base(f"%w{len(self.weights)}", tuple(data.shape), data.dtype)
        self._by_weight[name] = base.name
        self.weights.append(Weight(name, data.detach().contiguous(), c.source, c.transposed))
        self._weight_bases[key] = base
        return base

    def weight_name(self, w: Weight) -> str:
        return self._by_weight[w.name]

    # -- bases ---------------------------------------------------------------------------

    def reshape_base(self, base: Base, shape: Sequence[int]) -> Base:
        """Row-major reinterpretation between shapes (unit dimensions allowed in `shape`)."""
        old, new = list(base.shape), list(shape)
        if old == new:
            return base
        groups_old: List[List[int]] = []
        groups_new: List[List[int]] = []
        i = j = 0
        while i < len(old) and j < len(new):
            a, b, gi, gj = old[i], new[j], [i], [j]
            i, j = i + 1, j + 1
            while a != b:
                if a < b:
                    a *= old[i]
                    gi.append(i)
                    i += 1
                else:
                    b *= new[j]
                    gj.append(j)
                    j += 1
            groups_old.append(gi)
            groups_new.append(gj)
        if groups_new:  # Ones at the end belong to the last group.
            groups_old[-1] += range(i, len(old))
            groups_new[-1] += range(j, len(new))
        name = base.name
        middle = [1] * len(groups_old)
        for g, gi in enumerate(groups_old):
            for d in gi:
                middle[g] *= old[d]
        if not old:  # a scalar
            ones = ", ".join("1" for _ in new)
            name = self.op(f"tensor.expand_shape {name} [] output_shape [{ones}] : {base.type} into "
                           f"{tensor_type(new, base.dtype)}")
            return Base(name, tuple(new), base.dtype)
        if not new:
            name = self.op(f"tensor.collapse_shape {name} [] : {base.type} into {tensor_type((), base.dtype)}")
            return Base(name, (), base.dtype)
        if any(len(g) > 1 for g in groups_old):
            text = ", ".join("[" + ", ".join(map(str, g)) + "]" for g in groups_old)
            name = self.op(f"tensor.collapse_shape {name} [{text}] : {tensor_type(old, base.dtype)} into "
                           f"{tensor_type(middle, base.dtype)}")
        if any(len(g) > 1 for g in groups_new):
            text = ", ".join("[" + ", ".join(map(str, g)) + "]" for g in groups_new)
            sizes = ", ".join(map(str, new))
            name = self.op(f"tensor.expand_shape {name} [{text}] output_shape [{sizes}] : "
                           f"{tensor_type(middle, base.dtype)} into {tensor_type(new, base.dtype)}")
        return Base(name, tuple(new), base.dtype)

    def strip(self, name: str, shape: Sequence[int], dtype: torch.dtype) -> Base:
        """A base of an SSA value that has unit dimensions."""
        return self.reshape_base(Base(name, tuple(shape), dtype), unitless(shape))

    # -- loops ---------------------------------------------------------------------------

    def empty(self, shape: Sequence[int], dtype: torch.dtype) -> str:
        return self.op(f"tensor.empty() : {tensor_type(shape, dtype)}", "e")

    def filled(self, shape: Sequence[int], dtype: torch.dtype, x) -> str:
        c = self.op(f"arith.constant {literal(x, dtype)}", "c")
        e = self.empty(shape, dtype)
        kind = tensor_type(shape, dtype)
        return self.op(f"linalg.fill ins({c} : {MLIR_TYPES[dtype]}) outs({e} : {kind}) -> {kind}", "f")

    def generic(self, loops: Sequence[int], reduced: Sequence[int], operands: Sequence[Operand], dtype: torch.dtype,
                body: Callable[[List[str], Optional[str]], Tuple[List[str], str]], init: Optional[str] = None) -> Base:
        """A linalg.generic over `loops`; those in `reduced` are sums into `init`. The result
        has the other loops as dimensions, in order."""
        n = len(loops)
        ds = ", ".join(f"d{i}" for i in range(n))
        kept = [d for d in range(n) if d not in set(reduced)]
        shape = tuple(loops[d] for d in kept)
        maps = [f"affine_map<({ds}) -> ({', '.join(f'd{d}' for d in dims)})>" for _, dims in operands]
        maps.append(f"affine_map<({ds}) -> ({', '.join(f'd{d}' for d in kept)})>")
        iterators = ", ".join('"reduction"' if d in set(reduced) else '"parallel"' for d in range(n))
        out = init if init is not None else self.empty(shape, dtype)
        kind = tensor_type(shape, dtype)
        args = [self.fresh("a") for _ in operands]
        acc = self.fresh("o")
        lines, result = body(args, acc)
        ins = ""
        if operands:
            ins = f" ins({', '.join(b.name for b, _ in operands)} : {', '.join(b.type for b, _ in operands)})"
        header = ", ".join([f"{a}: {MLIR_TYPES[b.dtype]}" for a, (b, _) in zip(args, operands)] +
                           [f"{acc}: {MLIR_TYPES[dtype]}"])
        name = self.fresh("g")
        self.line(f"{name} = linalg.generic {{indexing_maps = [{', '.join(maps)}], iterator_types = [{iterators}]}}"
                  f"{ins} outs({out} : {kind}) {{", loc=False)
        self.lines.append(f"      ^bb0({header}):")
        self.lines += lines
        self.lines.append(f"      linalg.yield {result} : {MLIR_TYPES[dtype]}")
        self.lines.append(f"    }} -> {kind}{self._loc}")
        return Base(name, shape, dtype)

    # -- values --------------------------------------------------------------------------

    def expression(self, shape: Sequence[int], e: Expr) -> Tensor:
        """Computes an expression: one loop nest that reads every leaf through its map."""
        shape = tuple(shape)
        loop_of, loops = loops_over(shape)
        operands, index = self.reads([e], loop_of)

        def body(args: List[str], acc: Optional[str]) -> Tuple[List[str], str]:
            b = Body(self.fresh, lambda l: args[index[id(l)]])
            result = b.value(e)
            return b.lines, result

        base = self.generic(loops, (), operands, e.dtype, body)
        return Tensor.of(base, shape)

    def reads(self, exprs: Sequence[Expr], loop_of: Dict[int, int]) -> Tuple[List[Operand], Dict[int, int]]:
        """The operands of a loop nest that computes expressions, and which of them each leaf
        (by its id) reads."""
        operands: List[Operand] = []
        index: Dict[int, int] = {}
        seen: set = set()
        stack = list(exprs)
        while stack:
            x = stack.pop()
            if id(x) in seen:
                continue
            seen.add(id(x))
            stack += x.args
            if x.kind == "leaf":
                base, dims = self.operand(x)
                key = (base, tuple(loop_of[d] for d in dims))
                if key not in operands:
                    operands.append(key)
                index[id(x)] = operands.index(key)
        return operands, index

    def operand(self, x: Expr) -> Tuple[Base, Tuple[int, ...]]:
        """Base of a leaf and the space dimension that walks each of its dimensions."""
        value = x.value
        if isinstance(value, Const):
            kept = [d for d, s in zip(x.dims, value.shape) if s != 1]
            return self.weight(value), tuple(kept)  # type: ignore[arg-type]
        assert isinstance(value, Tensor)
        dims: List[Optional[int]] = [None] * len(value.base.shape)
        for d, b in zip(x.dims, value.dims):
            if b is not None:
                assert not isinstance(b, Repeat)
                dims[b] = d
        assert None not in dims, "a base dimension that the view does not walk"
        return value.base, tuple(dims)  # type: ignore[arg-type]

    def tensor(self, v: Value) -> Tensor:
        """`v` as a view of an SSA value, whatever its layout."""
        if isinstance(v, Tensor):
            return v
        if isinstance(v, Const):
            data = v.data
            if data.numel() and any(s == 0 and n != 1 for s, n in zip(data.stride(), data.shape)):
                return self.tensor(Sym(v.shape, leaf(v, v.rank)))
            return Tensor.of(self.weight(v), v.shape)
        if isinstance(v, Sym):
            return self.expression(v.shape, v.expr)
        assert isinstance(v, Deferred)
        from .attention import force
        return force(self, v)

    def identity(self, v: Value) -> Tensor:
        """`v` in row-major layout of its own shape."""
        t = self.tensor(v)
        if t.is_identity():
            return t
        if any(isinstance(d, Repeat) for d in t.dims):
            t = self.unrepeat(t)
            if t.is_identity():
                return t
        return self.expression(t.shape, leaf(t, t.rank))

    def unrepeat(self, t: Tensor) -> Tensor:
        """Forms the copies that a `Repeat` stands for."""
        shape: List[int] = []
        dims: List[Any] = []
        for s, d in zip(t.shape, t.dims):
            if isinstance(d, Repeat):
                shape += [s // d.times, d.times]
                dims += [d.base, None]
            else:
                shape.append(s)
                dims.append(d)
        wide = Tensor(t.base, tuple(shape), tuple(dims))
        flat = self.expression(wide.shape, leaf(wide, wide.rank))
        return Tensor.of(self.reshape_base(flat.base, unitless(t.shape)), t.shape)

    def full(self, v: Value) -> str:
        """SSA name of `v` with exactly its shape, unit dimensions included."""
        t = self.identity(v)
        return self.reshape_base(t.base, t.shape).name


def cast(e: Expr, to: torch.dtype) -> Expr:
    if e.dtype is to:
        return e
    if e.kind == "number":
        return number(torch.tensor(e.value, dtype=e.dtype).to(to).item(), to)
    return Expr("op", to, "cast", (e,))
