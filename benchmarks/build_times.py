#!/usr/bin/env python3
"""How long building msa takes: clean, without ccache; its slowest translation unit;
again after one pass was touched; and the start-up of msa-opt.

    benchmarks/build_times.py                 all of it, in build/bench-build
    benchmarks/build_times.py --existing DIR  only what a finished build shows: the
                                              slowest unit and the start-up; no record

Bars: 8 minutes, 60 s, 40 s, 60 ms. The record is benchmarks/results/build.DEVICE.json."""

import argparse
import os
import shutil
import subprocess
import sys
import time

import common

TOUCHED = os.path.join("lib", "Codegen", "Vector", "VectorizeContraction.cpp")
BARS = {"clean_s": 480.0, "slowest_unit_s": 60.0, "rebuild_s": 40.0, "startup_ms": 60.0}


def timed(command, log=None, **environment):
    env = {**os.environ, "CCACHE_DISABLE": "1", **environment}
    start = time.perf_counter()
    done = subprocess.run(command, cwd=common.ROOT, env=env, stdout=log or subprocess.DEVNULL, stderr=subprocess.STDOUT)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: status {done.returncode}")
    return time.perf_counter() - start


def units(build, newest=5):
    """(seconds, object) of the last compilation of each object, slowest first."""
    last = {}
    with open(os.path.join(build, ".ninja_log")) as f:
        for line in f:
            words = line.rstrip("\n").split("\t")
            if len(words) == 5 and words[3].endswith((".o", ".gch", ".pch")):
                last[words[3]] = (int(words[1]) - int(words[0])) / 1e3
    slowest = sorted(last.items(), key=lambda x: -x[1])[:newest]
    return [{"object": name, "s": round(s, 2)} for name, s in slowest], len(last)


def startup(build, runs):
    """Milliseconds from exec to exit."""
    tool, out = os.path.join(build, "bin", "msa-opt"), {}
    for name, arguments in (("--version", ["--version"]), ("empty module", ["-"])):
        times = []
        for k in range(runs + 2):
            start = time.perf_counter()
            subprocess.run([tool, *arguments], input=b"module {}\n", stdout=subprocess.DEVNULL, check=True)
            if k >= 2:
                times.append(time.perf_counter() - start)
        out[name] = common.spread(times, 1e3, 3)
    return out


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--build", default=os.path.join(common.ROOT, "build", "bench-build"), help="folder; it is deleted first")
    p.add_argument("--existing", metavar="DIR", help="measure only what a finished build shows")
    p.add_argument("--jobs", type=int, default=common.cores())
    p.add_argument("--force", action="store_true", help="keep the record of a busy machine too")
    o = p.parse_args()
    measured, raw, quiet = {}, {}, common.Quiet()
    build = o.existing or o.build
    os.environ["MSA_BUILD"] = build  # before msart is loaded: whose sources, whose build type
    if not o.existing:
        if os.path.exists(build) and not os.path.exists(os.path.join(build, "CMakeCache.txt")):
            p.error(f"{build} is no build folder; it is not deleted")
        shutil.rmtree(build, ignore_errors=True)
        os.makedirs(build)
        with open(build + ".log", "w") as log:
            raw["configure_s"] = round(timed(["cmake", "-G", "Ninja", "-B", build, ".", "-DMSA_USE_CCACHE=OFF"], log), 2)
            make = ["cmake", "--build", build, "-j", str(o.jobs)]
            measured["clean_s"] = round(timed(make, log), 2)
            raw["slowest_units"], raw["units"] = units(build)
            again = timed(make, log)  # nothing to do: what a rebuild costs at least
            raw["nothing_to_do_s"] = round(again, 2)
            os.utime(os.path.join(common.ROOT, TOUCHED))
            measured["rebuild_s"] = round(timed(make, log), 2)
            raw["rebuild_touched"] = TOUCHED
    else:
        raw["slowest_units"], raw["units"] = units(build)
    others = quiet.others()
    measured["slowest_unit_s"] = raw["slowest_units"][0]["s"]
    raw["startup_ms"] = startup(build, 20)
    measured["startup_ms"] = max(x["median"] for x in raw["startup_ms"].values())

    for name, value in measured.items():
        print(f"{name:16s} {value:10.2f}   bar <= {BARS[name]:g}   {'pass' if value <= BARS[name] else 'FAIL'}")
    for unit in raw["slowest_units"]:
        print(f"  {unit['s']:8.2f} s  {unit['object']}")
    for name, x in raw["startup_ms"].items():
        print(f"  {x['median']:8.2f} ms msa-opt, {name}")
    if o.existing:
        return 0
    source = {"build_type": common.build_kind(), **common.commit()}
    out = {"id": "build", "ours": measured["clean_s"], "theirs": None, "peer": None, "unit": "s", "ratio": None,
           "bar": {"at_most": BARS}, "pass": all(v <= BARS[k] for k, v in measured.items()), "measured": measured, "raw": raw,
           "device": common.device(o.jobs),
           "versions": {"llvm": common.first_line("llvm-config-22", "--version") or common.first_line("/usr/lib/llvm-22/bin/llvm-config", "--version"),
                        "compiler": common.first_line("c++", "--version"), "cmake": common.first_line("cmake", "--version"),
                        "python": sys.version.split()[0], "torch": None, "msa": None},
           **source, "taken_by_others": others, "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
    path = common.write(out, False, o.force)
    print(f"record: {path}" if path else f"no record: others took {100 * (others or 0):.0f} % of the cores (see --force)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
