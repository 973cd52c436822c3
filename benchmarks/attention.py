"""Attention alone: a window with a bank against FlexAttention, dense causal against SDPA."""

import time

import numpy as np

import common


def tensor(*shape, dtype="f32"):
    return f"tensor<{'x'.join(map(str, shape))}x{dtype}>"


def source(heads, n, d, pattern, bank=0, dtype="f32"):
    t, b = tensor(1, heads, n, d, dtype=dtype), tensor(1, heads, bank, d, dtype=dtype)
    arguments = [(x, t) for x in "qkv"] + ([("bank_k", b), ("bank_v", b)] if bank else [])
    lse = tensor(1, heads, n)
    text = ", ".join(f'%{x}: {kind} {{msa.name = "{x}"}}' for x, kind in arguments)
    read = f" bank(%bank_k, %bank_v : {b}, {b})" if bank else ""
    return (f'func.func @attend({text}) -> ({t} {{msa.name = "out"}}, {lse} {{msa.name = "lse"}}) {{\n'
            f"  %out, %lse = msa.attend ins(%q, %k, %v : {t}, {t}, {t}){read}\n"
            f"    pattern({pattern}) scale({d ** -0.5!r}) -> {t}, {lse}\n"
            f"  return %out, %lse : {t}, {lse}\n}}\n")


def reference(torch, q, k, v, left, bank=None, rows=256, dtype=None):
    """out and lse in float64 (or dtype): keys j of query i with i - left <= j <= i, and the bank."""
    dtype = dtype or torch.float64
    q, k, v = (x[0].to(dtype) for x in (q, k, v))
    heads, n, d = q.shape
    out, lse = torch.empty_like(q), torch.empty(heads, n, dtype=dtype)
    extra = [x[0].to(dtype) for x in bank] if bank else [q[:, :0], q[:, :0]]
    for a in range(0, n, rows):
        b, low = min(a + rows, n), max(0, a - left)
        keys, values = (torch.cat([e, x[:, low:b]], 1) for e, x in zip(extra, (k, v)))
        i, j = torch.arange(a, b)[:, None], torch.arange(low, b)[None]
        keep = torch.cat([torch.ones(b - a, extra[0].shape[1], dtype=torch.bool), (j <= i) & (j >= i - left)], 1)
        s = (q[:, a:b] @ keys.transpose(1, 2) * d ** -0.5).masked_fill(~keep, float("-inf"))
        lse[:, a:b] = s.logsumexp(-1)
        out[:, a:b] = s.softmax(-1) @ values
    return out[None], lse[None]


class Attention(common.Benchmark):
    unit, dtype = "GFLOP/s", "f32"

    def arrays(self, shapes, seed=1):
        """Random inputs on 64-byte boundaries, which ours and torch read in place."""
        import msart
        rng = np.random.default_rng(seed)
        out = []
        for shape in shapes:
            array = msart.aligned(shape, msart.NUMPY[self.dtype])
            drawn = rng.standard_normal(shape, np.float32)
            array[...] = msart.to_bf16(drawn) if self.dtype == "bf16" else drawn
            out.append(array)
        return out

    def shared(self, array):
        """The array's memory as a tensor."""
        import torch
        t = torch.from_numpy(array)
        return t.view(torch.bfloat16) if self.dtype == "bf16" else t

    def measure(self, context, inputs, pairs, heads, d, peers, left, names, bank=None, setup=None):
        """inputs: arrays of the entry. peers: name -> function."""
        import msart
        torch = context.torch()
        model = context.model(self)
        session = msart.Session(model)
        ours, outputs = session.prepare("attend", inputs)
        q, k, v = (self.shared(x) for x in inputs[:3])
        out, lse = reference(torch, q, k, v, left, bank)
        ours()
        first = outputs["out"].tobytes()
        theirs = {name: common.error(f().double(), out) for name, f in peers.items()}
        if self.dtype == "f32":
            checked = common.correctness(
                {"out": common.error(outputs["out"], out), "lse": common.error(outputs["lse"], lse)}, theirs)
        else:  # twice what dense attention of that type is off by
            dense = common.error(reference(torch, q, k, v, left, bank, dtype=torch.bfloat16)[0].double(), out)
            common.correctness({"lse": common.error(outputs["lse"], lse)})
            got = self.shared(outputs["out"]).double()
            checked = common.correctness({"out": common.error(got, out)}, bound=2 * dense + common.BOUND)
            checked["theirs"] = {name: float(f"{e:.3g}") for name, e in theirs.items()}
        quiet = common.Quiet()
        times = common.turns({"ours": ours, **peers}, context.seconds, context.rounds)
        others = quiet.others()
        common.same_bits("out", first, outputs["out"])
        result = common.compare(times, self.unit, 4 * d * heads * pairs, names)
        result.update(error=checked, kept_pairs=pairs, **({"setup_s": setup} if setup else {}))
        return common.record(self, result, context, model, others)


