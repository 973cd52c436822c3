"""Steps are work of PyTorch's streams: in order with its kernels, and not waited for.

    PARTS    what test/gpu/models.py runs; they need a GPU, and say so elsewhere"""

import contextlib
import functools
import os
import time

import torch

import msa
from packed import same

LONG = 400_000_000  # cycles, some 0.2 s: longer than the host needs for what it does meanwhile
SHORT = 1_000_000   # some 0.5 ms: what comes after it has not begun when the host goes on
TIMES = 100


def _on_gpu(part):
    @functools.wraps(part)
    def run(c):
        return part(c) if c.cuda and not c.small else ({}, [])
    return run


@contextlib.contextmanager
def _device(graphs, early):
    """Devices that are opened meanwhile record graphs or do not, launch kernels early or do not."""
    set_to = {"MSA_CUDA_GRAPHS": graphs, "MSA_CUDA_DEPENDENT_LAUNCH": early}
    before = {name: os.environ.get(name) for name in set_to}
    os.environ.update(set_to)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)


def _models(c):
    """(name, model, item, case) with graphs and without, and with graphs of launches that are not early, of the first
    models of the pack."""
    for graphs, early in (("on", "on"), ("off", "on"), ("on", "off")):
        with _device(graphs, early):
            device = msa.Device(c.device)
        for item in c.models[:3]:
            case, steps = c.cases(item)[0]
            yield f"{item.name}, graphs {graphs}, early {early}", item.load(device), item, case, steps


def _write(to, tensors):
    for t, x in zip(to, tensors):
        t.copy_(x)


@_on_gpu
def waits(c):
    """With wait=True a step waits for what the current stream has yet to write, and is done when it returns."""
    wrong = []
    for item in c.models[:1]:
        case, _ = c.cases(item)[0]
        true = item.inputs(case, 0, c.where)
        expected = c.session(item).step(true)
        late, session = [torch.zeros_like(x) for x in true], c.session(item)
        outputs = [torch.zeros_like(y) for y in expected]
        c.synchronize()
        stream = torch.cuda.Stream(c.where)
        with torch.cuda.stream(stream):
            torch.cuda._sleep(LONG)
            _write(late, true)
            if stream.query():
                wrong.append("waits: the stream was done too early, this test is blind")
            session.step(late, outputs, wait=True)
            if not stream.query():
                wrong.append("waits: a step that was to be waited for was not done")
        if not same(outputs, expected):
            wrong.append("waits: a step did not wait for the tensors that it reads")
    return {}, wrong


@_on_gpu
def mixed(c):
    """One tensor on the host: the step waits for the stream, and is done when it returns."""
    wrong = []
    for item in [m for m in c.models if len(m.some(f"{c.cases(m)[0][0]}/0/in")) > 1][:1]:
        case, _ = c.cases(item)[0]
        true = item.inputs(case, 0, c.where)
        expected, session = c.session(item).step(true), c.session(item)
        late = [torch.zeros_like(true[0]), *(x.cpu() for x in true[1:])]
        c.synchronize()
        with torch.cuda.stream(torch.cuda.Stream(c.where)):
            torch.cuda._sleep(LONG)
            late[0].copy_(true[0])
            got = session.step(late)
        if not same(got, expected):
            wrong.append(f"{item.name}: tensors on both sides give something else")
        try:
            session.step(late, stream=torch.cuda.current_stream(c.where))
            wrong.append(f"{item.name}: tensors on the host were enqueued")
        except msa.InvalidInput:
            pass
    return {}, wrong


