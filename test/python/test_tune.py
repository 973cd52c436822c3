"""msa.tune: candidates, and the search with devices that are made up."""

import json
import os
import subprocess
import time
from collections import Counter
from dataclasses import replace

import pytest

from package import own_folders, msa  # noqa: F401 (a fixture)
from tuning import AHEAD, CLASS, DEFAULT, INPUTS, PRODUCT, PRODUCT_CLASS, QUICK, QUICK_PRODUCT, STACKED, compiler  # noqa: F401

from msa import schedules as store
from msa.errors import InvalidInput
from msa.tune import AttendSchedule, GemmSchedule, Measured, candidates, classes, parse, search


class Compiling:
    """A compiler whose artefacts name their schedules; `illegal` says why one is refused."""

    def __init__(self, classes, illegal=lambda schedule: None):
        self._classes, self._illegal = classes, illegal

    def classes(self):
        return self._classes

    def compile(self, schedules):
        for schedule in schedules.values():
            if self._illegal(schedule):
                raise classes.Illegal(self._illegal(schedule))
        return json.dumps({name: str(s) for name, s in schedules.items()}).encode()


class Device:
    """Runs them: seconds(schedules by class) of a step, wrong(schedules by class) what is wrong."""

    device = "GPU A"

    def __init__(self, seconds, wrong=lambda schedules: "", noise=()):
        self.seconds, self.wrong, self.noise, self.compared = seconds, wrong, iter(noise), []

    @staticmethod
    def _of(artefact):
        return {name: parse(text) for name, text in json.loads(artefact).items()}

    def baseline(self, artefact):
        self.base = self._of(artefact)

    def compare(self, artefact):
        schedules = self._of(artefact)
        self.compared.append(schedules)
        wrong = self.wrong(schedules)
        if wrong:
            return Measured(wrong, [])
        factor = next(self.noise, 1.0)
        return Measured("", [(self.seconds(self.base) * factor, self.seconds(schedules))] * 3)


def one(device, **kw):
    return search(Compiling({"c": DEFAULT}, **kw), device)[0]


# Text and candidates.

@pytest.mark.parametrize("text", [
    "#msa_gpu.schedule<warpgroups = 3, keys = 128, stages = 2, rescale = lazy, skip = false, half = false, "
    "persistent = true>",
    "#msa_gpu.schedule<warpgroups = 2, keys = 128, stages = 2, rescale = always, skip = false, half = false, "
    "persistent = true, overlap = true, packs = true, ahead = true, pingpong = true>",
    "#msa_gpu.schedule<warpgroups = 1, keys = 64, stages = 6, rescale = lazy, skip = false, half = false, "
    "persistent = false, stacked = true, splits = 8>",
    "#msa_gpu.gemm_schedule<warpgroups = 2, columns = 256, depth = 64, stages = 4, staged = 2, group = 16, cluster = 1, "
    "persistent = true>"])
def test_text_of_schedules(text):
    assert str(parse(text)) == text and isinstance(parse(text), GemmSchedule if "gemm" in text else AttendSchedule)


@pytest.mark.parametrize("text", ["", "#msa.causal", "#msa_gpu.schedule<>", "#msa_gpu.schedule<warpgroups = x>",
                                  str(DEFAULT).replace("keys", "rows"), str(DEFAULT).replace("true", "maybe"),
                                  str(PRODUCT).replace("group = 8, ", ""), str(PRODUCT).replace("gemm_schedule", "other")])
def test_text_that_is_none(text):
    with pytest.raises(InvalidInput, match="knows no schedule"):
        parse(text)


@pytest.mark.parametrize("default", [DEFAULT, replace(DEFAULT, overlap=True, ahead=True, pingpong=True), STACKED, PRODUCT,
                                     GemmSchedule(2, 256, 64, 4, 2, 16, 1, True), GemmSchedule(1, 192, 64, 5, 1, 16, 2, False)])
