"""Exceptions of msa. All derive from MsaError; each message says what to do."""

from __future__ import annotations

__all__ = [
    "MsaError", "CompileError", "CompilerMissing", "ImportFailure", "RuntimeFailure", "ShapeMismatch", "DtypeMismatch",
    "OutOfMemory", "UnsupportedDevice", "IncompatibleState", "BadArtefact", "InvalidInput", "GradientsNotSupported",
]


class MsaError(Exception):
    """Base of all exceptions of msa."""


class CompileError(MsaError):
    """A module, a pipeline or the code generation was refused.

    diagnostics: list of (severity, location, message) in the order in which the compiler told them; severity is
        "error", "warning", "remark" or "note" (of the one before), location "file:line:column" or "".
    reproducer: path of a file with the module and the command that repeats the failure, or None.
    """

    def __init__(self, message: str, diagnostics: list[tuple[str, str, str]] | None = None,
                 reproducer: str | None = None):
        super().__init__(message)
        self.diagnostics = list(diagnostics or [])
        self.reproducer = reproducer


class CompilerMissing(CompileError, ImportError):
    """The compiler half of the package is not installed; artefacts can still be loaded."""


class ImportFailure(MsaError):
    """A PyTorch program uses what the importer does not know.

    missing: list of (operator, location in the user's source).
    """

    def __init__(self, message: str, missing: list[tuple[str, str]] | None = None):
        super().__init__(message)
        self.missing = list(missing or [])


class InvalidInput(MsaError, ValueError):
    """An argument of one of our functions is wrong."""


class GradientsNotSupported(MsaError, RuntimeError):
    """Compiled code got a tensor that requires grad while gradients are recorded."""


class RuntimeFailure(MsaError):
    """The runtime refused or failed. `status` is its name, "MSA_SHAPE_MISMATCH" say."""

    def __init__(self, message: str, status: str = ""):
        super().__init__(message)
        self.status = status


class ShapeMismatch(RuntimeFailure, ValueError):
    """A tensor has another shape than the entry, state or weight."""


class DtypeMismatch(RuntimeFailure, TypeError):
    """A tensor has another dtype than the entry, state or weight."""


class OutOfMemory(RuntimeFailure, MemoryError):
    """No memory on the host or on the device. Nothing has changed."""


class UnsupportedDevice(RuntimeFailure):
    """No such device, or no code for it in the artefact."""


class IncompatibleState(RuntimeFailure):
    """Saved state belongs to another model, or is damaged."""


class BadArtefact(RuntimeFailure):
    """Not an artefact, or a damaged one, or of another version."""


_CLASSES: dict[str, type[RuntimeFailure]] = {
    "MSA_SHAPE_MISMATCH": ShapeMismatch,
    "MSA_DTYPE_MISMATCH": DtypeMismatch,
    "MSA_OUT_OF_MEMORY": OutOfMemory,
    "MSA_OUT_OF_DEVICE_MEMORY": OutOfMemory,
    "MSA_UNSUPPORTED_CPU": UnsupportedDevice,
    "MSA_NO_GPU": UnsupportedDevice,
    "MSA_INCOMPATIBLE_STATE": IncompatibleState,
    "MSA_NOT_AN_ARTEFACT": BadArtefact,
    "MSA_ARTEFACT_VERSION": BadArtefact,
    "MSA_TRUNCATED_ARTEFACT": BadArtefact,
    "MSA_CORRUPTED_ARTEFACT": BadArtefact,
    "MSA_MALFORMED_ARTEFACT": BadArtefact,
}


def from_status(status: str, message: str) -> MsaError:
    """The exception of a status of the runtime (runtime/include/msa/runtime.h)."""
    if status in ("MSA_INVALID_ARGUMENT", "MSA_NOT_FOUND"):
        return InvalidInput(message)
    return _CLASSES.get(status, RuntimeFailure)(message, status)
