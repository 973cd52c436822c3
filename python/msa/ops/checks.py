"""Constraints of the ops on shapes and types, numbered as in docs/generated/MSAOps.md.

They are shared by the references, the compiled ops and the fakes, so that one wrong call gives one error
wherever it is made. All raise InvalidInput. Nothing here reads the contents of a tensor.
"""

from __future__ import annotations

import math
from typing import Optional, Sequence

import torch

from ..errors import InvalidInput
from ..patterns import Pattern

FLOATS = {torch.float16: "f16", torch.bfloat16: "bf16", torch.float32: "f32", torch.float64: "f64"}
MAX_SIZE = (1 << 31) - 1
MAX_ELEMENTS = 1 << 47
MAX_RELATIVE = 1 << 24  # positions that enter an angle
SCALINGS = ("none", "linear", "ntk", "yarn")
GATES = {"gru": ("r", "z", "n"), "lstm": ("i", "f", "o", "g")}
NARROW = {"gru": ("z",), "lstm": ("i", "f")}  # one number a slot where the gate is per slot


def accumulator(dtype: torch.dtype) -> torch.dtype:
    """Type that scores, sums and log-sum-exps have for operands of `dtype`."""
    return torch.float64 if dtype == torch.float64 else torch.float32


def fail(op: str, label: str, message: str):
    raise InvalidInput(f"msa.{op}: ({label}) {message}")


def dense(op: str, name: str, value) -> None:
    if not isinstance(value, torch.Tensor):
        fail(op, "C1", f"{name} must be a torch.Tensor, got {type(value).__name__}")
    if value.layout != torch.strided:
        fail(op, "C1", f"{name} must be a dense tensor, got layout {value.layout}")


def tensor(op: str, label: str, name: str, value, rank: Optional[int], dtypes, device=None) -> None:
    """A dense tensor of that rank (None: any) and one of the dtypes, on that device, with sizes from 1 on."""
    dense(op, name, value)
    if rank is not None and value.dim() != rank:
        fail(op, label, f"{name} must have rank {rank}, got shape {tuple(value.shape)}")
    if value.dtype not in dtypes:
        names = ", ".join(str(d) for d in dtypes)
        fail(op, label, f"{name} must be of {names}, got {value.dtype}")
    if device is not None and value.device != device:
        fail(op, label,
             f"{name} must be on {device} as the first operand is, got {value.device}; move it there")
    elements = 1
    for size in value.shape:
        if size < 1 or size > MAX_SIZE:
            fail(op, label, f"sizes of {name} must lie in [1, {MAX_SIZE}], got shape {tuple(value.shape)}")
        elements = elements * size
    if elements >= MAX_ELEMENTS:
        fail(op, label, f"{name} must have fewer than 2^47 elements, got shape {tuple(value.shape)}")


def shape(op: str, label: str, name: str, value, wanted: Sequence[int]) -> None:
    if len(value.shape) != len(wanted) or any(a != b for a, b in zip(value.shape, wanted)):
        fail(op, label, f"{name} must have shape {tuple(wanted)}, got {tuple(value.shape)}")


def per_stream(op: str, label: str, name: str, value, batch: int, device) -> None:
    if value is not None:
        tensor(op, label, name, value, 1, (torch.int64,), device)
        shape(op, label, name, value, (batch,))


def number(op: str, label: str, name: str, value, least=None, most=None, whole: bool = False) -> None:
    kinds = (int,) if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not math.isfinite(value):
        fail(op, label, f"{name} must be a finite {'integer' if whole else 'number'}, got {value!r}")
    if (least is not None and value < least) or (most is not None and value > most):
        fail(op, label, f"{name} must lie in [{least}, {'..' if most is None else most}], got {value!r}")


def flag(op: str, label: str, name: str, value) -> None:
    if not isinstance(value, bool):
        fail(op, label, f"{name} must be True or False, got {value!r}")


