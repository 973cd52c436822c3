"""The compiled model, ready to run streams: through the msa package, or, where only the runtime is built, through
its C interface (NumPy and ctypes).

A compiled model has two entries on the same state:

    forward     tokens B x S, position B, length B (int64) -> logits B x S x V
    remember    the same without the logits: whatever does not change the state is not computed
"""

import os
import re
import sys
from pathlib import Path

import numpy as np

from weights import constants

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("MSA_BUILD", ROOT / "build"))


def package():
    """msa with its runtime: installed, or of this checkout's build. None where there is none."""
    for extra in (None, BUILD / "python"):
        if extra and extra.is_dir() and str(extra) not in sys.path:
            sys.path.append(str(extra))
        try:
            import msa
            import msa.runtime
            return msa
        except ImportError:
            for name in [n for n in sys.modules if n == "msa" or n.startswith("msa.")]:
                del sys.modules[name]
    return None


class Packaged:
    """A session of the msa package."""

    def __init__(self, session):
        self.session = session

    @classmethod
    def open(cls, artefact, device, tensors):
        model = package().load(artefact, device)
        for name, value in constants(model.constants, tensors).items():
            model.set_constant(name, value)
        return cls(model.session())

    @property
    def device(self):
        return self.session.model.device.name

    @property
    def states(self):
        return [s.name for s in self.session.model.states]

    @property
    def shape(self):
        """B x S of the tokens."""
        return tuple(self.session.model.entries["forward"].inputs[0].shape)

    def step(self, entry, inputs):
        return self.session.step(inputs, entry=entry)

    def fork(self):
        return type(self)(self.session.fork())

    def state(self, name):
        return self.session.state(name)

    def export(self):
        return self.session.export()

    def restore(self, data):
        self.session.restore(data)


class Plain:
    """A session of the C interface. Steps reuse their inputs' and outputs' memory."""

    def __init__(self, session):
        self.session, self.prepared = session, {}

    @staticmethod
    def interface():
        sys.path.append(str(ROOT / "test" / "python"))
        os.environ.setdefault("MSA_BUILD", str(BUILD))
        import msart
        return msart

    @classmethod
    def open(cls, artefact, device, tensors):
        c = cls.interface()
        kind, _, number = device.partition(":")
        model = c.Model(c.Device(kind, int(number or 0)), artefact)
        for name, value in constants(model.constants(), tensors).items():
            model.set_constant(name, value)
        return cls(c.Session(model))

    @property
    def device(self):
        return self.session.model.device.name

    @property
    def states(self):
        return [name for name, _, _ in self.session.model.states()]

    @property
    def shape(self):
        return tuple(self.session.model.inputs("forward")[0][2])

    def step(self, entry, inputs):
        if entry not in self.prepared:
            run, outputs = self.session.prepare(entry, inputs)
            self.prepared[entry] = run, [array for _, array in run.inputs], list(outputs.values())
        run, arrays, outputs = self.prepared[entry]
        for array, value in zip(arrays, inputs):
            array[...] = value
        run()
        return outputs

    def fork(self):
        return type(self)(self.session.fork())

    def state(self, name):
        return self.session.get_state(name)

    def export(self):
        return self.session.export()

    def restore(self, data):
        self.session.restore(data)


def batched(text: str, batch: int, segment: int) -> str:
    """A text of importing.py for another number of streams: these are the first dimension of tensors, alone or
    times the tokens of a segment."""
    old = int(re.search(r"%in0: tensor<(\d+)x", text).group(1))
    for a, b in ((old, batch), (old * segment, batch * segment)):
        text = re.sub(rf"(tensor<|output_shape \[){a}(?=[x,])", rf"\g<1>{b}", text)
    return text


def compiled(text: str, target: str) -> bytes:
    """The artefact of a model's text. Raises msa.CompileError or RuntimeError."""
    msa = package()
    if msa is not None:
        try:
            return msa.compile(text, target=target).bytes
        except msa.errors.CompilerMissing:
            pass
    return Plain.interface().compile_text(text, target)


def open_session(artefact: bytes, device: str, tensors: dict):
    """A session with the weights, in the initial state."""
    return (Packaged if package() is not None else Plain).open(artefact, device, tensors)


class Streams:
    """B streams in a compiled model: all at the same position, in segments."""

    def __init__(self, session, passed: int = 0):
        self.session, self.passed = session, passed  # segments
        self.batch, self.segment = session.shape
        self.length = np.full(self.batch, self.segment, np.int64)

    def _inputs(self, tokens):
        return [np.ascontiguousarray(tokens, np.int64), np.full(self.batch, self.passed * self.segment, np.int64),
                self.length]

    def remember(self, tokens) -> None:
        """Takes all streams past a segment, B x S."""
        self.session.step("remember", self._inputs(tokens))
        self.passed += 1

    def forward(self, tokens):
        """The same, with logits: B x S x V."""
        out = self.session.step("forward", self._inputs(tokens))[0]
        self.passed += 1
        return out

    def fork(self) -> "Streams":
        """Streams that go on from here and leave these alone."""
        return Streams(self.session.fork(), self.passed)

    def banks(self):
        return [self.session.state(name) for name in self.session.states if name.endswith("_bank")]
