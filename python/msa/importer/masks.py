"""Recognizes masks: boolean expressions over (query i, key j) as sparse patterns.

A conjunction of comparisons of positions becomes a pattern of the dialect, which code for
tiles is derived from. What is not a pattern stays a predicate for the score region, which
costs no memory, but is computed for every pair. Nothing becomes an N x N tensor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple

import torch

from .values import Const, Expr, number

INF = math.inf
FAR = 1 << 40  # The dialect's greatest window.


@dataclass(frozen=True)
class Band:
    """low <= i - j <= high"""

    low: float
    high: float


@dataclass(frozen=True)
class KeysBelow:
    """j < count"""

    count: int


@dataclass(frozen=True)
class QueriesBelow:
    """i < count"""

    count: int


@dataclass(frozen=True)
class Strided:
    """j mod stride == stride - 1"""

    stride: int


@dataclass(frozen=True)
class SameDocument:
    """documents[b, i] == documents[b, j]; `value` is B x N or N."""

    value: Any
    batch: Optional[int]


# A formula has negations at its leaves only: ("and" | "or", parts), ("atom", a), ("other", Expr), ("true",), ("false",).
TRUE, FALSE = ("true",), ("false",)


def both(kind: str, parts: List[tuple]) -> tuple:
    unit, zero = (TRUE, FALSE) if kind == "and" else (FALSE, TRUE)
    flat: List[tuple] = []
    for p in parts:
        if p == zero:
            return zero
        if p == unit:
            continue
        flat += p[1] if p[0] == kind else [p]
    if not flat:
        return unit
    return flat[0] if len(flat) == 1 else (kind, flat)


def tidy(e: Expr) -> Expr:
    """A constant leaf without the dimensions along which it does not change."""
    if e.kind != "leaf" or not isinstance(e.value, Const):
        return e
    data, dims = e.value.data, list(e.dims)
    for d, size in enumerate(data.shape):
        if size != 1 and bool((data == data.narrow(d, 0, 1)).all()):
            data = data.narrow(d, 0, 1)
            dims[d] = None
    if data.numel() == 1:
        return number(data.reshape(()).item(), e.dtype)
    return Expr("leaf", e.dtype, value=Const(data), dims=tuple(dims))


class Reader:
    """Reads expressions over a space in which dimension `i` is the query and `j` the key."""

    def __init__(self, i: int, j: int, queries: int, keys: int):
        self.i, self.j, self.queries, self.keys = i, j, queries, keys

    def linear(self, e: Expr) -> Optional[Dict[Optional[int], int]]:
        """Coefficients of an integer expression by dimension; None holds the constant."""
        e = tidy(e)
        if e.kind == "number":
            return {None: int(e.value)} if float(e.value) == int(e.value) else None
        if e.kind == "leaf":
            if not isinstance(e.value, Const) or e.dtype.is_floating_point or e.dtype is torch.bool:
                return None
            walked = [(d, k) for k, d in enumerate(e.dims) if d is not None]
            if len(walked) != 1:
                return None
            d, k = walked[0]
            row = e.value.data[tuple(slice(None) if x == k else 0 for x in range(e.value.rank))]
            step = int(row[1]) - int(row[0])
            if not torch.equal(row, torch.arange(len(row), dtype=row.dtype) * step + int(row[0])):
                return None
            return {d: step, None: int(row[0])}
        if e.op == "cast":
            return self.linear(e.args[0]) if not e.args[0].dtype.is_floating_point else None
        if e.op in ("add", "sub"):
            a, b = (self.linear(x) for x in e.args)
            if a is None or b is None:
                return None
            out = dict(a)
            for k, v in b.items():
                out[k] = out.get(k, 0) + (v if e.op == "add" else -v)
            return out
        if e.op == "neg":
            a = self.linear(e.args[0])
            return None if a is None else {k: -v for k, v in a.items()}
        if e.op == "mul":
            a, b = (self.linear(x) for x in e.args)
            for x, y in ((a, b), (b, a)):
                if x is not None and y is not None and set(x) == {None}:
                    return {k: v * x[None] for k, v in y.items()}
        return None

    def read(self, e: Expr, negate: bool = False) -> tuple:
        e = tidy(e)
        if e.kind == "number":
            return TRUE if bool(e.value) != negate else FALSE
        if e.kind == "leaf":
            known = self.table(e, negate)
            return known if known is not None else self.other(e, negate)
        if e.op == "not" and e.dtype is torch.bool:
            return self.read(e.args[0], not negate)
        if e.op == "cast" and e.dtype is torch.bool:
            if e.args[0].dtype is torch.bool:
                return self.read(e.args[0], negate)
            return self.compare(Expr("op", torch.bool, "ne", (e.args[0], number(0, e.args[0].dtype))), negate)
        if e.op in ("and", "or") and e.dtype is torch.bool:
            kind = e.op if not negate else {"and": "or", "or": "and"}[e.op]
            return both(kind, [self.read(x, negate) for x in e.args])
        if e.op in ("eq", "ne", "lt", "le", "gt", "ge"):
            return self.compare(e, negate)
        return self.other(e, negate)

    def table(self, e: Expr, negate: bool) -> Optional[tuple]:
        """A constant row of booleans over queries or keys: a prefix, or every s-th key."""
        walked = [(d, k) for k, d in enumerate(e.dims) if d is not None]
        if not isinstance(e.value, Const) or e.dtype is not torch.bool or len(walked) != 1 \
                or walked[0][0] not in (self.i, self.j):
            return None
        d, k = walked[0]
        row = e.value.data[tuple(slice(None) if x == k else 0 for x in range(e.value.rank))]
        row = ~row if negate else row
        count = int(row.sum())
        if bool(row[:count].all()):
            return ("atom", (QueriesBelow if d == self.i else KeysBelow)(count))
        first = int(row.int().argmax())
        if d == self.j and first > 0 and torch.equal(row, torch.arange(len(row)) % (first + 1) == first):
            return ("atom", Strided(first + 1))
        return None

    @staticmethod
    def other(e: Expr, negate: bool) -> tuple:
        return ("other", Expr("op", torch.bool, "not", (e,)) if negate else e)

    _NEGATED = {"eq": "ne", "ne": "eq", "lt": "ge", "le": "gt", "gt": "le", "ge": "lt"}

    def compare(self, e: Expr, negate: bool) -> tuple:
        op = self._NEGATED[e.op] if negate else e.op
        a, b = e.args
        if a.dtype is torch.bool and op in ("eq", "ne") and b.kind == "number":
            return self.read(a, (op == "eq") != bool(b.value))
        if a.kind == "op" and a.op == "abs" and b.kind == "number" and op in ("lt", "le", "gt", "ge"):
            inner = a.args[0]
            low = number(-b.value, b.dtype)
            mirrored = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}[op]
            return both("and" if op in ("lt", "le") else "or",
                        [self.compare(Expr("op", torch.bool, op, (inner, b)), False),
                         self.compare(Expr("op", torch.bool, mirrored, (inner, low)), False)])
        x, y = self.linear(a), self.linear(b)
        if x is None or y is None:
            special = self.special(op, a, b)
            return special if special is not None else self.other(e, negate)
        diff = dict(x)
        for k, v in y.items():
            diff[k] = diff.get(k, 0) - v
        c = diff.pop(None, 0)
        ci, cj = diff.pop(self.i, 0), diff.pop(self.j, 0)
        if any(diff.values()):
            return self.other(e, negate)
        # ci i + cj j + c  op  0
        if ci == cj == 0:
            holds = {"eq": c == 0, "ne": c != 0, "lt": c < 0, "le": c <= 0, "gt": c > 0, "ge": c >= 0}[op]
            return TRUE if holds else FALSE
        if ci == -cj and abs(ci) == 1:
            return self.band(op, ci, c)
        if abs(ci) + abs(cj) == 1:
            return self.half(op, ci if ci else cj, c, ci != 0, e, negate)
        return self.other(e, negate)

    def band(self, op: str, sign: int, c: int) -> tuple:
        """sign * (i - j) + c  op  0"""
        if op == "ne":
            return both("or", [self.band("lt", sign, c), self.band("gt", sign, c)])
        if sign < 0:
            op, c = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq"}[op], -c
        low, high = {"lt": (-INF, -c - 1), "le": (-INF, -c), "gt": (-c + 1, INF), "ge": (-c, INF), "eq": (-c, -c)}[op]
        return self.trim(Band(low, high))

    def trim(self, b: Band) -> tuple:
        if b.low > b.high or b.low > self.queries - 1 or b.high < 1 - self.keys:
            return FALSE
        if b.low <= 1 - self.keys and b.high >= self.queries - 1:
            return TRUE
        return ("atom", b)

    def half(self, op: str, sign: int, c: int, query: bool, e: Expr, negate: bool) -> tuple:
        """sign * x + c  op  0 for x = i or j"""
        size = self.queries if query else self.keys
        if sign < 0:
            op, c = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}.get(op, op), -c
        low, high = {"lt": (0, -c - 1), "le": (0, -c), "gt": (-c + 1, size - 1), "ge": (-c, size - 1),
                     "eq": (-c, -c), "ne": (0, size - 1)}[op]
        if op == "ne" and 0 <= -c < size:
            return self.other(e, negate)
        if low <= 0 and high >= size - 1:
            return TRUE
        if low > high or high < 0 or low > size - 1:
            return FALSE
        if low <= 0:
            return ("atom", (QueriesBelow if query else KeysBelow)(int(high) + 1))
        return self.other(e, negate)

    def special(self, op: str, a: Expr, b: Expr) -> Optional[tuple]:
        if op != "eq":
            return None
        # j mod s == s - 1
        for x, y in ((a, b), (b, a)):
            if x.kind == "op" and x.op == "remainder" and y.kind == "number" and x.args[1].kind == "number":
                if self.linear(x.args[0]) in ({self.j: 1}, {self.j: 1, None: 0}) \
                        and int(y.value) == int(x.args[1].value) - 1:
                    return ("atom", Strided(int(x.args[1].value)))
        return self.document(a, b)

    def document(self, a: Expr, b: Expr) -> Optional[tuple]:
        """The same numbers read by query and by key, which must not decrease along a row."""
        a, b = tidy(a), tidy(b)
        if a.kind != "leaf" or b.kind != "leaf":
            return None

        def form(x: Expr) -> Tuple[Any, Any]:
            own = [d for d in x.dims if d in (self.i, self.j)]
            rest = [d for d in x.dims if d is not None and d not in (self.i, self.j)]
            return (own, rest)
        (oa, ra), (ob, rb) = form(a), form(b)
        if {tuple(oa), tuple(ob)} != {(self.i,), (self.j,)} or ra != rb or len(ra) > 1 or (ra and ra[0] != 0):
            return None
        va, vb = a.value, b.value
        if isinstance(va, Const) and isinstance(vb, Const):
            da, db = va.data.squeeze(), vb.data.squeeze()
            if da.shape != db.shape or not torch.equal(da, db) or da.dtype.is_floating_point:
                return None
            if not bool((da.diff(dim=-1) >= 0).all()):
                return None
            return ("atom", SameDocument(Const(da), 0 if ra else None))
        return None  # Numbers of the running model may decrease: a predicate, then.


@dataclass
class Mask:
    """A pattern's text, the document numbers that it reads, and what is left over."""

    pattern: str
    documents: Optional[SameDocument]
    rest: Optional[Expr]


