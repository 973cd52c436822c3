"""Converted models: the same numbers, caches, streams, causality, generation past the trained length."""

import copy
import warnings

import pytest

torch = pytest.importorskip("torch", reason="msa.hf needs PyTorch")
T = pytest.importorskip("transformers", minversion="5", reason="msa.hf needs Hugging Face Transformers 5")
pytest.importorskip("msa._compiler", reason="the compiled package is needed (build with -DMSA_BUILD_PYTHON=ON)")

import msa  # noqa: E402
import msa.hf  # noqa: E402
from hf_models import MODELS, causal_cases, error, ids, make, padding  # noqa: E402
from msa.hf import MemoryCache  # noqa: E402

MEMORY = dict(window=6, segment=8, slots=5, conv=3)


def converted(name, seed=0, model=None, **options):
    """A converted model; with a bank that is read from the start, so that mistakes in it show."""
    model = make(name) if model is None else copy.deepcopy(model)
    torch.manual_seed(seed + 7)
    options = {**MEMORY, "bank_bias": 0.0, **({"positions": "wrap"} if name == "gpt2" else {}), **options}
    model = msa.hf.convert(model, **options)
    with torch.no_grad():
        for layer in model.modules():
            if isinstance(layer, msa.hf.MemoryAttention) and layer.conv is not None:
                layer.conv.add_(torch.randn_like(layer.conv) * 0.2)
    return model


def feed(model, cache, tokens, sizes):
    """Logits of tokens given in pieces of those sizes."""
    with torch.no_grad():
        return torch.cat([model(part, cache=cache, use_cache=True).logits for part in tokens.split(sizes, 1)], 1)


def pieces(total, seed):
    g, out = torch.Generator().manual_seed(seed), []
    while total:
        out.append(min(total, int(torch.randint(1, 21, (), generator=g))))
        total -= out[-1]
    return out


# --- What conversion keeps ----------------------------------------------------------------------------------------------


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
        assert {t.dtype for layer in new(tokens).cache.layers for _, t in layer.tensors()} == {torch.bfloat16}


# --- Streams --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("options", [{}, dict(gate="lstm"), dict(top=2, conv=None), dict(window=0, segment=5)])
def test_pieces_and_tokens_agree_with_whole_segments(name, options):
    model, tokens = converted(name, **options), ids(2, 61)
    whole = feed(model, MemoryCache(model), tokens, [61])
    with torch.no_grad():
        assert torch.equal(model(tokens, use_cache=False).logits, whole)
    assert error(feed(model, MemoryCache(model), tokens, 1), whole) < 1e-5
    for seed in range(3):
        assert error(feed(model, MemoryCache(model), tokens, pieces(61, seed)), whole) < 1e-5


def test_the_reference_and_the_compiled_ops_agree():
    model, tokens = converted("qwen3"), ids(2, 45)
    got = feed(model, MemoryCache(model), tokens, [30, 1, 14])
    with msa.ops.backend("reference"):
        want = feed(copy.deepcopy(model).double(), MemoryCache(model), tokens, [45])
    assert error(got, want) < 1e-5


@pytest.mark.parametrize("kind", ["left", "right", "holes"])
def test_padded_streams_are_those_streams_alone(kind):
    """Each row of a padded batch is the stream of its tokens, bank and all; and goes on as such."""
    model, tokens, given = converted("llama"), ids(4, 37), padding(kind, 4, 37)
    more = ids(4, 12, seed=4)
    cache = MemoryCache(model)
    mask = torch.cat([given, torch.ones_like(more)], 1)
    with torch.no_grad():
        got = model(tokens, attention_mask=given, cache=cache, use_cache=True).logits
        then = model(more, attention_mask=mask, cache=cache, use_cache=True).logits
        assert cache.get_seq_length() == 49
        for row in range(4):
            there = given[row].bool()
            want = model(torch.cat([tokens[row, there], more[row]])[None], use_cache=False).logits[0]
            assert error(torch.cat([got[row, there], then[row]]), want) < 1e-5


def test_the_memory_is_alive():
    """The bank changes with each segment, and what it holds reaches outputs past the window."""
    model = converted("llama")
    tokens = ids(1, 80)
    cache = MemoryCache(model)
    banks = []
    for part in tokens.split(8, 1):
        feed(model, cache, part, [part.shape[1]])
        banks.append(cache.layers[0].bank.clone())
    assert all(not torch.equal(a, b) for a, b in zip(banks, banks[1:]))
    other = tokens.clone()
    other[0, :4] = 5
    a, b = (feed(model, MemoryCache(model), t, [80])[:, 60:] for t in (tokens, other))
    assert not torch.equal(a, b)        # 60 is past two layers of window and convolution
    model = converted("llama", slots=0)
    a, b = (feed(model, MemoryCache(model), t, [80])[:, 60:] for t in (tokens, other))
    assert torch.equal(a, b)


