"""msa.nn: the layer against the same layer elsewhere, streams, causality, memory, and token-by-token
generation."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="msa.nn needs PyTorch")

import layer as source
import msa
import torch_layer
from msa import nn as N

F64 = torch.float64


def lm(seed=0, layers=2, dtype=torch.float32, backend="reference", **kw):
    torch.manual_seed(seed)
    options = dict(kv_heads=2, window=8, slots=6)
    return N.MemoryLM(50, 32, layers, 4, backend=backend, **{**options, **kw}).to(dtype).eval()


def tokens(batch, count, seed=1):
    return torch.randint(0, 50, (batch, count), generator=torch.Generator().manual_seed(seed))


def flat(state):
    """All tensors of a model's state."""
    return [t for s in state for t in s if t is not None]


def bits_equal(a, b):
    return len(a) == len(b) and all(torch.equal(x, y) for x, y in zip(a, b))


# --- The same layer elsewhere -------------------------------------------------------------------------------


def named(shape, seed=2):
    return {k: torch.from_numpy(v) for k, v in torch_layer.draw(source.weights(shape), seed).items()}


def block_of(shape, weights, dtype=F64, backend="reference"):
    """A MemoryBlock with the weights of examples/layer.py."""
    block = N.MemoryBlock(shape.width, shape.heads, mlp=shape.mlp, window=shape.window, slots=shape.slots,
                          conv=shape.conv, gate=shape.gate, backend=backend).to(dtype)
    a, d = block.attention, shape.width
    with torch.no_grad():
        for name, p in (("wq", a.q_proj), ("wk", a.k_proj), ("wv", a.v_proj)):
            p.weight.copy_(weights[name].permute(1, 0, 2).reshape(d, d).T)
        for name, p in (("conv", a.conv), ("bias", a.bank_bias), ("norm1", block.norm1.weight)):
            p.copy_(weights[name])
        a.o_proj.weight.copy_(weights["wo"].T), a.slot_query.copy_(weights["slots"][0])
        for g in {"gru": "rzn", "lstm": "ifog"}[shape.gate]:
            for ours, theirs in (("W", "c_"), ("U", "m_"), ("b", "b_")):
                getattr(a.gate, ours + g).copy_(weights[theirs + g])
        if shape.mlp:
            block.norm2.weight.copy_(weights["norm2"])
            block.mlp[0].weight.copy_(weights["w1"].T), block.mlp[2].weight.copy_(weights["w2"].T)
    return block


@pytest.mark.parametrize("window,segment", [(8, 16), (20, 16), (16, 16)])
def test_the_layer_is_that_of_the_benchmarks(window, segment):
    s = source.Shape(width=32, heads=2, segment=segment, window=window, slots=6, mlp=2)
    weights = named(s)
    peer = torch_layer.Layer(torch, s, torch_layer.draw(source.weights(s)), F64)
    block = block_of(s, weights)
    state = [torch.from_numpy(v).double() for v in torch_layer.random_state(s).values()]
    ours = N.State(*state, torch.tensor([1000]))
    for i in range(3):
        x = torch.randn(segment, 32, dtype=F64)
        y, *state = peer.step(x, *state)
        got, ours = block(x[None], ours)
        assert torch.allclose(got[0], y, atol=1e-12) and int(ours.position) == 1000 + (i + 1) * segment
        assert all(torch.allclose(a, b, atol=1e-12) for a, b in zip(ours, state))


@pytest.mark.parametrize("gate", ["gru", "lstm"])
@pytest.mark.parametrize("backend", ["reference", "compiled"])
def test_the_layer_is_that_of_the_dialect(gate, backend):
    """examples/layer.py compiled, against the module in f32, from position 0 on and with segments that are short and
    empty. The bank's bias is such that what is read of it counts."""
    pytest.importorskip("msa._compiler", reason="needs the compiler half of the package")
    s = source.Shape(width=32, heads=2, segment=16, window=8, slots=6, mlp=2, gate=gate)
    weights = named(s)
    weights["bias"] = torch.zeros_like(weights["bias"])
    model = msa.load(msa.compile(source.layer_entry(s)), "cpu:1")
    for name, value in weights.items():
        model.set_constant(name, value)
    session, block = model.session(), block_of(s, weights, torch.float32, backend)
    state = block.attention.initial_state(1)
    state = state._replace(bank=torch.zeros_like(state.bank),  # as a new session has it
                           read=None if state.read is None else torch.zeros_like(state.read))
    with torch.no_grad():
        at = 0
        for valid in (16, 16, 5, 0, 16):
            x, length = torch.randn(16, 32), torch.tensor([valid])
            y, = session.step([x, torch.tensor([at]), length])
            got, state = block(x[None], state, length=length)
            at += valid
            assert torch.allclose(got[0, :valid], y[:valid], atol=1e-5)
    held = dict(zip(("bank", "window_k", "window_v", "carry"), state))
    held.update({} if state.read is None else {"read": state.read})
    assert held.keys() == {n for n, _ in source.states(s)}
    for name, value in held.items():
        assert torch.allclose(value, torch.from_numpy(np.asarray(session.state(name))), atol=1e-5)


