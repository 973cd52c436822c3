"""The Python package: compiler and runtime halves, errors, the cache, threads and imports."""

import gc
import itertools
import os
import shlex
import stat
import subprocess
import sys
import threading

import numpy as np
import pytest

import msart

msa = pytest.importorskip("msa", reason="the Python package is not built (scripts/test builds it)")

EXAMPLES = os.path.join(msart.ROOT, "examples")

DOUBLE = """
func.func @step(%x: tensor<3x5x{t}> {{msa.name = "x"}}) -> (tensor<3x5x{t}> {{msa.name = "y"}}) {{
  %0 = arith.{op} %x, %x : tensor<3x5x{t}>
  return %0 : tensor<3x5x{t}>
}}
"""

COUNTER = """
func.func @step(%x: tensor<2x4xf32> {msa.name = "x"}, %s: tensor<2x4xf32> {msa.state = "sum"},
                %w: tensor<2x4xf32> {msa.constant = "weight", msa.seed = 1 : i64, msa.stddev = 1.0 : f64})
    -> (tensor<2x4xf32> {msa.name = "y"}, tensor<2x4xf32> {msa.state = "sum"}) {
  %0 = arith.addf %s, %x : tensor<2x4xf32>
  %1 = arith.mulf %0, %w : tensor<2x4xf32>
  return %1, %0 : tensor<2x4xf32>, tensor<2x4xf32>
}
func.func @twice(%x: tensor<2x4xf32> {msa.name = "x"}, %z: tensor<2x4xf32> {msa.name = "z"})
    -> (tensor<2x4xf32> {msa.name = "a"}, tensor<2x4xf32> {msa.name = "b"}) {
  %0 = arith.addf %x, %z : tensor<2x4xf32>
  %1 = arith.subf %x, %z : tensor<2x4xf32>
  return %0, %1 : tensor<2x4xf32>, tensor<2x4xf32>
}
"""


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, monkeypatch):
    """No test sees the user's cache, or leaves reproducers behind."""
    monkeypatch.setenv("MSA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("MSA_REPRODUCER_DIR", str(tmp_path / "reproducers"))
    monkeypatch.delenv("MSA_CACHE", raising=False)


@pytest.fixture(scope="module")
def counter():
    """Bytes of COUNTER's artefact."""
    return msa.parse(COUNTER).compile().bytes


@pytest.fixture
def session(counter):
    model = msa.load(counter, "cpu:1")
    model.set_constant("weight", np.full((2, 4), 2, np.float32))
    return model.session()


def x(value=1.0):
    return np.full((2, 4), value, np.float32)


def python(code, **environment):
    """Runs code in a fresh interpreter with this one's package; returns what it prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=600,
                          env={**os.environ, "MSA_CACHE": "off", "OMP_NUM_THREADS": "1", **environment})
    assert done.returncode == 0, f"exit status {done.returncode}\n{done.stderr[-4000:]}"
    return done.stdout.strip()


# --- compile, load, step --------------------------------------------------------

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


# --- bad input --------------------------------------------------------------------

READ_ONLY = x()
READ_ONLY.flags.writeable = False
SHARED = x()


@pytest.mark.parametrize("inputs, outputs, error, words", [
    ([], None, msa.InvalidInput, "1 inputs, not of 0"),
    (x(), None, msa.InvalidInput, "list or tuple"),
    ({"x": x()}, None, msa.InvalidInput, "list or tuple"),
    ([None], None, msa.InvalidInput, "must be a tensor"),
    ([[1.0]], None, msa.InvalidInput, "must be a tensor"),
    ([1.0], None, msa.InvalidInput, "must be a tensor"),
    ([b"12345678"], None, msa.DtypeMismatch, "f32"),
    ([x().astype(np.float64)], None, msa.DtypeMismatch, "float64"),
    ([x().astype(np.uint16)], None, msa.DtypeMismatch, "uint16"),
    ([x().astype(np.complex64)], None, msa.DtypeMismatch, "complex64"),
    ([x().astype(">f4")], None, msa.DtypeMismatch, ">f4"),
    ([x().astype("M8[s]")], None, msa.DtypeMismatch, "f32"),
    ([np.array([[None] * 4] * 2)], None, msa.DtypeMismatch, "object"),
    ([x()[:, :2]], None, msa.ShapeMismatch, "2x2"),
    ([x().reshape(-1)], None, msa.ShapeMismatch, r"f32\[8\]"),
    ([np.float32(1)], None, msa.ShapeMismatch, r"f32\[\]"),
    ([np.zeros((0, 4), np.float32)], None, msa.ShapeMismatch, "0x4"),
    ([np.asfortranarray(x())], None, msa.InvalidInput, "contiguous"),
    ([np.zeros((4, 4), np.float32)[::2]], None, msa.InvalidInput, "contiguous"),
    ([x()[::-1]], None, msa.InvalidInput, "contiguous"),
    ([x()[:, ::-1]], None, msa.InvalidInput, "contiguous"),
    ([np.broadcast_to(np.float32(1), (2, 4))], None, msa.InvalidInput, "contiguous"),
    ([x()], [], msa.InvalidInput, "1 outputs, not of 0"),
    ([x()], [READ_ONLY], msa.InvalidInput, "read-only"),
    ([x()], [x().astype(np.int32)], msa.DtypeMismatch, "output 0 'y'"),
    ([x()], [np.zeros((2, 8), np.float32)[:, ::2]], msa.InvalidInput, "output 0 'y' is not contiguous"),
    ([SHARED], [SHARED], msa.InvalidInput, "shares memory"),
])
def test_bad_tensors(session, inputs, outputs, error, words):
    with pytest.raises(error, match=words):
        session.step(inputs, outputs)
    assert np.array_equal(session.state("sum"), x(0)), "a refused step has changed nothing"
    session.step([READ_ONLY])  # and the session goes on; inputs may be read-only


def test_overlaps(session):
    memory = np.zeros((3, 4), np.float32)
    with pytest.raises(msa.InvalidInput, match="shares memory"):
        session.step([memory[:2], x()], [x(), memory[1:]], entry="twice")
    with pytest.raises(msa.InvalidInput, match="output 1 'b' shares memory with entry 'twice', output 0"):
        session.step([x(), x()], [memory[:2], memory[1:]], entry="twice")
    same = x(3)
    assert np.array_equal(session.step([same, same], entry="twice")[0], x(6)), "inputs may share memory"


def test_bad_names_and_bytes(session, counter, tmp_path):
    model = session.model
    for call, error, words in [
        (lambda: session.step([x()], entry="nope"), msa.InvalidInput, "step, twice"),
        (lambda: session.step([x()], entry=2), msa.InvalidInput, "no entry 2"),
        (lambda: session.step([x()], entry=-1), msa.InvalidInput, "no entry -1"),
        (lambda: session.step([x()], entry=2**70), msa.InvalidInput, "no entry"),
        (lambda: session.step([x()], entry=None), msa.InvalidInput, "NoneType"),
        (lambda: session.state("nope"), msa.InvalidInput, "it has sum"),
        (lambda: session.state("sum", READ_ONLY), msa.InvalidInput, "read-only"),
        (lambda: session.set_state("sum", x()[:1]), msa.ShapeMismatch, "state 'sum'"),
        (lambda: session.restore(b""), msa.IncompatibleState, "saved state"),
        (lambda: session.restore("text"), msa.InvalidInput, "bytes"),
        (lambda: session.restore(session.export()[:-1]), msa.IncompatibleState, "truncated"),
        (lambda: session.stream(), msa.InvalidInput, "tokens"),
        (lambda: model.set_constant("nope", x()), msa.InvalidInput, "it has weight"),
        (lambda: model.set_constant("weight", x().astype(np.float16)), msa.DtypeMismatch, "constant 'weight'"),
        (lambda: msa.load(b""), msa.BadArtefact, "artefact"),
        (lambda: msa.load(b"something else"), msa.BadArtefact, "artefact"),
        (lambda: msa.load(counter[:-1]), msa.BadArtefact, "artefact|checksum|damaged"),
        (lambda: msa.load(bytes([*counter[:-1], counter[-1] ^ 1])), msa.BadArtefact, "artefact|checksum|damaged"),
        (lambda: msa.load(str(tmp_path / "nope")), msa.RuntimeFailure, "can not read"),
        (lambda: msa.load("a\0b"), msa.InvalidInput, "zero"),
        (lambda: msa.load(None), msa.InvalidInput, "NoneType"),
        (lambda: msa.load(counter, "gpu"), msa.InvalidInput, "'gpu'"),
        (lambda: msa.load(counter, "cpu:x"), msa.InvalidInput, "'cpu:x'"),
        (lambda: msa.load(counter, "cpu:0"), msa.InvalidInput, "no threads"),
        (lambda: msa.load(counter, "cpu:99999999999999999999"), msa.InvalidInput, "4096"),
        (lambda: msa.load(counter, "cuda:4000"), msa.UnsupportedDevice, "NVIDIA|GPU"),
        (lambda: msa.load(counter, 3), msa.InvalidInput, "3"),
    ]:
        with pytest.raises(error, match=words) as caught:
            call()
        assert isinstance(caught.value, msa.MsaError)
        if isinstance(caught.value, msa.RuntimeFailure):
            assert caught.value.status.startswith("MSA_")


def test_wrong_level_says_so(counter):
    """An artefact for a GPU only."""
    artefact = msa.compile(COUNTER, target="cuda")
    with pytest.raises(msa.MsaError, match="cpu"):
        msa.load(artefact, "cpu:1").session().step([x()])


@pytest.mark.parametrize("call, words", [
    (lambda: msa.compile(COUNTER, target="tpu"), "tpu"),
    (lambda: msa.compile(COUNTER, levels="i386"), "i386"),
    (lambda: msa.compile(COUNTER, levels=[]), "no CPU level"),
    (lambda: msa.parse(COUNTER).compile(emit="elf"), "elf"),
    (lambda: msa.compile(None), "NoneType"),
    (lambda: msa.parse(b"module {}"), "bytes"),
    (lambda: msa.parse("// \ud800"), "UTF-8"),
    (lambda: msa.parse("module {\0}"), "zero"),
    (lambda: msa.parse(COUNTER).run(None), "NoneType"),
])
def test_bad_arguments_of_the_compiler(call, words):
    with pytest.raises(msa.InvalidInput, match=words):
        call()


# --- the compiler -------------------------------------------------------------------

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


def test_levels_and_targets(tmp_path):
    both, one = msa.compile(COUNTER, levels="all"), msa.compile(COUNTER, levels=["x86-64-v3"])
    assert len(both) > len(one)
    path = tmp_path / "model.msaf"
    one.save(path)
    assert path.read_bytes() == one.bytes
    assert np.array_equal(msa.load(path).session().step([x()], entry="step")[0].shape, (2, 4))
    oracle = msa.load(msa.compile(COUNTER, target="oracle"), "cpu:1").session()
    assert np.array_equal(oracle.step([x()])[0], msa.load(one, "cpu:1").session().step([x()])[0])


BROKEN = "func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {\n  %0 = msa.nothing %x : tensor<4xf32>\n}\n"
UNSUPPORTED = """func.func @f(%x: tensor<?xf32> {msa.name = "x"}) -> (tensor<?xf32> {msa.name = "y"}) {
  %0 = arith.addf %x, %x : tensor<?xf32> loc("model.py":12:3)
  return %0 : tensor<?xf32>
} loc("model.py":7:1)
"""


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


# --- threads and processes ------------------------------------------------------------

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


# --- the cache --------------------------------------------------------------------------

def entries(folder):
    return sorted(f for f in os.listdir(folder)) if os.path.isdir(folder) else []


def test_cache_on_off_require(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("MSA_CACHE", "off")
    first = msa.compile(COUNTER)
    assert entries(folder) == []
    monkeypatch.setenv("MSA_CACHE", "require")
    with pytest.raises(msa.CompileError, match="MSA_CACHE=require"):
        msa.compile(COUNTER)
    monkeypatch.setenv("MSA_CACHE", "on")
    assert msa.compile(COUNTER).bytes == first.bytes
    assert len(entries(folder)) == 1
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(folder / entries(folder)[0]).st_mode) == 0o600
    monkeypatch.setenv("MSA_CACHE", "require")
    assert msa.compile(COUNTER).bytes == first.bytes
    with pytest.raises(msa.CompileError):
        msa.compile(COUNTER, levels="all" if len(msa.levels()) > 1 else "host", target="oracle")
    with pytest.raises(msa.CompileError):
        msa.compile(COUNTER + "\n")
    monkeypatch.setenv("MSA_CACHE", "sometimes")
    with pytest.raises(msa.InvalidInput, match="sometimes"):
        msa.compile(COUNTER)


def test_cache_damage_and_collisions_are_misses(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    one, other = msa.compile(COUNTER), msa.compile(DOUBLE.format(t="f32", op="addf"))
    names = entries(folder)
    contents = [(folder / name).read_bytes() for name in names]
    for bad in (contents[1], b"", contents[0][:-1], contents[0][:-1] + bytes([contents[0][-1] ^ 1])):
        # As if the other model had the same key, the disk were full, or a bit had flipped.
        (folder / names[0]).write_bytes(bad)
        assert msa.compile(COUNTER).bytes == one.bytes
        assert msa.compile(DOUBLE.format(t="f32", op="addf")).bytes == other.bytes
        assert (folder / names[0]).read_bytes() == contents[0], "the entry was made anew"


def test_cache_of_others_is_not_used(tmp_path):
    folder = tmp_path / "cache"
    folder.mkdir(mode=0o755)
    os.chmod(folder, 0o755)
    with pytest.warns(UserWarning, match="chmod 700"):
        msa.compile(COUNTER)
    assert entries(folder) == []


def test_cache_that_can_not_be_made(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MSA_CACHE_DIR", str(tmp_path / "file" / "cache"))
    assert len(msa.compile(COUNTER)) > 0


def test_keys_differ():
    seen = {msa.cache.key(text, options) for text in ("", "a", "ab") for options in ("", "a", "b", "ab")}
    assert len(seen) == 12


# --- imports ------------------------------------------------------------------------------

USES = {
    "compiler": "import msa\ntext = 'func.func @f(%x: tensor<4xf32> {msa.name = \"x\"}) -> (tensor<4xf32> "
                "{msa.name = \"y\"}) {\\n %0 = math.exp %x : tensor<4xf32>\\n return %0 : tensor<4xf32>\\n}'\n"
                "session = msa.load(msa.compile(text), 'cpu:1').session()",
    "numpy": "import numpy\nnumpy.linalg.inv(numpy.eye(3))",
    "torch": "import torch\ntorch.randn(8, 8) @ torch.randn(8, 8)",
    "triton": "import triton._C.libtriton",
}


@pytest.mark.parametrize("order", list(itertools.permutations(("compiler", "torch", "numpy"))), ids="-".join)
def test_beside_torch_in_any_order(order):
    pytest.importorskip("torch", reason="PyTorch is not installed")
    assert python("\n".join(USES[name] for name in order) + """
import torch
a = torch.arange(4.0)
y = session.step([a])[0]
assert torch.allclose(y, a.exp()), y
torch.linalg.svd(torch.randn(5, 5))
print("done")""") == "done"


@pytest.mark.parametrize("order", list(itertools.permutations(("compiler", "triton"))), ids="-".join)
def test_beside_triton_in_any_order(order):
    pytest.importorskip("triton", reason="Triton is not installed (PyTorch for CPUs comes without it)")
    assert python("\n".join(USES[name] for name in order) + "\nprint('done')") == "done"


def test_versions_agree():
    import msa._compiler
    import msa._runtime
    assert msa.__version__ == msa._compiler.version == msa._runtime.version


def test_import_is_light():
    """Neither half, nor PyTorch, nor NumPy is imported with the package."""
    assert python("import sys, msa\nprint([m for m in ('torch', 'numpy', 'msa._compiler', 'msa._runtime', "
                  "'msa.runtime') if m in sys.modules])") == "[]"


def test_runtime_half_alone(counter, tmp_path):
    """As installed with MSA_BUILD_COMPILER=OFF, and without a linker in PATH."""
    path = tmp_path / "model.msaf"
    path.write_bytes(counter)
    assert python(f"""
import sys
sys.modules["msa._compiler"] = None
import numpy as np, msa
y = msa.load({str(path)!r}).session().step([np.zeros((2, 4), np.float32)])
for call in (lambda: msa.compile(""), lambda: msa.parse(""), msa.pipelines):
    try:
        call()
    except msa.CompilerMissing as error:
        assert isinstance(error, msa.CompileError) and "Install msa" in str(error)
    else:
        raise SystemExit("no error")
print("done")""") == "done"


def test_no_linker_is_needed(tmp_path):
    code = USES["compiler"] + "\nimport numpy\nprint(session.step([numpy.zeros(4, numpy.float32)])[0])"
    assert python(code, PATH=str(tmp_path)) == "[1. 1. 1. 1.]"


def test_extension_modules_show_nothing():
    """No symbol of LLVM can meet another copy's."""
    import msa._compiler
    import msa._runtime
    for module in (msa._compiler, msa._runtime):
        symbols = subprocess.run(["nm", "-D", "--defined-only", module.__file__], capture_output=True, text=True,
                                 check=True).stdout.split()[2::3]
        assert symbols == [f"PyInit_{module.__name__.rpartition('.')[2]}"]


# --- PyTorch ---------------------------------------------------------------------------------

@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="PyTorch is not installed")


