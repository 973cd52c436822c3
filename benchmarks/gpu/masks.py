"""Which pairs a case keeps: by rows for the reference, by tiles for FlexAttention's block mask. Never N x N at once.

Keys are counted as FlexAttention sees them: the bank's slots first, then the local keys."""

from __future__ import annotations

import functools
import operator

import torch
from msa import All, Any, Blocks, Causal, Full, Global, Random, Strided, Window

TILE = 128         # FlexAttention's block size, queries and keys
STRIP = 1 << 27    # pairs that are evaluated at a time


def keep_rows(work, rows, head=0, blocks=None):
    """Bool, len(rows) x (bank + keys): the pairs that rows (int64 on the device) of a head keep. blocks: Q x T of
    the KV head."""
    local = work.pattern.mask(rows, torch.arange(work.m, device=rows.device), head=head, blocks=blocks)
    return torch.nn.functional.pad(local, (work.bank, 0), value=True) if work.bank else local


def heads_differ(work):
    return work.pattern.uses_head or bool(work.listed)


def lists_of(work, inputs, batch, kv_head):
    return inputs["blocks"][batch, kv_head].long() if work.listed else None


def counts(work, inputs, device, batch=0, tile=TILE):
    """int32, heads x query tiles x key tiles (one head where all are alike): kept pairs of every tile."""
    every = range(work.heads) if heads_differ(work) else range(1)
    total = work.bank + work.m
    wide = -(-total // tile)
    strip = max(1, STRIP // (total * tile)) * tile
    out = torch.zeros(len(every), -(-work.n // tile), wide, dtype=torch.int32, device=device)
    for h in every:
        if h % work.group and not work.pattern.uses_head:
            out[h] = out[h - 1]  # the KV head's list is the same
            continue
        blocks = lists_of(work, inputs, batch, h // work.group)
        for begin in range(0, work.n, strip):
            rows = torch.arange(begin, min(begin + strip, work.n), device=device)
            keep = keep_rows(work, rows, h, blocks)
            keep = torch.nn.functional.pad(keep, (0, wide * tile - total, 0, -len(rows) % tile))
            found = keep.view(-1, tile, wide, tile).sum((1, 3), dtype=torch.int32)
            out[h, begin // tile: begin // tile + len(found)] = found
    return out


def kept_pairs(work, inputs, device, tiles=None):
    """Of all heads and the batch. tiles: `counts` where they are known already (of a batch of one)."""
    total = 0
    for b in range(work.batch if work.listed else 1):
        found = counts(work, inputs, device, b) if tiles is None or b else tiles
        total += int(found.sum(dtype=torch.int64)) * (1 if heads_differ(work) else work.heads)
    return total if work.listed else total * work.batch


def rule(work, inputs):
    """FlexAttention's mask_mod of the pattern, over bank and local keys. It is asked in partial tiles only, so that
    a member of an intersection that keeps or drops whole tiles need not be evaluated: the tiles say it."""
    bank = work.bank
    local = _rule(work.pattern, work, inputs)
    if not bank:
        return local

    def with_bank(b, h, i, j):
        return (j < bank) | local(b, h, i, j - bank)
    return with_bank


def _rule(p, work, inputs):
    if isinstance(p, (Any, All)):
        members = p.members
        if isinstance(p, All):
            whole = isinstance(work.pattern, All) and work.bank % TILE == 0 and p is work.pattern
            tiled = [m for m in members if isinstance(m, Blocks) and m.size % TILE == 0] if whole else []
            members = [m for m in members if m not in tiled] or members[:1]
        rules = [_rule(m, work, inputs) for m in members]
        join = operator.or_ if isinstance(p, Any) else operator.and_
        return lambda b, h, i, j: functools.reduce(join, [f(b, h, i, j) for f in rules])
    if isinstance(p, Full):
        return lambda b, h, i, j: j == j
    if isinstance(p, Causal):
        return lambda b, h, i, j: j <= i
    if isinstance(p, Window):
        left, right, dilation = p.left, p.right, p.dilation
        if dilation != 1:
            return lambda b, h, i, j: (j >= i - left) & (j <= i + right) & ((i - j) % dilation == 0)
        return lambda b, h, i, j: (j >= i - left) & (j <= i + right)
    if isinstance(p, Strided):
        stride = p.stride
        # j is negative for slots of the bank, which the caller keeps anyway.
        return lambda b, h, i, j: j % stride == stride - 1
    if isinstance(p, Global):
        count = p.count
        return lambda b, h, i, j: (j < count) | (i < count)
    if isinstance(p, (Random, Blocks)):
        size, group, table = p.size, work.group if isinstance(p, Blocks) else 1, block_table(p, work, inputs)
        return lambda b, h, i, j: table[h // group, i // size, torch.clamp(j, min=0) // size]
    raise NotImplementedError(f"no mask of FlexAttention is known for {p.mlir}")


def block_table(p, work, inputs):
    """Bool, heads x query blocks x key blocks: what a Random or Blocks member names. KV heads for Blocks."""
    device = inputs["q"].device
    rows = torch.arange(0, work.n, p.size, device=device)
    columns = torch.arange(0, work.m, p.size, device=device)
    if isinstance(p, Random):
        return torch.stack([p.mask(rows, columns, head=h) for h in range(work.heads)])
    return torch.stack([p.mask(rows, columns, blocks=lists_of(work, inputs, 0, h)) for h in range(work.kv)])


def block_mask(work, inputs, device, tiles=None):
    """A BlockMask from the tiles: full ones need no mask, empty ones are not visited."""
    from torch.nn.attention.flex_attention import BlockMask
    if work.batch > 1 and work.listed:
        raise NotImplementedError("block lists that differ in a batch")
    tiles = counts(work, inputs, device) if tiles is None else tiles
    full = tiles == TILE * TILE  # tiles that stick out at an end are partial, as PyTorch makes them
    partial = (tiles > 0) & ~full
    return BlockMask.from_kv_blocks(*ordered(partial[None]), *ordered(full[None]), BLOCK_SIZE=TILE,
                                    mask_mod=rule(work, inputs), seq_lengths=(work.n, work.bank + work.m))


def ordered(dense):
    """(number, indices) of the true elements of the last axis, those first and in order: int32."""
    indices = torch.argsort(dense.to(torch.int8), dim=-1, descending=True, stable=True)
    return dense.sum(-1, dtype=torch.int32), indices.to(torch.int32).contiguous()
