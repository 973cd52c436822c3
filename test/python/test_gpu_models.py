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
    done = program("pack_models.py", folder, "--only", "llama,stream", "--levels", "host")
    assert done.returncode == 0, done.stderr
    return folder


def test_models(pack, tmp_path):
    done = program("models.py", pack, "--device", "cpu", "--json", tmp_path / "result.json")
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads((tmp_path / "result.json").read_text())["models"]
    assert result["models"] == ["llama", "stream"] and result["numerics"]["stream"]["worst_of_bound"] > 0


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
