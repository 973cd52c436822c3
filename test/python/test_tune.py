"""msa.tune: the search with devices that are made up, the file with the compiler that reads it, measuring on a CPU."""

import json
import os
import re
import stat
import subprocess
import time
from collections import Counter
from dataclasses import replace

import pytest

import msart
from conftest import BUILT
from package import own_folders, msa  # noqa: F401 (a fixture)

pytest.importorskip("msa._compiler", reason="the Python package is not built (-DMSA_BUILD_PYTHON=ON)")

import msa.tune  # noqa: E402
from msa.errors import (BadArtefact, CompileError, CompilerMissing, InvalidInput, RuntimeFailure,  # noqa: E402
                        UnsupportedDevice)
from msa import schedules as store  # noqa: E402
from msa import gpu as names  # noqa: E402
from msa.tune import (AttendSchedule, Compiler, GemmSchedule, Measured, candidates, classes, parse,  # noqa: E402
                      search)
from msa.tune.__main__ import main  # noqa: E402
from msa.tune.worker import Worker  # noqa: E402

INPUTS = os.path.join(msart.ROOT, "test", "Tools", "Inputs")
with open(os.path.join(INPUTS, "causal.mlir"), encoding="utf-8") as _file:
    CAUSAL = _file.read()
with open(os.path.join(INPUTS, "product.mlir"), encoding="utf-8") as _file:
    PRODUCT_TEXT = _file.read()
CLASS = "attend bf16 d=128 batch=1 heads=2/2 queries=512 keys=512 window=0 bank=0 #msa.causal"
DEFAULT = AttendSchedule(3, 128, 2, "lazy", False, False, True)
STACKED = AttendSchedule(1, 128, 2, "lazy", False, False, False, stacked=True, splits=8)
PRODUCT_CLASS = "gemm mk,kn->mn bf16->bf16 m=512 n=512 k=256"
PRODUCT = GemmSchedule(2, 64, 64, 8, 1, 8, 1, True)
QUICK_PRODUCT = replace(PRODUCT, columns=128, stages=6, staged=2)
QUICK, AHEAD = replace(DEFAULT, warpgroups=2, keys=64), replace(DEFAULT, ahead=True)


@pytest.fixture
def compiler():
    try:
        return classes.find_compiler()
    except CompilerMissing as error:
        pytest.skip(str(error))


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
    "persistent = true, overlap = true, packs = true, ahead = true>",
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


@pytest.mark.parametrize("default", [DEFAULT, replace(DEFAULT, overlap=True, ahead=True), STACKED, PRODUCT,
                                     GemmSchedule(2, 256, 64, 4, 2, 16, 1, True), GemmSchedule(1, 192, 64, 5, 1, 16, 2, False)])
def test_candidates_are_schedules(default, compiler, tmp_path):
    """(S1) to (S8), (N1) to (N7) hold for each, and the compiler prints them as we do."""
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


# The file.

def path_of_cache():
    return os.path.join(os.environ["MSA_CACHE_DIR"], "schedules.json")


def entry(name="other", device="GPU A"):
    return {"class": name, "schedule": str(DEFAULT), "device": device}


