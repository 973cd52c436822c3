"""Import of PyTorch programs: every operator against PyTorch, masks as patterns, state, dynamic sizes, refusals."""

import os
import warnings

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed; scripts/python-env installs it")
msa = pytest.importorskip("msa", reason="the Python package is not built (-DMSA_BUILD_PYTHON=ON)")
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from msa.importer import export, import_program  # noqa: E402

warnings.filterwarnings("ignore", category=FutureWarning)


class Fn(nn.Module):
    """A function as a module."""

    def __init__(self, f, **parameters):
        super().__init__()
        self.f = f
        for name, value in parameters.items():
            self.register_buffer(name, value)
        self.eval()

    def forward(self, *args):
        return self.f(self, *args) if list(self.buffers()) else self.f(*args)


def wide(x):
    if isinstance(x, torch.Tensor):
        return x.double() if x.is_floating_point() else x
    return tuple(wide(y) for y in x) if isinstance(x, (tuple, list)) else x


def leaves(x):
    return [x] if isinstance(x, torch.Tensor) else [z for y in x for z in leaves(y)]


def error(got, want):
    """Greatest error relative to the greatest number; integers must be equal."""
    if not got.is_floating_point():
        return 0.0 if torch.equal(got, want) else float("inf")
    finite = torch.isfinite(want)
    if not torch.equal(torch.isfinite(got), finite):
        return float("inf")
    scale = want[finite].abs().max().clamp(min=1e-30) if finite.any() else 1.0
    return float(((got.double() - want)[finite].abs().max() / scale)) if finite.any() else 0.0


def same(f, *args, bound=1e-5, **parameters):
    module = f if isinstance(f, nn.Module) else Fn(f, **parameters)
    compiled = msa.compile_model(module, args)
    got = leaves(compiled(*args))
    with torch.no_grad():
        plain = leaves(module(*args))
        want = leaves(module.double()(*wide(args)))
        module.float()
    assert len(got) == len(want)
    for g, w, p in zip(got, want, plain):
        assert g.shape == p.shape and g.dtype is p.dtype
        assert error(g, w.to(torch.float64) if w.is_floating_point() else p) <= bound
    return compiled


def r(*shape, low=-2.0, high=2.0, seed=0):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed + sum(shape))) * (high - low) + low


UNARY = {
    "exp": (-3, 3), "exp2": (-3, 3), "expm1": (-2, 2), "log": (0.1, 9), "log2": (0.1, 9), "log10": (0.1, 9),
    "log1p": (-0.5, 9), "sqrt": (0, 9), "rsqrt": (0.1, 9), "sin": (-6, 6), "cos": (-6, 6), "tan": (-1, 1),
    "tanh": (-4, 4), "erf": (-4, 4), "floor": (-9, 9), "ceil": (-9, 9), "round": (-9, 9), "trunc": (-9, 9),
    "neg": (-9, 9), "abs": (-9, 9), "reciprocal": (0.1, 9), "relu": (-9, 9), "sigmoid": (-9, 9), "atan": (-9, 9),
    "sinh": (-3, 3), "cosh": (-3, 3)}


@pytest.mark.parametrize("name", UNARY)
def test_unary(name):
    low, high = UNARY[name]
    same(lambda x: getattr(torch, name)(x), r(5, 33, low=low, high=high))


@pytest.mark.parametrize("f", [F.silu, F.gelu, lambda x: F.gelu(x, approximate="tanh"), F.softplus,
                               lambda x: x.clamp(-1, 1), lambda x: x.clamp_min(0.5), lambda x: x ** 2, lambda x: x ** 3,
                               lambda x: x.abs() ** 0.5, lambda x: (x.abs() + 1) ** -0.5, lambda x: (x.abs() + 1) ** 2.5,
                               lambda x: x / 3, lambda x: 1 - x, lambda x: 2 / (x.abs() + 1), lambda x: x % 0.7,
                               lambda x: torch.where(x > 0, x, -2 * x), lambda x: x.masked_fill(x > 1, -5.0),
                               lambda x: torch.maximum(x, -x), lambda x: x * torch.sigmoid(x)])
def test_elementwise(f):
    same(f, r(3, 40))


@pytest.mark.parametrize("f", [
    lambda x, y: x + y, lambda x, y: x - 2 * y, lambda x, y: x * y, lambda x, y: x / (y + 5), lambda x, y: x <= y,
    lambda x, y: (x > y) & (x < 1), lambda x, y: torch.minimum(x, y), lambda x, y: torch.add(x, y, alpha=3),
    lambda x, y: torch.logical_xor(x > 0, y > 0), lambda x, y: ~(x > y)])
