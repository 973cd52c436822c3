"""Sparse attention patterns: rules on positions, composed with `|` and `&`.

Each class mirrors an attribute of the dialect (docs/generated/MSAAttributes.md) with its limits (P1..P8), and
prints as the compiler does, so that `Pattern.parse(p.mlir) == p` and both sides agree on what is equal:

    >>> Window(left=127) | Sink(4)
    #msa.any<#msa.all<#msa.causal, #msa.global<4>>, #msa.window<left = 127>>

A pattern is a rule and never a table. `mask` evaluates the rule on given positions, for references and
pictures; it works on NumPy arrays and on torch tensors, and this module imports neither torch nor the
compiler.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any as Anything

import numpy as np

from .errors import InvalidInput

MAX_SIZE = 1 << 40  # no sum of a few sizes and a position can overflow 64 bits
MAX_COMPARISONS = 512  # (C14) of msa.attend
MAX_MEMBERS = 64
MAX_DEPTH = 32


def _integer(label: str, name: str, value: Anything, least: int, most: int = MAX_SIZE) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise InvalidInput(f"({label}) {name} must be an integer, got {value!r}")
    value = value.__index__()
    if not least <= value <= most:
        raise InvalidInput(f"({label}) {name} must lie in [{least}, {most}], got {value}")
    return value


@dataclass(frozen=True)
class Points:
    """Where a rule is evaluated. All arrays are of one library and broadcast against each other to
    .. x N x M; `query` is .. x N x 1 and `key` .. x 1 x M.

    query_document, key_document: documents of those positions (same shapes), or None.
    lists: function from the index of a query block (shape of `query`) to its listed blocks (.. x N x T), or
        None.
    """

    query: Anything
    key: Anything
    head: Anything = 0
    query_document: Anything = None
    key_document: Anything = None
    lists: Anything = None
    origin: Anything = 0


class Pattern:
    """Base of all patterns. Immutable; equal patterns are `==` and hash equally."""

    __slots__ = ()

    @property
    def mlir(self) -> str:
        """The attribute's text, exactly as the compiler prints it."""
        raise NotImplementedError

    def keeps(self, at: Points):
        """Boolean array: whether each pair is kept. Broadcasts to .. x N x M."""
        raise NotImplementedError

    @property
    def uses_documents(self) -> bool:
        return False

    @property
    def uses_head(self) -> bool:
        return False

    @property
    def is_causal(self) -> bool:
        """Whether no query ever keeps a key of a later position."""
        return False

    @property
    def block_size(self) -> int:
        """Size of the blocks looked up in the `blocks` operand; 0 where it reads none."""
        return 0

    @property
    def depth(self) -> int:
        return 0

    def comparisons(self, listed: int = 0) -> int:
        """Comparisons that one pair takes, with block lists of so many entries ((C14) allows 512)."""
        return 1

    def __or__(self, other: "Pattern") -> "Pattern":
        return Any(self, other) if isinstance(other, Pattern) else NotImplemented

    def __and__(self, other: "Pattern") -> "Pattern":
        return All(self, other) if isinstance(other, Pattern) else NotImplemented

    def __str__(self) -> str:
        return self.mlir

    def __repr__(self) -> str:
        return self.mlir

    @staticmethod
    def parse(text: str) -> "Pattern":
        """The pattern that `text` writes, e.g. "#msa.any<#msa.causal, #msa.global<4>>". Raises
        InvalidInput."""
        from .pattern_text import Parser
        return Parser(text).parse()

    def mask(self, query_positions, key_positions, head=0, documents=None, blocks=None, *,
             document_origin: int = 0, origin: int = 0):
        """Which pairs are kept: bool, N x M.

        query_positions (N) and key_positions (M): absolute positions, NumPy or torch integers (or sequences).
        head: query head, for `random`.
        documents: (L) document of positions document_origin .. document_origin + L - 1; positions outside
            belong to the document at the nearer end. Required exactly where the pattern reads it.
        blocks: (Q x T) key blocks listed for each query block, counted from position `origin`; a query
            outside uses the nearer list. Required exactly where the pattern reads it.
        """
        query, key = _positions(query_positions), _positions(key_positions)
        if type(query) is not type(key):
            raise InvalidInput("query and key positions must both be NumPy arrays or both torch tensors")
        if (documents is not None) != self.uses_documents:
            raise InvalidInput(
                f"(C9) documents must be given exactly when the pattern reads them: {self.mlir}")
        if (blocks is not None) != bool(self.block_size):
            raise InvalidInput(f"(C10) blocks must be given exactly when the pattern reads them: {self.mlir}")
        query_document = key_document = lists = None
        if documents is not None:
            row = _table(documents, query, 1, "documents")
            query_document = row[_clamp(query - document_origin, row.shape[0])][:, None]
            key_document = row[_clamp(key - document_origin, row.shape[0])][None, :]
        if blocks is not None:
            table = _table(blocks, query, 2, "blocks")
            self.check_comparisons(table.shape[1])

            def lists(block):
                return table[_clamp(block[:, 0], table.shape[0])]
        else:
            self.check_comparisons()
        kept = self.keeps(
            Points(query[:, None], key[None, :], head, query_document, key_document, lists, origin))
        return kept & (query[:, None] == query[:, None]) & (key[None, :] == key[None, :])

    def check_comparisons(self, listed: int = 0) -> None:
        """Raises InvalidInput where `msa.attend` would refuse the pattern (C14)."""
        count = self.comparisons(listed)
        if count > MAX_COMPARISONS:
            raise InvalidInput(
                f"(C14) the pattern takes {count} comparisons a pair, at most {MAX_COMPARISONS} are "
                f"possible; use fewer members, draws or listed blocks: {self.mlir}")

    def tiles(self, queries: int, keys: int | None = None, tile: int = 64, **operands) -> np.ndarray:
        """0 (empty), 1 (partial) or 2 (full) for each tile x tile square of `queries` x `keys` pairs, by the
        exact mask. The compiler skips empty tiles and computes no mask in full ones; where a rule can not
        tell, it may visit a tile that is empty. See `msa.draw.tiles`."""
        from .draw import tiles
        return tiles(self, queries, keys, tile, **operands)

    def draw(self, queries: int = 128, keys: int | None = None, tile: int = 64, **operands) -> str:
        """SVG text: the mask and the tiles that are visited. See `msa.draw.draw`."""
        from .draw import draw
        return draw(self, queries, keys, tile, **operands)

    def _repr_svg_(self) -> str:
        from .draw import example
        return example(self)