def text_of(f: tuple, causal: bool) -> Optional[str]:
    """The pattern of a formula, None where it is not one. `causal`: it is intersected with
    p_j <= p_i, under which keys below g are what queries below g see, too."""
    if f == TRUE:
        return "#msa.full"
    if f[0] == "atom":
        a = f[1]
        if isinstance(a, Band):
            if a.low > 0 or a.high < 0:
                return None
            left = FAR if a.high == INF else int(a.high)
            right = FAR if a.low == -INF else int(-a.low)
            if a.high == INF and a.low == 0:
                return "#msa.causal"
            return f"#msa.window<left = {left}, right = {right}>"
        if isinstance(a, KeysBelow):
            return f"#msa.global<{a.count}>" if causal else None
        if isinstance(a, Strided):
            return f"#msa.strided<{a.stride}>"
        if isinstance(a, SameDocument):
            return "#msa.document"
        return None
    if f[0] == "or":
        keys = [p[1].count for p in f[1] if p[0] == "atom" and isinstance(p[1], KeysBelow)]
        queries = [p[1].count for p in f[1] if p[0] == "atom" and isinstance(p[1], QueriesBelow)]
        rest = [p for p in f[1] if not (p[0] == "atom" and isinstance(p[1], (KeysBelow, QueriesBelow)))]
        parts = []
        if keys or queries:
            if not causal and keys != queries or len(keys) > 1:
                return None
            if causal and not keys:
                return None
            parts.append(f"#msa.global<{keys[0]}>")
        for p in rest:
            t = text_of(p, causal)
            if t is None:
                return None
            parts.append(t)
        return f"#msa.any<{', '.join(parts)}>" if len(parts) > 1 else parts[0]
    if f[0] == "and":
        parts = [text_of(p, causal) for p in merge(f[1])]
        return None if None in parts else f"#msa.all<{', '.join(parts)}>" if len(parts) > 1 else parts[0]
    return None