# --- Causality ----------------------------------------------------------------------------------------------

CAUSAL = [
    dict(),
    dict(window=0),
    dict(conv=None),
    dict(rope=None, conv=4),
    dict(gate="lstm"),
    dict(top=2),
    dict(slots=0),
    dict(pattern=msa.Window(3) | msa.Sink(2)),
    dict(pattern=msa.Full(), window=0),
    dict(pattern=msa.Global(2)),
    dict(pattern=msa.Window(3, 3) | msa.Strided(4)),
    dict(pattern=msa.Random(2, 4, 4, seed=3)),
    dict(kv_heads=4, score="softcap:5"),
    dict(head_dim=16, score="alibi"),
    dict(kv_heads=1, stretch=0.0, per_slot=False),
    dict(rope=N.RopeConfig(scaling="yarn", factor=4.0, original=8, rotary=4, interleaved=True)),
    dict(window=3),
    dict(window=20),
    dict(layers=3),
    dict(layers=1, bank_bias=0.0),
]


@pytest.mark.parametrize("index", range(len(CAUSAL)))
def test_no_output_depends_on_the_future(index):
    """500 cases each, 10,000 in all: a token of row b changes at a random place, and no bit before it
    does."""
    model, rows, segment, count = lm(**CAUSAL[index]), 500, 12, 36
    first = tokens(rows, count, seed=index)
    g = torch.Generator().manual_seed(100 + index)
    at = torch.randint(0, count, (rows,), generator=g)
    other = first.clone()
    other[torch.arange(rows),
          at] = (first[torch.arange(rows), at] + torch.randint(1, 50, (rows,), generator=g)) % 50
    with torch.no_grad():
        a, b = model.segments(first, segment)[0], model.segments(other, segment)[0]
    same = (a == b).all(2)
    place = torch.arange(count)
    assert same[place[None] < at[:, None]].all()
    assert not same[torch.arange(rows), at].any()  # and the token itself is seen


def test_a_model_that_is_not_causal_is_found_out():
    model = lm(pattern=msa.Window(3, 3), causal=False)
    first = tokens(64, 12)
    other = first.clone()
    other[:, 8] = (other[:, 8] + 1) % 50
    with torch.no_grad():
        a, b = model(first)[0], model(other)[0]
    assert not (a == b)[:, :8].all()


# --- Streams ------------------------------------------------------------------------------------------------


def test_calls_do_not_change_bits():
    """Whole segments, in one call or in many, from states that were kept, copied and restored between
    them."""
    model, text = lm(), tokens(3, 80)
    with torch.no_grad():
        whole, end = model.segments(text, 16)
        for cuts in ([16], [32, 48], [16, 32, 48, 64]):
            parts, state = [], None
            for a, b in zip([0, *cuts], [*cuts, 80]):
                out, state = model.segments(text[:, a:b], 16, state)
                state = tuple(s.map(torch.clone) for s in state)
                parts.append(out)
            assert torch.equal(torch.cat(parts, 1), whole) and bits_equal(flat(state), flat(end))


