"""State of streams between segments, as values: tensors in, tensors out."""

from __future__ import annotations

from typing import NamedTuple, Optional

from torch import Tensor


class State(NamedTuple):
    """What one layer remembers of B streams. Its size does not depend on how many tokens have passed.

    bank          B x K x d, or None without a bank
    window_key    B x Hkv x W x D: keys (not rotated) of the last W tokens, or None without a window
    window_value  B x Hkv x W x D
    carry         B x (conv - 1) x d: what the convolution needs of the last tokens, or None without one
    position      B, int64: tokens that each stream has seen
    read          B x K x d: what an lstm's bank shows to its readers; None for gru
    """

    bank: Optional[Tensor]
    window_key: Optional[Tensor]
    window_value: Optional[Tensor]
    carry: Optional[Tensor]
    position: Tensor
    read: Optional[Tensor] = None

    def map(self, function) -> "State":
        return State(*(None if t is None else function(t) for t in self))

    def detach(self) -> "State":
        """The same numbers without their history: ends backpropagation through time here."""
        return self.map(Tensor.detach)

    def to(self, *args, **kwargs) -> "State":
        """Moved or cast; positions stay int64."""
        moved = self.map(lambda t: t.to(*args, **kwargs))
        return moved._replace(position=moved.position.long())

    def row(self, index) -> "State":
        """The streams that `index` (a slice or a list) picks."""
        index = slice(index, index + 1) if isinstance(index, int) else index
        return self.map(lambda t: t[index])

    @staticmethod
    def stack(states) -> "State":
        """Streams of several states as one batch."""
        import torch
        return State(*(None if t[0] is None else torch.cat(t) for t in zip(*states)))


class StepState(NamedTuple):
    """A state in the middle of a segment, for generation token by token.

    state   as of the last segment boundary: what bank, window and position are read from
    key     B x Hkv x S x D: keys (not rotated) of the segment so far
    value   B x Hkv x S x D
    recent  B x (conv - 1) x d: the convolution's carried tokens now, or None
    count   B, int64: tokens of the segment so far
    """

    state: State
    key: Tensor
    value: Tensor
    recent: Optional[Tensor]
    count: Tensor


def detach(state):
    """`state` of a layer, or of a whole model, without its history (truncated backpropagation)."""
    if state is None:
        return None
    return state.detach() if isinstance(state, State) else tuple(s.detach() for s in state)
