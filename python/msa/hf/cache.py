"""The cache of converted models: bank, window and unfinished segment of each layer; its size never grows."""

from __future__ import annotations

from typing import Any, Iterator, Optional

import torch
from torch import Tensor

from transformers.cache_utils import Cache, CacheLayerMixin, DynamicCache

from ..errors import InvalidInput


def put(buffer: Tensor, rows: Tensor, start: list[int], take: Optional[list[int]], dim: int) -> Tensor:
    """`buffer` with row i of stream b of `rows` at row start[b] + i of dimension `dim`.

    take: rows of each stream that count; None: all, and all streams start at one row. In place where no
    gradient can want the old rows, else a new tensor."""
    if take is None:
        first, last = start[0], start[0] + rows.shape[dim]
        if torch.compiler.is_compiling() or torch.is_grad_enabled() or buffer.requires_grad \
                or buffer.is_inference() and not torch.is_inference_mode_enabled():
            parts = [rows.to(buffer.dtype)]
            if first:
                parts.insert(0, buffer.narrow(dim, 0, first))
            if last < buffer.shape[dim]:
                parts.append(buffer.narrow(dim, last, buffer.shape[dim] - last))
            return torch.cat(parts, dim)
        buffer.narrow(dim, first, rows.shape[dim]).copy_(rows)
        return buffer
    shape = [1] * buffer.dim()
    shape[0], shape[dim] = buffer.shape[0], buffer.shape[dim]
    index = torch.arange(buffer.shape[dim]) - torch.tensor(start)[:, None]
    inside = ((index >= 0) & (index < torch.tensor(take)[:, None])).to(buffer.device).reshape(shape)
    index = index.clamp(0, rows.shape[dim] - 1).to(buffer.device).reshape(shape)
    return torch.where(inside, rows.gather(dim, index.expand(buffer.shape)).to(buffer.dtype), buffer)


class MemoryLayer(CacheLayerMixin):
    """State of one converted layer for B streams.

    bank          B x K x d, the memory; read: what an lstm's bank shows (both None without slots)
    window_key    B x Hkv x W x D, keys before the segment, not rotated; window_value (None without a window)
    key, value    B x Hkv x S x D, of the unfinished segment, keys not rotated; rows from `count` on mean
    nothing
    inputs        B x (conv - 1 + S) x d, what the convolution reads (None without one)
    count         tokens of the unfinished segment, of each stream; position: of its first token (64-bit)
    seen          tokens that the layer was given, with padding: what Transformers takes for the cache's
                  length

    Kept only to save work, rebuilt at need: turned_window and turned_key (rotated relative to the segment),
    bank_key and bank_value (projections of the bank).
    """

    STATE = ("bank", "read", "window_key", "window_value", "key", "value", "inputs")
    DERIVED = ("turned_window", "turned_key", "bank_key", "bank_value")
    is_compileable = False
    is_sliding = False
    supports_early_init = False

    def __init__(self, segment: int, slots: int = 0, **kwargs: Any):
        super().__init__()
        self.segment, self.slots = segment, slots
        self._clear()

    def _clear(self) -> None:
        self.is_initialized = False
        self.seen = 0
        self.count: list[int] = []
        self.position: list[int] = []
        self.signature: Optional[tuple] = None
        # B x (last columns), on the host: whether they were tokens; None where no padding was ever seen.
        self.columns: Optional[Tensor] = None
        for name in self.STATE + self.DERIVED:
            setattr(self, name, None)

    def tensors(self) -> Iterator[tuple[str, Tensor]]:
        for name in self.STATE + self.DERIVED:
            if getattr(self, name) is not None:
                yield name, getattr(self, name)

    @property
    def nbytes(self) -> int:
        """Bytes of all tensors. Constant from the first whole segment on."""
        # turned_key is key itself where there is no rotation.
        return sum(t.numel() * t.element_size() for t in {id(t): t for _, t in self.tensors()}.values())

    @property
    def batch_size(self) -> int:
        if not self.is_initialized:
            raise AttributeError("batch_size: the cache has seen nothing yet")
        return len(self.count)

    @property
    def aligned(self) -> bool:
        """Whether all streams stand at one place of their segments."""
        return min(self.count) == max(self.count)

    @property
    def is_croppable(self) -> bool:
        return False    # not past the start of the segment

    # --- What Transformers asks -----------------------------------------------------------------------------

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        raise InvalidInput("a MemoryCache is filled by the attention of a model that msa.hf.convert made; "
                           "this model is not converted")

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any):
        self.lazy_initialization(key_states, value_states)

    def get_seq_length(self) -> int:
        return self.seen

    def get_max_length(self) -> int:
        return -1

    def get_max_cache_shape(self) -> int:
        return -1

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Masks are for the new tokens only: what is older is the layer's own business."""
        return query_length, self.seen

    # --- Changes --------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """As new: bank, window and segment are dropped; the next tokens start from the learned slots."""
        self._clear()

    def _each(self, function) -> None:
        for name, t in list(self.tensors()):
            setattr(self, name, function(t))

    def _rows(self, indices: Tensor) -> None:
        if not self.is_initialized:
            return
        index = torch.as_tensor(indices).cpu()
        index = index.nonzero()[:, 0] if index.dtype == torch.bool else index.long()
        if index.dim() != 1 or index.numel() == 0 or int(index.min()) < -len(self.count) \
                or int(index.max()) >= len(self.count):
            raise InvalidInput(f"indices of streams must lie in [0, {len(self.count) - 1}], got {indices}")
        index = index % len(self.count)
        self._each(lambda t: t.index_select(0, index.to(t.device)))
        self.count = [self.count[i] for i in index.tolist()]
        self.position = [self.position[i] for i in index.tolist()]
        self.columns = None if self.columns is None else self.columns[index]

    def reorder_cache(self, beam_idx: Tensor) -> None:
        self._rows(beam_idx)

    def batch_select_indices(self, indices: Tensor) -> None:
        self._rows(indices)

    def batch_repeat_interleave(self, repeats: int) -> None:
        if self.is_initialized:
            self._rows(torch.arange(len(self.count)).repeat_interleave(repeats))

    def to_crop(self, tokens_to_remove: int) -> list[int]:
        """Tokens that each stream would lose. Raises InvalidInput where that can not be done."""
        if isinstance(tokens_to_remove, bool) or not isinstance(tokens_to_remove, int) \
                or tokens_to_remove > 0:
            raise InvalidInput(f"crop takes minus the number of tokens to remove, got {tokens_to_remove!r}")
        remove = -tokens_to_remove
        if not self.is_initialized or not remove:
            return [0] * len(self.count)
        if remove > self.seen:
            raise InvalidInput(f"the cache has seen {self.seen} tokens, and {remove} can not be removed")
        lost = [remove] * len(self.count)
        if self.columns is not None:
            lost = self.columns[:, -remove:].sum(1).tolist()
            unknown = remove > self.columns.shape[1]
            lost = [self.segment + 1] * len(lost) if unknown else lost
        if any(n > c for n, c in zip(lost, self.count)):
            raise InvalidInput(
                f"{remove} tokens can not be removed: the unfinished segment holds {min(self.count)}, and "
                "what is older went into the bank and the window, which can not be rewound. Keep a "
                "copy.deepcopy of the cache at the place to go back to")
        return lost

    def crop(self, tokens_to_remove: int) -> None:
        """Removes the last -tokens_to_remove tokens, within the unfinished segment. Raises InvalidInput,
        having changed nothing, where they reach back further."""
        lost = self.to_crop(tokens_to_remove)
        self.count = [c - n for c, n in zip(self.count, lost)]
        if self.is_initialized and tokens_to_remove:
            self.seen += tokens_to_remove
            if self.columns is not None:
                self.columns = self.columns[:, :self.columns.shape[1] + tokens_to_remove]

    def note(self, valid: Optional[Tensor], tokens: int) -> None:
        """Takes down which of the new columns were tokens (valid: B x tokens on the host; None: all)."""
        if valid is not None or self.columns is not None:
            every = torch.ones(len(self.count), 1, dtype=torch.bool)
            before = self.columns
            if before is None:
                before = every.expand(-1, min(self.seen, self.segment))
            new = every.expand(-1, tokens) if valid is None else valid
            self.columns = torch.cat([before, new], 1)[:, -2 * self.segment:].clone()
        self.seen += tokens

    def detach_(self) -> None:
        """Ends backpropagation through time here."""
        self._each(Tensor.detach)

    def offload(self) -> None:
        self._each(lambda t: t.to("cpu"))

    def prefetch(self) -> None:
        if self.is_initialized:
            self._each(lambda t: t.to(self.device))


