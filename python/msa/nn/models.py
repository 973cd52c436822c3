"""Small readable models around the layer: a block and a language model."""

from __future__ import annotations

from typing import Optional

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ..errors import InvalidInput
from .attention import MemorySparseAttention
from .state import State, StepState, detach


class MemoryBlock(nn.Module):
    """x + attention(norm(x)), then x + MLP(norm(x)) with silu. mlp: hidden width / dim; 0: no MLP. Further
    arguments are MemorySparseAttention's."""

    def __init__(self, dim: int, heads: int, *, mlp: int = 2, eps: float = 1e-5, **attention):
        super().__init__()
        self.norm1 = nn.RMSNorm(dim, eps=eps)
        self.attention = MemorySparseAttention(dim, heads, **attention)
        self.norm2 = nn.RMSNorm(dim, eps=eps) if mlp else None
        self.mlp = None
        if mlp:
            self.mlp = nn.Sequential(nn.Linear(dim, mlp * dim, bias=False), nn.SiLU(),
                                     nn.Linear(mlp * dim, dim, bias=False))

    def _rest(self, x: Tensor) -> Tensor:
        return x if self.mlp is None else x + self.mlp(self.norm2(x))

    def forward(self, x: Tensor, state: Optional[State] = None, **options) -> tuple[Tensor, State]:
        """x: B x N x dim, one segment. options: as of MemorySparseAttention.forward."""
        y, state = self.attention(self.norm1(x), state, **options)
        return self._rest(x + y), state

    def step(self, x: Tensor, at: StepState, active: Optional[Tensor] = None) -> tuple[Tensor, StepState]:
        """x: B x 1 x dim, one token."""
        y, at = self.attention.step(self.norm1(x), at, active)
        return self._rest(x + y), at


class MemoryLM(nn.Module):
    """Embedding, blocks, norm, head. State of the model: a tuple with one State per block.

    overrides: {block index: arguments that differ there}, e.g. {0: dict(slots=0)} for a block without a bank.
    """

    def __init__(self, vocabulary: int, dim: int, layers: int, heads: int, *, tied: bool = False,
                 overrides: Optional[dict[int, dict]] = None, **block):
        super().__init__()
        overrides = overrides or {}
        if any(not 0 <= index < layers for index in overrides):
            raise InvalidInput(f"overrides must name blocks 0 .. {layers - 1}, got {sorted(overrides)}")
        self.embedding = nn.Embedding(vocabulary, dim)
        self.blocks = nn.ModuleList(
            MemoryBlock(dim, heads, **{**block, **overrides.get(i, {})}) for i in range(layers))
        self.norm = nn.RMSNorm(dim, eps=1e-5)
        self.head = nn.Linear(dim, vocabulary, bias=False)
        nn.init.normal_(self.head.weight, std=dim ** -0.5)
        if tied:
            self.embedding.weight = self.head.weight

    def initial_state(self, batch: int) -> tuple[State, ...]:
        return tuple(b.attention.initial_state(batch) for b in self.blocks)

    def forward(self, tokens: Tensor, state: Optional[tuple[State, ...]] = None, *,
                position: Optional[Tensor] = None,
                length: Optional[Tensor] = None) -> tuple[Tensor, tuple[State, ...]]:
        """One segment. tokens: B x N (integers); position, length: B (int64), see
        MemorySparseAttention.forward. Returns logits (B x N x vocabulary) and the state after the segment."""
        if tokens.dim() != 2:
            raise InvalidInput(f"tokens must have shape B x N, got {tuple(tokens.shape)}")
        state = self.initial_state(tokens.shape[0]) if state is None else state
        x, after = self.embedding(tokens), []
        for block, before in zip(self.blocks, state, strict=True):
            x, new = block(x, before, position=position, length=length)
            after.append(new)
        return self.head(self.norm(x)), tuple(after)

    def segments(self, tokens: Tensor, segment: int, state: Optional[tuple[State, ...]] = None, *,
                 truncate: Optional[int] = None, recompute: bool = False) -> tuple[Tensor, tuple[State, ...]]:
        """A long sequence, segment by segment. tokens: B x N, the last segment may be shorter. Returns logits
        (B x N x vocabulary) and the state after all of it.

        truncate: gradients flow through the state of at most so many segments. recompute: activations of a
        segment are computed again for its backward pass instead of being kept."""
        state, out = self.initial_state(tokens.shape[0]) if state is None else state, []
        for index, part in enumerate(tokens.split(segment, 1)):
            if truncate and index % truncate == 0 and index:
                state = detach(state)
            if recompute and torch.is_grad_enabled():
                logits, state = checkpoint(self, part, state, use_reentrant=False)
            else:
                logits, state = self(part, state)
            out.append(logits)
        return torch.cat(out, 1), state

    def start_segment(self, state: tuple[State, ...], segment: int) -> tuple[StepState, ...]:
        return tuple(b.attention.start_segment(s, segment) for b, s in zip(self.blocks, state, strict=True))

    def step(self, tokens: Tensor, at: tuple[StepState, ...], active: Optional[Tensor] = None):
        """One token of each stream. tokens: B (integers). Returns logits (B x vocabulary) and the state."""
        x, after = self.embedding(tokens[:, None]), []
        for block, before in zip(self.blocks, at, strict=True):
            x, new = block.step(x, before, active)
            after.append(new)
        return self.head(self.norm(x))[:, 0], tuple(after)

    def end_segment(self, at: tuple[StepState, ...]) -> tuple[State, ...]:
        return tuple(b.attention.end_segment(s) for b, s in zip(self.blocks, at, strict=True))
