"""What all benchmarks share: turns of ours and the peer, errors against float64,
what machine this is, and the records in benchmarks/results.

A benchmark is an object of class Benchmark. It names its sources (MLIR), which
are compiled here or come from a pack, and measures in a process of its own, so
that no memory, thread pool or compile cache of another one is around."""

import ctypes as ct
import gc
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
RESULTS = os.path.join(HERE, "results")
sys.path[:0] = [p for p in (os.path.join(ROOT, "test", "python"), os.path.join(ROOT, "examples"))
                if p not in sys.path]

BOUND = 1e-5        # f32 forward against float64 (see msart.relative_error)
PEER_BOUND = 1e-4   # a peer beyond this computes something else: the set-up is wrong


class Wrong(Exception):
    """A result is not what it must be: no time is worth recording."""


class Skipped(Exception):
    """Can not be measured on this machine."""


# --- sources and artefacts ---------------------------------------------------

def cores():
    return len(os.sched_getaffinity(0))


class Context:
    """Options of a run, and the artefacts: compiled now, or from a pack."""

    def __init__(self, options):
        self.options = options
        self.tiny, self.threads, self.packed = options["tiny"], options["threads"], options["packed"]
        self.seconds, self.rounds, self.tokens = options["seconds"], options["rounds"], options["tokens"]

    def artefact(self, benchmark, name="model"):
        import msart
        if self.packed:
            with open(os.path.join(self.packed, artefact_name(benchmark.id, name)), "rb") as f:
                return f.read()
        return msart.compile_text(benchmark.sources(self.tiny)[name])

    def model(self, benchmark, name="model", threads=None):
        import msart
        return msart.Model(msart.Device("cpu", threads or self.threads), self.artefact(benchmark, name))

    def torch(self):
        """torch with as many threads as ours has. Before anything is compiled:
        Inductor writes the number into its code."""
        import torch
        torch.set_num_threads(self.threads)
        torch.set_grad_enabled(False)
        return torch


class Benchmark:
    id, unit, peer = "", "", None
    title = ""

    def sources(self, tiny):
        """Name -> MLIR of the artefacts it runs."""
        return {}

    def bar(self):
        """{'ratio': least ratio} or {'at_most': value in unit}; None: for information."""
        return None

    def run(self, context):
        """A result(...)."""
        raise NotImplementedError

    def passes(self, result):
        bar = self.bar()
        if bar is None:
            return None
        if "ratio" in bar:
            return result["ratio"] >= bar["ratio"]
        return result["ours"] <= bar["at_most"]


def artefact_name(id, name):
    return f"{id}.msaf" if name == "model" else f"{id}.{name}.msaf"


# --- time ---------------------------------------------------------------------

def turns(functions, seconds=20.0, rounds=None, least=7, most=51, gap=0.005, warm=2):
    """Times in seconds of functions called in turn: noise of the machine hits all
    alike. The gap before each call lets the threads of the one before stop spinning
    (libgomp's workers wait actively for some milliseconds after a parallel region
    and would take our cores). What a call returns is freed after the clock stops."""
    for f in functions.values():
        for _ in range(warm):
            f()
    times = {name: [] for name in functions}
    was_enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        begin = time.perf_counter()
        while True:
            done = len(next(iter(times.values())))
            if rounds is not None and done >= rounds:
                break
            if rounds is None and done >= least and (done >= most or time.perf_counter() - begin > seconds):
                break
            for name, f in functions.items():
                time.sleep(gap)
                start = time.perf_counter()
                kept = f()
                times[name].append(time.perf_counter() - start)
                del kept
    finally:
        if was_enabled:
            gc.enable()
    return times


def spread(times, scale=1.0, digits=6):
    return {"median": round(statistics.median(times) * scale, digits), "min": round(min(times) * scale, digits),
            "max": round(max(times) * scale, digits), "n": len(times)}


