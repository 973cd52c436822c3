"""Does a token cost the same, and the process hold the same memory, after 50
million tokens? One stream through a small byte-level model.

A million here is 2^20 tokens, fed in pieces of 65,536; the time per token of a
million is the median of its pieces. The processor's clock drifts over minutes, so
after its 50 millions the stream takes turns, piece by piece, with a new stream of
the same model that feeds its first: those two are compared. The times of all
millions on the way are in the record too. torch is loaded only after the last
measurement: what grows before that is the runtime's."""

import os
import statistics
import time

import numpy as np

import common

PIECE, PIECES = 65536, 16


def resident():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class StreamFlat(common.Benchmark):
    id, unit = "stream-flat", "us/token"
    title = "time per token and memory at the 50th million tokens against the first"
    peer = "a new stream's first million tokens, in turns"
    ratio, growth = 0.95, 1_000_000

    def shape(self, tiny):
        import layer
        return layer.Shape(width=32, heads=2, segment=512, window=64, slots=32)

    def sources(self, tiny):
        import layer
        return {"model": layer.byte_lm(self.shape(tiny), 1)}

    def bar(self):
        return {"ratio": self.ratio, "rss_growth_below": self.growth}

    def passes(self, result):
        return result["ratio"] >= self.ratio and result["rss_growth"] < self.growth

    def run(self, context):
        import layer
        import msart
        s = self.shape(context.tiny)
        entries = [("embedding", f"tensor<256x{s.width}xf32>", 0, 1.0, 0), ("norm", f"tensor<{s.width}xf32>", None, 0, 1.0),
                   ("head", f"tensor<{s.width}x256xf32>", 0, s.width ** -0.5, 0)]
        entries += [(f"l0.{n}", *rest) for n, *rest in layer.weights(s)]
        import torch_layer
        weights = torch_layer.draw(entries)
        model = context.model(self)
        torch_layer.set_weights(model, weights)
        session = msart.Session(model)
        stream = msart.Stream(session, "segment")
        names = [n for n, _ in layer.states(s)]
        rng = np.random.default_rng(5)

        def state():
            return [session.get_state(f"l0.{n}") for n in names]

        def looked_at(n):
            """Segments whose inputs and results are kept for the check."""
            kept = []
            for _ in range(n):
                tokens = rng.integers(0, 256, s.segment)
                before = state()
                stream.feed(tokens)
                positions, _, outputs = stream.results.pop()
                kept.append((positions[0], tokens, before, outputs["logits"][0], state()))
            return kept

        seen = looked_at(3)
        million = PIECE * PIECES
        wanted = context.tokens or (million if context.tiny else 50_000_000)
        piece = PIECE if not context.tiny else 4 * s.segment
        per = PIECES if not context.tiny else 4
        millions = max(2, -(-wanted // million)) if not context.tiny else 2
        data = np.ascontiguousarray(rng.integers(0, 256, piece * per), np.int64)
        lib, silent = msart.lib(), msart.CALLBACK()

        def one_piece(stream, p):
            at = data.ctypes.data + 8 * piece * p
            start = time.perf_counter()
            msart.check(lib.msa_stream_feed(stream.handle, 0, at, piece, silent, None))
            return (time.perf_counter() - start) / piece * 1e6

        def one_million():
            times = [one_piece(stream, p) for p in range(per)]
            return statistics.median(times), min(times), max(times)

        # Warm-up: caches, clocks, and what Python allocates in the loop.
        laps, memory = [0.0] * millions, [0] * millions
        for _ in range(2):
            one_million()
            resident()
        quiet = common.Quiet()
        lows, highs = [0.0] * millions, [0.0] * millions
        begin = time.perf_counter()
        for k in range(millions):
            laps[k], lows[k], highs[k] = one_million()
            memory[k] = resident()
        total, others = time.perf_counter() - begin, quiet.others()
        fed = millions * per * piece
        position = (3 + 2 * per * piece // s.segment) * s.segment + fed
        if stream.position() != position:
            raise common.Wrong(f"the stream is at {stream.position()}, not at {position}")

        young = msart.Stream(msart.Session(model), "segment")
        one_piece(young, 0)
        turns = [(one_piece(stream, p), one_piece(young, p)) for p in range(per)]
        old, new = (statistics.median(t) for t in zip(*turns))

        seen += looked_at(1)
        result = {"ours": round(old, 4), "theirs": round(new, 4), "ratio": round(new / old, 4),
                  "rss_growth": memory[-1] - memory[0],
                  "raw": {"tokens": fed, "seconds": round(total, 2), "tokens_per_s": round(fed / total),
                          "turns": [[round(a, 4), round(b, 4)] for a, b in turns],
                          "first_million_over_last": round(laps[0] / laps[-1], 4),
                          "us_per_token": [round(x, 4) for x in laps], "us_per_token_min": [round(x, 4) for x in lows],
                          "us_per_token_max": [round(x, 4) for x in highs],
                          "rss_bytes": memory, "state_bytes": lib.msa_model_session_bytes(model.handle)}}
        result["error"] = common.correctness(self.errors(context, s, weights, names, seen))
        return common.record(self, result, context, model, others)

    def errors(self, context, s, weights, names, seen):
        """Against float64, from the state that the segment began with."""
        import torch_layer
        torch = context.torch()
        own = {k[3:]: v for k, v in weights.items() if k.startswith("l0.")}
        rest = {k: torch.from_numpy(weights[k]).double() for k in ("embedding", "norm", "head")}
        out = {}
        for k, (position, tokens, before, logits, after) in enumerate(seen):
            step = torch_layer.Layer(torch, s, own, torch.float64, position).step
            y, *states = step(rest["embedding"][torch.from_numpy(tokens)], *(torch.from_numpy(b).double() for b in before))
            y = torch.nn.functional.rms_norm(y, (s.width,), rest["norm"], 1e-5) @ rest["head"]
            where = f"segment at {position}"
            out[f"{where}: logits"] = common.error(logits, y)
            for n, a, b in zip(names, after, states):
                out[f"{where}: {n}"] = common.error(a, b)
        return out
