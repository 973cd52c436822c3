"""Pictures of patterns: the mask, and which key tiles of a query tile are empty, partial or full."""

from __future__ import annotations

import numpy as np

from .errors import InvalidInput
from .patterns import Pattern

EMPTY, PARTIAL, FULL = 0, 1, 2
MAX_PAIRS = 1 << 30  # pairs that are evaluated for one picture
MAX_DRAWN_PAIRS = 1 << 18  # above this, single pairs are too small to be seen
_COLOURS = {PARTIAL: "#cfe0f5", FULL: "#5b8fd0"}
_PAIR = "#1f4e8c"


def _sizes(queries, keys, tile):
    keys = queries if keys is None else keys
    for name, value in (("queries", queries), ("keys", keys), ("tile", tile)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
            raise InvalidInput(f"{name} must be a positive integer, got {value!r}")
    if queries * keys > MAX_PAIRS:
        raise InvalidInput(f"{queries} x {keys} pairs are too many to evaluate one by one, at most 2^30 are")
    return int(queries), int(keys), int(tile)


def tiles(pattern: Pattern, queries: int, keys: int | None = None, tile: int = 64, **operands) -> np.ndarray:
    """0 (empty), 1 (partial) or 2 (full) for each tile x tile square: int8, one row for `tile` queries.

    operands: head, documents, blocks, ... as of `Pattern.mask`. One strip of `tile` queries exists at a time.
    """
    queries, keys, tile = _sizes(queries, keys, tile)
    edges, out = np.arange(0, keys, tile), []
    widths = np.minimum(edges + tile, keys) - edges
    for begin in range(0, queries, tile):
        rows = np.arange(begin, min(begin + tile, queries))
        mask = pattern.mask(rows, np.arange(keys), **operands)
        kept = np.add.reduceat(mask.sum(0, dtype=np.int64), edges)
        out.append(np.where(kept == 0, EMPTY, np.where(kept == len(rows) * widths, FULL, PARTIAL)))
    return np.array(out, np.int8)


def _runs(row: np.ndarray):
    """(first, end) of each run of true elements."""
    change = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(np.int8), [0]])))
    return zip(change[::2], change[1::2])


def draw(pattern: Pattern, queries: int = 128, keys: int | None = None, tile: int = 64, **operands) -> str:
    """SVG text. Queries go down, keys to the right; full tiles are dark, partial ones light with the kept
    pairs in them (drawn up to 2^18 pairs), empty ones white: those are never visited."""
    queries, keys, tile = _sizes(queries, keys, tile)
    kinds = tiles(pattern, queries, keys, tile, **operands)
    scale = 512 / max(queries, keys)
    width, height = keys * scale, queries * scale
    visited = int((kinds != EMPTY).sum())
    body = []
    for (i, j), kind in np.ndenumerate(kinds):
        if kind == EMPTY:
            continue
        w, h = min(tile, keys - j * tile), min(tile, queries - i * tile)
        body.append(f'<rect x="{j * tile * scale:g}" y="{i * tile * scale:g}" width="{w * scale:g}" '
                    f'height="{h * scale:g}" fill="{_COLOURS[int(kind)]}"/>')
    if queries * keys <= MAX_DRAWN_PAIRS:
        mask = pattern.mask(np.arange(queries), np.arange(keys), **operands)
        path = "".join(f"M{a * scale:g} {i * scale:g}h{(b - a) * scale:g}v{scale:g}h{(a - b) * scale:g}z"
                       for i, row in enumerate(mask) for a, b in _runs(row))
        body.append(f'<path d="{path}" fill="{_PAIR}" fill-opacity="0.55"/>')
    lines = "".join(f"M{x * scale:g} 0V{height:g}" for x in range(0, keys + 1, tile))
    lines += "".join(f"M0 {y * scale:g}H{width:g}" for y in range(0, queries + 1, tile))
    body.append(f'<path d="{lines}" stroke="#999" stroke-width="0.5" fill="none"/>')
    text = pattern.mlir.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    caption = f"{text}: {visited} of {kinds.size} tiles of {tile} x {tile} visited"
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -4 {width + 8:g} {height + 28:g}" '
            f'width="{width + 8:g}" height="{height + 28:g}"><title>{caption}</title>{"".join(body)}'
            f'<text x="0" y="{height + 16:g}" font-size="11" font-family="monospace">{caption}</text></svg>')


def example(pattern: Pattern, size: int = 128, tile: int = 16) -> str:
    """The picture that notebooks show. Patterns that read operands are given examples of them: three
    documents, and for each query block the first key block and its own."""
    operands: dict = {}
    if pattern.uses_documents:
        operands["documents"] = np.arange(size) * 3 // size
    if pattern.block_size:
        count = -(-size // pattern.block_size)
        operands["blocks"] = np.stack([np.zeros(count, int), np.arange(count)], 1)
    return draw(pattern, size, size, tile, **operands)
