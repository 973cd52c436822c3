"""Functional ops: msa.ops.NAME picks a backend, msa.ops.reference.NAME is plain PyTorch."""

from . import reference  # noqa: F401