def attend(query, key, value, pattern, scale, window_key, window_value, bank_key, bank_value, bank_bias,
           position, length, offset, documents, blocks) -> None:
    op = "attend"
    if not isinstance(pattern, Pattern):
        fail(op, "C14", f"pattern must be an msa.Pattern, got {pattern!r}")
    tensor(op, "C1", "query", query, 4, FLOATS)
    device, floats = query.device, (query.dtype,)
    batch, heads, queries, dim = query.shape
    tensor(op, "C2", "key", key, 4, floats, device)
    tensor(op, "C2", "value", value, 4, floats, device)
    kv_heads, keys, value_dim = key.shape[1], key.shape[2], value.shape[3]
    if heads % kv_heads:
        fail(op, "C4", f"query heads {heads} must be a multiple of KV heads {kv_heads}")
    parts = (("key", key, "value", value), ("window_key", window_key, "window_value", window_value),
             ("bank_key", bank_key, "bank_value", bank_value))
    for key_name, k, value_name, v in parts:
        if (k is None) != (v is None):
            fail(op, "C7", f"{key_name} and {value_name} must come together")
        if k is None:
            continue
        tensor(op, "C2", key_name, k, 4, floats, device)
        tensor(op, "C2", value_name, v, 4, floats, device)
        shape(op, "C3..C6", key_name, k, (batch, kv_heads, k.shape[2], dim))
        shape(op, "C3..C6", value_name, v, (batch, kv_heads, k.shape[2], value_dim))
    if bank_bias is not None:
        if bank_key is None:
            fail(op, "C7", "bank_bias needs a bank")
        tensor(op, "C7", "bank_bias", bank_bias, 1, (torch.float32,), device)
        shape(op, "C7", "bank_bias", bank_bias, (heads,))
    for name, x in (("position", position), ("length", length), ("offset", offset)):
        per_stream(op, "C8", name, x, batch, device)
    if (documents is not None) != pattern.uses_documents:
        fail(op, "C9", f"documents must be given exactly when the pattern reads them: {pattern.mlir}")
    if documents is not None:
        tensor(op, "C9", "documents", documents, 2, (torch.int32,), device)
        shape(op, "C9", "documents", documents,
              (batch, keys + (window_key.shape[2] if window_key is not None else 0)))
    size = pattern.block_size
    if (blocks is not None) != bool(size):
        fail(op, "C10", f"blocks must be given exactly when the pattern reads them: {pattern.mlir}")
    listed = 0
    if blocks is not None:
        tensor(op, "C10", "blocks", blocks, 4, (torch.int32,), device)
        shape(op, "C10", "blocks", blocks, (batch, kv_heads, *blocks.shape[2:]))
        covered = queries if offset is None else keys
        if blocks.shape[2] * size < covered:
            fail(
                op, "C10",
                f"blocks lists {blocks.shape[2]} query blocks of {size} positions, which do not cover "
                f"{covered}")
        listed = blocks.shape[3]
    if scale is not None:
        number(op, "C12", "scale", scale)
    pattern.check_comparisons(listed)


def rotary(x, given):
    """Channels that are rotated: all of them where nothing is said."""
    if given is None:
        dense("rope", "x", x)
        return x.shape[-1] if x.dim() else 0
    return given


def rope_numbers(rotary, base, start, interleaved, scaling, factor, original, limit) -> None:
    """What can be said without the operand."""
    op = "rope"
    number(op, "C2", "rotary", rotary, 2, None, whole=True)
    flag(op, "C2", "interleaved", interleaved)
    if scaling not in SCALINGS:
        fail(op, "C3", f"scaling must be one of {', '.join(SCALINGS)}, got {scaling!r}")
    number(op, "C3", "base", base)
    if base <= 1:
        fail(op, "C3", f"base must be above 1, got {base}")
    number(op, "C3", "factor", factor, 1)
    if scaling == "yarn" or original is not None:
        number(op, "C3", "original", original, 1, 1 << 40, whole=True)
    number(op, "C4", "start", start, -MAX_RELATIVE, MAX_RELATIVE, whole=True)
    if limit is not None:
        number(op, "C4", "limit", limit, 1, MAX_RELATIVE, whole=True)
    if scaling == "ntk" and rotary <= 2:
        fail(op, "C5", "ntk needs rotary above 2")