def test_far_positions_change_nothing():
    model, tokens = converted("llama"), ids(1, 40)
    want = feed(model, MemoryCache(model), tokens, [16, 24])
    cache = MemoryCache(model)
    feed(model, cache, tokens[:, :16], [16])
    for layer in cache.layers:
        layer.position = [2 ** 40 + 16]
    with torch.no_grad():
        assert torch.equal(model(tokens[:, 16:], cache=cache, use_cache=True).logits, want[:, 16:])


# --- Caches -----------------------------------------------------------------------------------------------------------


def test_reset_forgets_everything():
    model = converted("qwen3")
    cache = MemoryCache(model)
    first = feed(model, cache, ids(2, 45), [45])
    feed(model, cache, ids(2, 13, seed=5), [13])
    cache.reset()
    assert cache.get_seq_length() == 0 and cache.nbytes == 0
    assert torch.equal(feed(model, cache, ids(2, 45), [45]), first)
    cache.reset()
    feed(model, cache, ids(3, 9), [9])      # another batch may follow


def test_a_hundred_interleaved_streams():
    model = converted("llama")
    texts = [ids(1, 60 + n % 7, seed=n) for n in range(100)]
    sizes = [pieces(t.shape[1], n) for n, t in enumerate(texts)]
    alone = [feed(model, MemoryCache(model), t, s) for t, s in zip(texts, sizes)]
    caches, queues = [MemoryCache(model) for _ in texts], [list(t.split(s, 1)) for t, s in zip(texts, sizes)]
    got, order = [[] for _ in texts], torch.Generator().manual_seed(0)
    while any(queues):
        n = int(torch.randint(100, (), generator=order))
        if queues[n]:
            part = queues[n].pop(0)
            got[n].append(feed(model, caches[n], part, [part.shape[1]]))
    assert all(torch.equal(torch.cat(g, 1), a) for g, a in zip(got, alone))


@pytest.mark.parametrize("change", ["reorder", "select", "mask", "repeat", "copy"])
def test_batches_rearranged(change):
    """After any rearrangement each stream goes on with the bits that it would have had."""
    model, tokens, more = converted("mistral"), ids(3, 29), ids(6, 15, seed=3)
    cache = MemoryCache(model)
    feed(model, cache, tokens, [29])
    rows = {"reorder": [2, 0, 0], "select": [1, 2], "mask": [0, 2], "repeat": [0, 0, 1, 1, 2, 2], "copy": [0, 1, 2]}[change]
    if change == "reorder":
        cache.reorder_cache(torch.tensor(rows))
    elif change == "select":
        cache.batch_select_indices(torch.tensor(rows))
    elif change == "mask":
        cache.batch_select_indices(torch.tensor([True, False, True]))
    elif change == "repeat":
        cache.batch_repeat_interleave(2)
    else:
        forked = copy.deepcopy(cache)
        feed(model, cache, more[3:], [15])      # does not reach the copy
        cache = forked
    other = MemoryCache(model)
    feed(model, other, tokens[rows], [29])
    assert all(torch.equal(a, b) for one, two in zip(cache.layers, other.layers)
               for (_, a), (_, b) in zip(one.tensors(), two.tensors()))
    assert torch.equal(feed(model, cache, more[:len(rows)], [4, 11]), feed(model, other, more[:len(rows)], [4, 11]))
    for wrong in ([3 * len(rows)], [], [[0]]):
        with pytest.raises(msa.InvalidInput):
            cache.reorder_cache(torch.tensor(wrong))


def test_crop_within_the_segment():
    model, tokens = converted("llama"), ids(2, 40)
    want = feed(model, MemoryCache(model), tokens, [21, 1, 18])
    cache = MemoryCache(model)
    feed(model, cache, torch.cat([tokens[:, :21], ids(2, 2, seed=8)], 1), [21, 2])
    cache.crop(-2)      # 23 tokens: 7 in a segment of 8
    assert cache.get_seq_length() == 21
    assert torch.equal(feed(model, cache, tokens[:, 21:], [1, 18]), want[:, 21:])
    cache.crop(0)


def test_crop_of_a_padded_batch():
    model, tokens, given = converted("llama"), ids(3, 13), padding("right", 3, 13)
    cache, other = MemoryCache(model), MemoryCache(model)
    with torch.no_grad():
        model(tokens, attention_mask=given, cache=cache, use_cache=True)
        before = [(p, c) for p, c in zip(cache.layers[0].position, cache.layers[0].count)]
        gone = given[:, -3:].sum(1).tolist()
        if any(g > c for g, (_, c) in zip(gone, before)):
            pytest.fail("the padding of this seed crosses a segment")
        cache.crop(-3)
        model(tokens[:, :10], attention_mask=given[:, :10], cache=other, use_cache=True)
        mask = torch.cat([given[:, :10], torch.ones(3, 9, dtype=torch.long)], 1)
        a, b = (model(ids(3, 9, seed=6), attention_mask=mask, cache=c, use_cache=True).logits for c in (cache, other))
    assert torch.equal(a, b)


