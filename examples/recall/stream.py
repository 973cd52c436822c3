#!/usr/bin/env python3
"""Recall of a trained, compiled model on streams that are as long as you like, in constant memory.

    examples/recall/stream.py                                  the shipped model, a million tokens on the CPU
    examples/recall/stream.py --model all --svg recall.svg     next to the soft gate and to no bank
    examples/recall/stream.py --device cuda --segments 1600000 --checkpoint ckpt
    examples/recall/stream.py --weights runs/stretched-0.safetensors --streams 64

Every stream of the batch gets its own facts in the first segment, then noise, which is drawn as it is needed. At each
distance the session is forked and the fork is asked: the streams themselves never see a question. Beside the recall
each row says which part of the slots of each layer still holds, bit for bit, what the first segment wrote.

The shipped models (weights/) need NumPy and a built msa; other weights are imported from PyTorch here. With
--checkpoint a run that was interrupted (Ctrl-C, --time-limit, a lost machine) goes on where it was when the same
command is given again; exit status 3 says that it is not at its end.
"""

import argparse
import json
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np

import engine
import weights
from task import Streams as Drawn
from task import Task

HERE = Path(__file__).resolve().parent
SEGMENTS = 16384
VERSION = 1


def distances(last: int):
    """Numbers of segments at which to ask, up to `last`: 2, 8, 64, 256, 1024, 4096, 16384, ..."""
    some = [n for n in (2, 8, 64) if n < last]
    n = 256
    while n < last:
        some.append(n)
        n *= 4
    return [*some, last]


