"""Import of PyTorch models: torch.export to the dialect."""

from .export import export
from .program import Argument, Imported, import_program

__all__ = ["Argument", "Imported", "export", "import_program"]
