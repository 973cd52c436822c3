"""attn_implementation="msa": registration, masks as rules, import."""

import copy
import inspect

import pytest

torch = pytest.importorskip("torch", reason="msa.hf needs PyTorch")
T = pytest.importorskip("transformers", minversion="5.4", reason="msa.hf needs Transformers 5.4")
pytest.importorskip("msa._compiler", reason="needs the compiled package (-DMSA_BUILD_PYTHON=ON)")

import msa  # noqa: E402
import msa.hf  # noqa: E402
from hf_models import MODELS, causal_cases, error, ids, make, padding  # noqa: E402
from msa.hf import MaskRule, masks  # noqa: E402
from msa.patterns import Causal, Document, Full, Window  # noqa: E402

msa.hf.register()


def with_msa(model):
    model = copy.deepcopy(model)
    model.set_attn_implementation("msa")
    return model


# --- Registration -------------------------------------------------------------------------------------------


def test_one_call_registers_both_functions():
    assert msa.hf.register() == "msa" and msa.hf.register() == "msa"
    assert T.AttentionInterface()["msa"] is msa.hf.attention
    assert T.AttentionMaskInterface()["msa"] is msa.hf.mask
    for taken in ("sdpa", "eager", "flash_attention_2", ""):
        with pytest.raises(msa.InvalidInput):
            msa.hf.register(taken)


def test_a_model_is_made_with_it():
    model = T.AutoModelForCausalLM.from_config(make("llama").config, attn_implementation="msa")
    assert model.config._attn_implementation == "msa"


# --- The same numbers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("kind", [None, "left", "right", "holes"])
def test_equals_sdpa(name, kind):
    model, tokens = make(name), ids(3, 27)
    given = None if kind is None else padding(kind, 3, 27)
    valid = slice(None) if kind is None else given.bool()
    with torch.no_grad():
        want = copy.deepcopy(model).double()(tokens, attention_mask=given).logits[valid]
        got = with_msa(model)(tokens, attention_mask=given).logits[valid]
    assert error(got, want) < 1e-5


@pytest.mark.parametrize("name", MODELS)
def test_padding_is_not_read(name):
    """Other tokens where the mask says that there are none change no bit elsewhere."""
    model, tokens = with_msa(make(name)), ids(4, 21)
    for kind in ("left", "right", "holes"):
        given = padding(kind, 4, 21)
        other = torch.where(given.bool(), tokens, ids(4, 21, seed=9))
        with torch.no_grad():
            a, b = model(tokens, attention_mask=given).logits, model(other, attention_mask=given).logits
        assert torch.equal(a[given.bool()], b[given.bool()])


@pytest.mark.parametrize("name", ["llama", "mistral"])
def test_no_future_changes_the_past(name):
    model = with_msa(make(name))
    assert causal_cases(lambda x: model(x, use_cache=False).logits, batch=256, length=19, rounds=10) == 0


def test_the_causality_test_can_fail():
    config = make("llama").config
    config.is_causal = False
    model = T.LlamaForCausalLM(config).eval()
    assert causal_cases(lambda x: model(x, use_cache=False).logits, batch=8, length=19, rounds=2) > 0


@pytest.mark.parametrize("name", MODELS)
def test_generation_with_the_caches_of_transformers(name):
    model, prompt, given = make(name), ids(3, 12), padding("left", 3, 12)
    options = dict(attention_mask=given, max_new_tokens=20, do_sample=False, output_logits=True,
                   return_dict_in_generate=True)
    want, got = model.generate(prompt, **options), with_msa(model).generate(prompt, **options)
    assert torch.equal(got.sequences, want.sequences)
    assert error(torch.stack(got.logits), torch.stack(want.logits)) < 1e-5
    static = with_msa(model).generate(prompt, cache_implementation="static", disable_compile=True, **options)
    assert torch.equal(static.sequences, want.sequences)


def test_packed_sequences_stay_apart():
    model, tokens = make("mistral"), ids(2, 24)
    position = torch.cat([torch.arange(7), torch.arange(11), torch.arange(6)])[None].expand(2, -1)
    with torch.no_grad():
        want = model(tokens, position_ids=position, use_cache=False).logits
        got = with_msa(model)(tokens, position_ids=position, use_cache=False).logits
        alone = with_msa(model)(tokens[:, 7:18], use_cache=False).logits
    assert error(got, want) < 1e-5 and error(got[:, 7:18], alone) < 1e-5


