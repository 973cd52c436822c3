"""Longformer's attention as a pattern.

Hugging Face computes the sliding window of Longformer (arXiv 2004.05150) by chunks and finds global tokens at run
time, which torch.export can not follow. Here it is one attention with the pattern window | global, on the same
weights; the rows of the global tokens, which have projections of their own, are a second, small one.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from .. import ops
from ..errors import InvalidInput
from ..patterns import Document, Full, Global, Window


class LongformerAttention(nn.Module):
    """Replaces transformers' LongformerSelfAttention; `source` keeps its parameters.

    The first `count` tokens are global. Masked tokens may stand at the ends of a row only.
    """

    def __init__(self, source: nn.Module, count: int):
        super().__init__()
        for name in ("query", "key", "value", "query_global", "key_global", "value_global"):
            setattr(self, name, getattr(source, name))
        self.num_heads, self.head_dim = source.num_heads, source.head_dim
        self.side, self.count = source.one_sided_attn_window_size, count

    def _heads(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:2], self.num_heads, self.head_dim).transpose(1, 2)

    def forward(self, hidden_states: Tensor, attention_mask=None, is_index_masked=None, is_index_global_attn=None,
                is_global_attn=None, output_attentions: bool = False) -> tuple[Tensor, ...]:
        """hidden_states: B x N x d; is_index_masked: B x N (bool), tokens that are not there. The model's
        global_attention_mask is not read: which tokens are global is part of the pattern."""
        if output_attentions:
            raise InvalidInput("attention weights are not formed: call the model without output_attentions")
        b, n, d = hidden_states.shape
        scale = 1.0 / math.sqrt(self.head_dim)
        q, k, v = (self._heads(p(hidden_states)) for p in (self.query, self.key, self.value))
        local = Window(self.side, self.side)
        pattern = local | Global(self.count) if self.count else local
        documents = None
        if is_index_masked is not None:
            # 0 before the text, 1 in it, 2 after it: numbers that never decrease, as a document pattern wants.
            seen = (~is_index_masked).to(torch.int32).cumsum(1)
            after = (seen == seen[:, -1:]) & is_index_masked & (seen > 0)
            documents = ((seen > 0).to(torch.int32) + after.to(torch.int32)).to(torch.int32)
            pattern = pattern & Document()
        out, _ = ops.attend(q, k, v, pattern=pattern, scale=scale, documents=documents)
        if self.count:
            rows = hidden_states[:, :self.count]
            qg, kg, vg = self._heads(self.query_global(rows)), *(self._heads(p(hidden_states)) for p in
                                                                 (self.key_global, self.value_global))
            top, _ = ops.attend(qg, kg, vg, pattern=Document() & Full() if documents is not None else Full(),
                                scale=scale, documents=documents)
            out = torch.cat([top, out[:, :, self.count:]], 2)
        out = out.transpose(1, 2).reshape(b, n, d)
        if is_index_masked is not None:
            out = out.masked_fill(is_index_masked[..., None], 0.0)
        return (out,)


def longformer(model: nn.Module, *, global_tokens: int = 0) -> nn.Module:
    """Replaces the attention of a Longformer model in place and returns the model. `global_tokens`: how many tokens
    at the start of every row are global (1 for the classification token; 0 for none). Raises InvalidInput for other
    models."""
    found = [m for m in model.modules() if type(m).__name__ == "LongformerAttention" and hasattr(m, "self")
             and hasattr(m.self, "one_sided_attn_window_size")]
    if not found:
        raise InvalidInput(f"{type(model).__name__} has no Longformer attention")
    if not isinstance(global_tokens, int) or global_tokens < 0:
        raise InvalidInput(f"global_tokens is a number from 0, not {global_tokens!r}")
    for m in found:
        m.self = LongformerAttention(m.self, global_tokens).train(m.training)
    return model
