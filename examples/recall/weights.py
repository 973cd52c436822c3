"""Weights of the shipped models, with NumPy alone.

    read(path)              tensors of a safetensors file as float32, and what this example says of them
    constants(names, ..)    the same for the weights of a compiled model

The format: 8 bytes, the length of the header; the header, JSON; the data. A header names for each tensor its type,
its shape and its place in the data (https://github.com/huggingface/safetensors).
"""

import json
import os
from pathlib import Path

import numpy as np

WIDTH = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1}


class BadWeights(ValueError):
    """A file that can not be used; the message says why."""


def _e4m3():
    """The 256 values of an 8-bit float with 4 bits of exponent (bias 7), 3 of mantissa, and NaN but no infinity."""
    code = np.arange(256)
    exponent, mantissa = (code >> 3) & 15, code & 7
    value = np.where(exponent == 0, mantissa / 8 * 2.0**-6, (1 + mantissa / 8) * 2.0 ** (exponent - 7.0))
    value[(code & 127) == 127] = np.nan
    return np.where(code & 128, -value, value).astype(np.float32)


def _floats(kind, raw):
    if kind == "BF16":
        return (raw.view("<u2").astype(np.uint32) << 16).view(np.float32)
    if kind == "F8_E4M3":
        return _e4m3()[raw]
    return raw.view({"F64": "<f8", "F32": "<f4", "F16": "<f2"}[kind]).astype(np.float32)


def read(path):
    """(name -> float32 array, info) of a weights file of this example. Raises BadWeights."""
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadWeights(f"{path}: {error.strerror}") from error
    size = int.from_bytes(data[:8], "little")
    body = len(data) - 8 - size
    try:
        if body < 0:
            raise ValueError("shorter than its header")
        header = json.loads(data[8:8 + size])
        info = json.loads(header.pop("__metadata__")["recall"])
        tensors = {}
        for name, entry in header.items():
            (begin, end), shape, kind = entry["data_offsets"], entry["shape"], entry["dtype"]
            if kind not in WIDTH:
                raise ValueError(f"'{name}' is of {kind}")
            if not all(isinstance(n, int) and n >= 0 for n in [begin, end, *shape]):
                raise ValueError(f"sizes of '{name}'")
            count = 1
            for n in shape:
                count *= n
            if not begin <= end <= body or end - begin != count * WIDTH[kind]:
                raise ValueError(f"'{name}' does not lie in the file")
            raw = np.frombuffer(data, np.uint8, end - begin, 8 + size + begin)
            tensors[name] = _floats(kind, raw).reshape(shape)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadWeights(f"{path} is not a whole safetensors file of this example: {error!r}") from error
    return tensors, info


def constants(wanted, tensors):
    """The weights of a compiled model: name -> array. wanted: (name, dtype, shape) of each. A name is "model." and
    that of the parameter; with ".T" at its end the matrix is transposed. What is per stream is repeated."""
    out = {}
    for name, dtype, shape in wanted:
        if name.startswith("%"):
            continue  # the compiler's own
        source = name.removeprefix("model.").removesuffix(".T")
        if dtype != "f32" or source not in tensors:
            raise BadWeights(f"the compiled model has a weight '{name}' ({dtype}) that the file has not")
        value = tensors[source]
        value = value.T if name.endswith(".T") else value
        try:
            value = value.reshape(shape) if value.size == np.prod(shape) else np.broadcast_to(value, shape)
        except ValueError:
            raise BadWeights(f"'{source}' has shape {value.shape}, the compiled model wants {shape}") from None
        out[name] = np.array(value, np.float32, order="C")
    return out


def known(folder=None):
    """Kind -> weights file of the models in a folder (by default those that are shipped)."""
    folder = Path(folder or Path(__file__).parent / "weights")
    return {path.stem: path for path in sorted(folder.glob("*.safetensors")) if os.path.isfile(path)}
