"""The Python package: every bad input is a typed exception, and PyTorch."""

from types import SimpleNamespace

import numpy as np
import pytest

from package import COUNTER, DOUBLE, counter, own_folders, python, session, x, msa  # noqa: F401 (fixtures)


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


@pytest.mark.parametrize("stream", [0, 1, None, "stream"])
def test_streams_are_of_gpus(session, stream):
    if stream is None:
        session.step([x()], wait=True)
        session.wait()
        assert np.array_equal(session.state("sum"), x())
        return
    with pytest.raises(msa.InvalidInput, match="leave it out"):
        session.step([x()], stream=stream)
    with pytest.raises(TypeError):
        session.step([x()], None, 0, False, stream)
    assert np.array_equal(session.state("sum"), x(0)), "a refused step has changed nothing"


@pytest.mark.parametrize("stream", [-1, 2**64, True, "cuda:0", 1.0])
def test_what_is_no_stream(stream):
    """As on a GPU, where it is found before anything is asked of one."""
    pytest.importorskip("torch")
    with pytest.raises(msa.InvalidInput, match="torch.cuda.Stream or a CUstream"):
        with msa.runtime._on(stream, SimpleNamespace(_kind="cuda", _number=0)):
            pass


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
    (lambda: msa.compile(COUNTER, target="cuda", gpu_arch=[]), "sm_80,sm_90a"),
    (lambda: msa.compile(COUNTER, target="cuda", gpu_arch=[90]), "sm_80,sm_90a"),
    (lambda: msa.compile(COUNTER, target="cuda", gpu_mma="off"), "gpu_mma is True or False, not 'off'"),
    (lambda: msa.parse(COUNTER).compile(target="cuda", gpu_mma=0), "gpu_mma is True or False, not 0"),
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


OLDER_TORCH = """
import ctypes, sys
import numpy as np, torch
del torch.Tensor.__dlpack_c_exchange_api__
import msa
session = msa.load(sys.argv[1], "cpu:1").session()
session.model.set_constant("weight", torch.full((2, 4), 2.0))
out = torch.zeros(2, 4)
version = out._version
assert session.step([torch.ones(2, 4)], [out])[0] is out and out._version > version
assert torch.equal(out, torch.full((2, 4), 2.0))
assert torch.equal(session.step([torch.ones(2, 4)])[0], torch.full((2, 4), 4.0))
try:
    session.step([torch.ones(2, 4, requires_grad=True)])
    print("no error")
except msa.GradientsNotSupported:
    pass


class OnGpu(torch.Tensor):  # as a tensor on a GPU describes itself
    def __dlpack__(self, **_):
        capsule = torch.zeros(2, 4).__dlpack__()
        at = ctypes.pythonapi.PyCapsule_GetPointer
        at.restype, at.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
        ctypes.c_int32.from_address(at(capsule, b"dltensor") + 8).value = 2  # DLManagedTensor's device type
        return capsule


before = session.export()
try:
    session.step([torch.Tensor.as_subclass(torch.ones(2, 4), OnGpu)])
except msa.InvalidInput as error:
    print(error)
assert session.export() == before
"""


def test_torch_without_the_exchange_api(torch, counter, tmp_path):
    """Older versions: tensors on the host work, those on a GPU are refused with what to do."""
    path = tmp_path / "counter.msaf"
    path.write_bytes(counter)
    said = python(f"import sys\nsys.argv = ['', {str(path)!r}]\n{OLDER_TORCH}")
    assert said.startswith("entry 'step', input 0 'x' is on cuda:0") and "\n" not in said
    assert f"({torch.__version__})" in said and "upgrade PyTorch" in said and "x.cpu()" in said