def rope(x, rotary, base, offset, start, interleaved, scaling, factor, original, limit) -> None:
    op = "rope"
    rope_numbers(rotary, base, start, interleaved, scaling, factor, original, limit)
    tensor(op, "C1", "x", x, 4, FLOATS)
    rows, dim = x.shape[2], x.shape[3]
    if rotary % 2 or rotary > dim:
        fail(op, "C2", f"rotary must be even and lie in [2, {dim}], got {rotary}")
    if rows > MAX_RELATIVE:
        fail(op, "C4", f"at most 2^24 rows, got {rows}")
    if (limit is not None) != (offset is not None):
        fail(op, "C4", "limit must be given exactly with offset")
    if offset is not None:
        if limit < rows:
            fail(op, "C4", f"limit must be at least the {rows} rows, got {limit}")
        per_stream(op, "C4", "offset", offset, x.shape[0], x.device)
    if (limit if offset is not None else rows) * (rotary // 2) > MAX_RELATIVE:
        fail(op, "C6", "at most 2^24 angles are kept; use a smaller limit or fewer rotary channels")


def short_conv(x, carried, weight) -> None:
    op = "short_conv"
    tensor(op, "C1", "x", x, 3, FLOATS)
    tensor(op, "C1", "carried", carried, 3, (x.dtype,), x.device)
    tensor(op, "C1", "weight", weight, 2, (x.dtype,), x.device)
    width = weight.shape[0]
    if not 2 <= width <= 16:
        fail(op, "C2", f"the weight's width must lie in [2, 16], got {width}")
    shape(op, "C1", "weight", weight, (width, x.shape[2]))
    shape(op, "C1", "carried", carried, (x.shape[0], width - 1, x.shape[2]))


CARRIED = (torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.int8, torch.int16, torch.int32,
           torch.int64)


def carry(window, segment, length) -> None:
    op = "carry"
    tensor(op, "C1", "window", window, None, CARRIED)
    tensor(op, "C1", "segment", segment, None, (window.dtype,), window.device)
    if window.dim() < 3 or window.dim() != segment.dim():
        fail(
            op, "C1", f"window and segment must have one rank of 3 or more, got {tuple(window.shape)} and "
            f"{tuple(segment.shape)}")
    shape(op, "C1", "segment", segment, (*window.shape[:-2], segment.shape[-2], window.shape[-1]))
    per_stream(op, "C2", "length", length, window.shape[0], window.device)


def merge(a, a_lse, b, b_lse) -> None:
    op = "merge"
    tensor(op, "C1", "a", a, None, FLOATS)
    if a.dim() < 2:
        fail(op, "C1", f"a must have rank 2 or more, got shape {tuple(a.shape)}")
    tensor(op, "C1", "b", b, a.dim(), (a.dtype,), a.device)
    shape(op, "C1", "b", b, a.shape)
    wide = (torch.float64,) if a.dtype == torch.float64 else (torch.float32, torch.float64)
    tensor(op, "C1", "a_lse", a_lse, a.dim() - 1, wide, a.device)
    tensor(op, "C1", "b_lse", b_lse, a.dim() - 1, (a_lse.dtype,), a.device)
    shape(op, "C1", "a_lse", a_lse, a.shape[:-1])
    shape(op, "C1", "b_lse", b_lse, a.shape[:-1])


def weight_shapes(gate: str, per_slot: bool, channels: int) -> list[tuple[str, tuple[int, ...]]]:
    """(name, shape) of each weight in order: for each projection W (candidate), U (bank), b."""
    out = []
    for name in GATES[gate]:
        columns = 1 if per_slot and name in NARROW[gate] else channels
        out += [("W" + name, (channels, columns)), ("U" + name, (channels, columns)),
                ("b" + name, (columns,))]
    return out


def bank_write_numbers(weights, gate, per_slot, stretch, forget_bias, top) -> None:
    """What can be said without the bank."""
    op = "bank_write"
    if gate not in GATES:
        fail(op, "C2", f"gate must be one of {', '.join(GATES)}, got {gate!r}")
    flag(op, "C2", "per_slot", per_slot)
    if not isinstance(weights, (list, tuple)):
        fail(op, "C2", f"weights must be a list of tensors, got {type(weights).__name__}")
    number(op, "G1", "stretch", stretch, 0, 1)
    number(op, "G2", "forget_bias", forget_bias)
    if top is not None:
        number(op, "C3", "top", top, 1, None, whole=True)


def bank_write(bank, candidate, weights, gate, per_slot, stretch, forget_bias, top, scores, length) -> None:
    op = "bank_write"
    bank_write_numbers(weights, gate, per_slot, stretch, forget_bias, top)
    tensor(op, "C1", "bank", bank, 3, FLOATS)
    tensor(op, "C1", "candidate", candidate, 3, (bank.dtype,), bank.device)
    shape(op, "C1", "candidate", candidate, bank.shape)
    batch, slots, channels = bank.shape
    wanted = weight_shapes(gate, per_slot, channels)
    if len(weights) != len(wanted):
        fail(
            op, "C2", f"gate {gate} takes {len(wanted)} weights ({', '.join(n for n, _ in wanted)}), got "
            f"{len(weights)}")
    for (name, size), weight in zip(wanted, weights):
        tensor(op, "C2", name, weight, len(size), (bank.dtype,), bank.device)
        shape(op, "C2", name, weight, size)
    if (top is None) != (scores is None):
        fail(op, "C3", "top and scores must come together")
    if scores is not None:
        tensor(op, "C3", "scores", scores, 2, (torch.float32,), bank.device)
        shape(op, "C3", "scores", scores, (batch, slots))
        if top > slots:
            fail(op, "C3", f"top must lie in [1, {slots}], got {top}")
    per_stream(op, "C4", "length", length, batch, bank.device)
