"""Converted models as streams: caches, padding, causality, generation past the trained length."""

import copy
import warnings

import pytest

torch = pytest.importorskip("torch", reason="msa.hf needs PyTorch")
pytest.importorskip("transformers", minversion="5.4", reason="msa.hf needs Transformers 5.4")
pytest.importorskip("msa._compiler", reason="needs the compiled package (-DMSA_BUILD_PYTHON=ON)")

import msa  # noqa: E402
import msa.hf  # noqa: E402
from hf_models import CACHE, MODELS, causal_cases, converted, error, feed, ids, padding, pieces  # noqa: E402
from msa.hf import MemoryCache  # noqa: E402


# --- Streams ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("options", [{}, dict(gate="lstm"), dict(top=2, conv=None),
                                     dict(window=0, segment=5)])
def test_pieces_and_tokens_agree_with_whole_segments(name, options):
    model, tokens = converted(name, **options), ids(2, 61)
    whole = feed(model, MemoryCache(model), tokens, [61])
    with torch.no_grad():
        assert torch.equal(model(tokens, use_cache=False).logits, whole)
    assert error(feed(model, MemoryCache(model), tokens, 1), whole) < 1e-5
    for seed in range(3):
        assert error(feed(model, MemoryCache(model), tokens, pieces(61, seed)), whole) < 1e-5


@pytest.mark.parametrize("name", MODELS)
def test_a_cache_under_either_name(name):
    """Transformers renamed past_key_values to cache; a model of the one version and a call of the other agree."""
    model, tokens, found = converted(name), ids(2, 12), []
    for key in ("cache", "past_key_values"):
        cache = MemoryCache(model)
        with torch.no_grad():
            found.append(torch.cat([model(t, **{key: cache}, use_cache=True).logits for t in tokens.split(5, 1)], 1))
        assert cache.get_seq_length() == 12
    assert torch.equal(*found)
    with torch.no_grad():
        assert error(found[0], model(tokens, use_cache=False).logits) < 1e-5


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


# --- Caches -------------------------------------------------------------------------------------------------


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


def streams_keep_bits(model, tokens, rows):
    """Whether streams have the same bits wherever they stand in a batch that is never rearranged: on some CPUs PyTorch
    computes the ends of a tensor with other instructions than the rest."""
    caches = [MemoryCache(model), MemoryCache(model)]
    feed(model, caches[0], tokens, [29])
    feed(model, caches[1], tokens[rows], [29])
    return all(torch.equal(a[rows] if a.ndim and len(a) == len(tokens) else a, b) for one, two in
               zip(*(c.layers for c in caches)) for (_, a), (_, b) in zip(one.tensors(), two.tensors()))


@pytest.mark.parametrize("change", ["reorder", "select", "mask", "repeat", "copy"])
def test_batches_rearranged(change):
    """After any rearrangement each stream goes on with the bits that it would have had, or, where PyTorch's depend
    on the batch, with the same numbers but for their rounding."""
    model, tokens, more = converted("mistral"), ids(3, 29), ids(6, 15, seed=3)
    cache = MemoryCache(model)
    feed(model, cache, tokens, [29])
    rows = {"reorder": [2, 0, 0], "select": [1, 2], "mask": [0, 2], "repeat": [0, 0, 1, 1, 2, 2],
            "copy": [0, 1, 2]}[change]
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
    exact = streams_keep_bits(model, tokens, rows)

    def same(a, b):
        return torch.equal(a, b) if exact or not a.is_floating_point() else torch.allclose(a, b, rtol=1e-5, atol=1e-6)

    assert all(same(a, b) for one, two in zip(cache.layers, other.layers)
               for (_, a), (_, b) in zip(one.tensors(), two.tensors()))
    more = more[:len(rows)]
    assert same(feed(model, cache, more, [4, 11]), feed(model, other, more, [4, 11]))
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
        a, b = (model(ids(3, 9, seed=6), attention_mask=mask, cache=c, use_cache=True).logits
                for c in (cache, other))
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
    for i, layer in enumerate(cache.layers):
        assert all(torch.equal(before[i, n], t) for n, t in layer.tensors())
    cache.crop(-3)


# --- Causality ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_no_future_changes_the_past(name):
    """1,280 cases each; over segments, window, bank and convolution."""
    model = converted(name)
    assert causal_cases(lambda x: model(x, use_cache=False).logits, batch=256, length=29, rounds=5) == 0


@pytest.mark.parametrize("sizes", [[9, 1, 1, 13, 5], [24, 5], 1])
def test_no_future_changes_the_past_in_a_cache(sizes):
    model = converted("llama")
    forward = lambda x: feed(model, MemoryCache(model), x, sizes)      # noqa: E731
    assert causal_cases(forward, batch=256, length=29, rounds=2 if sizes == 1 else 5) == 0


# --- Generation ---------------------------------------------------------------------------------------------


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
        out = model.generate(prompt, **{CACHE: caches[0]}, max_new_tokens=3 * 64 - 11, do_sample=False,
                             output_logits=True, return_dict_in_generate=True)
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
    options = dict(attention_mask=given, max_new_tokens=30, do_sample=False, num_beams=3)
    assert torch.equal(model.generate(tokens, **options), model.generate(tokens, use_cache=False, **options))
    several = model.generate(tokens, attention_mask=given, max_new_tokens=9, do_sample=True,
                             num_return_sequences=2)
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
        table = model.transformer.wpe
        assert torch.equal(table(position), table.weight[torch.tensor([[0, 47, 0, 15, 47, 0, 1]])])
