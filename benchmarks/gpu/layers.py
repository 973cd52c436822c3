"""The whole layer of examples/layer.py without its MLP: norm, convolution, projections, rope, attention over bank,
carried window and segment, out projection, candidate and gated write. The carried window is full."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

from .work import nbytes

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [p for p in (str(ROOT / "benchmarks"), str(ROOT / "examples")) if p not in sys.path]

import layer as source  # noqa: E402


@dataclass(frozen=True)
class Layer:
    """A step of `segment` tokens of width d with `heads` heads; window and bank of `window` and `slots`."""

    segment: int
    d: int = 2048
    heads: int = 16
    window: int = 1024
    slots: int = 1024
    dtype: str = "bf16"

    entry = "step"

    @property
    def shape(self):
        # No bias on the bank's scores: FlexAttention then needs no function of scores for it. Ours adds the zeros.
        return source.Shape(width=self.d, heads=self.heads, segment=self.segment, window=self.window, slots=self.slots,
                            mlp=0, dtype=self.dtype, bias=0.0)

    @property
    def inputs(self):
        return {"x": ((self.segment, self.d), self.dtype), "position": ((1,), "i64"), "length": ((1,), "i64")}

    @property
    def outputs(self):
        return {"y": ((self.segment, self.d), self.dtype)}

    @property
    def states(self):
        return _named(source.states(self.shape))

    @property
    def weights(self):
        return _named(source.weights(self.shape))

    def mlir(self):
        return source.layer_entry(self.shape)

    def flops(self, kept=0):
        s, d, k, w = self.segment, self.d, self.slots, self.window
        products = 2 * d * d * (3 * s + 2 * k + s)          # q k v of the segment, k v of the bank, out
        attention = 4 * d * (s * (k + w) + k * s)           # queries over bank and window, slots over the segment
        gate = 2 * k * d * (2 * (2 * d + 1))                # r, n and one z a slot, of candidate and bank
        return products + attention + gate

    def bytes(self):
        return nbytes({**self.inputs, **self.outputs, **self.weights}) + 2 * nbytes(self.states)

    def at(self, n, factor=1, groups=0):
        """Segments of `n`, window and bank divided by `factor`; at most `groups` heads."""
        heads = min(groups, self.heads) if groups else self.heads
        return replace(self, segment=n, heads=heads, d=heads * (self.d // self.heads), window=self.window // factor,
                       slots=self.slots // factor)


def _named(entries):
    """Name -> (shape, dtype) of (name, tensor type, ..)."""
    out = {}
    for name, kind, *_ in entries:
        *shape, dtype = kind.removeprefix("tensor<").removesuffix(">").split("x")
        out[name] = (tuple(int(x) for x in shape), dtype)
    return out


def draw(work, device, seed):
    """Inputs, and under "weights" and "state" tensors of their types on the host."""
    import torch
    import torch_layer

    from .inputs import DTYPES
    weights = torch_layer.draw(source.weights(work.shape), seed)
    state = torch_layer.random_state(work.shape, seed + 1)
    x = torch.empty(work.segment, work.d, dtype=DTYPES[work.dtype], device=device)
    return {"x": x.normal_(generator=torch.Generator(device).manual_seed(seed)),
            "position": torch.tensor([64 * work.window], device=device),
            "length": torch.tensor([work.segment], device=device),
            "weights": {n: torch.from_numpy(weights[n]).to(DTYPES[dtype]) for n, (_, dtype) in work.weights.items()},
            "state": {n: torch.from_numpy(state[n]).to(DTYPES[dtype]) for n, (_, dtype) in work.states.items()}}


def _classes():
    import torch
    import torch_layer

    class Exact(torch_layer.Layer):
        """Attention by strips of rows, in the type of its tensors; for float64."""

        ROWS = 512

        def prepare(self, position, dtype, device):
            pass

        def attention(self, q, keys, values):
            s, out = self.s, torch.empty_like(q)
            for a in range(0, s.segment, self.ROWS):
                b = min(a + self.ROWS, s.segment)
                # Row i sees the bank and positions i - W + 1 .. i; the window's first key stands at -W.
                begin, end = s.slots + a + 1, s.slots + b + s.window
                i = torch.arange(a, b, device=q.device)[:, None]
                j = torch.arange(a + 1, b + s.window, device=q.device)[None] - s.window
                keep = torch.nn.functional.pad((j <= i) & (j > i - s.window), (s.slots, 0), value=True)
                for h in range(s.heads):
                    k, v = (torch.cat([x[h, :s.slots], x[h, begin:end]]) for x in (keys, values))
                    score = (q[h, a:b] @ k.T * self.scale).masked_fill(~keep, float("-inf"))
                    out[h, a:b] = score.softmax(-1) @ v
            return out

        def candidates(self, k, v):
            slots = self.w["slots"][0]
            return torch.stack([(slots[h] @ k[h].T * self.scale).softmax(-1) @ v[h] for h in range(self.s.heads)])

    class Flex(torch_layer.Layer):
        """Attention by FlexAttention, compiled with the rest of the layer."""

        def prepare(self, position, dtype, device):
            from torch.nn.attention.flex_attention import create_block_mask
            slots, window = self.s.slots, self.s.window

            def keep(b, h, i, j):
                at = j - slots - window
                return (j < slots) | ((at <= i) & (at > i - window))
            n = self.s.segment
            self.mask = create_block_mask(keep, None, None, n, slots + window + n, device=device)

        def attention(self, q, keys, values):
            from torch.nn.attention.flex_attention import flex_attention
            return flex_attention(q[None], keys[None], values[None], block_mask=self.mask, scale=self.scale)[0]

    return Exact, Flex


def run(kind, work, inputs, dtype):
    """(layer, state) of class number `kind` of _classes on the device of x."""
    import torch
    device = inputs["x"].device
    made = _classes()[kind](torch, work.shape, inputs["weights"], dtype, device=device)
    return made, [inputs["state"][n].to(device, dtype) for n in work.states]


class Truth:
    """A step in float64, and in the type of the inputs: outputs and all states after it."""

    def __init__(self, work, inputs):
        import torch

        from .reference import SLACK, error
        self.rows, names = range(work.segment), ["y", *work.states]
        exact, state = run(0, work, inputs, torch.float64)
        self.wanted = dict(zip(names, exact.step(inputs["x"].double(), *state)))
        narrow, state = run(0, work, inputs, inputs["x"].dtype)
        dense = dict(zip(names, narrow.step(inputs["x"], *state)))
        errors = {n: error(dense[n], self.wanted[n]) for n in names}
        self.dense, self.bounds = errors["y"], {n: 2 * e + SLACK for n, e in errors.items()}

    def errors(self, outputs):
        from .reference import error
        return {n: error(x, self.wanted[n]) for n, x in outputs.items()}


def recorded(work, inputs, tiles):
    """The same peer as one CUDA graph, so that a slow host does not count against it. Every replay begins with the
    first state: carrying it on would cost the peer copies."""
    import torch

    from .peers import fresh
    fresh()
    layer, state = run(1, work, inputs, inputs["x"].dtype)
    step, x = torch.compile(layer.step, dynamic=False), inputs["x"]
    for _ in range(3):
        step(x, *state)
    torch.cuda.synchronize(x.device)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        y, *after = step(x, *state)

    def call():
        graph.replay()
        return y

    # A graph knows addresses alone. What it reads (weights, block mask and tables of the layer, constants of the compiled
    # code, x, state) was allocated outside of its pool, and would be given to whoever allocates next.
    call.kept = graph, layer, step, x, state, after
    return call


def compiled(work, inputs, tiles):
    """The peer: the layer under torch.compile, which carries its state on from call to call."""
    import torch

    from .peers import fresh
    fresh()
    layer, state = run(1, work, inputs, inputs["x"].dtype)
    step, x = torch.compile(layer.step, dynamic=False), inputs["x"]
    first = list(state)

    def call():
        y, *state[:] = step(x, *state)
        return y

    y = call()
    for _ in range(3):  # a compiled step meets the strides of its own outputs
        call()
    state[:] = first
    kept = [y]  # the first call of all is the one that is compared
    return lambda: kept.pop() if kept else call()
