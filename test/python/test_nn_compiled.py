"""msa.nn held in buffers, exported, compiled and traced."""

import pytest

torch = pytest.importorskip("torch", reason="msa.nn needs PyTorch")

import msa
from msa import nn as N, ops
from test_nn import bits_equal, flat, lm, tokens



def test_streaming_module():
    model, text = lm(), tokens(3, 48)
    stream = N.StreamingModule(model, 3, 16)
    names = {f"layer{i}_{f}" for i in range(2) for f in ("bank", "window_key", "window_value", "carry")}
    assert set(dict(stream.named_buffers())) == names
    with torch.no_grad():
        expected, end = model.segments(text, 16)
        for attempt in range(2):  # position 0 starts anew, whatever the buffers hold
            out = [
                stream(text[:, a:a + 16], torch.full((3,), a), torch.full((3,), 16)) for a in (0, 16, 32)
            ]
            assert torch.equal(torch.cat(out, 1), expected)
            for name, held in stream.named_buffers():
                assert torch.equal(held, getattr(end[int(name[5])], name[7:]))
        held = {n: b.clone() for n, b in stream.named_buffers()}
        stream(text[:, :16], torch.tensor([48, 48, 48]), torch.tensor([16, 0, 3]))
        for name, buffer in stream.named_buffers():
            assert torch.equal(buffer[1], held[name][1]) and not torch.equal(buffer[0], held[name][0])
        stream.reset()
        fresh = N.StreamingModule(model, 3, 16)
        assert bits_equal(list(stream.buffers()), list(fresh.buffers()))


@pytest.mark.parametrize("kw", [dict(), dict(gate="lstm", window=0), dict(top=2, conv=None)], ids=str)
def test_export_of_a_stream(kw):
    pytest.importorskip("msa._compiler", reason="the exported ops are the compiled ones")
    model, text = lm(backend=None, **kw), tokens(2, 48)
    stream = N.StreamingModule(model, 2, 16)
    place = torch.zeros(2, dtype=torch.int64)
    program = torch.export.export(stream, (text[:, :16], place, place + 16))
    program = program.run_decompositions(torch.export.default_decompositions())
    changed = set(program.graph_signature.buffers_to_mutate.values())
    assert changed == set(dict(stream.named_buffers()))
    called = {str(n.target) for n in program.graph.nodes if n.op == "call_function"}
    assert {"msa.attend.default", "msa.rope.default"} <= called
    first = {n: b.clone() for n, b in stream.named_buffers()}
    module = program.module()  # whose buffers are the stream's own
    with torch.no_grad():
        expected, state = model.segments(text, 16)
        got = [module(text[:, a:a + 16], place + a, place + 16) for a in (0, 16, 32)]
        assert torch.allclose(torch.cat(got, 1), expected, atol=1e-5)
        held = dict(module.named_buffers())
        for name in first:
            assert torch.allclose(held[name], getattr(state[int(name[5])], name[7:]), atol=1e-5)
            assert not torch.equal(held[name], first[name])


@pytest.mark.parametrize(
    "kw", [dict(), dict(gate="lstm", window=0, head_dim=16, score="alibi"),
           dict(slots=0),
                                dict(top=2, conv=None, bias=True)], ids=str)
def test_a_stream_of_the_compiled_model(kw):
    """From the module to the runtime: exported, imported, compiled, fed with tokens of two streams in small
    pieces."""
    pytest.importorskip("msa._compiler", reason="needs the compiler half of the package")
    pytest.importorskip("msa._runtime", reason="needs the runtime half of the package")
    model, text, place = lm(backend=None, **kw), tokens(2, 64), torch.zeros(2, dtype=torch.int64)
    compiled = msa.compile_model(N.StreamingModule(model, 2, 16), (text[:, :16], place, place + 16))
    with torch.no_grad(), ops.backend("reference"):
        expected, state = model.segments(text, 16)
    got, stream = torch.zeros_like(expected), compiled.session.stream()
    for a in range(0, 64, 5):
        for row in range(2):
            for positions, lengths, (logits,) in stream.feed(text[row, a:a + 5], row=row):
                for r, (begin, count) in enumerate(zip(positions, lengths)):
                    got[r, begin:begin + count] = torch.from_numpy(logits[r, :count])
    scale = expected.square().mean().sqrt()
    assert ((got - expected).abs() / torch.maximum(expected.abs(), scale)).max() < 1e-5
    for info in compiled.session.model.states:
        held = torch.from_numpy(compiled.session.state(info.name))
        assert torch.allclose(held, getattr(state[int(info.name[5])], info.name[7:]), atol=1e-5)
        assert held.abs().sum() > 0


def test_compiled_backend_agrees():
    pytest.importorskip("msa._compiler", reason="needs the compiler half of the package")
    for kw in (dict(), dict(gate="lstm", head_dim=16,
                            score="alibi"), dict(top=2, pattern=msa.Window(5) | msa.Sink(2))):
        model, text = lm(backend=None, **kw), tokens(2, 48)
        with torch.no_grad():
            got, end = model.segments(text, 16)
            with ops.backend("reference"):
                expected, state = model.segments(text, 16)
            at = model.start_segment(model.initial_state(2), 16)
            out = []
            for i in range(20):
                logits, at = model.step(text[:, i], at)
                out.append(logits)
        scale = expected.square().mean().sqrt()
        assert ((got - expected).abs() / torch.maximum(expected.abs(), scale)).max() < 1e-5
        assert ((torch.stack(out, 1) - expected[:, :20]).abs() / scale).max() < 1e-5
        assert all(torch.allclose(a.double(), b.double(), atol=1e-5) for a, b in zip(flat(end), flat(state)))
        with torch.enable_grad():
            assert model(text[:, :16])[0].requires_grad


@pytest.mark.parametrize("grad", [True, False])
def test_no_graph_breaks(grad):
    if not grad:
        pytest.importorskip("msa._compiler", reason="needs the compiler half of the package")
    model, text = lm(backend=None, top=2), tokens(2, 16)
    with torch.set_grad_enabled(grad):
        expected, state = model(text)
        got, after = torch.compile(model, fullgraph=True, backend="aot_eager")(text)
        assert torch.allclose(got, expected, atol=1e-5)
        assert all(
            torch.allclose(a.double(), b.double(), atol=1e-5) for a, b in zip(flat(after), flat(state)))
        assert got.requires_grad == grad
