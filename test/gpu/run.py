#!/usr/bin/env python3
"""Runs packed artefacts on a GPU against the float64 reference:

    python3 test/gpu/run.py build/gpu-pack --json result.json [--parts numerics,decode] [--budget 100]

Needs the runtime (MSA_BUILD) and numpy; no compiler."""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import time

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import decode  # noqa: E402
import pack  # noqa: E402
import cases  # noqa: E402
import msart as m  # noqa: E402
import matrix_units  # noqa: E402
import products  # noqa: E402
import tensor_cores  # noqa: E402
import mma  # noqa: E402
import turns  # noqa: E402
import workers  # noqa: E402


def read(folder, name):
    with open(os.path.join(folder, name + ".msaf"), "rb") as f:
        return f.read()


#: Parts of many cases, which several processes may share.
SHARED = {"numerics": lambda counts: [(c.name, [c]) for c in pack.all_cases(counts)],
          "tensor_cores": lambda _: tensor_cores.groups(), "turns": lambda _: turns.groups(),
          "mma": lambda _: mma.groups(),
          "decode": lambda _: decode.groups(), "products": lambda _: products.groups(),
          "matrix_units": lambda _: matrix_units.groups()}
ALONE = ("graphs", "stream", "kept_slot", "more_than_fit")
ON_CPU = ("matrix_units",)


def device_of(part):
    return "cpu" if part in ON_CPU else "cuda"


def groups_of(parts, counts, only, names=""):
    """names: an expression that the names of cases match."""
    found = {part: workers.picked(make(counts), only) for part, make in SHARED.items() if part in parts}
    return {part: [(name, those) for name, group in groups
                   if (those := [c for c in group if re.search(names, c.name)])] for part, groups in found.items()}


def run_case(session, case, data):
    """What is wrong, and the error over the bound, of a case that runs twice."""
    name = f"{case.name} ({case.label})" if hasattr(case, "label") else case.name
    if not hasattr(case, "label") and isinstance(case, cases.AttendCase):
        # The portable kernels keep weights in f32; where the GPU takes those for tensor cores, their rule holds.
        case.rounds_weights = b"wgmma.mma_async" in data and case.dtype != "f32"
    outputs = session.step(case.name, case.inputs())
    again = session.step(case.name, case.inputs())
    error, wrong = case.check(outputs), []
    if not error <= 1:
        wrong.append(f"{name}: {error:.3g} times the bound")
    if any(outputs[k].tobytes() != again[k].tobytes() for k in outputs):
        wrong.append(f"{name}: two runs differ in their bits")
    return wrong, error


def repeated(session, case, repeats):
    """What is wrong with the bits of a case that runs many times: blocks draw their tiles, so that each time others meet."""
    run, outputs = session.prepare(case.name, case.inputs())
    seen = set()
    for _ in range(repeats):
        run()
        seen.add(hashlib.sha256(b"".join(x.tobytes() for x in outputs.values())).hexdigest())
    return [] if len(seen) == 1 else [f"{case.name} ({case.label}): {len(seen)} different results of {repeats} runs"]