def test_crop_past_the_segment_is_refused():
    model, tokens = converted("llama"), ids(2, 27)
    cache = MemoryCache(model)
    feed(model, cache, tokens, [27])
    before = {(i, n): t.clone() for i, layer in enumerate(cache.layers) for n, t in layer.tensors()}
    for n in (-4, -27, -28, 3, 1.5, True):
        with pytest.raises(msa.InvalidInput):
            cache.crop(n)
    assert not cache.is_croppable and cache.get_seq_length() == 27
    assert all(torch.equal(before[i, n], t) for i, layer in enumerate(cache.layers) for n, t in layer.tensors())
    cache.crop(-3)


# --- Causality ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_no_future_changes_the_past(name):
    """1,280 cases each; over segments, window, bank and convolution."""
    model = converted(name)
    assert causal_cases(lambda x: model(x, use_cache=False).logits, batch=256, length=29, rounds=5) == 0


@pytest.mark.parametrize("sizes", [[9, 1, 1, 13, 5], [24, 5], 1])
def test_no_future_changes_the_past_in_a_cache(sizes):
    model = converted("llama")
    assert causal_cases(lambda x: feed(model, MemoryCache(model), x, sizes), batch=256, length=29, rounds=5) == 0


# --- Generation -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_generation_past_the_trained_length(name):
    """3 x the trained length, greedily: constant state, and the tokens that whole segments would give."""
    model = converted(name)
    sizes = []
    hook = model.get_output_embeddings().register_forward_hook(lambda *_: sizes.append(caches[0].nbytes))
    caches = [MemoryCache(model)]
    prompt = ids(1, 11)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        out = model.generate(prompt, cache=caches[0], max_new_tokens=3 * 64 - 11, do_sample=False, output_logits=True,
                             return_dict_in_generate=True)
    hook.remove()
    assert out.sequences.shape == (1, 192) and caches[0].get_seq_length() == 191
    assert len(sizes) == 181 and len(set(sizes)) <= 2       # what is rebuilt in each segment comes and goes
    with torch.no_grad():
        logits = model(out.sequences[:, :-1], use_cache=False).logits[:, 10:]
    assert error(torch.stack(out.logits, 1), logits) < 1e-5
    assert torch.equal(logits.argmax(2), out.sequences[:, 11:])


def test_generation_of_a_padded_batch_and_with_beams():
    model, tokens, given = converted("qwen3"), ids(3, 14), padding("left", 3, 14)
    out = model.generate(tokens, attention_mask=given, max_new_tokens=30, do_sample=False)
    for row in range(3):
        alone = model.generate(tokens[row, given[row].bool()][None], max_new_tokens=30, do_sample=False)
        assert torch.equal(out[row, 14:], alone[0, -30:])
    beams = model.generate(tokens, attention_mask=given, max_new_tokens=30, do_sample=False, num_beams=3)
    slow = model.generate(tokens, attention_mask=given, max_new_tokens=30, do_sample=False, num_beams=3, use_cache=False)
    assert torch.equal(beams, slow)
    several = model.generate(tokens, attention_mask=given, max_new_tokens=9, do_sample=True, num_return_sequences=2)
    assert several.shape == (6, 23)


def test_learned_positions_end_or_wrap():
    model = converted("gpt2", positions="error")
    with torch.no_grad():
        model(ids(1, 64))
        with pytest.raises(msa.InvalidInput, match="positions=\"wrap\""):
            model(ids(1, 65))
    model = converted("gpt2", segment=24)
    assert model.transformer.wpe.msa_period == 48
    with torch.no_grad():
        position = torch.tensor([[0, 47, 48, 63, 95, 96, 97]])
        assert torch.equal(model.transformer.wpe(position), model.transformer.wpe.weight[torch.tensor([[0, 47, 0, 15, 47, 0, 1]])])


# --- Training ---------------------------------------------------------------------------------------------------------


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


# --- Bad input ----------------------------------------------------------------------------------------------------------


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
                  dict(window=8, pattern="causal"), dict(window=8, pattern=msa.Document()), dict(window=8, conv=1),
                  dict(window=8, conv=17), dict(window=8, top=1), dict(window=8, slots=2, top=3),
                  dict(window=8, slots=2, stretch=2), dict(window=8, slots=2, gate="rnn"), dict(window=8, layers=[2]),
                  dict(window=8, layers=[]), dict(window=8, positions="clamp"), dict(window=8, backend="fast")):
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
                model.generate(tokens, cache=wrong, max_new_tokens=2)
        with pytest.raises(msa.InvalidInput):
            model.generate(tokens, cache_implementation="static", max_new_tokens=2)
        with pytest.raises(msa.InvalidInput):
            MemoryCache(make("llama"))
        with pytest.raises(msa.InvalidInput):       # a model that is not converted
            make("llama")(tokens, cache=MemoryCache(model), use_cache=True)
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


