"""Registration with Transformers."""

from __future__ import annotations

from ..errors import InvalidInput
from .attention import attention
from .masks import mask


def register(name: str = "msa") -> str:
    """Registers the attention function and the mask function under `name`; returns it. May be called again.

    Both together: with an attention function alone Transformers builds no mask, and a causal model would see
    its future. Raises InvalidInput for a name that another implementation has.
    """
    from transformers import AttentionInterface, AttentionMaskInterface
    if not isinstance(name, str) or not name:
        raise InvalidInput(f"the name of an attention implementation is a string, got {name!r}")
    for table, function in ((AttentionInterface, attention), (AttentionMaskInterface, mask)):
        if table().get(name, function) is not function or name == "eager":
            raise InvalidInput(f"'{name}' is another attention implementation of Transformers; choose "
                               "another name")
    AttentionInterface.register(name, attention)
    AttentionMaskInterface.register(name, mask)
    return name
