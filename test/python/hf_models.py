"""Small models of random weights for the tests of msa.hf."""

import copy
import inspect

import torch
import transformers as T

import msa
import msa.hf

VOCABULARY = 61
MODELS = ("llama", "mistral", "qwen3", "gpt2")
# What this version of Transformers calls a cache, in generate and in outputs.
CACHE = "cache" if "cache" in inspect.signature(T.LlamaForCausalLM.forward).parameters else "past_key_values"


def make(name, seed=0, **options):
    """A decoder in evaluation mode: 2 layers, width 32, 4 heads (2 of keys but in GPT-2), 64 positions."""
    torch.manual_seed(seed)
    common = dict(vocab_size=VOCABULARY, bos_token_id=1, eos_token_id=None, pad_token_id=0)
    small = dict(hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
                 num_key_value_heads=2, max_position_embeddings=64)
    if name == "llama":
        model = T.LlamaForCausalLM(T.LlamaConfig(**{**common, **small, **options}))
    elif name == "mistral":
        model = T.MistralForCausalLM(T.MistralConfig(**{**common, **small, "sliding_window": 9, **options}))
    elif name == "qwen3":
        model = T.Qwen3ForCausalLM(T.Qwen3Config(**{**common, **small, "head_dim": 8, **options}))
    else:
        gpt2 = dict(n_embd=32, n_layer=2, n_head=4, n_positions=64, attn_pdrop=0.0, resid_pdrop=0.0,
                    embd_pdrop=0.0)
        model = T.GPT2LMHeadModel(T.GPT2Config(**{**common, **gpt2, **options}))
    with torch.no_grad():
        for p in model.parameters():     # as made, attention is nearly uniform and hides mistakes
            if p.dim() == 2 and p.shape[0] != VOCABULARY:
                p.mul_(6)
    return model.eval()


def ids(batch, count, seed=1):
    return torch.randint(2, VOCABULARY, (batch, count), generator=torch.Generator().manual_seed(seed))


def error(got, want):
    """Greatest error relative to the root mean square."""
    return float((got.double() - want.double()).abs().max() / want.double().pow(2).mean().sqrt())


def padding(kind, batch, count, seed=2):
    """A 2-D attention mask: left, right or with holes. The first row has no padding, but for holes."""
    g = torch.Generator().manual_seed(seed)
    out = torch.ones(batch, count, dtype=torch.long)
    for b in range(batch):
        n = int(torch.randint(1, count - 1, (), generator=g))
        if kind == "left" and b:
            out[b, :n] = 0
        elif kind == "right" and b:
            out[b, -n:] = 0
        elif kind == "holes":
            out[b] = torch.rand(count, generator=g) > 0.4
            out[b, n] = 1
    return out


def causal_cases(forward, batch, length, rounds, seed=3):
    """Counts cases in which a change of later tokens changed a bit before. Each row of a batch is a case.

    forward: ids (batch x length) to outputs (batch x length x ..)."""
    g = torch.Generator().manual_seed(seed)
    broken = 0
    with torch.no_grad():
        for _ in range(rounds):
            tokens = torch.randint(2, VOCABULARY, (batch, length), generator=g)
            cut = torch.randint(1, length, (batch, 1), generator=g)
            later = torch.arange(length) >= cut
            other = torch.where(later, torch.randint(2, VOCABULARY, (batch, length), generator=g), tokens)
            a, b = forward(tokens), forward(other)
            same = (a == b).flatten(2).all(2)
            assert not bool(same[later].all()), "the future changed nothing at all"
            broken += int((~same & ~later).any(1).sum())
    return broken


# --- Converted models -------------------------------------------------------------------------------------

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
        parts = tokens.split(sizes, 1)
        return torch.cat([model(part, cache=cache, use_cache=True).logits for part in parts], 1)


def pieces(total, seed):
    g, out = torch.Generator().manual_seed(seed), []
    while total:
        out.append(min(total, int(torch.randint(1, 21, (), generator=g))))
        total -= out[-1]
    return out
