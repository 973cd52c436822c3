"""Time on a GPU: ours and peers in turn, each long enough that the chip's power settles, and what clocks it ran at.

Under load these chips are limited by power, not by cycles: a kernel after an idle gap runs at a higher clock than it
keeps. So every turn runs for a while, and turns alternate."""

from __future__ import annotations

import bisect
import statistics
import subprocess
import threading
import time

import torch

from .peers import scope


class Power:
    """Samples of SM clock (MHz), power (W) and temperature (C) while it is open, from nvidia-smi. None without it."""

    def __init__(self, every_ms=50):
        self.samples, self.process = [], None
        for draw in ("power.draw.instant", "power.draw"):  # the latter is a mean over a second
            command = ["nvidia-smi", "--id=0", f"--query-gpu=clocks.sm,{draw},temperature.gpu",
                       "--format=csv,noheader,nounits"]
            try:
                if subprocess.run(command, capture_output=True, timeout=20).returncode == 0:
                    break
            except (OSError, subprocess.SubprocessError):
                return
        else:
            return
        self.process = subprocess.Popen([*command, f"-lms={every_ms}"], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            try:
                self.samples.append((time.perf_counter(), *(float(x) for x in line.split(","))))
            except ValueError:
                continue

    def during(self, spans):
        """Medians within spans of time (begin, end), leaving out their first third, where the clock still falls."""
        at = [s[0] for s in self.samples]
        chosen = []
        for begin, end in spans:
            begin += (end - begin) / 3
            chosen += self.samples[bisect.bisect_left(at, begin):bisect.bisect_right(at, end)]
        if not chosen:
            return None
        return {name: round(statistics.median(s[k] for s in chosen), 1)
                for k, name in ((1, "sm_mhz"), (2, "watt"), (3, "celsius"))} | {"samples": len(chosen)}

    def close(self):
        if self.process:
            self.process.terminate()
            self.process.wait()


def batch_of(call, device):
    """Seconds of `count` calls of what works in PyTorch's current stream, between two events."""
    def batch(count):
        with scope(call):
            if device.type != "cuda":
                start = time.perf_counter()
                for _ in range(count):
                    call()
                return time.perf_counter() - start
            begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            begin.record()
            for _ in range(count):
                call()
            end.record()
            end.synchronize()
            return begin.elapsed_time(end) / 1e3
    return batch


def latency_of(call, device):
    """Seconds of `count` calls with a wait for each."""
    def batch(count):
        with scope(call):
            start = time.perf_counter()
            for _ in range(count):
                call()
                if device.type == "cuda":
                    torch.cuda.synchronize(device)
            return time.perf_counter() - start
    return batch


def turns(batches, seconds=0.3, rounds=5, alive=lambda: None, most=20000):
    """batches: name -> function of a number of calls that gives their seconds. Each turn lasts about `seconds`.
    Returns name -> {"times": seconds of a call in each round, "spans": (begin, end), "count": calls of a turn}."""
    out = {}
    for name, batch in batches.items():
        alive()
        batch(2)
        count = 1
        while True:  # as many as fill a tenth of a turn, then in proportion
            taken = batch(count)
            if taken > seconds / 10 or count >= most:
                break
            count *= 4
        out[name] = {"count": max(1, min(most, round(count * seconds / max(taken, 1e-9)))), "times": [], "spans": []}
    for _ in range(rounds):
        for name, batch in batches.items():
            alive()
            begin, count = time.perf_counter(), out[name]["count"]
            out[name]["times"].append(batch(count) / count)
            out[name]["spans"].append((begin, time.perf_counter()))
    return out


def kernels(batch, count):
    """What the GPU itself says of `count` calls: {kernel: ms a call}, the longest eight; None where it can not be
    asked (no CUPTI)."""
    try:
        from torch.profiler import ProfilerActivity, profile
        with profile(activities=[ProfilerActivity.CUDA]) as p:
            batch(count)
        times = {}
        for e in p.events():
            if str(e.device_type).endswith("CUDA"):
                times[e.name] = times.get(e.name, 0.0) + e.time_range.elapsed_us() / 1e3 / count
        return {k: round(v, 6) for k, v in sorted(times.items(), key=lambda x: -x[1])[:8]} or None
    except Exception:  # a host without it: the wall clock is there
        return None
