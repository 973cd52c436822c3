"""MLIR text of modules that hold one op: what the compiled ops are made of.

An operand is (name, shape, element type), e.g. ("query", (1, 2, 64, 16), "f32"). Each function returns the
text of a module whose entry takes the operands in order and returns the op's results.
"""

from __future__ import annotations

from typing import Optional, Sequence

from . import checks
from .scores import Score

Operand = tuple[str, tuple[int, ...], str]


def kind(shape: Sequence[int], element: str) -> str:
    return f"tensor<{'x'.join(map(str, shape))}x{element}>"


def real(number: float) -> str:
    """A literal that is read back as the same double."""
    return f"{number:.17e}"


def rope_attributes(base: float, start: int, interleaved: bool, scaling: str, factor: float, original: Optional[int],
                    limit: Optional[int]) -> str:
    """The attributes of msa.rope, in braces."""
    attributes = [f"start = {start} : i64", f"base = {real(base)} : f64", f"factor = {real(factor)} : f64"]
    attributes += ["interleaved"] if interleaved else []
    attributes += [f"scaling = #msa.rope_scaling<{scaling}>"] if scaling != "none" else []
    attributes += [f"original = {original} : i64"] if original is not None else []
    attributes += [f"limit = {limit} : i64"] if limit is not None else []
    return f"{{{', '.join(attributes)}}}"


def gate_attribute(gate: str, per_slot: bool, stretch: float, forget_bias: float = 1.0) -> str:
    """"#msa.gru<..>" or "#msa.lstm<..>"; the forget bias is the latter's."""
    extra = f", forgetBias = {real(forget_bias)} : f64" if gate == "lstm" else ""
    return f"#msa.{gate}<perSlot = {str(per_slot).lower()}, stretch = {real(stretch)} : f64{extra}>"


class _Module:
    def __init__(self, operands: Sequence[Operand]):
        self.types = {name: kind(shape, element) for name, shape, element in operands}
        self.shapes = {name: shape for name, shape, _ in operands}
        self.elements = {name: element for name, _, element in operands}

    def clause(self, word: str, *names: str) -> str:
        """" word(%a, %b : type, type)" where the first is an operand, else nothing."""
        if names[0] not in self.types:
            return ""
        values, types = ", ".join("%" + n for n in names), ", ".join(self.types[n] for n in names)
        return f" {word}({values} : {types})"

    def write(self, op: str, results: Sequence[tuple[str, str]]) -> str:
        """The module: `op` with its results (name, type) assigned in order."""
        arguments = ", ".join(f'%{n}: {t} {{msa.name = "{n}"}}' for n, t in self.types.items())
        types = ", ".join(f'{t} {{msa.name = "{n}"}}' for n, t in results)
        values = ", ".join("%" + n for n, _ in results)
        return (f"func.func @run({arguments}) -> ({types}) {{\n  {values} = {op}\n  return {values} : "
                f"{', '.join(t for _, t in results)}\n}}\n")


def attend(operands: Sequence[Operand], pattern: str, scale: float, score: str) -> str:
    m = _Module(operands)
    batch, heads, queries, _ = m.shapes["query"]
    element = m.elements["query"]
    wide = "f64" if element == "f64" else "f32"
    out, lse = kind((batch, heads, queries, m.shapes["value"][3]), element), kind((batch, heads, queries),
                                                                                  wide)
    op = "msa.attend" + m.clause("ins", "query", "key", "value") + m.clause("window", "window_key",
                                                                            "window_value")
    op += m.clause("bank", "bank_key", "bank_value") + m.clause("bias", "bank_bias")
    for name in ("position", "length", "offset", "documents", "blocks"):
        op += m.clause(name, name)
    op += f" pattern({pattern}) scale({real(scale)})"
    if score:
        op += " " + Score.parse(score).region(heads, wide)
    return m.write(f"{op} -> {out}, {lse}", [("out", out), ("lse", lse)])


def merge(operands: Sequence[Operand]) -> str:
    m = _Module(operands)
    op = f"msa.merge ins(%a, %a_lse, %b, %b_lse : {m.types['a']}, {m.types['a_lse']})"
    return m.write(op, [("out", m.types["a"]), ("lse", m.types["a_lse"])])


def rope(operands: Sequence[Operand], rotary: int, base: float, start: int, interleaved: bool, scaling: str,
         factor: float, original: Optional[int], limit: Optional[int]) -> str:
    m = _Module(operands)
    attributes = rope_attributes(base, start, interleaved, scaling, factor, original, limit)
    offset = m.clause("offset", "offset")
    op = f"msa.rope %x{offset} rotary({rotary}) {attributes} : {m.types['x']}"
    return m.write(op, [("y", m.types["x"])])


def short_conv(operands: Sequence[Operand]) -> str:
    m = _Module(operands)
    op = f"msa.short_conv %x, %carried, %weight : {', '.join(m.types[n] for n in ('x', 'carried', 'weight'))}"
    return m.write(op, [("y", m.types["x"])])


def carry(operands: Sequence[Operand]) -> str:
    m = _Module(operands)
    length = m.clause("length", "length")
    op = f"msa.carry %window, %segment{length} : {m.types['window']}, {m.types['segment']}"
    return m.write(op, [("new_window", m.types["window"])])


def bank_write(operands: Sequence[Operand], gate: str, per_slot: bool, stretch: float, forget_bias: float,
               top: Optional[int]) -> str:
    m = _Module(operands)
    bank = m.types["bank"]
    weights = [name for name, _ in checks.weight_shapes(gate, per_slot, m.shapes["bank"][2])]
    op = (f"msa.bank_write %bank, %candidate gate({gate_attribute(gate, per_slot, stretch, forget_bias)})"
          + m.clause("weights", *weights))
    op += m.clause(f"top {top} of", "scores") + m.clause("length", "length")
    results = [("new_bank", bank)] + ([("read", bank)] if gate == "lstm" else [])
    return m.write(f"{op} : {bank}, {bank} -> {', '.join(t for _, t in results)}", results)
