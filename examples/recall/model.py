"""The model of the recall task in plain PyTorch: a language model of memory layers.

One layer, on a segment of S tokens of width d (docs/spec.md, sections 2.2 and 4):

    h  = rms_norm(x)                       c  = short_conv(h), with the last tokens of the segment before
    q, k, v = c Wq, c Wk, c Wv             bank keys and values = bank Wk, bank Wv
    a  = one softmax over bank and rope(k), causal in the segment
    x  = x + a Wo;  x = x + silu(rms_norm(x) W1) W2
    candidate = slot queries attend to (k, v) of the segment;  bank = gate(bank, candidate)

There is no carried window: tokens of earlier segments reach a query through the bank alone (and the convolution's
two carried tokens). That is what the task measures.
"""

from dataclasses import asdict, dataclass

import torch
from torch import nn
from torch.nn import functional as F

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


class Layer(nn.Module):
    def __init__(self, c: Config):
        super().__init__()
        self.c = c
        d, k, h = c.width, c.slots, c.heads

        def normal(*shape, std):
            return nn.Parameter(std * torch.randn(shape))

        std = d**-0.5
        self.norm1 = nn.Parameter(torch.ones(d))
        # Starts near the identity, with a part of the token before: what binds a value to its key.
        self.conv = nn.Parameter(torch.tensor([0.5] * (c.conv - 1) + [1.0])[:, None] + 0.1 * torch.randn(c.conv, d))
        self.wqkv = normal(d, 3 * d, std=std)
        self.wo = normal(d, d, std=std / (2 * c.layers) ** 0.5)
        self.norm2 = nn.Parameter(torch.ones(d))
        self.w1 = normal(d, c.mlp * d, std=std)
        self.w2 = normal(c.mlp * d, d, std=(c.mlp * d) ** -0.5 / (2 * c.layers) ** 0.5)
        if c.gate != "none":
            self.bank = normal(k, d, std=0.5)                  # what the bank of a new stream holds
            self.bank_bias = nn.Parameter(torch.full((h,), c.bank_bias))
            self.slots = normal(h, k, d // h, std=1.0)         # queries of the slots
            g = 1 if c.gate == "stretched" else d
            # z starts near 0.5: b_z = 0 and small weights. In its flat part a stretched gate passes no gradient.
            for name, size in (("r", d), ("z", g), ("n", d)):
                self.register_parameter(f"c_{name}", normal(d, size, std=std))
                self.register_parameter(f"m_{name}", normal(d, size, std=std))
                self.register_parameter(f"b_{name}", nn.Parameter(torch.zeros(size)))

    def start(self, batch):
        """The state of new streams: (bank B x K x d or None, carried tokens B x (conv - 1) x d)."""
        c = self.c
        bank = None if c.gate == "none" else self.bank.expand(batch, c.slots, c.width)
        return bank, self.norm1.new_zeros(batch, c.conv - 1, c.width)

    def heads(self, x):
        """B x N x d to B x H x N x D."""
        return x.unflatten(-1, (self.c.heads, -1)).transpose(1, 2)

    def forward(self, x, state, rotation, mask):
        """x: B x S x d; state as start gives it. Returns (y, new state)."""
        c = self.c
        bank, carried = state
        d, scale = c.width, (c.width // c.heads) ** -0.5
        h = F.rms_norm(x, (d,), self.norm1, 1e-5)
        full = torch.cat([carried, h], 1)
        conv = self.conv[0] * full[:, : c.segment]
        for t in range(1, c.conv):
            conv = conv + self.conv[t] * full[:, t: t + c.segment]
        q, k, v = (self.heads(y) for y in (conv @ self.wqkv).chunk(3, -1))
        keys, values, bias = rope(k, *rotation), v, mask
        if bank is not None:
            bank_k, bank_v = (self.heads(y) for y in (bank @ self.wqkv[:, d:]).chunk(2, -1))
            keys, values = torch.cat([bank_k, keys], 2), torch.cat([bank_v, v], 2)
            bias = torch.cat([self.bank_bias[:, None, None].expand(-1, c.segment, c.slots),
                              mask.expand(c.heads, -1, -1)], 2)
        a = attend(rope(q, *rotation), keys, values, scale, bias)
        y = x + a.transpose(1, 2).flatten(2) @ self.wo
        y = y + F.silu(F.rms_norm(y, (d,), self.norm2, 1e-5) @ self.w1) @ self.w2
        if bank is not None:
            bank = self.write(bank, attend(self.slots, k, v, scale).transpose(1, 2).flatten(2))
        return y, (bank, full[:, c.segment:])

    def write(self, bank, candidate):
        """The gate, both B x K x d (docs/spec.md, section 4, #msa.gru)."""
        r = torch.sigmoid(candidate @ self.c_r + bank @ self.m_r + self.b_r)
        z = torch.sigmoid(candidate @ self.c_z + bank @ self.m_z + self.b_z)
        n = torch.tanh(candidate @ self.c_n + self.b_n + r * (bank @ self.m_n))
        if self.c.gate == "stretched":
            z = (z * (1 + 2 * self.c.stretch) - self.c.stretch).clamp(0, 1)
        return (1 - z) * n + z * bank  # z == 1: 0 * n + bank, bit-exact since n is finite


def attend(q, k, v, scale, bias=None):
    """softmax(q k' scale + bias) v over the last two axes."""
    s = q @ k.transpose(-1, -2) * scale
    return (s if bias is None else s + bias).softmax(-1) @ v


def rope(x, cos, sin):
    a, b = x.chunk(2, -1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


class MemoryLM(nn.Module):
    def __init__(self, config: Config):
        super().__init__()
        self.config = c = config
        self.embedding = nn.Parameter(torch.randn(c.vocabulary, c.width))
        self.layers = nn.ModuleList(Layer(c) for _ in range(c.layers))
        self.norm = nn.Parameter(torch.ones(c.width))
        self.head = nn.Parameter(c.width**-0.5 * torch.randn(c.width, c.vocabulary))
        half = c.width // c.heads // 2
        angle = torch.arange(c.segment)[:, None] * 10000.0 ** (-torch.arange(half, dtype=torch.float64) / half)
        self.register_buffer("cos", angle.cos().float(), persistent=False)
        self.register_buffer("sin", angle.sin().float(), persistent=False)
        mask = torch.full((c.segment, c.segment), float("-inf")).triu(1)
        self.register_buffer("mask", mask[None], persistent=False)

    def start(self, batch: int) -> list:
        """The state of `batch` new streams, for each layer."""
        return [layer.start(batch) for layer in self.layers]

    def forward(self, tokens: torch.Tensor, state: list, logits: bool = True):
        """One segment, tokens B x S. Returns (logits B x S x V or None, the new state)."""
        x, new = F.embedding(tokens, self.embedding), []
        for layer, s in zip(self.layers, state):
            x, s = layer(x, s, (self.cos, self.sin), self.mask)
            new.append(s)
        if not logits:
            return None, new
        return F.rms_norm(x, (self.config.width,), self.norm, 1e-5) @ self.head, new
