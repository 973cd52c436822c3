"""The carried window and the gated write into the bank."""

from __future__ import annotations

from typing import Optional, Sequence, Union

import torch
from torch import Tensor

from .. import checks


def carry(window: Tensor, segment: Tensor, length: Optional[Tensor] = None) -> Tensor:
    """`msa.carry`: the last W rows of (window ++ the first `length` rows of the segment); exact copies.

    window B x .. x W x c, segment B x .. x N x c (rank 3 or more, one dtype); length B (i64) in 0 .. N.
    """
    checks.carry(window, segment, length)
    rows, count = window.shape[-2], segment.shape[-2]
    if length is None:
        # No copy of what does not survive.
        if count >= rows:
            return segment[..., count - rows:, :].clone()
        return torch.cat([window[..., count:, :], segment], -2)
    full = torch.cat([window, segment], -2)
    index = length.clamp(0, count)[:, None] + torch.arange(rows, device=window.device)
    index = index.reshape(index.shape[0], *([1] * (window.dim() - 3)), rows, 1).expand(window.shape)
    return full.gather(-2, index)


def carry_(window: Tensor, segment: Tensor, length: Optional[Tensor] = None) -> Tensor:
    """`carry` into `window` itself, which is returned."""
    return window.copy_(carry(window, segment, length))


def stretched(x: Tensor, amount: float) -> Tensor:
    """clamp(x (1 + 2 amount) - amount, 0, 1): 0 and 1 are reached exactly, at finite inputs."""
    return (x * (1 + 2 * amount) - amount).clamp(0, 1)


def chosen(scores: Tensor, top: int) -> Tensor:
    """The `top` slots of highest score (B x K, bool): of equal scores the lower slot first, a NaN never."""
    bad = scores.isnan()
    order = scores.masked_fill(bad, float("-inf")).sort(dim=1, descending=True, stable=True).indices
    # -inf may be a score too: behind it come those that were NaN.
    last = bad.gather(1, order).to(torch.int8).sort(dim=1, stable=True).indices
    order = order.gather(1, last)[:, :top]
    return torch.zeros_like(bad).scatter(1, order, True) & ~bad


def bank_write(bank: Tensor, candidate: Tensor, weights: Sequence[Tensor], *, gate: str = "gru",
               per_slot: bool = False, stretch: float = 0.0, forget_bias: float = 1.0,
               top: Optional[int] = None, scores: Optional[Tensor] = None,
               length: Optional[Tensor] = None) -> Union[Tensor, tuple[Tensor, Tensor]]:
    """`msa.bank_write` (docs/spec.md, section 4): the bank after a gated write of the candidate.

    bank, candidate: B x K x d. weights, with c = d or 1 for a projection that is one number per slot: for
    each projection of the gate W (d x c, on the candidate), U (d x c, on the bank), b (c); gru: r, z, n;
    lstm: i, f, o, g.
    top, scores (B x K, f32): at most the `top` slots of highest score are written. length (B, i64): streams
    of length 0 or less are not written. What is not written, and where the gate says keep, keeps its bits.

    gru returns the new bank; lstm (new bank, read).
    """
    checks.bank_write(bank, candidate, weights, gate, per_slot, stretch, forget_bias, top, scores, length)
    wide = checks.accumulator(bank.dtype)
    m, c = bank.to(wide), candidate.to(wide)
    w = [x.to(wide) for x in weights]

    def project(i):
        return c @ w[3 * i] + m @ w[3 * i + 1] + w[3 * i + 2]

    read = None
    if gate == "gru":
        r, z = torch.sigmoid(project(0)), stretched(torch.sigmoid(project(1)), stretch)
        n = torch.tanh(c @ w[6] + w[8] + r * (m @ w[7]))
        new = torch.where(z <= 0, n, (1 - z) * n + z * m)
        kept = z >= 1
    else:
        i = stretched(torch.sigmoid(project(0)), stretch)
        f = stretched(torch.sigmoid(project(1) + forget_bias), stretch)
        kept = (f >= 1) & (i <= 0)
        new = f * m + i * torch.tanh(project(3))
        read = (torch.sigmoid(project(2)) * torch.tanh(torch.where(kept, m, new))).to(bank.dtype)
    if scores is not None:
        kept = kept | ~chosen(scores, top)[:, :, None]
    if length is not None:
        kept = kept | (length <= 0)[:, None, None]
    new = torch.where(kept, bank, new.to(bank.dtype))
    return new if read is None else (new, read)


def bank_write_(bank: Tensor, candidate: Tensor, weights: Sequence[Tensor], **options):
    """`bank_write` into `bank` itself. gru returns it; lstm (bank, read)."""
    new = bank_write(bank, candidate, weights, **options)
    if isinstance(new, tuple):
        return bank.copy_(new[0]), new[1]
    return bank.copy_(new)
