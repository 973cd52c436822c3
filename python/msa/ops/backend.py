"""Which implementation an op of msa.ops takes."""

from __future__ import annotations

import contextlib
import threading
from typing import Optional

import torch
from torch import Tensor

from ..errors import GradientsNotSupported, InvalidInput

BACKENDS = ("compiled", "reference")


class _Choice(threading.local):
    name: Optional[str] = None


_choice = _Choice()


def check(name: Optional[str]) -> Optional[str]:
    if name is not None and name not in BACKENDS:
        raise InvalidInput(f"backend must be None, 'compiled' or 'reference', got {name!r}")
    return name


@contextlib.contextmanager
def backend(name: Optional[str]):
    """Within it, ops of this thread that are given no backend take `name`: "compiled", "reference" or None
    (auto)."""
    before, _choice.name = _choice.name, check(name)
    try:
        yield
    finally:
        _choice.name = before


def needs_gradient(tensors) -> bool:
    return torch.is_grad_enabled() and any(isinstance(t, Tensor) and t.requires_grad for t in tensors)


def compiled(op: str, name: Optional[str], tensors) -> bool:
    """Whether op takes the compiled kernel. Under torch.export it always does: the graph keeps the op
    whole."""
    check(name)
    name = _choice.name if name is None else name
    if torch.compiler.is_exporting():
        return name != "reference"
    if name == "compiled":
        if needs_gradient(tensors):
            raise GradientsNotSupported(
                f"msa.ops.{op}: the compiled op has no gradients, and an operand requires them; use "
                f"backend='reference' (msa.ops.reference.{op}), or torch.no_grad() where none are needed")
        return True
    return name is None and not needs_gradient(tensors)
