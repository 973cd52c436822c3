"""Every kernel of the suite is PTX that ptxas takes, for sm_80 and sm_90."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

import msart as m

sys.path.insert(0, os.path.join(m.ROOT, "test", "gpu"))
import pack  # noqa: E402

PTXAS = pack.ptxas_tool()


@pytest.mark.skipif(not PTXAS, reason="no ptxas on the path or in /usr/local/cuda/bin: PTX is not assembled")
def test_suite_assembles(tmp_path):
    work = pack.all_work(pack.COUNTS)

    def refused(item):
        name, text, _, options = item
        source, ptx = tmp_path / (name + ".mlir"), tmp_path / (name + ".ptx")
        source.write_text(text)
        subprocess.run([m.COMPILE, source, *pack.PORTABLE, "--emit=ptx", "-o", ptx, *options], check=True)
        return [f"{name}: {e}" for e in pack.assemble(PTXAS, ptx, tmp_path / (name + ".cubin"))]

    with ThreadPoolExecutor(2) as pool:
        assert [e for errors in pool.map(refused, work) for e in errors] == []


@pytest.mark.skipif(not PTXAS, reason="no ptxas on the path or in /usr/local/cuda/bin")
def test_a_broken_kernel_is_refused(tmp_path):
    ptx = tmp_path / "broken.ptx"
    ptx.write_text(".version 8.0\n.target sm_80\n.address_size 64\n.visible .entry f() { add.s32 %r1, %r2; }\n")
    assert pack.assemble(PTXAS, ptx, tmp_path / "cubin") != []