@pytest.mark.parametrize("shapes", [((4, 6), (4, 6)), ((4, 6), (6,)), ((4, 1, 6), (3, 1)), ((1, 7), (5, 1)), ((), (5,))])
def test_binary(f, shapes):
    same(f, r(*shapes[0], seed=1), r(*shapes[1], seed=2))


def test_integers():
    a, b = torch.arange(-12, 12).reshape(4, 6), torch.arange(1, 7)
    same(lambda x, y: (x + y, x * y - 3, x // y, x % y, -x, abs(x), x == y, x.float() / y, (x > 0).to(torch.int32),
                       x.to(torch.int32), torch.bitwise_and(x, y), x ** 2, torch.div(x, y, rounding_mode="trunc")), a, b)


def test_narrow_floats_round_as_pytorch_does():
    x = r(4, 64)
    for dtype in (torch.bfloat16, torch.float16):
        a, b = x.to(dtype), r(4, 64, seed=3).to(dtype)
        module = Fn(lambda u, v: (u + v, u * v + u, (u - v) * 0.5, u.float() + v, torch.relu(u)))
        got, want = msa.compile_model(module, (a, b))(a, b), module(a, b)
        for g, w in zip(got, want):
            assert g.dtype is w.dtype and torch.equal(g, w)


SHAPE = [
    lambda x: x.permute(2, 0, 1), lambda x: x.transpose(0, 2).reshape(6, -1), lambda x: x.unsqueeze(1) + x.unsqueeze(0),
    lambda x: x[:, 1:, ::2], lambda x: x[1], lambda x: x[:, -1], lambda x: x[..., None].expand(-1, -1, -1, 3).clone(),
    lambda x: x.reshape(4, 30), lambda x: x.flatten(), lambda x: x.view(2, 2, 5, 6).permute(0, 2, 1, 3).reshape(10, 12),
    lambda x: torch.cat([x, -x], 1), lambda x: torch.cat([x[:, :, 3:], x[:, :, :3]], -1), lambda x: torch.stack([x, 2 * x], 1),
    lambda x: x.split([2, 3], 1)[1] + 1, lambda x: x.chunk(2, -1)[0] * x.chunk(2, -1)[1], lambda x: x.squeeze(),
    lambda x: x.reshape(4, 5, 2, 3).transpose(1, 2).flatten(2),
    lambda x: x[:, :1].squeeze(1), lambda x: x.mT @ x, lambda x: torch.cat([x[:, :, 0:1] * 0 + 3, x], 2)]


@pytest.mark.parametrize("f", SHAPE)
def test_shapes(f):
    same(f, r(4, 5, 6))


@pytest.mark.parametrize("shape", [(1, 5, 6), (4, 1, 6), (1, 1, 1), (4, 5, 1)])
def test_unit_dimensions(shape):
    same(lambda x: (x.permute(2, 0, 1), x.squeeze(), x.unsqueeze(0) * 2, x.sum(-1), x.mean(0, keepdim=True),
                    torch.cat([x, x], 1), x.reshape(-1), torch.softmax(x, -1), x.expand(shape)), r(*shape))


@pytest.mark.parametrize("f", [
    lambda x: x.sum(), lambda x: x.sum(1), lambda x: x.mean((0, 2), keepdim=True), lambda x: x.amax(-1), lambda x: x.amin(0),
    lambda x: (x > 1).any(-1), lambda x: (x > -1).all(1), lambda x: torch.softmax(x, 0), lambda x: torch.softmax(x, -1),
    lambda x: F.layer_norm(x, (6,)), lambda x: F.layer_norm(x, (5, 6)), lambda x: F.rms_norm(x, (6,)),
    lambda x: x.cumsum(1), lambda x: x.cumsum(-1), lambda x: (x > 0).cumsum(0), lambda x: x.max(), lambda x: x.var(-1)])
def test_reductions(f):
    same(f, r(4, 5, 6))


def test_norms_with_weights():
    same(nn.Sequential(nn.LayerNorm(48), nn.RMSNorm(48), nn.LayerNorm(48, elementwise_affine=False)).eval(), r(3, 7, 48))


@pytest.mark.parametrize("rows", [1, 2, 7, 64, 129])
@pytest.mark.parametrize("inner, columns", [(1, 8), (33, 65), (64, 128), (96, 1031), (16, 1)])
def test_linear(rows, inner, columns):
    same(nn.Linear(inner, columns).eval(), r(rows, inner))


