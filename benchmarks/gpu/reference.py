"""Attention in float64 by rows, and the same computed densely in the type of the inputs: the measure of what is right.

A result in bf16 or f16 is right where its error is at most twice that of the dense computation in PyTorch at that
precision, + 1e-5 (FlashAttention's rule). The log-sum-exp is of f32 in all types: scores are sums in f32 of exact
products, so it must be right to LSE."""

from __future__ import annotations

import torch

from . import layers, masks
from .work import Product

SLACK = 1e-5
NORM = 1e-2      # greatest ||a - b|| / ||b|| of attention in 16 bits: the first rule lets single elements be far off
LSE = 2e-5       # greatest |a - b| / max(|b|, rms b): a lost key of 2048 is three times that
ROWS = 512       # at a time


def rows_of(n, device, wanted=256, seed=5):
    """Rows to look at of n: all where they are few; else the ends, edges of tiles and of blocks, and random ones."""
    if n <= 8 * wanted:
        return torch.arange(n, device=device)
    edges = {x + e for x in (0, 64, 128, 192, 256, 1024, 4096, n // 2, n) for e in (-2, -1, 0, 1)}
    draw = torch.randint(0, n, (wanted,), generator=torch.Generator().manual_seed(seed))
    return torch.tensor(sorted({x for x in edges if 0 <= x < n} | set(draw.tolist())), device=device)


def attend(work, inputs, rows, dtype=torch.float64):
    """(out, lse) of rows (int64) of all heads and the batch: B x H x R x D, B x H x R. With float64 the reference; with
    another dtype dense attention as PyTorch computes it in that type, and its lse from scores in f32."""
    q, exact = inputs["q"], dtype == torch.float64
    out = torch.empty(work.batch, work.heads, len(rows), work.d, dtype=dtype, device=q.device)
    lse = torch.empty(work.batch, work.heads, len(rows), dtype=dtype if exact else torch.float32, device=q.device)
    alike = not masks.heads_differ(work)
    for a in range(0, len(rows), ROWS):
        part = rows[a:a + ROWS]
        keep = masks.keep_rows(work, part) if alike else None
        for b in range(work.batch):
            for g in range(work.kv):
                k, v = (torch.cat([inputs[bank][b, g], inputs[x][b, g]]) if work.bank else inputs[x][b, g]
                        for x, bank in (("k", "bank_k"), ("v", "bank_v")))
                k, v = k.to(dtype), v.to(dtype)
                blocks = masks.lists_of(work, inputs, b, g)
                for h in range(g * work.group, (g + 1) * work.group):
                    if not alike:
                        keep = masks.keep_rows(work, part, h, blocks)
                    s = (q[b, h, part].to(dtype) @ k.T) * work.scale
                    s = s.masked_fill(~keep, float("-inf"))
                    lse[b, h, a:a + ROWS] = (s if exact else s.float()).logsumexp(-1)
                    # A row that keeps no key gives 0.
                    out[b, h, a:a + ROWS] = torch.nan_to_num(s.softmax(-1), nan=0.0) @ v
    return out, lse


def error(got, want):
    """Greatest |got - want| / max(|want|, rms of want); equal infinities are equal, NaN is infinitely wrong."""
    got, want = got.double(), want.double()
    finite = torch.isfinite(want)
    if bool(((got != want) & ~finite).any()):
        return float("inf")
    rms = want[finite].square().mean().sqrt().clamp(min=1e-300) if bool(finite.any()) else 1.0
    found = torch.where(finite, (got - want).abs() / want.abs().clamp(min=rms), 0.0)
    worst = float(found.max()) if found.numel() else 0.0
    return worst if worst == worst else float("inf")


class Truth:
    """What the rows of a case must be, and how far off a result may be: `bounds`, by name of output."""

    def __init__(self, work, inputs, rows):
        self.rows = rows
        out, lse = attend(work, inputs, rows)
        dense, _ = attend(work, inputs, rows, inputs["q"].dtype)
        self.wanted, self.dense = {"out": out, "lse": lse}, error(dense, out)
        self.bounds = {"out": 2 * self.dense + SLACK, "lse": LSE, "out in norm": NORM}

    def errors(self, outputs):
        """outputs: name -> whole result, B x H x N x D for out, B x H x N for lse."""
        found = {name: error(x[:, :, self.rows], self.wanted[name]) for name, x in outputs.items()}
        want, got = self.wanted["out"], outputs["out"][:, :, self.rows].double()
        return {**found, "out in norm": float((got - want).norm() / want.norm())}


class ProductTruth:
    def __init__(self, work, inputs, rows):
        self.rows = rows
        x, w = inputs["x"][rows], inputs["w"]
        self.wanted = {"y": x.double() @ w.double()}
        self.dense = error(x @ w, self.wanted["y"])
        self.bounds = {"y": 2 * self.dense + SLACK}

    def errors(self, outputs):
        return {"y": error(outputs["y"][self.rows], self.wanted["y"])}


def judge(truth, outputs):
    """(what is wrong with all outputs of a case, errors by name); no errors where some were not written."""
    unwritten = sum(int(torch.isnan(x).sum()) for x in outputs.values())
    if unwritten:
        return [f"{unwritten} elements are NaN or were not written"], {}
    errors = truth.errors(outputs)
    return [f"{key} is off by {e:.3g}, allowed are {truth.bounds[key]:.3g}" for key, e in errors.items()
            if not e <= truth.bounds[key]], errors


def truth(work, inputs, device):
    if isinstance(work, Product):
        return ProductTruth(work, inputs, rows_of(work.rows, device))
    if isinstance(work, layers.Layer):
        return layers.Truth(work, inputs)
    return Truth(work, inputs, rows_of(work.n, device))
