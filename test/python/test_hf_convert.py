"""Converted models: the same numbers, saved and loaded, training, refusals."""

import copy

import pytest

torch = pytest.importorskip("torch", reason="msa.hf needs PyTorch")
T = pytest.importorskip("transformers", minversion="5.4", reason="msa.hf needs Transformers 5.4")
pytest.importorskip("msa._compiler", reason="needs the compiled package (-DMSA_BUILD_PYTHON=ON)")

import msa  # noqa: E402
import msa.hf  # noqa: E402
from hf_models import CACHE, MODELS, converted, error, feed, ids, make, padding  # noqa: E402
from msa.hf import MemoryCache  # noqa: E402


# --- What conversion keeps ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("kind", [None, "left", "right"])
def test_a_wide_window_is_the_original(name, kind):
    model, tokens = make(name), ids(3, 43)
    given = None if kind is None else padding(kind, 3, 43)
    valid = slice(None) if kind is None else given.bool()
    new = msa.hf.convert(copy.deepcopy(model), window=64, segment=16, conv=3)
    with torch.no_grad():
        want = copy.deepcopy(model).double()(tokens, attention_mask=given).logits[valid]
        for use_cache in (False, True):
            got = new(tokens, attention_mask=given, use_cache=use_cache).logits[valid]
            assert error(got, want) < 1e-5


@pytest.mark.parametrize("window,segment", [(9, 5), (9, 32), (16, 4)])
def test_a_window_is_the_sliding_window(window, segment):
    sliding = make("mistral", sliding_window=window)
    full = make("mistral", sliding_window=None)
    tokens = ids(2, 61)
    with torch.no_grad():
        want = sliding.double()(tokens).logits
        assert error(msa.hf.convert(full, window=window, segment=segment)(tokens).logits, want) < 1e-5


def test_a_sliding_window_of_the_model_stays():
    model, tokens = make("mistral"), ids(2, 40)      # of 9 tokens
    with torch.no_grad():
        want = model(tokens).logits
        assert error(msa.hf.convert(copy.deepcopy(model), window=32)(tokens).logits, want) < 1e-5


@pytest.mark.parametrize("name", MODELS)
def test_weights_keep_their_names_and_values(name):
    before = make(name)
    after = converted(name)
    weights = dict(after.named_parameters())
    for key, value in before.named_parameters():
        assert torch.equal(weights.pop(key), value)
    assert weights and all(".memory." in key or key.endswith(".conv") for key in weights)
    fresh = converted(name, seed=1)
    fresh.load_state_dict(after.state_dict())
    with torch.no_grad():
        assert torch.equal(fresh(ids(2, 30)).logits, after(ids(2, 30)).logits)


@pytest.mark.parametrize("name", ["llama", "gpt2"])
@pytest.mark.parametrize("shards", ["5GB", "20KB"])
def test_saved_and_loaded(name, shards, tmp_path):
    model = converted(name, pattern=msa.Window(5) | msa.Sink(2), layers=[1], gate="lstm")
    model.save_pretrained(tmp_path, max_shard_size=shards)
    again = msa.hf.load(tmp_path)
    with torch.no_grad():
        assert torch.equal(again(ids(2, 30)).logits, model(ids(2, 30)).logits)
    assert again.config.msa == model.config.msa
    config = (tmp_path / "config.json").read_text()
    (tmp_path / "config.json").write_text(config.replace('"slots": 5', '"slots": 6'))
    with pytest.raises(msa.InvalidInput, match="another shape"):
        msa.hf.load(tmp_path)
    (tmp_path / "config.json").write_text(config.replace('"conv": 3', '"conv": null'))
    with pytest.raises(msa.InvalidInput, match="unknown: .*conv"):
        msa.hf.load(tmp_path)
    for file in tmp_path.glob("*.safetensors*"):
        file.unlink()
    torch.save(model.state_dict(), tmp_path / "pytorch_model.bin")
    with pytest.raises(msa.InvalidInput, match="pickle"):
        msa.hf.load(tmp_path)
    make(name).save_pretrained(tmp_path)
    with pytest.raises(msa.InvalidInput, match="no model that msa.hf.convert made"):
        msa.hf.load(tmp_path)
    with pytest.raises(msa.InvalidInput):
        msa.hf.load(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["llama", "gpt2"])