@pytest.mark.parametrize("f", [
    lambda x, y: x @ y.transpose(-1, -2), lambda x, y: torch.einsum("bid,bjd->bij", x, y),
    lambda x, y: torch.einsum("bid,bjd->ij", x, y), lambda x, y: (x * 2) @ (y.mT + 1), lambda x, y: x[0] @ y[0].T,
    lambda x, y: x[0, 0] @ y[0].T, lambda x, y: x.reshape(15, 8) @ y[0].T, lambda x, y: torch.softmax(x @ y.mT, -1)])
def test_products(f):
    same(f, r(3, 5, 8, seed=1), r(3, 5, 8, seed=2))


def test_indexing():
    ids = torch.tensor([[0, 3, 9], [9, 1, -1]])
    same(lambda m, i: (m.t[i], m.t[i, 2], m.t.index_select(0, i[0]), m.t.gather(0, (i + 10) % 10)), ids, t=r(10, 4))
    same(nn.Embedding(10, 6).eval(), ids.abs())


def test_write_where_a_mask_holds():
    def f(x):
        y, z = x * 1, x + 0
        y[x > 1] = -7.0
        z[x.sum(1) > 0] = 2.0
        return y, z

    same(f, r(6, 5))


# -- attention ---------------------------------------------------------------------------


def qkv(b=2, h=4, n=40, d=16, kv=None):
    return r(b, h, n, d, seed=1), r(b, kv or h, n, d, seed=2), r(b, kv or h, n, d, seed=3)


def positions(n):
    return torch.arange(n)[:, None], torch.arange(n)[None]


MASKS = {
    "causal": (lambda i, j: j <= i, "#msa.causal"),
    "strict window": (lambda i, j: (j <= i) & (j > i - 8), "#msa.window<left = 7, right = 0>"),
    "both sides": (lambda i, j: (i - j).le(5) & (j - i <= 3), "#msa.window<left = 5, right = 3>"),
    "not future": (lambda i, j: ~(j > i), "#msa.causal"),
    "shifted": (lambda i, j: ~(j - i >= 1), "#msa.causal"),
    "distance": (lambda i, j: (i - j).abs() <= 6, "#msa.window<left = 6, right = 6>"),
    "sinks": (lambda i, j: (j <= i) & ((j > i - 8) | (j < 4)), "#msa.all<#msa.causal, #msa.any<#msa.global<4>"),
    "strided": (lambda i, j: (j <= i) & ((i - j < 8) | (j % 8 == 7)), "#msa.strided<8>"),
    "global": (lambda i, j: ((i - j).le(4) & (j - i <= 4)) | (j < 3) | (i < 3), "#msa.any<#msa.global<3>"),
    "all": (lambda i, j: (i >= 0) & (j >= 0), "#msa.full"),
}


@pytest.mark.parametrize("name", MASKS)
def test_mask_is_recognized(name):
    rule, pattern = MASKS[name]

    def f(q, k, v):
        i, j = positions(40)
        return F.scaled_dot_product_attention(q, k, v, attn_mask=rule(i, j)[None, None])

    compiled = same(f, *qkv())
    assert pattern in compiled.text, [line for line in compiled.text.splitlines() if "msa.attend" in line]
    assert "score" not in compiled.text and "40x40" not in compiled.text


def test_additive_masks_and_is_causal():
    def additive(q, k, v):
        i, j = positions(40)
        return F.scaled_dot_product_attention(q, k, v, attn_mask=torch.where(j <= i, 0.0, float("-inf")).to(q.dtype))

    assert "#msa.causal" in same(additive, *qkv()).text
    assert "#msa.causal" in same(lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True), *qkv()).text


def test_grouped_queries_are_not_copied():
    def repeated(q, k, v):
        b, h, n, d = k.shape
        k, v = (x[:, :, None].expand(b, h, 2, n, d).reshape(b, 2 * h, n, d) for x in (k, v))
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)

    for f in (repeated, lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)):
        assert "tensor<2x4x40x16xf32>, tensor<2x2x40x16xf32>, tensor<2x2x40x16xf32>)" in same(f, *qkv(kv=2)).text


def test_padding_mask_of_the_caller():
    keep = torch.arange(40)[None] < torch.tensor([[40], [23]])

    def f(q, k, v, keep):
        i, j = positions(40)
        return F.scaled_dot_product_attention(q, k, v, attn_mask=keep[:, None, None] & (j <= i))

    text = same(f, *qkv(), keep).text
    assert "#msa.causal" in text and "tensor.extract" in text and "40x40" not in text