def test_written_for_the_user_alone():
    path = store.destination()
    store.write(path, "GPU A", ["c"], [{"class": "c", "schedule": str(QUICK)}])
    assert path == path_of_cache() and store.read(path) == [{"class": "c", "schedule": str(QUICK), "device": "GPU A"}]
    assert stat.S_IMODE(os.stat(os.path.dirname(path)).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600 and os.listdir(os.path.dirname(path)) == ["schedules.json"]


def test_other_classes_stay():
    path = store.destination()
    store.write(path, "GPU A", [], [entry("x"), entry("y"), entry("z")])
    store.write(path, "GPU A", ["y", "z"], [{"class": "y", "schedule": str(QUICK)}])  # of z the default is best
    assert [(e["class"], e["schedule"]) for e in store.read(path)] == [("x", str(DEFAULT)), ("y", str(QUICK))]


def test_written_aside_and_renamed(monkeypatch):
    """Where writing fails the old file stays, and nothing else is left."""
    path = store.destination()
    store.write(path, "GPU A", [], [entry()])
    before = open(path, "rb").read()
    renamed = []

    def fails(source, target):
        assert json.loads(open(source).read())["version"] == 1 and open(path, "rb").read() == before
        renamed.append(target)
        raise OSError("disk is gone")
    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(OSError, match="disk is gone"):
        store.write(path, "GPU A", ["c"], [entry("c")])
    assert renamed == [path] and open(path, "rb").read() == before
    assert os.listdir(os.path.dirname(path)) == ["schedules.json"]


@pytest.mark.parametrize("text", ['{"version": 1, "schedules": [', "[]", '{"version": 2, "schedules": []}',
                                  '{"version": 1}', '{"version": 1, "schedules": [7]}', b"\xff\xfe", "[" * 100000])
def test_damaged_files(text):
    path = store.destination()
    with open(path, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
    device = Device(lambda s: 1.0)
    with pytest.raises(InvalidInput, match=re.escape(path)):
        store.read(path)
    with pytest.raises(InvalidInput, match=re.escape(path)):
        store.write(path, "GPU A", [], [entry()])
    assert open(path, "rb").read() == (text if isinstance(text, bytes) else text.encode()) and not device.compared


def test_devices_beside_each_other():
    """Entries of a class and a device are replaced; those of another device stay."""
    path = store.destination()
    store.write(path, "GPU A", [], [entry("x"), entry("y")])
    store.write(path, "GPU B", ["x", "z"], [entry("x", "GPU B")])
    store.write(path, "GPU A", ["y"], [])
    assert [(e["class"], e["device"]) for e in store.read(path)] == [("x", "GPU A"), ("x", "GPU B")]
    entries = [*store.read(path), {"class": "any"}]
    assert [e["class"] for e in store.of_device(entries, lambda: "GPU B")] == ["x", "any"]
    assert [e["class"] for e in store.of_device(entries, lambda: "")] == ["any"]


def test_who_asks_for_the_device():
    """Only where an entry names one: it costs a process."""
    def asked():
        raise AssertionError("asked")
    assert store.of_device([{"class": "any"}], asked) == [{"class": "any"}]
    with pytest.raises(AssertionError, match="asked"):
        store.of_device([entry()], asked)


def test_folder_that_others_write():
    os.makedirs(os.environ["MSA_CACHE_DIR"])
    os.chmod(os.environ["MSA_CACHE_DIR"], 0o777)
    with pytest.warns(UserWarning, match="open to other users"), pytest.raises(InvalidInput, match="chmod 700"):
        store.destination()


def test_cache_off(monkeypatch):
    monkeypatch.setenv("MSA_CACHE", "off")
    assert store.destination() is None and not os.path.exists(os.environ["MSA_CACHE_DIR"])


# With msa-compile.

class Opaque:
    """Knows one artefact of all: that one is quick."""

    device = "GPU A"

    def __init__(self, quick=b""):
        self.quick, self.compared = quick, 0

    def baseline(self, artefact):
        self.base = artefact

    def compare(self, artefact):
        assert artefact != self.base
        self.compared += 1
        return Measured("", [(1.2 if artefact == self.quick else 0.9, 1.0)])


@pytest.fixture
def few(monkeypatch):
    """A search of three candidates; the middle one needs more shared memory than there is."""
    tried = [replace(DEFAULT, rescale="always"), replace(DEFAULT, stages=8), QUICK]
    monkeypatch.setattr("msa.tune.climb.neighbours", lambda around: iter(tried))
    return tried


def plan(compiler, *options, **environment):
    done = subprocess.run([compiler, os.path.join(INPUTS, "causal.mlir"), "--target=cuda", "--gpu-arch=sm_90a",
                           "--emit=plan", *options, "-o", "-"], capture_output=True, text=True,
                          env={**os.environ, **environment})
    assert done.returncode == 0, done.stderr
    return tiles_of_keys(done.stdout), done.stderr


def test_what_is_stored_is_what_the_compiler_takes(compiler, few):
    assert plan(compiler) == (("128", "2"), "")
    device = Opaque(Compiler(CAUSAL).compile({CLASS: QUICK}))
    found = msa.tune.tune(CAUSAL, measurer=device)
    assert [(f.name, f.default, f.best) for f in found] == [(CLASS, DEFAULT, QUICK)]
    assert found[0].refused[few[1]].startswith("(A4) needs") and device.compared == 3  # QUICK twice
    path = path_of_cache()
    assert store.read(path) == [{"class": CLASS, "schedule": str(QUICK), "gain": 1.2, "msa": msa.__version__,
                                 "device": "GPU A"}]
    here = "--gpu-device=GPU A"
    assert plan(compiler, f"--schedules={path}", here, MSA_CACHE="off") == (("64", "2"), "")
    assert plan(compiler, here) == (("64", "2"), "") and plan(compiler, "--gpu-device=GPU B") == (("128", "2"), "")
    assert plan(compiler, here, MSA_CACHE="off") == (("128", "2"), "")
    # Tuned again, without what is stored: the default is still what is compared with, and this time it is best.
    assert msa.tune.tune(CAUSAL, measurer=Opaque())[0].best == DEFAULT
    assert store.read(path) == [] and plan(compiler, here) == (("128", "2"), "")


def test_a_product_is_tuned(compiler, monkeypatch):
    """Searched, timed (by a clock that is made up), stored, and taken by the next compilation."""
    tried = [replace(PRODUCT, group=4), QUICK_PRODUCT]
    monkeypatch.setattr("msa.tune.climb.neighbours", lambda around: iter(tried))
    assert Compiler(PRODUCT_TEXT).classes() == {PRODUCT_CLASS: PRODUCT}
    device = Opaque(Compiler(PRODUCT_TEXT).compile({PRODUCT_CLASS: QUICK_PRODUCT}))
    found = msa.tune.tune(PRODUCT_TEXT, measurer=device)
    assert device.compared == 2, "four rows of tiles walked together are the default's eight: there are four"
    assert [(f.name, f.default, f.best) for f in found] == [(PRODUCT_CLASS, PRODUCT, QUICK_PRODUCT)]
    assert store.read(path_of_cache()) == [{"class": PRODUCT_CLASS, "schedule": str(QUICK_PRODUCT), "gain": 1.2,
                                            "msa": msa.__version__, "device": "GPU A"}]
    options = {"target": "cuda", "gpu_arch": "sm_90a"}
    assert msa.compile(PRODUCT_TEXT, **options, gpu="GPU A").bytes == device.quick


def test_a_product_whose_schedule_is_not_legal(compiler):
    """A tile that tears the pairs of a rotation apart: the reason is that of the compiler."""
    with open(os.path.join(INPUTS, "rotated.mlir"), encoding="utf-8") as file:
        text = file.read()
    (name, default), = Compiler(text).classes().items()
    assert name.endswith("epilogue rotate=128 mp:f32 mp:f32") and default.columns % 128 == 0
    with pytest.raises(classes.Illegal, match=r"\(M7\) rotates groups of 128 columns, which do not divide the 64"):
        Compiler(text).compile({name: replace(default, columns=64, staged=1)})
    options = {"target": "cuda", "gpu_arch": "sm_90a"}
    plain = msa.compile(text, **options).bytes
    store.write(store.destination(), "GPU A", [], [{"class": name, "schedule": str(replace(default, columns=64, staged=1))}])
    with pytest.warns(UserWarning, match=r"not legal here, the default is used: \(M7\)"):
        assert msa.compile(text, **options, gpu="GPU A").bytes == plain


def tiles_of_keys(plan):
    """(keys, stages)."""
    return re.search(r"ring @k holds !msa_gpu.tile<(\d+), .* slots (\d+)", plan).groups()


def test_the_package_takes_what_is_stored(monkeypatch):
    """msa.compile as msa-compile, and its cache tells artefacts of one schedule from those of another."""
    options = {"target": "cuda", "gpu_arch": "sm_90a", "gpu": "GPU A"}
    default = msa.compile(CAUSAL, **options).bytes
    path = store.destination()
    store.write(path, "GPU A", [], [{"class": CLASS, "schedule": str(QUICK)}])
    quick = msa.compile(CAUSAL, **options).bytes
    assert quick != default and msa.compile(CAUSAL, **options).bytes == quick
    assert msa.compile(msa.parse(CAUSAL), **options).bytes == quick
    monkeypatch.setenv("MSA_CACHE", "off")
    assert msa.compile(CAUSAL, **options).bytes == default
    monkeypatch.setenv("MSA_CACHE", "on")
    os.remove(path)
    assert msa.compile(CAUSAL, **options).bytes == default
    # The CPU has no such schedules.
    cpu = msa.compile(CAUSAL).bytes
    store.write(path, "GPU A", [], [{"class": CLASS, "schedule": "nonsense"}])
    assert msa.compile(CAUSAL).bytes == cpu


def test_the_package_takes_those_of_its_gpu(monkeypatch):
    """Of two GPUs in one file, each by name, by $MSA_GPU_DEVICE, and as the GPU at hand; none where there is none."""
    options = {"target": "cuda", "gpu_arch": "sm_90a"}
    monkeypatch.setattr(names, "at_hand", lambda number=0: {0: "GPU A", 1: "GPU B"}.get(number, ""))
    default = msa.compile(CAUSAL, **options).bytes
    store.write(store.destination(), "GPU A", [], [{"class": CLASS, "schedule": str(QUICK)}])
    store.write(store.destination(), "GPU B", [], [{"class": CLASS, "schedule": str(replace(QUICK, stages=3))}])
    a, b = (msa.compile(CAUSAL, **options, gpu=gpu).bytes for gpu in ("GPU A", "GPU B"))
    assert len({default, a, b}) == 3
    for gpu, want in ((None, a), ("cuda", a), ("cuda:0", a), ("cuda:1", b), ("cuda:2", default), ("GPU C", default)):
        assert msa.compile(CAUSAL, **options, gpu=gpu).bytes == want, gpu
    monkeypatch.setenv("MSA_GPU_DEVICE", "GPU B")
    assert msa.compile(CAUSAL, **options).bytes == b and msa.compile(CAUSAL, **options, gpu="cuda:0").bytes == b
    assert msa.compile(CAUSAL, **options, gpu="GPU A").bytes == a


def driver(name):
    """Environment of a machine whose driver is the runtime tests' (one GPU), or is none."""
    return {"LD_LIBRARY_PATH": os.path.join(os.path.dirname(BUILT), "test", "runtime", name)}


@pytest.mark.parametrize("name,number,want", [("fakecuda-new", 0, "Fake, sm_90, 132 multiprocessors"), ("nothing", 0, "")])
def test_the_gpu_at_hand(name, number, want, monkeypatch):
    if want and not os.path.exists(os.path.join(*driver(name).values(), "libcuda.so.1")):
        pytest.skip("the driver of the runtime's tests is not built")
    if not want and names.at_hand.__wrapped__(0):
        pytest.skip("this machine has a GPU")
    monkeypatch.setenv("LD_LIBRARY_PATH", driver(name)["LD_LIBRARY_PATH"])
    assert names.at_hand.__wrapped__(number) == want


def test_package_and_compiler_name_one_gpu(compiler, monkeypatch):
    """What one stores the other takes."""
    here = driver("fakecuda-new")
    if not os.path.exists(os.path.join(*here.values(), "libcuda.so.1")):
        pytest.skip("the driver of the runtime's tests is not built")
    monkeypatch.setenv("LD_LIBRARY_PATH", here["LD_LIBRARY_PATH"])
    store.write(store.destination(), names.at_hand.__wrapped__(0), [], [{"class": CLASS, "schedule": str(QUICK)}])
    assert plan(compiler) == (("64", "2"), "") and plan(compiler, "--gpu-device=other") == (("128", "2"), "")


@pytest.mark.parametrize("text,said", [
    ("{", "schedules.json can not be read"), ("[]", "is no file of schedules of version 1"),
    (json.dumps(store.document([{"class": CLASS, "schedule": str(DEFAULT).replace("= 3", "= 9")}])),
     "a schedule is left out.*warpgroups = 9"),
    (json.dumps(store.document([{"class": 'a"b', "schedule": str(DEFAULT)}])), "a schedule is left out"),
    (json.dumps(store.document([{"class": "attend bf16", "schedule": str(DEFAULT)}])), "a schedule is left out"),
    (json.dumps(store.document([{"class": CLASS, "schedule": str(PRODUCT)}])), "a schedule is left out"),
    (json.dumps(store.document([{"class": CLASS, "schedule": "#msa.causal"}])), "a schedule is left out"),
    (json.dumps(store.document([{"class": CLASS, "schedule": str(replace(DEFAULT, stages=8))}])),
     r"not legal here, the default is used: \(A4\)")])
def test_the_package_warns_of_what_is_wrong(text, said):
    options = {"target": "cuda", "gpu_arch": "sm_90a"}
    default = msa.compile(CAUSAL, **options).bytes
    with open(store.destination(), "w") as file:
        file.write(text)
    with pytest.warns(UserWarning, match=said):
        assert msa.compile(CAUSAL, **options).bytes == default


@pytest.mark.parametrize("head", ["module", "module @name", 'module @"a b"', "module attributes {msa.x = 1 : i64}"])
def test_attached_to_modules(head):
    entries = [{"class": c, "schedule": str(s)} for c, s in ((CLASS, QUICK), (PRODUCT_CLASS, PRODUCT))]
    plain = msa.parse(f"{head} {{ {CAUSAL} }}")
    tuned = msa.parse(store.attach(plain.text(True), entries, lambda text: True))
    assert str(tuned).count("msa_gpu.schedules") == 1 and f'"{CLASS}" = {QUICK}' in str(tuned)
    assert tiles_of_keys(tuned.compile(target="cuda", gpu_arch="sm_90a", emit="plan")) == ("64", "2")
    # Its own come first.
    own = str(tuned)
    assert store.attach(own, [{"class": CLASS, "schedule": str(DEFAULT)}], lambda text: True) == own


def test_nothing_is_stored(compiler, few, monkeypatch):
    quick = Compiler(CAUSAL).compile({CLASS: QUICK})
    assert msa.tune.tune(CAUSAL, measurer=Opaque(quick), save=False)[0].best == QUICK
    monkeypatch.setenv("MSA_CACHE", "off")
    assert msa.tune.tune(CAUSAL, measurer=Opaque(quick))[0].best == QUICK
    assert not os.path.exists(os.environ["MSA_CACHE_DIR"])


def test_refused_before_anything_is_measured(compiler, few):
    """A damaged file."""
    path, device = store.destination(), Opaque()
    with open(path, "w") as file:
        file.write("{")
    with pytest.raises(InvalidInput, match=re.escape(path)):
        msa.tune.tune(CAUSAL, measurer=device)
    assert not device.compared


def test_models_that_do_not_compile(compiler):
    with pytest.raises(CompileError, match="model.mlir:1:1: error"):
        msa.tune.tune("nothing", measurer=Opaque())
    with pytest.raises(InvalidInput, match="no attention and no product on tensor cores"):
        msa.tune.tune(CAUSAL.replace("bf16", "f32"), measurer=Opaque())


def test_a_compiler_that_is_not_there(tmp_path):
    with pytest.raises(CompilerMissing, match="no /nowhere/msa-compile to run.*--compiler"):
        Compiler(CAUSAL, "/nowhere/msa-compile")
    broken = tmp_path / "msa-compile"
    broken.write_text("#!/bin/sh\nsleep 60\n")
    broken.chmod(0o755)
    with pytest.raises(CompileError, match="was not done within 0.2 s"):
        Compiler(CAUSAL, str(broken), seconds=0.2).classes()


def test_where_the_compiler_is_found(tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    binary = tmp_path / "bin" / "msa-compile"
    binary.write_text("#!/bin/sh\n")
    binary.chmod(0o755)
    monkeypatch.setenv("MSA_BUILD", str(tmp_path))
    assert classes.find_compiler() == str(binary)
    assert classes.find_compiler(str(binary)) == str(binary)


def test_command(compiler, few, capsys, tmp_path):
    model = tmp_path / "model.mlir"
    model.write_text(CAUSAL)
    device = Opaque(Compiler(CAUSAL).compile({CLASS: QUICK}))
    assert main([str(model), "--dry-run", "--quiet"], measurer=device) == 0
    assert capsys.readouterr().out == f'"{CLASS}": 1.200 times as fast with {QUICK}\nnothing is stored\n'
    assert main([str(model)], measurer=device) == 0
    out = capsys.readouterr().out
    assert f"  1.200 {QUICK}\n" in out and out.endswith(f"stored in {path_of_cache()}\n")
    product = tmp_path / "product.mlir"
    product.write_text(PRODUCT_TEXT)
    assert main([str(model), str(product), "--dry-run", "--quiet"], measurer=device) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith(f'"{CLASS}": ') and out[1].startswith(f'"{PRODUCT_CLASS}": ')
    assert main([str(tmp_path / "missing")], measurer=device) == 1
    assert "msa.tune: " in capsys.readouterr().err
    for wrong in ("x", "x=", "x=@" + str(model), "x=y"):
        assert main([str(model), "--input", wrong], measurer=device) == 1
        assert f"--input={wrong}: " in capsys.readouterr().err


def test_cases_of_the_benchmark(compiler, monkeypatch, capsys):
    """What scripts/gpu-tune does, with a clock that is made up: two classes of attention and two of products; and that
    what is stored is found again."""
    from gpu import tune
    monkeypatch.setenv("MSA_COMPILE", compiler)
    monkeypatch.setenv("MSA_GPU_DEVICE", "GPU A")
    monkeypatch.setattr("msa.tune.climb.neighbours", lambda around: iter([
        replace(around, rescale="always") if isinstance(around, AttendSchedule) else replace(around, stages=3)]))

    class Quick(Opaque):
        def compare(self, artefact):
            return Measured("", [(1.2, 1.0)])
    assert tune.main(["--quiet"], measurer=Quick()) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ['"attend', '"attend', '"gemm', '"gemm', "stored", "msa-compile"]
    assert lines[-1] == "msa-compile takes 4 of 4 schedules that are stored for this GPU"
    # Of another GPU, none is; what msa-compile does not take for this one is told.
    monkeypatch.setenv("MSA_GPU_DEVICE", "GPU B")
    assert tune.main(["--only", "gpu-gemm-c", "--dry-run", "--quiet"], measurer=Quick()) == 0
    assert capsys.readouterr().out.endswith("msa-compile takes 0 of 0 schedules that are stored for this GPU\n")
    monkeypatch.setattr(names, "compiled_for", lambda gpu=None: "GPU A")
    assert tune.main(["--only", "gpu-gemm-c", "--dry-run", "--quiet"], measurer=Quick()) == 3
    assert capsys.readouterr().out.endswith("msa-compile takes 0 of 1 schedules that are stored for this GPU\n")


def test_cases_without_a_compiler(compiler, monkeypatch, capsys):
    from gpu import tune
    with pytest.raises(SystemExit):
        tune.main(["--only", "gpu-nothing"])
    monkeypatch.setenv("MSA_COMPILE", "/nowhere")
    monkeypatch.setenv("MSA_BUILD", "/nowhere")
    monkeypatch.setattr("gpu.first_call.ROOT", tune.Path("/nowhere"))
    assert tune.main([]) == 2 and "scripts/gpu-compiler" in capsys.readouterr().err


# The process that measures.

@pytest.fixture
def worker():
    worker = Worker("here", factory="tune_workers:Echo", patience=30, inputs={})
    yield worker
    worker.close()


def test_worker(worker):
    assert worker.device == "echo of here"
    worker.baseline(b"\x02")
    assert worker.compare(b"\x03").gain == 1.5


@pytest.mark.parametrize("artefact,error,text", [
    (b"dies", RuntimeFailure, "has ended"), (b"hangs", RuntimeFailure, "the kernel hangs"),
    (b"invalid", InvalidInput, "an argument is wrong"), (b"faults", RuntimeFailure, "illegal memory access")])
def test_worker_that_breaks(worker, artefact, error, text):
    """It costs the candidate: a new process is given the baseline and goes on."""
    worker.baseline(b"\x02")
    first = worker._process.pid
    worker._patience = 1 if artefact == b"hangs" else 30
    with pytest.raises(error, match=text):
        worker.compare(artefact)
    worker._patience = 30
    assert worker.compare(b"\x04").gain == 2 and worker._process.pid != first


def test_worker_without_a_device():
    with pytest.raises(UnsupportedDevice, match="no such device") as caught:
        Worker("none", factory="tune_workers:Echo")
    assert caught.value.status == "MSA_NO_DEVICE"


# The measurer, on a CPU.

def steps(**kw):
    pytest.importorskip("torch", reason="PyTorch is not installed")
    from msa.tune.measure import Steps
    return Steps("cpu:1", turn=0.002, rounds=3, **kw)


SMALL = CAUSAL.replace("512", "32").replace("bf16", "f32")


@pytest.fixture(scope="module")
def small():
    return {scale: msa.parse(SMALL.replace("0.125", scale)).compile().bytes for scale in ("0.125", "0.1251", "0.25")}


def test_measured_on_a_cpu(small):
    measurer = steps()
    measurer.baseline(small["0.125"])
    same = measurer.compare(small["0.125"])
    assert measurer.device == "cpu" and same.wrong == "" and same.rounds and all(a > 0 < b for a, b in same.rounds)
    other = measurer.compare(small["0.25"])
    assert re.search("'out' differs by .* in norm.*'lse' differs by", other.wrong) and not other.rounds
    # Near enough in norm for values of 16 bits, but keys were weighted differently.
    assert re.fullmatch("'lse' differs by .* more than 2e-05", measurer.compare(small["0.1251"]).wrong)


def test_measured_in_a_process(small):
    pytest.importorskip("torch", reason="PyTorch is not installed")
    worker = Worker("cpu:1", turn=0.002, rounds=3)
    try:
        worker.baseline(small["0.125"])
        assert worker.device == "cpu" and worker.compare(small["0.125"]).gain > 0
        assert worker.compare(small["0.25"]).wrong
        with pytest.raises(BadArtefact):
            worker.compare(b"none")
        assert worker.compare(small["0.125"]).wrong == ""
    finally:
        worker.close()


def test_states_are_compared():
    """A carried window of random numbers, read and written."""
    with open(os.path.join(msart.ROOT, "examples", "attend.mlir"), encoding="utf-8") as file:
        text = file.read()
    with pytest.raises(InvalidInput, match="give position"):
        steps().baseline(msa.parse(text).compile().bytes)
    measurer = steps(inputs={"position": 4})
    measurer.baseline(msa.parse(text).compile().bytes)
    assert measurer.compare(msa.parse(text).compile().bytes).wrong == ""
    # Equal but for what is carried on.
    other = text.replace("%new_values = msa.carry %values, %v", "%new_values = msa.carry %values, %k")
    assert measurer.compare(msa.parse(other).compile().bytes).wrong.startswith("'values' differs")
    # Sees less of what was carried.
    narrow = text.replace("left = 4", "left = 3")
    assert measurer.compare(msa.parse(narrow).compile().bytes).wrong.startswith("'out' differs")


def test_inputs_that_are_given(small):
    for wrong, said in (({"nothing": 1}, "no input nothing"), ({"q": [1.0, 2.0]}, r"'q' is \[1, 2, 32, 128\]")):
        with pytest.raises(InvalidInput, match=said):
            steps(inputs=wrong).baseline(small["0.125"])
    with pytest.raises(RuntimeFailure, match="'out' with results that are not numbers"):
        steps(inputs={"k": float("nan")}).baseline(small["0.125"])
    with pytest.raises(InvalidInput, match="no entry 'x'; it has attend"):
        steps(entry="x").baseline(small["0.125"])


def test_difference():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    from msa.tune.measure import difference
    inf, x = float("inf"), torch.randn(4, 1000).bfloat16()
    assert difference("o", x, x) == "" and difference("o", (x.float() * 1.005).bfloat16(), x) == ""
    assert "in norm" in difference("o", (x.float() * 1.02).bfloat16(), x)
    assert "in norm" in difference("o", torch.zeros_like(x), x)
    nan = x.clone()
    nan[0, 0] = float("nan")
    assert "no numbers" in difference("o", nan, x)
    lse = torch.tensor([1.0, -inf, 3.0])
    assert difference("lse", lse.clone(), lse) == ""
    assert "infinities" in difference("lse", torch.tensor([1.0, -9.0, 3.0]), lse)
    assert "infinities" in difference("lse", torch.tensor([-inf, -inf, 3.0]), lse)
    assert "more than 2e-05" in difference("lse", torch.tensor([1.0001, -inf, 3.0]), lse)
    assert difference("n", torch.tensor([1, 2]), torch.tensor([1, 2])) == ""
    assert difference("n", torch.tensor([1, 2]), torch.tensor([1, 3])) == "'n' differs"


def test_device_that_is_none():
    pytest.importorskip("torch", reason="PyTorch is not installed")
    from msa.tune.measure import Steps
    with pytest.raises(UnsupportedDevice):
        Steps("cuda:99")
    with pytest.raises(InvalidInput, match="a device is"):
        Steps("tpu")
