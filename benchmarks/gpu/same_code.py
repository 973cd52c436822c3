#!/usr/bin/env python3
"""Whether two compilers write the same artefacts for the cases: same_code.py COMPILER COMPILER.
scripts/gpu-compiler --check calls it. Exit status 1 where they differ, or refuse differently."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "benchmarks"), str(ROOT / "python")]

from gpu import cases  # noqa: E402


def written(compiler, source, options):
    done = subprocess.run([compiler, source, "--target=cuda", *options, "-o", "-"], capture_output=True)
    return done.returncode, done.stdout


def main():
    first, second = sys.argv[1:]
    differ, count = [], 0
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "case.mlir")
        for case in cases.CASES:
            for name, work in case.variants().items():
                source.write_text(work.mlir())
                count += 1
                if written(first, source, case.options) != written(second, source, case.options):
                    differ.append(f"{case.id} {name}")
    print(f"{count} models, {len(differ)} differ: {', '.join(differ)}" if differ else f"{count} models, none differs")
    return bool(differ)


if __name__ == "__main__":
    sys.exit(main())
