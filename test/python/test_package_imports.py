"""The Python package: beside other libraries, and in halves."""

import itertools
import subprocess

import pytest

from package import counter, own_folders, python, x, msa  # noqa: F401 (fixtures)


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