def _positions(values):
    if hasattr(values, "shape") and hasattr(values, "dtype"):
        if len(values.shape) != 1 or "int" not in str(values.dtype):
            raise InvalidInput(
                f"positions must be integers in one dimension, got {values.dtype} {tuple(values.shape)}")
        return values.astype(np.int64) if isinstance(values, np.ndarray) else values.long()
    array = np.asarray(values, dtype=np.int64)
    if array.ndim != 1:
        raise InvalidInput(f"positions must have one dimension, got {array.ndim}")
    return array


def _table(values, like, rank, name):
    if isinstance(like, np.ndarray):
        values = np.asarray(values)
    elif not hasattr(values, "dim"):
        values = like.new_tensor(values)
    if len(values.shape) != rank or "int" not in str(values.dtype) or 0 in values.shape:
        raise InvalidInput(f"{name} must be integers in {rank} dimension(s), not empty; got {values.dtype} "
                           f"{tuple(values.shape)}")
    return values


def _clamp(values, size):
    return values.clip(0, size - 1)


# --- Simple patterns ----------------------------------------------------------------------------------------


class _Simple(Pattern):
    """A pattern of integer parameters. `_limits`: (label, least, most) of each parameter, in order."""

    __slots__ = ()
    _limits: tuple = ()

    def __post_init__(self):
        for field, (label, least, most) in zip(fields(self), self._limits):
            object.__setattr__(self, field.name,
                               _integer(label, field.name, getattr(self, field.name), least, most))


@dataclass(frozen=True, repr=False)
class Full(_Simple):
    """Every key (bidirectional attention)."""

    mlir = "#msa.full"

    def keeps(self, at):
        return (at.query == at.query) & (at.key == at.key)


@dataclass(frozen=True, repr=False)
class Causal(_Simple):
    """Keys up to the query's own position: p_j <= p_i."""

    mlir = "#msa.causal"
    is_causal = True

    def keeps(self, at):
        return at.key <= at.query


