"""torch.ops.msa.*: the compiled ops against the references, their registration, tracing and the
dispatcher."""

import threading

import pytest
from hypothesis import given, settings, strategies as st

torch = pytest.importorskip("torch", reason="msa.ops needs PyTorch")
pytest.importorskip("msa._compiler", reason="compiled ops need the compiler half of the package")
pytest.importorskip("msa._runtime", reason="compiled ops need the runtime half of the package")

import cases
import msa
import msart as m
from msa import ops
from msa.ops import checks, kernels, reference as R
from test_ops import DTYPES, attend_arguments, attend_operands, write_weights

O = torch.ops.msa


def same(got, expected, dtype):
    """Within the bounds of the dtype, the reference being computed in f64 from the same numbers."""
    bound, lse_bound = cases.BOUNDS[dtype]
    got, expected = (x if isinstance(x, tuple) else (x,) for x in (got, expected))
    assert len(got) == len(expected)
    for i, (a, b) in enumerate(zip(got, expected)):
        limit = lse_bound if a.dtype == torch.float32 and dtype in ("f16", "bf16") else bound
        assert m.relative_error(a.double().numpy(), b.double().numpy()) <= limit, i


def wide(x):
    if isinstance(x, (list, tuple)):
        return [wide(y) for y in x]
    return x.double() if isinstance(x, torch.Tensor) and x.is_floating_point() else x


@pytest.mark.parametrize("dtype", list(DTYPES))
def test_attend(dtype):
    for i, case in enumerate(cases.attend_cases(20, seed=11, dtypes=(dtype,))):
        arguments, kw = attend_arguments(case)
        kw["score"] = [None, "softcap:3", "alibi", "alibi:3"][i % 4]
        got = ops.attend(*arguments, **kw, backend="compiled")
        assert got[0].dtype == DTYPES[dtype]
        exact = {k: wide(v) if k != "bank_bias" else v for k, v in kw.items()}
        same(got, R.attend(*wide(arguments), **exact), dtype)


@pytest.mark.parametrize("dtype", list(DTYPES))
def test_the_other_ops(dtype):
    t, g = DTYPES[dtype], torch.Generator().manual_seed(1)

    def real(*shape):
        return torch.randn(shape, generator=g, dtype=torch.float64).to(t)

    x = real(2, 3, 7, 12)
    for kw in (dict(), dict(rotary=8, start=-3,
                            interleaved=True), dict(scaling="linear",
                                                    factor=2.5), dict(scaling="ntk", factor=2),
               dict(rotary=6, scaling="yarn", factor=4.0, original=64, offset=torch.tensor([-2, 50]),
                    limit=20)):
        same(ops.rope(x, **kw), R.rope(x.double(), **kw), dtype)
    x, c, w = real(2, 9, 4), real(2, 2, 4), real(3, 4)
    same(ops.short_conv(x, c, w), R.short_conv(*wide([x, c, w])), dtype)
    same(ops.carry(c, x, torch.tensor([1, 12])), R.carry(c, x, torch.tensor([1, 12])), dtype)
    assert torch.equal(ops.carry(c, x), R.carry(c, x))
    out = [
        real(2, 3, 4),
        real(2, 3).to(checks.accumulator(t)),
        real(2, 3, 4),
        real(2, 3).to(checks.accumulator(t))
    ]
    out[1][0, :2], out[3][0, 1:] = float("-inf"), float("-inf")
    got = ops.merge(*out)
    same(got, R.merge(*wide(out)), dtype)
    assert torch.equal(got[0][0, 0], out[2][0, 0]) and (got[0][0, 1]
                                                        == 0).all() and got[1][0, 1] == float("-inf")
    for gate in ("gru", "lstm"):
        for per_slot in (False, True):
            bank, candidate = real(3, 5, 4), real(3, 5, 4)
            weights = [w.to(t) for w in write_weights(gate, per_slot, 4)]
            kw = dict(gate=gate, per_slot=per_slot, stretch=0.3, top=3, scores=torch.randn(3, 5),
                      length=torch.tensor([1, 0, 9]))
            got = ops.bank_write(bank, candidate, weights, **kw)
            expected = R.bank_write(*wide([bank, candidate, weights]), **kw)
            same(got, tuple(expected) if gate == "lstm" else expected, dtype)
            new = got[0] if gate == "lstm" else got
            kept = (expected[0] if gate == "lstm" else expected) == bank.double()
            assert torch.equal(new[kept], bank[kept]) and kept[1].all()
            held = bank.clone()
            again = ops.bank_write_(held, candidate, weights, **kw)
            assert torch.equal(held, new) and (again[0] if gate == "lstm" else again) is held
            if gate == "lstm":
                assert torch.equal(again[1], got[1])