class MemoryCache(Cache):
    """Cache for a model that `msa.hf.convert` made; `generate` and calls with use_cache=True make one
    themselves.

        cache = MemoryCache(model)
        for ids in text:                      # of any lengths
            logits = model(ids, cache=cache, use_cache=True).logits

    Converted layers have a MemoryLayer, of constant size; layers that were left as they are have what
    Transformers gives them. `reset` forgets all, bank included. `crop` removes tokens of the unfinished
    segment, or raises InvalidInput and changes nothing. The cache holds no reference to the model;
    copy.deepcopy forks it.
    """

    def __init__(self, model: torch.nn.Module):
        from .layer import MemoryAttention
        found = {m.layer_idx: m for m in model.modules() if isinstance(m, MemoryAttention)}
        if not found:
            raise InvalidInput("a MemoryCache is for a model that msa.hf.convert made; this one has no "
                               "converted layer")
        config = model.config.get_text_config(decoder=True)
        layers = list(DynamicCache(config=config).layers)
        for index, module in found.items():
            layers[index] = MemoryLayer(module.segment, module.slots)
        super().__init__(layers=layers)

    @property
    def is_linear(self) -> list[bool]:
        """Memory layers count as recurrent ones: masks are sized by the others, where there are others."""
        return [isinstance(layer, MemoryLayer) for layer in self.layers]

    @property
    def nbytes(self) -> int:
        """Bytes of state in all converted layers."""
        return sum(layer.nbytes for layer in self.layers if isinstance(layer, MemoryLayer))

    @property
    def is_croppable(self) -> bool:
        return all(layer.is_croppable for layer in self.layers)

    def crop(self, tokens_to_remove: int) -> None:
        for layer in self.layers:
            if isinstance(layer, MemoryLayer):
                layer.to_crop(tokens_to_remove)
        super().crop(tokens_to_remove)

    def detach_(self) -> "MemoryCache":
        """Ends backpropagation through time here (of the converted layers)."""
        for layer in self.layers:
            if isinstance(layer, MemoryLayer):
                layer.detach_()
        return self