@dataclass(frozen=True, repr=False)
class Window(_Simple):
    """p_i - left <= p_j <= p_i + right (Longformer, arXiv 2004.05150, section 3.1); with a dilation r only
    keys whose distance is a multiple of r. (P1) left, right in [0, 2^40]; (P2) dilation in [1, 2^40]."""

    left: int
    right: int = 0
    dilation: int = 1
    _limits = (("P1", 0, MAX_SIZE), ("P1", 0, MAX_SIZE), ("P2", 1, MAX_SIZE))

    @property
    def mlir(self):
        right = f", right = {self.right}" if self.right else ""
        dilation = f", dilation = {self.dilation}" if self.dilation != 1 else ""
        return f"#msa.window<left = {self.left}{right}{dilation}>"

    @property
    def is_causal(self):
        return self.right == 0

    def keeps(self, at):
        distance = at.query - at.key
        kept = (distance <= self.left) & (distance >= -self.right)
        return kept if self.dilation == 1 else kept & (distance % self.dilation == 0)


@dataclass(frozen=True, repr=False)
class Strided(_Simple):
    """p_j mod stride == stride - 1 (Sparse Transformers, arXiv 1904.10509, section 4.2). (P3) stride in [1,
    2^40]."""

    stride: int
    _limits = (("P3", 1, MAX_SIZE),)

    @property
    def mlir(self):
        return f"#msa.strided<{self.stride}>"

    def keeps(self, at):
        return at.key % self.stride == self.stride - 1


def _wrapped(number: int) -> int:
    """The 64-bit two's complement integer of `number`."""
    number &= (1 << 64) - 1
    return number - (1 << 64) if number >> 63 else number


_SEED, _HEAD, _BLOCK, _MIX = (_wrapped(n) for n in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9,
                                                    0x94D049BB133111EB, 0xD6E8FEB86659FD93))


@dataclass(frozen=True, repr=False)
class Random(_Simple):
    """`count` random key blocks of `size` positions for each query block and head (BigBird, arXiv 2007.14062,
    section 2), drawn from the first `span` key blocks by a 64-bit counter-based hash that is the same on
    every target. (P4) count in [1, 64]; (P5) size and span in [1, 2^40]."""

    count: int
    size: int
    span: int
    seed: int = 0
    _limits = (("P4", 1, 64), ("P5", 1, MAX_SIZE), ("P5", 1, MAX_SIZE), ("P5", -(1 << 63), (1 << 63) - 1))
    uses_head = True

    @property
    def mlir(self):
        seed = f", seed = {self.seed}" if self.seed else ""
        return f"#msa.random<count = {self.count}, size = {self.size}, span = {self.span}{seed}>"

    def comparisons(self, listed=0):
        return self.count

    def keeps(self, at):
        block, kept = at.query // self.size, None
        for t in range(self.count):
            same = at.key // self.size == self.drawn(at.head, block, t)
            kept = same if kept is None else kept | same
        return kept

    def drawn(self, head, block, draw: int):
        """Key block that draw `draw` of query block `block` (an int64 array) names."""
        start = _wrapped(self.seed * _SEED + draw * _MIX)
        with np.errstate(over="ignore"):
            if isinstance(head, (int, np.integer)):
                start = _wrapped(start + int(head) * _HEAD)
            else:
                start = head * _HEAD + start
            x = block * _BLOCK + start
            for _ in range(2):
                x = (x ^ ((x >> 32) & 0xFFFFFFFF)) * _MIX
            x = ((x ^ ((x >> 32) & 0xFFFFFFFF)) >> 1) & ((1 << 63) - 1)
        return x % self.span


@dataclass(frozen=True, repr=False)
class Global(_Simple):
    """The first `count` tokens see and are seen by all (Longformer). (P6) count in [1, 2^40]."""

    count: int
    _limits = (("P6", 1, MAX_SIZE),)

    @property
    def mlir(self):
        return f"#msa.global<{self.count}>"

    def keeps(self, at):
        return (at.key < self.count) | (at.query < self.count)


@dataclass(frozen=True, repr=False)
class Document(_Simple):
    """Only keys of the query's own document (packed sequences). Document numbers along a row must not
    decrease."""

    mlir = "#msa.document"
    uses_documents = True

    def keeps(self, at):
        return at.query_document == at.key_document


