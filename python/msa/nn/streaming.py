"""A model that holds its state in buffers: what torch.export turns into a program with state."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .state import State


class StreamingModule(nn.Module):
    """Runs a model on segments of `segment` tokens of `batch` streams and keeps their state between calls.

    model: a MemoryLM, or any module with initial_state(batch) -> tuple of State and
        forward(tokens, state, position=, length=) -> (outputs, state).

    The state is held in buffers named layer{i}_{bank, window_key, window_value, carry, read}, which `forward`
    changes; under torch.export they are the program's mutated buffers. Positions belong to the caller. A
    stream at position 0 starts anew, whatever its buffers hold: its bank is the learned one and its window
    empty.
    """

    def __init__(self, model: nn.Module, batch: int, segment: int):
        super().__init__()
        self.model, self.batch, self.segment = model, batch, segment
        with torch.no_grad():
            start = model.initial_state(batch)
        self.layout = []
        for index, state in enumerate(start):
            for field, value in zip(State._fields, state):
                if value is not None and field != "position":
                    self.register_buffer(f"layer{index}_{field}", value.clone().contiguous())
                    self.layout.append((index, field))
        self.layers = len(start)
        self.train(model.training)

    def reset(self):
        """All streams as new, in the buffers too. (The caller's positions start at 0 again.)"""
        with torch.no_grad():
            for index, state in enumerate(self.model.initial_state(self.batch)):
                for field, value in zip(State._fields, state):
                    if (index, field) in self.layout:
                        getattr(self, f"layer{index}_{field}").copy_(value)

    def _state(self, position: Tensor) -> tuple[State, ...]:
        fresh = self.model.initial_state(self.batch)
        out = []
        for index in range(self.layers):
            fields = dict.fromkeys(State._fields)
            fields["position"] = position
            for i, field in self.layout:
                if i == index:
                    held, first = getattr(self, f"layer{index}_{field}"), getattr(fresh[index], field)
                    started = (position > 0).reshape(-1, *([1] * (held.dim() - 1)))
                    # Windows need no such choice: keys before position 0 are not there.
                    fields[field] = held if field.startswith("window") else torch.where(started, held, first)
            out.append(State(**fields))
        return tuple(out)

    def forward(self, tokens: Tensor, position: Tensor, length: Tensor) -> Tensor:
        """tokens: B x S (int64); position, length: B (int64). Returns the model's outputs (B x S x ..). Rows
        of length 0 keep their state; outputs past `length` are of no use."""
        out, after = self.model(tokens, self._state(position), position=position, length=length)
        for index, field in self.layout:
            getattr(self, f"layer{index}_{field}").copy_(getattr(after[index], field).detach())
        return out
