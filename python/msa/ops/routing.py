"""Learned, content-routed attention: which key blocks a query block attends to.

A router scores key blocks by pooled keys and the best are listed for `msa.Blocks`. A hard choice passes no
gradient to what chose, so the router learns by two other ways (both can be used):

    the score in the output path   `routed_attend` weighs each routed block by the router's probability of it
    the dense teacher              `route_loss`: divergence of the router from dense attention

In a causal model the choice for a query block may depend on nothing later than its first query, and only
whole earlier blocks are routed; the blocks around the query itself are local and always kept.
"""

from __future__ import annotations

from typing import NamedTuple, Optional

import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import InvalidInput
from ..patterns import Blocks, Causal
from . import attend, checks, merge
from .reference.attention import NEGATIVE, scores_of, softmax_weights


class Routing(NamedTuple):
    """blocks: B x Hkv x Q x T (i32), the chosen key blocks of each query block, -1 where there are fewer;
    scores: the router's log-probability of each (-inf for -1); log_probability: of all key blocks,
    B x Hkv x Q x (key blocks)."""

    blocks: Tensor
    scores: Tensor
    log_probability: Tensor


def _candidates(queries: int, keys: int, local: int, causal: bool, device) -> Tensor:
    """Which key blocks may be routed to: Q x (key blocks), bool. The `local` blocks up to the query's own may
    not."""
    q, k = torch.arange(queries, device=device)[:, None], torch.arange(keys, device=device)
    before = k <= q - local
    return before if causal else before | (k > q)


def _pooled_keys(key: Tensor, size: int, length: Optional[Tensor]) -> tuple[Tensor, Tensor]:
    """Mean key of each block (B x Hkv x blocks x D) and whether the block holds any (B or 1 x blocks)."""
    rows = key.shape[2]
    there = torch.arange(rows, device=key.device)[None]
    there = there < (rows if length is None else length[:, None])
    pad = -rows % size
    weight = F.pad(there.to(key.dtype), (0, pad)).unflatten(1, (-1, size))
    total = F.pad(key, (0, 0, 0, pad)).unflatten(2, (-1, size)) * weight[:, None, :, :, None]
    count = weight.sum(2)
    return total.sum(3) / count.clamp(min=1)[:, None, :, None], count > 0


def route(query: Tensor, key: Tensor, *, size: int, top: int, scale: Optional[float] = None, local: int = 1,
          causal: bool = True, length: Optional[Tensor] = None) -> Routing:
    """The `top` key blocks of highest score for each query block and KV head.

    query: B x Hq x N x D and key: B x Hkv x M x D, the router's own projections or those of attention; both
    count from the segment's first token. A query block is the mean over the heads of its group and, unless
    causal, over its queries (causal: its first query); a key block the mean of its keys. size: positions of a
    block; local: that many blocks up to the query's own are not routed. length: B (i64), keys that are there.
    """
    for name, x in (("query", query), ("key", key)):
        checks.tensor("route", "shape", name, x, 4, checks.FLOATS, query.device if name == "key" else None)
    batch, heads, queries, dim = query.shape
    kv_heads = key.shape[1]
    checks.shape("route", "shape", "key", key, (batch, kv_heads, key.shape[2], dim))
    if heads % kv_heads:
        raise InvalidInput(f"msa.ops.route: query heads {heads} must be a multiple of KV heads {kv_heads}")
    for name, value in (("size", size), ("top", top), ("local", local)):
        checks.number("route", "shape", name, value, 1, None, whole=True)
    checks.per_stream("route", "shape", "length", length, batch, query.device)
    grouped = query.unflatten(1, (kv_heads, -1)).mean(2)
    if causal:
        pooled = grouped[:, :, ::size]
    else:
        pooled, _ = _pooled_keys(grouped, size, None)
    block, there = _pooled_keys(key, size, length)
    wide = checks.accumulator(query.dtype)
    logits = scores_of(pooled.to(wide), block.to(wide), dim ** -0.5 if scale is None else scale)
    allowed = _candidates(pooled.shape[2], block.shape[2], local, causal, query.device) & there[:, None,
                                                                                                None, :]
    logits = torch.where(allowed, logits, NEGATIVE)
    _, total = softmax_weights(logits)
    log_probability = logits - torch.where(total == NEGATIVE, 0.0, total)[..., None]
    count = min(top, block.shape[2])
    scores, blocks = log_probability.topk(count, dim=-1)
    blocks = torch.where(scores == NEGATIVE, -1, blocks).to(torch.int32)
    if count < top:
        blocks, scores = F.pad(blocks, (0, top - count), value=-1), F.pad(scores, (0, top - count),
                                                                          value=NEGATIVE)
    return Routing(blocks, scores, log_probability)