def test_documents():
    doc = torch.tensor([0] * 11 + [1] * 20 + [2] * 9)

    def f(m, q, k, v):
        i, j = positions(40)
        return F.scaled_dot_product_attention(q, k, v, attn_mask=(j <= i) & (m.doc[:, None] == m.doc[None]))

    assert "#msa.document" in same(f, *qkv(), doc=doc).text

    def given(q, k, v, doc):  # Numbers of the caller may decrease: no tile is skipped for them.
        return F.scaled_dot_product_attention(q, k, v, attn_mask=doc[:, None] == doc[None])

    for numbers in (doc, doc.flip(0)):
        same(given, *qkv(), numbers)


@pytest.mark.parametrize("style", ["matmul", "einsum", "scaled query", "float mask", "masked_fill", "softcap", "alibi"])
def test_attention_written_out(style):
    def f(q, k, v):
        i, j = positions(40)
        if style == "scaled query":
            s = (q * 0.25) @ k.transpose(-1, -2)
        elif style == "einsum":
            s = torch.einsum("bhid,bhjd->bhij", q, k) / 4
        else:
            s = q @ k.transpose(-1, -2) / 4
        if style == "softcap":
            s = torch.tanh(s / 5) * 5
        if style == "alibi":
            s = s - (i - j).abs() * torch.tensor([0.5, 0.25, 0.125, 0.0625])[:, None, None]
        if style in ("float mask",):
            s = s + torch.where(j <= i, 0.0, -1e9)
        else:
            s = s.masked_fill(j > i, torch.finfo(s.dtype).min)
        p = torch.softmax(s, -1)
        return torch.einsum("bhij,bhjd->bhid", p, v) if style == "einsum" else p @ v

    text = same(f, *qkv()).text
    assert "msa.attend" in text and "#msa.causal" in text and "40x40" not in text


def test_scores_that_are_results_are_formed():
    def f(q, k, v):
        p = torch.softmax(q @ k.transpose(-1, -2) / 4, -1)
        return p @ v, p

    same(f, *qkv())


# -- state -------------------------------------------------------------------------------


class Counter(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("total", torch.tensor([[1.0, 2.0, 3.0]]))
        self.register_buffer("calls", torch.zeros(1, dtype=torch.int64))
        self.eval()

    def forward(self, x):
        self.total += x.sum(0, keepdim=True)
        self.calls.add_(1)
        return x * self.total


def test_mutated_buffers_are_state():
    module, x = Counter(), r(4, 3)
    compiled = msa.compile_model(module, (x,))
    before = module.total.clone()
    for k in range(3):
        got, want = compiled(x), module(x)
        assert torch.allclose(got, want, rtol=1e-5)
        assert torch.equal(torch.from_numpy(compiled.session.state("calls")), module.calls)
    assert not torch.equal(before, torch.from_numpy(compiled.session.state("total")))
    compiled.reset()
    assert torch.equal(torch.from_numpy(compiled.session.state("total")), before)


# -- dynamic sizes -----------------------------------------------------------------------


class Tiny(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.qkv, self.out = nn.Embedding(30, 32), nn.Linear(32, 96), nn.Linear(32, 30)
        self.place = nn.Embedding(64, 32)
        self.eval()

    def forward(self, ids, bidirectional: bool = False):
        b, n = ids.shape
        x = self.table(ids) + self.place(torch.arange(n))
        q, k, v = self.qkv(x).view(b, n, 3, 2, 16).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=not bidirectional)
        return self.out(y.transpose(1, 2).reshape(b, n, 32))


@pytest.mark.parametrize("bidirectional", [False, True])
def test_all_lengths_of_one_compilation(bidirectional):
    torch.manual_seed(0)
    module = Tiny()
    ids = torch.randint(0, 30, (2, 64))
    compiled = msa.compile_model(module, (ids, bidirectional), lengths=(16, 64),
                                 dynamic_shapes=({1: torch.export.Dim("n", max=64)}, None))
    for n in (1, 2, 7, 15, 16, 17, 33, 63, 64):
        with torch.no_grad():
            want = module(ids[:, :n], bidirectional)
        assert error(compiled(ids[:, :n], bidirectional), want.double()) < 1e-5
    assert compiled.compilations == 2


@pytest.mark.parametrize("f", [lambda x: x.sum(1), lambda x: x[:, -1], lambda x: torch.cat([x, x], 1),
                               lambda x: x.softmax(1), lambda x: x / x.shape[1], lambda x: x.transpose(1, 2) @ x])
def test_what_mixes_rows_of_a_dynamic_size_is_refused(f):
    with pytest.raises(msa.ImportFailure, match="dynamic|counted"):
        msa.compile_model(Fn(f), (r(2, 8, 4),), dynamic_shapes=({1: torch.export.Dim("n", max=32)},))


# -- refusals ----------------------------------------------------------------------------


def test_unknown_operators_are_listed_with_their_lines():
    def f(x):
        y = torch.fft.fft(x).real
        return torch.linalg.inv(y @ y.T) + 1

    with pytest.raises(msa.ImportFailure) as info:
        msa.compile_model(Fn(f), (r(4, 4),))
    assert len(info.value.missing) >= 2
    assert all(os.path.basename(__file__) in place for _, place in info.value.missing)
    assert "fft" in str(info.value) and "inv" in str(info.value)


def test_control_flow_on_data_is_refused_with_its_line():
    def f(x):
        return x + 1 if x.sum() > 0 else x - 1

    with pytest.raises(msa.ImportFailure, match="test_import.py"):
        msa.compile_model(Fn(f), (r(3),))


def test_training_mode_and_mutated_inputs_are_refused():
    with pytest.raises(msa.InvalidInput, match="eval"):
        msa.compile_model(nn.Linear(3, 3), (r(2, 3),))

    def f(x):
        x.add_(1)
        return x * 2

    with pytest.raises(msa.ImportFailure, match="changes its inputs"):
        msa.compile_model(Fn(f), (r(3),))


def test_calls_are_checked():
    module = nn.Embedding(10, 4).eval()
    ids = torch.tensor([[1, 2, 3]])
    compiled = msa.compile_model(module, (ids,))
    for bad, kind in [((ids.int(),), msa.DtypeMismatch), ((ids[:, :2],), msa.ShapeMismatch), ((), msa.InvalidInput),
                      ((ids + 9,), msa.InvalidInput), ((ids - 5,), msa.InvalidInput), (([1, 2, 3],), msa.InvalidInput)]:
        with pytest.raises(kind):
            compiled(*bad)
    x = r(6, 5).t()
    linear = nn.Linear(6, 3).eval()
    compiled = msa.compile_model(linear, (x.contiguous(),))
    assert torch.allclose(compiled(x), linear(x), atol=1e-5)  # strides do not matter
    with pytest.raises(msa.GradientsNotSupported, match="no_grad"):
        compiled(x.clone().requires_grad_())


def test_weights_are_those_of_the_model(tmp_path):
    module = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 4)).eval()
    imported = import_program(export(module, (r(2, 4),)))
    assert {w.source for w in imported.weights} == {"0.weight", "0.bias", "1.weight", "1.bias"}
    imported.save(str(tmp_path))
    from safetensors.torch import load_file
    kept = load_file(str(tmp_path / "weights.safetensors"))
    assert torch.equal(kept["0.weight.T"], module[0].weight.t())
    assert "loc(" in (tmp_path / "model.mlir").read_text()


