"""msa in Hugging Face Transformers 5.

    msa.hf.register()                                   # once in a process
    model = AutoModel.from_pretrained(path, attn_implementation="msa")
                                                        # the model as it is: same numbers, no N x N mask

    model = msa.hf.convert(model, window=256, slots=64) # memory sparse attention, all weights kept
    model.generate(ids, max_new_tokens=100_000)         # constant memory, past the trained length

docs/HuggingFace.md is the guide.
"""

from .attention import attention
from .cache import MemoryCache, MemoryLayer
from .convert import SUPPORTED, convert
from .layer import MemoryAttention
from .masks import MaskRule, mask
from .register import register

__all__ = ["MaskRule", "MemoryAttention", "MemoryCache", "MemoryLayer", "SUPPORTED", "attention", "convert", "mask",
           "register"]
