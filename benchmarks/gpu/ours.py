"""Our side: a packed model on the device, and many steps of it without a gap.

`Session.step` returns when its outputs are there, so that one step after the other leaves the GPU idle while the host
wakes up, checks tensors and launches. All sessions of a device launch into one stream, in which kernels run one after
the other: with several threads, each with a session and outputs of its own, the next step is queued while one runs.
The time of N steps is then that of the GPU, if a step takes longer than the host needs for one."""

from __future__ import annotations

import itertools
import threading
import time

import msa
import torch

from .inputs import DTYPES

THREADS = 3


class Ours:
    def __init__(self, artefact, work, inputs, device, threads=THREADS):
        """artefact: path. inputs: name -> tensor on the device (as PyTorch names it)."""
        self.work, self.device = work, device
        start = time.perf_counter()
        self.model = msa.load(artefact, str(device))
        for name, weight in inputs.get("weights", {}).items():
            self.model.set_constant(name, weight)
        self.sessions = [self.model.session() for _ in range(threads)]
        self.state = inputs.get("state", {})
        self.restart()
        self.load_s = time.perf_counter() - start
        self.inputs = [inputs[name] for name in work.inputs]
        self.outputs = [self.poisoned() for _ in self.sessions]
        self.used = set()  # threads that wrote their outputs

    def restart(self):
        """All sessions from the state that the case begins with."""
        for name, value in self.state.items():
            for session in self.sessions:
                session.set_state(name, value)

    def poisoned(self):
        """Outputs that are NaN until they are written."""
        return [torch.full(shape, float("nan"), dtype=DTYPES[dtype], device=self.device)
                for shape, dtype in self.work.outputs.values()]

    def first(self):
        """Name -> output of one step into poisoned memory, and the states after it; and its time in seconds."""
        outputs = self.poisoned()
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        start = time.perf_counter()
        self.step(0, outputs)
        seconds = time.perf_counter() - start
        for name, value in self.state.items():
            outputs.append(self.sessions[0].state(name, torch.empty_like(value)).to(self.device))
        return dict(zip([*self.work.outputs, *self.state], outputs)), seconds

    def step(self, thread, outputs=None):
        if outputs is None:
            self.used.add(thread)
        self.sessions[thread].step(self.inputs, outputs or self.outputs[thread], entry=self.work.entry)

    def one_by_one(self, count):
        """Seconds of each of `count` steps of one session, with its wait: latency as a caller sees it."""
        times = []
        for _ in range(count):
            start = time.perf_counter()
            self.step(0)
            times.append(time.perf_counter() - start)
        return times

    def batch(self, count):
        """Seconds of `count` steps, queued by all threads."""
        ticket, failed = itertools.count(), []
        ready = threading.Barrier(len(self.sessions) + 1)

        def run(thread):
            ready.wait()
            try:
                while next(ticket) < count:
                    self.step(thread)
            except Exception as e:  # told by the thread that waits
                failed.append(e)

        workers = [threading.Thread(target=run, args=(t,)) for t in range(len(self.sessions))]
        for w in workers:
            w.start()
        ready.wait()
        start = time.perf_counter()
        for w in workers:
            w.join()
        seconds = time.perf_counter() - start
        if failed:
            raise failed[0]
        return seconds