def test_export_and_import(name):
    model, call = converted(name), dict(input_ids=ids(2, 30), use_cache=False)
    compiled = msa.compile_model(model, (), call)
    assert compiled.text.count("msa.bank_write") == 6 and compiled.text.count("msa.attend") == 2 * (4 + 3)
    call["input_ids"] = ids(2, 30, seed=5)
    with torch.no_grad():
        assert error(compiled(**call).logits, model(**call).logits) < 1e-5
    with pytest.raises(msa.ImportFailure, match="attention_mask"):
        msa.compile_model(model, (), dict(call, attention_mask=torch.ones(2, 30, dtype=torch.long)))


@pytest.mark.parametrize("kind", ["linear", "dynamic", "yarn", "llama3", "longrope"])
def test_rotary_scalings(kind):
    scaling = dict(rope_type=kind, rope_theta=10000.0, factor=4.0)
    if kind in ("yarn", "llama3", "longrope"):
        scaling["original_max_position_embeddings"] = 64
    if kind == "llama3":
        scaling.update(low_freq_factor=1.0, high_freq_factor=4.0)
    if kind == "longrope":
        scaling.update(short_factor=[1.0, 1.5, 2.0, 2.5], long_factor=[2.0, 3.0, 4.0, 5.0])
    model = make("llama", rope_parameters=scaling, max_position_embeddings=256 if kind != "dynamic" else 64)
    tokens = ids(2, 40)
    with torch.no_grad():
        want = model(tokens).logits
        assert error(msa.hf.convert(copy.deepcopy(model), window=41, segment=9)(tokens).logits, want) < 1e-5


def test_some_layers():
    model, tokens = make("llama", num_hidden_layers=3), ids(2, 40)
    new = msa.hf.convert(copy.deepcopy(model), window=64, segment=8, layers=[1])
    kinds = [isinstance(layer.self_attn, msa.hf.MemoryAttention) for layer in new.model.layers]
    assert kinds == [False, True, False]
    cache = MemoryCache(new)
    with torch.no_grad():
        want = model(tokens).logits
        assert error(new(tokens, use_cache=False).logits, want) < 1e-5
    assert error(feed(new, cache, tokens, [13, 1, 1, 20, 5]), want) < 1e-5
    given = padding("left", 2, 40)
    with torch.no_grad():
        want = model(tokens, attention_mask=given).logits[given.bool()]
        assert error(new(tokens, attention_mask=given).logits[given.bool()], want) < 1e-5


def test_sixteen_bits():
    model, tokens = make("llama"), ids(2, 40)
    with torch.no_grad():
        want = copy.deepcopy(model).double()(tokens).logits
        dense = error(copy.deepcopy(model).bfloat16()(tokens).logits, want)
        new = msa.hf.convert(copy.deepcopy(model), window=64, segment=16).bfloat16()
        assert error(new(tokens).logits, want) <= 2 * dense + 1e-5
        assert {t.dtype for layer in new(tokens)[CACHE].layers for _, t in layer.tensors()} == {torch.bfloat16}


# --- Training -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_gradients_reach_everything(name):
    model, tokens = converted(name, top=3).train(), ids(2, 30)
    out = model(tokens, labels=tokens)
    assert out.get("cache") is None
    out.loss.backward()
    for key, p in model.named_parameters():
        assert p.grad is not None and bool(p.grad.isfinite().all()) and bool((p.grad != 0).any()), key


def test_gradients_through_a_cache():
    """A stream in pieces gives the gradients of the whole; `detach_` ends them."""
    model, tokens = converted("llama").double(), ids(2, 30)

    def gradients(sizes, cut=False):
        model.zero_grad()
        cache = MemoryCache(model)
        out = []
        for part in tokens.split(sizes, 1):
            out.append(model(part, cache=cache, use_cache=True).logits)
            if cut:
                cache.detach_()
        torch.cat(out, 1)[:, 20:].pow(2).mean().backward()
        return {key: None if p.grad is None else p.grad.clone() for key, p in model.named_parameters()}

    whole, parts = gradients([30]), gradients([11, 1, 13, 5])
    for key, want in whole.items():     # biases of the bank are added in f32
        assert error(parts[key], want) < (1e-6 if key.endswith("memory.bias") else 1e-12), key
    cut = gradients([16, 14], cut=True)
    assert any(a is None or not torch.allclose(a, whole[key]) for key, a in cut.items())


