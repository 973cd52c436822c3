"""Import of PyTorch models: torch.export to the dialect."""

from .export import decompose, export
from .program import Argument, Imported, import_program

__all__ = ["Argument", "Imported", "decompose", "export", "import_program"]
