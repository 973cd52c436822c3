"""Kernels for tensor cores assemble for sm_90a without what makes them slow, for every schedule of the default table."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

import msart as m

sys.path.insert(0, os.path.join(m.ROOT, "test", "gpu"))
import decode  # noqa: E402
import mma  # noqa: E402
import pack  # noqa: E402
import products  # noqa: E402
import tensor_cores  # noqa: E402
import turns  # noqa: E402

PTXAS = pack.ptxas_tool()
# What a launch leaves each thread: 65536 registers by threads, in steps of 8, at most 255.
REGISTERS = {256: 255, 384: 168, 512: 128}
TOGETHER = ("bar.sync [$%]", "bar.arrive [$%]", "stmatrix.sync", "wgmma.mma_async.sync", "wgmma.commit_group", "wgmma.wait_group",
            "cp.async.bulk.commit_group", "barrier.cluster.arrive")


def complaints(ptx, log, instruction="wgmma.mma_async", registers=REGISTERS):
    """What is wrong with the kernels of a file, by what ptxas -v says."""
    found = re.findall(r"\(C75\d\d\)[^\n]*", log)  # products that are serialized
    kernels = [k for k in re.split(r"\.visible \.entry ", ptx)[1:] if instruction in k]
    if not kernels:
        return ["no tensor-core kernel"]
    for text in kernels:
        name, threads = text.split("(")[0], int(re.search(r"\.maxntid (\d+)", text)[1])
        said = re.search(rf"Function properties for {name}\n(.*)\n.*Used (\d+) registers", log)
        if not said:
            found.append(f"ptxas says nothing about {name}")
            continue
        spilled = re.search(r"(\d+) bytes spill stores, (\d+) bytes spill loads", said[1])
        if not spilled or spilled.groups() != ("0", "0"):
            found.append(f"{name}: {spilled[0] if spilled else said[1]}")
        if int(said[2]) > registers[threads]:
            found.append(f"{name}: {said[2]} registers, more than {registers[threads]} at launch")
    return found


def copied(nvvm, ptx):
    """Instructions that threads take part in together, and that stand in PTX another number of times than we wrote."""
    counts = [(what, len(re.findall(what, ptx)), len(re.findall(what, nvvm))) for what in TOGETHER]
    return [f"{what}: {found}, written {written}" for what, found, written in counts if found != written]


@pytest.mark.skipif(not PTXAS, reason="no ptxas on the path or in /usr/local/cuda/bin: PTX is not assembled")
def test_default_schedules_assemble_well(tmp_path):
    def check(item):
        name, text, more = item
        source, ptx = tmp_path / (name + ".mlir"), tmp_path / (name + ".ptx")
        source.write_text(text)
        done = subprocess.run([m.COMPILE, source, *tensor_cores.OPTIONS, *more, "--emit=ptx", "-o", ptx,
                               f"--dump-phases-to={tmp_path / name}"], capture_output=True, text=True)
        if done.returncode:
            return [f"{name}: {done.stderr[:500]}"]
        done = subprocess.run([PTXAS, "-arch=sm_90a", "-v", ptx, "-o", tmp_path / (name + ".cubin")],
                              capture_output=True, text=True)
        log = done.stdout + done.stderr
        wrong = complaints(ptx.read_text(), log) if done.returncode == 0 else [log[:500]]
        wrong += copied(next((tmp_path / name).glob("*-nvvm-sm_90a.mlir")).read_text(), ptx.read_text())
        return [f"{name}: {w}" for w in wrong]

    with ThreadPoolExecutor(2) as pool:
        items = [*tensor_cores.kernels(), *turns.kernels(), *decode.kernels(), *products.kernels()]
        assert [w for wrong in pool.map(check, items) for w in wrong] == []


@pytest.mark.skipif(not PTXAS, reason="no ptxas on the path or in /usr/local/cuda/bin: PTX is not assembled")
def test_mma_kernels_assemble_well(tmp_path):
    """For sm_80 and for sm_90, without spills, and, where they are made for it, with registers for two blocks."""
    def check(item):
        name, text = item
        source, ptx = tmp_path / (name + ".mlir"), tmp_path / (name + ".ptx")
        source.write_text(text)
        done = subprocess.run([m.COMPILE, source, *mma.OPTIONS, "--emit=ptx", "-o", ptx], capture_output=True, text=True)
        if done.returncode or done.stderr:
            return [f"{name}: {done.stderr[:500]}"]
        wrong = []
        for arch in ("sm_80", "sm_90"):
            done = subprocess.run([PTXAS, f"-arch={arch}", "-v", ptx, "-o", tmp_path / f"{name}.{arch}"], capture_output=True, text=True)
            log = done.stdout + done.stderr
            wrong += complaints(ptx.read_text(), log, "mma.sync", {128: 255, 256: 255}) if done.returncode == 0 else [log[:500]]
        return [f"{name}: {w}" for w in wrong]

    with ThreadPoolExecutor(2) as pool:
        assert [w for wrong in pool.map(check, mma.kernels()) for w in wrong] == []


def test_copies_are_found():
    written = '"bar.sync $0, 128;" "stmatrix.sync.aligned"'
    assert copied(written, "bar.sync %r3, 128; stmatrix.sync.aligned") == []
    assert copied(written, "bar.sync %r3, 128; bar.sync %r3, 128; stmatrix.sync.aligned") == ["bar.sync [$%]: 2, written 1"]
    assert copied(written, "bar.sync 0; bar.sync %r3, 128;") == ["stmatrix.sync: 0, written 1"]


def test_complaints_are_found():
    ptx = ".visible .entry k(\n.maxntid 512\nwgmma.mma_async\n"
    log = ("ptxas info    : Compiling entry function 'k' for 'sm_90a'\n"
           "ptxas info    : Function properties for k\n"
           "    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
           "ptxas info    : Used 128 registers, used 2 barriers\n")
    assert complaints(ptx, log) == []
    assert len(complaints(ptx, log.replace("0 bytes spill loads", "8 bytes spill loads"))) == 1
    assert len(complaints(ptx, log.replace("128", "136"))) == 1
    serial = "ptxas info    : (C7510) Potential Performance Loss: wgmma.mma_async instructions are serialized\n"
    assert len(complaints(ptx, serial + log)) == 1
    assert complaints(ptx.replace("wgmma.mma_async", ""), log) == ["no tensor-core kernel"]
    assert complaints(ptx, "") == ["ptxas says nothing about k"]
