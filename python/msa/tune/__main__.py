from __future__ import annotations

import argparse
import sys

from .. import schedules
from ..errors import InvalidInput, MsaError
from .climb import tune


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


def main(arguments: list[str] | None = None, **injected) -> int:
    p = argparse.ArgumentParser(prog="python -m msa.tune", description="Measures schedules of a model's attention on "
                                "this machine's GPU and keeps the best in the user's cache (docs/Tuning.md).")
    p.add_argument("model", help="MLIR, as msa-compile takes it")
    p.add_argument("--device", default="cuda:0")
    p.add_argument("--seconds", type=float, default=600, help="when to stop looking further (600)")
    p.add_argument("--entry", help="what is timed (the first entry)")
    p.add_argument("--input", action="append", default=[], metavar="NAME=VALUE",
                   help="an input that is not drawn at random: a number that fills it, or @file.npy")
    p.add_argument("--compiler", help="msa-compile, where it is not found ($MSA_BUILD/bin, the build folder, $PATH)")
    p.add_argument("--replace", action="store_true", help="drop stored schedules of another GPU")
    p.add_argument("--dry-run", action="store_true", help="measure, and store nothing")
    p.add_argument("--quiet", action="store_true", help="say only what was found")
    o = p.parse_args(arguments)
    try:
        try:
            with open(o.model, encoding="utf-8") as file:
                text = file.read()
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput(f"{o.model}: {error}") from None
        found = tune(text, o.device, compiler=o.compiler, entry=o.entry, inputs=dict(map(_input, o.input)),
                     seconds=o.seconds, replace=o.replace, save=not o.dry_run,
                     tell=(lambda line: None) if o.quiet else (lambda line: print(line, flush=True)), **injected)
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
