from __future__ import annotations

import argparse
import sys
import time

from .. import schedules
from ..errors import InvalidInput, MsaError
from .classes import find_compiler
from .climb import Found, Measurer, tune


def _input(text: str):
    name, equals, value = text.partition("=")
    try:
        if not (name and equals):
            raise ValueError("it is NAME=VALUE or NAME=@file.npy")
        if value.startswith("@"):
            import numpy
            return name, numpy.load(value[1:], allow_pickle=False)
        return name, int(value) if value.lstrip("-").isdecimal() else float(value)
    except (OSError, ValueError) as error:
        raise InvalidInput(f"--input={text}: {error}") from None


def _texts(paths: list[str]) -> list[str]:
    texts = []
    for path in paths:
        try:
            with open(path, encoding="utf-8") as file:
                texts.append(file.read())
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput(f"{path}: {error}") from None
    return texts


def _tune(texts: list[str], o: argparse.Namespace, measurer: Measurer | None) -> list[Found]:
    """One process measures all models, which share the time evenly."""
    found, end, opened = [], time.monotonic() + o.seconds, None
    find_compiler(o.compiler)  # before a process is started
    try:
        if measurer is None:
            from .worker import Worker
            measurer = opened = Worker(o.device, entry=o.entry, inputs=dict(map(_input, o.input)))
        for i, text in enumerate(texts):
            found += tune(text, compiler=o.compiler, seconds=max(0.0, end - time.monotonic()) / (len(texts) - i),
                          save=not o.dry_run, measurer=measurer,
                          tell=(lambda line: None) if o.quiet else (lambda line: print(line, flush=True)))
    finally:
        if opened:
            opened.close()
    return found


def main(arguments: list[str] | None = None, measurer: Measurer | None = None) -> int:
    """measurer: what runs artefacts (tests)."""
    p = argparse.ArgumentParser(prog="python -m msa.tune", description="Measures schedules of models' attention and "
                                "products on this machine's GPU and keeps the best in the user's cache "
                                "(docs/Tuning.md).")
    p.add_argument("model", nargs="+", help="MLIR, as msa-compile takes it; several models share the time")
    p.add_argument("--device", default="cuda:0")
    p.add_argument("--seconds", type=float, default=600, help="when to stop looking further (600)")
    p.add_argument("--entry", help="what is timed (the first entry)")
    p.add_argument("--input", action="append", default=[], metavar="NAME=VALUE",
                   help="an input that is not drawn at random: a number that fills it, or @file.npy")
    p.add_argument("--compiler", help="msa-compile, where it is not found ($MSA_BUILD/bin, the build folder, $PATH)")
    p.add_argument("--dry-run", action="store_true", help="measure, and store nothing")
    p.add_argument("--quiet", action="store_true", help="say only what was found")
    o = p.parse_args(arguments)
    try:
        for text in o.input:
            _input(text)  # what is wrong is told before anything is measured
        found = _tune(_texts(o.model), o, measurer)
        path = None if o.dry_run else schedules.destination()
    except MsaError as error:
        print(f"msa.tune: {error}", file=sys.stderr)
        return 1
    for f in found:
        print(f'"{f.name}": ' + ("the default is best" if f.best == f.default else
                                 f"{f.gain:.3f} times as fast with {f.best}"))
    print(f"stored in {path}" if path else "nothing is stored")
    return 0


if __name__ == "__main__":
    sys.exit(main())
