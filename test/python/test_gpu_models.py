"""The models that scripts/gpu-test runs on a GPU, run by the same program on a CPU; and that it finds what is wrong."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("torch", reason="PyTorch is not installed; scripts/python-env installs it")
pytest.importorskip("transformers", reason="Transformers is not installed; scripts/python-env installs it")
pytest.importorskip("msa._compiler", reason="needs the compiler half of the package")
pytest.importorskip("msa._runtime", reason="needs the runtime half of the package")

from conftest import ROOT  # noqa: E402

ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def program(name, *arguments):
    return subprocess.run([sys.executable, os.path.join(ROOT, "test", "gpu", name), *map(str, arguments)],
                          env=ENVIRONMENT, capture_output=True, text=True)


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pack")
    done = program("pack_models.py", folder, "--only", "llama,llama-mma,stream", "--levels", "host", "--no-ops")
    assert done.returncode == 0, done.stderr
    return folder


def test_models(pack, tmp_path):
    done = program("models.py", pack, "--device", "cpu", "--json", tmp_path / "result.json")
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads((tmp_path / "result.json").read_text())["models"]
    assert result["models"] == ["llama", "llama-mma", "stream"] and result["numerics"]["stream"]["worst_of_bound"] > 0


ONLY_CUDA = """
import sys, types
sys.modules["msa._compiler"] = None  # as where only the runtime half is installed
sys.path.insert(0, sys.argv[2])
import library, msa, torch
from msa.ops import kernels
found, context = [], types.SimpleNamespace(folder=sys.argv[1], small=False, cuda=False, where=torch.device("cpu"))
nothing = types.SimpleNamespace(session=lambda: types.SimpleNamespace(step=lambda inputs, outputs: [
    o.zero_() for o in outputs]))
kernels.load = lambda source, device: found.append(msa.compile(source, target="cuda")) or nothing
for part in library.PARTS:
    part(context)  # its numbers mean nothing
print(len(found))
"""


def test_ops_and_hugging_face(tmp_path):
    """Compiled ops and msa.hf with kernels of the pack alone; and that all those for GPUs are in it, too."""
    done = program("pack_models.py", tmp_path, "--only", "stream", "--levels", "host")
    assert done.returncode == 0, done.stderr
    done = program("models.py", tmp_path, "--device", "cpu", "--only", "stream", "--json", tmp_path / "result.json")
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads((tmp_path / "result.json").read_text())["models"]
    assert result["compiled_ops"]["calls"] == 36 and 0 < result["compiled_ops"]["worst_of_bound"]["bf16"] <= 1
    assert 0 < result["hugging_face"]["gpt2, in pieces"] <= 1

    def look_up():
        return subprocess.run([sys.executable, "-c", ONLY_CUDA, tmp_path / "models", os.path.join(ROOT, "test", "gpu")],
                              env=ENVIRONMENT, capture_output=True, text=True)

    done = look_up()
    assert done.returncode == 0 and int(done.stdout) >= 50, done.stdout + done.stderr
    for name in os.listdir(tmp_path / "models" / "cache"):
        if name.endswith(".msaf"):
            os.unlink(tmp_path / "models" / "cache" / name)
    done = look_up()
    assert done.returncode != 0 and "MSA_CACHE=require" in done.stderr


@pytest.mark.parametrize("key, part", [("segments/3/out/0", "numerics"), ("segments/5/state/", "numerics"),
                                       ("text/out", "streams")])
def test_a_wrong_number_is_found(pack, tmp_path, key, part):
    (tmp_path / "models").mkdir()
    for path in (pack / "models").iterdir():
        if path.name != "stream.npz":
            os.symlink(path, tmp_path / "models" / path.name)
    with np.load(pack / "models" / "stream.npz") as z:
        arrays = {k: z[k] for k in z.files}
    name = next(k for k in arrays if k.startswith(key))
    arrays[name].reshape(-1)[0] += 1e-4 * np.abs(arrays[name]).max()
    np.savez(tmp_path / "models" / "stream.npz", **arrays)
    done = program("models.py", tmp_path, "--device", "cpu", "--only", "stream", "--json", tmp_path / "result.json")
    assert done.returncode == 1, done.stderr
    assert json.loads((tmp_path / "result.json").read_text())["models"][part]["wrong"] != []
