"""The ops in plain PyTorch: dense, of any device, with autograd, exact in f64.

These are the meaning of `torch.ops.msa.*` and the path that trains. They hold all scores at once, so their
memory grows with queries x keys. 16-bit operands are computed in f32 and rounded once, like compiled.
"""

from .attention import attend, merge
from .memory import bank_write, bank_write_, carry, carry_
from .tokens import rope, rope_frequencies, short_conv

__all__ = [
    "attend", "bank_write", "bank_write_", "carry", "carry_", "merge", "rope", "rope_frequencies",
    "short_conv"
]