@pytest.mark.parametrize("dtype", [torch.int8, torch.int16, torch.int32, torch.int64])
def test_carry_of_integers(dtype):
    window, segment = (torch.randint(-100, 100, (2, n, 3)).to(dtype) for n in (4, 6))
    length = torch.tensor([2, -1])
    assert torch.equal(ops.carry(window, segment, length), R.carry(window, segment, length))
    held = window.clone()
    assert ops.carry_(held, segment, length) is held and torch.equal(held, R.carry(window, segment, length))


def test_decoding_with_one_query():
    """N = 1 against M keys, a window and a bank: one compiled op for every place in the segment."""
    kernels.clear()
    tensors, fixed = attend_operands(msa.Window(4), torch.float32, N=6, M=6)
    keys = {k: t for k, t in tensors.items() if k != "query"}
    common = dict(pattern=msa.Window(4), bank_bias=fixed["bank_bias"], position=fixed["position"])
    whole, whole_lse = R.attend(tensors["query"].double(), **{k: t.double()
                                                              for k, t in keys.items()}, **common)
    for i in range(6):
        at = torch.tensor([i, i])
        out, lse = ops.attend(tensors["query"][:, :, i:i + 1], **keys, **common, offset=at, length=at + 1)
        assert torch.allclose(out[:, :, 0].double(), whole[:, :, i], atol=1e-5)
        assert torch.allclose(lse[:, :, 0].double(), whole_lse[:, :, i], atol=1e-5)
    assert len(kernels._loaded) == 1


# --- Registration -------------------------------------------------------------------------------------------


def samples():
    r = torch.randn
    tensors, fixed = attend_operands(msa.Blocks(2) | msa.Window(1), torch.float32)
    fixed["pattern"], fixed["scale"] = fixed["pattern"].mlir, 0.5
    bank, candidate = r(2, 5, 4), r(2, 5, 4)
    gru, lstm = (write_weights(g, True, 4, torch.float32) for g in ("gru", "lstm"))
    routing = dict(top=2, scores=r(2, 5), length=torch.tensor([1, 0]))
    return [
        (O.attend, (r(1, 2, 3, 4), r(1, 1, 5, 4), r(1, 1, 5,
                                                    4), "#msa.causal", 0.5), dict(score="alibi:8.0")),
        (O.attend, (), {**tensors, **fixed}),
        (O.merge, (r(2, 3, 4), r(2, 3), r(2, 3, 4), r(2, 3)), {}),
        (O.rope, (r(2, 3, 7, 12), 8), dict(offset=torch.tensor([1, 2]), limit=20)),
        (O.rope, (r(2, 3, 7, 12), 12), {}),
        (O.short_conv, (r(2, 9, 4), r(2, 2, 4), r(3, 4)), {}),
        (O.carry, (r(2, 3, 5, 4), r(2, 3, 7, 4), torch.tensor([3, 9])), {}),
        (O.carry_, (r(2, 3, 5, 4), r(2, 3, 7, 4)), {}),
        (O.bank_write, (bank, candidate, gru, True, 0.1), {}),
        (O.bank_write_, (bank, candidate, gru, True), routing),
        (O.bank_write_lstm, (bank, candidate, lstm, True, 0.1), routing),
        (O.bank_write_lstm_, (bank, candidate, lstm, True, 0.1), {}),
    ]


@pytest.mark.parametrize("index", range(12))
def test_opcheck(index):
    op, arguments, kw = samples()[index]
    result = torch.library.opcheck(op.default, arguments, kw)
    assert set(result.values()) == {"SUCCESS"}, result


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_fakes_have_the_shapes_of_the_references(data):
    """Shapes, dtypes and errors of fake tensors are those of a real call."""
    draw = data.draw
    B, KV, group, N, M = (draw(st.integers(1, 3)) for _ in range(5))
    D, Dv, W, K = (draw(st.integers(1, 4)) for _ in range(4))
    dtype = draw(st.sampled_from(list(DTYPES.values())))

    def real(*shape):
        shape = [max(0, n + draw(st.sampled_from([0] * 40 + [1, -1]))) for n in shape]  # some are wrong
        return torch.ones(shape, dtype=dtype)

    kw = dict(pattern="#msa.causal", scale=1.0)
    if draw(st.booleans()):
        kw.update(window_key=real(B, KV, W, D), window_value=real(B, KV, W, Dv))
    if draw(st.booleans()):
        kw.update(bank_key=real(B, KV, K, D), bank_value=real(B, KV, K, Dv))
        if draw(st.booleans()):
            kw["bank_bias"] = torch.zeros(KV * group + draw(st.sampled_from([0] * 9 + [1])))
    if draw(st.booleans()):
        kw["length"] = torch.full((B,), M)
    arguments = real(B, KV * group, N, D), real(B, KV, M, D), real(B, KV, M, Dv)
    fakes = torch._subclasses.FakeTensorMode()
    fake = [fakes.from_tensor(x) for x in arguments]
    fake_kw = {k: fakes.from_tensor(x) if isinstance(x, torch.Tensor) else x for k, x in kw.items()}
    try:
        expected = R.attend(*arguments, **{**kw, "pattern": msa.Causal()})
    except msa.InvalidInput as error:
        with pytest.raises(msa.InvalidInput) as other, fakes:
            O.attend(*fake, **fake_kw)
        assert str(other.value) == str(error)
        return
    with fakes:
        got = O.attend(*fake, **fake_kw)
    assert [(x.shape, x.dtype) for x in got] == [(x.shape, x.dtype) for x in expected]
    with torch.device("meta"):
        on_meta = O.attend(*(x.to("meta") for x in arguments),
                           **{k: x.to("meta") if isinstance(x, torch.Tensor) else x
                              for k, x in kw.items()})
    assert [x.shape for x in on_meta] == [x.shape for x in expected]