@pytest.mark.parametrize("kind", [None, "right", "left", "holes"])
def test_a_bidirectional_encoder(kind):
    torch.manual_seed(0)
    config = T.BertConfig(vocab_size=61, hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
                          intermediate_size=48)
    model = T.BertModel(config).eval()
    tokens, given = ids(3, 17), None if kind is None else padding(kind, 3, 17)
    valid = slice(None) if kind is None else given.bool()
    with torch.no_grad():
        want = model(tokens, attention_mask=given).last_hidden_state[valid]
        got = with_msa(model)(tokens, attention_mask=given).last_hidden_state[valid]
    assert error(got, want) < 1e-5


@pytest.mark.parametrize("kind", [None, "left", "right", "holes"])
def test_gradients_equal_those_of_sdpa(kind):
    model, tokens = make("qwen3").double().train(), ids(3, 15)
    given = None if kind is None else padding(kind, 3, 15)
    labels = tokens
    if kind is not None:     # a token's label is told to the one before it, which must be there, too
        before = torch.cat([given[:, :1] * 0, given[:, :-1]], 1)
        labels = torch.where((given & before).bool(), tokens, -100)
    grads = []
    for m in (model, with_msa(model)):
        m(tokens, attention_mask=given, labels=labels).loss.backward()
        grads.append([p.grad for p in m.parameters()])
    for a, b in zip(*grads):
        assert torch.allclose(a, b, rtol=1e-6, atol=1e-8)     # rotary angles of Transformers are f32


def test_softcap_and_sixteen_bits():
    torch.manual_seed(0)
    config = T.Gemma2Config(vocab_size=61, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
                            sliding_window=9, num_attention_heads=4, num_key_value_heads=2, head_dim=8,
                            attn_logit_softcapping=5.0)
    model, tokens = T.Gemma2ForCausalLM(config).eval(), ids(2, 23)
    model.set_attn_implementation("eager")
    with torch.no_grad():
        want = model(tokens).logits
        assert error(with_msa(model)(tokens).logits, want) < 1e-5
        model = make("llama")
        want = copy.deepcopy(model).double()(tokens).logits
        dense = error(copy.deepcopy(model).bfloat16()(tokens).logits, want)
        assert error(with_msa(model).bfloat16()(tokens).logits, want) <= 2 * dense + 1e-5


# --- Masks as rules -----------------------------------------------------------------------------------------


def rule(valid, pattern=Causal()):
    valid = torch.tensor(valid, dtype=torch.bool)
    return masks.hide(MaskRule(pattern, valid.shape[1], valid.shape[1]), valid)


def test_padding_takes_the_cheapest_form():
    assert rule([[1, 1, 1]]) == MaskRule(Causal(), 3, 3)
    right = rule([[1, 1, 0], [1, 1, 1]])
    assert right.length.tolist() == [2, 3] and right.hidden is None and right.documents is None
    left = rule([[0, 1, 1], [1, 1, 1]])
    assert left.pattern == Causal() & Document() and left.documents.tolist() == [[0, 1, 1], [0, 0, 0]]
    both = rule([[0, 1, 0], [0, 0, 1]])
    assert both.documents.tolist() == [[0, 1, 2], [0, 0, 1]]
    assert rule([[1, 0, 1]]).hidden.tolist() == [[False, True, False]]
    assert rule([[0, 1, 1]], Full()).hidden is not None       # no causal order that documents could lean on


def test_capacities():
    from msa.hf.attention import capacity
    sizes = {capacity(n) for n in range(1, 4097)}
    assert all(capacity(n) >= n for n in range(1, 5000)) and len(sizes) < 40
    assert all(capacity(n) <= 1.25 * n for n in range(32, 5000))


@pytest.mark.parametrize("additive", [False, True])
def test_a_mask_of_pairs_is_recognized_or_refused(additive):
    tokens, model = ids(2, 13), make("llama")
    at = torch.arange(13)
    valid = padding("left", 2, 13).bool()
    pairs = (at[:, None] >= at) & valid[:, None]
    for good in (pairs, (at[:, None] >= at).expand(2, -1, -1)):
        given = good[:, None]
        given = torch.where(given, 0.0, torch.finfo(torch.float32).min) if additive else given
        with torch.no_grad():
            want, got = (m(tokens, attention_mask=given).logits for m in (model, with_msa(model)))
        assert error(got[valid], want[valid]) < 1e-5
    bad = pairs.clone()
    bad[1, 12, 5] ^= True
    bad = torch.where(bad, 0.0, float("-inf"))[:, None] if additive else bad[:, None]
    with pytest.raises(msa.InvalidInput, match="no pattern that msa recognizes"):
        with_msa(model)(tokens, attention_mask=bad)


