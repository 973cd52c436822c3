#!/usr/bin/env python3
"""Recall of trained models against the number of segments.

    examples/recall/evaluate.py runs/stretched-0.safetensors --segments 2 8 64 1024 --json results.json

The streams run in plain PyTorch, one segment after the other, in memory that does not grow: the state of all streams
is kept and nothing else. At each number n of segments that is asked for, the state after n - 1 segments (facts, then
noise) is put the questions; they are not written to it, so that one pass over the longest stream serves all n.
Beside the recall, each row says which part of the slots of each layer still holds, bit for bit, what the first
segment wrote.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import torch

import checkpoint
from data import Task, facts, generator, noise, questions
from model import Config, MemoryLM

SEGMENTS = (2, 4, 8, 16, 64, 256, 1024, 4096, 16384)
CHUNK = 64  # segments of noise drawn at once


def load_model(path, device, backend="reference"):
    """(model, task, info) of a weights file. Raises CheckpointError."""
    tensors, info = checkpoint.load(path, "weights")
    model = MemoryLM(Config(**info["config"]), backend)
    missing, unexpected = model.load_state_dict(tensors, strict=False)
    if missing or unexpected:
        raise checkpoint.CheckpointError(f"{path} does not fit its own sizes: missing {missing}, unexpected {unexpected}")
    return model.to(device).eval(), Task(**info["task"]), info


class Stream:
    """The state of B streams and the step that takes them past a segment without looking at the logits; with
    graphs=True the step is captured once and replayed."""

    def __init__(self, model, batch, graphs=False):
        self.model, self.graph = model, None
        self.state = tuple(s.map(torch.clone) for s in model.initial_state(batch))
        self.tokens = torch.zeros(batch, model.config.segment, dtype=torch.int64, device=model.embedding.weight.device)
        if graphs:
            side = torch.cuda.Stream()
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):
                model.advance(self.tokens, self.state)
            torch.cuda.current_stream().wait_stream(side)
            self.graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self.graph):
                self._step()

    def _step(self):
        for old, fresh in zip(self.state, self.model.advance(self.tokens, self.state)):
            for a, b in zip(old, fresh):
                if a is not None:
                    a.copy_(b)

    def feed(self, tokens):
        self.tokens.copy_(tokens)
        self.graph.replay() if self.graph else self._step()

    def banks(self):
        return [s.bank for s in self.state if s.bank is not None]


@torch.no_grad()
def evaluate(model, task, segments=SEGMENTS, streams=64, rounds=1, seed=10**6, graphs=False, report=lambda row: None):
    """A row for each number of segments: {"segments", "tokens" from the first token to the last, "questions",
    "right", "accuracy", "kept": for each layer, "seconds"}. rounds: question segments for each stream and row, with
    other noise and order."""
    device = model.embedding.weight.device
    rng = generator(device, seed)
    stream = Stream(model, streams, graphs)
    tokens, keys, values = facts(task, rng, streams)
    stream.feed(tokens)
    first = [b.clone() for b in stream.banks()]
    rows, passed, buffer, begin = [], 1, None, time.monotonic()
    for n in sorted(set(segments)):
        if n < 2:
            raise ValueError(f"a stream has at least two segments (facts and questions), not {n}")
        while passed < n - 1:
            if (passed - 1) % CHUNK == 0:
                buffer = noise(task, rng, CHUNK, streams, task.segment)
            stream.feed(buffer[(passed - 1) % CHUNK])
            passed += 1
        right = torch.zeros((), dtype=torch.int64, device=device)
        for r in range(rounds):
            # Of a generator of their own: the noise of the stream does not depend on which rows are asked for.
            last, positions = questions(task, generator(device, seed, n, r), keys)
            logits, _ = model(last, stream.state)
            asked = logits.gather(1, positions[..., None].expand(-1, -1, logits.shape[-1])).argmax(-1)
            right += (asked == values).sum()
        kept = [(a == b).all(-1).float().mean().item() for a, b in zip(first, stream.banks())]
        total = rounds * values.numel()
        rows.append({"segments": n, "tokens": n * task.segment, "questions": total, "right": int(right),
                     "accuracy": int(right) / total, "kept": kept, "seconds": round(time.monotonic() - begin, 2)})
        report(rows[-1])
    return rows


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    p.add_argument("weights", nargs="+", type=Path)
    p.add_argument("--segments", type=int, nargs="+", default=list(SEGMENTS))
    p.add_argument("--streams", type=int, default=64, help="streams side by side")
    p.add_argument("--rounds", type=int, default=1, help="question segments for each stream and row")
    p.add_argument("--seed", type=int, default=10**6, help="of the test streams")
    p.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    p.add_argument("--graphs", action="store_true", help="replay each step as a CUDA graph (quicker)")
    p.add_argument("--json", type=Path, help="file to write the records to")
    args = p.parse_args()
    if args.graphs and not args.device.startswith("cuda"):
        sys.exit("--graphs is for a CUDA device")
    torch.set_float32_matmul_precision("highest")
    records = []
    try:
        for path in args.weights:
            model, task, info = load_model(path, args.device)
            print(f"{path}: gate {info['config']['gate']}, seed {info['seed']}, chance {task.chance:.2%}")

            def report(row):
                kept = " ".join(f"{k:.3f}" for k in row["kept"])
                print(f"  {row['segments']:7} segments {row['tokens']:10} tokens: recall {row['accuracy']:8.3%}"
                      + (f"   slots kept bit for bit: {kept}" if kept else ""), flush=True)

            rows = evaluate(model, task, args.segments, args.streams, args.rounds, args.seed, args.graphs, report)
            device = torch.cuda.get_device_name() if args.device.startswith("cuda") else "cpu"
            records.append({"model": path.stem, **{k: info[k] for k in ("config", "task", "seed", "training")},
                            "trained": {k: info[k] for k in ("seconds", "device", "torch")},
                            "evaluation": {"engine": "pytorch", "streams": args.streams, "rounds": args.rounds,
                                           "seed": args.seed, "device": device, "torch": torch.__version__},
                            "results": rows})
    except (checkpoint.CheckpointError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if args.json:
        args.json.write_text(json.dumps({"evaluations": records}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