def test_torch_in_place(torch, session):
    out = torch.zeros(2, 4)
    version = out._version
    result = session.step([torch.ones(2, 4)], [out])
    assert result[0] is out and torch.equal(out, torch.full((2, 4), 2.0))
    assert out._version > version, "autograd is told of the change"
    made = session.step([torch.ones(2, 4)])[0]
    assert isinstance(made, torch.Tensor) and made.data_ptr() % 64 == 0 and not made.requires_grad
    mixed = session.step([torch.ones(2, 4)], [np.zeros((2, 4), np.float32)])[0]
    assert np.array_equal(mixed, x(6))
    with torch.inference_mode():
        inner = torch.zeros(2, 4)
        session.step([inner], [inner.clone()])
    session.set_state("sum", torch.ones(2, 4))
    kept = torch.zeros(2, 4)
    assert torch.equal(session.state("sum", kept), torch.ones(2, 4))
    session.model.set_constant("weight", torch.nn.Parameter(torch.ones(2, 4)).detach())


def test_torch_saved_for_backward(torch, session):
    """A tensor that autograd needs and a step overwrites is an error of backward, not a wrong gradient."""
    a = torch.ones(2, 4, requires_grad=True)
    b = torch.ones(2, 4)
    product = (a * b).sum()
    session.step([torch.ones(2, 4)], [b])
    with pytest.raises(RuntimeError, match="inplace"):
        product.backward()


