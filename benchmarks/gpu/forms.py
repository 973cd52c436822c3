#!/usr/bin/env python3
"""Compares forms of the same kernels on a GPU: folders of `scripts/gpu-bench --pack FOLDER`, made with other options or by other
compilers. One process, turns alternating, the first folder's results as what the others' bits are compared with.

    PYTHONPATH=build-runtime/python benchmarks/gpu/forms.py FOLDER FOLDER... [--only ID,ID] [--seconds 0.25] [--rounds 5]

Prints a line an id and form: medians of sustained turns and of single steps, the longest kernel, clock and power. Exit
status 1 where a form is wrong, by what scripts/gpu-bench allows."""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

import torch  # noqa: E402

from gpu import cases, clock, inputs, reference  # noqa: E402
from gpu.ours import Ours  # noqa: E402


def compare(case, folders, device, power, seconds, rounds, size):
    """Prints the lines of one case; whether all forms are right."""
    work = size(case.variants()["model"])
    drawn = inputs.draw(work, device)
    forms = {f.name: Ours(str(f / f"{case.id}.model.msaf"), work, drawn, device) for f in folders}
    firsts = {name: form.first()[0] for name, form in forms.items()}
    wanted, truth = firsts[folders[0].name], reference.truth(work, drawn, device)
    turns = clock.turns({name: clock.batch_of(form, device) for name, form in forms.items()}, seconds, rounds)
    right = True
    for name, form in forms.items():
        wrong, _ = reference.judge(truth, firsts[name])
        right &= not wrong
        same = all(torch.equal(firsts[name][key], x) for key, x in wanted.items())
        state = power.during(turns[name]["spans"]) if power else None
        kernels = clock.kernels(clock.batch_of(form, device), 20) if device.type == "cuda" else None
        cells = [f"{statistics.median(turns[name]['times']) * 1e3:.4f} ms", f"{statistics.median(form.one_by_one(20)) * 1e3:.4f} alone"]
        if kernels:
            cells.append("{} {:.4f}".format(*next(iter(kernels.items()))))
        if state:
            cells.append(f"{state['sm_mhz']:.0f} MHz, {state['watt']:.0f} W")
        cells += wrong or ["the same bits" if same else "other bits"]
        print(f"{case.id} {name}: {', '.join(cells)}", flush=True)
    return right


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folders", type=Path, nargs="+")
    p.add_argument("--only", default="", metavar="ID,ID")
    p.add_argument("--seconds", type=float, default=0.25, help="of a turn")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--device", default="cuda")
    p.add_argument("--tiny", action="store_true", help="packs of small sizes")
    o = p.parse_args()
    if len({f.name for f in o.folders}) < len(o.folders):
        p.error("folders need names of their own")
    torch.set_grad_enabled(False)
    device = torch.device(o.device, 0) if o.device == "cuda" else torch.device(o.device)
    power = clock.Power() if device.type == "cuda" else None
    right = True
    for case in cases.chosen(o.only):
        if all((f / f"{case.id}.model.msaf").exists() for f in o.folders):
            right &= compare(case, o.folders, device, power, o.seconds, o.rounds, cases.tiny if o.tiny else lambda w: w)
    if power:
        power.close()
    return int(not right)


if __name__ == "__main__":
    sys.exit(main())
