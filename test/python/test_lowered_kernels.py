"""Kernels for tensor cores as they are lowered compute attention: the bytes that copies and products see, in NumPy."""

import os
import re
import sys

import pytest

import lowered_kernels
import msart as m
import test_tile_programs as programs

sys.path.insert(0, os.path.join(m.ROOT, "test", "gpu"))
import tensor_cores  # noqa: E402
import turns  # noqa: E402

PIPELINE = programs.PIPELINE[:-1] + (",gpu.module(msa_gpu.kernel(msa-gpu-specialize,canonicalize,cse,msa-gpu-pingpong,msa-gpu-plan-shared)),"
                                     "convert-msa-gpu-to-nvvm,canonicalize,cse)")


def compiled(text):
    return lowered_kernels.Machine(programs.opt(text, f"--pass-pipeline={PIPELINE}", "--mlir-print-op-generic"))


def error(machine, case):
    return case.check(programs.outputs(machine, case))


def grid(dims):
    return [c for c in programs.MANY + programs.FEW if c.numbers["q"].shape[-1] in dims]


# Every kind of pattern and operand, with rows that end within a panel.
@pytest.mark.parametrize("case", grid(tensor_cores.CUT), ids=lambda c: c.name)
def test_rows_that_end_within_a_panel(case):
    assert error(compiled(case.text()), case) <= 1, case.label


# What GPUs have run: the model is theirs.
@pytest.mark.parametrize("case", [c for c in grid(tensor_cores.DIMS) if c.tiles < 20000][::13], ids=lambda c: c.name)
def test_whole_panels(case):
    assert error(compiled(case.text()), case) <= 1, case.label


# A union that lists its tiles: some are whole that its band would cut.
# Lists that follow one another, whose visits are fetched ahead; query tiles without keys, with which overlap begins.
@pytest.mark.parametrize("case", [c for c in tensor_cores.grid() if c.numbers["q"].shape[-1] in (64, 128) and c.tiles < 4000
                                  and re.search("listed=|document|offset=|length=", c.label)][::4], ids=lambda c: c.name)
def test_lists_and_ends(case):
    assert error(compiled(case.text()), case) <= 1, case.label


def test_listed_union():
    case = next(c for c in programs.MANY if c.pattern[0] == "any" and c.numbers["q"].shape[-1] == 128 and "random" in str(c.pattern))
    assert error(compiled(case.text()), case) <= 1, case.label


@pytest.mark.parametrize("case", [c for c in turns.grid() if c.tiles < 4000], ids=lambda c: c.name)
def test_warpgroups_take_turns(case):
    assert error(compiled(case.text()), case) <= 1, case.label


# Lists and documents, overlap from the first tile on, turns; the copying warpgroup or any of the others runs ahead.
AHEAD = [c for c in tensor_cores.grid() + turns.grid() if c.name in ("tc168", "tc092", "tt001", "tt010")]


@pytest.mark.parametrize("case", AHEAD, ids=lambda c: c.name)
def test_whoever_runs_ahead(case):
    machine = compiled(case.text())
    for order in ((0, 1, 2, 3), (1, 0, 2, 3), (2, 3, 1, 0), (3, 2, 0, 1)):
        machine.order = order
        assert error(machine, case) <= 1, f"{case.label}, {order}"


def test_turns_that_are_not_passed_are_found():
    case = next(c for c in turns.grid() if "blocks" in c.label)
    text = programs.opt(case.text(), f"--pass-pipeline={PIPELINE}", "--mlir-print-op-generic")
    first = text.index("bar.arrive", text.index("bar.arrive") + 1)  # behind the one that begins
    with pytest.raises(AssertionError, match="waits for another"):
        error(lowered_kernels.Machine(text[:first] + "bar.warp.sync" + text[first + len("bar.arrive"):]), case)


SMALL = next(c for c in grid((80,)) if c.pattern == ("causal",) and c.numbers["q"].shape[2] == 193)


def changed(pattern, replacement):
    """The lowered kernel of a small case with some text replaced."""
    text = programs.opt(SMALL.text(), f"--pass-pipeline={PIPELINE}", "--mlir-print-op-generic")
    found, count = re.subn(pattern, replacement, text)
    assert count, "nothing to change"
    return lowered_kernels.Machine(found)


def test_wrong_kernels_are_found():
    """The model sees bytes: what is wrong with a copy, a descriptor or a group of copies shows."""
    assert error(changed("sizes", "sizes"), SMALL) <= 1
    # Boxes of the columns that are there alone would be fewer bytes than barriers wait for.
    with pytest.raises(AssertionError):
        error(changed(r"expect_tx\.shared::cta\.b64 _, \[\$0\], 32768", "expect_tx.shared::cta.b64 _, [$0], 20480"), SMALL)
    # Rows that are said to end with the panel run into the next, and past the last one.
    with pytest.raises(IndexError):
        error(changed(r"sizes = \[80, ", "sizes = [128, "), SMALL)
    # The right side of the second product, its panels nearer than they are, in units of 16 bytes from bit 16 on.
    lead = 1 << 62 | 64 << 32 | 1024 << 16
    assert error(changed(f"value = {lead} ", f"value = {lead - (512 << 16)} "), SMALL) > 1
    # The last step of depth 16 of the first one, in the first panel.
    assert error(changed(r"add\.s64 a, \$64, 512", "add.s64 a, $64, 8"), SMALL) > 1
    # Products that are not waited for.
    with pytest.raises(AssertionError):
        error(changed(r"wgmma\.wait_group\.sync\.aligned 0", "wgmma.wait_group.sync.aligned 1"), SMALL)
    # Results that are written over before they have been copied.
    assert error(changed(r"wait_group\.read 0", "wait_group.read 1"), SMALL) > 1
