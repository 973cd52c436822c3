#!/usr/bin/env python3
"""Trains models of the recall task.

    examples/recall/train.py --gate stretched --seeds 0 1 2 --out runs          as in the README, for a GPU
    examples/recall/train.py --small --out runs-small                           on two CPU cores

Writes, for each seed, into --out: NAME.safetensors (the weights, once done), NAME.checkpoint.safetensors (everything
needed to go on), NAME.csv and NAME.svg (the loss curve), where NAME is GATE-SEED. A run that was interrupted (Ctrl-C,
SIGTERM, --time-limit, a lost machine) goes on from its checkpoint when the same command is given again.
"""

import argparse
import csv
import math
import signal
import sys
import time
from pathlib import Path

import torch
from torch.nn import functional as F

import checkpoint
import plot
from data import Task, generator, sample
from model import GATES, Config, MemoryLM

# What --small changes: a model that two CPU cores train.
SMALL = {"pairs": 8, "keys": 32, "values": 32, "noise": 16, "segment": 32, "slots": 32, "width": 64, "batch": 32,
         "steps": 2500, "rate": 2e-3}


def arguments(argv=None):
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    p.add_argument("--out", type=Path, default=Path("runs"), help="folder of the results")
    p.add_argument("--gate", choices=GATES, default="stretched",
                   help="one stretched gate per slot; a soft gate per channel; no bank")
    p.add_argument("--seeds", type=int, nargs="+", default=[0], help="trained one after the other")
    p.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    p.add_argument("--time-limit", type=float, default=math.inf, metavar="SECONDS",
                   help="of all seeds together; then a checkpoint is written and the exit status is 3")
    p.add_argument("--small", action="store_true", help="the reduced setting, for a CPU; sizes given besides count")
    p.add_argument("--graphs", action="store_true", help="replay each step as a CUDA graph (quicker)")
    p.add_argument("--tf32", action="store_true", help="products in TF32 on the GPU")
    p.add_argument("--fresh", action="store_true", help="start again, whatever checkpoint there is")
    p.add_argument("--checkpoint-every", type=int, default=500, metavar="STEPS")
    p.add_argument("--log-every", type=int, default=100, metavar="STEPS")
    sizes = p.add_argument_group("sizes of task, model and training")
    for name, value in (("pairs", 16), ("keys", 128), ("values", 128), ("noise", 64), ("segment", 64), ("slots", 64),
                        ("width", 128), ("layers", 2), ("heads", 2), ("conv", 3), ("mlp", 2), ("batch", 128),
                        ("steps", 4900), ("segments", 8), ("warmup", 100)):
        sizes.add_argument(f"--{name}", type=int, default=value)
    for name, value in (("rate", 1e-3), ("beta2", 0.98), ("clip", 1.0), ("decay", 0.01), ("bank-bias", 0.0),
                        ("grow-from", 0.15), ("grow-to", 0.6)):
        sizes.add_argument(f"--{name}", type=float, default=value)
    args = p.parse_args(argv)
    if args.small:
        p.set_defaults(**SMALL)
        args = p.parse_args(argv)
    return args


def task_of(args) -> Task:
    return Task(args.pairs, args.keys, args.values, args.noise, args.segment)


def config_of(args, task) -> Config:
    return Config(task.vocabulary, args.width, args.layers, args.heads, args.slots, args.segment, args.conv, args.mlp,
                  args.gate, bank_bias=args.bank_bias)


TRAINING = ("batch", "steps", "segments", "warmup", "rate", "beta2", "clip", "decay", "grow_from", "grow_to")


def limit_at(step: int, args) -> int:
    """The most segments of a stream at a step: grows from 2 to --segments between the fractions --grow-from and
    --grow-to of the training. To bind keys to values is learned on the shortest streams, to keep them on longer ones."""
    done = (step / args.steps - args.grow_from) / max(args.grow_to - args.grow_from, 1e-9)
    return 2 + math.floor((args.segments - 2) * min(max(done, 0.0), 1.0))


def segments_at(step: int, args, seed: int) -> int:
    """Segments of the streams of a step: drawn from 2 .. limit_at(step)."""
    return int(torch.randint(2, limit_at(step, args) + 1, (), generator=generator("cpu", seed, step, 1)))


def rate_at(step: int, args) -> float:
    """Linear warm-up, then a cosine down to a hundredth."""
    rise = min(1.0, (step + 1) / args.warmup) if args.warmup else 1.0
    return args.rate * rise * (0.505 + 0.495 * math.cos(math.pi * step / args.steps))


