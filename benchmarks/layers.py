"""A whole layer step: examples/layer.py's `layer_entry` against the same layer in torch."""

import time

import numpy as np

import common


class LayerStep(common.Benchmark):
    id, unit = "cpu-layer", "ms"
    title = "layer step d=512 H=8, segment 1024, window 512, bank 512, f32"

    def shape(self, tiny):
        import layer
        if tiny:
            return layer.Shape(width=64, heads=2, segment=64, window=32, slots=32, mlp=False)
        return layer.Shape(width=512, heads=8, segment=1024, window=512, slots=512, mlp=False)

    def sources(self, tiny):
        import layer
        return {"model": layer.layer_entry(self.shape(tiny))}

    def bar(self):
        return {"ratio": 1.3}

    def run(self, context):
        import layer
        import msart
        import torch_layer
        torch = context.torch()
        s = self.shape(context.tiny)
        weights, state = torch_layer.draw(layer.weights(s)), torch_layer.random_state(s)
        model = context.model(self)
        torch_layer.set_weights(model, weights)
        session = msart.Session(model)
        for name, array in state.items():
            session.set_state(name, array)
        x = msart.aligned((s.segment, s.width), np.float32)
        x[...] = np.random.default_rng(4).standard_normal(x.shape, np.float32)
        inputs = {"x": x, "position": np.array([64 * s.segment]), "length": np.array([s.segment])}
        ours, outputs = session.prepare("step", inputs)

        names = [n for n, _ in layer.states(s)]
        peer = torch_layer.Layer(torch, s, weights, torch.float32)
        exact = torch_layer.Layer(torch, s, weights, torch.float64)
        compiled = torch.compile(peer.step, dynamic=False)
        start = [torch.from_numpy(state[n].copy()) for n in names]
        tx = torch.from_numpy(x)
        expected = exact.step(tx.double(), *(t.double() for t in start))

        def errors(got):
            return {n: common.error(a, b) for n, a, b in zip(["y", *names], got, expected)}

        ours()
        theirs = {f"{who}.{n}": e for who, f in (("eager", peer.step), ("compiled", compiled))
                  for n, e in errors(f(tx, *start)).items()}
        got = [outputs["y"].copy(), *(session.get_state(n) for n in names)]
        checked = common.correctness(errors(got), theirs)

        # Both carry their state on from step to step.
        def carrying(f):
            now = list(start)

            def step():
                y, *now[:] = f(tx, *now)
                return y
            return step

        quiet = common.Quiet()
        times = common.turns({"ours": ours, "eager": carrying(peer.step), "compiled": carrying(compiled)},
                             context.seconds, context.rounds, warm=4)  # a compiled step meets its own outputs' strides
        others = quiet.others()
        # The same first step gives the same bits after all that.
        for name, array in state.items():
            session.set_state(name, array)
        ours()
        common.same_bits("y", got[0].tobytes(), outputs["y"])
        result = common.compare(times, self.unit, None, {
            "eager": "torch eager, SDPA with a dense mask", "compiled": "torch.compile, SDPA with a dense mask"})
        result["error"] = checked
        self.more(result, context, ours)
        return common.record(self, result, context, model, others)

    def more(self, result, context, ours):
        pass


class StepSmall(LayerStep):
    id, title = "step-small", "latency of a small layer step (d=64, segment 16) through the C interface"

    def shape(self, tiny):
        import layer
        return layer.Shape(width=64, heads=2, segment=16, window=16, slots=16, mlp=False)

    def bar(self):
        return None

    def more(self, result, context, ours):
        """Calls one after the other: the workers are awake, as in a stream."""
        times = []
        for _ in range(20 if context.tiny else 2000):
            start = time.perf_counter()
            ours()
            times.append(time.perf_counter() - start)
        result["raw_ms"]["ours, back to back"] = common.spread(times, 1e3)