def records(folder, parts, number, count, budget, slow, repeats=100, after=0, tell=lambda record: None):
    """Goes through the share of worker `number` of `count` behind its first `after` cases: for each case a record that it
    begins, and one of what came of it. budget: seconds after which no case is started; 0: none. slow: under a checker, small cases come first and none is repeated many times.
    tell: gets what is done between cases, as it begins."""
    left_out = set()
    # The largest case of each part that is for tensor cores is repeated, by whoever has it.
    largest = {part: max((c for _, group in groups for c in group), key=lambda c: c.tiles)
               for part, groups in parts.items() if groups and part != "numerics" and not slow}
    mine = workers.behind(workers.share(parts, number, count, slow), after)
    if count > 1:
        parts.clear()  # what others do takes memory
    # Not where artefacts are loaded: a GPU that can not be opened is no reason to leave a part out.
    tell({"does": "opening devices"})
    devices = {kind: m.Device(kind) for kind in {device_of(part) for part, *_ in mine}}
    start = time.monotonic()

    def load(item):
        part, name, _ = item
        if part in left_out:
            return None
        tell({"does": f"loading {part} {name}"})
        data = read(folder, name)
        return data, m.Model(devices[device_of(part)], data)

    # Checkers have lost track of a launch, and then waited for ever: for them nothing is loaded while a kernel runs.
    for (part, _, group), loaded in workers.each(mine, load, m.RuntimeFailure, ahead=not budget):
        if part in left_out or loaded is None:
            continue
        if isinstance(loaded, m.RuntimeFailure):
            # There is a GPU, but no sm_90; or no AMX in this CPU.
            if loaded.status not in ("MSA_NO_GPU", "MSA_UNSUPPORTED_CPU"):
                raise loaded
            left_out.add(part)
            yield {"part": part, "left_out": str(loaded)}
            continue
        data, model = loaded
        session = m.Session(model)
        for case in group:
            if budget and time.monotonic() - start > budget:
                return
            yield {"begins": f"{part} {case.name}"}
            wrong, error = run_case(session, case, data)
            if case is largest.get(part):
                wrong += repeated(m.Session(model), case, repeats)
            yield {"part": part, "case": case.name, "wrong": wrong, "error": error}


def run_stream(folder, device, segments):
    """The byte model on both devices: the same numbers, splits the same bits.
    Short streams too, whose windows move by less than their size."""
    data = read(folder, "byte-lm")
    everything = np.random.default_rng(5).integers(0, 256, 512 * segments + 77)

    def feed(d, tokens, pieces):
        session = m.Session(m.Model(d, data))
        stream = m.Stream(session, "segment")
        for piece in np.array_split(tokens, pieces):
            stream.feed(piece)
        stream.flush()
        return np.concatenate([r[2]["logits"][0, : r[1][0]] for r in stream.results]), session.export()

    wrong, worst = [], 0.0
    cpu_device = m.Device("cpu")
    for n in (77, 200, 512 + 77, len(everything)):
        tokens = everything[:n]
        start = time.perf_counter()
        gpu, state = feed(device, tokens, 1)
        seconds = time.perf_counter() - start
        split, split_state = feed(device, tokens, 37)
        cpu, _ = feed(cpu_device, tokens, 1)
        worst = max(worst, m.relative_error(gpu, cpu))
        if not (np.array_equal(gpu, split) and state == split_state):
            wrong.append(f"stream of {n}: splits change bits")
    if not worst <= 1e-4:
        wrong.append(f"stream: GPU and CPU differ by {worst:.3g}")
    return {"wrong": wrong, "gpu_against_cpu": worst, "tokens_per_s": len(everything) / seconds}


def run_kept_slot(folder, device, steps):
    model = m.Model(device, read(folder, "kept-slot"))
    k, d = model.states()[0][2][1:]
    rng = np.random.default_rng(2)
    gate = np.zeros((d, 1), np.float32)
    gate[0] = 1.0
    model.set_constant("cz", gate)
    for name in ("cn", "cr", "mn", "mr"):
        model.set_constant(name, rng.standard_normal((d, d)).astype(np.float32))
    session = m.Session(model)
    bank = rng.standard_normal((1, k, d)).astype(np.float32)
    candidate = rng.standard_normal((1, k, d)).astype(np.float32)
    candidate[0, :, 0] = [3.0 if s % 2 == 0 else -1.0 for s in range(k)]
    session.set_state("bank", bank)
    run, _ = session.prepare("step", [candidate])
    for _ in range(steps):
        run()
    now = session.get_state("bank")
    good = np.array_equal(now[0, ::2], bank[0, ::2]) and not np.array_equal(now[0, 1::2], bank[0, 1::2])
    return {"steps": steps, "wrong": [] if good else ["a kept slot changed, or an open one did not"]}