def test_gradient_checkpointing():
    model, tokens = converted("llama").train(), ids(2, 30)
    model(tokens, labels=tokens).loss.backward()
    want = [p.grad.clone() for p in model.parameters()]
    model.zero_grad()
    model.gradient_checkpointing_enable()
    model(tokens, labels=tokens).loss.backward()
    assert all(torch.equal(p.grad, w) for p, w in zip(model.parameters(), want))


def test_training_learns():
    torch.manual_seed(0)
    model = converted("llama").train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    tokens, losses = ids(4, 33), []
    for _ in range(40):
        loss = model(tokens, labels=tokens).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss))
    assert losses[-1] < 0.5 * losses[0]


# --- Bad input ----------------------------------------------------------------------------------------------


def test_what_can_not_be_converted():
    bert = T.BertModel(T.BertConfig(vocab_size=61, hidden_size=32, num_hidden_layers=1, num_attention_heads=4,
                                    intermediate_size=48))
    with pytest.raises(msa.InvalidInput, match="gpt2, llama, mistral, qwen3"):
        msa.hf.convert(bert, window=8)
    with pytest.raises(msa.InvalidInput, match="cross-attention"):
        msa.hf.convert(make("gpt2", add_cross_attention=True), window=8)
    with pytest.raises(msa.InvalidInput, match="converted already"):
        msa.hf.convert(converted("llama"), window=8)
    with pytest.raises(msa.InvalidInput):
        msa.hf.convert(torch.nn.Linear(2, 2), window=8)
    model = make("llama")
    for wrong in (dict(window=-1), dict(window=2.5), dict(window=8, slots=-1), dict(window=8, segment=0),
                  dict(window=8, pattern="causal"), dict(window=8, pattern=msa.Document()),
                  dict(window=8, pattern=3), dict(window=8, conv=1),
                  dict(window=8, conv=17), dict(window=8, top=1), dict(window=8, slots=2, top=3),
                  dict(window=8, slots=2, stretch=2), dict(window=8, slots=2, gate="rnn"),
                  dict(window=8, layers=[2]), dict(window=8, layers=[]), dict(window=8, positions="clamp"),
                  dict(window=8, backend="fast")):
        with pytest.raises(msa.InvalidInput):
            msa.hf.convert(model, **wrong)
    assert not any(isinstance(m, msa.hf.MemoryAttention) for m in model.modules())
    with pytest.raises(msa.InvalidInput):
        msa.hf.convert(make("gpt2"), window=8, segment=65, positions="wrap")
    with pytest.warns(UserWarning, match="drop no attention weights"):
        msa.hf.convert(make("llama", attention_dropout=0.1), window=8)


def test_other_caches_and_masks_are_refused():
    model, tokens = converted("llama"), ids(2, 12)
    with torch.no_grad():
        for wrong in (T.DynamicCache(), T.DynamicCache(config=model.config), T.StaticCache(model.config, 64)):
            with pytest.raises(msa.InvalidInput, match="MemoryCache"):
                model(tokens, cache=wrong)
            with pytest.raises(msa.InvalidInput, match="MemoryCache"):
                model.generate(tokens, **{CACHE: wrong}, max_new_tokens=2)
        with pytest.raises(msa.InvalidInput):
            model.generate(tokens, cache_implementation="static", max_new_tokens=2)
        with pytest.raises(msa.InvalidInput):
            MemoryCache(make("llama"))
        with pytest.raises(msa.InvalidInput):       # a model that is not converted
            make("llama")(tokens, **{CACHE: MemoryCache(model)}, use_cache=True)
        with pytest.raises(msa.InvalidInput, match="other arguments"):
            cache = MemoryCache(model)
            feed(model, cache, tokens, [12])
            feed(converted("llama", window=7), cache, tokens, [12])
        with pytest.raises(msa.InvalidInput, match="2 streams"):
            feed(model, cache, ids(3, 2), [2])
        for given in (torch.ones(2, 12), torch.ones(2, 25), torch.ones(3, 24)):
            with pytest.raises(msa.InvalidInput):
                model(tokens, attention_mask=given, cache=cache, use_cache=True)
        hides = torch.ones(2, 24)
        hides[0, 3] = 0
        with pytest.raises(msa.InvalidInput, match="can not be hidden"):
            model(tokens, attention_mask=hides, cache=cache, use_cache=True)
        with pytest.raises(msa.InvalidInput, match="4-D"):
            model(tokens, attention_mask=torch.ones(2, 1, 12, 12, dtype=torch.bool))
        for use_cache in (False, True):
            with pytest.raises(msa.InvalidInput, match="packed"):
                model(tokens, position_ids=torch.arange(12)[None] % 6, use_cache=use_cache)
        with pytest.raises(msa.InvalidInput):
            model(tokens, output_attentions=True)
        assert cache.get_seq_length() == 12     # nothing was taken in by what was refused