def routed_attend(query: Tensor, key: Tensor, value: Tensor, routing: Routing, *, size: int, local: int = 1,
                  scale: Optional[float] = None, score_in_path: bool = True, causal: bool = True,
                  position: Optional[Tensor] = None, length: Optional[Tensor] = None,
                  bank_key: Optional[Tensor] = None, bank_value: Optional[Tensor] = None,
                  bank_bias: Optional[Tensor] = None, backend: Optional[str] = None) -> tuple[Tensor, Tensor]:
    """Attention over the local blocks, the bank and the routed blocks under one softmax: (out, lse).

    Arguments as of `msa.ops.attend` and `route` (with the same size, local and causal). With score_in_path
    the score of each key in a routed block is raised by the router's log-probability of the block, through
    which the router has gradients; else it is as if the block were listed. The parts are disjoint and joined
    by `merge`.
    """
    count = -(-query.shape[2] // size)
    own = torch.arange(count, device=query.device)[:, None] - torch.arange(local, device=query.device)
    own = own.clamp(min=-1).to(torch.int32).expand(query.shape[0], key.shape[1], -1, -1)
    common = dict(scale=scale, position=position, length=length, backend=backend)
    near = Causal() & Blocks(size) if causal else Blocks(size)
    out, lse = attend(query, key, value, pattern=near, blocks=own, bank_key=bank_key, bank_value=bank_value,
                      bank_bias=bank_bias, **common)
    group = query.shape[1] // key.shape[1]
    for t in range(routing.blocks.shape[3]):
        part, part_lse = attend(query, key, value, pattern=Blocks(size), blocks=routing.blocks[..., t:t + 1],
                                **common)
        if score_in_path:
            raised = routing.scores[..., t].repeat_interleave(group, 1).repeat_interleave(size, 2)
            part_lse = part_lse + raised[:, :, :query.shape[2]].to(part_lse.dtype)
        out, lse = merge(out, lse, part, part_lse, backend=backend)
    return out, lse


def route_loss(query: Tensor, key: Tensor, routing: Routing, *, size: int, scale: Optional[float] = None,
               local: int = 1, causal: bool = True, length: Optional[Tensor] = None) -> Tensor:
    """Mean divergence KL(dense attention's mass per key block || router), a number: teaches the router while
    (or before) routing is hard. query and key are attention's; they get no gradient from it. Dense: memory
    grows with N x M."""
    query, key = query.detach(), key.detach()
    wide = checks.accumulator(query.dtype)
    queries, keys, kv_heads = query.shape[2], key.shape[2], key.shape[1]
    q_blocks, k_blocks = routing.log_probability.shape[2:]
    scores = scores_of(query.to(wide), key.to(wide), query.shape[3] ** -0.5 if scale is None else scale)
    allowed = _candidates(q_blocks, k_blocks, local, causal, query.device)
    allowed = allowed.repeat_interleave(size, 0)[:queries].repeat_interleave(size, 1)[:, :keys]
    if length is not None:
        allowed = allowed & (torch.arange(keys, device=key.device) < length[:, None, None, None])
    mass, _ = softmax_weights(torch.where(allowed, scores, NEGATIVE))
    mass = F.pad(mass, (0, -keys % size, 0, -queries % size))
    mass = mass.unflatten(3, (k_blocks, size)).sum(4).unflatten(2, (q_blocks, size)).sum(3)
    mass = mass.unflatten(1, (kv_heads, -1)).sum(2)
    total = mass.sum(-1, keepdim=True)
    target = mass / torch.where(total > 0, total, 1.0)
    routed = torch.where(target > 0, routing.log_probability, 0.0)
    divergence = (torch.special.xlogy(target, target) - target * routed).sum(-1)
    return divergence.sum() / (total > 0).sum().clamp(min=1)