def test_candidates_are_schedules(default, compiler, tmp_path):
    """(S1) to (S8), (S11), (N1) to (N7) hold for each, and the compiler prints them as we do."""
    tried = list(candidates.neighbours(default))
    assert len(set(tried)) == len(tried) > 30 and default not in tried
    kind = CLASS if isinstance(default, AttendSchedule) else PRODUCT_CLASS
    named = [(kind.replace("batch=1", f"batch={i}").replace("n=512", f"n={i}"), s) for i, s in enumerate(tried)]
    path = tmp_path / "all.json"
    path.write_text(json.dumps(store.document({"class": c, "schedule": str(s)} for c, s in named)))
    done = subprocess.run([compiler, os.path.join(INPUTS, "causal.mlir"), "--target=cuda", "--gpu-arch=sm_90a",
                           "--emit=plan", f"--schedules={path}", "-o", os.devnull], capture_output=True, text=True)
    assert done.returncode == 0 and "left out" not in done.stderr, done.stderr
    printed = msa.parse(store.attach("module {\n}\n", [{"class": c, "schedule": str(s)} for c, s in named],
                                     lambda text: True)).text()
    assert all(f'"{c}" = {s}' in printed for c, s in named)


def test_axes_of_attention_change_one_thing():
    tried = list(candidates.neighbours(DEFAULT))
    changed = [sum(any(getattr(s, k) != getattr(DEFAULT, k) for k in axis[0]) for axis in DEFAULT.axes()) for s in tried]
    assert set(changed) == {1, 2} and changed == sorted(changed)


def test_products_that_do_not_fit_are_not_tried():
    """The wrong kind of neighbour costs a compilation each: shared memory (N6), panels (N4), groups of pairs (N5),
    registers (N7)."""
    wide = GemmSchedule(2, 256, 64, 4, 2, 16, 1, True)
    assert wide.is_legal() and replace(wide, stages=5, staged=1).is_legal() is False
    assert not replace(wide, warpgroups=3, stages=2).is_legal() and replace(wide, warpgroups=3, columns=192, staged=1).is_legal()
    assert not replace(wide, staged=3).is_legal() and not replace(wide, group=9, cluster=2).is_legal()
    tried = set(candidates.neighbours(wide))
    for field, value in (("columns", 128), ("group", 8), ("stages", 3), ("staged", 4), ("cluster", 2),
                         ("persistent", False), ("warpgroups", 1), ("depth", 128)):
        assert any(getattr(s, field) == value for s in tried), field


# The search.

def test_the_best_is_kept():
    found = one(Device(lambda s: {None: 1.0, QUICK: 0.8, AHEAD: 0.9}.get(s.get("c"), 1.5)))
    assert (found.default, found.best, found.gain, found.complete) == (DEFAULT, QUICK, pytest.approx(1.25), True)
    assert not found.refused and min(found.gains.values()) == pytest.approx(1 / 1.5)


def test_it_goes_on_from_what_is_better():
    """A schedule three changes away, along a way that gets better with each."""
    goal = replace(DEFAULT, warpgroups=2, keys=64, rescale="always")
    assert goal not in candidates.neighbours(DEFAULT)

    def seconds(schedules):
        s = schedules.get("c", DEFAULT)
        return 1.0 - 0.1 * sum(getattr(s, n) == getattr(goal, n) for n in ("warpgroups", "keys", "rescale")) + \
            sum(getattr(s, n) != getattr(goal, n) for n in ("stages", "skip", "half", "persistent", "overlap", "packs",
                                                            "ahead"))
    assert one(Device(seconds)).best == goal


@pytest.mark.parametrize("least", [1.0, 1.0 / 1.009, 1.2])
def test_ties_noise_and_slower_ones_keep_the_default(least):
    found = one(Device(lambda s: least if s else 1.0))
    assert (found.best, found.gain) == (DEFAULT, 1.0) and found.gains


def test_one_percent_is_enough():
    assert one(Device(lambda s: 1 / 1.011 if s.get("c") == QUICK else 1.0)).best == QUICK


def test_luck_is_asked_again():
    """One lucky measurement of 20 % that is not repeated."""
    device = Device(lambda s: 1.0, noise=[1.2])
    found = one(device)
    assert found.best == DEFAULT and Counter(s["c"] for s in device.compared).most_common(1)[0][1] == 2


