"""Converted models from disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Optional, Union

import torch
from torch import nn

from ..errors import InvalidInput
from .convert import convert


def _weights(folder: Path) -> dict[str, torch.Tensor]:
    """All tensors of a folder's safetensors files."""
    from safetensors.torch import load_file
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        files = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    elif (folder / "model.safetensors").is_file():
        files = ["model.safetensors"]
    else:
        raise InvalidInput(f"{folder} has no model.safetensors. Weights in pickle form are not read: they "
                           "can run code. Save the model with model.save_pretrained(folder)")
    out: dict[str, torch.Tensor] = {}
    for name in files:
        if Path(name).name != name or not (folder / name).is_file():
            raise InvalidInput(f"{index} names the file {name!r}, which is not in the folder")
        out.update(load_file(folder / name))
    return out


def load(folder: Union[str, Path], dtype: Optional[torch.dtype] = None) -> nn.Module:
    """The converted model that `model.save_pretrained(folder)` saved: converted again as its config says,
    with the weights of its safetensors files. In evaluation mode, on the CPU. dtype: by default that of the
    file.

    Raises InvalidInput where the folder holds no converted model, or other weights than the model has."""
    import transformers
    folder = Path(folder)
    if not (folder / "config.json").is_file():
        raise InvalidInput(f"{folder} is not the folder of a model: it has no config.json")
    config = transformers.AutoConfig.from_pretrained(folder, local_files_only=True)
    arguments = getattr(config, "msa", None)
    kind = getattr(transformers, (getattr(config, "architectures", None) or [""])[0], None)
    if not isinstance(arguments, dict) or kind is None:
        raise InvalidInput(f"{folder} holds no model that msa.hf.convert made; load it with Transformers and "
                           "convert it")
    weights = _weights(folder)
    del config.msa      # `convert` writes it again
    model = kind(config)
    try:
        convert(model, **arguments)
    except TypeError as error:
        raise InvalidInput(f"{folder}: its config names arguments that convert lacks: {error}") from error
    given = dtype or next(t.dtype for t in weights.values() if t.is_floating_point())
    model.to(given)
    wrong = [n for n, t in model.state_dict().items() if n in weights and weights[n].shape != t.shape]
    if wrong:
        raise InvalidInput(f"{folder}: weights of another shape than the model's: {', '.join(wrong[:8])}")
    missing, unexpected = model.load_state_dict(weights, strict=False)
    tied: set = set()
    for name in ("all_tied_weights_keys", "_tied_weights_keys"):
        tied.update(getattr(model, name, None) or ())
    missing = [n for n in missing if n not in tied]
    if missing or unexpected:
        raise InvalidInput(f"{folder}: weights do not fit the model; missing: "
                           f"{', '.join(missing[:8]) or 'none'}; unknown: "
                           f"{', '.join(unexpected[:8]) or 'none'}")
    return model.eval()
