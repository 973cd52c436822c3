"""torch.export as this importer wants it."""

from __future__ import annotations

from typing import Any, Dict, Optional, Sequence

import torch
from torch.export import ExportedProgram

from ..errors import ImportFailure, InvalidInput

# Operators whose meaning decompositions would hide, or take apart into more than we need.
_WHOLE = ("scaled_dot_product_attention", "aten.linear", "aten.layer_norm", "aten.rms_norm", "aten.gelu", "aten.silu",
          "aten.softplus", "aten.masked_fill", "aten.matmul")


def decompositions() -> Dict[Any, Any]:
    table = torch.export.default_decompositions()
    for op in list(table):
        if any(str(op).startswith(w) or w in str(op) for w in _WHOLE):
            del table[op]
    return table


def decompose(program: ExportedProgram) -> ExportedProgram:
    """The program in core operators, without mutation, attention and norms kept whole."""
    return program.run_decompositions(decompositions())


def export(model: torch.nn.Module, args: Sequence[Any] = (), kwargs: Optional[Dict[str, Any]] = None, *,
           dynamic_shapes: Any = None) -> ExportedProgram:
    """Exports a module for import. Raises `ImportFailure` with the user's line where PyTorch
    can not export it (data-dependent control flow and the like)."""
    if not isinstance(model, torch.nn.Module):
        raise InvalidInput(f"a torch.nn.Module is exported, not {type(model).__name__}")
    if model.training:
        raise InvalidInput("the model is in training mode (dropout would be exported); call model.eval()")
    try:
        with torch.no_grad():
            return torch.export.export(model, tuple(args), kwargs or {}, dynamic_shapes=dynamic_shapes, strict=False)
    except Exception as error:  # torch raises many types
        place = ""
        for frame in reversed(_frames(error)):
            if "/torch/" not in frame[0] and "importer/export.py" not in frame[0]:
                place = f"{frame[0]}:{frame[1]}"
                break
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ImportFailure(f"torch.export refused the model{' at ' + place if place else ''}: {first}",
                            missing=[(type(error).__name__, place)]) from error


def _frames(error: BaseException):
    out, trace = [], error.__traceback__
    while trace is not None:
        out.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    return out
