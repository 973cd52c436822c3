"""What msa.tune stores: the file, the compiler and the package that read it, and for which GPU."""

import json
import os
import re
import stat
import subprocess
from dataclasses import replace

import pytest

from conftest import BUILT
from package import own_folders, msa  # noqa: F401 (a fixture)
from tuning import (CAUSAL, CLASS, DEFAULT, INPUTS, PRODUCT, PRODUCT_CLASS, PRODUCT_TEXT, QUICK,  # noqa: F401
                    QUICK_PRODUCT, Opaque, compiler, path_of_cache)

import msa.tune
from msa import gpu as names
from msa import schedules as store
from msa.errors import CompileError, CompilerMissing, InvalidInput
from msa.tune import AttendSchedule, Compiler, Measured, classes
from msa.tune.__main__ import main


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
    with pytest.raises(InvalidInput, match=re.escape(path)):
        store.read(path)
    with pytest.raises(InvalidInput, match=re.escape(path)):
        store.write(path, "GPU A", [], [entry()])
    assert open(path, "rb").read() == (text if isinstance(text, bytes) else text.encode())


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


def test_ops_compile_for_the_gpu_of_their_tensors(monkeypatch):
    pytest.importorskip("torch", reason="PyTorch is not installed")
    from msa.ops import kernels
    seen = []
    monkeypatch.setattr(msa, "compile", lambda text, **options: seen.append(options))
    monkeypatch.setattr(msa, "load", lambda artefact, device: None)
    kernels.load("text", "cuda:1")
    kernels.load("text", "cpu:2")
    assert seen == [{"target": "cuda", "gpu": "cuda:1"}, {"target": "cpu", "gpu": None}]


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
