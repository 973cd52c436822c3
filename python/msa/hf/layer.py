"""The attention of a converted model: sparse attention over segment, window and bank, with the model's own
weights."""

from __future__ import annotations

from typing import Any, Optional

import torch
from torch import Tensor, nn

from .. import ops
from ..errors import InvalidInput
from ..nn.attention import BankGate
from ..ops.backend import needs_gradient
from ..patterns import Full, Pattern
from .cache import MemoryCache, MemoryLayer, put
from .masks import MaskRule, tracing

PACKED = ("packed sequences (position_ids that start again) in a converted model: each stream has one "
          "memory. Give the sequences as rows of the batch, with an attention_mask")


class Bank(nn.Module):
    """What a layer learns anew: first slots, queries of the slots, the write gate, bias of the bank's
    scores."""

    def __init__(self, dim: int, heads: int, head_dim: int, slots: int, *, gate: str, per_slot: bool,
                 stretch: float, forget_bias: float, top: Optional[int], bias: float):
        super().__init__()
        self.top = top
        self.bias = nn.Parameter(torch.full((heads,), float(bias)))
        self.start = nn.Parameter(torch.randn(slots, dim) * 0.5)
        self.query = nn.Parameter(torch.randn(heads, slots, head_dim))
        self.proj = None if heads * head_dim == dim else nn.Linear(heads * head_dim, dim, bias=False)
        self.gate = BankGate(dim, gate, per_slot, stretch, forget_bias)
        self.router = nn.Linear(2 * dim, 1) if top else None

    def first(self, batch: int) -> tuple[Tensor, Optional[Tensor]]:
        """Bank (B x K x d) of streams that have seen nothing, and what it shows (lstm)."""
        bank = self.start.expand(batch, -1, -1)
        return bank, torch.tanh(bank) if self.gate.gate == "lstm" else None

    def write(self, key: Tensor, value: Tensor, bank: Tensor, read: Optional[Tensor],
              length: Optional[Tensor], scale: float,
              backend: Optional[str]) -> tuple[Tensor, Optional[Tensor]]:
        """Bank and read after a segment of keys (not rotated) and values, B x Hkv x S x D. length: B, 0 or
        S."""
        query = self.query.to(key.dtype).expand(key.shape[0], -1, -1, -1)
        candidate, _ = ops.attend(query, key, value, pattern=Full(), scale=scale, length=length,
                                  backend=backend)
        candidate = candidate.transpose(1, 2).flatten(2).to(bank.dtype)
        if self.proj is not None:
            candidate = self.proj(candidate)
        scores = None
        if self.router is not None:
            scores = self.router(torch.cat([candidate, bank], 2)).squeeze(2)
            candidate = candidate * (2 * torch.sigmoid(scores))[..., None]
            scores = scores.detach().float()
        new, shown = self.gate(bank, candidate, top=self.top, scores=scores, length=length, backend=backend)
        if shown is not None and length is not None:
            shown = torch.where((length > 0)[:, None, None], shown, read)
        return new, shown