def test_bad_masks():
    tokens, model = ids(2, 13), with_msa(make("llama"))
    for given in (torch.ones(3, 13), torch.ones(2, 1, 13, 12, dtype=torch.bool), torch.ones(2, 13, 13),
                  torch.randn(2, 1, 13, 13)):
        with pytest.raises(msa.InvalidInput):
            model(tokens, attention_mask=given)
    from transformers.masking_utils import create_causal_mask
    cache = {k: None for k in ("cache", "past_key_values") if k in inspect.signature(create_causal_mask).parameters}
    with pytest.raises(msa.InvalidInput, match="can not read the mask function"):
        create_causal_mask(model.config, torch.zeros(2, 13, 32), attention_mask=None, **cache,
                           or_mask_function=lambda b, h, q, k: (q + k) % 3 == 0)


def test_what_is_not_computed_is_refused():
    model, tokens = with_msa(make("llama")), ids(1, 5)
    q = k = torch.randn(1, 2, 5, 8)
    layer = model.model.layers[0].self_attn
    for options in (dict(dropout=0.1), dict(position_bias=torch.zeros(1, 2, 5, 5)),
                    dict(s_aux=torch.zeros(2)), dict(output_attentions=True)):
        with pytest.raises(msa.InvalidInput):
            msa.hf.attention(layer, q, k, k, None, **options)
    with pytest.raises(msa.InvalidInput, match="register"):
        msa.hf.attention(layer, q[:, :, :3], k, k, None)
    with pytest.raises(msa.InvalidInput, match="do not agree"):
        msa.hf.attention(layer, q, k, k, MaskRule(Causal(), 5, 6))
    with pytest.raises(msa.InvalidInput):
        MaskRule(Causal(), 5, 5)[:, :, :3]
    dropping = with_msa(make("gpt2", attn_pdrop=0.1)).train()
    with pytest.raises(msa.InvalidInput, match="attn_pdrop"):
        dropping(tokens)


# --- Export and import --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["llama", "qwen3", "mistral"])
def test_an_exported_model_has_our_op_and_no_mask(name):
    from torch.export import Dim
    model, tokens = with_msa(make(name)), ids(2, 37)
    call = dict(input_ids=tokens, use_cache=False)
    program = msa.importer.export(model, (), call)
    nodes = [n for n in program.graph.nodes if n.op == "call_function"]
    assert sum(str(n.target) == "msa.attend.default" for n in nodes) == 2
    shapes = [tuple(n.meta["val"].shape) for n in nodes if isinstance(n.meta.get("val"), torch.Tensor)]
    assert not [s for s in shapes if s[-2:] == (37, 37)]
    compiled = msa.compile_model(model, (), call)
    assert "msa.document" not in compiled.text
    with torch.no_grad():
        want = make(name)(**call).logits
        assert error(compiled(**call).logits, want) < 1e-5
        shapes = dict(input_ids={1: Dim("tokens", min=2, max=48)}, use_cache=None)
        dynamic = msa.compile_model(model, (), call, dynamic_shapes=shapes)
        for n in (48, 5):
            call["input_ids"] = ids(2, n)
            assert error(dynamic(**call).logits, make(name)(**call).logits) < 1e-5
    assert dynamic.compilations == 1


@pytest.mark.parametrize("name", ["llama", "mistral"])
def test_an_exported_mask_hides_what_it_says(name):
    """The mask is an input of the compiled model, whatever it was at export."""
    model, tokens = with_msa(make(name)), ids(3, 26)
    compiled = msa.compile_model(model, (), dict(input_ids=tokens, attention_mask=padding("left", 3, 26),
                                                 use_cache=False))
    for kind in ("left", "right", "holes"):
        given = padding(kind, 3, 26, seed=5)
        call = dict(input_ids=tokens, attention_mask=given, use_cache=False)
        with torch.no_grad():
            want = make(name)(**call).logits[given.bool()]
        assert error(compiled(**call).logits[given.bool()], want) < 1e-5


def test_patterns_of_mask_functions():
    from transformers import masking_utils as M
    make_rule = lambda f: msa.hf.mask(1, 4, 4, mask_function=f).pattern     # noqa: E731
    assert make_rule(M.causal_mask_function) == Causal()
    assert make_rule(M.bidirectional_mask_function) == Full()
    assert make_rule(M.sliding_window_causal_mask_function(3)) == Window(2)
    assert make_rule(M.sliding_window_bidirectional_mask_function(3)) == Window(3, 3)
    with pytest.raises(msa.InvalidInput):
        make_rule(M.chunked_causal_mask_function(3, torch.zeros(1, dtype=torch.long)))
    if not hasattr(M, "remap_positions_for_packed_sequence"):   # before Transformers 5.20 or so
        return
    with pytest.raises(msa.InvalidInput):
        make_rule(M.remap_positions_for_packed_sequence(M.causal_mask_function, torch.zeros(1, 4)))
