#!/usr/bin/env python3
"""Draws sparse attention patterns as SVG files: the mask, and the tiles that compiled code visits.

    examples/draw_patterns.py                                 # a gallery into ./patterns
    examples/draw_patterns.py "#msa.any<#msa.window<left = 31>, #msa.strided<16>>"
"""

import argparse
from pathlib import Path

import msa
from msa.draw import example

# Patterns are rules on positions, put together with | (either keeps the pair) and & (both do).
GALLERY = {
    "causal": msa.Causal(),
    "sliding-window": msa.Window(31),
    "dilated-window": msa.Window(63, dilation=4),
    "longformer": msa.Window(16, 16) | msa.Global(4),
    "bigbird": msa.Window(16, 16) | msa.Global(4) | msa.Random(count=2, size=16, span=8),
    "attention-sinks": msa.Window(31) | msa.Sink(4),
    "sparse-transformer": msa.Window(15) | (msa.Causal() & msa.Strided(16)),
    "packed-documents": msa.Causal() & msa.Document(),
    "routed-blocks": msa.Window(15) | (msa.Causal() & msa.Blocks(16)),
}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("patterns", nargs="*", help="patterns as MLIR writes them (default: a gallery)")
    p.add_argument("--size", type=int, default=128, help="queries and keys (%(default)s)")
    p.add_argument("--tile", type=int, default=16, help="edge of a tile (%(default)s)")
    p.add_argument("--out", type=Path, default=Path("patterns"), help="folder of the pictures (%(default)s)")
    args = p.parse_args()
    chosen = {f"pattern-{n}": msa.Pattern.parse(text) for n, text in enumerate(args.patterns)} or GALLERY
    args.out.mkdir(parents=True, exist_ok=True)
    for name, pattern in chosen.items():
        # Patterns that read documents or listed blocks are drawn with an example of them.
        picture = example(pattern, args.size, args.tile)
        path = args.out / f"{name}.svg"
        path.write_text(picture, encoding="utf-8")
        print(f"{path}  {pattern}")


if __name__ == "__main__":
    main()