class MemoryAttention(nn.Module):
    """Stands where a model had its attention, and holds that attention's weights under the same names.

    window: W, keys that are carried along; segment: S; pattern: causal, on positions. frequencies: angle per
    position of each channel pair, or None without rotation; gain: factor on its cosine and sine. Positions
    are relative to the segment's start, so that nothing depends on how long the stream is.
    """

    def __init__(self, layer_idx: int, heads: int, kv_heads: int, head_dim: int, dim: int, *, scaling: float,
                 window: int, segment: int, pattern: Pattern, frequencies: Optional[tuple[float, ...]],
                 gain: float, bank: Optional[Bank], conv: Optional[int], backend: Optional[str]):
        super().__init__()
        self.layer_idx, self.heads, self.kv_heads, self.head_dim = layer_idx, heads, kv_heads, head_dim
        self.dim, self.scaling = dim, scaling
        self.window, self.segment, self.pattern = window, segment, pattern
        self.frequencies, self.gain, self.backend = frequencies, gain, backend
        self.memory = bank
        self.slots = 0 if bank is None else bank.start.shape[0]
        self.width = conv or 1
        # The token itself passes unchanged, until training says otherwise.
        self.conv = None
        if conv:
            self.conv = nn.Parameter(torch.zeros(conv, dim))
            with torch.no_grad():
                self.conv[-1] = 1
        self._tables: dict = {}

    def extra_repr(self) -> str:
        return (f"heads={self.heads}, kv_heads={self.kv_heads}, head_dim={self.head_dim}, "
                f"window={self.window}, segment={self.segment}, slots={self.slots}, pattern={self.pattern}")

    # What differs between models: B x N x d to B x H x N x D, and back.

    def project(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        raise NotImplementedError

    def project_bank(self, bank: Tensor) -> tuple[Tensor, Tensor]:
        raise NotImplementedError

    def project_out(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def split(self, x: Tensor, heads: int) -> Tensor:
        return x.unflatten(-1, (heads, self.head_dim)).transpose(1, 2)

    # --- Rotation -------------------------------------------------------------------------------------------

    def _table(self, like: Tensor) -> tuple[Tensor, Tensor]:
        """cos and sin of positions -W .. S - 1, in f32 (f64 for f64); angles in f64."""
        wide = torch.float64 if like.dtype == torch.float64 else torch.float32
        key = (like.device, wide)
        if tracing(like) or key not in self._tables:
            with torch.inference_mode(False):
                position = torch.arange(-self.window, self.segment, dtype=torch.float64, device=like.device)
                angle = position[:, None] * position.new_tensor(self.frequencies)
                table = ((angle.cos() * self.gain).to(wide), (angle.sin() * self.gain).to(wide))
            if tracing(like):
                return table
            self._tables[key] = table
        return self._tables[key]

    def turn(self, x: Tensor, start: list[int]) -> Tensor:
        """x (B x H x N x D), row i of stream b at position start[b] + i of its segment; rows past it mean
        nothing."""
        if self.frequencies is None:
            return x
        cos, sin = self._table(x)
        rows = x.shape[2]
        if min(start) == max(start) and start[0] + rows <= self.segment:
            first = start[0] + self.window
            cos, sin = cos[first:first + rows], sin[first:first + rows]
        else:
            row = torch.tensor(start)[:, None] + self.window + torch.arange(rows)
            row = row.clamp(max=self.window + self.segment - 1).to(x.device)
            cos, sin = cos[row][:, None], sin[row][:, None]
        half = len(self.frequencies)
        a, b = x[..., :half].to(cos.dtype), x[..., half:2 * half].to(cos.dtype)
        out = torch.cat([a * cos - b * sin, b * cos + a * sin], -1).to(x.dtype)
        return out if 2 * half == x.shape[3] else torch.cat([out, x[..., 2 * half:]], -1)

    # --- State ----------------------------------------------------------------------------------------------

    def _begin(self, at: MemoryLayer, x: Tensor, like: Tensor) -> None:
        """State of streams that have seen nothing. like: a key, B x Hkv x N x D."""
        batch = x.shape[0]
        rows = (batch, self.kv_heads, self.segment, self.head_dim)
        at.key, at.value = like.new_zeros(rows), like.new_zeros(rows)
        if self.window:
            rows = (batch, self.kv_heads, self.window, self.head_dim)
            at.window_key, at.window_value = like.new_zeros(rows), like.new_zeros(rows)
        if self.memory is not None:
            at.bank, at.read = self.memory.first(batch)
        at.turned_key = at.key if self.frequencies is None else torch.zeros_like(at.key)
        at.is_initialized, at.device = True, x.device

    def _check(self, at: MemoryLayer, x: Tensor) -> None:
        signature = (self.window, self.segment, self.slots, self.kv_heads, self.head_dim, self.width)
        if not at.is_initialized:
            at.signature = signature
            at.count, at.position = [0] * x.shape[0], [0] * x.shape[0]
            if self.conv is not None:
                at.inputs = x.new_zeros(x.shape[0], self.width - 1 + self.segment, self.dim)
        elif at.signature != signature:
            raise InvalidInput("the cache was made for a model that was converted with other arguments; make "
                               "one with msa.hf.MemoryCache(model)")
        elif len(at.count) != x.shape[0]:
            raise InvalidInput(f"the cache holds {len(at.count)} streams, and the batch has {x.shape[0]}: "
                               "reset it, or use batch_select_indices or batch_repeat_interleave")

    def _commit(self, at: MemoryLayer) -> None:
        """Ends the segments that are complete: what they hold goes into the bank and the window."""
        full = [c >= self.segment for c in at.count]
        if not any(full):
            return
        length = None
        if not all(full):
            length = torch.tensor([self.segment if f else 0 for f in full], device=at.key.device)
        if self.memory is not None:
            at.bank, at.read = self.memory.write(at.key, at.value, at.bank, at.read, length, self.scaling,
                                                 self.backend)
        if self.window:
            at.window_key = ops.carry(at.window_key, at.key, length, backend=self.backend)
            at.window_value = ops.carry(at.window_value, at.value, length, backend=self.backend)
        if self.conv is not None:
            moved = at.inputs.narrow(1, self.segment, self.width - 1)
            moved = torch.cat([moved, at.inputs.narrow(1, self.width - 1, self.segment)], 1)
            if length is not None:
                moved = torch.where((length > 0)[:, None, None], moved, at.inputs)
            at.inputs = moved
        at.turned_window = at.bank_key = at.bank_value = None
        at.position = [p + self.segment if f else p for p, f in zip(at.position, full)]
        at.count = [0 if f else c for c, f in zip(at.count, full)]

    # --- Tokens ---------------------------------------------------------------------------------------------

    def _part(self, x: Tensor, take: Optional[list[int]], at: MemoryLayer, last: bool) -> Tensor:
        """Tokens that stay within a segment: B x n x d to B x Hq x n x D. take: tokens of each stream; None:
        all n, of streams that stand at one place. The tokens join the segment; last: which nobody will
        read."""
        rows, segment = x.shape[1], self.segment
        learns = torch.is_grad_enabled() and needs_gradient((x, *self.parameters()))
        compiled = not learns and not tracing(x)
        if compiled and 1 < rows < segment:
            # Kernels are compiled for one token and for a whole segment; what is between is padded.
            x = torch.cat([x, x.new_zeros(x.shape[0], segment - rows, x.shape[2])], 1)
        # Keys of a whole segment, and of one that goes no further, are read where they were made.
        direct = take is None and at.count[0] == 0 and (rows == segment or last and x.shape[1] == rows)
        c = x
        if self.conv is not None:
            if at.aligned:
                carried = at.inputs.narrow(1, at.count[0], self.width - 1)
            else:
                first = torch.tensor(at.count)[:, None] + torch.arange(self.width - 1)
                carried = at.inputs.gather(1, first.to(x.device)[..., None].expand(-1, -1, self.dim))
            c = ops.short_conv(x, carried, self.conv, backend=self.backend)
            at.inputs = put(at.inputs, x[:, :rows], [n + self.width - 1 for n in at.count], take, 1)
        q, k, v = self.project(c)
        if not at.is_initialized:
            self._begin(at, x, k)
        q, turned = self.turn(q, at.count), self.turn(k, at.count)
        if direct:
            at.key, at.value = k.contiguous(), v.contiguous()
            at.turned_key = at.key if self.frequencies is None else turned.contiguous()
        else:
            at.key = put(at.key, k[:, :, :rows], at.count, take, 2)
            at.value = put(at.value, v[:, :, :rows], at.count, take, 2)
            if self.frequencies is None:
                at.turned_key = at.key
            else:
                at.turned_key = put(at.turned_key, turned[:, :, :rows], at.count, take, 2)
        options = {}
        if self.window:
            if at.turned_window is None:
                at.turned_window = self.turn(at.window_key, [-self.window] * x.shape[0])
            options.update(window_key=at.turned_window, window_value=at.window_value)
        if self.memory is not None:
            if at.bank_key is None or torch.is_grad_enabled():   # what was kept may be without gradients
                at.bank_key, at.bank_value = self.project_bank(at.bank if at.read is None else at.read)
            options.update(bank_key=at.bank_key, bank_value=at.bank_value, bank_bias=self.memory.bias.float())
        after = [n + (rows if take is None else t) for n, t in zip(at.count, take or at.count)]
        position = torch.tensor(at.position, device=x.device)
        if not direct:
            options.update(offset=torch.tensor(at.count, device=x.device),
                           length=torch.tensor(after, device=x.device))
        out, _ = ops.attend(q, at.turned_key, at.value, pattern=self.pattern, scale=self.scaling,
                            position=position, backend=self.backend, **options)
        at.count = after
        return out[:, :, :rows]

    def _stream(self, x: Tensor, valid: Optional[Tensor], at: MemoryLayer, kept: bool) -> Tensor:
        """All tokens: B x n x d to B x n x (Hq D). valid: B x n on the host, tokens that are there; None:
        all. kept: whether the state after them is of use."""
        batch, total, _ = x.shape
        if valid is None and at.aligned:
            out, first = [], 0
            while first < total:
                take = min(self.segment - at.count[0], total - first)
                first += take
                last = first == total and not kept
                out.append(self._part(x[:, first - take:first], None, at, last))
                if not last:
                    self._commit(at)
            return torch.cat(out, 2).transpose(1, 2).flatten(2)
        # Streams that stand at places of their own: tokens that are there move together, and back afterwards.
        valid = torch.ones(batch, total, dtype=torch.bool) if valid is None else valid
        order = (~valid).to(torch.int8).argsort(dim=1, stable=True)
        left, done = valid.sum(1).tolist(), [0] * batch
        # The last row takes what is not there.
        y = x.new_zeros(batch, total + 1, self.heads * self.head_dim)
        while any(left):
            take = [min(self.segment - c, n) for c, n in zip(at.count, left)]
            rows = torch.arange(max(take))
            index = order.gather(1, (torch.tensor(done)[:, None] + rows).clamp(max=total - 1))
            part = x.gather(1, index.to(x.device)[..., None].expand(-1, -1, x.shape[2]))
            out = self._part(part, take, at, False).transpose(1, 2).flatten(2)
            index = torch.where(rows < torch.tensor(take)[:, None], index, total)
            y = y.scatter(1, index.to(x.device)[..., None].expand(-1, -1, y.shape[2]), out)
            done, left = [d + t for d, t in zip(done, take)], [n - t for n, t in zip(left, take)]
            if kept or any(left):
                self._commit(at)
        return y[:, :total].contiguous()

    def _new_tokens(self, given: Any, total: int, at: MemoryLayer) -> Optional[Tensor]:
        """Which of the new tokens are there: B x n on the host, None for all."""
        if given is None:
            return None
        if not isinstance(given, MaskRule):
            raise InvalidInput(f"a converted layer takes a 2-D attention_mask (1: a token, 0: padding), and "
                               f"got {type(given).__name__}: 4-D masks say what a converted model can not "
                               "do, and masks of other implementations come of set_attn_implementation; set "
                               "it to \"msa\"")
        if given.packed and tracing(given.documents):
            torch._assert_async((given.documents == 0).all(), "packed sequences in a converted model")
        elif given.packed:
            raise InvalidInput(PACKED)
        if given.tokens is None:
            return None
        if tracing(given.tokens):
            raise InvalidInput("an attention_mask can not be read under torch.export and torch.compile: call a "
                               "converted model without one there")
        key = (at.seen, total)
        if key not in given.memo:
            if given.tokens.shape[1] != at.seen + total:
                raise InvalidInput(f"attention_mask must have {at.seen} + {total} columns (tokens of the "
                                   f"cache, and new ones), got {given.tokens.shape[1]}")
            tokens = given.tokens.cpu()
            taken = [p + c for p, c in zip(at.position, at.count)]
            if at.seen and tokens[:, :at.seen].sum(1).tolist() != taken:
                raise InvalidInput("attention_mask hides other tokens of the past than it did when they "
                                   "came: what a memory has taken in can not be hidden")
            new = tokens[:, at.seen:]
            given.memo[key] = None if bool(new.all()) else new
        return given.memo[key]

    def forward(self, hidden_states: Tensor, position_embeddings: Any = None, attention_mask: Any = None,
                cache: Any = None, past_key_values: Any = None, **options: Any) -> tuple[Tensor, None]:
        """hidden_states: B x n x d. Without a cache they are a whole stream, from its start; with one they go
        on where it stands. position_embeddings and position_ids of the model are not read."""
        cache = past_key_values if cache is None else cache
        if options.get("output_attentions"):
            raise InvalidInput("converted layers form no attention weights that could be an output")
        if options.get("encoder_hidden_states") is not None:
            raise InvalidInput("converted layers have no cross-attention")
        at = MemoryLayer(self.segment, self.slots)
        if cache is not None:
            at = cache.layers[self.layer_idx] if isinstance(cache, MemoryCache) else None
            if not isinstance(at, MemoryLayer):
                raise InvalidInput(f"a converted model needs a msa.hf.MemoryCache(model), got "
                                   f"{type(cache).__name__}")
        total = hidden_states.shape[1]
        if not total:
            raise InvalidInput("no tokens: hidden_states has shape " + str(tuple(hidden_states.shape)))
        self._check(at, hidden_states)
        valid = self._new_tokens(attention_mask, total, at)
        y = self._stream(hidden_states, valid, at, cache is not None)
        at.note(valid, total)
        return self.project_out(y), None


class SplitAttention(MemoryAttention):
    """Llama, Mistral, Qwen3: projections of their own for queries, keys and values; norms of heads where
    there are."""

    def adopt(self, old: nn.Module) -> None:
        self.q_proj, self.k_proj, self.v_proj, self.o_proj = old.q_proj, old.k_proj, old.v_proj, old.o_proj
        self.q_norm, self.k_norm = getattr(old, "q_norm", None), getattr(old, "k_norm", None)

    def _normed(self, x: Tensor, norm: Optional[nn.Module]) -> Tensor:
        return x if norm is None else norm(x)

    def project(self, x):
        q = self._normed(self.q_proj(x).unflatten(-1, (self.heads, self.head_dim)), self.q_norm)
        return q.transpose(1, 2), *self.project_bank(x)

    def project_bank(self, bank):
        k = self._normed(self.k_proj(bank).unflatten(-1, (self.kv_heads, self.head_dim)), self.k_norm)
        return k.transpose(1, 2), self.split(self.v_proj(bank), self.kv_heads)

    def project_out(self, x):
        return self.o_proj(x)


class FusedAttention(MemoryAttention):
    """GPT-2: one projection for all three, positions in the embedding."""

    def adopt(self, old: nn.Module) -> None:
        self.c_attn, self.c_proj, self.resid_dropout = old.c_attn, old.c_proj, old.resid_dropout

    def project(self, x):
        return tuple(self.split(t, self.heads) for t in self.c_attn(x.contiguous()).split(self.dim, 2))

    def project_bank(self, bank):
        weight, bias = self.c_attn.weight[:, self.dim:], self.c_attn.bias[self.dim:]
        return tuple(self.split(t, self.heads) for t in (bank @ weight + bias).split(self.dim, 2))

    def project_out(self, x):
        return self.resid_dropout(self.c_proj(x))