def test_wrong_results_are_refused():
    told = []
    device = Device(lambda s: 0.5 if s.get("c") == QUICK else 1.0,
                    wrong=lambda s: "'out' differs by 0.3" if s.get("c") == QUICK else "")
    found = search(Compiling({"c": DEFAULT}), device, tell=told.append)[0]
    assert found.best == DEFAULT and QUICK not in found.gains
    assert found.refused == {QUICK: "WRONG RESULTS, please report this: 'out' differs by 0.3"}
    assert any("WRONG" in line for line in told)


def test_wrong_when_asked_again():
    """Results that are wrong only now and then: a race in the kernel."""
    times = Counter()

    def wrong(schedules):
        times[schedules["c"]] += 1
        return "'out' differs" if schedules["c"] == QUICK and times[QUICK] == 2 else ""
    found = one(Device(lambda s: 0.5 if s.get("c") == QUICK else 1.0, wrong=wrong))
    assert found.best == DEFAULT and QUICK in found.refused and QUICK not in found.gains


def test_illegal_ones_are_told_and_not_run():
    device = Device(lambda s: 0.5 if s.get("c") == QUICK else 1.0)
    found = one(device, illegal=lambda s: "(A4) needs more\nthan there is" if s.warpgroups == 2 else None)
    assert found.best == DEFAULT and found.refused[QUICK] == "(A4) needs more"
    assert all(s["c"].warpgroups != 2 for s in device.compared)


def test_classes_one_after_the_other():
    """The second class is measured beside what the first one got."""
    other = replace(DEFAULT, stages=3)
    device = Device(lambda s: (0.8 if s.get("a") == QUICK else 1.0) * (0.9 if s.get("b") == other else 1.0))
    found = search(Compiling({"a": DEFAULT, "b": DEFAULT}), device)
    assert [(f.name, f.best) for f in found] == [("a", QUICK), ("b", other)]
    assert found[1].gain == pytest.approx(1 / 0.9) and all(s.get("a") == QUICK for s in device.compared[-5:])


def test_products_are_searched_too():
    device = Device(lambda s: (0.8 if s.get(PRODUCT_CLASS) == QUICK_PRODUCT else 1.0) * (0.9 if s.get("a") == QUICK else 1.0))
    found = search(Compiling({"a": DEFAULT, PRODUCT_CLASS: PRODUCT}), device)
    assert [(f.name, f.best) for f in found] == [("a", QUICK), (PRODUCT_CLASS, QUICK_PRODUCT)]


def test_candidates_are_compiled_ahead_in_order(monkeypatch):
    """While one is measured the next ones are compiled, never more than are asked for at once, and measured in order."""
    monkeypatch.setattr("msa.tune.climb.JOBS", 3)
    under_way, most = [0], [0]

    class Counting(Compiling):
        def compile(self, schedules):
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
            time.sleep(0.01)
            under_way[0] -= 1
            return super().compile(schedules)
    device = Device(lambda s: 1.0)
    search(Counting({"c": DEFAULT}), device)
    assert [s["c"] for s in device.compared] == list(candidates.neighbours(DEFAULT)) and 1 < most[0] <= 3


def test_the_time_is_shared():
    """What was measured in time counts, and no class takes the time of the next."""
    now = [0.0]

    class Slow(Device):
        def compare(self, artefact):
            now[0] += 1
            return super().compare(artefact)

    first = next(candidates.neighbours(DEFAULT))
    device = Slow(lambda s: 0.5 ** list(s.values()).count(first))
    found = search(Compiling({"a": DEFAULT, "b": DEFAULT}), device, seconds=20, clock=lambda: now[0])
    assert [f.complete for f in found] == [False, False] and [f.best for f in found] == [first, first]
    assert [len(f.gains) for f in found] == [10, 9]  # the best of the first one was asked again


def test_nothing_to_tune():
    with pytest.raises(InvalidInput, match="no attention and no product on tensor cores"):
        search(Compiling({}), Device(lambda s: 1.0))
