"""Rotary positions and the short causal convolution."""

from __future__ import annotations

import functools
import math
from typing import Optional

import torch
from torch import Tensor

from .. import checks


def rope_frequencies(rotary: int, base: float = 10000.0, scaling: str = "none", factor: float = 1.0,
                     original: Optional[int] = None) -> tuple[tuple[float, ...], float]:
    """Angle per position of each channel pair, and the factor on cos and sin (RoFormer, arXiv 2104.09864).

    linear: position interpolation (arXiv 2306.15595). ntk: a base that stretches only the slow pairs. yarn:
    interpolation by parts between 32 and 1 turns over `original` positions (arXiv 2309.00071, section 3.2),
    with the softening of attention folded into cos and sin.
    """
    if scaling == "ntk":
        base = base * factor ** (rotary / (rotary - 2))
    freq = [base ** (-2.0 * c / rotary) for c in range(rotary // 2)]
    if scaling == "linear":
        freq = [f / factor for f in freq]
    if scaling != "yarn":
        return tuple(freq), 1.0

    def turns(count):
        return rotary * math.log(original / (count * 2 * math.pi)) / (2 * math.log(base))

    low, high = max(math.floor(turns(32)), 0), min(math.ceil(turns(1)), rotary - 1)
    high = high + 0.001 if low == high else high
    out = []
    for c, f in enumerate(freq):
        ramp = min(max((c - low) / (high - low), 0.0), 1.0)
        out.append(f / factor * ramp + f * (1 - ramp))
    return tuple(out), 0.1 * math.log(factor) + 1.0


_kept_frequencies = functools.lru_cache(maxsize=256)(rope_frequencies)


def _turn(positions: Tensor, freq: tuple[float, ...], gain: float,
          dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """cos and sin, .. x N x pairs, from positions .. x N; angles in f64 whatever the dtype."""
    inverse = torch.tensor(freq, dtype=torch.float64, device=positions.device)
    angle = positions.to(torch.float64)[..., None] * inverse
    return (angle.cos() * gain).to(dtype), (angle.sin() * gain).to(dtype)


_tables: dict = {}


def _table(rows: int, start: int, freq, gain, dtype, device) -> tuple[Tensor, Tensor]:
    """cos and sin of rows start .. start + rows - 1; kept between calls, a layer asks for them again."""
    def make():
        return _turn(torch.arange(start, start + rows, device=device), freq, gain, dtype)

    # While a graph is traced tensors belong to the tracer: nothing may be kept, nor anything kept be used.
    if torch.compiler.is_compiling() or type(torch.empty(0)) is not torch.Tensor:
        return make()
    key = (rows, start, freq, gain, dtype, device)
    if key not in _tables:
        with torch.inference_mode(False), torch.no_grad():
            table = make()
        if len(_tables) >= 64:
            _tables.pop(next(iter(_tables)))
        _tables[key] = table
    return _tables[key]


def rope(x: Tensor, *, rotary: Optional[int] = None, base: float = 10000.0, offset: Optional[Tensor] = None,
         start: int = 0, interleaved: bool = False, scaling: str = "none", factor: float = 1.0,
         original: Optional[int] = None, limit: Optional[int] = None) -> Tensor:
    """`msa.rope`: rotates channel pairs of x (B x H x N x D); row n stands at start + offset[b] + n.

    rotary: channels that are rotated, by default D. offset: B (i64), clamped so that rows stay below start +
    limit; `limit` is given exactly with it. scaling: none, linear, ntk or yarn (needs `original`), see
    `rope_frequencies`.
    """
    rotary = checks.rotary(x, rotary)
    checks.rope(x, rotary, base, offset, start, interleaved, scaling, factor, original, limit)
    frequencies = rope_frequencies if torch.compiler.is_compiling() else _kept_frequencies
    freq, gain = frequencies(rotary, float(base), scaling, float(factor), original)
    wide, rows = checks.accumulator(x.dtype), x.shape[2]
    if offset is None:
        cos, sin = _table(rows, start, freq, gain, wide, x.device)
    else:
        first = start + offset.clamp(0, limit - rows)
        positions = first[:, None, None] + torch.arange(rows, device=x.device)
        cos, sin = _turn(positions, freq, gain, wide)
    turned = x[..., :rotary].to(wide)
    if interleaved:
        a, b = turned[..., 0::2], turned[..., 1::2]
        out = torch.stack([a * cos - b * sin, b * cos + a * sin], -1).flatten(-2)
    else:
        a, b = turned.chunk(2, -1)
        out = torch.cat([a * cos - b * sin, b * cos + a * sin], -1)
    out = out.to(x.dtype)
    return out if rotary == x.shape[-1] else torch.cat([out, x[..., rotary:]], -1)


def short_conv(x: Tensor, carried: Tensor, weight: Tensor) -> Tensor:
    """`msa.short_conv`: y[b, n, c] = sum over t < w of weight[t, c] x[b, n - (w - 1) + t, c].

    x B x N x d; carried B x (w - 1) x d, the rows before row 0; weight w x d, w from 2 to 16.
    """
    checks.short_conv(x, carried, weight)
    wide, rows = checks.accumulator(x.dtype), x.shape[1]
    full, w = torch.cat([carried, x], 1).to(wide), weight.to(wide)
    out = w[0] * full[:, :rows]
    for t in range(1, weight.shape[0]):
        out = out + w[t] * full[:, t:t + rows]
    return out.to(x.dtype)
