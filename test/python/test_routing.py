"""Learned routing learns: on a recall task a trained router beats one that stays as it was drawn."""

import pytest

torch = pytest.importorskip("torch", reason="msa.ops needs PyTorch")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

import msa  # noqa: E402
from msa import ops  # noqa: E402

KEYS, VALUES, BLOCKS, SIZE, WIDTH = 32, 16, 8, 4, 32


def sample(batch, rng):
    """Tokens (key, value) of BLOCKS blocks, B x N x 2, and a question with a key alone (value VALUES); the value."""
    keys = torch.rand(batch, KEYS, generator=rng).argsort(1)[:, :BLOCKS * SIZE]
    values = torch.randint(0, VALUES, keys.shape, generator=rng)
    asked = torch.randint(0, BLOCKS * SIZE, (batch, 1), generator=rng)
    tokens = torch.stack([torch.cat([keys, keys.gather(1, asked)], 1), F.pad(values, (0, 1), value=VALUES)], 2)
    return tokens, values.gather(1, asked)[:, 0]


class Recall(nn.Module):
    """One layer of routed attention. The router's projections are its own."""

    def __init__(self):
        super().__init__()
        self.key, self.value = nn.Embedding(KEYS, WIDTH), nn.Embedding(VALUES + 1, WIDTH)
        self.qkv, self.head = nn.Linear(WIDTH, 3 * WIDTH, bias=False), nn.Linear(WIDTH, VALUES)
        self.router = nn.Linear(WIDTH, 2 * WIDTH, bias=False)

    def forward(self, tokens, top, score_in_path):
        """Logits of the last token's answer, from the `top` routed blocks; the router's divergence from dense
        attention."""
        x = self.key(tokens[..., 0]) + self.value(tokens[..., 1])
        q, k, v = self.qkv(x)[:, None].chunk(3, 3)
        routing = ops.route(*self.router(x)[:, None].chunk(2, 3), size=SIZE, top=top)
        if top == BLOCKS and not score_in_path:  # the same, but quicker
            out, _ = ops.attend(q, k, v, pattern=msa.Causal(), backend="reference")
        else:
            out, _ = ops.routed_attend(q, k, v, routing, size=SIZE, score_in_path=score_in_path, backend="reference")
        return self.head(out[:, 0, -1]), ops.route_loss(q, k, routing, size=SIZE)


def accuracy(by, steps=200, seed=0):
    """Of the answers from one routed block, after a training that differs in what the router learns by: nothing (it
    stays as drawn), "path", "teacher", or both. Attention is dense in the first half, then routed to one block."""
    torch.manual_seed(seed)
    model, rng = Recall(), torch.Generator().manual_seed(seed)
    model.router.requires_grad_(bool(by))
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], 1e-2)
    for step in range(steps):
        tokens, answer = sample(64, rng)
        dense = step < steps // 2
        logits, divergence = model(tokens, BLOCKS if dense else 1, "path" in by and not (dense and "teacher" in by))
        loss = F.cross_entropy(logits, answer) + (divergence if "teacher" in by else 0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        tokens, answer = sample(1000, rng)
        return (model(tokens, 1, "path" in by)[0].argmax(1) == answer).float().mean().item()


def test_trained_routing_beats_frozen_routing():
    """One block of eight holds the answer: a router that stays as drawn finds it at chance (1 / 8, and 1 / 16 of the
    values are right by themselves). Each way to learn works alone, too."""
    frozen = accuracy(())
    assert 0.1 < frozen < 0.3, "chance"
    assert accuracy(("path", "teacher")) > 0.7
    assert accuracy(("teacher",)) > 0.7
    assert accuracy(("path",)) > 1.5 * frozen