class WindowBank(Attention):
    id, title = "cpu-attn-window-bank", "window 1024 + bank 1024 in one softmax, N=16384, f32"

    def sizes(self, tiny):
        """heads, N, D, window, bank"""
        return (2, 512, 64, 128, 128) if tiny else (8, 16384, 64, 1024, 1024)

    def sources(self, tiny):
        heads, n, d, window, bank = self.sizes(tiny)
        return {"model": source(heads, n, d, f"#msa.window<left = {window - 1}>", bank, self.dtype)}

    def bar(self):
        return {"ratio": 3.0}

    def run(self, context):
        heads, n, d, window, bank = self.sizes(context.tiny)
        inputs = self.arrays([(1, heads, n, d)] * 3 + [(1, heads, bank, d)] * 2)
        torch = context.torch()
        from torch.nn.attention.flex_attention import create_block_mask, flex_attention
        q, k, v, bank_k, bank_v = (self.shared(x) for x in inputs)

        def keep(b, h, i, j):
            return (j < bank) | ((j - bank <= i) & (j - bank > i - window))

        # Once, outside the time: the mask, the concatenated keys, the compilation.
        start = time.perf_counter()
        mask = create_block_mask(keep, None, None, n, n + bank, device="cpu")
        built = time.perf_counter()
        keys, values = (self.shared(x) for x in self.arrays([(1, heads, n + bank, d)] * 2))
        torch.cat([bank_k, k], 2, out=keys)
        torch.cat([bank_v, v], 2, out=values)
        flex = torch.compile(flex_attention, dynamic=False)
        called = time.perf_counter()
        flex(q, keys, values, block_mask=mask)
        setup = {"peer: block mask": round(built - start, 2), "peer: first call": round(time.perf_counter() - called, 2)}
        pairs = sum(min(i + 1, window) for i in range(n)) + n * bank
        return self.measure(context, inputs, pairs, heads, d, {"flex": lambda: flex(q, keys, values, block_mask=mask)},
                            window - 1, {"flex": "torch.compile(flex_attention), block mask"}, (bank_k, bank_v), setup)


class Dense(Attention):
    id, title = "cpu-attn-dense", "dense causal, N=4096, f32"

    def sizes(self, tiny):
        return (2, 256, 64) if tiny else (8, 4096, 64)

    def sources(self, tiny):
        heads, n, d = self.sizes(tiny)
        return {"model": source(heads, n, d, "#msa.causal", dtype=self.dtype)}

    def bar(self):
        return {"ratio": 1.2}

    def run(self, context):
        heads, n, d = self.sizes(context.tiny)
        inputs = self.arrays([(1, heads, n, d)] * 3)
        torch = context.torch()
        q, k, v = (self.shared(x) for x in inputs)
        attend = torch.nn.functional.scaled_dot_product_attention
        return self.measure(context, inputs, n * (n + 1) // 2, heads, d,
                            {"sdpa": lambda: attend(q, k, v, is_causal=True)}, n - 1,
                            {"sdpa": "F.scaled_dot_product_attention(is_causal=True)"})


class WindowBankBF16(WindowBank):
    """On a CPU with AMX its tiles are what is measured; elsewhere bf16 is computed in f32."""
    id, title, dtype = "cpu-attn-window-bank-bf16", "window 1024 + bank 1024 in one softmax, N=16384, bf16", "bf16"

    def bar(self):
        return {"ratio": 2.4} if common.has_amx() else None


class DenseBF16(Dense):
    id, title, dtype = "cpu-attn-dense-bf16", "dense causal, N=4096, bf16", "bf16"

    def bar(self):
        return {"ratio": 1.6} if common.has_amx() else None
