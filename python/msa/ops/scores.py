"""Score modifiers that have a name: one definition for the reference and for the compiled op.

    "softcap:C"   C * tanh(s / C)                         (Gemma 2, arXiv 2408.00118, section 2)
    "alibi"       s - 2^(-8 (h + 1) / Hq) * |p_i - p_j|   (ALiBi, arXiv 2108.12409, section 3)

ALiBi's slopes are the geometric sequence for any number of heads; other choices can be written "alibi:E",
which gives 2^(-E (h + 1) / Hq).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Callable, Optional, Union

import torch

from ..errors import InvalidInput


@dataclass(frozen=True)
class Score:
    """A named modifier: kind "softcap" or "alibi", and its number."""

    kind: str
    number: float

    @staticmethod
    def parse(text: str) -> "Score":
        kind, _, rest = text.partition(":")
        default = {"alibi": 8.0}.get(kind)
        try:
            number = default if not rest and default else float(rest)
        except ValueError:
            number = math.nan
        if kind not in ("softcap", "alibi") or not math.isfinite(number) or number <= 0:
            raise InvalidInput(
                f"score must be 'softcap:C' with C > 0, 'alibi' or 'alibi:E' with E > 0, got {text!r}")
        return Score(kind, number)

    @property
    def text(self) -> str:
        return f"{self.kind}:{self.number!r}"

    def __call__(self, s, batch, head, query, key):
        """On tensors: s B x H x N x M, head H x 1 x 1, query .. x N x 1 and key M relative positions."""
        if self.kind == "softcap":
            return self.number * torch.tanh(s / self.number)
        slope = torch.exp2(head.to(s.dtype).add(1) * (-self.number / s.shape[1]))
        return s - slope * (query - key).abs().to(s.dtype)

    def region(self, heads: int, f: str) -> str:
        """The same as a region of msa.attend; f: "f32" or "f64"."""
        if self.kind == "softcap":
            body = f"""    %cap = arith.constant {self.number:.17e} : {f}
    %x = arith.divf %s, %cap : {f}
    %t = math.tanh %x : {f}
    %y = arith.mulf %t, %cap : {f}"""
        else:
            body = f"""    %one = arith.constant 1 : index
    %h1 = arith.addi %h, %one : index
    %hi = arith.index_cast %h1 : index to i64
    %hf = arith.sitofp %hi : i64 to {f}
    %rate = arith.constant {-self.number / heads:.17e} : {f}
    %exponent = arith.mulf %hf, %rate : {f}
    %slope = math.exp2 %exponent : {f}
    %a = arith.subi %i, %j : index
    %b = arith.subi %j, %i : index
    %distance = arith.maxsi %a, %b : index
    %di = arith.index_cast %distance : index to i64
    %df = arith.sitofp %di : i64 to {f}
    %penalty = arith.mulf %slope, %df : {f}
    %y = arith.subf %s, %penalty : {f}"""
        return (f"score {{\n  ^bb0(%s: {f}, %batch: index, %h: index, %i: index, %j: index):\n{body}\n"
                f"    msa.yield %y : {f}\n  }}")


def as_score(score: Union[None, str, Score, Callable]) -> Optional[Callable]:
    if score is None or isinstance(score, Score):
        return score
    if isinstance(score, str):
        return Score.parse(score)
    if callable(score):
        return score
    raise InvalidInput(f"score must be None, a name or a function, got {score!r}")
