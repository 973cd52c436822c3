"""The model of the recall task: msa.nn.MemoryLM in its sizes, with the initial weights that train well.

There is no carried window: tokens of earlier segments reach a query through the bank alone (and the convolution's
two carried tokens). That is what the task measures. Training runs the modules' reference path, plain PyTorch; it
looks at no value on the host, so that a step can be captured as a CUDA graph.
"""

import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import nn

try:
    import msa
except ImportError:  # not installed: the one of this checkout (built, or at least its Python)
    root = Path(__file__).resolve().parents[2]
    sys.path += [str(root / "build" / "python"), str(root / "python")]
    import msa
import msa.nn

GATES = ("stretched", "soft", "none")


@dataclass(frozen=True)
class Config:
    """gate: "stretched" is one stretched gru gate per slot, "soft" the textbook gru (a gate per channel, not
    stretched), "none" a model without a bank."""

    vocabulary: int
    width: int = 128
    layers: int = 2
    heads: int = 2
    slots: int = 64
    segment: int = 64
    conv: int = 3
    mlp: int = 2
    gate: str = "stretched"
    stretch: float = 0.1
    bank_bias: float = 0.0

    def __post_init__(self):
        if self.gate not in GATES:
            raise ValueError(f"gate must be one of {', '.join(GATES)}, not {self.gate!r}")
        if self.width % (2 * self.heads):
            raise ValueError(f"width {self.width} is not {self.heads} heads of an even dimension")

    def to_dict(self) -> dict:
        return asdict(self)


class MemoryLM(msa.nn.MemoryLM):
    """tokens B x S, state -> logits B x S x V, state. backend: "reference" trains; None is what is imported."""

    def __init__(self, config: Config, backend="reference"):
        stretched = config.gate == "stretched"
        super().__init__(config.vocabulary, config.width, config.layers, config.heads, mlp=config.mlp,
                         slots=0 if config.gate == "none" else config.slots, per_slot=stretched,
                         stretch=config.stretch if stretched else 0.0, conv=config.conv,
                         bank_bias=config.bank_bias, backend=backend)
        self.config = config
        start(self)

    def advance(self, tokens, state):
        """The state after a segment, without logits."""
        x, after = self.embedding(tokens), []
        for block, before in zip(self.blocks, state):
            x, new = block(x, before)
            after.append(new)
        return tuple(after)


@torch.no_grad()
def start(model):
    """Initial weights. Residual branches start small. The convolution starts near the identity, with a part of the
    tokens before: what binds a value to its key."""
    c = model.config
    for block in model.blocks:
        nn.init.normal_(block.attention.o_proj.weight, std=(2 * c.layers * c.width) ** -0.5)
        nn.init.normal_(block.mlp[0].weight, std=c.width**-0.5)
        nn.init.normal_(block.mlp[2].weight, std=(2 * c.layers * c.mlp * c.width) ** -0.5)
        nn.init.normal_(block.attention.conv, std=0.1)
        block.attention.conv += 0.5
        block.attention.conv[-1] += 0.5