def merge(parts: List[tuple]) -> List[tuple]:
    """Bands of a conjunction become one."""
    bands = [p[1] for p in parts if p[0] == "atom" and isinstance(p[1], Band)]
    if len(bands) < 2:
        return parts
    one = Band(max(b.low for b in bands), min(b.high for b in bands))
    return [("atom", one)] + [p for p in parts if not (p[0] == "atom" and isinstance(p[1], Band))]


def to_expr(f: tuple, i: Expr, j: Expr) -> Expr:
    """A formula as a predicate again, for the score region; i and j are its positions."""
    def op(name: str, *args: Expr) -> Expr:
        return Expr("op", torch.bool, name, args)

    def at(x: int) -> Expr:
        return number(x, torch.int64)

    if f in (TRUE, FALSE):
        return number(f == TRUE, torch.bool)
    if f[0] == "other":
        return f[1]
    if f[0] in ("and", "or"):
        out = to_expr(f[1][0], i, j)
        for p in f[1][1:]:
            out = op(f[0], out, to_expr(p, i, j))
        return out
    a = f[1]
    if isinstance(a, Band):
        d = Expr("op", torch.int64, "sub", (i, j))
        out = number(True, torch.bool)
        if a.low != -INF:
            out = op("and", out, op("ge", d, at(int(a.low))))
        if a.high != INF:
            out = op("and", out, op("le", d, at(int(a.high))))
        return out
    if isinstance(a, KeysBelow):
        return op("lt", j, at(a.count))
    if isinstance(a, QueriesBelow):
        return op("lt", i, at(a.count))
    if isinstance(a, Strided):
        return op("eq", Expr("op", torch.int64, "remainder", (j, at(a.stride))), at(a.stride - 1))
    raise AssertionError(a)


def recognize(keeps: List[Expr], reader: Reader, i: Expr, j: Expr) -> Mask:
    """The pattern of a conjunction of predicates and what no pattern says."""
    formula = both("and", [reader.read(k) for k in keeps])
    if formula == FALSE:
        return Mask("#msa.full", None, number(False, torch.bool))
    parts = merge(formula[1] if formula[0] == "and" else [formula])
    causal = any(p[0] == "atom" and isinstance(p[1], Band) and p[1].low >= 0 for p in parts)
    texts: List[str] = []
    rest: Optional[Expr] = None
    documents: Optional[SameDocument] = None
    for p in parts:
        if p == TRUE:
            continue
        if p[0] == "atom" and isinstance(p[1], SameDocument) and documents is None:
            documents = p[1]
            texts.append("#msa.document")
            continue
        text = text_of(p, causal)
        if text is not None and "document" not in text:
            texts.append(text)
            continue
        e = to_expr(p, i, j)
        rest = e if rest is None else Expr("op", torch.bool, "and", (rest, e))
    pattern = "#msa.full" if not texts else texts[0] if len(texts) == 1 else f"#msa.all<{', '.join(texts)}>"
    return Mask(pattern, documents, rest)