def test_no_gradients():
    tensors, fixed = attend_operands(msa.Causal(), torch.float32)
    tensors["query"].requires_grad_()
    with pytest.raises(msa.GradientsNotSupported, match="msa.ops.reference.attend"):
        ops.attend(**tensors, **fixed, backend="compiled")
    with ops.backend("compiled"), pytest.raises(msa.GradientsNotSupported):
        ops.attend(**tensors, **fixed)
    auto, lse = ops.attend(**tensors, **fixed)
    assert auto.requires_grad and torch.equal(auto, R.attend(**tensors, **fixed)[0])
    with torch.no_grad():
        compiled = ops.attend(**tensors, **fixed)[0]
        assert torch.equal(compiled, ops.attend(**tensors, **fixed, backend="compiled")[0])
        same(compiled, auto, "f32")
    with torch.inference_mode():
        assert torch.equal(compiled, ops.attend(**tensors, **fixed)[0])
    pattern = fixed.pop("pattern").mlir
    out, _ = O.attend(**tensors, **fixed, pattern=pattern, scale=0.5)
    with pytest.raises(msa.GradientsNotSupported, match="msa.ops.reference.attend"):
        out.sum().backward()
    bank, weights = torch.randn(2, 3, 4), write_weights("gru", True, 4, torch.float32)
    with pytest.raises(msa.GradientsNotSupported):
        ops.bank_write_(bank, torch.randn(2, 3, 4, requires_grad=True), weights, per_slot=True,
                        backend="compiled")


def test_the_backend_of_a_block_is_of_its_thread():
    seen = []
    with ops.backend("reference"):
        with ops.backend(None):
            assert ops.compiled("x", None, ())
        thread = threading.Thread(target=lambda: seen.append(ops.compiled("x", None, ())))
        thread.start(), thread.join()
        assert seen == [True] and not ops.compiled("x", None, ())
    assert ops.compiled("x", None, ())
    with pytest.raises(msa.InvalidInput):
        ops.carry(torch.ones(1, 1, 1), torch.ones(1, 1, 1), backend="fast")
    with pytest.raises(msa.InvalidInput), ops.backend("fast"):
        pass


def test_layout():
    """Raw ops make no copies of their own; msa.ops does."""
    tensors, fixed = attend_operands(msa.Causal(), torch.float32)
    expected = ops.attend(**tensors, **fixed)
    strided = {k: t.transpose(1, 2).contiguous().transpose(1, 2) for k, t in tensors.items()}
    assert not strided["key"].is_contiguous()
    got = ops.attend(**strided, **fixed)
    assert all(torch.equal(a, b) for a, b in zip(got, expected))
    with pytest.raises(msa.InvalidInput, match="contiguous"):
        O.attend(**strided, **{**fixed, "pattern": "#msa.causal"}, scale=0.5)
    # A view that begins anywhere in its storage is dense all the same.
    moved = {k: torch.cat([torch.zeros(1), t.flatten()])[1:].view(t.shape) for k, t in tensors.items()}
    assert all(torch.equal(a, b) for a, b in zip(ops.attend(**moved, **fixed), expected))
    with pytest.raises(msa.InvalidInput, match="contiguous"):
        ops.carry_(torch.ones(2, 3, 4).transpose(1, 2), torch.ones(2, 5, 3))
    with pytest.raises(msa.InvalidInput, match="no compiled form"):
        ops.attend(**tensors, **fixed, score=lambda s, *_: s)
    with pytest.raises(msa.InvalidInput):
        O.attend(**tensors, **{**fixed, "pattern": "#msa.nonsense"}, scale=0.5)


