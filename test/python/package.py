"""What the tests of the Python package share: models, fixtures, fresh interpreters."""

import os
import subprocess
import sys

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

BROKEN = "func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {\n  %0 = msa.nothing %x : tensor<4xf32>\n}\n"
UNSUPPORTED = """func.func @f(%x: tensor<?xf32> {msa.name = "x"}) -> (tensor<?xf32> {msa.name = "y"}) {
  %0 = arith.addf %x, %x : tensor<?xf32> loc("model.py":12:3)
  return %0 : tensor<?xf32>
} loc("model.py":7:1)
"""


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
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