# -- FlexAttention -------------------------------------------------------------------------


def flex(mask, score=None, n=128, **buffers):
    from torch.nn.attention.flex_attention import create_block_mask, flex_attention

    class Flex(nn.Module):
        def __init__(self):
            super().__init__()
            self.block_mask = create_block_mask(mask, None, None, n, n, device="cpu")

        def forward(self, q, k, v):
            return flex_attention(q, k, v, score_mod=score, block_mask=self.block_mask)

    inputs = qkv(n=n)
    module = Flex().eval()
    compiled = msa.compile_model(module, inputs)
    with torch.no_grad():
        want = module(*inputs)
    assert error(compiled(*inputs), want.double()) < 1e-5
    assert f"{n}x{n}" not in compiled.text
    return compiled.text


def test_flex_attention_rules():
    assert "#msa.window<left = 15, right = 0>" in flex(lambda b, h, i, j: (j <= i) & (i - j < 16))
    text = flex(lambda b, h, i, j: ((i - j).abs() < 9) | (j < 3) | (i < 3))
    assert "#msa.any<#msa.global<3>, #msa.window<left = 8, right = 8>>" in text
    doc = torch.tensor([0] * 40 + [1] * 60 + [2] * 28)
    assert "#msa.document" in flex(lambda b, h, i, j: (j <= i) & (doc[i] == doc[j]))


def test_flex_attention_scores():
    text = flex(lambda b, h, i, j: j <= i, lambda s, b, h, i, j: torch.tanh(s / 5) * 5 - (i - j) * 2.0 ** -(h + 1))
    assert "#msa.causal" in text and "score" in text
    flex(lambda b, h, i, j: (i * 7 + j * 3) % 5 < 3)  # no pattern: a predicate of the region


def test_flex_attention_refused():
    with pytest.raises(msa.ImportFailure, match="score_mod"):
        flex(lambda b, h, i, j: j <= i, lambda s, b, h, i, j: s * s)
