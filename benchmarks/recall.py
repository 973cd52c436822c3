"""Does a compiled model still know, a million tokens later, what its first 64 tokens said?

The task and the model of examples/recall (16 pairs, 64 slots, 2 layers of width 128, one stretched gate per slot,
trained on at most 8 segments), on streams of 16,384 segments of 64 tokens. Three seeds of the training; the median
counts. Seed 0 is shipped; the environment variable MSA_RECALL_RUN names the folder of a run of scripts/recall-gpu,
which has all three."""

import os
import statistics
import sys
from pathlib import Path

import common

RECALL = os.path.join(common.ROOT, "examples", "recall")
SEEDS = (0, 1, 2)


def example():
    """What is used of the example. Its module `stream` has the name of one of ours, so it goes first for a moment."""
    ours = sys.modules.pop("stream", None)
    sys.path.insert(0, RECALL)
    try:
        import engine
        import stream
        import weights
        from task import Task
    finally:
        sys.path.remove(RECALL)
        sys.modules["stream"] = ours
    return engine, stream, weights, Task


class RecallCpu(common.Benchmark):
    id, unit = "recall-cpu", "recall"
    title = "facts of the first 64 tokens after a million tokens, compiled, median of 3 seeds"
    least, streams, segments = 0.99, 8, 16384

    def sources(self, tiny):
        engine = example()[0]
        with open(os.path.join(RECALL, "weights", "stretched.mlir")) as f:
            return {"model": engine.batched(f.read(), 2 if tiny else self.streams, 64)}

    def bar(self):
        return {"at_least": self.least}

    def passes(self, result):
        return len(result["raw"]["seeds"]) == len(SEEDS) and result["ours"] >= self.least

    def files(self):
        folder = os.environ.get("MSA_RECALL_RUN")
        if folder:
            files = [Path(folder) / f"stretched-{seed}.safetensors" for seed in SEEDS]
            missing = [str(f) for f in files if not f.exists()]
            if missing:
                raise common.Skipped(f"MSA_RECALL_RUN has no {', '.join(missing)}")
            return files
        return [Path(RECALL) / "weights" / "stretched.safetensors"]

    def run(self, context):
        engine, recall_stream, weights, Task = example()
        artefact, device = context.artefact(self), f"cpu:{context.threads}"
        seeds, model, quiet = [], None, common.Quiet()
        for path in self.files():
            tensors, info = weights.read(path)
            session = engine.Plain.open(artefact, device, tensors)
            model = session.session.model
            streams = engine.Streams(session)
            last = 16 if context.tiny else self.segments
            rows, seconds = recall_stream.run(streams, Task(**info["task"]), seed=10**6, segments=last,
                                              progress=recall_stream.Progress(path.stem, last, streams.batch * 64))
            tokens = streams.passed * streams.batch * streams.segment
            seeds.append({"weights": path.stem, "seed": info["seed"], "training": info["training"],
                          "trained_on": info["device"], "stored": info.get("stored", "f32"),
                          "state_bytes": len(session.export()), "streams": streams.batch,
                          "seconds": round(seconds, 2), "tokens_per_s": round(tokens / seconds), "results": rows})
        last = [s["results"][-1]["accuracy"] for s in seeds]
        if not all(1 / 128 < a <= 1 for a in last) and not context.tiny:
            raise common.Wrong(f"recall at the end is {last}: chance, or not a fraction")
        result = {"ours": round(statistics.median(last), 5), "theirs": None, "peer": None,
                  "raw": {"segments": seeds[0]["results"][-1]["segments"], "tokens": seeds[0]["results"][-1]["tokens"],
                          "seeds": seeds}}
        return common.record(self, result, context, model, quiet.others())
