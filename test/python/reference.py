"""Dense float64 meaning of the dialect's ops in NumPy, written from the
definitions in the op documentation and independent of the compiler."""

import numpy as np

MASK64 = (1 << 64) - 1


def random_block(seed, head, block, draw, span):
    x = (seed * 0x9E3779B97F4A7C15 + head * 0xBF58476D1CE4E5B9 + block * 0x94D049BB133111EB
         + draw * 0xD6E8FEB86659FD93) & MASK64
    x = ((x ^ (x >> 32)) * 0xD6E8FEB86659FD93) & MASK64
    x = ((x ^ (x >> 32)) * 0xD6E8FEB86659FD93) & MASK64
    return ((x ^ (x >> 32)) >> 1) % span


def keeps(pattern, q, k, context):
    """Boolean array over query positions q (column) and key positions k (row).

    pattern: nested tuples, e.g. ("any", ("window", 8, 0, 1), ("global", 2)).
    context: dict with head, group, documents (function of position) and blocks,
    origin for the patterns that read them.
    """
    kind = pattern[0]
    q, k = np.asarray(q)[:, None], np.asarray(k)[None, :]
    if kind == "full":
        return np.ones((q.shape[0], k.shape[1]), bool)
    if kind == "causal":
        return k <= q
    if kind == "window":
        _, left, right, dilation = pattern
        return (q - left <= k) & (k <= q + right) & ((q - k) % dilation == 0)
    if kind == "strided":
        return (k % pattern[1] == pattern[1] - 1) & (q == q)
    if kind == "random":
        _, count, size, span, seed = pattern
        out = np.zeros((q.shape[0], k.shape[1]), bool)
        for i, p in enumerate(q[:, 0]):
            chosen = {random_block(seed, context["head"], int(p) // size, t, span) for t in range(count)}
            out[i] = np.isin(k[0] // size, list(chosen))
        return out
    if kind == "global":
        return (k < pattern[1]) | (q < pattern[1])
    if kind == "document":
        d = context["documents"]
        return d(q[:, 0])[:, None] == d(k[0])[None, :]
    if kind == "blocks":
        size, table, origin = pattern[1], context["blocks"], context["origin"]
        out = np.zeros((q.shape[0], k.shape[1]), bool)
        for i, p in enumerate(q[:, 0]):
            listed = [t for t in table[min(max((int(p) - origin) // size, 0), len(table) - 1)] if t >= 0]
            out[i] = np.isin((k[0] - origin) // size, listed)
        return out
    parts = [keeps(member, q[:, 0], k[0], context) for member in pattern[1:]]
    out = parts[0]
    for part in parts[1:]:
        out = out | part if kind == "any" else out & part
    return out


def attend(q, k, v, pattern, scale, window=None, bank=None, bias=None, position=None, length=None,
           offset=None, documents=None, blocks=None, score=None, half=lambda x: x):
    """Returns out, lse in float64. score: f(s, head, q_rel, k_rel) or None. half: rounds what PyTorch rounds when it
    computes this densely in a 16-bit type: scores, scaled scores, weights, the result."""
    f = np.float64
    q, k, v = q.astype(f), k.astype(f), v.astype(f)
    B, H, N, _ = q.shape
    KV, M = k.shape[1], k.shape[2]
    W = window[0].shape[2] if window else 0
    group = H // KV
    out = np.zeros((B, H, N, v.shape[3]))
    lse = np.full((B, H, N), -np.inf)
    for b in range(B):
        origin = int(position[b]) if position is not None else 0
        valid = M if length is None else min(max(int(length[b]), 0), M)
        start = origin + (int(offset[b]) if offset is not None else 0)
        qp = start + np.arange(N, dtype=np.int64)
        kp = origin + np.arange(-W, M, dtype=np.int64)
        there = np.concatenate([kp[:W] >= 0, np.arange(M) < valid])
        for h in range(H):
            g = h // group
            context = {"head": h, "origin": origin}
            if documents is not None:
                row = documents[b]
                context["documents"] = lambda p, row=row, origin=origin: row[np.clip(p - origin + W, 0, W + M - 1)]
            if blocks is not None:
                context["blocks"] = blocks[b, g]
            keep = keeps(pattern, qp, kp, context) & there[None]
            keys = np.concatenate([window[0][b, g].astype(f), k[b, g]]) if W else k[b, g]
            values = np.concatenate([window[1][b, g].astype(f), v[b, g]]) if W else v[b, g]
            s = half(scale * half(q[b, h] @ keys.T))
            if score:
                s = score(s, h, (qp - origin)[:, None], (kp - origin)[None])
            s = np.where(keep, s, -np.inf)
            if bank:
                sb = half(scale * half(q[b, h] @ bank[0][b, g].astype(f).T))
                if bias is not None:
                    sb = half(sb + float(bias[h]))
                s = np.concatenate([s, sb], 1)
                values = np.concatenate([values, bank[1][b, g].astype(f)])
            m = s.max(1)
            some = m > -np.inf
            p = np.exp(s[some] - m[some][:, None])
            out[b, h, some] = half(half(p / p.sum(1)[:, None]) @ values)
            lse[b, h, some] = m[some] + np.log(p.sum(1))
    return out, lse


def sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * x))


def stretched(x, stretch):
    return np.clip(x * (1 + 2 * stretch) - stretch, 0, 1)


def bank_write(gate, bank, candidate, weights, stretch, forget_bias=1.0, scores=None, slots=None, length=None):
    """Returns new bank and (for lstm) read. weights: list of (W, U, b)."""
    f = np.float64
    M, C = bank.astype(f), candidate.astype(f)
    w = [tuple(x.astype(f) for x in triple) for triple in weights]

    def p(i):
        return C @ w[i][0] + M @ w[i][1] + w[i][2]

    read = None
    if gate == "gru":
        r, z = sigmoid(p(0)), stretched(sigmoid(p(1)), stretch)
        n = np.tanh(C @ w[2][0] + w[2][2] + r * (M @ w[2][1]))
        new = np.where(z == 1, M, (1 - z) * n + z * M)
    else:
        i, fg = stretched(sigmoid(p(0)), stretch), stretched(sigmoid(p(1) + forget_bias), stretch)
        o, g = sigmoid(p(2)), np.tanh(p(3))
        new = np.where((fg == 1) & (i == 0), M, fg * M + i * g)
        read = o * np.tanh(new)
    write = np.ones(bank.shape[:2], bool)
    if scores is not None:
        for b in range(bank.shape[0]):
            order = sorted((k for k in range(bank.shape[1]) if not np.isnan(scores[b, k])),
                           key=lambda k: (-scores[b, k], k))
            write[b] = False
            write[b, order[:slots]] = True
    if length is not None:
        write &= (np.asarray(length) > 0)[:, None]
    return np.where(write[:, :, None], new, M), read


def carry(window, segment, length=None):
    out = np.empty_like(window)
    W, N = window.shape[-2], segment.shape[-2]
    for b in range(window.shape[0]):
        n = N if length is None else min(max(int(length[b]), 0), N)
        out[b] = np.concatenate([window[b], segment[b]], axis=-2)[..., n: n + W, :]
    return out


def inv_freq(rotary, base=10000.0, scaling="none", factor=1.0, original=0):
    c = np.arange(rotary // 2, dtype=np.float64)
    if scaling == "ntk":
        base = base * factor ** (rotary / (rotary - 2))
    freq = base ** (-2 * c / rotary)
    gain = 1.0
    if scaling == "linear":
        freq = freq / factor
    if scaling == "yarn":
        def turns(n):
            return rotary * np.log(original / (n * 2 * np.pi)) / (2 * np.log(base))
        low, high = max(np.floor(turns(32)), 0), min(np.ceil(turns(1)), rotary - 1)
        if low == high:
            high += 0.001
        ramp = np.clip((c - low) / (high - low), 0, 1)
        freq = freq / factor * ramp + freq * (1 - ramp)
        gain = 0.1 * np.log(factor) + 1.0 if factor > 1 else 1.0
    return freq, gain


def rope(x, rotary, start=0, offset=None, interleaved=False, limit=None, **scaling):
    freq, gain = inv_freq(rotary, **scaling)
    out = x.astype(np.float64).copy()
    N = x.shape[2]
    for b in range(x.shape[0]):
        o = 0 if offset is None else int(np.clip(offset[b], 0, limit - N))
        angle = (start + o + np.arange(N))[:, None] * freq[None]
        c, s = np.cos(angle) * gain, np.sin(angle) * gain
        first = slice(0, rotary, 2) if interleaved else slice(0, rotary // 2)
        second = slice(1, rotary, 2) if interleaved else slice(rotary // 2, rotary)
        a, d = x[b, ..., first].astype(np.float64), x[b, ..., second].astype(np.float64)
        out[b][..., first] = a * c - d * s
        out[b][..., second] = d * c + a * s
    return out


def short_conv(x, carried, weight):
    full = np.concatenate([carried, x], 1).astype(np.float64)
    w = weight.shape[0]
    return sum(weight[t].astype(np.float64) * full[:, t: t + x.shape[1]] for t in range(w))
