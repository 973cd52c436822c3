#!/usr/bin/env python3
"""Writes the shipped files of examples/recall/weights from a run of scripts/recall-gpu.

    examples/recall/ship.py RUN
    examples/recall/ship.py --texts      the texts only, of the weights that are there

For each model: NAME.safetensors, stored in half precision or less (STORED), and NAME.mlir, the model as it is
imported from PyTorch, for 16 streams. record.json: what the training wrote, evaluations and loss curves.
"""

import argparse
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

import checkpoint
import evaluate
import importing

HERE = Path(__file__).resolve().parent / "weights"
BATCH = 16
# Name -> (weights of the run, how they are stored). Both are widened to f32 when they are read.
STORED = {"stretched": ("stretched-0", "f16"), "soft": ("soft-0", "f8_e4m3"), "none": ("none-0", "f8_e4m3")}
TYPES = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16, "f8_e4m3": torch.float8_e4m3fn}


def rounded(tensors: dict, stored: str) -> dict:
    """Tensors as they are stored. Vectors and what a gate's bias is stay at half precision at least: they are few."""
    few = torch.float16 if stored == "f8_e4m3" else TYPES[stored]
    return {name: t.to(TYPES[stored] if t.dim() > 1 and min(t.shape) > 3 else few).contiguous()
            for name, t in tensors.items()}


def write(source: Path, name: str, stored: str, folder: Path):
    """NAME.safetensors and NAME.mlir of a weights file of train.py."""
    tensors, info = checkpoint.load(source, "weights")
    info = {**{k: v for k, v in info.items() if k != "version"}, "stored": stored}
    path = folder / f"{name}.safetensors"
    save_file(rounded(tensors, stored), path, {"recall": json.dumps({"version": checkpoint.VERSION, **info})})
    path.chmod(0o644)
    write_text(name, folder)


def write_text(name: str, folder: Path):
    model, _, _ = evaluate.load_model(folder / f"{name}.safetensors", "cpu", None)
    (folder / f"{name}.mlir").write_text(importing.text(model, BATCH))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("run", type=Path, nargs="?", help="folder that scripts/recall-gpu wrote")
    p.add_argument("--texts", action="store_true")
    p.add_argument("--out", type=Path, default=HERE)
    args = p.parse_args()
    if args.texts == bool(args.run):
        p.error("give RUN or --texts")
    args.out.mkdir(parents=True, exist_ok=True)
    if args.texts:
        for name in STORED:
            write_text(name, args.out)
        return 0
    for name, (source, stored) in STORED.items():
        write(args.run / f"{source}.safetensors", name, stored, args.out)
    if (args.run / "records.json").exists():
        record = json.loads((args.run / "records.json").read_text())
        (args.out / "record.json").write_text(json.dumps(record, indent=1) + "\n")
    size = sum(path.stat().st_size for path in args.out.glob("*.safetensors"))
    print(f"{args.out}: {size} bytes of weights")


if __name__ == "__main__":
    sys.exit(main())
