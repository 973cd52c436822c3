"""Steps of artefacts on a device: their results beside the default's, and their time. Needs PyTorch.

A result of 16-bit attention is right where it is near enough to that of exact arithmetic. There is none here, so each
is held against the default's, which tests have held against exact arithmetic."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from .. import gpu, runtime
from ..errors import InvalidInput, RuntimeFailure, UnsupportedDevice
from .climb import Measured

NORM = 1e-2       # greatest ||a - b|| / ||b|| of a result: as the benchmarks' and the GPU tests' rule for 16 bits
LSE = 2e-5        # greatest |a - b| / max(|b|, rms b) of an output "lse" of f32: a lost key of 2048 is three times that
HOPELESS = 1.1    # so many times the default's time in the first rounds: no more rounds are taken
SEED = 1


class Steps:
    """A Measurer in this process. inputs: name -> array or number, of those that are not drawn."""

    def __init__(self, device: str, entry: str | None = None, inputs: Mapping[str, Any] | None = None,
                 turn: float = 0.1, rounds: int = 7):
        try:
            import torch
        except ImportError as error:
            raise InvalidInput(f"msa.tune measures with PyTorch, which is not installed ({error})") from None
        self._torch, self._name, self._entry = torch, device, entry
        self._given, self._turn, self._rounds = dict(inputs or {}), turn, rounds
        runtime.Device.get(device)  # UnsupportedDevice, before PyTorch's own words for it
        self._is_gpu = device.startswith("cuda")
        self._where = torch.device(device if self._is_gpu else "cpu")
        self._inputs: list[Any] | None = None
        self.device = gpu.at_hand(self._where.index or 0) if self._is_gpu else "cpu"
        if not self.device:
            raise UnsupportedDevice(f"the driver does not name {device}, which schedules would be stored under",
                                    "MSA_NO_GPU")

    def baseline(self, artefact: bytes) -> None:
        self._inputs = None  # the model may be another one
        self._base, results = self._open(artefact)
        self._wanted = results
        for name, x in results:
            if x.is_floating_point() and x.isnan().any():
                raise RuntimeFailure(f"the default schedule leaves {name!r} with results that are not numbers; nothing "
                                     "can be compared with it")

    def compare(self, artefact: bytes) -> Measured:
        step, results = self._open(artefact)
        wrong = "; ".join(filter(None, (difference(name, got, want)
                                        for (name, got), (_, want) in zip(results, self._wanted))))
        return Measured(wrong, [] if wrong else self._race(step))

    def _dtype(self, name: str) -> Any:
        t = self._torch
        return {"f64": t.float64, "f32": t.float32, "f16": t.float16, "bf16": t.bfloat16, "i64": t.int64,
                "i32": t.int32, "i16": t.int16, "i8": t.int8, "i1": t.bool}[name]

    def _random(self, info: runtime.TensorInfo, seed: int) -> Any:
        torch = self._torch
        generator = torch.Generator().manual_seed(seed)
        return torch.randn(*info.shape, generator=generator).to(self._dtype(info.dtype))

    def _draw(self, entry: runtime.Entry) -> list[Any]:
        torch = self._torch
        unknown = sorted(set(self._given) - {i.name for i in entry.inputs})
        missing = [i.name for i in entry.inputs if i.name not in self._given and i.dtype[0] == "i"]
        if unknown:
            raise InvalidInput(f"the entry has no input {', '.join(unknown)}")
        if missing:
            raise InvalidInput(f"integers are not drawn at random: give {', '.join(missing)} (--input NAME=VALUE or "
                               "NAME=@file.npy; inputs={name: array})")
        out = []
        for i, info in enumerate(entry.inputs):
            if info.name not in self._given:
                tensor = self._random(info, SEED + i)
            else:
                tensor = torch.as_tensor(self._given[info.name]).to(self._dtype(info.dtype))
                if tensor.ndim == 0:
                    tensor = tensor.expand(info.shape)
                if tuple(tensor.shape) != tuple(info.shape):
                    raise InvalidInput(f"input {info.name!r} is {list(info.shape)}, not {list(tensor.shape)}")
            out.append(tensor.contiguous().to(self._where))
        return out

    def _open(self, artefact: bytes) -> tuple[Callable[[], Any], list[tuple[str, Any]]]:
        """(a step, results of one step by name: outputs and states of floats)."""
        torch = self._torch
        model = runtime.load(artefact, self._name)
        entries = model.entries
        name = self._entry or next(iter(entries))
        if name not in entries:
            raise InvalidInput(f"the model has no entry {name!r}; it has {', '.join(entries)}")
        entry = entries[name]
        if self._inputs is None:
            self._inputs = self._draw(entry)
        outputs = [torch.zeros(tuple(t.shape), dtype=self._dtype(t.dtype), device=self._where) for t in entry.outputs]
        for x in outputs:
            if x.is_floating_point():
                x.fill_(float("nan"))  # what is not written is found
        session = model.session()
        floats = [s for s in model.states if s.dtype[0] != "i"]
        for i, state in enumerate(floats):  # a carried window or a bank of zeros would hide what is wrong with it
            session.set_state(state.name, self._random(state, SEED + 1000 + i))
        before = session.fork() if floats else session
        if self._is_gpu:
            torch.cuda.synchronize(self._where)
        session.step(self._inputs, outputs, entry=name, wait=True)
        results = [(t.name, x.clone()) for t, x in zip(entry.outputs, outputs)]
        for state in floats:
            copy = torch.empty(tuple(state.shape), dtype=self._dtype(state.dtype))
            session.state(state.name, copy)
            results.append((state.name, copy.to(self._where)))
        inputs = self._inputs
        return lambda: before.step(inputs, outputs, entry=name), results

    def _seconds(self, step: Callable[[], Any], count: int) -> float:
        """Of one step of so many."""
        torch = self._torch
        if not self._is_gpu:
            begin = time.perf_counter()
            for _ in range(count):
                step()
            return (time.perf_counter() - begin) / count
        with torch.cuda.device(self._where):
            begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            begin.record()
            for _ in range(count):
                step()
            end.record()
            end.synchronize()
        return begin.elapsed_time(end) / 1e3 / count

    def _race(self, step: Callable[[], Any]) -> list[tuple[float, float]]:
        steps, rounds = (self._base, step), []
        counts = []
        for one in steps:  # warm-up: graphs are recorded, clocks rise
            self._seconds(one, 3)
            once = max(self._seconds(one, 3), 1e-7)
            counts.append(max(1, int(self._turn / once)))
            self._seconds(one, counts[-1])
        for i in range(self._rounds):
            turns = (0, 1) if i % 2 == 0 else (1, 0)
            took = {k: self._seconds(steps[k], counts[k]) for k in turns}
            rounds.append((took[0], took[1]))
            if i >= 1 and all(b > HOPELESS * a for a, b in rounds):
                break
        return rounds


def difference(name: str, got: Any, want: Any) -> str:
    """What is wrong with a result beside the default's; empty where nothing is."""
    if not want.is_floating_point():
        return "" if bool((got == want).all()) else f"{name!r} differs"
    is_lse = name == "lse" and want.dtype.itemsize == 4
    got, want = got.double(), want.double()
    finite = want.isfinite()
    if bool(((got != want) & ~finite).any()) or not bool(got[finite].isfinite().all()):
        return f"{name!r} has infinities or no numbers where the default's result has none"
    got, want = got[finite], want[finite]
    if not want.numel():
        return ""
    if is_lse:
        rms = want.square().mean().sqrt().clamp(min=1e-300)
        found = float(((got - want).abs() / want.abs().clamp(min=rms)).max())
        return "" if found <= LSE else f"{name!r} differs by {found:.3g}, more than {LSE:g}"
    found = float((got - want).norm() / want.norm().clamp(min=1e-300))
    return "" if found <= NORM else f"{name!r} differs by {found:.3g} in norm, more than {NORM:g}"
