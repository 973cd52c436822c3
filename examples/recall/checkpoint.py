"""Checkpoints of the recall example: safetensors files, whose metadata holds what is not a tensor.

    weights      NAME.safetensors               the parameters, by their names in the model
    checkpoint   NAME.checkpoint.safetensors    model.*, exp_avg.* and exp_avg_sq.* of AdamW, the running sums of the log

The metadata (JSON, under the key "recall") holds the kind, the sizes of model and task, the settings of the training,
the step and the seed. Batches are a function of seed and step (data.py), so these two are all there is of random state.

Pickle files are refused by their content: to unpickle is to run what the file says.
"""

import json
import os
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from model import msa  # which finds it

VERSION = 1


class CheckpointError(msa.errors.InvalidInput):
    """A file that can not be used; the message says why and what to do."""


class PickleRefused(CheckpointError):
    """A pickle file (torch.save and the like). It is not opened."""


def save(path, tensors: dict, info: dict) -> None:
    """Writes the file whole or not at all."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    save_file(tensors, partial, {"recall": json.dumps({"version": VERSION, **info})})
    os.replace(partial, path)


def load(path, kind: str):
    """(tensors on the CPU, info) of a file of `kind` ("weights" or "checkpoint").

    Raises PickleRefused or CheckpointError."""
    path = Path(path)
    try:
        with open(path, "rb") as file:
            head = file.read(10)
    except OSError as error:
        raise CheckpointError(f"{path}: {error.strerror}") from error
    # torch.save writes a zip archive; before that, and elsewhere, a pickle begins with PROTO (0x80) and its version.
    # A safetensors file begins with the length of its JSON header (64 bits), so its ninth byte is a brace.
    if head[:4] == b"PK\x03\x04" or head[:1] == b"\x80" and head[8:9] != b"{":
        raise PickleRefused(f"{path} is a pickle or a zip archive (torch.save), which can run code when it is loaded. "
                            "Only safetensors files are read: save the tensors with safetensors.torch.save_file where "
                            "the file comes from")
    try:
        with safe_open(path, "pt") as file:
            info = (file.metadata() or {}).get("recall")
            tensors = {name: file.get_tensor(name) for name in file.keys()}
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path} is not a whole safetensors file ({error}): train or download it again") from error
    if info is None:
        raise CheckpointError(f"{path} is a safetensors file, but not one of this example (no \"recall\" metadata)")
    info = json.loads(info)
    if info.get("version") != VERSION:
        raise CheckpointError(f"{path} has version {info.get('version')}, this program reads {VERSION}")
    if info.get("kind") != kind:
        raise CheckpointError(f"{path} holds {info.get('kind')}, but {kind} are wanted here")
    return tensors, info
