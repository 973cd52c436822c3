#!/usr/bin/env python3
"""Runs packed artefacts on a GPU against the float64 reference:

    python3 test/gpu/run.py build/gpu-pack --json result.json [--only 40]

Needs the runtime (MSA_BUILD) and numpy; no compiler."""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

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


def read(folder, name):
    with open(os.path.join(folder, name + ".msaf"), "rb") as f:
        return f.read()


def run_cases(folder, device, counts, only):
    items = pack.all_cases(counts)
    if only:
        items = items[:: max(1, len(items) // only)]
    wrong, worst = [], 0.0
    for case in items:
        data = read(folder, case.name)
        # The portable kernels keep weights in f32; where the GPU takes those for tensor cores, their rule holds.
        if isinstance(case, cases.AttendCase):
            case.rounds_weights = b"wgmma.mma_async" in data and case.dtype != "f32"
        session = m.Session(m.Model(device, data))
        outputs = session.step(case.name, case.inputs())
        again = session.step(case.name, case.inputs())
        error = case.check(outputs)
        if not error <= 1:
            wrong.append(f"{case.name}: {error:.3g} times the bound")
        if any(outputs[k].tobytes() != again[k].tobytes() for k in outputs):
            wrong.append(f"{case.name}: two runs differ in their bits")
        worst = max(worst, error)
    return {"cases": len(items), "wrong": wrong, "worst_of_bound": worst}


def run_tensor_cores(folder, device, groups, only, repeats=100):
    """Kernels for tensor cores, and one of them many times: the same bits."""
    if only:
        groups = groups[:: max(1, 2 * len(groups) // only)]
    wrong, worst, count = [], 0.0, 0
    pool = ThreadPoolExecutor(1 if only else 8)  # the driver compiles PTX, a second for each artefact
    models = [pool.submit(lambda name=name: m.Model(device, read(folder, name))) for name, _ in groups]
    pool.shutdown(wait=False)
    for (_, group), loaded in zip(groups, models, strict=True):
        try:
            model = loaded.result()
        except m.RuntimeFailure as e:
            # There is a GPU, but no sm_90; or no AMX in this CPU.
            if e.status not in ("MSA_NO_GPU", "MSA_UNSUPPORTED_CPU"):
                raise
            return {"cases": 0, "wrong": [], "left_out": str(e)}
        session = m.Session(model)
        for case in group:
            outputs = session.step(case.name, case.inputs())
            again = session.step(case.name, case.inputs())
            if any(outputs[k].tobytes() != again[k].tobytes() for k in outputs):
                wrong.append(f"{case.name} ({case.label}): two runs differ in their bits")
            error, count = case.check(outputs), count + 1
            if not error <= 1:
                wrong.append(f"{case.name} ({case.label}): {error:.3g} times the bound")
            worst = max(worst, error)
    # Blocks draw their tiles, so that each time others meet.
    name, group = max(groups, key=lambda g: max(c.tiles for c in g[1]))
    case = max(group, key=lambda c: c.tiles)
    session = m.Session(m.Model(device, read(folder, name)))
    run, outputs = session.prepare(case.name, case.inputs())
    seen = set()
    for _ in range(2 if only else repeats):
        run()
        seen.add(hashlib.sha256(b"".join(x.tobytes() for x in outputs.values())).hexdigest())
    if len(seen) != 1:
        wrong.append(f"{case.name} ({case.label}): {len(seen)} different results of {repeats} runs")
    return {"cases": count, "wrong": wrong, "worst_of_bound": worst}


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


PARTS = ("graphs", "numerics", "tensor_cores", "mma", "decode", "products", "matrix_units", "stream", "kept_slot", "more_than_fit")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder")
    p.add_argument("--json")
    p.add_argument("--only", type=int, default=0, help="about so many cases (for slow checkers)")
    p.add_argument("--segments", type=int, default=20)
    p.add_argument("--steps", type=int, default=100000)
    p.add_argument("--graphs", type=int, metavar="SEGMENTS", help=argparse.SUPPRESS)  # the child of run_graphs
    o = p.parse_args()
    if o.graphs:
        return graphs_child(o.folder, o.graphs)
    with open(os.path.join(o.folder, "pack.json")) as f:
        packed = json.load(f)
    device = m.Device("cuda", 0)
    result = {"device": device.name, "commit": packed["commit"]}
    result["graphs"] = run_graphs(o.folder, o.segments)
    result["numerics"] = run_cases(o.folder, device, packed["counts"], o.only)
    result["tensor_cores"] = run_tensor_cores(o.folder, device, tensor_cores.groups(), o.only)
    result["mma"] = run_tensor_cores(o.folder, device, mma.groups(), o.only)
    result["decode"] = run_tensor_cores(o.folder, device, decode.groups(), o.only)
    result["products"] = run_tensor_cores(o.folder, device, products.groups(), o.only)
    result["matrix_units"] = run_tensor_cores(o.folder, m.Device("cpu"), matrix_units.groups(), o.only)
    result["stream"] = run_stream(o.folder, device, o.segments)
    result["kept_slot"] = run_kept_slot(o.folder, device, o.steps)
    if o.only:  # a slow checker: filling the memory would take it too long
        result["more_than_fit"] = {"sessions": 0, "wrong": []}
    else:
        result["more_than_fit"] = run_more_than_fit(o.folder, device)
    wrong = [w for part in PARTS for w in result[part]["wrong"]]
    failed = sum(bool(result[part]["wrong"]) for part in PARTS)
    print(json.dumps(result, indent=1))
    print(f"{len(PARTS) - failed} passed, {failed} failed")
    if o.json:
        with open(o.json, "w") as f:
            json.dump(result, f, indent=1)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
