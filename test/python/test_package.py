"""The Python package: compile, load and step; the compiler; threads and processes."""

import gc
import os
import shlex
import subprocess
import threading

import numpy as np
import pytest

import msart
from package import BROKEN, COUNTER, DOUBLE, EXAMPLES, UNSUPPORTED, counter, own_folders, python, session, x, msa  # noqa: F401 (fixtures)


def test_entries_are_described(counter):
    model = msa.load(counter)
    assert list(model.entries) == ["step", "twice"]
    assert model.entries["step"].inputs == [msa.TensorInfo("x", "f32", (2, 4))]
    assert [o.name for o in model.entries["twice"].outputs] == ["a", "b"]
    assert model.states == [("sum", "f32", (2, 4))]
    assert model.constants == [("weight", "f32", (2, 4))]
    assert model.producer.startswith("msa ")


def test_step_and_state(session):
    assert np.array_equal(session.step([x(1)])[0], x(2))
    assert np.array_equal(session.step([x(2)], entry="step", keep_state=True)[0], x(6))
    assert np.array_equal(session.state("sum"), x(1))
    copy = session.fork()
    blob = session.export()
    assert np.array_equal(copy.step((x(4),))[0], x(10))
    assert np.array_equal(session.state("sum"), x(1))
    session.reset()
    assert np.array_equal(session.state("sum"), x(0))
    session.restore(blob)
    session.set_state("sum", session.state("sum") + 1)
    out = x(0)
    assert session.state("sum", out) is out and np.array_equal(out, x(2))
    a, b = session.step([x(5), x(3)], entry=1)
    assert np.array_equal(a, x(8)) and np.array_equal(b, x(2))


def test_same_as_the_tool_and_the_c_interface():
    """The package's code and msa-compile's through ctypes give the same bits."""
    with open(os.path.join(EXAMPLES, "byte-lm.mlir")) as file:
        text = file.read()
    model = msa.load(msa.compile(text), "cpu:1")
    stream = model.session().stream()
    theirs = msart.Stream(msart.Session(msart.Model(msart.Device("cpu", 1), msart.compile_text(text))),
                          next(iter(model.entries)))
    tokens = list(b"what is fed is what comes out, in any pieces" * 3)
    results = stream.feed(tokens[:7]) + stream.feed(np.array(tokens[7:], np.uint8)) + stream.flush()
    theirs.feed(tokens)
    theirs.flush()
    assert len(results) == len(theirs.results) > 0
    for (positions, lengths, outputs), (p, n, named) in zip(results, theirs.results):
        assert (positions, lengths) == (p, n)
        for ours, other in zip(outputs, named.values()):
            assert np.array_equal(ours, other)
    assert stream.position() == len(tokens) and stream.pending() == 0


def test_streams_resume_and_pass_results_on():
    with open(os.path.join(EXAMPLES, "byte-lm.mlir")) as file:
        model = msa.load(msa.compile(file.read()), "cpu:1")
    one, seen = model.session().stream(), []
    assert one.feed(range(1, 100), each=seen.append) == [] and len(seen) == 99 // one.segment
    two = model.session().stream()
    two.restore(one.export())
    assert (two.position(), two.pending()) == (one.position(), one.pending())
    look = one.flush(keep=True)
    assert np.array_equal(look[0][2][0], two.flush()[0][2][0])
    for wrong, error in [(lambda: one.feed([1.5]), msa.DtypeMismatch), (lambda: one.feed([[1]]), msa.InvalidInput),
                         (lambda: one.feed([1], row=7), msa.InvalidInput), (lambda: one.feed([1], row=-1), msa.InvalidInput),
                         (lambda: one.restore(b"?"), msa.IncompatibleState),
                         (lambda: one.set_position(-1), msa.InvalidInput)]:
        with pytest.raises(error):
            wrong()


@pytest.mark.parametrize("dtype", ["f64", "f32", "f16", "i64", "i32", "i16", "i8", "i1"])
def test_dtypes(dtype):
    op = "andi" if dtype == "i1" else "addi" if dtype[0] == "i" else "addf"
    session = msa.load(msa.compile(DOUBLE.format(t=dtype, op=op)), "cpu:1").session()
    numpy = np.bool_ if dtype == "i1" else msart.NUMPY[dtype]
    value = (np.arange(15) % 2 if dtype == "i1" else np.arange(15)).astype(numpy).reshape(3, 5)
    result = session.step([value])[0]
    assert result.dtype == numpy
    assert np.array_equal(result, value if dtype == "i1" else value + value)


