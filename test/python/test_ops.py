"""msa.ops.reference against the NumPy reference (float64), gradients, and what surrounds them."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

torch = pytest.importorskip("torch", reason="msa.ops needs PyTorch")

import cases
import msa
import msart as m
import reference as ref
from msa import ops
from msa.ops import checks, reference as R
from msa.ops.scores import Score

F64 = torch.float64
DTYPES = {"f64": F64, "f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}


def tensor(x, dtype=None):
    return torch.from_numpy(np.array(x)).to(dtype) if dtype else torch.from_numpy(np.array(x))


def pattern_of(p):
    if p[0] in ("any", "all"):
        return {"any": msa.Any, "all": msa.All}[p[0]](*map(pattern_of, p[1:]))
    return getattr(msa, p[0].capitalize())(*p[1:])


def attend_arguments(case):
    """Positional and keyword arguments of an AttendCase, in its dtype."""
    dtype, n, o = DTYPES[case.dtype], case.numbers, case.options
    kw = dict(pattern=pattern_of(case.pattern), scale=case.scale)
    for name, key in (("window", "w"), ("bank", "b")):
        if name in o:
            kw[f"{name}_key"], kw[f"{name}_value"] = (tensor(n[key + x], dtype) for x in "kv")
    if "bias" in o:
        kw["bank_bias"] = tensor(o["bias"])
    for name in ("position", "length", "offset"):
        if name in o:
            kw[name] = tensor(o[name])
    for name in ("documents", "blocks"):
        if name in o:
            kw[name] = tensor(o[name], torch.int32)
    return [tensor(n[x], dtype) for x in "qkv"], kw


def softcap(s, b, h, i, j):
    return 3.0 * torch.tanh(s / 3.0)


def linear(s, b, h, i, j):
    return s + 0.03125 * (h + 1) * (j - i)


SCORES = {id(cases.SCORES["softcap"][1]): softcap, id(cases.SCORES["alibi"][1]): linear}


@pytest.mark.parametrize("dtype,count", [("f64", 160), ("f32", 60), ("f16", 40), ("bf16", 40)])
def test_attend_is_the_references(dtype, count):
    for case in cases.attend_cases(count, seed=7, dtypes=(dtype,)):
        arguments, kw = attend_arguments(case)
        if "score" in case.options:
            kw["score"] = SCORES[id(case.options["score"])]
        out, lse = R.attend(*arguments, **kw)
        expected, expected_lse = case.expected()
        bound, lse_bound = cases.BOUNDS[dtype]
        assert out.dtype == DTYPES[dtype] and lse.dtype == (F64 if dtype == "f64" else torch.float32)
        assert m.relative_error(out.double().numpy(), expected) <= bound, case.name
        assert m.relative_error(lse.double().numpy(), expected_lse) <= lse_bound, case.name


@pytest.mark.parametrize("dtype", list(DTYPES))
def test_bank_write_is_the_references(dtype):
    for case in cases.state_cases(48, seed=3, dtypes=(dtype,)):
        o = case.options
        bank, candidate = (tensor(case.numbers[x], DTYPES[dtype]) for x in ("bank", "candidate"))
        weights = [tensor(x, DTYPES[dtype]) for triple in case.weights for x in triple]
        narrow = {"gru": 1, "lstm": 0}[case.gate]
        kw = dict(gate=case.gate, per_slot=case.weights[narrow][0].shape[1] == 1 != bank.shape[2],
                  stretch=o["stretch"], top=o.get("slots"),
                  scores=tensor(o["scores"]) if "scores" in o else None,
                  length=torch.tensor(o["length"]) if "length" in o else None)
        got = R.bank_write(bank, candidate, weights, **kw)
        expected, read = ref.bank_write(case.gate, case.numbers["bank"], case.numbers["candidate"],
                                        case.weights, **o)
        new = got[0] if case.gate == "lstm" else got
        assert m.relative_error(new.double().numpy(), expected) <= cases.BOUNDS[dtype][0]
        kept = expected == case.numbers["bank"]
        assert (new.double().numpy()[kept] == case.numbers["bank"][kept]).all()
        if case.gate == "lstm":
            assert m.relative_error(got[1].double().numpy(), read) <= cases.BOUNDS[dtype][0]
        held = bank.clone()
        again = R.bank_write_(held, candidate, weights, **kw)
        assert torch.equal(held, new) and (again[0] if case.gate == "lstm" else again) is held


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2 ** 32), st.sampled_from([8, 12, 16]), st.booleans(), st.sampled_from(checks.SCALINGS),
       st.booleans(), st.sampled_from(list(DTYPES)))
def test_rope_is_the_references(seed, dim, interleaved, scaling, moved, dtype):
    rng = np.random.default_rng(seed)
    x, numbers = tensor(rng.standard_normal((2, 3, 7, dim)), DTYPES[dtype]), None
    numbers = x.double().numpy()
    kw = dict(rotary=int(rng.choice([dim, dim // 2])), start=int(rng.integers(-40, 40)),
              interleaved=interleaved, scaling=scaling, factor=float(rng.choice([1, 4])),
              base=float(rng.choice([10000, 500])), original=64)
    offset = rng.integers(-3, 30, 2) if moved else None
    got = R.rope(x, offset=tensor(offset) if moved else None, limit=20 if moved else None, **kw)
    expected = ref.rope(numbers, offset=offset, limit=20, **kw)
    assert got.dtype == x.dtype and m.relative_error(got.double().numpy(), expected) <= cases.BOUNDS[dtype][0]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2 ** 32), st.integers(1, 9), st.integers(1, 9), st.integers(2, 5))
def test_carry_and_short_conv_are_the_references(seed, rows, count, width):
    rng = np.random.default_rng(seed)
    window, segment = rng.standard_normal((2, 3, rows, 4)), rng.standard_normal((2, 3, count, 4))
    length = rng.integers(-2, count + 3, 2)
    assert (R.carry(tensor(window), tensor(segment),
                    tensor(length)).numpy() == ref.carry(window, segment, length)).all()
    assert (R.carry(tensor(window), tensor(segment)).numpy() == ref.carry(window, segment)).all()
    held = tensor(window)
    assert R.carry_(held, tensor(segment)) is held and (held.numpy() == ref.carry(window, segment)).all()
    x, carried, weight = (rng.standard_normal(s) for s in ((2, count, 4), (2, width - 1, 4), (width, 4)))
    got = R.short_conv(tensor(x), tensor(carried), tensor(weight))
    assert m.relative_error(got.numpy(), ref.short_conv(x, carried, weight)) <= 1e-12


# --- Gradients ----------------------------------------------------------------------------------------------

GRADIENT_PATTERNS = [
    msa.Causal(),
    msa.Full(),
    msa.Window(2, 1, 2) | msa.Strided(3),
    msa.Causal() & msa.Document(),
    msa.Blocks(2) | msa.Window(1),
    msa.Random(1, 2, 3, 4) | msa.Global(1)
]


def attend_operands(pattern, dtype=F64, seed=0, B=2, H=4, KV=2, N=5, M=6, D=4, W=3, K=2):
    g = torch.Generator().manual_seed(seed)

    def real(*shape):
        return torch.randn(shape, generator=g, dtype=F64).to(dtype)

    tensors = dict(query=real(B, H, N, D), key=real(B, KV, M, D), value=real(B, KV, M,
                                                                             3), window_key=real(B, KV, W, D),
                   window_value=real(B, KV, W, 3), bank_key=real(B, KV, K, D), bank_value=real(B, KV, K, 3))
    fixed = dict(pattern=pattern, bank_bias=real(H).float(), position=torch.tensor([1, 900][:B]),
                 length=torch.tensor([6, 4][:B]), offset=torch.tensor([1, 0][:B]))
    if pattern.uses_documents:
        fixed["documents"] = torch.tensor([[0, 0, 0, 0, 1, 1, 1, 2, 2]] * B, dtype=torch.int32)
    if pattern.block_size:
        fixed["blocks"] = torch.tensor([[0, -1], [1, 0], [2, 1]], dtype=torch.int32).expand(B, KV, -1,
                                                                                            -1).contiguous()
    return tensors, fixed


@pytest.mark.parametrize("pattern", GRADIENT_PATTERNS, ids=str)
@pytest.mark.parametrize("score", [None, "softcap:2", "alibi"])
def test_gradients_of_attend(pattern, score):
    tensors, fixed = attend_operands(pattern, B=1)
    names = list(tensors)

    def run(*values):
        return R.attend(**dict(zip(names, values)), **fixed, score=score)

    inputs = [t.requires_grad_() for t in tensors.values()]
    assert torch.autograd.gradcheck(run, inputs)
    if score is None and pattern == msa.Causal():
        assert torch.autograd.gradgradcheck(run, inputs)


def test_gradient_of_the_bias():
    tensors, fixed = attend_operands(msa.Causal())
    bias = fixed.pop("bank_bias").requires_grad_()
    out, lse = R.attend(**tensors, **fixed, bank_bias=bias)
    (out.sum() + lse.sum()).backward()
    step = 1e-3
    for h in range(4):
        moved = [
            R.attend(**tensors, **fixed, bank_bias=bias.detach() + d * torch.eye(4)[h]) for d in (step, -step)
        ]
        slope = sum(float(s * (o.sum() + e.sum())) for s, (o, e) in zip((1, -1), moved)) / (2 * step)
        assert abs(slope - float(bias.grad[h])) < 1e-4 * max(1, abs(slope))


def test_rows_without_keys_have_finite_gradients():
    tensors, _ = attend_operands(msa.Causal())
    tensors = {k: t.requires_grad_() for k, t in tensors.items() if "bank" not in k}
    out, lse = R.attend(**tensors, pattern=msa.Window(1), length=torch.tensor([0, 0]),
                        offset=torch.tensor([50, 1]))
    empty = torch.isinf(lse)
    assert empty[0].all() and (out[empty] == 0).all() and (lse[empty] == float("-inf")).all()
    (out.sum() + torch.where(empty, 0.0, lse).sum()).backward()
    assert all(t.grad.isfinite().all() for t in tensors.values())
    # Also where the loss reads the -inf itself.
    out, lse = R.attend(**tensors, pattern=msa.Window(1), length=torch.tensor([0, 0]),
                        offset=torch.tensor([50, 1]))
    torch.exp(lse).sum().backward()
    assert all(t.grad.isfinite().all() for t in tensors.values())


def test_a_score_of_minus_infinity_is_not_kept():
    tensors, fixed = attend_operands(msa.Causal())
    bare = {k: t for k, t in tensors.items() if "bank" not in k}
    fixed.pop("bank_bias")
    out, lse = R.attend(**bare, **fixed, score=lambda s, b, h, i, j: torch.where(h == 1, float("-inf"), s))
    assert (lse[:, 1] == float("-inf")).all() and (out[:, 1] == 0).all() and lse[:, 0].isfinite().all()


def real(*shape):
    return torch.randn(shape, dtype=F64, requires_grad=True)


def write_weights(gate, per_slot, channels, dtype=F64):
    return [torch.randn(s, dtype=dtype) for _, s in checks.weight_shapes(gate, per_slot, channels)]


def test_gradients_of_the_other_ops():
    torch.manual_seed(0)
    check = torch.autograd.gradcheck
    for kw in (dict(), dict(interleaved=True, rotary=4),
               dict(offset=torch.tensor([1, 3]), limit=9, scaling="yarn", factor=2.0, original=16)):
        assert check(lambda x: R.rope(x, **kw), [real(2, 2, 3, 6)])
    assert check(R.short_conv, [real(1, 4, 3), real(1, 2, 3), real(3, 3)])
    for length in (None, torch.tensor([1, 0])):
        for rows in (2, 5):
            assert check(lambda w, s: R.carry(w, s, length), [real(2, 1, rows, 2), real(2, 1, 3, 2)])
    assert check(R.merge, [real(2, 3), real(2), real(2, 3), real(2)])
    for gate in ("gru", "lstm"):
        for per_slot in (False, True):
            weights, scores = [w.requires_grad_()
                               for w in write_weights(gate, per_slot, 3)], torch.randn(2, 4)
            assert check(
                lambda bank, c, *w: R.bank_write(bank, c, w, gate=gate, per_slot=per_slot, stretch=0.05, top=
                                                 2, scores=scores, length=torch.tensor([3, 0])),
                [real(2, 4, 3), real(2, 4, 3), *weights])


def test_merge_of_parts_is_the_whole():
    tensors, fixed = attend_operands(msa.Causal())
    whole = R.attend(**tensors, **fixed)
    q = tensors["query"]
    local = R.attend(q, tensors["key"], tensors["value"], window_key=tensors["window_key"], scale=0.5,
                     window_value=tensors["window_value"],
                     **{k: fixed[k]
                        for k in ("pattern", "position", "length", "offset")})
    bank = R.attend(q + 0, tensors["bank_key"], tensors["bank_value"], pattern=msa.Full(), scale=0.5,
                    score=lambda s, b, h, i, j: s + fixed["bank_bias"].to(F64)[:, None, None])
    out, lse = R.merge(*local, *bank)
    assert torch.allclose(out, whole[0], atol=1e-13) and torch.allclose(lse, whole[1], atol=1e-13)
    a, a_lse = torch.randn(2, 3, dtype=F64), torch.tensor([0.3, float("-inf")], dtype=F64)
    b, b_lse = torch.randn(2, 3, dtype=F64), torch.tensor([float("-inf")] * 2, dtype=F64)
    out, lse = R.merge(a, a_lse, b, b_lse)
    assert torch.equal(out[0], a[0]) and lse[0] == a_lse[0] and (out[1]
                                                                 == 0).all() and lse[1] == float("-inf")
    out, lse = R.merge(b, b_lse, a, a_lse)
    assert torch.equal(out[0], a[0]) and (out[1] == 0).all()


# --- The bank keeps exactly ---------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2 ** 32), st.sampled_from(["gru", "lstm"]), st.booleans(),
       st.sampled_from(list(DTYPES)),
       st.sampled_from([1.0, float("inf"), float("nan")]))
def test_kept_slots_keep_their_bits(seed, gate, per_slot, dtype, poison):
    """Where the gate is shut, nothing of the candidate gets through, not even a NaN in what would be
    written."""
    g = torch.Generator().manual_seed(seed)
    weights = dict(
        zip((n for n, _ in checks.weight_shapes(gate, per_slot, 6)),
            (torch.randn(s, generator=g) for _, s in checks.weight_shapes(gate, per_slot, 6))))
    for name in ("z", "f", "i"):
        if "W" + name in weights:
            weights["W" + name].zero_(), weights["U" + name].zero_()
            weights["b" + name].fill_(-9.0 if name == "i" else 9.0)
    bank = torch.randn(2, 5, 6, generator=g).to(DTYPES[dtype])
    bank[0, 0, 0] = -0.0
    candidate = torch.randn(2, 5, 6, generator=g) * (poison if poison == 1.0 else 1.0)
    if poison == 1.0:
        candidate = candidate * 1e4
    else:
        weights["bn" if gate == "gru" else "bg"].fill_(poison)
    new = R.bank_write(bank, candidate.to(bank.dtype), [w.to(bank.dtype) for w in weights.values()],
                       gate=gate, per_slot=per_slot, stretch=0.1)
    new = new[0] if gate == "lstm" else new
    bits = {2: torch.int16, 4: torch.int32, 8: torch.int64}[bank.element_size()]
    assert torch.equal(new.view(bits), bank.view(bits))


def test_routing_of_slots():
    bank, candidate = torch.randn(3, 5, 4, dtype=F64), torch.randn(3, 5, 4, dtype=F64)
    inf, nan = float("inf"), float("nan")
    scores = torch.tensor([[1, 3, 3, 3, 2], [nan, -inf, nan, 1, nan], [nan] * 5], dtype=torch.float32)
    new = R.bank_write(bank, candidate, write_weights("gru", True, 4), per_slot=True, top=2, scores=scores)
    assert (new != bank).any(2).tolist() == [[False, True, True, False, False],
                                             [False, True, False, True, False], [False] * 5]


# --- Scores, backends, bad inputs ---------------------------------------------------------------------------


def test_named_scores():
    assert Score.parse("alibi") == Score("alibi", 8.0) and Score.parse(Score("softcap",
                                                                             0.1).text).number == 0.1
    for bad in ("", "softcap", "softcap:0", "softcap:-1", "softcap:nan", "softcap:x", "alibi:inf", "relu",
                "alibi:-8"):
        with pytest.raises(msa.InvalidInput):
            Score.parse(bad)
    tensors, fixed = attend_operands(msa.Causal())
    with pytest.raises(msa.InvalidInput):
        R.attend(**tensors, **fixed, score=3)
    # ALiBi against its formula.
    q, k = torch.randn(1, 4, 3, 4, dtype=F64), torch.randn(1, 4, 5, 4, dtype=F64)
    _, lse = R.attend(q, k, k, pattern=msa.Full(), score="alibi", scale=1.0)
    slope = torch.tensor([2.0 ** (-8 * (h + 1) / 4) for h in range(4)], dtype=F64)[:, None, None]
    s = q @ k.transpose(2, 3) - slope * (torch.arange(3)[:, None] - torch.arange(5)).abs()
    assert torch.allclose(lse, s.logsumexp(3), atol=1e-13)


BAD_ATTEND = [
    ("C1", dict(query=torch.randn(2, 4, 5))),
    ("C1", dict(query=torch.randn(2, 4, 0, 4, dtype=F64))),
    ("C1", dict(query="query")),
    ("C1", dict(query=torch.randn(2, 4, 5, 4).to_sparse())),
    ("C1", dict(query=torch.ones(2, 4, 5, 4, dtype=torch.int64))),
    ("C2", dict(key=torch.randn(2, 2, 6, 4))),
    ("C2", dict(key=torch.randn(2, 2, 6, 4, dtype=F64, device="meta"))),
    ("C3", dict(window_key=torch.randn(1, 2, 3, 4, dtype=F64))),
    ("C4", dict(query=torch.randn(2, 3, 5, 4, dtype=F64))),
    ("C5", dict(query=torch.randn(2, 4, 5, 8, dtype=F64))),
    ("C6", dict(value=torch.randn(2, 2, 7, 3, dtype=F64))),
    ("C7", dict(window_value=None)),
    ("C7", dict(bank_key=None, bank_value=None)),
    ("C7", dict(bank_bias=torch.zeros(2))),
    ("C7", dict(bank_bias=torch.zeros(4, dtype=F64))),
    ("C8", dict(position=torch.zeros(3, dtype=torch.int64))),
    ("C8", dict(length=torch.zeros(2, dtype=torch.int32))),
    ("C8", dict(offset=torch.zeros(2))),
    ("C9", dict(documents=torch.zeros(2, 9, dtype=torch.int32))),
    ("C9", dict(pattern=msa.Document())),
    ("C9", dict(pattern=msa.Document(), documents=torch.zeros(2, 8, dtype=torch.int32))),
    ("C10", dict(pattern=msa.Blocks(2))),
    ("C10", dict(pattern=msa.Blocks(2), blocks=torch.zeros(2, 2, 2, 1, dtype=torch.int32))),
    ("C10", dict(pattern=msa.Blocks(2), blocks=torch.zeros(2, 2, 3, 1, dtype=torch.int64))),
    ("C12", dict(scale=float("nan"))),
    ("C12", dict(scale=True)),
    ("C14", dict(pattern="#msa.causal")),
    ("C14", dict(pattern=msa.Any(*(msa.Random(64, i, 4) for i in range(1, 10))))),
]


@pytest.mark.parametrize("label,change", BAD_ATTEND, ids=lambda x: x if isinstance(x, str) else "-".join(x))
@pytest.mark.parametrize("which", ["reference", "compiled"])
def test_bad_operands_of_attend(label, change, which):
    tensors, fixed = attend_operands(msa.Causal())
    with pytest.raises(msa.InvalidInput) as error:
        ops.attend(**{**tensors, **fixed, **change}, backend=which)
    assert label in str(error.value) or (label in ("C3", "C4", "C5", "C6") and "C3..C6" in str(error.value))


def many(op, *arguments, **kw):
    return [lambda w=w: getattr(ops, op)(*arguments, **kw, backend=w) for w in ("reference", "compiled")]


X, C, W = torch.randn(2, 5, 4), torch.randn(2, 2, 4), torch.randn(3, 4)
BANK, GRU = torch.randn(2, 5, 4), write_weights("gru", True, 4, torch.float32)
BAD = [
    *many("short_conv", X, C, W[:1]), *many("short_conv", X, C[:, :1], W),
    *many("short_conv", X.double(), C, W), *many("short_conv", X, C, torch.randn(17, 4)),
    *many("carry", X, C[:1]), *many("carry", X[0], X[0]), *many("carry", X, C.double()),
    *many("carry", X, C, torch.zeros(3, dtype=torch.int64)),
    *many("carry", X.to(torch.complex64), C.to(torch.complex64)), *many("carry", X[:, :0], C),
    *many("merge", X, X[..., 0], X, X[..., :1, 0]),
    *many("merge", X.double(), X[..., 0], X.double(), X[..., 0]),
    *many("merge", X[0, 0], X[0, 0, 0], X[0, 0], X[0, 0, 0]), *many("rope", X),
    *many("rope", X[None], rotary=3), *many("rope", X[None], rotary=6), *many("rope", X[None], base=1.0),
    *many("rope", X[None], base=float("inf")), *many("rope", X[None], factor=0.5),
    *many("rope", X[None], scaling="twice"), *many("rope", X[None], scaling="yarn"),
    *many("rope", X[None], start=(1 << 24) + 1), *many("rope", X[None], limit=9),
    *many("rope", X[None], offset=torch.zeros(1, dtype=torch.int64)),
    *many("rope", X[None], rotary=2, scaling="ntk"),
    *many("rope", X[None], offset=torch.zeros(1, dtype=torch.int64), limit=4),
    *many("rope", X[None], start=0.5), *many("rope", "x"), *many("rope", X[None], rotary=2.0),
    *many("rope", X[None], base="1"), *many("rope", X[None], interleaved=1),
    *many("bank_write", BANK, BANK, GRU, per_slot=1),
    *many("bank_write", BANK, BANK, GRU, per_slot=True, top=1.0, scores=BANK[..., 0]),
    *many("bank_write", BANK, BANK, None), *many("bank_write", BANK, BANK, GRU[:8] + ["w"], per_slot=True),
    *many("rope", X[None], offset=torch.zeros(1, dtype=torch.int64), limit=1 << 24),
    *many("bank_write", BANK, BANK[:1], GRU, per_slot=True),
    *many("bank_write", BANK, BANK, GRU[:8], per_slot=True), *many("bank_write", BANK, BANK, GRU),
    *many("bank_write", BANK, BANK, GRU, per_slot=True, gate="rnn"),
    *many("bank_write", BANK, BANK, GRU, per_slot=True, stretch=1.5),
    *many("bank_write", BANK, BANK, GRU, per_slot=True, top=1),
    *many("bank_write", BANK, BANK, GRU, per_slot=True, top=6, scores=torch.randn(2, 5)),
    *many("bank_write", BANK, BANK, GRU, per_slot=True, top=0, scores=torch.randn(2, 5)),
    *many("bank_write", BANK, BANK, GRU, per_slot=True, top=2, scores=torch.randn(2, 5).double()),
    *many("bank_write", BANK, BANK, GRU, per_slot=True, length=torch.zeros(1, dtype=torch.int64)),
    *many("bank_write", BANK.long(), BANK.long(), GRU, per_slot=True)
]


@pytest.mark.parametrize("call", BAD)
def test_bad_operands_of_the_other_ops(call):
    with pytest.raises(msa.InvalidInput):
        call()


def test_sizes_past_the_limits():
    huge = torch.empty(1, 1, 1 << 31, 1, device="meta")
    with pytest.raises(msa.InvalidInput, match="sizes"):
        R.attend(huge, huge, huge, pattern=msa.Full())
    many = torch.empty(1 << 16, 1 << 16, 1 << 15, 1, device="meta")
    with pytest.raises(msa.InvalidInput, match="2\\^47"):
        R.attend(many, many, many, pattern=msa.Full())


# --- Routing ------------------------------------------------------------------------------------------------


def routed(seed=0, top=2, local=1, causal=True, N=21, S=4):
    g = torch.Generator().manual_seed(seed)
    q, k, v = (torch.randn(2, h, N, 8, generator=g, dtype=F64) for h in (4, 2, 2))
    length = torch.tensor([N, 14])
    options = dict(size=S, local=local, causal=causal, length=length)
    return q, k, v, options, ops.route(q, k, top=top, **options)


@pytest.mark.parametrize("local,causal", [(1, True), (2, True), (1, False)])
def test_routed_attention_is_one_softmax(local, causal):
    q, k, v, options, routing = routed(local=local, causal=causal)
    blocks = torch.arange(6, dtype=torch.int32)[:, None] - torch.arange(local, dtype=torch.int32)
    blocks = torch.cat([blocks.clamp(min=-1).expand(2, 2, -1, -1), routing.blocks], 3)
    near = msa.Causal() & msa.Blocks(4) if causal else msa.Blocks(4)
    for in_path in (False, True):
        got = ops.routed_attend(q, k, v, routing, score_in_path=in_path, backend="reference", **options)
        block = torch.arange(21) // 4
        same = (block[:, None] >= block) & (block[:, None] - block < local)
        raised = routing.log_probability.repeat_interleave(2, 1).repeat_interleave(4,
                                                                                   2).repeat_interleave(4, 3)
        raised = torch.where(same, 0.0, raised[:, :, :21, :21]) if in_path else 0.0
        expected = R.attend(q, k, v, pattern=near, blocks=blocks, length=options["length"],
                            score=lambda s, *_: s + raised)
        assert all(torch.allclose(a, b, atol=1e-12) for a, b in zip(got, expected))


def test_routing_chooses_the_best_candidates_only():
    q, k, v, options, routing = routed(top=3)
    for b in range(2):
        for h in range(2):
            for i in range(6):
                listed = [int(x) for x in routing.blocks[b, h, i] if x >= 0]
                allowed = [j for j in range(6) if j < i and 4 * j < options["length"][b]]
                best = sorted(allowed, key=lambda j: -routing.log_probability[b, h, i, j])[:3]
                assert sorted(listed) == sorted(best)
    total = routing.log_probability.exp().sum(-1)
    assert torch.allclose(total[:, :, 1:], torch.ones_like(total[:, :, 1:])) and (total[:, :, 0] == 0).all()


def test_a_causal_route_does_not_see_the_future():
    q, k, v, options, routing = routed(N=24)
    for t in range(24):
        changed = [x.clone() for x in (q, k)]
        for x in changed:
            x[:, :, t:] += torch.randn(x[:, :, t:].shape, dtype=F64)
        other = ops.route(*changed, top=2, **options)
        seen = -(-t // 4)  # blocks whose first query stands before t
        assert torch.equal(other.blocks[:, :, :seen], routing.blocks[:, :, :seen])


def test_a_router_has_gradients():
    q, k, v, options, routing = routed()
    router = [x.clone().requires_grad_() for x in (q, k)]

    def run(rq, rk):
        return ops.routed_attend(q, k, v, ops.route(rq, rk, top=2, **options), **options)

    def teach(rq, rk):
        return ops.route_loss(q, k, ops.route(rq, rk, top=2, **options), **options)

    assert all(torch.autograd.gradcheck(f, router, fast_mode=True) for f in (run, teach))
    assert all(g.abs().sum() > 0 for g in torch.autograd.grad(run(*router)[0].square().sum(), router))
    first = teach(*router)
    for _ in range(40):
        gradients = torch.autograd.grad(teach(*router), router)
        with torch.no_grad():
            for x, g in zip(router, gradients):
                x -= 5 * g
    assert 0 <= teach(*router) < 0.5 * first
