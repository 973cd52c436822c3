"""Scalar arithmetic as MLIR text: bodies of `linalg.generic` and score regions.

f16 and bf16 are computed as PyTorch computes them: in f32, rounded after every operation.
Those casts are nodes of the expression, so nothing here rounds on its own.
"""

from __future__ import annotations

import math
from typing import Callable, Dict, List, Sequence

import torch

from .errors import Refused
from .values import MLIR_TYPES, Expr

_COMPARE = {"eq": ("oeq", "eq"), "ne": ("une", "ne"), "lt": ("olt", "slt"), "le": ("ole", "sle"),
            "gt": ("ogt", "sgt"), "ge": ("oge", "sge")}
_MATH = {"exp": "exp", "exp2": "exp2", "expm1": "expm1", "log": "log", "log2": "log2", "log10": "log10",
         "log1p": "log1p", "sqrt": "sqrt", "rsqrt": "rsqrt", "sin": "sin", "cos": "cos", "tan": "tan", "tanh": "tanh",
         "erf": "erf", "floor": "floor", "ceil": "ceil", "round": "roundeven", "trunc": "trunc", "atan": "atan",
         "asin": "asin", "acos": "acos", "sinh": "sinh", "cosh": "cosh"}
# Dear enough that they are computed once and stored.
DEAR = set(_MATH) | {"sigmoid", "silu", "gelu", "gelu_tanh", "softplus", "pow", "div", "elu"}


def literal(x, dtype: torch.dtype) -> str:
    """A constant as an attribute, exact in every bit."""
    if dtype is torch.bool:
        return "true" if x else "false"
    kind = MLIR_TYPES[dtype]
    if not dtype.is_floating_point:
        return f"{int(x)} : {kind}"
    bits = {torch.float64: torch.int64, torch.float32: torch.int32}.get(dtype, torch.int16)
    width = dtype.itemsize * 8
    word = torch.tensor(float(x), dtype=dtype).view(bits).item() & ((1 << width) - 1)
    return f"0x{word:0{width // 4}X} : {kind}"