def test_a_hundred_interleaved_streams_are_each_alone():
    model, count = lm(), 100
    texts = [tokens(1, 16 * 4, seed=s) for s in range(count)]
    rng = np.random.default_rng(0)
    with torch.no_grad():
        alone = [model.segments(t, 16) for t in texts]
        states, outs, at = [model.initial_state(1)] * count, [[] for _ in range(count)], [0] * count
        for s in rng.permutation(np.repeat(np.arange(count), 4)):
            out, states[s] = model(texts[s][:, at[s]:at[s] + 16], states[s])
            outs[s].append(out)
            at[s] += 16
        for s in range(count):
            assert torch.equal(torch.cat(outs[s], 1), alone[s][0]) and bits_equal(
                flat(states[s]), flat(alone[s][1]))
        # As one batch, positions of their own: equal up to the order of sums in a matrix product.
        batch = tuple(N.State.stack(s) for s in zip(*(a[1] for a in alone)))
        more = tokens(count, 16, seed=7)
        together, after = model(more, batch)
        for s in (0, 17, 99):
            one, state = model(more[s:s + 1], alone[s][1])
            assert torch.allclose(together[s:s + 1], one, atol=1e-5)
            assert all(torch.allclose(a.row(s)[0], b[0], atol=1e-5) for a, b in zip(after, state))


def test_rows_of_a_batch_do_not_touch_each_other():
    model, text = lm(top=3), tokens(8, 48)
    other = text.clone()
    other[3] = (other[3] + 1) % 50
    with torch.no_grad():
        (a, sa), (b, sb) = (model.segments(t, 16) for t in (text, other))
    rows = [i for i in range(8) if i != 3]
    assert torch.equal(a[rows], b[rows]) and not torch.equal(a[3], b[3])
    assert bits_equal([t[rows] for t in flat(sa)], [t[rows] for t in flat(sb)])


@pytest.mark.parametrize(
    "kw",
    [dict(), dict(gate="lstm", window=20),
     dict(top=2, conv=None),
     dict(slots=0),
     dict(window=0)], ids=str)
def test_length_is_a_shorter_segment(kw):
    model, text = lm(dtype=F64, **kw), tokens(3, 16)
    with torch.no_grad():
        _, state = model(tokens(3, 16, seed=5))
        for valid in (1, 7, 16):
            short, after = model(text[:, :valid], state)
            padded, other = model(text, state, length=torch.full((3,), valid))
            assert torch.allclose(padded[:, :valid], short, atol=1e-12)
            assert all(
                torch.allclose(a.double(), b.double(), atol=1e-12) for a, b in zip(flat(after), flat(other)))
        out, other = model(text, state, length=torch.tensor([16, 0, -3]))
        for before, after in zip(flat(state), flat(other)):
            assert torch.equal(before[1:], after[1:]) and not torch.equal(before[0], after[0])


def test_positions_do_not_change_bits():
    """Once the window is full, nothing that floats knows how far the stream is."""
    model, text = lm(), tokens(2, 32)
    with torch.no_grad():
        _, state = model.segments(tokens(2, 32, seed=3), 16)
        expected = None
        for position in (1000, (1 << 24) - 5, (1 << 31) - 9, (1 << 32) - 1, 1 << 62):
            moved = tuple(s._replace(position=torch.full((2,), position)) for s in state)
            got, after = model.segments(text, 16, moved)
            expected = got if expected is None else expected
            assert torch.equal(got, expected) and int(after[0].position[0]) == position + 32


# --- Memory -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gate", ["gru", "lstm"])
def test_slots_that_are_kept_keep_their_bits(gate):
    model = lm(gate=gate, layers=1, top=None)
    attention = model.blocks[0].attention
    with torch.no_grad():
        # The sign of a slot's first channel decides: it is kept, or written at once.
        attention.bank_start[:, 0] = torch.tensor([1.0, -1, 1, -1, 1, 1])
        for name, sign in {"gru": {"z": 1}, "lstm": {"f": 1, "i": -1}}[gate].items():
            getattr(attention.gate, "W" + name).zero_()
            bank_weight = getattr(attention.gate, "U" + name).zero_()
            bank_weight[0] = sign * 1e3
        start = model.initial_state(2)
        _, state = model.segments(tokens(2, 16 * 60), 16, start)
        kept = [0, 2, 4, 5]
        assert torch.equal(state[0].bank[:, kept], start[0].bank[:, kept])
        assert (state[0].bank[:, [1, 3]] != start[0].bank[:, [1, 3]]).any(2).all()


def test_at_most_top_slots_are_written():
    model = lm(top=2, layers=1)
    with torch.no_grad():
        state = model.initial_state(4)
        for i in range(10):
            _, after = model(tokens(4, 16, seed=i), state)
            changed = (after[0].bank != state[0].bank).any(2).sum(1)
            assert (changed <= 2).all() and (changed > 0).any()
            state = after