@dataclass(frozen=True, repr=False)
class Blocks(_Simple):
    """Key blocks of `size` positions that an operand lists for each query block: content-routed attention.
    Blocks count from the segment's first position; negative entries are padding. (P7) size in [1, 2^20]."""

    size: int
    _limits = (("P7", 1, 1 << 20),)

    @property
    def mlir(self):
        return f"#msa.blocks<{self.size}>"

    @property
    def block_size(self):
        return self.size

    def comparisons(self, listed=0):
        return listed

    def keeps(self, at):
        listed = at.lists((at.query - at.origin) // self.size)
        block, kept = (at.key - at.origin) // self.size, None
        for t in range(listed.shape[-1]):
            same = block == listed[..., t:t + 1]
            kept = same if kept is None else kept | same
        return kept & (block >= 0)


# --- Combinations -------------------------------------------------------------------------------------------


class _Combination(Pattern):
    """Flat, sorted and simplified when built, so that the result may be another pattern (as in the
    dialect)."""

    __slots__ = ("members",)
    _name = ""

    def __new__(cls, *members: Pattern) -> Pattern:
        flat: list[Pattern] = []
        for member in members:
            if not isinstance(member, Pattern):
                raise InvalidInput(f"(P8) expected a pattern, got {member!r}")
            flat += member.members if isinstance(member, cls) else (member,)
        flat = cls._simplify(flat)
        # By their text: torch.compile makes patterns that can not be hashed before they are whole.
        unique = {p.mlir: p for p in flat}
        flat = [unique[text] for text in sorted(unique)]
        if len(flat) == 1:
            return flat[0]
        if not 1 <= len(flat) <= MAX_MEMBERS:
            raise InvalidInput(f"(P8) expected 1 to {MAX_MEMBERS} patterns, got {len(flat)}")
        sizes = sorted({p.block_size for p in flat if p.block_size})
        if len(sizes) > 1:
            raise InvalidInput(f"(P8) block lists of sizes {sizes[0]} and {sizes[1]} in one pattern")
        if max(p.depth for p in flat) >= MAX_DEPTH:
            raise InvalidInput(f"(P8) patterns may be nested {MAX_DEPTH} deep")
        self = object.__new__(cls)
        object.__setattr__(self, "members", tuple(flat))
        return self

    @staticmethod
    def _simplify(flat: list[Pattern]) -> list[Pattern]:
        raise NotImplementedError

    def __setattr__(self, name, value):
        raise AttributeError("patterns can not be changed")

    def __eq__(self, other):
        return type(self) is type(other) and self.members == other.members

    def __hash__(self):
        return hash((self._name, self.members))

    def __reduce__(self):
        return type(self), self.members

    @property
    def mlir(self):
        return f"#msa.{self._name}<{', '.join(p.mlir for p in self.members)}>"

    @property
    def uses_documents(self):
        return any(p.uses_documents for p in self.members)

    @property
    def uses_head(self):
        return any(p.uses_head for p in self.members)

    @property
    def block_size(self):
        return max(p.block_size for p in self.members)

    @property
    def depth(self):
        return 1 + max(p.depth for p in self.members)

    def comparisons(self, listed=0):
        return sum(p.comparisons(listed) for p in self.members)


class Any(_Combination):
    """Union: any member keeps the pair."""

    __slots__ = ()
    _name = "any"

    @staticmethod
    def _simplify(flat):
        return [Full()] if Full() in flat else flat

    @property
    def is_causal(self):
        return all(p.is_causal for p in self.members)

    def keeps(self, at):
        kept = self.members[0].keeps(at)
        for member in self.members[1:]:
            kept = kept | member.keeps(at)
        return kept


class All(_Combination):
    """Intersection: all members keep the pair."""

    __slots__ = ()
    _name = "all"

    @staticmethod
    def _simplify(flat):
        if any(p != Full() for p in flat):
            flat = [p for p in flat if p != Full()]
        # Causality that another member implies adds nothing.
        if any(p.is_causal and p != Causal() for p in flat):
            flat = [p for p in flat if p != Causal()]
        return flat

    @property
    def is_causal(self):
        return any(p.is_causal for p in self.members)

    def keeps(self, at):
        kept = self.members[0].keeps(at)
        for member in self.members[1:]:
            kept = kept & member.keeps(at)
        return kept


def Sink(count: int) -> Pattern:
    """Attention sinks (StreamingLLM, arXiv 2309.17453): the first `count` tokens are seen by all later
    ones."""
    return Causal() & Global(count)