class Body:
    """Collects the lines of one region. `read(leaf)` gives the SSA name of a leaf's scalar."""

    def __init__(self, fresh: Callable[[str], str], read: Callable[[Expr], str], indent: str = "      "):
        self.lines: List[str] = []
        self._fresh, self._read, self._indent = fresh, read, indent
        self._memo: Dict[int, str] = {}
        self._keep: List[Expr] = []  # ids in the memo stay valid

    def emit(self, text: str) -> str:
        name = self._fresh("s")
        self.lines.append(f"{self._indent}{name} = {text}")
        return name

    def constant(self, x, dtype: torch.dtype) -> str:
        return self.emit(f"arith.constant {literal(x, dtype)}")

    def value(self, e: Expr) -> str:
        """SSA name of an expression; shared nodes are computed once."""
        stack = [e]
        while stack:  # Expressions can be deeper than Python's stack.
            top = stack[-1]
            if id(top) in self._memo:
                stack.pop()
                continue
            missing = [a for a in top.args if id(a) not in self._memo]
            if missing:
                stack += missing
                continue
            stack.pop()
            self._keep.append(top)
            if top.kind == "number":
                name = self.constant(top.value, top.dtype)
            elif top.kind == "leaf":
                name = self._read(top)
            else:
                name = self.apply(top.op, top.dtype, [self._memo[id(a)] for a in top.args],
                                  [a.dtype for a in top.args])
            self._memo[id(top)] = name
        return self._memo[id(e)]

    def cast(self, x: str, source: torch.dtype, to: torch.dtype) -> str:
        if source is to:
            return x
        a, b = MLIR_TYPES[source], MLIR_TYPES[to]
        if to is torch.bool:
            zero = self.constant(0, source)
            return self.emit(f"arith.cmpf une, {x}, {zero} : {a}" if source.is_floating_point
                             else f"arith.cmpi ne, {x}, {zero} : {a}")
        if source.is_floating_point and to.is_floating_point:
            if to.itemsize > source.itemsize:
                return self.emit(f"arith.extf {x} : {a} to {b}")
            if to.itemsize == source.itemsize:  # f16 and bf16
                wide = self.emit(f"arith.extf {x} : {a} to f32")
                return self.emit(f"arith.truncf {wide} : f32 to {b}")
            return self.emit(f"arith.truncf {x} : {a} to {b}")
        if source.is_floating_point:
            return self.emit(f"arith.fptosi {x} : {a} to {b}")
        if to.is_floating_point:
            return self.emit(f"arith.{'uitofp' if source is torch.bool else 'sitofp'} {x} : {a} to {b}")
        if source is torch.bool:
            return self.emit(f"arith.extui {x} : {a} to {b}")
        return self.emit(f"arith.{'extsi' if to.itemsize > source.itemsize else 'trunci'} {x} : {a} to {b}")

    def apply(self, op: str, dtype: torch.dtype, args: Sequence[str], types: Sequence[torch.dtype]) -> str:
        """One operation of type `dtype` on operands of equal type (but cast, where, compare)."""
        t = MLIR_TYPES[dtype]
        real = dtype.is_floating_point
        f = "f" if real else "i"
        x = args[0]
        if op == "cast":
            return self.cast(x, types[0], dtype)
        if op in ("add", "sub", "mul"):
            return self.emit(f"arith.{op}{f} {x}, {args[1]} : {t}")
        if op == "div":
            return self.emit(f"arith.divf {x}, {args[1]} : {t}")
        if op in _COMPARE:
            source = types[0]
            if source is torch.bool and op in ("lt", "le", "gt", "ge"):
                return self.emit(f"arith.cmpi u{op}, {x}, {args[1]} : i1")
            predicate = _COMPARE[op][0 if source.is_floating_point else 1]
            return self.emit(f"arith.cmp{'f' if source.is_floating_point else 'i'} {predicate}, {x}, {args[1]} : "
                             f"{MLIR_TYPES[source]}")
        if op in ("and", "or", "xor"):
            return self.emit(f"arith.{op}i {x}, {args[1]} : {t}")
        if op == "not":
            return self.emit(f"arith.xori {x}, {self.constant(True if dtype is torch.bool else -1, dtype)} : {t}")
        if op == "where":
            return self.emit(f"arith.select {x}, {args[1]}, {args[2]} : {t}")
        if op in ("maximum", "minimum"):
            return self.emit(f"arith.{op}f {x}, {args[1]} : {t}" if real
                             else f"arith.{op[:3]}si {x}, {args[1]} : {t}")
        if op == "neg":
            return self.emit(f"arith.negf {x} : {t}" if real else f"arith.subi {self.constant(0, dtype)}, {x} : {t}")
        if op == "abs":
            return self.emit(f"math.abs{f} {x} : {t}")
        if op == "floor_div" and not real:
            return self.emit(f"arith.floordivsi {x}, {args[1]} : {t}")
        if op == "trunc_div" and not real:
            return self.emit(f"arith.divsi {x}, {args[1]} : {t}")
        if op == "remainder" and not real:  # The sign of the divisor, as in Python.
            quotient = self.emit(f"arith.floordivsi {x}, {args[1]} : {t}")
            product = self.emit(f"arith.muli {quotient}, {args[1]} : {t}")
            return self.emit(f"arith.subi {x}, {product} : {t}")
        if not real:
            raise Refused(f"'{op}' on {t}")
        return self._real(op, dtype, list(args))

    def _real(self, op: str, dtype: torch.dtype, args: List[str]) -> str:
        t, x = MLIR_TYPES[dtype], args[0]

        def two(name: str, a: str, b: str) -> str:
            return self.emit(f"{name} {a}, {b} : {t}")

        def num(v: float) -> str:
            return self.constant(v, dtype)

        if op in _MATH:
            return self.emit(f"math.{_MATH[op]} {x} : {t}")
        if op == "reciprocal":
            return two("arith.divf", num(1.0), x)
        if op == "relu":
            return two("arith.maximumf", x, num(0.0))
        if op in ("sigmoid", "silu"):
            e = self.emit(f"math.exp {self.emit(f'arith.negf {x} : {t}')} : {t}")
            return two("arith.divf", num(1.0) if op == "sigmoid" else x, two("arith.addf", num(1.0), e))
        if op == "gelu":
            inner = self.emit(f"math.erf {two('arith.mulf', x, num(math.sqrt(0.5)))} : {t}")
            half = two("arith.mulf", x, num(0.5))
            return two("arith.mulf", half, two("arith.addf", num(1.0), inner))
        if op == "gelu_tanh":
            cube = two("arith.mulf", two("arith.mulf", x, x), x)
            inner = two("arith.addf", x, two("arith.mulf", num(0.044715), cube))
            th = self.emit(f"math.tanh {two('arith.mulf', num(math.sqrt(2 / math.pi)), inner)} : {t}")
            return two("arith.mulf", two("arith.mulf", num(0.5), x), two("arith.addf", num(1.0), th))
        if op == "softplus":
            # max(x, 0) + log1p(exp(-|x|)): no overflow.
            e = self.emit(f"math.exp {self.emit('arith.negf ' + self.emit(f'math.absf {x} : {t}') + f' : {t}')} : {t}")
            return two("arith.addf", two("arith.maximumf", x, num(0.0)), self.emit(f"math.log1p {e} : {t}"))
        if op == "pow":
            return self.emit(f"math.powf {x}, {args[1]} : {t}")
        if op == "floor_div":
            return self.emit(f"math.floor {two('arith.divf', x, args[1])} : {t}")
        if op == "remainder":
            q = self.emit(f"math.floor {two('arith.divf', x, args[1])} : {t}")
            return two("arith.subf", x, two("arith.mulf", q, args[1]))
        raise Refused(f"'{op}' on {t}")
