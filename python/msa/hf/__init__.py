"""msa in Hugging Face Transformers 5.4 and later.

    msa.hf.register()                                   # once in a process
    model = AutoModel.from_pretrained(path, attn_implementation="msa")
                                                        # the model as it is: same numbers, no N x N mask

    model = msa.hf.convert(model, window=256, slots=64) # memory sparse attention, all weights kept
    model.generate(ids, max_new_tokens=100_000)         # constant memory, past the trained length

docs/HuggingFace.md is the guide.
"""

try:
    import transformers as _transformers
except ImportError as error:
    raise ImportError("msa.hf needs Hugging Face Transformers 5.4: pip install 'transformers>=5.4'") from error
if tuple(map(int, _transformers.__version__.split(".")[:2])) < (5, 4):  # masks got their sizes another way
    raise ImportError(f"msa.hf needs Hugging Face Transformers 5.4 or later, and {_transformers.__version__} is "
                      "installed: pip install 'transformers>=5.4'")

from .attention import attention
from .cache import MemoryCache, MemoryLayer
from .convert import SUPPORTED, convert
from .layer import MemoryAttention
from .load import load
from .longformer import longformer
from .masks import MaskRule, mask
from .register import register

__all__ = ["MaskRule", "MemoryAttention", "MemoryCache", "MemoryLayer", "SUPPORTED", "attention", "convert",
           "load", "longformer", "mask", "register"]
