"""What must be the same bits: splits of calls, far positions, kept slots,
interleaved streams, repeated runs."""

import importlib.util
import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import cases
import msart as m

_spec = importlib.util.spec_from_file_location("layer", os.path.join(m.ROOT, "examples", "layer.py"))
layer = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(layer)


@pytest.fixture(scope="module")
def small():
    shape = layer.Shape(width=32, heads=2, segment=24, window=16, slots=4)
    device = m.Device("cpu", 2)
    return m.Model(device, m.compile_text(layer.byte_lm(shape, 2)))


def text(n, seed=0):
    return np.random.default_rng(seed).integers(0, 256, n)


def logits(results):
    return np.concatenate([r[2]["logits"][0, : r[1][0]] for r in results if r[1][0] > 0])


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.integers(0, 60), max_size=12), saved=st.integers(0, 12))
def test_splits_do_not_change_a_bit(small, pieces, saved):
    """One call, or any calls with the stream saved and restored between two."""
    tokens = text(24 * 9 + 7)
    session = m.Session(small)
    stream = m.Stream(session, "segment")
    stream.feed(tokens)
    stream.flush()
    whole, state = logits(stream.results), session.export()
    session = m.Session(small)
    stream = m.Stream(session, "segment")
    results, at = [], 0
    for k, n in enumerate([*pieces, len(tokens)]):
        if k == saved:
            blob, results = stream.export(), stream.results
            session = m.Session(small)
            stream = m.Stream(session, "segment")
            stream.restore(blob)
        stream.feed(tokens[at: at + n])
        at += n
    stream.flush()
    assert np.array_equal(logits(results + stream.results), whole)
    assert session.export() == state


def test_positions_far_out(small):
    """The window is full from the start, so only the position differs."""
    tokens = text(24 * 8)
    seen = None
    for start in (1000, 2**24 - 50, 2**31 - 50, 2**32 - 50, 2**53, 2**62):
        session = m.Session(small)
        stream = m.Stream(session, "segment")
        stream.set_position(start)
        stream.feed(tokens)
        got = (logits(stream.results).tobytes(), session.export())
        assert seen is None or got == seen, start
        assert stream.position() == start + len(tokens)
        seen = got


def test_interleaved_streams_and_repeats(small):
    alone = []
    for k in range(6):
        session = m.Session(small)
        stream = m.Stream(session, "segment")
        stream.feed(text(24 * 5, k))
        alone.append(logits(stream.results))
    sessions = [m.Session(small) for _ in range(6)]
    streams = [m.Stream(s, "segment") for s in sessions]
    for part in range(5):
        for k, stream in enumerate(streams):
            stream.feed(text(24 * 5, k)[24 * part: 24 * (part + 1)])
    for k, stream in enumerate(streams):
        assert np.array_equal(logits(stream.results), alone[k])


def test_saved_state_goes_on(small):
    tokens = text(24 * 6)
    session = m.Session(small)
    stream = m.Stream(session, "segment")
    stream.feed(tokens)
    whole = logits(stream.results)
    first = m.Session(small)
    stream = m.Stream(first, "segment")
    stream.feed(tokens[: 24 * 3])
    second = m.Session(small)
    second.restore(first.export())
    onward = m.Stream(second, "segment")
    onward.set_position(24 * 3)
    onward.feed(tokens[24 * 3:])
    assert np.array_equal(logits(onward.results), whole[24 * 3:])
    # The stream itself holds position and unfinished segment too.
    stream.feed(tokens[24 * 3: 24 * 4 + 5])
    third = m.Stream(m.Session(small), "segment")
    third.restore(stream.export())
    third.feed(tokens[24 * 4 + 5:])
    assert third.position() == 24 * 6
    assert np.array_equal(logits(third.results), whole[24 * 4:])


def test_kept_slot_after_100000_segments():
    """Slot 0's gate says keep, slot 1's overwrite, by the bias of its candidate."""
    d, k = 8, 2
    source = cases.kept_slot_source(k, d)
    model = m.Model(m.Device("cpu", 1), m.compile_text(source))
    weight = np.zeros((d, 1), np.float32)
    weight[0] = 1.0
    model.set_constant("cz", weight)
    rng = np.random.default_rng(2)
    for name in ("cn", "cr", "mn", "mr"):
        model.set_constant(name, rng.standard_normal((d, d)).astype(np.float32))
    session = m.Session(model)
    bank = rng.standard_normal((1, k, d)).astype(np.float32)
    session.set_state("bank", bank)
    candidate = rng.standard_normal((1, k, d)).astype(np.float32)
    candidate[0, 0, 0], candidate[0, 1, 0] = 3.0, -1.0  # z' = 1 for slot 0
    run, _ = session.prepare("step", [candidate])
    for _ in range(100000):
        run()
    now = session.get_state("bank")
    assert np.array_equal(now[0, 0], bank[0, 0])
    assert not np.array_equal(now[0, 1], bank[0, 1])
