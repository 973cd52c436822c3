"""Our side: a packed model on the device, called like a peer. A step on tensors of a GPU is enqueued in PyTorch's
current stream and not waited for, so that it is timed between events, as an operation of PyTorch is."""

from __future__ import annotations

import time

import msa
import torch

from .inputs import DTYPES


class Ours:
    def __init__(self, artefact, work, inputs, device):
        """artefact: path. inputs: name -> tensor on the device (as PyTorch names it)."""
        self.work, self.device = work, device
        start = time.perf_counter()
        self.model = msa.load(artefact, str(device))
        for name, weight in inputs.get("weights", {}).items():
            self.model.set_constant(name, weight)
        self.session = self.model.session()
        self.state = inputs.get("state", {})
        self.restart()
        self.load_s = time.perf_counter() - start
        self.inputs = [inputs[name] for name in work.inputs]
        self.outputs = self.poisoned()

    def restart(self):
        """The state that the case begins with."""
        for name, value in self.state.items():
            self.session.set_state(name, value)

    def poisoned(self):
        """Outputs that are NaN until they are written."""
        return [torch.full(shape, float("nan"), dtype=DTYPES[dtype], device=self.device)
                for shape, dtype in self.work.outputs.values()]

    def first(self):
        """Name -> output of one step into poisoned memory, and the states after it; and its time in seconds, to the
        end of the step."""
        outputs = self.poisoned()
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        start = time.perf_counter()
        self.session.step(self.inputs, outputs, entry=self.work.entry, wait=True)
        seconds = time.perf_counter() - start
        for name, value in self.state.items():
            outputs.append(self.session.state(name, torch.empty_like(value)).to(self.device))
        return dict(zip([*self.work.outputs, *self.state], outputs)), seconds

    def __call__(self):
        """A step into the outputs that are there."""
        self.session.step(self.inputs, self.outputs, entry=self.work.entry)

    def one_by_one(self, count):
        """Seconds of each of `count` steps with the wait for its end: latency as a caller sees it."""
        times = []
        for _ in range(count):
            start = time.perf_counter()
            self.session.step(self.inputs, self.outputs, entry=self.work.entry, wait=True)
            times.append(time.perf_counter() - start)
        return times
