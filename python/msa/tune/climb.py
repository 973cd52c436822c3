"""The search: from the default from neighbour to neighbour, for as long as something is quicker or time is left."""

from __future__ import annotations

import os
import statistics
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

from .. import __version__, schedules as store
from ..errors import InvalidInput, MsaError, RuntimeFailure
from .candidates import Schedule, neighbours
from .classes import Compiler

GAIN = 1.01      # a schedule is kept where it is so many times as fast as the default: less is noise
FINALISTS = 3    # are measured once more: the best of many noisy numbers is partly luck
JOBS = max(1, min(8, (os.cpu_count() or 1) // 2))  # candidates that are compiled while another one is measured


@dataclass(frozen=True)
class Measured:
    """A candidate beside the default."""

    wrong: str                         # what of its results differs too much; empty where none does
    rounds: list[tuple[float, float]]  # seconds of a step of (the default, the candidate), taken in turns

    @property
    def gain(self) -> float:
        """How many times as fast as the default. Of each round by itself: clocks drift from one to the next."""
        return statistics.median(a / b for a, b in self.rounds)


class Measurer(Protocol):
    """Runs artefacts on a device (measure.py)."""

    device: str  # its name, as gpu.py has it

    def baseline(self, artefact: bytes) -> None:
        """What is compared with from now on."""

    def compare(self, artefact: bytes) -> Measured: ...


@dataclass(frozen=True)
class Found:
    """What tuning one class led to."""

    name: str
    default: Schedule
    best: Schedule
    gain: float                                                 # of the best; 1 where that is the default
    gains: dict[Schedule, float] = field(default_factory=dict)  # of all that were measured
    refused: dict[Schedule, str] = field(default_factory=dict)  # by the compiler or for their results, and why
    complete: bool = True                                       # nothing was left when the time was over


def search(compiler: Any, measurer: Measurer, *, seconds: float = 600, tell: Callable[[str], None] = lambda line: None,
           clock: Callable[[], float] = time.monotonic) -> list[Found]:
    """Tunes each class of the compiler's module, one after the other, each in its share of the time.

    Raises CompileError where the module does not compile as it is, InvalidInput where it has nothing to tune, and
    RuntimeFailure where the default itself can not be run. A candidate that fails is only told."""
    classes = compiler.classes()
    if not classes:
        raise InvalidInput("the module has no attention and no product on tensor cores: there is no schedule to choose")
    found: list[Found] = []
    chosen: dict[str, Schedule] = {}
    end = clock() + seconds
    for i, (name, default) in enumerate(classes.items()):
        limit = clock() + max(0.0, end - clock()) / (len(classes) - i)
        base = compiler.compile(chosen)
        measurer.baseline(base)
        one = _climb(compiler, measurer, name, default, chosen, base, lambda: clock() < limit, tell)
        if one.best != default:
            chosen[name] = one.best
        found.append(one)
    return found


def _compiled(build: Callable[[Schedule], bytes], schedules: Iterable[Schedule]) -> Iterator[tuple[Schedule, Any]]:
    """Each schedule with its artefact, or with the MsaError of it, in their order. Some are compiled ahead."""
    def result(schedule: Schedule) -> Any:
        try:
            return build(schedule)
        except MsaError as error:
            return error
    waiting: deque = deque()
    with ThreadPoolExecutor(JOBS) as pool:
        try:
            for schedule in schedules:
                waiting.append((schedule, pool.submit(result, schedule)))
                if len(waiting) > JOBS:
                    schedule, future = waiting.popleft()
                    yield schedule, future.result()
            while waiting:
                schedule, future = waiting.popleft()
                yield schedule, future.result()
        finally:  # where the time is over
            for _, future in waiting:
                future.cancel()


def _climb(compiler, measurer, name, default, chosen, base, in_time, tell) -> Found:
    gains: dict[Schedule, float] = {}
    refused: dict[Schedule, str] = {}
    artefacts: dict[Schedule, bytes] = {}
    around, complete = default, True
    # Of two with one code (more rows of tiles walked together than there are, say) the first one stands for both.
    codes, twins = {base}, {default}

    def build(schedule: Schedule) -> bytes:
        return compiler.compile({**chosen, name: schedule})

    def measure(schedule: Schedule, artefact: bytes | MsaError) -> bool:
        try:
            if isinstance(artefact, MsaError):
                raise artefact
            artefacts[schedule] = artefact
            measured = measurer.compare(artefact)
            if measured.wrong:  # a miscompilation: worth a line of its own, but no reason to lose what was measured
                raise RuntimeFailure(f"WRONG RESULTS, please report this: {measured.wrong}")
        except MsaError as error:
            refused[schedule] = (str(error).splitlines() or [type(error).__name__])[0]
            gains.pop(schedule, None)
            if schedule in artefacts:
                tell(f"  {schedule}: {refused[schedule]}")
            return False
        gains[schedule] = measured.gain
        return True

    tell(f'"{name}"\n  default {default}')
    while True:
        new = [s for s in neighbours(around) if s not in twins and s not in gains and s not in refused]
        for schedule, artefact in _compiled(build, new):
            if not in_time():
                complete = False
                break
            if artefact in codes:
                twins.add(schedule)
                continue
            codes.add(artefact)
            if measure(schedule, artefact):
                tell(f"  {gains[schedule]:.3f} {schedule}")
        best = max(gains, key=gains.__getitem__, default=default)
        # Another round only for more than noise.
        if not complete or best == around or gains.get(best, 1.0) < GAIN * gains.get(around, 1.0):
            break
        around = best

    finalists = sorted((s for s in gains if gains[s] >= GAIN), key=gains.__getitem__, reverse=True)[:FINALISTS]
    confirmed = {s: gains[s] for s in finalists if measure(s, artefacts[s])}
    best = max(confirmed, key=confirmed.__getitem__, default=default)
    if confirmed.get(best, 1.0) < GAIN:
        best = default
    tell(f"  {len(gains)} measured, {len(refused)} refused" + ("" if complete else "; the time is over"))
    return Found(name, default, best, confirmed[best] if best != default else 1.0, gains, refused, complete)


def tune(module_text: str, device: str = "cuda:0", *, compiler: str | None = None, entry: str | None = None,
         inputs: Mapping[str, Any] | None = None, seconds: float = 600, save: bool = True,
         tell: Callable[[str], None] = lambda line: None, measurer: Measurer | None = None) -> list[Found]:
    """Tunes each class of attention and of products of a module (MLIR, as msa-compile takes it) and stores what is at
    least 1 % faster than the default in schedules.json of the user's cache, for this GPU; with MSA_CACHE=off or
    save=False nothing is stored.

    compiler: path of msa-compile; by default it is looked for (`find_compiler`).
    entry: the entry that is timed; by default the first one.
    inputs: name -> array or number that fills it, for inputs that are not to be drawn at random; integers (positions,
        lengths, listed blocks) have to be given.
    seconds: when to stop looking further. What has been started is finished.
    tell: takes lines of progress.
    measurer: what runs artefacts (tests).

    Raises InvalidInput, CompileError, CompilerMissing, RuntimeFailure (UnsupportedDevice and others)."""
    compiling = Compiler(module_text, compiler)
    path = store.destination() if save else None
    if path:
        store.read(path)  # what is damaged is told before anything is measured
    opened = None
    if measurer is None:
        from .worker import Worker
        measurer = opened = Worker(device, entry=entry, inputs=dict(inputs or {}))
    try:
        found = search(compiling, measurer, seconds=seconds, tell=tell)
    finally:
        if opened:
            opened.close()
    if path:
        better = [{"class": f.name, "schedule": str(f.best), "gain": round(f.gain, 4), "msa": __version__}
                  for f in found if f.best != f.default]
        store.write(path, measurer.device, [f.name for f in found], better)
    return found