def test_nothing_is_copied(session):
    """Outputs are written where they are, and a large input costs no memory: of 512 MB that were never written (pages
    of zeros that take no memory) a copy would be seen."""
    out = np.full(2 * 4 + 1, np.nan, np.float32)[1:].reshape(2, 4)  # on an element's boundary only
    assert out.ctypes.data % 64 != 0
    assert session.step([x(1)], [out])[0] is out
    assert np.array_equal(out, x(2))
    peak = python("""
import numpy as np, msa
text = '''func.func @step(%x: tensor<134217728xf32> {msa.name = "x"}) -> (tensor<4xf32> {msa.name = "y"}) {
  %0 = tensor.extract_slice %x[100] [4] [1] : tensor<134217728xf32> to tensor<4xf32>
  %1 = arith.addf %0, %0 : tensor<4xf32>
  return %1 : tensor<4xf32>
}'''
session = msa.load(msa.compile(text), "cpu:1").session()
big = np.zeros(134217728, np.float32)
big[100:104] = 1, 2, 3, 4
def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
before = peak()
assert session.step([big])[0].tolist() == [2, 4, 6, 8]
print(peak() - before)
""")
    assert int(peak) < 16384, f"a step of 512 MB took {peak} KiB more"


def test_other_dlpack_producers(session):
    class Tensor:
        def __init__(self, array):
            self.array = array

        def __dlpack__(self, **options):
            return self.array.__dlpack__(**options)

    class Old(Tensor):
        def __dlpack__(self):
            return self.array.__dlpack__()

    for kind in (Tensor, Old):
        out = x(0)
        session.reset()
        session.step([kind(x(1))], [kind(out)])
        assert np.array_equal(out, x(2))
        with pytest.raises(msa.ShapeMismatch):
            session.step([kind(np.zeros((4, 2), np.float32))])
        with pytest.raises(msa.InvalidInput, match="contiguous"):
            session.step([kind(np.zeros((2, 8), np.float32)[:, ::2])])
    gc.collect()


def test_modules_and_pipelines():
    module = msa.parse(COUNTER)
    assert str(msa.parse(str(module))) == str(module)
    assert "loc(" in module.text(locations=True)
    text = str(module)
    assert module.run("canonicalize") is module
    assert msa.parse(text).run("builtin.module(canonicalize)").text() == str(module)
    everything = msa.pipelines()
    assert "msa-to-cpu-plan" in everything
    assert "memref" in str(msa.parse(COUNTER).run("msa-to-cpu-plan"))
    assert str(msa.parse(COUNTER).run(everything["msa-to-cpu-plan"])) == str(msa.parse(COUNTER).run("msa-to-cpu-plan"))
    assert ".text" in msa.parse(COUNTER).compile(emit="asm")
    assert msa.levels()[0] == "x86-64-v3"


ATTENTION = """
func.func @step(%q: tensor<1x2x64x64xbf16>) -> tensor<1x2x64x64xbf16> {
  %o, %l = msa.attend ins(%q, %q, %q : tensor<1x2x64x64xbf16>, tensor<1x2x64x64xbf16>, tensor<1x2x64x64xbf16>)
      pattern(#msa.causal) scale(0.125) -> tensor<1x2x64x64xbf16>, tensor<1x2x64xf32>
  return %o : tensor<1x2x64x64xbf16>
}
"""


def test_gpu_architectures():
    both = msa.compile(COUNTER, target="cuda", gpu_arch=["sm_90", "sm_80"]).bytes
    assert both.index(b".target sm_80\n") < both.index(b".target sm_90\n")
    assert b".target sm_80\n" not in msa.compile(COUNTER, target="cuda", gpu_arch="sm_90a").bytes
    # sm_90a beside others is for models that tensor cores have kernels for.
    assert b".target sm_90a\n" not in msa.compile(COUNTER, target="cuda").bytes
    attention = msa.compile(ATTENTION, target="cuda").bytes
    assert attention.index(b".target sm_80\n") < attention.index(b".target sm_90a\n") < attention.index(b"wgmma")
    # Before it tensor cores have kernels too, which can be turned off.
    assert b"mma.sync" in attention[:attention.index(b".target sm_90a\n")]
    plain = msa.compile(ATTENTION, target="cuda", gpu_mma=False).bytes
    assert b"mma.sync" not in plain and b"wgmma" in plain
    text = msa.parse(ATTENTION).compile(target="cuda", gpu_arch="sm_80", gpu_mma=False, emit="ptx")
    assert ".target sm_80\n" in text and "mma.sync" not in text
    with pytest.raises(msa.CompileError, match="sm_90a, not 'sm_70'"):
        msa.compile(COUNTER, target="cuda", gpu_arch="sm_70")


