#!/usr/bin/env python3
"""Measures packed models against their peers on a GPU, in one process; scripts/gpu-bench calls it.

    benchmarks/gpu/run.py PACK OUT [--only ID,ID] [--time-limit 540] [--seconds 0.3] [--rounds 5]

Writes OUT/gpu-bench.json (all records), OUT/roofline.svg and OUT/table.txt after every case. A kernel that hangs or
breaks the device ends the process; the cases after it run in a new one. Exit status: 0; 1 where a result was wrong;
2 where a case could not be completed; 3 at the time limit, with what was measured so far written."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "benchmarks")]

from gpu import cases, roofline  # noqa: E402

HUNG, BROKEN, LATE = 30, 31, 32  # exit statuses of the child


class Book:
    """All records of a run, on disk after every change."""

    def __init__(self, folder):
        self.folder, self.path = folder, folder / "gpu-bench.json"
        self.data = json.loads(self.path.read_text()) if self.path.exists() else {"records": []}

    def put(self, record):
        self.data["records"] = [r for r in self.data["records"] if r["id"] != record["id"]] + [record]
        self.write()

    def write(self):
        text = json.dumps(self.data, indent=1) + "\n"
        part = self.path.with_suffix(".part")
        part.write_text(text)
        os.replace(part, self.path)

    def done(self):
        return {r["id"] for r in self.data["records"]}


class Watchdog:
    """Ends the process where nothing was heard for long: a kernel that hangs can not be ended otherwise."""

    def __init__(self, limit, deadline, late):
        self.limit, self.deadline, self.late = limit, deadline, late
        self.where, self.heard = "start", time.monotonic()
        threading.Thread(target=self.watch, daemon=True).start()

    def alive(self, where, limit=None):
        self.where, self.heard = where, time.monotonic()

    def watch(self):
        while True:
            time.sleep(0.25)
            now = time.monotonic()
            if now > self.deadline:
                self.late(f"the time limit, at {self.where}", LATE)
            elif now - self.heard > self.limit:
                self.late(f"nothing was heard for {self.limit:g} s at {self.where}", HUNG)


def bar_text(case):
    return f">= {case.bar:g}x" if case.unit != "s" else f"<= {case.bar:g} s"


def passes(case, record):
    if case.unit == "s":
        return record["ours"] <= case.bar
    return None if record["ratio"] is None else record["ratio"] >= case.bar


def number(x):
    return "-" if x is None else f"{x:.4g}"


HEAD = ("id", "ours", "theirs", "unit", "ratio", "bar", "", "error", "MHz", "W", "peer")


def row(cells):
    return "{:20s} {:>8s} {:>8s} {:8s} {:>6s} {:>9s} {:9s} {:>8s} {:>5s} {:>5s} {}".format(*cells).rstrip()


def line(case, r):
    if r["status"] != "done":
        return row([case.id, "-", "-", case.unit, "-", bar_text(case), r["status"], "-", "-", "-", r["message"][:160]])
    state = (r.get("gpu_state") or {}).get("ours") or {}
    verdict = {True: "pass", False: "FAIL", None: "-"}[r["pass"]]
    mark = "" if r.get("way") in ("wgmma", "mma.sync") else f"  [{r.get('way')} path]"
    return row([case.id, number(r["ours"]), number(r["theirs"]), r["unit"], number(r["ratio"]), bar_text(case), verdict,
                number(next(iter(r["error"]["ours"].values()))), number(state.get("sm_mhz")), number(state.get("watt")),
                (r["peer"] or "") + mark])


def versions():
    import msa
    import torch
    out = {"msa": msa.__version__, "python": platform.python_version(), "torch": torch.__version__,
           "cuda": torch.version.cuda, "cudnn": torch.backends.cudnn.version() if torch.cuda.is_available() else None}
    for name in ("triton", "fla"):
        try:
            out[name] = __import__(name).__version__
        except Exception:
            out[name] = None
    return out


def child(o):
    """Measures the cases that have no record yet."""
    import torch
    from gpu import clock, measure
    book = Book(o.out)
    current = {}

    def fail(message, status):
        if current:
            case = current["case"]
            book.put({**base(case), "status": "failed", "message": message})
            print(line(case, book.data["records"][-1]), flush=True)
        print(message, flush=True)
        os._exit(status)

    dog = Watchdog(o.patience, time.monotonic() + o.time_limit, fail)
    info = json.loads((o.pack / "pack.json").read_text())
    device = torch.device(o.device)
    if device.type == "cuda" and device.index is None:
        device = torch.device("cuda", 0)
    torch.set_grad_enabled(False)
    power = clock.Power() if device.type == "cuda" else None
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
    known = versions() | {"llvm": info["llvm"]}
    size = cases.tiny if o.tiny else lambda w: w

    def base(case):
        return {"id": case.id, "bar": {"at_most" if case.unit == "s" else "ratio": case.bar}, "aim": case.aim,
                "device": {"gpu": name}, "versions": known, "commit": info["commit"], "dirty": info["dirty"],
                "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}

    if "ceilings" not in book.data and device.type == "cuda":
        dog.alive("ceilings")
        book.data["ceilings"] = roofline.ceilings(device)
        book.write()
        torch.cuda.empty_cache()
        print(f"{name}: {book.data['ceilings']}", flush=True)
    for case in cases.chosen(o.only):
        if case.id in book.done():
            continue
        current["case"] = case
        dog.alive(case.id)
        packed = {m["name"]: m for m in info["models"] if m["id"] == case.id}
        m = measure.Measurement(case, packed, o.pack, device, power, lambda where: dog.alive(f"{case.id}: {where}"),
                                o.seconds, o.rounds, not o.no_peers, o.generic)
        record = base(case)
        begin = time.perf_counter()
        try:
            record.update(m.run({n: size(w) for n, w in case.variants().items()}), status="done", message="")
            record.update({k: packed["model"][k] for k in ("way", "options", "compile_s")})
            record["pass"] = passes(case, record)
        except measure.Wrong as e:
            record.update(status="WRONG", message=str(e))
        except measure.NotTimed as e:
            record.update(status="not timed", message=str(e))
        except Exception as e:  # of torch, the runtime, or the device
            traceback.print_exc()
            said = str(e).strip().splitlines()
            record.update(status="failed", message=f"{type(e).__name__}: {said[0] if said else ''}")
        record["notes"], record["took_s"] = m.notes, round(time.perf_counter() - begin, 1)
        if "ceilings" in book.data:
            record["ceilings"] = book.data["ceilings"]
        book.put(record)
        print(line(case, record), flush=True)
        for note in m.notes:
            print(f"{'':20s} {note}", flush=True)
        del m
        current.clear()
        if device.type == "cuda":
            try:
                torch.cuda.synchronize(device)
                torch.cuda.empty_cache()
            except Exception:  # the device is unusable in this process
                os._exit(BROKEN)
    if power:
        power.close()
    return 0


def finish(o):
    """Table and picture of what there is; the exit status by the records."""
    book = Book(o.out)
    by_id = {r["id"]: r for r in book.data["records"]}
    text = "\n".join([row(HEAD)] + [line(c, by_id[c.id]) for c in cases.CASES if c.id in by_id]) + "\n"
    (o.out / "table.txt").write_text(text)
    limit = book.data.get("ceilings")
    if limit:
        title = f"{book.data['records'][0]['device']['gpu']}, bf16" if book.data["records"] else "bf16"
        (o.out / "roofline.svg").write_text(roofline.draw(by_id.values(), limit, title))
    states = {r["status"] for r in by_id.values()}
    return 1 if "WRONG" in states else 2 if states - {"done"} else 0


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("pack", type=Path)
    p.add_argument("out", type=Path)
    p.add_argument("--only", default="", metavar="ID,ID")
    p.add_argument("--device", default="cuda:0")
    p.add_argument("--seconds", type=float, default=0.3, help="of a turn (0.3)")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--time-limit", type=float, default=540, help="seconds for everything (540)")
    p.add_argument("--patience", type=float, default=90, help="seconds without a sign of life that mean a hang (90)")
    p.add_argument("--no-peers", action="store_true")
    p.add_argument("--generic", action="store_true",
                   help="time kernels of the generic path too: a step at full size can take minutes")
    p.add_argument("--tiny", action="store_true", help="the sizes of a pack made with --tiny: does it run at all?")
    p.add_argument("--resume", action="store_true", help="keep the records of OUT")
    p.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    o = p.parse_args()
    try:
        wanted = {c.id for c in cases.chosen(o.only)}
    except KeyError as e:
        p.error(f"unknown {e}; known are {', '.join(cases.BY_ID)}")
    if o.child:
        return child(o)
    o.out.mkdir(parents=True, exist_ok=True)
    if not o.resume:
        (o.out / "gpu-bench.json").unlink(missing_ok=True)
    print(row(HEAD), flush=True)
    deadline = time.monotonic() + o.time_limit
    arguments = [a for a in sys.argv[1:] if a != "--resume"]
    while True:
        before = Book(o.out).done()
        left = deadline - time.monotonic()
        if left < 5:
            finish(o)
            return 3
        try:
            code = subprocess.run([sys.executable, os.path.abspath(__file__), *arguments, "--child",
                                   f"--time-limit={left:.0f}"], timeout=left + 30).returncode
        except subprocess.TimeoutExpired:  # the driver holds it
            code = LATE
        finish(o)
        if code == LATE:
            return 3
        after = Book(o.out).done()
        if wanted <= after or after == before:
            break
    status = finish(o)
    return status if wanted <= Book(o.out).done() else max(2, status)


if __name__ == "__main__":
    sys.exit(main())
