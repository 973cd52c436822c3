"""What others compute the same with. A peer is a function of (case work, inputs, tiles) that returns a call; the call
returns the first output. What it needs besides (masks, concatenated keys, compilation) is made before, outside of
its time. A peer that can not do a case raises. A call with an attribute `scope` is made inside of that context."""

from __future__ import annotations

import contextlib

import torch
import torch.nn.functional as F

from . import layers, masks


def sdpa(backend):
    """Scaled dot product attention by one of PyTorch's backends."""
    def peer(work, inputs, tiles):
        from msa import Causal, Full
        from torch.nn.attention import SDPBackend, sdpa_kernel
        if work.bank or work.pattern not in (Causal(), Full()):
            raise NotImplementedError("SDPA has no such pattern without a dense mask")
        q, k, v = (inputs[x] for x in "qkv")
        causal, which = work.pattern == Causal(), getattr(SDPBackend, backend)

        def call():
            return F.scaled_dot_product_attention(q, k, v, is_causal=causal, scale=work.scale,
                                                  enable_gqa=work.group > 1)
        call.scope = lambda: sdpa_kernel(which)  # entered once for many calls: it costs the host time
        return call
    return peer


def stacked(backend):
    """The same where all keys are seen: queries that share keys are rows of one head, so that keys are read once."""
    inner = sdpa(backend)

    def peer(work, inputs, tiles):
        from dataclasses import replace
        if work.pattern.mlir != "#msa.full" or work.group == 1:
            raise NotImplementedError("needs grouped heads that see every key")
        one = replace(work, heads=work.kv, kv_heads=0, n=work.group * work.n, keys=work.m)
        shape = inputs["q"].shape
        call = inner(one, {**inputs, "q": inputs["q"].view(work.batch, work.kv, work.group * work.n, work.d)}, tiles)
        def viewed():
            return call().view(shape)
        viewed.scope = call.scope
        return viewed
    return peer


def flex(work, inputs, tiles):
    """torch.compile(flex_attention) over the concatenation of bank and local keys."""
    from torch.nn.attention.flex_attention import flex_attention
    fresh()
    mask = masks.block_mask(work, inputs, inputs["q"].device, tiles)
    k, v = (torch.cat([inputs[bank], inputs[x]], 2) if work.bank else inputs[x]
            for x, bank in (("k", "bank_k"), ("v", "bank_v")))
    compiled, q = torch.compile(flex_attention, dynamic=False), inputs["q"]
    return lambda: compiled(q, k, v, block_mask=mask, scale=work.scale, enable_gqa=work.group > 1)


def nsa(work, inputs, tiles):
    """The selected branch of Native Sparse Attention in Triton (fla-org), whose lists are of each token."""
    from fla.ops.nsa.parallel import parallel_nsa
    size = work.pattern.block_size
    q, k, v = (inputs[x].transpose(1, 2).contiguous() for x in "qkv")
    # B x KV x Q x T lists of blocks -> B x N x KV x T lists of tokens
    def of_tokens(x):
        return x.repeat_interleave(size, 2)[:, :, :work.n].transpose(1, 2).contiguous()
    indices, counts = of_tokens(inputs["blocks"].clamp(min=0).long()), of_tokens((inputs["blocks"] >= 0).sum(-1))
    ones = torch.ones(work.batch, work.n, work.heads, dtype=q.dtype, device=q.device)

    def call():
        out = parallel_nsa(q=q, k=k, v=v, g_slc=ones, block_indices=indices, block_counts=counts, block_size=size,
                           scale=work.scale)
        return (out[0] if isinstance(out, tuple) else out).transpose(1, 2)
    return call


def cublas(work, inputs, tiles):
    x, w = inputs["x"], inputs["w"]
    y = torch.empty(work.rows, work.columns, dtype=x.dtype, device=x.device)
    return lambda: torch.matmul(x, w, out=y)


def cublas_linear(work, inputs, tiles):
    """The weight as nn.Linear keeps it, columns x k."""
    x, w = inputs["x"], inputs["w"].T.contiguous()
    return lambda: F.linear(x, w)


def fresh():
    """Every case is compiled anew: after its limit of recompilations PyTorch falls back to dense masks silently."""
    torch.compiler.reset()
    for name in ("recompile_limit", "cache_size_limit"):
        if hasattr(torch._dynamo.config, name):
            setattr(torch._dynamo.config, name, 64)


def scope(call):
    return getattr(call, "scope", contextlib.nullcontext)()


PEERS = {"cudnn": ("cuDNN through SDPA", sdpa("CUDNN_ATTENTION")),
         "cudnn-rows": ("cuDNN through SDPA, grouped heads as rows", stacked("CUDNN_ATTENTION")),
         "fa2": ("FlashAttention-2 through SDPA", sdpa("FLASH_ATTENTION")),
         "math": ("SDPA, dense", sdpa("MATH")),
         "flex": ("torch.compile(flex_attention), block mask", flex),
         "cublas": ("cuBLAS, torch.matmul", cublas), "cublas-linear": ("cuBLAS, F.linear", cublas_linear),
         "layer": ("torch.compile with FlexAttention", layers.compiled),
         "layer-graph": ("torch.compile with FlexAttention, as a CUDA graph", layers.recorded),
         "nsa": ("fla-org NSA, selected branch", nsa)}