def test_torch_gradients(torch, session):
    parameter = torch.nn.Parameter(torch.ones(2, 4))
    with pytest.raises(msa.GradientsNotSupported, match="no_grad"):
        session.step([parameter])
    with pytest.raises(msa.GradientsNotSupported):
        session.step([torch.ones(2, 4)], [torch.zeros(2, 4, requires_grad=True)])
    with torch.no_grad():
        assert torch.equal(session.step([parameter])[0], torch.full((2, 4), 2.0))


def test_torch_refused(torch, session):
    from torch._subclasses import FakeTensorMode
    with FakeTensorMode():
        fake = torch.empty(2, 4)
    good = torch.ones(2, 4)
    for bad, error in [(good.double(), msa.DtypeMismatch), (good.bfloat16(), msa.DtypeMismatch),
                       (good.to(torch.uint8), msa.DtypeMismatch), (good[:1], msa.ShapeMismatch),
                       (good.t().contiguous().t(), msa.InvalidInput), (good[:1].expand(2, 4), msa.InvalidInput),
                       (good.to("meta"), msa.InvalidInput), (good.to_sparse(), msa.InvalidInput),
                       (fake, msa.InvalidInput), (torch._neg_view(good), msa.InvalidInput)]:
        with pytest.raises(error) as caught:
            session.step([bad])
        assert "\n" not in str(caught.value)
    with pytest.raises(msa.InvalidInput):
        torch.func.vmap(lambda row: session.step([row])[0])(torch.ones(3, 2, 4))
    with pytest.raises(msa.MsaError):
        torch.func.grad(lambda t: session.step([t])[0].sum())(good)
    assert np.array_equal(session.state("sum"), x(0))


def test_torch_bf16(torch):
    text = DOUBLE.format(t="bf16", op="addf").replace("arith.addf %x, %x : tensor<3x5xbf16>",
                                                      "tensor.extract_slice %x[0, 0] [3, 5] [1, 1] : "
                                                      "tensor<3x5xbf16> to tensor<3x5xbf16>")
    session = msa.load(msa.compile(text), "cpu:1").session()
    value = torch.randn(3, 5, dtype=torch.bfloat16)
    result = session.step([value])[0]
    assert result.dtype == torch.bfloat16 and torch.equal(result, value)
    assert np.array_equal(session.step([value.view(torch.uint16).numpy()])[0], value.view(torch.uint16).numpy())
