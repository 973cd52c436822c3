"""msa: compile and run memory sparse attention.

    artefact = msa.compile(text)                 # MLIR in the msa dialect -> machine code
    session = msa.load(artefact).session()
    outputs = session.step([tokens, position])   # PyTorch tensors or NumPy arrays, in place

Importing this package is quick: the compiler, the runtime and all that needs PyTorch are imported when they are
first used. docs/Python.md is the guide.
"""

from __future__ import annotations

import importlib

__version__ = "0.1.0"

# Name -> module of this package that has it (None: the name is a module itself).
_LAZY = {
    **dict.fromkeys(("MsaError", "CompileError", "CompilerMissing", "ImportFailure", "RuntimeFailure", "ShapeMismatch",
                     "DtypeMismatch", "OutOfMemory", "UnsupportedDevice", "IncompatibleState", "BadArtefact",
                     "InvalidInput", "GradientsNotSupported"), "errors"),
    **dict.fromkeys(("Artefact", "Module", "compile", "levels", "parse", "pipelines"), "compiler"),
    **dict.fromkeys(("Device", "Entry", "Model", "Session", "Stream", "TensorInfo", "load"), "runtime"),
    **dict.fromkeys(("All", "Any", "Blocks", "Causal", "Document", "Full", "Global", "Pattern", "Random", "Sink",
                     "Strided", "Window"), "patterns"),
    **dict.fromkeys(("CompiledModel", "compile_model"), "model"),
    **dict.fromkeys(("cache", "compiler", "draw", "errors", "hf", "importer", "nn", "ops", "patterns", "runtime",
                     "tune")),
}

__all__ = sorted(_LAZY)


def __getattr__(name: str):
    if name not in _LAZY:
        raise AttributeError(f"module 'msa' has no attribute {name!r}")
    home = _LAZY[name]
    value = importlib.import_module(f".{home or name}", __name__)
    if home:
        value = getattr(value, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(_LAZY))
