#!/usr/bin/env python3
"""Converts a Hugging Face model to memory sparse attention and streams a long text through it.

Without arguments: a small Llama of random weights (bytes as tokens; nothing is downloaded) reads the source
files of this repository as one stream, in constant memory, far past the 256 positions that it was made for,
and then writes a few tokens. With --model a folder of your own (Llama, Mistral, Qwen3 or GPT-2, with its
tokenizer) takes its place.

    examples/convert_hf.py
    examples/convert_hf.py --tokens 1000000 --slots 128
    examples/convert_hf.py --model path/to/llama --text book.txt
"""

import argparse
import math
import time
from pathlib import Path

import torch
import transformers
from tqdm import tqdm

import msa.hf

ROOT = Path(__file__).resolve().parents[1]


def small_llama():
    """Random weights: it knows nothing, but costs what a real one of its size would."""
    config = transformers.LlamaConfig(vocab_size=256, hidden_size=128, intermediate_size=256,
                                      num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
                                      max_position_embeddings=256, bos_token_id=None, eos_token_id=None)
    return transformers.LlamaForCausalLM(config)


def source_files():
    """All C++ and Python sources of the repository, one after the other."""
    files = sorted(p for folder in ("include", "lib", "python", "runtime", "tools")
                   for p in (ROOT / folder).rglob("*") if p.suffix in (".h", ".cpp", ".td", ".py"))
    return "\n".join(p.read_text(encoding="utf-8", errors="replace") for p in files)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", type=Path, help="folder of a model (default: a small random Llama)")
    p.add_argument("--text", type=Path, help="text file to stream (default: the sources of this repository)")
    p.add_argument("--tokens", type=int, default=65536, help="read at most so many (%(default)s)")
    p.add_argument("--window", type=int, default=256, help="tokens that attention reaches back (%(default)s)")
    p.add_argument("--segment", type=int, default=256, help="tokens between two writes (%(default)s)")
    p.add_argument("--slots", type=int, default=64, help="slots of the memory; 0: none (%(default)s)")
    p.add_argument("--write", type=int, default=32, help="tokens to write at the end (%(default)s)")
    p.add_argument("--seed", type=int, default=0)
    args = p.parse_args()

    torch.manual_seed(args.seed)
    text = args.text.read_text(encoding="utf-8", errors="replace") if args.text else source_files()
    if args.model:
        tokenizer = transformers.AutoTokenizer.from_pretrained(args.model, local_files_only=True)
        model = transformers.AutoModelForCausalLM.from_pretrained(args.model, local_files_only=True)
        tokens, decode = torch.tensor(tokenizer(text)["input_ids"]), tokenizer.decode
    else:
        model = small_llama()
        tokens = torch.tensor(list(text.encode()))
        decode = lambda ids: bytes(ids).decode(errors="replace")     # noqa: E731
    tokens = tokens[:args.tokens]

    # All weights stay; what is new (slots, their queries, the write gate) waits for training.
    positions = {"positions": "wrap"} if model.config.model_type == "gpt2" else {}
    model = msa.hf.convert(model, window=args.window, segment=args.segment, slots=args.slots, **positions)
    model.eval()
    old = sum(p.numel() for n, p in model.named_parameters() if ".memory." not in n)
    new = sum(p.numel() for n, p in model.named_parameters() if ".memory." in n)
    print(f"{model.config.model_type}: {old:,} weights kept, {new:,} new; made for "
          f"{model.config.max_position_embeddings:,} positions, reads {len(tokens):,} tokens")

    cache, sizes = msa.hf.MemoryCache(model), set()
    nats, count, last, start = 0.0, 0, None, time.perf_counter()
    torch.set_grad_enabled(False)
    with tqdm(total=len(tokens), unit=" tokens", unit_scale=True) as bar:
        for part in tokens.split(args.segment):
            logits = model(part[None], cache=cache, use_cache=True).logits[0]
            said = logits[:-1] if last is None else torch.cat([last, logits[:-1]])
            true = part[1:] if last is None else part
            nats += float(torch.nn.functional.cross_entropy(said, true, reduction="sum"))
            count += len(said)
            last = logits[-1:]
            sizes.add(cache.nbytes)
            bar.update(len(part))
            bar.set_postfix_str(f"state {cache.nbytes / 1024:.0f} KiB")
    seconds = time.perf_counter() - start
    print(f"{len(tokens) / seconds:,.0f} tokens/s; {nats / count / math.log(2):.3f} bits a token"
          + ("" if args.model else " (8 is what knowing nothing costs)"))
    print(f"state: {min(sizes) / 1024:.0f} to {max(sizes) / 1024:.0f} KiB, whatever was read; "
          f"a cache of all keys and values would hold {whole(model, len(tokens)) / 1024:,.0f} KiB")
    written = []
    for _ in range(args.write):
        written.append(int(last.argmax()))
        last = model(torch.tensor([[written[-1]]]), cache=cache, use_cache=True).logits[0]
    print("and goes on:", repr(decode(written)))


def whole(model, tokens):
    """Bytes of keys and values of so many tokens."""
    config = model.config
    kv_heads = getattr(config, "num_key_value_heads", config.num_attention_heads)
    dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return 2 * config.num_hidden_layers * kv_heads * dim * tokens * model.dtype.itemsize


if __name__ == "__main__":
    main()
