"""Masks as rules: what Transformers would build as an N x N tensor, read as a pattern.

Transformers describes a mask by a function of (batch, head, query index, key index) made of a few known
parts, and by a 2-D mask of the tokens that are there. `mask` turns both into a `MaskRule`, which the model
hands to its attention layers in place of the tensor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Callable, Iterator, Optional, Union

import torch
from torch import Tensor

from ..errors import InvalidInput
from ..patterns import MAX_SIZE, Causal, Document, Full, Pattern, Window


def tracing(*tensors: Optional[Tensor]) -> bool:
    """Whether contents of tensors can not be looked at: under torch.export and torch.compile."""
    if torch.compiler.is_exporting() or torch.compiler.is_compiling():
        return True
    return any(isinstance(t, torch._subclasses.FakeTensor) for t in tensors)


@dataclass
class MaskRule:
    """Which keys each query keeps; stands where other implementations have a mask tensor.

    pattern    on positions: key j stands at j, query i at offset + i
    queries    N; keys: M
    offset     position of the first query, a number or a tensor of one element
    seen       tokens that the cache had before
    length     B (int64): keys that are there, or None
    documents  B x M (int32), where the pattern reads them
    hidden     B x M (bool): keys that are not there and that neither of the two above says; or None
    tokens     B x .. (bool): the 2-D mask as it was given, or None where it hides nothing
    """

    pattern: Pattern
    queries: int
    keys: int
    offset: Union[int, Tensor] = 0
    seen: Union[int, Tensor] = 0
    length: Optional[Tensor] = None
    documents: Optional[Tensor] = None
    hidden: Optional[Tensor] = None
    tokens: Optional[Tensor] = None
    packed: bool = False
    memo: dict = field(default_factory=dict, repr=False, compare=False)
    # Transformers asks whether what it is given is a finished mask: one of four dimensions.
    ndim = 4

    def __getattr__(self, name: str) -> Any:
        if name in ("shape", "dtype", "device", "dim", "size", "to", "masked_fill", "expand"):
            raise InvalidInput(f"this model takes its attention mask for a tensor (.{name}); with "
                               "attn_implementation=\"msa\" it is a rule. Use another attn_implementation "
                               "for it")
        raise AttributeError(name)

    def __getitem__(self, index: Any) -> Any:
        raise InvalidInput("this model takes its attention mask for a tensor (slices it); with "
                           "attn_implementation=\"msa\" it is a rule. Use another attn_implementation for it")


# --- Reading of mask functions ------------------------------------------------------------------------------


def _parts(function: Callable) -> Iterator[tuple[str, dict, Callable]]:
    """(name, what it closes over, itself) of each part of a conjunction."""
    name = getattr(function, "__qualname__", type(function).__name__)
    closed = {}
    if getattr(function, "__closure__", None):
        closed = dict(zip(function.__code__.co_freevars, (c.cell_contents for c in function.__closure__)))
    if getattr(function, "__module__", "") != "transformers.masking_utils":
        yield "", closed, function
    elif name == "and_masks.<locals>.and_mask":
        for part in closed["mask_functions"]:
            yield from _parts(part)
    else:
        yield name.split(".")[0], closed, function


@dataclass
class _Reading:
    """Distances p_i - p_j from -right to left are kept."""

    left: float = math.inf
    right: float = math.inf
    documents: Optional[Tensor] = None
    remapped: bool = False

    def read(self, function: Callable) -> "_Reading":
        for name, closed, part in _parts(function):
            if name == "causal_mask_function":
                self.right = min(self.right, 0)
            elif name == "bidirectional_mask_function":
                pass
            elif name == "sliding_window_overlay":
                self.left = min(self.left, closed["sliding_window"] - 1)
            elif name == "sliding_window_bidirectional_overlay":
                self.left = min(self.left, closed["sliding_window"])
                self.right = min(self.right, closed["sliding_window"])
            elif name == "packed_sequence_mask_function" and self.documents is None:
                self.documents = closed["packed_sequence_mask"]
            elif name == "remap_positions_for_packed_sequence":
                # Within one of the packed sequences positions count up by one, as indices do.
                self.remapped = True
                self.read(closed["mask_function"])
            else:
                raise InvalidInput(
                    f"attn_implementation=\"msa\" can not read the mask function {part!r}: causal, "
                    "bidirectional, sliding windows and packed sequences are patterns that it knows. Use "
                    "another attn_implementation for this model")
        return self

    def pattern(self) -> Pattern:
        if self.remapped and self.documents is None:
            raise InvalidInput("positions of packed sequences without their documents: the mask function is "
                               "of a version of Transformers that msa does not know")
        if min(self.left, self.right) < 0:
            raise InvalidInput("a sliding window must have at least one token")
        if self.left == math.inf:
            found: Pattern = Full() if self.right == math.inf else Causal()
        else:
            found = Window(int(self.left), MAX_SIZE if self.right == math.inf else int(self.right))
        return found if self.documents is None else found & Document()


def hide(rule: MaskRule, valid: Tensor) -> MaskRule:
    """`rule` without the keys that `valid` (B x M, bool) says are not there; said in the cheapest way that is
    exact: a length where the tokens that are there come first, documents where a causal pattern meets one run
    of tokens in each row, else a channel of the keys (see `attention`)."""
    if tracing(valid):
        rule.hidden = ~valid
        return rule
    if bool(valid.all()):
        return rule
    change = valid[:, 1:] != valid[:, :-1]
    if not bool((change & valid[:, 1:]).any()):
        rule.length = valid.sum(1)
        return rule
    before = torch.nn.functional.pad(change, (1, 0))
    runs = (before & valid).sum(1) + valid[:, 0]
    if rule.pattern.is_causal and int(runs.max()) <= 1:
        if rule.documents is not None:
            changed = rule.documents[:, 1:] != rule.documents[:, :-1]
            before = before | torch.nn.functional.pad(changed, (1, 0))
        rule.documents = before.cumsum(1).to(torch.int32)
        rule.pattern = rule.pattern & Document()
        return rule
    rule.hidden = ~valid
    return rule


def _all_converted(config: Any) -> bool:
    """Whether msa.hf.convert left no layer as it was."""
    converted = getattr(config, "msa", None)
    return converted is not None and len(converted["layers"]) == config.num_hidden_layers


def mask(batch_size: int, q_length: int, kv_length: int, q_offset: Union[int, Tensor] = 0,
         kv_offset: Union[int, Tensor] = 0, mask_function: Optional[Callable] = None,
         attention_mask: Union[None, Tensor, MaskRule] = None, **options: Any) -> MaskRule:
    """The mask function that `register` gives to Transformers: a MaskRule, never a tensor of queries x keys.

    attention_mask: B x L (bool), tokens that are there; those past L are not. Raises InvalidInput for a mask
    of another shape and for mask functions that are no pattern.
    """
    from transformers.masking_utils import causal_mask_function
    if torch.compiler.is_dynamo_compiling() and _all_converted(options.get("config")):
        # There a function's closure can not be read. Converted layers have patterns of their own; what remains is
        # 2-D masks, which are refused by the layers, and packed sequences, which are looked for before the model.
        return MaskRule(Causal(), q_length, kv_length, q_offset, q_offset, tokens=attention_mask)
    reading = _Reading().read(causal_mask_function if mask_function is None else mask_function)
    if isinstance(q_offset, Tensor) and not tracing(q_offset):
        q_offset = int(q_offset)
    if isinstance(kv_offset, Tensor) and not tracing(kv_offset):
        kv_offset = int(kv_offset)
    rule = MaskRule(reading.pattern(), q_length, kv_length, q_offset - kv_offset, q_offset)
    if reading.documents is not None:
        rule.documents, rule.packed = reading.documents.to(torch.int32), True
    if attention_mask is None:
        return rule
    if isinstance(attention_mask, MaskRule):
        return attention_mask       # `generate` makes it before the forward where the cache is a static one
    if attention_mask.dim() != 2 or attention_mask.shape[0] != batch_size:
        raise InvalidInput(f"attention_mask must have shape {batch_size} x tokens (1: there, 0: padding), "
                           f"got {tuple(attention_mask.shape)}")
    valid = attention_mask.bool()
    rule.tokens = valid
    missing = kv_length + kv_offset - valid.shape[1]
    if isinstance(missing, int) and missing > 0:
        valid = torch.nn.functional.pad(valid, (0, missing))
    return hide(rule, valid[:, kv_offset:kv_offset + kv_length])


def from_tensor(given: Tensor, batch: int, queries: int, keys: int, own: Pattern) -> MaskRule:
    """The rule of a 4-D mask that a caller made: B x 1 x N x M, bool or added to the scores. It is recognized
    where it is a pattern (`own`, that of the layer, or bidirectional) and keys that are not there. Else
    InvalidInput."""
    shape = f"{batch} x 1 x {queries} x {keys}"
    if given.dim() != 4 or given.shape[0] not in (1, batch) or given.shape[1] != 1 \
            or tuple(given.shape[2:]) != (queries, keys):
        raise InvalidInput(f"a 4-D attention_mask must have shape {shape}, got {tuple(given.shape)}; give a "
                           "2-D mask of the tokens that are there")
    if tracing(given):
        raise InvalidInput("a 4-D attention_mask can not be read as a pattern under torch.export; give a 2-D "
                           "mask of the tokens that are there, or none")
    if given.dtype != torch.bool:
        low = torch.finfo(given.dtype).min if given.dtype.is_floating_point else None
        kept = given == 0
        if low is None or not bool((kept | (given <= low / 2)).all()):
            raise InvalidInput("the 4-D attention_mask adds numbers to scores, and is no mask: msa knows "
                               "patterns and score modifiers by name. Use another attn_implementation")
    else:
        kept = given
    kept = kept.expand(batch, 1, queries, keys)[:, 0]
    offset = keys - queries
    at = torch.arange(queries, device=given.device) + offset
    valid = kept.any(1)
    for pattern in (own, Causal(), Full()):
        rule = pattern.mask(at, torch.arange(keys, device=given.device))
        # Rows of queries that are not there are the caller's business: any content, none is read.
        there = valid[:, offset:] if offset >= 0 else valid
        if bool((((rule & valid[:, None]) == kept) | ~there[:, :, None]).all()):
            return hide(MaskRule(pattern, queries, keys, offset, offset), valid)
    raise InvalidInput("the 4-D attention_mask is no pattern that msa recognizes (causal, the layer's "
                       "sliding window or bidirectional, with keys left out). Give a 2-D mask of the tokens "
                       "that are there, or use another attn_implementation")
