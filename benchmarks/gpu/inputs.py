"""Random inputs of a case, drawn on the device from a seed."""

from __future__ import annotations

import torch

from . import layers

DTYPES = {"bf16": torch.bfloat16, "f16": torch.float16, "f32": torch.float32, "i32": torch.int32,
          "i64": torch.int64}


def draw(work, device, seed=1, spread=1.0):
    """Name -> tensor. Normal numbers; queries times `spread`, so that scores are wide where it is large."""
    if isinstance(work, layers.Layer):
        return layers.draw(work, device, seed)
    generator = torch.Generator(device).manual_seed(seed)
    out = {}
    for name, (shape, dtype) in work.inputs.items():
        if name == "blocks":
            out[name] = draw_lists(work, shape, device, generator)
            continue
        x = torch.empty(shape, dtype=DTYPES[dtype], device=device).normal_(generator=generator)
        if name == "w":
            x.mul_(shape[0] ** -0.5)  # weights: results are of the size of x
        out[name] = x.mul_(spread) if name == "q" else x
    return out


def draw_lists(work, shape, device, generator):
    """For each query block its own block last, and before it different earlier ones, in order; -1 where there are not
    so many: what a causal router gives."""
    b, kv, blocks, listed = shape
    out = torch.full(shape, -1, dtype=torch.int32, device=device)
    score = torch.rand(b, kv, blocks, blocks, device=device, generator=generator)
    index = torch.arange(blocks, device=device)
    score.masked_fill_(index >= index[:, None], -1.0)  # earlier blocks only
    best, at = score.topk(min(listed - 1, blocks), -1)
    at = torch.where(best >= 0, at, -1).sort(-1, descending=False).values
    out[..., :at.shape[-1]] = at.to(torch.int32)
    out[..., -1] = index.to(torch.int32)
    return out
