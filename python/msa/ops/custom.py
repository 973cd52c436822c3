"""torch.ops.msa.*: the compiled ops as torch.library custom ops, and what msa.ops calls.

Attributes are plain numbers and strings; a pattern is its MLIR text. The ops are opaque to tracing
(torch.compile makes no graph break, torch.export keeps them whole). They have no gradients: backward through
one raises GradientsNotSupported. Operands must be contiguous; the functions below make them so.
"""

from __future__ import annotations

from functools import lru_cache
from typing import List, Optional, Tuple

import torch
from torch import Tensor

from ..errors import InvalidInput
from ..patterns import Pattern
from . import checks, kernels
from .scores import Score

_parse = lru_cache(maxsize=1024)(Pattern.parse)


def _no_gradients(op, name: str) -> None:
    def backward(ctx, *grads):
        kernels.refuse_gradients(name)

    op.register_autograd(backward)


# --- attend -------------------------------------------------------------------------------------------------


def _attend_outputs(query: Tensor, value: Tensor) -> Tuple[Tensor, Tensor]:
    rows = query.shape[:3]
    out = query.new_empty((*rows, value.shape[3]))
    return out, query.new_empty(rows, dtype=checks.accumulator(query.dtype))


def _attend_check(query, key, value, pattern, scale, window_key, window_value, bank_key, bank_value,
                  bank_bias, position, length, offset, documents, blocks, score) -> None:
    checks.attend(query, key, value, _parse(pattern), scale, window_key, window_value, bank_key, bank_value,
                  bank_bias, position, length, offset, documents, blocks)
    if score:
        Score.parse(score)


@torch.library.custom_op("msa::attend", mutates_args=())
def _attend(query: Tensor, key: Tensor, value: Tensor, pattern: str, scale: float,
            window_key: Optional[Tensor] = None, window_value: Optional[Tensor] = None,
            bank_key: Optional[Tensor] = None, bank_value: Optional[Tensor] = None,
            bank_bias: Optional[Tensor] = None, position: Optional[Tensor] = None,
            length: Optional[Tensor] = None, offset: Optional[Tensor] = None,
            documents: Optional[Tensor] = None, blocks: Optional[Tensor] = None,
            score: str = "") -> Tuple[Tensor, Tensor]:
    _attend_check(query, key, value, pattern, scale, window_key, window_value, bank_key, bank_value,
                  bank_bias, position, length, offset, documents, blocks, score)
    outputs = _attend_outputs(query, value)
    kernels.run("attend", [("query", query), ("key", key), ("value", value), ("window_key", window_key),
                           ("window_value", window_value), ("bank_key", bank_key), ("bank_value", bank_value),
                           ("bank_bias", bank_bias), ("position", position), ("length", length),
                           ("offset", offset), ("documents", documents), ("blocks", blocks)],
                (_parse(pattern).mlir, float(scale), score), outputs)
    return outputs


@_attend.register_fake
def _(query, key, value, pattern, scale, window_key=None, window_value=None, bank_key=None, bank_value=None,
      bank_bias=None, position=None, length=None, offset=None, documents=None, blocks=None, score=""):
    _attend_check(query, key, value, pattern, scale, window_key, window_value, bank_key, bank_value,
                  bank_bias, position, length, offset, documents, blocks, score)
    return _attend_outputs(query, value)


_no_gradients(_attend, "attend")

# --- merge --------------------------------------------------------------------------------------------------


@torch.library.custom_op("msa::merge", mutates_args=())
def _merge(a: Tensor, a_lse: Tensor, b: Tensor, b_lse: Tensor) -> Tuple[Tensor, Tensor]:
    checks.merge(a, a_lse, b, b_lse)
    outputs = a.new_empty(a.shape), a_lse.new_empty(a_lse.shape)
    kernels.run("merge", [("a", a), ("a_lse", a_lse), ("b", b), ("b_lse", b_lse)], (), outputs)
    return outputs


@_merge.register_fake
def _(a, a_lse, b, b_lse):
    checks.merge(a, a_lse, b, b_lse)
    return a.new_empty(a.shape), a_lse.new_empty(a_lse.shape)


