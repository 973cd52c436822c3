"""One case: right first, then timed in turns with its peers. Makes the record that is kept."""

from __future__ import annotations

import statistics
import tempfile
import time

import torch

from . import clock, first_call, inputs as drawing, masks, peers as others, reference
from .ours import Ours
from .work import Attend


class Wrong(Exception):
    """A result is not what it must be: no time is worth recording."""


class NotTimed(Exception):
    """There is no artefact of this case, or its kernels are right but take the generic path: no time is of interest."""


PEER_BOUND = 4   # times what ours may be off: a peer beyond it computes something else, the set-up is wrong


def spread(times, scale=1e3):
    """Milliseconds, as in the records of the other benchmarks."""
    return {"median": round(statistics.median(times) * scale, 6), "min": round(min(times) * scale, 6),
            "max": round(max(times) * scale, 6), "n": len(times)}


def value(unit, seconds, flops, work):
    """In the case's unit, from the time of a call."""
    if unit == "TFLOP/s":
        return flops / seconds / 1e12
    if unit == "TB/s":
        return work.bytes() / seconds / 1e12
    if unit == "Mtoken/s":
        return work.segment / seconds / 1e6
    return {"us": 1e6, "ms": 1e3, "s": 1.0}[unit] * seconds


def rounded(errors):
    return {k: float(f"{v:.3g}") for k, v in errors.items()}


