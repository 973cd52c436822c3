"""The model of the recall task in plain PyTorch: a language model of memory layers.

One layer, on a segment of S tokens of width d (docs/spec.md, sections 2.2 and 4):

    h  = rms_norm(x)                       c  = short_conv(h), with the last tokens of the segment before
    q, k, v = c Wq, c Wk, c Wv             bank keys and values = bank Wk, bank Wv
    a  = one softmax over bank and rope(k), causal in the segment
    x  = x + a Wo;  x = x + silu(rms_norm(x) W1) W2
    candidate = slot queries attend to (k, v) of the segment;  bank = gate(bank, candidate)

There is no carried window: tokens of earlier segments reach a query through the bank alone (and the convolution's
two carried tokens). That is what the task measures. Parameters have the names that they have in msa.nn.MemoryLM.
"""

from dataclasses import asdict, dataclass

import torch
from torch import nn

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


class Gate(nn.Module):
    """The write gate (docs/spec.md, section 4, #msa.gru): for r, z and n a weight on the candidate, one on the bank,
    and a bias."""

    def __init__(self, c: Config):
        super().__init__()
        d, self.stretch = c.width, c.stretch if c.gate == "stretched" else None
        # z starts near 0.5: bz = 0 and small weights. In its flat part a stretched gate passes no gradient.
        for name, size in (("r", d), ("z", d if self.stretch is None else 1), ("n", d)):
            self.register_parameter(f"W{name}", nn.Parameter(d**-0.5 * torch.randn(d, size)))
            self.register_parameter(f"U{name}", nn.Parameter(d**-0.5 * torch.randn(d, size)))
            self.register_parameter(f"b{name}", nn.Parameter(torch.zeros(size)))

    def forward(self, bank, candidate):
        """Both B x K x d; the new bank."""
        r = torch.sigmoid(candidate @ self.Wr + bank @ self.Ur + self.br)
        z = torch.sigmoid(candidate @ self.Wz + bank @ self.Uz + self.bz)
        n = torch.tanh(candidate @ self.Wn + self.bn + r * (bank @ self.Un))
        if self.stretch is not None:
            z = (z * (1 + 2 * self.stretch) - self.stretch).clamp(0, 1)
        return (1 - z) * n + z * bank  # z == 1: 0 * n + bank, bit-exact since n is finite


class Attention(nn.Module):
    def __init__(self, c: Config):
        super().__init__()
        self.c, d = c, c.width
        self.q_proj, self.k_proj, self.v_proj, self.o_proj = (nn.Linear(d, d, bias=False) for _ in range(4))
        for part in (self.q_proj, self.k_proj, self.v_proj):
            nn.init.normal_(part.weight, std=d**-0.5)
        nn.init.normal_(self.o_proj.weight, std=(2 * c.layers * d) ** -0.5)
        # Starts near the identity, with a part of the tokens before: what binds a value to its key.
        self.conv = nn.Parameter(torch.tensor([0.5] * (c.conv - 1) + [1.0])[:, None] + 0.1 * torch.randn(c.conv, d))
        if c.gate != "none":
            self.bank_bias = nn.Parameter(torch.full((c.heads,), c.bank_bias))
            self.bank_start = nn.Parameter(0.5 * torch.randn(c.slots, d))    # what the bank of a new stream holds
            self.slot_query = nn.Parameter(torch.randn(c.heads, c.slots, d // c.heads))
            self.gate = Gate(c)

    def start(self, batch):
        """The state of new streams: (bank B x K x d or None, carried tokens B x (conv - 1) x d)."""
        bank = None if self.c.gate == "none" else self.bank_start.expand(batch, -1, -1)
        return bank, self.conv.new_zeros(batch, self.c.conv - 1, self.c.width)

    def heads(self, x):
        """B x N x d to B x H x N x D."""
        return x.unflatten(-1, (self.c.heads, -1)).transpose(1, 2)

    def forward(self, x, state, rotation, mask):
        """x: B x S x d, after the norm; state as start gives it. Returns (y, new state)."""
        c, (bank, carried) = self.c, state
        scale = (c.width // c.heads) ** -0.5
        full = torch.cat([carried, x], 1)
        conv = self.conv[0] * full[:, : c.segment]
        for t in range(1, c.conv):
            conv = conv + self.conv[t] * full[:, t: t + c.segment]
        q, k, v = (self.heads(part(conv)) for part in (self.q_proj, self.k_proj, self.v_proj))
        keys, values, bias = rope(k, *rotation), v, mask
        if bank is not None:
            keys = torch.cat([self.heads(self.k_proj(bank)), keys], 2)
            values = torch.cat([self.heads(self.v_proj(bank)), v], 2)
            bias = torch.cat([self.bank_bias[:, None, None].expand(-1, c.segment, c.slots),
                              mask.expand(c.heads, -1, -1)], 2)
        y = self.o_proj(attend(rope(q, *rotation), keys, values, scale, bias).transpose(1, 2).flatten(2))
        if bank is not None:
            bank = self.gate(bank, attend(self.slot_query, k, v, scale).transpose(1, 2).flatten(2))
        return y, (bank, full[:, c.segment:])


class Block(nn.Module):
    def __init__(self, c: Config):
        super().__init__()
        self.norm1, self.norm2 = nn.RMSNorm(c.width, eps=1e-5), nn.RMSNorm(c.width, eps=1e-5)
        self.attention = Attention(c)
        self.mlp = nn.Sequential(nn.Linear(c.width, c.mlp * c.width, bias=False), nn.SiLU(),
                                 nn.Linear(c.mlp * c.width, c.width, bias=False))
        nn.init.normal_(self.mlp[0].weight, std=c.width**-0.5)
        nn.init.normal_(self.mlp[2].weight, std=(2 * c.layers * c.mlp * c.width) ** -0.5)

    def forward(self, x, state, rotation, mask):
        y, state = self.attention(self.norm1(x), state, rotation, mask)
        x = x + y
        return x + self.mlp(self.norm2(x)), state


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
        self.embedding = nn.Embedding(c.vocabulary, c.width)
        self.blocks = nn.ModuleList(Block(c) for _ in range(c.layers))
        self.norm = nn.RMSNorm(c.width, eps=1e-5)
        self.head = nn.Linear(c.width, c.vocabulary, bias=False)
        nn.init.normal_(self.head.weight, std=c.width**-0.5)
        half = c.width // c.heads // 2
        angle = torch.arange(c.segment)[:, None] * 10000.0 ** (-torch.arange(half, dtype=torch.float64) / half)
        self.register_buffer("cos", angle.cos().float(), persistent=False)
        self.register_buffer("sin", angle.sin().float(), persistent=False)
        mask = torch.full((c.segment, c.segment), float("-inf")).triu(1)
        self.register_buffer("mask", mask[None], persistent=False)

    def start(self, batch: int) -> list:
        """The state of `batch` new streams, for each layer."""
        return [block.attention.start(batch) for block in self.blocks]

    def forward(self, tokens: torch.Tensor, state: list, logits: bool = True):
        """One segment, tokens B x S. Returns (logits B x S x V or None, the new state)."""
        x, new = self.embedding(tokens), []
        for block, s in zip(self.blocks, state):
            x, s = block(x, s, (self.cos, self.sin), self.mask)
            new.append(s)
        if not logits:
            return None, new
        return self.head(self.norm(x)), new
