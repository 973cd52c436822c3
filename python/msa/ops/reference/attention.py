"""Attention over a segment, a carried window and a bank under one softmax; joining of partial results."""

from __future__ import annotations

from typing import Callable, Optional, Union

import torch
from torch import Tensor

from ...patterns import Full, Pattern, Points
from .. import checks
from ..scores import Score, as_score

NEGATIVE = float("-inf")


def keep(pattern: Pattern, batch: int, heads: int, kv_heads: int, queries: int, keys: int, window: int, *,
         position: Optional[Tensor] = None, length: Optional[Tensor] = None, offset: Optional[Tensor] = None,
         documents: Optional[Tensor] = None, blocks: Optional[Tensor] = None,
         device=None) -> Optional[Tensor]:
    """Which local keys each query keeps: bool, (B or 1) x (Hq or 1) x N x (W + M), the window first.

    None where everything is kept. Keys of the window before position 0 and keys of the segment from `length`
    on are not there."""
    if pattern == Full() and length is None and not window:
        return None
    zero = torch.zeros((1,), dtype=torch.int64, device=device)
    origin = (zero if position is None else position)[:, None, None, None]
    start = origin if offset is None else origin + offset[:, None, None, None]
    query = start + torch.arange(queries, device=device)[:, None]
    relative = torch.arange(-window, keys, device=device)
    key = origin + relative
    head = torch.arange(heads, device=device)[:, None, None] if pattern.uses_head else 0
    query_document = key_document = lists = None
    if documents is not None:
        last = documents.shape[1] - 1
        column = (query - origin + window).clamp(0, last)[:, 0, :, 0]
        rows = column.expand(batch, queries)
        query_document = documents.gather(1, rows)[:, None, :, None]
        key_document = documents[:, None, None, :]
    if blocks is not None:

        def lists(block):
            rows = block.clamp(0, blocks.shape[2] - 1).expand(batch, 1, queries, 1)
            rows = rows.expand(batch, kv_heads, queries, blocks.shape[3])
            return blocks.gather(2, rows).repeat_interleave(heads // kv_heads, 1)

    kept = pattern.keeps(Points(query, key, head, query_document, key_document, lists, origin))
    if window:
        kept = kept & ((key >= 0) | (relative >= 0))
    if length is not None:
        kept = kept & (relative < length[:, None, None, None])
    return kept


def scores_of(query: Tensor, key: Tensor, scale: float) -> Tensor:
    """scale * <q, k> with shared KV heads: B x Hq x N x M, for query B x Hq x N x D, key B x Hkv x M x D."""
    batch, heads, queries, dim = query.shape
    kv_heads, keys = key.shape[1], key.shape[2]
    if heads == kv_heads:
        return (query * scale) @ key.transpose(2, 3)
    folded = (query * scale).reshape(batch, kv_heads, heads // kv_heads * queries, dim)
    return (folded @ key.transpose(2, 3)).reshape(batch, heads, queries, keys)


def weighted(weights: Tensor, value: Tensor) -> Tensor:
    """weights (B x Hq x N x M) times value (B x Hkv x M x Dv), with shared KV heads."""
    batch, heads, queries, keys = weights.shape
    kv_heads = value.shape[1]
    if heads == kv_heads:
        return weights @ value
    folded = weights.reshape(batch, kv_heads, heads // kv_heads * queries, keys)
    return (folded @ value).reshape(batch, heads, queries, value.shape[3])


def softmax_weights(scores: Tensor) -> tuple[Tensor, Tensor]:
    """Softmax over the last dimension and its log-sum-exp. A row of -inf gives 0 and -inf, no gradient."""
    # The maximum cancels, so it needs no gradient.
    top = scores.detach().amax(-1, keepdim=True)
    empty = top == NEGATIVE
    top = torch.where(empty, 0.0, top)
    weights = torch.exp(scores - top)
    total = torch.where(empty, 1.0, weights.sum(-1, keepdim=True))
    lse = torch.where(empty, NEGATIVE, top + torch.log(total))
    return weights / total, lse.squeeze(-1)


def attend(query: Tensor, key: Tensor, value: Tensor, *, pattern: Pattern, scale: Optional[float] = None,
           window_key: Optional[Tensor] = None, window_value: Optional[Tensor] = None,
           bank_key: Optional[Tensor] = None, bank_value: Optional[Tensor] = None,
           bank_bias: Optional[Tensor] = None, position: Optional[Tensor] = None,
           length: Optional[Tensor] = None, offset: Optional[Tensor] = None,
           documents: Optional[Tensor] = None, blocks: Optional[Tensor] = None,
           score: Union[None, str, Score, Callable] = None) -> tuple[Tensor, Tensor]:
    """`msa.attend` (docs/spec.md, section 2): one softmax over the bank and the local keys that are kept.

    query B x Hq x N x D; key B x Hkv x M x D, value B x Hkv x M x Dv; window_key, window_value B x Hkv x W x
    D or Dv; bank_key, bank_value B x Hkv x K x D or Dv; bank_bias Hq (f32); position, length, offset B (i64);
    documents B x (W + M) (i32); blocks B x Hkv x Q x T (i32). scale: by default D ** -0.5.
    score: None, "softcap:30", "alibi", or a function of (scores B x Hq x N x (W + M), batch, head, query,
    key) on tensors of indices that broadcast, positions relative to `position`; it is not given the bank.

    Returns out (B x Hq x N x Dv, of the query's dtype) and lse (B x Hq x N, f32 or f64). A query that keeps
    no key gives 0 and -inf, and no gradient. Raises InvalidInput with the number of the broken constraint.
    """
    checks.attend(query, key, value, pattern, scale, window_key, window_value, bank_key, bank_value,
                  bank_bias, position, length, offset, documents, blocks)
    batch, heads, queries, dim = query.shape
    kv_heads, keys = key.shape[1], key.shape[2]
    scale = dim ** -0.5 if scale is None else scale
    wide = checks.accumulator(query.dtype)
    window = 0
    if window_key is not None:
        window = window_key.shape[2]
        key, value = torch.cat([window_key, key], 2), torch.cat([window_value, value], 2)
    q = query.to(wide)
    scores = scores_of(q, key.to(wide), scale)
    modify = as_score(score)
    if modify is not None:
        device = query.device
        at = torch.arange(queries, device=device)[:, None]
        if offset is not None:
            at = at + offset[:, None, None, None]
        scores = modify(scores,
                        torch.arange(batch, device=device)[:, None, None, None],
                        torch.arange(heads, device=device)[:, None, None], at,
                        torch.arange(-window, keys, device=device))
    kept = keep(pattern, batch, heads, kv_heads, queries, keys, window, position=position, length=length,
                offset=offset, documents=documents, blocks=blocks, device=query.device)
    if kept is not None:
        scores = torch.where(kept, scores, NEGATIVE)
    value = value.to(wide)
    if bank_key is not None:
        bank = scores_of(q, bank_key.to(wide), scale)
        if bank_bias is not None:
            bank = bank + bank_bias.to(wide)[:, None, None]
        scores, value = torch.cat([bank, scores], 3), torch.cat([bank_value.to(wide), value], 2)
    weights, lse = softmax_weights(scores)
    return weighted(weights, value).to(query.dtype), lse


def merge(a: Tensor, a_lse: Tensor, b: Tensor, b_lse: Tensor) -> tuple[Tensor, Tensor]:
    """`msa.merge`: attention over the union of two disjoint key sets (cascade merge, arXiv 2501.01005).

    a, b: .. x Dv; a_lse, b_lse: .. (f32 or f64). Where one side is empty (lse = -inf) the other is returned
    bit for bit; both empty gives 0 and -inf.
    """
    checks.merge(a, a_lse, b, b_lse)
    top = torch.maximum(a_lse, b_lse).detach()
    no_a, no_b = a_lse == NEGATIVE, b_lse == NEGATIVE
    top = torch.where(no_a & no_b, 0.0, top)
    weight_a, weight_b = torch.exp(a_lse - top), torch.exp(b_lse - top)
    total = torch.where(no_a & no_b, 1.0, weight_a + weight_b)
    lse = top + torch.log(total)
    lse = torch.where(no_a, b_lse, torch.where(no_b, a_lse, lse))
    wide = a_lse.dtype
    share_a, share_b = (weight_a / total)[..., None], (weight_b / total)[..., None]
    out = (share_a * a.to(wide) + share_b * b.to(wide)).to(a.dtype)
    both = no_a & no_b
    out = torch.where(no_a[..., None], b, torch.where(no_b[..., None], a, out))
    return torch.where(both[..., None], 0.0, out).to(a.dtype), lse