def test_levels_and_targets(tmp_path):
    both, one = msa.compile(COUNTER, levels="all"), msa.compile(COUNTER, levels=["x86-64-v3"])
    assert len(both) > len(one)
    path = tmp_path / "model.msaf"
    one.save(path)
    assert path.read_bytes() == one.bytes
    assert np.array_equal(msa.load(path).session().step([x()], entry="step")[0].shape, (2, 4))
    oracle = msa.load(msa.compile(COUNTER, target="oracle"), "cpu:1").session()
    assert np.array_equal(oracle.step([x()])[0], msa.load(one, "cpu:1").session().step([x()])[0])


@pytest.mark.parametrize("call, place", [
    (lambda: msa.parse(BROKEN, name="b.mlir"), "b.mlir:2:8"),
    (lambda: msa.compile(UNSUPPORTED), "model.py:"),
    (lambda: msa.parse(UNSUPPORTED).run("msa-to-cpu"), "model.py:"),
    (lambda: msa.parse(COUNTER).run("canonicalize,no-such-pass"), ""),
    (lambda: msa.parse(COUNTER).run("builtin.module(canonicalize"), ""),
    (lambda: msa.parse("ML\xefR"), ""),
])
def test_errors_have_places_and_reproducers(call, place):
    """The reproducer's own command fails in the same way."""
    with pytest.raises(msa.CompileError) as caught:
        call()
    error = caught.value
    severity, location, message = error.diagnostics[0]
    assert severity == "error" and location.startswith(place) and message
    assert message.splitlines()[0] in str(error)
    with open(error.reproducer, encoding="utf-8") as file:
        command = shlex.split(file.readline().removeprefix("//"))
    tool = os.path.join(msart.BUILD, "bin", command[0])
    done = subprocess.run([tool, *[error.reproducer if word == "%s" else word for word in command[1:]]],
                          capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    if place:
        assert message.splitlines()[0] in done.stderr


def test_a_failed_pipeline_changes_nothing():
    module = msa.parse(UNSUPPORTED)
    before = str(module)
    with pytest.raises(msa.CompileError):
        module.run("msa-to-cpu")
    assert str(module) == before


def test_reproducer_that_can_not_be_written(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MSA_REPRODUCER_DIR", str(tmp_path / "file"))
    with pytest.raises(msa.CompileError) as caught:
        msa.parse(BROKEN)
    assert caught.value.reproducer is None and caught.value.diagnostics


def test_threads_compile_at_once(monkeypatch):
    monkeypatch.setenv("MSA_CACHE", "off")
    with open(os.path.join(EXAMPLES, "attend.mlir")) as file:
        texts = [file.read(), COUNTER, DOUBLE.format(t="f32", op="mulf"), DOUBLE.format(t="f64", op="addf")]
    expected = [msa.compile(text).bytes for text in texts]
    got, failures = {}, []

    def work(number):
        try:
            got[number] = msa.compile(texts[number % 4]).bytes
            with pytest.raises(msa.CompileError):
                msa.parse(BROKEN)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert [got[i] for i in range(12)] == [expected[i % 4] for i in range(12)]


def test_threads_share_a_module_and_a_session(session):
    module = msa.parse(COUNTER)
    texts, failures = [], []

    def work():
        try:
            for _ in range(5):
                texts.append(str(module))
                module.run("canonicalize")
            for _ in range(500):
                session.step([x(1)])
                session.model.set_constant("weight", x(2))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures and len(set(texts)) <= 2
    assert np.array_equal(session.state("sum"), x(2000)), "each step was made whole"


def test_the_gil_is_released():
    """A thread counts on while another one compiles."""
    count, done = 0, threading.Event()
    with open(os.path.join(EXAMPLES, "byte-lm.mlir")) as file:
        module = msa.parse(file.read())

    def work():
        module.compile()
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    while not done.wait(0.005):
        count += 1
    thread.join()
    assert count > 5


def test_a_forked_child():
    """What was loaded before a fork is refused in the child, and the child can compile and load."""
    assert python(f"""
import os, numpy as np, msa
text = '''{COUNTER}'''
artefact = msa.compile(text)
session = msa.load(artefact).session()
one = np.ones((2, 4), np.float32)
session.step([one])
module = msa.parse(text)
child = os.fork()
if child == 0:
    try:
        session.step([one])
    except msa.InvalidInput as error:
        assert "fork" in str(error)
        module.run("canonicalize")
        msa.load(msa.compile(text)).session().step([one])
        os._exit(0)
    os._exit(1)
assert os.waitpid(child, 0)[1] == 0
session.step([one])
print("done")
""") == "done"
