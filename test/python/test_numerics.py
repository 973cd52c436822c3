"""Generated cases on the CPU against the float64 reference, for the tiled path
and for the oracle (spec: f32 to 1e-5, 16-bit types to their rounding)."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

import cases
import mixed
import msart as m

sys.path.insert(0, os.path.join(m.ROOT, "test", "gpu"))

import matrix_units  # noqa: E402

# Text of many cases in one module would compile no faster: a case is a kernel.
DEVICE = {}


def device():
    if not DEVICE:
        DEVICE["cpu"] = m.Device("cpu", 2)
    return DEVICE["cpu"]


def failures(items, target, options=()):
    def compiled(case):
        return case, m.compile_text(case.text(), target, options)

    wrong = []
    with ThreadPoolExecutor(2) as pool:
        for case, data in pool.map(compiled, items):
            session = m.Session(m.Model(device(), data))
            worst = case.check(session.step(case.name, case.inputs()))
            if not worst <= 1:
                wrong.append(f"{case.name}: {worst:.3g} times the bound\n{case.text()}")
    return wrong


def has_amx():
    with open("/proc/cpuinfo") as f:
        return "amx_bf16" in f.read()


@pytest.mark.parametrize("part", range(6))
def test_attention_cpu(part):
    items = cases.attend_cases(240, seed=11)[part::6]
    for case in items:  # the matrix unit takes weights in bf16
        case.rounds_weights = case.dtype == "bf16" and has_amx()
    assert failures(items, "cpu") == []


def test_attention_oracle():
    assert failures(cases.attend_cases(80, seed=12), "oracle") == []


def test_attention_in_pairs():
    """What a plan for AMX computes, in loops, so that every CPU can."""
    every = matrix_units.grid()
    items = [case for case in every if case.numbers["q"].shape[-1] % 32 == 0 and case.tiles < 3000][::3]
    assert len(items) > 15 and any(case.name.startswith("mup") for case in items)
    assert failures(items, "cpu", ("--cpu-pairs", "--mcpu=x86-64-v3")) == []


@pytest.mark.parametrize("target", ["cpu", "oracle"])
def test_bank_writes(target):
    assert failures(cases.state_cases(64, seed=13), target) == []


@pytest.mark.parametrize("target", ["cpu", "oracle"])
def test_tokens(target):
    assert failures(cases.token_cases(48, seed=14), target) == []


@pytest.mark.parametrize("target", ["cpu", "oracle"])
def test_mixed_functions(target):
    assert failures(mixed.mixed_cases(), target) == []


def test_a_wrong_answer_is_seen():
    """The checker itself: other numbers than the kernel's must fail."""
    case = cases.attend_cases(2, seed=15)[1]
    session = m.Session(m.Model(device(), m.compile_text(case.text())))
    outputs = session.step(case.name, case.inputs())
    assert case.check(outputs) <= 1
    name = list(outputs)[0]
    outputs[name].flat[0] += 1e-3
    assert case.check(outputs) > 1
