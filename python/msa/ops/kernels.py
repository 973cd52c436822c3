"""Runs one compiled op on torch tensors, in place by pointer; on a GPU as work of PyTorch's current stream, which nobody
waits for.

The first call with some shapes, dtypes and attributes compiles a module that holds just that op (the compiler
keeps artefacts on disk) and loads it; the last CAPACITY loaded ones are kept in memory.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Callable, Optional, Sequence

import torch
from torch import Tensor

from ..errors import GradientsNotSupported, InvalidInput, UnsupportedDevice
from . import text

ELEMENTS = {
    torch.float16: "f16", torch.bfloat16: "bf16", torch.float32: "f32", torch.float64: "f64",
    torch.int8: "i8", torch.int16: "i16", torch.int32: "i32", torch.int64: "i64"
}
CAPACITY = 256


class _Loaded:
    """A loaded model and its idle sessions: one thread may use a session at a time."""

    def __init__(self, model):
        self.model, self.idle = model, []

    def step(self, inputs, outputs) -> None:
        try:
            session = self.idle.pop()  # atomic, as is append
        except IndexError:
            session = self.model.session()
        session.step(inputs, outputs)
        self.idle.append(session)  # not after a failure


_loaded: "OrderedDict[tuple, _Loaded]" = OrderedDict()
_lock = threading.Lock()


def device_name(device: torch.device) -> str:
    """Name of a torch device for the runtime. On a CPU as many threads as torch takes."""
    if device.type == "cpu":
        return f"cpu:{torch.get_num_threads()}"
    if device.type == "cuda":
        return f"cuda:{device.index or 0}"
    raise UnsupportedDevice(
        f"compiled ops run on CPU and CUDA tensors, got {device}; use backend='reference'", "MSA_NO_GPU")


def load(source: str, device: str):
    """Compiles and loads a module for a device of the runtime."""
    import msa
    target = "cpu" if device.startswith("cpu") else "cuda"
    return msa.load(msa.compile(source, target=target, gpu=device if target == "cuda" else None), device)


def _find(key: tuple, write: Callable[..., str], operands, attributes, device: str) -> _Loaded:
    with _lock:
        found = _loaded.get(key)
        if found is not None:
            _loaded.move_to_end(key)
            return found
    found = _Loaded(load(write(operands, *attributes), device))
    with _lock:
        # Another thread may have been quicker; both are the same.
        found = _loaded.setdefault(key, found)
        while len(_loaded) > CAPACITY:
            _loaded.popitem(last=False)
    return found


def clear() -> None:
    """Forgets all loaded ops (and gives their memory back when nothing uses them any more)."""
    with _lock:
        _loaded.clear()


def run(op: str, operands: Sequence[tuple[str, Optional[Tensor]]], attributes: tuple,
        outputs: Sequence[Tensor]) -> None:
    """One step of the compiled op `op` (a function of msa.ops.text) into `outputs`.

    operands: (name, tensor or None). Every tensor must be contiguous: a kernel makes no copies of its own."""
    given = [(name, t) for name, t in operands if t is not None]
    for name, t in given:
        if not t.is_contiguous():
            raise InvalidInput(
                f"torch.ops.msa.{op}: {name} must be contiguous, got strides {t.stride()} for shape "
                f"{tuple(t.shape)}; use msa.ops.{op} or .contiguous()")
        if t.is_conj() or t.is_neg():
            raise InvalidInput(f"torch.ops.msa.{op}: {name} must be a plain tensor; use .resolve_neg()")
    signature = tuple((name, tuple(t.shape), ELEMENTS[t.dtype]) for name, t in given)
    device = device_name(given[0][1].device)
    loaded = _find((op, signature, attributes, device), getattr(text, op), signature, attributes, device)
    loaded.step([t.detach() for _, t in given], list(outputs))


def refuse_gradients(op: str):
    raise GradientsNotSupported(
        f"torch.ops.msa.{op} has no gradients; use msa.ops.{op} (which takes the reference where needed), "
        f"msa.ops.reference.{op}, or torch.no_grad()")