class Progress:
    """A line on stderr, rewritten where it is a terminal, else now and then."""

    def __init__(self, name: str, total: int, tokens: int):
        self.name, self.total, self.tokens, self.tty = name, total, tokens, sys.stderr.isatty()
        self.begin = self.told = time.monotonic()
        self.start = None

    def __call__(self, done: int):
        now = time.monotonic()
        if self.start is None:
            self.start = done
        if now - self.told < (0.2 if self.tty else 20) and done < self.total:
            return
        self.told = now
        rate = (done - self.start) / max(now - self.begin, 1e-9)
        left = (self.total - done) / rate if rate else 0
        bar = "#" * (30 * done // self.total)
        line = f"{self.name:10} [{bar:30}] {done}/{self.total} segments, {rate * self.tokens:,.0f} tokens/s, " \
               f"{left:.0f} s left"
        print(("\r" if self.tty else "") + line, end="" if self.tty else "\n", file=sys.stderr, flush=True)

    def close(self):
        if self.tty:
            print("\r" + " " * 110 + "\r", end="", file=sys.stderr)


class Checkpoint:
    """A folder with a model's state: NAME.json says what it is of, NAME.state is the exported session, NAME.first.npz
    what the banks held after the first segment."""

    def __init__(self, folder, name: str, what: dict):
        self.path = Path(folder) / name if folder else None
        self.what = {"version": VERSION, **what}

    def load(self, streams):
        """(rows, seconds, first banks) of the run that `streams` now continue, or None."""
        if self.path is None or not self.path.with_suffix(".json").exists():
            return None
        info = json.loads(self.path.with_suffix(".json").read_text())
        if info["what"] != self.what:
            raise weights.BadWeights(f"{self.path}.json is of another run: {info['what']}, not {self.what}. Give the "
                                     "same options, or another --checkpoint")
        streams.session.restore(self.path.with_name(info["state"]).read_bytes())
        streams.passed = info["passed"]
        with np.load(self.path.with_suffix(".first.npz")) as file:
            first = [file[f"bank{i}"] for i in range(len(file.files))]
        return info["rows"], info["seconds"], first

    def save(self, streams, rows, seconds, first):
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if not self.path.with_suffix(".first.npz").exists() or streams.passed == 1:
            np.savez(self.path.with_suffix(".first.npz"), **{f"bank{i}": b for i, b in enumerate(first)})
        # Two states in turns: the JSON, replaced last, names the one that is whole.
        state = self.path.with_suffix(f".state{streams.passed % 2}")
        old = None
        if self.path.with_suffix(".json").exists():
            old = json.loads(self.path.with_suffix(".json").read_text())["state"]
            if old == state.name:
                state = self.path.with_suffix(f".state{1 - streams.passed % 2}")
        state.write_bytes(streams.session.export())
        partial = self.path.with_suffix(".json.partial")
        partial.write_text(json.dumps({"what": self.what, "passed": streams.passed, "rows": rows,
                                       "seconds": seconds, "state": state.name}))
        os.replace(partial, self.path.with_suffix(".json"))


def ask(streams, drawn, number: int) -> dict:
    """Asks a fork of the streams all questions: how many answers are right."""
    tokens, positions = drawn.questions(number)
    logits = streams.fork().forward(tokens)
    answers = np.take_along_axis(np.asarray(logits), positions[:, :, None], 1).argmax(2)
    return {"questions": int(answers.size), "right": int((answers == drawn.values).sum())}


def run(streams, task, *, seed, segments, at=None, checkpoint=None, every=60.0, deadline=float("inf"),
        stopped=lambda: False, progress=lambda done: None, report=lambda row: None):
    """Streams to `segments` segments. Returns (rows, seconds of computing); the last row is missing if it was stopped.

    at: numbers of segments at which to ask (see `distances`). every: seconds between checkpoints."""
    drawn = Drawn(task, streams.batch, seed)
    at = sorted({n for n in (at or distances(segments)) if 2 <= n <= segments})
    rows, before, first = [], 0.0, None
    known = checkpoint.load(streams) if checkpoint else None
    if known:
        rows, before, first = known
        for row in rows:
            report(row)
    begin = saved = time.monotonic()
    if first is None:
        streams.remember(drawn.first)
        first = streams.banks()
    for n in [n for n in at if n - 1 >= streams.passed and n not in [r["segments"] for r in rows]]:
        while streams.passed < n - 1:
            if stopped() or time.monotonic() > deadline:
                seconds = before + time.monotonic() - begin
                if checkpoint:
                    checkpoint.save(streams, rows, seconds, first)
                return rows, seconds
            streams.remember(drawn.noise(streams.passed))
            if streams.passed % 16 == 0:
                progress(streams.passed)
                if checkpoint and time.monotonic() - saved > every:
                    saved = time.monotonic()
                    checkpoint.save(streams, rows, before + saved - begin, first)
        result = ask(streams, drawn, n)
        kept = [float((a == b).all(-1).mean()) for a, b in zip(first, streams.banks())]
        rows.append({"segments": n, "tokens": n * task.segment, **result,
                     "accuracy": result["right"] / result["questions"], "kept": [round(k, 4) for k in kept],
                     "seconds": round(before + time.monotonic() - begin, 2)})
        report(rows[-1])
    seconds = before + time.monotonic() - begin
    if checkpoint:
        checkpoint.save(streams, rows, seconds, first)
    return rows, seconds


def shipped(name: str, device: str, batch: int, artefact=None):
    """(session, info, seconds of compiling) of a shipped model."""
    tensors, info = weights.read(HERE / "weights" / f"{name}.safetensors")
    begin = time.monotonic()
    if artefact is None:
        text = engine.batched((HERE / "weights" / f"{name}.mlir").read_text(), batch, info["task"]["segment"])
        artefact = engine.compiled(text, device.partition(":")[0])
    return engine.open_session(artefact, device, tensors), info, time.monotonic() - begin


def imported(path, device: str, batch: int):
    """The same of a weights file of train.py, imported from PyTorch."""
    import evaluate
    import importing
    begin = time.monotonic()
    model, _, info = evaluate.load_model(path, "cpu", None)
    artefact = engine.compiled(importing.text(model, batch), device.partition(":")[0])
    tensors = {name: p.detach().numpy() for name, p in model.named_parameters()}
    return engine.open_session(artefact, device, tensors), info, time.monotonic() - begin


def arguments(argv=None):
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", nargs="+", default=["stretched"], metavar="NAME",
                   help="shipped models: stretched (default), soft, none, or all")
    p.add_argument("--weights", type=Path, nargs="+", default=[], help="files of train.py instead (needs PyTorch)")
    p.add_argument("--streams", type=int, default=16, help="side by side (default 16)")
    p.add_argument("--segments", type=int, default=SEGMENTS, help=f"of each stream (default {SEGMENTS})")
    p.add_argument("--others", type=int, default=None, metavar="SEGMENTS", help="of the models after the first")
    p.add_argument("--at", type=int, nargs="+", help="numbers of segments at which to ask (default 2, 8, 64, 256, ..)")
    p.add_argument("--device", default="cpu", help="cpu, cpu:THREADS, cuda or cuda:GPU")
    p.add_argument("--artefact", type=Path, help="of the one shipped model, compiled elsewhere (scripts/recall-stream-gpu)")
    p.add_argument("--seed", type=int, default=10**6, help="of the test streams")
    p.add_argument("--checkpoint", type=Path, metavar="FOLDER", help="state to go on from, and to save now and then")
    p.add_argument("--time-limit", type=float, default=float("inf"), metavar="SECONDS")
    p.add_argument("--json", type=Path, help="file for the records")
    p.add_argument("--svg", type=Path, help="file for the chart")
    args = p.parse_args(argv)
    if args.model == ["all"]:
        args.model = ["stretched", "soft", "none"]
    if args.segments < 2 or (args.others or 2) < 2:
        p.error("a stream has at least two segments (facts and questions)")
    if args.artefact and (args.weights or len(args.model) > 1):
        p.error("--artefact is of one shipped model")
    return args


