"""msa: a compiler for memory sparse attention. Parts that need torch are imported when they are first used."""

from .errors import (BadArtefact, CompileError, DtypeMismatch, GradientsNotSupported, ImportFailure,  # noqa: F401
                     IncompatibleState, InvalidInput, MsaError, OutOfMemory, RuntimeFailure, ShapeMismatch,
                     UnsupportedDevice)
from .patterns import (All, Any, Blocks, Causal, Document, Full, Global, Pattern, Random, Sink,  # noqa: F401
                       Strided, Window)


def __getattr__(name):
    if name in ("ops", "nn"):
        import importlib
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module 'msa' has no attribute '{name}'")
