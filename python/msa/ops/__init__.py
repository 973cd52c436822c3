"""Functional ops: msa.ops.NAME picks a backend, msa.ops.reference.NAME is plain PyTorch, torch.ops.msa.NAME
is the compiled kernel.

Shapes, dtypes and constraints are those of the dialect's ops (docs/generated/MSAOps.md). `backend` is

    "reference"   plain PyTorch (dense), with gradients
    "compiled"    kernels of this compiler; a tensor that requires grad raises GradientsNotSupported
    None          the one set by `with msa.ops.backend(name)`, else auto: the reference where gradients are
                  needed and the compiled kernel everywhere else. An op that can not be compiled raises: auto
                  never falls back to the dense reference on its own.

The functions here make operands contiguous where the kernel needs it; torch.ops.msa.* refuse them instead.
"""

from __future__ import annotations

from typing import Callable, Optional, Sequence, Union

from torch import Tensor

from ..patterns import Pattern
from . import custom, reference
from .backend import backend, compiled
from .scores import Score

__all__ = [
    "Routing", "attend", "backend", "bank_write", "bank_write_", "carry", "carry_", "merge", "reference",
    "rope", "route", "route_loss", "routed_attend", "short_conv"
]


def attend(query: Tensor, key: Tensor, value: Tensor, *, pattern: Pattern, scale: Optional[float] = None,
           window_key: Optional[Tensor] = None, window_value: Optional[Tensor] = None,
           bank_key: Optional[Tensor] = None, bank_value: Optional[Tensor] = None,
           bank_bias: Optional[Tensor] = None, position: Optional[Tensor] = None,
           length: Optional[Tensor] = None, offset: Optional[Tensor] = None,
           documents: Optional[Tensor] = None, blocks: Optional[Tensor] = None, score: Union[None, str, Score,
                                                                                             Callable] = None,
           backend: Optional[str] = None) -> tuple[Tensor, Tensor]:
    """Attention over a segment, a carried window and a bank: (out, lse). See `msa.ops.reference.attend`.

    A `score` that is a function of one's own has no compiled form: it takes the reference, or raises
    InvalidInput where the compiled kernel is asked for or gradients are not needed."""
    operands = dict(window_key=window_key, window_value=window_value, bank_key=bank_key,
                    bank_value=bank_value, bank_bias=bank_bias, position=position, length=length,
                    offset=offset, documents=documents, blocks=blocks)
    if compiled("attend", backend, (query, key, value, *operands.values())):
        return custom.attend(query, key, value, pattern=pattern, scale=scale, score=score, **operands)
    return reference.attend(query, key, value, pattern=pattern, scale=scale, score=score, **operands)


def merge(a: Tensor, a_lse: Tensor, b: Tensor, b_lse: Tensor, *, backend: Optional[str] = None):
    """Joins attention over two disjoint key sets: (out, lse). See `msa.ops.reference.merge`."""
    if compiled("merge", backend, (a, a_lse, b, b_lse)):
        return custom.merge(a, a_lse, b, b_lse)
    return reference.merge(a, a_lse, b, b_lse)


def rope(x: Tensor, *, rotary: Optional[int] = None, base: float = 10000.0, offset: Optional[Tensor] = None,
         start: int = 0, interleaved: bool = False, scaling: str = "none", factor: float = 1.0,
         original: Optional[int] = None, limit: Optional[int] = None,
         backend: Optional[str] = None) -> Tensor:
    """Rotary positions. See `msa.ops.reference.rope`."""
    options = dict(rotary=rotary, base=base, offset=offset, start=start, interleaved=interleaved,
                   scaling=scaling, factor=factor, original=original, limit=limit)
    if compiled("rope", backend, (x,)):
        return custom.rope(x, **options)
    return reference.rope(x, **options)


def short_conv(x: Tensor, carried: Tensor, weight: Tensor, *, backend: Optional[str] = None) -> Tensor:
    """Causal depthwise convolution. See `msa.ops.reference.short_conv`."""
    if compiled("short_conv", backend, (x, carried, weight)):
        return custom.short_conv(x, carried, weight)
    return reference.short_conv(x, carried, weight)


def carry(window: Tensor, segment: Tensor, length: Optional[Tensor] = None, *,
          backend: Optional[str] = None) -> Tensor:
    """The carried window past a segment. See `msa.ops.reference.carry`."""
    if compiled("carry", backend, (window, segment)):
        return custom.carry(window, segment, length)
    return reference.carry(window, segment, length)


def carry_(window: Tensor, segment: Tensor, length: Optional[Tensor] = None, *,
           backend: Optional[str] = None) -> Tensor:
    """`carry` into `window` itself, which is returned."""
    if compiled("carry_", backend, (window, segment)):
        return custom.carry_(window, segment, length)
    return reference.carry_(window, segment, length)


def _bank_write(name, bank, candidate, weights, backend, options):
    tensors = (bank, candidate, *(weights or ()))
    which = custom if compiled(name, backend, tensors) else reference
    return getattr(which, name)(bank, candidate, weights, **options)


def bank_write(bank: Tensor, candidate: Tensor, weights: Sequence[Tensor], *, gate: str = "gru",
               per_slot: bool = False, stretch: float = 0.0, forget_bias: float = 1.0,
               top: Optional[int] = None, scores: Optional[Tensor] = None, length: Optional[Tensor] = None,
               backend: Optional[str] = None):
    """The bank after a gated write; with "lstm" (bank, read). See `msa.ops.reference.bank_write`."""
    options = dict(gate=gate, per_slot=per_slot, stretch=stretch, forget_bias=forget_bias, top=top,
                   scores=scores, length=length)
    return _bank_write("bank_write", bank, candidate, weights, backend, options)


def bank_write_(bank: Tensor, candidate: Tensor, weights: Sequence[Tensor], *, gate: str = "gru",
                per_slot: bool = False, stretch: float = 0.0, forget_bias: float = 1.0,
                top: Optional[int] = None, scores: Optional[Tensor] = None, length: Optional[Tensor] = None,
                backend: Optional[str] = None):
    """`bank_write` into `bank` itself. Returns it; with "lstm" (bank, read)."""
    options = dict(gate=gate, per_slot=per_slot, stretch=stretch, forget_bias=forget_bias, top=top,
                   scores=scores, length=length)
    return _bank_write("bank_write_", bank, candidate, weights, backend, options)


from .routing import Routing, route, route_loss, routed_attend  # noqa: E402  (built on the functions above)