def compare(times, unit, work=None, peers=None):
    """The result fields of a comparison. `work`: operations of a call, for GFLOP/s;
    otherwise times in ms. Of several peers the one with the better median counts."""
    names = [n for n in times if n != "ours"]
    best = min(names, key=lambda n: statistics.median(times[n]))
    ours, theirs = statistics.median(times["ours"]), statistics.median(times[best])
    value = (lambda t: work / t / 1e9) if work else (lambda t: t * 1e3)
    pairs = [b / a for a, b in zip(times["ours"], times[best])]
    return {"ours": round(value(ours), 4), "theirs": round(value(theirs), 4), "peer": (peers or {}).get(best, best),
            "unit": unit, "ratio": round(theirs / ours, 4), "ratio_of_pairs": round(statistics.median(pairs), 4),
            "raw_ms": {n: spread(t, 1e3) for n, t in times.items()}}


class Quiet:
    """How much of our cores others took meanwhile, 0 to 1: other processes, and a
    hypervisor that gave them to someone else. Spinning threads of the peer lose more
    to a busy machine than ours do, so such ratios say nothing."""

    LIMIT = 0.1

    def __init__(self):
        self.start = self.now()

    @staticmethod
    def now():
        mine, busy, tick = os.times(), 0.0, os.sysconf("SC_CLK_TCK")
        wanted = {f"cpu{k}" for k in os.sched_getaffinity(0)}
        try:
            with open("/proc/stat") as f:
                for line in f:
                    words = line.split()
                    if words and words[0] in wanted:  # user nice system idle iowait irq softirq steal
                        busy += sum(int(words[k]) for k in (1, 2, 3, 6, 7, 8)) / tick
        except (OSError, IndexError):
            return None
        return time.perf_counter(), busy, sum(mine[:4])

    def others(self):
        end = self.now()
        if self.start is None or end is None or end[0] <= self.start[0]:
            return None
        seconds, busy, mine = (b - a for a, b in zip(self.start, end))
        return round(max(0.0, busy - mine) / seconds / cores(), 3)


# --- numbers ------------------------------------------------------------------

def error(actual, expected):
    """Greatest |a - b| / max(|b|, rms b)."""
    import msart
    a = actual.detach().numpy() if hasattr(actual, "detach") else actual
    b = expected.detach().numpy() if hasattr(expected, "detach") else expected
    if np.shape(a) != np.shape(b):
        raise Wrong(f"shapes differ: {np.shape(a)} and {np.shape(b)}")
    return msart.relative_error(a, b)


def correctness(ours, theirs=None, bound=BOUND):
    """ours, theirs: name -> error. Raises Wrong."""
    for who, errors, limit in (("ours", ours, bound), ("the peer", theirs or {}, PEER_BOUND)):
        for name, e in errors.items():
            if not e <= limit:
                raise Wrong(f"{who}: {name} is off by {e:.3g}, allowed are {limit:.3g}")
    out = {"bound": bound, "ours": {k: float(f"{v:.3g}") for k, v in ours.items()}}
    if theirs:
        out["theirs"] = {k: float(f"{v:.3g}") for k, v in theirs.items()}
    return out


def same_bits(name, before, after):
    if before != after.tobytes():
        raise Wrong(f"{name}: the last timed run has other bits than the first run")


# --- what machine, what versions ----------------------------------------------

def cpu():
    model, flags = platform.processor() or "unknown", set()
    try:
        with open("/proc/cpuinfo") as f:
            for line in f:
                key, _, value = line.partition(":")
                if key.strip() == "model name":
                    model = value.strip()
                if key.strip() == "flags":
                    flags = set(value.split())
                    break
    except OSError:
        pass
    v3 = {"avx2", "fma", "bmi1", "bmi2", "f16c", "movbe"}
    v4 = {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}
    level = "x86-64-v4" if v3 | v4 <= flags else "x86-64-v3" if v3 <= flags else platform.machine()
    return model, level, sorted(flags & {"amx_bf16", "amx_tile", "avx512_bf16", "avx512_vnni"})


def has_amx():
    return {"amx_bf16", "amx_tile"} <= set(cpu()[2])


