"""Exceptions of msa. Every message says what is wrong and what to do."""

from __future__ import annotations


class MsaError(Exception):
    """Base of all errors that this package raises on purpose."""


class CompileError(MsaError):
    """The compiler refused a module.

    diagnostics: list of (severity, location, message).
    reproducer: path of a file with the module and the pipeline, or None.
    """

    def __init__(self, message: str, diagnostics=(), reproducer=None):
        super().__init__(message)
        self.diagnostics = list(diagnostics)
        self.reproducer = reproducer


class ImportFailure(MsaError):
    """A PyTorch program can not be brought into the dialect.

    missing: list of (operator, location in the user's source).
    """

    def __init__(self, message: str, missing=()):
        super().__init__(message)
        self.missing = list(missing)


class RuntimeFailure(MsaError):
    """The runtime refused or failed; `status` is its name, e.g. "MSA_SHAPE_MISMATCH"."""

    def __init__(self, message: str, status: str = ""):
        super().__init__(message)
        self.status = status


class ShapeMismatch(RuntimeFailure):
    pass


class DtypeMismatch(RuntimeFailure, TypeError):
    pass


class OutOfMemory(RuntimeFailure, MemoryError):
    pass


class UnsupportedDevice(RuntimeFailure):
    pass


class IncompatibleState(RuntimeFailure):
    pass


class BadArtefact(RuntimeFailure):
    pass


class InvalidInput(MsaError, ValueError):
    """An argument of one of our Python functions is not what it takes."""


class GradientsNotSupported(MsaError, RuntimeError):
    """A compiled op was given a tensor that requires grad; names the path that has gradients."""
