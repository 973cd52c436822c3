"""The layer of examples/layer.py in torch: the peer in f32, the reference in f64.

Written the way a careful user would: one matrix product for q, k and v, one for
the bank's keys and values, SDPA over [bank; window; segment] with one additive
mask that is built once, rotations from tables."""

import numpy as np

import layer as source


def draw(entries, seed=2):
    """Weights by name for (name, type, seed, stddev, mean) of layer.weights: as the
    artefact's own are distributed, but norms and biases are not all equal."""
    rng = np.random.default_rng(seed)
    out = {}
    for name, kind, generated, std, mean in entries:
        shape = [int(x) for x in kind[len("tensor<"):].split("x")[:-1]]
        last = name.split(".")[-1]
        spread = std if generated is not None else 0.0 if last == "bias" else 0.1
        out[name] = (mean + spread * rng.standard_normal(shape)).astype(np.float32)
    return out


def set_weights(model, weights):
    for name, array in weights.items():
        model.set_constant(name, array)


class Layer:
    def __init__(self, torch, s, weights, dtype, position=None, device="cpu"):
        """weights: name -> array or tensor. position: of the first token of the segments
        (the mask depends on it only while the carried window is not full)."""
        self.torch, self.s, self.F = torch, s, torch.nn.functional
        w = {k: torch.as_tensor(v).to(device, dtype) for k, v in weights.items()}
        flat = {n: w[n].permute(1, 0, 2).reshape(s.width, s.width) for n in ("wq", "wk", "wv")}
        self.w = w
        self.qkv = torch.cat([flat["wq"], flat["wk"], flat["wv"]], 1).contiguous()
        self.kv = torch.cat([flat["wk"], flat["wv"]], 1).contiguous()
        self.c_rn = torch.cat([w["c_r"], w["c_n"]], 1).contiguous()
        self.m_rn = torch.cat([w["m_r"], w["m_n"]], 1).contiguous()
        self.scale = s.dim ** -0.5
        half = torch.arange(s.dim // 2, dtype=torch.float64)
        angle = torch.arange(-s.window, s.segment)[:, None] * 10000.0 ** (-2 * half / s.dim)
        self.cos, self.sin = angle.cos().to(device, dtype), angle.sin().to(device, dtype)
        self.prepare(position, dtype, device)

    def prepare(self, position, dtype, device):
        """What `attention` needs besides."""
        torch, s = self.torch, self.s
        # Queries 0 .. S-1; keys: bank, -W .. -1, 0 .. S-1. The bias of the bank's
        # scores is the same for all heads here, so that the mask needs no head axis.
        bias = self.w["bias"]
        assert bool((bias == bias[0]).all())
        i, j = torch.arange(s.segment)[:, None], torch.arange(-s.window, s.segment)[None]
        keep = (j <= i) & (j >= i - (s.window - 1))
        if position is not None:
            keep &= j + position >= 0
        local = torch.zeros(keep.shape, dtype=dtype).masked_fill(~keep, float("-inf"))
        self.mask = torch.cat([bias[0].cpu().expand(s.segment, s.slots), local], 1)[None, None].contiguous().to(device)

    def attention(self, q, keys, values):
        """q: H x S x D over [bank; window; segment], H x (K + W + S) x D."""
        return self.F.scaled_dot_product_attention(q[None], keys[None], values[None], attn_mask=self.mask,
                                                   scale=self.scale)[0]

    def candidates(self, k, v):
        """The slots' queries over the segment: H x K x D."""
        return self.F.scaled_dot_product_attention(self.w["slots"], k[None], v[None], scale=self.scale)[0]

    def rope(self, x, begin):
        cos, sin = (t[begin: begin + x.shape[-2]] for t in (self.cos, self.sin))
        a, b = x.chunk(2, -1)
        return self.torch.cat([a * cos - b * sin, b * cos + a * sin], -1)

    def step(self, x, bank, window_k, window_v, carry):
        """x: S x d; state as in layer.states. Returns y and the new state."""
        torch, s, w = self.torch, self.s, self.w
        n, d, heads = s.segment, s.width, s.heads
        h = self.F.rms_norm(x, (d,), w["norm1"], 1e-5)
        full = torch.cat([carry[0], h])
        c = w["conv"][0] * full[:n]
        for t in range(1, s.conv):
            c = c + w["conv"][t] * full[t: t + n]
        q, k, v = (c @ self.qkv).view(n, 3, heads, s.dim).permute(1, 2, 0, 3)
        bank_k, bank_v = (bank[0] @ self.kv).view(s.slots, 2, heads, s.dim).permute(1, 2, 0, 3)
        keys = torch.cat([bank_k, self.rope(window_k[0], 0), self.rope(k, s.window)], 1)
        values = torch.cat([bank_v, window_v[0], v], 1)
        a = self.attention(self.rope(q, s.window), keys, values)
        y = x + a.transpose(0, 1).reshape(n, d) @ w["wo"]
        candidate = self.candidates(k, v).transpose(0, 1).reshape(s.slots, d)
        m = bank[0]
        cr, cn = (candidate @ self.c_rn).chunk(2, 1)
        mr, mn = (m @ self.m_rn).chunk(2, 1)
        r = torch.sigmoid(cr + mr + w["b_r"])
        z = torch.sigmoid(candidate @ w["c_z"] + m @ w["m_z"] + w["b_z"])
        z = (z * 1.2 - 0.1).clamp(0, 1)
        new = torch.tanh(cn + w["b_n"] + r * mn)
        new_bank = torch.where(z == 1, m, (1 - z) * new + z * m)
        if s.mlp:
            u = self.F.rms_norm(y, (d,), w["norm2"], 1e-5) @ w["w1"]
            y = y + self.F.silu(u) @ w["w2"]
        # The last W of window and segment; no copy where the segment has them all.
        if n >= s.window:
            new_k, new_v = k[:, n - s.window:], v[:, n - s.window:]
        else:
            new_k, new_v = (torch.cat([o[0], t], 1)[:, n:] for o, t in ((window_k, k), (window_v, v)))
        return y, new_bank[None], new_k[None], new_v[None], full[n:][None]


def random_state(s, seed=3):
    rng = np.random.default_rng(seed)
    out = {}
    for name, kind in source.states(s):
        shape = [int(x) for x in kind[len("tensor<"):].split("x")[:-1]]
        out[name] = rng.standard_normal(shape).astype(np.float32)
    return out
