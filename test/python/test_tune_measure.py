"""msa.tune: the process that measures, and measuring on a CPU."""

import os
import re

import pytest

import msart
from package import own_folders, msa  # noqa: F401 (a fixture)
from tuning import CAUSAL

from msa.errors import BadArtefact, InvalidInput, RuntimeFailure, UnsupportedDevice
from msa.tune.worker import Worker


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