# --- torch.compile ------------------------------------------------------------------------------------------


def shallow(name):
    """Of one layer: tracing a layer takes seconds."""
    return converted(name, model=make(name, **{"n_layer" if name == "gpt2" else "num_hidden_layers": 1}))


def compiled(model, *args, **kwargs):
    """The logits under torch.compile, which must take the call as one graph."""
    torch._dynamo.reset()
    return torch.compile(model, fullgraph=True, backend="aot_eager")(*args, **kwargs).logits


@pytest.mark.parametrize("name", MODELS)
def test_compiled_is_one_graph(name):
    """In which the ops are whole; with the bits of the model itself."""
    model, tokens, graphs = shallow(name), ids(2, 11), []
    with torch.no_grad():
        torch._dynamo.reset()
        run = torch.compile(model, fullgraph=True, backend=lambda graph, _: graphs.append(graph) or graph)
        assert torch.equal(run(tokens, use_cache=False).logits, model(tokens, use_cache=False).logits)
    called = [str(n.target) for n in graphs[0].graph.nodes if n.op == "call_function"]
    assert len(graphs) == 1 and sum("msa.attend" in c for c in called) == 3, "two parts and a write"
    assert sum("msa.bank_write" in c for c in called) == 1


def test_compiled_with_a_cache():
    """The cache's content after a call is that of a call without torch.compile: what comes later, compiled or not,
    has the same bits."""
    model, tokens = shallow("llama"), ids(2, 20)
    with torch.no_grad():
        cache = MemoryCache(model)
        model(tokens[:, :3], cache=cache, use_cache=True)
        plain = copy.deepcopy(cache)
        for part in tokens[:, 3:].split([1, 9, 7], 1):
            want = model(part, cache=plain, use_cache=True).logits
            assert torch.equal(compiled(model, part, cache=cache, use_cache=True), want)
        for a, b in zip(cache.layers, plain.layers):
            assert (a.count, a.position, a.seen) == (b.count, b.position, b.seen)
        assert torch.equal(feed(model, cache, tokens, [20]), feed(model, plain, tokens, [20]))


def test_compiled_training_has_the_gradients():
    model, tokens, found = shallow("llama"), ids(2, 11), []
    torch._dynamo.reset()
    for run in (model, torch.compile(model, fullgraph=True, backend="aot_eager")):
        model.zero_grad()
        run(tokens, labels=tokens, use_cache=False).loss.backward()
        found.append([p.grad.clone() for p in model.parameters() if p.grad is not None])
    assert len(found[0]) == len(found[1]) > 20
    assert all(torch.allclose(a, b, rtol=1e-4, atol=1e-6) for a, b in zip(*found))


def test_compiled_refusals():
    """What can not be looked at in a graph is refused, never taken for something else."""
    model, tokens = shallow("llama"), ids(2, 11)
    with torch.no_grad():
        with pytest.raises(Exception, match="attention_mask can not be read under"):
            compiled(model, tokens, attention_mask=padding("left", 2, 11), use_cache=False)
        packed = torch.cat([torch.arange(5), torch.arange(6)]).expand(2, -1)
        with pytest.raises(RuntimeError, match="packed sequences"):
            compiled(model, tokens, position_ids=packed, use_cache=False)