_no_gradients(_merge, "merge")

# --- rope, short_conv ---------------------------------------------------------------------------------------


@torch.library.custom_op("msa::rope", mutates_args=())
def _rope(x: Tensor, rotary: int, base: float = 10000.0, offset: Optional[Tensor] = None, start: int = 0,
          interleaved: bool = False, scaling: str = "none", factor: float = 1.0,
          original: Optional[int] = None, limit: Optional[int] = None) -> Tensor:
    checks.rope(x, rotary, base, offset, start, interleaved, scaling, factor, original, limit)
    out = x.new_empty(x.shape)
    kernels.run("rope", [("x", x), ("offset", offset)],
                (rotary, float(base), start, interleaved, scaling, float(factor), original, limit), [out])
    return out


@_rope.register_fake
def _(x, rotary, base=10000.0, offset=None, start=0, interleaved=False, scaling="none", factor=1.0,
      original=None, limit=None):
    checks.rope(x, rotary, base, offset, start, interleaved, scaling, factor, original, limit)
    return x.new_empty(x.shape)


_no_gradients(_rope, "rope")


@torch.library.custom_op("msa::short_conv", mutates_args=())
def _short_conv(x: Tensor, carried: Tensor, weight: Tensor) -> Tensor:
    checks.short_conv(x, carried, weight)
    out = x.new_empty(x.shape)
    kernels.run("short_conv", [("x", x), ("carried", carried), ("weight", weight)], (), [out])
    return out


@_short_conv.register_fake
def _(x, carried, weight):
    checks.short_conv(x, carried, weight)
    return x.new_empty(x.shape)


_no_gradients(_short_conv, "short_conv")

# --- carry --------------------------------------------------------------------------------------------------


def _carried(window: Tensor, segment: Tensor, length: Optional[Tensor]) -> Tensor:
    checks.carry(window, segment, length)
    out = window.new_empty(window.shape)
    kernels.run("carry", [("window", window), ("segment", segment), ("length", length)], (), [out])
    return out


@torch.library.custom_op("msa::carry", mutates_args=())
def _carry(window: Tensor, segment: Tensor, length: Optional[Tensor] = None) -> Tensor:
    return _carried(window, segment, length)


@_carry.register_fake
def _(window, segment, length=None):
    checks.carry(window, segment, length)
    return window.new_empty(window.shape)


_no_gradients(_carry, "carry")

# A kernel's outputs must not overlap its inputs: the ops in place compute beside and copy. torch takes no
# backward for an op that changes its operands, so torch.ops.msa.*_ record nothing; msa.ops.*_ refuse operands
# that require grad.


@torch.library.custom_op("msa::carry_", mutates_args=("window",))
def _carry_(window: Tensor, segment: Tensor, length: Optional[Tensor] = None) -> None:
    window.copy_(_carried(window, segment, length))


@_carry_.register_fake
def _(window, segment, length=None):
    checks.carry(window, segment, length)


# --- bank_write: one op for each number of results ----------------------------------------------------------


def _written(bank, candidate, weights, gate, per_slot, stretch, forget_bias, top, scores,
             length) -> list[Tensor]:
    checks.bank_write(bank, candidate, weights, gate, per_slot, stretch, forget_bias, top, scores, length)
    outputs = [bank.new_empty(bank.shape) for _ in range(2 if gate == "lstm" else 1)]
    names = [name for name, _ in checks.weight_shapes(gate, per_slot, bank.shape[2])]
    kernels.run("bank_write", [("bank", bank), ("candidate", candidate), *zip(names, weights),
                               ("scores", scores), ("length", length)],
                (gate, per_slot, float(stretch), float(forget_bias), top), outputs)
    return outputs


@torch.library.custom_op("msa::bank_write", mutates_args=())
def _bank_write(bank: Tensor, candidate: Tensor, weights: List[Tensor], per_slot: bool = False,
                stretch: float = 0.0, top: Optional[int] = None, scores: Optional[Tensor] = None,
                length: Optional[Tensor] = None) -> Tensor:
    return _written(bank, candidate, weights, "gru", per_slot, stretch, 0.0, top, scores, length)[0]