def objective(model, tokens, positions, answers):
    """Mean loss and fraction of right answers of whole streams (data.sample): two scalars."""
    state = model.initial_state(tokens.shape[0])
    last = tokens.shape[1] - 1
    for i in range(last):
        state = model.advance(tokens[:, i], state)
    logits, _ = model(tokens[:, last], state)
    asked = logits.gather(1, positions[..., None].expand(-1, -1, logits.shape[-1])).flatten(0, 1)
    hits = (asked.argmax(-1) == answers.flatten()).float().mean()
    return F.cross_entropy(asked, answers.flatten()), hits


class Trainer:
    """Model, optimizer and the step. `totals` sums loss, hits and steps on the device since the last line of the log,
    so that a step never waits for the device."""

    def __init__(self, args, seed: int):
        self.args, self.seed, self.device = args, seed, torch.device(args.device)
        self.task = task_of(args)
        self.config = config_of(args, self.task)
        torch.manual_seed(seed)  # the weights are drawn on the CPU: the same on every device
        self.model = MemoryLM(self.config).to(self.device)
        self.parameters = dict(self.model.named_parameters())
        cuda = self.device.type == "cuda"
        rate = torch.zeros((), device=self.device) if cuda else 0.0
        self.optimizer = torch.optim.AdamW(self.parameters.values(), lr=rate, betas=(0.9, args.beta2),
                                           weight_decay=args.decay, foreach=True, capturable=cuda)
        # A first step at rate 0 without gradients makes the optimizer's tensors, which must exist before a graph is
        # captured or a checkpoint is read; then the count of steps goes back to 0.
        for p in self.parameters.values():
            p.grad = torch.zeros_like(p)
        self.optimizer.step()
        for state in self.optimizer.state.values():
            state["step"].zero_()
        self.totals = torch.zeros(3, device=self.device)
        self.step, self.seconds, self.graphs, self.pool = 0, 0.0, {}, None

    def compute(self, batch):
        for p in self.parameters.values():
            p.grad.zero_()
        loss, hits = objective(self.model, *batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters.values(), self.args.clip)
        return torch.stack([loss.detach(), hits, torch.ones_like(hits)])

    def update(self, batch):
        totals = self.compute(batch)
        self.optimizer.step()
        self.totals += totals

    def capture(self, batch):
        """A graph of `update` for streams as long as those of `batch`, and the tensors that it reads."""
        static = [x.clone() for x in batch]
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            self.compute(static)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self.pool):
            self.update(static)
        self.pool = graph.pool()
        return graph, static

    def advance(self):
        """One step of training."""
        segments = segments_at(self.step, self.args, self.seed)
        batch = sample(self.task, generator(self.device, self.seed, self.step, 0), self.args.batch, segments)
        for group in self.optimizer.param_groups:
            rate = rate_at(self.step, self.args)
            if torch.is_tensor(group["lr"]):
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate
        if self.args.graphs:
            if segments not in self.graphs:
                self.graphs[segments] = self.capture(batch)
            graph, static = self.graphs[segments]
            for own, new in zip(static, batch):
                own.copy_(new)
            graph.replay()
        else:
            self.update(batch)
        self.step += 1

    def info(self, kind):
        return {"kind": kind, "config": self.config.to_dict(), "task": self.task.to_dict(), "seed": self.seed,
                "training": {name: getattr(self.args, name) for name in TRAINING}, "step": self.step,
                "seconds": self.seconds, "device": device_name(self.device), "torch": torch.__version__}

    def save(self, path):
        tensors = {"totals": self.totals}
        for name, p in self.parameters.items():
            tensors[f"model.{name}"] = p
            for part in ("exp_avg", "exp_avg_sq"):
                tensors[f"{part}.{name}"] = self.optimizer.state[p][part]
        checkpoint.save(path, tensors, self.info("checkpoint"))

    def load(self, path):
        """Goes on from a checkpoint. Raises CheckpointError if it is of other settings."""
        tensors, info = checkpoint.load(path, "checkpoint")
        mine = self.info("checkpoint")
        for part in ("config", "task", "training", "seed"):
            if info[part] != mine[part]:
                raise checkpoint.CheckpointError(f"{path} was made with {part} {info[part]}, not {mine[part]}: give "
                                                 "the same options, another --out, or --fresh")
        with torch.no_grad():
            self.totals.copy_(tensors["totals"])
            for name, p in self.parameters.items():
                p.copy_(tensors[f"model.{name}"])
                state = self.optimizer.state[p]
                state["step"].fill_(info["step"])
                for part in ("exp_avg", "exp_avg_sq"):
                    state[part].copy_(tensors[f"{part}.{name}"])
        self.step, self.seconds = info["step"], info["seconds"]