class Measurement:
    """packed: entry of the pack for each name of model. alive: called between things that take long, says where we
    are; the watchdog ends the process where it is not called for long."""

    def __init__(self, case, packed, folder, device, power, alive, seconds=0.3, rounds=5, peers=True,
                 generic=False):
        self.case, self.packed, self.folder, self.device = case, packed, folder, device
        self.power, self.alive, self.seconds, self.rounds, self.with_peers = power, alive, seconds, rounds, peers
        self.generic, self.notes = generic, []

    def artefact(self, name):
        about = self.packed.get(name)
        if about is None:
            raise NotTimed(f"{self.case.id} {name} is not in the pack")
        if "failed" in about:
            raise NotTimed(f"{name} did not compile: {about['failed']}")
        return str(self.folder / f"{self.case.id}.{name}.msaf")

    def checked(self, work, inputs, name):
        """(session, outputs, truth): one step into poisoned memory, compared row by row."""
        self.alive(f"{name}: reference")
        truth = reference.truth(work, inputs, self.device)
        self.alive(f"{name}: first step")
        ours = Ours(self.artefact(name), work, inputs, self.device)
        outputs, seconds = ours.first()
        self.alive(f"{name}: compare")
        wrong, errors = reference.judge(truth, outputs)
        if wrong:
            raise Wrong(f"{name}: {wrong[0]}")
        return ours, outputs, truth, errors, seconds

    def run(self, variants):
        """variants: name -> work. Returns the fields of a record."""
        error = {}
        small = variants["small"]
        drawn = drawing.draw(small, self.device, seed=2, spread=2.0)  # wide scores: the maximum moves
        _, _, truth, found, _ = self.checked(small, drawn, "small")
        error["small"] = rounded(found)
        del drawn, truth
        way = self.packed["model"].get("way")
        if way == "generic" and not self.generic:
            raise NotTimed(f"generic path; the small case is right, off by {max(found.values()):.2g} at most")

        work = variants["model"]
        inputs = drawing.draw(work, self.device)
        self.alive("kept pairs")
        tiles = kept = None
        if isinstance(work, Attend):
            tiles = masks.counts(work, inputs, self.device)
            kept = masks.kept_pairs(work, inputs, self.device, tiles)
        ours, outputs, truth, found, first_s = self.checked(work, inputs, "model")
        error.update(bound=rounded(truth.bounds), ours=rounded(found), rows=len(truth.rows),
                     dense=float(f"{truth.dense:.3g}"))

        if self.case.unit == "s":
            return self.first_call(ours, first_s, work, inputs, truth, error)
        timed = clock.latency_of if self.case.unit == "us" else clock.batch_of
        calls, setup = self.peers(work, inputs, tiles, truth, error)
        calls = {"ours": ours, **calls}
        batches = {name: timed(call, self.device) for name, call in calls.items()}
        turns = clock.turns(batches, self.seconds, self.rounds, lambda: self.alive("timing"))
        self.alive("same bits")
        self.same_bits(ours, outputs)
        self.alive("kernels")
        result = self.result(turns, work, work.flops(kept))
        result.update(error=error, kept_pairs=kept, flops=work.flops(kept), bytes=work.bytes(), setup_s=setup,
                      first_step_s=round(first_s, 4), load_s=round(ours.load_s, 4))
        alone = ours.one_by_one(5)
        result["raw_ms"]["ours, one by one"] = spread(alone)
        if self.device.type == "cuda":
            result["kernels_ms"] = {name: clock.kernels(clock.batch_of(call, self.device), 6)
                                    for name, call in calls.items()}
        return result

    @staticmethod
    def same_bits(ours, wanted):
        """What the timed steps left, or where they have a state, what a step from its beginning gives again."""
        found = dict(zip(ours.work.outputs, ours.outputs))
        if ours.state:
            ours.restart()
            found = ours.first()[0]
        for name, x in found.items():
            if not torch.equal(x, wanted[name]):
                raise Wrong(f"{name}: the timed steps gave other bits than the first one")

    def first_call(self, ours, first_s, work, inputs, truth, error):
        """From MLIR to the first result, in processes of their own with the compiler that is here; without one, the
        compilation where the pack was made, loading and the first step. Of peers, what they take until theirs."""
        with tempfile.TemporaryDirectory() as folder:
            compiler = first_call.find_compiler(folder)
            if compiler:
                shapes = first_call.measure(compiler, self.device, work != self.case.work, self.alive)
                parts = first_call.medians(shapes)
                total = parts.pop("total_s")
            else:
                self.notes.append("no compiler here (scripts/gpu-compiler): compiled where the pack was made")
                shapes = None
                parts = {"compile_s": self.packed["model"]["compile_s"], "load_s": round(ours.load_s, 4),
                         "first_step_s": round(first_s, 4)}
                total = sum(parts.values())
        _, setup = self.peers(work, inputs, None, truth, error)
        best = min((n for n in self.case.peers if n in setup), key=setup.get, default=None)
        return {"ours": round(total, 4), "theirs": setup.get(best), "peer": others.PEERS[best][0] if best else None,
                "unit": "s", "ratio": round(setup[best] / total, 4) if best else None, "parts": parts, "shapes": shapes,
                "compiled": "here" if shapes else "where the pack was made", "error": error, "setup_s": setup}

    def peers(self, work, inputs, tiles, truth, error):
        """(name -> call, name -> seconds to set it up) of the peers that can do it, each compared with the truth."""
        calls, setup = {}, {}
        names = [*self.case.peers, *self.case.also] if self.with_peers else []
        for name in names:
            self.alive(f"peer {name}")
            start = time.perf_counter()
            try:
                call = others.PEERS[name][1](work, inputs, tiles)
                with others.scope(call):
                    out = call()
                if self.device.type == "cuda":
                    torch.cuda.synchronize(self.device)
            except Exception as e:  # it can not do this here; told, and the others go on
                said = str(e).strip().splitlines()
                self.notes.append(f"{name}: {type(e).__name__}: {said[0] if said else ''}"[:300])
                continue
            setup[name] = round(time.perf_counter() - start, 2)
            key = next(iter(work.outputs))
            found = truth.errors({key: out})[key]
            error.setdefault("theirs", {})[name] = float(f"{found:.3g}")
            if not found <= PEER_BOUND * truth.bounds[key]:
                raise Wrong(f"the peer {name} is off by {found:.3g}: it computes something else")
            calls[name] = call
        return calls, setup

    def result(self, turns, work, flops):
        unit = self.case.unit
        medians = {name: statistics.median(t["times"]) for name, t in turns.items()}
        rates = {name: round(value(unit, s, flops, work), 4) for name, s in medians.items()}
        best = min((n for n in self.case.peers if n in medians), key=medians.get, default=None)
        out = {"ours": rates["ours"], "theirs": None, "peer": None, "unit": unit, "ratio": None, "all": rates,
               "counted": [n for n in self.case.peers if n in medians]}
        if best:
            pairs = [b / a for a, b in zip(turns["ours"]["times"], turns[best]["times"])]
            out.update(theirs=rates[best], peer=others.PEERS[best][0], ratio=round(medians[best] / medians["ours"], 4),
                       ratio_of_pairs=round(statistics.median(pairs), 4))
        elif self.case.published:
            name, rate = next(iter(self.case.published.items()))
            out.update(theirs=rate, peer=f"{others.PEERS[name][0]}, as published", ratio=round(rates["ours"] / rate, 4))
        out["raw_ms"] = {name: {**spread(t["times"]), "calls": t["count"]} for name, t in turns.items()}
        out["gpu_state"] = {name: self.power.during(t["spans"]) for name, t in turns.items()} if self.power else None
        return out