def test_a_gate_starts_open():
    torch.manual_seed(0)
    attention = N.MemorySparseAttention(128, 4, slots=64)
    g = attention.gate
    with torch.no_grad():
        z = torch.sigmoid(torch.randn(1000, 128) @ g.Wz + 0.5 * torch.randn(1000, 128) @ g.Uz + g.bz)
    assert 0.4 < float(z.mean()) < 0.6 and float(((z > 1 / 12) & (z < 11 / 12)).float().mean()) > 0.9


@pytest.mark.parametrize("kw", [dict(), dict(gate="lstm"), dict(top=3)], ids=str)
def test_gradients_flow_through_the_bank(kw):
    """No window, no convolution: what happens in the first segment reaches the third through the bank
    alone."""
    model = lm(window=0, conv=None, layers=1, bank_bias=0.0, **kw)
    for cut in (False, True):
        x = model.embedding(tokens(2, 16)).detach().requires_grad_()
        _, state = model.blocks[0](x)
        _, state = model.blocks[0](model.embedding(tokens(2, 16, seed=2)), N.detach(state) if cut else state)
        y, _ = model.blocks[0](model.embedding(tokens(2, 16, seed=3)), state)
        gradient, = torch.autograd.grad(y.square().sum(), x, allow_unused=True)
        assert gradient is None if cut else float(gradient.abs().sum()) > 0


@pytest.mark.parametrize("kw",
                         [dict(), dict(gate="lstm", head_dim=6, bias=True),
                          dict(top=2, window=0)], ids=str)
