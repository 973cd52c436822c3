"""The attention function of `attn_implementation="msa"`: exact attention of the model as it is, by
msa.ops.attend."""

from __future__ import annotations

from typing import Any, Optional

import torch
from torch import Tensor, nn

from .. import ops
from ..errors import InvalidInput
from ..ops.backend import needs_gradient
from ..patterns import Causal, Full, Pattern, Window
from .masks import MaskRule, from_tensor, tracing

_REFUSED = {
    "position_bias": "a bias of positions that is added to the scores",
    "s_aux": "learned sinks in the softmax",
    "head_mask": "a mask of heads",
    "output_attentions": "attention weights as an output (they are never formed)",
}


def own_pattern(module: nn.Module, is_causal: Optional[bool], sliding_window: Optional[int]) -> Pattern:
    """What a layer says of itself, where no mask does."""
    causal = getattr(module, "is_causal", True) if is_causal is None else is_causal
    if sliding_window:
        return Window(sliding_window - 1) if causal else Window(sliding_window, sliding_window)
    return Causal() if causal else Full()


def capacity(rows: int) -> int:
    """Least size of the form 4..7 * 2^k that holds `rows`. Kernels are compiled for sizes; so a conversation
    that grows token by token needs four in each doubling of its length, and at most a quarter of the rows is
    padding."""
    step = 1 << max(rows.bit_length() - 3, 3)
    return -(-rows // step) * step


def _padded(x: Optional[Tensor], rows: int, dim: int = 2) -> Optional[Tensor]:
    if x is None or x.shape[dim] == rows:
        return x
    shape = list(x.shape)
    shape[dim] = rows - x.shape[dim]
    return torch.cat([x, x.new_zeros(shape)], dim)


def _without(query: Tensor, key: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
    """query and key with channels more: 1 in each query and -inf in each key that is hidden (B x M), 0 in
    others. A score of -inf counts as not kept, so that any set of keys can be left out without a mask of
    pairs."""
    extra = 8 - query.shape[3] % 8
    rows, keys = query.shape[:3], key.shape[:3]
    query = torch.cat([query, query.new_ones((*rows, 1)), query.new_zeros((*rows, extra - 1))], 3)
    low = torch.where(hidden, float("-inf"), 0.0).to(key.dtype)[:, None, :, None].expand(*keys, 1)
    low = torch.cat([low, key.new_zeros((*keys, extra - 1))], 3)
    return query, torch.cat([key, low], 3)


def attention(module: nn.Module, query: Tensor, key: Tensor, value: Tensor, attention_mask: Any,
              dropout: float = 0.0, scaling: Optional[float] = None, is_causal: Optional[bool] = None,
              softcap: Optional[float] = None, sliding_window: Optional[int] = None,
              **options: Any) -> tuple[Tensor, None]:
    """Attention with the signature of Transformers: query B x Hq x N x D, key and value B x Hkv x M x D;
    returns B x N x Hq x Dv and None. Compiled where no gradients are needed, the reference where they are.

    attention_mask: a MaskRule; None where a model has none (the layer's own `is_causal` then counts); or a
    4-D mask that is a pattern. Raises InvalidInput for what would otherwise be left out silently: dropout,
    biases, other masks.
    """
    for name, what in _REFUSED.items():
        if options.get(name) is not None and options[name] is not False:
            raise InvalidInput(f"attn_implementation=\"msa\" has no {what} ({name}); use \"eager\" for this "
                               "model")
    if dropout:
        raise InvalidInput(f"attn_implementation=\"msa\" drops no attention weights, and dropout is "
                           f"{dropout}: set the config's attention_dropout (attn_pdrop in GPT-2) to 0, or "
                           "call model.eval()")
    batch, _, queries, dim = query.shape
    keys = key.shape[2]
    scale = dim ** -0.5 if scaling is None else float(scaling)
    rule = attention_mask
    if isinstance(rule, Tensor):
        rule = from_tensor(rule, batch, queries, keys, own_pattern(module, is_causal, sliding_window))
    elif rule is None:
        pattern = own_pattern(module, is_causal, sliding_window)
        if pattern != Full() and queries != keys and queries != 1:
            raise InvalidInput(f"{queries} queries and {keys} keys without a mask: where the queries stand "
                               "is not known. Call msa.hf.register(), so that Transformers makes masks for "
                               "\"msa\"")
        rule = MaskRule(pattern, queries, keys, keys - queries if pattern != Full() else 0)
    elif not isinstance(rule, MaskRule):
        raise InvalidInput(f"attention_mask must be a mask of msa or a tensor, not {type(rule).__name__}; "
                           "call msa.hf.register() and give a 2-D mask of the tokens that are there")
    if rule.keys != keys or rule.queries != queries:
        raise InvalidInput(f"the mask is for {rule.queries} queries and {rule.keys} keys, and there are "
                           f"{queries} and {keys}: the cache and the mask do not agree")
    length, documents, offset = rule.length, rule.documents, rule.offset
    if rule.hidden is not None:
        query, key = _without(query, key, rule.hidden)
    if isinstance(offset, Tensor):
        offset = offset.to(query.device, torch.int64).expand(batch)
    elif rule.pattern == Full():
        offset = None
    elif not (isinstance(offset, int) and offset == 0):
        offset = torch.full((batch,), offset, dtype=torch.int64, device=query.device)
    else:
        offset = None
    if not tracing(query) and not needs_gradient((query, key, value)):
        # Sizes are rounded up, so that another length is not another compilation.
        n, m = (1 if queries == 1 else capacity(queries)), capacity(keys)
        if m != keys and length is None:
            length = torch.full((batch,), keys, dtype=torch.int64, device=query.device)
        if n != queries or m != keys:
            query, key, value = _padded(query, n), _padded(key, m), _padded(value, m)
            if documents is not None and m != keys:
                documents = torch.cat([documents, documents[:, -1:].expand(-1, m - keys)], 1)
    out, _ = ops.attend(query, key, value, pattern=rule.pattern, scale=scale, length=length, offset=offset,
                        documents=documents, score=None if softcap is None else f"softcap:{float(softcap)!r}")
    return out[:, :, :queries].transpose(1, 2).contiguous(), None
