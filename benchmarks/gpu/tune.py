#!/usr/bin/env python3
"""Tunes the shapes of the benchmark's cases on this machine's GPU (scripts/gpu-tune calls it): two of attention and two
products by default. Those with integers as inputs (listed blocks) can not be drawn, so not tuned. Then it asks msa-compile whether it
takes what was stored for this GPU: exit status 3 where it does not.

    scripts/gpu-tune [--only ID,ID] [OPTIONS OF msa.tune]"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "benchmarks")]

from gpu import cases  # noqa: E402
from gpu.first_call import find_compiler  # noqa: E402

DEFAULT = "gpu-dense,gpu-window-bank-gqa,gpu-gemm-b,gpu-gemm-c"
SECONDS = 65  # of searching: less than 90 with what comes before and after


def taken(compiler, models):
    """How many stored schedules of this GPU are of these models, and how many of them msa-compile takes."""
    from msa import gpu, schedules
    path = schedules.destination()
    entries = schedules.of_device(schedules.read(path), gpu.compiled_for) if path else []
    said = "".join(subprocess.run([compiler, model, "--target=cuda", "--gpu-arch=sm_90a", "--gpu-classes", "--emit=plan", "-o",
                                   os.devnull], capture_output=True, text=True, check=True).stderr for model in models)
    here = [e for e in entries if f'class "{e["class"]}" takes' in said]
    return len(here), sum(f'class "{e["class"]}" takes {e["schedule"]}' in said for e in here)


def main(arguments=None, measurer=None):
    from msa.tune.__main__ import main as tune
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--only", default=DEFAULT, metavar="ID,ID", help=f"cases of benchmarks/gpu ({DEFAULT})")
    p.add_argument("--tiny", action="store_true", help="small sizes: does it run at all?")
    o, rest = p.parse_known_args(arguments)
    try:
        chosen = cases.chosen(o.only)
    except KeyError as e:
        p.error(f"unknown {e}; known are {', '.join(cases.BY_ID)}")
    with tempfile.TemporaryDirectory(prefix="msa-tune-") as folder:
        compiler = find_compiler(folder)
        if compiler is None:
            print("gpu-tune: there is no msa-compile; scripts/gpu-compiler packs one as "
                  "build/gpu-compiler/msa-compile.xz", file=sys.stderr)
            return 2
        models = []
        for case in chosen:
            models.append(os.path.join(folder, case.id + ".mlir"))
            Path(models[-1]).write_text((case.work.at(256, 8, 2) if o.tiny else case.work).mlir())
        status = tune([*models, f"--compiler={compiler}", f"--seconds={SECONDS}", *rest], measurer=measurer)
        if status:
            return status
        here, found = taken(compiler, models)
        print(f"msa-compile takes {found} of {here} schedules that are stored for this GPU")
        return 0 if found == here else 3


if __name__ == "__main__":
    sys.exit(main())
