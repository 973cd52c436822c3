"""Our own operators, torch.ops.msa.*, one to one."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Sequence

import torch

from .. import patterns
from ..ops.text import gate_attribute, real, rope_attributes
from .dynamic import Valid
from .emit import Emitter
from .errors import Refused
from .values import MLIR_TYPES, Const, Tensor, Value, tensor_type


def clause(e: Emitter, word: str, *operands: Optional[Value]) -> str:
    """" word(%a, %b : type, type)", nothing where the first is absent."""
    if operands[0] is None:
        return ""
    names = ", ".join(e.full(v) for v in operands)
    types = ", ".join(tensor_type(v.shape, v.dtype) for v in operands)
    return f" {word}({names} : {types})"


def one(e: Emitter, text: str, shape: Sequence[int], dtype: torch.dtype) -> Tensor:
    return Tensor.of(e.strip(e.op(text), shape, dtype), tuple(shape))


def without_documents(pattern: str) -> str:
    """The pattern where all tokens are of one document."""
    def clean(p: patterns.Pattern) -> patterns.Pattern:
        if isinstance(p, patterns.Document):
            return patterns.Full()
        if isinstance(p, (patterns.Any, patterns.All)):
            return type(p)(*(clean(m) for m in p.members))
        return p
    return clean(patterns.Pattern.parse(pattern)).mlir


def lower_attend(e: Emitter, node, query: Value, key: Value, value: Value, pattern: str, scale: float,
                 window_key: Optional[Value] = None, window_value: Optional[Value] = None,
                 bank_key: Optional[Value] = None, bank_value: Optional[Value] = None,
                 bank_bias: Optional[Value] = None, position: Optional[Value] = None,
                 length: Optional[Value] = None, offset: Optional[Value] = None, documents: Optional[Value] = None,
                 blocks: Optional[Value] = None, score: str = "") -> List[Tensor]:
    if isinstance(documents, Const) and bool((documents.data == documents.data[:, :1]).all()):
        pattern, documents = without_documents(pattern), None
    wide = torch.float64 if query.dtype is torch.float64 else torch.float32
    out = tuple(query.shape[:-1]) + (value.shape[-1],)
    lse = tuple(query.shape[:-1])
    text = "msa.attend" + clause(e, "ins", query, key, value) + clause(e, "window", window_key, window_value)
    text += clause(e, "bank", bank_key, bank_value) + clause(e, "bias", bank_bias)
    text += clause(e, "position", position)
    valid: Optional[Valid] = e.dynamic(node.args[1].meta["val"].shape[-2])
    if valid is not None:
        if length is not None:
            raise Refused("a length beside a dynamic number of keys")
        text += e.length_clause(query.shape[0], valid)
    text += clause(e, "length", length)
    for word, operand in (("offset", offset), ("documents", documents), ("blocks", blocks)):
        text += clause(e, word, operand)
    text += f" pattern({pattern}) scale({real(scale)})"
    if score:
        from ..ops.scores import Score
        text += " " + Score.parse(score).region(query.shape[1], MLIR_TYPES[wide])
    a, b = e.fresh("att"), e.fresh("lse")
    e.line(f"{a}, {b} = {text} -> {tensor_type(out, query.dtype)}, {tensor_type(lse, wide)}")
    return [Tensor.of(e.strip(a, out, query.dtype), out), Tensor.of(e.strip(b, lse, wide), lse)]


def lower_merge(e: Emitter, node, a: Value, a_lse: Value, b: Value, b_lse: Value) -> List[Tensor]:
    names = ", ".join(e.full(v) for v in (a, a_lse, b, b_lse))
    kinds = tensor_type(a.shape, a.dtype), tensor_type(a_lse.shape, a_lse.dtype)
    x, y = e.fresh(), e.fresh()
    e.line(f"{x}, {y} = msa.merge ins({names} : {', '.join(kinds)})")
    return [Tensor.of(e.strip(n, v.shape, v.dtype), tuple(v.shape)) for n, v in ((x, a), (y, a_lse))]


def lower_rope(e: Emitter, node, x: Value, rotary: int, base: float = 10000.0, offset: Optional[Value] = None,
               start: int = 0, interleaved: bool = False, scaling: str = "none", factor: float = 1.0,
               original: Optional[int] = None, limit: Optional[int] = None) -> Tensor:
    attributes = rope_attributes(base, start, interleaved, scaling, factor, original, limit)
    text = (f"msa.rope {e.full(x)}{clause(e, 'offset', offset)} rotary({rotary}) {attributes} : "
            f"{tensor_type(x.shape, x.dtype)}")
    return one(e, text, x.shape, x.dtype)


def lower_short_conv(e: Emitter, node, x: Value, carried: Value, weight: Value) -> Tensor:
    values = (x, carried, weight)
    text = (f"msa.short_conv {', '.join(e.full(v) for v in values)} : "
            f"{', '.join(tensor_type(v.shape, v.dtype) for v in values)}")
    return one(e, text, x.shape, x.dtype)


def static_rows(node: Any, argument: int, what: str) -> None:
    fake = node.args[argument].meta["val"]
    if any(not isinstance(s, int) and s.node.expr.free_symbols for s in fake.shape):
        raise Refused(f"{what} after a segment of dynamic size; export with a fixed segment and give `length`")


def lower_carry(e: Emitter, node, window: Value, segment: Value, length: Optional[Value] = None) -> Tensor:
    static_rows(node, 1, "a window")
    text = (f"msa.carry {e.full(window)}, {e.full(segment)}{clause(e, 'length', length)} : "
            f"{tensor_type(window.shape, window.dtype)}, {tensor_type(segment.shape, segment.dtype)}")
    return one(e, text, window.shape, window.dtype)


def bank_write(e: Emitter, gate: str, bank: Value, candidate: Value, weights: Sequence[Value], top: Optional[int],
               scores: Optional[Value], length: Optional[Value], results: int) -> List[Tensor]:
    kind = tensor_type(bank.shape, bank.dtype)
    text = f"msa.bank_write {e.full(bank)}, {e.full(candidate)} gate({gate})" + clause(e, "weights", *weights)
    text += clause(e, f"top {top} of", scores) + clause(e, "length", length)
    names = [e.fresh() for _ in range(results)]
    e.line(f"{', '.join(names)} = {text} : {kind}, {kind} -> {', '.join([kind] * results)}")
    return [Tensor.of(e.strip(n, bank.shape, bank.dtype), tuple(bank.shape)) for n in names]


def lower_bank_write(e: Emitter, node, bank: Value, candidate: Value, weights: Sequence[Value],
                     per_slot: bool = False, stretch: float = 0.0, top: Optional[int] = None,
                     scores: Optional[Value] = None, length: Optional[Value] = None) -> Tensor:
    return bank_write(e, gate_attribute("gru", per_slot, stretch), bank, candidate, weights, top, scores, length, 1)[0]


def lower_bank_write_lstm(e: Emitter, node, bank: Value, candidate: Value, weights: Sequence[Value],
                          per_slot: bool = False, stretch: float = 0.0, forget_bias: float = 1.0,
                          top: Optional[int] = None, scores: Optional[Value] = None,
                          length: Optional[Value] = None) -> List[Tensor]:
    gate = gate_attribute("lstm", per_slot, stretch, forget_bias)
    return bank_write(e, gate, bank, candidate, weights, top, scores, length, 2)


TABLE: Dict[str, Callable] = {
    "msa.attend.default": lower_attend,
    "msa.merge.default": lower_merge,
    "msa.rope.default": lower_rope,
    "msa.short_conv.default": lower_short_conv,
    "msa.carry.default": lower_carry,
    "msa.bank_write.default": lower_bank_write,
    "msa.bank_write_lstm.default": lower_bank_write_lstm,
}