def run_more_than_fit(folder, device):
    """Sessions until memory is full: a typed error, and those that are there go on."""
    model = m.Model(device, read(folder, "ballast"))
    x = np.arange(4, dtype=np.float32)
    sessions, wrong, refusal = [], [], None
    try:
        while len(sessions) < 1000:
            session = m.Session(model)
            session.step("step", [x])
            sessions.append(session)
    except m.RuntimeFailure as e:
        refusal = e
    if refusal is None or refusal.status != "MSA_OUT_OF_DEVICE_MEMORY":
        wrong.append(f"memory full: {refusal}")
    for session in sessions[:3] + sessions[-1:]:
        if not np.array_equal(session.step("step", [x])["y"], 2 * x):
            wrong.append("a session lost its state when memory was full")
    fitted = len(sessions)
    del session, sessions[0]
    m.Session(model)  # what one gave back is there again
    return {"sessions": fitted, "message": str(refusal), "wrong": wrong}


def run_graphs(folder, segments):
    """Steps on the same memory are replayed as a graph: the same bits as launches one by one, when sessions take
    turns, after a fork, a look, a reset and a restored state too; each with early launches and without. Each way is a
    process of its own, since the environment decides. Says how long a step takes."""
    results = {}
    for name, graphs, early in (("graphs", "on", "on"), ("launches", "off", "on"),
                                ("graphs_in_turn", "on", "off"), ("launches_in_turn", "off", "off")):
        done = subprocess.run([sys.executable, os.path.abspath(__file__), folder, "--graphs", str(segments)],
                              env={**os.environ, "MSA_CUDA_GRAPHS": graphs, "MSA_CUDA_DEPENDENT_LAUNCH": early},
                              capture_output=True, text=True)
        if done.returncode:
            return {"wrong": [f"{name}: {done.stderr[-2000:]}"]}
        results[name] = json.loads(done.stdout.splitlines()[-1])
    wrong = [f"{name} change bits" for name, r in results.items() if r["states"] != results["launches_in_turn"]["states"]]
    return {"wrong": wrong,
            **{f"{name}_ms": r["ms"] for name, r in results.items()}}


