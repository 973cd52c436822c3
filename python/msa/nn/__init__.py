"""Modules: the attention layer with a memory, small models around it, and streaming."""

from .attention import BankGate, MemorySparseAttention, RopeConfig
from .models import MemoryBlock, MemoryLM
from .state import State, StepState, detach
from .streaming import StreamingModule

__all__ = [
    "BankGate", "MemoryBlock", "MemoryLM", "MemorySparseAttention", "RopeConfig", "State", "StepState",
    "StreamingModule", "detach"
]