def device_name(device):
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"


class Log:
    """The loss curve: NAME.csv. Lines past the checkpoint that a run goes on from are dropped."""

    FIELDS = ("step", "loss", "accuracy", "limit", "seconds")

    def __init__(self, path: Path, step: int):
        self.path, self.rows = path, []
        if step and path.exists():
            with open(path, newline="") as file:
                self.rows = [row for row in csv.DictReader(file) if int(row["step"]) <= step]

    def add(self, *values):
        self.rows.append(dict(zip(self.FIELDS, values)))
        self.write()

    def write(self):
        with open(self.path, "w", newline="") as file:
            writer = csv.DictWriter(file, self.FIELDS)
            writer.writeheader()
            writer.writerows(self.rows)

    def chart(self, name):
        points = {key: [(int(r["step"]), float(r[key])) for r in self.rows] for key in ("loss", "accuracy")}
        return plot.chart(f"Training of {name}", "step", "loss (nats), recall (0 to 1)",
                          [plot.Series("loss", points["loss"]), plot.Series("recall on training streams",
                                                                            points["accuracy"])], log_x=False)


def progress(total, start, name):
    """A progress bar where tqdm is there and the output is a terminal; else nothing but the lines of the log."""
    if sys.stderr.isatty():
        try:
            from tqdm import tqdm
            return tqdm(total=total, initial=start, desc=name, dynamic_ncols=True)
        except ImportError:
            pass
    return None


def train(args, seed: int, deadline: float, stopped) -> bool:
    """Trains one seed; True once it is done."""
    name = f"{args.gate}-{seed}"
    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / f"{name}.checkpoint.safetensors"
    trainer = Trainer(args, seed)
    if path.exists() and not args.fresh:
        trainer.load(path)
        print(f"{name}: goes on from step {trainer.step}", flush=True)
    log = Log(args.out / f"{name}.csv", trainer.step)
    bar = progress(args.steps, trainer.step, name)
    begin = time.monotonic() - trainer.seconds

    def save():
        if trainer.device.type == "cuda":
            torch.cuda.synchronize()
        trainer.seconds = time.monotonic() - begin
        trainer.save(path)
        (args.out / f"{name}.svg").write_text(log.chart(name))

    while trainer.step < args.steps and not stopped() and time.monotonic() < deadline:
        trainer.advance()
        if bar:
            bar.update()
        if trainer.step % args.log_every == 0 or trainer.step == args.steps:
            loss, hits, count = trainer.totals.tolist()
            trainer.totals.zero_()
            if not math.isfinite(loss):
                raise FloatingPointError(f"{name}: the loss is {loss} at step {trainer.step}; a smaller --rate helps")
            seconds, limit = time.monotonic() - begin, limit_at(trainer.step - 1, args)
            log.add(trainer.step, f"{loss / count:.5f}", f"{hits / count:.5f}", limit, f"{seconds:.1f}")
            line = f"{name}: step {trainer.step} loss {loss / count:.4f} recall {hits / count:.4f} " \
                   f"(2 to {limit} segments) {seconds:.0f} s"
            bar.set_postfix(loss=f"{loss / count:.3f}", recall=f"{hits / count:.3f}") if bar else print(line, flush=True)
        if trainer.step % args.checkpoint_every == 0:
            save()
    save()
    if bar:
        bar.close()
    if trainer.step < args.steps:
        print(f"{name}: stopped at step {trainer.step} of {args.steps}; the same command goes on from {path}")
        return False
    checkpoint.save(args.out / f"{name}.safetensors", trainer.parameters, trainer.info("weights"))
    print(f"{name}: done in {trainer.seconds:.0f} s, {args.out / name}.safetensors", flush=True)
    return True


def main():
    args = arguments()
    if args.device.startswith("cuda"):
        torch.set_float32_matmul_precision("high" if args.tf32 else "highest")
    elif args.graphs or args.tf32:
        sys.exit("--graphs and --tf32 are for a CUDA device")
    deadline, stop = time.monotonic() + args.time_limit, []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.append(1))
    try:
        for seed in args.seeds:
            if not train(args, seed, deadline, lambda: bool(stop)):
                return 3
    except (checkpoint.CheckpointError, ValueError, FloatingPointError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