@_bank_write.register_fake
def _(bank, candidate, weights, per_slot=False, stretch=0.0, top=None, scores=None, length=None):
    checks.bank_write(bank, candidate, weights, "gru", per_slot, stretch, 0.0, top, scores, length)
    return bank.new_empty(bank.shape)


_no_gradients(_bank_write, "bank_write")


@torch.library.custom_op("msa::bank_write_lstm", mutates_args=())
def _bank_write_lstm(bank: Tensor, candidate: Tensor, weights: List[Tensor], per_slot: bool = False,
                     stretch: float = 0.0, forget_bias: float = 1.0, top: Optional[int] = None,
                     scores: Optional[Tensor] = None,
                     length: Optional[Tensor] = None) -> Tuple[Tensor, Tensor]:
    new, read = _written(bank, candidate, weights, "lstm", per_slot, stretch, forget_bias, top, scores,
                         length)
    return new, read


@_bank_write_lstm.register_fake
def _(bank, candidate, weights, per_slot=False, stretch=0.0, forget_bias=1.0, top=None, scores=None,
      length=None):
    checks.bank_write(bank, candidate, weights, "lstm", per_slot, stretch, forget_bias, top, scores, length)
    return bank.new_empty(bank.shape), bank.new_empty(bank.shape)


_no_gradients(_bank_write_lstm, "bank_write")


@torch.library.custom_op("msa::bank_write_", mutates_args=("bank",))
def _bank_write_(bank: Tensor, candidate: Tensor, weights: List[Tensor], per_slot: bool = False,
                 stretch: float = 0.0, top: Optional[int] = None, scores: Optional[Tensor] = None,
                 length: Optional[Tensor] = None) -> None:
    bank.copy_(_written(bank, candidate, weights, "gru", per_slot, stretch, 0.0, top, scores, length)[0])


@_bank_write_.register_fake
def _(bank, candidate, weights, per_slot=False, stretch=0.0, top=None, scores=None, length=None):
    checks.bank_write(bank, candidate, weights, "gru", per_slot, stretch, 0.0, top, scores, length)


@torch.library.custom_op("msa::bank_write_lstm_", mutates_args=("bank",))
def _bank_write_lstm_(bank: Tensor, candidate: Tensor, weights: List[Tensor], per_slot: bool = False,
                      stretch: float = 0.0, forget_bias: float = 1.0, top: Optional[int] = None,
                      scores: Optional[Tensor] = None, length: Optional[Tensor] = None) -> Tensor:
    new, read = _written(bank, candidate, weights, "lstm", per_slot, stretch, forget_bias, top, scores,
                         length)
    bank.copy_(new)
    return read


@_bank_write_lstm_.register_fake
def _(bank, candidate, weights, per_slot=False, stretch=0.0, forget_bias=1.0, top=None, scores=None,
      length=None):
    checks.bank_write(bank, candidate, weights, "lstm", per_slot, stretch, forget_bias, top, scores, length)
    return bank.new_empty(bank.shape)


# --- What msa.ops calls: operands made contiguous, and what the ops' schemas would refuse in words of their o


def _dense(op: str, **operands: Optional[Tensor]) -> list[Optional[Tensor]]:
    out = []
    for name, x in operands.items():
        if x is not None:
            checks.dense(op, name, x)
            x = x.contiguous()
        out.append(x)
    return out


def _in_place(op: str, x: Tensor) -> None:
    checks.dense(op, "what is written in place", x)
    if not x.is_contiguous():
        raise InvalidInput(
            f"msa.ops.{op}: what is written in place must be contiguous, got strides {x.stride()} for "
            f"shape {tuple(x.shape)}")