def main(argv=None):
    args = arguments(argv)
    deadline, stop = time.monotonic() + args.time_limit, []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.append(1))
    records, done = [], True
    names = [(path.stem, path) for path in args.weights] or [(name, None) for name in args.model]
    try:
        for index, (name, path) in enumerate(names):
            artefact = args.artefact.read_bytes() if args.artefact else None
            session, info, compiling = imported(path, args.device, args.streams) if path else \
                shipped(name, args.device, args.streams, artefact)
            task, streams = Task(**info["task"]), engine.Streams(session)
            segments = args.segments if index == 0 or args.others is None else min(args.others, args.segments)
            print(f"{name}: {streams.batch} streams x {segments} segments of {task.segment} tokens on "
                  f"{session.device}; chance {task.chance:.2%}", flush=True)
            bar = Progress(name, segments, streams.batch * task.segment)

            def report(row):
                bar.close()
                kept = " ".join(f"{k:.3f}" for k in row["kept"])
                print(f"  {row['segments']:8} segments {row['tokens']:11} tokens: recall {row['accuracy']:8.3%}"
                      + (f"   slots kept bit for bit: {kept}" if kept else "") + f"   {row['seconds']:.0f} s",
                      flush=True)

            what = {"model": name, "seed": args.seed, "streams": streams.batch, "step": info.get("step"),
                    "stored": info.get("stored")}
            rows, seconds = run(streams, task, seed=args.seed, segments=segments, at=args.at,
                                checkpoint=Checkpoint(args.checkpoint, name, what), deadline=deadline,
                                stopped=lambda: bool(stop), progress=bar, report=report)
            bar.close()
            whole = bool(rows) and rows[-1]["segments"] == max(args.at or [segments])
            done &= whole
            passed = streams.passed
            print(f"  {passed} segments in {seconds:.1f} s: {1e3 * seconds / passed:.3f} ms a segment, "
                  f"{passed * streams.batch * task.segment / seconds:,.0f} tokens/s"
                  + ("" if whole else "; not at its end yet"), flush=True)
            records.append({"model": name, **{k: info[k] for k in ("config", "task", "seed", "training")},
                            "stored": info.get("stored", "f32"),
                            "trained": {k: info[k] for k in ("seconds", "device", "torch")},
                            "evaluation": {"engine": "msa, compiled", "streams": streams.batch, "seed": args.seed,
                                           "device": session.device, "state_bytes": len(session.export()),
                                           "segments": passed, "seconds": round(seconds, 2),
                                           "compile_seconds": round(compiling, 2),
                                           "tokens_per_s": round(passed * streams.batch * task.segment / seconds)},
                            "done": whole, "results": rows})
    except (ValueError, OSError, RuntimeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps({"evaluations": records}, indent=1) + "\n")
    if args.svg and all(r["results"] for r in records):
        import plot
        args.svg.parent.mkdir(parents=True, exist_ok=True)
        args.svg.write_text(plot.recall_chart(records))
    return 0 if done else 3


if __name__ == "__main__":
    sys.exit(main())
