"""The table of what is measured. A new case is one entry of `CASES`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from msa import Blocks, Causal, Full, Global, Random, Strided, Window

from .layers import Layer
from .work import Attend, Product


@dataclass(frozen=True)
class Case:
    """bar and aim: least ratio to the best of `peers` (names of peers.PEERS), for unit "s" the greatest time; peers in
    `also` are measured and told.
    options: of msa-compile, besides --target=cuda. published: what a peer keeps, where it can not be run."""

    id: str
    title: str
    work: object
    bar: float
    aim: float
    peers: tuple
    also: tuple = ()
    unit: str = "TFLOP/s"
    options: tuple = ()
    published: dict = field(default_factory=dict)

    def variants(self):
        """Name -> work: the case itself, and a small one of awkward size whose rows are all checked."""
        return {"model": self.work, "small": small(self.work)}


SMALL = 1427  # queries: a multiple of no tile


def small(work):
    """Of the same structure, no more than three KV heads and streams."""
    return work.at(SMALL, 1, 3)


def tiny(work):
    """For a CPU. Products and layers in f32: scalar conversions to bf16 do not link on x86-64-v3."""
    return replace(work.at(150, 8, 2), dtype=work.dtype if isinstance(work, Attend) else "f32")


# A window of W keys ends at the query's own: left = W - 1.
LOCAL = Window(1023)
FLEX = ("flex",)
CUDNN, FA2 = ("cudnn",), ("fa2",)
ROWS = ("cudnn", "cudnn-rows")
CUBLAS = ("cublas", "cublas-linear")
LAYERS = ("layer", "layer-graph")

CASES = (
    Case("gpu-window-bank", "window 1024 + bank 1024, N=131072, H=16, D=128",
         Attend(131072, 16, LOCAL, bank=1024), 1.6, 1.8, FLEX),
    Case("gpu-window-bank-gqa", "window 1024 + bank 1024, N=32768, H=32/8, D=128",
         Attend(32768, 32, LOCAL, kv_heads=8, bank=1024), 1.5, 1.75, FLEX),
    Case("gpu-window", "window 1024, N=32768, H=16, D=128", Attend(32768, 16, LOCAL), 1.5, 1.75, FLEX),
    Case("gpu-window4k-bank", "window 4096 + bank 1024, N=32768, H=16, D=128",
         Attend(32768, 16, Window(4095), bank=1024), 1.5, 1.75, FLEX),
    Case("gpu-window-bank-d64", "window 1024 + bank 1024, N=32768, H=32, D=64",
         Attend(32768, 32, LOCAL, d=64, bank=1024), 1.35, 1.55, FLEX),
    Case("gpu-dense", "causal, N=32768, H=16, D=128", Attend(32768, 16, Causal()), 1.12, 1.2, CUDNN, FA2),
    Case("gpu-dense-full", "full, N=16896, H=16, D=128", Attend(16896, 16, Full()), 1.08, 1.2, CUDNN, FA2),
    Case("gpu-dense-d64", "causal, N=32768, H=16, D=64", Attend(32768, 16, Causal(), d=64), 1.15, 1.2, CUDNN, FA2),
    Case("gpu-blocks128", "16 listed blocks of 128 + diagonal, N=32768, H=16, D=128",
         Attend(32768, 16, Causal() & Blocks(128), listed=17), 1.45, 1.7, FLEX),
    Case("gpu-blocks64", "16 listed blocks of 64, N=32768, H=64/4, D=128",
         Attend(32768, 64, Causal() & Blocks(64), kv_heads=4, listed=16), 4.0, 5.5, ("nsa",), FLEX,
         published={"nsa": 99.0}),
    Case("gpu-bigbird", "3 random blocks of 128 + window 1024 + 2 global blocks, N=65536, H=16, D=128",
         Attend(65536, 16, Random(3, 128, 512) | Window(512, 511) | Global(256)), 1.4, 1.7, FLEX),
    Case("gpu-strided", "every 64th key + window 1024, causal, N=65536, H=16, D=128",
         Attend(65536, 16, Causal() & (Strided(64) | LOCAL)), 1.4, 1.7, FLEX),
    Case("gpu-decode64", "64 streams, one token each, 2048 keys, H=32/8, D=128",
         Attend(1, 32, Full(), kv_heads=8, keys=2048, batch=64), 0.95, 1.05, ROWS, FA2, "TB/s"),
    Case("gpu-decode-long", "8 streams, one token each, 131072 keys, H=32/8, D=128",
         Attend(1, 32, Full(), kv_heads=8, keys=131072, batch=8), 0.95, 1.05, ROWS, FA2, "TB/s"),
    Case("gpu-decode1", "one stream, one token, 2048 keys, H=32/8, D=128: latency of a call",
         Attend(1, 32, Full(), kv_heads=8, keys=2048), 0.95, 1.05, ROWS, FA2, "us"),
    Case("gpu-gemm-a", "16384 x 6144 x 2048", Product(16384, 6144, 2048), 0.92, 1.0, CUBLAS),
    Case("gpu-gemm-b", "4096 x 6144 x 2048", Product(4096, 6144, 2048), 0.92, 1.0, CUBLAS),
    Case("gpu-gemm-c", "1024 x 6144 x 2048", Product(1024, 6144, 2048), 0.92, 1.0, CUBLAS),
    Case("gpu-layer4k", "layer d=2048 H=16, window 1024 + bank 1024, gated write; segment 4096", Layer(4096), 1.2, 1.35,
         LAYERS, unit="Mtoken/s"),
    Case("gpu-layer16k", "the same, segment 16384", Layer(16384), 1.2, 1.35, LAYERS, unit="Mtoken/s"),
    Case("gpu-sm80-dense", "causal, N=8192, H=16, D=128, code for sm_80", Attend(8192, 16, Causal()), 0.85, 1.0,
         FA2, options=("--gpu-arch=sm_80",)),
    Case("gpu-first-call", "a new shape, from MLIR to the first result: window 768 + bank 320, N=7680, H=12, D=128",
         Attend(7680, 12, Window(767), bank=320), 1.5, 0.7, FLEX, unit="s"),
)

BY_ID = {case.id: case for case in CASES}


def chosen(text):
    """Cases of "id,id" in the table's order; all for an empty text. Raises KeyError."""
    wanted = [i for i in text.split(",") if i]
    for i in wanted:
        BY_ID[i]
    return [c for c in CASES if not wanted or c.id in wanted]