def device(threads):
    model, level, extra = cpu()
    return {"cpu": model, "isa": level, "isa_extra": extra, "threads": threads, "cores": cores(),
            "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)}


def slug(d):
    isa = {"x86-64-v4": "avx512", "x86-64-v3": "avx2"}.get(d["isa"], d["isa"])
    text = re.sub(r"\([^)]*\)|@.*|\bcpu\b|\bprocessor\b", " ", d["cpu"], flags=re.I)
    return re.sub(r"[^a-z0-9]+", "-", f"{text} {isa} {d['threads']}t".lower()).strip("-")


def first_line(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
        return (done.stdout or done.stderr).splitlines()[0] if done.returncode == 0 else None
    except (OSError, IndexError, subprocess.SubprocessError):
        return None


def llvm_version():
    """Of msa-compile, where there is one."""
    import msart
    try:
        done = subprocess.run([msart.COMPILE, "--version"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"LLVM version ([0-9.]+)", done.stdout)
    return found.group(1) if found else None


def versions(model=None):
    import msart
    lib = msart.lib()
    out = {"msa": lib.msa_version().decode(), "python": platform.python_version(), "numpy": np.__version__,
           "compiler": first_line(os.environ.get("CXX", "g++"), "--version"), "torch": None, "llvm": None}
    if "torch" in sys.modules:
        out["torch"] = sys.modules["torch"].__version__
    out["llvm"] = llvm_version()
    if out["llvm"] is None and model is not None:
        lib.msa_model_producer.restype, lib.msa_model_producer.argtypes = ct.c_char_p, [ct.c_void_p]
        producer = lib.msa_model_producer(model.handle).decode()
        found = re.search(r"LLVM ([0-9.]+)", producer)
        out["llvm"] = found.group(1) if found else producer
    return out


def cmake_cache(key):
    """Of the build that is measured; None for a pack's runtime."""
    import msart
    try:
        with open(os.path.join(msart.BUILD, "CMakeCache.txt")) as f:
            return re.search(rf"^{key}:\w+=(.*)$", f.read(), re.M).group(1)
    except (OSError, AttributeError):
        return None


def build_kind():
    return cmake_cache("CMAKE_BUILD_TYPE")


def commit():
    """Of the sources of the build that is measured."""
    source = cmake_cache("CMAKE_HOME_DIRECTORY") or ROOT

    def git(*arguments):
        done = subprocess.run(["git", "-C", source, *arguments], capture_output=True, text=True)
        if done.returncode:
            raise OSError(done.stderr)
        return done.stdout.strip()
    try:
        changes = git("status", "--porcelain", "--", ".", ":!benchmarks/results")
        return {"commit": git("rev-parse", "HEAD"), "dirty": bool(changes)}
    except OSError:
        return {"commit": None, "dirty": None}


def pack_info(folder):
    with open(os.path.join(folder, "pack.json")) as f:
        return json.load(f)


# --- records --------------------------------------------------------------------

def record(benchmark, result, context, model=None, others=None):
    """The object that is written, and shown in the table."""
    d = device(context.threads)
    out = {"id": benchmark.id, "ours": None, "theirs": None, "peer": benchmark.peer, "unit": benchmark.unit,
           "ratio": None, "bar": benchmark.bar(), "pass": None}
    out.update(result)
    out["pass"] = benchmark.passes(out)
    out["device"] = d
    out["versions"] = versions(model)
    out["build_type"] = build_kind()
    out.update(commit())
    if context.packed:  # what the artefacts and the runtime are of
        info = pack_info(context.packed)
        out["packed"] = {k: info[k] for k in ("commit", "dirty", "build_type", "llvm")}
        out["versions"]["llvm"] = info["llvm"] or out["versions"]["llvm"]
        # What was measured is the pack's, whatever checkout lies around it.
        out["commit"], out["dirty"] = info["commit"], info["dirty"]
    out["taken_by_others"] = others
    out["date"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return out


def busy(out):
    return (out["taken_by_others"] or 0) > Quiet.LIMIT


def write(out, tiny, force=False):
    """Only full sizes on a quiet machine are kept. Returns the path, or None."""
    if tiny or (busy(out) and not force):
        return None
    os.makedirs(RESULTS, exist_ok=True)
    path = os.path.join(RESULTS, f"{out['id']}.{slug(out['device'])}.json")
    with open(path + ".part", "w") as f:
        json.dump(out, f, indent=2)
        f.write("\n")
    os.replace(path + ".part", path)
    return path