@_on_gpu
def in_order(c):
    """Kernels write the inputs late, a step reads them, kernels read the outputs and overwrite all: nobody waits."""
    wrong, report = [], {}
    for name, model, item, case, _ in _models(c):
        true = item.inputs(case, 0, c.where)
        expected, session = item.session(model).step(true, wait=True), item.session(model)
        late = [torch.zeros_like(x) for x in true]
        outputs = [torch.empty_like(y) for y in expected]
        got = [[torch.empty_like(y) for y in expected] for _ in range(TIMES)]
        for _ in range(2):  # memory is made and the graph recorded
            session.step(late, outputs, keep_state=True)
        c.synchronize()
        stream = torch.cuda.Stream(c.where)
        with torch.cuda.stream(stream):
            torch.cuda._sleep(LONG)
            start = time.perf_counter()
            for i in range(TIMES):
                _write(late, true)
                session.step(late, outputs, keep_state=True)
                if i == 0:
                    first = time.perf_counter() - start
                    if stream.query():
                        wrong.append(f"{name}: the step waited, or this test is blind")
                _write(got[i], outputs)
                for t in (*late, *outputs):
                    t.zero_()
                torch.cuda._sleep(SHORT)
        stream.synchronize()
        report[name] = {"host_us": round(1e6 * first, 1)}
        bad = sum(not same(x, expected) for x in got)
        if bad:
            wrong.append(f"{name}: {bad} of {TIMES} steps were not in order with the stream")
        # Outputs that PyTorch makes and takes back while steps are in flight.
        with torch.cuda.stream(stream):
            kept = []
            for i in range(TIMES):
                y = session.step(true, keep_state=True)
                kept.append(y[0].clone())
                del y
        stream.synchronize()
        if not all(same([x], expected[:1]) for x in kept):
            wrong.append(f"{name}: outputs that were made are wrong")
    return report, wrong


@_on_gpu
def two_streams(c):
    """A session's steps are in order whatever their streams; sessions of one model do not disturb each other."""
    wrong = []
    for name, model, item, case, steps in _models(c):
        inputs = [item.inputs(case, i % steps, c.where) for i in range(12)]
        alone, crossed, beside = (item.session(model) for _ in range(3))
        expected = [alone.step(x, wait=True) for x in inputs]
        end = alone.export()
        c.synchronize()
        a, b = torch.cuda.Stream(c.where), torch.cuda.Stream(c.where)
        got, second = [], []
        for i, x in enumerate(inputs):
            slow, other = (a, b) if i % 2 == 0 else (b, a)
            with torch.cuda.stream(slow):
                torch.cuda._sleep(SHORT if i % 4 else 10 * SHORT)
            handle = slow if i % 3 else slow.cuda_stream
            got.append(crossed.step(x, stream=handle))
            second.append(beside.step(x, stream=other))
        if crossed.export() != end:  # which waits, without a word of ours
            wrong.append(f"{name}: steps in two streams leave another state")
        beside.wait()
        if beside.export() != end:
            wrong.append(f"{name}: a session beside them leaves another state")
        c.synchronize()
        for i, want in enumerate(expected):
            if not same(got[i], want) or not same(second[i], want):
                wrong.append(f"{name}: step {i} in two streams gives something else")
                break
        # The default stream, by its number; then what reads or writes state from the host.
        item_state = item.session(model)
        with torch.cuda.stream(torch.cuda.default_stream(c.where)):
            torch.cuda._sleep(10 * SHORT)
        first = item_state.step(inputs[0], stream=0)
        branch = item_state.fork()
        item_state.reset()
        if not same(branch.step(inputs[1]), expected[1]) or not same(first, expected[0]):
            wrong.append(f"{name}: a fork does not see the step that was enqueued before")
        for s in model.states:
            item_state.set_state(s.name, item.arrays[f"initial/{s.name}"])
        if not same(item_state.step(inputs[0]), expected[0]):
            wrong.append(f"{name}: states set after a step that was enqueued")
    return {}, wrong


@_on_gpu
def captured(c):
    """A step in a stream that is being captured is refused, and the session goes on."""
    wrong, item = [], c.models[0]
    case, _ = c.cases(item)[0]
    inputs, session = item.inputs(case, 0, c.where), c.session(item)
    expected = c.session(item).step(inputs, wait=True)
    outputs = [torch.empty_like(y) for y in expected]
    with torch.cuda.graph(torch.cuda.CUDAGraph()):
        try:
            session.step(inputs, outputs)
            wrong.append("captured: taken")
        except msa.InvalidInput as e:
            if "captured" not in str(e):
                wrong.append(f"captured: {e}")
        inputs[0].clone()  # an empty graph is warned of
    if not same(session.step(inputs), expected):
        wrong.append("captured: the session does not go on")
    return {}, wrong


PARTS = (waits, mixed, in_order, two_streams, captured)