def graphs_child(folder, segments):
    model = m.Model(m.Device("cuda", 0), read(folder, "byte-lm"))
    size = model.inputs("segment")[0][2][-1]
    rng, states = np.random.default_rng(9), []

    def prepared(session):
        run, outputs = session.prepare("segment", [np.zeros((1, size)), np.zeros(1), np.full(1, size)])
        return run, outputs

    def step(session, pair, k, flags=0):
        run, outputs = pair
        run.inputs[0][1][...], run.inputs[1][1][...] = rng.integers(0, 256, (1, size)), k * size
        run(flags)
        states.append(hashlib.sha256(session.export() + outputs["logits"].tobytes()).hexdigest())

    a, b = m.Session(model), m.Session(model)
    pairs = {id(s): prepared(s) for s in (a, b)}
    for k in range(segments):
        step(a, pairs[id(a)], k)
        if k % 3 == 0:
            step(b, pairs[id(b)], k // 3)
        if k % 4 == 1:
            step(a, pairs[id(a)], k + 1, flags=m.DISCARD)
    fork = a.fork()
    pairs[id(fork)] = prepared(fork)
    blob = a.export()
    for k in range(4):
        step(fork, pairs[id(fork)], segments + k)
    a.reset()
    for k in range(4):
        step(a, pairs[id(a)], k)
    a.restore(blob)
    for k in range(4):
        step(a, pairs[id(a)], segments + k)
    run, _ = pairs[id(a)]
    times = []
    for _ in range(50):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    print(json.dumps({"states": states, "ms": 1e3 * float(np.median(times))}))


PARTS = ("graphs", *SHARED, "stream", "kept_slot", "more_than_fit")


def options():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder")
    p.add_argument("--json")
    p.add_argument("--parts", default=",".join(PARTS), help=f"what of {','.join(PARTS)} is done (all)")
    p.add_argument("--workers", type=int, default=workers.usual(), metavar="N",
                   help=f"processes that share the cases ({workers.usual()}); 1: this one alone")
    p.add_argument("--budget", type=float, default=0, metavar="SECONDS",
                   help="start no case after so long, and small ones first (for slow checkers)")
    p.add_argument("--least", type=int, default=3, metavar="N", help="with a budget: cases of each part that must be done")
    p.add_argument("--grace", type=float, default=60, metavar="SECONDS",
                   help="with a budget: how long the last cases may take before their process is ended")
    p.add_argument("--patience", type=float, default=60, metavar="SECONDS",
                   help="with a budget: how long one case may take before its process is ended, and another does the rest")
    p.add_argument("--only", type=int, default=0, help="about so many cases of each part")
    p.add_argument("--cases", default="", metavar="EXPRESSION", help="those whose names match")
    p.add_argument("--segments", type=int, default=20)
    p.add_argument("--steps", type=int, default=100000)
    p.add_argument("--graphs", type=int, metavar="SEGMENTS", help=argparse.SUPPRESS)  # the child of run_graphs
    p.add_argument("--after", type=int, default=0, help=argparse.SUPPRESS)  # cases of a worker's share that are left out
    p.add_argument("--worker", type=workers.number_of, metavar="K/N", help=argparse.SUPPRESS)  # one of --workers
    o = p.parse_args()
    unknown = set(o.parts.split(",")) - set(PARTS)
    if unknown:
        p.error(f"unknown parts: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    if o.workers < 1:
        p.error("--workers is at least 1")
    return o


def main():
    o = options()
    if o.graphs:
        return graphs_child(o.folder, o.graphs)
    with open(os.path.join(o.folder, "pack.json")) as f:
        packed = json.load(f)
    wanted, slow = o.parts.split(","), bool(o.only or o.budget)

    def groups():
        return groups_of(wanted, packed["counts"], o.only, o.cases)

    if o.worker:
        return workers.follow(records(o.folder, groups(), *o.worker, o.budget, slow, after=o.after, tell=workers.say))
    started, many = None, o.workers > 1 and set(wanted) & set(SHARED)

    def start():
        limits = (o.budget + o.grace, o.patience) if o.budget else ()
        return workers.Workers(workers.again(__file__, sys.argv[1:]), o.workers, *limits)

    device = None if set(wanted) <= set(ON_CPU) else m.Device("cuda", 0)
    result = {"device": device.name if device else m.Device("cpu").name, "commit": packed["commit"]}
    if many and slow:  # times do not count
        started = start()
    if "graphs" in wanted:
        result["graphs"] = run_graphs(o.folder, o.segments)
    if "stream" in wanted:
        result["stream"] = run_stream(o.folder, device, o.segments)
    if "kept_slot" in wanted:
        result["kept_slot"] = run_kept_slot(o.folder, device, o.steps)
    if many and not started:
        started = start()
    parts = groups()  # draws all inputs, which takes a while
    if many:
        found, result["workers"] = started.finish()
    else:
        found = [r for r in records(o.folder, parts, 0, 1, o.budget, slow) if "part" in r]
    result.update(workers.merged(parts, found, o.least if o.budget else 0))
    if "more_than_fit" in wanted and not slow:  # filling the memory takes a checker too long; and needs it all
        result["more_than_fit"] = run_more_than_fit(o.folder, device)
    outcomes = [r for r in result.values() if isinstance(r, dict)]
    failed = sum(bool(r["wrong"]) for r in outcomes)
    print(json.dumps(result, indent=1))
    print(f"{len(outcomes) - failed} passed, {failed} failed")
    if o.json:
        with open(o.json, "w") as f:
            json.dump(result, f, indent=1)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