def test_every_parameter_learns(kw):
    model = lm(**kw)
    logits, state = model.segments(tokens(4, 64), 16)
    logits.square().mean().backward()
    assert not [n for n, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert all(t.requires_grad for s in state for n, t in zip(s._fields, s) if n == "bank")


def test_gradients_of_the_layer():
    torch.manual_seed(0)
    attention = N.MemorySparseAttention(4, 2, window=2, slots=2, kv_heads=1, bank_bias=0.0,
                                        backend="reference").double()
    start = attention.initial_state(1)
    parts = [
        torch.randn(t.shape, dtype=F64, requires_grad=True) for t in start
        if t is not None and t.is_floating_point()
    ]
    names = list(dict(attention.named_parameters()))
    values = [p.detach().requires_grad_() for n, p in attention.named_parameters() if n != "bank_bias"]
    names = [n for n in names if n != "bank_bias"]

    def run(x, bank, key, value, carry, *weights):
        state = N.State(bank, key, value, carry, torch.tensor([5]))
        y, new = torch.func.functional_call(attention, dict(zip(names, weights)), (x, state))
        return (y, *new[:4])

    assert torch.autograd.gradcheck(run,
                                    [torch.randn(1, 3, 4, dtype=F64, requires_grad=True), *parts, *values],
                                    fast_mode=True)


def test_truncation_and_recomputation():
    text = tokens(2, 96)
    results = []
    for options in (dict(), dict(recompute=True), dict(truncate=2), dict(truncate=2, recompute=True)):
        model = lm(dtype=F64)
        logits, _ = model.segments(text, 16, **options)
        logits.square().mean().backward()
        results.append((logits.detach(), {n: p.grad for n, p in model.named_parameters()}))
    for logits, _ in results[1:]:
        assert torch.equal(logits, results[0][0])
    for a, b in ((0, 1), (2, 3)):
        assert all(torch.allclose(results[a][1][n], results[b][1][n], atol=1e-12) for n in results[a][1])
    assert any(not torch.allclose(results[0][1][n], results[2][1][n], atol=1e-9) for n in results[0][1])


# --- Token by token -----------------------------------------------------------------------------------------

STEPS = [
    dict(),
    dict(window=20),
    dict(window=0),
    dict(gate="lstm"),
    dict(top=2),
    dict(conv=None, rope=None),
    dict(slots=0),
    dict(pattern=msa.Window(3) | msa.Sink(2)),
    dict(head_dim=16, score="alibi")
]


@pytest.mark.parametrize("kw", STEPS, ids=str)
@pytest.mark.parametrize("dtype,tolerance", [(F64, 1e-12), (torch.float32, 1e-5)])
def test_steps_are_segments(kw, dtype, tolerance):
    model, text = lm(dtype=dtype, **kw), tokens(3, 40)
    with torch.no_grad():
        whole, end = model.segments(text, 16)
        at, out = model.start_segment(model.initial_state(3), 16), []
        for i in range(40):
            logits, at = model.step(text[:, i], at)
            out.append(logits)
        state = model.end_segment(at)
    scale = whole.square().mean().sqrt()
    assert ((torch.stack(out, 1) - whole).abs() / torch.maximum(whole.abs(), scale)).max() <= tolerance
    for a, b in zip(flat(state), flat(end)):
        assert torch.allclose(a.double(), b.double(), atol=tolerance)
    assert [int(p) for p in state[0].position] == [40] * 3


def test_streams_step_at_their_own_pace():
    model, text = lm(dtype=F64), tokens(4, 40)
    rng = np.random.default_rng(0)
    with torch.no_grad():
        whole, _ = model.segments(text, 16)
        at, count = model.start_segment(model.initial_state(4), 16), [0] * 4
        while min(count) < 40:
            active = torch.tensor([bool(rng.random() < 0.6) and c < 40 for c in count])
            place = torch.tensor([min(c, 39) for c in count])
            before = at
            logits, at = model.step(text[torch.arange(4), place], at, active)
            for row in range(4):
                if active[row]:
                    assert torch.allclose(logits[row], whole[row, count[row]], atol=1e-12)
                    count[row] += 1
                else:
                    assert bits_equal([t[row] for t in flat(s.state for s in at)],
                                      [t[row] for t in flat(s.state for s in before)])
                    assert all(torch.equal(a.count[row], b.count[row]) for a, b in zip(at, before))


# --- Numbers, state, arguments -------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_16_bit_models(dtype):
    model, exact, text = lm(dtype=dtype), lm(dtype=F64), tokens(2, 48)
    exact.load_state_dict(model.state_dict())
    logits, state = model.segments(text, 16)
    assert logits.dtype == dtype and all(t.dtype == dtype for t in flat(state) if t.is_floating_point())
    logits.float().square().mean().backward()
    assert all(p.grad.isfinite().all() for p in model.parameters())
    error = (logits.double() - exact.segments(text, 16)[0]).abs().mean()
    assert error < (0.05 if dtype == torch.bfloat16 else 0.01)


def test_state_is_saved_and_moved():
    model = lm()
    _, state = model(tokens(3, 16))
    back = N.State(**torch.utils._pytree.tree_map(lambda t: t, state[0]._asdict()))
    assert bits_equal([t for t in back if t is not None], [t for t in state[0] if t is not None])
    assert state[0].to(F64).position.dtype == torch.int64 and state[0].to(F64).bank.dtype == F64
    assert N.detach(None) is None and not N.detach(state)[0].bank.requires_grad
    other = lm(seed=9)
    other.load_state_dict(model.state_dict())
    assert torch.equal(other(tokens(1, 16))[0], model(tokens(1, 16))[0])


@pytest.mark.parametrize("make", [
    lambda: N.MemorySparseAttention(30, 4), lambda: N.MemorySparseAttention(32, 4, 3),
    lambda: N.MemorySparseAttention(32, 0), lambda: N.MemorySparseAttention(32, 4, window=-1),
    lambda: N.MemorySparseAttention(32, 4, conv=1), lambda: N.MemorySparseAttention(32, 4, conv=17),
    lambda: N.MemorySparseAttention(32, 4, slots=4, top=5),
    lambda: N.MemorySparseAttention(32, 4, gate="rnn"), lambda: N.MemorySparseAttention(32, 4, stretch=2.0),
    lambda: N.MemorySparseAttention(32, 4, pattern="causal"),
    lambda: N.MemorySparseAttention(32, 4, backend="fast"),
    lambda: N.MemorySparseAttention(32, 4, slots=True), lambda: N.MemorySparseAttention(32, 4)
    (torch.ones(2, 3, 31)), lambda: N.MemorySparseAttention(32, 4)
    (torch.ones(3, 32)), lambda: lm(overrides={2: {}}), lambda: lm()
    (tokens(1, 4)[0]), lambda: N.MemorySparseAttention(32, 4, score="relu", backend="reference")
    (torch.ones(1, 3, 32)), lambda: lm(pattern=msa.Blocks(4)).start_segment(lm().initial_state(1), 16),
    lambda: lm()(tokens(2, 16), lm().initial_state(3))
])
def test_bad_arguments(make):
    with pytest.raises(msa.InvalidInput):
        make()