def attend(query, key, value, *, pattern, scale=None, score=None, **operands):
    op = "attend"
    if not isinstance(pattern, Pattern):
        checks.fail(op, "C14", f"pattern must be an msa.Pattern, got {pattern!r}")
    if isinstance(score, Score):
        score = score.text
    if score is not None and not isinstance(score, str):
        raise InvalidInput(
            "msa.ops.attend: a score that is a function of one's own has no compiled form; use "
            "backend='reference', or one that has a name ('softcap:C', 'alibi')")
    for name, x in (("query", query), ("key", key), ("value", value)):
        checks.dense(op, name, x)
    if scale is None:
        scale = query.shape[-1] ** -0.5 if query.dim() and query.shape[-1] else 1.0
    checks.number(op, "C12", "scale", scale)
    query, key, value, *others = _dense(op, query=query, key=key, value=value, **operands)
    return torch.ops.msa.attend(query, key, value, pattern.mlir, float(scale), **dict(zip(operands, others)),
                                score=score or "")


def merge(a, a_lse, b, b_lse):
    for name, x in (("a", a), ("a_lse", a_lse), ("b", b), ("b_lse", b_lse)):
        checks.dense("merge", name, x)
    return torch.ops.msa.merge(*_dense("merge", a=a, a_lse=a_lse, b=b, b_lse=b_lse))


def rope(x, *, rotary=None, base=10000.0, offset=None, start=0, interleaved=False, scaling="none", factor=1.0,
         original=None, limit=None):
    checks.dense("rope", "x", x)
    rotary = checks.rotary(x, rotary)
    checks.rope_numbers(rotary, base, start, interleaved, scaling, factor, original, limit)
    x, offset = _dense("rope", x=x, offset=offset)
    return torch.ops.msa.rope(x, rotary, float(base), offset, start, interleaved, scaling, float(factor),
                              original, limit)


def short_conv(x, carried, weight):
    for name, t in (("x", x), ("carried", carried), ("weight", weight)):
        checks.dense("short_conv", name, t)
    return torch.ops.msa.short_conv(*_dense("short_conv", x=x, carried=carried, weight=weight))


def carry(window, segment, length=None):
    for name, x in (("window", window), ("segment", segment)):
        checks.dense("carry", name, x)
    return torch.ops.msa.carry(*_dense("carry", window=window, segment=segment, length=length))


def carry_(window, segment, length=None):
    _in_place("carry_", window)
    checks.dense("carry_", "segment", segment)
    torch.ops.msa.carry_(window, *_dense("carry_", segment=segment, length=length))
    return window


def _write_operands(bank, candidate, weights, gate, per_slot, stretch, forget_bias, top, scores, length):
    op = "bank_write"
    checks.bank_write_numbers(weights, gate, per_slot, stretch, forget_bias, top)
    checks.dense(op, "candidate", candidate)
    for w in weights:
        checks.dense(op, "a weight", w)
    candidate, scores, length = _dense(op, candidate=candidate, scores=scores, length=length)
    options = dict(per_slot=per_slot, stretch=float(stretch), top=top, scores=scores, length=length)
    if gate == "lstm":
        options["forget_bias"] = float(forget_bias)
    return candidate, [w.contiguous() for w in weights], options


def bank_write(bank, candidate, weights, *, gate="gru", per_slot=False, stretch=0.0, forget_bias=1.0,
               top=None, scores=None, length=None):
    checks.dense("bank_write", "bank", bank)
    candidate, weights, options = _write_operands(bank, candidate, weights, gate, per_slot, stretch,
                                                  forget_bias, top, scores, length)
    op = torch.ops.msa.bank_write_lstm if gate == "lstm" else torch.ops.msa.bank_write
    return op(bank.contiguous(), candidate, weights, **options)


def bank_write_(bank, candidate, weights, *, gate="gru", per_slot=False, stretch=0.0, forget_bias=1.0,
                top=None, scores=None, length=None):
    _in_place("bank_write_", bank)
    candidate, weights, options = _write_operands(bank, candidate, weights, gate, per_slot, stretch,
                                                  forget_bias, top, scores, length)
    if gate == "lstm":
        return bank, torch.ops.msa.bank_write_lstm_(bank, candidate, weights, **options)
    torch.ops.msa.bank_write_(bank, candidate, weights, **options)
    return bank
