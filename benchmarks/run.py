#!/usr/bin/env python3
"""Measures msa against its peers and writes benchmarks/results/ID.DEVICE.json.

    benchmarks/run.py                          everything that this machine can
    benchmarks/run.py --only cpu-layer,stream-flat --threads 2
    benchmarks/run.py --pack DIR               compile what is needed into DIR ...
    benchmarks/run.py --packed DIR             ... and measure where there is no compiler

Missing a bar is not an error; no record is kept where other processes took more than a tenth of the cores.
Exit status: 0, or 1 where a result was wrong (no
record is written for it), or 2 where a benchmark could not be completed."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import traceback

import common


def benchmarks():
    import attention
    import compile_time
    import layers
    import models
    import recall
    import step_overhead
    import stream
    return [attention.WindowBank(), attention.Dense(), attention.WindowBankBF16(),
            attention.DenseBF16(), layers.LayerStep(), *compile_time.ALL,
            stream.StreamFlat(), layers.StepSmall(), recall.RecallCpu(), *step_overhead.ALL, *models.ALL]


def pack(folder, tiny, chosen):
    """Artefacts, the runtime, and of what commit they are."""
    import msart
    os.makedirs(os.path.join(folder, "lib"), exist_ok=True)
    for b in chosen:
        for name, text in b.sources(tiny).items():
            with open(os.path.join(folder, common.artefact_name(b.id, name)), "wb") as f:
                f.write(msart.compile_text(text))
            print(f"packed {b.id}")
    shutil.copyfile(os.path.join(msart.BUILD, "lib", "libmsa_runtime.so"),
                    os.path.join(folder, "lib", "libmsa_runtime.so"))
    with open(os.path.join(folder, "pack.json"), "w") as f:
        json.dump({**common.commit(), "tiny": tiny, "build_type": common.build_kind(),
                   "llvm": common.llvm_version()}, f, indent=2)


def bar_text(bar):
    if not bar:
        return "-"
    if "at_least" in bar:
        return f">= {bar['at_least']:g}"
    text = f">= {bar['ratio']:g}x" if "ratio" in bar else f"<= {bar['at_most']:g}"
    return text + (f", +<{bar['rss_growth_below'] / 1e6:g}MB" if "rss_growth_below" in bar else "")


def number(x):
    return "-" if x is None else f"{x:.4g}"


def row(cells):
    return "{:22s} {:>10s} {:>10s} {:9s} {:>7s} {:>16s} {:6s} {}".format(*cells)


def one(benchmark, options, path):
    """In the child process. What it made is written to `path`."""
    out = {"status": "failed", "message": ""}
    context = common.Context(options)
    try:
        out = {"status": "done", "record": benchmark.run(context)}
    except common.Skipped as e:
        out = {"status": "skipped", "message": str(e)}
    except common.Wrong as e:
        out = {"status": "WRONG", "message": str(e)}
    except Exception as e:  # of torch, the compiler or the runtime
        traceback.print_exc()
        out["message"] = f"{type(e).__name__}: {str(e).splitlines()[0] if str(e) else ''}"
    with open(path, "w") as f:
        json.dump(out, f)


def child(benchmark, options):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "out.json")
        done = subprocess.run([sys.executable, os.path.abspath(__file__), "--child", benchmark.id, json.dumps(options), path])
        try:
            with open(path) as f:
                return json.load(f)
        except OSError:
            return {"status": "failed", "message": f"the process ended with {done.returncode}"}


def main():
    all_of_them = benchmarks()
    by_id = {b.id: b for b in all_of_them}
    if sys.argv[1:2] == ["--child"]:
        return one(by_id[sys.argv[2]], json.loads(sys.argv[3]), sys.argv[4]) or 0
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--list", action="store_true", help="ids, bars, what they measure")
    p.add_argument("--only", default="", metavar="ID,ID", help="these")
    p.add_argument("--threads", type=int, default=common.cores(), help="of ours and of the peer (all cores)")
    p.add_argument("--pack", metavar="DIR", help="compile into DIR; measure nothing")
    p.add_argument("--packed", metavar="DIR", help="take artefacts, and the runtime unless MSA_BUILD is set, from DIR")
    p.add_argument("--seconds", type=float, default=20.0, help="least time of the rounds of a comparison (20)")
    p.add_argument("--rounds", type=int, help="exactly so many rounds instead")
    p.add_argument("--tokens", type=int, help="of stream-flat (50 million)")
    p.add_argument("--force", action="store_true", help="keep records of a busy machine too")
    p.add_argument("--verbose", action="store_true", help="print the records")
    p.add_argument("--tiny", action="store_true", help=argparse.SUPPRESS)  # does it run at all? writes no record
    o = p.parse_args()
    unknown = [i for i in o.only.split(",") if i and i not in by_id]
    if unknown:
        p.error(f"unknown {', '.join(unknown)}; known are {', '.join(by_id)}")
    chosen = [by_id[i] for i in o.only.split(",") if i] or all_of_them
    if o.list:
        for b in chosen:
            print(f"{b.id:22s} {bar_text(b.bar()):>16s} {b.unit:9s} {b.title}")
        return 0
    if o.pack:
        pack(o.pack, o.tiny, chosen)
        return 0
    options = {"tiny": o.tiny, "threads": o.threads, "packed": None, "seconds": o.seconds, "rounds": o.rounds, "tokens": o.tokens}
    if o.tiny:
        options.update(seconds=0.2, rounds=o.rounds or 3)
    if o.packed:
        options["packed"] = os.path.abspath(o.packed)
        if common.pack_info(o.packed)["tiny"] != o.tiny:
            p.error("the pack and --tiny do not go together")
        os.environ.setdefault("MSA_BUILD", options["packed"])
    print(row(["id", "ours", "theirs", "unit", "ratio", "bar", "", "peer"]), flush=True)
    status = 0
    for b in chosen:
        got = child(b, options)
        if got["status"] == "done":
            r = got["record"]
            verdict = {True: "pass", False: "FAIL", None: "-"}[r["pass"]]
            print(row([b.id, number(r["ours"]), number(r["theirs"]), r["unit"], number(r["ratio"]), bar_text(r["bar"]), verdict,
                       r["peer"] or ""]), flush=True)
            if common.busy(r):
                print(f"{'':22s} busy: others took {100 * r['taken_by_others']:.0f} % of the cores"
                      + ("" if o.force else "; no record (see --force)"), flush=True)
            if o.verbose:
                print(json.dumps(r, indent=1), flush=True)
            common.write(r, o.tiny, o.force)
        else:
            print(row([b.id, "-", "-", b.unit, "-", bar_text(b.bar()), got["status"], got["message"]]), flush=True)
            status = max(status, {"skipped": 0, "WRONG": 1}.get(got["status"], 2))
    return status


if __name__ == "__main__":
    sys.exit(main())
