"""Cases in several processes. A driver assembles PTX of one process one after another, half a second an artefact, and so
does a checker: what several processes share takes as much less.

A worker is the same script with `--worker K/N`. It goes through its share of the cases, and prints a line of JSON for each
that it has done, so that a worker that dies or hangs takes nothing of the others' results with it. Needs NumPy alone."""

import atexit
import json
import os
import random
import subprocess
import sys
import tempfile
import time

import numpy as np


def usual():
    """As many as a host has cores for, beside the threads of the driver."""
    return max(1, min(8, len(os.sched_getaffinity(0)) // 2))


def cost(case):
    """In proportion to what a case computes: of attention the pairs of queries and keys, else its elements."""
    if hasattr(case, "sizes"):  # of a product
        return int(np.prod(list(case.sizes.values())))
    numbers = getattr(case, "numbers", {})
    if "q" not in numbers:
        return sum(np.asarray(x).size for x in case.inputs())
    b, h, n, d = numbers["q"].shape
    return b * h * n * d * sum(numbers[k].shape[2] for k in ("k", "wk", "bk") if k in numbers)


def kind(group):
    """What two groups have in common whose kernels are of one kind."""
    case = group[0]
    if hasattr(case, "sizes"):
        return case.form, bool(case.schedule)
    numbers = getattr(case, "numbers", {})
    width = numbers["q"].shape[-1] if "q" in numbers else None
    return type(case).__name__, str(getattr(case, "pattern", case.name)), width


def picked(groups, only):
    """Groups of about `only` cases in equal steps through all; all of them for 0."""
    return groups[:: max(1, sum(len(g) for _, g in groups) // only)] if only else groups


#: Costs up to 2^24 are alike under a checker, which then takes longer to load a kernel than to run it; and kernels whose
#: loops go round once have less to be found.
SMALL = 24


def ordered(groups, small, seed=7):
    """Shuffled, always in the same way. small: the smallest of each kind come first, then the second of each, so that
    whoever stops early has seen every kind; and in each group the smallest."""
    groups = list(groups)
    random.Random(seed).shuffle(groups)
    if not small:
        return groups
    groups = [(name, sorted(group, key=cost)) for name, group in groups]
    groups.sort(key=lambda g: max(SMALL, sum(map(cost, g[1])).bit_length()))
    seen, ranks = {}, []
    for _, group in groups:
        ranks.append(seen.get(kind(group), 0))
        seen[kind(group)] = ranks[-1] + 1
    return [g for _, g in sorted(zip(ranks, groups), key=lambda pair: pair[0])]


def share(parts, number, count, small=False):
    """[(part, name, group)] of a worker: every count-th group of each part, the parts in turn."""
    mine = []
    for p, (part, groups) in enumerate(parts.items()):
        mine += [(i, p, part, *g) for i, g in enumerate(ordered(groups, small)[(number + p) % count:: count])]
    return [x[2:] for x in sorted(mine, key=lambda x: x[:2])]


def behind(mine, count):
    """A share without its first `count` cases."""
    left = []
    for part, name, group in mine:
        rest = group[min(count, len(group)):]
        count -= len(group) - len(rest)
        if rest:
            left.append((part, name, rest))
    return left


def merged(parts, records, least=0):
    """part -> result of all records: {"part", "wrong": [..], "error"} of a case, {"part", "left_out"} of a part that this
    device is not for. least: cases that are to be done at least, or all."""
    results = {}
    for part, groups in parts.items():
        of = sum(len(group) for _, group in groups)
        mine = [r for r in records if r["part"] == part]
        done = [r for r in mine if "left_out" not in r]
        result = {"cases": len(done), "of": of, "wrong": [w for r in done for w in r["wrong"]]}
        left_out = next((r["left_out"] for r in mine if "left_out" in r), None)
        if left_out:
            result["left_out"] = left_out
            if done:
                result["wrong"].append(f"left out by some, done by others: {left_out}")
        elif len(done) < min(least, of):
            result["wrong"].append(f"only {len(done)} of {of} cases were done")
        if done:
            result["worst_of_bound"] = max(r["error"] for r in done)
        results[part] = result
    return results


def say(record):
    # At once, with its end: what is loaded ahead is told of by another thread.
    sys.stdout.write(json.dumps(record) + "\n")
    sys.stdout.flush()


def follow(records):
    """What a worker prints: its records, which cases it begins, and that it has come to the end."""
    start = time.monotonic()
    for record in records:
        say(record)
    say({"seconds": round(time.monotonic() - start, 1)})


class Worker:
    """One process of `command`, that does worker K's share of N; its first `after` cases are left out. again: whether it
    does what another could not come to, which was ended between cases."""

    def __init__(self, command, number, count, environment, after=0, again=False):
        self.number, self.count, self.after, self.again = number, count, after, again
        self.heard, self.size = time.monotonic(), 0
        self.out, self.errors = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")
        more = ["--after", str(after)] if after else []
        self.process = subprocess.Popen([*command, "--worker", f"{number}/{count}", *more], stdout=self.out,
                                        stderr=self.errors, env=environment)

    def silent(self):
        """Seconds since it last said something."""
        size = os.fstat(self.out.fileno()).st_size
        if size != self.size:
            self.size, self.heard = size, time.monotonic()
        return time.monotonic() - self.heard

    def said(self):
        """(records of its cases, the case that it is at, None between two, what it does there, the seconds it took: None where
        it did not end)."""
        self.out.seek(0)
        records, now, between, seconds = [], None, None, None
        for line in self.out.read().splitlines():
            try:
                record = json.loads(line)
            except ValueError:  # of a line that was being written
                continue
            if "part" in record:
                records.append(record)
                now, between = None, None
            elif "begins" in record:
                now, between = record["begins"], None
            elif "does" in record:
                between = record["does"]
            else:
                seconds = record["seconds"]
        return records, now, between, seconds

    def failure(self, how, done, now, between):
        self.errors.seek(0)
        where = f", at {now}" if now else f", {between}" if between else ""
        return f"worker {self.number} of {self.count} {how} after {done} cases{where}: {self.errors.read()[-2000:]}"

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Workers:
    """`count` processes of `command`, started at once. grace: seconds that they have at most (none: as many as they take).
    patience: seconds after which one that says nothing is ended, and another goes on behind the case that it was at; where it
    was at none, as while a checker starts or loads, that is no fault of a case, and is told apart: once for each worker."""

    def __init__(self, command, count, grace=None, patience=None):
        threads = str(max(1, len(os.sched_getaffinity(0)) // count))
        self.environment = {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads, **os.environ}
        self.command, self.count, self.patience = command, count, patience
        self.until = None if grace is None else time.monotonic() + grace
        self.grace = grace
        self.running = [Worker(command, k, count, self.environment) for k in range(count)]
        atexit.register(self.end)

    def end(self):
        for worker in self.running:
            worker.kill()

    def finish(self):
        """(all records, what is to be said of the workers)."""
        records, wrong, again, seconds = [], [], [], []
        while self.running:
            for worker in list(self.running):
                ended = worker.process.poll() is not None
                late = not ended and self.until is not None and time.monotonic() > self.until
                stuck = not ended and not late and self.patience is not None and worker.silent() > self.patience
                if not (ended or late or stuck):
                    continue
                worker.kill()
                self.running.remove(worker)
                mine, now, doing, took = worker.said()
                records += mine
                if took is not None:
                    seconds.append(took)
                between = stuck and not now and not worker.again
                if late or stuck or worker.process.returncode or took is None:
                    how = (f"did not end within {self.grace:.0f} s" if late else f"said nothing for {self.patience:.0f} s" if stuck
                           else f"ended with {worker.process.returncode}")
                    (again if between else wrong).append(worker.failure(how, len(mine), now, doing))
                if stuck and (now or between):
                    self.running.append(Worker(self.command, worker.number, self.count, self.environment,
                                               worker.after + len(mine) + bool(now), worker.again or between))
            time.sleep(0.05)
        return records, {"count": self.count, "seconds": seconds, "again": again, "wrong": wrong}


def each(items, load, failures=(), ahead=True):
    """(item, what load(item) gives) one after another; the next is loaded meanwhile, or only then. An exception of `failures`
    comes in place of what is loaded."""
    from concurrent.futures import ThreadPoolExecutor

    def tried(item):
        try:
            return load(item)
        except failures as e:
            return e

    if not ahead:
        yield from ((item, tried(item)) for item in items)
        return
    with ThreadPoolExecutor(1) as pool:
        following = None
        for k, item in enumerate(items):
            loaded = (following or pool.submit(tried, item)).result()
            following = pool.submit(tried, items[k + 1]) if k + 1 < len(items) else None
            yield item, loaded
            del loaded


def number_of(text):
    """(K, N) of "K/N"."""
    k, n = (int(x) for x in text.split("/"))
    if not 0 <= k < n:
        raise ValueError(f"no worker {text}")
    return k, n


def again(script, arguments):
    """The command that starts `script` as this process was started."""
    return [sys.executable, os.path.abspath(script), *arguments]