def test_loaded_ops_are_bounded_and_shared(monkeypatch):
    kernels.clear()
    monkeypatch.setattr(kernels, "CAPACITY", 3)
    loads = []
    load = kernels.load
    monkeypatch.setattr(kernels, "load", lambda *a: loads.append(a) or load(*a))
    x = [torch.randn(1, 1, n, 4) for n in range(1, 6)]
    for t in x:
        ops.rope(t), ops.rope(t)
    assert len(loads) == 5 and len(kernels._loaded) == 3
    ops.rope(x[4]), ops.rope(x[0])
    assert len(loads) == 6
    kernels.clear()


def test_threads():
    tensors, fixed = attend_operands(msa.Causal(), torch.float32, N=64, M=64)
    fixed["length"] = torch.tensor([64, 40])
    expected, failures = ops.attend(**tensors, **fixed), []

    def work():
        for _ in range(40):
            got = ops.attend(**tensors, **fixed)
            if not all(torch.equal(a, b) for a, b in zip(got, expected)):
                failures.append(1)

    threads = [threading.Thread(target=work) for _ in range(6)]
    [t.start() for t in threads], [t.join() for t in threads]
    assert not failures


# --- Tracing ------------------------------------------------------------------------------------------------


class Everything(torch.nn.Module):
    def forward(self, x, carried, weight, bank, position):
        c = ops.short_conv(x, carried, weight)
        h = c.unflatten(2, (2, 4)).transpose(1, 2)
        k = ops.rope(h, rotary=4)
        out, lse = ops.attend(k, k, h, pattern=msa.Window(3) | msa.Sink(2), position=position,
                              score="softcap:5")
        out, lse = ops.merge(out, lse, out, lse)
        new = ops.bank_write(bank, bank * 2, self.weights, per_slot=True, stretch=0.1)
        return out, lse, new, ops.carry(carried, x)


def everything():
    torch.manual_seed(0)
    model = Everything()
    model.weights = write_weights("gru", True, 8, torch.float32)
    return model, (torch.randn(2, 6, 8), torch.randn(2, 2, 8), torch.randn(3, 8), torch.randn(2, 5, 8),
                   torch.tensor([0, 9]))


def test_compile_has_no_graph_breaks():
    model, arguments = everything()
    expected = model(*arguments)
    explained = torch._dynamo.explain(model)(*arguments)
    assert explained.graph_break_count == 0, explained.break_reasons
    got = torch.compile(model, fullgraph=True, backend="aot_eager")(*arguments)
    assert all(torch.equal(a, b) for a, b in zip(got, expected))
    # And with gradients, through the references.
    arguments[0].requires_grad_()
    expected = model(*arguments)
    got = torch.compile(model, fullgraph=True, backend="aot_eager")(*arguments)
    assert got[0].requires_grad and all(torch.allclose(a, b, atol=1e-6) for a, b in zip(got, expected))
    gradients = [torch.autograd.grad(x[0].sum() + x[2].sum(), arguments[0])[0] for x in (got, expected)]
    assert torch.allclose(*gradients, atol=1e-5)


@pytest.mark.parametrize("strict", [False, True])
def test_export_keeps_the_ops(strict):
    model, arguments = everything()
    expected = model(*arguments)
    program = torch.export.export(model, arguments, strict=strict)
    names = {str(n.target) for n in program.graph.nodes if n.op == "call_function"}
    for name in ("attend", "bank_write", "carry", "merge", "rope", "short_conv"):
        assert f"msa.{name}.default" in names
    assert all(torch.equal(a, b) for a, b in zip(program.module()(*arguments), expected))
    again = program.run_decompositions(torch.export.default_decompositions())
    assert all(torch.equal(a, b) for a, b in zip(again.module()(*arguments), expected))


def test_export_with_parameters_that_require_grad():
    class Layer(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.randn(3, 8))

        def forward(self, x, carried):
            return ops.short_conv(x, carried, self.weight)

    program = torch.export.export(Layer(), (torch.randn(2, 6, 8), torch.randn(2, 2, 8)))
    assert "msa.short_conv.default" in {str(n.target) for n in program.graph.nodes}


def test_a_gpu_that_is_not_there():
    if torch.cuda.is_available():
        pytest.skip("there is one")
    assert kernels.device_name(torch.device("cuda", 1)) == "cuda:1"
    with pytest.raises(msa.UnsupportedDevice):
        kernels.load("func.func @run(%a: tensor<4xf32>) -> tensor<4xf32> {\n  return %a : tensor<4xf32>\n}\n",
                     "cuda:0")
    with pytest.raises(msa.UnsupportedDevice):
        kernels.device_name(torch.device("xpu"))
